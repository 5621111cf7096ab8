# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An in-memory ledger: what the engine's answers do to lots, replayed from entries.

It stores entries as the addon does and knows nothing of the engine's arithmetic. The
levels of a lot are found the slow and certain way, by adding up all its entries.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from engine import burndown
from engine.lots import Lot

CENT = Decimal("0.01")
EXPIRY = "expiry"


@dataclass(frozen=True)
class Entry:
    """``quantity`` is signed, in the unit of the lot; ``day`` is the day it counts."""

    lot: int
    kind: str
    day: date
    quantity: Decimal
    demand: object = None
    minutes: int = 0
    price: Decimal = Decimal(0)


class Ledger:
    """Lots, entries and settled demands.

    ``exact``: tell the engine of all draws since a lot first rose again.
    """

    def __init__(self, today, exact=True, step=CENT):
        self.today = today
        self.exact = exact
        self.step = step
        self.lots = {}
        self.entries = []
        self.demands = {}
        self.settlements = {}
        self.corrected = {}

    # -- Events

    def grant(self, **values):
        lot = Lot(key=len(self.lots) + 1, **values)
        self.lots[lot.key] = lot
        self.entries.append(Entry(lot.key, "grant", lot.first_day, lot.remaining))
        return lot.key

    def settle(self, *demands):
        """Burn demands, each on top of how it was settled before, and post."""
        demands = [
            replace(demand, previous=self.settlements.get(demand.key))
            for demand in demands
        ]
        settlements, postings = burndown.burn(
            demands, self.as_lots(), self.today, self.step
        )
        for demand in demands:
            self.demands[demand.key] = replace(demand, previous=None, fresh=False)
        self.settlements.update(settlements)
        for posting in postings:
            self.post(posting)
        return postings

    def post(self, posting):
        day = self.demands[posting.demand].day
        self._add(
            Entry(
                posting.lot,
                posting.kind,
                day,
                posting.quantity,
                posting.demand,
                posting.minutes,
                posting.price,
            )
        )

    def expire(self):
        """What the expiry job does: write off what is left of lots past their day."""
        for lot in list(self.lots.values()):
            if lot.last_day and lot.last_day < self.today and not lot.closed:
                self.lots[lot.key] = replace(lot, closed=True, reserved=Decimal(0))
                self._add(Entry(lot.key, EXPIRY, lot.last_day, -lot.remaining))

    def refund(self, key, quantity):
        self._add(Entry(key, "refund", self.today, -quantity))

    def reserve(self, key, quantity):
        self.lots[key] = replace(self.lots[key], reserved=quantity)

    def correct(self, key):
        """Give back all that a demand drew, dated today; its work is locked then."""
        settlement = self.settlements.pop(key)
        self.corrected[key] = self.demands.pop(key)
        for part in settlement.slices:
            self._add(Entry(part.lot, "release", self.today, part.quantity))
            if self.lots[part.lot].closed:
                self._add(Entry(part.lot, EXPIRY, self.today, -part.quantity))

    def _add(self, entry):
        self.entries.append(entry)
        lot = self.lots[entry.lot]
        lot = replace(lot, remaining=lot.remaining + entry.quantity)
        if entry.kind == EXPIRY:
            lot = replace(lot, lapsed=lot.lapsed - entry.quantity)
        self.lots[entry.lot] = lot

    # -- What the engine is told

    def as_lots(self):
        return [replace(lot, rises=self.rises(lot)) for lot in self.lots.values()]

    def rises(self, lot):
        """Corrections, and (``exact``) all that came after the first of them."""
        changes = [
            (entry.day, entry.quantity, entry.kind == "release" and not entry.demand)
            for entry in self.entries
            if entry.lot == lot.key and entry.kind not in (EXPIRY, "grant")
        ]
        first = min((day for day, _quantity, rise in changes if rise), default=None)
        return tuple(
            (day, quantity)
            for day, quantity, rise in changes
            if rise or (self.exact and first and day >= first)
        )

    # -- The slow and certain way

    def entries_of(self, lot):
        return [entry for entry in self.entries if entry.lot == lot]

    def level(self, lot, day):
        """Credit in the lot at the end of a day, as if it never lapsed."""
        return sum(
            entry.quantity
            for entry in self.entries_of(lot)
            if entry.kind != EXPIRY and entry.day <= day
        )

    def days(self, lot):
        return {entry.day for entry in self.entries_of(lot)}

    def lowest(self, lot, start, end):
        """Lowest level from ``start`` to ``end``, days included."""
        days = {day for day in self.days(lot) if start <= day <= end}
        return min(self.level(lot, day) for day in days | {start})

    def drawn(self, demand):
        """Net (quantity, minutes, price) by lot that entries took for a demand."""
        totals = {}
        for entry in self.entries:
            if entry.demand == demand and entry.kind in ("debit", "release"):
                quantity, minutes, price = totals.get(entry.lot, (0, 0, 0))
                totals[entry.lot] = (
                    quantity - entry.quantity,
                    minutes + entry.minutes,
                    price + entry.price,
                )
        return {lot: total for lot, total in totals.items() if any(total)}
