# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Time and rules become charges, each with its explanation.

An intervention is rated as a whole: its time per band is rounded to the grain, the
minimum counts once, the contract's discount is taken off, fees are added, and money is
rounded once per charge.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from .clock import BANDS, BUSINESS, NO_START, REQUEST, WORK, Opening
from .money import round_money
from .rates import ADVISORY, BILLABLE, INCLUDED, PREPAID, UNSUPPORTED

LABOUR = "labour"
FEE = "fee"

#: Why work waits although it has a price: an exception settles it.
EXCEPTIONS = ("mode", ADVISORY, UNSUPPORTED, "not_planned", "not_offered")

#: Work outside business hours: always, only if a dispatcher has planned it, or only
#: where a dispatcher makes an exception.
ALLOWED, PLANNED, REFUSED = "allowed", "planned", "refused"


@dataclass(frozen=True)
class Rounding:
    """How the minutes of one band are rounded.

    A started grain counts when more than ``tolerance`` minutes of it were worked:
    DefiningIT's "3 h 37 is 3 h 45, 3 h 05 is 3 h 00" is grain 15, tolerance 6.
    """

    grain: int = 15
    tolerance: int = 0
    minimum: int = 0

    def round(self, minutes):
        """Whole grains of ``minutes``, in minutes; 0 for no time.

        >>> Rounding(15, 6).round(217), Rounding(15, 6).round(185)
        (225, 180)
        """
        units, rest = divmod(minutes, self.grain)
        return self.grain * (units + (rest > self.tolerance))

    def missing(self, minutes, minimum):
        """What ``minutes`` lack of a minimum, in minutes: whole grains.

        >>> Rounding(15).missing(15, 40), Rounding(15).missing(45, 40)
        (30, 0)
        """
        return -(min(0, minutes - minimum) // self.grain) * self.grain


@dataclass(frozen=True)
class Price:
    """What ``per_minutes`` minutes cost, and the time credit a billed minute takes.

    ``minimum`` in minutes, 0: that of the band's rounding. ``source``: what to tell
    about the rate that was found, ``(name, value)`` pairs.
    """

    price: Decimal
    per_minutes: int = 60
    time_factor: Decimal = Decimal(1)
    minimum: int = 0
    source: tuple = ()


@dataclass(frozen=True)
class Fee:
    """A fixed amount for work in one of ``modes`` (None: any), once per intervention.

    ``time_minutes`` is what time credit pays instead; 0: time credit cannot pay it.
    ``urgent``: only for urgent requests, once per request, and also where the work
    itself is included.
    """

    code: str
    amount: Decimal
    time_minutes: int = 0
    modes: tuple | None = None
    urgent: bool = False


#: What each fee is due for, beside its amount and its time price.
FEES = {"travel": {"modes": ("onsite",)}, "urgent": {"urgent": True}}


@dataclass(frozen=True)
class Rules:
    """All that decides the price of an intervention, per band where bands differ.

    ``scope``: "intervention" rounds a band's time together, "line" each line by itself.
    ``clock``: whether the hour of the work or that of the request chooses the band.
    ``discount``: percent off the prices. ``modes``: what is offered, None: all.
    """

    prices: dict
    rounding: dict
    step: Decimal
    scope: str = "intervention"
    fees: tuple = ()
    opening: Opening | None = None
    clock: str = WORK
    discount: Decimal = Decimal(0)
    after_hours: str = ALLOWED
    coverage: str = PREPAID
    modes: tuple | None = None

    def minimum(self, band):
        """The least that an intervention mainly in this band is billed, in minutes."""
        price = self.prices.get(band)
        return (price.minimum if price else 0) or self.rounding[band].minimum


@dataclass(frozen=True)
class Work:
    """Time to be rated: the delivery mode and ``(band, minutes)`` of every line.

    ``clocks``: which clock chose each band (``clock.assign_bands``); ``request``: when
    the request came in, on the wall clock of the opening hours, to be told where it
    decided. ``planned``: a dispatcher agreed to it beforehand (``clock.is_planned``);
    ``accepted``: those of EXCEPTIONS that one made afterwards.
    """

    mode: str
    lines: tuple = ()
    clocks: dict = field(default_factory=dict)
    urgent: bool = False
    request: str | None = None
    planned: bool = False
    accepted: frozenset = frozenset()


@dataclass(frozen=True)
class Before:
    """What was charged already and is locked, so that only the rest is charged.

    ``lines`` and billed ``minutes`` by band of the same intervention; the codes of
    ``fees`` of the intervention, and of the urgent fees of the request.
    """

    lines: tuple = ()
    minutes: dict = field(default_factory=dict)
    fees: frozenset = frozenset()


@dataclass(frozen=True)
class Charge:
    """A priced line. ``minutes`` are billed minutes, ``time_minutes`` those that time
    credit can settle, ``list_amount`` the price before discount and coverage,
    ``uses_credit`` whether lots may pay it, ``explanation`` a tuple of
    ``(code, {argument: value})``."""

    code: str
    kind: str
    amount: Decimal
    raw_minutes: int = 0
    minutes: int = 0
    time_minutes: int = 0
    time_factor: Decimal = Decimal(1)
    price: Decimal = Decimal(0)
    per_minutes: int = 60
    list_amount: Decimal = Decimal(0)
    uses_credit: bool = True
    explanation: tuple = field(default=(), compare=False)


def refusal(work, rules):
    """Why the work cannot be priced before somebody has decided, or None.

    "mode": not offered this way; "advisory", "unsupported": the contract does not cover
    the request; "not_planned", "not_offered": outside business hours; "rate": no price
    is known. Time is stored all the same.
    """
    bands = {band for band, _minutes in work.lines}
    after_hours = {PLANNED: "not_planned", REFUSED: "not_offered"}
    reasons = (
        rules.modes is not None and work.mode not in rules.modes and "mode",
        rules.coverage in (ADVISORY, UNSUPPORTED) and rules.coverage,
        bool(bands - {BUSINESS})
        and not work.planned
        and after_hours.get(rules.after_hours),
    )
    for reason in reasons:
        if reason and reason not in work.accepted:
            return reason
    return "rate" if bands - rules.prices.keys() else None


def bill(lines, rules):
    """Billed minutes by band: ``{band: (raw, rounded, billed)}``, in minutes.

    The minimum is that of the band with the most time, and counts once.
    """
    raw = {}
    rounded = {}
    for band, minutes in _rounding_units(lines, rules.scope):
        raw[band] = raw.get(band, 0) + minutes
        rounded[band] = rounded.get(band, 0) + rules.rounding[band].round(minutes)
    if not any(raw.values()):
        return {}
    main = max(raw, key=lambda band: (raw[band], -BANDS.index(band)))
    missing = rules.rounding[main].missing(sum(rounded.values()), rules.minimum(main))
    return {
        band: (
            raw[band],
            rounded[band],
            rounded[band] + (missing if band == main else 0),
        )
        for band in BANDS
        if raw.get(band)
    }


def _rounding_units(lines, scope):
    if scope == "line":
        return lines
    totals = {}
    for band, minutes in lines:
        totals[band] = totals.get(band, 0) + minutes
    return totals.items()


def rate(work, rules, before=None):
    """Charges of ``work``: labour per band, then fees.

    ``before``: what comes on top is charged, without a second minimum or fee.
    """
    before = before or Before()
    earlier = bill(before.lines, rules) if before.lines else {}
    total = bill(before.lines + work.lines, rules)
    own = {band for band, _minutes in work.lines}
    charges = [
        _labour(
            band, minutes, total[band], earlier.get(band, (0,))[0], before, work, rules
        )
        for band, minutes in _on_top(total, before.minutes).items()
        if band in own
    ]
    if total:
        charges += [
            _fee(fee, rules)
            for fee in rules.fees
            if _is_due(fee, work) and fee.code not in before.fees
        ]
    return tuple(charges)


def _is_due(fee, work):
    return (
        (fee.modes is None or work.mode in fee.modes)
        and (fee.amount or fee.time_minutes)
        and (work.urgent or not fee.urgent)
    )


def _on_top(total, charged):
    """Minutes by band that ``total`` bills more than was charged; never negative.

    The minimum can move to another band when time is added: what a band then has less
    is taken off the others.
    """
    extra = {
        band: billed - charged.get(band, 0)
        for band, (_raw, _rounded, billed) in total.items()
    }
    extra.update(
        {band: -minutes for band, minutes in charged.items() if band not in total}
    )
    credit = -sum(minutes for minutes in extra.values() if minutes < 0)
    for band in total:
        taken = min(credit, max(extra[band], 0))
        credit -= taken
        extra[band] = max(extra[band], 0) - taken
    return {band: extra[band] for band in total}


def _labour(band, minutes, total, raw_before, before, work, rules):
    price = rules.prices[band]
    charged = before.minutes.get(band, 0)
    net = price.price
    full = amount = _running(net, price.per_minutes, charged, minutes, rules.step)
    if rules.discount:
        net = net * (100 - rules.discount) / 100
        amount = _running(net, price.per_minutes, charged, minutes, rules.step)
    included = rules.coverage == INCLUDED
    return Charge(
        code=f"{LABOUR}.{band}",
        kind=LABOUR,
        amount=Decimal(0) * rules.step if included else amount,
        raw_minutes=total[0] - raw_before,
        minutes=minutes,
        time_minutes=0 if included else minutes,
        time_factor=price.time_factor,
        price=net,
        per_minutes=price.per_minutes,
        list_amount=full,
        uses_credit=rules.coverage != BILLABLE,
        explanation=tuple(
            (
                *_explain_time(band, minutes, total, work, rules),
                *_explain_price(band, minutes, net, amount, rules),
            )
        ),
    )


def _running(price, per_minutes, charged, minutes, step):
    """The price of ``minutes`` on top of ``charged`` ones, so that parts add up."""

    def until(count):
        return round_money(price * count, step, per_minutes)

    return until(charged + minutes) - until(charged) if charged else until(minutes)


def _explain_time(band, minutes, total, work, rules):
    raw, rounded, billed = total
    rounding = rules.rounding[band]
    yield "worked", {"minutes": raw}
    if band in work.clocks:
        clock = work.clocks[band]
        told = {"at": work.request} if clock in (REQUEST, NO_START) else {}
        yield "band", {"band": band, "clock": clock, **told}
    if rounded != raw:
        yield (
            "rounded",
            {
                "grain": rounding.grain,
                "tolerance": rounding.tolerance,
                "minutes": rounded,
            },
        )
    if billed != rounded:
        yield "minimum", {"minutes": billed}
    if minutes != billed:
        yield "charged_before", {"minutes": billed - minutes}


def _explain_price(band, minutes, net, amount, rules):
    price = rules.prices[band]
    if price.source:
        yield "rate", dict(price.source)
    if rules.discount:
        yield "discount", {"percent": str(rules.discount), "price": str(price.price)}
    yield (
        "price",
        {
            "minutes": minutes,
            "price": str(net),
            "per_minutes": price.per_minutes,
            "amount": str(amount),
        },
    )
    if price.time_factor != 1:
        yield "factor", {"factor": f"{price.time_factor.normalize():f}"}
    if rules.coverage in (INCLUDED, BILLABLE):
        yield rules.coverage, {}


def _fee(fee, rules):
    full = round_money(fee.amount, rules.step)
    included = rules.coverage == INCLUDED and not fee.urgent
    amount = full * 0 if included else full
    explanation = [("fee", {"code": fee.code, "amount": str(full)})]
    if included or rules.coverage == BILLABLE:
        explanation.append((rules.coverage, {}))
    return Charge(
        code=f"{FEE}.{fee.code}",
        kind=FEE,
        amount=amount,
        time_minutes=0 if included else fee.time_minutes,
        price=full,
        list_amount=full,
        uses_credit=rules.coverage != BILLABLE,
        explanation=tuple(explanation),
    )
