# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .test_rating import MORNING, RatingCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestEstimate(RatingCommon):
    """Price this: what it says is what is posted, and nothing is stored."""

    def ask(self, user=None, **vals):
        user = user or self.agent
        wizard = self.env["support.contract.estimate"].with_user(user)
        return wizard.create(
            {
                "ticket_id": self.ticket.id,
                "employee_id": self.technician.id,
                "work_start": MORNING,
                "hours": 1.0,
                **vals,
            }
        )

    def stored(self):
        return [
            self.env[model].search_count([])
            for model in (
                "support.intervention",
                "support.charge",
                "support.entry",
                "support.lot",
                "account.analytic.line",
                "mail.activity",
            )
        ]

    def check(self, start, hours, **vals):
        """Ask, then log the same, and compare."""
        before, left = self.stored(), self.lot.remaining
        wizard = self.ask(work_start=start, hours=hours, **vals)
        said = {
            name: wizard[name]
            for name in ("amount", "billed_minutes", "overrun_amount")
        }
        self.assertFalse(wizard.hold_reason)
        self.assertEqual(self.stored(), before)
        self.assertEqual(self.lot.remaining, left)
        works = self.ticket.support_intervention_ids
        had = {name: sum(works.mapped(name)) for name in said}
        self.work(hours, start, **vals)
        works = self.ticket.support_intervention_ids
        self.assertEqual(
            {name: sum(works.mapped(name)) - had[name] for name in said}, said
        )
        return wizard

    def test_same_as_posting(self):
        self.contract.write(
            {
                "discount_percent": 25,
                "after_hours_rounding": True,
                "after_hours_minimum_minutes": 30,
            }
        )
        wizard = self.check("2026-11-24 15:30:00", 1.25)
        self.assertGreater(wizard.list_amount, wizard.amount)
        self.assertIn(self.lot.name, wizard.credit_text)
        self.assertIn("After hours", wizard.explanation_text)

    def test_on_top_of_what_is_logged_already(self):
        """Five minutes within the quarter that is charged already cost nothing."""
        self.work(10 / 60, MORNING)
        self.assertEqual(self.check(MORNING, 5 / 60).amount, 0.0)
        self.assertEqual(self.check(MORNING, 5 / 60).amount, 20.0)

    def test_on_top_of_invoiced_work(self):
        line = self.work(10 / 60, MORNING)
        line.support_intervention_id.write({"locked": True})
        self.assertEqual(self.check(MORNING, 5 / 60).amount, 0.0)
        self.assertEqual(self.check(MORNING, 15 / 60).amount, 20.0)

    def test_what_no_credit_covers(self):
        self.lot._adjust_down("test/out", 4970.0, "test")
        wizard = self.check(MORNING, 1.0)
        self.assertEqual((wizard.amount, wizard.overrun_amount), (80.0, 50.0))

    def test_free_tickets_that_are_not_granted_yet(self):
        self.contract.write({"free_tickets": 1, "date_start": "2026-11-01"})
        wizard = self.check(MORNING, 0.5, delivery_mode="onsite")
        self.assertIn("Free tickets November 2026", wizard.credit_text)
        self.assertEqual(len(self.contract.lot_ids), 2)

    def test_work_that_would_wait(self):
        self.contract.after_hours = "planned"
        wizard = self.ask(work_start="2026-11-24 19:00:00")
        self.assertEqual(wizard.hold_reason, "not_planned")
        # and what an exception would cost
        self.assertEqual((wizard.is_exception, wizard.amount), (True, 140.0))
        self.card.rate_ids.unlink()
        wizard = self.ask(work_start="2026-11-24 19:00:00", hours=2.0)
        self.assertEqual((wizard.hold_reason, wizard.amount), ("not_planned", 0.0))
        wizard = self.ask(hours=2.0)
        self.assertEqual((wizard.hold_reason, wizard.amount), ("rate", 0.0))

    def test_of_a_contract_alone(self):
        wizard = self.env["support.contract.estimate"].with_user(self.accountant)
        with Form(wizard.with_context(default_contract_id=self.contract.id)) as form:
            form.work_start = MORNING
            form.hours = 0.5
            self.assertEqual(form.amount, 40.0)
            form.delivery_mode = "onsite"
            self.assertEqual(form.amount, 190.0)

    def test_without_a_contract(self):
        ticket = self.make_ticket(self.other_customer)
        self.assertEqual(self.ask(ticket_id=ticket.id).hold_reason, "no_contract")

    def test_impossible_time_is_priced_at_nothing(self):
        with Form(
            self.env["support.contract.estimate"].with_context(
                default_ticket_id=self.ticket.id
            )
        ) as form:
            form.hours = 25
            self.assertEqual(form.amount, 0.0)
            form.hours = 1

    def test_of_another_company_is_refused(self):
        company = self.env["res.company"].create({"name": "Second provider"})
        user = new_test_user(
            self.env,
            "support_elsewhere",
            "prepaid_support.group_support_user",
            company_id=company.id,
            company_ids=company.ids,
        )
        with self.assertRaises(AccessError):
            self.ask(user=user)
        with self.assertRaises(AccessError):
            self.ask(user=user, ticket_id=False, contract_id=self.contract.id)

    def test_portal_user_is_refused(self):
        portal = new_test_user(self.env, "support_portal_user", "base.group_portal")
        with self.assertRaises(AccessError):
            self.ask(user=portal)
