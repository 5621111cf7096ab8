# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from markupsafe import Markup

from odoo import api, fields, models

from ..engine import alerts as engine


class SupportAlert(models.Model):
    """An alert of a monitoring system, from its start to its end.

    The same alert again is the same record. Written by the webhook only.
    """

    _name = "support.alert"
    _description = "Monitoring Alert"
    _inherit = ["support.ledger"]
    _order = "starts_at desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    token_id = fields.Many2one(
        "support.monitoring.token",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="token_id.company_id", store=True, precompute=True, index=True
    )
    contract_id = fields.Many2one(
        "support.contract", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    asset_id = fields.Many2one(
        "support.asset", readonly=True, ondelete="set null", index="btree_not_null"
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, ondelete="set null", index="btree_not_null"
    )
    fingerprint = fields.Char(
        required=True,
        readonly=True,
        help="The same for the same problem on the same machine.",
    )
    problem = fields.Char(
        required=True, readonly=True, help="Alerts with the same share a ticket."
    )
    host = fields.Char(readonly=True, help="What the sender calls the machine.")
    severity = fields.Char(readonly=True)
    state = fields.Selection(
        [("firing", "Firing"), ("resolved", "Recovered")], required=True, readonly=True
    )
    starts_at = fields.Datetime(
        string="Since", required=True, readonly=True, help="As the sender said."
    )
    ends_at = fields.Datetime(string="Recovered at", readonly=True)
    first_seen = fields.Datetime(string="First reported", readonly=True)
    last_seen = fields.Datetime(string="Last reported", readonly=True)
    report_count = fields.Integer(string="Reports", default=1, readonly=True)
    summary = fields.Char(readonly=True)
    url = fields.Char(string="Source", readonly=True)
    labels = fields.Json(readonly=True)
    annotations = fields.Json(readonly=True)
    details = fields.Html(compute="_compute_details", sanitize=False)

    _episode_unique = models.UniqueIndex("(token_id, fingerprint, starts_at)")
    _problem_index = models.Index("(token_id, problem)")

    @api.depends("labels", "annotations")
    def _compute_details(self):
        for alert in self:
            alert.details = format_texts({**alert.labels, **alert.annotations})

    @api.model
    def _prepare_alert(self, alert, problem):
        """Values of an ``engine.alerts.Alert`` that is seen for the first time."""
        now = fields.Datetime.now()
        return {
            "name": alert.name,
            "fingerprint": alert.key,
            "problem": problem,
            "host": alert.host,
            "severity": alert.labels.get("severity", ""),
            "state": engine.FIRING,
            "starts_at": alert.starts_at,
            "first_seen": now,
            "last_seen": now,
            "summary": alert.summary,
            "url": alert.url if is_link(alert.url) else "",
            "labels": alert.labels,
            "annotations": alert.annotations,
        }


def is_link(url):
    return url.startswith(("http://", "https://"))


def format_texts(texts):
    """A table of texts by name. Whatever they hold is escaped."""
    row = Markup("<tr><th>%s</th><td>%s</td></tr>")
    rows = Markup("").join(row % pair for pair in texts.items())
    return Markup('<table class="table table-sm"><tbody>%s</tbody></table>') % rows
