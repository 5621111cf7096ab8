# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a missed target gives back: once a month, decided by a billing manager."""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .test_sla import SlaCase, utc


class RemedyCase(SlaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.level | cls.level_b | cls.level_c).refund = True
        # Only what is about a covered asset is promised.
        cls.contract.write({"date_start": "2026-01-01", "level_id": False})

    def miss(self, asset, when, found=None, **vals):
        """A request that nobody answers, found by the job on a later day."""
        with freeze_time(utc(when)):
            ticket = self.request(when, asset_id=asset.id, team_id=self.team.id, **vals)
            self.commit()
        with freeze_time(utc(found or f"{when[:8]}28 12:00")):
            self.run_cron()
        self.assertEqual(self.sla(ticket).state, "breached")
        return ticket

    @property
    def remedies(self):
        return self.contract.remedy_ids

    def decider(self, remedy):
        return remedy.with_user(self.accountant)


@tagged("post_install", "-at_install")
class TestRemedy(RemedyCase):
    def test_T06_one_server(self):
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        ticket = self.miss(self.web, "2026-11-10 10:00")
        remedy = self.remedies
        self.assertEqual((remedy.amount, remedy.asset_id), (140.0, self.web))
        self.assertEqual(remedy.month, date(2026, 11, 1))
        self.assertEqual(remedy.sla_ids, self.sla(ticket))
        self.assertEqual(remedy.activity_ids.user_id, remedy._get_decider())

    def test_T07_twice_in_a_month(self):
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        self.miss(self.web, "2026-11-10 10:00")
        self.miss(self.web, "2026-11-12 10:00")
        self.assertEqual(self.remedies.mapped("amount"), [140.0])
        self.assertEqual(len(self.remedies.sla_ids), 2)
        # Final: what comes after the decision gives nothing more.
        self.decider(self.remedies).action_reject("Agreed on the phone")
        self.miss(self.web, "2026-11-13 10:00")
        self.assertEqual(len(self.remedies), 1)
        self.miss(self.web, "2026-12-10 10:00")
        self.assertEqual(len(self.remedies), 2)

    def test_T08_asset_or_contract(self):
        assets = [self.web, self.mail, *self.make_assets("files")]
        for asset in assets:
            self.cover(asset, level=self.level_c, date_from="2026-01-01")
        self.miss(self.web, "2026-10-13 10:00")
        self.contract.remedy_scope = "contract"
        self.miss(self.web, "2026-11-10 10:00")
        self.assertEqual(
            self.remedies.sorted("month").mapped(
                lambda one: (one.amount, bool(one.asset_id))
            ),
            [(210.0, True), (630.0, False)],
        )

    def test_T09_found_in_the_next_month(self):
        self.cover(self.web, level=self.level_b, date_from="2027-01-01")
        self.miss(self.web, "2027-03-31 12:00", found="2027-04-02 09:00")
        self.assertEqual(self.remedies.month, date(2027, 3, 1))

    def test_T11_best_effort_is_no_promise(self):
        self.cover(self.web, date_from="2026-01-01")
        with freeze_time(utc("2026-11-10 10:00")):
            ticket = self.request("2026-11-10 10:00", asset_id=self.web.id, urgent=True)
        with freeze_time(utc("2026-11-10 15:00")):  # they had asked for noon
            ticket.with_user(self.dispatcher).user_id = self.agent
            self.run_cron()
        self.assertEqual(self.sla(ticket).state, "met")
        self.assertFalse(self.remedies)

    def test_without_the_clause_or_a_fee(self):
        self.level_b.refund = False
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        self.miss(self.web, "2026-11-10 10:00")
        free = self.make_level("Free", 0.0, [("response", "any", 60)], refund=True)
        self.cover(self.mail, level=free, date_from="2026-01-01")
        self.miss(self.mail, "2026-11-10 10:00")
        self.assertFalse(self.remedies)

    def test_withdrawn_where_it_was_met_after_all(self):
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        ticket = self.miss(self.web, "2026-11-10 10:00")
        with freeze_time(utc("2026-11-29 10:00")):
            self.log(
                0.5,
                ticket=ticket,
                date="2026-11-10",
                work_start=utc("2026-11-10 11:00"),
            )
        self.assertEqual(self.remedies.state, "withdrawn")
        self.assertFalse(self.remedies.activity_ids)
        # The month may still have a real one.
        self.miss(self.web, "2026-11-12 10:00")
        self.assertEqual(
            self.remedies.sorted("id").mapped("state"), ["withdrawn", "proposed"]
        )

    @freeze_time("2026-11-28 12:00:00")
    def test_accepted_as_goodwill(self):
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        self.miss(self.web, "2026-11-10 10:00")
        remedy = self.decider(self.remedies)
        wizard = self.env["support.remedy.decide"].with_user(self.accountant)
        wizard = wizard.with_context(force_report_rendering=True)
        wizard.create(
            {"remedy_id": remedy.id, "kind": "goodwill", "reason": "Sorry"}
        ).action_decide()
        self.assertEqual(remedy.state, "accepted")
        lot = remedy.sudo().lot_id
        self.assertEqual((lot.kind, lot.remaining), ("goodwill", 140.0))
        self.assertFalse(remedy.activity_ids)
        self.assertEqual(remedy.evidence_id.mimetype, "application/pdf")
        with self.assertRaisesRegex(UserError, "decided already"):
            remedy.action_accept("goodwill")

    @freeze_time("2026-11-28 12:00:00")
    def test_accepted_as_credit_note(self):
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        self.miss(self.web, "2026-11-10 10:00")
        remedy = self.decider(self.remedies)
        remedy.action_accept("credit_note")
        move = remedy.move_id
        self.assertEqual(move.move_type, "out_refund")
        self.assertEqual(move.amount_untaxed, 140.0)
        self.assertEqual(move.partner_id, self.customer)
        self.assertIn("web", move.invoice_line_ids.name)
        # Thrown away, it is to be decided anew; once more gives one again.
        move.unlink()
        self.assertEqual(remedy.state, "proposed")
        self.assertTrue(remedy.sudo().activity_ids)
        remedy.action_accept("credit_note")
        self.assertEqual(remedy.state, "accepted")

    def test_rejected_with_a_reason(self):
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        self.miss(self.web, "2026-11-10 10:00")
        remedy = self.decider(self.remedies)
        with self.assertRaisesRegex(UserError, "Say why"):
            remedy.action_reject(" ")
        remedy.action_reject("The line was down on your side")
        self.assertEqual(remedy.state, "rejected")
        self.assertTrue(remedy.evidence_id)

    def test_only_a_billing_manager_decides(self):
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        self.miss(self.web, "2026-11-10 10:00")
        for user in (self.agent, self.dispatcher):
            remedy = self.remedies.with_user(user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                remedy.action_accept("goodwill")
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                remedy.write({"amount": 1.0})
        for vals in ({"amount": 1.0}, {"state": "accepted"}):
            with self.assertRaises(AccessError):
                self.decider(self.remedies).write(vals)
        with self.assertRaises(AccessError):
            self.remedies.with_user(self.accountant).create(
                {"contract_id": self.contract.id, "month": "2026-11-01"}
            )

    def test_evidence(self):
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        self.miss(self.web, "2026-11-10 10:00")
        told = self.remedies._prepare_evidence()
        (target,) = told["targets"]
        self.assertEqual([event["label"] for event in target["events"]][-1], "Missed")
        self.assertIn("2:00", target["deadline"])  # 14:00 in Brussels
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "prepaid_support.support_remedy_report", self.remedies.ids
        )
        self.assertIn(b"Service level not met", html)
