# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from decimal import Decimal

from odoo import models

from ..engine import fees
from .support_adapter import currency_step, to_coverages, to_fee_rules
from .support_contract_fees import month_end


class SupportContractRemedy(models.AbstractModel):
    """What a missed target of a contract is about, and which fees that gives back."""

    _name = "support.contract.remedy"
    _description = "Support Contract: Remedies"

    def _is_over(self):
        """Whether credit that is given today can no longer be used."""
        self.ensure_one()
        # What has ended is no secret to those who settle it.
        contract = self.sudo()
        return contract.state == "ended" or bool(
            contract.date_end and contract.date_end < contract._get_today()
        )

    def _get_refunded_asset(self, asset, day):
        """The asset whose fee a target of a request of ``day`` gives back.

        Empty: the whole contract; None: nothing that has a fee of its own.
        """
        self.ensure_one()
        whole = asset.browse()
        if self.remedy_scope == "contract":
            return whole
        if asset and self._covers_asset(asset, day):
            return asset
        # Without a flat fee, what costs something are the assets, and it is none.
        return whole if self.flat_fee else None

    def _get_last_paid_day(self, asset, day):
        """``day``, or the last day before it that has a fee.

        A target may be due when what it was promised for is over.
        """
        self.ensure_one()
        lines = self.line_ids.filtered(
            lambda line: (
                (not asset or line.asset_id == asset)
                and line.date_from
                and line.date_from <= day
            )
        )
        ends = [min(line.date_to or day, day) for line in lines]
        last = day if not asset and self.flat_fee else max(ends, default=day)
        return min(last, self.date_end or last)

    def _get_month_fees(self, month, asset):
        """``{product: Decimal}``: how the fee of a month is invoiced."""
        self.ensure_one()
        if not asset:
            return self._get_fees(month, month_end(month))
        coverages, lines = to_coverages(self.line_ids)
        covered = self._get_covered_lines(month, month_end(month)).asset_id
        step = currency_step(self.currency_id)
        amounts = fees.month_fees(
            coverages,
            to_fee_rules(self),
            month,
            self._get_fee_start(),
            self.date_end or None,
            step,
        )
        owed = {}
        for key, amount in amounts.items():
            if isinstance(key, fees.Flat):
                product = self._get_flat_product(key.label)
                amount = fees.flat_share(amount, len(covered), step)
            elif lines[key].asset_id == asset:
                product = lines[key]._get_fee_product()
            else:
                continue
            owed[product] = owed.get(product, Decimal(0)) + amount
        return owed
