# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class SupportAuditItem(models.Model):
    """One point of a plan's audit checklist: what is looked at before a contract."""

    _name = "support.audit.item"
    _description = "Audit Checklist Item"
    _order = "plan_id, sequence, id"
    _check_company_auto = True

    plan_id = fields.Many2one(
        "support.plan", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Look at", required=True, translate=True)
    required = fields.Boolean(
        default=True, help="The contract cannot be activated before this is done."
    )
    profile_id = fields.Many2one(
        "support.profile",
        string="Expertise needed",
        check_company=True,
        help="It is only in order when a colleague has this service profile.",
    )

    def _prepare_check(self, contract, asset):
        """The same point for one asset of a contract, in the contract's own words."""
        self.ensure_one()
        return {
            "contract_id": contract.id,
            "asset_id": asset.id,
            "item_id": self.id,
            "sequence": self.sequence,
            "name": self.name,
            "required": self.required,
            "profile_id": self.profile_id.id,
        }
