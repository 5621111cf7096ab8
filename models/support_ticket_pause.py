# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

PAUSES = [
    ("customer", "Waiting for the customer"),
    ("approval", "Waiting for an approval"),
]
#: A closed ticket that is opened again was not anybody's work in between.
CLOSED = "closed"


class SupportTicketPause(models.Model):
    """A time in which the clock of a ticket's resolution did not run, and why.

    Made from the stages that a ticket goes through; nobody writes it by hand.
    """

    _name = "support.ticket.pause"
    _inherit = ["support.ledger"]
    _description = "Ticket Pause"
    _order = "ticket_id, date_from, id"
    _rec_name = "reason"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one(
        related="ticket_id.company_id", store=True, precompute=True
    )
    reason = fields.Selection(
        [*PAUSES, (CLOSED, "Closed")], required=True, readonly=True
    )
    date_from = fields.Datetime(required=True, readonly=True)
    date_to = fields.Datetime(readonly=True, help="Empty as long as it lasts.")

    # Two requests that pause a ticket at once: the second one is replayed.
    _one_open = models.UniqueIndex("(ticket_id) WHERE date_to IS NULL")


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    support_pause = fields.Selection(
        PAUSES,
        string="Stops the clock",
        groups="base.group_user",
        help="While a ticket is in this stage, the time to its resolution does not "
        "run. The time to a response always does.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"support_pause", "closed"}:
            # Whose tickets are in the stage does not depend on who changes it.
            tickets = self.env["helpdesk.ticket"].sudo()
            tickets.search(
                [("stage_id", "in", self.ids), ("support_level_id", "!=", False)]
            )._sync_sla()
        return result

    @api.model
    def _init_support_pauses(self):
        """The stage that comes with helpdesk_mgmt waits for the customer."""
        stage = self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_stage_awaiting", raise_if_not_found=False
        )
        if stage:
            stage.support_pause = "customer"

    @api.onchange("closed")
    def _onchange_closed_pause(self):
        if self.closed:
            self.support_pause = False
