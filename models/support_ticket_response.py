# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class SupportTicketResponse(models.AbstractModel):
    """When a person of the desk first saw to a ticket.

    By taking it, giving it to somebody, answering the customer, closing it, or by time.
    No stage, robot or customer responds.
    """

    _name = "support.ticket.response"
    _description = "Helpdesk Ticket: Response"

    support_response_date = fields.Datetime(
        string="Responded",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The first act of a person: taking the ticket, a message to the customer, "
        "or work.",
    )
    support_touch_date = fields.Datetime(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The first act that is no time: taking, answering or closing it.",
    )

    def _note_assignment(self, vals_list):
        assigned = self.browse(
            ticket.id
            for ticket, vals in zip(self, vals_list, strict=True)
            if ticket.user_id and vals.get("user_id")
        )
        assigned._note_person()

    @api.model
    def _is_human_act(self):
        """Whether a person of the desk is at work here: no robot, no customer."""
        user = self.env.user
        return user._is_internal() and user.id != self.env.ref("base.user_root").id

    def _note_person(self):
        """Whoever of the desk takes, gives or closes tickets responds to them."""
        if self and self._is_human_act():
            self._note_touch(fields.Datetime.now())

    def _note_messages(self, messages):
        """A message of a person of the desk to the customer is a response.

        It is one of now: the date of a mail is what its sender says.
        """
        comment = self.env.ref("mail.mt_comment")
        robot = self.env.ref("base.partner_root")
        # Who wrote it is no secret to those who post.
        for message in messages.sudo():
            author = message.author_id
            if (
                message.subtype_id == comment
                and message.message_type in ("comment", "email", "email_outgoing")
                and author != robot
                and any(user._is_internal() for user in author.user_ids)
            ):
                # Who asks is no responder, though of the desk.
                asked = self.filtered(lambda ticket, a=author: ticket.partner_id != a)
                asked._note_touch(fields.Datetime.now())

    def _note_touch(self, moment):
        """Note an act that leaves no time: taking, answering or closing a ticket."""
        # The system notes what people did.
        fresh = self.sudo().filtered(lambda ticket: not ticket.support_touch_date)
        if fresh:
            # Only noted: no fact that other doors of the ticket watch.
            models.BaseModel.write(fresh, {"support_touch_date": moment})
            self._note_acts(dict.fromkeys(self, moment))

    @api.model
    def _note_acts(self, moments):
        """Note acts of people that came first: ``{ticket: Datetime}``."""
        first = self.browse()
        for ticket, moment in moments.items():
            # Compared only: people who act need not read it.
            known = ticket.sudo().support_response_date
            if not known or moment < known:
                ticket._set_response(moment)
                first |= ticket
        first._sync_promised()

    def _sync_promised(self):
        """``_sync_sla`` of those to which something is promised: a response changes
        nothing of others, and every hour that is logged passes here."""
        promised = self.filtered(
            # Who notes an act need not see what was promised.
            lambda ticket: (
                ticket.sudo().support_level_id or ticket.sudo().support_sla_state
            )
        )
        if promised:
            promised._sync_sla()

    def _set_response(self, moment):
        models.BaseModel.write(
            self.sudo(),  # the system notes what people did
            {"support_response_date": moment},
        )

    def _find_response(self):
        """Find the first act anew, where time was taken off tickets."""
        changed = self.browse()
        # Time counts, whoever may read it.
        lines = self.env["account.analytic.line"].sudo()
        worked = {}
        for line in lines.search([("ticket_id", "in", self.ids)]):
            moment = line._get_response_moment()
            if moment:
                known = worked.get(line.ticket_id.id, moment)
                worked[line.ticket_id.id] = min(moment, known)
        for ticket in self:
            # Compared only: whoever takes time away need not read the ticket.
            known = [worked.get(ticket.id), ticket.sudo().support_touch_date]
            first = min(filter(None, known), default=False)
            if first != ticket.sudo().support_response_date:
                ticket._set_response(first)
                changed |= ticket
        changed._sync_promised()
