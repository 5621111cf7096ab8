# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import inspect
from datetime import date, timedelta

from odoo.http import Request
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

#: The models that a portal user may read, and what of them. Whoever adds a field must
#: decide here whether customers may read it.
PORTAL_FIELDS = {
    "support.contract": {
        "active",
        "commercial_partner_id",
        "company_id",
        "credit_state",
        "currency_id",
        "date_end",
        "date_start",
        "entry_ids",
        "lot_ids",
        "money_remaining",
        "name",
        "next_expiry_date",
        "overrun_amount",
        "partner_id",
        "plan_id",
        "state",
        "time_remaining",
    },
    "support.lot": {
        "adjusted",
        "bonus_quantity",
        "company_id",
        "contract_id",
        "currency_id",
        "date_first",
        "date_lapsed",
        "date_last",
        "entry_ids",
        "granted",
        "kind",
        "lapsed",
        "name",
        "paid_quantity",
        "partner_id",
        "refunded",
        "remaining",
        "reserved",
        "state",
        "unit",
        "used",
    },
    "support.entry": {
        "company_id",
        "contract_id",
        "currency_id",
        "date",
        "entry_date",
        "kind",
        "lot_id",
        "quantity",
        "unit",
        "work_minutes",
    },
}
#: Fields that Odoo's mixins bring along, which guard themselves.
MIXIN_FIELDS = {
    "access_token",
    "access_url",
    "access_warning",
    "create_date",
    "create_uid",
    "display_name",
    "has_message",
    "activity_exception_decoration",
    "activity_exception_icon",
    "activity_type_icon",
    "id",
    "message_has_sms_error",
    "message_ids",
    "website_message_ids",
    "message_is_follower",
    "message_needaction",
    "message_needaction_counter",
    "message_has_error",
    "message_has_error_counter",
    "write_date",
    "write_uid",
}
#: Doors that have attacks of their own.
STANDARD_METHODS = {"create", "write", "unlink", "copy"}
CLOSED_MODELS = (
    "support.asset",
    "support.audit.check",
    "support.audit.item",
    "support.contract.line",
    "support.level",
    "support.level.target",
    "support.charge",
    "support.contract.estimate",
    "support.coverage.rule",
    "support.intervention.accept",
    "support.intervention.rerate",
    "support.intervention.rerate.line",
    "support.intervention",
    "support.plan",
    "support.profile",
    "support.rate",
    "support.rate.card",
    "support.timer",
    "support.statement.print",
    "support.alert",
    "support.contract.topup",
    "support.monitoring.issue",
    "support.monitoring.token",
    "support.remedy",
    "support.remedy.decide",
    "support.sla",
    "support.sla.event",
    "support.ticket.pause",
)


class PortalCase(HttpCase):
    """A customer with 5 000 credits, of which 4 h at 125 are burnt; and a stranger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.today = date.today()
        cls.alpha = cls._create_company("Alpha Industries")
        cls.beta = cls._create_company("Beta Works")
        cls.customer = cls._create_portal_user("alice.customer", cls.alpha)
        cls.colleague = cls._create_portal_user("carl.customer", cls.alpha)
        cls.stranger = cls._create_portal_user("bob.stranger", cls.beta)
        cls.agent = new_test_user(
            cls.env,
            "tina.agent",
            "helpdesk_mgmt.group_helpdesk_user,hr_timesheet.group_hr_timesheet_approver",
            name="Tina Technician",
        )
        cls.profile = cls.env["support.profile"].create(
            {
                "name": "Engineer",
                "product_id": cls.env["product.product"]
                .create({"name": "Engineer hour", "type": "service"})
                .id,
            }
        )
        cls.employee = cls.env["hr.employee"].create(
            {
                "name": "Tina Technician",
                "user_id": cls.agent.id,
                "support_profile_id": cls.profile.id,
            }
        )
        cls.card = cls.env["support.rate.card"].create(
            {
                "name": "Secret card",
                "rate_ids": [(0, 0, {"price": 125.0, "per_minutes": 60})],
            }
        )
        cls.contract = cls._create_contract(cls.alpha, "alpha")
        cls.foreign = cls._create_contract(cls.beta, "beta")
        cls.ticket = cls._create_ticket("Mail server is down", cls.customer)
        cls.foreign_ticket = cls._create_ticket("Beta secret project", cls.stranger)
        cls.line = cls._log(cls.ticket, 4.0, "Restored the mailboxes")
        cls._log(cls.foreign_ticket, 1.0, "Beta secret work")
        cls.env.flush_all()

    @classmethod
    def _create_company(cls, name):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "lang": "en_US"}
        )

    @classmethod
    def _create_portal_user(cls, login, partner):
        user = new_test_user(cls.env, login, "base.group_portal")
        user.partner_id.parent_id = partner
        return user

    @classmethod
    def _create_contract(cls, partner, key):
        contract = cls.env["support.contract"].create(
            {
                "partner_id": partner.id,
                "rate_card_id": cls.card.id,
                "date_start": cls.today - timedelta(days=60),
                "note": "<p>Internal note</p>",
            }
        )
        contract.action_activate()
        cls._grant(contract, key, 5000.0)
        return contract

    @classmethod
    def _grant(cls, contract, key, quantity, **vals):
        return cls.env["support.lot"]._grant(
            [
                {
                    "key": f"test/{key}",
                    "name": f"Strippenkaart {key}",
                    "contract_id": contract.id,
                    "unit": "money",
                    "kind": "purchase",
                    "paid_quantity": quantity,
                    "price_paid": quantity,
                    "date_first": cls.today - timedelta(days=60),
                    "date_last": cls.today + timedelta(days=300),
                    "reason": "Internal reason",
                    **vals,
                }
            ]
        )

    @classmethod
    def _create_ticket(cls, name, user):
        return cls.env["helpdesk.ticket"].create(
            {
                "name": name,
                "description": f"<p>{name}</p>",
                "partner_id": user.partner_id.id,
            }
        )

    @classmethod
    def _log(cls, ticket, hours, name, **vals):
        return cls.env["account.analytic.line"].create(
            {
                "ticket_id": ticket.id,
                "employee_id": cls.employee.id,
                "date": cls.today,
                "unit_amount": hours,
                "name": name,
                "project_id": cls.company.support_project_id.id,
                **vals,
            }
        )

    def _login(self, user):
        login = user.login
        self.authenticate(login, login.ljust(8, "x"))

    def _get(self, url, **kw):
        response = self.url_open(url, **kw)
        response.raise_for_status()
        return response

    def _call(self, model, method, args=(), kwargs=None):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs or {}},
        )


@tagged("post_install", "-at_install")
class TestPortalPages(PortalCase):
    def test_card_tells_balance(self):
        self._login(self.customer)
        self.assertIn("/my/support", self._get("/my").text)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["support_contract_count", "support_balance"]}
        )
        self.assertEqual(counters["support_contract_count"], 1)
        self.assertIn("4,500.00", counters["support_balance"])

    def test_single_contract_is_opened(self):
        self._login(self.customer)
        response = self._get("/my/support")
        self.assertTrue(response.url.endswith(f"/my/support/{self.contract.id}"))

    def test_contract_page(self):
        self._login(self.customer)
        page = self._get(f"/my/support/{self.contract.id}").text
        for text in (
            "4,500.00",
            "5,000.00",
            "Strippenkaart alpha",
            "Mail server is down",
            "Tina Technician",
            "Restored the mailboxes",
            "4:00 h",
            "o_support_credit_chart",
            "How this was priced",
            "4:00 h at",
            "from Strippenkaart alpha, usable until",
        ):
            self.assertIn(text, page)
        for word in (
            "ntervention",
            "overrun list",
            "Burn",
            "Internal",
            "Secret",
            "Beta",
        ):
            self.assertNotIn(word, page)

    def test_several_contracts_are_listed(self):
        other = self._create_contract(self.alpha, "alpha2")
        self._login(self.customer)
        page = self._get("/my/support").text
        self.assertIn(f"/my/support/{other.id}", page)
        self.assertIn(f"/my/support/{self.contract.id}", page)
        self.assertNotIn(f"/my/support/{self.foreign.id}", page)

    def test_search_and_period(self):
        self._login(self.customer)
        url = f"/my/support/{self.contract.id}"
        self.assertIn("Restored", self._get(f"{url}?search=mailboxes").text)
        self.assertIn("No work matches", self._get(f"{url}?search=printer").text)
        # the title of a stranger's ticket is no oracle either
        self.assertIn("No work matches", self._get(f"{url}?search=secret").text)
        today = self.today.isoformat()
        page = self._get(f"{url}?date_from={today}&date_to={today}").text
        self.assertIn("Restored", page)
        page = self._get(f"{url}?date_to=2020-01-01").text
        self.assertIn("No work matches", page)

    def test_bad_dates_get_a_sentence(self):
        self._login(self.customer)
        url = f"/my/support/{self.contract.id}"
        page = self._get(f"{url}?date_from=yesterday").text
        self.assertIn("enter the dates as year-month-day", page)
        page = self._get(f"{url}/statement?date_from=2026-13-45&date_to=x").text
        self.assertIn("enter the dates as year-month-day", page)
        page = self._get(f"{url}/statement").text
        self.assertIn("choose the first and the last day", page)
        page = self._get(
            f"{url}/statement?date_from=2026-02-01&date_to=2026-01-01"
        ).text
        self.assertIn("must not be after", page)

    def test_paging(self):
        for number in range(11):
            ticket = self._create_ticket(f"Question {number}", self.customer)
            self._log(ticket, 0.25, "Answered")
        self.env.flush_all()
        self._login(self.customer)
        url = f"/my/support/{self.contract.id}"
        first, second = self._get(url).text, self._get(f"{url}/page/2").text
        self.assertEqual(first.count("o_support_group"), 10)
        self.assertEqual(second.count("o_support_group"), 2)

    def test_overrun_is_listed(self):
        self._log(self.ticket, 37.0 - 13.0, "Migration")
        self._log(
            self.ticket, 16.0, "Migration, second day", date=self.today - timedelta(1)
        )
        self.env.flush_all()
        self._login(self.customer)
        page = self._get(f"/my/support/{self.contract.id}").text
        self.assertIn("To be invoiced", page)
        self.assertIn("500.00", page)

    def test_time_as_tickets(self):
        self.contract.write({"time_display": "tickets", "minutes_per_ticket": 15})
        self._grant(self.contract, "time", 420, unit="time", priority=1)
        self._login(self.customer)
        page = self._get(f"/my/support/{self.contract.id}").text
        self.assertIn("28 tickets", page)

    def test_ticket_page(self):
        self._login(self.customer)
        page = self._get(f"/my/ticket/{self.ticket.id}").text
        for text in ("Work on this ticket", "Tina Technician", "4:00 h", "500.00"):
            self.assertIn(text, page)

    def test_ticket_page_of_a_shared_link_has_no_money(self):
        token = self.ticket._portal_ensure_token()
        self.env.flush_all()
        page = self._get(f"/my/ticket/{self.ticket.id}?access_token={token}").text
        self.assertIn("Mail server is down", page)
        self.assertNotIn("Work on this ticket", page)
        self._login(self.stranger)
        page = self._get(f"/my/ticket/{self.ticket.id}?access_token={token}").text
        self.assertNotIn("Work on this ticket", page)

    def test_team_may_hide_time(self):
        self.ticket.team_id = self.env["helpdesk.ticket.team"].create(
            {"name": "Silent", "show_timesheet_portal": False}
        )
        self._login(self.customer)
        page = self._get(f"/my/ticket/{self.ticket.id}").text
        self.assertNotIn("Work on this ticket", page)

    def test_work_that_moved_to_another_customer_is_not_named(self):
        self.ticket.write(
            {"name": "Now a Beta matter", "partner_id": self.stranger.partner_id.id}
        )
        self.env.flush_all()
        self._login(self.customer)
        page = self._get(f"/my/support/{self.contract.id}").text
        self.assertNotIn("Now a Beta matter", page)
        self.assertIn("taken off your account", page)
        self.assertIn("5,000.00", page)
        self._login(self.stranger)
        page = self._get(f"/my/support/{self.foreign.id}").text
        self.assertIn("Now a Beta matter", page)

    def test_covered_company(self):
        """The payer sees what it pays for, the other company its time only."""
        self.foreign.action_end()
        self.contract.covered_partner_ids = self.beta
        ticket = self._create_ticket("Covered request", self.stranger)
        ticket.support_contract_id = self.contract
        self._log(ticket, 2.0, "Helped the sister company")
        self.env.flush_all()
        self._login(self.customer)
        page = self._get(f"/my/support/{self.contract.id}").text
        self.assertIn("Covered request", page)
        self.assertNotIn(f"/my/ticket/{ticket.id}", page)
        self._login(self.stranger)
        page = self._get(f"/my/ticket/{ticket.id}").text
        self.assertIn("Helped the sister company", page)
        self.assertNotIn("250.00", page)
        self.assertNotIn("Strippenkaart", page)
        self.assertNotIn("How this was priced", page)

    def test_included_work_tells_its_list_price(self):
        self.contract.default_coverage = "included"
        self._log(self.ticket, 1.0, "Covered", date=self.today - timedelta(days=1))
        self.env.flush_all()
        self._login(self.customer)
        page = self._get(f"/my/support/{self.contract.id}").text
        self.assertIn("Included in the contract: nothing is charged.", page)
        self.assertIn("4,500.00", page)

    def test_emergency_number_of_those_who_have_it(self):
        self.contract.emergency_phone = "+32 2 555 01 99"
        self.env.flush_all()
        urls = (f"/my/support/{self.contract.id}", f"/my/ticket/{self.ticket.id}")
        self._login(self.customer)
        for url in urls:
            self.assertIn("+32 2 555 01 99", self._get(url).text)
        self._login(self.stranger)
        token = self.ticket._portal_ensure_token()
        for url in (
            f"/my/support/{self.foreign.id}",
            f"/my/ticket/{self.foreign_ticket.id}",
            f"/my/ticket/{self.ticket.id}?access_token={token}",
        ):
            self.assertNotIn("+32 2 555 01 99", self._get(url).text)
        self.contract.action_end()
        self.env.flush_all()
        self._login(self.customer)
        for url in urls:
            self.assertNotIn("+32 2 555 01 99", self._get(url).text)

    def test_hidden_category_is_not_the_customer_s_choice(self):
        shown, hidden = self.env["helpdesk.ticket.category"].create(
            [{"name": "Shown"}, {"name": "Hidden", "show_in_portal": False}]
        )
        self.env.flush_all()
        self._login(self.customer)
        for category, expected in ((shown, shown), (hidden, hidden.browse())):
            self._get(
                "/submitted/ticket",
                data={
                    "category": category.id,
                    "subject": f"Asked for {category.name}",
                    "description": "-",
                    "csrf_token": Request.csrf_token(self),
                },
            )
            ticket = self.env["helpdesk.ticket"].search(
                [("name", "=", f"Asked for {category.name}")]
            )
            self.assertEqual(len(ticket), 1)
            self.assertEqual(ticket.category_id, expected)

    def test_travel_is_named(self):
        self.contract.travel_fee = 150.0
        self._log(self.ticket, 1.0, "On the spot", delivery_mode="onsite")
        self.env.flush_all()
        self._login(self.customer)
        page = self._get(f"/my/support/{self.contract.id}").text
        self.assertIn("150.00", page)
        self.assertIn("Travel", page)

    def test_colleague_and_child_contact_see(self):
        department = self.env["res.partner"].create(
            {"name": "Branch", "parent_id": self.alpha.id}
        )
        child = self._create_portal_user("dora.branch", department)
        for user in (self.colleague, child):
            with self.subTest(user=user.login):
                self._login(user)
                page = self._get(f"/my/support/{self.contract.id}").text
                self.assertIn("4,500.00", page)

    def test_draft_is_not_shown(self):
        draft = self.env["support.contract"].create({"partner_id": self.alpha.id})
        self._login(self.customer)
        self.assertNotIn(
            f"/my/support/{draft.id}", self._get(f"/my/support/{draft.id}").url
        )

    def test_internal_preview(self):
        self._login(self.agent)
        page = self._get(f"/my/support/{self.contract.id}").text
        self.assertIn("4,500.00", page)

    def test_tour(self):
        self.start_tour("/my", "support_portal_tour", login=self.customer.login)


@tagged("post_install", "-at_install")
class TestPortalStatement(PortalCase):
    def _url(self, contract):
        first = self.today - timedelta(days=70)
        url = f"/my/support/{contract.id}/statement"
        return f"{url}?date_from={first}&date_to={self.today}"

    def _html(self, contract, first, last):
        report = self.env["ir.actions.report"]
        return report._render_qweb_html(
            "prepaid_support.support_statement_report",
            contract.ids,
            data={"date_from": str(first), "date_to": str(last)},
        )[0].decode()

    def test_download(self):
        self._login(self.customer)
        response = self._get(self._url(self.contract))
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        # in tests Odoo hands out the HTML of a PDF
        self.assertIn("Mail server is down", response.text)

    def test_pdf(self):
        contract = self.contract.with_context(force_report_rendering=True)
        pdf = contract._render_statement(self.today.replace(day=1), self.today)
        self.assertTrue(pdf.startswith(b"%PDF"))

    def test_content(self):
        html = self._html(self.contract, self.today - timedelta(days=70), self.today)
        for text in (
            "Alpha Industries",
            self.company.name,
            "Opening balance",
            "5,000.00",
            "500.00",
            "4,500.00",
            "Tina Technician",
            "Mail server is down",
            "Strippenkaart alpha",
        ):
            self.assertIn(text, html)
        self.assertNotIn("Beta", html)
        self.assertNotIn("Internal", html)

    def test_included_work_and_why(self):
        self.contract.write({"default_coverage": "included", "discount_percent": 25})
        self._log(self.ticket, 1.0, "Covered", date=self.today - timedelta(days=1))
        html = self._html(self.contract, self.today - timedelta(days=70), self.today)
        self.assertIn("Included in your contract", html)
        self.assertIn("125.00", html)
        self.assertIn("4:00 h at", html)
        self.assertNotIn(
            "Included in your contract",
            self._html(self.contract, date(2001, 1, 1), date(2001, 1, 31)),
        )

    def test_period_without_movement(self):
        html = self._html(self.contract, date(2001, 1, 1), date(2001, 1, 31))
        self.assertNotIn("Mail server", html)
        self.assertIn("Nothing was added or used", html)

    def test_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.alpha.lang = "fr_FR"
        html = self._html(self.contract, self.today.replace(day=1), self.today)
        self.assertIn(self.today.strftime("%d/%m/%Y"), html)

    def test_wizard(self):
        wizard = (
            self.env["support.statement.print"]
            .with_context(active_model="support.contract", active_id=self.contract.id)
            .with_user(self.agent)
            .create({})
        )
        action = wizard.action_print()
        self.assertEqual(action["data"]["contract_ids"], self.contract.ids)
        html = self.env["ir.actions.report"]._render_qweb_html(
            action["report_name"], None, data=action["data"]
        )[0]
        self.assertIn(b"Alpha Industries", html)


@tagged("post_install", "-at_install")
class TestPortalAttack(PortalCase):
    """A stranger, and a customer who wants more than their due."""

    def _assert_refused(self, model, method, args=(), kwargs=None):
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException) as caught:
            self._call(model, method, args, kwargs)
        return str(caught.exception)

    def test_stranger_by_url(self):
        self._login(self.stranger)
        cid = self.contract.id
        for url in (
            f"/my/support/{cid}",
            f"/my/support/{cid}?access_token={self.contract._portal_ensure_token()}",
            f"/my/support/{cid}/page/1",
            f"/my/support/{cid}/statement?date_from=2020-01-01&date_to=2030-01-01",
            "/my/support/99999999",
        ):
            with self.subTest(url=url):
                response = self._get(url)
                self.assertTrue(response.url.endswith("/my"), response.url)
                self.assertNotIn("Mail server", response.text)
        self.assertNotIn("Mail server", self._get("/my/support").text)
        self.assertNotIn("Mail server", self._get(f"/my/ticket/{self.ticket.id}").text)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_qweb")
    def test_stranger_by_report_url(self):
        self._login(self.stranger)
        options = f'{{"contract_ids":[{self.contract.id}]}}'
        for url in (
            f"/report/html/prepaid_support.support_statement/{self.contract.id}",
            f"/report/pdf/prepaid_support.support_statement/{self.contract.id}",
            f"/report/html/prepaid_support.support_statement?options={options}",
        ):
            with self.subTest(url=url):
                response = self.url_open(url)
                self.assertGreaterEqual(response.status_code, 400)
                self.assertNotIn("Mail server", response.text)

    def test_anonymous_by_url(self):
        for url in (
            "/my/support",
            f"/my/support/{self.contract.id}",
            f"/my/support/{self.contract.id}"
            f"?access_token={self.contract._portal_ensure_token()}",
            f"/my/support/{self.contract.id}/statement"
            "?date_from=2020-01-01&date_to=2030-01-01",
        ):
            with self.subTest(url=url):
                response = self.url_open(url)
                self.assertIn("/web/login", response.url)
                self.assertNotIn("Mail server", response.text)

    def test_anonymous_by_rpc(self):
        for model in (*PORTAL_FIELDS, *CLOSED_MODELS):
            with self.subTest(model=model):
                self._assert_refused(model, "search_read", [[], ["id"]])

    def test_closed_models(self):
        self._login(self.customer)
        for model in CLOSED_MODELS:
            ids = self.env[model].search([], limit=1).ids
            with self.subTest(model=model):
                self._assert_refused(model, "search_read", [[], ["id"]])
                self._assert_refused(model, "read", [ids or [1], ["display_name"]])
                self._assert_refused(model, "search_count", [[]])
                self._assert_refused(
                    model, "formatted_read_group", [[], [], ["__count"]]
                )
                self._assert_refused(model, "export_data", [ids or [1], ["id"]])
                self._assert_refused(model, "create", [[{}]])
                self._assert_refused(model, "write", [ids or [1], {}])
                self._assert_refused(model, "unlink", [ids or [1]])

    def test_time_is_not_shared(self):
        for user in (self.customer, self.stranger):
            self._login(user)
            try:
                with mute_logger("odoo.http"):
                    found = self._call(
                        "account.analytic.line", "search_read", [[], ["id"]]
                    )
            except JsonRpcException:
                found = []
            self.assertNotIn(self.line.id, [row["id"] for row in found])

    def test_stranger_finds_nothing(self):
        self._login(self.stranger)
        for model, found in (
            ("support.contract", self.contract),
            ("support.lot", self.contract.lot_ids),
            ("support.entry", self.contract.entry_ids),
        ):
            with self.subTest(model=model):
                domain = [("id", "in", found.ids)]
                self.assertEqual(self._call(model, "search_read", [domain, ["id"]]), [])
                self.assertEqual(self._call(model, "search_count", [domain]), 0)
                groups = self._call(
                    model, "formatted_read_group", [domain, [], ["__count"]]
                )
                self.assertEqual(groups[0]["__count"], 0)
                self._assert_refused(model, "read", [found.ids, ["display_name"]])
                self._assert_refused(model, "export_data", [found.ids, ["id"]])
                self._assert_refused(
                    model, "web_read", [found.ids, {"display_name": {}}]
                )

    def test_nobody_writes(self):
        for user in (self.stranger, self.customer):
            self._login(user)
            for model, found in (
                ("support.contract", self.contract),
                ("support.lot", self.contract.lot_ids),
                ("support.entry", self.contract.entry_ids),
            ):
                with self.subTest(model=model, user=user.login):
                    self._assert_refused(model, "create", [[{}]])
                    self._assert_refused(model, "write", [found.ids, {"company_id": 1}])
                    self._assert_refused(model, "unlink", [found.ids])
                    self._assert_refused(model, "copy", [found.ids])
        self.assertEqual(self.contract.state, "active")

    def test_readable_fields_are_listed(self):
        for model, allowed in PORTAL_FIELDS.items():
            with self.subTest(model=model):
                fields = self.env[model].with_user(self.customer).fields_get()
                self.assertEqual(set(fields) - allowed - MIXIN_FIELDS, set())

    def test_fields_on_other_models_are_internal(self):
        """What this addon adds to models that customers read is not for customers."""
        public = {
            ("helpdesk.ticket", "request_date"),
            ("helpdesk.ticket", "category_id"),  # upstream's; we only track it
        }
        names = self.env["ir.model.fields"].search([("state", "=", "base")])
        ours = names.filtered(
            lambda field: (
                "prepaid_support" in (field.modules or "").split(", ")
                and field.model not in PORTAL_FIELDS
                and field.name not in MIXIN_FIELDS
            )
        )
        for field in ours:
            model = self.env[field.model].with_user(self.customer)
            if (field.model, field.name) in public or not model.has_access("read"):
                continue
            with self.subTest(model=field.model, field=field.name):
                self.assertNotIn(field.name, model.fields_get())

    def test_internal_fields_cannot_be_read_or_searched(self):
        self._login(self.customer)
        for model, records, names in (
            ("support.contract", self.contract, ["note", "user_id", "rate_card_id"]),
            ("support.contract", self.contract, ["warning_percent", "balance"]),
            ("support.lot", self.contract.lot_ids, ["key", "price_paid", "priority"]),
            ("support.entry", self.contract.entry_ids, ["reason", "key", "price"]),
            ("support.entry", self.contract.entry_ids, ["ticket_id", "employee_id"]),
            ("helpdesk.ticket", self.ticket, ["support_balance", "timesheet_ids"]),
            ("helpdesk.ticket", self.ticket, ["support_amount", "profile_reason"]),
            ("res.company", self.company, ["support_project_id"]),
        ):
            for name in names:
                with self.subTest(model=model, field=name):
                    self._assert_refused(model, "read", [records.ids, [name]])
                    self._assert_refused(
                        model, "search_read", [[(name, "!=", False)], ["id"]]
                    )

    def test_messages_are_internal(self):
        self.contract.message_post(body="Internal remark about a bad payer")
        self.env.flush_all()
        for user in (self.customer, self.stranger):
            self._login(user)
            domain = [("model", "=", "support.contract")]
            found = self._call("mail.message", "search_read", [domain, ["body"]])
            self.assertEqual(found, [])
            self._assert_refused(
                "support.contract", "message_post", [self.contract.ids], {"body": "x"}
            )

    def test_related_path_is_no_way_round(self):
        self._login(self.stranger)
        domain = [("contract_id.partner_id.name", "ilike", "Alpha")]
        self.assertEqual(self._call("support.lot", "search_count", [domain]), 0)
        self.assertEqual(self._call("support.entry", "search_count", [domain]), 0)
        domain = [("lot_ids.name", "ilike", "alpha")]
        self.assertEqual(self._call("support.contract", "search_count", [domain]), 0)

    def test_public_methods_refuse(self):
        """Every method that RPC reaches leaves everything as it was."""
        self._login(self.stranger)
        before = self.contract.read(["state", "money_remaining"])
        entries = self.env["support.entry"].search_count([])
        for model, records in (
            ("support.contract", self.contract),
            ("support.lot", self.contract.lot_ids),
            ("support.entry", self.contract.entry_ids),
            ("support.charge", self.contract.charge_ids),
            ("support.intervention", self.contract.intervention_ids),
            ("helpdesk.ticket", self.ticket),
        ):
            for name in self._get_own_methods(model):
                with self.subTest(model=model, method=name):
                    self._try(model, name, records.ids)
        lots, charges = self.contract.lot_ids.ids, self.contract.charge_ids.ids
        self._assert_refused("support.lot", "average_price", [lots, 100.0])
        self._assert_refused("support.charge", "action_waive", [charges, "please"])
        self.env.invalidate_all()
        self.assertEqual(self.contract.read(["state", "money_remaining"]), before)
        self.assertEqual(self.env["support.entry"].search_count([]), entries)

    def _try(self, model, method, ids):
        """Call it; an answer, if any, may only be a window to open."""
        try:
            with mute_logger("odoo.http"):
                answer = self._call(model, method, [ids])
        except JsonRpcException as error:
            # a refusal, not a crash after half the work
            self.assertRegex(str(error), "AccessError|UserError|TypeError")
        else:
            self.assertNotIn("Mail server", str(answer))
            self.assertIsInstance(answer, dict)

    def _get_own_methods(self, model):
        for cls in type(self.env[model]).mro():
            if "prepaid_support" not in cls.__module__:
                continue
            for name, member in vars(cls).items():
                hidden = name.startswith("_") or name in STANDARD_METHODS
                if inspect.isfunction(member) and not hidden:
                    yield name

    def test_json2(self):
        expires = self.env.cr.now() + timedelta(days=1)
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.stranger)
            .sudo()
            ._generate("rpc", "attack", expires)
        )
        headers = {"Authorization": f"Bearer {key}"}

        def post(model, method, **body):
            return self.url_open(
                f"/json/2/{model}/{method}", json=body, headers=headers
            )

        with mute_logger("odoo.http"):
            response = post(
                "support.contract", "read", ids=self.contract.ids, fields=["name"]
            )
            self.assertEqual(response.status_code, 403)
            response = post("support.charge", "search_read", domain=[], fields=["id"])
            self.assertEqual(response.status_code, 403)
            response = post("support.contract", "_grant")
            self.assertGreaterEqual(response.status_code, 400)
        response = post(
            "support.contract", "search_read", domain=[], fields=["partner_id"]
        )
        self.assertEqual({row["id"] for row in response.json()}, {self.foreign.id})
