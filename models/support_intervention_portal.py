# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.tools import format_date

from ..tools import format_minutes
from .support_intervention_settlement import PENDING


class SupportInterventionPortal(models.AbstractModel):
    """What a customer is shown of one piece of work."""

    _name = "support.intervention.portal"
    _description = "Support Intervention: Portal"

    def _prepare_portal_work(self, contract, entries, with_cost=True):
        """One piece of work: who, when, how long, and which credit paid for it."""
        self.ensure_one()
        values = {
            "date": format_date(self.env, self.date),
            "technician": "",
            "mode": "",
            "text": "",
            "worked": "",
            "billed": "",
            "entries": [contract._prepare_portal_entry(e) for e in entries],
            "overrun": [],
            "why": [],
            "pending": False,
        }
        if not contract or contract._is_portal_work(self):
            values.update(self._prepare_portal_details(contract))
            if with_cost:
                values["overrun"] = self._prepare_portal_overrun(contract)
                values["why"] = self._prepare_portal_why()
        return values

    def _prepare_portal_why(self):
        """How the price came about: a label and sentences for each charge."""
        return [
            {"label": charge._get_label(), "sentences": charge._render_explanation()}
            for charge in self.charge_ids
            if charge.minutes or charge.amount or charge.list_amount
        ]

    def _prepare_portal_details(self, contract):
        modes = dict(self._fields["delivery_mode"]._description_selection(self.env))
        names = [name for name in self.line_ids.mapped("name") if name and name != "/"]
        return {
            "technician": self.employee_id.name,
            "mode": modes.get(self.delivery_mode, ""),
            "text": ", ".join(dict.fromkeys(names)),
            "worked": format_minutes(self.env, self.raw_minutes),
            "billed": contract._format_portal_time(self.billed_minutes)
            if self.state == "rated"
            else "",
            "pending": self.state in PENDING,
        }

    def _prepare_portal_overrun(self, contract):
        """What no credit paid: amount and where it stands, by state."""
        labels = contract._get_portal_overrun_labels()
        totals = {}
        for charge in self.charge_ids:
            if charge.overrun_amount:
                state = charge.overrun_state
                totals[state] = totals.get(state, 0.0) + charge.overrun_amount
        return [
            {
                "label": labels[state],
                "amount": contract._format_portal_credit("money", amount),
            }
            for state, amount in totals.items()
        ]
