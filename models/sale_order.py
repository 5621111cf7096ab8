# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_confirm(self):
        result = super()._action_confirm()
        self.order_line._grant_support_credit()
        return result

    def _action_cancel(self):
        # What a credit note has taken back is settled.
        granted = self.order_line._get_support_order_lots().filtered(
            lambda lot: lot.remaining or not lot.refunded
        )
        if granted:
            raise UserError(
                self.env._(
                    "The order %(order)s cannot be cancelled, because it has given "
                    "support credit (%(lots)s). Invoice it and make a credit note: "
                    "that takes back the credit that has not been used.",
                    order=granted[0].sale_line_id.order_id.name,
                    lots=", ".join(granted.mapped("name")),
                )
            )
        return super()._action_cancel()
