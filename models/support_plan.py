# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.fields import Command

from ..tools import BILLING_MANAGER, check_group
from .support_policy import DELIVERY_MODES, GIFTS


class SupportPlan(models.Model):
    """A named policy, such as "Strippenkaart". It is copied to a contract."""

    _name = "support.plan"
    _description = "Support Plan"
    _inherit = ["support.policy"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    description = fields.Html(translate=True)
    coverage_rule_ids = fields.One2many(
        "support.coverage.rule", "plan_id", string="Coverage", copy=True
    )

    audit_item_ids = fields.One2many(
        "support.audit.item", "plan_id", string="Audit checklist", copy=True
    )

    @api.constrains(
        "rate_card_id",
        "default_profile_id",
        "after_hours",
        "calendar_id",
        *(f"allow_{mode}" for mode, _label in DELIVERY_MODES),
    )
    def _check_prices(self):
        for plan in self.filtered("rate_card_id"):
            plan._check_rates()

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        if any(plan[name] for plan in plans for name in GIFTS):
            check_group(self.env, BILLING_MANAGER)
        return plans

    def _prepare_policy_values(self):
        """With the coverage rules, which a contract has as its own."""
        rules = self.coverage_rule_ids._prepare_copies()
        return {
            **super()._prepare_policy_values(),
            "coverage_rule_ids": [Command.clear(), *map(Command.create, rules)],
        }
