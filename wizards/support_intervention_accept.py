# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class SupportInterventionAccept(models.TransientModel):
    """Prices work that its contract does not offer: the dispatcher's exception."""

    _name = "support.intervention.accept"
    _description = "Accept Support Work"

    intervention_ids = fields.Many2many(
        "support.intervention", required=True, readonly=True
    )
    reason = fields.Char(required=True, help="The work keeps it.")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "support.intervention":
            values["intervention_ids"] = self.env.context.get("active_ids", [])
        return values

    def action_accept(self):
        self.ensure_one()
        self.intervention_ids._accept(self.reason)
        return {"type": "ir.actions.act_window_close"}
