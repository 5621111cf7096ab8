# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

#: What tells when work on a ticket began.
MOMENT = {"ticket_id", "work_start", "date", "unit_amount"}


class SupportTimeResponse(models.AbstractModel):
    """Work on a ticket is a response to it."""

    _name = "support.time.response"
    _description = "Time on a Ticket: Response"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._note_response()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & MOMENT:
            self._note_response()
        return result

    def _note_response(self):
        now = fields.Datetime.now()
        moments = {}
        for line in self.sudo():  # work counts, whoever may read its ticket
            ticket = line.ticket_id
            if ticket and line.unit_amount > 0:
                moment = line._get_response_moment(now)
                moments[ticket] = min(moment, moments.get(ticket, moment))
        self.env["helpdesk.ticket"]._note_acts(moments)

    def _get_response_moment(self, now):
        """When the work began; where nobody knows, its day was over by then."""
        self.ensure_one()
        if self.work_start:
            return min(self.work_start, now)
        return min(self.ticket_id.support_contract_id._get_day_end(self.date), now)
