# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.support_lot import UNITS
from ..tools import BILLING_MANAGER, check_group


class SupportCreditAdd(models.TransientModel):
    """Grants credit by hand: goodwill, a carry-over, or what was paid elsewhere."""

    _name = "support.credit.add"
    _description = "Add Support Credit"

    contract_id = fields.Many2one("support.contract", required=True, readonly=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    token = fields.Char(
        default=lambda self: uuid4().hex,
        readonly=True,
        help="A double click grants once.",
    )
    unit = fields.Selection(UNITS, required=True, default="money")
    kind = fields.Selection(
        [
            ("goodwill", "Goodwill"),
            ("purchase", "Purchase"),
            ("carryover", "Carry-over"),
        ],
        required=True,
        default="goodwill",
        help="Goodwill and carry-over are free. A purchase was paid for outside of "
        "the invoices here.",
    )
    amount = fields.Monetary(string="Credit")
    hours = fields.Float(string="Time credit")
    price_paid = fields.Monetary(
        string="Price paid", help="What the customer paid for it, without tax."
    )
    date_first = fields.Date(
        string="Usable from", required=True, default=fields.Date.context_today
    )
    date_last = fields.Date(
        string="Expires after", help="The last usable day. Empty: it never expires."
    )
    priority = fields.Integer(
        default=10, help="Credit with a lower number is used first."
    )
    reason = fields.Char(required=True, help="The customer's statement shows it.")

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind != "purchase":
            self.price_paid = 0

    def _get_quantity(self):
        self.ensure_one()
        return self.amount if self.unit == "money" else round(60 * self.hours)

    def _check_input(self):
        if self._get_quantity() <= 0:
            raise UserError(self.env._("Enter how much credit to add: more than zero."))
        if self.price_paid < 0:
            raise UserError(self.env._("The price paid cannot be negative."))
        if self.contract_id.state == "ended":
            raise UserError(
                self.env._("This contract has ended, so it takes no more credit.")
            )

    def _prepare_lot(self):
        quantity = self._get_quantity()
        is_paid = self.kind == "purchase"
        return {
            "key": f"add:{self.token}",
            "name": self.reason,
            "contract_id": self.contract_id.id,
            "unit": self.unit,
            "kind": self.kind,
            "paid_quantity": quantity if is_paid else 0,
            "bonus_quantity": 0 if is_paid else quantity,
            "price_paid": self.price_paid if is_paid else 0,
            "date_first": self.date_first,
            "date_last": self.date_last,
            "priority": self.priority,
            "reason": self.reason,
        }

    def action_add(self):
        self.ensure_one()
        check_group(self.env, BILLING_MANAGER)
        self.contract_id.check_access("read")
        self._check_input()
        self.env["support.lot"]._grant([self._prepare_lot()])
        return {"type": "ir.actions.act_window_close"}
