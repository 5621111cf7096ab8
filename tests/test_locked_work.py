# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import SupportCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestLockedWork(SupportCommon):
    """Invoiced work does not change; more of it is charged on top."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.minimum_minutes = 60
        cls.line = cls.log(0.5, delivery_mode="onsite")
        cls.work = cls.line.support_intervention_id
        cls.invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.customer.id,
                "invoice_line_ids": [
                    Command.create({"name": "Overrun", "price_unit": 275.0})
                ],
            }
        )
        cls.work.charge_ids._reserve_overrun(cls.invoice.invoice_line_ids)

    def test_reserving(self):
        self.assertTrue(self.work.locked)
        self.assertEqual(
            set(self.work.charge_ids.mapped("overrun_state")), {"invoiced"}
        )
        self.assertEqual(self.contract.overrun_amount, 0.0)
        with self.assertRaises(UserError):
            self.work.charge_ids._reserve_overrun(self.invoice.invoice_line_ids)

    def test_invoiced_time_cannot_change(self):
        for vals in (
            {"unit_amount": 2.0},
            {"date": "2026-11-20"},
            {"ticket_id": self.make_ticket(self.customer).id},
            {"delivery_mode": "remote"},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                self.line.write(vals)
        with self.assertRaises(UserError):
            self.line.unlink()
        self.line.write({"name": "Better description", "unit_amount": 0.5})
        with self.assertRaises(UserError):
            self.ticket.partner_id = self.other_customer

    def test_more_time_is_charged_on_top(self):
        """No second minimum, no second travel fee."""
        more = self.log(1.0, delivery_mode="onsite")
        successor = more.support_intervention_id
        self.assertEqual(successor.predecessor_id, self.work)
        self.assertEqual(successor.billed_minutes, 30)
        self.assertEqual(successor.amount, 62.5)
        self.assertEqual(successor.charge_ids.mapped("kind"), ["labour"])
        self.assertEqual(self.work.amount, 275.0)
        more.unit_amount = 0.25
        self.assertEqual(successor.billed_minutes, 0)
        again = self.log(0.5, delivery_mode="onsite")
        self.assertEqual(again.support_intervention_id, successor)
        self.assertEqual(successor.billed_minutes, 15)

    def test_freed_work_can_change_and_its_successor_follows(self):
        more = self.log(1.0, delivery_mode="onsite")
        self.work.charge_ids._free_overrun()
        self.work.charge_ids._free_overrun()
        self.assertFalse(self.work.locked)
        self.line.unit_amount = 1.5
        self.assertEqual(self.work.billed_minutes, 90)
        self.assertEqual(more.support_intervention_id.billed_minutes, 60)
        self.assertAddsUp()

    def test_company_of_invoiced_work_cannot_change(self):
        company = self.env["res.company"].create({"name": "Second provider"})
        with self.assertRaises(UserError):
            self.ticket.company_id = company

    def test_freed_work_catches_up_with_its_customer(self):
        contract = self.make_contract(self.other_customer)
        lot = self.grant(1000.0, contract=contract)
        contact = self.env["res.partner"].create(
            {"name": "Jo", "parent_id": self.customer.id}
        )
        ticket = self.make_ticket(contact)
        line = self.log(4.0, ticket=ticket)
        invoice = self.contract._invoice_overrun(self.TODAY)
        contact.parent_id = self.other_customer
        self.env.cr.flush()
        self.assertEqual(self.charges(line).contract_id, self.contract)
        invoice.unlink()
        self.assertEqual(self.charges(line).contract_id, contract)
        self.assertEqual(lot.remaining, 500.0)
        self.assertAddsUp(contract)

    def test_freed_successor_charges_what_its_predecessor_lost(self):
        """Minimum and travel fee are due once, for whatever work is left."""
        ticket = self.make_ticket(self.customer)
        first = self.log(0.25, ticket=ticket, delivery_mode="onsite")
        invoice = self.contract._invoice_overrun(self.TODAY)
        more = self.log(1.0, ticket=ticket, delivery_mode="onsite")
        second = self.contract._invoice_overrun(self.TODAY)
        invoice.unlink()
        first.unlink()
        work = more.support_intervention_id
        self.assertEqual(work.amount, 31.25)
        second.unlink()
        self.assertEqual(work.amount, 275.0)
        self.assertAddsUp()

    def test_a_chain_of_invoices_bills_as_one(self):
        """Four half hours, invoiced one by one: two hours and one travel fee."""
        ticket = self.make_ticket(self.customer)
        invoices = self.env["account.move"]
        for _number in range(4):
            self.log(0.5, ticket=ticket, delivery_mode="onsite")
            invoices |= self.contract._invoice_overrun(self.TODAY)
        self.assertEqual(sum(invoices.mapped("amount_untaxed")), 400.0)
        invoices.unlink()
        again = self.contract._invoice_overrun(self.TODAY)
        self.assertEqual(again.amount_untaxed, 400.0)
        self.assertAddsUp()

    def test_waived_stays_waived(self):
        self.work.charge_ids._free_overrun()
        labour = self.work.charge_ids.filtered(lambda charge: charge.kind == "labour")
        self.line.unit_amount = 4.0
        labour.with_user(self.accountant).action_waive("Our own mistake")
        lot = self.grant(1000.0)
        self.line.unit_amount = 3.0
        self.assertEqual(labour.overrun_state, "waived")
        self.work.with_user(self.accountant).action_use_credit()
        self.assertEqual(labour.overrun_state, "waived")
        self.assertEqual(lot.remaining, 850.0, "the travel fee was not waived")
        lot._adjust_down("test/out", 850.0, "test")
        self.line.unit_amount = 5.0
        self.assertEqual(labour.overrun_state, "held", "more than was given up")
        self.assertAddsUp()

    def test_waive(self):
        self.work.charge_ids._free_overrun()
        charges = self.work.charge_ids
        with self.assertRaises(UserError):
            charges.with_user(self.accountant).action_waive(" ")
        with self.assertRaises(UserError):
            charges.with_user(self.dispatcher).action_waive("Because")
        charges.with_user(self.accountant).action_waive("Our own mistake")
        self.assertEqual(set(charges.mapped("overrun_state")), {"waived"})

    def test_new_credit_pays_old_overrun_when_asked(self):
        self.work.charge_ids._free_overrun()
        lot = self.grant(1000.0)
        self.line.name = "Nothing that matters"
        self.assertEqual(lot.remaining, 1000.0)
        with self.assertRaises(UserError):
            self.work.with_user(self.agent).action_use_credit()
        self.work.with_user(self.accountant).action_use_credit()
        self.assertEqual(lot.remaining, 725.0)
        self.assertEqual(self.work.overrun_amount, 0.0)
        self.assertAddsUp()

    def test_explanation(self):
        text = "\n".join(self.work.charge_ids.mapped("explanation_text"))
        self.assertIn("0:30 h", text)
        self.assertIn("minimum of 1:00 h", text)
        self.assertIn("not covered by credit", text)
