# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

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

    def test_modify_does_not_give_burnt_credit_again(self):
        self._burn(12)
        with self.assertRaises(UserError):
            self._reverse(self.invoice, modify=True)
        self.assertEqual(self.lot.remaining, 3500)

    def test_paid_with_the_credit_note_of_another_invoice(self):
        """Odoo calls such an invoice reversed, but its customer has paid it."""
        credit_note = self._reverse(self.invoice)
        credit_note.action_post()
        _order, invoice = self._sell(self.strippenkaart)
        invoice.action_post()
        (invoice | credit_note).line_ids.sudo().filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(invoice.payment_state, "reversed")
        lot = self._get_lots() - self.lot
        self.assertEqual((lot.granted, lot.remaining), (5000, 5000))

    def test_rest_credited_after_a_part_payment(self):
        """3 000 paid of 5 000, and the rest credited: 3 000 of credit."""
        _order, invoice = self._sell(self.strippenkaart)
        invoice.action_post()
        self._pay(invoice, 3600)
        credit_note = self._reverse(invoice)
        credit_note.invoice_line_ids.price_unit = 2000
        credit_note.action_post()
        self.assertEqual(invoice.payment_state, "paid")
        lot = self._get_lots() - self.lot
        self.assertEqual((lot.granted, lot.remaining), (3000, 3000))

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

    def test_a_partial_credit_note_that_reduced_the_grant_takes_nothing(self):
        """It has made the credit less already, when the rest was paid."""
        _order, invoice = self._sell(self.strippenkaart)
        invoice.action_post()
        credit_note = self._reverse(invoice)
        credit_note.invoice_line_ids.price_unit = 2000
        credit_note.action_post()
        self._pay(invoice)
        lot = self._get_lots() - self.lot
        credit_note.button_draft()
        with self.assertRaises(UserError):
            credit_note.button_cancel()
        with self.assertRaises(UserError):
            credit_note.invoice_line_ids.unlink()
        credit_note.action_post()
        self.assertEqual(lot.remaining, 3000)
        credit_note.button_draft()
        credit_note.invoice_line_ids.price_unit = 1000
        with self.assertRaises(UserError):
            credit_note.action_post()

    def test_foreign_currency_after_a_partial_credit_note(self):
        """What was paid is proposed, at the rate of the invoice."""
        currency = self._create_foreign_currency()
        invoice = (
            self.env["account.move"]
            .with_user(self.accountant)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "currency_id": currency.id,
                    "invoice_date": "2026-02-01",
                    "invoice_line_ids": [
                        Command.create(
                            {"product_id": self.strippenkaart.id, "price_unit": 4000}
                        )
                    ],
                }
            )
        )
        invoice.action_post()
        credit_note = self._reverse(invoice)
        credit_note.invoice_line_ids.price_unit = 1600
        credit_note.action_post()
        self._pay(invoice)
        lot = self._get_lots() - self.lot
        self.assertEqual((lot.granted, lot.price_paid), (3000, 3000))
        self.assertEqual(self._reverse(invoice).amount_untaxed, 2400)

    def test_what_came_back_since_the_draft_stays(self):
        """The credit note takes what it says: 3 500 of the 4 000 now unburnt."""
        ticket = self._create_ticket(self.lot.contract_id)
        line = self._log(ticket, 12)
        credit_note = self._reverse(self.invoice)
        line.unit_amount = 8
        credit_note.action_post()
        self.assertRecordValues(
            self.lot, [{"remaining": 500, "reserved": 0, "refunded": 3500}]
        )
        self.assertFalse(self.lot._check_integrity())

    def test_less_money_takes_less_credit(self):
        """A price reduction of 10 % does not take the other 90 % of the credit."""
        credit_note = self._reverse(self.invoice)
        credit_note.invoice_line_ids.price_unit = 500
        credit_note.action_post()
        self.assertRecordValues(
            self.lot, [{"remaining": 4500, "reserved": 0, "refunded": 500}]
        )
        credit_note = self._reverse(self.invoice)
        self.assertEqual(credit_note.amount_untaxed, 4500)

    def test_less_money_in_a_note_drafted_before_the_payment(self):
        _order, invoice = self._sell(self.strippenkaart)
        invoice.action_post()
        credit_note = self._reverse(invoice)
        credit_note.invoice_line_ids.price_unit = 2000
        self._pay(invoice)
        lot = self._get_lots() - self.lot
        credit_note.action_post()
        self.assertEqual((lot.granted, lot.remaining), (5000, 3000))

    def test_credit_that_comes_back_after_the_credit_note(self):
        """Work that becomes less refills the lot, and can be credited as well."""
        ticket = self._create_ticket(self.lot.contract_id)
        line = self._log(ticket, 12)
        self._reverse(self.invoice).action_post()
        line.unit_amount = 4
        self.assertEqual((self.lot.remaining, self.lot.refunded), (1000, 3500))
        credit_note = self._reverse(self.invoice)
        self.assertEqual(credit_note.amount_untaxed, 1000)
        credit_note.action_post()
        line.unit_amount = 12
        self.assertEqual(self.lot.remaining, 0)
        self.assertEqual(self.lot.contract_id.overrun_amount, 1000)
        self.assertFalse(self.lot._check_integrity())

    def test_free_bundle(self):
        order = self._create_order(self.strippenkaart)
        order.order_line.discount = 100
        order.action_confirm()
        invoice = order.sudo()._create_invoices().with_user(self.accountant)
        invoice.action_post()
        lot = self._get_lots() - self.lot
        self.assertEqual((lot.granted, lot.price_paid), (5000, 0))
        credit_note = self._reverse(invoice)
        self.assertEqual(credit_note.amount_untaxed, 0)
        credit_note.action_post()
        self.assertEqual(lot.remaining, 0)

    def test_bookkeeping_of_credit_is_not_typed(self):
        """A request must not make a credit note take another lot's credit."""
        credit_note = self._reverse(self.invoice)
        line = credit_note.invoice_line_ids
        for record, vals in (
            (line, {"support_refund_lot_id": False}),
            (line, {"support_reserved": 0}),
            (line, {"support_granted": {}}),
            (credit_note, {"support_freed": False}),
            (credit_note, {"support_overrun": True}),
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                record.with_user(self.accountant).write(vals)
        forged = (
            self.env["account.move"]
            .with_user(self.accountant)
            .with_context(default_support_overrun=True, support_bookkeeping=True)
            .create(
                {
                    "move_type": "out_refund",
                    "partner_id": self.customer.id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Forged",
                                "price_unit": 1.0,
                                "support_refund_lot_id": self.lot.id,
                                "support_reserved": 5000.0,
                            }
                        )
                    ],
                }
            )
        )
        self.assertFalse(forged.support_overrun)
        self.assertFalse(forged.invoice_line_ids.support_refund_lot_id)
        forged.action_post()
        self.assertEqual(self.lot.remaining, 5000)
        self.assertEqual(self.lot.reserved, 5000)


@tagged("post_install", "-at_install")
class TestCreditNoteAndExpiry(BillingCommon):
    """Credit of 21 November 2026, last usable a year later."""

    def setUp(self):
        super().setUp()
        with freeze_time("2026-11-21 10:00:00"):
            _order, self.invoice, self.lot = self._sell_and_pay(self.strippenkaart)

    def _run_expiry(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "prepaid_support.ir_cron_expire_credit"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_what_a_draft_holds_does_not_lapse(self):
        """Or the customer gets back in money what also lapsed."""
        with freeze_time("2027-11-21 10:00:00"):
            credit_note = self._reverse(self.invoice)
            self.assertEqual(credit_note.amount_untaxed, 5000)
        with freeze_time("2027-11-25 10:00:00"):
            self._run_expiry()
            credit_note.action_post()
            self._run_expiry()
        self.assertRecordValues(self.lot, [{"refunded": 5000, "lapsed": 0}])
        self.assertTrue(self.lot.date_lapsed)
        self.assertFalse(self.lot._check_integrity())

    def test_what_a_dropped_draft_held_lapses(self):
        with freeze_time("2027-11-21 10:00:00"):
            credit_note = self._reverse(self.invoice)
        with freeze_time("2027-11-25 10:00:00"):
            self._run_expiry()
            self.assertEqual(self.lot.remaining, 5000)
            credit_note.unlink()
            self._run_expiry()
        self.assertRecordValues(
            self.lot, [{"remaining": 0, "lapsed": 5000, "reserved": 0}]
        )

    def test_expired_credit_is_not_proposed(self):
        """Whether the job that posts the lapse has run or not."""
        with freeze_time("2027-11-22 10:00:00"):
            for _before_and_after in range(2):
                credit_note = self._reverse(self.invoice)
                self.assertEqual(credit_note.amount_untaxed, 0)
                credit_note.unlink()
                self._run_expiry()


@tagged("post_install", "-at_install")
class TestOrderGrantedCredit(BillingCommon):
    """The order has granted the credit; invoices bill it, in parts or otherwise."""

    def _order(self, quantity):
        product = self._create_bundle("On order", 100, support_grant_on="order")
        order = self._create_order(product)
        order.order_line.product_uom_qty = quantity
        order.action_confirm()
        return order, self._get_lots()

    def _invoice(self, order, **vals):
        invoice = order.sudo()._create_invoices().with_user(self.accountant)
        invoice.invoice_line_ids.write(vals)
        return invoice

    def test_two_invoices_pay_back_their_own_part(self):
        order, lot = self._order(2)
        first = self._invoice(order, quantity=1)
        first.action_post()
        second = self._invoice(order)
        self.assertEqual(second.invoice_line_ids.quantity, 1)
        second.action_post()
        self._pay(first)
        self.assertEqual(self._get_lots(), lot)
        credit_note = self._reverse(first)
        self.assertEqual(credit_note.amount_untaxed, 100)
        credit_note.action_post()
        self.assertEqual((lot.remaining, lot.refunded), (100, 100))
        self.assertEqual(self._reverse(first).amount_untaxed, 0)
        with self.assertRaises(UserError):
            second.button_cancel()
        credit_note = self._reverse(second)
        self.assertEqual(credit_note.amount_untaxed, 100)
        credit_note.action_post()
        self.assertEqual((lot.remaining, lot.refunded), (0, 200))

    def test_paying_the_first_part_needs_nothing_of_the_rest(self):
        order, lot = self._order(3)
        invoice = self._invoice(order, quantity=2)
        invoice.action_post()
        self._pay(invoice)
        self.assertEqual(self._get_lots(), lot)

    def test_invoiced_anew_is_granted_anew(self):
        order, lot = self._order(1)
        first = self._invoice(order)
        first.action_post()
        self._reverse(first).action_post()
        again = self._invoice(order)
        again.action_post()
        self._pay(again)
        new = self._get_lots() - lot
        self.assertEqual((lot.remaining, new.remaining), (0, 100))
        self.assertEqual(self._reverse(again).amount_untaxed, 100)

    def test_price_of_the_invoice_counts(self):
        """Half the price billed: no more than that comes back."""
        order, lot = self._order(1)
        self.assertEqual(lot.price_paid, 100)
        invoice = self._invoice(order, discount=50)
        invoice.action_post()
        self.assertEqual(lot.price_paid, 50)
        self.assertEqual(self._reverse(invoice).amount_untaxed, 50)

    def test_rate_of_the_invoice_counts(self):
        """80 in another currency: 100 at the order's rate, 160 at the invoice's."""
        currency = self._create_foreign_currency()
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": currency.id}
        )
        product = self._create_bundle("On order", 100, support_grant_on="order")
        order = self._create_order(product, pricelist_id=pricelist.id)
        order.order_line.price_unit = 80
        order.action_confirm()
        lot = self._get_lots()
        self.assertEqual(lot.price_paid, 100)
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": fields.Date.today(),
                "rate": 0.5,
                "company_id": self.company.id,
            }
        )
        invoice = self._invoice(order)
        invoice.action_post()
        self.assertEqual(lot.price_paid, 160)
        self.assertEqual(self._reverse(invoice).amount_untaxed, 80)

    def test_parts_at_their_own_price(self):
        order, lot = self._order(2)
        first = self._invoice(order, quantity=1, discount=50)
        first.action_post()
        self.assertEqual(lot.price_paid, 150)
        second = self._invoice(order)
        second.action_post()
        self.assertEqual(lot.price_paid, 150)
        self.assertEqual(self._reverse(first).amount_untaxed, 50)
        self.assertEqual(self._reverse(second).amount_untaxed, 100)

    def test_more_than_the_order_gave_is_refused(self):
        order, lot = self._order(1)
        invoice = self._invoice(order, quantity=3)
        with self.assertRaises(UserError):
            invoice.action_post()
        invoice.invoice_line_ids.quantity = 1
        invoice.action_post()
        invoice.button_draft()
        invoice.invoice_line_ids.quantity = 3
        with self.assertRaises(UserError):
            invoice.action_post()
        self.assertEqual(self._get_lots(), lot)

    def test_down_payment(self):
        order, lot = self._order(1)
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 50})
        )
        wizard.create_invoices()
        order.sudo().invoice_ids.with_user(self.accountant).action_post()
        final = order.sudo()._create_invoices(final=True).with_user(self.accountant)
        final.action_post()
        self.assertEqual(self._get_lots(), lot)
        self.assertEqual(lot.price_paid, 100)

    def test_credited_order_can_be_cancelled(self):
        order, _lot = self._order(1)
        invoice = self._invoice(order)
        invoice.action_post()
        with self.assertRaises(UserError):
            order._action_cancel()
        self._reverse(invoice).action_post()
        order._action_cancel()
        self.assertEqual(order.state, "cancel")
