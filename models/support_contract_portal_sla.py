# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import format_date

#: States in which it is known whether a promise was kept.
DECIDED = ("met", "breached")
ATTAINMENT_MONTHS = 12
#: How many open deadlines the page shows.
DEADLINES = 20


class SupportContractPortalSla(models.AbstractModel):
    """What the contract page tells of deadlines, and of how they were kept.

    As in ``support_contract_portal``: plain values, called with ``sudo()`` after the
    caller has checked that the reader may read the contract.
    """

    _name = "support.contract.portal.sla"
    _description = "Support Contract: Deadlines in the Portal"

    def _get_portal_sla_domain(self):
        """Of the reader's own tickets; those of other companies are not theirs."""
        self.ensure_one()
        return [
            ("contract_id", "=", self.id),
            ("ticket_id.commercial_partner_id", "=", self.commercial_partner_id.id),
        ]

    def _prepare_portal_deadlines(self):
        """Open promises, the next one first."""
        slas = self.env["support.sla"].search(
            [
                *self._get_portal_sla_domain(),
                ("date_done", "=", False),
                ("state", "!=", "void"),
            ],
            order="date_deadline, id",
            limit=DEADLINES,
        )
        return [sla._prepare_portal_sla() for sla in slas]

    def _prepare_portal_attainment(self):
        """How many promises of the last months were kept, by kind of promise."""
        since = self._get_today() - relativedelta(months=ATTAINMENT_MONTHS)
        groups = self.env["support.sla"]._read_group(
            [
                *self._get_portal_sla_domain(),
                ("state", "in", DECIDED),
                ("date_start", ">=", since),
            ],
            ["kind"],
            ["__count", "attainment:sum"],
            order="kind desc",
        )
        kinds = dict(
            self.env["support.sla"]._fields["kind"]._description_selection(self.env)
        )
        return [
            {
                "kind": kind,
                "label": kinds[kind],
                "kept": round(kept / 100),
                "total": total,
                "percent": self.env._("%(percent)s %%", percent=f"{kept / total:.0f}"),
            }
            for kind, total, kept in groups
        ]

    def _prepare_portal_remedies(self):
        """Missed targets that are decided, with the way to their evidence."""
        return [
            {
                "month": format_date(self.env, remedy.month, date_format="LLLL y"),
                "asset": remedy.asset_id.name or "",
                "amount": self._format_portal_credit("money", remedy.amount),
                "accepted": remedy.state == "accepted",
                "kind": remedy.kind or "",
                "reason": remedy.reason or "",
                "url": f"{self.access_url}/remedy/{remedy.id}"
                if remedy.evidence_id
                else "",
            }
            for remedy in self._get_portal_remedies()
        ]

    def _get_portal_remedies(self):
        self.ensure_one()
        return self.remedy_ids.filtered(
            lambda remedy: remedy.state in ("accepted", "rejected")
        ).sorted("month", reverse=True)
