# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine import sla as engine
from ..tools import BILLING_MANAGER, DISPATCHER, check_group
from . import support_adapter as adapter
from .support_adapter_sla import sla_values, to_recorded_target
from .support_contract_portal_sla import DECIDED
from .support_ticket_pause import CLOSED

#: Facts of a ticket that its deadlines follow.
SLA_FACTS = {
    "active",
    "asset_id",
    "company_id",
    "duplicate_id",
    "partner_id",
    "priority",
    "request_date",
    "stage_id",
    "support_contract_id",
    "team_id",
    "user_id",
}
#: Facts that decide whose promise a missed one was.
BREACH_FACTS = {"asset_id", "company_id", "partner_id", "request_date"}
#: Made by the system; no request sets them.
BOOKKEEPING = {
    "support_due_date",
    "support_due_kind",
    "support_level_id",
    "support_response_date",
    "support_sla_stale",
    "support_sla_state",
    "support_touch_date",
    "support_window_told",
}
#: Tickets whose deadlines are worked out anew in one go.
AT_ONCE = 500


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
    support_sla_stale = fields.Boolean(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Its terms have changed, and its deadlines follow soon.",
    )
    _support_stale_index = models.Index("(id) WHERE support_sla_stale IS TRUE")
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
        clean = self._without_own_defaults()
        tickets = super(SupportTicketSla, clean).create(
            [
                {name: value for name, value in vals.items() if name not in BOOKKEEPING}
                for vals in vals_list
            ]
        )
        tickets = tickets.with_env(self.env)
        tickets._note_assignment(vals_list)
        tickets._sync_sla()
        tickets._tell_service_window()
        return tickets

    def write(self, vals):
        if vals.keys() & BOOKKEEPING:
            raise AccessError(
                self.env._(
                    "Deadlines, and when somebody has responded, follow from what is "
                    "done on a ticket. They cannot be set."
                )
            )
        self._check_breached(vals)
        before = {
            ticket: (ticket.user_id, ticket.closed)
            for ticket in self
            if vals.keys() & {"user_id", "stage_id"}
        }
        result = super().write(vals)
        # Whoever gives a ticket to somebody, or closes it, has seen to it.
        self.browse(
            ticket.id
            for ticket, (user, closed) in before.items()
            if (ticket.user_id and ticket.user_id != user)
            or (ticket.closed and not closed)
        )._note_person()
        if vals.keys() & SLA_FACTS:
            self._sync_sla()
        return result

    @api.model
    def _without_own_defaults(self):
        """Without defaults in the context for what nobody can set."""
        own = {f"default_{name}" for name in BOOKKEEPING}
        if not own & self.env.context.keys():
            return self
        context = {k: v for k, v in self.env.context.items() if k not in own}
        return self.with_context(context)  # pylint: disable=context-overridden

    def _check_breached(self, vals):
        """Whose ticket it is, and since when, a dispatcher corrects once it is late.

        Otherwise whoever is late could have the missed target forgotten.
        """
        facts = vals.keys() & BREACH_FACTS
        if not facts or self.env.su:
            return
        # Whether a target was missed does not depend on who asks.
        for ticket in self.sudo():
            if "breached" in ticket.support_sla_ids.mapped("state") and any(
                ticket._fields[name].convert_to_cache(vals[name], ticket)
                != ticket._fields[name].convert_to_cache(ticket[name], ticket)
                for name in facts
            ):
                check_group(self.env, DISPATCHER, BILLING_MANAGER)

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

    # -- Deadlines -----------------------------------------------------------------

    def _sync_sla(self, terms=False):
        """Have deadlines and outcomes follow the facts, for a batch of tickets.

        ``terms``: what has changed is what is promised, not the tickets. Then nothing
        is missed at once that was not missed before, and what was not promised before
        is promised from now on.
        """
        # Deadlines follow from facts, whoever may read contracts and levels.
        tickets = self.sudo()
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
                values = ticket._prepare_sla(kind, sla, now, terms)
                if values:
                    changes.append((sla, values))
        if changes:
            # Clocks are the system's to write.
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
                # Now, whatever dates a request may have sent.
                begun.append(
                    {"ticket_id": ticket.id, "reason": reason, "date_from": now}
                )
        # A pause must have ended before the next one begins.
        open_pauses.flush_recordset()
        self.env["support.ticket.pause"].create(begun)

    def _get_done(self, kind):
        """When what is promised was done, or False."""
        self.ensure_one()
        if kind == engine.RESPONSE:
            return self.support_response_date
        if not self.closed:
            return False
        closed = self.support_pause_ids.filtered(
            lambda pause: pause.reason == CLOSED and not pause.date_to
        )
        return closed.date_from

    def _is_promised(self, kind, sla):
        """Whether the service level has anything to say here.

        Not for tickets that are thrown away or answered elsewhere, nor for those that
        were closed from the beginning, as history is imported. Where a customer
        closes a ticket that nobody has answered, no response is due any more.
        """
        self.ensure_one()
        if not self.support_contract_id or not self.support_level_id:
            return False
        if not self.active or self.duplicate_id:
            return False
        if self.closed:
            return bool(sla) and bool(self._get_done(kind))
        return True

    def _prepare_sla(self, kind, sla, now, terms=False):
        """What changes of ``sla``, or all of a new one; nothing if there is none."""
        if sla._is_decided_for(self):
            values = self._prepare_decided(kind, sla)
            if values is not None:
                return sla._filter_changes(values)
        if not self._is_promised(kind, sla):
            if not sla or sla.state in ("void", *DECIDED):
                return None
            return {"state": "void", "date_next": False, "attainment": 0.0}
        since = self._get_promised_since(sla, now, terms)
        clock = self._assess_sla(kind, sla, now, since)
        if clock is None:
            if not sla or sla.state == "void":
                return None
            return {"state": "void", "date_next": False, "attainment": 0.0}
        values = {
            **sla_values(clock),
            "contract_id": self.support_contract_id.id,
            "commercial_partner_id": self.commercial_partner_id.id,
            "asset_id": self.asset_id.id,
            "level_id": self.support_level_id.id,
            "company_id": self.company_id.id,
            "date_request": self.request_date,
            "date_promised": since,
        }
        if terms and clock.state == engine.BREACHED and sla.state != "breached":
            # What was promised before holds, or nothing was.
            return None
        values["warned"] = engine.warned_of(
            clock.warnings, sla.warned, adapter.to_instant(now)
        )
        values["date_next"] = (
            adapter.to_stored(
                engine.next_event(clock.warnings, clock.deadline, values["warned"])
            )
            if clock.state == engine.RUNNING
            else False
        )
        if not sla:
            return {**values, "ticket_id": self.id, "kind": kind}
        return sla._filter_changes(values)

    def _prepare_decided(self, kind, sla):
        """What is decided keeps its deadline; only when it was done may be corrected.

        None where a ticket that was closed in time is open again: its clock goes on.
        """
        done = self._get_done(kind)
        if not done:
            return None if sla.state == "met" else {}
        due, done = adapter.to_instant(sla.date_deadline), adapter.to_instant(done)
        state = engine.outcome(due, done)
        return {
            "date_done": adapter.to_stored(done),
            "state": state,
            "late_minutes": engine.late_minutes(due, done),
            "attainment": 100.0 if state == engine.MET else 0.0,
        }

    def _get_promised_since(self, sla, now, terms):
        """The moment from which a promise counts that is younger than the request."""
        fresh = not sla or sla.state == "void"
        reopened = any(
            pause.reason == CLOSED and pause.date_to == now
            for pause in self.support_pause_ids
        )
        if fresh and (terms or reopened):
            return now
        return sla.date_promised

    def _get_targets(self, sla):
        """Engine targets: that which was decided, where only the request is corrected,
        else those of the level."""
        same = (
            sla.contract_id == self.support_contract_id
            and sla.asset_id == self.asset_id
        )
        if sla.state in DECIDED and same and self.closed:
            return to_recorded_target(sla)
        return self.support_level_id._get_engine_targets()

    def _assess_sla(self, kind, sla, now, since):
        """The engine's clock of a kind of target, or None if nothing is promised."""
        self.ensure_one()
        contract = self.support_contract_id
        request = max(filter(None, (self.request_date, since)))
        return engine.assess(
            self._get_targets(sla),
            kind,
            contract.calendar_id._get_support_opening(contract.company_id),
            adapter.to_instant(request),
            always=contract.service_window == "always",
            priority=int(self.priority or 0),
            pauses=[
                (adapter.to_instant(pause.date_from), adapter.to_instant(pause.date_to))
                for pause in self.support_pause_ids
            ],
            done=adapter.to_instant(self._get_done(kind)),
            moment=adapter.to_instant(now),
        )

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
        if len(tickets) <= AT_ONCE:
            tickets._sync_sla(terms=True)
            return
        # Nobody who saves a calendar waits for thousands of tickets.
        models.BaseModel.write(tickets, {"support_sla_stale": True})
        self.env.ref("prepaid_support.ir_cron_sla_events")._trigger()

    @api.model
    def _cron_sync_stale(self):
        """Have tickets follow terms that changed for many at once."""
        domain = [("support_sla_stale", "=", True)]
        # A job of the system, for the tickets of all companies.
        tickets = self.sudo()
        progress = self.env["ir.cron"]._commit_progress
        while batch := tickets.search(domain, limit=AT_ONCE, order="id"):
            batch._sync_sla(terms=True)
            models.BaseModel.write(batch, {"support_sla_stale": False})
            if not progress(len(batch)):
                return False
        return True
