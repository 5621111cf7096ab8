# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from ..tools import open_action


class SupportTicketMonitoring(models.AbstractModel):
    """Which alerts a ticket is about."""

    _name = "support.ticket.monitoring"
    _description = "Helpdesk Ticket: Monitoring"

    alert_ids = fields.One2many(
        "support.alert", "ticket_id", string="Alerts", groups="base.group_user"
    )
    alert_count = fields.Integer(
        compute="_compute_alert_count", compute_sudo=True, groups="base.group_user"
    )
    alert_firing_count = fields.Integer(
        string="Alerts firing",
        compute="_compute_alert_count",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends("alert_ids.state")
    def _compute_alert_count(self):
        groups = self.env["support.alert"]._read_group(
            [("ticket_id", "in", self._origin.ids)],
            ["ticket_id", "state"],
            ["__count"],
        )
        counts = {(ticket.id, state): count for ticket, state, count in groups}
        for ticket in self:
            firing = counts.get((ticket._origin.id, "firing"), 0)
            ticket.alert_firing_count = firing
            ticket.alert_count = firing + counts.get((ticket._origin.id, "resolved"), 0)

    def action_view_support_alerts(self):
        self.ensure_one()
        return open_action(
            self.env,
            "prepaid_support.support_alert_action",
            [("ticket_id", "=", self.id)],
        )
