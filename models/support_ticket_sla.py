# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import sla as engine
from . import support_adapter as adapter
from .support_ticket_pause import CLOSED

#: Facts of a ticket that its deadlines follow.
SLA_FACTS = {
    "active",
    "asset_id",
    "closed_date",
    "company_id",
    "partner_id",
    "priority",
    "request_date",
    "stage_id",
    "support_contract_id",
    "team_id",
    "user_id",
}


class SupportTicketSla(models.AbstractModel):
    """What the service level promises for a ticket, until when, and what came of it."""

    _name = "support.ticket.sla"
    _description = "Helpdesk Ticket: Service Level"

    support_sla_ids = fields.One2many(
        "support.sla", "ticket_id", string="Targets", groups="base.group_user"
    )
    support_pause_ids = fields.One2many(
        "support.ticket.pause", "ticket_id", string="Pauses", groups="base.group_user"
    )
    support_response_date = fields.Datetime(
        string="Responded",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The first act of a person: taking the ticket, a message to the customer, "
        "or work.",
    )
    support_due_date = fields.Datetime(
        string="Due",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="The next deadline of the service level.",
    )
    support_due_kind = fields.Selection(
        [("response", "Response"), ("resolution", "Resolution")],
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    support_sla_state = fields.Selection(
        [
            ("running", "On time"),
            ("warning", "Due soon"),
            ("breached", "Late"),
            ("paused", "Paused"),
            ("met", "Done in time"),
        ],
        string="Service level state",
        readonly=True,
        copy=False,
        index=True,
        groups="base.group_user",
    )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._note_assignment(vals_list)
        tickets._sync_sla()
        tickets._tell_service_window()
        return tickets

    def write(self, vals):
        before = {ticket: ticket.user_id for ticket in self}
        result = super().write(vals)
        if vals.get("user_id"):
            assigned = self.filtered(lambda ticket: ticket.user_id != before[ticket])
            assigned._note_assigned()
        if vals.keys() & SLA_FACTS:
            self._sync_sla()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_breached(self):
        # A missed target is evidence, whoever may read it.
        for ticket in self.sudo():
            if "breached" in ticket.support_sla_ids.mapped("state"):
                raise UserError(
                    self.env._(
                        "A target of ticket %(ticket)s was missed, so it cannot be "
                        "deleted: close or archive it.",
                        ticket=ticket.display_name,
                    )
                )

    # -- The first act of a person -------------------------------------------------

    def _note_assignment(self, vals_list):
        assigned = self.browse(
            ticket.id
            for ticket, vals in zip(self, vals_list, strict=True)
            if ticket.user_id and vals.get("user_id")
        )
        assigned._note_assigned()

    @api.model
    def _is_human_act(self):
        """Whether a person of the desk is at work here: no robot, no customer."""
        user = self.env.user
        return user._is_internal() and user.id != self.env.ref("base.user_root").id

    def _note_assigned(self):
        """A person who takes tickets, or gives them to somebody, responds to them."""
        if self._is_human_act():
            now = fields.Datetime.now()
            self._note_acts({ticket: now for ticket in self})

    @api.model
    def _note_acts(self, moments):
        """Note acts of people that came first: ``{ticket: Datetime}``."""
        first = self.browse()
        for ticket, moment in moments.items():
            known = ticket.sudo().support_response_date
            if not known or moment < known:
                # Only noted: no fact that other doors of the ticket watch.
                models.BaseModel.write(
                    ticket.sudo(),  # the system notes what people did
                    {"support_response_date": moment},
                )
                first |= ticket
        if first:
            first._sync_sla()

    def _note_messages(self, messages):
        """A message of a person of the desk to the customer is a response."""
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
                self._note_acts({ticket: message.date for ticket in self})

    # -- Deadlines -----------------------------------------------------------------

    def _sync_sla(self):
        """Have deadlines and outcomes follow the facts, for a batch of tickets."""
        # Deadlines follow from facts, whoever may read contracts and levels.
        tickets = self.sudo().filtered(lambda ticket: ticket.active)
        now = fields.Datetime.now()
        tickets._sync_pauses(now)
        promised = tickets.filtered(
            lambda ticket: ticket.support_level_id or ticket.support_sla_ids
        )
        changes = []
        for ticket in promised:
            known = {sla.kind: sla for sla in ticket.support_sla_ids}
            for kind in engine.KINDS:
                sla = known.get(kind, ticket.support_sla_ids.browse())
                values = ticket._prepare_sla(kind, sla, now)
                if values:
                    changes.append((sla, values))
        if changes:
            self.env["support.sla"].sudo()._record(changes, now)
        promised._note_due()

    def _sync_pauses(self, now):
        """End pauses that are over, and begin those of the stages of tickets."""
        open_pauses = self.env["support.ticket.pause"].search(
            [("ticket_id", "in", self.ids), ("date_to", "=", False)]
        )
        by_ticket = {pause.ticket_id: pause for pause in open_pauses}
        begun = []
        for ticket in self:
            stage = ticket.stage_id
            reason = CLOSED if stage.closed else stage.support_pause
            pause = by_ticket.get(ticket)
            if pause and pause.reason != reason:
                pause.date_to = now
                pause = None
            if reason and not pause:
                begun.append(
                    {
                        "ticket_id": ticket.id,
                        "reason": reason,
                        "date_from": ticket._get_stage_since(now),
                    }
                )
        # A pause must have ended before the next one begins.
        open_pauses.flush_recordset()
        self.env["support.ticket.pause"].create(begun)

    def _get_stage_since(self, now):
        """Since when the ticket has been in its stage, as far as that is known."""
        self.ensure_one()
        known = self.closed_date if self.closed else self.last_stage_update
        return min(filter(None, (known, now)))

    def _get_closed_date(self):
        """Since when the ticket is closed, or False."""
        self.ensure_one()
        pause = self.support_pause_ids.filtered(
            lambda pause: pause.reason == CLOSED and not pause.date_to
        )
        return pause.date_from if self.closed else False

    def _get_targets(self, sla):
        """Engine targets of the level; of a closed ticket that which it had."""
        if self.closed and sla and sla.state != "void":
            return adapter.to_recorded_target(sla)
        return self.support_level_id._get_engine_targets()

    def _assess_sla(self, kind, sla, now):
        """The engine's clock of a kind of target, or None if nothing is promised."""
        self.ensure_one()
        contract = self.support_contract_id
        if not contract or not self.support_level_id:
            return None
        done = (
            self.support_response_date or self._get_closed_date()
            if kind == engine.RESPONSE
            else self._get_closed_date()
        )
        return engine.assess(
            self._get_targets(sla),
            kind,
            contract.calendar_id._get_support_opening(contract.company_id),
            adapter.to_instant(self.request_date),
            always=contract.service_window == "always",
            priority=int(self.priority or 0),
            pauses=[
                (adapter.to_instant(pause.date_from), adapter.to_instant(pause.date_to))
                for pause in self.support_pause_ids
            ],
            done=adapter.to_instant(done),
            moment=adapter.to_instant(now),
        )

    def _prepare_sla(self, kind, sla, now):
        """What changes of ``sla``, or all of a new one; nothing if there is none."""
        clock = self._assess_sla(kind, sla, now)
        if clock is None:
            if not sla or sla.state == "void":
                return None
            return {"state": "void", "date_next": False, "attainment": 0.0}
        values = {
            **adapter.sla_values(clock),
            "contract_id": self.support_contract_id.id,
            "commercial_partner_id": self.commercial_partner_id.id,
            "asset_id": self.asset_id.id,
            "level_id": self.support_level_id.id,
            "company_id": self.company_id.id,
        }
        warned = sla.warned
        if values["date_deadline"] != sla.date_deadline:
            # Another deadline: what was warned of has not come yet.
            warned = 0
        values["warned"] = warned
        values["date_next"] = (
            sla._next_of(
                values["date_warning"],
                values["date_warning_last"],
                values["date_deadline"],
                warned,
            )
            if clock.state == engine.RUNNING
            else False
        )
        if not sla:
            return {**values, "ticket_id": self.id, "kind": kind}
        return {
            name: value
            for name, value in values.items()
            if sla._fields[name].convert_to_write(sla[name], sla) != value
        }

    def _note_due(self):
        """What the lists show: the next deadline, and how it stands."""
        for ticket in self:
            slas = ticket.support_sla_ids.filtered(lambda sla: sla.state != "void")
            due = slas.filtered(
                lambda sla: sla.date_deadline and not sla.date_done
            ).sorted("date_deadline")[:1]
            values = {
                "support_due_date": due.date_deadline,
                "support_due_kind": due.kind,
                "support_sla_state": slas._get_summary(),
            }
            changed = {
                name: value for name, value in values.items() if ticket[name] != value
            }
            if changed:
                # Only shown: no fact of the ticket changes.
                models.BaseModel.write(ticket, changed)

    # -- Who else changes them -----------------------------------------------------

    @api.model
    def _sync_open_slas(self, field, records):
        """Have the deadlines of open tickets follow new terms, before the commit.

        ``field`` of a ticket leads to the ``records`` that have changed. A form that
        saves ten lines of a calendar recomputes its tickets once.
        """
        stale = self.env.cr.precommit.data.setdefault("prepaid_support.slas", {})
        if not stale:
            self.env.cr.precommit.add(self._sync_stale_slas)
        stale.setdefault(field, set()).update(records.ids)

    @api.model
    def _sync_stale_slas(self):
        stale = self.env.cr.precommit.data.pop("prepaid_support.slas", {})
        domains = [Domain(field, "in", list(ids)) for field, ids in stale.items()]
        # Whose tickets they are does not depend on who changes the terms.
        tickets = self.sudo().search(
            Domain("stage_id.closed", "=", False) & Domain.OR(domains), order="id"
        )
        tickets._sync_sla()
