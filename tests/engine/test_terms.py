# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""States, terms, notice and quarters."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dates import add_months
from engine.terms import (
    TRANSITIONS,
    current_term,
    end_by_notice,
    may_follow,
    notice_day,
    quarter,
    quarter_name,
    term_end,
)

DAYS = st.dates(date(2000, 1, 1), date(2060, 1, 1))
MONTHS = st.integers(1, 60)


def test_states():
    allowed = {(old, new) for old in TRANSITIONS for new in TRANSITIONS[old]}
    assert allowed == {
        ("draft", "onboarding"),
        ("draft", "active"),
        ("onboarding", "active"),
        ("onboarding", "ended"),
        ("active", "ended"),
    }
    assert not may_follow("active", "active")
    assert not may_follow("active", "draft")


@pytest.mark.parametrize(
    ("start", "months", "day", "last"),
    [
        (date(2026, 1, 1), 12, date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 1, 1), 12, date(2026, 12, 31), date(2026, 12, 31)),
        (date(2026, 1, 1), 12, date(2027, 1, 1), date(2027, 12, 31)),
        (date(2026, 1, 1), 12, date(2025, 1, 1), date(2026, 12, 31)),
        (date(2028, 2, 29), 12, date(2028, 2, 29), date(2029, 2, 27)),
        (date(2028, 2, 29), 12, date(2032, 2, 28), date(2032, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 27), date(2026, 2, 27)),
        (date(2026, 1, 31), 1, date(2026, 2, 28), date(2026, 3, 30)),
        (date(2026, 11, 24), 3, date(2026, 11, 24), date(2027, 2, 23)),
    ],
)
def test_term_end(start, months, day, last):
    assert term_end(start, months, day) == last


def test_no_term_of_nothing():
    with pytest.raises(ValueError, match="at least one month"):
        term_end(date(2026, 1, 1), 0, date(2026, 1, 1))


@given(DAYS, MONTHS, DAYS)
def test_terms_have_no_gap(start, months, day):
    last = term_end(start, months, day)
    assert last >= max(day, start)
    following = term_end(start, months, last + timedelta(days=1))
    # The next term begins on the next day and is not the same one.
    assert following > last
    assert term_end(start, months, last) == last
    first_of_last = add_months(last + timedelta(days=1), -months)
    assert abs((max(day, start) - first_of_last).days) <= months * 31 + 3


@given(DAYS, MONTHS, DAYS)
def test_a_late_renewal_ends_where_many_in_time_would(start, months, today):
    last = term_end(start, months, start)
    while last < today:
        last = term_end(start, months, last + timedelta(days=1))
    first, late = current_term(start, months, start, today)
    assert late == last
    assert first <= max(today, start) <= late
    # Twice is once.
    assert current_term(start, months, first, today) == (first, late)


def test_a_term_that_changed_length_goes_on_from_its_start():
    start = date(2026, 1, 1)
    assert current_term(start, 3, start, date(2026, 10, 5)) == (
        date(2026, 10, 1),
        date(2026, 12, 31),
    )


@pytest.mark.parametrize(
    ("today", "end"),
    [
        (date(2026, 6, 1), date(2026, 12, 31)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2026, 12, 2), date(2027, 12, 31)),
    ],
)
def test_notice_in_time_and_too_late(today, end):
    start = date(2026, 1, 1)
    assert end_by_notice(start, 12, 30, start, today) == end
    assert notice_day(end, 30) >= today


def test_notice_longer_than_the_term():
    start = date(2026, 1, 1)
    assert end_by_notice(start, 1, 90, start, start) == date(2026, 4, 30)


def test_notice_without_terms():
    start = date(2026, 1, 1)
    assert end_by_notice(start, 0, 30, start, date(2026, 3, 1)) == date(2026, 3, 31)
    assert end_by_notice(start, 0, 0, start, date(2025, 3, 1)) == start


@given(DAYS)
def test_quarters(day):
    first, last = quarter(day)
    assert first <= day <= last
    assert (first.day, (last + timedelta(days=1)).day) == (1, 1)
    assert quarter_name(first) == quarter_name(day) == quarter_name(last)
    assert quarter_name(last + timedelta(days=1)) != quarter_name(day)


def test_quarter_names():
    assert [quarter_name(date(2026, month, 1)) for month in (1, 4, 7, 10)] == [
        "2026-Q1",
        "2026-Q2",
        "2026-Q3",
        "2026-Q4",
    ]
