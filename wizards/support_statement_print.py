# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SupportStatementPrint(models.TransientModel):
    """Asks for the period of a statement."""

    _name = "support.statement.print"
    _description = "Print a Support Statement"

    contract_id = fields.Many2one(
        "support.contract",
        required=True,
        default=lambda self: self._default_contract(),
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
    )
    date_to = fields.Date(string="To", required=True, default=fields.Date.context_today)

    @api.model
    def _default_contract(self):
        context = self.env.context
        if context.get("active_model") == "support.contract":
            return context.get("active_id")
        return False

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for wizard in self:
            if wizard.date_from > wizard.date_to:
                raise ValidationError(
                    self.env._("The first day must not be after the last day.")
                )

    def action_print(self):
        self.ensure_one()
        report = self.env.ref("prepaid_support.support_statement_report")
        data = {
            "contract_ids": self.contract_id.ids,
            "date_from": fields.Date.to_string(self.date_from),
            "date_to": fields.Date.to_string(self.date_to),
        }
        return report.report_action(self.contract_id, data=data, config=False)
