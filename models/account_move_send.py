# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_invoice_extra_attachments_data(self, move):
        """Send the time report together with the overrun invoice."""
        data = super()._get_invoice_extra_attachments_data(move)
        report = move.support_time_report_id
        if report:
            data.append(
                {
                    "id": report.id,
                    "name": report.name,
                    "mimetype": report.mimetype,
                    "placeholder": False,
                    "protect_from_deletion": True,
                }
            )
        return data
