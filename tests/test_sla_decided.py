# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is decided stays, nothing is promised for the past, and nobody forges it."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models import support_ticket_sla
from .test_sla import SlaCase, utc


class DecidedCase(SlaCase):
    def setUp(self):
        super().setUp()
        (self.level | self.level_b | self.level_c).refund = True
        self.ticket.active = False
        self.contract.level_id = self.level_c
        self.cover(self.web, level=self.level_c, date_from="2026-01-01")
        self.commit()

    def ask(self, when="2026-11-25 10:00", **vals):
        with freeze_time(utc(when)):
            ticket = self.request(
                when, team_id=self.team.id, asset_id=self.web.id, **vals
            )
            ticket.user_id = False
            self.commit()
        return ticket

    def answer(self, ticket, when):
        with freeze_time(utc(when)):
            ticket.with_user(self.dispatcher).user_id = self.agent

    def state(self, ticket, kind="response"):
        return self.sla(ticket, kind).state

    def remedies(self):
        return self.contract.remedy_ids.filtered(lambda one: one.state == "proposed")

    def late(self):
        ticket = self.ask()
        with freeze_time(utc("2026-11-25 14:01")):
            self.run_cron()
        self.assertEqual(self.state(ticket), "breached")
        return ticket


@tagged("post_install", "-at_install")
class TestDecided(DecidedCase):
    def test_a_kept_promise_stays_kept(self):
        ticket = self.ask()
        self.answer(ticket, "2026-11-25 13:00")
        with freeze_time(utc("2026-11-26 10:00")):
            self.level_c.target_ids = [
                Command.create({"kind": "response", "priority": "3", "minutes": 60})
            ]
            ticket.priority = "3"
            self.commit()
            self.level_c.target_ids.minutes = 30
            self.commit()
        self.assertEqual(self.state(ticket), "met")
        self.assertFalse(self.remedies())

    def test_a_missed_one_stays_missed(self):
        ticket = self.late()
        with freeze_time(utc("2026-11-25 15:00")):
            self.level_c.target_ids.minutes = 24 * 60
            self.commit()
            self.contract.service_window = "opening"
            self.commit()
        self.assertEqual(self.state(ticket), "breached")
        self.assertTrue(self.remedies())
        self.answer(ticket, "2026-11-25 16:00")
        self.assertEqual(self.sla(ticket).late_minutes, 120)

    def test_opened_again(self):
        ticket = self.ask()
        with freeze_time(utc("2026-11-25 11:00")):
            ticket.with_user(self.dispatcher).stage_id = self.done
        with freeze_time(utc("2026-11-28 11:00")):
            ticket.stage_id = self.progress
            self.run_cron()
        self.assertEqual(self.state(ticket), "met")

    def test_closed_by_the_customer_without_an_answer(self):
        ticket = self.ask()
        with freeze_time(utc("2026-11-25 11:00")):
            ticket.stage_id = self.done  # as the portal does, in nobody's name
        self.assertEqual(self.state(ticket), "void")
        with freeze_time(utc("2026-11-28 11:00")):
            ticket.stage_id = self.progress
        sla = self.sla(ticket)
        self.assertEqual(sla.state, "running")
        # Four hours from then on.
        self.assertEqual(sla.date_deadline, utc("2026-11-28 15:00"))

    def test_closed_with_other_opening_hours_since(self):
        self.level_c.target_ids.clock = "working"
        self.commit()
        ticket = self.ask("2026-11-25 16:00")
        self.answer(ticket, "2026-11-26 11:00")
        with freeze_time(utc("2026-11-26 12:00")):
            ticket.stage_id = self.done
            self.calendar.attendance_ids.write({"hour_from": 7, "hour_to": 19})
            self.commit()
            ticket.user_id = self.colleague
        self.assertEqual(self.state(ticket), "met")

    def test_archived_and_duplicate(self):
        for vals in ({"active": False}, {"duplicate_id": self.ticket.id}):
            ticket = self.ask()
            with self.subTest(vals=vals):
                with freeze_time(utc("2026-11-25 10:10")):
                    ticket.write(vals)
                with freeze_time(utc("2026-11-27 10:10")):
                    self.run_cron()
                self.assertEqual(self.state(ticket), "void")
        self.assertFalse(self.remedies())

    def test_history_that_is_imported_closed(self):
        with freeze_time(utc("2026-11-25 10:00")):
            ticket = self.make_ticket(
                self.customer,
                request_date=utc("2026-06-01 10:00"),
                stage_id=self.done.id,
                asset_id=self.web.id,
            )
            ticket.priority = "2"
        self.assertFalse(ticket.support_sla_ids)


@tagged("post_install", "-at_install")
class TestPromisedSince(DecidedCase):
    """Nothing was promised before there was a promise."""

    def setUp(self):
        super().setUp()
        self.contract.level_id = False
        self.commit()

    def ask_without(self):
        with freeze_time(utc("2026-11-23 10:00")):
            return self.request("2026-11-23 10:00", team_id=self.team.id)

    def test_a_level_for_an_open_ticket(self):
        ticket = self.ask_without()
        self.assertFalse(ticket.support_sla_ids)
        with freeze_time(utc("2026-11-25 10:00")):
            self.contract.level_id = self.level_c
            self.commit()
            self.run_cron()
        sla = self.sla(ticket)
        self.assertEqual(sla.date_deadline, utc("2026-11-25 14:00"))
        ticket.priority = "2"  # also when it is worked out anew
        self.assertEqual(sla.date_deadline, utc("2026-11-25 14:00"))
        self.assertFalse(self.remedies())

    def test_a_contract_that_begins_later(self):
        ticket = self.ask_without()
        with freeze_time(utc("2026-11-25 10:00")):
            self.contract.write(
                {"date_start": "2026-11-24", "level_id": self.level_c.id}
            )
            self.commit()
        self.assertFalse(ticket.support_level_id)

    def test_other_terms_never_miss_a_target_at_once(self):
        self.contract.level_id = self.level
        self.commit()
        ticket = self.ask_without()
        with freeze_time(utc("2026-11-23 20:00")):
            self.level.target_ids.minutes = 60
            self.commit()
        self.assertEqual(self.state(ticket), "running")
        self.assertEqual(self.due(ticket), utc("2026-11-24 10:00"))

    def test_for_many_tickets_a_job_follows(self):
        self.contract.level_id = self.level
        self.commit()
        with freeze_time(utc("2026-11-23 11:00")):
            tickets = [self.ask_without() for _number in range(3)]
            self.commit()
            with patch.object(support_ticket_sla, "AT_ONCE", 2):
                self.level.target_ids.minutes = 12 * 60
                self.commit()
                self.assertEqual(self.due(tickets[0]), utc("2026-11-24 10:00"))
                self.run_cron()
        for ticket in tickets:
            self.assertEqual(self.due(ticket), utc("2026-11-23 22:00"))
            self.assertFalse(ticket.support_sla_stale)


@tagged("post_install", "-at_install")
class TestAlarmsOfBoth(DecidedCase):
    def setUp(self):
        super().setUp()
        self.level_c.target_ids = [
            Command.create({"kind": "resolution", "minutes": 8 * 60})
        ]
        self.commit()

    def test_the_other_promise_keeps_its_alarm(self):
        ticket = self.ask()
        with freeze_time(utc("2026-11-25 19:00")):
            self.run_cron()
            self.assertIn("Response was due", self.alarms(ticket).summary)
        self.answer(ticket, "2026-11-25 19:10")
        self.assertIn("Resolution was due", self.alarms(ticket).summary)
        with freeze_time(utc("2026-11-25 20:00")):
            ticket.stage_id = self.done
        self.assertFalse(self.alarms(ticket))

    def test_a_pause_of_the_solution_keeps_the_alarm_of_the_response(self):
        ticket = self.ask()
        with freeze_time(utc("2026-11-25 14:30")):
            self.run_cron()
            ticket.stage_id = self.waiting
        self.assertIn("Response was due", self.alarms(ticket).summary)

    def test_warned_once(self):
        ticket = self.ask()
        self.answer(ticket, "2026-11-25 10:30")
        with freeze_time(utc("2026-11-25 16:01")):
            self.run_cron()
            ticket.stage_id = self.waiting
        with freeze_time(utc("2026-11-25 18:01")):
            ticket.stage_id = self.progress
            self.run_cron()
        self.assertEqual(self.events(ticket, "resolution").count("warning_75"), 1)

    def test_one_that_fails_holds_up_no_other(self):
        bad, good = self.ask(), self.ask()
        Sla = type(self.env["support.sla"])
        fire = Sla._fire

        def broken(slas, now):
            if bad in slas.ticket_id:
                raise ValueError("broken")
            return fire(slas, now)

        with (
            freeze_time(utc("2026-11-25 14:01")),
            patch.object(Sla, "_fire", broken),
            mute_logger("odoo.addons.prepaid_support.models.support_sla"),
        ):
            self.run_cron()
        self.assertEqual(self.state(good), "breached")
        self.assertEqual(self.sla(bad).date_next, utc("2026-11-25 15:01"))


@tagged("post_install", "-at_install")
class TestForged(DecidedCase):
    """An agent who is late would like to have it forgotten."""

    def as_agent(self, ticket):
        return ticket.with_user(self.helpdesk_agent)

    def setUp(self):
        super().setUp()
        # One who may write all tickets, but is no dispatcher.
        self.helpdesk_agent = self.colleague
        self.colleague.group_ids += self.env.ref("helpdesk_mgmt.group_helpdesk_user")

    def test_what_the_system_notes_is_nobodys_to_write(self):
        ticket = self.as_agent(self.late())
        for name, value in (
            ("support_response_date", "2026-11-25 10:01:00"),
            ("support_touch_date", "2026-11-25 10:01:00"),
            ("support_due_date", False),
            ("support_sla_state", "met"),
            ("support_level_id", self.level.id),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                ticket.write({name: value})

    def test_nor_by_defaults(self):
        moment = "2026-11-25 10:01:00"
        with freeze_time(utc("2026-11-25 10:00")):
            Ticket = self.env["helpdesk.ticket"].with_user(self.helpdesk_agent)
            ticket = Ticket.with_context(
                default_support_response_date=moment,
                default_support_touch_date=moment,
                default_support_level_id=self.level.id,
            ).create(
                {
                    "name": "Down",
                    "description": "-",
                    "partner_id": self.customer.id,
                    "asset_id": self.web.id,
                    "user_id": False,
                    "support_response_date": moment,
                    "support_sla_state": "met",
                }
            )
        ticket = ticket.sudo()
        self.assertFalse(ticket.support_response_date)
        self.assertEqual(ticket.support_level_id, self.level_c)
        self.assertEqual(ticket.support_sla_state, "running")

    def test_facts_of_a_missed_one_are_the_dispatchers(self):
        ticket = self.late()
        for vals in (
            {"request_date": utc("2026-11-25 13:00")},
            {"asset_id": False},
            {"partner_id": self.other_customer.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.as_agent(ticket).write(vals)
        self.as_agent(ticket).write(
            {"asset_id": self.web.id, "request_date": utc("2026-11-25 10:00")}
        )
        with freeze_time(utc("2026-11-25 15:00")):
            ticket.with_user(self.dispatcher).request_date = utc("2026-11-25 13:00")
        self.assertEqual(self.state(ticket), "running")
        self.assertIn("undone", self.events(ticket))

    def test_a_message_of_another_day(self):
        ticket = self.late()
        with freeze_time(utc("2026-11-25 15:00")):
            self.as_agent(ticket).message_post(
                body="Hi",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                date="2026-11-25 09:30:00",
            )
        self.assertEqual(ticket.support_response_date, utc("2026-11-25 15:00"))
        self.assertEqual(self.state(ticket), "breached")

    def test_closed_in_the_past(self):
        ticket = self.late()
        with freeze_time(utc("2026-11-25 15:00")):
            own = self.as_agent(ticket)
            own.active = False
            own.write({"stage_id": self.done.id})
            own.write({"closed_date": "2026-11-25 09:30:00"})
            own.active = True
        self.assertEqual(self.state(ticket), "breached")
        self.assertEqual(ticket.support_pause_ids.date_from, utc("2026-11-25 15:00"))

    def test_time_that_is_taken_away_again(self):
        ticket = self.late()
        with freeze_time(utc("2026-11-25 15:00")):
            line = self.log(
                0.1,
                ticket=ticket,
                date="2026-11-25",
                work_start=utc("2026-11-25 10:05"),
            )
            self.assertEqual(self.state(ticket), "met")
            line.unlink()
        self.assertFalse(ticket.support_response_date)
        self.assertEqual(self.state(ticket), "breached")

    def test_time_that_belongs_to_another_ticket(self):
        ticket, other = self.ask(), self.ask()
        with freeze_time(utc("2026-11-25 11:00")):
            line = self.log(0.5, ticket=ticket, date="2026-11-25")
            line.ticket_id = other
        self.assertFalse(ticket.support_response_date)
        self.assertEqual(self.state(ticket), "running")
        self.assertEqual(self.state(other), "met")

    def test_an_agent_who_asks_has_not_answered(self):
        partner = self.agent.partner_id
        ticket = self.ask()
        ticket.write({"partner_id": partner.id, "asset_id": False})
        ticket.message_post(
            body="Hello?",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=partner.id,
        )
        self.assertFalse(ticket.support_response_date)
