# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict

from odoo import api, models

from ..engine import burndown, rating
from ..tools import write_changes
from . import support_adapter as adapter

#: States of work that nobody could price yet.
PENDING = ("held", "to_price")
#: What an intervention sums up of its charges.
TOTALS = {
    "billed_minutes": "minutes",
    "amount": "amount",
    "overrun_amount": "overrun_amount",
    "overrun_minutes": "overrun_minutes",
}


class SupportInterventionSettlement(models.AbstractModel):
    """Rates interventions, burns their charges down and posts what changed."""

    _name = "support.intervention.settlement"
    _description = "Support Intervention: Settlement"

    def _settle(self, again=False):
        """Rate the interventions, burn their charges down and post what changed.

        Batched: the number of queries does not grow with the number of interventions.
        ``again``: let credit that came later pay open overrun as well.
        """
        # The callers decide who may; the ledger itself is written by the system.
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

    # -- Rating --------------------------------------------------------------------

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
        ended = contract.date_end and self.date > contract.date_end
        if contract.state != "active" or ended:
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

    # -- Burning -------------------------------------------------------------------

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
        for reason, works in waiting.grouped("hold_reason").items():
            works.ticket_id._support_hold(reasons[reason])
        done = (waited - waiting).ticket_id - waiting.ticket_id
        done.filtered("activity_ids")._support_release_hold()
