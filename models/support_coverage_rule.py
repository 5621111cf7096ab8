# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .support_policy import COVERAGES


class SupportCoverageRule(models.Model):
    """What covers the tickets of a category, on a plan or on a contract.

    The first rule that fits wins; one for a category holds for all categories below it,
    one without a category for all tickets.
    """

    _name = "support.coverage.rule"
    _inherit = ["support.cached"]
    _description = "Support Coverage Rule"
    _order = "sequence, id"
    _rec_name = "coverage"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    plan_id = fields.Many2one("support.plan", ondelete="cascade", index=True)
    contract_id = fields.Many2one("support.contract", ondelete="cascade", index=True)
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, precompute=True
    )
    category_id = fields.Many2one(
        "helpdesk.ticket.category",
        check_company=True,
        ondelete="restrict",
        help="Of the ticket, with all categories below it. Empty: any.",
    )
    coverage = fields.Selection(COVERAGES, string="Is", required=True)

    @api.depends("plan_id.company_id", "contract_id.company_id")
    def _compute_company_id(self):
        for rule in self:
            rule.company_id = rule.contract_id.company_id or rule.plan_id.company_id

    @api.constrains("plan_id", "contract_id")
    def _check_owner(self):
        for rule in self:
            if bool(rule.plan_id) == bool(rule.contract_id):
                raise ValidationError(
                    self.env._(
                        "A coverage rule belongs to a plan or to a contract, not both."
                    )
                )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.contract_id._log_coverage()
        return rules

    def write(self, vals):
        for name in ("plan_id", "contract_id"):
            # The check of rights knows only the owner before the change.
            if name in vals and any(rule[name].id != vals[name] for rule in self):
                raise UserError(
                    self.env._(
                        "A coverage rule stays where it is: delete it here and make a "
                        "new one there."
                    )
                )
        result = super().write(vals)
        self.contract_id._log_coverage()
        return result

    def unlink(self):
        contracts = self.contract_id
        result = super().unlink()
        contracts._log_coverage()
        return result

    def _prepare_copies(self):
        """Values of the same rules for another owner."""
        return [
            {
                "sequence": rule.sequence,
                "category_id": rule.category_id.id,
                "coverage": rule.coverage,
            }
            for rule in self
        ]
