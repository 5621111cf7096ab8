# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models

#: In this time no contract gets a second text message.
SMS_INTERVAL = timedelta(minutes=15)


class SupportMonitoringNotice(models.AbstractModel):
    """Tells the customer about tickets that monitoring opens."""

    _name = "support.monitoring.notice"
    _description = "Monitoring Token: Notice"

    def _tell_customers(self, tickets, contract):
        """One message per customer and delivery, however many tickets it opened.

        All is put in the queue: the monitoring system does not wait for mail servers.
        """
        how = contract.monitoring_notify
        if how == "none":
            return
        zone = contract._get_time_zone()
        for partner, own in tickets.grouped("partner_id").items():
            told = [self._tell_by_mail(partner, own, zone)]
            if how == "mail_sms":
                told.append(self._tell_by_sms(partner, own, contract))
            body = " ".join(filter(None, told))
            own._message_log_batch(dict.fromkeys(own.ids, body))

    def _tell_by_mail(self, partner, tickets, zone):
        """In the language of the customer; what was done, in words."""
        if not partner.email:
            return self.env._(
                "%(customer)s has no mail address and was not told.",
                customer=partner.name,
            )
        template = self.env.ref("prepaid_support.mail_template_monitoring")
        first = tickets[0].with_context(lang=partner.lang or self.env.lang)
        template.with_context(
            tickets=tickets, zone=zone, desk=self._get_desk_text(first)
        ).send_mail(
            first.id,
            force_send=False,
            email_layout_xmlid="mail.mail_notification_light",
        )
        # The queue has an hour's time otherwise.
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return self.env._(
            "%(customer)s is told by mail (%(address)s).",
            customer=partner.name,
            address=partner.email,
        )

    @api.model
    def _get_desk_text(self, ticket):
        """When the desk opens, if it is closed now, in the language of ``ticket``."""
        contract = ticket.support_contract_id
        opening = ticket._find_next_opening(contract, fields.Datetime.now())
        if not opening:
            return ""
        text = ticket.env._(
            "Our desk is closed until %(moment)s.",
            moment=contract._format_local(opening),
        )
        return " ".join(filter(None, [text, ticket._get_emergency_text()]))

    @api.model
    def _has_sms(self):
        """Odoo's SMS module is none that this addon needs."""
        return "sms.sms" in self.env

    def _tell_by_sms(self, partner, tickets, contract):
        """Where Odoo's SMS module is installed and the customer has a number.

        Each costs money and may wake somebody up: what goes on breaking comes by mail.
        """
        if not self._has_sms() or not partner.phone:
            return ""
        now = fields.Datetime.now()
        last = contract.monitoring_sms_date
        if last and now < last + SMS_INTERVAL:
            return self.env._(
                "No text message: one went out at %(time)s.",
                time=self._format_moment(last, contract),
            )
        contract.monitoring_sms_date = now
        first = tickets[0].with_context(lang=partner.lang)
        text = first.env._("Monitoring: %(ticket)s", ticket=first.display_name)
        if len(tickets) > 1:
            more = first.env._("and %(count)s more", count=len(tickets) - 1)
            text = f"{text}, {more}"
        first._message_sms(text, partner_ids=partner.ids, put_in_queue=True)
        self.env.ref("sms.ir_cron_sms_scheduler_action")._trigger()
        return self.env._("A text message goes to %(number)s.", number=partner.phone)
