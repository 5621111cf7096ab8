# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.mail.tests.common import MailCase

from .common import SupportCommon

MAIL = """From: Ada <ada@aurora.example>
To: desk@provider.example
Subject: Printer is on fire
Message-ID: <support-1@aurora.example>
Content-Type: text/plain

It really is.
"""


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestTicketDoors(SupportCommon, MailCase):
    """Tickets by mail, and time on projects that a sales order bills."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls.grant(5000.0)

    def test_ticket_by_mail_has_its_contract(self):
        self.env["res.partner"].create(
            {
                "name": "Ada",
                "email": "ada@aurora.example",
                "parent_id": self.customer.id,
            }
        )
        with self.mock_mail_gateway():
            ticket_id = self.env["mail.thread"].message_process(
                "helpdesk.ticket",
                MAIL,
                custom_values={"team_id": self.team.id},
            )
        ticket = self.env["helpdesk.ticket"].browse(ticket_id)
        self.assertEqual(ticket.support_contract_id, self.contract)
        self.assertEqual(ticket.support_balance["money"]["remaining"], 5000.0)

    def make_billable_project(self):
        product = self.env["product.product"].create(
            {
                "name": "Hours",
                "type": "service",
                "service_policy": "delivered_timesheet",
                "uom_id": self.env.ref("uom.product_uom_hour").id,
                "list_price": 90.0,
            }
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": 10})
                ],
            }
        )
        order.action_confirm()
        project = self.env["project.project"].create(
            {
                "name": "Billed by order",
                "allow_billable": True,
                "partner_id": self.customer.id,
                "sale_line_id": order.order_line.id,
            }
        )
        return order, project

    def test_credit_and_order_never_both_bill(self):
        order, project = self.make_billable_project()
        self.ticket.project_id = project
        line = self.log(4.0)
        self.assertEqual(line.project_id, project)
        self.assertFalse(line.sudo().so_line)
        self.assertEqual(order.order_line.qty_delivered, 0.0)
        self.assertEqual(self.lot.remaining, 4500.0)
        with self.assertRaises(UserError):
            line.sudo().so_line = order.order_line
        with self.assertRaises(UserError):
            self.log(1.0, so_line=order.order_line.id)
        # A recompute must not slip it in either.
        project.sale_line_id = False
        project.sale_line_id = order.order_line
        self.env.flush_all()
        self.assertFalse(line.sudo().so_line)

    def test_time_without_contract_left_to_the_order(self):
        order, project = self.make_billable_project()
        self.company.support_no_contract = "order"
        ticket = self.make_ticket(self.other_customer, project_id=project.id)
        line = self.log(4.0, ticket=ticket)
        self.assertEqual(line.sudo().so_line, order.order_line)
        self.assertFalse(line.support_intervention_id)
        self.assertFalse(ticket.activity_ids)

    def test_plain_order_time_is_not_ours(self):
        order, project = self.make_billable_project()
        line = self.env["account.analytic.line"].create(
            {
                "project_id": project.id,
                "employee_id": self.technician.id,
                "unit_amount": 2.0,
            }
        )
        self.assertEqual(line.so_line, order.order_line)
        self.assertFalse(line.support_intervention_id)

    def test_contract_given_later_takes_the_time_from_the_order(self):
        order, project = self.make_billable_project()
        self.company.support_no_contract = "order"
        ticket = self.make_ticket(self.other_customer, project_id=project.id)
        line = self.log(4.0, ticket=ticket)
        contract = self.make_contract(self.other_customer)
        lot = self.grant(1000.0, contract=contract)
        ticket.support_contract_id = contract
        self.assertFalse(line.sudo().so_line)
        work = line.sudo().support_intervention_id
        self.assertEqual((work.state, work.hold_reason), ("rated", False))
        self.assertEqual(lot.remaining, 500.0)

    def test_ticket_with_time_cannot_be_deleted(self):
        self.log(1.0)
        with self.assertRaises(UserError):
            self.ticket.unlink()
        empty = self.make_ticket(self.customer)
        empty.unlink()

    def test_task_of_a_ticket(self):
        """Time on the task of a ticket is time on the ticket."""
        project = self.env["project.project"].create({"name": "Desk"})
        task = self.env["project.task"].create(
            {"name": "Replace disk", "project_id": project.id}
        )
        self.ticket.write({"project_id": project.id, "task_id": task.id})
        line = (
            self.env["account.analytic.line"]
            .with_user(self.agent)
            .create({"task_id": task.id, "unit_amount": 1.0, "date": self.TODAY})
        )
        self.assertEqual(line.ticket_id, self.ticket)
        self.assertEqual(self.lot.remaining, 4875.0)
        other = self.env["project.project"].create({"name": "Elsewhere"})
        task.project_id = other
        self.env.flush_all()
        self.assertEqual(self.lot.remaining, 4875.0)
