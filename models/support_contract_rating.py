# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..engine.rates import select_coverage, select_rate
from .support_policy import DELIVERY_MODES


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
            missing = contract._find_missing_rate()
            if missing:
                raise ValidationError(
                    self.env._(
                        "Rate card: %(card)s has no price for %(case)s, which "
                        "%(contract)s offers. Add that rate, or offer less.",
                        card=contract.rate_card_id.name,
                        case=missing,
                        contract=contract.name,
                    )
                )

    def _find_missing_rate(self):
        """A case that the contract offers and its card has no price for, or None."""
        self.ensure_one()
        day = max(self._get_today(), self.date_start)
        card = self.rate_card_id._get_engine_rates()[1]
        profiles = self.default_profile_id or self.rate_card_id.rate_ids.profile_id
        bands = ["business"]
        if self.calendar_id and self.after_hours != "refused":
            bands.append("after_hours")
        for mode in self._get_modes():
            for band in bands:
                if not any(
                    select_rate(card, profile, mode, band, day)
                    for profile in (profiles.ids or [None])
                ):
                    return self.env["support.rate"]._get_rate_label(
                        self.default_profile_id, mode, band
                    )
        return None

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
