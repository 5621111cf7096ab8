# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, time, timedelta

from odoo import api, fields, models

from ..engine.terms import quarter, quarter_name

#: So many urgent requests in a quarter show that the level does not fit.
URGENT_LIMIT = 3


class SupportContractUrgent(models.AbstractModel):
    """Asks the account manager to rediscuss a level that urgent requests outrun."""

    _name = "support.contract.urgent"
    _description = "Support Contract: Urgent Requests"

    urgent_told = fields.Json(
        string="Quarters with too many urgent requests",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The account manager was asked about these already.",
    )

    @api.model
    def _count_urgent(self, days):
        """Ask once per contract and quarter, when it has the third urgent request.

        :param days: ``{contract: days of the quarters in question}``
        """
        wanted = {
            (contract, quarter_name(day)): quarter(day)
            for contract, some in days.items()
            for day in some
            if quarter_name(day) not in (contract.urgent_told or ())
        }
        if not wanted:
            return
        found = self._get_urgent_tickets(wanted)
        for (contract, name), tickets in found.items():
            if (contract, name) in wanted and len(tickets) >= URGENT_LIMIT:
                contract._tell_urgent(name, tickets[:URGENT_LIMIT])

    @api.model
    def _get_urgent_tickets(self, wanted):
        """Urgent tickets of each contract and quarter, the first request first."""
        first = min(first for first, _last in wanted.values())
        last = max(last for _first, last in wanted.values())
        # Their zone may be a day away from UTC.
        tickets = (
            self.env["helpdesk.ticket"]
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("support_contract_id", "in", [c.id for c, _name in wanted]),
                    ("urgent", "=", True),
                    (
                        "request_date",
                        ">=",
                        datetime.combine(first - timedelta(1), time.min),
                    ),
                    (
                        "request_date",
                        "<",
                        datetime.combine(last + timedelta(2), time.min),
                    ),
                ],
                ["support_contract_id", "request_date", "number", "name"],
                order="request_date, id",
            )
        )
        return tickets.grouped(
            lambda ticket: (ticket.support_contract_id, ticket._get_request_quarter())
        )

    def _tell_urgent(self, name, tickets):
        self.ensure_one()
        manager = self._get_account_manager()
        contract = self.with_context(lang=manager.lang or self.env.lang)
        contract.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=contract.env._(
                "Rediscuss the level: %(count)s urgent requests in %(quarter)s",
                count=len(tickets),
                quarter=name,
            ),
            note=contract.env._(
                "Urgent work is done with best effort, which is no substitute for a "
                "service level: %(tickets)s.",
                tickets=", ".join(tickets.mapped("display_name")),
            ),
            user_id=manager.id,
        )
        # This row is written, so that of two at the same time one is replayed.
        self._step(urgent_told=[*(self.urgent_told or ()), name])
