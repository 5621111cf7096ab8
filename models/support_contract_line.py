# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..engine import fees
from ..tools import BILLING_MANAGER, check_group
from .support_adapter import to_coverages, to_fee_rules
from .support_policy_fees import FEE_TERMS


class SupportContractLine(models.Model):
    """What a contract covers: an asset at a service level, for a fee a month.

    Days are days of the contract's zone; both the first and the last one are covered.
    """

    _name = "support.contract.line"
    _description = "Coverage Line"
    _inherit = ["support.contract.line.history", "support.contract.line.audit"]
    _order = "contract_id, date_from, id"
    _rec_name = "asset_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "support.contract",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, precompute=True, index=True
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    asset_id = fields.Many2one(
        "support.asset",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    level_id = fields.Many2one(
        "support.level",
        string="Service level",
        compute="_compute_level_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    monthly_fee = fields.Monetary(
        string="Fee a month",
        compute="_compute_monthly_fee",
        store=True,
        readonly=False,
        precompute=True,
        help="Without taxes and before the volume discount of the contract.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="Fee is invoiced as",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('type', '=', 'service')]",
        check_company=True,
        help="Gives the income account and the taxes; taken from the service level.",
    )
    fee_discount = fields.Float(
        string="Discount (%)",
        digits=(5, 2),
        compute="_compute_net_fee",
        compute_sudo=True,
        help="The volume discount that this asset has today.",
    )
    net_fee = fields.Monetary(
        string="Net fee",
        compute="_compute_net_fee",
        compute_sudo=True,
        help="What this asset costs a month today, without taxes. Nothing of its own "
        "where the contract has a flat fee.",
    )
    date_from = fields.Date(
        string="From",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    date_to = fields.Date(string="To", help="The last day that is covered.")
    in_force = fields.Boolean(compute="_compute_in_force", search="_search_in_force")

    @api.depends("contract_id")
    def _compute_level_id(self):
        for line in self:
            line.level_id = line.level_id or line.contract_id.level_id

    @api.depends("contract_id")
    def _compute_date_from(self):
        """The contract's first day; today, when fees were invoiced already."""
        for line in self:
            contract = line.contract_id
            first = contract.date_start
            if first and contract._origin._get_fee_invoiced_until():
                first = max(first, contract._get_today())
            line.date_from = line.date_from or first

    @api.depends("level_id")
    def _compute_monthly_fee(self):
        for line in self:
            line.monthly_fee = line.level_id.monthly_fee

    @api.depends("level_id")
    def _compute_product_id(self):
        """Taken once: another product of the level is for lines that come."""
        # What a fee is invoiced as follows from the level, whoever adds the line.
        for line in self.sudo():
            line.product_id = line._get_own_product()

    def _get_own_product(self):
        """What the fee is invoiced as, if nobody chooses otherwise."""
        self.ensure_one()
        return (
            self.level_id.product_id
            or self.contract_id.fee_product_id
            # Not there yet while the addon is updated.
            or self.env.ref("prepaid_support.product_fee", raise_if_not_found=False)
        )

    @api.depends(
        *(f"contract_id.{name}" for name in FEE_TERMS),
        "contract_id.line_ids.monthly_fee",
        "contract_id.line_ids.level_id",
        "contract_id.line_ids.date_from",
        "contract_id.line_ids.date_to",
    )
    def _compute_net_fee(self):
        for contract, own in self.grouped("contract_id").items():
            coverages, lines = to_coverages(contract.line_ids | own)
            rule = to_fee_rules(contract)[-1]
            today = contract._get_fee_today()
            keys = {line: key for key, line in lines.items()}
            for line in own:
                day = max(min(today, line.date_to or today), line.date_from or today)
                off = fees.discounts_on(coverages, rule, day).get(keys.get(line), 0)
                fee = line.monthly_fee * float(100 - off) / 100
                line.fee_discount = 0.0 if rule.flat_fee else off
                line.net_fee = 0.0 if rule.flat_fee else line.currency_id.round(fee)

    @api.depends("date_from", "date_to", "contract_id.state")
    def _compute_in_force(self):
        for line in self:
            line.in_force = line._covers(line.contract_id._get_today())

    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        domain = (
            Domain("contract_id.state", "=", "active")
            & Domain("date_from", "<=", today)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
            & (
                Domain("contract_id.date_end", "=", False)
                | Domain("contract_id.date_end", ">=", today)
            )
        )
        return domain if True in value else ~domain

    def _covers(self, day):
        """Whether it holds on a day, as a line of an active contract."""
        self.ensure_one()
        return self.contract_id.state == "active" and self._spans(day)

    def _spans(self, day):
        self.ensure_one()
        last = min(filter(None, (self.date_to, self.contract_id.date_end)), default=day)
        return bool(self.date_from) and self.date_from <= day <= last

    # -- Constraints ---------------------------------------------------------------

    @api.constrains("date_from", "date_to", "monthly_fee")
    def _check_line(self):
        for line in self:
            if line.date_to and line.date_to < line.date_from:
                raise ValidationError(
                    self.env._(
                        "The coverage of %(asset)s ends before it starts: change a "
                        "date.",
                        asset=line.asset_id.name,
                    )
                )
            if line.monthly_fee < 0:
                raise ValidationError(
                    self.env._(
                        "Fee a month: the fee of %(asset)s cannot be negative.",
                        asset=line.asset_id.name,
                    )
                )

    @api.constrains("asset_id", "contract_id")
    def _check_asset_customer(self):
        for line in self:
            asset, contract = line.asset_id, line.contract_id
            if not contract._covers(asset.commercial_partner_id, asset.company_id):
                raise ValidationError(
                    self.env._(
                        "%(asset)s belongs to %(customer)s, whom %(contract)s does not "
                        "cover. Choose an asset of the contract's customer.",
                        asset=asset.name,
                        customer=asset.commercial_partner_id.name,
                        contract=contract.display_name,
                    )
                )

    @api.constrains("level_id", "contract_id")
    def _check_level_currency(self):
        for line in self:
            if line.level_id.currency_id != line.contract_id.currency_id:
                raise ValidationError(
                    self.env._(
                        "Service level %(level)s has its fee in %(level_currency)s, "
                        "but the contract is in %(currency)s. Choose another level.",
                        level=line.level_id.name,
                        level_currency=line.level_id.currency_id.name,
                        currency=line.contract_id.currency_id.name,
                    )
                )

    @api.constrains("asset_id", "date_from", "date_to", "contract_id")
    def _check_covered_once(self):
        # Whether another contract covers it does not depend on who asks.
        for line in self.sudo().filtered(lambda one: one._is_owed()):
            for other in (line.asset_id.line_ids - line).filtered(line._meets):
                if not other._is_owed():
                    continue
                raise ValidationError(
                    self.env._(
                        "%(asset)s is covered already from %(day)s, by %(contract)s. "
                        "End that coverage first, and begin after its last day.",
                        asset=line.asset_id.name,
                        day=format_date(self.env, other.date_from),
                        contract=other.contract_id.name,
                    )
                )

    def _meets(self, other):
        """Whether two lines have a day in common."""
        first = max(self.date_from, other.date_from)
        return first <= min(self._get_last_day(), other._get_last_day())

    def _get_last_day(self):
        """The last day that is covered; far away if there is none yet."""
        self.ensure_one()
        days = (self.date_to, self.contract_id.date_end)
        return min(filter(None, days), default=date.max)

    def _is_owed(self):
        """Whether its days are billed, or will be.

        A contract that ended without ever having a schedule has billed nothing.
        """
        self.ensure_one()
        contract = self.contract_id
        return contract.state != "ended" or bool(contract.recurring_contract_id)

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_fee_given()
        lines._on_change()
        return lines

    def write(self, vals):
        for name in ("contract_id", "asset_id"):
            if name in vals and any(line[name].id != vals[name] for line in self):
                raise UserError(
                    self.env._(
                        "A coverage line keeps its contract and its asset: end it, and "
                        "make a new one."
                    )
                )
        before = {
            line: (line.level_id, line.monthly_fee, line.product_id) for line in self
        }
        result = super().write(vals)
        for line, (level, fee, product) in before.items():
            if (line.level_id, line.monthly_fee) != (level, fee):
                line._check_fee_given()
            # What it would be follows from the level, whoever changes the line.
            if line.product_id not in (product, line.sudo()._get_own_product()):
                # Another product has other taxes, also on what is invoiced already.
                check_group(self.env, BILLING_MANAGER)
        self._on_change()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_invoiced(self):
        for line in self:
            until = line.contract_id._get_fee_invoiced_until()
            if until and line.date_from <= until:
                raise UserError(
                    self.env._(
                        "The fee of %(asset)s is invoiced until %(day)s: end its "
                        "coverage instead.",
                        asset=line.asset_id.name,
                        day=until,
                    )
                )

    def unlink(self):
        contracts, assets = self.contract_id, self.asset_id
        result = super().unlink()
        contracts._note_free_tickets()
        contracts._sync_recurring()
        self.env["helpdesk.ticket"]._sync_open_slas("asset_id", assets)
        return result

    def _on_change(self):
        """Free tickets, deadlines and recurring invoices follow what is covered."""
        self.contract_id._note_free_tickets()
        self.contract_id._sync_recurring()
        self.env["helpdesk.ticket"]._sync_open_slas("asset_id", self.asset_id)

    def _get_fee_product(self):
        self.ensure_one()
        return self.product_id or self.env.ref("prepaid_support.product_fee")

    def _check_fee_given(self):
        """Less than the level's fee is given away, and so are a level's free tickets
        under a flat fee: the billing manager's."""
        for line in self:
            level = line.level_id
            if line.monthly_fee < level.monthly_fee or (
                level.free_tickets and line.contract_id.flat_fee
            ):
                check_group(self.env, BILLING_MANAGER)
