# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import SupportCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestTimesheet(SupportCommon):
    """One hour of work: from the time line to the credit that pays it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls.grant(5000.0)

    def test_ekco_example(self):
        """5 000 of credit, 4 h at 125: 500 burnt, 4 500 left, no order line."""
        line = self.log(4.0)
        self.assertEqual(self.lot.remaining, 4500.0)
        self.assertFalse(line.sudo().so_line)
        self.assertEqual(line.support_amount, 500.0)
        self.assertEqual(line.support_billed_minutes, 240)
        self.assertIn(self.lot.name, line.support_paid_by)
        self.assertEqual(self.ticket.support_balance["money"]["remaining"], 4500.0)
        self.assertAddsUp()

    def test_edit_gives_back_the_difference(self):
        line = self.log(4.0)
        line.unit_amount = 3.0
        self.assertEqual(self.lot.remaining, 4625.0)
        release = self.lot.entry_ids.filtered(lambda entry: entry.kind == "release")
        self.assertEqual(release.quantity, 125.0)
        self.assertAddsUp()

    def test_delete_gives_all_back(self):
        line = self.log(4.0)
        intervention = line.support_intervention_id
        line.unlink()
        self.assertEqual(self.lot.remaining, 5000.0)
        self.assertEqual(intervention.state, "void")
        self.assertAddsUp()

    def test_lines_of_a_day_are_one_intervention(self):
        """Two calls of 5 minutes are one step of 15, not two."""
        first = self.log(5 / 60)
        second = self.log(5 / 60)
        self.assertEqual(first.support_intervention_id, second.support_intervention_id)
        self.assertEqual(self.lot.remaining, 5000.0 - 31.25)

    def test_beyond_the_balance_is_overrun(self):
        line = self.log(24.0)
        self.log(20.0, date=self.TODAY + timedelta(days=1))
        self.assertEqual(self.lot.remaining, 0.0)
        overrun = self.contract.charge_ids.filtered("overrun_amount")
        self.assertEqual(overrun.overrun_amount, 500.0)
        self.assertEqual(overrun.overrun_state, "open")
        self.assertEqual(overrun.overrun_minutes, 240)
        self.assertEqual(self.contract.overrun_amount, 500.0)
        line.unlink()
        # Allocations made are never re-shuffled by what arrives later.
        self.assertEqual(self.lot.remaining, 3000.0)
        self.assertEqual(overrun.overrun_amount, 500.0)
        self.assertAddsUp()

    def test_debit_spans_three_lots(self):
        early = self.grant(100.0, date_last=date(2026, 12, 1))
        time = self.grant(60, unit="time", date_last=date(2026, 12, 2))
        line = self.log(4.0)
        self.assertEqual((early.remaining, time.remaining), (0.0, 0.0))
        self.assertEqual(self.lot.remaining, 5000.0 - (500 - 100 - 125))
        self.assertEqual(
            self.charges(line)._get_payers(),
            [(early, 100.0), (time, 60.0), (self.lot, 275.0)],
        )
        line.unit_amount = 1.5
        self.assertEqual((early.remaining, time.remaining), (0.0, 18.0))
        self.assertEqual(self.lot.remaining, 5000.0)
        self.assertAddsUp()

    def test_lot_that_starts_later_or_has_expired_does_not_pay(self):
        later = self.grant(date_first=date(2026, 12, 1), date_last=False)
        gone = self.grant(
            date_first=date(2025, 11, 20), date_last=date(2026, 11, 20), priority=1
        )
        self.log(4.0)
        self.assertEqual((later.remaining, gone.remaining), (5000.0, 5000.0))
        self.assertEqual(self.lot.remaining, 4500.0)

    def test_back_dated_work_on_a_lapsed_lot(self):
        gone = self.grant(
            300.0,
            date_first=date(2025, 11, 20),
            date_last=date(2026, 11, 20),
        )
        gone._lapse()
        self.assertEqual((gone.remaining, gone.lapsed), (0.0, 300.0))
        line = self.log(4.0, date=date(2026, 11, 19))
        self.assertEqual((gone.remaining, gone.used, gone.lapsed), (0, 300, 0))
        self.assertEqual(self.charges(line).overrun_amount, 200.0)
        line.unit_amount = 2.0
        # What comes back to a lapsed lot lapses at once.
        self.assertEqual((gone.remaining, gone.used, gone.lapsed), (0, 250, 50))
        self.assertFalse(self.charges(line).overrun_amount)
        self.assertAddsUp()

    def test_move_to_another_customer(self):
        contract = self.make_contract(self.other_customer)
        lot = self.grant(1000.0, contract=contract)
        line = self.log(4.0)
        line.ticket_id = self.make_ticket(self.other_customer)
        self.assertEqual((self.lot.remaining, lot.remaining), (5000.0, 500.0))
        self.assertAddsUp()
        self.assertAddsUp(contract)

    def test_ticket_changes_customer(self):
        """The debit follows the ticket's customer, whichever way that changes."""
        contract = self.make_contract(self.other_customer)
        lot = self.grant(1000.0, contract=contract)
        line = self.log(4.0)
        self.ticket.partner_id = self.other_customer
        self.assertEqual((self.lot.remaining, lot.remaining), (5000.0, 500.0))
        self.assertEqual(self.charges(line).contract_id, contract)
        self.assertAddsUp()
        self.assertAddsUp(contract)

    def test_contact_moves_to_another_company(self):
        """Nobody writes the ticket: its commercial partner is recomputed."""
        contract = self.make_contract(self.other_customer)
        lot = self.grant(1000.0, contract=contract)
        contact = self.env["res.partner"].create(
            {"name": "Jo", "parent_id": self.customer.id}
        )
        ticket = self.make_ticket(contact)
        self.log(4.0, ticket=ticket)
        self.assertEqual(self.lot.remaining, 4500.0)
        contact.parent_id = self.other_customer
        self.env.cr.flush()
        self.assertEqual(ticket.support_contract_id, contract)
        self.assertEqual((self.lot.remaining, lot.remaining), (5000.0, 500.0))

    def test_change_of_employee_or_date(self):
        line = self.log(4.0)
        line.with_user(self.dispatcher).write({"employee_id": self.technician_2.id})
        self.assertEqual(self.lot.remaining, 4500.0)
        self.assertEqual(line.support_intervention_id.employee_id, self.technician_2)
        line.with_user(self.dispatcher).write({"date": date(2026, 11, 20)})
        # The lot starts on the 21st: the work is now overrun.
        self.assertEqual(self.lot.remaining, 5000.0)
        self.assertEqual(self.charges(line).overrun_amount, 500.0)
        self.assertAddsUp()

    def test_travel_fee_once_per_intervention(self):
        self.log(1.0, delivery_mode="onsite")
        self.log(1.0, delivery_mode="onsite")
        self.assertEqual(self.lot.remaining, 5000.0 - 250 - 150)
        self.log(2.0, delivery_mode="onsite", date=date(2026, 11, 22))
        self.assertEqual(self.lot.remaining, 5000.0 - 2 * 400)
        self.log(2.0, delivery_mode="remote", date=date(2026, 11, 23))
        self.assertEqual(self.lot.remaining, 5000.0 - 2 * 400 - 250)

    def test_rate_change_never_reprices(self):
        line = self.log(1.0)
        self.card.rate_ids.price = 200.0
        self.contract.grain_minutes = 60
        line.unit_amount = 1.25
        self.assertEqual(line.support_amount, 156.25)
        self.assertEqual(self.log(1.0, date=date(2026, 11, 22)).support_amount, 200.0)

    # -- What is only commercially unclear is stored -------------------------------

    def test_no_contract_waits_for_the_dispatcher(self):
        ticket = self.make_ticket(self.other_customer)
        line = self.log(2.0, ticket=ticket)
        work = line.support_intervention_id
        self.assertEqual((work.state, work.hold_reason), ("held", "no_contract"))
        self.assertEqual(work.raw_minutes, 120)
        activity = ticket.activity_ids
        self.assertEqual(len(activity), 1)
        self.log(1.0, ticket=ticket)
        self.assertEqual(ticket.activity_ids, activity)
        contract = self.make_contract(self.other_customer)
        lot = self.grant(1000.0, contract=contract)
        ticket.with_user(self.dispatcher).support_contract_id = contract
        self.assertEqual(work.state, "rated")
        self.assertEqual(lot.remaining, 625.0)
        self.assertFalse(ticket.activity_ids)

    def test_no_customer(self):
        line = self.log(2.0, ticket=self.make_ticket(None))
        self.assertEqual(line.support_intervention_id.hold_reason, "no_customer")

    def test_no_rate_for_the_profile(self):
        self.ticket.write({"profile_id": self.senior.id, "profile_reason": "Cluster"})
        line = self.log(2.0)
        work = line.support_intervention_id
        self.assertEqual((work.state, work.hold_reason), ("to_price", "rate"))
        self.assertEqual(self.lot.remaining, 5000.0)
        self.assertEqual(self.contract.balance["pending_minutes"], 120)
        self.card.rate_ids = [(0, 0, {"profile_id": self.senior.id, "price": 200.0})]
        with self.assertRaises(AccessError):
            work.with_user(self.agent).action_reprice()
        work.with_user(self.dispatcher).action_reprice()
        self.assertEqual(work.state, "rated")
        self.assertEqual(self.lot.remaining, 4600.0)
        self.assertFalse(self.ticket.activity_ids)

    def test_delivery_mode_not_offered(self):
        self.contract.allow_onsite = False
        line = self.log(2.0, delivery_mode="onsite")
        self.assertEqual(line.support_intervention_id.hold_reason, "mode")

    def test_decision_on_overrun_holds_for_less_of_it(self):
        self.contract.overrun_rule = "hold"
        self.lot._adjust_down("test/out", 5000.0, "test")
        line = self.log(2.0)
        charge = self.charges(line)
        charge.with_user(self.dispatcher).action_release_hold()
        line.unit_amount = 1.0
        self.assertEqual(charge.overrun_state, "open")
        line.unit_amount = 3.0
        self.assertEqual(charge.overrun_state, "held")

    def test_overrun_on_hold(self):
        self.contract.overrun_rule = "hold"
        self.lot._take_out("adjustment", "test/out", 5000.0, None, "test")
        line = self.log(2.0)
        charge = self.charges(line)
        self.assertEqual(charge.overrun_state, "held")
        charge.with_user(self.dispatcher).action_release_hold()
        self.assertEqual(charge.overrun_state, "open")

    # -- Impossible time is refused ------------------------------------------------

    def test_impossible_time(self):
        for vals in (
            {"unit_amount": -1.0},
            {"unit_amount": 25.0},
            {"unit_amount": 1.0, "work_start": datetime(2026, 11, 25, 8)},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError):
                self.log(vals.pop("unit_amount"), **vals)
        line = self.log(1.0, work_start=datetime(2026, 11, 21, 8))
        with self.assertRaises(ValidationError):
            line.work_stop = datetime(2026, 11, 21, 7)
        line.work_stop = datetime(2026, 11, 21, 10)
        self.assertEqual(line.unit_amount, 2.0)
        self.assertEqual(self.lot.remaining, 4750.0)

    # -- Doors ---------------------------------------------------------------------

    def test_form_shows_all_time(self):
        """The x2many cache is shared by users: totals must count hidden lines too."""
        self.log(5.0, user=self.colleague)
        self.env.invalidate_all()
        form = Form(self.ticket.with_user(self.agent))
        with form.timesheet_ids.new() as line:
            line.unit_amount = 1.0
            line.name = "Mine"
        form.save()
        self.assertEqual(self.ticket.total_hours, 6.0)
        self.assertEqual(self.lot.remaining, 5000.0 - 750.0)

    def test_import_thousand_lines(self):
        model = self.env["account.analytic.line"].with_user(self.dispatcher)
        employees = (self.technician, self.technician_2)
        rows = [
            [
                str(self.TODAY + timedelta(days=number % 250)),
                str(employees[number % 2].id),
                self.ticket.number,
                "0.25",
                f"Imported {number}",
            ]
            for number in range(1000)
        ]
        result = model.load(
            ["date", "employee_id/.id", "ticket_id", "unit_amount", "name"], rows
        )
        self.assertFalse(result["messages"])
        self.assertEqual(len(result["ids"]), 1000)
        self.assertEqual(self.lot.remaining, 0.0)
        charges = self.contract.charge_ids
        self.assertEqual(sum(charges.mapped("amount")), 31250.0)
        self.assertEqual(sum(charges.mapped("overrun_amount")), 26250.0)
        self.assertAddsUp()

    def test_timer(self):
        ticket = self.ticket.with_user(self.agent)
        with freeze_time("2026-11-21 08:00:00"):
            ticket.action_support_timer_start()
            self.assertTrue(ticket.support_timer_start)
        with freeze_time("2026-11-21 12:00:00"):
            ticket.action_support_timer_stop()
        self.assertFalse(ticket.support_timer_start)
        line = self.ticket.timesheet_ids
        self.assertEqual(line.unit_amount, 4.0)
        self.assertEqual(line.work_start, datetime(2026, 11, 21, 8))
        self.assertEqual(line.employee_id, self.technician)
        self.assertEqual(self.lot.remaining, 4500.0)
        with self.assertRaises(UserError):
            ticket.action_support_timer_stop()

    def test_timer_is_capped(self):
        ticket = self.ticket.with_user(self.agent)
        with freeze_time("2026-11-21 08:00:00"):
            ticket.action_support_timer_start()
        with freeze_time("2026-11-25 08:00:00"):
            ticket.action_support_timer_stop()
        self.assertEqual(self.ticket.timesheet_ids.unit_amount, 24.0)

    def test_task_with_contract(self):
        """A small project on the retainer: time on its tasks burns too."""
        project = self.env["project.project"].create({"name": "Migration"})
        task = self.env["project.task"].create(
            {
                "name": "Move mail",
                "project_id": project.id,
                "support_contract_id": self.contract.id,
            }
        )
        self.env["account.analytic.line"].with_user(self.agent).create(
            {
                "task_id": task.id,
                "project_id": project.id,
                "date": self.TODAY,
                "unit_amount": 2.0,
            }
        )
        self.assertEqual(self.lot.remaining, 4750.0)

    def _make_task(self, contract=None):
        project = self.env["project.project"].create({"name": "Migration"})
        vals = {"name": "Move mail", "project_id": project.id}
        if contract:
            vals["support_contract_id"] = contract.id
        return self.env["project.task"].create(vals)

    def _log_task(self, task, day=None):
        return (
            self.env["account.analytic.line"]
            .with_user(self.agent)
            .create(
                {
                    "task_id": task.id,
                    "project_id": task.project_id.id,
                    "date": day or self.TODAY,
                    "unit_amount": 2.0,
                }
            )
        )

    def test_contract_of_a_task_changes(self):
        contract = self.make_contract(self.other_customer)
        lot = self.grant(1000.0, contract=contract)
        task = self._make_task(self.contract)
        line = self._log_task(task)
        task.support_contract_id = contract
        self.assertEqual((self.lot.remaining, lot.remaining), (5000.0, 750.0))
        task.support_contract_id = False
        self.assertEqual((self.lot.remaining, lot.remaining), (5000.0, 1000.0))
        self.assertFalse(line.sudo().support_intervention_id)
        self.assertAddsUp()
        self.assertAddsUp(contract)

    def test_task_gets_its_contract_after_the_first_hour(self):
        self.contract.date_start = self.TODAY
        task = self._make_task()
        before = self._log_task(task, self.TODAY - timedelta(days=1))
        self._log_task(task)
        task.support_contract_id = self.contract
        self.assertEqual(self.lot.remaining, 4750.0)
        self.assertFalse(before.sudo().support_intervention_id)

    def test_invoiced_work_keeps_the_contract_of_its_task(self):
        self.lot._adjust_down("test/out", 5000.0, "test")
        task = self._make_task(self.contract)
        self._log_task(task)
        invoice = self.contract._invoice_overrun(self.TODAY)
        with self.assertRaises(UserError):
            task.support_contract_id = False
        task.support_contract_id = self.contract
        invoice.unlink()
        task.support_contract_id = False
        self.assertFalse(self.contract.overrun_amount)

    def test_time_that_leaves_its_project_is_released(self):
        line = self.log(1.0)
        line.sudo().project_id = False
        self.assertEqual(self.lot.remaining, 5000.0)

    def test_lines_of_several_contracts_in_one_call(self):
        contract = self.make_contract(self.other_customer)
        lot = self.grant(1000.0, contract=contract)
        ticket = self.make_ticket(self.other_customer)
        self.card.rate_ids = [(0, 0, {"profile_id": self.senior.id, "price": 200.0})]
        lines = self.log(1.0) | self.log(2.0, delivery_mode="onsite")
        lines |= self.log(1.0, ticket=ticket)
        lines |= self.log(1.0, ticket=ticket, user=self.colleague)
        lines = lines.with_user(self.dispatcher)
        lines.write({"profile_id": self.senior.id, "delivery_mode": "phone"})
        self.assertEqual((self.lot.remaining, lot.remaining), (4400.0, 600.0))
        lines.write({"unit_amount": 0.0})
        self.assertEqual((self.lot.remaining, lot.remaining), (5000.0, 1000.0))
        # One intervention on the one ticket, two people on the other.
        lines.write({"unit_amount": 1.0, "delivery_mode": "onsite"})
        self.assertEqual((self.lot.remaining, lot.remaining), (4450.0, 300.0))
        self.assertAddsUp()
        self.assertAddsUp(contract)
        lines.unlink()
        self.assertEqual((self.lot.remaining, lot.remaining), (5000.0, 1000.0))
        self.assertAddsUp()
        self.assertAddsUp(contract)

    def test_travel_fee_of_work_that_was_zero_for_a_while(self):
        line = self.log(1.0, delivery_mode="onsite")
        line.unit_amount = 0.0
        self.assertEqual(self.lot.remaining, 5000.0)
        line.unit_amount = 1.0
        self.assertEqual(self.lot.remaining, 5000.0 - 275.0)
        self.assertAddsUp()

    def test_split_over_analytic_accounts(self):
        """Odoo makes two lines of one: still one intervention of four hours."""
        line = self.log(4.0).sudo()
        account = line.account_id
        other = account.copy({"name": "Other"})
        line.analytic_distribution = {str(account.id): 50, str(other.id): 50}
        self.assertEqual(len(self.ticket.timesheet_ids), 2)
        self.assertEqual(len(self.ticket.support_intervention_ids), 1)
        self.assertEqual(self.lot.remaining, 4500.0)
        self.assertAddsUp()

    def test_copied_line_is_work_of_its_own(self):
        self.log(4.0).copy()
        self.assertEqual(self.lot.remaining, 4000.0)
        self.assertAddsUp()

    def test_work_of_somebody_who_left(self):
        line = self.log(4.0).with_user(self.dispatcher)
        self.technician.active = False
        line.unit_amount = 2.0
        self.assertEqual(self.lot.remaining, 4750.0)
        line.unlink()
        self.assertEqual(self.lot.remaining, 5000.0)

    def test_merged_customers(self):
        contract = self.make_contract(self.other_customer)
        lot = self.grant(1000.0, contract=contract)
        ours = self.log(4.0)
        theirs = self.log(4.0, ticket=self.make_ticket(self.other_customer))
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.customer | self.other_customer).ids, self.customer
        )
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual(contract.commercial_partner_id, self.customer)
        self.assertEqual((self.lot.remaining, lot.remaining), (4500.0, 500.0))
        (ours | theirs).write({"unit_amount": 2.0})
        self.assertEqual((self.lot.remaining, lot.remaining), (4750.0, 750.0))
        self.assertAddsUp()
        self.assertAddsUp(contract)

    def test_no_price_and_time_credit(self):
        """A contract that knows only minutes."""
        contract = self.make_contract(self.other_customer)
        contract.rate_card_id = self.card.copy()
        contract.rate_card_id.rate_ids.price = 0.0
        lot = self.grant(60.0, contract=contract, unit="time")
        line = self.log(2.0, ticket=self.make_ticket(self.other_customer))
        self.assertEqual(lot.remaining, 0.0)
        self.assertEqual(self.charges(line).overrun_minutes, 60)
        line.unit_amount = 0.5
        self.assertEqual(lot.remaining, 30.0)
        self.assertAddsUp(contract)

    def test_prices_by_employee_on_the_project_do_not_bill_it(self):
        """What a project manager sets up later is not for time that credit pays."""
        product = self.env["product.product"].create(
            {
                "name": "By the hour",
                "type": "service",
                "service_policy": "delivered_timesheet",
            }
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": 10})
                ],
            }
        )
        order.action_confirm()
        item = order.order_line
        project = self.env["project.project"].create(
            {"name": "Billed", "allow_billable": True, "partner_id": self.customer.id}
        )
        self.ticket.project_id = project
        line = self.log(2.0).sudo()
        project.sale_line_id = item
        project.sale_line_employee_ids = [
            (0, 0, {"employee_id": self.technician.id, "sale_line_id": item.id})
        ]
        self.env.flush_all()
        self.assertEqual(line.project_id, project)
        self.assertFalse(line.so_line)
        self.assertEqual(item.qty_delivered, 0.0)
        self.assertEqual(self.lot.remaining, 4750.0)

    def test_time_that_is_not_support_is_left_alone(self):
        project = self.env["project.project"].create({"name": "Internal"})
        line = self.env["account.analytic.line"].create(
            {
                "project_id": project.id,
                "date": self.TODAY,
                "unit_amount": -2.0,
                "employee_id": self.technician.id,
            }
        )
        self.assertFalse(line.support_intervention_id)
        self.assertFalse(line.delivery_mode)

    def test_accountant_reads_what_was_done_but_no_raw_time(self):
        line = self.log(2.0)
        work = line.sudo().support_intervention_id.with_user(self.accountant)
        self.env.invalidate_all()
        self.assertEqual(work.description, "2:00 h  Restarted it")
        self.assertEqual(work.charge_ids.amount, 250.0)
        with self.assertRaises(AccessError):
            line.with_user(self.accountant).read(["unit_amount", "amount"])
        self.assertFalse(
            self.env["account.analytic.line"]
            .with_user(self.accountant)
            .search([("ticket_id", "=", self.ticket.id)])
        )

    def test_new_line_has_the_currency_of_the_contract(self):
        line = self.env["account.analytic.line"].new({"ticket_id": self.ticket.id})
        self.assertEqual(line.support_currency_id, self.contract.currency_id)
