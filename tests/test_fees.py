# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The recurring fee: how much, when, and who may change what."""

from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import SupportCase
from .test_assets import AssetCase


class FeeCase(AssetCase):
    """A year from October on, invoiced by the quarter; level B at 140 a month."""

    TODAY = date(2026, 10, 1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level_b = cls.make_level("B", 140.0, [])
        cls.servers = cls.make_assets(*(f"server {n}" for n in range(1, 5)))
        cls.contract.date_start = cls.TODAY
        cls.tax = cls.env["account.tax"].create({"name": "21 % of ours", "amount": 21})
        cls.service.taxes_id = cls.tax
        cls.manager = new_test_user(
            cls.env, "support_manager", "helpdesk_mgmt.group_helpdesk_manager"
        )

    @classmethod
    def cover_all(cls, **vals):
        vals = {"level": cls.level_b, "date_from": "2026-10-01", **vals}
        return cls.env["support.contract.line"].union(
            *(cls.cover(server, **vals) for server in cls.servers)
        )

    @classmethod
    def make_products(cls, *names):
        return cls.env["product.product"].create(
            [{"name": name, "type": "service"} for name in names]
        )

    def agree_on_discount(self, percent=10.0, **vals):
        self.contract.write({"fee_discount_percent": percent, **vals})

    def run_cron(self, day):
        """OCA's job of a day; the invoices that it made."""
        known = self.invoices()
        with freeze_time(f"{day} 09:00:00"):
            self.env["contract.contract"].cron_recurring_create_invoice()
        return self.invoices() - known

    def invoices(self, contract=None):
        contract = contract or self.contract
        contract.invalidate_recordset()
        return contract._get_recurring_invoice_lines().move_id

    def owned(self):
        return self.contract.recurring_contract_id


@tagged("post_install", "-at_install")
@freeze_time("2026-10-01 08:00:00")
class TestFees(FeeCase):
    # -- how much ------------------------------------------------------------------

    def test_p17_four_servers(self):
        self.agree_on_discount()
        lines = self.cover_all()
        self.assertEqual(lines.mapped("fee_discount"), [0.0, 0.0, 0.0, 10.0])
        self.assertEqual(lines.mapped("net_fee"), [140.0, 140.0, 140.0, 126.0])
        self.assertEqual(self.contract.month_fee, 546.0)
        month = self.contract._get_month_fee(date(2026, 10, 1))
        self.assertEqual(month, Decimal("546.00"))
        fourth = self.contract._get_month_fee(date(2026, 10, 1), self.servers[3])
        self.assertEqual(fourth, Decimal("126.00"))

    def test_p18_a_quarter_in_advance(self):
        for name, fee, expected in (("A", 70, 210), ("B", 140, 420), ("C", 210, 630)):
            with self.subTest(level=name):
                customer = self.env["res.partner"].create({"name": name})
                contract = self.make_contract(customer, date_start="2026-10-01")
                (server,) = self.make_assets("web", partner=customer)
                level = self.make_level(name, fee, [])
                self.cover(server, contract, level, date_from="2026-10-01")
                with freeze_time("2026-10-01 09:00:00"):
                    self.env["contract.contract"].cron_recurring_create_invoice()
                move = self.invoices(contract)
                self.assertEqual(move.move_type, "out_invoice")
                self.assertEqual(move.amount_untaxed, expected)
                self.assertEqual(contract.fee_next_date, date(2027, 1, 1))

    def test_a_server_from_the_middle_of_a_month(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-16")
        move = self.run_cron("2026-10-01")
        self.assertEqual(move.amount_untaxed, 72.26 + 140 + 140)

    def test_flat(self):
        self.contract.write({"flat_fee": 500.0, "fee_product_id": self.service.id})
        lines = self.cover_all()
        self.assertEqual(self.contract.month_fee, 500.0)
        self.assertEqual(set(lines.mapped("net_fee")), {0.0})
        self.assertEqual(self.run_cron("2026-10-01").amount_untaxed, 1500.0)
        month = self.contract._get_month_fee(date(2026, 11, 1), self.servers[0])
        self.assertEqual(month, Decimal("125.00"))
        self.assertEqual(
            self.contract._get_month_fee(date(2026, 11, 1), self.web), Decimal(0)
        )

    def test_taxes_and_text(self):
        self.customer.lang = "en_US"
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        line = self.run_cron("2026-10-01").invoice_line_ids
        self.assertEqual(line.tax_ids, self.tax)
        self.assertEqual(line.price_total, 508.2)
        self.assertIn("10/01/2026 - 12/31/2026", line.name)
        self.assertIn("B: web", line.name)
        self.assertNotIn("Earlier", line.name)

    def test_tax_included_in_the_price(self):
        self.tax.price_include_override = "tax_included"
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        move = self.run_cron("2026-10-01")
        self.assertEqual(move.amount_untaxed, 420.0)
        self.assertFalse(self.run_cron("2026-10-02"))
        self.assertEqual(self.contract.fee_difference, 0.0)

    def test_fiscal_position_of_the_customer(self):
        exempt = self.env["account.tax"].create({"name": "Exempt", "amount": 0})
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        exempt.write(
            {
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(self.tax.id)],
            }
        )
        self.customer.property_account_position_id = position
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        line = self.run_cron("2026-10-01").invoice_line_ids
        self.assertEqual(line.tax_ids, exempt)

    def test_a_level_without_a_product(self):
        level = self.make_level("Bare", 50.0, [], product_id=False)
        self.cover(self.web, level=level, date_from="2026-10-01")
        line = self.run_cron("2026-10-01").invoice_line_ids
        self.assertEqual(line.product_id, self.env.ref("prepaid_support.product_fee"))
        level.product_id = self.service
        self.assertEqual(self.run_cron("2027-01-01").amount_untaxed, 150.0)

    # -- what changes --------------------------------------------------------------

    def test_the_cron_twice(self):
        self.cover_all()
        self.assertEqual(self.run_cron("2026-10-01").amount_untaxed, 1680.0)
        self.assertFalse(self.run_cron("2026-10-01"))
        self.assertFalse(self.run_cron("2026-12-31"))
        self.assertEqual(self.run_cron("2027-01-01").amount_untaxed, 1680.0)

    def test_one_that_fails_does_not_keep_others_from_their_invoice(self):
        """OCA runs the batch first, then each contract again: all is asked twice."""
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        broken = self.make_contract(self.other_customer, date_start="2026-10-01")
        broken.flat_fee = 50.0
        prepare = type(broken)._get_fee_text

        def fail(contract, *args):
            if contract == broken:
                raise ValueError("No text today")
            return prepare(contract, *args)

        with (
            patch.object(type(broken), "_get_fee_text", fail),
            mute_logger("odoo.addons.contract.models.contract"),
        ):
            self.assertEqual(self.run_cron("2026-10-01").amount_untaxed, 420.0)
        self.assertFalse(self.invoices(broken))
        self.assertIn("No text", broken.recurring_contract_id.invoice_generation_error)
        self.assertFalse(self.run_cron("2026-10-02"))
        self.assertEqual(self.invoices(broken).amount_untaxed, 150.0)
        self.assertFalse(broken.recurring_contract_id.invoice_generation_error)

    def test_a_job_that_was_late_makes_an_invoice_for_each_period(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        moves = self.run_cron("2027-04-02")
        self.assertEqual(moves.mapped("amount_untaxed"), [420.0] * 3)

    def test_one_more_server_comes_with_the_next_invoice(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.run_cron("2026-10-01")
        self.cover(self.mail, level=self.level_b, date_from="2026-12-01")
        move = self.run_cron("2027-01-01")
        self.assertEqual(move.amount_untaxed, 840.0 + 140.0)
        self.assertIn("Earlier periods", move.invoice_line_ids.name)

    def test_one_less_is_a_credit_note(self):
        line = self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.run_cron("2026-10-01")
        line.date_to = "2026-10-31"
        self.assertEqual(self.contract.fee_difference, -280.0)
        move = self.run_cron("2027-01-01")
        self.assertEqual(move.move_type, "out_refund")
        self.assertEqual(move.amount_untaxed, 280.0)
        self.assertEqual(move.state, "draft")
        self.assertFalse(self.run_cron("2027-04-01"))

    def test_days_that_nobody_typed(self):
        """The first servers are there from the beginning, later ones from today."""
        vals = {"contract_id": self.contract.id, "level_id": self.level_b.id}
        Line = self.env["support.contract.line"]
        line = Line.create({**vals, "asset_id": self.web.id})
        self.assertEqual(line.date_from, date(2026, 10, 1))
        self.run_cron("2026-10-01")
        with freeze_time("2026-11-20 08:00:00"):
            line = Line.create({**vals, "asset_id": self.mail.id})
            self.assertEqual(line.date_from, date(2026, 11, 20))

    def test_another_level(self):
        line = self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.run_cron("2026-10-01")
        line.level_id = self.make_level("C", 210.0, [])
        self.assertEqual(self.run_cron("2027-01-01").amount_untaxed, 630.0 + 210.0)

    def test_another_product_is_credited_and_invoiced(self):
        line = self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.run_cron("2026-10-01")
        (other,) = self.make_products("Platinum")
        line.level_id = self.make_level("P", 150.0, [], product_id=other.id)
        moves = self.run_cron("2027-01-01")
        self.assertEqual(
            {move.move_type: move.amount_untaxed for move in moves},
            {"out_invoice": 900.0, "out_refund": 420.0},
        )
        self.assertEqual(self.run_cron("2027-04-01").amount_untaxed, 450.0)

    def test_a_draft_that_is_deleted_is_invoiced_with_the_next(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.run_cron("2026-10-01").unlink()
        self.assertEqual(self.run_cron("2027-01-01").amount_untaxed, 840.0)

    def test_a_cancelled_invoice_does_not_count(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.run_cron("2026-10-01").button_cancel()
        self.assertEqual(self.run_cron("2027-01-01").amount_untaxed, 840.0)

    def test_a_reversed_invoice_is_owed_again(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        move = self.run_cron("2026-10-01")
        move.action_post()
        move._reverse_moves([{}], cancel=True)
        self.assertEqual(self.run_cron("2027-01-01").amount_untaxed, 840.0)

    def test_a_credit_note_of_its_own_does_not_count(self):
        """Such as the remedy of a missed target."""
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.run_cron("2026-10-01").action_post()
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create({"product_id": self.service.id, "price_unit": 140.0})
                ],
            }
        )
        note.action_post()
        self.assertEqual(self.run_cron("2027-01-01").amount_untaxed, 420.0)

    def test_other_terms_hold_from_the_next_period_on(self):
        self.cover_all()
        self.run_cron("2026-10-01")
        self.agree_on_discount()
        self.assertEqual(self.contract.fee_difference, 0.0)
        self.assertEqual(self.run_cron("2027-01-01").amount_untaxed, 3 * 546.0)
        self.contract.write({"flat_fee": 400.0})
        self.assertEqual(self.contract.fee_difference, 0.0)
        self.assertEqual(self.run_cron("2027-04-01").amount_untaxed, 1200.0)
        self.contract.write({"flat_fee": 0.0})
        self.assertEqual(self.run_cron("2027-07-01").amount_untaxed, 3 * 546.0)
        with self.assertRaises(AccessError):
            self.contract.fee_terms = []

    def test_the_flat_fee_is_invoiced_as_something_else_from_the_next_period_on(self):
        self.contract.write({"flat_fee": 500.0, "fee_product_id": self.service.id})
        self.assertEqual(self.run_cron("2026-10-01").amount_untaxed, 1500.0)
        (other,) = self.make_products("Managed hosting")
        with freeze_time("2026-12-15 09:00:00"):
            self.contract.fee_product_id = other
            self.assertEqual(self.contract.fee_difference, 0.0)
        move = self.run_cron("2027-01-01")
        self.assertEqual(move.move_type, "out_invoice")
        self.assertEqual(move.amount_untaxed, 1500.0)
        self.assertEqual(move.invoice_line_ids.product_id, other)
        # Without a flat fee, what was invoiced stays as it is, too.
        self.contract.flat_fee = 0.0
        self.contract.fee_product_id = False
        self.assertEqual(self.contract.fee_difference, 0.0)
        self.assertFalse(self.run_cron("2027-04-01"))

    def test_the_flat_fee_follows_the_level_from_the_next_period_on(self):
        first, second = self.make_products("Gold", "Platinum")
        gold = self.make_level("Gold", 0.0, [], product_id=first.id)
        platinum = self.make_level("Platinum", 0.0, [], product_id=second.id)
        self.contract.write({"flat_fee": 500.0, "level_id": gold.id})
        move = self.run_cron("2026-10-01")
        self.assertEqual(move.invoice_line_ids.product_id, first)
        self.contract.with_user(self.manager).level_id = platinum
        move = self.run_cron("2027-01-01")
        self.assertEqual(move.amount_untaxed, 1500.0)
        self.assertEqual(move.invoice_line_ids.product_id, second)
        # The level itself is invoiced as something else.
        platinum.product_id = self.service
        move = self.run_cron("2027-04-01")
        self.assertEqual(move.amount_untaxed, 1500.0)
        self.assertEqual(move.invoice_line_ids.product_id, self.service)

    def test_another_rhythm(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.contract.fee_months = "1"
        self.assertEqual(self.run_cron("2026-10-01").amount_untaxed, 140.0)
        self.contract.fee_months = "12"
        self.assertEqual(self.run_cron("2026-11-01").amount_untaxed, 1680.0)
        self.assertEqual(self.contract.fee_next_date, date(2027, 11, 1))

    def test_another_first_day_before_anything_is_invoiced(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.contract.date_start = "2026-11-15"
        self.assertEqual(self.contract.fee_next_date, date(2026, 11, 15))
        self.assertFalse(self.run_cron("2026-11-14"))
        move = self.run_cron("2026-11-15")
        self.assertAlmostEqual(move.amount_untaxed, 74.67 + 140 + 140)
        self.assertEqual(self.run_cron("2027-02-01").amount_untaxed, 420.0)

    def test_a_contract_that_was_invoiced_elsewhere_before(self):
        self.contract.write({"date_start": "2020-01-01", "fee_date_from": "2026-10-01"})
        self.cover(self.web, level=self.level_b, date_from="2020-01-01")
        self.assertEqual(self.run_cron("2026-10-01").amount_untaxed, 420.0)

    # -- the end -------------------------------------------------------------------

    def test_the_end_is_settled_once(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.run_cron("2026-10-01")
        with freeze_time("2026-11-30 08:00:00"):
            self.contract.action_end()
        with freeze_time("2026-12-01 08:00:00"):
            self.assertFalse(self.run_cron("2026-12-01"))
            with self.enter_registry_test_mode():
                cron = self.env.ref("prepaid_support.ir_cron_settle_fees")
                cron.method_direct_trigger()
                cron.method_direct_trigger()
            moves = self.invoices()
            note = moves.filtered(lambda move: move.move_type == "out_refund")
            self.assertEqual(note.amount_untaxed, 140.0)
            self.assertFalse(self.owned().active)
            self.assertEqual(self.contract.fee_difference, 0.0)
        self.assertFalse(self.run_cron("2027-01-01"))

    def settle(self):
        with self.enter_registry_test_mode():
            self.env.ref("prepaid_support.ir_cron_settle_fees").method_direct_trigger()

    def test_what_is_undone_after_the_settlement_is_settled_again(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        first = self.run_cron("2026-10-01")
        with freeze_time("2026-11-30 08:00:00"):
            self.contract.action_end()
        with freeze_time("2026-12-01 08:00:00"):
            self.settle()
            note = self.invoices() - first
            note.unlink()
            self.assertEqual(self.contract.fee_difference, -140.0)
            self.settle()
            note = self.invoices() - first
            self.assertEqual(note.amount_untaxed, 140.0)
            self.assertFalse(self.owned().active)
            # Whoever cancels an invoice may not see the schedule.
            first.with_user(self.accountant).button_cancel()
            self.settle()
            again = self.invoices() - first - note
            self.assertEqual(again.move_type, "out_invoice")
            self.assertEqual(again.amount_untaxed, 420.0)
            self.assertFalse(self.owned().active)
            first.button_draft()
            self.settle()
            last = self.invoices() - first - note - again
            self.assertEqual(last.move_type, "out_refund")
            self.assertEqual(last.amount_untaxed, 420.0)
            self.settle()
            self.assertEqual(self.contract.fee_difference, 0.0)
            self.assertEqual(len(self.invoices()), 4)

    def test_the_end_that_is_known(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.contract.date_end = "2027-02-14"
        self.run_cron("2026-10-01")
        self.assertEqual(self.run_cron("2027-01-01").amount_untaxed, 210.0)
        self.assertFalse(self.run_cron("2027-04-01"))
        self.contract.date_end = False
        self.assertEqual(self.contract.fee_next_date, date(2027, 2, 15))

    # -- the button ----------------------------------------------------------------

    def test_invoice_the_fee(self):
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        contract = self.contract.with_user(self.accountant)
        action = contract.action_invoice_fee()
        move = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(move.amount_untaxed, 420.0)
        with self.assertRaisesRegex(UserError, "next invoice is due on"):
            contract.action_invoice_fee()
        self.cover(self.mail, level=self.level_b, date_from="2026-12-01")
        contract.action_invoice_fee()
        self.assertEqual(sum(self.invoices().mapped("amount_untaxed")), 560.0)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.manager).action_invoice_fee()

    def test_post_by_setting(self):
        self.company.support_fee_auto_post = True
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.assertEqual(self.run_cron("2026-10-01").state, "posted")

    # -- who may what --------------------------------------------------------------

    def test_a_helpdesk_manager_covers_and_activates(self):
        contract = (
            self.env["support.contract"]
            .with_user(self.manager)
            .create({"partner_id": self.other_customer.id, "plan_id": self.plan.id})
        )
        (server,) = self.make_assets("theirs", partner=self.other_customer)
        with Form(contract) as form, form.line_ids.new() as line:
            line.asset_id = server
            line.level_id = self.level_b
            self.assertEqual(line.net_fee, 140.0)
        self.assertFalse(contract.sudo().recurring_contract_id)
        contract.action_activate()
        self.env.invalidate_all()
        self.assertTrue(contract.sudo().recurring_contract_id)
        with Form(contract) as form, form.line_ids.edit(0) as line:
            line.date_to = "2026-12-31"
        self.assertEqual(contract.fee_next_date, date(2026, 10, 1))
        contract.action_end()

    def test_what_is_given_away_is_the_billing_managers(self):
        contract = self.contract.with_user(self.manager)
        self.agree_on_discount()
        for values in (
            {"fee_discount_percent": 20.0},
            {"fee_discount_from": 2},
            {"fee_discount_scope": "all"},
            {"flat_fee": 1.0},
            {"fee_date_from": "2027-01-01"},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                contract.write(values)
            with self.subTest(create=values), self.assertRaises(AccessError):
                self.plan.fee_discount_percent = 5.0
                self.env["support.contract"].with_user(self.manager).create(
                    {
                        "partner_id": self.customer.id,
                        "plan_id": self.plan.id,
                        **values,
                    }
                )
        contract.with_user(self.accountant).fee_discount_percent = 20.0

    def test_what_is_taken_back_is_the_billing_managers(self):
        line = self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        cheap = self.make_level("Cheap", 10.0, [])
        planned = self.cover(self.mail, level=self.level_b, date_from="2027-02-01")
        self.run_cron("2026-10-01")
        attacks = (
            {"level_id": cheap.id},
            {"date_from": "2026-10-15"},
            {"date_to": "2026-11-18"},
        )
        with freeze_time("2026-11-20 08:00:00"):
            for values in attacks:
                with self.subTest(values=values), self.assertRaises(AccessError):
                    line.with_user(self.manager).write(values)
                self.env.invalidate_all()
            # What is not invoiced, costs more, or ends from now on is not taken back.
            theirs = line.with_user(self.manager)
            planned.with_user(self.manager).write(
                {"level_id": cheap.id, "date_from": "2027-03-01"}
            )
            theirs.level_id = self.make_level("C", 210.0, [])
            theirs.date_to = "2026-11-30"
            theirs.date_to = "2026-11-20"
            line.with_user(self.accountant).write(attacks[0])
            line.with_user(self.accountant).write(attacks[1])
            line.with_user(self.accountant).write(attacks[2])

    def test_changes_of_coverage_are_in_the_chatter(self):
        def logged():
            found = self.contract.message_ids - known
            return [str(message.body) for message in found.sorted("id")]

        known = self.contract.message_ids
        lines = self.env["support.contract.line"].create(
            [
                {
                    "contract_id": self.contract.id,
                    "asset_id": server.id,
                    "level_id": self.level_b.id,
                    "date_from": "2026-10-01",
                }
                for server in self.servers
            ]
        )
        (body,) = logged()
        for server in self.servers:
            self.assertIn(server.name, body)
        self.assertIn("140", body)
        self.assertIn("10/01/2026", body)
        message = self.contract.message_ids - known
        self.assertTrue(message.is_internal or message.subtype_id.internal)

        known = self.contract.message_ids
        lines[:2].with_user(self.manager).write({"date_to": "2026-12-31"})
        (body,) = logged()
        self.assertIn("server 1", body)
        self.assertIn("server 2", body)
        self.assertIn("12/31/2026", body)
        self.assertNotIn("140", body)
        message = self.contract.message_ids - known
        self.assertEqual(message.author_id, self.manager.partner_id)

        known = self.contract.message_ids
        lines[0].level_id = self.make_level("C", 210.0, [])
        (body,) = logged()
        for text in ("B", "C", "140", "210"):
            self.assertIn(text, body)

        known = self.contract.message_ids
        lines.write({"date_from": "2026-10-01"})
        self.assertFalse(logged())
        lines[3].unlink()
        (body,) = logged()
        self.assertIn("server 4", body)

    def test_wrong_figures(self):
        for values in (
            {"fee_discount_percent": 101},
            {"fee_discount_from": -1},
            {"flat_fee": -5.0},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.contract.write(values)

    def test_what_is_invoiced_stays(self):
        line = self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        self.run_cron("2026-10-01")
        with self.assertRaisesRegex(UserError, "end its coverage"):
            line.unlink()
        with self.assertRaisesRegex(UserError, "make a new contract"):
            self.contract.partner_id = self.other_customer
        with self.assertRaisesRegex(UserError, "make a new contract"):
            self.contract.unlink()

    def test_nothing_invoiced_yet_may_go(self):
        line = self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        owned = self.owned()
        line.unlink()
        self.assertFalse(owned.contract_line_ids)
        contract = self.make_contract(self.other_customer)
        contract.write({"flat_fee": 10.0})
        owned = contract.recurring_contract_id
        contract.partner_id = self.env["res.partner"].create({"name": "Other"})
        self.assertFalse(owned.exists())
        owned = contract.recurring_contract_id
        self.assertEqual(owned.partner_id.name, "Other")
        contract.unlink()
        self.assertFalse(owned.exists())


@tagged("post_install", "-at_install")
@freeze_time("2026-10-01 08:00:00")
class TestOwnedSchedule(FeeCase):
    """The schedule behind the fee is the support contract's, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cover(cls.web, level=cls.level_b, date_from="2026-10-01")
        cls.schedule = cls.contract.recurring_contract_id
        cls.line = cls.schedule.contract_line_ids
        cls.chief = new_test_user(
            cls.env, "support_chief", "account.group_account_manager"
        )

    def test_an_accountant_sets_journal_and_terms(self):
        terms = self.env["account.payment.term"].create({"name": "In a year"})
        self.schedule.with_user(self.chief).write({"payment_term_id": terms.id})
        self.assertEqual(self.run_cron("2026-10-01").invoice_payment_term_id, terms)

    def test_nobody_edits_it(self):
        schedule = self.schedule.with_user(self.chief)
        plain = schedule.create({"name": "Theirs", "partner_id": self.customer.id})
        forged = {"support_owned": True, "support_bookkeeping": True}
        new = {"name": "x", "product_id": self.service.id, "price_unit": 1.0}
        line = self.line.with_user(self.chief).with_context(**forged)
        attacks = {
            "partner": lambda: schedule.write({"partner_id": self.other_customer.id}),
            "company": lambda: schedule.write({"company_id": 1}),
            "archive": lambda: schedule.action_archive(),
            "lines": lambda: schedule.write(
                {"contract_line_ids": [Command.create(new)]}
            ),
            "delete": lambda: schedule.unlink(),
            "a line": lambda: line.create({**new, "contract_id": schedule.id}),
            "a default": lambda: line.with_context(
                default_contract_id=schedule.id
            ).create(new),
            "a moved line": lambda: line.create({**new, "contract_id": plain.id}).write(
                {"contract_id": schedule.id}
            ),
            "quantity": lambda: line.write({"quantity": 9}),
            "dates": lambda: line.write({"recurring_next_date": "2030-01-01"}),
            "a line deleted": lambda: line.unlink(),
            "ownership": lambda: plain.write({"support_contract_id": self.contract.id}),
            "kind": lambda: line.create({**new, "contract_id": plain.id}).write(
                {"support_kind": "fee"}
            ),
        }
        for name, attack in attacks.items():
            with self.subTest(name), self.assertRaises(UserError):
                attack()
        with self.assertRaises(UserError):
            self.contract.with_user(self.accountant).write(
                {"recurring_contract_id": plain.id}
            )
        forged = schedule.create(
            {
                "name": "Forged",
                "partner_id": self.customer.id,
                "support_contract_id": self.contract.id,
                "contract_line_ids": [Command.create({**new, "support_kind": "fee"})],
            }
        )
        self.assertFalse(forged.support_contract_id)
        self.assertFalse(forged.contract_line_ids.support_kind)

    def test_helpdesk_users_do_not_read_it(self):
        for user in (self.agent, self.dispatcher, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.schedule.with_user(user).read(["name"])
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.contract.with_user(user).read(["recurring_contract_id"])
            self.assertEqual(self.contract.with_user(user).month_fee, 140.0)

    def test_the_button_of_accountants(self):
        action = self.contract.with_user(self.accountant).action_view_recurring()
        self.assertEqual(action["res_id"], self.schedule.id)
        moves = self.schedule.with_user(self.chief).recurring_create_invoice()
        self.assertEqual(moves.amount_untaxed, 420.0)
        self.assertIn(moves, self.contract._get_invoices())

    def test_the_customer_neither_follows_nor_reads_it(self):
        portal = new_test_user(self.env, "support_portal", "base.group_portal")
        portal.partner_id.parent_id = self.customer
        self.assertNotIn(self.customer, self.schedule.message_partner_ids)
        self.schedule.message_subscribe(portal.partner_id.ids)
        self.assertFalse(self.schedule.modification_ids)
        self.assertFalse(self.env["contract.contract"].with_user(portal).search([]))
        self.assertFalse(self.env["contract.line"].with_user(portal).search([]))
        with self.assertRaises(AccessError):
            self.schedule.with_user(portal).read(["name"])
        with self.assertRaises(AccessError):
            self.contract.with_user(portal).read(["month_fee"])
        self.assertEqual(self.schedule.access_url, f"/my/support/{self.contract.id}")


@tagged("post_install", "-at_install")
@freeze_time("2026-10-01 08:00:00")
class TestFeesElsewhere(FeeCase):
    """Other currencies and companies."""

    def test_another_currency(self):
        foreign = self.env.ref("base.EUR")
        if foreign == self.currency:
            foreign = self.env.ref("base.USD")
        foreign.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": foreign.id, "name": "2026-01-01", "rate": 0.8}
        )
        card = self.env["support.rate.card"].create(
            {
                "name": "Abroad",
                "currency_id": foreign.id,
                "rate_ids": [Command.create({"price": 100.0})],
            }
        )
        contract = self.env["support.contract"].create(
            {
                "partner_id": self.other_customer.id,
                "currency_id": foreign.id,
                "rate_card_id": card.id,
                "date_start": "2026-10-01",
                "flat_fee": 100.0,
            }
        )
        contract.action_activate()
        self.env["contract.contract"].cron_recurring_create_invoice()
        move = self.invoices(contract)
        self.assertEqual(move.currency_id, foreign)
        self.assertEqual(move.amount_untaxed, 300.0)
        # An accountant bills it in the company's currency after all.
        move.currency_id = self.currency
        move.invoice_line_ids.price_unit = 375.0
        contract.invalidate_recordset()
        self.assertEqual(contract.fee_difference, 0.0)

    def test_another_company(self):
        theirs = self.env["res.company"].create({"name": "Second provider"})
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=theirs, install_demo=False
        )
        self.env.user.company_ids |= theirs
        card = self.env["support.rate.card"].create(
            {
                "name": "Theirs",
                "company_id": theirs.id,
                "currency_id": theirs.currency_id.id,
                "rate_ids": [Command.create({"price": 100.0})],
            }
        )
        contract = self.env["support.contract"].create(
            {
                "partner_id": self.other_customer.id,
                "company_id": theirs.id,
                "currency_id": theirs.currency_id.id,
                "date_start": "2026-10-01",
                "rate_card_id": card.id,
                "flat_fee": 100.0,
            }
        )
        contract.action_activate()
        self.env["contract.contract"].cron_recurring_create_invoice()
        move = self.invoices(contract)
        self.assertEqual(move.company_id, theirs)
        self.assertEqual(move.journal_id.company_id, theirs)
        self.assertEqual(
            move.invoice_line_ids.product_id,
            self.env.ref("prepaid_support.product_fee"),
        )
        self.assertEqual(contract.recurring_contract_id.company_id, theirs)


@tagged("post_install", "-at_install")
class TestOwnedPages(SupportCase, HttpCase):
    """OCA's pages for customers have other contracts, and not our schedules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpSupport()
        cls.contract.flat_fee = 100.0
        cls.schedule = cls.contract.recurring_contract_id
        contact = cls.env["res.partner"].create(
            {"name": "Ada", "email": "ada@x.example", "parent_id": cls.customer.id}
        )
        new_test_user(
            cls.env, "support_customer", "base.group_portal", partner_id=contact.id
        )
        cls.plain = cls.env["contract.contract"].create(
            {"name": "Cleaning", "partner_id": cls.customer.id}
        )
        (cls.plain | cls.schedule).message_subscribe(contact.ids)

    def test_list(self):
        self.authenticate("support_customer", "support_customer")
        page = self.url_open("/my/contracts").text
        self.assertIn("Cleaning", page)
        self.assertNotIn(self.schedule.name, page)

    def test_page(self):
        self.authenticate("support_customer", "support_customer")
        for schedule, shown in ((self.plain, True), (self.schedule, False)):
            for query in ("", f"?access_token={schedule._portal_ensure_token()}"):
                response = self.url_open(f"/my/contracts/{schedule.id}{query}")
                here = response.url.split("?")[0].endswith(f"/contracts/{schedule.id}")
                self.assertEqual(here, shown, response.url)
