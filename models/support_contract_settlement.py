# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools import BILLING_MANAGER, check_group
from .contract_contract import OWNED

_logger = logging.getLogger(__name__)


class SupportContractSettlement(models.AbstractModel):
    """Invoicing the fee now, and what is left of it when a contract is over."""

    _name = "support.contract.settlement"
    _description = "Support Contract: Fee Settlement"

    def _get_settlement_end(self):
        """Until when the fee is settled apart from the schedule, or False."""
        self.ensure_one()
        until = self._get_fee_invoiced_until()
        over = self.date_end and (
            self.state == "ended" or self.date_end < self._get_today()
        )
        if over:
            return max(self.date_end, until or self.date_end)
        return until

    def _settle_fee(self):
        """Invoice or credit what the fee differs from what is invoiced; the moves."""
        self.ensure_one()
        # Whoever may settle needs no right to the schedule.
        owned = self.sudo().recurring_contract_id
        until = self._get_settlement_end()
        moves = self.env["account.move"]
        if owned and until:
            owned = owned.with_company(self.company_id)
            moves = owned._create_support_settlement(until, self._get_today())
        return moves

    def action_invoice_fee(self):
        """Invoice what is due, and what changed for the time that is invoiced."""
        self.ensure_one()
        check_group(self.env, BILLING_MANAGER)
        # OCA asks for an accountant who writes schedules; it is checked above.
        moves = self.sudo()._invoice_fee()
        if not moves:
            raise UserError(self._get_nothing_due_text())
        return moves.with_env(self.env)._get_records_action(
            name=self.env._("Invoices"), context={"create": False}
        )

    def _invoice_fee(self):
        self.ensure_one()
        self._sync_recurring()
        moves = self.env["account.move"]
        if self.state == "active" and self.recurring_contract_id:
            owned = self.recurring_contract_id.with_company(self.company_id)
            moves = owned._recurring_create_invoice(self._get_today())
        return moves | self._settle_fee()

    def _get_nothing_due_text(self):
        if not self.fee_next_date:
            return self.env._("There is no fee to invoice.")
        return self.env._(
            "There is no fee to invoice today: the next invoice is due on %(day)s.",
            day=format_date(self.env, self.fee_next_date),
        )

    def action_view_recurring(self):
        """The schedule, for accountants: journal, terms, dates."""
        self.ensure_one()
        return self.recurring_contract_id._get_records_action(
            name=self.env._("Schedule of invoices"), context={"create": False}
        )

    @api.model
    def _cron_settle_fees(self):
        """Settle the fee of contracts that are over, once and for all.

        Contract by contract, each with its own commit: one that fails is undone and
        logged, and its account manager told. Run again, it finds nothing to do.
        """
        contracts = self._get_contracts_to_settle()
        self.env["ir.cron"]._commit_progress(remaining=len(contracts))
        for contract in contracts:
            contract._cron_settle_fee()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _get_contracts_to_settle(self):
        # A job of the system, for the contracts of all companies, archived or not.
        contracts = self.sudo().with_context(active_test=False)
        over = Domain("state", "=", "ended")
        return contracts.search(
            over & Domain("recurring_contract_id.active", "=", True)
        )

    def _cron_settle_fee(self):
        self.ensure_one()
        owned = self.recurring_contract_id
        if not owned.try_lock_for_update(allow_referencing=True):
            return  # Somebody invoices it; tomorrow it is settled.
        try:
            self._settle_fee()
            if not self.date_end or self.date_end < self._get_today():
                owned.with_context(support_owned=OWNED).active = False
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("Fee of support contract %s", self.id)
            self._tell_account_manager(
                self.env._("The fee could not be settled"), str(error)
            )
