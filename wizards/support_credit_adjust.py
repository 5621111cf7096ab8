# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import BILLING_MANAGER, check_group


class SupportCreditAdjust(models.TransientModel):
    """Takes credit out of a lot, or moves its last usable day, with a reason."""

    _name = "support.credit.adjust"
    _description = "Adjust Support Credit"

    contract_id = fields.Many2one("support.contract", required=True, readonly=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    token = fields.Char(
        default=lambda self: uuid4().hex,
        readonly=True,
        help="A double click adjusts once.",
    )
    action = fields.Selection(
        [("reduce", "Take credit out"), ("extend", "Extend the validity")],
        required=True,
        default="reduce",
    )
    lot_id = fields.Many2one(
        "support.lot",
        string="Credit",
        required=True,
        domain="[('contract_id', '=', contract_id), ('remaining', '>', 0),"
        " ('date_lapsed', '=', False)]",
    )
    unit = fields.Selection(related="lot_id.unit")
    remaining = fields.Float(related="lot_id.remaining", string="Left in it")
    current_date_last = fields.Date(
        related="lot_id.date_last", string="Expires after (now)"
    )
    amount = fields.Monetary(string="Take out")
    hours = fields.Float(string="Take out (h)")
    date_last = fields.Date(
        string="New expiry", help="The new last usable day. Empty: it never expires."
    )
    reason = fields.Char(required=True, help="The entry keeps it for ever.")

    @api.onchange("contract_id")
    def _onchange_contract_id(self):
        """Fill in the lot where there is nothing to choose."""
        lots = self.contract_id.lot_ids.filtered(
            lambda lot: lot.remaining > 0 and not lot.date_lapsed
        )
        if len(lots) == 1:
            self.lot_id = lots

    @api.onchange("lot_id")
    def _onchange_lot_id(self):
        self.date_last = self.lot_id.date_last

    def _get_quantity(self):
        self.ensure_one()
        return self.amount if self.unit == "money" else round(60 * self.hours)

    def _check_lot(self):
        self.lot_id.check_access("read")
        if self.lot_id.contract_id != self.contract_id:
            raise UserError(self.env._("This credit belongs to another contract."))

    def action_adjust(self):
        self.ensure_one()
        check_group(self.env, BILLING_MANAGER)
        self._check_lot()
        if self.action == "extend":
            self._extend()
        else:
            self._reduce()
        return {"type": "ir.actions.act_window_close"}

    def _reduce(self):
        quantity = self._get_quantity()
        if quantity <= 0:
            raise UserError(self.env._("Enter how much to take out: more than zero."))
        self.lot_id._adjust_down(f"adjust:{self.token}", quantity, self.reason)

    def _extend(self):
        current = self.lot_id.date_last
        if not current:
            raise UserError(
                self.env._("This credit never expires, so there is nothing to extend.")
            )
        if self.date_last and self.date_last <= current:
            raise UserError(
                self.env._("Choose a day after the present last usable day.")
            )
        self.lot_id._extend(f"extend:{self.token}", self.date_last, self.reason)
