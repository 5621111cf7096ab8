# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..engine.rating import EXCEPTIONS
from ..tools import (
    BILLING_MANAGER,
    DISPATCHER,
    check_group,
    format_minutes,
    replay_on_duplicate,
)
from .support_policy import COVERAGES, DELIVERY_MODES


class SupportIntervention(models.Model):
    """What is rated: the time of one employee on one ticket, day, mode and profile.

    Its time lines hang below it, its charges say what it costs, and their entries say
    which credit paid. A locked one (invoiced) never changes: later time of the same
    key goes to a successor, which charges only the difference.
    """

    _name = "support.intervention"
    _inherit = [
        "support.ledger",
        "support.intervention.estimate",
        "support.intervention.rating",
        "support.intervention.settlement",
        "support.intervention.portal",
    ]
    _description = "Support Intervention"
    _order = "date desc, id desc"
    _rec_names_search = ["ticket_id.number", "ticket_id.name", "task_id.name"]
    _check_company_auto = True

    employee_id = fields.Many2one("hr.employee", required=True, readonly=True)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    task_id = fields.Many2one(
        "project.task", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    date = fields.Date(required=True, readonly=True)
    delivery_mode = fields.Selection(DELIVERY_MODES, required=True, readonly=True)
    profile_id = fields.Many2one("support.profile", readonly=True, ondelete="restrict")
    predecessor_id = fields.Many2one(
        "support.intervention",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    successor_ids = fields.One2many("support.intervention", "predecessor_id")
    contract_id = fields.Many2one(
        "support.contract", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    route = fields.Selection(
        [
            ("credit", "Credit"),
            ("order", "Sales order"),
            ("included", "Included"),
            ("hold", "On hold"),
        ],
        required=True,
        readonly=True,
        default="hold",
    )
    state = fields.Selection(
        [
            ("void", "No time"),
            ("held", "On hold"),
            ("to_price", "To price"),
            ("rated", "Rated"),
        ],
        required=True,
        readonly=True,
        default="held",
        index=True,
    )
    hold_reason = fields.Selection(
        [
            ("no_customer", "The ticket has no customer"),
            ("no_contract", "The customer has no contract, or several"),
            ("inactive", "The contract is not active"),
            ("mode", "The contract does not offer this delivery mode"),
            ("not_planned", "Work outside the opening hours was not planned"),
            ("not_offered", "The contract offers no work outside the opening hours"),
            ("advisory", "The contract does not cover this: a proposal comes first"),
            ("unsupported", "The contract does not support this"),
            ("profile", "Nobody said which profile"),
            ("rate", "The rate card has no price for this"),
            ("currency", "The rate card is in another currency"),
        ],
        readonly=True,
    )
    coverage = fields.Selection(COVERAGES, readonly=True)
    planned = fields.Boolean(
        readonly=True,
        help="A dispatcher had agreed to it before it began. Another plan of the "
        "ticket does not undo that.",
    )
    accepted_by_id = fields.Many2one(
        "res.users",
        string="Exception by",
        readonly=True,
        help="Who decided that work which the contract does not offer is priced.",
    )
    accept_reason = fields.Char(string="Because", readonly=True)
    accepted_holds = fields.Json(
        readonly=True, help="The reasons to wait that the exception has settled."
    )
    locked = fields.Boolean(readonly=True, help="Invoiced: its time cannot change.")
    line_ids = fields.One2many(
        "account.analytic.line", "support_intervention_id", string="Time"
    )
    charge_ids = fields.One2many(
        "support.charge", "intervention_id", string="Charges", readonly=True
    )
    entry_ids = fields.One2many(
        "support.entry", "intervention_id", string="Credit entries", readonly=True
    )
    raw_minutes = fields.Integer(string="Worked (min)", readonly=True)
    billed_minutes = fields.Integer(string="Billed (min)", readonly=True)
    amount = fields.Monetary(string="Price", readonly=True)
    overrun_amount = fields.Monetary(string="Overrun", readonly=True)
    overrun_minutes = fields.Integer(string="Overrun (min)", readonly=True)
    rules = fields.Json(
        readonly=True,
        help="Prices, rounding, opening hours and coverage, frozen when the first "
        "charge was posted.",
    )
    revision = fields.Integer(readonly=True, default=0)

    description = fields.Text(
        compute="_compute_description",
        compute_sudo=True,
        help="What the technicians wrote, for those who may not see their time lines.",
    )
    explanation_text = fields.Text(string="Why", compute="_compute_explanation_text")

    _unique_key = models.UniqueIndex(
        "(employee_id, date, COALESCE(ticket_id, 0), COALESCE(task_id, 0), "
        "delivery_mode, COALESCE(profile_id, 0), COALESCE(predecessor_id, 0))"
    )
    _pending_index = models.Index("(contract_id) WHERE state IN ('held', 'to_price')")

    @api.depends("ticket_id", "task_id", "employee_id", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for work in self:
            # A colleague's name is shown to everybody who may see the work.
            subject = work.sudo().ticket_id.number or work.sudo().task_id.name or ""
            day = format_date(self.env, work.date)
            parts = (subject, work.sudo().employee_id.name, day)
            work.display_name = " · ".join(part for part in parts if part)

    @api.depends("line_ids.name", "line_ids.unit_amount")
    def _compute_description(self):
        # Searched, because the cache of line_ids may hold what a reader may see.
        lines = self.env["account.analytic.line"].search(
            [("support_intervention_id", "in", self.ids)], order="id"
        )
        by_work = lines.grouped("support_intervention_id")
        for work in self:
            work.description = "\n".join(
                f"{format_minutes(self.env, round(line.unit_amount * 60))}  {line.name}"
                for line in by_work.get(work._origin, ())
            )

    @api.depends("charge_ids.explanation_text")
    @api.depends_context("lang")
    def _compute_explanation_text(self):
        """The story of the whole intervention, charge by charge."""
        for intervention in self:
            texts = intervention.charge_ids.mapped("explanation_text")
            intervention.explanation_text = "\n".join(filter(None, texts))

    # -- From time lines to interventions ------------------------------------------

    @api.model
    def _assign_lines(self, lines):
        """Hang time lines below the intervention of their key, made if need be.

        Returns all interventions that won or lost a line, or whose line changed.
        """
        wanted = {line: self._get_key(line) for line in lines}
        changed = lines.support_intervention_id
        loose = lines.filtered(
            lambda line: (
                not line.support_intervention_id
                or line.support_intervention_id._get_own_key() != wanted[line]
            )
        )
        if loose:
            keys = {wanted[line]: line for line in loose if wanted[line]}
            found = self._find_or_create(keys)
            by_target = defaultdict(lines.browse)
            for line in loose:
                by_target[found.get(wanted[line], self.browse())] |= line
            for target, group in by_target.items():
                group.write({"support_intervention_id": target.id})
                changed |= target
        return changed

    @api.model
    def _get_key(self, line):
        """What makes two lines one intervention, or None for time that is not ours."""
        if line._get_support_route() in (False, "order"):
            return None
        return (
            line.employee_id.id,
            line.ticket_id.id,
            False if line.ticket_id else line.task_id.id,
            line.date,
            line.delivery_mode,
            line.profile_id.id,
        )

    def _get_own_key(self):
        self.ensure_one()
        return (
            self.employee_id.id,
            self.ticket_id.id,
            self.task_id.id,
            self.date,
            self.delivery_mode,
            self.profile_id.id,
        )

    @api.model
    def _find_or_create(self, keys):
        """``{key: intervention}`` for ``{key: line}``: the open one of each chain."""
        if not keys:
            return {}
        last = self._find_last(keys)
        missing = [
            self._prepare_intervention(key, line, last.get(key, self.browse()))
            for key, line in keys.items()
            if key not in last or last[key].locked
        ]
        with replay_on_duplicate():
            created = self.create(missing)
        last.update((work._get_own_key(), work) for work in created)
        return last

    @api.model
    def _find_last(self, keys):
        """``{key: intervention}``: the last one of each chain that there is."""
        candidates = self.search_fetch(
            [
                ("employee_id", "in", {key[0] for key in keys}),
                ("date", "in", {key[3] for key in keys}),
                "|",
                ("ticket_id", "in", {key[1] for key in keys}),
                ("task_id", "in", {key[2] for key in keys if key[2]}),
            ],
            self._get_settled_fields(),
            order="id",
        )
        # The last of a chain comes last: a successor is younger than its predecessor.
        return {work._get_own_key(): work for work in candidates}

    @api.model
    def _prepare_intervention(self, key, line, predecessor):
        contract = line._get_support_contract()
        company = contract.company_id or line.ticket_id.company_id or line.company_id
        return {
            "employee_id": key[0],
            "ticket_id": key[1],
            "task_id": key[2],
            "date": key[3],
            "delivery_mode": key[4],
            "profile_id": key[5],
            "predecessor_id": predecessor.id,
            "contract_id": contract.id,
            "company_id": company.id,
            "currency_id": (contract or company).currency_id.id,
            "partner_id": (line.ticket_id or line.task_id).partner_id.id,
        }

    @api.model
    def _get_hold_reasons(self):
        """``[(code, label)]``, in the reader's language."""
        return self._fields["hold_reason"]._description_selection(self.env)

    # -- In words ------------------------------------------------------------------

    def _get_first_lines(self):
        """Ids of the first line of each intervention, which shows its price."""
        rows = (
            self.env["account.analytic.line"]
            .sudo()  # which line is first does not depend on who looks
            ._read_group(
                [("support_intervention_id", "in", self.ids)],
                ["support_intervention_id"],
                ["id:min"],
            )
        )
        return {line_id for _work, line_id in rows}

    def _get_payer_texts(self):
        """Which credit paid, in a few words: ``{intervention: "Bundle: 500.00 €"}``."""
        parts = {work: [] for work in self}
        for work, lot, quantity, _first in self.env["support.entry"]._read_group(
            [("intervention_id", "in", self.ids), ("kind", "in", ("debit", "release"))],
            ["intervention_id", "lot_id"],
            ["quantity:sum", "id:min"],
            order="id:min",
        ):
            if quantity:
                parts[work].append(f"{lot.name}: {lot._format_quantity(-quantity)}")
        for work in self:
            if work.overrun_amount:
                amount = work.currency_id.format(work.overrun_amount)
                parts[work].append(self.env._("to invoice: %(amount)s", amount=amount))
        return {work: ", ".join(texts) or False for work, texts in parts.items()}

    # -- Actions -------------------------------------------------------------------

    def action_reprice(self):
        """Try again to price time that waits, e.g. after a rate was added."""
        self.check_access("read")
        check_group(self.env, DISPATCHER, BILLING_MANAGER)
        self._settle()
        return True

    def _accept(self, reason):
        """Price work that the contract does not offer: the dispatcher's exception."""
        self.check_access("read")
        check_group(self.env, DISPATCHER, BILLING_MANAGER)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why an exception is made."))
        works = self.filtered(lambda work: work.hold_reason in EXCEPTIONS)
        if not works:
            raise UserError(
                self.env._("None of this work waits for an exception to its contract.")
            )
        # The decision is checked; nobody has rights to write interventions.
        for work in works.sudo():
            work.write(
                {
                    "accepted_by_id": self.env.uid,
                    "accept_reason": reason.strip(),
                    "accepted_holds": [*(work.accepted_holds or []), work.hold_reason],
                }
            )
        works._settle()

    def _rerate(self, reason):
        """Price open work by the rules of today: the billing manager's decision, which
        the contract remembers."""
        self.check_access("read")
        check_group(self.env, BILLING_MANAGER)
        if any(work.locked for work in self):
            raise UserError(self.env._("Invoiced work cannot change any more."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why this work is rated again."))
        before = {work: work.amount for work in self.filtered("contract_id")}
        # The decision is checked; nobody has rights to write interventions.
        self.sudo().write({"rules": False})
        self._settle()
        told = self.browse().union(*before)
        for contract, works in told.grouped("contract_id").items():
            contract._log_rerate(reason, {work: before[work] for work in works})

    def action_use_credit(self):
        """Let credit that was added since pay open overrun."""
        self.check_access("read")
        check_group(self.env, BILLING_MANAGER)
        if any(work.locked for work in self):
            raise UserError(self.env._("Invoiced work cannot change any more."))
        self._settle(again=True)
        return True
