# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.support_charge_invoicing import OPEN_OVERRUN


class SupportChargeWaive(models.TransientModel):
    """Gives up overrun: it will not be invoiced."""

    _name = "support.charge.waive"
    _description = "Waive Support Overrun"

    charge_ids = fields.Many2many("support.charge", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_amount")
    amount = fields.Monetary(compute="_compute_amount", string="Overrun")
    reason = fields.Char(required=True, help="The charges keep it.")

    @api.depends("charge_ids")
    def _compute_amount(self):
        for wizard in self:
            wizard.currency_id = wizard.charge_ids.currency_id[:1]
            wizard.amount = sum(wizard.charge_ids.mapped("overrun_amount"))

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "support.charge":
            values["charge_ids"] = self.env.context.get("active_ids", [])
        return values

    def action_waive(self):
        self.ensure_one()
        if self.charge_ids.filtered(lambda c: c.overrun_state not in OPEN_OVERRUN):
            raise UserError(
                self.env._("Only overrun that is not invoiced yet can be waived.")
            )
        self.charge_ids.action_waive(self.reason)
        return {"type": "ir.actions.act_window_close"}
