# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Time and rules become charges, each with its explanation.

An intervention is rated as a whole: its time per band is rounded to the grain, the
minimum counts once, fees are added, and money is rounded once per charge.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .money import round_half_up, round_money

#: Time bands in the order in which a tie between them is decided.
BANDS = ("business", "after_hours", "holiday")

LABOUR = "labour"
FEE = "fee"


@dataclass(frozen=True)
class Rate:
    """Price of ``per_minutes`` minutes; None as profile, mode or band means any."""

    key: int
    profile: int | None
    mode: str | None
    band: str | None
    date_from: date
    price: Decimal
    per_minutes: int
    time_factor: Decimal


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

    def missing(self, minutes):
        """What ``minutes`` lack of the minimum, in minutes: whole grains.

        >>> Rounding(15, 0, 40).missing(15), Rounding(15, 0, 40).missing(45)
        (30, 0)
        """
        return -(min(0, minutes - self.minimum) // self.grain) * self.grain


@dataclass(frozen=True)
class Price:
    """What ``per_minutes`` minutes cost, and the time credit a billed minute takes."""

    price: Decimal
    per_minutes: int = 60
    time_factor: Decimal = Decimal(1)


@dataclass(frozen=True)
class Fee:
    """A fixed amount per intervention in one of ``modes``.

    ``time_minutes`` is what time credit pays instead; 0: time credit cannot pay it.
    """

    code: str
    amount: Decimal
    time_minutes: int = 0
    modes: tuple = ()


@dataclass(frozen=True)
class Rules:
    """All that decides the price of an intervention, per band where bands differ.

    ``scope``: "intervention" rounds a band's time together, "line" each line by itself.
    """

    prices: dict
    rounding: dict
    step: Decimal
    scope: str = "intervention"
    fees: tuple = ()


@dataclass(frozen=True)
class Work:
    """Time to be rated: the delivery mode and ``(band, minutes)`` of every line."""

    mode: str
    lines: tuple = ()


@dataclass(frozen=True)
class Charge:
    """A priced line. ``minutes`` are billed minutes, ``time_minutes`` those that time
    credit can settle, ``explanation`` a tuple of ``(code, {argument: value})``."""

    code: str
    kind: str
    amount: Decimal
    raw_minutes: int = 0
    minutes: int = 0
    time_minutes: int = 0
    time_factor: Decimal = Decimal(1)
    price: Decimal = Decimal(0)
    per_minutes: int = 60
    explanation: tuple = field(default=(), compare=False)


def raw_minutes(hours):
    """Whole minutes of an iterable of hours (floats): 60 times their sum, half up.

    >>> raw_minutes([1 / 3, 1 / 3, 1 / 3])
    60
    """
    # The sum of the floats carries an error far below a second: six decimals kill it.
    return round_half_up(Decimal(repr(round(60 * sum(hours), 6))))


def select_rate(rates, profile, mode, band, day):
    """The most specific rate for this work on this day, or None.

    Profile before mode before band, then the latest start date. Two rates can tie only
    if all four are equal, which the rate card refuses. A holiday without a rate of its
    own is priced as after hours.
    """
    found = _select_rate(rates, profile, mode, band, day)
    if band == "holiday" and (found is None or found.band is None):
        fallback = _select_rate(rates, profile, mode, "after_hours", day)
        return fallback or found
    return found


def _select_rate(rates, profile, mode, band, day):
    wanted = (profile, mode, band)
    matching = [
        rate
        for rate in rates
        if rate.date_from <= day
        and all(
            own is None or own == want
            for own, want in zip(
                (rate.profile, rate.mode, rate.band), wanted, strict=True
            )
        )
    ]
    return max(matching, key=_specificity, default=None)


def _specificity(rate):
    return (
        rate.profile is not None,
        rate.mode is not None,
        rate.band is not None,
        rate.date_from,
    )


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
    missing = rules.rounding[main].missing(sum(rounded.values()))
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


def rate(work, rules, charged=()):
    """Charges of ``work``: labour per band, then fees.

    ``charged`` are the lines of the same intervention that are charged and locked
    already; only what comes on top is charged, without a second minimum or fee.
    """
    before = bill(charged, rules)
    total = bill(tuple(charged) + work.lines, rules)
    charges = [
        _labour(band, minutes, total[band], before.get(band, (0, 0, 0)), rules)
        for band, minutes in _on_top(total, before).items()
        if minutes or band in dict(work.lines)
    ]
    if total and not before:
        charges += [
            _fee(fee, rules.step)
            for fee in rules.fees
            if work.mode in fee.modes and (fee.amount or fee.time_minutes)
        ]
    return tuple(charges)


def _on_top(total, before):
    """Minutes by band that ``total`` bills more than ``before``; never negative.

    The minimum can move to another band when time is added: what a band then has less
    is taken off the others.
    """
    extra = {
        band: billed - before.get(band, (0, 0, 0))[2]
        for band, (_raw, _rounded, billed) in total.items()
    }
    credit = -sum(minutes for minutes in extra.values() if minutes < 0)
    for band, minutes in extra.items():
        taken = min(credit, max(minutes, 0))
        credit -= taken
        extra[band] = max(minutes, 0) - taken
    return extra


def _labour(band, minutes, total, before, rules):
    raw, rounded, billed = total
    price = rules.prices[band]
    rounding = rules.rounding[band]
    amount = round_money(
        Fraction(price.price) * minutes / price.per_minutes, rules.step
    )
    explanation = [("worked", {"minutes": raw})]
    if rounded != raw:
        explanation.append(
            (
                "rounded",
                {
                    "grain": rounding.grain,
                    "tolerance": rounding.tolerance,
                    "minutes": rounded,
                },
            )
        )
    if billed != rounded:
        explanation.append(("minimum", {"minutes": billed}))
    if minutes != billed:
        explanation.append(("charged_before", {"minutes": billed - minutes}))
    explanation.append(
        (
            "price",
            {
                "minutes": minutes,
                "price": str(price.price),
                "per_minutes": price.per_minutes,
                "amount": str(amount),
            },
        )
    )
    return Charge(
        code=f"{LABOUR}.{band}",
        kind=LABOUR,
        amount=amount,
        raw_minutes=raw - before[0],
        minutes=minutes,
        time_minutes=minutes,
        time_factor=price.time_factor,
        price=price.price,
        per_minutes=price.per_minutes,
        explanation=tuple(explanation),
    )


def _fee(fee, step):
    amount = round_money(fee.amount, step)
    return Charge(
        code=f"{FEE}.{fee.code}",
        kind=FEE,
        amount=amount,
        time_minutes=fee.time_minutes,
        price=amount,
        explanation=(("fee", {"code": fee.code, "amount": str(amount)}),),
    )
