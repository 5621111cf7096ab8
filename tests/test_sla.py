# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Deadlines of tickets: the level table, acts of people, pauses, changed terms."""

from datetime import datetime, timedelta

import pytz

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.mail.tests.common import MailCase

from .test_assets import AssetCase

BRUSSELS = pytz.timezone("Europe/Brussels")


def utc(text):
    """A wall clock time of Brussels as the database has it."""
    local = BRUSSELS.localize(datetime.fromisoformat(text))
    return local.astimezone(pytz.utc).replace(tzinfo=None)


class SlaCase(AssetCase):
    """Myown's levels on a contract that is open from 9 to 17, Monday to Friday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "9 to 17",
                "tz": "Europe/Brussels",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": str(day),
                            "dayofweek": str(day),
                            "hour_from": 9,
                            "hour_to": 17,
                            "day_period": "full_day",
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        cls.level_b = cls.make_level(
            "B", 140.0, [("response", "business", 240), ("response", "outside", 720)]
        )
        cls.level_c = cls.make_level("C", 210.0, [("response", "any", 240)])
        cls.contract.write(
            {
                "calendar_id": cls.calendar.id,
                "level_id": cls.level.id,
                "date_start": "2026-01-01",
            }
        )
        cls.progress, cls.waiting, cls.done = cls.env["helpdesk.ticket.stage"].create(
            [
                {"name": "In progress", "sequence": 900},
                {"name": "Waits", "sequence": 901, "support_pause": "customer"},
                {"name": "Solved", "sequence": 902, "closed": True},
            ]
        )

    def setUp(self):
        super().setUp()
        self.commit()

    def commit(self):
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.flush_all()

    @classmethod
    def request(cls, when, **vals):
        return cls.make_ticket(
            cls.customer, request_date=utc(when), stage_id=cls.progress.id, **vals
        )

    def sla(self, ticket, kind="response"):
        return ticket.support_sla_ids.filtered(lambda sla: sla.kind == kind)

    def due(self, ticket, kind="response"):
        return self.sla(ticket, kind).date_deadline

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("prepaid_support.ir_cron_sla_events").method_direct_trigger()

    def events(self, ticket, kind="response"):
        return self.sla(ticket, kind).event_ids.mapped("event")

    def alarms(self, ticket):
        kind = "prepaid_support.mail_activity_type_sla"
        return ticket.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(kind)
        )


@tagged("post_install", "-at_install")
class TestDeadlines(SlaCase):
    @freeze_time("2026-10-20 08:00:00")
    def test_level_table(self):
        for level, request, expected in (
            (self.level, "2026-11-21 20:00", "2026-11-22 20:00"),  # L01
            (self.level_c, "2026-11-21 03:00", "2026-11-21 07:00"),  # L02
            (self.level_b, "2026-11-25 10:00", "2026-11-25 14:00"),  # L03
            (self.level_b, "2026-11-25 16:00", "2026-11-25 20:00"),  # L04
            (self.level_b, "2026-11-21 10:00", "2026-11-21 22:00"),  # L05
            (self.level_b, "2026-11-20 17:00", "2026-11-21 05:00"),  # L05
            (self.level, "2026-10-24 20:00", "2026-10-25 19:00"),  # L06
        ):
            with self.subTest(level=level.name, request=request):
                self.contract.level_id = level
                ticket = self.request(request)
                self.assertEqual(self.due(ticket), utc(expected))
                self.assertEqual(ticket.support_due_date, utc(expected))
                self.assertEqual(ticket.support_due_kind, "response")
                self.assertEqual(ticket.support_sla_state, "running")

    @freeze_time("2026-11-25 09:00:00")
    def test_L04_working_clock(self):
        self.level_b.target_ids.clock = "working"
        self.contract.level_id = self.level_b
        ticket = self.request("2026-11-25 16:00")
        self.assertEqual(self.due(ticket), utc("2026-11-26 12:00"))

    @freeze_time("2026-11-25 09:00:00")
    def test_priority_tightens(self):
        self.contract.level_id = self.level_c
        self.level_c.target_ids = [
            Command.create({"kind": "response", "priority": "3", "minutes": 60})
        ]
        ticket = self.request("2026-11-25 10:00")
        self.assertEqual(self.due(ticket), utc("2026-11-25 14:00"))
        ticket.priority = "3"
        self.assertEqual(self.due(ticket), utc("2026-11-25 11:00"))
        self.assertIn("moved", self.events(ticket))

    @freeze_time("2026-11-25 09:00:00")
    def test_the_asset_goes_before_the_contract(self):
        self.cover(self.web, level=self.level_c)
        ticket = self.request("2026-11-25 10:00")
        self.assertEqual(self.due(ticket), utc("2026-11-26 10:00"))
        ticket.asset_id = self.web
        self.assertEqual(self.due(ticket), utc("2026-11-25 14:00"))
        self.assertEqual(self.sla(ticket).asset_id, self.web)

    @freeze_time("2026-11-25 09:00:00")
    def test_open_tickets_follow_changed_terms(self):
        self.contract.level_id = self.level_c
        line = self.cover(self.web, level=self.level_b)
        ticket = self.request("2026-11-25 16:00")
        own = self.request("2026-11-25 16:00", asset_id=self.web.id)
        solved = self.request("2026-11-25 16:00")
        solved.with_user(self.dispatcher).stage_id = self.done
        self.level_c.target_ids.minutes = 60
        self.commit()
        self.assertEqual(self.due(ticket), utc("2026-11-25 17:00"))
        # What is closed keeps its terms, also when somebody corrects it.
        solved.request_date = utc("2026-11-25 15:00")
        self.assertEqual(self.due(solved), utc("2026-11-25 19:00"))
        self.contract.level_id = self.level
        line.level_id = self.level_c
        self.commit()
        self.assertEqual(self.due(ticket), utc("2026-11-26 16:00"))
        self.assertEqual(self.due(own), utc("2026-11-25 17:00"))
        # Shorter hours: the request is outside of them now.
        line.level_id = self.level_b
        self.calendar.attendance_ids.hour_to = 15
        self.commit()
        self.assertEqual(self.due(own), utc("2026-11-26 04:00"))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": self.calendar.id,
                "date_from": utc("2026-11-26 00:00"),
                "date_to": utc("2026-11-26 23:59"),
            }
        )
        self.contract.service_window = "opening"
        self.commit()
        # Counts from Friday 9:00, in business hours.
        self.assertEqual(self.due(own), utc("2026-11-27 13:00"))

    @freeze_time("2026-11-25 09:00:00")
    def test_what_is_no_longer_promised(self):
        ticket = self.request("2026-11-25 10:00")
        self.contract.level_id = False
        self.commit()
        self.assertEqual(self.sla(ticket).state, "void")
        self.assertFalse(ticket.support_due_date)
        self.contract.level_id = self.level
        self.commit()
        self.assertEqual(self.sla(ticket).state, "running")

    def test_request_date_is_the_clock(self):
        with freeze_time("2026-11-25 09:00:00"):
            ticket = self.request("2026-11-25 10:00")
            ticket.request_date = utc("2026-11-25 08:00")
        self.assertEqual(self.due(ticket), utc("2026-11-26 08:00"))

    @freeze_time("2026-11-25 09:00:00")
    def test_without_a_contract_nothing_is_promised(self):
        ticket = self.make_ticket(self.other_customer)
        self.assertFalse(ticket.support_sla_ids)
        self.assertFalse(ticket.support_sla_state)


@tagged("post_install", "-at_install")
class TestResponse(SlaCase):
    """A response is the first act of a person."""

    def setUp(self):
        super().setUp()
        with freeze_time(utc("2026-11-25 10:00")):
            self.contract.level_id = self.level_c
            self.asked = self.request("2026-11-25 10:00", team_id=self.team.id)
            self.asked.user_id = False

    def assertResponded(self, when):
        self.assertEqual(self.asked.support_response_date, when and utc(when))
        self.assertEqual(self.sla(self.asked).state, "met" if when else "running")

    @freeze_time(utc("2026-11-25 11:00"))
    def test_taking_the_ticket(self):
        self.asked.with_user(self.agent).user_id = self.agent
        self.assertResponded("2026-11-25 11:00")
        self.assertFalse(self.asked.support_due_date)

    @freeze_time(utc("2026-11-25 11:00"))
    def test_a_robot_or_a_customer_is_no_person_of_the_desk(self):
        self.asked.user_id = self.agent  # OdooBot: the tests' own user
        self.assertResponded(False)
        self.asked.message_post(
            body="Received", subtype_xmlid="mail.mt_comment", message_type="comment"
        )
        self.assertResponded(False)
        self.asked.message_post(
            body="Hello?",
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
            author_id=self.customer.id,
        )
        self.assertResponded(False)

    @freeze_time(utc("2026-11-25 11:00"))
    def test_a_stage_is_no_response(self):
        self.asked.with_user(self.dispatcher).stage_id = self.waiting
        self.asked.with_user(self.dispatcher).stage_id = self.progress
        self.assertResponded(False)

    @freeze_time(utc("2026-11-25 11:00"))
    def test_a_note_is_no_message_to_the_customer(self):
        ticket = self.asked.with_user(self.dispatcher)
        ticket.message_post(body="Ask Joe", message_type="comment")
        self.assertResponded(False)
        ticket.message_post(
            body="We look", subtype_xmlid="mail.mt_comment", message_type="comment"
        )
        self.assertResponded("2026-11-25 11:00")

    @freeze_time(utc("2026-11-25 11:00"))
    def test_an_answer_by_mail(self):
        # The gateway posts as the robot, in the name of the agent.
        self.asked.message_post(
            body="We look",
            subtype_xmlid="mail.mt_comment",
            message_type="email",
            author_id=self.agent.partner_id.id,
        )
        self.assertResponded("2026-11-25 11:00")

    @freeze_time(utc("2026-11-25 17:00"))
    def test_time_with_its_start(self):
        self.log(
            0.5,
            ticket=self.asked,
            date="2026-11-25",
            work_start=utc("2026-11-25 11:00"),
        )
        self.assertResponded("2026-11-25 11:00")

    @freeze_time(utc("2026-11-25 13:30"))
    def test_time_without_start(self):
        self.log(0.5, ticket=self.asked, date="2026-11-25")
        self.assertResponded("2026-11-25 13:30")

    def test_time_that_is_noted_late(self):
        with freeze_time(utc("2026-11-25 14:10")):
            self.run_cron()
            self.assertEqual(self.sla(self.asked).state, "breached")
        with freeze_time(utc("2026-11-26 09:00")):
            self.log(
                0.5,
                ticket=self.asked,
                date="2026-11-25",
                work_start=utc("2026-11-25 11:00"),
            )
        self.assertResponded("2026-11-25 11:00")
        self.assertEqual(self.events(self.asked), ["start", "breach", "undone"])
        self.assertFalse(self.alarms(self.asked))

    def test_work_of_yesterday_was_done_by_midnight(self):
        with freeze_time(utc("2026-11-27 09:00")):
            self.log(0.5, ticket=self.asked, date="2026-11-25")
        self.assertEqual(self.asked.support_response_date, utc("2026-11-26 00:00"))

    @freeze_time(utc("2026-11-25 11:00"))
    def test_closing_needs_no_other_response(self):
        self.asked.with_user(self.dispatcher).stage_id = self.done
        self.assertResponded("2026-11-25 11:00")
        self.assertEqual(self.asked.support_sla_state, "met")

    @freeze_time(utc("2026-11-25 15:00"))
    def test_late_response(self):
        self.asked.with_user(self.agent).user_id = self.agent
        sla = self.sla(self.asked)
        self.assertEqual((sla.state, sla.late_minutes), ("breached", 60))
        self.assertEqual(sla.attainment, 0.0)
        breach = sla.event_ids.filtered(lambda event: event.event == "breach")
        self.assertEqual(breach.date, utc("2026-11-25 14:00"))


@tagged("post_install", "-at_install")
class TestPauses(SlaCase):
    def setUp(self):
        super().setUp()
        self.contract.level_id = self.make_level(
            "Desk", 0.0, [("resolution", "any", 8 * 60), ("response", "any", 240)]
        )
        self.resolution = self.contract.level_id.target_ids.filtered(
            lambda target: target.kind == "resolution"
        )

    def at(self, ticket, when, stage):
        with freeze_time(utc(when)):
            ticket.stage_id = stage

    def ask(self):
        with freeze_time(utc("2026-11-25 16:00")):
            return self.request("2026-11-25 16:00")

    def test_a_night_on_both_clocks(self):
        for clock, expected, paused in (
            ("elapsed", "2026-11-26 12:00", 720),
            ("working", "2026-11-26 16:00", 0),
        ):
            with self.subTest(clock):
                self.resolution.clock = clock
                ticket = self.ask()
                self.at(ticket, "2026-11-25 19:00", self.waiting)
                self.at(ticket, "2026-11-26 07:00", self.progress)
                sla = self.sla(ticket, "resolution")
                self.assertEqual(sla.date_deadline, utc(expected))
                self.assertEqual(sla.paused_minutes, paused)
                self.assertEqual(ticket.support_pause_ids.reason, "customer")
                # A response does not wait.
                self.assertEqual(self.due(ticket), utc("2026-11-25 20:00"))

    def test_while_it_is_paused(self):
        ticket = self.ask()
        self.at(ticket, "2026-11-25 19:00", self.waiting)
        sla = self.sla(ticket, "resolution")
        self.assertEqual((sla.state, sla.date_deadline), ("paused", False))
        with freeze_time(utc("2026-11-30 19:00")):
            self.run_cron()
        self.assertEqual(sla.state, "paused")
        self.assertEqual(sla.event_ids.mapped("event"), ["start", "pause"])

    def test_another_reason_is_another_pause(self):
        approval = self.env["helpdesk.ticket.stage"].create(
            {"name": "Approval", "support_pause": "approval"}
        )
        ticket = self.ask()
        self.at(ticket, "2026-11-25 19:00", self.waiting)
        self.at(ticket, "2026-11-25 20:00", approval)
        self.at(ticket, "2026-11-25 21:00", self.progress)
        self.assertEqual(
            ticket.support_pause_ids.mapped("reason"), ["customer", "approval"]
        )
        self.assertEqual(self.sla(ticket, "resolution").paused_minutes, 120)

    def test_closed_and_opened_again(self):
        ticket = self.ask()
        self.at(ticket, "2026-11-25 18:00", self.done)
        sla = self.sla(ticket, "resolution")
        self.assertEqual((sla.state, sla.date_done), ("met", utc("2026-11-25 18:00")))
        self.at(ticket, "2026-11-27 09:00", self.progress)
        self.assertEqual(sla.state, "running")
        self.assertFalse(sla.date_done)
        # Six of eight hours are left.
        self.assertEqual(sla.date_deadline, utc("2026-11-27 15:00"))

    def test_a_stage_that_becomes_a_pause(self):
        ticket = self.ask()
        with freeze_time(utc("2026-11-25 18:00")):
            self.progress.support_pause = "customer"
        self.assertEqual(self.sla(ticket, "resolution").state, "paused")

    def test_DST_night(self):
        with freeze_time(utc("2026-10-24 20:00")):
            ticket = self.request("2026-10-24 20:00")
        self.assertEqual(self.due(ticket, "resolution"), utc("2026-10-25 03:00"))


@tagged("post_install", "-at_install")
class TestAlarms(SlaCase):
    def setUp(self):
        super().setUp()
        self.contract.level_id = self.level_c
        with freeze_time(utc("2026-11-25 10:00")):
            self.asked = self.request("2026-11-25 10:00", team_id=self.team.id)
            self.asked.user_id = self.agent

    def test_warnings_and_breach(self):
        for when, warned, state, text in (
            ("2026-11-25 12:59", 0, "running", None),
            ("2026-11-25 13:01", 75, "running", "Response is due"),
            ("2026-11-25 13:02", 75, "running", "Response is due"),
            ("2026-11-25 13:37", 90, "running", "Response is due"),
            ("2026-11-25 14:01", 90, "breached", "Response was due"),
            ("2026-11-25 16:01", 90, "breached", "Response was due"),
        ):
            with self.subTest(when), freeze_time(utc(when)):
                self.run_cron()
                sla = self.sla(self.asked)
                self.assertEqual((sla.warned, sla.state), (warned, state))
                alarm = self.alarms(self.asked)
                self.assertEqual(len(alarm), bool(text))
                self.assertEqual(alarm.user_id, self.agent if text else alarm.user_id)
                self.assertIn(text or "", alarm.summary or "")
        self.assertEqual(
            self.events(self.asked), ["start", "warning_75", "warning_90", "breach"]
        )
        self.assertEqual(self.asked.support_sla_state, "breached")

    def test_a_late_job_dates_the_breach_at_its_instant(self):
        with freeze_time(utc("2026-11-28 10:00")):
            self.run_cron()
        self.assertEqual(self.events(self.asked), ["start", "breach"])
        event = self.sla(self.asked).event_ids[-1]
        self.assertEqual(event.date, utc("2026-11-25 14:00"))

    def test_the_alarm_ends_with_the_response(self):
        with freeze_time(utc("2026-11-25 13:01")):
            self.run_cron()
            self.assertEqual(self.asked.support_sla_state, "warning")
            self.asked.with_user(self.dispatcher).user_id = self.colleague
        self.assertFalse(self.alarms(self.asked))

    def test_a_moved_deadline_is_warned_of_anew(self):
        with freeze_time(utc("2026-11-25 13:40")):
            self.run_cron()
            self.asked.request_date = utc("2026-11-25 12:00")
            self.assertEqual(self.sla(self.asked).warned, 0)
            self.assertEqual(self.asked.support_sla_state, "running")
        with freeze_time(utc("2026-11-25 15:01")):
            self.run_cron()
        self.assertEqual(self.sla(self.asked).warned, 75)

    def test_constant_queries_per_batch(self):
        counts = []
        for number in (20, 200):
            with freeze_time(utc("2026-11-25 10:00")):
                for _ticket in range(number):
                    self.request("2026-11-25 10:00", team_id=self.team.id)
            self.env.flush_all()
            self.env.invalidate_all()
            with freeze_time(utc("2026-11-25 14:01")):
                due = self.env["support.sla"].search(
                    [("date_next", "<", utc("2026-11-25 14:01"))]
                )
                before = self.env.cr.sql_log_count
                due._fire(utc("2026-11-25 14:01"))
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(due.mapped("state")), {"breached"})
        # Each 100 rows that are inserted are a statement of their own.
        self.assertLessEqual(counts[1], counts[0] + 16, counts)


@tagged("post_install", "-at_install")
class TestServiceWindow(SlaCase, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "it@aurora.example"

    def told(self, ticket):
        return ticket.message_ids.filtered(
            lambda message: (
                message.message_type == "auto_comment"
                and self.customer in message.partner_ids
            )
        )

    def test_W25_basis(self):
        self.contract.service_window = "opening"
        self.calendar.attendance_ids.write({"hour_from": 8, "hour_to": 18})
        with freeze_time(utc("2026-11-24 18:30")):
            ticket = self.request("2026-11-24 18:30")
        self.assertEqual(self.sla(ticket).date_start, utc("2026-11-25 08:00"))
        message = self.told(ticket)
        self.assertIn("counts from", message.body)
        self.assertIn("8:00", message.body)
        self.assertFalse(ticket.support_response_date)

    def test_W25_comfort(self):
        self.contract.emergency_phone = "+32 2 555 01 99"
        with freeze_time(utc("2026-11-24 18:30")):
            ticket = self.request("2026-11-24 18:30")
        self.assertEqual(self.sla(ticket).date_start, utc("2026-11-24 18:30"))
        self.assertIn("+32 2 555 01 99", self.told(ticket).body)

    def test_in_hours_nobody_is_told(self):
        self.contract.service_window = "opening"
        with freeze_time(utc("2026-11-24 10:00")):
            self.assertFalse(self.told(self.request("2026-11-24 10:00")))
        # What is noted after the desk has opened needs no word either.
        with freeze_time(utc("2026-11-25 09:30")):
            self.assertFalse(self.told(self.request("2026-11-24 18:30")))

    def test_no_mail_server_is_waited_for(self):
        self.contract.service_window = "opening"
        with freeze_time(utc("2026-11-24 18:30")), self.mock_mail_gateway():
            self.assertTrue(self.told(self.request("2026-11-24 18:30")))
        self.assertFalse(self._mails)
        self.assertEqual(self._new_mails.mapped("state"), ["outgoing"])

    def test_the_dispatcher_chooses_the_contract_later(self):
        self.make_contract(self.customer)  # which of the two is nobody's guess
        self.contract.service_window = "opening"
        with freeze_time(utc("2026-11-24 18:30")):
            early, late, twice = (
                self.request("2026-11-24 18:30", support_contract_id=False)
                for _number in range(3)
            )
            self.assertFalse(self.told(early | late | twice))
        with freeze_time(utc("2026-11-24 21:00")):
            chosen = (early | twice).with_user(self.dispatcher)
            chosen.support_contract_id = self.contract
            self.assertIn("counts from", self.told(early).body)
            self.assertFalse(self.told(late))
            twice.write({"support_contract_id": False})
            twice.write({"support_contract_id": self.contract.id})
            self.assertEqual(len(self.told(twice)), 1)
        # The desk is open: there is nothing to explain.
        with freeze_time(utc("2026-11-25 09:30")):
            late.support_contract_id = self.contract
        self.assertFalse(self.told(late))

    def test_tickets_that_a_new_contract_adopts(self):
        with freeze_time(utc("2026-11-24 18:30")):
            ticket = self.make_ticket(
                self.other_customer, request_date=utc("2026-11-24 18:30")
            )
            contract = self.make_contract(
                self.other_customer,
                calendar_id=self.calendar.id,
                service_window="opening",
            )
        self.assertEqual(ticket.support_contract_id, contract)
        message = ticket.message_ids.filtered(
            lambda message: message.message_type == "auto_comment"
        )
        self.assertEqual(message.partner_ids, self.other_customer)

    def test_closed_tickets_get_no_word(self):
        self.make_contract(self.customer)
        self.contract.service_window = "opening"
        with freeze_time(utc("2026-11-24 18:30")):
            ticket = self.request("2026-11-24 18:30", support_contract_id=False)
            ticket.stage_id = self.done
            ticket.support_contract_id = self.contract
        self.assertFalse(self.told(ticket))

    def test_no_query_for_each_who_needs_no_word(self):
        self.make_contract(self.customer)
        with freeze_time(utc("2026-11-24 10:00")):
            few, many = (
                self.env["helpdesk.ticket"].union(
                    *(
                        self.request("2026-11-24 10:00", support_contract_id=False)
                        for _number in range(number)
                    )
                )
                for number in (2, 20)
            )
            counts = []
            for tickets in (few, many):
                tickets.support_contract_id = self.contract
                self.commit()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                tickets._tell_service_window()
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_nobody_says_by_themselves_that_they_were_told(self):
        self.contract.service_window = "opening"
        with freeze_time(utc("2026-11-24 18:30")):
            for context in (
                {"default_support_window_told": True},
                {"support_reported": True},
            ):
                with self.subTest(context=context):
                    ticket = (
                        self.env["helpdesk.ticket"]
                        .with_context(**context)
                        .create(
                            {
                                "name": "Down",
                                "description": "Since tonight",
                                "partner_id": self.customer.id,
                                "user_id": False,
                            }
                        )
                    )
                    self.assertTrue(self.told(ticket))
            for user in (self.agent, self.dispatcher):
                with self.assertRaises(AccessError):
                    ticket.with_user(user).support_window_told = False
                forged = ticket.with_user(user).create(
                    {"name": "Down", "description": "x", "support_window_told": True}
                )
                self.assertFalse(forged.sudo().support_window_told)


@tagged("post_install", "-at_install")
class TestSlaAccess(SlaCase):
    """Nobody writes what was promised, and helpdesk users need no more rights."""

    def test_read_only_for_everybody(self):
        ticket = self.request("2026-11-25 10:00")
        sla = self.sla(ticket)
        for user in (self.agent, self.dispatcher, self.accountant):
            for record in (sla, sla.event_ids[:1]):
                own = record.with_user(user)
                with self.subTest(user=user.login, model=record._name):
                    self.assertTrue(own.read(["display_name"]))
                    with self.assertRaises(UserError):
                        own.write({"ticket_id": ticket.id})
                    with self.assertRaises(AccessError):
                        own.unlink()

    def test_a_helpdesk_user_alone_works_with_it(self):
        user = new_test_user(
            self.env, "plain_helpdesk", "helpdesk_mgmt.group_helpdesk_user"
        )
        self.cover(self.web)
        with freeze_time(utc("2026-11-25 10:00")):
            ticket = self.request("2026-11-25 10:00").with_user(user)
            ticket.write({"asset_id": self.web.id, "priority": "3", "user_id": user.id})
            ticket.stage_id = self.waiting
            ticket.stage_id = self.done
        self.assertEqual(self.sla(ticket).state, "met")

    def test_a_missed_target_keeps_its_ticket(self):
        with freeze_time(utc("2026-11-25 10:00")):
            ticket = self.request("2026-11-20 10:00")
        self.assertEqual(self.sla(ticket).state, "breached")
        with self.assertRaisesRegex(UserError, "was missed"):
            ticket.unlink()

    def test_open_for_nobody_else(self):
        stranger = new_test_user(self.env, "sla_stranger", "base.group_user")
        sla = self.sla(self.request("2026-11-25 10:00"))
        with self.assertRaises(AccessError):
            sla.with_user(stranger).read(["state"])

    def test_a_day_of_tickets(self):
        """Many at once, as an import makes them."""
        with freeze_time(utc("2026-11-25 10:00")):
            tickets = self.env["helpdesk.ticket"].create(
                [
                    {
                        "name": str(number),
                        "description": "-",
                        "partner_id": self.customer.id,
                        "request_date": utc("2026-11-25 09:00")
                        + timedelta(minutes=number),
                    }
                    for number in range(50)
                ]
            )
        self.assertEqual(len(tickets.support_sla_ids), 50)
