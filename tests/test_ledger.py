# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import SupportCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestLedger(SupportCommon):
    """Lots and entries: append-only, adding up, never below zero."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls.grant(5000.0)

    def test_entries_are_append_only_even_for_the_superuser(self):
        entry = self.lot.entry_ids
        for user in (self.env.user, self.accountant):
            entries = entry.with_user(user)
            with self.assertRaises(AccessError):
                entries.write({"quantity": 1.0})
            with self.assertRaises(AccessError):
                entries.unlink()
            with self.assertRaises(AccessError):
                entries.copy()
            with self.assertRaises(AccessError):
                entries.sudo().create({"lot_id": self.lot.id, "quantity": 1.0})

    def test_lots_are_changed_by_posting_only(self):
        with self.assertRaises(AccessError):
            self.lot.remaining = 9000.0
        with self.assertRaises(AccessError):
            # The sentinel is an object; no client can send it.
            self.lot.with_context(support_posting=True).remaining = 9000.0
        with self.assertRaises(UserError):
            self.lot.unlink()

    @mute_logger("odoo.sql_db")
    def test_database_refuses_an_overdraft(self):
        for values in ("remaining = -1", "remaining = 1", "reserved = 5001"):
            with self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        f"UPDATE support_lot SET {values} WHERE id = %s",  # noqa: S608
                        self.lot.id,
                    )
                )

    def test_integrity_check_finds_a_difference(self):
        self.assertFalse(self.lot._check_integrity())
        self.env.cr.execute(
            SQL(
                "UPDATE support_lot SET remaining = 1, used = 4999 WHERE id = %s",
                self.lot.id,
            )
        )
        self.assertEqual(self.lot._check_integrity(), self.lot)

    def test_same_grant_twice(self):
        vals = {
            "key": "invoice-line/1",
            "name": "Bundle",
            "contract_id": self.contract.id,
            "unit": "money",
            "paid_quantity": 100.0,
            "bonus_quantity": 5.0,
            "price_paid": 100.0,
            "date_first": self.TODAY,
        }
        Lot = self.env["support.lot"]
        lot = Lot._grant([vals])
        self.assertEqual(Lot._grant([dict(vals)]), lot)
        self.assertEqual(lot.granted, 105.0)
        self.assertEqual(len(lot.entry_ids), 1)
        with self.assertRaises(UserError):
            Lot._grant([dict(vals, paid_quantity=200.0)])

    def test_nothing_is_granted_for_nothing(self):
        with self.assertRaises(UserError):
            self.grant(0.0)
        with self.assertRaises(UserError):
            self.grant(10.0, date_last=date(2026, 11, 20))

    def test_bonus_is_in_the_average_price(self):
        """10 000 EUR for 11 000 credits: 2 000 credits are worth 1 818.18."""
        lot = self.grant(10000.0, bonus_quantity=1000.0)
        self.assertEqual(lot.average_price(2750.0), 2500.0)
        self.assertEqual(lot.average_price(2000.0), 1818.18)

    def test_refund_once(self):
        self.lot._refund("credit-line/1")
        self.assertEqual((self.lot.remaining, self.lot.refunded), (0.0, 5000.0))
        self.lot._refund("credit-line/1")
        self.assertEqual(len(self.lot.entry_ids), 2)
        with self.assertRaises(UserError):
            self.lot._refund("credit-line/2", quantity=1.0)

    def test_expiry(self):
        lot = self.grant(100.0, date_last=self.TODAY)
        with freeze_time("2026-11-21 22:00:00"):
            self.run_expiry()
            self.assertFalse(lot.date_lapsed)
        with freeze_time("2026-11-22 10:00:00"):
            self.run_expiry()
            self.run_expiry()
        self.assertEqual((lot.remaining, lot.lapsed), (0.0, 100.0))
        expiry = lot.entry_ids.filtered(lambda entry: entry.kind == "expiry")
        self.assertEqual(expiry.date, date(2026, 11, 22))
        self.assertEqual(self.lot.remaining, 5000.0)

    def run_expiry(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "prepaid_support.ir_cron_expire_credit"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_expiry_follows_the_time_zone_of_the_contract(self):
        """Half past eleven at night in London is tomorrow in Brussels."""
        lot = self.grant(100.0, date_last=self.TODAY)
        calendar = self.env["resource.calendar"].create(
            {"name": "Brussels", "tz": "Europe/Brussels"}
        )
        with freeze_time("2026-11-21 23:30:00"):
            self.assertEqual(lot.state, "open")
            self.contract.calendar_id = calendar
            lot.invalidate_recordset(["state"])
            self.assertEqual(lot.state, "expired")

    def test_extend(self):
        lot = self.grant(100.0, date_last=self.TODAY)
        lot._extend("test/extend", date(2026, 12, 31), "Goodwill")
        self.assertEqual(lot.date_last, date(2026, 12, 31))
        self.assertEqual(lot.remaining, 100.0)
        with self.assertRaises(UserError):
            lot._extend("test/extend/2", date(2026, 11, 1), "Wrong way")

    def test_expired_credit_is_not_extended(self):
        """Not even when the job that posts the lapse is late."""
        lot = self.grant(100.0, date_last=self.TODAY)
        with freeze_time("2026-11-22 10:00:00"), self.assertRaises(UserError):
            lot._extend("test/extend", date(2026, 12, 31), "Too late")

    def test_state_search(self):
        later = self.grant(1.0, date_first=date(2026, 12, 1), date_last=False)
        gone = self.grant(1.0, date_first=date(2025, 1, 1), date_last=date(2026, 1, 1))
        used = self.grant(1.0)
        used._adjust_down("test/used", 1.0, "test")
        Lot = self.env["support.lot"]
        for lot, state in (
            (self.lot, "open"),
            (later, "future"),
            (gone, "expired"),
            (used, "used"),
        ):
            self.assertEqual(lot.state, state)
            found = Lot.search(
                [("contract_id", "=", self.contract.id), ("state", "=", state)]
            )
            self.assertEqual(found, lot)

    def test_recap_and_burndown(self):
        self.log(4.0)
        line = self.log(2.0, date=date(2026, 11, 22))
        line.unlink()
        recap = self.contract._get_recap(date(2026, 11, 1), date(2026, 11, 30))
        self.assertIsNone(recap["time"])
        money = recap["money"]
        self.assertEqual(
            (money["opening"], money["granted"], money["used"], money["closing"]),
            (0.0, 5000.0, 500.0, 4500.0),
        )
        recap = self.contract._get_recap(date(2026, 12, 1), date(2026, 12, 31))
        self.assertEqual(recap["money"]["opening"], 4500.0)
        series = self.contract._get_burndown(date(2026, 11, 1), date(2026, 11, 30))
        self.assertEqual(
            series["money"], [(date(2026, 11, 1), 0.0), (self.TODAY, 4500.0)]
        )
