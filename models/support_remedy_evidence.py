# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.tools import format_date

from ..tools import format_minutes


class SupportRemedyEvidence(models.AbstractModel):
    """What the customer is shown of missed targets, kept as it was decided on."""

    _name = "support.remedy.evidence"
    _description = "Remedy: Evidence"

    def _attach_evidence(self):
        """Keep the evidence as a PDF with the remedy and with its credit note."""
        for remedy in self:
            content, extension = self.env["ir.actions.report"]._render_qweb_pdf(
                "prepaid_support.support_remedy_report", remedy.ids
            )
            name = f"{remedy.display_name}.{extension}".replace("/", "-")
            remedy.evidence_id = self.env["ir.attachment"].create(
                {
                    "name": name,
                    "raw": content,
                    "res_model": "support.remedy",
                    "res_id": remedy.id,
                }
            )
            if remedy.move_id:
                remedy.evidence_id.copy(
                    {"res_model": "account.move", "res_id": remedy.move_id.id}
                )

    def _prepare_evidence(self):
        """What happened, as plain values in the language of the environment."""
        self.ensure_one()
        contract = self.contract_id

        def local(moment):
            return contract._format_local(moment) if moment else ""

        events = dict(
            self.env["support.sla.event"]
            ._fields["event"]
            ._description_selection(self.env)
        )
        states = dict(self._fields["state"]._description_selection(self.env))
        kinds = dict(
            self.env["support.sla"]._fields["kind"]._description_selection(self.env)
        )
        clocks = dict(
            self.env["support.sla"]._fields["clock"]._description_selection(self.env)
        )
        return {
            "title": self.display_name,
            "month": format_date(self.env, self.month, date_format="LLLL y"),
            "asset": self.asset_id.name or "",
            "contract": contract.name,
            "amount": contract._format_portal_credit("money", self.amount),
            "state": self.state,
            "state_label": states[self.state],
            "reason": self.reason or "",
            "targets": [
                {
                    "ticket": self._get_ticket_title(sla.ticket_id),
                    "kind": kinds[sla.kind],
                    "level": sla.level_id.name,
                    "asset": self._get_asset_name(sla),
                    "within": format_minutes(self.env, sla.minutes),
                    "clock": clocks.get(sla.clock, ""),
                    "start": local(sla.date_start),
                    "deadline": local(sla.date_deadline),
                    "done": local(sla.date_done),
                    "events": [
                        {
                            "date": local(event.date),
                            "label": events[event.event],
                            "deadline": local(event.date_deadline),
                        }
                        for event in sla.event_ids
                    ],
                    "pauses": [
                        {
                            "from": local(pause.date_from),
                            "to": local(pause.date_to),
                            "reason": dict(
                                pause._fields["reason"]._description_selection(self.env)
                            )[pause.reason],
                        }
                        for pause in sla.ticket_id.support_pause_ids
                        if sla.kind == "resolution"
                    ],
                }
                for sla in self.sla_ids.sorted("date_deadline")
            ],
        }

    def _is_of_others(self, ticket):
        """Whether a ticket is for the eyes of another company that is covered."""
        self.ensure_one()
        customer = ticket.commercial_partner_id
        return bool(customer) and customer != self.contract_id.commercial_partner_id

    def _get_ticket_title(self, ticket):
        if self._is_of_others(ticket):
            return self.env._("A ticket of another company")
        return ticket._get_portal_title()

    def _get_asset_name(self, sla):
        """Its name, unless it is another company's and not covered by the contract."""
        hidden = self._is_of_others(sla.ticket_id)
        if hidden and sla.asset_id not in self.contract_id.line_ids.asset_id:
            return ""
        return sla.asset_id.name or ""
