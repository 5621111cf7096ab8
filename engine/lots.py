# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Lots of credit: which come first, and how much work on a day may take of them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MONEY = "money"
TIME = "time"


@dataclass(frozen=True)
class Lot:
    """A lot of credit as it stands; quantities in the currency or in minutes.

    ``free``: nothing was paid for it. ``allowance``: free tickets, which burn a minute
    per billed minute and pay no fees. ``lapsed``: what lapsed, once the lapse is posted
    (``closed``). ``rises``: ``(day, quantity)`` of postings after the grant that raised
    the lot on a later day than it was drawn, the only ones that can have made an
    earlier level lower than the present one. Draws since the first of them, with a
    minus, make the level exact; without them late work may get less than there is.
    """

    key: int
    unit: str
    remaining: Decimal
    first_day: date
    last_day: date | None = None
    priority: int = 10
    free: bool = False
    allowance: bool = False
    reserved: Decimal = Decimal(0)
    lapsed: Decimal = Decimal(0)
    closed: bool = False
    rises: tuple = ()


def burn_order(lot):
    """Sort key: priority, earliest expiry (none last), free first, oldest, key."""
    return (
        lot.priority,
        lot.last_day or date.max,
        not lot.free,
        lot.first_day,
        lot.key,
    )


def is_valid(lot, day):
    """Whether work on ``day`` may be paid by the lot at all."""
    return lot.first_day <= day and (lot.last_day is None or day <= lot.last_day)


def available(lot, day, today):
    """What work on ``day`` may take from the lot, posted on ``today``.

    Nothing outside the lot's validity. Late work takes at most the lowest level that
    the lot had from the day of the work until the earlier of today and its expiry, so
    that no lot stands below zero at any past date.
    """
    if not is_valid(lot, day):
        return Decimal(0)
    level = lot.lapsed if lot.closed else lot.remaining - lot.reserved
    end = min(today, lot.last_day) if lot.last_day else today
    return max(Decimal(0), lowest_level(level, lot.rises, day, end))


def lowest_level(level, rises, start, end):
    """Lowest level from ``start`` to ``end``, given the present one and later rises.

    It is never more than the present one. What rose after ``end`` was not there yet.

    >>> rises = ((date(2026, 3, 10), Decimal(50)),)
    >>> lowest_level(Decimal(80), rises, date(2026, 3, 1), date(2026, 3, 31))
    Decimal('30')
    """
    if not rises:
        return level
    changes = {}
    for day, quantity in rises:
        changes[day] = changes.get(day, 0) + quantity
    lowest = level
    for day in sorted(changes, reverse=True):
        if day <= start:
            break
        if day <= end:
            lowest = min(lowest, level)
        level -= changes[day]
    return min(lowest, level)
