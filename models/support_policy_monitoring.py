# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class SupportPolicyMonitoring(models.AbstractModel):
    """Who is told when monitoring opens a ticket."""

    _name = "support.policy.monitoring"
    _description = "Support Policy: Monitoring"

    monitoring_notify = fields.Selection(
        [
            ("none", "Nobody"),
            ("mail", "The customer, by mail"),
            ("mail_sms", "The customer, by mail and text message"),
        ],
        string="When monitoring opens a ticket, tell",
        default="none",
        required=True,
        help="Text messages need Odoo's SMS module; without it the mail goes alone.",
        tracking=True,
        groups="base.group_user",
    )
