# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.exceptions import UserError
from odoo.tests import tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestCreditNote(BillingCommon):
    def setUp(self):
        super().setUp()
        self.order, self.invoice, self.lot = self._sell_and_pay(self.strippenkaart)

    def _burn(self, hours):
        """Burn 125 an hour."""
        ticket = self._create_ticket(self.lot.contract_id)
        for _day in range(int(hours // 12)):
            self._log(ticket, 12)
        if hours % 12:
            self._log(ticket, hours % 12)
        self.lot.invalidate_recordset()

    def _get_refunds(self):
        return self.lot.entry_ids.filtered(lambda entry: entry.kind == "refund")

    def test_after_30_percent_3500_is_proposed(self):
        self._burn(12)
        self.assertEqual(self.lot.remaining, 3500)
        credit_note = self._reverse(self.invoice)
        line = credit_note.invoice_line_ids
        self.assertEqual(credit_note.state, "draft")
        self.assertEqual(line.price_subtotal, 3500)
        self.assertEqual(credit_note.amount_untaxed, 3500)
        self.assertEqual(credit_note.amount_total, 4200)
        self.assertIn("Unburnt credit", line.name)
        self.assertEqual(self.lot.remaining, 3500, "a draft takes nothing")
        credit_note.action_post()
        self.assertRecordValues(
            self.lot, [{"remaining": 0, "used": 1500, "refunded": 3500}]
        )
        self.assertEqual(self._get_refunds().move_line_id, line)
        self.assertEqual(credit_note.support_lot_count, 1)
        self.assertEqual(
            credit_note.action_view_support_lots()["domain"],
            [("id", "in", self.lot.ids)],
        )

    def test_a_draft_holds_what_it_pays_back(self):
        """Work between draft and posting must not burn what the customer gets back."""
        self._burn(12)
        credit_note = self._reverse(self.invoice)
        self.assertEqual(self.lot.reserved, 3500)
        self._burn(4)
        self.assertRecordValues(self.lot, [{"remaining": 3500, "used": 1500}])
        self.assertEqual(self.lot.contract_id.overrun_amount, 500)
        again = self._reverse(self.invoice)
        self.assertEqual(again.amount_untaxed, 0)
        again.unlink()
        credit_note.action_post()
        self.assertRecordValues(
            self.lot, [{"remaining": 0, "reserved": 0, "refunded": 3500}]
        )

    def test_a_dropped_draft_lets_go(self):
        for drop in ("unlink", "button_cancel"):
            credit_note = self._reverse(self.invoice)
            self.assertEqual(self.lot.reserved, 5000)
            getattr(credit_note, drop)()
            self.assertEqual(self.lot.reserved, 0)

    def test_posted_twice_takes_once(self):
        self._burn(12)
        credit_note = self._reverse(self.invoice)
        credit_note.action_post()
        credit_note.button_draft()
        credit_note.action_post()
        self.assertEqual(len(self._get_refunds()), 1)
        self.assertEqual(self.lot.refunded, 3500)

    def test_a_second_credit_note_proposes_nothing(self):
        self._burn(12)
        self._reverse(self.invoice).action_post()
        again = self._reverse(self.invoice)
        self.assertEqual(again.amount_untaxed, 0)
        again.action_post()
        self.assertEqual(len(self._get_refunds()), 1)

    def test_posted_credit_note_stays(self):
        credit_note = self._reverse(self.invoice)
        credit_note.action_post()
        with self.assertRaises(UserError):
            credit_note.button_cancel()
        credit_note.button_draft()
        with self.assertRaises(UserError):
            credit_note.unlink()
        with self.assertRaises(UserError):
            credit_note.invoice_line_ids.unlink()

    def test_draft_credit_note_may_go(self):
        self._reverse(self.invoice).unlink()
        self.assertEqual(self.lot.remaining, 5000)

    def test_bonus_at_average_price(self):
        bundle = self._create_bundle("SSoR", 10000, support_bonus_percent=10)
        _order, invoice, lots = self._sell_and_pay(bundle)
        lot = lots - self.lot
        self.assertEqual(lot.granted, 11000)
        lot._adjust_down("test-burn", 9000, "test")
        credit_note = self._reverse(invoice)
        self.assertEqual(credit_note.amount_untaxed, 1818.18)

    def test_tax_included_price(self):
        included = self.tax.copy(
            {
                "name": "21 % incl.",
                "amount": 21,
                "price_include_override": "tax_included",
            }
        )
        bundle = self._create_bundle(
            "Gross", 1000, list_price=1210, taxes_id=[(6, 0, included.ids)]
        )
        _order, invoice, lots = self._sell_and_pay(bundle)
        lot = lots - self.lot
        self.assertEqual(lot.price_paid, 1000)
        lot._adjust_down("test-burn", 333.33, "test")
        credit_note = self._reverse(invoice)
        self.assertEqual(credit_note.invoice_line_ids.price_subtotal, 666.67)

    def test_full_reversal_takes_all_at_the_full_price(self):
        self._burn(12)
        reverse = self.invoice._reverse_moves([{}], cancel=True)
        self.assertEqual(reverse.state, "posted")
        self.assertEqual(reverse.amount_untaxed, 5000)
        self.assertRecordValues(self.lot, [{"remaining": 0, "refunded": 3500}])

    def test_modify_gives_a_lot_of_its_own(self):
        new = self._reverse(self.invoice, modify=True)
        self.assertEqual(self.lot.remaining, 0)
        self.assertEqual((new.move_type, new.state), ("out_invoice", "draft"))
        self.assertFalse(new.invoice_line_ids.support_refund_lot_id)
        self.assertEqual(new.amount_untaxed, 5000)
        new.action_post()
        self._pay(new)
        lot = self._get_lots() - self.lot
        self.assertEqual(lot.move_line_id, new.invoice_line_ids)
        self.assertEqual(lot.remaining, 5000)

    def test_modify_of_an_order_granted_bundle(self):
        bundle = self._create_bundle("On order", 100, support_grant_on="order")
        _order, invoice = self._sell(bundle)
        invoice.action_post()
        first = self._get_lots() - self.lot
        new = self._reverse(invoice, modify=True)
        self.assertEqual(first.remaining, 0)
        new.action_post()
        lots = self._get_lots() - self.lot - first
        self.assertEqual(lots.mapped("remaining"), [100])

    def test_drafted_before_the_payment(self):
        _order, invoice = self._sell(self.strippenkaart)
        invoice.action_post()
        credit_note = self._reverse(invoice)
        self.assertEqual(credit_note.amount_untaxed, 5000)
        self._pay(invoice)
        lot = self._get_lots() - self.lot
        credit_note.action_post()
        self.assertEqual((lot.remaining, lot.refunded), (0, 5000))

    def test_never_paid_never_granted(self):
        _order, invoice = self._sell(self.strippenkaart)
        invoice.action_post()
        self._reverse(invoice).action_post()
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual(self._get_lots(), self.lot)

    def test_credited_in_part_before_the_payment(self):
        """2 000 of 5 000 credited, the rest paid: 3 000 of credit is granted."""
        _order, invoice = self._sell(self.strippenkaart)
        invoice.action_post()
        credit_note = self._reverse(invoice)
        credit_note.invoice_line_ids.price_unit = 2000
        credit_note.action_post()
        self.assertEqual(self._get_lots(), self.lot)
        self._pay(invoice)
        lot = self._get_lots() - self.lot
        self.assertRecordValues(lot, [{"granted": 3000, "price_paid": 3000}])
