# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Charges and lots become slices and overrun.

A demand (one charge) is settled by walking the lots in one fixed order. Money lots pay
price. Time lots pay minutes: where they have paid m of M minutes they have settled
round(price * m / M), so that price and minutes both close. What no lot pays is overrun.

Every demand keeps two running totals, the minutes and the price settled so far. They
make the parts add up to the whole without any correction at the end.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .lots import MONEY, TIME, available, burn_order, is_valid
from .money import ceil_minutes, round_money

#: Why a lot that could be used on the day of the work paid nothing of it.
EMPTY, RESERVED, LATE, NO_FEES, NO_TIME = (
    "empty",
    "reserved",
    "late",
    "no_fees",
    "no_time",
)
PAID = "paid"


@dataclass(frozen=True)
class Slice:
    """What one lot pays of one demand.

    ``quantity`` in the lot's unit, ``minutes`` and ``price`` of the demand it settles.
    """

    lot: int
    unit: str
    allowance: bool
    quantity: Decimal
    minutes: int
    price: Decimal


@dataclass(frozen=True)
class Overrun:
    minutes: int = 0
    price: Decimal = Decimal(0)


@dataclass(frozen=True)
class Settlement:
    """Who paid: slices in the order in which the lots were drawn, and the overrun.

    ``tried``: ``(lot, PAID or why it paid nothing)`` of the lots that were asked this
    time, in their order; none where nothing was left to be paid.
    """

    slices: tuple = ()
    overrun: Overrun = Overrun()
    tried: tuple = field(default=(), compare=False)


_NOTHING = Settlement()


@dataclass(frozen=True)
class Demand:
    """A charge to be settled on a day.

    ``minutes`` are those that time credit can settle: the billed minutes of labour, the
    time price of a fee, 0 where only money can pay. ``previous`` is how it was settled
    before its work changed. ``fresh``: its work is another now, so all that was drawn
    goes back before anything is drawn. ``credit``: whether lots may pay at all.
    ``waived``: overrun that was given up, and that no credit has to pay, also when the
    work is another now.
    """

    key: object
    day: date
    price: Decimal
    minutes: int = 0
    time_factor: Decimal = Decimal(1)
    fee: bool = False
    previous: Settlement | None = None
    fresh: bool = False
    credit: bool = True
    waived: Overrun = Overrun()

    @property
    def kept(self):
        """The former settlement, as far as it need not be undone."""
        if self.previous and not self.fresh and self.credit:
            return self.previous
        return Settlement(overrun=self.waived) if self.waived.price else _NOTHING


@dataclass(frozen=True)
class Posting:
    """One entry to be posted: ``kind`` is debit, release or expiry; all signed."""

    lot: int
    kind: str
    demand: object
    quantity: Decimal
    minutes: int = 0
    price: Decimal = Decimal(0)


@dataclass
class _Shelf:
    """The lots during one run, with what is still available of each."""

    lots: dict
    today: date
    order: list = field(init=False)

    def __post_init__(self):
        self.order = sorted(self.lots, key=lambda key: burn_order(self.lots[key]))

    def usable(self, day):
        """The lots that are valid on a day, in their order, with what they can give."""
        for key in self.order:
            lot = self.lots[key]
            if is_valid(lot, day):
                yield lot, available(lot, day, self.today)

    def draw(self, key, quantity, day):
        """Take ``quantity`` for work on ``day``; a negative one puts it back."""
        lot = self.lots[key]
        column = "lapsed" if lot.closed else "remaining"
        values = {column: getattr(lot, column) - quantity}
        if lot.rises:
            values["rises"] = (*lot.rises, (day, -quantity))
        self.lots[key] = replace(lot, **values)


@dataclass
class _Progress:
    """Running totals of one demand."""

    demand: Demand
    step: Decimal
    minutes: int = 0
    price: Decimal = Decimal(0)
    purchased_minutes: int = 0
    slices: list = field(default_factory=list)
    tried: list = field(default_factory=list)

    @property
    def open_minutes(self):
        return self.demand.minutes - self.minutes

    @property
    def open_price(self):
        return self.demand.price - self.price

    def add(self, part):
        """Count a slice; one that comes after another of the same lot joins it."""
        self.minutes += part.minutes
        self.price += part.price
        if part.unit == TIME and not part.allowance:
            self.purchased_minutes += part.minutes
        if self.slices and self.slices[-1].lot == part.lot:
            last = self.slices.pop()
            part = replace(
                part,
                quantity=last.quantity + part.quantity,
                minutes=last.minutes + part.minutes,
                price=last.price + part.price,
            )
        self.slices.append(part)


def burn(demands, lots, today, step):
    """Settle ``demands`` in the given order.

    Work that changed moves only the difference: what a demand needs less is first taken
    off its overrun, then put back into the lot drawn last; what it needs more is drawn
    afresh. All that is put back is there for the rest of the run. ``step`` is the
    rounding of the currency. Returns ``({demand key: Settlement}, [Posting])``.

    That holds for the same rate. Work at another one is a ``fresh`` demand: a full
    release and then a debit.
    """
    if len({demand.key for demand in demands}) < len(demands):
        raise ValueError("a demand can be settled only once per run")
    shelf = _Shelf({lot.key: lot for lot in lots}, today)
    work = []
    for demand in demands:
        progress = _Progress(demand, step)
        for part in _keep(progress):
            shelf.draw(part.lot, -part.quantity, demand.day)
        work.append(progress)
    settlements = {progress.demand.key: _settle(progress, shelf) for progress in work}
    moves = [
        move for demand in demands for move in _moves(demand, settlements[demand.key])
    ]
    # What goes back comes first, so that no lot is below zero between two entries.
    moves.sort(key=lambda move: move.quantity < 0)
    closed = {lot.key for lot in lots if lot.closed}
    postings = [entry for move in moves for entry in _entries(move, closed)]
    return settlements, postings


def _keep(progress):
    """Keep what the demand still needs of its slices; yield what goes back."""
    demand = progress.demand
    if demand.kept is not demand.previous:
        yield from demand.previous.slices if demand.previous else ()
        return
    for part in demand.kept.slices:
        kept = _shorten(part, progress)
        if kept:
            progress.add(kept)
        given_back = part.quantity - (kept.quantity if kept else 0)
        if given_back:
            yield replace(part, quantity=given_back)
    _absorb_rounding(progress)


def _absorb_rounding(progress):
    """Give a cent that is left without a minute to the time that was kept.

    Prices of kept slices are not computed again, so fewer minutes at a rate with
    fractions of a cent can leave one over. What time settles is counted in minutes.
    """
    if progress.demand.minutes and not progress.open_minutes and progress.slices:
        last = progress.slices[-1]
        if last.unit == TIME and progress.open_price:
            progress.slices[-1] = replace(last, price=last.price + progress.open_price)
            progress.price = progress.demand.price


def _shorten(part, progress):
    """The part of a slice that the demand still needs, or None."""
    if part.minutes <= progress.open_minutes and part.price <= progress.open_price:
        return part
    if part.unit == MONEY:
        price = min(part.price, progress.open_price)
        return _money_slice(part, price, progress) if price else None
    minutes = min(part.minutes, progress.open_minutes)
    return _time_slice(part, minutes, progress) if minutes else None


def _settle(progress, shelf):
    """Draw from the lots what is open, but for former overrun: that stays as it is."""
    demand = progress.demand
    kept_overrun = demand.kept.overrun
    for lot, quantity in shelf.usable(demand.day) if demand.credit else ():
        minutes = progress.open_minutes - kept_overrun.minutes
        price = progress.open_price - kept_overrun.price
        if minutes <= 0 and price <= 0:
            break
        part = quantity > 0 and _draw(lot, quantity, minutes, price, progress)
        progress.tried.append(
            (lot.key, PAID if part else _refusal(lot, quantity, demand))
        )
        if part:
            shelf.draw(lot.key, part.quantity, demand.day)
            progress.add(part)
    return Settlement(
        tuple(progress.slices),
        Overrun(progress.open_minutes, progress.open_price),
        tuple(progress.tried),
    )


def _refusal(lot, quantity, demand):
    """Why a valid lot, of which ``quantity`` is there, pays nothing of a demand."""
    if lot.allowance and demand.fee:
        return NO_FEES
    if lot.unit == TIME and not demand.minutes:
        return NO_TIME
    if quantity > 0 or not (lot.lapsed if lot.closed else lot.remaining):
        return EMPTY  # or less than a minute, or a minute of work that costs nothing
    return RESERVED if not lot.closed and lot.remaining == lot.reserved else LATE


def _draw(lot, quantity, minutes, price, progress):
    """The slice that a lot with ``quantity`` available pays, or None."""
    if lot.unit == MONEY:
        paid = min(quantity, price)
        return _money_slice(lot, paid, progress) if paid > 0 else None
    if lot.allowance and progress.demand.fee:
        return None
    paid = min(minutes, _minutes_for(lot, quantity, progress))
    return _time_slice(lot, paid, progress) if paid > 0 else None


def _money_slice(source, price, progress):
    """A slice of money; the minutes follow the price, whole ones only."""
    demand = progress.demand
    settled = progress.price + price
    minutes = demand.minutes
    if settled != demand.price:  # fractions are slow, and most work is paid in full
        minutes = int(minutes * Fraction(settled) / Fraction(demand.price))
    return Slice(
        lot=_key(source),
        unit=MONEY,
        allowance=False,
        quantity=price,
        minutes=max(0, minutes - progress.minutes),
        price=price,
    )


def _time_slice(source, minutes, progress):
    """A slice of time; the price follows the minutes."""
    demand = progress.demand
    settled = progress.minutes + minutes
    price = round_money(
        Fraction(demand.price) * settled / demand.minutes, progress.step
    )
    return Slice(
        lot=_key(source),
        unit=TIME,
        allowance=source.allowance,
        quantity=Decimal(
            minutes
            if source.allowance
            else _purchased(progress.purchased_minutes + minutes, demand)
            - _purchased(progress.purchased_minutes, demand)
        ),
        minutes=minutes,
        price=max(Decimal(0), price - progress.price),
    )


def _key(source):
    return source.lot if isinstance(source, Slice) else source.key


def _purchased(minutes, demand):
    """Purchased time credit that settles so many billed minutes."""
    return ceil_minutes(Fraction(minutes) * Fraction(demand.time_factor))


def _minutes_for(lot, quantity, progress):
    """Billed minutes that ``quantity`` minutes of a time lot settle."""
    if lot.allowance:
        return int(quantity)
    burnt = _purchased(progress.purchased_minutes, progress.demand)
    reach = Fraction(int(quantity) + burnt) / Fraction(progress.demand.time_factor)
    return int(reach) - progress.purchased_minutes


def _moves(demand, settlement):
    """Debits and releases from the demand's former settlement to the new one."""
    before = _by_lot(demand.previous.slices if demand.previous else ())
    if demand.kept is not demand.previous:
        for lot, old in before.items():
            yield Posting(
                lot, "release", demand.key, old.quantity, -old.minutes, -old.price
            )
        before = {}
    after = _by_lot(settlement.slices)
    for lot in {**before, **after}:
        old, new = before.get(lot), after.get(lot)
        quantity, minutes, price = (
            getattr(new, name, 0) - getattr(old, name, 0)
            for name in ("quantity", "minutes", "price")
        )
        if not (quantity or minutes or price):
            continue
        kind = "debit" if (quantity, price) > (0, 0) or not old else "release"
        yield Posting(
            lot, kind, demand.key, Decimal(-quantity), minutes, Decimal(price)
        )


def _entries(move, closed):
    """A move with what it does to the expiry of a lot that has lapsed already."""
    lapse = Posting(move.lot, "expiry", move.demand, -move.quantity)
    lapsed = move.lot in closed
    if lapsed and move.quantity < 0:
        yield lapse
    yield move
    if lapsed and move.quantity > 0:
        yield lapse


def _by_lot(slices):
    totals = {}
    for part in slices:
        if part.lot in totals:
            total = totals[part.lot]
            part = replace(
                part,
                quantity=total.quantity + part.quantity,
                minutes=total.minutes + part.minutes,
                price=total.price + part.price,
            )
        totals[part.lot] = part
    return totals
