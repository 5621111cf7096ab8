# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

SNIPPET = """receivers:
  - name: support
    webhook_configs:
      - url: {url}
        send_resolved: true
        http_config:
          authorization:
            credentials: {secret}
"""


class SupportMonitoringIssue(models.TransientModel):
    """Makes a monitoring token and shows it, once."""

    _name = "support.monitoring.issue"
    _description = "New Monitoring Token"

    name = fields.Char(required=True, default="Alertmanager")
    contract_id = fields.Many2one("support.contract", readonly=True)
    asset_id = fields.Many2one("support.asset", readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    team_id = fields.Many2one(
        "helpdesk.ticket.team", domain="[('company_id', 'in', (company_id, False))]"
    )
    rate_limit = fields.Integer(
        string="Deliveries a minute",
        required=True,
        default=lambda self: (
            self.env["support.monitoring.token"]._fields["rate_limit"].default(self)
        ),
    )

    @api.depends("contract_id", "asset_id")
    def _compute_company_id(self):
        for wizard in self:
            subject = wizard.contract_id or wizard.asset_id
            wizard.company_id = subject.company_id

    def action_issue(self):
        """Make the token. It goes into the answer and nowhere else."""
        self.ensure_one()
        token, secret = self.env["support.monitoring.token"]._issue(
            {
                "name": self.name,
                "contract_id": self.contract_id.id,
                "asset_id": self.asset_id.id,
                "team_id": self.team_id.id,
                "rate_limit": self.rate_limit,
            }
        )
        url = f"{token.get_base_url()}/support/monitoring"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Monitoring token"),
            "res_model": "support.monitoring.show",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_url": f"{url}/{secret}",
                "default_snippet": SNIPPET.format(url=url, secret=secret),
            },
        }


class SupportMonitoringShow(models.AbstractModel):
    """Shows a new token. Abstract, so that no database ever holds it."""

    _name = "support.monitoring.show"
    _description = "Monitoring Token, Shown Once"

    # The form asks for it, to be given the other two.
    id = fields.Id()
    url = fields.Char(string="Address", readonly=True)
    snippet = fields.Text(string="alertmanager.yml", readonly=True)
