# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.http import Request
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .test_portal import PortalCase

DESK, PRIORITY, EMERGENCY = "+32 2 555 01 00", "+32 2 555 01 11", "+32 2 555 01 99"


class ServiceCase(PortalCase):
    """Alpha has a web server at level C below a hypervisor; Beta a box at level A."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Level = cls.env["support.level"]
        cls.level_a, cls.level_b, cls.level_c = Level.create(
            [
                {
                    "name": "Level A",
                    "monthly_fee": 70.0,
                    "phone": DESK,
                    "target_ids": [
                        Command.create({"kind": "response", "minutes": 24 * 60})
                    ],
                },
                {
                    "name": "Level B",
                    "monthly_fee": 140.0,
                    "phone": DESK,
                    "target_ids": [
                        Command.create({"window": "outside", "minutes": 720}),
                        Command.create({"window": "business", "minutes": 240}),
                    ],
                },
                {
                    "name": "Level C",
                    "monthly_fee": 210.0,
                    "phone": DESK,
                    "priority_phone": PRIORITY,
                    "emergency_phone": EMERGENCY,
                    "night_contact": True,
                    "target_ids": [
                        Command.create({"kind": "response", "minutes": 240})
                    ],
                },
            ]
        )
        Asset = cls.env["support.asset"]
        cls.host = Asset.create(
            {"name": "Alpha host", "partner_id": cls.alpha.id, "kind": "hypervisor"}
        )
        cls.web, cls.mail = Asset.create(
            [
                {
                    "name": f"Alpha {name}",
                    "partner_id": cls.alpha.id,
                    "kind": "virtual",
                    "host_id": cls.host.id,
                    "note": "<p>Internal secret of technicians</p>",
                }
                for name in ("web", "mail")
            ]
        )
        cls.box = Asset.create({"name": "Beta box", "partner_id": cls.beta.id})
        cls.line_web = cls.cover(cls.contract, cls.web, cls.level_c)
        cls.cover(cls.foreign, cls.box, cls.level_a)
        cls.manager = new_test_user(
            cls.env, "mona.manager", "base.group_user", name="Mona Manager"
        )
        cls.contract.write(
            {
                "user_id": cls.manager.id,
                "technician_id": cls.agent.id,
                "night_contact_id": cls.colleague.partner_id.id,
            }
        )
        cls.env.flush_all()

    @classmethod
    def cover(cls, contract, asset, level, **vals):
        return cls.env["support.contract.line"].create(
            {
                "contract_id": contract.id,
                "asset_id": asset.id,
                "level_id": level.id,
                "date_from": cls.today - timedelta(days=30),
                **vals,
            }
        )

    def page(self, contract=None):
        self.env.flush_all()
        return self._get(f"/my/support/{(contract or self.contract).id}").text

    def ticket_page(self, ticket, query=""):
        self.env.flush_all()
        return self._get(f"/my/ticket/{ticket.id}{query}").text

    def submit(self, subject, **data):
        self._get(
            "/submitted/ticket",
            data={
                "subject": subject,
                "description": "-",
                "csrf_token": Request.csrf_token(self),
                **data,
            },
        )
        ticket = self.env["helpdesk.ticket"].search([("name", "=", subject)])
        self.assertEqual(len(ticket), 1)
        return ticket


@tagged("post_install", "-at_install")
class TestPortalService(ServiceCase):
    def test_the_fee_is_what_it_costs(self):
        """With the volume discount; nothing of its own under a flat fee."""
        self.contract.write({"fee_discount_from": 2, "fee_discount_percent": 10.0})
        self.cover(self.contract, self.mail, self.level_c)
        rows = {row["name"]: row for row in self.contract._prepare_portal_assets()}
        self.assertIn("210.00", rows["Alpha web"]["fee"])
        self.assertIn("189.00", rows["Alpha mail"]["fee"])
        self.contract.flat_fee = 500.0
        rows = self.contract._prepare_portal_assets()
        self.assertFalse([row["fee"] for row in rows if row["fee"]])

    def test_people_and_channels(self):
        self._login(self.customer)
        page = self.page()
        for text in ("How to reach us", "/new/ticket", "Mona Manager"):
            self.assertIn(text, page)
        for text in ("Tina Technician", DESK, PRIORITY, EMERGENCY, "At night we call"):
            self.assertIn(text, page)
        self.assertIn(self.colleague.name, page)

    def test_term(self):
        self._login(self.customer)
        self.assertNotIn("then renewed", self.page())
        self.contract.write({"renewal_months": 12, "notice_days": 30})
        self.assertIn("then renewed; notice until", self.page())
        self.contract.action_give_notice()
        self.assertNotIn("then renewed", self.page())

    def test_channels_of_the_level_only(self):
        self._login(self.stranger)
        page = self.page(self.foreign)
        self.assertIn(DESK, page)
        for text in (PRIORITY, EMERGENCY, "Priority number", "At night we call"):
            self.assertNotIn(text, page)

    def test_a_level_that_is_no_longer_held(self):
        self._login(self.customer)
        self.line_web.date_to = self.today - timedelta(days=1)
        self.assertNotIn(PRIORITY, self.page())
        self.contract.level_id = self.level_c
        self.assertIn(PRIORITY, self.page())
        self.contract.action_end()
        page = self.page()
        for number in (DESK, PRIORITY, EMERGENCY):
            self.assertNotIn(number, page)

    def test_emergency_number_of_the_contract_where_the_level_has_none(self):
        self.foreign.emergency_phone = "+32 2 555 02 22"
        self.contract.emergency_phone = "+32 2 555 02 23"
        self._login(self.stranger)
        self.assertIn("+32 2 555 02 22", self.page(self.foreign))
        self._login(self.customer)
        page = self.page()
        self.assertIn(EMERGENCY, page)
        self.assertNotIn("+32 2 555 02 23", page)

    def test_opening_hours_in_words(self):
        self.card.rate_ids.copy({"price": 150.0, "band": "after_hours"})
        hours = [(str(day), 9, 12, "morning") for day in range(5)]
        hours += [(str(day), 12, 13, "lunch") for day in range(5)]
        hours += [(str(day), 13, 17.5, "afternoon") for day in range(5)]
        hours += [("5", 10, 12, "morning"), ("5", 14, 16, "afternoon")]
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Desk",
                "tz": "Europe/Brussels",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": part,
                            "dayofweek": day,
                            "hour_from": start,
                            "hour_to": end,
                            "day_period": part,
                        }
                    )
                    for day, start, end, part in hours
                ],
            }
        )
        self.assertEqual(
            calendar._get_support_hours_text(),
            "Monday to Friday 09:00 – 17:30; Saturday 10:00 – 12:00, 14:00 – 16:00",
        )
        self.contract.calendar_id = calendar
        self._login(self.customer)
        self.assertIn("Monday to Friday 09:00 – 17:30", self.page())

    def test_opening_hours_of_two_weeks(self):
        calendar = self.env["resource.calendar"].create({"name": "Desk", "tz": "UTC"})
        calendar.switch_calendar_type()
        second = calendar.attendance_ids.filtered(
            lambda line: line.week_type == "1" and not line.display_type
        )
        text = calendar._get_support_hours_text()
        self.assertTrue(text.startswith("Monday to Friday 08:00"), text)
        second.filtered(lambda line: line.dayofweek == "4").unlink()
        text = calendar._get_support_hours_text()
        self.assertIn("Monday to Friday", text)
        self.assertIn("Monday to Thursday", text)

    def test_targets_in_words(self):
        self.assertEqual(
            self.level_b._get_target_sentences(),
            ["Response within 4 h in business hours, 12 h outside"],
        )
        self.assertEqual(
            self.level_c._get_target_sentences(),
            ["Response within 4 h, 7 days a week"],
        )
        self.level_a.target_ids = [
            Command.create({"minutes": 90, "clock": "working", "priority": "3"}),
            Command.create({"kind": "resolution", "minutes": 30, "clock": "working"}),
        ]
        self.assertEqual(
            self.level_a._get_target_sentences(),
            [
                "Response within 24 h, 7 days a week",
                "Response within 1 h 30 min of opening time, from priority Very High "
                "on",
                "Resolution within 30 min of opening time",
            ],
        )

    def test_assets(self):
        self._login(self.customer)
        page = self.page()
        for text in (
            "Your assets",
            "Alpha web",
            "Virtual server",
            "Runs on",
            "Alpha host",
            "Not covered",
            "Level C",
            "210.00",
            "Response within 4 h, 7 days a week",
        ):
            self.assertIn(text, page)
        self.assertLess(page.index("Alpha host"), page.index("Alpha web"))
        for text in ("Alpha mail", "Beta box", "Internal secret"):
            self.assertNotIn(text, page)

    def test_no_assets_no_list(self):
        self.line_web.unlink()
        self._login(self.customer)
        self.assertNotIn("Your assets", self.page())

    def test_onboarding_shows_what_is_to_come(self):
        contract = self.env["support.contract"].create(
            {"partner_id": self.alpha.id, "rate_card_id": self.card.id}
        )
        self.cover(contract, self.mail, self.level_a)
        contract.action_start_onboarding()
        self._login(self.customer)
        page = self.page(contract)
        self.assertIn("Alpha mail", page)
        self.assertNotIn(DESK, page)

    # -- tickets -------------------------------------------------------------------

    def test_new_ticket_offers_their_own_assets(self):
        self._login(self.customer)
        page = self._get("/new/ticket").text
        self.assertIn("Alpha web", page)
        for text in ("Beta box", "Alpha mail", "Alpha host"):
            self.assertNotIn(text, page)
        page = self._get(f"/new/ticket?asset={self.web.id}").text
        self.assertRegex(page, rf'value="{self.web.id}"\s+selected')
        page = self._get(f"/new/ticket?asset={self.box.id}").text
        self.assertNotIn("Beta box", page)
        self._login(self.stranger)
        page = self._get("/new/ticket").text
        self.assertIn("Beta box", page)
        self.assertNotIn("Alpha", page.split("<form")[-1])

    def test_submitted_with_an_asset(self):
        self._login(self.customer)
        ticket = self.submit("Web is slow", asset=self.web.id)
        self.assertEqual(ticket.asset_id, self.web)
        self.assertEqual(ticket.support_contract_id, self.contract)
        self.assertEqual(ticket.support_level_id, self.level_c)
        page = self.ticket_page(ticket)
        for text in ("Concerns", "Alpha web", "Level C", PRIORITY):
            self.assertIn(text, page)

    def test_an_asset_of_somebody_else_is_dropped(self):
        self._login(self.customer)
        for number, sent in enumerate(
            (self.box.id, self.mail.id, self.host.id, 0, -1, "x", "1 OR 1=1", 10**30)
        ):
            with self.subTest(sent=sent):
                ticket = self.submit(f"Attack {number}", asset=sent)
                self.assertFalse(ticket.asset_id)
        self.line_web.date_to = self.today - timedelta(days=1)
        self.env.flush_all()
        ticket = self.submit("No longer covered", asset=self.web.id)
        self.assertFalse(ticket.asset_id)

    def test_assets_of_a_covered_company(self):
        """The payer's contract covers them; their own people report on them."""
        self.foreign.line_ids.unlink()
        self.foreign.action_end()
        self.contract.covered_partner_ids = self.beta
        self.cover(self.contract, self.box, self.level_c)
        self.env.flush_all()
        self._login(self.stranger)
        page = self._get("/new/ticket").text
        self.assertIn("Beta box", page)
        self.assertNotIn("Alpha web", page)
        ticket = self.submit("Box is down", asset=self.box.id)
        self.assertEqual(ticket.support_contract_id, self.contract)
        page = self.ticket_page(ticket)
        self.assertIn("Beta box", page)
        # The numbers are those of a contract that they do not see.
        self.assertNotIn(PRIORITY, page)
        self.assertFalse(self.submit("Not theirs", asset=self.web.id).asset_id)
        self._login(self.customer)
        self.assertIn("Beta box", self.page())
        ticket = self.submit("Their box is down", asset=self.box.id)
        self.assertEqual(ticket.asset_id, self.box)

    def test_team_of_another_company(self):
        """Upstream gives the ticket the company of its team."""
        self.company.helpdesk_mgmt_portal_select_team = True
        other = self.env["res.company"].create({"name": "Sister"})
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Sister desk", "company_id": other.id, "show_in_portal": True}
        )
        self.env.flush_all()
        self._login(self.customer)
        ticket = self.submit("For the sister", asset=self.web.id, team=team.id)
        self.assertEqual(ticket.company_id, other)
        self.assertFalse(ticket.asset_id)

    def test_ticket_page_of_others(self):
        self.ticket.asset_id = self.web
        token = self.ticket._portal_ensure_token()
        page = self.ticket_page(self.ticket, f"?access_token={token}")
        for text in ("Alpha web", "Level C", PRIORITY):
            self.assertNotIn(text, page)
        self._login(self.stranger)
        page = self.ticket_page(self.ticket, f"?access_token={token}")
        for text in ("Alpha web", "Level C", PRIORITY):
            self.assertNotIn(text, page)

    def test_debrief_only_when_published(self):
        self.ticket.write(
            {
                "debrief_what": "<p>The disk was full</p><script>alert(1)</script>",
                "debrief_prevention": "<p>An alarm at 80 percent</p>",
            }
        )
        self._login(self.customer)
        page = self.ticket_page(self.ticket)
        self.assertNotIn("The disk was full", page)
        self.assertNotIn("What we learned", page)
        self.ticket.debrief_published = True
        page = self.ticket_page(self.ticket)
        self.assertIn("<p>The disk was full</p>", page)
        self.assertIn("An alarm at 80 percent", page)
        self.assertNotIn("alert(1)", page)
        token = self.ticket._portal_ensure_token()
        self._login(self.stranger)
        page = self.ticket_page(self.ticket, f"?access_token={token}")
        self.assertNotIn("The disk was full", page)

    # -- the desk ------------------------------------------------------------------

    def test_agents_see_the_channels(self):
        self.ticket.asset_id = self.web
        text = self.ticket.with_user(self.agent).support_channels
        for part in (DESK, f"Priority number {PRIORITY}", EMERGENCY):
            self.assertIn(part, text)
        self.assertIn(self.colleague.name, text)
        self.assertNotIn(PRIORITY, self.foreign_ticket.support_channels or "")

    def test_preferred_technician_is_proposed(self):
        ticket = self._create_ticket("Unassigned", self.customer)
        ticket.write({"user_id": False, "team_id": False})
        self.assertEqual(ticket.support_technician_id, self.agent)
        ticket.with_user(self.agent).action_assign_preferred()
        self.assertEqual(ticket.user_id, self.agent)
        with self.assertRaisesRegex(UserError, "no preferred technician"):
            self.foreign_ticket.action_assign_preferred()

    def test_preferred_technician_of_another_team(self):
        ticket = self._create_ticket("Unassigned", self.customer)
        ticket.team_id = self.env["helpdesk.ticket.team"].create({"name": "Others"})
        with self.assertRaisesRegex(UserError, "in its team"):
            ticket.action_assign_preferred()

    def test_night_contact_is_the_customer_s(self):
        with self.assertRaisesRegex(ValidationError, "is not one of"):
            self.contract.night_contact_id = self.stranger.partner_id


@tagged("post_install", "-at_install")
class TestServiceAttack(ServiceCase):
    def refuse(self, model, method, args=()):
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self._call(model, method, args)

    def test_fields_by_rpc(self):
        self.ticket.write({"asset_id": self.web.id, "debrief_what": "<p>Secret</p>"})
        self.env.flush_all()
        for user in (self.customer, self.stranger):
            self._login(user)
            for name in (
                "technician_id",
                "night_contact_id",
                "renewal_date",
                "notice_date",
                "notice_given_date",
                "audit_check_ids",
                "urgent_told",
                "line_ids",
            ):
                with self.subTest(user=user.login, field=name):
                    ids = self.contract.ids
                    self.refuse("support.contract", "read", [ids, [name]])
                    domain = [(name, "!=", False)]
                    self.refuse("support.contract", "search_count", [domain])
            for name in (
                "asset_id",
                "support_level_id",
                "support_channels",
                "support_technician_id",
                "urgent_deadline",
                "debrief_what",
                "debrief_prevention",
                "debrief_published",
            ):
                with self.subTest(user=user.login, field=name):
                    ids = self.ticket.ids
                    self.refuse("helpdesk.ticket", "read", [ids, [name]])
                    domain = [(name, "!=", False)]
                    self.refuse("helpdesk.ticket", "search_count", [domain])

    def test_writes_by_rpc(self):
        self.ticket.user_id = False
        checks = self.env["support.audit.check"].create(
            {
                "contract_id": self.env["support.contract"]
                .create({"partner_id": self.alpha.id})
                .id,
                "asset_id": self.mail.id,
                "name": "Look",
            }
        )
        self.env.flush_all()
        attacks = [
            ("support.contract", "write", [self.contract.ids, {"state": "ended"}]),
            ("support.contract", "action_end", [self.contract.ids]),
            ("support.contract", "action_give_notice", [self.contract.ids]),
            ("support.contract", "action_withdraw_notice", [self.contract.ids]),
            ("support.contract", "action_start_onboarding", [self.contract.ids]),
            ("support.audit.check", "action_ok", [checks.ids]),
            ("support.asset", "write", [self.web.ids, {"support_state": "supported"}]),
            ("helpdesk.ticket", "action_assign_preferred", [self.ticket.ids]),
            ("helpdesk.ticket", "write", [self.ticket.ids, {"asset_id": self.box.id}]),
            ("helpdesk.ticket", "write", [self.ticket.ids, {"urgent": True}]),
            (
                "helpdesk.ticket",
                "write",
                [self.ticket.ids, {"debrief_published": True}],
            ),
        ]
        for user in (self.customer, self.stranger):
            self._login(user)
            for model, method, args in attacks:
                with self.subTest(user=user.login, model=model, method=method):
                    self.refuse(model, method, args)
        self.env.invalidate_all()
        self.assertEqual(self.contract.state, "active")
        self.assertFalse(self.contract.notice_given_date or self.ticket.user_id)
        self.assertEqual(checks.state, "todo")

    def test_pages_of_others(self):
        self._login(self.stranger)
        page = self._get(f"/my/support/{self.contract.id}")
        self.assertTrue(page.url.endswith("/my"))
        self.assertNotIn("Alpha web", page.text)
        for url in ("/my/support", "/my", "/new/ticket"):
            self.assertNotIn("Alpha web", self._get(url).text)

    def test_anonymous(self):
        for url in (
            f"/new/ticket?asset={self.web.id}",
            f"/my/support/{self.contract.id}#assets",
        ):
            response = self.url_open(url)
            self.assertIn("/web/login", response.url)
            self.assertNotIn("Alpha web", response.text)
