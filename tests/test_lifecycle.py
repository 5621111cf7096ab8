# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import SupportCommon

NOON = "12:00:00"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 12:00:00")
class TestLifecycle(SupportCommon):
    """A contract of a year from 1 January 2026, with 30 days' notice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.write({"renewal_months": 12, "notice_days": 30})
        with freeze_time("2026-01-01 12:00:00"):
            cls.yearly = cls.make_contract(
                cls.other_customer, date_start="2026-01-01", user_id=cls.accountant.id
            )
        cls.manager = new_test_user(
            cls.env, "support_manager", "helpdesk_mgmt.group_helpdesk_manager"
        )
        cls.cron = cls.env.ref("prepaid_support.ir_cron_contract_dates")

    def run_cron(self, day):
        with freeze_time(f"{day} {NOON}"), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()

    def told(self, contract, text):
        return contract.message_ids.filtered(lambda message: text in message.body)

    # -- states --------------------------------------------------------------------

    def test_a_plan_gives_the_terms(self):
        self.assertEqual(self.yearly.renewal_date, date(2026, 12, 31))
        self.assertEqual(self.yearly.notice_date, date(2026, 12, 1))
        self.assertFalse(self.contract.renewal_date)

    def test_state_changes_by_its_buttons_only(self):
        for user in (self.accountant, self.manager, self.env.ref("base.user_root")):
            contract = self.yearly.with_user(user)
            for vals in (
                {"state": "ended"},
                {"state": "draft"},
                {"term_first": "2027-01-01"},
                {"notice_given_date": "2026-11-21"},
                {"agreed_date_end": "2030-12-31"},
                {"notice_told_date": "2026-12-01"},
                {"urgent_told": ["2026-Q4"]},
            ):
                with (
                    self.subTest(user=user.login, vals=vals),
                    self.assertRaisesRegex(ValidationError, "buttons only"),
                ):
                    contract.with_context(support_step=True).write(vals)
        self.yearly.with_user(self.accountant).write({"state": "active"})

    def test_no_contract_is_born_active(self):
        vals = {"partner_id": self.customer.id, "plan_id": self.plan.id}
        Contract = self.env["support.contract"].with_user(self.accountant)
        with self.assertRaisesRegex(ValidationError, "buttons only"):
            Contract.create({**vals, "state": "active"})
        forged = Contract.with_context(
            default_state="active",
            default_term_first="2030-01-01",
            default_notice_given_date="2026-01-01",
        ).create({**vals, "term_first": "2030-01-01"})
        self.assertEqual(forged.state, "draft")
        self.assertFalse(forged.term_first or forged.notice_given_date)

    def test_steps(self):
        contract = self.env["support.contract"].create(
            {"partner_id": self.customer.id, "plan_id": self.plan.id}
        )
        with self.assertRaisesRegex(UserError, "Draft, which cannot become Ended"):
            contract.action_end()
        contract.action_start_onboarding()
        contract.action_start_onboarding()
        contract.action_activate()
        contract.action_activate()
        with self.assertRaisesRegex(UserError, "Active, which cannot become Onbo"):
            contract.action_start_onboarding()
        contract.action_end()
        with self.assertRaisesRegex(UserError, "Ended, which cannot become Active"):
            contract.action_activate()

    def test_onboarding_can_be_called_off(self):
        contract = self.env["support.contract"].create(
            {"partner_id": self.customer.id, "plan_id": self.plan.id}
        )
        contract.action_start_onboarding()
        contract.action_end()
        self.assertEqual(contract.state, "ended")

    def test_technicians_take_no_steps(self):
        for user in (self.agent, self.dispatcher):
            for step in ("action_end", "action_give_notice", "action_activate"):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    getattr(self.yearly.with_user(user), step)()

    def test_an_early_end_is_the_day_of_the_end(self):
        self.yearly.date_end = "2027-06-30"
        self.yearly.action_end()
        self.assertEqual(self.yearly.date_end, date(2026, 11, 21))

    def test_no_negative_terms(self):
        for name in ("renewal_months", "notice_days"):
            with self.assertRaisesRegex(ValidationError, "cannot be negative"):
                self.yearly[name] = -1

    # -- renewal -------------------------------------------------------------------

    def test_it_goes_on_by_itself(self):
        self.run_cron("2026-12-31")
        self.assertFalse(self.yearly.term_first)
        self.run_cron("2027-01-01")
        self.assertEqual(self.yearly.term_first, date(2027, 1, 1))
        self.assertEqual(self.yearly.renewal_date, date(2027, 12, 31))
        self.assertEqual(self.yearly.state, "active")
        self.assertEqual(len(self.told(self.yearly, "Renewed by itself")), 1)
        self.run_cron("2027-01-01")
        self.run_cron("2027-01-02")
        self.assertEqual(len(self.told(self.yearly, "Renewed by itself")), 1)

    def test_a_job_that_is_years_late(self):
        self.run_cron("2029-01-10")
        self.assertEqual(self.yearly.term_first, date(2029, 1, 1))
        self.assertEqual(self.yearly.renewal_date, date(2029, 12, 31))
        self.assertEqual(len(self.told(self.yearly, "Renewed by itself")), 1)

    def test_the_day_is_that_of_the_contract_s_zone(self):
        self.yearly.company_id.partner_id.tz = "Pacific/Auckland"
        self.env.registry.clear_cache()
        with freeze_time("2026-12-31 11:30:00"), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.assertEqual(self.yearly.term_first, date(2027, 1, 1))

    def test_no_terms_no_renewal(self):
        self.run_cron("2030-01-01")
        self.assertFalse(self.contract.term_first)
        self.assertEqual(self.contract.state, "active")

    # -- notice --------------------------------------------------------------------

    def reminders(self):
        return self.yearly.activity_ids.filtered(
            lambda activity: "Renewal" in activity.summary
        )

    def test_one_reminder_a_term(self):
        self.run_cron("2026-10-31")
        self.assertFalse(self.reminders())
        self.run_cron("2026-11-01")
        self.assertEqual(self.reminders().user_id, self.accountant)
        self.assertEqual(self.reminders().date_deadline, date(2026, 12, 1))
        self.run_cron("2026-11-05")
        self.assertEqual(len(self.reminders()), 1)
        self.reminders().action_done()
        self.run_cron("2026-11-06")
        self.assertFalse(self.reminders())
        self.run_cron("2027-11-06")
        self.assertEqual(self.reminders().date_deadline, date(2027, 12, 1))

    def test_notice_answers_the_reminder(self):
        self.run_cron("2026-11-01")
        self.assertTrue(self.reminders())
        self.yearly.with_user(self.manager).action_give_notice()
        self.assertFalse(self.reminders())

    def test_renewal_answers_the_reminder(self):
        self.run_cron("2026-11-01")
        self.run_cron("2027-01-01")
        self.assertFalse(self.reminders())

    def test_lead_is_a_setting(self):
        self.company.support_notice_lead_days = 3
        self.run_cron("2026-11-27")
        self.assertFalse(self.reminders())
        self.run_cron("2026-11-28")
        self.assertTrue(self.reminders())

    def test_no_reminder_when_it_is_too_late(self):
        self.run_cron("2026-12-02")
        self.assertFalse(self.reminders())

    def test_notice_in_time(self):
        self.yearly.with_user(self.manager).action_give_notice()
        self.assertEqual(self.yearly.date_end, date(2026, 12, 31))
        self.assertEqual(self.yearly.notice_given_date, date(2026, 11, 21))
        self.assertEqual(self.yearly.state, "active")
        with self.assertRaisesRegex(UserError, "once"):
            self.yearly.action_give_notice()
        self.run_cron("2026-12-31")
        self.assertEqual(self.yearly.state, "active")
        self.run_cron("2027-01-11")
        self.assertEqual(self.yearly.state, "ended")
        self.assertEqual(self.yearly.date_end, date(2026, 12, 31))
        self.assertFalse(self.told(self.yearly, "Renewed"))
        self.assertEqual(len(self.told(self.yearly, "last day is over")), 1)
        self.assertFalse(self.make_ticket(self.other_customer).support_contract_id)

    def test_notice_too_late_ends_the_next_term(self):
        with freeze_time("2026-12-02 12:00:00"):
            self.yearly.action_give_notice()
        self.assertEqual(self.yearly.date_end, date(2027, 12, 31))
        self.run_cron("2027-01-01")
        self.assertEqual(self.yearly.state, "active")
        self.run_cron("2028-01-01")
        self.assertEqual(self.yearly.state, "ended")

    def test_notice_without_terms(self):
        self.contract.notice_days = 30
        self.contract.action_give_notice()
        self.assertEqual(self.contract.date_end, date(2026, 12, 21))

    def test_notice_is_withdrawn(self):
        with self.assertRaisesRegex(UserError, "No notice"):
            self.yearly.action_withdraw_notice()
        self.yearly.action_give_notice()
        self.yearly.with_user(self.manager).action_withdraw_notice()
        self.assertFalse(self.yearly.date_end)
        self.run_cron("2027-01-01")
        self.assertEqual(self.yearly.renewal_date, date(2027, 12, 31))

    def test_an_end_that_was_agreed_on_is_back(self):
        self.contract.write({"renewal_months": 12, "date_end": "2027-06-30"})
        self.yearly.date_end = "2026-11-30"
        for contract, day in (
            (self.contract, date(2027, 6, 30)),
            (self.yearly, date(2026, 11, 30)),
        ):
            contract.action_give_notice()
            contract.action_withdraw_notice()
            self.assertEqual(contract.date_end, day)
        # The next notice remembers the end of its own time.
        self.contract.date_end = False
        self.contract.action_give_notice()
        self.assertTrue(self.contract.date_end)
        self.contract.action_withdraw_notice()
        self.assertFalse(self.contract.date_end)

    def test_a_fixed_end_is_the_end(self):
        self.yearly.date_end = "2026-11-30"
        self.assertFalse(self.yearly.renewal_date)
        self.run_cron("2026-11-30")
        self.assertEqual(self.yearly.state, "active")
        self.run_cron("2026-12-10")
        self.assertEqual(self.yearly.state, "ended")
        self.run_cron("2026-12-10")
        self.assertEqual(len(self.told(self.yearly, "last day is over")), 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 12:00:00")
class TestUrgent(SupportCommon):
    """The third urgent request of a quarter asks to rediscuss the level."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.user_id = cls.accountant
        cls.second = cls.make_contract(cls.customer, user_id=cls.accountant.id)

    def make_urgent(self, day, **vals):
        return self.make_ticket(
            self.customer,
            **{
                "urgent": True,
                "request_date": f"{day} 10:00:00",
                "support_contract_id": self.contract.id,
                **vals,
            },
        )

    def asked(self, contract=None):
        return (contract or self.contract).activity_ids.filtered(
            lambda activity: "Rediscuss" in activity.summary
        )

    def test_third_in_a_quarter(self):
        tickets = self.make_urgent("2026-10-01") + self.make_urgent("2026-11-20")
        self.make_urgent("2026-09-30")
        self.assertFalse(self.asked())
        tickets += self.make_urgent("2026-12-31")
        self.assertEqual(self.asked().user_id, self.accountant)
        for ticket in tickets:
            self.assertIn(ticket.number, self.asked().note)
        self.make_urgent("2026-12-31")
        self.assertEqual(len(self.asked()), 1)

    def test_ticking_again_does_not_repeat_it(self):
        tickets = self.env["helpdesk.ticket"]
        for _number in range(3):
            tickets += self.make_urgent("2026-11-20")
        self.asked().action_done()
        tickets.write({"urgent": False})
        tickets.with_user(self.agent).write({"urgent": True})
        self.assertFalse(self.asked())

    def test_agents_tick_it(self):
        tickets = self.env["helpdesk.ticket"]
        for _number in range(3):
            tickets += self.make_urgent("2026-11-20", urgent=False)
        for ticket in tickets:
            self.assertFalse(self.asked())
            ticket.with_user(self.agent).urgent = True
        self.assertEqual(len(self.asked()), 1)

    def test_import_of_many(self):
        self.make_urgent("2026-11-20")
        result = (
            self.env["helpdesk.ticket"]
            .with_user(self.dispatcher)
            .load(
                ["name", "description", "partner_id/.id", "urgent", "request_date"]
                + ["support_contract_id/.id"],
                [
                    [
                        f"Request {number}",
                        "-",
                        str(self.customer.id),
                        "True",
                        "2026-11-20 10:00:00",
                        str(self.contract.id),
                    ]
                    for number in range(2)
                ],
            )
        )
        self.assertEqual(len(result["ids"] or ()), 2, result["messages"])
        self.assertEqual(len(self.asked()), 1)

    def test_moved_to_another_contract(self):
        for _number in range(2):
            self.make_urgent("2026-11-20")
        ticket = self.make_urgent("2026-11-20", support_contract_id=self.second.id)
        self.assertFalse(self.asked() or self.asked(self.second))
        ticket.support_contract_id = self.contract
        self.assertTrue(self.asked())
        self.assertFalse(self.asked(self.second))

    def test_contract_that_is_found_anew(self):
        contract = self.make_contract(self.other_customer, user_id=self.accountant.id)
        tickets = self.env["helpdesk.ticket"]
        for _number in range(3):
            tickets += self.make_ticket(False, urgent=True)
        self.assertFalse(tickets.support_contract_id)
        tickets.partner_id = self.other_customer
        self.env.flush_all()
        self.assertEqual(tickets.support_contract_id, contract)
        self.assertEqual(len(self.asked(contract)), 1)

    def test_quarter_of_the_contract_s_zone(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Desk", "tz": "Europe/Brussels"}
        )
        self.card.rate_ids.copy({"price": 150.0, "band": "after_hours"})
        self.contract.calendar_id = calendar
        for _number in range(2):
            self.make_urgent("2026-10-05")
        # It is October already in Brussels.
        self.make_urgent("2026-09-30", request_date="2026-09-30 22:30:00")
        self.assertEqual(len(self.asked()), 1)

    def test_queries_do_not_grow_with_the_tickets(self):
        tickets = self.env["helpdesk.ticket"]
        for number in range(12):
            tickets += self.make_urgent(f"2026-0{number % 4 + 1}-15", urgent=False)
        self.env.flush_all()

        def count(some):
            self.env.invalidate_all()
            some.mapped("support_contract_id.calendar_id.tz")
            before = self.env.cr.sql_log_count
            some._check_urgent_count()
            return self.env.cr.sql_log_count - before

        # Two in each of two quarters.
        (tickets[:2] + tickets[3] + tickets[7]).write({"urgent": True})
        self.assertFalse(self.asked())
        count(tickets)  # the contract's zone is kept by the worker
        self.assertEqual(count(tickets[:1]), count(tickets))

    def test_wanted_by(self):
        wish = "2026-11-21 14:00:00"
        with self.assertRaisesRegex(ValidationError, "tick Urgent"):
            self.ticket.with_user(self.agent).urgent_deadline = wish
        ticket = self.ticket.with_user(self.agent)
        ticket.write({"urgent": True, "urgent_deadline": wish})
        ticket.urgent = False
        self.assertFalse(ticket.urgent_deadline)


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 12:00:00")
class TestDebrief(SupportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage = cls.env["helpdesk.ticket.stage"].create(
            {"name": "Solved", "closed": True}
        )
        cls.contract.debrief_required = "high"
        cls.ticket.write({"priority": "2", "user_id": cls.agent.id})

    def reminders(self, ticket=None):
        return (ticket or self.ticket).activity_ids.filtered(
            lambda activity: activity.activity_type_id.name == "Debrief"
        )

    def test_closing_reminds_and_never_refuses(self):
        ticket = self.ticket.with_user(self.dispatcher)
        ticket.stage_id = self.stage
        self.assertTrue(self.ticket.closed)
        self.assertEqual(self.reminders().user_id, self.agent)
        ticket.stage_id = self.stage.copy({"name": "Really solved"})
        self.assertEqual(len(self.reminders()), 1)
        ticket.debrief_what = "<p>The disk was full.</p>"
        self.assertFalse(self.reminders())
        self.assertEqual(self.ticket.debrief_user_id, self.dispatcher)
        self.assertEqual(str(self.ticket.debrief_date), "2026-11-21 12:00:00")

    def test_which_tickets(self):
        for rule, priority, urgent, expected in (
            ("none", "3", True, False),
            ("high", "1", False, False),
            ("high", "1", True, True),
            ("high", "2", False, True),
            ("all", "0", False, True),
        ):
            self.contract.debrief_required = rule
            ticket = self.make_ticket(self.customer, priority=priority, urgent=urgent)
            with self.subTest(rule=rule, priority=priority, urgent=urgent):
                ticket.stage_id = self.stage
                self.assertEqual(bool(self.reminders(ticket)), expected)

    def test_no_reminder_of_what_is_written(self):
        self.ticket.debrief_prevention = "<p>An alarm at 80 %.</p>"
        self.ticket.stage_id = self.stage
        self.assertFalse(self.reminders())

    def test_born_closed(self):
        ticket = self.make_ticket(
            self.customer, priority="3", stage_id=self.stage.id, user_id=self.agent.id
        )
        self.assertEqual(self.reminders(ticket).user_id, self.agent)

    def test_author_and_day_are_the_system_s(self):
        ticket = self.ticket.with_user(self.agent)
        forged = {"debrief_user_id": self.colleague.id, "debrief_date": "2020-01-01"}
        ticket.write(forged)
        self.assertFalse(ticket.debrief_user_id or ticket.debrief_date)
        ticket.write({**forged, "debrief_what": "<p>Power cut.</p>"})
        self.assertEqual(ticket.debrief_user_id, self.agent)
        self.assertEqual(ticket.debrief_date.year, 2026)
        new = self.make_ticket(self.customer, debrief_what="<p>Again.</p>", **forged)
        self.assertEqual(new.debrief_user_id, self.env.user)
        ticket.debrief_what = "<p><br></p>"
        self.assertFalse(ticket.debrief_user_id or ticket.debrief_date)

    def test_a_copy_has_none(self):
        self.ticket.write({"debrief_what": "<p>-x</p>", "debrief_published": True})
        self.assertFalse(self.ticket.copy().debrief_what)
        self.assertFalse(self.ticket.copy().debrief_published)
