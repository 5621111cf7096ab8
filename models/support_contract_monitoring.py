# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class SupportContractMonitoring(models.AbstractModel):
    """By which tokens monitoring systems report for a contract."""

    _name = "support.contract.monitoring"
    _description = "Support Contract: Monitoring"

    # When monitoring has last sent a text message.
    monitoring_sms_date = fields.Datetime(
        readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    monitoring_token_ids = fields.One2many(
        "support.monitoring.token",
        "contract_id",
        string="Monitoring tokens",
        copy=False,
        groups="base.group_user",
    )
