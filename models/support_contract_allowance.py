# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.tools import format_date

from ..engine.allowance import month_allowance


class SupportContractAllowance(models.AbstractModel):
    """Free tickets: one lot per contract and month, which lapses with the month."""

    _name = "support.contract.allowance"
    _description = "Support Contract: Free Tickets"

    def _note_free_tickets(self):
        """Remember since when there are free tickets."""
        # Since when follows from the number; who may change that is checked there.
        for contract in self.sudo():
            if not contract._has_free_tickets():
                contract.free_tickets_from = False
            elif not contract.free_tickets_from:
                month = contract._get_today().replace(day=1)
                # Before any work there is no month that had none.
                contract.free_tickets_from = (
                    month
                    if contract.intervention_ids
                    else min(month, contract.date_start)
                )

    def _has_free_tickets(self):
        self.ensure_one()
        return bool(
            self.free_tickets or any(self.line_ids.level_id.mapped("free_tickets"))
        )

    def _count_free_tickets(self, day):
        """How many a month that begins on ``day`` has: the contract's own, and those of
        the levels of the assets that are covered on that day."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line._spans(day))
        return self.free_tickets + sum(line.level_id.free_tickets for line in lines)

    @api.model
    def _grant_allowances(self, months):
        """Grant the free tickets of months that have none yet.

        ``months``: ``{contract: first days of months}``. The month decides, not the
        job: the first debit grants what the job has not granted, and a month that was
        granted keeps its number when the contract changes.
        """
        vals_list = self._prepare_allowances(months)
        if vals_list:
            # Free tickets are the contract's word, whoever logs time on it.
            self.env["support.lot"].sudo()._grant(vals_list)

    @api.model
    def _prepare_allowances(self, months):
        """Values of the lots that ``_grant_allowances`` would grant."""
        wanted = {
            contract._get_allowance_key(month): (contract, given)
            for contract, firsts in months.items()
            for month in sorted(firsts)
            if (given := contract._get_allowance(month))
        }
        if not wanted:
            return []
        # Whether a month was granted does not depend on who asks.
        Lot = self.env["support.lot"].sudo()
        granted = set(Lot.search([("key", "in", list(wanted))]).mapped("key"))
        return [
            contract._prepare_allowance(key, given)
            for key, (contract, given) in wanted.items()
            if key not in granted
        ]

    def _get_allowance(self, month):
        """Engine allowance of a month, or None."""
        self.ensure_one()
        if self.state != "active" or not self.free_tickets_from:
            return None
        since = max(self.date_start, self.free_tickets_from)
        return month_allowance(
            month,
            self._count_free_tickets(max(month, since)),
            self.minutes_per_ticket,
            since,
            self.date_end or None,
            self._get_today(),
        )

    def _get_allowance_key(self, month):
        self.ensure_one()
        return f"allowance/{self.id}/{month:%Y-%m}"

    def _prepare_allowance(self, key, given):
        self.ensure_one()
        # The customer reads it, whoever logs the time.
        customer = self.with_context(lang=self.sudo().partner_id.lang or self.env.lang)
        month = format_date(customer.env, given.first_day, date_format="LLLL y")
        return {
            "key": key,
            "name": customer.env._("Free tickets %(month)s", month=month),
            "contract_id": self.id,
            "unit": "time",
            "kind": "allowance",
            "paid_quantity": 0.0,
            "bonus_quantity": float(given.minutes),
            "price_paid": 0.0,
            "date_first": given.first_day,
            "date_last": given.last_day,
        }

    @api.model
    def _cron_grant_allowances(self):
        """Have the free tickets of this month there before anybody needs them.

        Not those of the next one: they would count as credit of this month.
        """
        # A job of the system, for the contracts of all companies.
        contracts = self.sudo().search(
            [("state", "=", "active"), ("free_tickets_from", "!=", False)]
        )
        self.env["ir.cron"]._commit_progress(remaining=len(contracts))
        for contract in contracts:
            month = contract._get_today().replace(day=1)
            contract._grant_allowances({contract: {month}})
            if not self.env["ir.cron"]._commit_progress(1):
                break
