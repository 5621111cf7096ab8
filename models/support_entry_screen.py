# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class SupportEntry(models.Model):
    _inherit = "support.entry"

    time_display = fields.Selection(
        related="contract_id.time_display", groups="base.group_user"
    )
    minutes_per_ticket = fields.Integer(
        related="contract_id.minutes_per_ticket", groups="base.group_user"
    )
