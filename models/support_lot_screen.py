# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class SupportLot(models.Model):
    _inherit = "support.lot"

    # How the screens show time credit: in hours, or in tickets of so many minutes.
    time_display = fields.Selection(
        related="contract_id.time_display", groups="base.group_user"
    )
    minutes_per_ticket = fields.Integer(
        related="contract_id.minutes_per_ticket", groups="base.group_user"
    )

    def action_view_invoice(self):
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Invoice"))
