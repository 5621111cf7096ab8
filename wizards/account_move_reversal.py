# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """The corrected copy of an overrun invoice bills the same work."""
        overrun = self.move_ids.filtered("support_overrun")
        # Accountants may read charges, but only the engine writes them.
        lines = overrun.invoice_line_ids.sudo().filtered("support_charge_ids")
        charges = {line._origin: line.support_charge_ids for line in lines}
        action = super().reverse_moves(is_modify)
        if is_modify and charges:
            self.new_move_ids._reserve_modified_overrun(charges)
        return action
