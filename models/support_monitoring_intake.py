# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain

from ..engine import alerts as engine
from ..tools import Reported, replay_on_duplicate
from .support_alert import format_texts, is_link

#: Alerts that a new ticket describes; its list has all of them.
DESCRIBED = 20
MAX_TITLE = 200
CHANNEL = "prepaid_support.helpdesk_ticket_channel_monitoring"


@dataclass
class Delivery:
    """What is known while one delivery is worked off."""

    contract: models.Model
    assets: dict  # {name or reference: asset}
    episodes: dict  # {(fingerprint, start): alert}
    firing: dict  # {fingerprint: alerts that are firing}
    open: dict  # {fingerprint or problem: the latest alert with an open ticket}
    opening: dict = field(default_factory=lambda: defaultdict(list))
    joining: list = field(default_factory=list)  # [(ticket, alert, problem)]
    notes: dict = field(default_factory=lambda: defaultdict(list))
    ignored: int = 0


class SupportMonitoringIntake(models.AbstractModel):
    """Turns what a monitoring system reports into tickets, and notes on them."""

    _name = "support.monitoring.intake"
    _description = "Monitoring Token: Intake"

    def _receive(self, alerts):
        """Open a ticket per problem, note what is new of known ones.

        ``alerts`` are of ``engine.alerts``; returns how many tickets were opened and
        updated, and how many alerts told nothing new. The queries do not grow with the
        alerts, but for what a ticket itself costs.
        """
        self.ensure_one()
        token = self._as_robot()
        alerts = token._settle_starts(alerts)
        delivery = token._prepare_delivery(alerts)
        for alert in alerts:
            if alert.status == engine.RESOLVED:
                token._take_recovery(delivery, alert)
            else:
                token._take_firing(delivery, alert)
        tickets = token._open_tickets(delivery)
        updated = token._note_on_tickets(delivery)
        return {
            "opened": len(tickets),
            "updated": len(updated),
            "ignored": delivery.ignored,
        }

    def _as_robot(self):
        """The token with the rights and the name of OdooBot, in its own company.

        The sender is nobody in Odoo. It acts for one contract and sees nothing; what
        it says can only reach assets which that contract covers. OdooBot is no
        person, so that nothing here counts as a reaction to the customer.
        """
        # Whose token it is, the token has shown.
        company = self.sudo().company_id
        clean = self.env(user=SUPERUSER_ID, context={"lang": company.partner_id.lang})
        return self.with_env(clean).with_company(company)

    def _settle_starts(self, alerts):
        """When those began of which the sender does not say it: they are what is firing
        already, or begin now."""
        keys = [alert.key for alert in alerts if not alert.starts_at]
        if not keys:
            return alerts
        running = self.env["support.alert"].search(
            [
                ("token_id", "=", self.id),
                ("fingerprint", "in", keys),
                ("state", "=", engine.FIRING),
            ],
            order="starts_at",
        )
        starts = {alert.fingerprint: alert.starts_at for alert in running}
        now = fields.Datetime.now()
        settled = [
            replace(alert, starts_at=alert.starts_at or starts.get(alert.key, now))
            for alert in alerts
        ]
        return list({(alert.key, alert.starts_at): alert for alert in settled}.values())

    def _prepare_delivery(self, alerts):
        contract = self._get_contract()
        delivery = Delivery(contract, self._get_assets_by_name(contract), {}, {}, {})
        problems = {self._get_problem(alert, delivery) for alert in alerts}
        known = self.env["support.alert"].search(
            self._get_known_domain(alerts, list(problems)), order="starts_at, id"
        )
        for alert in known:
            delivery.episodes[alert.fingerprint, alert.starts_at] = alert
            if alert.state == engine.FIRING:
                delivery.firing.setdefault(alert.fingerprint, []).append(alert)
            if self._is_open(alert.ticket_id):
                delivery.open[alert.fingerprint] = alert
                delivery.open[alert.problem] = alert
        return delivery

    def _get_known_domain(self, alerts, problems):
        """What decides on ``alerts``; not the whole history of what flaps for years."""
        open_ticket = Domain("ticket_id.active", "=", True) & Domain(
            "ticket_id.stage_id.closed", "=", False
        )
        starts = list({alert.starts_at for alert in alerts})
        matters = Domain("starts_at", "in", starts) | Domain("state", "=", "firing")
        return Domain("token_id", "=", self.id) & (
            Domain("fingerprint", "in", list({alert.key for alert in alerts}))
            & (matters | open_ticket)
            | Domain("problem", "in", problems) & open_ticket
        )

    @api.model
    def _is_open(self, ticket):
        return bool(ticket) and ticket.active and not ticket.stage_id.closed

    @api.model
    def _get_assets_by_name(self, contract):
        """The assets that the token may report, by the names they are known under.

        A reference goes before a name; what names two assets names none.
        """
        today = contract._get_today()
        lines = contract.line_ids.filtered(lambda line: line._covers(today))
        found = {}
        for name in ("name", "reference"):
            values = [(asset[name] or "").strip().lower() for asset in lines.asset_id]
            counts = Counter(values)
            found |= {
                value: asset if counts[value] == 1 else asset.browse()
                for value, asset in zip(values, lines.asset_id, strict=True)
                if value
            }
        return found

    def _find_asset(self, alert, delivery):
        """The asset an alert is about, if it is known."""
        if self.asset_id:
            return self.asset_id
        for label in engine.HOST_LABELS:
            for name in engine.names_of(alert.labels.get(label, "")):
                if delivery.assets.get(name):
                    return delivery.assets[name]
        return self.env["support.asset"]

    def _get_problem(self, alert, delivery):
        """What alerts have in common that share a ticket.

        The sender's group, for the same asset or machine; without a group each alert
        is a problem of its own.
        """
        parts = ("alert", alert.key)
        if alert.group:
            asset = self._find_asset(alert, delivery)
            machine = engine.names_of(alert.host)[-1:]
            parts = ("group", alert.group, *([str(asset.id)] if asset else machine))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    # -- What an alert means ------------------------------------------------------

    def _take_firing(self, delivery, alert):
        episode = delivery.episodes.get((alert.key, alert.starts_at))
        if episode:
            self._see_again(delivery, episode)
            return
        problem = self._get_problem(alert, delivery)
        other = delivery.open.get(alert.key) or delivery.open.get(problem)
        if other:
            delivery.joining.append((other.ticket_id, alert, problem))
            text = self._describe_again(alert, other, delivery.contract)
            delivery.notes[other.ticket_id].append(text)
        else:
            delivery.opening[problem].append(alert)

    def _see_again(self, delivery, episode):
        """Delivered again; or its recovery was none, which is worth a note."""
        episode.report_count += 1
        episode.last_seen = fields.Datetime.now()
        if episode.state == engine.FIRING:
            delivery.ignored += 1
            return
        episode.state = engine.FIRING
        episode.ends_at = False
        text = self.env._("%(alert)s is firing again", alert=episode.name)
        delivery.notes[episode.ticket_id].append(text)

    def _take_recovery(self, delivery, alert):
        """What is over: this alert, and what was firing of it before. Of an alert that
        was never reported there is nothing to say."""
        end = min(alert.ends_at or fields.Datetime.now(), fields.Datetime.now())
        over = [
            episode
            for episode in delivery.firing.get(alert.key, ())
            if episode.starts_at <= max(alert.starts_at, end)
        ]
        delivery.ignored += not over
        for episode in over:
            episode.state = engine.RESOLVED
            episode.ends_at = end
            episode.last_seen = fields.Datetime.now()
            episode.report_count += 1
            delivery.notes[episode.ticket_id].append(
                self.env._(
                    "%(alert)s has recovered at %(time)s",
                    alert=self._get_title([alert]),
                    time=self._format_moment(end, delivery.contract),
                )
            )

    # -- Tickets ------------------------------------------------------------------

    def _open_tickets(self, delivery):
        # People may have deleted it: alerts come in all the same.
        channel = self.env.ref(CHANNEL, raise_if_not_found=False)
        common = {"channel_id": channel.id if channel else False, "user_id": False}
        tickets = self._create_tickets(
            [
                {**common, **self._prepare_ticket(group, delivery)}
                for group in delivery.opening.values()
            ]
        )
        owned = [
            (ticket, alert, problem)
            for ticket, (problem, group) in zip(
                tickets, delivery.opening.items(), strict=True
            )
            for alert in group
        ]
        self._create_alerts(owned + delivery.joining, delivery)
        self._tell_customers(tickets, delivery.contract)
        return tickets

    def _create_tickets(self, vals_list):
        """The message that a ticket was created takes most of the time that creating it
        takes; where nobody follows the team, it is a plain note of all of them at once.
        """
        # What the customer is told, the contract says (``_tell_customers``).
        Ticket = self.env["helpdesk.ticket"].with_context(support_reported=Reported())
        if self.team_id.message_follower_ids:
            return Ticket.create(vals_list).with_env(self.env)
        tickets = Ticket.with_context(mail_create_nolog=True).create(vals_list)
        tickets = tickets.with_env(self.env)
        created = self.env._("Opened by %(token)s", token=self.name)
        tickets._message_log_batch(dict.fromkeys(tickets.ids, created))
        return tickets

    def _create_alerts(self, owned, delivery):
        Alert = self.env["support.alert"]
        with replay_on_duplicate():
            alerts = Alert.create(
                [
                    {
                        **Alert._prepare_alert(alert, problem),
                        "token_id": self.id,
                        "contract_id": delivery.contract.id,
                        "asset_id": self._find_asset(alert, delivery).id,
                        "ticket_id": ticket.id,
                    }
                    for ticket, alert, problem in owned
                ]
            )
            alerts.flush_recordset()
        return alerts

    def _prepare_ticket(self, alerts, delivery):
        """Values of a ticket about the alerts of one problem."""
        contract = delivery.contract
        asset = self._find_asset(alerts[0], delivery)
        partner = asset.partner_id or contract.partner_id
        values = {
            "name": self._get_title(alerts),
            "description": self._describe(alerts, contract),
            "partner_id": partner.id,
            "partner_name": partner.name,
            "partner_email": partner.email,
            "company_id": self.company_id.id,
            "support_contract_id": contract.id,
            "asset_id": asset.id,
            "request_date": self._get_request_date(alerts),
            "priority": max(alert.priority for alert in alerts),
        }
        if self.team_id:
            values["team_id"] = self.team_id.id
        return values

    def _get_request_date(self, alerts):
        """When the customer has asked, for rates and service levels.

        The alert's own start, so that waiting for the rest of a group or a restart of
        the sender costs the customer nothing. But a customer who runs the monitoring
        themselves must not make targets that were missed before we could know of them,
        nor requests of another month; and one whose clock is ahead asks now.
        """
        now = fields.Datetime.now()
        earliest = now - timedelta(minutes=self.backdate_minutes)
        start = min(alert.starts_at for alert in alerts)
        return max(earliest, min(now, start))

    def _get_title(self, alerts):
        """The name of a problem: the alert, where, and what about it."""
        first = alerts[0]
        parts = [first.name, first.host, first.summary]
        title = " · ".join(" ".join(part.split()) for part in parts if part)
        if len(title) > MAX_TITLE:
            title = title[: MAX_TITLE - 1] + "…"
        return title

    def _describe(self, alerts, contract):
        """The alerts as HTML. Nothing that the sender wrote is taken for HTML."""
        parts = [self._describe_alert(alert, contract) for alert in alerts[:DESCRIBED]]
        if len(alerts) > DESCRIBED:
            more = self.env._("And %(count)s more.", count=len(alerts) - DESCRIBED)
            parts.append(Markup("<p>%s</p>") % more)
        request = self._get_request_date(alerts)
        if request > min(alert.starts_at for alert in alerts):
            late = self.env._(
                "Reported late: the request counts from %(time)s.",
                time=self._format_moment(request, contract),
            )
            parts.append(Markup("<p>%s</p>") % late)
        return Markup("").join(parts)

    def _describe_alert(self, alert, contract):
        moment = self._format_moment(alert.starts_at, contract)
        since = self.env._("Since %(time)s", time=moment)
        html = Markup("<p><b>%s</b><br/>%s</p>") % (alert.name, since)
        html += format_texts({**alert.annotations, **alert.labels})
        if is_link(alert.url):
            link = Markup('<p><a href="%s">%s</a></p>')
            html += link % (alert.url, self.env._("Source"))
        return html

    def _describe_again(self, alert, other, contract):
        time = self._format_moment(alert.starts_at, contract)
        title = self._get_title([alert])
        if other.fingerprint == alert.key:
            return self.env._("%(alert)s again, since %(time)s", alert=title, time=time)
        return self.env._("Also: %(alert)s, since %(time)s", alert=title, time=time)

    @api.model
    def _format_moment(self, moment, contract):
        """``moment`` in the time zone of the contract, which is named."""
        zone = contract._get_time_zone()
        local = fields.Datetime.context_timestamp(self.with_context(tz=zone), moment)
        return f"{local:%Y-%m-%d %H:%M:%S} ({zone})"

    def _note_on_tickets(self, delivery):
        """One internal note per ticket and delivery; and nothing less urgent than the
        alerts that joined it."""
        for ticket, alert, _problem in delivery.joining:
            if alert.priority > (ticket.priority or ""):
                ticket.priority = alert.priority
        tickets = self.env["helpdesk.ticket"].union(*delivery.notes)
        item = Markup("<li>%s</li>")
        bodies = {
            ticket.id: Markup("<p>%s</p><ul>%s</ul>")
            % (
                self.env._("Monitoring:"),
                Markup("").join(item % line for line in delivery.notes[ticket]),
            )
            for ticket in tickets
        }
        if tickets:
            tickets._message_log_batch(bodies)
        return tickets
