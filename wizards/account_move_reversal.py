# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.exceptions import UserError

from ..models.support_bookkeeping import BOOKKEEPING


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """The corrected copy of an overrun invoice bills the same work."""
        if is_modify:
            self._check_support_credit_unburnt()
        overrun = self.move_ids.filtered("support_overrun")
        # Accountants may read charges, but only the engine writes them.
        lines = overrun.invoice_line_ids.sudo().filtered("support_charge_ids")
        charges = {line._origin: line.support_charge_ids for line in lines}
        wizard = self.with_context(support_bookkeeping=BOOKKEEPING)
        action = super(AccountMoveReversal, wizard).reverse_moves(is_modify)
        if is_modify and charges:
            self.new_move_ids._reserve_modified_overrun(charges)
        return action

    def _check_support_credit_unburnt(self):
        """The copy of a bundle's invoice grants all of its credit anew."""
        for lot in self.move_ids.invoice_line_ids._get_support_lots():
            if lot.used or lot.lapsed:
                raise UserError(
                    self.env._(
                        "%(used)s of %(lot)s is used or expired, and a corrected copy "
                        "of the invoice would give it again. Make a credit note, which "
                        "pays back the rest, and a new invoice.",
                        used=lot._format_quantity(lot.used + lot.lapsed),
                        lot=lot.name,
                    )
                )
