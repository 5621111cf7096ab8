# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Deadlines, attainment and refunds as customers see them, and others do not."""

from datetime import datetime, timedelta

from odoo.tests import tagged

from .test_portal_assets import ServiceCase


@tagged("post_install", "-at_install")
class TestPortalSla(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level_c.refund = True
        now = datetime.now().replace(microsecond=0)
        cls.open, cls.kept, cls.late = (
            cls.env["helpdesk.ticket"].create(
                {
                    "name": name,
                    "description": "-",
                    "partner_id": cls.customer.partner_id.id,
                    "asset_id": cls.web.id,
                    "request_date": now - timedelta(hours=hours),
                    "user_id": False,
                }
            )
            for name, hours in (
                ("Still waits", 1),
                ("Was answered", 2),
                ("Was forgotten", 30),
            )
        )
        cls.env["helpdesk.ticket"]._note_acts({cls.kept: now})
        cls.remedy = cls.contract.remedy_ids
        cls.theirs = cls.env["helpdesk.ticket"].create(
            {
                "name": "Secret of Beta",
                "description": "-",
                "partner_id": cls.stranger.partner_id.id,
                "asset_id": cls.box.id,
                "user_id": False,
            }
        )
        cls.env.flush_all()

    def reject(self):
        self.remedy.action_reject("The line was down on your side")
        # Tests print no PDF; what is attached is what the template makes.
        self.env.flush_all()

    def evidence(self, contract, remedy):
        return self._get(f"/my/support/{contract.id}/remedy/{remedy.id}")

    def test_deadlines_and_attainment(self):
        self._login(self.customer)
        page = self.page()
        self.assertIn("Open deadlines", page)
        self.assertIn("Still waits", page)
        self.assertIn("Was forgotten", page)
        attainment = self.contract._prepare_portal_attainment()
        self.assertEqual(
            [(one["kept"], one["total"], one["percent"]) for one in attainment],
            [(1, 2, "50 %")],
        )
        self.assertIn("50 %", page)
        self.assertNotIn("Secret of Beta", page)

    def test_of_a_covered_company_only_their_own(self):
        self.contract.covered_partner_ids = self.beta
        self.theirs.asset_id = False
        self.theirs.support_contract_id = self.contract
        self.contract.level_id = self.level_a
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertTrue(self.theirs.support_sla_ids)
        self._login(self.customer)
        self.assertNotIn("Secret of Beta", self.page())

    def test_ticket_page(self):
        self._login(self.customer)
        page = self.ticket_page(self.kept)
        self.assertIn("Response", page)
        self.assertIn("Met", page)
        token = self.open._portal_ensure_token()
        self._login(self.stranger)
        page = self.ticket_page(self.open, f"?access_token={token}")
        self.assertNotIn("o_support_deadlines", page)

    def test_refunds_that_are_decided(self):
        self.assertEqual(self.remedy.amount, 210.0)
        self._login(self.customer)
        self.assertNotIn("Targets we missed", self.page())
        self.reject()
        page = self.page()
        self.assertIn("Targets we missed", page)
        self.assertIn("The line was down on your side", page)
        self.assertIn("no refund", page)
        found = self.evidence(self.contract, self.remedy)
        self.assertIn("attachment", found.headers["Content-Disposition"])
        self.assertEqual(found.content, self.remedy.evidence_id.raw)

    def test_evidence_of_others(self):
        self.reject()
        body = self.remedy.evidence_id.raw
        self._login(self.stranger)
        for contract in (self.contract, self.foreign):
            found = self.evidence(contract, self.remedy)
            self.assertNotEqual(found.content, body)
            self.assertNotIn("Content-Disposition", found.headers)
        self.assertNotIn("The line was down", self.page(self.foreign))
        self.authenticate(None, None)
        found = self.evidence(self.contract, self.remedy)
        self.assertIn("/web/login", found.url)
        # Nor by the address of the attachment itself.
        self._login(self.stranger)
        found = self.url_open(f"/web/content/{self.remedy.evidence_id.id}")
        self.assertNotEqual(found.content, body)

    def test_evidence_before_the_decision(self):
        self._login(self.customer)
        found = self.evidence(self.contract, self.remedy)
        self.assertNotIn("Content-Disposition", found.headers)

    def test_who_closes_a_ticket(self):
        """Closing ends deadlines; upstream lets anybody close any ticket."""
        stage = self.env["helpdesk.ticket.stage"].create(
            {"name": "Solved by us", "closed": True, "close_from_portal": True}
        )
        self.env.flush_all()
        url = f"/ticket/close?ticket_id={self.open.id}&stage_id={stage.id}"
        self._login(self.stranger)
        self._get(url)
        self.assertFalse(self.open.closed)
        for sent in ("", "x", "0", "1" * 30, str(10**9 - 1)):
            self._get(f"/ticket/close?ticket_id={sent}&stage_id={stage.id}")
        self._login(self.customer)
        self._get(url)
        self.open.invalidate_recordset()
        self.assertEqual(self.open.stage_id, stage)
        # It needs no answer any more; nobody of us has given one.
        self.assertEqual(self.open.support_sla_ids.state, "void")
