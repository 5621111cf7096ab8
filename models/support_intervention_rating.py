# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models

from ..engine import rates, rating
from ..engine.clock import band_at
from ..engine.money import raw_minutes
from ..tools import WhatIf
from . import support_adapter as adapter

#: Why work waits although nobody has to decide: something is missing.
MISSING = ("profile", "rate", "currency")
#: What was agreed to about work, before and after it, ends with the work.
NOTHING_AGREED = {
    "planned": False,
    "accepted_by_id": False,
    "accept_reason": False,
    "accepted_holds": False,
}


class SupportInterventionRating(models.AbstractModel):
    """Turns time into charges: rules are found, frozen, and handed to the engine."""

    _name = "support.intervention.rating"
    _description = "Support Intervention: Rating"

    def _rate(self, lines):
        """Values of the state and engine charges: two dicts by intervention.

        ``lines``: ``{intervention id: [engine Line]}`` of these and of those before
        them.
        """
        earlier = self._read_charges_before()
        urgent = self._read_urgent_fees()
        states, charges = {}, {}
        for work in self._get_rating_order(urgent["works"]):
            ticket = work.ticket_id.id
            states[work], charges[work] = work._rate_one(
                lines, earlier, ticket in urgent["tickets"]
            )
            earlier[work.id] = charges[work]
            if any(one.code == "fee.urgent" for one in charges[work]):
                urgent["tickets"].add(ticket)
        return states, {work: charges[work] for work in self}

    def _rate_one(self, lines, earlier, urgent_charged):
        """Values of the state, and engine charges."""
        self.ensure_one()
        own = lines.get(self.id, [])
        # Read once, as every reading copies it.
        stored = False if self._get_what_if().fresh else self.rules
        frozen, reason = stored, self.hold_reason
        if own:
            frozen, reason = self._get_rules(stored)
        if not own or not frozen:
            return self._prepare_state(own, frozen, reason), ()
        rules, work = self._prepare_work(frozen, own)
        reason = rating.refusal(work, rules)
        if reason == "rate" and self._add_missing_prices(frozen):
            rules, work = self._prepare_work(frozen, own)
            reason = rating.refusal(work, rules)
        # What was never priced is not held to the rules of the day it was refused.
        keeps = not reason or stored
        state = self._prepare_state(own, frozen if keeps else False, reason)
        state["planned"] = work.planned
        if reason:
            return state, ()
        chain = self._get_chain()
        before = adapter.to_before(
            [
                part
                for one in chain
                for part in one._get_parts(one.rules or frozen, lines.get(one.id, []))
            ],
            [charge for one in chain for charge in earlier.get(one.id, ())],
            urgent_charged,
        )
        return state, rating.rate(work, rules, before)

    def _get_parts(self, frozen, lines):
        """``(band, minutes)`` of lines, by the rules they were priced with."""
        rules = adapter.to_rules(frozen)
        return adapter.assign_bands(lines, rules, self._get_request_band(frozen))[0]

    def _prepare_work(self, frozen, own):
        """Engine rules and engine work."""
        self.ensure_one()
        rules = adapter.to_rules(frozen)
        request = self._get_request_band(frozen)
        parts, clocks = adapter.assign_bands(own, rules, request)
        return rules, rating.Work(
            mode=self.delivery_mode,
            lines=parts,
            clocks=clocks,
            request=frozen["request"] and frozen["request"]["local"],
            urgent=self.ticket_id.urgent,
            planned=self.planned
            or self.ticket_id._is_planned(own, rules.opening, self.date),
            accepted=self._get_accepted(),
        )

    def _get_accepted(self):
        """The reasons to wait that an exception has settled."""
        if self._get_what_if().accepted:
            return frozenset(rating.EXCEPTIONS)
        return frozenset(self.accepted_holds or ())

    @api.model
    def _get_what_if(self):
        question = self.env.context.get("support_what_if")
        return question if isinstance(question, WhatIf) else WhatIf()

    def _prepare_state(self, own, frozen, reason):
        self.ensure_one()
        if not own:
            state, route = "void", self.route
        elif not reason:
            included = frozen["coverage"] == rates.INCLUDED
            state, route = "rated", "included" if included else "credit"
        elif reason in MISSING:
            state, route = "to_price", "credit"
        else:
            state, route = "held", "hold"
        return {
            **({} if own else NOTHING_AGREED),
            "state": state,
            "route": route,
            "rules": frozen or False,
            "coverage": frozen["coverage"] if frozen else False,
            "hold_reason": False if state in ("void", "rated") else reason,
            "raw_minutes": raw_minutes(line.hours for line in own),
        }

    # -- Chains and fees of the whole ticket ---------------------------------------

    def _get_chain(self):
        """All interventions that this one charges on top of."""
        chain, before = self.browse(), self.predecessor_id
        while before:
            chain |= before
            before = before.predecessor_id
        return chain

    def _get_rating_order(self, bearers):
        """Each after those it charges on top of; who bears a ticket's urgent fee comes
        first, and so keeps it."""
        order, own = {}, set(self._ids)
        for work in self.sorted(lambda work: work.id not in bearers):
            for one in (*reversed(work._get_chain()), work):
                if one.id in own:
                    order[one] = True
        return list(order)

    def _read_charges_before(self):
        """Charges of what these charge on top of: ``{intervention id: charges}``."""
        chain = self.browse().union(*(work._get_chain() for work in self))
        if not chain:
            return {}
        charges = self.env["support.charge"].search(
            [("intervention_id", "in", chain.ids)]
        )
        return dict(charges.grouped(lambda charge: charge.intervention_id.id))

    def _read_urgent_fees(self):
        """Urgent tickets whose fee stands elsewhere, and which of these bear one."""
        found = {"tickets": set(), "works": set()}
        urgent = self.ticket_id.filtered("urgent")
        if not urgent:
            return found
        charges = self.env["support.charge"].search(
            [("ticket_id", "in", urgent.ids), ("code", "=", "fee.urgent")]
        )
        for charge in charges:
            if charge.amount or charge.time_minutes:
                if charge.intervention_id in self:
                    found["works"].add(charge.intervention_id.id)
                else:
                    found["tickets"].add(charge.ticket_id.id)
        return found

    # -- Rules ---------------------------------------------------------------------

    def _get_rules(self, stored):
        """Frozen rules that the facts of today ask for, or None and why it must wait.

        Prices, rounding and opening hours stay what they were when the work was first
        priced. When the customer asked, and for what, are facts: they may be corrected.
        """
        self.ensure_one()
        if not stored and self.predecessor_id.contract_id == self.contract_id:
            stored = self.predecessor_id.rules
        if stored:
            return self._follow_facts(stored), False
        reason = self._get_hold_reason()
        return (None, reason) if reason else (self._freeze_rules(), False)

    def _follow_facts(self, frozen):
        frozen = dict(frozen)
        if frozen["category"] != self.ticket_id.category_id.id:
            frozen.update(self._freeze_coverage())
        frozen["request"] = self._freeze_request(frozen)
        return frozen

    def _freeze_rules(self):
        """The contract's present rules as JSON."""
        contract = self.contract_id
        opening = self._get_opening()
        frozen = adapter.freeze_rules(
            contract,
            self._freeze_prices(),
            opening and adapter.freeze_opening(opening, self.date),
            self._freeze_coverage(),
        )
        frozen["request"] = self._freeze_request(frozen)
        return frozen

    def _get_opening(self):
        """Today's opening hours of the contract, or None."""
        contract = self.contract_id
        return contract.calendar_id._get_support_opening(contract.company_id)

    def _freeze_prices(self):
        return adapter.freeze_prices(
            self.contract_id.rate_card_id._get_engine_rates()[1],
            self._get_profile().id,
            self.delivery_mode,
            self.date,
        )

    def _freeze_coverage(self):
        category = self.ticket_id.category_id
        return {
            "category": category.id,
            "coverage": self.contract_id._get_coverage(category),
        }

    def _freeze_request(self, frozen):
        """When the request came in, and its band: of today's opening hours, unless it
        is known already."""
        moment = adapter.to_instant(self.ticket_id.request_date)
        if not moment or not frozen["opening"]:
            return None
        known = frozen.get("request")
        if known and known["at"] == moment.isoformat():
            return known
        opening = self._get_opening()
        if not opening:
            return known
        local = moment.astimezone(opening.zone).replace(tzinfo=None)
        return {
            "at": moment.isoformat(),
            "local": local.isoformat(timespec="minutes"),
            "band": band_at(opening, moment),
        }

    @api.model
    def _get_request_band(self, frozen):
        return frozen["request"] and frozen["request"]["band"]

    def _add_missing_prices(self, frozen):
        """Take prices of bands in which no work was priced yet; False if none came."""
        prices = self._freeze_prices()
        missing = prices.keys() - frozen["prices"].keys()
        frozen["prices"] = {**prices, **frozen["prices"]}
        return bool(missing)

    def _get_profile(self):
        """The profile that prices the work: that of its lines, else the contract's."""
        self.ensure_one()
        return self.profile_id or self.contract_id.default_profile_id

    def _get_hold_reason(self):
        """Why the contract cannot price this yet, or False."""
        self.ensure_one()
        contract = self.contract_id
        if not contract:
            return "no_contract" if self.partner_id else "no_customer"
        ended = contract.date_end and self.date > contract.date_end
        if contract.state != "active" or ended:
            return "inactive"
        if not self._get_profile():
            return "profile"
        currency_id, _rates = contract.rate_card_id._get_engine_rates()
        if currency_id not in (contract.currency_id.id, False):
            return "currency"
        return False
