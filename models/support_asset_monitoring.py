# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class SupportAssetMonitoring(models.AbstractModel):
    """By which tokens monitoring systems report this asset alone."""

    _name = "support.asset.monitoring"
    _description = "Covered Asset: Monitoring"

    monitoring_token_ids = fields.One2many(
        "support.monitoring.token", "asset_id", string="Monitoring tokens", copy=False
    )
