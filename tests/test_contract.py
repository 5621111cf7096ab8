# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import SupportCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestContract(SupportCommon):
    """Policies, plans, contracts, and which contract pays for a ticket."""

    def test_plan_is_copied(self):
        self.assertEqual(self.contract.grain_minutes, 15)
        self.assertEqual(self.contract.rate_card_id, self.card)
        self.plan.grain_minutes = 30
        self.assertEqual(self.contract.grain_minutes, 15)
        self.contract.action_apply_plan()
        self.assertEqual(self.contract.grain_minutes, 30)

    def test_plan_is_copied_in_the_form(self):
        self.plan.minimum_minutes = 60
        with Form(self.env["support.contract"].with_user(self.accountant)) as form:
            form.partner_id = self.other_customer
            form.plan_id = self.plan
        self.assertEqual(form.record.minimum_minutes, 60)
        self.assertTrue(form.record.name.startswith("SC"))

    def test_activation_needs_a_rate_card(self):
        contract = self.env["support.contract"].create(
            {"partner_id": self.other_customer.id}
        )
        with self.assertRaises(UserError):
            contract.action_activate()
        with self.assertRaises(ValidationError):
            contract.state = "active"
        contract.rate_card_id = self.card
        contract.action_activate()
        self.assertEqual(contract.state, "active")
        with self.assertRaises(ValidationError):
            contract.rate_card_id = False

    def test_found_by_customer(self):
        found = self.env["support.contract"].name_search(self.customer.name)
        self.assertIn(self.contract.id, [contract_id for contract_id, _name in found])

    def test_policy_sanity(self):
        for vals in (
            {"grain_minutes": 0},
            {"tolerance_minutes": 15},
            {"tolerance_minutes": -1},
            {"minimum_minutes": -1},
            {"minutes_per_day": 0},
            {"travel_fee": -1.0},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError):
                self.contract.write(vals)

    def test_rate_card_in_another_currency(self):
        other = self.env.ref("base.JPY")
        other.active = True
        card = self.env["support.rate.card"].create(
            {"name": "Yen", "currency_id": other.id}
        )
        with self.assertRaises(ValidationError):
            self.contract.rate_card_id = card

    def test_frozen_after_the_first_entry(self):
        self.contract.partner_id = self.other_customer
        self.contract.partner_id = self.customer
        self.grant(100.0)
        with self.assertRaises(UserError):
            self.contract.partner_id = self.other_customer
        self.contract.write({"partner_id": self.customer.id, "note": "Same again"})

    def test_frozen_after_the_first_charge(self):
        """Overrun without any credit has a currency and a payer, too."""
        self.log(1.0)
        self.assertFalse(self.contract.entry_ids)
        with self.assertRaises(UserError):
            self.contract.partner_id = self.other_customer

    def test_ticket_finds_its_contract(self):
        contact = self.env["res.partner"].create(
            {"name": "Ada", "parent_id": self.customer.id}
        )
        self.assertEqual(self.make_ticket(contact).support_contract_id, self.contract)
        self.assertFalse(self.make_ticket(self.other_customer).support_contract_id)
        self.contract.covered_partner_ids = self.other_customer
        self.assertEqual(
            self.make_ticket(self.other_customer).support_contract_id, self.contract
        )
        own = self.make_contract(self.other_customer)
        self.assertEqual(self.make_ticket(self.other_customer).support_contract_id, own)

    def test_several_contracts_are_the_dispatchers_choice(self):
        second = self.make_contract(self.customer)
        ticket = self.make_ticket(self.customer)
        self.assertFalse(ticket.support_contract_id)
        ticket.support_contract_id = second
        ticket.name = "Another title"
        self.assertEqual(ticket.support_contract_id, second)

    def test_ended_contract_pays_no_new_ticket(self):
        self.contract.action_end()
        self.assertFalse(self.make_ticket(self.customer).support_contract_id)
        line = self.log(1.0)
        self.assertEqual(line.support_intervention_id.hold_reason, "inactive")

    def test_contract_that_never_starts_can_end(self):
        self.contract.date_start = date(2026, 12, 1)
        self.contract.action_end()
        self.assertEqual(self.contract.state, "ended")
        self.assertEqual(self.contract.date_end, date(2026, 12, 1))

    def test_ended_contract_keeps_what_it_has_paid(self):
        """Another contact of the same customer is no reason to move old work."""
        ann, bob = self.env["res.partner"].create(
            [{"name": name, "parent_id": self.customer.id} for name in ("Ann", "Bob")]
        )
        old = self.grant(1000.0)
        worked, idle = self.make_ticket(ann), self.make_ticket(ann)
        self.log(4.0, ticket=worked)
        self.contract.action_end()
        contract = self.make_contract(self.customer)
        lot = self.grant(1000.0, contract=contract)
        (worked | idle).partner_id = bob
        self.env.cr.flush()
        self.assertEqual((old.remaining, lot.remaining), (500.0, 1000.0))
        self.assertEqual(worked.support_contract_id, self.contract)
        self.assertEqual(idle.support_contract_id, contract)

    def test_activation_adopts_open_tickets_without_time(self):
        idle = self.make_ticket(self.other_customer)
        worked = self.make_ticket(self.other_customer)
        self.log(1.0, ticket=worked)
        contract = self.make_contract(self.other_customer)
        self.assertEqual(idle.support_contract_id, contract)
        self.assertFalse(worked.support_contract_id)

    def test_company_gets_a_support_project(self):
        company = self.env["res.company"].create({"name": "Second provider"})
        self.assertEqual(company.support_project_id.company_id, company)
        self.assertTrue(self.env.company.support_project_id.allow_timesheets)

    def test_team_project_wins(self):
        project = self.env["project.project"].create({"name": "Desk"})
        self.team.default_project_id = project
        ticket = self.make_ticket(self.customer)
        self.assertEqual(self.log(1.0, ticket=ticket).project_id, project)
        self.assertEqual(
            self.log(
                1.0,
                ticket=self.make_ticket(
                    self.customer, team_id=False, user_id=self.agent.id
                ),
            ).project_id,
            self.company.support_project_id,
        )

    def test_other_company_is_another_world(self):
        company = self.env["res.company"].create({"name": "Second provider"})
        card = self.env["support.rate.card"].create(
            {
                "name": "Theirs",
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "rate_ids": [(0, 0, {"price": 125.0})],
            }
        )
        theirs = self.env["support.contract"].create(
            {
                "partner_id": self.other_customer.id,
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "rate_card_id": card.id,
            }
        )
        theirs.action_activate()
        self.assertFalse(self.make_ticket(self.other_customer).support_contract_id)
        self.assertNotIn(
            theirs, self.env["support.contract"].with_user(self.agent).search([])
        )
        with self.assertRaises(UserError):
            self.ticket.support_contract_id = theirs

    def test_credit_state(self):
        def states():
            self.contract.invalidate_recordset()
            found = self.env["support.contract"].search(
                [("credit_state", "=", self.contract.credit_state)]
            )
            self.assertIn(self.contract, found)
            return self.contract.credit_state

        self.assertEqual(states(), "none")
        lot = self.grant(100.0)
        self.assertEqual(states(), "ok")
        lot._adjust_down("test/1", 85.0, "test")
        self.assertEqual(states(), "low")
        lot._adjust_down("test/2", 15.0, "test")
        self.assertEqual(states(), "exhausted")
        self.assertEqual(self.contract.balance["money"]["granted"], 100.0)
        self.grant(200.0)
        self.assertEqual(states(), "ok")
        # The used-up bundle counts no more beside the new one.
        self.assertEqual(self.contract.balance["money"]["granted"], 200.0)

    def test_ended_before_started(self):
        with self.assertRaises(ValidationError):
            self.contract.date_end = date(2020, 1, 1)

    def test_contract_and_profile_of_a_ticket_are_the_dispatchers_choice(self):
        self.ticket.user_id = self.agent
        second = self.make_contract(self.customer)
        ticket = self.ticket.with_user(self.agent)
        for vals in (
            {"support_contract_id": second.id},
            {"support_contract_id": False},
            {"profile_id": self.senior.id, "profile_reason": "Cluster"},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                ticket.write(vals)
            with self.subTest(vals, new=True):
                new = {"name": "New", "description": "-", **vals}
                new["partner_id"] = self.other_customer.id
                if any(vals.values()):
                    with self.assertRaises(AccessError):
                        self.env["helpdesk.ticket"].with_user(self.agent).create(new)
        # What is there already may be saved again.
        ticket.write({"support_contract_id": self.contract.id, "name": "Same"})
        self.ticket.with_user(self.dispatcher).write(
            {
                "support_contract_id": second.id,
                "profile_id": self.senior.id,
                "profile_reason": "Cluster",
            }
        )
        self.assertEqual(self.ticket.support_contract_id, second)

    def test_contract_of_a_task_is_the_dispatchers_choice(self):
        user = new_test_user(self.env, "project_user", "project.group_project_user")
        project = self.env["project.project"].create({"name": "Migration"})
        task = self.env["project.task"].create(
            {"name": "Move mail", "project_id": project.id, "user_ids": user.ids}
        )
        with self.assertRaises(AccessError):
            task.with_user(user).support_contract_id = self.contract
        dispatcher = self.dispatcher
        dispatcher.group_ids += self.env.ref("project.group_project_user")
        task.with_user(dispatcher).support_contract_id = self.contract

    def test_work_after_the_last_day_waits(self):
        self.grant(100.0)
        self.contract.date_end = self.TODAY
        self.assertEqual(self.log(0.5).support_intervention_id.state, "rated")
        late = self.log(0.5, date=date(2026, 11, 22)).support_intervention_id
        self.assertEqual((late.state, late.hold_reason), ("held", "inactive"))
