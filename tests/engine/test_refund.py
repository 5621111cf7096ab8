# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What credit is worth when it is paid back."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.refund import paid_share, part_of, worth

CENT = Decimal("0.01")
CENTS = st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [("2750", "2500.00"), ("8250", "7500.00"), ("2000", "1818.18"), ("0", "0.00")],
)
def test_bundle_of_10000_for_11000_credits(quantity, expected):
    answer = worth(Decimal(quantity), Decimal(11000), Decimal(10000), CENT)
    assert answer == Decimal(expected)


def test_credit_that_nobody_paid_for_is_worth_nothing():
    assert worth(Decimal(10), Decimal(10), Decimal(0), CENT) == 0
    assert worth(Decimal(0), Decimal(0), Decimal(100), CENT) == 0


@given(CENTS, CENTS)
def test_all_of_a_lot_is_worth_its_price(granted, price):
    assert worth(granted, granted, price, CENT) == price


@given(CENTS, CENTS, st.fractions(0, 1))
def test_a_part_is_never_worth_more_than_the_whole(granted, price, part):
    quantity = part_of(granted, part.numerator, part.denominator, CENT)
    assert 0 <= quantity <= granted
    assert 0 <= worth(quantity, granted, price, CENT) <= price


def test_parts_of_time_are_whole_minutes():
    assert part_of(Decimal(420), 1, 8) == 53
    assert part_of(Decimal(420), 3, 3) == 420


@pytest.mark.parametrize(
    ("price", "credited", "expected"),
    [
        ("5000", "0", 1),
        ("5000", "2000", Fraction(3, 5)),
        ("5000", "5000", 0),
        ("5000", "6000", 0),
        ("0", "0", 1),
    ],
)
def test_what_a_credit_note_before_the_payment_has_left(price, credited, expected):
    assert paid_share(Decimal(price), Decimal(credited), CENT) == expected
