# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    support_readonly = fields.Boolean(
        compute="_compute_support_readonly",
        help="Invoiced, or a colleague's: shown on the ticket, not changed there.",
        groups="base.group_user",
    )

    @api.depends("support_locked", "user_id")
    @api.depends_context("uid")
    def _compute_support_readonly(self):
        may_correct = self.env.user.has_group(
            "hr_timesheet.group_hr_timesheet_approver"
        )
        for line in self:
            own = line.user_id == self.env.user or not line._origin
            line.support_readonly = line.support_locked or not (own or may_correct)
