# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Figures of the providers' documents, run on the plans that come as demo data."""

from datetime import datetime

import pytz

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tests.common import loaded_demo_data

BRUSSELS = pytz.timezone("Europe/Brussels")


class DemoPlanCase(TransactionCase):
    def setUp(self):
        super().setUp()
        if not loaded_demo_data(self.env):
            self.skipTest("needs the demo data")
        self.company = self.ref_("company_demo")
        self.env = self.env(
            context={
                "allowed_company_ids": self.company.ids,
                "tracking_disable": True,
            }
        )
        self.customer = self.env["res.partner"].create(
            {"name": "Scenario", "is_company": True}
        )

    def ref_(self, name):
        return self.env.ref(f"prepaid_support.{name}")

    def sign(self, plan, **vals):
        contract = self.env["support.contract"]._create_from_plan(
            self.ref_(f"plan_{plan}"),
            self.customer,
            self.company,
            date_start="2026-01-01",
            **vals,
        )
        self.assertEqual(contract.state, "active")
        if contract.level_id.monthly_fee:
            contract.line_ids = [Command.create({"asset_id": self.server("web").id})]
        return contract

    def server(self, name):
        return self.env["support.asset"].create(
            {
                "name": name,
                "partner_id": self.customer.id,
                "company_id": self.company.id,
            }
        )

    def grant(self, contract, quantity, unit="money"):
        return self.env["support.lot"]._grant(
            [
                {
                    "key": f"scenario/{contract.id}/{unit}",
                    "name": "Bundle",
                    "contract_id": contract.id,
                    "unit": unit,
                    "kind": "purchase",
                    "paid_quantity": quantity,
                    "bonus_quantity": 0.0,
                    "price_paid": quantity,
                    "date_first": contract.date_start,
                    "priority": 10,
                }
            ]
        )

    def request(self, when, **vals):
        return self.env["helpdesk.ticket"].create(
            {
                "name": "Scenario",
                "description": "-",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "request_date": self.utc(when),
                **vals,
            }
        )

    def utc(self, when):
        local = BRUSSELS.localize(datetime.fromisoformat(when))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def work(self, ticket, minutes, start=None, day=None, mode="remote"):
        """A technician's work, ``start`` on the wall clock of Brussels."""
        day = day or (start or "2026-11-24")[:10]
        line = self.env["account.analytic.line"].create(
            {
                "ticket_id": ticket.id,
                "employee_id": self.ref_("employee_agent").id,
                "date": day,
                "unit_amount": minutes / 60,
                "delivery_mode": mode,
                "name": "Worked",
                "work_start": start and self.utc(start),
            }
        )
        return line.support_intervention_id


@tagged("post_install", "-at_install")
@freeze_time("2026-11-24 12:00:00")
class TestMyown(DemoPlanCase):
    """Infogérance A, B and C; the hour of the request decides."""

    IN_HOURS = "2026-11-24 10:00:00"
    SUNDAY = "2026-11-22 10:00:00"

    def use_up_free(self, contract, left=0):
        lot = self.free(contract, "2026-11")
        if lot.remaining > left * 15:
            lot._adjust_down(f"scenario/{lot.id}", lot.remaining - left * 15, "test")

    def free(self, contract, month):
        months = {contract: {datetime.fromisoformat(f"{month}-01").date()}}
        contract._grant_allowances(months)
        return contract.lot_ids.filtered(
            lambda lot: lot.key == f"allowance/{contract.id}/{month}"
        )

    def test_R07_a_started_quarter_counts(self):
        contract = self.sign("infogerance_a")
        self.use_up_free(contract)
        work = self.work(self.request(self.IN_HOURS), 20)
        self.assertEqual((work.billed_minutes, work.amount), (30, 40.0))
        self.assertEqual(work.overrun_amount, 40.0)

    def test_R08_R09_half_an_hour_at_least_after_hours(self):
        contract = self.sign("infogerance_a")
        self.use_up_free(contract)
        short = self.work(self.request(self.SUNDAY), 10)
        self.assertEqual((short.billed_minutes, short.amount), (30, 70.0))
        longer = self.work(self.request(self.SUNDAY), 40)
        self.assertEqual((longer.billed_minutes, longer.amount), (45, 105.0))

    def test_R10_R11_without_contract(self):
        self.sign("without_contract")
        work = self.work(self.request(self.IN_HOURS), 20)
        self.assertEqual((work.billed_minutes, work.amount), (60, 106.67))
        work = self.work(self.request(self.IN_HOURS), 65)
        self.assertEqual(work.billed_minutes, 75)

    def test_R11_with_contract_20_a_quarter_exactly(self):
        contract = self.sign("infogerance_a")
        self.use_up_free(contract)
        work = self.work(self.request(self.IN_HOURS), 600)
        self.assertEqual((work.amount, work.charge_ids.list_amount), (800.0, 1066.67))
        self.assertEqual(work.charge_ids.price_unit, 20.0)
        invoice = contract._invoice_overrun(work.date)
        line = invoice.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit), (10.0, 80.0))

    def test_R12_three_free_tickets(self):
        contract = self.sign("infogerance_c")
        for _job in range(5):
            self.work(self.request(self.IN_HOURS), 15)
        self.assertEqual(contract.overrun_amount, 40.0)

    def test_R13_round_first_then_free(self):
        contract = self.sign("infogerance_a")
        work = self.work(self.request(self.IN_HOURS), 40)
        self.assertEqual(work.billed_minutes, 45)
        self.assertEqual(contract.overrun_amount, 40.0)

    def test_R14_free_tickets_pay_after_hours(self):
        contract = self.sign("infogerance_a")
        work = self.work(self.request(self.SUNDAY), 10)
        self.assertEqual(work.billed_minutes, 30)
        self.assertEqual(contract.overrun_amount, 35.0)

    def test_R15_not_carried_over(self):
        contract = self.sign("infogerance_c")
        with freeze_time("2027-03-15 12:00:00"):
            self.work(self.request("2027-03-15 10:00:00"), 15, day="2027-03-15")
        with freeze_time("2027-04-01 12:00:00"):
            march = self.free(contract, "2027-03")
            march._lapse()
            self.assertEqual(march.lapsed, 30)
            self.assertEqual(self.free(contract, "2027-04").remaining, 45)

    def test_P16_urgent(self):
        contract = self.sign("infogerance_a")
        self.use_up_free(contract)
        ticket = self.request(self.IN_HOURS, urgent=True)
        work = self.work(ticket, 30)
        self.assertEqual(work.amount, 115.0)
        self.assertEqual(contract.overrun_amount, 115.0)

    def test_W01_W03_W05_hour_of_the_request(self):
        contract = self.sign("infogerance_a")
        self.use_up_free(contract)
        for request, start, minutes, amount in (
            ("2026-11-24 16:50:00", "2026-11-24 17:30:00", 45, 60.0),
            ("2026-11-21 11:00:00", "2026-11-23 10:00:00", 10, 70.0),
            ("2026-11-20 16:59:00", "2026-11-20 17:20:00", 15, 20.0),
        ):
            with self.subTest(request):
                work = self.work(self.request(request), minutes, start)
                self.assertEqual(work.amount, amount)

    def test_W04_window(self):
        contract = self.sign("infogerance_a")
        self.use_up_free(contract)
        for hour, code in (
            ("17:00:00", "labour.after_hours"),
            ("16:59:59", "labour.business"),
            ("09:00:00", "labour.business"),
        ):
            with self.subTest(hour):
                work = self.work(self.request(f"2026-11-24 {hour}"), 15)
                self.assertEqual(work.charge_ids.code, code)


@tagged("post_install", "-at_install")
@freeze_time("2026-11-24 12:00:00")
class TestOtherProviders(DemoPlanCase):
    def test_R01_R02_retainer(self):
        contract = self.sign("retainer")
        lot = self.grant(contract, 420, "time")
        work = self.work(self.request("2026-11-24 10:00:00"), 217)
        self.assertEqual(work.billed_minutes, 225)
        self.assertEqual(lot.remaining, 13 * 15)
        work = self.work(self.request("2026-11-24 10:00:00"), 185)
        self.assertEqual(work.billed_minutes, 180)

    def test_P01_P02_strippenkaart(self):
        contract = self.sign("strippenkaart")
        lot = self.grant(contract, 5000.0)
        self.work(self.request("2026-11-24 10:00:00"), 240)
        self.assertEqual(lot.remaining, 4500.0)
        for day in ("2026-11-23", "2026-11-22"):
            self.work(self.request("2026-11-24 10:00:00"), 18 * 60, day=day)
        self.assertEqual((lot.remaining, contract.overrun_amount), (0.0, 0.0))

    def test_P03_P04_travel(self):
        contract = self.sign("ssor")
        self.grant(contract, 5000.0)
        ticket = self.request("2026-11-23 10:00:00")
        works = [
            self.work(ticket, 120, f"2026-11-{day} 10:00:00", mode=mode)
            for day, mode in ((23, "onsite"), (24, "onsite"), (24, "remote"))
        ]
        # 110 an hour for the technician who went
        self.assertEqual([work.amount for work in works], [370.0, 370.0, 220.0])

    def test_W02_the_same_on_the_work_clock(self):
        """45 minutes after 17:00 at the work's own hour, at a surcharge."""
        contract = self.sign("ssor")
        self.grant(contract, 5000.0)
        ticket = self.request("2026-11-24 16:50:00")
        dispatcher = self.ref_("user_demo_dispatcher")
        ticket.with_user(dispatcher).planned_start = self.utc("2026-11-24 17:30:00")
        work = self.work(ticket, 45, "2026-11-24 17:30:00")
        self.assertEqual(work.charge_ids.code, "labour.after_hours")
        self.assertEqual(work.amount, 123.75)

    def test_W26_after_hours_only_if_planned(self):
        contract = self.sign("ssor")
        self.grant(contract, 5000.0)
        ticket = self.request("2026-11-24 10:00:00")
        work = self.work(ticket, 60, "2026-11-24 20:00:00")
        self.assertEqual(work.hold_reason, "not_planned")
        dispatcher = self.ref_("user_demo_dispatcher")
        ticket.with_user(dispatcher).planned_start = self.utc("2026-11-24 20:00:00")
        self.assertEqual((work.state, work.amount), ("rated", 165.0))

    def test_W26_servicedesk_basis_has_no_evening(self):
        self.sign("servicedesk_basis")
        ticket = self.request("2026-11-24 10:00:00")
        evening = self.utc("2026-11-24 18:30:00")
        agent = self.ref_("user_demo_agent")
        with self.assertRaises(ValidationError):
            ticket.with_user(agent).planned_start = evening
        work = self.work(ticket, 60, "2026-11-24 18:30:00")
        self.assertEqual(work.hold_reason, "not_offered")
        ticket.with_user(self.ref_("user_demo_dispatcher")).planned_start = evening
        self.assertEqual(work.state, "rated")

    def test_comfort_has_an_emergency_number(self):
        basis, comfort = (
            self.sign("servicedesk_basis"),
            self.sign("servicedesk_comfort"),
        )
        kinds = [row["kind"] for row in basis._prepare_portal_channels()]
        self.assertNotIn("emergency", kinds)
        kinds = [row["kind"] for row in comfort._prepare_portal_channels()]
        self.assertIn("emergency", kinds)

    def test_D30_T03_T05_software_support(self):
        """A Call is covered; all else is advice and waits for the customer."""
        contract = self.sign("advisory")
        lot = self.grant(contract, 1000.0)
        call = self.request(
            "2026-11-24 10:00:00", category_id=self.ref_("category_call").id
        )
        work = self.work(call, 120)
        self.assertEqual((work.route, work.amount), ("included", 0.0))
        self.assertEqual(work.charge_ids.list_amount, 280.0)
        self.assertEqual(lot.remaining, 1000.0)
        advice = self.request(
            "2026-11-24 10:00:00", category_id=self.ref_("category_advice").id
        )
        work = self.work(advice, 120)
        self.assertEqual((work.state, work.hold_reason), ("held", "advisory"))
        self.assertEqual((lot.remaining, contract.overrun_amount), (1000.0, 0.0))
        work.with_user(self.ref_("user_demo_dispatcher"))._accept("Proposal signed")
        self.assertEqual(lot.remaining, 720.0)
