# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Random histories of credit, each step checked against what must always be true.

Invariants are those of the design: 2 (a lot adds up), 3 (a charge adds up), 4 (order),
5 (no lot below zero at any past date), 6 (only the difference moves).
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from ledger import CENT, EXPIRY, Ledger

from engine.burndown import Demand, Settlement, Slice, burn
from engine.lots import MONEY, TIME, burn_order
from engine.money import ceil_minutes, round_money

START = date(2026, 1, 1)
FAR = date(2100, 1, 1)

ages = st.integers(0, 40)
minutes_ = st.sampled_from([0, 1, 7, 15, 30, 37, 60, 75, 240])
#: Price per 15 minutes: whole, with fractions of a cent, below a cent, nothing.
prices = st.sampled_from(["31.25", "20", "26.666667", "0.004", "0"])
factors = st.sampled_from(["1", "1.5", "1.3333", "0.5", "2"])


def price_of(rate, minutes):
    """A charge: the price of billed minutes, rounded once."""
    return round_money(Fraction(Decimal(rate)) * minutes / 15, CENT)


class History(RuleBasedStateMachine):
    """Credit, work and corrections in any order, on any day."""

    exact = True

    @initialize()
    def begin(self):
        self.ledger = Ledger(START + timedelta(days=40), self.exact)
        self.rates = {}

    # -- Credit

    @rule(
        quantity=st.integers(0, 300),
        cents=st.integers(0, 99),
        age=st.integers(-20, 40),
        valid=st.none() | st.integers(0, 40),
        priority=st.sampled_from([5, 10]),
        free=st.booleans(),
    )
    def grant_money(self, quantity, cents, age, valid, priority, free):
        self._grant(age, valid, MONEY, quantity + cents * CENT, priority, free)

    @rule(
        minutes=st.integers(0, 400),
        age=st.integers(-20, 40),
        valid=st.none() | st.integers(0, 40),
        priority=st.sampled_from([5, 10]),
        allowance=st.booleans(),
    )
    def grant_time(self, minutes, age, valid, priority, allowance):
        self._grant(age, valid, TIME, Decimal(minutes), priority, allowance, allowance)

    def _grant(self, age, valid, unit, quantity, priority, free, allowance=False):
        first = self.ledger.today - timedelta(days=age)
        self.ledger.grant(
            unit=unit,
            remaining=quantity,
            first_day=first,
            last_day=None if valid is None else first + timedelta(days=valid),
            priority=priority,
            free=free,
            allowance=allowance,
        )

    # -- Work

    @rule(age=st.integers(-3, 40), rate=prices, minutes=minutes_, factor=factors)
    def log(self, age, rate, minutes, factor):
        self._settle(self._labour(age, rate, minutes, factor))

    @rule(
        age=ages,
        amount=st.sampled_from(["75", "150"]),
        minutes=st.sampled_from([0, 60]),
    )
    def charge_fee(self, age, amount, minutes):
        key = len(self.rates)
        self.rates[key] = None
        day = self.ledger.today - timedelta(days=age)
        self._settle(Demand(key, day, Decimal(amount), minutes, fee=True))

    @precondition(lambda self: self._labour_keys())
    @rule(data=st.data(), minutes=minutes_)
    def edit(self, data, minutes):
        key = data.draw(st.sampled_from(self._labour_keys()))
        self._settle(self._edited(key, minutes))

    @precondition(lambda self: self.ledger.demands)
    @rule(data=st.data())
    def delete(self, data):
        key = data.draw(st.sampled_from(sorted(self.ledger.demands)))
        demand = self.ledger.demands[key]
        self._settle(replace(demand, price=Decimal(0), minutes=0))
        assert not self.ledger.drawn(key)
        assert self.ledger.settlements[key] == Settlement()

    @precondition(lambda self: self._labour_keys())
    @rule(data=st.data(), rate=prices, credit=st.booleans())
    def reprice(self, data, rate, credit):
        """Another rate, or no credit any more: all goes back before any is drawn."""
        key = data.draw(st.sampled_from(self._labour_keys()))
        self.rates[key] = rate
        demand = self._edited(key, self.ledger.demands[key].minutes)
        before = self.ledger.drawn(key)
        postings = self.ledger.settle(replace(demand, fresh=True, credit=credit))
        self._check_postings(postings)
        released = [one for one in postings if one.kind == "release"]
        assert {one.lot: one.quantity for one in released} == {
            lot: quantity for lot, (quantity, _minutes, _price) in before.items()
        }
        assert credit or not self.ledger.drawn(key)
        self.ledger.demands[key] = replace(self.ledger.demands[key], credit=True)

    @precondition(lambda self: self._labour_keys())
    @rule(data=st.data(), minutes=minutes_, age=ages, rate=prices, factor=factors)
    def edit_and_log_at_once(self, data, minutes, age, rate, factor):
        key = data.draw(st.sampled_from(self._labour_keys()))
        batch = [self._edited(key, minutes), self._labour(age, rate, 60, factor)]
        self._settle(*data.draw(st.permutations(batch)))

    def _labour(self, age, rate, minutes, factor):
        key = len(self.rates)
        self.rates[key] = rate
        day = self.ledger.today - timedelta(days=age)
        return Demand(key, day, price_of(rate, minutes), minutes, Decimal(factor))

    def _edited(self, key, minutes):
        price = price_of(self.rates[key], minutes)
        return replace(self.ledger.demands[key], price=price, minutes=minutes)

    def _labour_keys(self):
        return sorted(key for key in self.ledger.demands if self.rates[key] is not None)

    # -- Time passes, credit lapses, people correct

    @rule(days=st.integers(1, 25))
    def wait(self, days):
        self.ledger.today += timedelta(days=days)

    @rule()
    def expire(self):
        self.ledger.expire()

    @precondition(lambda self: self._open_lots())
    @rule(data=st.data(), share=st.integers(1, 4))
    def refund(self, data, share):
        lot = data.draw(st.sampled_from(self._open_lots()))
        quantity = (lot.remaining - lot.reserved) // share
        self.ledger.refund(lot.key, quantity)

    @precondition(lambda self: self._open_lots())
    @rule(data=st.data(), share=st.integers(2, 4))
    def reserve(self, data, share):
        lot = data.draw(st.sampled_from(self._open_lots()))
        self.ledger.reserve(lot.key, lot.remaining // share)

    @precondition(lambda self: self.ledger.demands)
    @rule(data=st.data())
    def correct(self, data):
        self.ledger.correct(data.draw(st.sampled_from(sorted(self.ledger.demands))))

    def _open_lots(self):
        """Lots that nobody can still need for a day gone by."""
        return [
            lot
            for lot in self.ledger.lots.values()
            if not lot.closed
            and lot.first_day <= self.ledger.today
            and (not lot.last_day or lot.last_day >= self.ledger.today)
        ]

    # -- Every burn

    def _settle(self, *demands):
        ledger = self.ledger
        others = {
            key: settlement
            for key, settlement in ledger.settlements.items()
            if key not in {demand.key for demand in demands}
        }
        before = dict(ledger.settlements)
        expected = self._expected(demands[0]) if len(demands) == 1 else None
        self._check_order_of_lots(demands)
        postings = ledger.settle(*demands)
        self._check_postings(postings)
        self._check_nothing_twice(demands)
        assert {key: ledger.settlements[key] for key in others} == others
        for demand in demands:
            self._check_difference(demand, before.get(demand.key))
        if expected is not None:
            assert ledger.settlements[demands[0].key].slices == expected

    def _check_order_of_lots(self, demands):
        """The order in which lots are given decides nothing."""
        demands = [
            replace(demand, previous=self.ledger.settlements.get(demand.key))
            for demand in demands
        ]
        lots = self.ledger.as_lots()
        step, today = self.ledger.step, self.ledger.today
        assert burn(demands, lots, today, step) == burn(
            demands, lots[::-1], today, step
        )

    def _check_postings(self, postings):
        """Entries never take a lot below zero on their way, and say what they do."""
        totals = {
            key: lot.remaining - sum(p.quantity for p in postings if p.lot == key)
            for key, lot in self.ledger.lots.items()
        }
        for posting in postings:
            totals[posting.lot] += posting.quantity
            assert totals[posting.lot] >= 0
            sign = {"debit": -1, "release": 1}.get(posting.kind)
            assert sign is None or sign * posting.quantity >= 0
            assert posting.kind != EXPIRY or self.ledger.lots[posting.lot].closed

    def _check_nothing_twice(self, demands):
        """The same work again posts nothing and is settled by the same."""
        settled = {
            demand.key: self.ledger.settlements[demand.key] for demand in demands
        }
        again = [replace(demand, previous=settled[demand.key]) for demand in demands]
        answer = burn(again, self.ledger.as_lots(), self.ledger.today, self.ledger.step)
        assert answer == (settled, [])

    def _check_difference(self, demand, before):
        """Less work never draws, more work never gives back; overrun goes first."""
        after = self.ledger.settlements[demand.key]
        if before is None:
            return
        old = sum(part.price for part in before.slices), before.overrun.price
        new = sum(part.price for part in after.slices), after.overrun.price
        if demand.price >= sum(old):
            assert new[0] >= old[0] - CENT
            assert new[1] >= old[1] - CENT
        else:
            assert new[0] <= old[0] + CENT
            assert new[1] <= old[1] + CENT
            assert new[1] <= CENT or new[0] >= old[0] - CENT

    def _expected(self, demand):
        """Fresh work, walked through the lots by hand; None where it is not fresh."""
        if demand.key in self.ledger.settlements or not self.exact:
            return None
        walk = Walk(demand)
        for lot in sorted(self.ledger.lots.values(), key=burn_order):
            if lot.first_day <= demand.day <= (lot.last_day or FAR):
                lowest = self.ledger.lowest(lot.key, demand.day, lot.last_day or FAR)
                total = self.ledger.level(lot.key, FAR) - lot.reserved
                walk.take(lot, min(lowest - lot.reserved, total))
        return tuple(walk.slices)

    # -- Always

    @invariant()
    def lots_add_up(self):
        ledger = self.ledger
        for key, lot in ledger.lots.items():
            entries = ledger.entries_of(key)
            assert lot.remaining == sum(entry.quantity for entry in entries)
            assert 0 <= lot.reserved <= lot.remaining or lot.closed
            assert not lot.closed or lot.remaining == 0
            lapsed = sum(entry.quantity for entry in entries if entry.kind == EXPIRY)
            assert lot.lapsed == -lapsed >= 0

    @invariant()
    def no_lot_was_ever_below_zero(self):
        for key in self.ledger.lots:
            for day in self.ledger.days(key):
                assert self.ledger.level(key, day) >= 0

    @invariant()
    def charges_add_up(self):
        for key, demand in self.ledger.demands.items():
            settlement = self.ledger.settlements[key]
            parts = (*settlement.slices, settlement.overrun)
            assert sum(part.price for part in parts) == demand.price
            assert sum(part.minutes for part in parts) == demand.minutes
            assert all(part.price >= 0 and part.minutes >= 0 for part in parts)

    @invariant()
    def entries_say_who_paid(self):
        for key, settlement in self.ledger.settlements.items():
            totals = {}
            for part in settlement.slices:
                quantity, minutes, price = totals.get(part.lot, (0, 0, 0))
                totals[part.lot] = (
                    quantity + part.quantity,
                    minutes + part.minutes,
                    price + part.price,
                )
            assert totals == self.ledger.drawn(key)

    @invariant()
    def every_unit_pays_what_it_pays(self):
        for key, settlement in self.ledger.settlements.items():
            demand = self.ledger.demands[key]
            purchased = [
                part
                for part in settlement.slices
                if part.unit == TIME and not part.allowance
            ]
            burnt = sum(part.quantity for part in purchased)
            worked = sum(part.minutes for part in purchased)
            assert burnt == ceil_minutes(
                Fraction(worked) * Fraction(demand.time_factor)
            )
            for part in settlement.slices:
                assert part.unit != MONEY or part.quantity == part.price
                assert not part.allowance or part.quantity == part.minutes
                assert not part.allowance or not demand.fee

    @invariant()
    def credit_is_used_in_its_validity(self):
        for key, settlement in self.ledger.settlements.items():
            for part in settlement.slices:
                lot, day = self.ledger.lots[part.lot], self.ledger.demands[key].day
                assert lot.first_day <= day <= (lot.last_day or FAR)


class Walk:
    """The burn-down of fresh work, written once more and tried minute by minute."""

    def __init__(self, demand):
        self.demand = demand
        self.minutes = 0
        self.price = Decimal(0)
        self.purchased = 0
        self.slices = []

    def take(self, lot, quantity):
        if quantity <= 0 or (lot.allowance and self.demand.fee):
            return
        pay = self._pay_money if lot.unit == MONEY else self._pay_time
        burnt, minutes, price = pay(lot, quantity)
        if burnt or minutes:
            self.minutes += minutes
            self.price += price
            self.slices.append(
                Slice(lot.key, lot.unit, lot.allowance, burnt, minutes, price)
            )

    def _pay_money(self, _lot, quantity):
        paid = min(quantity, self.demand.price - self.price)
        if not paid:
            return 0, 0, paid
        share = Fraction(self.price + paid) / Fraction(self.demand.price)
        return paid, max(0, int(self.demand.minutes * share) - self.minutes), paid

    def _pay_time(self, lot, quantity):
        wanted = self.demand.minutes - self.minutes
        minutes = max(m for m in range(wanted + 1) if self._burnt(lot, m) <= quantity)
        burnt = self._burnt(lot, minutes)
        if not minutes:
            return 0, 0, 0
        self.purchased += 0 if lot.allowance else minutes
        share = Fraction(self.minutes + minutes, self.demand.minutes)
        price = round_money(Fraction(self.demand.price) * share, CENT)
        return burnt, minutes, max(Decimal(0), price - self.price)

    def _burnt(self, lot, minutes):
        """What so many more minutes burn; rounded up once over all purchased lots."""
        if lot.allowance:
            return minutes
        factor = Fraction(self.demand.time_factor)
        return ceil_minutes((self.purchased + minutes) * factor) - ceil_minutes(
            self.purchased * factor
        )


class RoughHistory(History):
    """The same where the engine hears of corrections only, not of draws after them.

    Late work may then get less than there is, and never more.
    """

    exact = False


def test_histories():
    run_state_machine_as_test(History, settings=histories(300))


def test_histories_without_draws_after_corrections():
    run_state_machine_as_test(RoughHistory, settings=histories(80))


def histories(examples):
    """``examples`` of the default profile; a thorough one has its own number."""
    default = settings.get_profile("default")
    current = settings()
    few = current.max_examples == default.max_examples
    return settings(
        current,
        max_examples=examples if few else current.max_examples,
        stateful_step_count=40,
    )
