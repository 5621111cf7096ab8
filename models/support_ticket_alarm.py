# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models

SLA_ACTIVITY = "prepaid_support.mail_activity_type_sla"


class SupportTicketAlarm(models.AbstractModel):
    """Asks somebody to look at a ticket that is due soon, or late."""

    _name = "support.ticket.alarm"
    _description = "Helpdesk Ticket: Alarm"

    def _refresh_alarms(self):
        """One activity per ticket for what most needs it; none where nothing does.

        For who has the ticket, else a dispatcher. With a constant number of queries for
        a batch.
        """
        # Activities are the system's here, whoever may read the tickets.
        tickets = self.sudo()
        kind = self.env["ir.model.data"]._xmlid_to_res_id(SLA_ACTIVITY)
        Activity = self.env["mail.activity"].sudo()
        known = Activity.search(
            [
                ("res_model", "=", "helpdesk.ticket"),
                ("res_id", "in", tickets.ids),
                ("activity_type_id", "=", kind),
            ]
        )
        by_ticket = known.grouped("res_id")
        new, kept = [], Activity
        for ticket in tickets:
            values = ticket._prepare_alarm()
            same = by_ticket.get(ticket.id, Activity).filtered(
                lambda activity, values=values: (
                    values
                    and activity.summary == values["summary"]
                    and activity.user_id.id == values["user_id"]
                )
            )[:1]
            kept |= same
            if values and not same:
                new.append({**values, "res_id": ticket.id, "activity_type_id": kind})
        (known - kept).unlink()
        if new:
            model = self.env["ir.model"]._get_id("helpdesk.ticket")
            # In one go and without a mail each: the list of tickets counts down.
            Activity.with_context(mail_activity_quick_update=True).create(
                [{**values, "res_model_id": model, "automated": True} for values in new]
            )

    def _prepare_alarm(self):
        """Who is to be told what, or nothing."""
        self.ensure_one()
        sla = self.support_sla_ids._get_alarm()
        if not sla or self.closed or not self.active:
            return None
        user = self.user_id or self._get_dispatcher()
        day = sla.contract_id._get_local_day(sla.date_deadline)
        return {
            "user_id": user.id,
            "date_deadline": day,
            "summary": sla.with_context(lang=user.lang)._get_alarm_text(),
        }
