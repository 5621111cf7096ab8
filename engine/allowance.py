# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Free tickets: so many a month, which lapse at its end."""

from dataclasses import dataclass
from datetime import date, timedelta

from .dates import add_months


@dataclass(frozen=True)
class Allowance:
    """Free ``minutes``, usable from ``first_day`` to ``last_day``."""

    minutes: int
    first_day: date
    last_day: date


def month_allowance(month, number, minutes, since, until, today):
    """The free tickets of a month, or None.

    ``month``: its first day. ``number`` of tickets of so many ``minutes``. ``since``
    (its whole month counts) and ``until`` (or None): the days between which the
    contract gives them. Nothing is given more than a month ahead of ``today``, so that
    a mistyped year grants nothing.

    >>> first = date(2026, 11, 10)
    >>> month_allowance(date(2026, 11, 1), 3, 15, first, None, first).minutes
    45
    """
    end = add_months(month, 1)
    begins = since < end and month <= add_months(today.replace(day=1), 1)
    if number < 1 or not begins or (until and until < month):
        return None
    return Allowance(number * minutes, max(month, since), end - timedelta(days=1))
