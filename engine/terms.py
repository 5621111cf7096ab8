# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The life of a contract: its states, terms, notice and quarters, in calendar days."""

from datetime import date, timedelta

from .dates import add_months

#: Which state may follow which.
TRANSITIONS = {
    "draft": ("onboarding", "active"),
    "onboarding": ("active", "ended"),
    "active": ("ended",),
    "ended": (),
}


def may_follow(old, new):
    """Whether a contract may go from one state to another.

    >>> may_follow("draft", "active"), may_follow("ended", "active")
    (True, False)
    """
    return new in TRANSITIONS[old]


def term_end(start, months, day):
    """The last day of the term that ``day`` lies in.

    Terms of ``months`` follow each other from ``start`` on. Each is counted from the
    start, so that one of the 31st does not slip to the 28th for ever. A day before the
    start lies in the first term.

    >>> term_end(date(2026, 1, 31), 1, date(2026, 2, 28))
    datetime.date(2026, 3, 30)
    """
    if months < 1:
        raise ValueError("a term has at least one month")
    day = max(day, start)
    # Never more terms than whole months have passed, so this starts at or before it.
    passed = (day.year - start.year) * 12 + day.month - start.month
    number = max(passed // months, 1)
    while add_months(start, number * months) <= day:
        number += 1
    return add_months(start, number * months) - timedelta(days=1)


def notice_day(last_day, notice_days):
    """The last day on which notice can be given that ends on ``last_day``.

    >>> notice_day(date(2026, 12, 31), 30)
    datetime.date(2026, 12, 1)
    """
    return last_day - timedelta(days=notice_days)


def end_by_notice(start, months, notice_days, term_first, today):
    """The last day of a contract for which notice is given today.

    It is the end of the term that began on ``term_first``, or of the first one after it
    for which the notice is in time. A contract without terms (``months`` 0) ends when
    the notice days are over.

    >>> end_by_notice(date(2026, 1, 1), 12, 30, date(2026, 1, 1), date(2026, 12, 2))
    datetime.date(2027, 12, 31)
    """
    if months < 1:
        return max(start, today + timedelta(days=notice_days))
    last = term_end(start, months, term_first)
    while notice_day(last, notice_days) < today:
        last = term_end(start, months, last + timedelta(days=1))
    return last


def current_term(start, months, term_first, today):
    """First and last day of the term that holds today; never an earlier one than
    that of ``term_first``.

    >>> current_term(date(2026, 1, 1), 3, date(2026, 1, 1), date(2026, 5, 5))
    (datetime.date(2026, 4, 1), datetime.date(2026, 6, 30))
    """
    first, last = term_first, term_end(start, months, term_first)
    while last < today:
        first = last + timedelta(days=1)
        last = term_end(start, months, first)
    return first, last


def quarter(day):
    """First and last day of the calendar quarter.

    >>> quarter(date(2026, 11, 24))
    (datetime.date(2026, 10, 1), datetime.date(2026, 12, 31))
    """
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return first, add_months(first, 3) - timedelta(days=1)


def quarter_name(day):
    """The name of a calendar quarter, by which it is told from all others.

    >>> quarter_name(date(2026, 11, 24))
    '2026-Q4'
    """
    return f"{day.year:04d}-Q{(day.month - 1) // 3 + 1}"
