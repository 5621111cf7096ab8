# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import sla as engine
from . import support_adapter as adapter
from .support_contract_portal_sla import DECIDED

_logger = logging.getLogger(__name__)

#: What the scheduled action looks at in one go, and commits.
BATCH = 500
#: When it looks again at what it could not note.
RETRY = timedelta(hours=1)
KINDS = [("response", "Response"), ("resolution", "Resolution")]
STATES = [
    ("running", "Running"),
    ("paused", "Paused"),
    ("met", "Met"),
    ("breached", "Missed"),
    ("void", "No longer promised"),
]


class SupportSla(models.Model):
    """One promise to one ticket: the response, or the resolution, and how it went.

    Written by the system only (``helpdesk.ticket._sync_sla`` and the scheduled action),
    from what the engine says. It keeps level, target and deadline as they were, so that
    reports and refunds have their evidence.
    """

    _name = "support.sla"
    _inherit = ["support.ledger", "support.sla.portal", "support.sla.remedy"]
    _description = "Service Level Clock"
    _order = "date_deadline, id"
    _rec_name = "kind"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(KINDS, string="Time to", required=True, readonly=True)
    contract_id = fields.Many2one(
        "support.contract", ondelete="restrict", readonly=True, index=True
    )
    commercial_partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index=True
    )
    asset_id = fields.Many2one(
        "support.asset", ondelete="restrict", readonly=True, index="btree_not_null"
    )
    level_id = fields.Many2one(
        "support.level", ondelete="restrict", readonly=True, index=True
    )
    window = fields.Selection(
        [("business", "In business hours"), ("outside", "Outside business hours")],
        string="Request came in",
        readonly=True,
    )
    minutes = fields.Integer(string="Within (min)", readonly=True)
    clock = fields.Selection(
        [("elapsed", "Elapsed time"), ("working", "Time in business hours")],
        readonly=True,
    )
    state = fields.Selection(STATES, required=True, readonly=True, index=True)
    date_request = fields.Datetime(
        string="Requested", readonly=True, help="As it was known when it was decided."
    )
    date_promised = fields.Datetime(
        string="Promised since",
        readonly=True,
        help="Where the promise is younger than the request.",
    )
    date_start = fields.Datetime(
        string="Counts from",
        readonly=True,
        help="When the request came in, or the desk opened after it.",
    )
    date_deadline = fields.Datetime(
        string="Due", readonly=True, help="Empty while a pause holds it off."
    )
    date_done = fields.Datetime(string="Done", readonly=True)
    date_warning = fields.Datetime(string="75 % at", readonly=True)
    date_warning_last = fields.Datetime(string="90 % at", readonly=True)
    warned = fields.Integer(
        string="Warned at (%)",
        readonly=True,
        aggregator=None,
        export_string_translation=False,
    )
    date_next = fields.Datetime(
        string="Next event",
        readonly=True,
        help="When the scheduled action has to look at it again: a warning or the "
        "deadline.",
    )
    paused_minutes = fields.Integer(
        string="Paused (min)", readonly=True, help="In hours of its own clock."
    )
    late_minutes = fields.Integer(
        string="Late (min)",
        readonly=True,
        help="From the deadline until it was done, elapsed.",
    )
    attainment = fields.Float(
        string="Attainment (%)",
        readonly=True,
        aggregator="avg",
        help="100 where the promise was kept, 0 where it was not.",
    )
    event_ids = fields.One2many("support.sla.event", "sla_id", string="Events")

    _ticket_kind = models.UniqueIndex("(ticket_id, kind)")
    # The scheduled action finds what is due without looking at anything else.
    _date_next_index = models.Index("(date_next) WHERE date_next IS NOT NULL")

    @api.depends("ticket_id", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for sla in self:
            # Who reads the clock may know which ticket it is of.
            number = sla.sudo().ticket_id.number
            sla.display_name = f"{number}: {kinds.get(sla.kind)}"

    def _get_summary(self):
        """How a ticket with these promises stands, for its list."""
        open_slas = self.filtered(lambda sla: not sla.date_done)
        if "breached" in open_slas.mapped("state"):
            return "breached"
        running = open_slas.filtered(lambda sla: sla.state == "running")
        if any(running.mapped("warned")):
            return "warning"
        if running:
            return "running"
        if open_slas:
            return "paused"
        states = set(self.mapped("state"))
        return "breached" if "breached" in states else "met" if states else False

    def _is_decided_for(self, ticket):
        """Whether it is decided, for the facts that the ticket has."""
        return (
            self.state in DECIDED
            and self.contract_id == ticket.support_contract_id
            and self.asset_id == ticket.asset_id
            and self.date_request == ticket.request_date
        )

    def _filter_changes(self, values):
        """Of ``values`` those that differ."""
        self.ensure_one()
        return {
            name: value
            for name, value in values.items()
            if self._fields[name].convert_to_write(self[name], self) != value
        }

    # -- Writing, by the system ----------------------------------------------------

    @api.model
    def _record(self, changes, now):
        """Store what the engine found, with an event for each turn it takes.

        ``changes``: ``[(record or empty, values), …]``. Breaches propose their remedy,
        and one that turns out to be none takes its proposal back.
        """
        create = [values for sla, values in changes if not sla]
        update = [(sla, values) for sla, values in changes if sla]
        before = {sla: (sla.state, sla.date_deadline) for sla, _values in update}
        for sla, values in update:
            sla.write(values)
        made = self.create(create)
        events = [made._prepare_event(sla, "start", sla.date_start) for sla in made]
        for sla in made.filtered(lambda sla: sla.state != "running"):
            events.append(sla._prepare_turn(now))
        for sla, _values in update:
            state, deadline = before[sla]
            if sla.state != state:
                events.append(sla._prepare_turn(now, state))
            elif sla.date_deadline != deadline:
                events.append(self._prepare_event(sla, "moved", now))
        self.env["support.sla.event"].create(events)
        changed = made | self.union(*before)
        was = {sla: state for sla, (state, _deadline) in before.items()}
        changed._follow_up(was)
        return changed

    def _follow_up(self, was):
        """What a new state means to people. ``was``: former states by record."""
        breached = self.filtered(lambda sla: sla.state == "breached")
        breached._propose_remedies()
        (self - breached).filtered(
            lambda sla: was.get(sla) == "breached"
        )._withdraw_remedies()
        self.ticket_id._refresh_alarms()

    def _prepare_turn(self, now, state=None):
        """The event of a state that is new."""
        self.ensure_one()
        if self.state == "breached":
            return self._prepare_event(self, "breach", self.date_deadline)
        if state == "breached":
            return self._prepare_event(self, "undone", now)
        if self.state == "met":
            return self._prepare_event(self, "met", self.date_done)
        names = {"paused": "pause", "running": "resume", "void": "void"}
        return self._prepare_event(self, names[self.state], now)

    @api.model
    def _prepare_event(self, sla, event, date):
        return {
            "sla_id": sla.id,
            "event": event,
            "date": date,
            "date_deadline": sla.date_deadline,
        }

    # -- Scheduled action ----------------------------------------------------------

    @api.model
    def _cron_sla_events(self):
        """Warn at 75 and 90 % of a target, and note a breach at its instant.

        What is due is found by the index on ``date_next``. A run that comes late
        dates the breach at the deadline all the same.
        """
        now = fields.Datetime.now()
        domain = [("date_next", "<", now)]
        # A job of the system, for the tickets of all companies.
        Sla = self.sudo()
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=Sla.search_count(domain, limit=10 * BATCH))
        if not self.env["helpdesk.ticket"]._cron_sync_stale():
            return
        while due := Sla.search(domain, order="date_next", limit=BATCH):
            due._fire_or_skip(now)
            if not progress(len(due)):
                break

    def _fire_or_skip(self, now):
        """``_fire``; where one record fails, the others do not wait for it.

        That one is tried again in an hour, and stands in the log.
        """
        try:
            with self.env.cr.savepoint():
                self._fire(now)
                self.env.flush_all()
        except OperationalError:
            # Another transaction was first: the job runs again.
            raise
        except Exception:
            self.env.invalidate_all()
            if len(self) > 1:
                for sla in self:
                    sla._fire_or_skip(now)
                return
            _logger.exception("Service level clock %s cannot be noted", self.id)
            self.date_next = now + RETRY

    def _fire(self, now):
        """Note what has come for each record of a batch until ``now``."""
        was = {sla: sla.state for sla in self}
        events = []
        moment = adapter.to_instant(now)
        for sla in self:
            event = engine.event_at(*sla._get_instants(), sla.warned, moment)
            if event == engine.BREACHED:
                sla.write(sla._prepare_breached())
                events.append(self._prepare_event(sla, "breach", sla.date_deadline))
                continue
            if event:
                first = event == engine.WARNINGS[0]
                date = sla.date_warning if first else sla.date_warning_last
                sla.warned = event
                events.append(self._prepare_event(sla, f"warning_{event}", date))
            sla.date_next = sla._get_next()
        self.env["support.sla.event"].create(events)
        self._follow_up(was)
        self.ticket_id._note_due()

    def _get_instants(self):
        """Engine warnings and deadline, as they are stored."""
        self.ensure_one()
        dates = (self.date_warning, self.date_warning_last, self.date_deadline)
        first, last, deadline = map(adapter.to_instant, dates)
        return (first, last), deadline

    def _get_next(self):
        """The next instant at which a running clock needs a look."""
        return adapter.to_stored(engine.next_event(*self._get_instants(), self.warned))

    def _prepare_breached(self):
        return {"state": "breached", "date_next": False, "attainment": 0.0}

    # -- Telling people ------------------------------------------------------------

    def _get_alarm(self):
        """The promise that most needs somebody, of those of one ticket, if any."""
        urgent = self.filtered(
            lambda sla: (
                not sla.date_done
                and (sla.state == "breached" or (sla.state == "running" and sla.warned))
            )
        )
        return urgent.sorted("date_deadline")[:1]

    def _get_alarm_text(self):
        self.ensure_one()
        moment = self.contract_id._format_local(self.date_deadline)
        if self.state == "breached":
            if self.kind == "response":
                return self.env._("Response was due %(moment)s", moment=moment)
            return self.env._("Resolution was due %(moment)s", moment=moment)
        if self.kind == "response":
            return self.env._("Response is due %(moment)s", moment=moment)
        return self.env._("Resolution is due %(moment)s", moment=moment)

    # -- Guards --------------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        for sla in self:
            if sla.state in DECIDED:
                raise UserError(
                    self.env._(
                        "What was promised on ticket %(ticket)s, and whether it was "
                        "kept, stays on record.",
                        ticket=sla.ticket_id.display_name,
                    )
                )


class SupportSlaEvent(models.Model):
    """A turn of a service level clock: the evidence of a refund. Append-only."""

    _name = "support.sla.event"
    _inherit = ["support.ledger"]
    _description = "Service Level Event"
    _order = "date, id"
    _rec_name = "event"

    sla_id = fields.Many2one(
        "support.sla", required=True, ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one(
        related="sla_id.company_id", store=True, precompute=True
    )
    ticket_id = fields.Many2one(
        related="sla_id.ticket_id", store=True, precompute=True, index=True
    )
    kind = fields.Selection(related="sla_id.kind")
    event = fields.Selection(
        [
            ("start", "The clock started"),
            ("moved", "Another deadline"),
            ("pause", "Paused"),
            ("resume", "Went on"),
            ("warning_75", "75 % are over"),
            ("warning_90", "90 % are over"),
            ("breach", "Missed"),
            ("met", "Met"),
            ("undone", "Not missed after all"),
            ("void", "No longer promised"),
        ],
        required=True,
        readonly=True,
    )
    date = fields.Datetime(string="When", required=True, readonly=True)
    date_deadline = fields.Datetime(
        string="Due", readonly=True, help="As it was known then."
    )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._("Events of a service level are evidence and do not change.")
        )
