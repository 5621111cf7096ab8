# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models

from ..tools import format_minutes


class SupportTicketPortal(models.AbstractModel):
    """What a customer is shown of the time on a ticket."""

    _name = "support.ticket.portal"
    _description = "Helpdesk Ticket: Portal"

    def _get_portal_title(self):
        """The ticket in words of the customer."""
        self.ensure_one()
        return f"{self.number} {self.name}"

    def _prepare_portal_works(self, cost_contracts):
        """All work of the ticket; cost only of contracts that the reader may read."""
        self.ensure_one()
        works = self.env["support.intervention"].search(
            [("ticket_id", "=", self.id), ("state", "!=", "void")]
        )
        contracts = works.contract_id & cost_contracts
        entries = {c: c._get_portal_entries(works) for c in contracts}
        totals = [
            contract._prepare_portal_totals(
                works.filtered(lambda work, c=contract: work.contract_id == c),
                entries[contract],
            )
            for contract in contracts
        ]
        minutes = sum(works.mapped("raw_minutes"))
        return {
            "rows": [
                work._prepare_portal_work(
                    work.contract_id,
                    entries.get(work.contract_id, {}).get(work, ()),
                    with_cost=work.contract_id in contracts,
                )
                for work in works
            ],
            "worked": format_minutes(self.env, minutes),
            "used": [text for total in totals for text in total["used"]],
            "overrun": [total["overrun"] for total in totals if total["overrun"]],
            "has_cost": bool(totals),
        }
