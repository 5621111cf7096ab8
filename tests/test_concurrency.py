# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import threading
from contextlib import closing
from datetime import timedelta
from unittest.mock import patch

import odoo.service.model
from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Domain
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import SQL, mute_logger

from .common import SupportCase


class ConcurrencyCase(SupportCase, BaseCase):
    """Two real connections, which a test transaction cannot imitate.

    What is committed here is deleted again past the ORM, which would refuse.
    """

    TABLES = (
        "support_entry",
        "account_analytic_line",
        "support_charge",
        "support_intervention",
        "support_lot",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = odoo.modules.registry.Registry(get_db_name())
        cls.cr = db_connect(get_db_name()).cursor()
        cls.addClassCleanup(cls.cr.close)
        cls.env = api.Environment(cls.cr, SUPERUSER_ID, {})
        cls.before = {table: cls.last_id(table) for table in cls.TABLES}
        cls.employees = cls.env["hr.employee"].create(
            [{"name": "Concurrent one"}, {"name": "Concurrent two"}]
        )
        cls.set_up_committed()
        cls.addClassCleanup(cls.delete_committed)

    @classmethod
    def set_up_committed(cls):
        cls.company = cls.env.company
        cls.currency = cls.company.currency_id
        cls.set_up_policy()
        cls.customer = cls.env["res.partner"].create({"name": "Concurrent customer"})
        cls.contract = cls.make_contract(cls.customer)
        cls.set_up_own()
        cls.cr.commit()

    @classmethod
    def set_up_own(cls):
        """Make what this case races for; it is committed."""

    @classmethod
    def commit(cls):
        """What a test makes is for the other connections to see."""
        cls.cr.commit()

    @classmethod
    def last_id(cls, table):
        cls.cr.execute(
            SQL("SELECT COALESCE(MAX(id), 0) FROM %s", SQL.identifier(table))
        )
        return cls.cr.fetchone()[0]

    @classmethod
    def delete_committed(cls):
        cls.cr.rollback()
        for table in cls.TABLES:
            cls.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE id > %s",
                    SQL.identifier(table),
                    cls.before[table],
                )
            )
        cls.env.invalidate_all()
        cls.delete_own()
        for records in (
            cls.contract,
            cls.plan,
            cls.card,
            cls.profile | cls.senior,
            cls.service,
            cls.customer,
            cls.employees,
        ):
            records.unlink()
        cls.cr.commit()

    @classmethod
    def delete_own(cls):
        """Delete what this case has made besides."""

    def run_in_own_transaction(self, work, before_commit=lambda: None):
        """As a request does it: its own connection, replayed on a collision."""
        tries = []
        with closing(db_connect(get_db_name()).cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})

            def attempt():
                tries.append(1)
                work(env)
                env.cr.flush()
                before_commit()

            odoo.service.model.retrying(attempt, env)
            # A request commits, too; this is the other connection.
            cr.commit()  # pylint: disable=invalid-commit
        return len(tries)

    def race(self, first, second):
        """The second works while the first has not committed; returns its tries."""
        # Replayed at once. Patched here and not in the threads, where the one that
        # leaves last would put the mock of the other back for good.
        with patch.object(odoo.service.model.random, "uniform", return_value=0.0):
            return self.run_race(first, second)

    def run_race(self, first, second):
        result = {}

        def run_second():
            result["tries"] = self.run_in_own_transaction(second)

        thread = threading.Thread(target=run_second)

        def start_second():
            thread.start()
            # The second waits for the row of the lot, or of the intervention.
            thread.join(timeout=1.0)
            self.assertTrue(thread.is_alive(), "the second did not wait")

        self.run_in_own_transaction(first, before_commit=start_second)
        thread.join(timeout=30)
        self.assertFalse(thread.is_alive())
        self.cr.rollback()
        self.env.invalidate_all()
        return result["tries"]


@tagged("post_install", "-at_install")
class TestConcurrency(ConcurrencyCase):
    """Credit is spent and granted once."""

    @classmethod
    def set_up_own(cls):
        cls.ticket = cls.env["helpdesk.ticket"].create(
            {
                "name": "Twice at once",
                "description": "-",
                "partner_id": cls.customer.id,
            }
        )
        cls.lot = cls.grant(60, unit="time", key="test-concurrency", price_paid=125.0)

    @classmethod
    def delete_own(cls):
        cls.ticket.unlink()

    def logging(self, employee, hours):
        """What a technician's request does."""
        vals = {
            "ticket_id": self.ticket.id,
            "employee_id": employee.id,
            "date": self.TODAY,
            "unit_amount": hours,
        }
        return lambda env: env["account.analytic.line"].create(dict(vals))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_last_hour_is_spent_once(self):
        """Two technicians log on the last hour: no overdraft, both lines stored."""
        one, two = self.employees
        tries = self.race(self.logging(one, 0.75), self.logging(two, 0.75))
        self.assertEqual(tries, 2)
        self.assertEqual(self.lot.remaining, 0.0)
        work = self.ticket.support_intervention_ids
        self.assertEqual(len(work.line_ids), 2)
        self.assertEqual(sum(work.charge_ids.mapped("paid_minutes")), 60)
        self.assertEqual(sum(work.charge_ids.mapped("overrun_minutes")), 30)
        self.assertAddsUp()
        # The same technician twice: the second line joins the first's intervention.
        tries = self.race(self.logging(one, 0.25), self.logging(one, 0.25))
        self.assertEqual(tries, 2)
        own = self.ticket.support_intervention_ids.filtered(
            lambda intervention: intervention.employee_id == one
        )
        self.assertEqual(len(own), 1)
        self.assertEqual(own.raw_minutes, 75)
        self.assertAddsUp()

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_one_payment_seen_by_two_workers_grants_once(self):
        """The second finds the lot of the first instead of making its own."""
        vals = {
            "key": "test-concurrency/paid",
            "name": "Paid twice at once",
            "contract_id": self.contract.id,
            "unit": "money",
            "kind": "purchase",
            "paid_quantity": 100.0,
            "bonus_quantity": 0.0,
            "price_paid": 100.0,
            # Not for the work of the other test.
            "date_first": self.TODAY.replace(year=2030),
        }
        found = []

        def grant(env):
            found.append(env["support.lot"]._grant([dict(vals)]).id)

        self.assertEqual(self.race(grant, grant), 2)
        self.assertEqual(len(set(found)), 1)
        lot = self.env["support.lot"].browse(found[0])
        self.assertEqual((lot.remaining, len(lot.entry_ids)), (100.0, 1))
        self.assertFalse(lot._check_integrity())

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_month_gives_its_fee_once(self):
        """Two billing managers accept the remedies of one month at once."""
        asset, line, remedies = self.make_remedies()
        self.addCleanup(self.delete_remedies, asset, line, remedies)
        own, whole = remedies

        def accept(remedy):
            return lambda env: remedy.with_env(env).action_accept("goodwill")

        self.assertEqual(self.race(accept(own), accept(whole)), 2)
        self.assertEqual(remedies.mapped("state"), ["accepted", "accepted"])
        self.assertEqual(remedies.mapped("amount"), [100.0, 200.0])

    def make_remedies(self):
        level = self.env["support.level"].create(
            {"name": "Concurrent", "monthly_fee": 100.0, "product_id": self.service.id}
        )
        assets = self.env["support.asset"].create(
            [
                {"name": f"Concurrent {number}", "partner_id": self.customer.id}
                for number in range(3)
            ]
        )
        lines = self.env["support.contract.line"].create(
            [
                {
                    "contract_id": self.contract.id,
                    "asset_id": asset.id,
                    "level_id": level.id,
                    "date_from": self.contract.date_start,
                }
                for asset in assets
            ]
        )
        month = (self.contract.date_start + timedelta(days=31)).replace(day=1)
        remedies = self.env["support.remedy"].create(
            [
                {
                    "contract_id": self.contract.id,
                    "asset_id": asset_id,
                    "month": month,
                    "amount": amount,
                }
                for asset_id, amount in ((assets[0].id, 100.0), (False, 300.0))
            ]
        )
        self.commit()
        return assets, lines, remedies

    def delete_remedies(self, assets, lines, remedies):
        self.cr.rollback()
        self.env["ir.attachment"].search(
            [("res_model", "=", "support.remedy"), ("res_id", "in", remedies.ids)]
        ).unlink()
        self.cr.execute("DELETE FROM support_remedy WHERE id IN %s", [remedies._ids])
        self.env.invalidate_all()
        level = lines.level_id
        lines.unlink()
        assets.unlink()
        level.unlink()
        self.commit()


@tagged("post_install", "-at_install")
class TestFeeConcurrency(ConcurrencyCase):
    """One fee is invoiced once, whoever invoices it at the same time."""

    def setUp(self):
        super().setUp()
        first = fields.Date.today().replace(day=1)
        self.monthly = self.make_contract(
            self.customer, date_start=first, flat_fee=100.0, fee_months="1"
        )
        self.commit()

    def tearDown(self):
        self.cr.rollback()
        self.env.invalidate_all()
        self.monthly._get_recurring_invoice_lines().move_id.unlink()
        self.monthly.unlink()
        self.commit()
        super().tearDown()

    def press_button(self, env):
        env["support.contract"].browse(self.monthly.id)._invoice_fee()

    def run_job(self, env):
        env["contract.contract"].cron_recurring_create_invoice()

    def assertInvoicedOnce(self, first, second):
        schedule = self.monthly.recurring_contract_id
        # Not what is due of others: it would be committed.
        only_ours = patch.object(
            type(schedule),
            "_get_contracts_to_invoice_domain",
            lambda *_args: Domain("id", "=", schedule.id),
        )
        with only_ours:
            self.assertEqual(self.race(first, second), 2)
        move = self.monthly._get_recurring_invoice_lines().move_id
        self.assertEqual(move.mapped("amount_untaxed"), [100.0])
        self.assertEqual(self.monthly.fee_difference, 0.0)
        self.assertFalse(schedule.invoice_generation_error)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_who_press_the_button(self):
        self.assertInvoicedOnce(self.press_button, self.press_button)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_who_settle(self):
        """The lines of the schedule do not move, then: its own row is written."""
        self.press_button(self.env)
        self.monthly._get_recurring_invoice_lines().move_id.unlink()
        self.commit()
        self.assertInvoicedOnce(self.press_button, self.press_button)

    @mute_logger(
        "odoo.sql_db", "odoo.service.model", "odoo.addons.contract.models.contract"
    )
    def test_the_button_while_the_job_runs(self):
        self.assertInvoicedOnce(self.run_job, self.press_button)

    @mute_logger(
        "odoo.sql_db", "odoo.service.model", "odoo.addons.contract.models.contract"
    )
    def test_the_job_while_the_button_works(self):
        self.assertInvoicedOnce(self.press_button, self.run_job)
