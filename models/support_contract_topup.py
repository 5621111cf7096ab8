# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from .contract_contract import OWNED


class SupportContractTopup(models.Model):
    """A bundle that is sold again every month or quarter, such as 2 500 a month.

    Its invoice is posted by itself, or no credit would ever appear. The credit is for
    this contract, and counts from the first day of the period.
    """

    _name = "support.contract.topup"
    _inherit = ["support.bookkeeping"]
    _description = "Recurring Bundle"
    _order = "contract_id, date_from, id"
    _rec_name = "product_id"
    _check_company_auto = True
    _support_bookkeeping_fields = ("contract_line_id",)

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
    product_id = fields.Many2one(
        "product.product",
        string="Bundle",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('support_bundle', '=', True)]",
    )
    quantity = fields.Float(digits=(16, 2), default=1.0, required=True)
    price_unit = fields.Monetary(
        string="Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="Of one bundle. It is the price of the bundle unless another was agreed.",
    )
    every_months = fields.Integer(
        string="Every (months)",
        default=1,
        required=True,
        help="1: every month. 3: every quarter.",
    )
    date_from = fields.Date(
        string="From",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="First day of the first period; it is invoiced on the first day of each.",
    )
    date_to = fields.Date(string="To", help="No period begins after this day.")
    contract_line_id = fields.Many2one(
        "contract.line",
        string="Line of the schedule",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups="account.group_account_invoice",
    )
    next_date = fields.Date(
        string="Next invoice", compute="_compute_next_date", compute_sudo=True
    )

    @api.depends("product_id")
    def _compute_price_unit(self):
        for topup in self:
            product = topup.product_id.with_company(topup.company_id)
            topup.price_unit = product.currency_id._convert(
                product.lst_price,
                topup.currency_id or product.currency_id,
                topup.company_id or self.env.company,
                fields.Date.context_today(topup),
            )

    @api.depends("contract_id")
    def _compute_date_from(self):
        """Today, or when the contract begins: nobody means all the months before."""
        for topup in self:
            contract = topup.contract_id
            days = [day for day in (contract._get_today(), contract.date_start) if day]
            topup.date_from = topup.date_from or max(days)

    @api.depends("contract_line_id.recurring_next_date")
    def _compute_next_date(self):
        for topup in self:
            topup.next_date = topup.contract_line_id.recurring_next_date

    # -- Constraints ---------------------------------------------------------------

    @api.constrains(
        "product_id", "quantity", "price_unit", "every_months", "date_from", "date_to"
    )
    def _check_topup(self):
        for topup in self:
            message = topup._get_error()
            if message:
                raise ValidationError(message)

    def _get_error(self):
        """The sentence that says what is wrong, or an empty one."""
        bundle = self.product_id.display_name
        if not self.product_id.support_bundle:
            return self.env._(
                "%(product)s is no credit bundle: choose one that gives credit.",
                product=bundle,
            )
        if self.quantity <= 0:
            return self.env._(
                "%(bundle)s: the quantity must be more than zero.", bundle=bundle
            )
        if self.price_unit < 0:
            return self.env._(
                "%(bundle)s: the price cannot be negative.", bundle=bundle
            )
        if not 1 <= self.every_months <= 120:
            return self.env._(
                "%(bundle)s: every 1 to 120 months, such as 3 for every quarter.",
                bundle=bundle,
            )
        if self.date_to and self.date_to < self.date_from:
            return self.env._(
                "%(bundle)s ends before it starts: change a date.", bundle=bundle
            )
        return ""

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        topups = super().create(vals_list)
        topups.contract_id._sync_recurring()
        return topups

    def write(self, vals):
        if "contract_id" in vals and any(
            topup.contract_id.id != vals["contract_id"] for topup in self
        ):
            raise UserError(
                self.env._(
                    "A recurring bundle keeps its contract: end it, and make a new one."
                )
            )
        if "date_from" in vals:
            day = fields.Date.to_date(vals["date_from"])
            self.filtered(lambda topup: topup.date_from != day)._check_not_invoiced()
        result = super().write(vals)
        if vals.keys() - {"contract_line_id"}:
            self.contract_id._sync_recurring()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_invoiced(self):
        self._check_not_invoiced()

    def unlink(self):
        self._check_not_invoiced()
        # Its line was made by us.
        lines = self.sudo().with_context(support_owned=OWNED).contract_line_id
        result = super().unlink()
        lines.unlink()
        return result

    def _check_not_invoiced(self):
        # Whether it is invoiced does not depend on who asks.
        for topup in self.sudo():
            until = topup.contract_line_id.last_date_invoiced
            if until:
                raise UserError(
                    self.env._(
                        "%(bundle)s is invoiced until %(day)s: it keeps its first day. "
                        "Set its last day, and make a new one if needed.",
                        bundle=topup.product_id.display_name,
                        day=format_date(self.env, until),
                    )
                )

    # -- The schedule --------------------------------------------------------------

    def _sync_contract_line(self):
        """Have the lines of the schedule say what these say; called as superuser."""
        for topup in self:
            values = topup._prepare_contract_line()
            line = topup.contract_line_id
            if not line:
                topup.contract_line_id = line.create(
                    {**values, **topup._prepare_new_contract_line()}
                )
                continue
            changed = {
                name: value
                for name, value in values.items()
                if line._fields[name].convert_to_write(line[name], line) != value
            }
            if changed:
                line.write(changed)

    def _prepare_new_contract_line(self):
        return {
            "contract_id": self.contract_id.recurring_contract_id.id,
            "support_kind": "bundle",
            "sequence": 10,
            "recurring_rule_type": "monthly",
            "recurring_invoicing_type": "pre-paid",
        }

    def _prepare_contract_line(self):
        until = self.contract_line_id.last_date_invoiced
        last = min(
            filter(None, (self.date_to, self.contract_id.date_end)), default=None
        )
        return {
            "product_id": self.product_id.id,
            "name": self.product_id.display_name,
            "uom_id": self.product_id.uom_id.id,
            "quantity": self.quantity,
            "specific_price": self.price_unit,
            "recurring_interval": self.every_months,
            "date_start": self.date_from,
            "date_end": last and max(last, until or self.date_from),
        }
