# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from odoo.addons.prepaid_support.engine.clock import BANDS

from .common import SupportCommon

TUESDAY = date(2026, 11, 24)
MORNING = "2026-11-24 09:00:00"  # 10:00 in Brussels


class RatingCommon(SupportCommon):
    """A desk that is open from 9 to 17 in Brussels, and rates for three bands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.make_calendar()
        cls.card.rate_ids = [
            Command.clear(),
            Command.create({"band": "business", "price": 20, "per_minutes": 15}),
            Command.create({"band": "after_hours", "price": 35, "per_minutes": 15}),
        ]
        cls.contract.calendar_id = cls.calendar
        cls.lot = cls.grant(5000.0)
        cls.ticket.request_date = MORNING

    @classmethod
    def make_calendar(cls, hours=(9, 17)):
        return cls.env["resource.calendar"].create(
            {
                "name": "Desk",
                "tz": "Europe/Brussels",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Open",
                            "dayofweek": str(day),
                            "hour_from": hours[0],
                            "hour_to": hours[1],
                            "day_period": "full_day",
                        }
                    )
                    for day in range(5)
                ],
            }
        )

    @classmethod
    def work(cls, hours, start=None, **vals):
        """Time on Tuesday, or on the day of ``start`` (UTC)."""
        if start:
            vals.update(work_start=start, date=datetime.fromisoformat(start).date())
        return cls.log(hours, **{"date": TUESDAY, **vals}).sudo()

    def priced(self, line):
        """``{band or fee: (billed minutes, amount)}`` of the line's intervention."""
        return {
            charge.code.split(".")[1]: (charge.minutes, charge.amount)
            for charge in self.charges(line)
            if charge.minutes or charge.amount or charge.list_amount
        }

    def why(self, line):
        return self.tell(line.support_intervention_id.charge_ids)

    def tell(self, charges):
        return [text for charge in charges for text in charge._render_explanation()]

    def assertRefused(self, words, write, *args):
        with self.assertRaises(ValidationError) as refusal:
            write(*args)
        self.assertIn(words, str(refusal.exception))


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestBands(RatingCommon):
    def test_work_over_closing_time_is_split(self):
        line = self.work(1.25, "2026-11-24 15:30:00")
        self.assertEqual(
            self.priced(line), {"business": (30, 40.0), "after_hours": (45, 105.0)}
        )
        self.assertEqual(self.lot.remaining, 5000.0 - 145.0)
        self.assertAddsUp()

    def test_the_first_band_of_a_request_is_half_open(self):
        """W04: 17:00:00 is after hours, 16:59:59 and 9:00:00 are in hours."""
        bands = {"16:00:00": "after_hours", "15:59:59": "business"}
        bands["08:00:00"] = "business"
        for hour, band in bands.items():
            with self.subTest(hour):
                self.ticket.request_date = f"2026-11-24 {hour}"
                line = self.work(0.25)
                self.assertEqual(list(self.priced(line)), [band])
                line.unlink()

    def test_time_without_a_start_follows_the_request_and_says_so(self):
        self.ticket.request_date = "2026-11-22 10:00:00"  # a Sunday
        line = self.work(0.25)
        self.assertEqual(self.priced(line), {"after_hours": (15, 35.0)})
        self.assertIn("nobody noted when the work began", self.why(line)[1])
        line.work_start = MORNING
        self.assertEqual(self.priced(line), {"business": (15, 20.0)})
        self.assertIn("by the hour of the work", self.why(line)[1])

    def test_a_corrected_request_date_is_followed(self):
        line = self.work(0.25)
        self.assertEqual(self.priced(line), {"business": (15, 20.0)})
        self.ticket.with_user(self.dispatcher).request_date = "2026-11-22 10:00:00"
        self.assertEqual(self.priced(line), {"after_hours": (15, 35.0)})
        self.assertAddsUp()

    def test_hour_of_the_request(self):
        """W01: asked for in hours, worked on after hours."""
        self.contract.rate_clock = "request"
        line = self.work(0.75, "2026-11-24 16:30:00")
        self.assertEqual(self.priced(line), {"business": (45, 60.0)})
        self.assertIn("its hour decides", self.why(line)[1])

    def test_holiday(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": self.calendar.id,
                "date_from": "2026-11-23 23:00:00",
                "date_to": "2026-11-24 22:59:59",
            }
        )
        line = self.work(0.25, MORNING)
        self.assertEqual(self.priced(line), {"holiday": (15, 35.0)})
        self.card.rate_ids = [
            Command.create({"band": "holiday", "price": 50, "per_minutes": 15})
        ]
        late = self.work(0.25, "2026-11-24 22:45:00", user=self.colleague)
        self.assertEqual(self.priced(late), {"holiday": (15, 50.0)})
        # What one person has off is no holiday.
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Off",
                "calendar_id": self.calendar.id,
                "resource_id": self.technician.resource_id.id,
                "date_from": "2026-11-24 23:00:00",
                "date_to": "2026-11-25 22:59:59",
            }
        )
        next_day = self.work(0.25, "2026-11-25 09:00:00")
        self.assertEqual(self.priced(next_day), {"business": (15, 20.0)})

    def test_night_in_which_the_clock_changes(self):
        """Six hours from midnight on 2027-03-28 end at 7:00 summer time."""
        self.calendar.attendance_ids = [
            Command.create(
                {"name": "Sun", "dayofweek": "6", "hour_from": 4, "hour_to": 12}
            )
        ]
        line = self.work(6.0, "2027-03-27 23:00:00", date=date(2027, 3, 28))
        self.assertEqual(
            {band: minutes for band, (minutes, _amount) in self.priced(line).items()},
            {"after_hours": 180, "business": 180},
        )

    def test_a_break_is_no_closing_time(self):
        self.calendar.attendance_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "name": period,
                        "dayofweek": "1",
                        "hour_from": start,
                        "hour_to": end,
                        "day_period": period,
                    }
                )
                for period, start, end in (
                    ("morning", 9, 12),
                    ("lunch", 12, 13),
                    ("afternoon", 13, 17),
                )
            ),
        ]
        line = self.work(2.0, "2026-11-24 10:30:00")
        self.assertEqual(list(self.priced(line)), ["business"])

    def test_without_opening_hours_all_is_business(self):
        self.contract.calendar_id = False
        line = self.work(0.25, "2026-11-22 02:00:00")
        self.assertEqual(self.priced(line), {"business": (15, 20.0)})
        self.assertFalse([text for text in self.why(line) if "noted" in text])

    def test_time_of_a_task_without_a_request(self):
        project = self.env["project.project"].create({"name": "Migration"})
        task = self.env["project.task"].create(
            {
                "name": "Move mail",
                "project_id": project.id,
                "support_contract_id": self.contract.id,
            }
        )
        line = self.env["account.analytic.line"].create(
            {
                "task_id": task.id,
                "project_id": project.id,
                "employee_id": self.technician.id,
                "date": TUESDAY,
                "unit_amount": 1.0,
                "name": "Planned",
            }
        )
        self.assertEqual(self.priced(line), {"business": (60, 80.0)})

    def test_rounding_and_minimum_of_each_band(self):
        """R08, R09, R13: half an hour at least after hours."""
        self.contract.write(
            {"after_hours_rounding": True, "after_hours_minimum_minutes": 30}
        )
        short = self.work(10 / 60, "2026-11-24 19:00:00")
        self.assertEqual(self.priced(short), {"after_hours": (30, 70.0)})
        longer = self.work(40 / 60, "2026-11-25 19:00:00")
        self.assertEqual(self.priced(longer), {"after_hours": (45, 105.0)})
        inside = self.work(10 / 60, "2026-11-26 09:00:00")
        self.assertEqual(self.priced(inside), {"business": (15, 20.0)})
        # On holidays as after hours, until it has its own.
        roundings = self.contract._get_roundings()
        self.assertEqual(roundings["holiday"], [15, 0, 30])
        self.contract.write({"holiday_rounding": True, "holiday_grain_minutes": 60})
        self.assertEqual(self.contract._get_roundings()["holiday"], [60, 0, 0])
        self.assertEqual(set(roundings), set(BANDS))

    def test_minimum_of_a_rate(self):
        self.card.rate_ids.filtered(lambda rate: rate.band == "business").write(
            {"minimum_minutes": 60}
        )
        line = self.work(20 / 60, MORNING)
        self.assertEqual(self.priced(line), {"business": (60, 80.0)})

    def test_invoiced_work_continues_without_a_second_minimum(self):
        self.lot._adjust_down("test/out", 5000.0, "test")
        self.contract.write(
            {"after_hours_rounding": True, "after_hours_minimum_minutes": 30}
        )
        first = self.work(10 / 60, "2026-11-24 19:00:00")
        work = first.support_intervention_id
        work.write({"locked": True})
        second = self.work(10 / 60, "2026-11-24 20:00:00")
        self.assertEqual(second.support_intervention_id.predecessor_id, work)
        self.assertEqual(self.charges(second).amount, 0.0)
        third = self.work(20 / 60, "2026-11-24 15:30:00")
        self.assertEqual(self.priced(third), {"business": (30, 40.0)}, self.why(third))

    def test_a_request_corrected_after_the_invoice_leaves_the_invoiced_part(self):
        first = self.work(1.0)
        first.support_intervention_id.write({"locked": True})
        self.ticket.request_date = "2026-11-24 19:00:00"
        more = self.work(0.5, "2026-11-24 09:00:00")
        self.assertEqual(self.priced(more), {"business": (30, 40.0)})
        told = self.why(first)[1]
        self.assertIn("10:00", told.replace("\N{NARROW NO-BREAK SPACE}", " "))

    def test_the_timer_makes_no_time_after_it_was_stopped(self):
        with freeze_time("2026-11-24 15:45:40"):
            ticket = self.ticket.with_user(self.agent)
            ticket.action_support_timer_start()
        with freeze_time("2026-11-24 15:59:50"):
            ticket.action_support_timer_stop()
        line = self.ticket.sudo().timesheet_ids
        self.assertEqual(self.priced(line), {"business": (15, 20.0)})

    def test_holidays_of_a_calendar_that_companies_share(self):
        company = self.env["res.company"].create({"name": "Second provider"})
        self.calendar.company_id = False
        Leave = self.env["resource.calendar.leaves"]
        day = {"date_from": "2026-11-23 23:00:00", "date_to": "2026-11-24 22:59:59"}
        theirs = Leave.with_company(company).create(
            {"name": "Theirs", "calendar_id": self.calendar.id, **day}
        )
        self.assertEqual(theirs.company_id, company)
        line = self.work(0.25, MORNING)
        self.assertEqual(list(self.priced(line)), ["business"])
        Leave.create({"name": "Ours, of all calendars", **day})
        line = self.work(0.25, MORNING, user=self.colleague)
        self.assertEqual(list(self.priced(line)), ["holiday"])

    def test_a_day_off_of_one_person_is_made_a_holiday_by_those_who_may(self):
        user = new_test_user(self.env, "support_stranger", "base.group_user")
        employee = self.env["hr.employee"].create(
            {"name": user.name, "user_id": user.id}
        )
        leave = (
            self.env["resource.calendar.leaves"]
            .with_user(user)
            .create(
                {
                    "name": "Off",
                    "resource_id": employee.resource_id.id,
                    "date_from": "2026-11-23 23:00:00",
                    "date_to": "2026-11-24 22:59:59",
                }
            )
        )
        with self.assertRaises(AccessError):
            leave.write({"resource_id": False, "calendar_id": self.calendar.id})

    def test_a_band_without_a_rate_waits(self):
        self.card.rate_ids.filtered(lambda rate: rate.band == "after_hours").unlink()
        line = self.work(1.25, "2026-11-24 15:30:00")
        work = line.support_intervention_id
        self.assertEqual((work.state, work.hold_reason), ("to_price", "rate"))
        self.assertTrue(self.ticket.activity_ids)
        self.card.rate_ids = [
            Command.create({"band": "after_hours", "price": 30, "per_minutes": 15})
        ]
        work.with_user(self.dispatcher).action_reprice()
        self.assertEqual(
            self.priced(line), {"business": (30, 40.0), "after_hours": (45, 90.0)}
        )

    def test_a_band_that_comes_later_finds_its_rate(self):
        self.card.rate_ids.filtered(lambda rate: rate.band == "after_hours").unlink()
        line = self.work(0.5, MORNING)
        late = self.work(0.25, "2026-11-24 19:00:00")
        self.assertEqual(late.support_intervention_id.hold_reason, "rate")
        self.assertEqual(self.lot.remaining, 5000.0)
        self.card.rate_ids = [
            Command.create({"band": "after_hours", "price": 30, "per_minutes": 15})
        ]
        late.support_intervention_id.with_user(self.dispatcher).action_reprice()
        self.assertEqual(
            self.priced(line), {"business": (30, 40.0), "after_hours": (15, 30.0)}
        )
        self.assertAddsUp()


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestFrozenRules(RatingCommon):
    def test_rates_calendars_and_policies_never_change_what_was_priced(self):
        line = self.work(1.0, "2026-11-24 15:30:00")
        before = {"business": (30, 40.0), "after_hours": (30, 70.0)}
        self.assertEqual(self.priced(line), before)
        self.card.rate_ids.write({"price": 99})
        self.calendar.attendance_ids.write({"hour_to": 24})
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": self.calendar.id,
                "date_from": "2026-11-23 23:00:00",
                "date_to": "2026-11-24 22:59:59",
            }
        )
        self.contract.write(
            {
                "discount_percent": 50,
                "after_hours": "refused",
                "default_coverage": "included",
                "grain_minutes": 60,
            }
        )
        line.with_user(self.agent).unit_amount = 1.25
        self.assertEqual(
            self.priced(line), {"business": (30, 40.0), "after_hours": (45, 105.0)}
        )
        self.assertAddsUp()

    def test_rate_again_shows_the_difference_and_then_does_it(self):
        line = self.work(1.0, MORNING)
        work = line.support_intervention_id
        self.card.rate_ids.write({"price": 30})
        wizard = (
            self.env["support.intervention.rerate"]
            .with_user(self.accountant)
            .create({"intervention_ids": work.ids, "reason": "New prices"})
        )
        row = wizard.line_ids
        self.assertEqual((row.old_amount, row.new_amount), (80.0, 120.0))
        self.assertEqual(self.priced(line), {"business": (60, 80.0)})
        entries = work.entry_ids
        wizard.action_rerate()
        self.assertEqual(self.priced(line), {"business": (60, 120.0)})
        # A full release and a fresh debit
        self.assertEqual(
            [
                (entry.kind, entry.quantity)
                for entry in (work.entry_ids - entries).sorted("id")
            ],
            [("release", 80.0), ("debit", -120.0)],
        )
        self.assertEqual(self.lot.remaining, 4880.0)
        self.assertAddsUp()

    def test_rate_again_as_the_screen_asks_for_it(self):
        work = self.work(1.0, MORNING).support_intervention_id
        self.card.rate_ids.write({"price": 30})
        wizard = self.env["support.intervention.rerate"].with_user(self.accountant)
        wizard = wizard.with_context(default_intervention_ids=work.ids)
        shown = {"line_ids": {"fields": {"old_amount": {}, "new_amount": {}}}}
        ((_command, _id, row),) = [
            line
            for line in wizard.onchange({}, [], shown)["value"]["line_ids"]
            if line[0] == Command.CREATE
        ]
        self.assertEqual((row["old_amount"], row["new_amount"]), (80.0, 120.0))
        with Form(wizard) as form:
            form.reason = "New prices"
        form.save().action_rerate()
        self.assertEqual(work.amount, 120.0)

    def test_rate_again_leaves_invoiced_work_alone(self):
        line = self.work(1.0, MORNING)
        work = line.support_intervention_id
        work.write({"locked": True})
        self.card.rate_ids.write({"price": 30})
        wizard = (
            self.env["support.intervention.rerate"]
            .with_user(self.accountant)
            .create({"intervention_ids": work.ids})
        )
        self.assertEqual((wizard.locked_count, wizard.changed_count), (1, 0))
        with self.assertRaises(UserError):
            wizard.action_rerate()
        with self.assertRaises(AccessError):
            work.with_user(self.dispatcher)._rerate("New prices")
        with self.assertRaises(UserError):
            work.with_user(self.accountant)._rerate("New prices")

    def test_no_request_can_ask_for_other_rules(self):
        line = self.work(1.0, MORNING)
        self.card.rate_ids.write({"price": 30})
        for forged in ({"fresh": True}, True, "WhatIf"):
            with self.subTest(forged):
                work = line.support_intervention_id.with_context(support_what_if=forged)
                work._settle()
                self.assertEqual(self.priced(line), {"business": (60, 80.0)})


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestPolicyRules(RatingCommon):
    def test_discount(self):
        """R11: 25 % off 26.666667 a quarter is 20.00 exactly, for 40 quarters too."""
        self.card.rate_ids.write({"price": 26.666667})
        self.contract.discount_percent = 25
        line = self.work(10.0, MORNING, delivery_mode="phone")
        charges = self.charges(line)
        in_hours = charges.filtered(lambda charge: charge.code == "labour.business")
        self.assertEqual(in_hours.minutes, 7 * 60)
        self.assertEqual(in_hours.amount, 560.0)
        self.assertEqual(in_hours.list_amount, 746.67)
        self.assertEqual(in_hours.price_unit, 20.0)
        told = "\n".join(in_hours._render_explanation())
        # With as many decimals as it takes to compute the price again, and no more
        self.assertIn("26.666667", told)
        self.assertIn("less 25 %", told)
        self.assertIn("20.00", told)
        self.assertNotIn("20.000", told)

    def test_included_work_is_rated_at_zero_with_its_list_price(self):
        """D30: the bundle stays as it is."""
        self.contract.default_coverage = "included"
        self.contract.travel_fee = 150.0
        line = self.work(2.0, MORNING, delivery_mode="onsite")
        work = line.support_intervention_id
        self.assertEqual((work.state, work.route), ("rated", "included"))
        self.assertEqual((work.amount, work.billed_minutes), (0.0, 120))
        self.assertEqual(work.charge_ids.mapped("list_amount"), [160.0, 150.0])
        self.assertEqual(self.lot.remaining, 5000.0)
        self.assertFalse(work.entry_ids)
        self.assertIn("Included in the contract", " ".join(self.why(line)))
        self.assertAddsUp()

    def test_billable_work_skips_the_lots(self):
        self.contract.write({"default_coverage": "billable", "overrun_rule": "hold"})
        line = self.work(1.0, MORNING)
        charge = self.charges(line)
        self.assertEqual((charge.paid_amount, charge.overrun_amount), (0.0, 80.0))
        # Invoiced by agreement: nobody has to be asked again.
        self.assertEqual(charge.overrun_state, "open")
        self.assertEqual(self.lot.remaining, 5000.0)
        self.assertAddsUp()

    def test_first_rule_of_a_category_wins_and_holds_for_those_below(self):
        Category = self.env["helpdesk.ticket.category"]
        call = Category.create({"name": "Call"})
        below = Category.create({"name": "Printer", "parent_id": call.id})
        other = Category.create({"name": "Other"})
        self.plan.coverage_rule_ids = [
            Command.create({"category_id": call.id, "coverage": "included"}),
            Command.create({"category_id": below.id, "coverage": "billable"}),
            Command.create({"coverage": "advisory", "sequence": 20}),
        ]
        self.contract.action_apply_plan()
        self.contract.calendar_id = self.calendar
        self.assertEqual(len(self.contract.coverage_rule_ids), 3)
        for category, coverage in (
            (call, "included"),
            (below, "included"),
            (other, "advisory"),
            (Category, "advisory"),
        ):
            with self.subTest(category.name):
                self.assertEqual(self.contract._get_coverage(category), coverage)
        self.contract.coverage_rule_ids[2:].unlink()
        self.assertEqual(self.contract._get_coverage(other), "prepaid")

    def test_a_corrected_category_is_followed(self):
        call = self.env["helpdesk.ticket.category"].create({"name": "Call"})
        self.contract.coverage_rule_ids = [
            Command.create({"category_id": call.id, "coverage": "included"})
        ]
        line = self.work(1.0, MORNING)
        self.assertEqual(self.lot.remaining, 4920.0)
        self.ticket.with_user(self.dispatcher).category_id = call
        self.assertEqual(line.support_intervention_id.route, "included")
        self.assertEqual(self.lot.remaining, 5000.0)
        self.ticket.with_user(self.dispatcher).category_id = False
        self.assertEqual(self.lot.remaining, 4920.0)
        self.assertAddsUp()

    def test_what_a_request_says_does_not_make_the_work(self):
        """Neither its context nor a default of the user's own."""
        self.contract.write({"default_coverage": "unsupported", "free_tickets": 1})
        forged = {
            "accepted_by_id": self.dispatcher.id,
            "accepted_holds": ["unsupported"],
            "accept_reason": "Forged",
            "locked": True,
            "rules": {"prices": {}},
            "reserved": 15.0,
            "date_lapsed": "2026-11-01",
        }
        context = {f"default_{name}": value for name, value in forged.items()}
        line = (
            self.env["account.analytic.line"]
            .with_user(self.agent)
            .with_context(**context)
            .create(
                {
                    "ticket_id": self.ticket.id,
                    "date": TUESDAY,
                    "unit_amount": 1.0,
                    "name": "Forged",
                }
            )
        )
        work = line.sudo().support_intervention_id
        self.assertEqual((work.state, work.hold_reason), ("held", "unsupported"))
        self.assertFalse(work.accepted_by_id or work.locked or work.rules)
        free = self.contract.lot_ids.filtered(lambda lot: lot.kind == "allowance")
        self.assertEqual((free.reserved, free.date_lapsed), (0.0, False))

    def test_an_exception_is_for_what_it_was_made_for(self):
        self.contract.default_coverage = "advisory"
        line = self.work(2.0, MORNING)
        work = line.support_intervention_id
        work.with_user(self.dispatcher)._accept("Proposal signed")
        self.assertEqual(work.state, "rated")
        # Another reason to wait holds again,
        call = self.env["helpdesk.ticket.category"].create({"name": "Mainframe"})
        self.contract.coverage_rule_ids = [
            Command.create({"category_id": call.id, "coverage": "unsupported"})
        ]
        self.ticket.category_id = call
        self.assertEqual((work.state, work.hold_reason), ("held", "unsupported"))
        self.ticket.category_id = False
        self.assertEqual(work.state, "rated")
        # as does other work of the same day.
        line.unlink()
        self.assertEqual(work.state, "void")
        again = self.work(8.0, MORNING)
        self.assertEqual(again.support_intervention_id, work)
        self.assertEqual(work.hold_reason, "advisory")
        self.assertFalse(work.accepted_by_id)

    def test_an_exception_stays_with_its_customer(self):
        self.contract.default_coverage = "advisory"
        other = self.make_contract(self.other_customer, default_coverage="advisory")
        work = self.work(2.0, MORNING).support_intervention_id
        work.with_user(self.dispatcher)._accept("Proposal signed")
        self.ticket.partner_id = self.other_customer
        self.env.cr.flush()
        self.assertEqual(work.contract_id, other)
        self.assertEqual((work.state, work.hold_reason), ("held", "advisory"))

    def test_lots_of_the_former_customer_are_not_told_to_the_next(self):
        self.lot._adjust_down("test/out", 5000.0, "test")
        secret = self.grant(600, unit="time", name="Goodwill for the outage")
        line = self.work(1.0, MORNING, delivery_mode="onsite")
        self.assertIn(secret.name, "\n".join(self.why(line)))
        for coverage in ("prepaid", "included"):
            customer = self.env["res.partner"].create(
                {"name": coverage, "is_company": True}
            )
            self.make_contract(customer, default_coverage=coverage)
            self.ticket.partner_id = customer
            self.env.cr.flush()
            self.assertNotIn(secret.name, "\n".join(self.why(line)))

    def test_billable_work_that_turns_out_to_be_prepaid(self):
        """The credit that was there pays, and nothing is invoiced."""
        call = self.env["helpdesk.ticket.category"].create({"name": "Project"})
        self.contract.write(
            {
                "overrun_rule": "hold",
                "coverage_rule_ids": [
                    Command.create({"category_id": call.id, "coverage": "billable"})
                ],
            }
        )
        self.ticket.category_id = call
        line = self.work(1.0, MORNING)
        self.assertEqual(self.charges(line).overrun_state, "open")
        self.ticket.category_id = False
        self.assertEqual(self.charges(line).overrun_amount, 0.0)
        self.assertEqual(self.lot.remaining, 4920.0)
        self.lot._adjust_down("test/out", 4920.0, "test")
        line.unit_amount = 2.0
        self.assertEqual(self.charges(line).overrun_state, "held")
        self.ticket.category_id = call
        self.assertEqual(self.charges(line).overrun_state, "open")
        self.assertEqual(self.charges(line).overrun_amount, 160.0)
        self.assertAddsUp()

    def test_waived_overrun_stays_waived_at_another_rate(self):
        self.lot._adjust_down("test/out", 5000.0, "test")
        line = self.work(1.0, MORNING)
        charge = self.charges(line)
        charge.with_user(self.accountant).action_waive("Goodwill")
        lot = self.grant(1000.0)
        self.card.rate_ids.write({"price": 18})
        line.support_intervention_id.with_user(self.accountant)._rerate("Cheaper")
        self.assertEqual((charge.amount, charge.overrun_state), (72.0, "waived"))
        self.assertEqual(lot.remaining, 1000.0)
        # More than was waived waits for a decision, however often it grows.
        for hours in (1.25, 1.5):
            line.unit_amount = hours
            self.assertEqual(charge.paid_amount, 18.0 * 4 * (hours - 1))
        self.assertAddsUp()

    def test_rate_again_sees_that_only_credit_moves(self):
        self.lot._adjust_down("test/out", 5000.0, "test")
        time = self.grant(600, unit="time")
        work = self.work(1.0, MORNING).support_intervention_id
        self.card.rate_ids.write({"time_factor": 1.5})
        wizard = (
            self.env["support.intervention.rerate"]
            .with_user(self.accountant)
            .create({"intervention_ids": work.ids, "reason": "New factor"})
        )
        self.assertEqual(wizard.changed_count, 1)
        wizard.action_rerate()
        self.assertEqual(time.remaining, 510)

    def test_only_billing_managers_give_more_than_the_plan(self):
        manager = new_test_user(
            self.env, "support_manager", "helpdesk_mgmt.group_helpdesk_manager"
        )
        contract = self.contract.with_user(manager)
        contract.write({"urgent_fee": 80.0})
        with self.assertRaises(AccessError):
            contract.free_tickets_from = "2020-01-01"
        for vals in ({"free_tickets": 100}, {"discount_percent": 50.0}):
            with self.subTest(vals), self.assertRaises(AccessError):
                contract.write(vals)
            with self.subTest(vals), self.assertRaises(AccessError):
                self.plan.with_user(manager).write(vals)
            with self.subTest(vals, new=True), self.assertRaises(AccessError):
                contract.create(
                    {"partner_id": self.customer.id, "plan_id": self.plan.id, **vals}
                )
        self.plan.with_user(self.accountant).write({"free_tickets": 2})
        signed = contract.create(
            {"partner_id": self.customer.id, "plan_id": self.plan.id}
        )
        self.assertEqual(signed.free_tickets, 2)

    def test_coverage_rules_stay_where_they_are(self):
        """Or a manager could put one into a contract of another company."""
        company = self.env["res.company"].create({"name": "Second provider"})
        manager = new_test_user(
            self.env,
            "support_foreigner",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=company.id,
            company_ids=company.ids,
        )
        plan = (
            self.env["support.plan"]
            .with_user(manager)
            .create(
                {
                    "name": "Theirs",
                    "company_id": company.id,
                    "currency_id": company.currency_id.id,
                    "coverage_rule_ids": [Command.create({"coverage": "included"})],
                }
            )
        )
        for vals in (
            {"plan_id": False, "contract_id": self.contract.id},
            {"plan_id": self.plan.id},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                plan.coverage_rule_ids.write(vals)
            with self.subTest(vals), self.assertRaises(AccessError):
                plan.coverage_rule_ids.create({"coverage": "included", **vals})
        none = self.env["helpdesk.ticket.category"]
        self.assertEqual(self.contract._get_coverage(none), "prepaid")

    def test_advice_waits_until_somebody_agrees(self):
        """T05: nothing burnt, nothing invoiced, the time is there."""
        self.contract.default_coverage = "advisory"
        line = self.work(2.0, MORNING)
        work = line.support_intervention_id
        self.assertEqual((work.state, work.hold_reason), ("held", "advisory"))
        self.assertEqual(self.lot.remaining, 5000.0)
        self.assertFalse(self.contract.overrun_amount)
        self.assertEqual(self.contract.balance["pending_minutes"], 120)
        self.assertTrue(self.ticket.activity_ids)
        wizard = self.env["support.intervention.accept"]
        with self.assertRaises(AccessError):
            wizard.with_user(self.agent).create({"intervention_ids": work.ids})
        with self.assertRaises(AccessError):
            work.with_user(self.agent)._accept("Please")
        with self.assertRaises(UserError):
            work.with_user(self.dispatcher)._accept(" ")
        wizard.with_user(self.dispatcher).create(
            {"intervention_ids": work.ids, "reason": "Proposal signed"}
        ).action_accept()
        self.assertEqual(work.state, "rated")
        self.assertEqual(self.lot.remaining, 4840.0)
        self.assertEqual(work.accepted_by_id, self.dispatcher)
        self.assertFalse(self.ticket.activity_ids)
        with self.assertRaises(UserError):
            work.with_user(self.dispatcher)._accept("Again")

    def test_delivery_mode_that_is_not_offered_can_be_accepted(self):
        self.contract.allow_onsite = False
        line = self.work(1.0, MORNING, delivery_mode="onsite")
        work = line.support_intervention_id
        self.assertEqual((work.state, work.hold_reason), ("held", "mode"))
        work.with_user(self.dispatcher)._accept("Only this once")
        self.assertEqual(self.priced(line)["business"], (60, 80.0))

    def test_time_of_a_task_that_waits_asks_a_dispatcher(self):
        project = self.env["project.project"].create({"name": "Migration"})
        task = self.env["project.task"].create(
            {
                "name": "Move mail",
                "project_id": project.id,
                "support_contract_id": self.contract.id,
            }
        )
        self.contract.after_hours = "planned"
        line = self.env["account.analytic.line"].create(
            {
                "task_id": task.id,
                "project_id": project.id,
                "employee_id": self.technician.id,
                "date": TUESDAY,
                "work_start": "2026-11-24 19:00:00",
                "unit_amount": 1.0,
                "name": "Evening",
            }
        )
        work = line.support_intervention_id
        self.assertEqual(work.hold_reason, "not_planned")
        dispatcher = self.env.ref("prepaid_support.group_support_dispatcher")
        self.assertIn(task.activity_ids.user_id, dispatcher.all_user_ids)
        work.with_user(self.dispatcher)._accept("Agreed")
        self.assertFalse(task.activity_ids)

    def test_urgent_fee_once_per_ticket(self):
        """P16: 75.00 + 2 x 20.00, however many people help."""
        self.contract.urgent_fee = 75.0
        self.ticket.with_user(self.dispatcher).urgent = True
        first = self.work(0.5, MORNING)
        second = self.work(0.5, MORNING, user=self.colleague)
        third = self.work(0.5, "2026-11-25 09:00:00")
        self.assertEqual(
            self.priced(first), {"business": (30, 40.0), "urgent": (0, 75.0)}
        )
        self.assertEqual(self.priced(second), {"business": (30, 40.0)})
        self.assertEqual(self.priced(third), {"business": (30, 40.0)})
        self.assertEqual(self.lot.remaining, 5000.0 - 3 * 40 - 75)
        first.unlink()
        self.assertEqual(self.priced(second)["urgent"], (0, 75.0))
        self.assertEqual(self.lot.remaining, 5000.0 - 2 * 40 - 75)
        self.ticket.with_user(self.dispatcher).urgent = False
        self.assertEqual(self.lot.remaining, 5000.0 - 2 * 40)
        self.assertAddsUp()

    def test_urgent_fee_on_an_invoice_is_not_charged_again(self):
        self.contract.urgent_fee = 75.0
        self.ticket.urgent = True
        first = self.work(0.5, MORNING)
        first.support_intervention_id.write({"locked": True})
        again = self.work(0.5, MORNING)
        self.assertEqual(self.priced(again), {"business": (30, 40.0)})
        self.assertEqual(
            self.priced(self.work(0.5, MORNING, user=self.colleague)),
            {"business": (30, 40.0)},
        )

    def test_fees_and_time_credit(self):
        """A fee without a price in time is overrun; with one, time pays it."""
        self.lot._adjust_down("test/out", 5000.0, "test")
        time = self.grant(600, unit="time")
        self.contract.write({"urgent_fee": 75.0, "travel_fee_minutes": 30})
        self.ticket.urgent = True
        line = self.work(1.0, MORNING, delivery_mode="onsite")
        fees = self.charges(line).filtered(lambda charge: charge.kind == "fee")
        self.assertEqual(time.remaining, 600 - 60 - 30)
        self.assertEqual(
            {fee.code: fee.overrun_amount for fee in fees},
            {"fee.travel": 0.0, "fee.urgent": 75.0},
        )
        self.assertIn("time credit does not pay this fee", fees[1].explanation_text)

    def test_time_factor_of_a_band(self):
        self.lot._adjust_down("test/out", 5000.0, "test")
        time = self.grant(600, unit="time")
        self.card.rate_ids.filtered(lambda rate: rate.band == "after_hours").write(
            {"time_factor": 1.5}
        )
        line = self.work(1.0, "2026-11-24 19:00:00")
        self.assertEqual(time.remaining, 510)
        self.assertIn("1.5", "\n".join(self.why(line)))

    def test_explanation_tells_every_step(self):
        self.contract.write({"minimum_minutes": 30, "discount_percent": 25})
        empty = self.grant(10.0, priority=1)
        empty._reserve(10.0)
        line = self.work(10 / 60, MORNING)
        told = "\n".join(self.why(line))
        for words in (
            "Worked: 0:10 h",
            "Business hours, by the hour of the work",
            "every started 15 minutes",
            "minimum of 0:30 h",
            "Rate for: Any profile · Business hours",
            "less 25 %",
            "0:30 h at",
            f"from {self.lot.name}",
            f"{empty.name}: reserved",
        ):
            with self.subTest(words):
                self.assertIn(words, told)

    def test_bad_configuration_is_refused_by_the_name_of_its_field(self):
        empty = self.make_calendar()
        empty.attendance_ids.unlink()
        for vals, words in (
            ({"tolerance_minutes": 15}, "Tolerance (min)"),
            ({"after_hours_tolerance_minutes": 15}, "Tolerance after hours (min)"),
            ({"holiday_grain_minutes": 0}, "Billing step on holidays (min)"),
            ({"after_hours_minimum_minutes": -1}, "Minimum after hours (min)"),
            ({"travel_fee": -1}, "Travel fee"),
            ({"urgent_fee": -1}, "Urgent fee"),
            ({"free_tickets": -1}, "Free tickets a month"),
            ({"discount_percent": 101}, "Discount (%)"),
            ({"minutes_per_ticket": 0}, "minutes in a ticket"),
            ({"calendar_id": empty.id}, "Opening hours"),
        ):
            with self.subTest(vals):
                self.assertRefused(words, self.plan.write, vals)

    def test_opening_hours_in_use_keep_some_hours(self):
        vals = {"attendance_ids": [Command.clear()]}
        self.assertRefused("needs some hours", self.calendar.write, vals)

    def test_a_contract_needs_a_price_for_all_that_it_offers(self):
        card = self.card.copy()
        card.rate_ids.filtered(lambda rate: rate.band == "after_hours").unlink()
        vals = {"rate_card_id": card.id}
        self.assertRefused("After hours", self.contract.write, vals)
        self.assertRefused(
            "After hours", self.plan.write, {**vals, "calendar_id": self.calendar.id}
        )
        self.contract.write({"rate_card_id": card.id, "after_hours": "refused"})
        # and so does a card that it uses.
        vals = {"rate_ids": [Command.clear()]}
        self.assertRefused("has no price for", card.write, vals)
        card.rate_ids.write({"delivery_mode": "remote"})
        self.assertRefused("Phone", self.contract.write, {"allow_mail": False})

    def test_profile_of_a_ticket_has_a_reason_that_is_kept(self):
        ticket = self.ticket.with_user(self.dispatcher)
        self.assertRefused("Because", ticket.write, {"profile_id": self.senior.id})
        ticket.write({"profile_id": self.senior.id, "profile_reason": "Cluster"})
        self.assertEqual(self.ticket.profile_reason, "Cluster")


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestAfterHours(RatingCommon):
    EVENING = "2026-11-24 19:00:00"

    def test_only_if_planned(self):
        """W26, SpearIT: planned and approved beforehand, with a surcharge."""
        self.contract.after_hours = "planned"
        line = self.work(1.0, self.EVENING)
        work = line.support_intervention_id
        self.assertEqual((work.state, work.hold_reason), ("held", "not_planned"))
        self.assertEqual(self.lot.remaining, 5000.0)
        ticket = self.ticket.with_user(self.dispatcher)
        ticket.planned_start = self.EVENING
        self.assertEqual(self.ticket.planned_approver_id, self.dispatcher)
        self.assertEqual(self.priced(line), {"after_hours": (60, 140.0)})

    def test_another_plan_does_not_undo_what_was_done(self):
        self.contract.after_hours = "planned"
        ticket = self.ticket.with_user(self.dispatcher)
        ticket.planned_start = self.EVENING
        line = self.work(1.0, self.EVENING)
        ticket.planned_start = "2026-11-26 19:00:00"
        second = self.work(1.0, "2026-11-26 19:00:00")
        self.assertEqual(self.priced(line), {"after_hours": (60, 140.0)})
        self.assertEqual(self.priced(second), {"after_hours": (60, 140.0)})
        ticket.planned_start = False
        line.unit_amount = 1.5
        self.assertEqual(self.priced(line), {"after_hours": (90, 210.0)})

    def test_rating_again_remembers_what_was_planned(self):
        """That it was agreed to is a fact, whichever rules price it."""
        self.contract.after_hours = "planned"
        ticket = self.ticket.with_user(self.dispatcher)
        ticket.planned_start = self.EVENING
        line = self.work(1.0, self.EVENING)
        ticket.planned_start = "2026-11-26 19:00:00"
        self.card.rate_ids.write({"price": 50})
        line.support_intervention_id.with_user(self.accountant)._rerate("Dearer")
        self.assertEqual(self.priced(line), {"after_hours": (60, 200.0)})
        # Other time of that day is other work.
        work = line.support_intervention_id
        line.unlink()
        self.work(2.0, self.EVENING)
        self.assertEqual(work.hold_reason, "not_planned")

    def test_approved_after_the_work_is_no_plan(self):
        self.contract.after_hours = "planned"
        line = self.work(1.0, self.EVENING)
        with freeze_time("2026-11-24 21:00:00"):
            self.ticket.with_user(self.dispatcher).planned_start = self.EVENING
        work = line.support_intervention_id
        self.assertEqual(work.hold_reason, "not_planned")
        work.with_user(self.dispatcher)._accept("Agreed by phone in the evening")
        self.assertEqual(self.priced(line), {"after_hours": (60, 140.0)})

    def test_a_visit_in_hours_approves_no_evening(self):
        self.contract.after_hours = "planned"
        self.ticket.with_user(self.dispatcher).planned_start = MORNING
        line = self.work(1.0, self.EVENING)
        self.assertEqual(line.support_intervention_id.hold_reason, "not_planned")

    def test_what_an_agent_plans_waits_for_a_dispatcher(self):
        self.contract.after_hours = "planned"
        self.ticket.user_id = self.agent
        ticket = self.ticket.with_user(self.agent)
        ticket.planned_start = self.EVENING
        self.assertFalse(self.ticket.planned_approver_id)
        line = self.work(1.0, self.EVENING)
        self.assertEqual(line.support_intervention_id.hold_reason, "not_planned")
        with self.assertRaises(AccessError):
            ticket.action_approve_plan()
        for vals in (
            {"planned_approver_id": self.agent.id},
            {"planned_approver_id": False},
            {"planned_approval_date": MORNING},
            {"planned_start": self.EVENING, "planned_approver_id": self.agent.id},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                ticket.write(vals)
        self.ticket.with_user(self.dispatcher).action_approve_plan()
        self.assertEqual(self.priced(line), {"after_hours": (60, 140.0)})
        # Another day is another plan.
        ticket.planned_start = "2026-11-26 19:00:00"
        self.assertFalse(self.ticket.planned_approver_id)

    def test_new_ticket_with_a_forged_approval(self):
        vals = {"name": "New", "description": "-", "partner_id": self.customer.id}
        forged = {
            "planned_start": self.EVENING,
            "planned_approver_id": self.dispatcher.id,
            "planned_approval_date": "2026-11-01 10:00:00",
        }
        Ticket = self.env["helpdesk.ticket"].with_user(self.agent)
        with self.assertRaises(AccessError):
            Ticket.create({**vals, **forged})
        context = {f"default_{name}": value for name, value in forged.items()}
        ticket = Ticket.with_context(**context).create(vals)
        self.assertTrue(ticket.planned_start)
        self.assertFalse(ticket.planned_approver_id)
        self.assertFalse(ticket.planned_approval_date)
        self.env["ir.default"].with_user(self.agent).create(
            {
                "field_id": self.env["ir.model.fields"]
                ._get("helpdesk.ticket", "planned_approver_id")
                .id,
                "user_id": self.agent.id,
                "json_value": str(self.dispatcher.id),
            }
        )
        self.assertFalse(Ticket.create(vals).planned_approver_id)

    def test_new_ticket_with_a_profile_of_the_context(self):
        Ticket = self.env["helpdesk.ticket"].with_user(self.agent)
        Ticket = Ticket.with_context(
            default_profile_id=self.senior.id, default_profile_reason="Mine"
        )
        vals = {"name": "New", "description": "-", "partner_id": self.customer.id}
        with self.assertRaises(AccessError):
            Ticket.create(vals)

    def test_planned_for_another_day(self):
        self.contract.after_hours = "planned"
        self.ticket.with_user(self.dispatcher).planned_start = "2026-11-26 19:00:00"
        line = self.work(1.0, self.EVENING)
        self.assertEqual(line.support_intervention_id.hold_reason, "not_planned")
        night = self.work(1.0, "2026-11-27 00:30:00")
        self.assertEqual(night.support_intervention_id.state, "rated")

    def test_not_offered(self):
        """W26, Ekco Basis: refused at planning, or best effort of a dispatcher."""
        self.contract.after_hours = "refused"
        line = self.work(1.0, self.EVENING)
        self.assertEqual(line.support_intervention_id.hold_reason, "not_offered")
        self.ticket.user_id = self.agent
        ticket = self.ticket.with_user(self.agent)
        self.assertRefused(
            "no work outside its opening",
            ticket.write,
            {"planned_start": self.EVENING},
        )
        ticket.planned_start = MORNING
        self.ticket.with_user(self.dispatcher).planned_start = self.EVENING
        self.assertEqual(self.priced(line), {"after_hours": (60, 140.0)})

    def test_work_in_hours_needs_no_plan(self):
        self.contract.after_hours = "refused"
        line = self.work(1.0, MORNING)
        self.assertEqual(line.support_intervention_id.state, "rated")
