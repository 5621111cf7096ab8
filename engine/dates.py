# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Validity of credit, in plain calendar days."""

import calendar
from datetime import date, timedelta


def add_months(day, months):
    """``day`` some months on; the month's last day where it has no such day.

    >>> add_months(date(2028, 2, 29), 12)
    datetime.date(2029, 2, 28)
    """
    month0 = day.month - 1 + months
    year, month = day.year + month0 // 12, month0 % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def last_usable_day(first_day, number, unit):
    """Last day on which credit can be used that is valid for ``number`` units.

    ``unit`` is "day", "month" or "year". A year from 2026-11-21 makes 2027-11-21 the
    last usable day.

    >>> last_usable_day(date(2026, 11, 21), 1, "year")
    datetime.date(2027, 11, 21)
    """
    if number < 1:
        raise ValueError("credit must be valid for at least one unit of time")
    if unit == "day":
        return first_day + timedelta(days=number)
    return add_months(first_day, {"month": 1, "year": 12}[unit] * number)
