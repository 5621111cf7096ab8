# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBundleProduct(BillingCommon):
    def test_a_bundle_is_a_manual_service_in_units(self):
        self.assertRecordValues(
            self.strippenkaart,
            [
                {
                    "type": "service",
                    "service_type": "manual",
                    "service_tracking": "no",
                    "invoice_policy": "order",
                    "uom_id": self.env.ref("uom.product_uom_unit").id,
                }
            ],
        )

    def test_switching_on_sets_the_same(self):
        product = self.service.product_tmpl_id
        product.write({"support_bundle": True, "support_quantity": 10})
        self.assertEqual(product.service_type, "manual")
        self.assertEqual(product.uom_id, self.env.ref("uom.product_uom_unit"))

    def test_the_form_cannot_turn_it_into_timesheets(self):
        with Form(self.env["product.template"]) as form:
            form.name = "Typed in"
            form.type = "service"
            form.support_bundle = True
            form.support_quantity = 5000
        product = form.record
        self.assertEqual(product.service_type, "manual")
        product.service_policy = "ordered_prepaid"
        self.assertEqual(product.service_type, "manual")
        product.service_policy = "delivered_timesheet"
        self.assertEqual(product.service_type, "manual")

    def test_bad_settings_are_refused(self):
        for name, vals in (
            ("quantity", {"support_quantity": 0}),
            ("validity", {"support_validity": 0}),
            ("no validity", {"support_validity": False}),
            ("validity unit", {"support_validity_unit": False}),
            ("negative bonus", {"support_bonus_percent": -5}),
            ("uom", {"uom_id": self.env.ref("uom.product_uom_hour").id}),
        ):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.strippenkaart.product_tmpl_id.write(vals)
        with self.assertRaises(ValidationError):
            self._create_bundle("Never valid", 100, support_validity=0)

    def test_other_products_need_none_of_it(self):
        self.service.product_tmpl_id.support_validity = 0


@tagged("post_install", "-at_install")
class TestBundleGrant(BillingCommon):
    def test_payment_grants(self):
        order, invoice = self._sell(self.strippenkaart)
        self.assertFalse(self._get_lots())
        invoice.action_post()
        self.assertFalse(self._get_lots(), "granted on payment by default")
        with freeze_time("2026-11-21 12:00:00"):
            self._pay(invoice)
        lot = self._get_lots()
        line = invoice.invoice_line_ids
        self.assertRecordValues(
            lot,
            [
                {
                    "name": "Strippenkaart 5 000 EUR",
                    "unit": "money",
                    "kind": "purchase",
                    "paid_quantity": 5000,
                    "bonus_quantity": 0,
                    "remaining": 5000,
                    "price_paid": 5000,
                    "date_first": date(2026, 11, 21),
                    "date_last": date(2027, 11, 21),
                    "move_line_id": line.id,
                    "sale_line_id": order.order_line.id,
                    "key": f"invoice-line/{line.id}",
                }
            ],
        )
        self.assertEqual(lot.contract_id.plan_id, self.plan)
        self.assertEqual(lot.contract_id.state, "active")
        self.assertEqual(lot.contract_id.partner_id, self.customer)
        self.assertEqual(invoice.support_lot_count, 1)

    def test_two_halves_grant_once(self):
        _order, invoice = self._sell(self.strippenkaart)
        invoice.action_post()
        self._pay(invoice, 3000)
        self.assertFalse(self._get_lots())
        self._pay(invoice, 3000)
        self.assertEqual(len(self._get_lots()), 1)

    def test_replayed_hook_grants_once(self):
        _order, invoice, lot = self._sell_and_pay(self.strippenkaart)
        invoice._invoice_paid_hook()
        invoice.sudo()._invoice_paid_hook()
        self.assertEqual(self._get_lots(), lot)
        self.assertEqual(lot.remaining, 5000)

    def test_unpaid_and_paid_again_grants_once(self):
        _order, invoice, lot = self._sell_and_pay(self.strippenkaart)
        invoice.button_draft()
        invoice.action_post()
        self.assertEqual(self._get_lots(), lot)

    def test_payment_taken_back_and_paid_again_grants_once(self):
        _order, invoice, lot = self._sell_and_pay(self.strippenkaart)
        invoice.line_ids.sudo().remove_move_reconcile()
        self.assertEqual(invoice.payment_state, "not_paid")
        self._pay(invoice)
        self.assertEqual(self._get_lots(), lot)

    def test_setting_changed_between_posting_and_payment(self):
        """Who has paid gets credit, whatever the catalogue says by then."""
        for event in ("invoice", "order"):
            bundle = self._create_bundle(f"On {event}", 100)
            _order, invoice = self._sell(bundle)
            invoice.action_post()
            bundle.support_grant_on = event
            self._pay(invoice)
            lots = invoice.invoice_line_ids._get_support_lots()
            self.assertEqual(lots.granted, 100)

    def test_reset_and_repost_grants_once(self):
        product = self._create_bundle("On invoice", 100, support_grant_on="invoice")
        _order, invoice = self._sell(product)
        invoice.action_post()
        lot = self._get_lots()
        self.assertEqual(lot.remaining, 100)
        invoice.button_draft()
        # What the catalogue says later does not matter to what was sold.
        product.support_quantity = 200
        invoice.action_post()
        self.assertEqual(self._get_lots(), lot)
        self.assertEqual(lot.remaining, 100)

    def test_repost_with_other_content_is_refused(self):
        product = self._create_bundle("On invoice", 100, support_grant_on="invoice")
        _order, invoice = self._sell(product)
        invoice.action_post()
        invoice.button_draft()
        invoice.invoice_line_ids.quantity = 2
        with self.assertRaises(UserError):
            invoice.action_post()

    def test_repost_for_another_customer_is_refused(self):
        _order, invoice, _lot = self._sell_and_pay(self.strippenkaart)
        invoice.button_draft()
        invoice.partner_id = self.env["res.partner"].create({"name": "Somebody else"})
        with self.assertRaises(UserError):
            invoice.action_post()
        invoice.partner_id = self.customer
        invoice.action_post()

    def test_order_grants_and_invoice_is_linked(self):
        product = self._create_bundle("On order", 100, support_grant_on="order")
        order, invoice = self._sell(product)
        lot = self._get_lots()
        self.assertEqual(lot.key, f"order-line/{order.order_line.id}")
        self.assertEqual(lot.sale_line_id, order.order_line)
        self.assertFalse(lot.move_line_id)
        invoice.action_post()
        self._pay(invoice)
        self.assertEqual(self._get_lots(), lot)
        self.assertEqual(lot.move_line_id, invoice.invoice_line_ids)
        self.assertEqual(invoice.support_lot_count, 1)

    def test_granted_order_line_is_frozen(self):
        product = self._create_bundle("On order", 100, support_grant_on="order")
        order, _invoice = self._sell(product)
        with self.assertRaises(UserError):
            order.order_line.product_uom_qty = 2
        with self.assertRaises(UserError):
            order._action_cancel()
        order.order_line.write({"product_uom_qty": 1, "name": "Other text"})
        order.order_line = [Command.create({"product_id": product.id})]
        self.assertEqual(self._get_lots().mapped("remaining"), [100, 100])

    def test_invoice_without_order(self):
        product = self._create_bundle("On order", 100, support_grant_on="order")
        invoice = (
            self.env["account.move"]
            .with_user(self.accountant)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.contact.id,
                    "invoice_line_ids": [
                        Command.create({"product_id": product.id, "quantity": 2}),
                        Command.create({"product_id": product.id, "quantity": 0}),
                        Command.create({"display_type": "line_note", "name": "x"}),
                    ],
                }
            )
        )
        invoice.action_post()
        self.assertEqual(self._get_lots().granted, 200)

    def test_units_and_bonus(self):
        day = self._create_bundle("Retainer day", 1, support_unit="day")
        ticket = self._create_bundle("Tickets", 10, support_unit="ticket")
        hour = self._create_bundle("Hours", 1.5, support_unit="hour")
        ssor10 = self._create_bundle("SSoR 10 000", 10000)
        ssor25 = self._create_bundle("SSoR 25 000", 25000, support_bonus_percent=5)
        ssor50 = self._create_bundle("SSoR 50 000", 50000, support_bonus_percent=10)
        bundles = (day, ticket, hour, ssor10, ssor25, ssor50)
        _order, _invoice, lots = self._sell_and_pay(*bundles)
        self.assertEqual(len(lots.contract_id), 1, "one contract for all of them")
        found = {
            lot.name: (lot.unit, lot.paid_quantity, lot.bonus_quantity) for lot in lots
        }
        self.assertEqual(
            found,
            {
                "Retainer day": ("time", 420, 0),
                "Tickets": ("time", 150, 0),
                "Hours": ("time", 90, 0),
                "SSoR 10 000": ("money", 10000, 0),
                "SSoR 25 000": ("money", 25000, 1250),
                "SSoR 50 000": ("money", 50000, 5000),
            },
        )

    def test_discount_is_the_price_not_the_credit(self):
        order = self._create_order(self.strippenkaart)
        order.order_line.discount = 10
        order.action_confirm()
        invoice = order.sudo()._create_invoices().with_user(self.accountant)
        invoice.action_post()
        self._pay(invoice)
        lot = self._get_lots()
        self.assertEqual((lot.granted, lot.price_paid), (5000, 4500))

    def test_contract_of_the_order_line(self):
        self._create_contract()
        chosen = self._create_contract()
        order = self._create_order(self.strippenkaart)
        order.order_line.support_contract_id = chosen
        order.action_confirm()
        invoice = order.sudo()._create_invoices().with_user(self.accountant)
        invoice.action_post()
        self._pay(invoice)
        self.assertEqual(self._get_lots().contract_id, chosen)

    def test_single_active_contract(self):
        contract = self._create_contract()
        self._sell_and_pay(self.strippenkaart)
        self.assertEqual(self._get_lots().contract_id, contract)

    def test_no_plan_and_no_contract_is_said_at_confirmation(self):
        product = self._create_bundle("No plan", 100, support_plan_id=False)
        order = self._create_order(product)
        with self.assertRaises(UserError):
            order.action_confirm()
        contract = self._create_contract()
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        invoice = order.sudo()._create_invoices().with_user(self.accountant)
        invoice.action_post()
        self._pay(invoice)
        self.assertEqual(self._get_lots().contract_id, contract)

    def test_negative_quantity_is_refused(self):
        order = self._create_order(self.strippenkaart)
        order.order_line.product_uom_qty = -1
        with self.assertRaises(UserError):
            order.action_confirm()

    def test_down_payment_grants_nothing(self):
        order = self._create_order(self.strippenkaart)
        order.action_confirm()
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 50})
        )
        wizard.create_invoices()
        deposit = order.sudo().invoice_ids.with_user(self.accountant)
        deposit.action_post()
        self._pay(deposit)
        self.assertFalse(self._get_lots())
        final = order.sudo()._create_invoices(final=True).with_user(self.accountant)
        final.action_post()
        self._pay(final)
        self.assertEqual(self._get_lots().granted, 5000)

    def test_granted_invoice_cannot_be_cancelled_or_deleted(self):
        _order, invoice, lot = self._sell_and_pay(self.strippenkaart)
        with self.assertRaises(UserError):
            invoice.button_cancel()
        invoice.button_draft()
        with self.assertRaises(UserError):
            invoice.unlink()
        with self.assertRaises(UserError):
            invoice.invoice_line_ids.unlink()
        self.assertTrue(lot.exists())

    def test_foreign_currency_invoice(self):
        foreign = self._create_foreign_currency()
        invoice = (
            self.env["account.move"]
            .with_user(self.accountant)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "currency_id": foreign.id,
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
        self.env["res.currency.rate"].create(
            {
                "currency_id": foreign.id,
                "name": "2026-03-01",
                "rate": 0.5,
                "company_id": self.company.id,
            }
        )
        self._pay(invoice)
        lot = self._get_lots()
        self.assertEqual(lot.currency_id, self.currency)
        self.assertEqual((lot.granted, lot.price_paid), (5000, 5000))

    def test_a_bundle_gets_no_timesheets(self):
        order, _invoice = self._sell(self.strippenkaart)
        self.assertFalse(order.sudo().order_line.task_id)
        self.assertFalse(order.sudo().project_ids)
