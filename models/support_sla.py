# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import sla as engine
from .support_contract_portal_sla import DECIDED

#: What the scheduled action looks at in one go, and commits.
BATCH = 500
SLA_ACTIVITY = "prepaid_support.mail_activity_type_sla"
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
        breached = self.filtered(
            lambda sla: sla.state == "breached" and was.get(sla) != "breached"
        )
        breached._raise_alarm()
        breached._propose_remedies()
        (self - breached).filtered(
            lambda sla: was.get(sla) == "breached" and sla.state != "breached"
        )._withdraw_remedies()
        self.filtered(lambda sla: sla.state not in ("running", "breached"))._end_alarm()
        self.filtered(
            lambda sla: sla.state == "breached" and sla.date_done
        )._end_alarm()

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
        while due := Sla.search(domain, order="date_next", limit=BATCH):
            due._fire(now)
            if not progress(len(due)):
                break

    def _fire(self, now):
        """Note what has come for each record of a batch until ``now``."""
        was = {sla: sla.state for sla in self}
        events = []
        warn = self.browse()
        for sla in self:
            event = sla._get_event(now)
            if event == "breach":
                sla.write(sla._prepare_breached())
                events.append(self._prepare_event(sla, event, sla.date_deadline))
            elif event:
                warn |= sla
                sla.warned = event
                date = sla.date_warning if event == 75 else sla.date_warning_last
                events.append(self._prepare_event(sla, f"warning_{event}", date))
                sla.date_next = sla._get_next(sla.warned)
            else:
                sla.date_next = sla._get_next(sla.warned)
        self.env["support.sla.event"].create(events)
        self._follow_up(was)
        warn._raise_alarm()
        self.ticket_id._note_due()

    def _get_event(self, now):
        """The strongest thing that has come: "breach", 90, 75 or None."""
        self.ensure_one()
        if self.date_deadline and now > self.date_deadline:
            return "breach"
        for date, percent in (
            (self.date_warning_last, engine.WARNINGS[1]),
            (self.date_warning, engine.WARNINGS[0]),
        ):
            if date and date <= now and self.warned < percent:
                return percent
        return None

    def _prepare_breached(self):
        return {"state": "breached", "date_next": False, "attainment": 0.0}

    def _get_next(self, warned):
        """The next instant at which a running clock needs a look."""
        self.ensure_one()
        return self._next_of(
            self.date_warning, self.date_warning_last, self.date_deadline, warned
        )

    @api.model
    def _next_of(self, first, last, deadline, warned):
        if warned < engine.WARNINGS[0] and first:
            return first
        if warned < engine.WARNINGS[1] and last:
            return last
        return deadline

    # -- Telling people ------------------------------------------------------------

    def _raise_alarm(self):
        """One activity per ticket, for who has it, else for a dispatcher."""
        self._end_alarm()
        model = self.env["ir.model"]._get_id("helpdesk.ticket")
        kind = self.env.ref(SLA_ACTIVITY).id
        vals_list = []
        for ticket in self.ticket_id.filtered(lambda ticket: not ticket.closed):
            sla = (self & ticket.support_sla_ids).sorted("date_deadline")[:1]
            user = ticket.user_id or ticket._get_dispatcher()
            vals_list.append(
                {
                    "res_model_id": model,
                    "res_id": ticket.id,
                    "activity_type_id": kind,
                    "user_id": user.id,
                    "automated": True,
                    "date_deadline": sla.contract_id._get_local_day(sla.date_deadline)
                    if sla.date_deadline
                    else sla.contract_id._get_today(),
                    "summary": sla.with_context(lang=user.lang)._get_alarm_text(),
                }
            )
        # In one go; the countdown on the list of tickets tells the rest.
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            vals_list
        )

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

    def _end_alarm(self):
        """Take away the activities of tickets, but for those with another alarm."""
        if self:
            self.env["mail.activity"].search(
                [
                    ("res_model", "=", "helpdesk.ticket"),
                    ("res_id", "in", self.ticket_id.ids),
                    ("activity_type_id", "=", self.env.ref(SLA_ACTIVITY).id),
                ]
            ).unlink()

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
