# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models


class SupportSlaPortal(models.AbstractModel):
    """What a customer is shown of a promise."""

    _name = "support.sla.portal"
    _description = "Service Level Clock: Portal"

    def _prepare_portal_sla(self):
        """One promise, as plain values."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        states = dict(self._fields["state"]._description_selection(self.env))
        contract, ticket = self.contract_id, self.ticket_id
        return {
            "title": ticket._get_portal_title(),
            "url": f"/my/ticket/{ticket.id}",
            "asset": self.asset_id.name or "",
            "kind": self.kind,
            "label": kinds[self.kind],
            "state": self.state,
            "state_label": states[self.state],
            "due": contract._format_local(self.date_deadline)
            if self.date_deadline
            else "",
            "done": contract._format_local(self.date_done) if self.date_done else "",
        }
