# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    allow_timesheet = fields.Boolean(
        string="Time on tickets", default=True, groups="base.group_user"
    )
    show_timesheet_portal = fields.Boolean(
        string="Show time in the portal",
        default=True,
        help="Customers see the time on their tickets and what it cost.",
        groups="base.group_user",
    )
