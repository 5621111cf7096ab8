# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from .common import SupportCase


@tagged("post_install", "-at_install")
class TestTours(SupportCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpSupport()
        # The browser has no frozen clock: the credit must be usable today.
        cls.lot = cls.grant(5000.0, date_first=fields.Date.today(), date_last=False)

    def test_agent_logs_time(self):
        self.start_tour(
            f"/odoo/helpdesk-tickets/{self.ticket.id}",
            "support_agent_tour",
            login=self.agent.login,
        )
        self.assertEqual(self.lot.remaining, 4500.0)
        self.assertFalse(
            self.env["account.move.line"].search(
                [("partner_id", "=", self.customer.id)]
            ),
            "Work that credit has paid is never invoiced",
        )

    def test_agent_asks_for_a_price(self):
        self.start_tour(
            f"/odoo/helpdesk-tickets/{self.ticket.id}",
            "support_estimate_tour",
            login=self.agent.login,
        )
        self.assertFalse(self.ticket.support_intervention_ids)
        self.assertEqual(self.lot.remaining, 5000.0)

    def test_dispatcher_makes_an_exception(self):
        self.contract.default_coverage = "advisory"
        self.log(4.0, date=fields.Date.today())
        self.assertEqual(self.lot.remaining, 5000.0)
        self.start_tour(
            "/odoo/support-to-price",
            "support_exception_tour",
            login=self.dispatcher.login,
        )
        self.assertEqual(self.lot.remaining, 4500.0)


@tagged("post_install", "-at_install")
class TestStory(SupportCase, HttpCase):
    """Ekco's own example, from the sale to the overrun, clicked in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpSupport()
        cls.env["product.template"].create(
            {
                "name": "Strippenkaart of the story",
                "type": "service",
                "list_price": 5000.0,
                "taxes_id": False,
                "support_bundle": True,
                "support_unit": "money",
                "support_quantity": 5000.0,
                "support_validity": 1,
                "support_validity_unit": "year",
                "support_plan_id": cls.plan.id,
            }
        )
        cls.seller = new_test_user(
            cls.env,
            "support_seller",
            "sales_team.group_sale_salesman_all_leads,"
            "prepaid_support.group_support_billing_manager",
        )
        contact = cls.env["res.partner"].create(
            {"name": "Ada", "email": "ada@x.example", "parent_id": cls.customer.id}
        )
        cls.portal_user = new_test_user(
            cls.env, "support_customer", "base.group_portal", partner_id=contact.id
        )

    def test_story(self):
        self.start_tour(
            "/odoo/orders/new", "support_story_sale_tour", login="support_seller"
        )
        lot = self.contract.lot_ids
        self.assertEqual((lot.remaining, lot.move_id.payment_state), (5000.0, "paid"))
        self.start_tour(
            "/new/ticket", "support_story_ticket_tour", login="support_customer"
        )
        ticket = self.contract.ticket_ids - self.ticket
        ticket.user_id = self.agent
        self.start_tour(
            f"/odoo/helpdesk-tickets/{ticket.id}",
            "support_agent_tour",
            login="support_agent",
        )
        self.assertEqual(lot.remaining, 4500.0)
        # 38 h more, of which credit pays 36.
        for _half in (1, 2):
            self.log(19.0, ticket=ticket, date=self.contract._get_today())
        self.assertEqual(self.contract.overrun_amount, 250.0)
        self.start_tour(
            f"/odoo/support-contracts/{self.contract.id}",
            "support_story_overrun_tour",
            login="support_seller",
        )
        charge = self.contract.charge_ids.filtered("overrun_amount")
        self.assertRecordValues(
            charge.invoice_id, [{"state": "draft", "amount_untaxed": 250.0}]
        )
        self.start_tour(
            "/my/support", "support_story_portal_tour", login="support_customer"
        )
