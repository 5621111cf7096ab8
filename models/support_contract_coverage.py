# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, models
from odoo.exceptions import ValidationError

from ..tools import BILLING_MANAGER, check_group


class SupportContractCoverage(models.AbstractModel):
    """The days of a contract are days of what it covers."""

    _name = "support.contract.coverage"
    _description = "Support Contract: Coverage"

    def write(self, vals):
        """Days that are invoiced and over are given back by a billing manager only."""
        before = {}
        if vals.keys() & {"date_start", "date_end"} and not self.env.su:
            before = {contract: contract._get_owed_so_far() for contract in self}
        result = super().write(vals)
        for contract, owed in before.items():
            if contract._get_owed_so_far() < owed:
                check_group(self.env, BILLING_MANAGER)
        return result

    def _get_owed_so_far(self):
        """The fee of the days before today, where some of it is invoiced."""
        self.ensure_one()
        if not self._get_fee_invoiced_until():
            return 0
        # What it owes is no secret to those who may change its days.
        yesterday = self._get_today() - timedelta(days=1)
        return sum(self.sudo()._get_fees(None, yesterday).values())

    @api.constrains("date_end", "state")
    def _check_last_day(self):
        for contract in self:
            if contract.state == "ended" and not contract.date_end:
                raise ValidationError(
                    self.env._(
                        "%(contract)s has ended, and keeps its last day: its fee is "
                        "settled until then.",
                        contract=contract.name,
                    )
                )

    @api.constrains("date_end")
    def _check_covered_once(self):
        """A later end must not reach into the contract that follows."""
        # What else covers an asset does not depend on who asks.
        self.sudo().line_ids._check_covered_once()
