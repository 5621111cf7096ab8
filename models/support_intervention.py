# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..engine import burndown, rating
from ..tools import replay_on_duplicate, write_changes
from . import support_adapter as adapter
from .support_policy import DELIVERY_MODES

#: What an intervention sums up of its charges.
TOTALS = {
    "billed_minutes": "minutes",
    "amount": "amount",
    "overrun_amount": "overrun_amount",
    "overrun_minutes": "overrun_minutes",
}


class SupportIntervention(models.Model):
    """What is rated: the time of one employee on one ticket, day, mode and profile.

    Its time lines hang below it, its charges say what it costs, and their entries say
    which credit paid. A locked one (invoiced) never changes: later time of the same
    key goes to a successor, which charges only the difference.
    """

    _name = "support.intervention"
    _description = "Support Intervention"
    _order = "date desc, id desc"
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
            ("profile", "Nobody said which profile"),
            ("rate", "The rate card has no price for this"),
            ("currency", "The rate card is in another currency"),
        ],
        readonly=True,
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
        help="Price and rounding, frozen when the first charge was posted.",
    )
    revision = fields.Integer(readonly=True, default=0)

    _unique_key = models.UniqueIndex(
        "(employee_id, date, COALESCE(ticket_id, 0), COALESCE(task_id, 0), "
        "delivery_mode, COALESCE(profile_id, 0), COALESCE(predecessor_id, 0))"
    )
    _pending_index = models.Index("(contract_id) WHERE state IN ('held', 'to_price')")

    @api.depends("ticket_id", "task_id", "employee_id", "date")
    def _compute_display_name(self):
        for work in self:
            # A colleague's name is shown to everybody who may see the work.
            subject = work.sudo().ticket_id.number or work.sudo().task_id.name or ""
            day = format_date(self.env, work.date)
            parts = (subject, work.sudo().employee_id.name, day)
            work.display_name = " · ".join(part for part in parts if part)

    # -- From time lines to interventions -------------------------------------------------

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
        last = {work._get_own_key(): work for work in candidates}
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

    # -- Settling ----------------------------------------------------------------------------

    def _settle(self, again=False):
        """Rate the interventions, burn their charges down and post what changed.

        Batched: the number of queries does not grow with the number of interventions.
        ``again``: let credit that came later pay open overrun as well.
        """
        todo = self.sudo()._with_successors().filtered(lambda work: not work.locked)
        if not todo:
            return
        todo = todo.sorted(lambda work: (work.date, work.id))
        waited = todo.filtered("hold_reason")
        todo._refresh_contracts()
        states, charges = todo._rate(todo._read_hours())
        totals = todo._burn(charges, again)
        for work in todo:
            write_changes(work, {**states[work], **totals[work.id]})
        todo._tell_dispatcher(waited)

    def _with_successors(self):
        """These, and all that charge on top of them."""
        found, wave = self, self
        while wave:
            wave = wave.successor_ids - found
            found |= wave
        return found

    @api.model
    def _get_settled_fields(self):
        """What settling reads and writes, to be fetched together."""
        return [
            name
            for name, field in self._fields.items()
            if field.store and field.column_type
        ]

    def _read_hours(self):
        """Hours of every line of each intervention and of those it succeeds."""
        chain = self
        while chain.predecessor_id - chain:
            chain |= chain.predecessor_id
        Line = self.env["account.analytic.line"]
        # All that is pending in one UPDATE: the query would write only what it reads.
        Line.flush_model()
        return dict(
            Line._read_group(
                [("support_intervention_id", "in", chain.ids)],
                ["support_intervention_id"],
                ["unit_amount:array_agg"],
            )
        )

    def _refresh_contracts(self):
        """Follow the ticket's or task's contract; another one starts afresh."""
        for work in self:
            contract = (work.ticket_id or work.task_id).support_contract_id
            if work.contract_id == contract:
                continue
            work.write(
                {
                    "contract_id": contract.id,
                    "partner_id": (work.ticket_id or work.task_id).partner_id.id,
                    "company_id": (contract or work).company_id.id,
                    "currency_id": (contract or work).currency_id.id,
                    "rules": False,
                }
            )

    # -- Rating ------------------------------------------------------------------------------

    def _rate(self, hours):
        """Values of the state and engine charges: two dicts by intervention."""
        states, charges = {}, {}
        for work in self:
            own = hours.get(work, [])
            rules, reason = work.rules, work.hold_reason
            if own and not rules:
                rules, reason = work._freeze_rules()
            states[work] = work._prepare_state(own, rules, reason)
            charges[work] = work._rate_one(own, rules, hours) if rules and own else ()
        return states, charges

    def _freeze_rules(self):
        """Rules of this intervention as JSON, or None and why it must wait."""
        self.ensure_one()
        reason = self._get_hold_reason()
        if reason:
            return None, reason
        rate = rating.select_rate(
            self.contract_id.rate_card_id._get_engine_rates()[1],
            self._get_profile().id,
            self.delivery_mode,
            adapter.BAND,
            self.date,
        )
        if not rate:
            return None, "rate"
        return adapter.freeze_rules(self.contract_id, rate), False

    def _get_profile(self):
        """The profile that prices the work: that of its lines, else the contract's."""
        self.ensure_one()
        return self.profile_id or self.contract_id.default_profile_id

    def _get_hold_reason(self):
        """Why nobody can price this yet, or False."""
        self.ensure_one()
        contract = self.contract_id
        if not contract:
            return "no_contract" if self.partner_id else "no_customer"
        if contract.state != "active":
            return "inactive"
        if not contract._is_mode_allowed(self.delivery_mode):
            return "mode"
        if not self._get_profile():
            return "profile"
        currency_id, _rates = contract.rate_card_id._get_engine_rates()
        if currency_id not in (contract.currency_id.id, False):
            return "currency"
        return False

    def _prepare_state(self, hours, rules, reason):
        self.ensure_one()
        if not hours:
            state, route = "void", self.route
        elif rules:
            state, route = "rated", "credit"
        elif reason in ("profile", "rate", "currency"):
            state, route = "to_price", "credit"
        else:
            state, route = "held", "hold"
        return {
            "state": state,
            "route": route,
            "rules": rules or False,
            "hold_reason": False if state in ("void", "rated") else reason,
            "raw_minutes": rating.raw_minutes(hours),
        }

    def _rate_one(self, own, rules, hours):
        self.ensure_one()
        rules = adapter.to_rules(rules)
        charged, before = (), self.predecessor_id
        while before:
            charged += adapter.to_lines(hours.get(before, []), rules.scope)
            before = before.predecessor_id
        work = rating.Work(self.delivery_mode, adapter.to_lines(own, rules.scope))
        return rating.rate(work, rules, charged)

    # -- Burning -----------------------------------------------------------------------------

    def _burn(self, charges, again):
        """Settle engine charges against the credit of their contracts.

        Charges are known to the engine by ``(intervention id, code)``, so that new ones
        are stored once, with the answer. Returns the totals to store, by intervention.
        """
        known = self._read_charges()
        records = {(one.intervention_id.id, one.code): one for one in known}
        values = self._prepare_charges(charges, records)
        slices = adapter.read_slices(self.env, known.ids)
        demands = defaultdict(list)
        for key, vals in values.items():
            record = records.get(key, self.env["support.charge"])
            for contract_id, demand in record._prepare_demands(
                key, vals, slices.get(record.id, {}), again
            ):
                demands[contract_id].append(demand)
        postings = []
        lots = self._read_lots(demands, slices)
        for contract_id, group in demands.items():
            contract = self.env["support.contract"].browse(contract_id)
            settlements, posted = burndown.burn(
                group,
                lots[contract_id],
                contract._get_today(),
                adapter.currency_step(contract.currency_id),
            )
            postings += posted
            for key, settlement in settlements.items():
                if values[key]["contract_id"] == contract_id:
                    values[key]["settlement"] = settlement
        moved = self._post(postings, self._store_charges(values, records))
        return self._prepare_totals(values, moved)

    def _read_charges(self):
        """The charges that are stored already; work never settled has none."""
        settled = self.filtered(lambda work: work.state != "held" or work.hold_reason)
        Charge = self.env["support.charge"]
        if not settled:
            return Charge
        return Charge.search_fetch(
            [("intervention_id", "in", settled.ids)],
            adapter.CHARGE_FIELDS,
            order="id",
        )

    def _prepare_charges(self, charges, records):
        """``{key: values}`` of what is due, and zeros for what is due no more."""
        values = {}
        for work, priced in charges.items():
            for sequence, charge in enumerate(priced):
                # The currency first: the amounts that follow are rounded to it.
                values[work.id, charge.code] = {
                    **work._prepare_charge(charge, sequence),
                    **adapter.charge_values(charge),
                }
        for key, record in records.items():
            if key not in values:
                values[key] = record._prepare_zero()
        return values

    def _store_charges(self, values, records):
        """Write or create the charges; returns ``{key: charge}``."""
        missing = {}
        for key, vals in values.items():
            record = records.get(key, self.env["support.charge"])
            vals.update(record._prepare_settlement(vals.pop("settlement"), vals))
            if record:
                write_changes(record, vals)
            else:
                missing[key] = vals
        created = self.env["support.charge"].create(list(missing.values()))
        return {**records, **dict(zip(missing, created, strict=True))}

    def _prepare_charge(self, charge, sequence):
        self.ensure_one()
        profile = self._get_profile()
        product = profile.product_id
        if charge.kind == rating.FEE:
            # The product of the fee comes with the module.
            travel = self.env.ref(
                "prepaid_support.product_travel", raise_if_not_found=False
            )
            product = travel or product
        return {
            "intervention_id": self.id,
            "contract_id": self.contract_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "ticket_id": self.ticket_id.id,
            "date": self.date,
            "profile_id": profile.id,
            "product_id": product.id,
            "sequence": sequence,
        }

    def _read_lots(self, demands, slices):
        """Engine lots by contract id: all that have credit, or had on a work day."""
        drawn = {
            part.lot
            for by_contract in slices.values()
            for parts in by_contract.values()
            for part in parts
        }
        lots = self.env["support.lot"].search_fetch(
            [
                ("contract_id", "in", list(demands)),
                "|",
                ("id", "in", list(drawn)),
                "|",
                ("remaining", ">", 0),
                "&",
                ("lapsed", ">", 0),
                ("date_last", ">=", min(self.mapped("date"))),
            ],
            adapter.LOT_FIELDS,
        )
        groups = lots.grouped(lambda lot: lot.contract_id.id)
        return {
            contract_id: adapter.to_lots(groups.get(contract_id, lots.browse()))
            for contract_id in demands
        }

    def _post(self, postings, charges):
        """Post what the engine says; returns the interventions whose credit moved.

        Each entry's key names the revision of the intervention that it makes.
        """
        if not postings:
            return self.browse()
        self.env["support.lot"]._post(
            [
                charges[posting.demand]._prepare_entry(posting, number)
                for number, posting in enumerate(postings)
            ]
        )
        return self.browse({posting.demand[0] for posting in postings})

    def _prepare_totals(self, values, moved):
        """``{intervention id: totals of its charges}``, from their values."""
        totals = {
            work.id: {
                "revision": work.revision + 1 if work in moved else work.revision,
                **dict.fromkeys(TOTALS, 0),
            }
            for work in self
        }
        for (work_id, _code), vals in values.items():
            for name, source in TOTALS.items():
                totals[work_id][name] += vals[source]
        return totals

    def _tell_dispatcher(self, waited):
        """Open the activity on tickets whose time waits; close it on those of
        ``waited`` that wait no more."""
        waiting = self.filtered("hold_reason")
        reasons = dict(self._fields["hold_reason"]._description_selection(self.env))
        for ticket, group in waiting.grouped("ticket_id").items():
            if ticket:
                ticket._support_hold(reasons[group[0].hold_reason])
        done = (waited - waiting).ticket_id - waiting.ticket_id
        done.filtered("activity_ids")._support_release_hold()

    # -- In words ------------------------------------------------------------------------------

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

    # -- Actions ---------------------------------------------------------------------------------

    def action_reprice(self):
        """Try again to price time that waits, e.g. after a rate was added."""
        self.check_access("read")
        groups = (
            "prepaid_support.group_support_dispatcher",
            "prepaid_support.group_support_billing_manager",
        )
        if not (self.env.su or any(map(self.env.user.has_group, groups))):
            raise AccessError(self.env._("Only a dispatcher may price time again."))
        self._settle()
        return True

    def action_use_credit(self):
        """Let credit that was added since pay open overrun."""
        self.check_access("read")
        if not (
            self.env.su
            or self.env.user.has_group("prepaid_support.group_support_billing_manager")
        ):
            raise AccessError(
                self.env._("Only a billing manager may use new credit for old work.")
            )
        if any(work.locked for work in self):
            raise UserError(self.env._("Invoiced work cannot change any more."))
        self._settle(again=True)
        return True
