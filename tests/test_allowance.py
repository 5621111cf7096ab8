# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.tests import freeze_time, tagged

from .common import SupportCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestAllowance(SupportCommon):
    """Free tickets: 15 minutes each, so many a month, lost at its end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.write({"date_start": "2026-03-01"})
        cls.contract.write({"free_tickets": 3, "minutes_per_ticket": 15})

    def free(self, month):
        return self.contract.lot_ids.filtered(
            lambda lot: lot.key == f"allowance/{self.contract.id}/{month}"
        )

    def test_first_work_of_a_month_grants_them(self):
        self.assertFalse(self.contract.lot_ids)
        line = self.log(0.25)
        lot = self.free("2026-11")
        self.assertEqual((lot.granted, lot.remaining, lot.kind), (45, 30, "allowance"))
        self.assertEqual(lot.date_first, date(2026, 11, 1))
        self.assertEqual(lot.date_last, date(2026, 11, 30))
        self.assertEqual(self.charges(line).overrun_amount, 0.0)
        self.assertAddsUp()

    def test_what_they_do_not_pay_is_paid_by_others(self):
        """R12: five jobs of a quarter, three of them free."""
        for _job in range(5):
            self.log(0.25, ticket=self.make_ticket(self.customer))
        self.assertEqual(self.free("2026-11").remaining, 0)
        self.assertEqual(self.contract.overrun_amount, 2 * 31.25)

    def test_not_carried_over(self):
        """R15: one of three used in November, December begins with three."""
        self.log(0.25)
        with freeze_time("2026-12-01 10:00:00"):
            self.free("2026-11")._lapse()
            self.assertEqual(self.free("2026-11").lapsed, 30)
            self.log(0.25, date=date(2026, 12, 1))
        self.assertEqual(self.free("2026-12").remaining, 30)

    def test_late_work_takes_those_of_its_own_month(self):
        self.log(0.25, date=date(2026, 10, 15))
        self.assertEqual(self.free("2026-10").remaining, 30)
        self.assertFalse(self.free("2026-11"))
        self.assertAddsUp()

    def test_none_for_months_that_had_none(self):
        """Correcting old work does not grant what was not promised then."""
        self.contract.free_tickets = 0
        self.log(0.25, date=date(2026, 10, 15))
        self.contract.free_tickets = 3
        self.log(0.25, date=date(2026, 10, 16))
        self.assertFalse(self.contract.lot_ids)
        self.log(0.25)
        self.assertEqual(self.free("2026-11").granted, 45)

    def test_none_for_years_ahead(self):
        self.log(0.25, date=date(2031, 3, 1))
        self.assertFalse(self.contract.lot_ids)

    def test_none_before_or_after_the_contract(self):
        self.contract.write({"date_start": "2026-11-10", "date_end": "2026-12-31"})
        self.assertEqual(self.contract.free_tickets_from, date(2026, 3, 1))
        grant = self.contract._grant_allowances
        grant(
            {
                self.contract: {
                    date(2026, 10, 1),
                    date(2026, 11, 1),
                    date(2026, 12, 1),
                    date(2027, 1, 1),
                }
            }
        )
        self.assertEqual(
            self.contract.lot_ids.sorted("key").mapped("date_first"),
            [date(2026, 11, 10), date(2026, 12, 1)],
        )

    def test_another_number_counts_from_the_next_month_on(self):
        self.log(0.25)
        self.contract.free_tickets = 5
        self.log(0.25, ticket=self.make_ticket(self.customer))
        self.assertEqual(self.free("2026-11").granted, 45)
        self.log(0.25, date=date(2026, 12, 1))
        self.assertEqual(self.free("2026-12").granted, 75)

    def test_they_pay_no_fees(self):
        line = self.log(0.25, delivery_mode="onsite")
        fee = self.charges(line).filtered(lambda charge: charge.kind == "fee")
        self.assertEqual(fee.overrun_amount, 150.0)
        self.assertIn("free tickets pay no fees", fee.explanation_text)

    def test_the_job_grants_those_of_this_month(self):
        cron = self.env.ref("prepaid_support.ir_cron_grant_allowances")
        for now, months in (
            ("2026-11-21 10:00:00", 1),
            ("2026-11-30 22:00:00", 1),
            ("2026-12-01 01:00:00", 2),
        ):
            with self.subTest(now), freeze_time(now):
                with self.enter_registry_test_mode():
                    cron.method_direct_trigger()
                self.contract.invalidate_recordset()
                self.assertEqual(len(self.contract.lot_ids), months)
        self.contract.action_end()
        with freeze_time("2027-01-05 10:00:00"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(len(self.contract.lot_ids), 2)

    def test_free_tickets_alone_are_no_credit_that_runs_low(self):
        for _job in range(3):
            self.log(0.25, ticket=self.make_ticket(self.customer))
        self.contract.invalidate_recordset()
        self.assertEqual(self.contract.credit_state, "none")
        self.assertFalse(self.contract.next_expiry_date)
        self.assertEqual(self.contract.balance["time"]["remaining"], 0)
