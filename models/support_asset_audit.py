# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SupportAssetAudit(models.AbstractModel):
    """Whether we can look after an asset at all."""

    _name = "support.asset.audit"
    _description = "Covered Asset: Audit"

    support_state = fields.Selection(
        [
            ("to_audit", "To audit"),
            ("supported", "Supported"),
            ("unsupported", "Not supported"),
        ],
        string="Support",
        default="to_audit",
        required=True,
        tracking=True,
        index=True,
        help="What is not supported cannot be covered.",
    )
    unsupported_reason = fields.Char(string="Not supported because", tracking=True)
    check_ids = fields.One2many("support.audit.check", "asset_id", string="Audit")

    @api.constrains("support_state", "unsupported_reason")
    def _check_unsupported(self):
        for asset in self.filtered(lambda a: a.support_state == "unsupported"):
            if not (asset.unsupported_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Not supported because: say why %(asset)s is not supported, "
                        "since the customer will ask.",
                        asset=asset.name,
                    )
                )
            # What covers it does not depend on who asks.
            for line in asset.sudo().line_ids:
                if line.contract_id.state == "active" and not line._is_over():
                    raise ValidationError(
                        self.env._(
                            "%(asset)s is covered by %(contract)s: end that coverage "
                            "first.",
                            asset=asset.name,
                            contract=line.contract_id.name,
                        )
                    )
