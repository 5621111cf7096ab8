# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    support_no_contract = fields.Selection(
        related="company_id.support_no_contract", readonly=False
    )
    support_project_id = fields.Many2one(
        related="company_id.support_project_id", readonly=False
    )
    support_fee_auto_post = fields.Boolean(
        related="company_id.support_fee_auto_post", readonly=False
    )
    support_notice_lead_days = fields.Integer(
        related="company_id.support_notice_lead_days", readonly=False
    )
