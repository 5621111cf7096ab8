# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The demo data tells the story that README.md promises."""

from datetime import date

from odoo.tests import TransactionCase, tagged
from odoo.tests.common import loaded_demo_data


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    def setUp(self):
        super().setUp()
        if not loaded_demo_data(self.env):
            self.skipTest("needs the demo data")

    def contract_of(self, partner):
        partner = self.env.ref(f"prepaid_support.partner_{partner}")
        return self.env["support.contract"].search([("partner_id", "=", partner.id)])

    def test_money_sold_and_burnt(self):
        contract = self.contract_of("korenaar")
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.currency_id.name, "EUR")
        self.assertEqual(contract.balance["money"]["granted"], 5000.0)
        self.assertEqual(contract.money_remaining, 3281.25)
        lot = contract.lot_ids
        self.assertEqual(lot.move_id.payment_state, "paid")
        self.assertEqual(lot.move_id.amount_tax, 1050.0)
        self.assertEqual(lot.move_id.invoice_date, lot.date_first)
        self.assertTrue(lot.sale_line_id)

    def test_states(self):
        states = {"lambert": "low", "delvaux": "exhausted"}
        for partner, state in states.items():
            with self.subTest(partner):
                self.assertEqual(self.contract_of(partner).credit_state, state)
        self.assertEqual(self.contract_of("delvaux").overrun_amount, 250.0)
        self.assertEqual(self.contract_of("studio").state, "onboarding")

    def test_one_target_was_missed(self):
        """On any weekday: the dialog of the accountant has something to decide."""
        remedy = self.contract_of("renard").remedy_ids
        self.assertEqual((remedy.state, remedy.amount), ("proposed", 70.0))

    def test_fee_of_four_servers(self):
        """The fourth one has 10 % off; the quarter was invoiced in advance."""
        contract = self.contract_of("moulin")
        self.assertEqual(contract.month_fee, 546.0)
        self.assertEqual(sorted(contract.line_ids.mapped("fee_discount"))[-1], 10.0)
        invoice = contract._get_recurring_invoice_lines().move_id
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(invoice.amount_untaxed, 1638.0)
        self.assertEqual(contract.fee_difference, 0.0)

    def test_retainer_in_tickets(self):
        """The examples of the retainer's price list: 3 h 37 and 3 h 05."""
        contract = self.contract_of("harbour")
        self.assertEqual(contract.time_display, "tickets")
        billed = contract.intervention_ids.mapped("billed_minutes")
        self.assertEqual(sorted(billed), [15, 180, 225])
        self.assertEqual(contract.time_remaining, 7.0)

    def test_travel_once_per_visit(self):
        charges = self.contract_of("saint_anne").charge_ids
        fees = charges.filtered(lambda charge: charge.kind == "fee")
        self.assertEqual(set(fees.mapped("amount")), {150.0})
        visits = self.contract_of("saint_anne").intervention_ids.filtered(
            lambda work: work.delivery_mode == "onsite"
        )
        self.assertEqual(len(fees), len(visits))

    def test_time_without_contract_waits(self):
        ticket = self.env.ref("prepaid_support.ticket_wifi")
        self.assertEqual(ticket.support_intervention_ids.state, "held")
        dispatcher = self.env.ref("prepaid_support.user_demo_dispatcher")
        self.assertEqual(ticket.activity_ids.user_id, dispatcher)

    def test_overrun_draft(self):
        contract = self.contract_of("renard")
        move = contract.charge_ids.invoice_line_id.move_id
        self.assertEqual(move.state, "draft")
        # An hour and half an hour at 80 an hour, less one free quarter a month
        self.assertIn(move.amount_untaxed, (80.0, 100.0))

    def test_weekend_request_is_dearer(self):
        """Myown: the hour of the request decides, half an hour at least."""
        work = self.env.ref("prepaid_support.ticket_probe").support_intervention_ids
        self.assertEqual(work.charge_ids.code, "labour.after_hours")
        self.assertEqual((work.billed_minutes, work.amount), (30, 70.0))

    def test_evening_that_nobody_planned_waits(self):
        works = self.contract_of("saint_anne").intervention_ids
        held = works.filtered(lambda work: work.state == "held")
        self.assertEqual(held.hold_reason, "not_planned")

    def test_ledger_adds_up(self):
        company = self.env.ref("prepaid_support.company_demo")
        lots = self.env["support.lot"].search([("company_id", "=", company.id)])
        self.assertFalse(lots._check_integrity())
        # Free tickets are of the month, whenever the first work asks for them.
        for entry in lots.filtered(lambda lot: lot.kind != "allowance").entry_ids:
            self.assertEqual(entry.entry_date, entry.date)


@tagged("post_install", "-at_install")
class TestPostingDay(TransactionCase):
    def test_no_request_can_choose_the_day(self):
        contract = self.env["support.contract"]
        today = contract._get_today()
        for forged in ("2020-01-01", date(2020, 1, 1), {"day": "2020-01-01"}):
            with self.subTest(forged):
                other = contract.with_context(support_posting_day=forged)
                self.assertEqual(other._get_today(), today)
