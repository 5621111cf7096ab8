# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from .common import SupportCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestScenarios(SupportCommon):
    """Figures from the documents of real providers, run on their own policies."""

    def retain(self, days=1):
        """DefiningIT: a day is 7 h, used in units of 15 minutes, tolerance 6."""
        self.contract.write(
            {
                "grain_minutes": 15,
                "tolerance_minutes": 6,
                "minimum_minutes": 15,
                "minutes_per_day": 420,
                "time_display": "tickets",
            }
        )
        return self.grant(420 * days, unit="time", price_paid=800.0 * days)

    def test_R01_a_server_recovery_of_3_h_37(self):
        lot = self.retain()
        line = self.log(217 / 60)
        self.assertEqual(line.support_billed_minutes, 225)
        self.assertEqual(lot.remaining / 15, 13)

    def test_R02_R03_rounding(self):
        lot = self.retain(days=30)
        for number, (worked, billed) in enumerate(
            {185: 180, 215: 210, 216: 210, 217: 225, 221: 225}.items()
        ):
            with self.subTest(worked=worked):
                before = lot.remaining
                self.log(worked / 60, date=self.TODAY + timedelta(days=number))
                self.assertEqual(before - lot.remaining, billed)

    def test_R05_R06_a_day_is_28_calls(self):
        lot = self.retain()
        self.assertEqual(lot.remaining / 15, 28)
        for number in range(28):
            self.log(5 / 60, date=self.TODAY + timedelta(days=number))
        self.assertEqual(lot.remaining, 0)
        self.assertFalse(self.contract.overrun_amount)
        self.log(5 / 60, date=self.TODAY + timedelta(days=28))
        self.assertEqual(self.contract.charge_ids.mapped("overrun_minutes")[0], 15)

    def test_P01_P02_strippenkaart_to_the_last_euro(self):
        lot = self.grant(5000.0)
        self.log(4.0)
        self.assertEqual(lot.remaining, 4500.0)
        self.log(18.0, date=self.TODAY + timedelta(days=1))
        self.log(18.0, date=self.TODAY + timedelta(days=2))
        self.assertEqual(lot.remaining, 0.0)
        self.assertEqual(self.contract.overrun_amount, 0.0)
        self.assertFalse(
            self.env["account.move.line"].search(
                [("partner_id", "=", self.customer.id)]
            )
        )

    def test_P03_P04_travel(self):
        self.grant(5000.0)
        onsite = self.log(2.0, delivery_mode="onsite")
        remote = self.log(2.0, delivery_mode="remote")
        next_day = self.log(2.0, delivery_mode="onsite", date=date(2026, 11, 22))
        self.assertEqual(onsite.support_amount, 400.0)
        self.assertEqual(remote.support_amount, 250.0)
        self.assertEqual(next_day.support_amount, 400.0)

    def test_R11_price_of_six_decimals_is_rounded_once(self):
        self.card.rate_ids.write({"price": 26.666667, "per_minutes": 15})
        self.contract.minimum_minutes = 60
        line = self.log(20 / 60)
        self.assertEqual(line.support_billed_minutes, 60)
        self.assertEqual(line.support_amount, 106.67)

    def test_E11_last_usable_day(self):
        lot = self.grant(5000.0, date_last=date(2027, 11, 21))
        self.log(1.0, date=date(2027, 11, 21))
        self.assertEqual(lot.remaining, 4875.0)
        self.log(1.0, date=date(2027, 11, 22))
        self.assertEqual(lot.remaining, 4875.0)
        self.assertEqual(self.contract.overrun_amount, 125.0)
