# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models

from ..engine import refund
from ..engine.money import decimal_of
from .support_adapter import currency_step


class SupportCreditNote(models.AbstractModel):
    """Lines of credit notes: what they pay back of a lot, hold, and take out."""

    _name = "support.credit.note"
    _description = "Support Credit Note"

    def _get_support_refund_lot(self):
        """The lot that this credit line takes credit from.

        A credit note may be drafted before the payment grants the lot, so the
        reversed line is asked again.
        """
        self.ensure_one()
        # Whoever may post the credit note may have it take the credit.
        lot = self.sudo().support_refund_lot_id
        return lot or self.support_source_line_id._get_support_lots()[:1]

    def _propose_support_refund(self):
        """Credit what is unburnt, at the average price, instead of the full price."""
        self.ensure_one()
        lot = self._get_support_refund_lot()
        if not lot:
            return
        available = self._get_support_refundable(lot)
        net = self._get_support_refund_amount(lot, available)
        self.write(
            {
                # Nothing is left: the line stays to say so, and takes nothing.
                "quantity": 1 if available else 0,
                "discount": 0,
                "price_unit": self._get_price_unit_for_subtotal(net),
                "name": f"{self.name}\n{self._get_support_refund_text(lot, available)}",
            }
        )
        # Whoever may make the credit note may have it hold what it pays back.
        self.sudo().write(
            {"support_refund_lot_id": lot.id, "support_reserved": available}
        )
        lot._reserve(available)

    def _release_support_reservation(self):
        """Let go of the credit that these draft credit lines have held."""
        # Whoever may post or delete the credit note may do what follows from it.
        for line in self.sudo().filtered("support_reserved"):
            line.support_refund_lot_id._reserve(-line.support_reserved)
            line.with_context(skip_invoice_sync=True).support_reserved = 0

    def _get_support_refundable(self, lot):
        """Unburnt credit of the lot, as far as the reversed line has billed it."""
        self.ensure_one()
        free = lot._get_refundable()
        source = self.support_source_line_id
        billed = source._get_support_billed_quantity(lot)
        if billed >= lot.granted:
            return free
        # Credit lines are counted whoever may see them.
        drafts = self.sudo().search([("support_source_line_id", "=", source.id)])
        taken = drafts.env["support.entry"].search([("move_line_id", "in", drafts.ids)])
        left = billed + sum(taken.mapped("quantity"))
        left -= sum(drafts.mapped("support_reserved"))
        return max(0.0, min(free, left))

    def _get_support_billed_quantity(self, lot):
        """How much of the lot this line has billed: all, but for parts of an order."""
        # An accountant need not be allowed to read the order.
        order_line = lot.sudo().sale_line_id
        if not (self and order_line) or lot not in order_line._get_support_order_lots():
            return lot.granted
        return lot._get_part(
            lot.granted, self._get_support_units(), order_line._get_support_units()
        )

    def _get_support_refund_amount(self, lot, quantity):
        """Unburnt credit at the average price, in the currency of the invoice."""
        source = self.support_source_line_id
        billed = source._get_support_billed_quantity(lot)
        if billed < lot.granted:
            # Other invoices have billed the rest, perhaps at another price.
            return float(
                refund.worth(
                    decimal_of(quantity),
                    decimal_of(billed),
                    decimal_of(source.price_subtotal),
                    currency_step(self.currency_id),
                )
            )
        amount = lot.average_price(quantity)
        if self.currency_id == lot.currency_id or not (amount and source):
            return amount
        # Back at the rate of the invoice.
        rate = source.price_subtotal / source._get_support_price_paid(lot.currency_id)
        return self.currency_id.round(amount * rate)

    def _get_support_refund_text(self, lot, quantity):
        lot = lot.with_context(lang=self.partner_id.lang)
        return lot.env._(
            "Unburnt credit: %(left)s of %(granted)s, at the average price",
            left=lot._format_quantity(quantity),
            granted=lot._format_quantity(lot.granted),
        )

    def _refund_support_credit(self):
        """Take out the unburnt credit of these posted credit lines, once each.

        A draft that has held credit takes that, which is what it says: what came
        back to the lot since then is not paid for by it. One that pays back less takes
        as much less.
        """
        # Our bookkeeping, read for whoever may post the credit note.
        held = {line: line.sudo().support_reserved for line in self}
        self._release_support_reservation()
        for line in self.filtered("quantity"):
            lot = line._get_support_refund_lot()
            # Bookkeeping again.
            if not lot or line.sudo().support_granted:
                continue
            if not line.support_refund_lot_id:
                # It follows from the line that is reversed.
                plain = line.sudo().with_context(skip_invoice_sync=True)
                plain.support_refund_lot_id = lot
            quantity = line._get_support_paid_back(
                lot, held[line] or line._get_support_refundable(lot)
            )
            lot._refund(f"credit-line/{line.id}", quantity, move_line=line)

    def _get_support_paid_back(self, lot, quantity):
        """What of the ``quantity`` this line pays back, at the average price."""
        self.ensure_one()
        worth = self._get_support_refund_amount(lot, quantity)
        if self.currency_id.compare_amounts(self.price_subtotal, worth) >= 0:
            return quantity
        return lot._get_part(quantity, self.price_subtotal, worth)
