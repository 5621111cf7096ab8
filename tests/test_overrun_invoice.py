# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .billing_common import BillingCommon

NOVEMBER = date(2026, 11, 30)


class OverrunCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-12-01 09:00:00"))
        cls.contract = cls._create_contract(user_id=cls.billing.id)

    def setUp(self):
        super().setUp()
        self.ticket = self._create_ticket(self.contract)

    def _log_november(self, hours, ticket=None, day=10, **vals):
        ticket = ticket or self.ticket
        return self._log(ticket, hours, date(2026, 11, day), **vals)

    def _get_charges(self, contract=None):
        return self.env["support.charge"].search(
            [("contract_id", "=", (contract or self.contract).id)]
        )

    def _invoice(self, contracts=None, date_to=NOVEMBER, user=None):
        contracts = (contracts or self.contract).with_user(user or self.billing)
        return contracts._invoice_overrun(date_to)

    def _assert_open(self, charges=None):
        charges = charges or self._get_charges()
        self.assertEqual(set(charges.mapped("overrun_state")), {"open"})
        self.assertFalse(charges.invoice_line_id)
        self.assertFalse(any(charges.intervention_id.mapped("locked")))


@tagged("post_install", "-at_install")
class TestOverrunInvoice(OverrunCommon):
    def test_one_line_per_ticket_profile_and_price(self):
        other = self._create_ticket(self.contract, "Mail down")
        self._log_november(2)
        self._log_november(1, day=11)
        self._log_november(4, other)
        invoice = self._invoice()
        self.assertRecordValues(
            invoice,
            [
                {
                    "state": "draft",
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "currency_id": self.currency.id,
                    "invoice_origin": self.contract.name,
                    "amount_untaxed": 875,
                    "amount_total": 1050,
                    "support_overrun": True,
                }
            ],
        )
        hour = self.env.ref("uom.product_uom_hour")
        self.assertRecordValues(
            invoice.invoice_line_ids.sorted("sequence"),
            [
                {
                    "product_id": self.service.id,
                    "quantity": quantity,
                    "product_uom_id": hour.id,
                    "price_unit": 125,
                    "price_subtotal": subtotal,
                    "tax_ids": self.tax.ids,
                }
                for quantity, subtotal in ((3, 375), (4, 500))
            ],
        )
        self.assertIn("Printer broken", invoice.invoice_line_ids[0].name)
        self.assertIn("3.00 h", invoice.invoice_line_ids[0].name)
        charges = self._get_charges()
        self.assertEqual(set(charges.mapped("overrun_state")), {"invoiced"})
        self.assertTrue(all(charges.intervention_id.mapped("locked")))
        self.assertEqual(invoice.support_charge_count, 3)

    def test_credit_comes_first(self):
        self.env["support.lot"]._grant(
            [
                {
                    "key": "test/1",
                    "name": "Bought",
                    "contract_id": self.contract.id,
                    "unit": "money",
                    "kind": "purchase",
                    "paid_quantity": 300,
                    "bonus_quantity": 0,
                    "price_paid": 300,
                    "date_first": date(2026, 11, 1),
                    "date_last": date(2027, 11, 1),
                    "priority": 10,
                }
            ]
        )
        self._log_november(4)
        invoice = self._invoice()
        self.assertEqual(invoice.amount_untaxed, 200)

    def test_hours_that_are_not_exact_go_into_the_text(self):
        self.plan.grain_minutes = 1
        contract = self._create_contract(
            partner=self.env["res.partner"].create(
                {"name": "Exact", "is_company": True}
            )
        )
        self._log_november(20 / 60, self._create_ticket(contract))
        line = self._invoice(contract).invoice_line_ids
        self.assertEqual((line.quantity, line.price_subtotal), (1, 41.67))
        self.assertIn("0.33 h at 125.00", line.name)

    def test_price_of_six_decimals(self):
        self.card.rate_ids.write({"price": 26.666667, "per_minutes": 15})
        self._log_november(1)
        line = self._invoice().invoice_line_ids
        self.assertEqual((line.quantity, line.price_subtotal), (1, 106.67))

    def test_travel_is_a_line_of_its_own(self):
        self.contract.travel_fee = 150
        self._log_november(2, delivery_mode="onsite")
        self._log_november(2, day=12, delivery_mode="onsite")
        invoice = self._invoice()
        travel = self.env.ref("prepaid_support.product_travel")
        fee = invoice.invoice_line_ids.filtered(lambda line: line.product_id == travel)
        self.assertEqual((fee.quantity, fee.price_subtotal), (2, 300))
        self.assertEqual(invoice.amount_untaxed, 800)

    def test_fiscal_position(self):
        reverse_charge = self.env["account.tax"].create(
            {"name": "Test 0 %", "amount": 0, "type_tax_use": "sale"}
        )
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        reverse_charge.write(
            {
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(self.tax.id)],
            }
        )
        self.customer.property_account_position_id = position
        self._log_november(2)
        invoice = self._invoice()
        self.assertEqual(invoice.fiscal_position_id, position)
        self.assertEqual(invoice.invoice_line_ids.tax_ids, reverse_charge)
        self.assertEqual(invoice.amount_total, 250)

    def test_tax_included_in_prices(self):
        self.service.taxes_id = self.tax.copy(
            {
                "name": "21 % incl.",
                "amount": 21,
                "price_include_override": "tax_included",
            }
        )
        self._log_november(3)
        invoice = self._invoice()
        self.assertEqual(invoice.amount_untaxed, 375)
        self.assertEqual(invoice.amount_total, 453.75)

    def test_only_until_the_day(self):
        self._log_november(2)
        self._log(self.ticket, 1, date(2026, 12, 1))
        self.assertEqual(self._invoice().amount_untaxed, 250)
        self.assertFalse(self._invoice())
        self.assertEqual(self._invoice(date_to=date(2026, 12, 1)).amount_untaxed, 125)

    def test_held_overrun_waits(self):
        self.contract.overrun_rule = "hold"
        self._log_november(2)
        self.assertEqual(self._get_charges().overrun_state, "held")
        self.assertFalse(self._invoice())

    def test_time_is_locked(self):
        line = self._log_november(2)
        invoice = self._invoice()
        with self.assertRaises(UserError):
            line.unit_amount = 3
        invoice.unlink()
        line.unit_amount = 3
        self.assertEqual(self._invoice().amount_untaxed, 375)

    def test_deleted_draft_frees(self):
        self._log_november(2)
        self._invoice().with_user(self.accountant).unlink()
        self._assert_open()
        self.assertEqual(self._invoice().amount_untaxed, 250)

    def test_deleted_line_frees_its_own(self):
        other = self._create_ticket(self.contract, "Mail down")
        self._log_november(2)
        self._log_november(4, other)
        invoice = self._invoice().with_user(self.accountant)
        invoice._attach_support_time_report()
        invoice.invoice_line_ids.sorted("sequence")[0].unlink()
        self.assertFalse(invoice.support_time_report_id, "it says too much")
        states = {
            charge.ticket_id.name: charge.overrun_state
            for charge in self._get_charges()
        }
        self.assertEqual(states, {"Printer broken": "open", "Mail down": "invoiced"})

    def test_cancelled_invoice_frees_and_stays_cancelled(self):
        self._log_november(2)
        invoice = self._invoice().with_user(self.accountant)
        invoice.button_cancel()
        self._assert_open()
        with self.assertRaises(UserError):
            invoice.button_draft()

    def test_reset_to_draft_keeps_it_reserved(self):
        self._log_november(2)
        invoice = self._invoice().with_user(self.accountant)
        invoice.action_post()
        invoice.button_draft()
        self.assertEqual(self._get_charges().overrun_state, "invoiced")
        self.assertFalse(self._invoice())
        invoice.action_post()

    def test_price_reduction_on_the_draft(self):
        self._log_november(2)
        invoice = self._invoice().with_user(self.accountant)
        invoice.invoice_line_ids.price_unit = 100
        invoice.action_post()
        self.assertEqual(invoice.amount_untaxed, 200)
        self.assertEqual(self._get_charges().overrun_state, "invoiced")

    def test_full_credit_note_frees_once(self):
        self._log_november(2)
        invoice = self._invoice().with_user(self.accountant)
        invoice.action_post()
        credit_note = self._reverse(invoice)
        self.assertEqual(self._get_charges().overrun_state, "invoiced", "a draft")
        credit_note.action_post()
        self.assertEqual(invoice.payment_state, "reversed")
        self._assert_open()
        again = self._invoice()
        self.assertEqual(again.amount_untaxed, 250)
        with self.assertRaises(UserError):
            credit_note.button_cancel()
        credit_note.button_draft()
        credit_note.action_post()
        self.assertEqual(self._get_charges().invoice_id, again)

    def test_full_credit_note_of_a_paid_invoice_frees(self):
        self._log_november(2)
        invoice = self._invoice().with_user(self.accountant)
        invoice.action_post()
        self._pay(invoice)
        self._reverse(invoice).action_post()
        self._assert_open()

    def test_partial_credit_note_does_not_free(self):
        self._log_november(2)
        invoice = self._invoice().with_user(self.accountant)
        invoice.action_post()
        credit_note = self._reverse(invoice)
        credit_note.invoice_line_ids.quantity = 1
        credit_note.action_post()
        self.assertEqual(self._get_charges().overrun_state, "invoiced")

    def test_partial_credit_notes_that_make_up_the_whole_free(self):
        """And none of them can be cancelled when the work may be on a new invoice."""
        self._log_november(3)
        invoice = self._invoice().with_user(self.accountant)
        invoice.action_post()
        credit_notes = self.env["account.move"]
        for hours in (1, 2):
            self.assertEqual(self._get_charges().overrun_state, "invoiced")
            credit_note = self._reverse(invoice)
            credit_note.invoice_line_ids.quantity = hours
            credit_note.action_post()
            credit_notes |= credit_note
        self._assert_open()
        for credit_note in credit_notes:
            with self.assertRaises(UserError):
                credit_note.button_cancel()

    def test_partial_credit_note_of_an_invoice_that_credit_paid(self):
        """Paid with the credit note of something else: reversed, says Odoo."""
        self._log_november(3)
        invoice = self._invoice().with_user(self.accountant)
        invoice.action_post()
        other = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "x", "price_unit": 300, "tax_ids": [Command.clear()]}
                    )
                ],
            }
        )
        other.action_post()
        (invoice | other).line_ids.sudo().filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        credit_note = self._reverse(invoice)
        credit_note.invoice_line_ids.quantity = 1
        credit_note.action_post()
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual(self._get_charges().overrun_state, "invoiced")

    def test_currencies_without_and_with_three_decimals(self):
        for code, price, amount in (("JPY", 9999, 13499), ("BHD", 12.3457, 16.667)):
            currency = self.env.ref(f"base.{code}")
            currency.active = True
            card = self.card.copy({"currency_id": currency.id})
            card.rate_ids.price = price
            plan = self.plan.copy(
                {
                    "currency_id": currency.id,
                    "rate_card_id": card.id,
                    "grain_minutes": 1,
                }
            )
            partner = self.env["res.partner"].create({"name": code})
            contract = self.env["support.contract"]._create_from_plan(
                plan, partner, self.company
            )
            self._log_november(1.35, self._create_ticket(contract))
            self.assertEqual(self._get_charges(contract).amount, amount)
            self.assertEqual(self._invoice(contract).amount_untaxed, amount)

    def test_modified_invoice_takes_the_work_over(self):
        self._log_november(2)
        invoice = self._invoice().with_user(self.accountant)
        invoice.action_post()
        new = self._reverse(invoice, modify=True)
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual(self._get_charges().invoice_line_id, new.invoice_line_ids)
        self.assertTrue(new.support_overrun)
        self.assertFalse(self._invoice())

    def test_queries_grow_no_more_than_those_of_bare_invoices(self):
        def count(make, *arguments):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            make(*arguments)
            self.env.flush_all()
            return self.cr.sql_log_count - start

        def create_contracts(number):
            partners = self.env["res.partner"].create(
                [{"name": f"P{n}", "is_company": True} for n in range(number)]
            )
            contracts = self.env["support.contract"].union(
                *(self._create_contract(partner=partner) for partner in partners)
            )
            for contract in contracts:
                self._log_november(2, self._create_ticket(contract))
            return contracts

        def create_bare(contracts):
            line = {"product_id": self.service.id, "quantity": 2, "price_unit": 125}
            self.env["account.move"].with_user(self.billing).create(
                [
                    {
                        "move_type": "out_invoice",
                        "partner_id": contract.partner_id.id,
                        "invoice_line_ids": [Command.create(line)],
                    }
                    for contract in contracts
                ]
            )

        few, many = create_contracts(2), create_contracts(8)
        warm = create_contracts(1)
        count(create_bare, warm), count(self._invoice, warm)
        bare = count(create_bare, few), count(create_bare, many)
        ours = count(self._invoice, few), count(self._invoice, many)
        self.assertLessEqual(ours[1] - ours[0], bare[1] - bare[0] + 2, (ours, bare))

    def test_only_billing_managers_have_the_wizard(self):
        with self.assertRaises(AccessError):
            self.env["support.overrun.invoice"].with_user(self.technician).create({})
        with self.assertRaises(AccessError):
            self._log_november(2)
            self._invoice(user=self.technician)


@tagged("post_install", "-at_install")
class TestOverrunWizard(OverrunCommon):
    def _open_wizard(self, contracts=None):
        wizard = self.env["support.overrun.invoice"].with_user(self.billing)
        if contracts:
            wizard = wizard.with_context(
                active_model="support.contract", active_ids=contracts.ids
            )
        return wizard

    def test_preview_is_what_is_invoiced(self):
        self._log_november(2)
        self._log_november(1, self._create_ticket(self.contract, "Mail down"))
        form = Form(self._open_wizard(self.contract))
        self.assertEqual(form.date_to, date(2026, 12, 1), "today, for one contract")
        form.date_to = NOVEMBER
        wizard = form.save()
        self.assertEqual(wizard.invoice_count, 1)
        self.assertEqual(wizard.amount, 375)
        preview = wizard.line_ids.mapped(lambda line: (line.hours, line.amount))
        self.assertEqual(preview, [(2, 250), (1, 125)])
        action = wizard.action_invoice()
        invoice = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(
            invoice.invoice_line_ids.sorted("sequence").mapped("price_subtotal"),
            [250, 125],
        )
        with self.assertRaises(UserError):
            wizard.action_invoice()

    def test_from_the_menu_it_takes_all(self):
        other = self._create_contract(
            partner=self.env["res.partner"].create({"name": "Else", "is_company": True})
        )
        self._log_november(2)
        self._log_november(2, self._create_ticket(other))
        wizard = Form(self._open_wizard()).save()
        self.assertEqual(wizard.date_to, NOVEMBER)
        action = wizard.action_invoice()
        moves = self.env["account.move"].search(action["domain"])
        self.assertIn(self.customer, moves.partner_id)
        self.assertIn(other.partner_id, moves.partner_id)
        self.assertEqual(len(moves), len(moves.partner_id))

    def test_held_is_told(self):
        self.contract.overrun_rule = "hold"
        self._log_november(2)
        form = Form(self._open_wizard(self.contract))
        self.assertEqual((form.held_count, form.line_count), (1, 0))

    def test_time_report(self):
        self._log_november(2)
        form = Form(self._open_wizard(self.contract))
        action = form.save().action_invoice()
        invoice = self.env["account.move"].browse(action["res_id"])
        invoice = invoice.with_user(self.accountant)
        attachment = invoice.support_time_report_id
        self.assertEqual(
            (attachment.res_model, attachment.res_id), ("account.move", invoice.id)
        )
        text = attachment.raw.decode()
        for expected in ("Tess Technician", "Printer broken", "Engineer", "250.00"):
            self.assertIn(expected, text)
        report = invoice.action_support_time_report()
        self.assertEqual(report["type"], "ir.actions.report")
        html, _type = (
            self.env["ir.actions.report"]
            .with_user(self.accountant)
            ._render_qweb_html("prepaid_support.support_time_report", invoice.ids)
        )
        self.assertIn("Tess Technician", html.decode())
        data = self.env["account.move.send"]._get_invoice_extra_attachments_data(
            invoice
        )
        self.assertIn(attachment.id, [entry["id"] for entry in data])

    def test_interventions_from_the_invoice(self):
        self._log_november(2)
        invoice = self._invoice().with_user(self.accountant)
        action = invoice.action_view_support_interventions()
        works = self.env["support.intervention"].with_user(self.accountant)
        self.assertEqual(
            works.search(action["domain"]), self._get_charges().intervention_id
        )
        found = self.env["account.move"].search([("support_overrun", "=", True)])
        self.assertIn(invoice, found)


@tagged("post_install", "-at_install")
class TestOverrunCron(OverrunCommon):
    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "prepaid_support.ir_cron_invoice_overrun"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _get_invoices(self):
        return self.env["account.move"].search(
            [("support_overrun", "=", True), ("partner_id", "=", self.customer.id)]
        )

    def test_twice_gives_nothing_new(self):
        self._log_november(2)
        self._log(self.ticket, 1, date(2026, 12, 1))
        self._run_cron()
        invoice = self._get_invoices()
        self.assertEqual(invoice.amount_untaxed, 250, "December is not over")
        self.assertEqual(invoice.state, "draft")
        self.assertTrue(invoice.support_time_report_id)
        self._run_cron()
        self.assertEqual(self._get_invoices(), invoice)

    def test_a_failing_contract_does_not_stop_the_others(self):
        broken = self._create_contract(
            partner=self.env["res.partner"].create({"name": "Bad", "is_company": True}),
            user_id=self.billing.id,
        )
        self._log_november(2)
        self._log_november(2, self._create_ticket(broken))
        contract_class = self.env.registry["support.contract"]
        prepare = contract_class._prepare_overrun_invoice

        def fail(contract, groups):
            if contract == broken:
                raise ValueError("This one is broken")
            return prepare(contract, groups)

        with (
            patch.object(contract_class, "_prepare_overrun_invoice", fail),
            self.assertLogs("odoo.addons.prepaid_support", "ERROR"),
        ):
            self._run_cron()
            self._run_cron()
        self.assertEqual(self._get_invoices().amount_untaxed, 250)
        self.assertEqual(self._get_charges(broken).overrun_state, "open")
        self.assertEqual(len(broken.activity_ids), 1, "told once")
        self.assertEqual(broken.activity_ids.user_id, self.billing)


@tagged("post_install", "-at_install")
class TestOverrunCompanies(OverrunCommon):
    def test_each_company_invoices_its_own(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=other, install_demo=False
        )
        manager = new_test_user(
            self.env,
            "ps_billing2",
            "prepaid_support.group_support_billing_manager",
            company_id=other.id,
            company_ids=[Command.set([other.id, self.company.id])],
        )
        self._log_november(2)
        invoice = self._invoice(user=manager)
        self.assertEqual(invoice.company_id, self.company)
        self.assertEqual(invoice.journal_id.company_id, self.company)
