# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from datetime import timedelta
from itertools import islice
from unittest.mock import patch

import odoo.modules.registry
import odoo.service.model
from odoo import SUPERUSER_ID, api, fields
from odoo.sql_db import db_connect
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import SQL, mute_logger

from ..controllers.monitoring import MAX_BODY
from ..engine.alerts import MAX_ALERTS, parse
from ..models import support_monitoring_token
from ..models.support_monitoring_token import LOCK, WAITING
from .common import SupportCase
from .test_assets import AssetCase
from .test_monitoring import PAYLOADS, payload


@tagged("post_install", "-at_install")
class TestMonitoringHttp(AssetCase, HttpCase):
    """The webhook as a monitoring system meets it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.web.reference = "web1.aurora.example"
        cls.cover(cls.web)
        cls.token, cls.secret = cls.env["support.monitoring.token"]._issue(
            {"name": "Probe", "contract_id": cls.contract.id}
        )
        cls.body = (PAYLOADS / "alertmanager_firing.json").read_bytes()
        # As if it were recorded just now.
        cls.start = fields.Datetime.now() - timedelta(minutes=20)
        cls.body = cls.now(cls.body)

    @classmethod
    def now(cls, body):
        start = payload("alertmanager_firing")["alerts"][0]["startsAt"]
        return body.replace(start.encode(), cls.start.isoformat().encode())

    def post(self, body=None, secret=None, method="POST", **headers):
        return self.url_open(
            f"/support/monitoring/{secret or self.secret}",
            data=self.body if body is None else body,
            headers={"Content-Type": "application/json", **headers},
            method=method,
        )

    def assertNothingHappened(self):
        self.env.invalidate_all()
        self.assertFalse(self.token.alert_ids)

    def test_a_delivery_and_its_repetition(self):
        answer = self.post()
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json(), {"opened": 1, "updated": 0, "ignored": 0})
        self.assertNotIn("session_id", answer.cookies)
        answer = self.post()
        self.assertEqual(answer.json(), {"opened": 0, "updated": 0, "ignored": 1})
        resolved = self.now((PAYLOADS / "alertmanager_resolved.json").read_bytes())
        self.assertEqual(self.post(resolved).json()["updated"], 1)
        self.env.invalidate_all()
        ticket = self.token.alert_ids.ticket_id
        self.assertEqual(ticket.asset_id, self.web)
        self.assertEqual(ticket.request_date, self.start)
        self.assertEqual(ticket.create_uid.id, SUPERUSER_ID)
        self.assertTrue(self.token.last_used)

    def test_who_is_logged_in_does_not_matter(self):
        self.authenticate("support_agent", "support_agent")
        self.assertEqual(self.post().json()["opened"], 1)
        self.env.invalidate_all()
        ticket = self.token.alert_ids.ticket_id
        self.assertEqual(ticket.create_uid.id, SUPERUSER_ID)
        self.assertFalse(ticket.user_id)

    def test_wrong_tokens_are_all_alike(self):
        revoked, revoked_secret = self.token._issue(
            {"name": "Old", "contract_id": self.contract.id}
        )
        revoked.action_revoke()
        wrong = [
            self.secret[:-1],
            self.secret + "x",
            revoked_secret,
            self.token.sudo().token_hash,
            "x",
            "%F0%9F%94%91%00",
        ]
        answers = [self.post(secret=secret) for secret in wrong]
        self.assertEqual({answer.status_code for answer in answers}, {404})
        self.assertEqual({answer.content for answer in answers}, {answers[0].content})
        self.assertEqual(answers[0].json(), {"error": "not found"})
        self.contract.action_end()
        self.assertEqual(self.post().content, answers[0].content)
        self.assertNothingHappened()

    def test_a_wrong_token_costs_no_write_and_one_query(self):
        Token = self.env["support.monitoring.token"]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertFalse(Token._find("wrong"))
        self.assertLessEqual(self.env.cr.sql_log_count - before, 1)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM support_monitoring_token WHERE token_hash = 'x'"
        )
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("support_monitoring_token_token_hash_unique", plan)

    def test_bad_json_gets_a_reason(self):
        for body, reason in (
            (b"{", "not JSON"),
            (b"", "not JSON"),
            (b"{}", "neither"),
            (json.dumps({"alerts": [{"status": "?"}]}).encode(), "alerts[0].labels"),
            (b'{"alert": "x", "starts_at": "9999-12-31T23:59:59Z"}', "before 2200"),
        ):
            answer = self.post(body)
            self.assertEqual(answer.status_code, 400)
            self.assertIn(reason, answer.json()["error"])
        self.assertNothingHappened()

    def test_one_bad_alert_and_nothing_is_half_done(self):
        group = payload("alertmanager_group")
        group["alerts"][1]["startsAt"] = "soon"
        answer = self.post(json.dumps(group).encode())
        self.assertEqual(answer.status_code, 400)
        self.assertIn("alerts[1].startsAt", answer.json()["error"])
        self.assertNothingHappened()

    def test_a_form_is_no_json(self):
        answer = self.post(
            self.body, **{"Content-Type": "application/x-www-form-urlencoded"}
        )
        self.assertEqual(answer.status_code, 400)
        self.assertIn("Content-Type", answer.json()["error"])
        self.assertNothingHappened()

    def test_too_much(self):
        big = b'{"alert": "' + b"x" * 5_000_000 + b'"}'
        self.assertEqual(self.post(big).status_code, 413)
        self.assertEqual(self.post(big, secret="wrong").status_code, 413)
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            answer = self.post(big, **{"Content-Type": kind})
            self.assertEqual(answer.status_code, 413)
        self.assertNothingHappened()
        fits = b'{"alert": "' + b"x" * (MAX_BODY - 100) + b'"}'
        self.assertEqual(self.post(fits).status_code, 200)

    def test_too_many_alerts(self):
        group = payload("alertmanager_group")
        group["alerts"] = [{"status": "firing"}] * (MAX_ALERTS + 1)
        answer = self.post(json.dumps(group).encode())
        self.assertEqual(answer.status_code, 413)
        self.assertIn("at most 2000", answer.json()["error"])
        self.assertNothingHappened()

    def test_a_queue_is_sent_away(self):
        Token = self.env.registry["support.monitoring.token"]
        with patch.object(Token, "_wait_for_turn", lambda self: False):
            answer = self.post()
        self.assertEqual(answer.status_code, 503)
        self.assertLessEqual(1, int(answer.headers["Retry-After"]))
        self.assertNothingHappened()

    def test_too_often_does_not_even_wait(self):
        self.token.rate_limit = 1
        self.assertEqual(self.post().status_code, 200)
        Token = self.env.registry["support.monitoring.token"]
        with patch.object(Token, "_wait_for_turn") as wait:
            answer = self.post()
        self.assertEqual(answer.status_code, 429)
        self.assertLessEqual(1, int(answer.headers["Retry-After"]))
        wait.assert_not_called()

    def post_bearer(self, authorization, **headers):
        return self.url_open(
            "/support/monitoring",
            data=self.body,
            headers={
                "Content-Type": "application/json",
                "Authorization": authorization,
                **headers,
            },
        )

    def test_the_token_in_a_header(self):
        """It stands in no access log then."""
        answer = self.post_bearer(f"Bearer {self.secret}")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json(), {"opened": 1, "updated": 0, "ignored": 0})
        self.assertNotIn("session_id", answer.cookies)
        # The same token by the other door.
        self.assertEqual(self.post().json()["ignored"], 1)
        self.assertEqual(self.post_bearer(f"bearer  {self.secret}").status_code, 200)

    def test_wrong_headers_are_wrong_tokens(self):
        wrong = self.post(secret="wrong").content
        for authorization in (
            "Bearer wrong",
            "Bearer",
            "Bearer ",
            f"Basic {self.secret}",
            self.secret,
            "Bearer \xe9",
        ):
            with self.subTest(authorization=authorization):
                answer = self.post_bearer(authorization.encode("latin-1"))
                self.assertEqual((answer.status_code, answer.content), (404, wrong))
        # Nor is it taken from where it would be logged again.
        answer = self.url_open(
            f"/support/monitoring?token={self.secret}",
            data=self.body,
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual((answer.status_code, answer.content), (404, wrong))
        self.assertNothingHappened()
        get = self.url_open("/support/monitoring", method="GET")
        self.assertEqual(get.status_code, 405)

    def test_without_a_length(self):
        """Chunked: nobody says beforehand how much will come."""
        answer = self.post(iter([self.body[:100], self.body[100:]]))
        self.assertEqual(answer.json(), {"opened": 1, "updated": 0, "ignored": 0})
        big = iter([b'{"alert": "'] + 50 * [b"x" * 100_000] + [b'"}'])
        self.assertEqual(self.post(big).status_code, 413)

    def test_other_methods(self):
        for method in ("GET", "PUT", "DELETE"):
            with self.subTest(method=method):
                answer = self.post(b"", method=method)
                self.assertEqual(answer.status_code, 405)
                self.assertIn("POST", answer.headers["Allow"])

    def test_too_often(self):
        self.token.rate_limit = 2
        self.assertEqual(self.post().status_code, 200)
        # What is refused counts, too.
        self.assertEqual(self.post(b"{").status_code, 400)
        answer = self.post()
        self.assertEqual(answer.status_code, 429)
        self.assertLessEqual(1, int(answer.headers["Retry-After"]))
        self.assertLessEqual(int(answer.headers["Retry-After"]), 60)
        self.env.invalidate_all()
        self.assertEqual(self.token.alert_ids.report_count, 1)

    @mute_logger("odoo.http")
    def test_customers_see_neither_tokens_nor_alerts(self):
        self.post()
        contact = self.env["res.partner"].create(
            {"name": "Ada", "email": "ada@x.example", "parent_id": self.customer.id}
        )
        new_test_user(
            self.env, "support_customer", "base.group_portal", partner_id=contact.id
        )
        self.authenticate("support_customer", "support_customer")
        for model, method, *args in (
            ("support.monitoring.token", "search_read", [], ["name"]),
            ("support.monitoring.token", "read", self.token.ids, ["token_hash"]),
            ("support.monitoring.token", "action_revoke", self.token.ids),
            ("support.alert", "search_read", [], ["name"]),
            ("support.monitoring.issue", "create", [{"contract_id": 1}]),
            (
                "support.contract",
                "read",
                self.contract.ids,
                ["monitoring_token_ids"],
            ),
            ("support.contract", "read", self.contract.ids, ["monitoring_notify"]),
            (
                "helpdesk.ticket",
                "read",
                self.token.alert_ids.ticket_id.ids,
                ["alert_ids"],
            ),
        ):
            with (
                self.subTest(model=model, method=method, args=args),
                self.assertRaises(JsonRpcException) as caught,
            ):
                self.make_jsonrpc_request(
                    f"/web/dataset/call_kw/{model}/{method}",
                    {"model": model, "method": method, "args": args, "kwargs": {}},
                )
            self.assertIn("AccessError", str(caught.exception))


@tagged("post_install", "-at_install")
class TestMonitoringAtOnce(SupportCase, BaseCase):
    """Real connections: deliveries that come at the same moment.

    What is committed here is deleted again.
    """

    DELIVERIES = 100

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = odoo.modules.registry.Registry(get_db_name())
        cls.cr = db_connect(get_db_name()).cursor()
        cls.addClassCleanup(cls.cr.close)
        cls.env = api.Environment(cls.cr, SUPERUSER_ID, {})
        cls.company = cls.env.company
        cls.currency = cls.company.currency_id
        cls.set_up_policy()
        cls.customer = cls.env["res.partner"].create({"name": "Concurrent customer"})
        cls.contract = cls.make_contract(cls.customer)
        cls.token, cls.secret = cls.env["support.monitoring.token"]._issue(
            {"name": "At once", "contract_id": cls.contract.id}
        )
        cls.cr.commit()
        cls.addClassCleanup(cls.delete_committed)

    @classmethod
    def delete_committed(cls):
        cls.cr.rollback()
        cls.env.invalidate_all()
        # Past the ORM, which takes half a minute for a thousand tickets.
        tickets = cls.env["helpdesk.ticket"].search(
            [("support_contract_id", "=", cls.contract.id)]
        )
        for table, column in (
            ("mail_followers", "res_id"),
            ("mail_message", "res_id"),
            ("helpdesk_ticket", "id"),
        ):
            model = SQL("res_model" if table == "mail_followers" else "model")
            of_tickets = SQL("%s = 'helpdesk.ticket'", model)
            cls.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE %s = ANY(%s) AND %s",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    tickets.ids,
                    SQL("TRUE") if column == "id" else of_tickets,
                )
            )
        cls.env.invalidate_all()
        # Tokens are revoked, not deleted; they go with the contract.
        for records in (
            cls.contract,
            cls.plan,
            cls.card,
            cls.profile | cls.senior,
            cls.service,
            cls.customer,
        ):
            records.unlink()
        cls.cr.commit()

    def deliver(self, body):
        """What the controller does, with a connection of its own."""
        with closing(db_connect(get_db_name()).cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})

            def attempt():
                token = env["support.monitoring.token"]._find(self.secret)
                if not token._wait_for_turn() or token._count_delivery():
                    return None
                return token._receive(parse(body))

            answer = odoo.service.model.retrying(attempt, env)
            # A request commits, too.
            cr.commit()  # pylint: disable=invalid-commit
        return answer

    def deliver_until_taken(self, body):
        """What Alertmanager does: sent away with 429 or 503, it tries again."""
        while not (answer := self.deliver(body)):
            time.sleep(random.uniform(0.05, 0.5))
        return answer

    def deliver_all(self, bodies):
        with ThreadPoolExecutor(max_workers=32) as pool:
            answers = list(pool.map(self.deliver_until_taken, bodies))
        self.cr.rollback()
        self.env.invalidate_all()
        return answers

    def body(self, name, machine=1):
        labels = {"alertname": name, "instance": f"host{machine}"}
        alert = {
            "status": "firing",
            "labels": labels,
            "startsAt": "2026-11-21T08:30:00Z",
        }
        return {
            "alerts": [alert],
            "groupLabels": {"instance": f"host{machine}"},
            "groupKey": f"host{machine}",
        }

    def test_the_same_delivery_many_times_at_once(self):
        body = json.dumps(self.body("Same", 1)).encode()
        answers = self.deliver_all([body] * 12)
        self.assertEqual(sum(answer["opened"] for answer in answers), 1)
        self.assertEqual(sum(answer["ignored"] for answer in answers), 11)
        alert = self.token.alert_ids.filtered(lambda alert: alert.name == "Same")
        self.assertEqual(alert.report_count, 12)

    def test_a_group_in_many_deliveries_at_once_shares_a_ticket(self):
        bodies = [
            json.dumps(self.body(f"Part {number}", 2)).encode() for number in range(12)
        ]
        answers = self.deliver_all(bodies)
        self.assertEqual(sum(answer["opened"] for answer in answers), 1)
        self.assertEqual(sum(answer["updated"] for answer in answers), 11)

    def test_a_thousand_alerts_in_a_hundred_deliveries_at_once(self):
        bodies = []
        for number in range(self.DELIVERIES):
            delivery = self.body("Burst")
            alert = delivery["alerts"][0]
            delivery["groupLabels"] = {}
            delivery["alerts"] = [
                {**alert, "labels": {"alertname": "Burst", "instance": f"{number}-{i}"}}
                for i in range(10)
            ]
            bodies.append(json.dumps(delivery).encode())
        answers = self.deliver_all(bodies)
        self.assertEqual(sum(answer["opened"] for answer in answers), 1000)
        alerts = self.token.alert_ids.filtered(lambda alert: alert.name == "Burst")
        self.assertEqual(len(alerts), 1000)
        self.assertEqual(len(alerts.ticket_id), 1000)
        self.assertFalse(self.held_locks())

    @mute_logger("odoo.sql_db")
    def test_who_waits_too_long_is_sent_away(self):
        with (
            closing(db_connect(get_db_name()).cursor()) as other,
            patch.object(support_monitoring_token, "PATIENCE", "100ms"),
        ):
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, self.token.id])
            self.assertFalse(self.token._wait_for_turn())
        self.assertTrue(self.token._wait_for_turn())
        self.cr.rollback()
        self.assertFalse(self.held_locks())

    def test_one_works_one_waits_and_the_others_are_sent_away(self):
        """However many are sent: no more workers than that are taken."""
        with (
            closing(db_connect(get_db_name()).cursor()) as worker,
            patch.object(support_monitoring_token, "PATIENCE", "30s"),
            ThreadPoolExecutor(max_workers=8) as pool,
        ):
            worker.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, self.token.id]
            )
            body = json.dumps(self.body("Queue", 3)).encode()
            answers = [pool.submit(self.deliver, body) for _number in range(8)]
            done = set(islice(as_completed(answers, timeout=20), 7))
            self.assertEqual([answer.result() for answer in done], [None] * 7)
            worker.rollback()
            (answer,) = set(answers) - done
            self.assertEqual(answer.result()["opened"], 1)
        self.cr.rollback()
        self.env.invalidate_all()
        self.assertFalse(self.held_locks())

    def held_locks(self):
        """Our locks that anybody still holds."""
        self.cr.execute(
            SQL(
                "SELECT * FROM pg_locks"
                " WHERE locktype = 'advisory' AND classid IN (%s, %s)",
                LOCK,
                WAITING,
            )
        )
        return self.cr.fetchall()
