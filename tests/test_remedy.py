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
        cls.ticket.active = False
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

    def cover_three(self):
        for asset in (self.web, self.mail, *self.make_assets("files")):
            self.cover(asset, level=self.level_c, date_from="2026-01-01")

    def accept(self, remedy, kind="credit_note"):
        with freeze_time("2026-11-29 12:00:00"):
            self.decider(remedy).action_accept(kind)

    def touch(self, ticket):
        """What every change of a ticket does whose target is missed."""
        self.env.flush_all()
        ticket.support_sla_ids._propose_remedies()

    def asked(self, remedy):
        return remedy.activity_ids.mapped("summary")


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


@tagged("post_install", "-at_install")
class TestRemedyOnce(RemedyCase):
    """Never more than the fee of the month, and of the right thing."""

    def test_accepted_for_an_asset_before_the_whole_contract(self):
        self.cover_three()
        self.miss(self.web, "2026-11-10 10:00")
        self.accept(self.remedies)
        self.contract.remedy_scope = "contract"
        self.miss(self.mail, "2026-11-11 10:00")
        whole = self.remedies.filtered(lambda one: not one.asset_id)
        self.assertEqual(whole.amount, 420.0)
        self.accept(whole)
        self.assertEqual(sum(self.remedies.mapped("amount")), 630.0)

    def test_the_whole_contract_absorbs_its_assets(self):
        self.cover_three()
        one = self.miss(self.web, "2026-11-10 10:00")
        first = self.remedies
        self.contract.remedy_scope = "contract"
        other = self.miss(self.mail, "2026-11-11 10:00")
        self.assertEqual(first.state, "withdrawn")
        self.assertFalse(first.activity_ids)
        whole = self.remedies - first
        self.assertEqual((whole.amount, whole.state), (630.0, "proposed"))
        self.assertEqual(whole.sla_ids, self.sla(one) | self.sla(other))
        # Then, what is about an asset is given already.
        self.contract.remedy_scope = "asset"
        self.accept(whole)
        late = self.miss(self.web, "2026-11-12 10:00")
        self.assertEqual(self.sla(late).remedy_id, whole)

    def test_flat_fee_by_the_asset_and_whole(self):
        self.contract.flat_fee = 500.0
        self.contract.level_id = self.level_c
        self.cover_three()
        self.miss(self.web, "2026-11-10 10:00")
        self.assertEqual(self.remedies.amount, 166.67)
        self.accept(self.remedies)
        self.miss(self.env["support.asset"], "2026-11-11 10:00")
        whole = self.remedies.filtered(lambda one: not one.asset_id)
        self.assertEqual(whole.amount, 333.33)

    def test_capped_again_when_accepted(self):
        self.cover_three()
        self.miss(self.web, "2026-11-10 10:00")
        asset = self.remedies
        whole = self.env["support.remedy"].create(
            {"contract_id": self.contract.id, "month": "2026-11-01", "amount": 630.0}
        )
        self.accept(asset)
        self.assertEqual(whole.amount, 420.0)
        whole.amount = 630.0
        self.accept(whole)
        self.assertEqual(whole.amount, 420.0)
        self.assertEqual(whole.move_id.amount_untaxed, 420.0)

    def test_accepting_the_whole_contract_absorbs_what_is_open(self):
        self.cover_three()
        ticket = self.miss(self.web, "2026-11-10 10:00")
        asset = self.remedies
        whole = self.env["support.remedy"].create(
            {"contract_id": self.contract.id, "month": "2026-11-01", "amount": 630.0}
        )
        self.accept(whole | asset)
        self.assertEqual(whole.amount, 630.0)
        self.assertEqual(asset.state, "withdrawn")
        self.assertEqual(self.sla(ticket).remedy_id, whole)

    def test_covered_on_the_day_of_the_request(self):
        self.cover_three()
        (other,) = self.make_assets("old")
        self.cover(other, date_from="2026-01-01", date_to="2026-11-10")
        self.miss(other, "2026-11-10 10:00")  # due on the 11th
        self.assertEqual((self.remedies.asset_id, self.remedies.amount), (other, 23.33))

    def test_about_no_covered_asset(self):
        self.contract.level_id = self.level_c
        self.cover_three()
        self.miss(self.env["support.asset"], "2026-11-10 10:00")
        (other,) = self.make_assets("not covered")
        self.miss(other, "2026-11-11 10:00")
        self.assertFalse(self.remedies)
        self.contract.flat_fee = 500.0
        self.miss(other, "2026-11-12 10:00")
        self.assertEqual(
            (self.remedies.amount, self.remedies.asset_id.id), (500.0, False)
        )

    def test_due_after_the_last_day(self):
        self.cover(self.web, date_from="2026-01-01")
        self.contract.date_end = "2026-11-30"
        self.miss(self.web, "2026-11-30 15:00", found="2026-12-02 09:00")
        self.assertEqual(self.remedies.month, date(2026, 11, 1))
        self.assertEqual(self.remedies.amount, 70.0)
        self.cover(self.mail, date_from="2026-01-01", date_to="2026-10-31")
        self.miss(self.mail, "2026-10-31 15:00", found="2026-11-02 09:00")
        self.assertIn(date(2026, 10, 1), self.remedies.mapped("month"))


@tagged("post_install", "-at_install")
class TestRemedyFacts(RemedyCase):
    """Facts change after the proposal."""

    def setUp(self):
        super().setUp()
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")

    def end_it(self):
        self.miss(self.web, "2026-11-03 10:00", found="2026-11-04 12:00")
        self.assertEqual(self.remedies.amount, 140.0)
        self.contract.date_end = "2026-11-10"
        return self.decider(self.remedies)

    @freeze_time("2026-11-12 12:00:00")
    def test_amount_of_the_day_it_is_accepted(self):
        remedy = self.end_it()
        wizard = self.env["support.remedy.decide"].with_user(self.accountant)
        wizard = wizard.create({"remedy_id": remedy.id})
        self.assertEqual(wizard.amount, 46.67)
        self.assertEqual(wizard.kind, "credit_note")
        wizard.action_decide()
        self.assertEqual(remedy.amount, 46.67)
        self.assertEqual(remedy.move_id.amount_untaxed, 46.67)

    @freeze_time("2026-11-12 12:00:00")
    def test_no_goodwill_for_who_has_left(self):
        self.contract.remedy_kind = "goodwill"
        remedy = self.end_it()
        wizard = self.env["support.remedy.decide"].with_user(self.accountant)
        self.assertEqual(wizard.create({"remedy_id": remedy.id}).kind, "credit_note")
        with self.assertRaisesRegex(UserError, "has ended: choose a credit note"):
            remedy.action_accept("goodwill")

    @freeze_time("2026-11-28 12:00:00")
    def test_nothing_left_to_give(self):
        self.miss(self.web, "2026-11-10 10:00")
        self.contract.line_ids.monthly_fee = 0.0
        with self.assertRaisesRegex(UserError, "no fee left"):
            self.decider(self.remedies).action_accept("credit_note")
        self.assertEqual(self.remedies.state, "proposed")

    def test_another_asset(self):
        self.cover(self.mail, level=self.level_c, date_from="2026-01-01")
        ticket = self.miss(self.web, "2026-11-10 10:00")
        first = self.remedies
        # Another level, and so another deadline; it stays missed.
        ticket.asset_id = self.mail
        self.touch(ticket)
        self.assertEqual(first.state, "withdrawn")
        self.assertFalse(first.activity_ids)
        second = self.remedies - first
        self.assertEqual((second.asset_id, second.amount), (self.mail, 210.0))
        self.assertEqual(self.sla(ticket).remedy_id, second)
        # Decided, it stays, and the decider is asked once.
        self.accept(second)
        ticket.asset_id = self.web
        for _time in range(2):
            self.touch(ticket)
            self.assertEqual(self.sla(ticket).remedy_id, second)
            self.assertEqual(second.state, "accepted")
            self.assertEqual(len(second.activity_ids), 1)
            self.assertIn("changed", self.asked(second)[0])
        self.assertEqual(second.activity_ids.user_id, self.accountant)
        self.assertEqual(len(self.remedies), 2)

    def test_another_month_or_no_clause(self):
        ticket = self.miss(self.web, "2026-11-10 10:00")
        first = self.remedies
        ticket.request_date = utc("2026-10-13 10:00")
        self.touch(ticket)
        self.assertEqual(first.state, "withdrawn")
        second = self.remedies - first
        self.assertEqual(second.month, date(2026, 10, 1))
        self.level_b.refund = False
        self.touch(ticket)
        self.assertEqual(second.state, "withdrawn")
        self.assertFalse(self.sla(ticket).remedy_id)

    def test_the_reason_for_the_whole_contract_is_gone(self):
        self.contract.write({"level_id": self.level_c.id, "flat_fee": 500.0})
        self.cover(self.mail, level=self.level_c, date_from="2026-01-01")
        self.miss(self.web, "2026-11-10 10:00")
        other = self.miss(self.env["support.asset"], "2026-11-11 10:00")
        whole = self.remedies.filtered(lambda one: one.state == "proposed")
        self.assertEqual((whole.amount, len(whole.sla_ids)), (500.0, 2))
        other.asset_id = self.mail
        self.touch(other)
        self.assertEqual(whole.state, "withdrawn")
        left = self.remedies.filtered(lambda one: one.state == "proposed")
        self.assertEqual(left.asset_id, self.web | self.mail)
        self.assertEqual(left.mapped("amount"), [250.0, 250.0])

    def test_nothing_changes(self):
        tickets = self.miss(self.web, "2026-11-10 10:00")
        self.touch(tickets)
        with self.assertQueryCount(0):
            tickets.support_sla_ids._propose_remedies()
        counts = []
        for _time in range(2):
            tickets |= self.miss(self.web, "2026-11-11 10:00")
            slas = tickets.support_sla_ids
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            slas._propose_remedies()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_met_after_all_when_it_is_decided(self):
        ticket = self.miss(self.web, "2026-11-10 10:00")
        self.accept(self.remedies)
        with freeze_time(utc("2026-11-29 13:00")):
            self.log(
                0.5,
                ticket=ticket,
                date="2026-11-10",
                work_start=utc("2026-11-10 11:00"),
            )
        self.assertEqual(self.sla(ticket).state, "met")
        self.assertEqual(self.remedies.state, "accepted")
        self.assertEqual(self.sla(ticket).remedy_id, self.remedies)
        self.assertIn("met after all", self.asked(self.remedies)[0])
        self.assertEqual(self.remedies.activity_ids.user_id, self.accountant)
        # Without its document, there is nothing to decide.
        self.remedies.move_id.with_user(self.accountant).button_cancel()
        self.assertEqual(self.remedies.state, "withdrawn")


@tagged("post_install", "-at_install")
@freeze_time("2026-11-28 12:00:00")
class TestRemedyDocuments(RemedyCase):
    """Credit notes and evidence."""

    def post_invoices(self, day):
        """The schedule's invoices of a day, posted."""
        with freeze_time(f"{day} 09:00:00"):
            self.contract._sync_recurring()
            self.env["contract.contract"].cron_recurring_create_invoice()
            moves = self.contract._get_recurring_invoice_lines().move_id
            moves.filtered(lambda move: move.state == "draft").action_post()
        return moves

    def test_given_once_whatever_happens_to_the_credit_note(self):
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        self.miss(self.web, "2026-11-10 10:00")
        remedy = self.decider(self.remedies)
        remedy.action_accept("credit_note")
        first = remedy.move_id
        first.button_cancel()
        self.assertEqual(remedy.state, "proposed")
        with self.assertRaisesRegex(UserError, "decided anew"):
            first.button_draft()
        remedy.action_accept("credit_note")
        second = remedy.move_id
        with self.assertRaisesRegex(UserError, "decided anew"):
            first.button_draft()
        first.sudo().state = "draft"
        with self.assertRaisesRegex(UserError, "decided anew"):
            first.action_post()
        second.action_post()
        second.button_draft()
        second.action_post()
        self.assertEqual(second.state, "posted")
        # A copy is a document of its own, and the link is nobody's to type.
        self.assertFalse(second.copy().support_remedy_id)
        with self.assertRaises(AccessError):
            second.support_remedy_id = False

    def test_the_taxes_that_were_invoiced(self):
        taxes = self.env["account.tax"].create(
            [{"name": f"Own {rate}", "amount": rate} for rate in (21, 15)]
        )
        for asset, level, tax in (
            (self.web, self.level_b, taxes[0]),
            (self.mail, self.level_c, taxes[1]),
        ):
            level.product_id = self.env["product.product"].create(
                {"name": level.name, "type": "service", "taxes_id": tax.ids}
            )
            self.cover(asset, level=level, date_from="2026-01-01")
        self.contract.remedy_scope = "contract"
        invoice = self.post_invoices("2026-11-01").filtered("amount_total")[-1:]
        self.assertTrue(invoice)
        self.miss(self.web, "2026-11-10 10:00")
        remedy = self.decider(self.remedies)
        remedy.action_accept("credit_note")
        lines = remedy.move_id.invoice_line_ids
        self.assertEqual(
            {(line.price_subtotal, line.tax_ids) for line in lines},
            {(140.0, taxes[0]), (210.0, taxes[1])},
        )
        self.assertEqual(remedy.move_id.amount_tax, 60.9)

    def test_the_invoice_of_the_month_however_late(self):
        self.contract.write({"date_start": "2026-10-01", "fee_months": "1"})
        self.cover(self.web, level=self.level_b, date_from="2026-10-01")
        moves = self.post_invoices("2026-12-05")
        self.assertEqual(len(moves), 3)
        self.miss(self.web, "2026-11-10 10:00")
        remedy = self.decider(self.remedies)
        remedy.action_accept("credit_note")
        source = remedy.move_id.reversed_entry_id
        self.assertEqual(source.invoice_line_ids.support_fee_from, date(2026, 11, 1))
        self.assertEqual(source.invoice_line_ids.support_fee_to, date(2026, 11, 30))

    def test_another_currency(self):
        other = self.env.ref("base.CHF")
        other.active = True
        self.assertNotEqual(other, self.currency)
        card = self.card.copy({"name": "Abroad", "currency_id": other.id})
        plan = self.plan.copy({"currency_id": other.id, "rate_card_id": card.id})
        customer = self.env["res.partner"].create({"name": "Abroad"})
        contract = self.make_contract(
            customer, plan_id=plan.id, currency_id=other.id, date_start="2026-01-01"
        )
        (server,) = self.make_assets("abroad", partner=customer)
        level = self.make_level("Abroad", 99.0, [], currency_id=other.id)
        self.cover(server, contract, level, date_from="2026-01-01")
        remedy = self.env["support.remedy"].create(
            {
                "contract_id": contract.id,
                "asset_id": server.id,
                "level_id": level.id,
                "month": "2026-11-01",
                "amount": 99.0,
            }
        )
        self.decider(remedy).action_accept("credit_note")
        self.assertEqual(remedy.move_id.currency_id, other)
        self.assertEqual(remedy.move_id.amount_untaxed, 99.0)

    def test_two_of_a_batch(self):
        for asset in (self.web, self.mail):
            self.cover(asset, level=self.level_b, date_from="2026-01-01")
            self.miss(asset, "2026-11-10 10:00")
        self.decider(self.remedies).action_accept("credit_note")
        self.assertEqual(self.remedies.mapped("state"), ["accepted", "accepted"])
        self.assertEqual(len(self.remedies.move_id), 2)
        self.assertEqual(len(self.remedies.evidence_id), 2)

    def test_evidence_of_another_company(self):
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        self.contract.write({"remedy_scope": "contract", "level_id": self.level_c.id})
        ticket = self.miss(
            self.env["support.asset"], "2026-11-10 10:00", name="Merger is secret"
        )
        (target,) = self.remedies._prepare_evidence()["targets"]
        self.assertIn("Merger is secret", target["ticket"])
        self.contract.covered_partner_ids = self.other_customer
        ticket.write(
            {
                "partner_id": self.other_customer.id,
                "support_contract_id": self.contract.id,
            }
        )
        self.assertEqual(ticket.commercial_partner_id, self.other_customer)
        (target,) = self.remedies._prepare_evidence()["targets"]
        self.assertEqual(target["ticket"], "A ticket of another company")
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "prepaid_support.support_remedy_report", self.remedies.ids
        )
        self.assertNotIn(b"Merger is secret", html)

    def test_evidence_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.cover(self.web, level=self.level_b, date_from="2026-01-01")
        self.miss(self.web, "2026-11-10 10:00")
        self.assertIn("November", self.remedies.display_name)
        self.contract.partner_id.lang = "nl_NL"
        report = self.env["report.prepaid_support.support_remedy"]
        (told,) = report._get_report_values(self.remedies.ids)["docs"]
        self.assertIn("november", told["title"])
        self.assertIn("november", told["month"])
