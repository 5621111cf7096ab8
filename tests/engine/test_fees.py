# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The recurring fee: volume discount, flat rate, and parts of months."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.dates import add_months
from engine.fees import (
    FLAT,
    Coverage,
    FeeRule,
    discounts_on,
    fee_owed_until,
    fees_between,
    fees_on,
    flat_share,
    month_fees,
)

CENT = Decimal("0.01")
START = date(2026, 1, 1)
DAYS = st.integers(0, 500).map(lambda days: START + timedelta(days=days))
FEES = st.integers(0, 500_000).map(lambda cents: Decimal(cents) / 100)
RULES = st.builds(
    FeeRule,
    discount_from=st.integers(0, 4),
    percent=st.integers(0, 100).map(Decimal),
    per_group=st.booleans(),
)


@st.composite
def coverage(draw, key):
    first = draw(DAYS)
    length = draw(st.none() | st.integers(0, 200))
    last = None if length is None else first + timedelta(days=length)
    return Coverage(key, draw(st.integers(1, 2)), draw(FEES), first, last)


COVERAGES = st.integers(0, 6).flatmap(
    lambda number: st.tuples(*(coverage(key) for key in range(number)))
)


def servers(number, fee=140, **vals):
    vals = {"first": START, **vals}
    return [Coverage(key, 1, Decimal(fee), **vals) for key in range(number)]


def total(fees):
    return sum(fees.values(), Decimal(0))


def last_of(month):
    return add_months(month, 1) - timedelta(days=1)


# -- the documents -----------------------------------------------------------------


def test_p17_four_servers_with_a_tenth_off_the_fourth():
    rule = FeeRule(discount_from=4, percent=Decimal(10))
    month = month_fees(servers(4), [rule], date(2026, 11, 1), START, None, CENT)
    assert sorted(month.values()) == [126, 140, 140, 140]
    assert total(month) == Decimal("546.00")


@pytest.mark.parametrize(("fee", "expected"), [(70, 210), (140, 420), (210, 630)])
def test_p18_a_quarter_in_advance(fee, expected):
    last = date(2026, 3, 31)
    owed = fee_owed_until(servers(1, fee), [FeeRule()], START, last, CENT)
    assert owed == Decimal(expected)


# -- who is the n-th ---------------------------------------------------------------


def test_the_discount_is_counted_per_level_or_over_all():
    four = [
        Coverage(key, key % 2, Decimal(100), START + timedelta(days=-key))
        for key in range(4)
    ]
    per_level = FeeRule(discount_from=2, percent=Decimal(50))
    over_all = FeeRule(discount_from=2, percent=Decimal(50), per_group=False)
    assert discounts_on(four, per_level, START) == {3: 0, 2: 0, 1: 50, 0: 50}
    assert discounts_on(four, over_all, START) == {3: 0, 2: 50, 1: 50, 0: 50}


def test_the_fourth_loses_its_discount_when_another_one_ends():
    rule = FeeRule(discount_from=4, percent=Decimal(10))
    four = servers(3) + [Coverage(9, 1, Decimal(140), START)]
    four[0] = Coverage(0, 1, Decimal(140), START, date(2026, 6, 15))
    fees = month_fees(four, [rule], date(2026, 6, 1), START, None, CENT)
    assert fees[9] == Decimal("133.00")  # 15 days at 126, 15 days at 140
    assert fees[0] == Decimal("70.00")


def test_flat():
    rules = [FeeRule(flat_fee=Decimal(500))]
    assert fees_on(servers(3), rules[0], START) == {FLAT: 500}
    owed = fees_between(servers(3), rules, date(2026, 2, 15), date(2026, 3, 31), CENT)
    assert owed == {FLAT: Decimal("750.00")}
    assert flat_share(Decimal(500), 0, CENT) == 500


def test_other_terms_hold_from_their_day_on():
    rules = [FeeRule(), FeeRule(1, Decimal(10), since=date(2026, 2, 15))]
    owed = fees_between(servers(1), rules, START, date(2026, 3, 31), CENT)
    assert owed[0] == Decimal("399.00")  # 140, half a month at 126, 126


def test_nothing_before_the_first_day():
    assert fees_between(servers(1), [FeeRule()], START, date(2025, 12, 31), CENT) == {}
    months = month_fees(
        servers(1), [FeeRule()], date(2026, 3, 1), START, date(2026, 2, 1), CENT
    )
    assert months == {}


# -- properties --------------------------------------------------------------------


@given(COVERAGES, RULES, st.integers(0, 17), st.integers(0, 6))
def test_months_add_up_exactly(coverages, rule, before, more):
    border = add_months(START, before)
    end = last_of(add_months(border, more))
    whole = fee_owed_until(coverages, [rule], START, end, CENT)
    first = fee_owed_until(coverages, [rule], START, border - timedelta(days=1), CENT)
    rest = fee_owed_until(coverages, [rule], border, end, CENT)
    assert first + rest == whole
    months = [add_months(START, number) for number in range(before + more + 1)]
    assert whole == sum(
        (total(month_fees(coverages, [rule], month, START, None, CENT)))
        for month in months
    )


@given(COVERAGES, RULES, st.lists(DAYS, min_size=3, max_size=3).map(sorted))
def test_a_split_within_a_month_is_off_by_rounding_only(coverages, rule, days):
    first, middle, last = days
    whole = fees_between(coverages, [rule], first, last, CENT)
    left = fees_between(coverages, [rule], first, middle, CENT)
    right = fees_between(coverages, [rule], middle + timedelta(days=1), last, CENT)
    for key in whole:
        difference = whole[key] - left.get(key, 0) - right.get(key, 0)
        assert abs(difference) <= CENT


@given(COVERAGES, RULES, DAYS)
def test_no_day_is_lost_or_counted_twice(coverages, rule, day):
    """The month is the sum of its days, each priced on its own."""
    month = day.replace(day=1)
    days = monthrange(month.year, month.month)[1]
    expected = {}
    for number in range(days):
        found = fees_on(coverages, rule, month + timedelta(days=number))
        for key, fee in found.items():
            expected[key] = expected.get(key, 0) + fee / days
    fees = month_fees(coverages, [rule], month, date.min, None, CENT)
    assert fees.keys() == expected.keys()
    for key, fee in fees.items():
        assert abs(fee - expected[key]) <= CENT / 2 + Decimal("1e-20")


@given(COVERAGES, RULES, st.data())
def test_one_that_comes_later_lowers_no_other(coverages, rule, data):
    new = data.draw(coverage(99))
    assume(all(new.first >= other.first for other in coverages))
    last = START + timedelta(days=700)
    before = fees_between(coverages, [rule], START, last, CENT)
    after = fees_between((*coverages, new), [rule], START, last, CENT)
    assert all(after[key] == fee for key, fee in before.items())


@given(st.integers(0, 6), RULES, st.data())
def test_one_more_at_the_same_fee_never_lowers_the_total(number, rule, data):
    new = data.draw(coverage(99))
    same = [Coverage(key, 1, new.fee, START) for key in range(number)]
    last = START + timedelta(days=700)
    before = fee_owed_until(same, [rule], START, last, CENT)
    # A cent a month and coverage is what rounding can move.
    slack = CENT * (number + 1) * 24
    assert fee_owed_until([*same, new], [rule], START, last, CENT) >= before - slack


@given(FEES, st.integers(1, 9), st.integers(0, 100), st.integers(0, 23))
def test_a_full_quarter_is_three_months(fee, number, percent, month):
    rule = FeeRule(discount_from=4, percent=Decimal(percent))
    first = add_months(START, month)
    assets = servers(number, fee)
    quarter = fees_between(assets, [rule], first, last_of(add_months(first, 2)), CENT)
    one = month_fees(assets, [rule], first, START, None, CENT)
    assert quarter == {key: 3 * amount for key, amount in one.items()}


@given(COVERAGES, RULES, st.lists(DAYS, min_size=2, max_size=2).map(sorted))
def test_between_nothing_and_the_list_price(coverages, rule, days):
    first, last = days
    owed = fees_between(coverages, [rule], first, last, CENT)
    full = fees_between(coverages, [FeeRule()], first, last, CENT)
    assert all(0 <= owed[key] <= full[key] for key in full)
