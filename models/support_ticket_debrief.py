# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import is_html_empty

DEBRIEF_ACTIVITY = "prepaid_support.mail_activity_type_debrief"
DEBRIEF_TEXTS = ("debrief_what", "debrief_prevention")
#: The priority from which "high" debriefs.
HIGH = "2"


class SupportTicketDebrief(models.AbstractModel):
    """What an incident taught: what happened, and what prevents it."""

    _name = "support.ticket.debrief"
    _description = "Helpdesk Ticket: Debrief"

    debrief_what = fields.Html(
        string="What happened", copy=False, groups="base.group_user"
    )
    debrief_prevention = fields.Html(
        string="What prevents it", copy=False, groups="base.group_user"
    )
    debrief_user_id = fields.Many2one(
        "res.users",
        string="Debriefed by",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    debrief_date = fields.Datetime(
        string="Debriefed on",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
    )
    debrief_published = fields.Boolean(
        string="Show it to the customer",
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="On the ticket's page in the portal.",
    )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # Who wrote it and when is what happened, not what somebody sends.
        blank = {"debrief_user_id": False, "debrief_date": False}
        tickets = super().create([{**vals, **blank} for vals in vals_list])
        written = tickets.filtered(lambda ticket: ticket._is_debriefed())
        super(SupportTicketDebrief, written).write(self._prepare_debrief_author(True))
        return tickets

    def write(self, vals):
        signed = ("debrief_user_id", "debrief_date")
        vals = {name: vals[name] for name in vals if name not in signed}
        if not vals.keys() & set(DEBRIEF_TEXTS):
            return super().write(vals)
        before = {ticket: ticket._get_debrief() for ticket in self}
        result = super().write(vals)
        changed = self.filtered(lambda ticket: ticket._get_debrief() != before[ticket])
        written = changed.filtered(lambda ticket: ticket._is_debriefed())
        # Past our own write, which takes the author from nobody.
        super(SupportTicketDebrief, written).write(self._prepare_debrief_author(True))
        super(SupportTicketDebrief, changed - written).write(
            self._prepare_debrief_author(False)
        )
        # Whoever was asked for it need not do it any more.
        written.sudo().activity_unlink([DEBRIEF_ACTIVITY])
        return result

    @api.model
    def _prepare_debrief_author(self, written):
        return {
            "debrief_user_id": written and self.env.uid,
            "debrief_date": written and fields.Datetime.now(),
        }

    def _get_debrief(self):
        self.ensure_one()
        return tuple(self[name] for name in DEBRIEF_TEXTS)

    def _is_debriefed(self):
        """Whether there is any text; an empty paragraph is none."""
        self.ensure_one()
        return not all(is_html_empty(text) for text in self._get_debrief())

    # -- The reminder --------------------------------------------------------------

    @api.constrains("stage_id")
    def _check_debrief(self):
        """Remind of a debrief when a ticket is closed, by whatever door.

        It refuses nothing: a ticket can always be closed.
        """
        # Whom to remind does not depend on who closes the ticket.
        waiting = self.sudo().filtered(lambda ticket: ticket._lacks_debrief())
        if not waiting:
            return
        asked = waiting.activity_search([DEBRIEF_ACTIVITY]).mapped("res_id")
        for ticket in waiting.filtered(lambda ticket: ticket.id not in asked):
            user = ticket.user_id or ticket.support_contract_id._get_account_manager()
            reader = ticket.with_context(lang=user.lang or self.env.lang)
            reader.activity_schedule(
                DEBRIEF_ACTIVITY,
                summary=reader.env._("Debrief: what happened, and what prevents it"),
                user_id=user.id,
            )

    def _lacks_debrief(self):
        self.ensure_one()
        rule = self.support_contract_id.debrief_required
        concerned = rule == "all" or (
            rule == "high" and (self.urgent or (self.priority or "0") >= HIGH)
        )
        return concerned and self.closed and not self._is_debriefed()
