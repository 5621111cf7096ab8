# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the demo data cannot say in XML: a history of the last three months.

Everything goes through the doors that people use: order, invoice, payment, time line.
Nothing here runs without demo data.
"""

from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.fields import Command

from ..tools import PostingDay

#: (days ago, customer, bundle, quantity)
SALES = [
    (82, "korenaar", "strippenkaart", 1),
    (76, "saint_anne", "ssor_25000", 1),
    (70, "lambert", "strippenkaart_1000", 1),
    (64, "delvaux", "strippenkaart_1000", 1),
    (58, "harbour", "retainer_day", 2),
]
#: (days ago, customer, plan) of contracts without a bundle
AGREEMENTS = [(74, "renard", "infogerance_a"), (50, "moulin", "infogerance_b")]
#: Percent off the fee of the fourth covered asset and of those after it
VOLUME_DISCOUNTS = {"moulin": 10}
#: Assets of the customer whose contract is in onboarding.
AUDITED = ("files", "render")
#: (days ago, ticket, employee, hours, mode, what was done, hour of UTC it began or
#: that of the ticket)
TIME = [
    (66, "vpn", "agent", 1.5, "remote", "Tunnel and routes"),
    (65, "vpn", "engineer", 4.0, "remote", "Change request: firewall rules, tests"),
    (61, "vpn", "agent", 0.75, "phone", "Walked the shop through the login"),
    (52, "rip", "agent", 3.0, "remote", "Queues moved to the new disk"),
    (43, "certificates", "agent", 1.0, "remote", "New certificate, renews itself"),
    (42, "firewall", "engineer", 6.5, "onsite", "Mounted and cabled"),
    (41, "firewall", "engineer", 5.0, "onsite", "Failover tests with the staff"),
    (40, "mail", "agent", 2.25, "remote", "Queue stuck on a full disk: cleaned up"),
    (39, "mail", "engineer", 3.0, "remote", "Storage extended, monitoring added"),
    (36, "certificates", "agent", 0.5, "mail", "Explained the renewal"),
    (33, "rip", "engineer", 4.5, "remote", "Driver rebuilt, large jobs pass"),
    (29, "backup", "agent", 2.0, "remote", "Broken chain found, new full backup"),
    (27, "scanner", "engineer", 185 / 60, "onsite", "Measured hall 3"),
    (24, "firewall", "engineer", 2.0, "remote", "Rules reviewed"),
    (20, "recovery", "engineer", 217 / 60, "remote", "Recovered from the backup"),
    (19, "recovery", "agent", 5 / 60, "phone", "All is well, told the harbour"),
    (18, "switch", "agent", 3.5, "remote", "Planned the change, new switch set up"),
    (17, "backup", "agent", 1.0, "phone", "Checked with the customer"),
    (14, "rip", "agent", 2.5, "remote", "Limits raised, watched a night run"),
    (11, "disk", "agent", 40 / 60, "remote", "Logs rotated"),
    (8, "till", "agent", 1.25, "remote", "Printer reset, driver replaced"),
    (4, "till", "engineer", 1.0, "phone", "Supplier called: a new head is coming"),
    (2, "wifi", "agent", 0.75, "remote", "Router looked at, guest network was off"),
    (6, "probe", "agent", 10 / 60, "remote", "Restarted the web server"),
    (1, "firewall", "engineer", 1.5, "remote", "Firmware on both boxes", 19),
]
#: Hour at which the work on a ticket began, where the timer ran.
STARTS = {"mail": 8, "recovery": 12, "till": 13, "firewall": 8}
#: Month and day on which the demo desk is closed.
CLOSED = {(12, 25), (1, 1)}


class SupportDemo(models.AbstractModel):
    """Loads the history of the demo company."""

    _name = "support.demo"
    _description = "Support Demo Data"

    # -- called by demo/ -----------------------------------------------------------

    @api.model
    def _load_accounting(self):
        """Accounts, journals and a tax of 21 % for the demo company, in euro."""
        company = self._ref("company_demo")
        self.env["account.chart.template"]._load("generic_coa", company, False)
        # The generic chart is American. Nothing is booked yet, so this can be changed.
        country = company.country_id
        company.write(
            {
                "account_fiscal_country_id": country.id,
                "currency_id": self.env.ref("base.EUR").id,
            }
        )
        own = [("company_id", "=", company.id)]
        self.env["account.tax"].search(own).write({"country_id": country.id})
        self.env["account.tax.group"].search(own).write({"country_id": country.id})
        self.env["account.fiscal.position"].search(
            [*own, ("country_id", "!=", False)]
        ).write({"country_id": country.id})
        company.account_sale_tax_id.write(
            {"name": "21%", "amount": 21, "invoice_label": "VAT 21%"}
        )
        company.account_sale_tax_id.tax_group_id.name = "VAT 21%"

    @api.model
    def _load_sales(self):
        for days, customer, bundle, quantity in SALES:
            self._at(days)._sell(
                self._ref(f"partner_{customer}"),
                self._ref(f"product_{bundle}").product_variant_id,
                quantity,
            )
        for days, customer, plan in AGREEMENTS:
            demo = self._at(days)
            contract = demo.env["support.contract"]._create_from_plan(
                demo._ref(f"plan_{plan}"),
                demo._ref(f"partner_{customer}"),
                demo._ref("company_demo"),
                date_start=demo._get_day().replace(day=1),
                user_id=demo._ref("user_demo_accountant").id,
                technician_id=demo._ref("user_demo_agent").id,
            )
            # The hypervisor is shown, its guests are what is paid for.
            assets = demo.env["support.asset"].search(
                [
                    ("partner_id", "=", contract.partner_id.id),
                    ("kind", "!=", "hypervisor"),
                ]
            )
            contract.line_ids = [
                Command.create({"asset_id": asset.id}) for asset in assets
            ]
            # The percentage is agreed per contract; 546.00 a month for four of 140.
            contract.fee_discount_percent = VOLUME_DISCOUNTS.get(customer, 0)
            moves = contract._invoice_fee()
            moves.invoice_date = demo._get_day()
            moves.action_post()
        self._load_onboarding()

    def _load_onboarding(self):
        """A customer whose machines are being audited."""
        demo = self._at(6)
        contract = demo.env["support.contract"].create(
            {
                "partner_id": demo._ref("partner_studio").id,
                "plan_id": demo._ref("plan_retainer_audited").id,
                "company_id": demo._ref("company_demo").id,
                "user_id": demo._ref("user_demo_accountant").id,
                "technician_id": demo._ref("user_demo_agent").id,
                "date_start": demo._get_day(),
            }
        )
        contract.action_start_onboarding()
        files, render = (demo._ref(f"asset_studio_{name}") for name in AUDITED)
        contract.line_ids = [
            Command.create({"asset_id": asset.id}) for asset in (files, render)
        ]
        # The file server is done, nobody knows the render farm yet.
        dispatcher = demo._ref("user_demo_dispatcher")
        for check in contract.audit_check_ids.with_user(dispatcher):
            if check.asset_id == files:
                check.write({"state": "ok" if check.required else "na"})
            elif check.profile_id:
                check.write(
                    {
                        "profile_id": demo._ref("profile_architect").id,
                        "state": "not_ok",
                        "note": "Its scheduler is new to us: ask the supplier",
                    }
                )

    @api.model
    def _load_requests(self):
        """Have tickets come in on a working morning, but for the weekend's probe.

        Somebody saw to them soon, but for the full disk of the hosting customer: that
        target was missed. Those of today stay as they are: their deadlines run.
        """
        tickets = self.env["helpdesk.ticket"].search(
            [("company_id", "=", self._ref("company_demo").id)]
        )
        now = fields.Datetime.now()
        for ticket in tickets:
            days = (now - ticket.request_date).days
            if not days:
                if ticket.user_id:
                    tickets._note_acts({ticket: ticket.request_date})
                continue
            if ticket == self._ref("ticket_disk"):
                days += 3  # whatever the weekday, nobody saw to it in time
            day = self._at(days)._get_day()
            if ticket == self._ref("ticket_probe"):
                day -= timedelta(days=day.weekday() + 2)  # the Saturday before
            ticket.request_date = datetime.combine(day, time(9, 40))
            if ticket != self._ref("ticket_disk"):
                seen = ticket.request_date + timedelta(minutes=25)
                tickets._note_acts({ticket: seen})

    @api.model
    def _load_time(self):
        for days, ticket, employee, hours, mode, name, *start in TIME:
            demo = self._at(days)
            day = demo._get_day()
            start = start[0] if start else STARTS.get(ticket)
            demo.env["account.analytic.line"].create(
                {
                    "ticket_id": demo._ref(f"ticket_{ticket}").id,
                    "employee_id": demo._ref(f"employee_{employee}").id,
                    "date": day,
                    "unit_amount": hours,
                    "delivery_mode": mode,
                    "name": name,
                    "work_start": start and datetime.combine(day, time(start, 10)),
                }
            )
        # Myown's extra work is invoiced at the end of the month.
        renard = (
            self._at(0)
            .env["support.contract"]
            .search([("partner_id", "=", self._ref("partner_renard").id)])
        )
        renard._invoice_overrun(renard._get_last_month_end(renard._get_today()))

    # -- helpers -------------------------------------------------------------------

    def _ref(self, name):
        return self.env.ref(f"prepaid_support.{name}").with_env(self.env)

    def _at(self, days):
        """This model in the demo company, on a working day about ``days`` ago."""
        day = fields.Date.today() - timedelta(days=days)
        while day.weekday() > 4 or (day.month, day.day) in CLOSED:
            day -= timedelta(days=1)
        company = self.env.ref("prepaid_support.company_demo")
        return self.with_company(company).with_context(
            allowed_company_ids=company.ids,
            support_posting_day=PostingDay(day),
            mail_create_nosubscribe=True,
        )

    def _get_day(self):
        return self.env.context["support_posting_day"].day

    def _sell(self, partner, product, quantity):
        """Order, invoice and payment of a bundle, all on one day."""
        day = self._get_day()
        seller = self._ref("user_demo_accountant")
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "user_id": seller.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )
        order.action_confirm()
        order.date_order = datetime.combine(day, time(9))
        invoice = order._create_invoices()
        invoice.invoice_date = day
        invoice.action_post()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"payment_date": day}).action_create_payments()
        lots = invoice.invoice_line_ids._get_support_lots()
        lots.contract_id.write({"date_start": day, "user_id": seller.id})
