# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from markupsafe import Markup

from odoo import api, fields, models

from ..engine import clock
from ..engine.sla import HORIZON
from ..tools import Reported
from . import support_adapter as adapter

#: Facts of a ticket that its contract follows.
CONTRACT_FACTS = {"asset_id", "company_id", "partner_id", "support_contract_id"}


class SupportTicketWindow(models.AbstractModel):
    """Tells customers who write while the desk is closed what they can expect."""

    _name = "support.ticket.window"
    _description = "Helpdesk Ticket: Service Window"

    support_window_told = fields.Boolean(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Whether the customer needs no (other) word on the service window.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & CONTRACT_FACTS:
            self._tell_service_window()
        return result

    def _tell_service_window(self):
        """Answer requests that came in outside the opening hours, each once.

        Where requests are taken in the opening hours only, when it will be looked at;
        where they are taken at any time, which number is for emergencies. It is told as
        soon as the contract is known, and not any more once the desk is open again. Who
        sent a machine's report does not wait for an answer.
        """
        now = fields.Datetime.now()
        if isinstance(self.env.context.get("support_reported"), Reported):
            # An object of our own: no request can send one.
            self._note_window_told()
            return
        told = self.browse()
        # What the customer is told follows from the contract, whoever opens the ticket.
        for ticket in self.sudo():
            if ticket.support_window_told or ticket.closed or not ticket.partner_id:
                continue
            opening = ticket._get_next_opening(now)
            if opening and ticket._post_service_window(opening):
                told |= ticket
        if told:
            told._note_window_told()
            # The queue has an hour's time otherwise.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _note_window_told(self):
        # Only noted, by the system: no fact that other doors of the ticket watch.
        models.BaseModel.write(self.sudo(), {"support_window_told": True})

    def _get_next_opening(self, now):
        """When the desk opens again (Datetime), if the request came in before that and
        it is closed now; else None."""
        self.ensure_one()
        contract = self.support_contract_id
        moment = self._find_next_opening(contract, self.request_date)
        return moment if moment and moment > now else None

    @api.model
    def _find_next_opening(self, contract, moment):
        """When the desk of ``contract`` opens again (Datetime), if it is closed at
        ``moment``; else None."""
        opening = contract.calendar_id._get_support_opening(contract.company_id)
        if not opening or not contract.calendar_id:
            return None
        start = adapter.to_instant(moment)
        if clock.band_at(opening, start) == clock.BUSINESS:
            return None
        found = clock.next_opening(opening, start, start + HORIZON)
        return adapter.to_stored(found) if found else None

    def _post_service_window(self, opening):
        """Whether there was something to tell. The mail goes into the queue: who opens
        a ticket does not wait for mail servers."""
        self.ensure_one()
        partner = self.partner_id
        # In the customer's language, and by no person: it is not a response.
        ticket = self.with_context(
            lang=partner.lang or self.env.lang, mail_notify_force_send=False
        )
        body = ticket._get_service_window_text(opening)
        if body:
            ticket.message_post(
                body=body,
                author_id=self.env.ref("base.partner_root").id,
                email_from=self.company_id.email_formatted or None,
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=partner.ids,
            )
        return bool(body)

    def _get_service_window_text(self, opening):
        """What the customer reads, or nothing where there is nothing to say."""
        self.ensure_one()
        contract = self.support_contract_id
        moment = contract.with_context(lang=self.env.lang)._format_local(opening)
        if contract.service_window == "opening":
            text = self.env._(
                "Thank you for your request. Our desk is closed now; your request "
                "counts from %(moment)s, when it opens again.",
                moment=moment,
            )
        else:
            text = self.env._(
                "Thank you for your request. We have taken it, although our desk is "
                "closed until %(moment)s.",
                moment=moment,
            )
        emergency = self._get_emergency_text()
        if emergency:
            return Markup("{}<br/>{}").format(text, emergency)
        return None if contract.service_window == "always" else text

    def _get_emergency_text(self):
        self.ensure_one()
        contract = self.support_contract_id
        phone = self.support_level_id.emergency_phone or contract.emergency_phone
        return phone and self.env._("In an emergency, call %(phone)s.", phone=phone)
