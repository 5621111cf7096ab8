# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Bundles that recur: so much credit every month or quarter."""

from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .test_fees import FeeCase


@tagged("post_install", "-at_install")
@freeze_time("2026-10-01 08:00:00")
class TestRecurringBundles(FeeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bundle = cls.make_bundle("Retainer 2 500", 2500.0)

    @classmethod
    def make_bundle(cls, name, quantity, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "support_bundle": True,
                "support_unit": "money",
                "support_quantity": quantity,
                "support_grant_on": "invoice",
                "list_price": quantity,
                "taxes_id": cls.tax.ids,
                **vals,
            }
        )

    def add_topup(self, **vals):
        return (
            self.env["support.contract.topup"]
            .with_user(self.accountant)
            .create(
                {
                    "contract_id": self.contract.id,
                    "product_id": self.bundle.id,
                    "date_from": "2026-10-01",
                    **vals,
                }
            )
        )

    def test_e26_three_months(self):
        topup = self.add_topup()
        for month in (10, 11, 12):
            day = date(2026, month, 1)
            move = self.run_cron(day)
            self.assertEqual(move.state, "posted")
            self.assertEqual(move.amount_untaxed, 2500.0)
            self.assertEqual(move.invoice_line_ids.tax_ids, self.tax)
            lot = move.invoice_line_ids._get_support_lots()
            self.assertRecordValues(
                lot,
                [
                    {
                        "contract_id": self.contract.id,
                        "remaining": 2500.0,
                        "date_first": day,
                        "date_last": day.replace(year=2027),
                        "price_paid": 2500.0,
                    }
                ],
            )
            self.assertFalse(self.run_cron(day), "the same event twice")
        self.assertEqual(topup.next_date, date(2027, 1, 1))
        with freeze_time("2026-12-15 08:00:00"):
            for _number in range(3):  # 16 hours at 125
                self.log(16.0, date="2026-12-15")
            self.contract.invalidate_recordset()
            self.assertEqual(self.contract.money_remaining, 1500.0)
            self.assertEqual(self.contract.overrun_amount, 0.0)
        self.assertAddsUp()

    def test_days_a_quarter(self):
        day = self.make_bundle("Day", 1.0, support_unit="day", list_price=900.0)
        self.contract.minutes_per_day = 420
        self.add_topup(product_id=day.id, quantity=2.0, every_months=3)
        move = self.run_cron("2026-10-01")
        self.assertEqual(move.amount_untaxed, 1800.0)
        self.assertEqual(move.invoice_line_ids._get_support_lots().granted, 840)
        self.assertFalse(self.run_cron("2026-12-31"))
        self.assertTrue(self.run_cron("2027-01-01"))

    def test_a_late_job_makes_all_months_each_from_its_first_day(self):
        self.add_topup(price_unit=2400.0)
        moves = self.run_cron("2026-12-20")
        lots = moves.invoice_line_ids._get_support_lots().sorted("date_first")
        self.assertEqual(
            lots.mapped("date_first"),
            [date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)],
        )
        self.assertEqual(lots.mapped("price_paid"), [2400.0] * 3)

    def test_a_fee_on_the_same_day_stays_a_draft(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.add_topup()
        moves = self.run_cron("2026-10-01")
        self.assertEqual(
            {move.amount_untaxed: move.state for move in moves},
            {420.0: "draft", 2500.0: "posted"},
        )

    def test_the_credit_is_for_this_contract(self):
        """Though the customer has another one, and the bundle has no plan."""
        self.make_contract(self.customer)
        self.add_topup()
        move = self.run_cron("2026-10-01")
        lot = move.invoice_line_ids._get_support_lots()
        self.assertEqual(lot.contract_id, self.contract)
        move.button_draft()
        move.action_post()
        self.assertEqual(move.invoice_line_ids._get_support_lots(), lot)

    def test_a_bundle_that_is_granted_by_its_payment(self):
        self.bundle.support_grant_on = "payment"
        self.add_topup()
        move = self.run_cron("2026-10-01")
        self.assertEqual(move.state, "posted")
        self.assertFalse(move.invoice_line_ids._get_support_lots())
        with freeze_time("2026-10-20 08:00:00"):
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create({}).action_create_payments()
        lot = move.invoice_line_ids._get_support_lots()
        self.assertEqual(lot.date_first, date(2026, 10, 1))

    def test_credit_notes_take_back_what_is_unburnt(self):
        self.add_topup()
        move = self.run_cron("2026-10-01")
        lot = move.invoice_line_ids._get_support_lots()
        note = move._reverse_moves([{}])
        note.action_post()
        self.assertEqual(lot.remaining, 0.0)
        self.assertTrue(self.run_cron("2026-11-01"))

    def test_it_begins_today_unless_said_otherwise(self):
        self.contract.date_start = "2020-01-01"
        with freeze_time("2026-10-20 08:00:00"):
            topup = self.env["support.contract.topup"].create(
                {"contract_id": self.contract.id, "product_id": self.bundle.id}
            )
        self.assertEqual(topup.date_from, date(2026, 10, 20))
        self.assertEqual(len(self.run_cron("2026-10-20")), 1)

    def test_until(self):
        topup = self.add_topup()
        self.run_cron("2026-10-01")
        topup.date_to = "2026-10-10"
        self.assertFalse(topup.next_date)
        self.assertFalse(self.run_cron("2026-11-01"))
        topup.date_to = False
        self.assertEqual(len(self.run_cron("2026-11-01")), 1)

    def test_the_end_of_the_contract_ends_it(self):
        self.add_topup()
        self.run_cron("2026-10-01")
        self.contract.date_end = "2026-11-15"
        self.assertEqual(len(self.run_cron("2026-11-01")), 1)
        self.assertFalse(self.run_cron("2026-12-01"))

    def test_nothing_before_the_contract_is_active(self):
        contract = self.env["support.contract"].create(
            {"partner_id": self.other_customer.id, "plan_id": self.plan.id}
        )
        topup = self.add_topup(contract_id=contract.id)
        self.assertFalse(topup.next_date)
        contract.action_activate()
        self.env.invalidate_all()
        self.assertEqual(topup.next_date, date(2026, 10, 1))

    def test_invoiced_ones_stay(self):
        topup = self.add_topup()
        line = topup.contract_line_id
        topup.unlink()
        self.assertFalse(line.exists())
        topup = self.add_topup()
        self.run_cron("2026-10-01")
        with self.assertRaisesRegex(UserError, "keeps its first day"):
            topup.unlink()
        with self.assertRaisesRegex(UserError, "keeps its first day"):
            topup.date_from = "2026-09-01"
        topup.write({"quantity": 2.0})
        self.assertEqual(self.run_cron("2026-11-01").amount_untaxed, 5000.0)

    def test_wrong_figures(self):
        for values in (
            {"product_id": self.service.id},
            {"quantity": 0.0},
            {"price_unit": -1.0},
            {"every_months": 0},
            {"date_to": "2026-09-30"},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.add_topup(**values)

    def test_only_billing_managers_write_them(self):
        topup = self.add_topup()
        for user in (self.agent, self.dispatcher, self.manager):
            with self.subTest(user.login):
                self.assertEqual(topup.with_user(user).price_unit, 2500.0)
                with self.assertRaises(AccessError):
                    topup.with_user(user).price_unit = 1.0
        line = self.env["contract.line"].search([], limit=1)
        with self.assertRaises(AccessError):
            topup.contract_line_id = line
        forged = self.add_topup(contract_line_id=line.id)
        self.assertNotEqual(forged.contract_line_id, line)

    def test_nobody_types_whom_credit_is_for(self):
        self.add_topup()
        move = self.env["account.move"].with_user(self.accountant)
        invoice = move.create(
            {
                "move_type": "out_invoice",
                "partner_id": self.other_customer.id,
                "invoice_line_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.bundle.id,
                            "support_topup_date": "2020-01-01",
                            "contract_line_id": self.owned().contract_line_ids.id,
                        },
                    )
                ],
            }
        )
        self.assertFalse(invoice.invoice_line_ids.support_topup_date)
        with self.assertRaises(AccessError):
            invoice.invoice_line_ids.support_topup_date = "2020-01-01"
