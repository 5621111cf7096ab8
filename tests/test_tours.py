# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields
from odoo.tests import HttpCase, tagged

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
