# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import ValidationError


class SupportContractCoverage(models.AbstractModel):
    """The days of a contract are days of what it covers."""

    _name = "support.contract.coverage"
    _description = "Support Contract: Coverage"

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
