# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class BillingCommon(TransactionCase):
    """A plan, its bundles, and the people who sell, invoice and work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(
                cls.env.context,
                tracking_disable=True,
                no_reset_password=True,
                mail_notrack=True,
            )
        )
        cls.company = cls.env.company
        cls.currency = cls.company.currency_id
        cls._create_users()
        cls._create_plan()
        cls.customer = cls.env["res.partner"].create(
            {"name": "Customer Ltd", "is_company": True, "lang": "en_US"}
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Ann at Customer", "parent_id": cls.customer.id}
        )
        cls.strippenkaart = cls._create_bundle("Strippenkaart 5 000 EUR", 5000)

    @classmethod
    def _create_users(cls):
        cls.salesperson = new_test_user(
            cls.env, "ps_sales", "sales_team.group_sale_salesman"
        )
        cls.accountant = new_test_user(
            cls.env, "ps_accountant", "account.group_account_invoice"
        )
        cls.billing = new_test_user(
            cls.env, "ps_billing", "prepaid_support.group_support_billing_manager"
        )
        cls.technician = new_test_user(
            cls.env,
            "ps_tech",
            "prepaid_support.group_support_user,helpdesk_mgmt.group_helpdesk_user",
        )
        cls.employee = cls.env["hr.employee"].create(
            {
                "name": "Tess Technician",
                "user_id": cls.technician.id,
                "company_id": cls.company.id,
            }
        )

    @classmethod
    def _create_plan(cls):
        cls.tax = cls.env["account.tax"].create(
            {"name": "Test 20 %", "amount": 20, "type_tax_use": "sale"}
        )
        cls.service = cls.env["product.product"].create(
            {
                "name": "Engineer hour",
                "type": "service",
                "uom_id": cls.env.ref("uom.product_uom_hour").id,
                "list_price": 999,
                "taxes_id": [Command.set(cls.tax.ids)],
            }
        )
        cls.profile = cls.env["support.profile"].create(
            {"name": "Engineer", "product_id": cls.service.id}
        )
        cls.card = cls.env["support.rate.card"].create(
            {
                "name": "Test card",
                "currency_id": cls.currency.id,
                "rate_ids": [Command.create({"price": 125, "per_minutes": 60})],
            }
        )
        cls.plan = cls.env["support.plan"].create(
            {
                "name": "Strippenkaart",
                "currency_id": cls.currency.id,
                "rate_card_id": cls.card.id,
                "default_profile_id": cls.profile.id,
                "minutes_per_day": 420,
            }
        )

    @classmethod
    def _create_bundle(cls, name, quantity, **vals):
        template = cls.env["product.template"].create(
            {
                "name": name,
                "support_bundle": True,
                "support_unit": "money",
                "support_quantity": quantity,
                "support_plan_id": cls.plan.id,
                "list_price": quantity,
                "taxes_id": [Command.set(cls.tax.ids)],
                **vals,
            }
        )
        return template.product_variant_id

    @classmethod
    def _create_contract(cls, **vals):
        contract = cls.env["support.contract"]._create_from_plan(
            cls.plan, vals.pop("partner", cls.customer), cls.company, **vals
        )
        return contract

    def _create_foreign_currency(self):
        """Another currency than the company's, 0.8 to one of ours in 2026."""
        currency = self.env.ref("base.EUR")
        if currency == self.currency:
            currency = self.env.ref("base.USD")
        currency.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": "2026-01-01",
                "rate": 0.8,
                "company_id": self.company.id,
            }
        )
        return currency

    def _create_order(self, *products, **vals):
        lines = [
            Command.create({"product_id": product.id, "product_uom_qty": 1})
            for product in products
        ]
        order = self.env["sale.order"].with_user(self.salesperson)
        return order.create(
            {"partner_id": self.contact.id, "order_line": lines, **vals}
        )

    def _sell(self, *products, **vals):
        """A confirmed order and its draft invoice."""
        order = self._create_order(*products, **vals)
        order.action_confirm()
        # The invoice is an accountant's; the order is not his to read.
        invoice = order.sudo()._create_invoices()
        return order, invoice.with_user(self.accountant)

    def _pay(self, invoice, amount=None):
        wizard = self.env["account.payment.register"].with_user(self.accountant)
        wizard = wizard.with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})
        if amount:
            wizard.amount = amount
        wizard.action_create_payments()

    def _get_lots(self, partner=None):
        partner = partner or self.customer
        return self.env["support.lot"].search(
            [("contract_id.commercial_partner_id", "=", partner.id)]
        )

    def _sell_and_pay(self, *products):
        order, invoice = self._sell(*products)
        invoice.action_post()
        self._pay(invoice)
        return order, invoice, self._get_lots()

    def _create_ticket(self, contract, name="Printer broken"):
        return self.env["helpdesk.ticket"].create(
            {
                "name": name,
                "description": name,
                "partner_id": self.contact.id,
                "support_contract_id": contract.id,
            }
        )

    def _log(self, ticket, hours, day=None, **vals):
        """Time on a ticket, typed by the technician."""
        lines = self.env["account.analytic.line"].with_user(self.technician)
        return lines.create(
            {
                "ticket_id": ticket.id,
                "name": "Work",
                "unit_amount": hours,
                "date": day or date.today(),
                "employee_id": self.employee.id,
                **vals,
            }
        )

    def _reverse(self, invoice, modify=False, reason="test"):
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"reason": reason, "journal_id": invoice.journal_id.id})
        )
        wizard.modify_moves() if modify else wizard.refund_moves()
        return wizard.new_move_ids
