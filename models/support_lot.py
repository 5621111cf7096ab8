# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine import refund
from ..engine.money import decimal_of
from ..tools import format_minutes
from .support_adapter import currency_step
from .support_lot_posting import POSTING

UNITS = [("money", "Money"), ("time", "Time")]
LOT_KINDS = [
    ("purchase", "Purchase"),
    ("allowance", "Allowance"),
    ("goodwill", "Goodwill"),
    ("carryover", "Carry-over"),
]
#: Money in the contract's currency, or minutes: both fit four decimals.
QUANTITY_DIGITS = (16, 4)


class SupportLot(models.Model):
    """One lot of credit: money, or minutes, with a first and a last usable day.

    The quantities are plain columns, never null (a CHECK passes on null), in the
    currency for a money lot and in minutes for a time lot. Only ``_post`` writes them,
    together with the entries that explain them, and the database refuses a lot that
    does not add up.
    """

    _name = "support.lot"
    _inherit = ["support.ledger", "support.lot.posting"]
    _description = "Support Credit Lot"
    _order = "date_first, id"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    key = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Names the event that granted the lot: the same event grants once.",
    )
    contract_id = fields.Many2one(
        "support.contract",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, precompute=True, index=True
    )
    currency_id = fields.Many2one(
        related="contract_id.currency_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    unit = fields.Selection(UNITS, required=True, readonly=True)
    kind = fields.Selection(LOT_KINDS, required=True, readonly=True, default="purchase")
    paid_quantity = fields.Float(digits=QUANTITY_DIGITS, readonly=True)
    bonus_quantity = fields.Float(digits=QUANTITY_DIGITS, readonly=True)
    granted = fields.Float(
        digits=QUANTITY_DIGITS, readonly=True, required=True, default=0.0
    )
    used = fields.Float(
        digits=QUANTITY_DIGITS, readonly=True, required=True, default=0.0
    )
    lapsed = fields.Float(
        digits=QUANTITY_DIGITS, readonly=True, required=True, default=0.0
    )
    refunded = fields.Float(
        digits=QUANTITY_DIGITS, readonly=True, required=True, default=0.0
    )
    adjusted = fields.Float(
        digits=QUANTITY_DIGITS, readonly=True, required=True, default=0.0
    )
    remaining = fields.Float(
        digits=QUANTITY_DIGITS, readonly=True, required=True, default=0.0
    )
    reserved = fields.Float(
        digits=QUANTITY_DIGITS,
        readonly=True,
        required=True,
        default=0.0,
        help="Promised, and not to be burnt.",
    )
    price_paid = fields.Monetary(
        readonly=True,
        groups="base.group_user",
        help="What the customer paid for the lot, without tax.",
    )
    date_first = fields.Date(string="Usable from", required=True, readonly=True)
    date_last = fields.Date(
        string="Expires after", readonly=True, help="Last usable day."
    )
    date_lapsed = fields.Date(
        readonly=True, help="When the lapse was posted; empty while the lot is open."
    )
    priority = fields.Integer(
        default=10,
        readonly=True,
        groups="base.group_user",
        help="Lots with a lower number are used first.",
    )
    state = fields.Selection(
        [
            ("future", "Not yet usable"),
            ("open", "Open"),
            ("used", "Used up"),
            ("expired", "Expired"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order line",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        groups="base.group_user",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice line",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        groups="base.group_user",
    )
    move_id = fields.Many2one(
        related="move_line_id.move_id", string="Invoice", groups="base.group_user"
    )
    entry_ids = fields.One2many("support.entry", "lot_id", string="Entries")

    # How the screens show time credit: in hours, or in tickets of so many minutes.
    time_display = fields.Selection(
        related="contract_id.time_display", groups="base.group_user"
    )
    minutes_per_ticket = fields.Integer(
        related="contract_id.minutes_per_ticket", groups="base.group_user"
    )

    _unique_key = models.UniqueIndex("(key) WHERE key IS NOT NULL")
    _within_bounds = models.Constraint(
        "CHECK (remaining >= 0 AND reserved >= 0 AND reserved <= remaining)",
        "There is not enough credit in this lot. Load the page again to see the rest.",
    )
    _adds_up = models.Constraint(
        "CHECK (remaining = granted - used - lapsed - refunded + adjusted)",
        "The quantities of a credit lot do not add up.",
    )
    _open_index = models.Index("(contract_id, date_last) WHERE remaining > 0")

    @api.depends("remaining", "date_first", "date_last")
    def _compute_state(self):
        for lot in self:
            today = lot.contract_id._get_today()
            if lot.date_last and lot.date_last < today:
                lot.state = "expired"
            elif lot.remaining <= 0:
                lot.state = "used"
            elif lot.date_first > today:
                lot.state = "future"
            else:
                lot.state = "open"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = {
            "expired": Domain("date_last", "<", "today"),
            "used": Domain("remaining", "<=", 0) & self._domain_not_expired(),
            "future": Domain("remaining", ">", 0)
            & Domain("date_first", ">", "today")
            & self._domain_not_expired(),
            "open": Domain("remaining", ">", 0)
            & Domain("date_first", "<=", "today")
            & self._domain_not_expired(),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.model
    def _domain_not_expired(self):
        return Domain("date_last", "=", False) | Domain("date_last", ">=", "today")

    @api.private
    def average_price(self, quantity):
        """Price paid for ``quantity`` of the lot, bonus spread over all of it."""
        self.ensure_one()
        # A price per credit tells no margin; accountants and agents may know it.
        lot = self.sudo()
        return float(
            refund.worth(
                decimal_of(quantity),
                decimal_of(lot.granted),
                decimal_of(lot.price_paid),
                currency_step(lot.currency_id),
            )
        )

    def _get_part(self, quantity, numerator, denominator):
        """A part of ``quantity`` of this lot, in whole cents or minutes."""
        self.ensure_one()
        return float(
            refund.part_of(
                decimal_of(quantity),
                decimal_of(numerator),
                decimal_of(denominator),
                currency_step(self.currency_id) if self.unit == "money" else None,
            )
        )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_posting()
        return super().create(vals_list)

    def write(self, vals):
        self._check_posting()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Credit cannot be deleted: take it out with an adjustment, or with a "
                "credit note on its invoice."
            )
        )

    @api.model
    def _check_posting(self):
        if self.env.context.get("support_posting") is not POSTING:
            raise AccessError(
                self.env._(
                    "Credit is changed by its entries only: use Add credit or Adjust."
                )
            )

    # -- In words ------------------------------------------------------------------

    def _format_quantity(self, quantity):
        """``quantity`` of this lot for people: "1,500.00 €" or "2:30 h"."""
        self.ensure_one()
        if self.unit == "money":
            # A currency is no secret.
            return self.sudo().currency_id.with_env(self.env).format(float(quantity))
        return format_minutes(self.env, int(quantity))

    # -- Actions -------------------------------------------------------------------

    def action_view_invoice(self):
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Invoice"))
