# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..engine.rates import select_coverage
from ..tools import BILLING_MANAGER, check_group
from .support_policy import DELIVERY_MODES, GIFTS, REFUNDS


class SupportContractRating(models.AbstractModel):
    """What a contract covers, and whether there is a price for all that it offers."""

    _name = "support.contract.rating"
    _description = "Support Contract: Rating"

    @api.constrains(
        "state",
        "rate_card_id",
        "default_profile_id",
        "after_hours",
        "calendar_id",
        *(f"allow_{mode}" for mode, _label in DELIVERY_MODES),
    )
    def _check_ready(self):
        for contract in self:
            if contract.state not in ("onboarding", "active"):
                continue
            if not contract.rate_card_id:
                raise ValidationError(
                    self.env._(
                        "%(contract)s has no rate card, so nobody knows what an hour "
                        "costs. Choose one on the Policy page.",
                        contract=contract.name,
                    )
                )
            contract._check_rates()

    def _check_more_than_planned(self):
        """What the plan gives away is decided; more is the billing manager's."""
        for contract in self:
            plan = contract.plan_id
            if any(contract[name] > (plan[name] or 0) for name in GIFTS) or (
                plan and any(contract[name] != plan[name] for name in REFUNDS)
            ):
                check_group(self.env, BILLING_MANAGER)

    def _get_coverage(self, category):
        """What covers tickets of a category (``engine.rates.COVERAGES``)."""
        self.ensure_one()
        rules = self._get_coverage_rules()
        path = rules and category.sudo().parent_path or ""  # its place is no secret
        return select_coverage(
            rules,
            [int(part) for part in path.split("/") if part],
            self.default_coverage,
        )

    @ormcache("self.id")
    def _get_coverage_rules(self):
        """``((category id or None, coverage), ...)``, kept by the worker."""
        return tuple(
            (rule.category_id.id or None, rule.coverage)
            for rule in self.sudo().coverage_rule_ids  # every hour asks for them
        )

    def _log_coverage(self):
        """Tell the history of the contract what is covered now."""
        for contract in self.exists():
            lines = [
                f"{rule.category_id.display_name or self.env._('Any category')}: "
                f"{dict(rule._fields['coverage']._description_selection(self.env))[rule.coverage]}"
                for rule in contract.coverage_rule_ids
            ]
            contract.message_post(
                body=self.env._(
                    "Coverage: %(rules)s", rules="; ".join(lines) or self.env._("none")
                )
            )

    def _log_rerate(self, reason, before):
        """Tell the history of the contract which work was rated again, and why."""
        self.ensure_one()
        lines = [
            f"{work.display_name}: {work.currency_id.format(amount)} → "
            f"{work.currency_id.format(work.amount)}"
            for work, amount in before.items()
        ]
        # Whoever rates work again may not write contracts; the decision is checked.
        self.sudo().message_post(
            body=self.env._(
                "Rated again, because: %(reason)s. %(works)s",
                reason=reason,
                works="; ".join(lines),
            )
        )
