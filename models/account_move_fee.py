# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models

from .contract_contract import OWNED


class AccountMove(models.Model):
    _inherit = "account.move"

    def button_cancel(self):
        result = super().button_cancel()
        self.invoice_line_ids._wake_support_schedules()
        return result

    def button_draft(self):
        cancelled = self.filtered(lambda move: move.state == "cancel")
        result = super().button_draft()
        cancelled.invoice_line_ids._wake_support_schedules()
        return result


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    support_fee_from = fields.Date(
        string="Fee from", readonly=True, groups="base.group_user"
    )
    support_fee_to = fields.Date(
        string="Fee until", readonly=True, groups="base.group_user"
    )

    def unlink(self):
        # Also where the whole invoice is deleted: its lines go first.
        self._wake_support_schedules()
        return super().unlink()

    def _wake_support_schedules(self):
        """Have the fee of contracts that are over settled again.

        Their schedules are archived when they are settled. What is cancelled or deleted
        after that is owed again, and the daily job looks at active schedules only.
        """
        # It follows from the invoice, whoever may cancel or delete that.
        lines = self.sudo().contract_line_id.filtered(
            lambda line: line.support_kind == "fee"
        )
        asleep = lines.contract_id.filtered(
            lambda schedule: schedule.support_contract_id and not schedule.active
        )
        if asleep:
            asleep.with_context(support_owned=OWNED).active = True
