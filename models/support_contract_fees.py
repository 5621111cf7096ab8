# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine import fees
from ..tools import BILLING_MANAGER, check_group
from .contract_contract import OWNED
from .support_adapter import currency_step, to_coverages, to_fee_rules
from .support_policy_fees import FEE_TERMS

#: What the fee of a time that comes follows from, and that of an earlier one does not.
AGREED = {*FEE_TERMS, "fee_product_id", "level_id"}


class SupportContractFees(models.AbstractModel):
    """What a contract owes a month, and between two days."""

    _name = "support.contract.fees"
    _description = "Support Contract: Fees"

    # The contract has it.
    currency_id = fields.Many2one("res.currency")
    fee_date_from = fields.Date(
        string="Fee since",
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="For a contract that was invoiced elsewhere before. Without it, the fee "
        "counts from the contract's first day.",
    )
    fee_terms = fields.Json(
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Earlier discounts and flat fees, and what these are invoiced as, each "
        "with its last day.",
    )
    month_fee = fields.Monetary(
        string="Fee a month",
        compute="_compute_month_fee",
        compute_sudo=True,
        groups="base.group_user",
        help="Of what is covered today, with the discount and without taxes.",
    )

    @api.depends(
        *FEE_TERMS,
        "line_ids.monthly_fee",
        "line_ids.level_id",
        "line_ids.date_from",
        "line_ids.date_to",
    )
    def _compute_month_fee(self):
        for contract in self:
            coverages, _lines = to_coverages(contract.line_ids)
            rule = to_fee_rules(contract)[-1]
            day = contract._get_fee_today()
            total = sum(fees.fees_on(coverages, rule, day).values(), Decimal(0))
            contract.month_fee = contract.currency_id.round(float(total))

    def _get_fee_today(self):
        """Today; before and after the contract, its first or last day."""
        today = self._get_today()
        first = self._get_fee_start()
        return max(min(today, self.date_end or today), first or today)

    def _get_fee_start(self):
        self.ensure_one()
        days = [day for day in (self.date_start, self.fee_date_from) if day]
        return max(days, default=None)

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # What was agreed before is nobody's to type.
        contracts = super().create([{**vals, "fee_terms": False} for vals in vals_list])
        for contract in contracts:
            # Whoever makes a contract with a plan may not read all of the plan.
            plan = contract.plan_id.sudo() or self.env["support.plan"].new({})
            if contract.fee_date_from or (
                contract._get_fee_terms() != plan._get_fee_terms()
            ):
                check_group(self.env, BILLING_MANAGER)
        return contracts

    def write(self, vals):
        owned = self.env.context.get("support_owned") is OWNED
        if "fee_terms" in vals and not owned:
            raise AccessError(
                self.env._(
                    "Earlier terms follow from what was agreed: do not type them."
                )
            )
        before = self._get_agreed_fees() if vals.keys() & AGREED else {}
        since = {
            contract: contract.fee_date_from
            for contract in self
            if "fee_date_from" in vals
        }
        result = super().write(vals)
        if any(contract.fee_date_from != day for contract, day in since.items()):
            check_group(self.env, BILLING_MANAGER)
        self._keep_agreed_fees(before)
        return result

    def _get_agreed_fee(self):
        """The terms of the fee, and what a flat one is invoiced as; values of JSON."""
        terms = self._get_fee_terms()
        if terms["flat_fee"]:
            terms["flat_product"] = self._get_flat_product()._origin.id
        return terms

    def _get_agreed_fees(self):
        return {contract: contract._get_agreed_fee() for contract in self}

    @api.model
    def _keep_agreed_fees(self, before):
        """Keep what was agreed where it is another one now."""
        for contract, agreed in before.items():
            if contract._get_agreed_fee() != agreed:
                contract._keep_fee_terms(agreed)

    def _keep_fee_terms(self, terms):
        """Other terms hold from the next period on: what is invoiced was agreed."""
        self.ensure_one()
        until = self._get_fee_invoiced_until()
        known = self.fee_terms or []
        if not until or (known and known[-1]["until"] >= str(until)):
            return
        # It follows from the change, which is checked where it is made.
        kept = self.sudo().with_context(support_owned=OWNED)
        kept.fee_terms = [*known, {**terms, "until": str(until)}]

    # -- Amounts -------------------------------------------------------------------

    def _get_month_fee(self, month, asset=None):
        """The fee of a month as it is owed, in the contract's currency, a Decimal.

        It is net of taxes, and less than a full one where the month was not covered in
        full. With a flat fee, an asset has an equal share.

        :param month: the first day of the month
        :param asset: a ``support.asset``; None for the whole contract
        """
        self.ensure_one()
        # What a month costs is no secret to those who settle a missed target.
        contract = self.sudo()
        coverages, lines = to_coverages(contract.line_ids)
        step = currency_step(contract.currency_id)
        amounts = fees.month_fees(
            coverages,
            to_fee_rules(contract),
            month,
            contract._get_fee_start(),
            contract.date_end or None,
            step,
        )
        if asset is None:
            return sum(amounts.values(), Decimal(0))
        flat = own = Decimal(0)
        for key, amount in amounts.items():
            if isinstance(key, fees.Flat):
                flat += amount
            elif lines[key].asset_id == asset:
                own += amount
        covered = contract._get_covered_lines(month, month_end(month)).asset_id
        if flat and asset in covered:
            own += fees.flat_share(flat, len(covered), step)
        return own

    def _get_covered_lines(self, first, last):
        """Coverage lines with a day between two days."""
        self.ensure_one()
        end = min(filter(None, (last, self.date_end)))
        return self.line_ids.filtered(
            lambda line: (
                line.date_from <= end and (not line.date_to or line.date_to >= first)
            )
        )

    def _get_fees(self, first, last):
        """``{product: Decimal}`` owed between two days, by what it is invoiced as."""
        self.ensure_one()
        coverages, lines = to_coverages(self.line_ids)
        first = max(first, self._get_fee_start()) if first else self._get_fee_start()
        last = min(last, self.date_end) if self.date_end else last
        found = fees.fees_between(
            coverages,
            to_fee_rules(self),
            first,
            last,
            currency_step(self.currency_id),
        )
        owed = {}
        for key, amount in found.items():
            product = (
                self._get_flat_product(key.label)
                if isinstance(key, fees.Flat)
                else lines[key]._get_fee_product()
            )
            owed[product] = owed.get(product, Decimal(0)) + amount
        return owed

    def _get_flat_product(self, product_id=None):
        """What the flat fee is invoiced as: what it was at the time, or is today."""
        self.ensure_one()
        if product_id:
            return self.env["product.product"].browse(product_id)
        return (
            self.fee_product_id
            or self.level_id.product_id
            or self.env.ref("prepaid_support.product_fee")
        )


def month_end(month):
    """The last day of a month, of its first."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
