# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from ast import literal_eval

from lxml import etree

from odoo import Command
from odoo.tests import Form, new_test_user, tagged

from .common import SupportCommon


@tagged("post_install", "-at_install")
class TestTicketForm(SupportCommon):
    """The ticket's page "Time & credit", as an agent uses it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls.grant(5000.0)

    def add_line(self, form, hours, **values):
        with form.timesheet_ids.new() as line:
            line.date = self.TODAY
            line.unit_amount = hours
            line.name = "Replaced the cable"
            for name, value in values.items():
                setattr(line, name, value)

    def test_type_four_hours(self):
        with Form(self.ticket.with_user(self.agent)) as form:
            self.add_line(form, 4.0)
        line = self.ticket.timesheet_ids
        self.assertRecordValues(
            line,
            [
                {
                    "employee_id": self.technician.id,
                    "profile_id": self.profile.id,
                    "delivery_mode": "remote",
                    "support_billed_minutes": 240,
                    "support_amount": 500.0,
                    "support_state": "rated",
                }
            ],
        )
        self.assertEqual(line.project_id, self.company.support_project_id)
        self.assertEqual(self.lot.remaining, 4500.0)

    def test_total_counts_time_that_the_agent_cannot_change(self):
        """x2many values are cached for all users of a transaction.

        A total over the cached lines would come out as 1 hour, because the form of
        the agent holds the agent's line only.
        """
        self.log(5.0, user=self.colleague)
        self.env.invalidate_all()
        with Form(self.ticket.with_user(self.agent)) as form:
            self.add_line(form, 1.0)
        self.assertEqual(self.ticket.total_hours, 6.0)
        self.assertEqual(self.ticket.with_user(self.agent).total_hours, 6.0)
        with Form(self.ticket.with_user(self.agent)) as form:
            own = next(
                index
                for index in range(2)
                if form.timesheet_ids._records[index]["unit_amount"] == 1.0
            )
            with form.timesheet_ids.edit(own) as line:
                line.unit_amount = 3.0
        self.assertEqual(self.ticket.total_hours, 8.0)

    def test_total_after_web_save(self):
        """The way the browser saves."""
        self.log(5.0, user=self.colleague)
        self.env.invalidate_all()
        [values] = self.ticket.with_user(self.agent).web_save(
            {
                "timesheet_ids": [
                    Command.create(
                        {"date": self.TODAY, "unit_amount": 1.0, "name": "Call"}
                    )
                ]
            },
            {"total_hours": {}, "support_balance": {}, "timesheet_ids": {}},
        )
        self.assertEqual(values["total_hours"], 6.0)
        self.assertEqual(values["support_balance"]["money"]["remaining"], 4250.0)
        self.assertEqual(len(values["timesheet_ids"]), 2)

    def test_agent_sees_the_time_of_colleagues_read_only(self):
        self.log(5.0, user=self.colleague)
        self.log(1.0)
        self.env.invalidate_all()
        lines = self.ticket.with_user(self.agent).timesheet_ids
        self.assertEqual(len(lines), 2)
        self.assertEqual(
            {line.user_id: line.support_readonly for line in lines},
            {self.agent: False, self.colleague: True},
        )
        self.assertFalse(
            any(lines.with_user(self.dispatcher).mapped("support_readonly"))
        )

    def test_every_role_opens_the_ticket(self):
        self.log(5.0, user=self.colleague)
        helpdesk_only = new_test_user(
            self.env, "support_helpdesk_only", "helpdesk_mgmt.group_helpdesk_user"
        )
        for user in (self.agent, self.dispatcher, helpdesk_only):
            form = Form(self.ticket.with_user(user))
            self.assertEqual(form.support_balance["money"]["remaining"], 4375.0)

    def test_ticket_of_an_unknown_customer_opens(self):
        ticket = self.make_ticket(False)
        self.assertFalse(Form(ticket.with_user(self.agent)).support_balance)

    def test_new_ticket_shows_the_credit_of_its_customer(self):
        form = Form(self.env["helpdesk.ticket"].with_user(self.agent))
        form.partner_id = self.customer
        self.assertEqual(form.support_contract_id, self.contract)
        self.assertEqual(form.support_balance["money"]["remaining"], 5000.0)

    def test_timer_button(self):
        ticket = self.ticket.with_user(self.agent)
        ticket.action_support_timer_start()
        ticket.invalidate_recordset()
        self.assertTrue(ticket.support_timer_start)
        ticket.action_support_timer_stop()
        ticket.invalidate_recordset()
        self.assertFalse(ticket.support_timer_start)
        self.assertEqual(len(ticket.timesheet_ids), 1)


@tagged("post_install", "-at_install")
class TestScreens(SupportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls.grant(300.0)
        cls.line = cls.log(4.0)

    def test_every_role_opens_the_contract(self):
        clerk = new_test_user(
            self.env, "support_clerk", "account.group_account_invoice"
        )
        seller = new_test_user(
            self.env, "support_seller", "sales_team.group_sale_salesman"
        )
        manager = new_test_user(
            self.env, "support_manager", "helpdesk_mgmt.group_helpdesk_manager"
        )
        intervention = self.line.sudo().support_intervention_id
        for user in (
            self.agent,
            self.dispatcher,
            self.accountant,
            clerk,
            seller,
            manager,
        ):
            with self.subTest(user=user.login):
                form = Form(self.contract.with_user(user))
                self.assertEqual(form.balance["overrun_amount"], 200.0)
                Form(self.lot.with_user(user))
                Form(self.contract.charge_ids.with_user(user))
                Form(intervention.with_user(user))

    def test_task_and_employee_forms(self):
        project = self.env["project.project"].create(
            {"name": "Migration", "partner_id": self.customer.id}
        )
        user = new_test_user(
            self.env,
            "support_planner",
            "prepaid_support.group_support_dispatcher,project.group_project_manager,"
            "hr.group_hr_user",
        )
        with Form(
            self.env["project.task"]
            .with_user(user)
            .with_context(default_project_id=project.id)
        ) as task:
            task.name = "Move the mailboxes"
            task.support_contract_id = self.contract
        with Form(self.technician.with_user(user)) as employee:
            employee.support_profile_id = self.senior
        self.assertEqual(self.technician.support_profile_id, self.senior)

    def test_recap_adds_up(self):
        recap = self.contract.recap["money"]
        self.assertEqual(
            recap["closing"],
            recap["opening"]
            + recap["granted"]
            - recap["used"]
            - recap["lapsed"]
            - recap["refunded"]
            + recap["adjusted"],
        )
        self.assertEqual(self.contract.recap["overrun_amount"], 200.0)

    def test_new_contract(self):
        form = Form(self.env["support.contract"].with_user(self.accountant))
        form.partner_id = self.other_customer
        form.plan_id = self.plan
        self.assertFalse(form.save().lot_count)

    def test_counts(self):
        self.assertRecordValues(
            self.contract,
            [
                {
                    "lot_count": 1,
                    "entry_count": 2,
                    "ticket_count": 1,
                    "intervention_count": 1,
                    "open_charge_count": 1,
                    "invoice_count": 0,
                }
            ],
        )

    def test_open_charges_leave_the_page_when_waived(self):
        self.assertEqual(self.contract.open_charge_ids, self.contract.charge_ids)
        self.contract.charge_ids.action_waive("Agreed")
        self.contract.invalidate_recordset()
        self.assertFalse(self.contract.open_charge_ids)

    def test_actions_of_the_buttons(self):
        contract = self.contract.with_user(self.accountant)
        for action, count in (
            (contract.action_view_entries(), 2),
            (contract.action_view_interventions(), 1),
            (contract.action_view_tickets(), 1),
        ):
            found = self.env[action["res_model"]].search_count(action["domain"])
            self.assertEqual(found, count, action["name"])
        self.assertIn(str(contract.id), contract.action_preview()["url"])

    def test_partner_button(self):
        child = self.env["res.partner"].create(
            {"name": "Baker", "parent_id": self.customer.id}
        )
        partners = (child | self.customer | self.other_customer).with_user(self.agent)
        self.assertEqual(partners.mapped("support_contract_count"), [1, 1, 0])
        action = partners[0].action_view_support_contracts()
        self.assertEqual(action["res_id"], self.contract.id)

    def test_intervention_reads_as_a_story(self):
        intervention = self.line.sudo().support_intervention_id
        form = Form(intervention.with_user(self.accountant))
        self.assertEqual((form.raw_minutes, form.billed_minutes), (240, 240))
        self.assertEqual(form.overrun_amount, 200.0)
        self.assertTrue(intervention.charge_ids.explanation_text)

    def test_settings(self):
        settings = self.env["res.config.settings"].create({})
        settings.support_no_contract = "order"
        self.assertEqual(self.company.support_no_contract, "order")

    def test_search_filters(self):
        """Every filter of our search views is a query that works."""
        for model in (
            "support.contract",
            "support.lot",
            "support.entry",
            "support.intervention",
            "support.charge",
            "support.alert",
            "support.monitoring.token",
            "helpdesk.ticket",
        ):
            view = self.env[model].get_view(view_type="search")
            for node in etree.fromstring(view["arch"]).iter("filter"):
                domain = node.get("domain")
                if not domain or "uid" in domain or "context_today" in domain:
                    continue
                with self.subTest(model=model, name=node.get("name")):
                    self.env[model].search_count(literal_eval(domain))
