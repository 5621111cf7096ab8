# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.terms import quarter_name


class SupportTicketUrgent(models.AbstractModel):
    """Until when the customer wants it, and what many urgent requests lead to."""

    _name = "support.ticket.urgent"
    _description = "Helpdesk Ticket: Urgent"

    urgent_deadline = fields.Datetime(
        string="Wanted by",
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="What the customer hopes for. It is tried, and never guaranteed: the "
        "service level says what is.",
    )

    def write(self, vals):
        if "urgent" in vals and not vals["urgent"]:
            # The wish goes with what it belongs to.
            vals = {**vals, "urgent_deadline": False}
        return super().write(vals)

    @api.constrains("urgent", "urgent_deadline")
    def _check_urgent_deadline(self):
        for ticket in self:
            if ticket.urgent_deadline and not ticket.urgent:
                raise ValidationError(
                    self.env._(
                        "Wanted by: tick Urgent on %(ticket)s first, since only urgent "
                        "work is done faster than the service level says.",
                        ticket=ticket.display_name,
                    )
                )

    @api.constrains("urgent", "support_contract_id", "request_date")
    def _check_urgent_count(self):
        """Count urgent requests, by whatever door one comes in.

        It refuses nothing. It is a constraint because those follow every way to change
        a ticket, also a contract that is found anew.
        """
        # That somebody is asked does not depend on who may see the tickets.
        days = {}
        for ticket in self.sudo().filtered("urgent"):
            contract = ticket.support_contract_id
            if contract:
                day = contract._get_local_day(ticket.request_date)
                days.setdefault(contract, set()).add(day)
        # Requests are counted, whoever makes one.
        self.env["support.contract"].sudo()._count_urgent(days)

    def _get_request_quarter(self):
        """The calendar quarter of the request, in the contract's zone."""
        self.ensure_one()
        contract = self.support_contract_id
        return quarter_name(contract._get_local_day(self.request_date))
