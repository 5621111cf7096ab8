# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import SupportCase


@tagged("post_install", "-at_install")
class TestHttpDoors(SupportCase, HttpCase):
    """Over the wire: a customer's ticket from the portal, a technician's RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpSupport()
        cls.today = cls.contract._get_today()
        cls.lot = cls.grant(5000.0, date_first=cls.today, date_last=False)
        contact = cls.env["res.partner"].create(
            {"name": "Ada", "email": "ada@x.example", "parent_id": cls.customer.id}
        )
        cls.portal_user = new_test_user(
            cls.env, "support_customer", "base.group_portal", partner_id=contact.id
        )
        cls.team.show_in_portal = True

    def call(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def test_ticket_from_the_portal_has_its_contract(self):
        self.authenticate("support_customer", "support_customer")
        category = self.env["helpdesk.ticket.category"].create({"name": "Call"})
        response = self.url_open(
            "/submitted/ticket",
            data={
                "csrf_token": Request.csrf_token(self),
                "subject": "Printer is on fire",
                "description": "It really is.",
                "category": category.id,
                "team": self.team.id,
            },
        )
        self.assertEqual(response.status_code, 200)
        ticket = self.env["helpdesk.ticket"].search(
            [("name", "=", "Printer is on fire")]
        )
        self.assertEqual(ticket.support_contract_id, self.contract)
        self.assertEqual(ticket.support_balance["money"]["remaining"], 5000.0)

    def test_technician_logs_by_rpc(self):
        self.authenticate("support_agent", "support_agent")
        values = {
            "ticket_id": self.ticket.id,
            "date": self.today.isoformat(),
            "unit_amount": 4.0,
            "name": "By RPC",
        }
        [line_id] = self.call("account.analytic.line", "create", [values])
        self.env.invalidate_all()
        self.assertEqual(self.lot.remaining, 4500.0)
        self.call("account.analytic.line", "write", [line_id], {"unit_amount": 3.0})
        self.env.invalidate_all()
        self.assertEqual(self.lot.remaining, 4625.0)
        [line] = self.call(
            "account.analytic.line", "read", [line_id], ["support_amount", "so_line"]
        )
        self.assertEqual(line["support_amount"], 375.0)
        self.assertFalse(line["so_line"])
        self.call("account.analytic.line", "unlink", [line_id])
        self.env.invalidate_all()
        self.assertEqual(self.lot.remaining, 5000.0)

    @mute_logger("odoo.http")
    def test_bad_time_by_rpc_is_one_sentence_and_nothing_half_done(self):
        self.authenticate("support_agent", "support_agent")
        good = {"ticket_id": self.ticket.id, "unit_amount": 1.0, "name": "Good"}
        params = {
            "model": "account.analytic.line",
            "method": "create",
            "args": [[good, {**good, "unit_amount": 25.0}]],
            "kwargs": {},
        }
        answer = self.url_open(
            "/web/dataset/call_kw", json={"jsonrpc": "2.0", "params": params}
        ).json()
        self.assertIn(
            "25 hours do not fit in a day", answer["error"]["data"]["message"]
        )
        self.env.invalidate_all()
        self.assertFalse(self.ticket.timesheet_ids)
        self.assertEqual(self.lot.remaining, 5000.0)
