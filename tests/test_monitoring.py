# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import json
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from odoo.addons.mail.tests.common import MailCase

from ..engine.alerts import PayloadError, parse
from .test_assets import AssetCase

PAYLOADS = Path(__file__).parent / "payloads"
STAGE = "helpdesk_mgmt.helpdesk_ticket_stage_"


def payload(name):
    """A recorded delivery, as JSON."""
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


class MonitoringCase(AssetCase):
    """Aurora's two servers are covered and watched by an Alertmanager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.web.reference = "web1.aurora.example"
        cls.mail.reference = "Mail.Aurora.example"
        for asset in (cls.web, cls.mail):
            cls.cover(asset)
        cls.customer.email = "it@aurora.example"
        # The recorded payloads begin in the morning of the day on which it is noon.
        cls.token, cls.secret = cls.issue(
            contract_id=cls.contract.id, backdate_minutes=12 * 60
        )

    @classmethod
    def issue(cls, **vals):
        return cls.env["support.monitoring.token"]._issue({"name": "Probe", **vals})

    def deliver(self, *deliveries, token=None):
        """What is answered to the last of some deliveries."""
        for delivery in deliveries:
            body = json.dumps(
                payload(delivery) if isinstance(delivery, str) else delivery
            )
            answer = (token or self.token)._receive(parse(body.encode()))
        self.env.flush_all()
        self.env.invalidate_all()
        return answer

    def tickets(self, token=None):
        return (token or self.token).alert_ids.ticket_id.sorted("id")

    def alert(self, name="HostDown", start="2026-11-21T08:30:00Z", **values):
        """An alert of Alertmanager about the web server."""
        labels = {"alertname": name, "instance": "web1.aurora.example:9100"}
        return {
            "status": "firing",
            "labels": {**labels, **values.pop("labels", {})},
            "annotations": {},
            "startsAt": start,
            "endsAt": "0001-01-01T00:00:00Z",
            **values,
        }

    def group(self, *alerts, key="", **labels):
        return {
            "version": "4",
            "groupKey": key,
            "groupLabels": labels,
            "alerts": list(alerts),
        }

    def notes(self, ticket):
        messages = ticket.message_ids.filtered(
            lambda message: "Monitoring:" in (message.body or "")
        )
        return messages.sorted("id")


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 12:00:00")
class TestMonitoring(MonitoringCase, MailCase):
    # -- Opening -----------------------------------------------------------------

    def test_an_alert_opens_a_ticket(self):
        answer = self.deliver("alertmanager_firing")
        self.assertEqual(answer, {"opened": 1, "updated": 0, "ignored": 0})
        channel = self.env.ref("prepaid_support.helpdesk_ticket_channel_monitoring")
        self.assertRecordValues(
            self.tickets(),
            [
                {
                    "name": "HostDown · web1.aurora.example:9100 · "
                    "web1 does not answer",
                    # The alert's own start, not the moment of the delivery.
                    "request_date": datetime(2026, 11, 21, 8, 30),
                    "partner_id": self.customer.id,
                    "partner_email": "it@aurora.example",
                    "asset_id": self.web.id,
                    "support_contract_id": self.contract.id,
                    "support_level_id": self.level.id,
                    "company_id": self.company.id,
                    "channel_id": channel.id,
                    "priority": "3",
                    "user_id": False,
                    "team_id": False,
                    "alert_count": 1,
                    "alert_firing_count": 1,
                }
            ],
        )
        description = self.tickets().description
        self.assertIn("No answer for 5 minutes.", description)
        self.assertIn("2026-11-21 08:30:00 (UTC)", description)
        self.assertIn('href="http://prometheus.aurora.example:9090', description)

    def test_the_minimal_format(self):
        self.deliver("minimal")
        self.assertRecordValues(
            self.tickets(),
            [
                {
                    "name": "Backup failed · mail.aurora.example · "
                    "No backup since Thursday",
                    "request_date": datetime(2026, 11, 21, 8, 30),
                    "asset_id": self.mail.id,
                    "priority": "1",
                }
            ],
        )
        answer = self.deliver({**payload("minimal"), "status": "resolved"})
        self.assertEqual(answer, {"opened": 0, "updated": 1, "ignored": 0})
        self.assertEqual(self.token.alert_ids.state, "resolved")

    def test_the_minimal_format_without_a_start(self):
        minimal = {"alert": "Backup failed", "asset": "mail"}
        self.deliver(minimal)
        with freeze_time("2026-11-21 12:30:00"):
            answer = self.deliver(minimal)
            self.assertEqual(answer, {"opened": 0, "updated": 0, "ignored": 1})
            self.deliver({**minimal, "status": "resolved"})
        self.assertRecordValues(
            self.token.alert_ids,
            [
                {
                    "starts_at": datetime(2026, 11, 21, 12, 0),
                    "ends_at": datetime(2026, 11, 21, 12, 30),
                    "state": "resolved",
                    "report_count": 3,
                }
            ],
        )

    def test_a_start_in_the_future_is_now(self):
        ahead = self.group(self.alert(start="2026-11-21T12:05:00Z"))
        self.deliver(ahead)
        self.assertEqual(self.tickets().request_date, datetime(2026, 11, 21, 12))
        with freeze_time("2026-11-21 12:01:00"):
            self.assertEqual(self.deliver(ahead)["opened"], 0)

    def test_a_start_long_ago_is_known_but_no_request_of_that_day(self):
        token, _secret = self.issue(contract_id=self.contract.id)
        self.deliver(
            self.group(
                self.alert("Old", "2011-01-01T00:00:00Z"),
                self.alert("Late", "2026-11-21T11:00:01Z"),
                self.alert("Unset", "0001-01-01T00:00:00Z"),
            ),
            token=token,
        )
        self.assertEqual(
            {ticket.name[:3]: ticket.request_date for ticket in self.tickets(token)},
            {
                "Old": datetime(2026, 11, 21, 11),
                "Lat": datetime(2026, 11, 21, 11, 0, 1),
                "Uns": datetime(2026, 11, 21, 12),
            },
        )
        alerts = {alert.name: alert for alert in token.alert_ids}
        self.assertEqual(alerts["Old"].starts_at, datetime(2011, 1, 1))
        description = alerts["Old"].ticket_id.description
        self.assertIn("2011-01-01 00:00:00 (UTC)", description)
        self.assertIn("counts from 2026-11-21 11:00:00 (UTC)", description)
        self.assertNotIn("counts from", alerts["Late"].ticket_id.description)

    def test_who_makes_a_token_says_how_late_a_report_may_be(self):
        self.token.with_user(self.dispatcher).backdate_minutes = 0
        self.deliver("alertmanager_firing")
        self.assertEqual(self.tickets().request_date, datetime(2026, 11, 21, 12))
        for minutes in (-1, 1441):
            with self.assertRaises(ValidationError):
                self.token.backdate_minutes = minutes

    def test_nobody_makes_a_year_of_missed_targets(self):
        """A sender who makes up old alerts gets no ticket that is late at once."""
        token, _secret = self.issue(contract_id=self.contract.id)
        self.contract.level_id = self.make_level(
            "Refunds", 140.0, [("response", "any", 240)]
        )
        self.deliver(
            self.group(
                *(
                    self.alert(
                        f"Month {month}",
                        f"2026-{month:02d}-10T09:00:00Z",
                        labels={"instance": "ours"},
                    )
                    for month in range(1, 12)
                )
            ),
            token=token,
        )
        tickets = self.tickets(token)
        self.assertEqual(len(tickets), 11)
        self.assertEqual(set(tickets.support_sla_ids.mapped("state")), {"running"})
        self.assertEqual(
            set(tickets.mapped("request_date")), {datetime(2026, 11, 21, 11)}
        )

    def test_which_asset(self):
        (twin_1, twin_2) = self.make_assets("twin", "twin")
        (ended,) = self.make_assets("ended", reference="old.aurora.example")
        for asset in (twin_1, twin_2):
            self.cover(asset)
        self.cover(ended, date_to="2026-11-20")
        for instance, asset in (
            ("web1.aurora.example:9100", self.web),
            ("WEB1.aurora.example", self.web),
            ("https://web1.aurora.example:8443/health", self.web),
            ("mail", self.mail),
            ("twin", None),
            ("old.aurora.example", None),
            ("unknown", None),
        ):
            with self.subTest(instance=instance):
                token, _secret = self.issue(contract_id=self.contract.id)
                labels = {"instance": instance}
                self.deliver(self.group(self.alert(labels=labels)), token=token)
                found = self.tickets(token).asset_id
                self.assertEqual(found, asset or found.browse())
                self.assertEqual(self.tickets(token).partner_id, self.customer)

    def test_an_asset_of_another_customer_is_never_found(self):
        (theirs,) = self.make_assets(
            "theirs", partner=self.other_customer, reference="x.example"
        )
        self.cover(theirs, contract=self.make_contract(self.other_customer))
        for label in ("asset", "instance", "host"):
            self.deliver(
                self.group(
                    self.alert(
                        labels={label: "x.example"}, start="2026-11-21T09:00:00Z"
                    )
                )
            )
        self.assertNotIn(theirs, self.tickets().asset_id)
        self.assertEqual(self.tickets().partner_id, self.customer)

    def test_a_token_of_an_asset_is_about_that_asset(self):
        token, _secret = self.issue(asset_id=self.mail.id)
        self.deliver("alertmanager_firing", token=token)
        ticket = self.tickets(token)
        self.assertEqual(ticket.asset_id, self.mail)
        self.assertEqual(ticket.support_contract_id, self.contract)

    def test_the_asset_of_a_covered_company(self):
        self.contract.covered_partner_ids = self.other_customer
        (theirs,) = self.make_assets(
            "theirs", partner=self.other_customer, reference="x.example"
        )
        self.cover(theirs)
        self.deliver(self.group(self.alert(labels={"instance": "x.example:9100"})))
        self.assertEqual(self.tickets().partner_id, self.other_customer)
        self.assertEqual(self.tickets().support_contract_id, self.contract)

    def test_team(self):
        self.token.team_id = self.team
        self.deliver("alertmanager_firing")
        self.assertEqual(self.tickets().team_id, self.team)

    def test_who_follows_the_team_hears_of_the_ticket(self):
        self.team.message_subscribe(self.agent.partner_id.ids)
        self.token.team_id = self.team
        self.deliver("alertmanager_firing")
        messages = self.tickets().message_ids
        self.assertIn(self.agent.partner_id, messages.notified_partner_ids)

    def test_nobody_is_assigned_by_themselves(self):
        self.company.helpdesk_mgmt_ticket_auto_assign = True
        self.deliver("alertmanager_firing")
        self.assertFalse(self.tickets().user_id)

    def test_what_the_sender_writes_is_text(self):
        evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
        self.deliver(
            self.group(
                self.alert(
                    evil,
                    labels={"severity": evil, evil: evil},
                    annotations={"summary": evil},
                    generatorURL="javascript:alert(3)",
                )
            ),
        )
        self.deliver(
            self.group(
                self.alert(
                    evil,
                    "2026-11-21T10:00:00Z",
                    labels={"severity": evil, evil: evil},
                    annotations={"summary": evil},
                )
            )
        )
        ticket = self.tickets()
        self.assertEqual(len(ticket), 1)
        for html in (
            ticket.description,
            self.notes(ticket).body,
            self.token.alert_ids[0].details,
        ):
            self.assertIn("&lt;script&gt;", html)
            self.assertNotIn("<script", html)
            self.assertNotIn("<img", html)
            self.assertNotIn("javascript:", html)
        self.assertFalse(any(self.token.alert_ids.mapped("url")))

    def test_texts_that_no_database_stores(self):
        self.deliver(self.group(self.alert("Nul \0 half \ud83d end")))
        self.assertEqual(self.token.alert_ids.name, "Nul  half ? end")

    # -- Repeating ---------------------------------------------------------------

    def test_delivered_again_is_nothing_new(self):
        self.deliver("alertmanager_firing")
        ticket = self.tickets()
        messages = ticket.message_ids
        for _time in range(3):
            answer = self.deliver("alertmanager_firing")
            self.assertEqual(answer, {"opened": 0, "updated": 0, "ignored": 1})
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.message_ids, messages)
        self.assertEqual(self.token.alert_ids.report_count, 4)
        # Nor when the ticket is closed and the machine goes on reporting it.
        ticket.stage_id = self.env.ref(STAGE + "done")
        self.assertEqual(self.deliver("alertmanager_firing")["opened"], 0)
        self.assertEqual(self.tickets(), ticket)

    def test_recovery_is_noted(self):
        answer = self.deliver("alertmanager_firing", "alertmanager_resolved")
        self.assertEqual(answer, {"opened": 0, "updated": 1, "ignored": 0})
        ticket = self.tickets()
        self.assertRecordValues(
            self.token.alert_ids,
            [{"state": "resolved", "ends_at": datetime(2026, 11, 21, 9, 12)}],
        )
        self.assertEqual((ticket.alert_count, ticket.alert_firing_count), (1, 0))
        note = self.notes(ticket)
        self.assertIn("has recovered at 2026-11-21 09:12:00 (UTC)", note.body)
        # An internal note by OdooBot: no person has reacted.
        self.assertEqual(note.author_id, self.env.ref("base.partner_root"))
        self.assertTrue(note.is_internal)
        answer = self.deliver("alertmanager_resolved")
        self.assertEqual(answer, {"opened": 0, "updated": 0, "ignored": 1})
        self.assertEqual(self.notes(ticket), note)

    def test_recovery_of_the_unknown_opens_nothing(self):
        answer = self.deliver("alertmanager_resolved")
        self.assertEqual(answer, {"opened": 0, "updated": 0, "ignored": 1})
        self.assertFalse(self.token.alert_ids)

    def test_recovery_before_it_is_known_and_the_clock_of_the_sender(self):
        self.deliver(
            "alertmanager_firing",
            self.group(
                {
                    **payload("alertmanager_resolved")["alerts"][0],
                    "endsAt": "2030-01-01T00:00:00Z",
                }
            ),
        )
        self.assertEqual(self.token.alert_ids.ends_at, datetime(2026, 11, 21, 12))

    def test_firing_again_while_the_ticket_is_open_is_a_note(self):
        self.deliver(self.group(self.alert()))
        again = self.group(self.alert(start="2026-11-21T10:00:00Z"))
        answer = self.deliver(again)
        self.assertEqual(answer, {"opened": 0, "updated": 1, "ignored": 0})
        ticket = self.tickets()
        self.assertEqual((len(ticket), ticket.alert_count), (1, 2))
        self.assertIn("again, since 2026-11-21 10:00:00", self.notes(ticket).body)
        self.assertEqual(self.deliver(again)["ignored"], 1)
        self.assertEqual(len(self.notes(ticket)), 1)

    def test_firing_again_after_the_ticket_is_closed_is_a_new_ticket(self):
        self.deliver(self.group(self.alert()))
        first = self.tickets()
        first.stage_id = self.env.ref(STAGE + "done")
        answer = self.deliver(self.group(self.alert(start="2026-11-21T10:00:00Z")))
        self.assertEqual(answer["opened"], 1)
        self.assertEqual(len(self.tickets()), 2)
        # What recovers now was firing since before: it is over, too.
        over = self.alert(
            start="2026-11-21T10:00:00Z",
            status="resolved",
            endsAt="2026-11-21T11:00:00Z",
        )
        self.assertEqual(self.deliver(self.group(over))["updated"], 2)
        self.assertEqual(set(self.token.alert_ids.mapped("state")), {"resolved"})

    def test_a_recovery_that_was_none(self):
        """Prometheus was away; its alert goes on with the same start."""
        self.deliver("alertmanager_firing", "alertmanager_resolved")
        answer = self.deliver("alertmanager_firing")
        self.assertEqual(answer, {"opened": 0, "updated": 1, "ignored": 0})
        self.assertEqual(self.token.alert_ids.state, "firing")
        self.assertIn("is firing again", self.notes(self.tickets())[-1].body)

    # -- Groups ------------------------------------------------------------------

    def test_a_group_about_one_asset_shares_a_ticket(self):
        answer = self.deliver("alertmanager_group")
        self.assertEqual(answer["opened"], 1)
        ticket = self.tickets()
        self.assertEqual(ticket.alert_count, 2)
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(ticket.request_date, datetime(2026, 11, 21, 9, 0))
        self.assertIn("/dev/sda1", ticket.description)
        self.assertIn("/dev/sdb1", ticket.description)

    def test_a_group_that_grows(self):
        first, second = payload("alertmanager_group")["alerts"]
        group = payload("alertmanager_group")
        self.deliver({**group, "alerts": [first]})
        self.assertEqual(self.tickets().priority, "1")
        answer = self.deliver(group)
        self.assertEqual(answer, {"opened": 0, "updated": 1, "ignored": 1})
        ticket = self.tickets()
        self.assertEqual((len(ticket), ticket.priority), (1, "3"))
        self.assertIn("Also: DiskFull", self.notes(ticket).body)
        # One of the two is over; the other goes on.
        self.deliver({**group, "alerts": [{**second, "status": "resolved"}]})
        self.assertEqual(ticket.alert_firing_count, 1)

    def test_a_group_over_several_machines(self):
        answer = self.deliver(
            self.group(
                self.alert(),
                self.alert(labels={"instance": "mail:9100"}),
                self.alert(labels={"instance": "new1:9100"}),
                self.alert(labels={"instance": "new2:9100"}),
                self.alert("HostDown", labels={"instance": "new2:9101"}),
                key="{}:{alertname='HostDown'}",
                alertname="HostDown",
            )
        )
        self.assertEqual(answer["opened"], 4)

    def test_grouped_by_nothing_each_alert_is_on_its_own(self):
        delivery = self.group(self.alert("One"), self.alert("Two"), key="{}:{}")
        self.assertEqual(self.deliver(delivery)["opened"], 2)

    def test_tokens_do_not_share(self):
        other, _secret = self.issue(asset_id=self.web.id)
        self.deliver("alertmanager_firing")
        self.assertEqual(self.deliver("alertmanager_firing", token=other)["opened"], 1)

    # -- Telling the customer ----------------------------------------------------

    def test_nobody_is_told_by_default(self):
        with self.mock_mail_gateway():
            self.deliver("alertmanager_firing")
        self.assertFalse(self._new_mails)
        self.assertFalse(self.tickets().message_partner_ids & self.customer)

    def test_the_customer_is_told_in_their_language_and_once(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        template = self.env.ref("prepaid_support.mail_template_monitoring")
        template.with_context(lang="fr_FR").subject = "Panne : {{ object.name }}"
        self.contract.monitoring_notify = "mail"
        with self.mock_mail_gateway():
            self.deliver(self.group(self.alert("One"), self.alert("Two")))
        self.assertFalse(self._mails, "the webhook waits for no mail server")
        mail = self._new_mails
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertTrue(mail.subject.startswith("Panne : One"))
        for ticket in self.tickets():
            self.assertIn(ticket.number, mail.body_html)
        self.assertIn("is told by mail", self.tickets()[1].message_ids[0].body)
        with self.mock_mail_gateway():
            self.deliver(self.group(self.alert("One"), self.alert("Two")))
            self.deliver(self.group(self.alert("One", "2026-11-21T11:00:00Z")))
        self.assertFalse(self._new_mails)

    def test_a_customer_without_an_address_is_noted(self):
        self.contract.monitoring_notify = "mail"
        self.customer.email = False
        with self.mock_mail_gateway():
            self.deliver("alertmanager_firing")
        self.assertFalse(self._new_mails)
        self.assertIn("no mail address", self.tickets().message_ids[0].body)

    def test_plans_hand_it_to_contracts(self):
        self.plan.monitoring_notify = "mail"
        contract = self.make_contract(self.other_customer)
        self.assertEqual(contract.monitoring_notify, "mail")

    def test_without_the_sms_module_the_mail_goes_alone(self):
        self.contract.monitoring_notify = "mail_sms"
        self.customer.phone = "+32 2 555 01 23"
        Token = self.env.registry["support.monitoring.token"]
        with (
            self.mock_mail_gateway(),
            patch.object(Token, "_has_sms", lambda self: False),
        ):
            self.deliver("alertmanager_firing")
        self.assertEqual(len(self._new_mails), 1)
        types = self.tickets().message_ids.mapped("message_type")
        self.assertNotIn("sms", types)

    def test_a_text_message_where_odoo_can(self):
        if "sms.sms" not in self.env:
            self.skipTest("the SMS module is not installed")
        self.contract.monitoring_notify = "mail_sms"
        self.customer.phone = "+32 2 555 01 23"
        self.deliver("alertmanager_firing")
        sms = self.env["sms.sms"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(sms.state, "outgoing")
        self.assertIn("HostDown", sms.body)

    def test_not_one_message_for_each_text(self):
        if "sms.sms" not in self.env:
            self.skipTest("the SMS module is not installed")
        self.contract.monitoring_notify = "mail_sms"
        self.customer.phone = "+32 2 555 01 23"
        other, _secret = self.issue(asset_id=self.web.id)
        with self.mock_mail_gateway():
            self.deliver(self.group(self.alert("One")))
            with freeze_time("2026-11-21 12:14:59"):
                self.deliver(self.group(self.alert("Two")))
                self.deliver(self.group(self.alert("Three")), token=other)
        self.assertEqual(len(self._new_mails), 3)
        sent = self.env["sms.sms"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(len(sent), 1)
        self.assertIn("No text message", self.tickets()[1].message_ids[0].body)
        with freeze_time("2026-11-21 12:15:00"):
            self.deliver(self.group(self.alert("Four")))
        sent = self.env["sms.sms"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(len(sent), 2)

    # -- While the desk is closed ------------------------------------------------

    def close_desk(self):
        """Open Monday to Friday; all of this happens on a Saturday."""
        self.contract.write(
            {
                "calendar_id": self.company.resource_calendar_id.id,
                "service_window": "opening",
                "emergency_phone": "+32 2 555 01 99",
            }
        )
        self.company.resource_calendar_id.tz = "UTC"

    def test_at_night_nobody_is_thanked_for_what_a_machine_reports(self):
        self.close_desk()
        for team in (self.team.browse(), self.team):
            self.token.team_id = team
            self.team.message_subscribe(self.agent.partner_id.ids)
            with self.mock_mail_gateway():
                name = f"Night {team.id}"
                self.deliver(self.group(self.alert(name)))
            self.assertNotIn(
                self.customer, self._new_mails.mapped("recipient_ids"), "told nobody"
            )
        tickets = self.tickets()
        self.assertEqual(len(tickets), 2)
        self.assertNotIn("auto_comment", tickets.message_ids.mapped("message_type"))
        # Nor when somebody changes the contract in the same night.
        tickets.support_contract_id = False
        tickets.support_contract_id = self.contract
        self.assertNotIn("auto_comment", tickets.message_ids.mapped("message_type"))

    def test_the_notice_says_when_the_desk_opens(self):
        self.close_desk()
        self.contract.monitoring_notify = "mail"
        with self.mock_mail_gateway():
            self.deliver(self.group(self.alert("One"), self.alert("Two")))
        mail = self._new_mails
        self.assertEqual(len(mail), 1)
        self.assertIn("Our desk is closed until", mail.body_html)
        self.assertIn("11/23/26", mail.body_html)
        self.assertIn("+32 2 555 01 99", mail.body_html)
        with freeze_time("2026-11-23 10:00:00"), self.mock_mail_gateway():
            self.deliver(self.group(self.alert("Open", "2026-11-23T09:55:00Z")))
        self.assertNotIn("desk is closed", self._new_mails.body_html)

    # -- Tokens ------------------------------------------------------------------

    def test_only_the_hash_is_stored(self):
        token = self.token.sudo()
        self.assertNotIn(self.secret, str(token.read()))
        self.env.cr.execute(
            "SELECT * FROM support_monitoring_token WHERE id = %s", [token.id]
        )
        row = self.env.cr.dictfetchone()
        self.assertNotIn(self.secret, str(row))
        self.assertEqual(len(row["token_hash"]), 64)
        self.assertEqual(token._find(self.secret), token)
        self.assertFalse(token._find(row["token_hash"]))
        self.assertFalse(token._find(""))

    def test_the_token_is_shown_once(self):
        wizard = Form(
            self.env["support.monitoring.issue"]
            .with_user(self.dispatcher)
            .with_context(default_contract_id=self.contract.id)
        ).save()
        action = wizard.action_issue()
        show = Form(
            self.env["support.monitoring.show"]
            .with_user(self.dispatcher)
            .with_context(**action["context"])
        )
        secret = show.url.rpartition("/")[2]
        token = self.token._find(secret)
        self.assertEqual(token.contract_id, self.contract)
        self.assertEqual(token.create_uid, self.dispatcher)
        # In the configuration the token is no part of the address.
        self.assertIn("/support/monitoring\n", show.snippet)
        self.assertIn(f"credentials: {secret}", show.snippet)
        self.assertNotIn(show.url, show.snippet)
        self.assertNotIn(secret, str(wizard.read()))

    def test_a_billing_manager_makes_one_for_an_asset(self):
        wizard = Form(
            self.env["support.monitoring.issue"]
            .with_user(self.accountant)
            .with_context(default_asset_id=self.web.id)
        )
        wizard.name = "Prometheus Lille"
        wizard.rate_limit = 60
        wizard.save().action_issue()
        token = self.web.monitoring_token_ids
        self.assertRecordValues(
            token,
            [
                {
                    "name": "Prometheus Lille",
                    "rate_limit": 60,
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                }
            ],
        )
        Form(self.web.with_user(self.accountant))

    def test_revoked_archived_ended(self):
        self.assertEqual(self.token._find(self.secret), self.token)
        for record, values in (
            (self.token, {"active": False}),
            (self.contract, {"active": False}),
            (
                self.contract,
                {"date_start": "2026-11-01", "date_end": "2026-11-20"},
            ),
        ):
            with self.subTest(values=values), self.env.cr.savepoint() as savepoint:
                record.write(values)
                self.assertFalse(self.token._find(self.secret))
                savepoint.rollback()
                self.env.invalidate_all()
        with self.env.cr.savepoint() as savepoint:
            self.contract.action_end()
            self.assertFalse(self.token._find(self.secret))
            savepoint.rollback()
            self.env.invalidate_all()
        self.token.with_user(self.dispatcher).action_revoke()
        self.assertFalse(self.token._find(self.secret))
        self.assertEqual(self.token.revoked_by_id, self.dispatcher)

    def test_a_token_of_an_asset_that_is_covered_no_more(self):
        token, secret = self.issue(asset_id=self.web.id)
        self.assertEqual(token._find(secret), token)
        self.web.line_ids.date_to = "2026-11-20"
        self.assertFalse(token._find(secret))

    def test_who_makes_and_revokes_tokens(self):
        manager = new_test_user(
            self.env, "support_manager", "helpdesk_mgmt.group_helpdesk_manager"
        )
        Token = self.env["support.monitoring.token"]
        for user in (self.dispatcher, self.accountant, manager):
            token, _secret = Token.with_user(user)._issue(
                {"name": "Mine", "contract_id": self.contract.id}
            )
            token.rate_limit = 10
            token.action_revoke()
            self.assertEqual(token.state, "revoked")
            with self.assertRaises(UserError):
                token.state = "active"
            with self.assertRaises(UserError):
                token.asset_id = self.web
            with self.assertRaises(AccessError):
                token.unlink()
            with self.assertRaises(AccessError):
                Token.with_user(user).create(
                    {
                        "name": "Chosen",
                        "contract_id": self.contract.id,
                        "token_hash": Token._hash("easy"),
                    }
                )
        with self.assertRaises(AccessError):
            Token.with_user(self.agent)._issue(
                {"name": "Mine", "contract_id": self.contract.id}
            )
        with self.assertRaises(AccessError):
            self.token.with_user(self.agent).action_revoke()
        with self.assertRaises(AccessError):
            self.env["support.monitoring.issue"].with_user(self.agent).create({})

    def test_nobody_reads_the_hash(self):
        for user in (self.agent, self.dispatcher, self.env.ref("base.user_admin")):
            token = self.token.with_user(user)
            self.assertEqual(token.name, "Probe")
            with self.assertRaises(AccessError):
                token.read(["token_hash"])
            with self.assertRaises(AccessError):
                token.search([("token_hash", "=like", "a%")])

    def test_alerts_are_the_systems(self):
        self.deliver("alertmanager_firing")
        alert = self.token.alert_ids
        for user in (self.agent, self.dispatcher, self.accountant):
            self.assertEqual(alert.with_user(user).name, "HostDown")
            with self.assertRaises(AccessError):
                alert.with_user(user).state = "resolved"
            with self.assertRaises(AccessError):
                alert.with_user(user).unlink()

    def test_another_company_sees_nothing(self):
        self.deliver("alertmanager_firing")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            "support_elsewhere",
            "prepaid_support.group_support_dispatcher",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in ("support.monitoring.token", "support.alert"):
            self.assertFalse(self.env[model].with_user(user).search([]))

    def test_the_company_of_the_contract(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        card = self.env["support.rate.card"].create(
            {
                "name": "Rates elsewhere",
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "rate_ids": [(0, 0, {"price": 100.0})],
            }
        )
        contract = (
            self.env["support.contract"]
            .with_company(company)
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": company.id,
                    "rate_card_id": card.id,
                    "currency_id": company.currency_id.id,
                }
            )
        )
        contract.action_activate()
        token, _secret = self.issue(contract_id=contract.id)
        self.deliver("alertmanager_firing", token=token)
        self.assertEqual(self.tickets(token).company_id, company)
        self.assertEqual(self.token.alert_ids.company_id, self.company.browse())
        self.assertEqual(token.alert_ids.company_id, company)

    def test_rate_limit(self):
        with self.assertRaises(ValidationError):
            self.token.rate_limit = 0
        self.token.rate_limit = 2
        with freeze_time("2026-11-21 12:00:10"):
            self.assertFalse(self.token._count_delivery())
            self.assertEqual(self.token.last_used, datetime(2026, 11, 21, 12, 0, 10))
        with freeze_time("2026-11-21 12:00:30"):
            self.assertFalse(self.token._count_delivery())
            self.assertEqual(self.token._count_delivery(), 40)
        with freeze_time("2026-11-21 12:01:10"):
            self.assertFalse(self.token._count_delivery())

    def test_screens(self):
        self.token.team_id = self.team
        self.deliver("alertmanager_firing")
        for user in (self.agent, self.dispatcher, self.accountant):
            Form(self.token.with_user(user))
            Form(self.token.alert_ids.with_user(user))
            Form(self.contract.with_user(user))
            Form(self.web.with_user(user))
        Form(self.tickets().with_user(self.dispatcher))
        action = self.tickets().with_user(self.dispatcher).action_view_support_alerts()
        found = self.env["support.alert"].search(action["domain"])
        self.assertEqual(found, self.token.alert_ids)
        action = self.token.action_view_alerts()
        self.assertEqual(self.env["support.alert"].search(action["domain"]), found)

    def test_agents_search_alerts(self):
        self.deliver("alertmanager_firing")
        alerts = self.env["support.alert"].with_user(self.agent)
        self.assertTrue(alerts.search([("contract_id", "=", self.contract.id)]))


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 12:00:00")
class TestMonitoringBurst(MonitoringCase):
    """The cost of a delivery is that of its tickets, and no query per alert."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=False))
        cls.contract.monitoring_notify = "mail"

    def burst(self, numbers, **values):
        return self.group(
            *(
                self.alert("Down", labels={"instance": f"host{number}:9100"}, **values)
                for number in numbers
            )
        )

    def count(self, delivery):
        body = json.dumps(delivery).encode()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        answer = self.token._receive(parse(body))
        self.env.flush_all()
        return answer, self.env.cr.sql_log_count - before

    def test_a_thousand_alerts_at_once(self):
        answer, _count = self.count(self.burst(range(1000)))
        self.assertEqual(answer["opened"], 1000)
        # Delivered again, and their recovery: nothing is asked per alert. Updates go in
        # packs of a hundred.
        answer, again = self.count(self.burst(range(1000)))
        self.assertEqual(answer, {"opened": 0, "updated": 0, "ignored": 1000})
        self.assertLessEqual(again, 40)
        over = self.burst(range(1000), status="resolved", endsAt="2026-11-21T11:00:00Z")
        answer, recovered = self.count(over)
        self.assertEqual(answer, {"opened": 0, "updated": 1000, "ignored": 0})
        self.assertLessEqual(recovered, 100)

    def test_alerts_cost_no_query_beyond_their_tickets(self):
        self.count(self.burst(range(5)))
        _answer, few = self.count(self.burst(range(10, 20)))
        _answer, many = self.count(self.burst(range(20, 60)))
        values = self.tickets()[-1].copy_data()[0]
        values |= {"user_id": False, "number": "/"}
        tickets = []
        for number in (10, 40):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["helpdesk.ticket"].create([dict(values) for _x in range(number)])
            self.env.flush_all()
            tickets.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(many - few, tickets[1] - tickets[0] + 2)

    def test_joining_alerts_cost_no_query_each(self):
        self.count(self.burst(range(40)))
        starts = "2026-11-21T10:00:00Z", "2026-11-21T10:30:00Z"
        self.count(self.burst(range(2), start="2026-11-21T09:00:00Z"))
        _answer, few = self.count(self.burst(range(10), start=starts[0]))
        _answer, many = self.count(self.burst(range(40), start=starts[1]))
        self.assertLessEqual(many, few + 2)


@tagged("post_install", "-at_install")
class TestPayload(MonitoringCase):
    """What is refused, with a reason."""

    def test_wrong_payloads(self):
        good = payload("alertmanager_firing")
        alert = good["alerts"][0]
        deep = b"[" * 100_000 + b"]" * 100_000
        for body, reason in (
            (b"", "not JSON"),
            (b"{", "not JSON"),
            (b"\xff\xfe\x00", "not JSON"),
            (deep, "nested too deeply"),
            (b"[]", "object is expected"),
            (b"{}", "neither"),
            ({"alerts": {}}, "alerts: a list"),
            ({**good, "version": "3"}, "version"),
            ({"alerts": [1]}, r"alerts\[0\]: an object"),
            ({"alerts": [alert, {**alert, "status": "?"}]}, r"alerts\[1\].status"),
            ({"alerts": [{**alert, "labels": {}}]}, "at least one"),
            ({"alerts": [{**alert, "labels": {"a": [1]}}]}, "labels.a: a text"),
            ({"alerts": [{**alert, "startsAt": "yesterday"}]}, "startsAt: a time"),
            ({"alerts": [{**alert, "startsAt": "2026-13-40T00:00:00Z"}]}, "a time"),
            ({"alerts": [{**alert, "startsAt": "9999-12-31T23:59:59-12:00"}]}, "time"),
            ({"alerts": [{**alert, "startsAt": "9999-12-31T23:59:59Z"}]}, "2200"),
            ({"alerts": [{**alert, "endsAt": "9999-12-31T23:59:59Z"}]}, "2200"),
            ({"alert": ""}, "a name is needed"),
            ({"alert": None}, "alert: a text"),
            ({"alert": "x", "status": "broken"}, "^status"),
            ({"alert": "x", "starts_at": 17}, "^starts_at"),
        ):
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            with (
                self.subTest(reason=reason, body=body[:80]),
                self.assertRaisesRegex(PayloadError, reason),
            ):
                parse(body)
