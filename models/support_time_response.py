# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

#: What tells when work on a ticket began.
MOMENT = {"ticket_id", "work_start", "date"}


class SupportTimeResponse(models.AbstractModel):
    """Work on a ticket is a response to it."""

    _name = "support.time.response"
    _description = "Time on a Ticket: Response"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._note_response(fields.Datetime.now())
        return lines

    def write(self, vals):
        moved = vals.keys() & MOMENT or self._becomes_work(vals)
        tickets = self._get_answered_tickets() if moved else ()
        result = super().write(vals)
        if tickets:
            tickets._find_response()
        if moved:
            self._note_response()
        return result

    def _becomes_work(self, vals):
        """Whether hours are typed where there were none, or taken away."""
        hours = vals.get("unit_amount")
        return hours is not None and (
            hours <= 0 or any(line.unit_amount <= 0 for line in self)
        )

    def unlink(self):
        tickets = self._get_answered_tickets()
        result = super().unlink()
        tickets._find_response()
        return result

    def _get_answered_tickets(self):
        """Tickets whose first act may be this time."""
        # Work counts, whoever may read its ticket.
        return self.sudo().ticket_id.filtered(
            lambda ticket: (
                ticket.support_response_date
                and ticket.support_response_date != ticket.support_touch_date
            )
        )

    def _note_response(self, typed=None):
        moments = {}
        for line in self.sudo():  # work counts, whoever may read its ticket
            ticket = line.ticket_id
            moment = line._get_response_moment(typed)
            if ticket and moment:
                moments[ticket] = min(moment, moments.get(ticket, moment))
        self.env["helpdesk.ticket"]._note_acts(moments)

    def _get_response_moment(self, typed=None):
        """When the work began, or False without work.

        Where nobody knows, it had begun when it was typed, and by the end of its day.
        """
        self.ensure_one()
        if self.unit_amount <= 0:
            return False
        typed = typed or self.create_date.replace(microsecond=0)
        if self.work_start:
            return min(self.work_start, fields.Datetime.now())
        day_end = self.ticket_id.support_contract_id._get_day_end(self.date)
        return min(day_end, typed)
