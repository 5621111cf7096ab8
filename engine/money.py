# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rounding of money and time, the one place where it is done."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def round_money(amount, step, over=1):
    """Round ``amount`` / ``over`` half up to ``step``, e.g. Decimal("0.01").

    >>> round_money(Decimal("106.666668"), Decimal("0.01"))
    Decimal('106.67')
    """
    # Integers instead of fractions: every charge passes here.
    numerator, denominator = amount.as_integer_ratio()
    step_numerator, step_denominator = step.as_integer_ratio()
    return step * _round_ratio(
        numerator * step_denominator, denominator * step_numerator * over
    )


def round_half_up(value):
    """Round a Fraction, Decimal or int to the nearest integer, a half away from zero.

    >>> round_half_up(Decimal("2.5")), round_half_up(Decimal("-2.5"))
    (3, -3)
    """
    return _round_ratio(*value.as_integer_ratio())


def _round_ratio(numerator, denominator):
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def raw_minutes(hours):
    """Whole minutes of an iterable of hours (floats): 60 times their sum, half up.

    >>> raw_minutes([1 / 3, 1 / 3, 1 / 3])
    60
    """
    # The sum of the floats carries an error far below a second: six decimals kill it.
    return round_half_up(Decimal(repr(round(60 * sum(hours), 6))))


def ceil_minutes(value):
    """Round a Fraction or Decimal of minutes up to the whole minute.

    >>> ceil_minutes(Decimal("67.5"))
    68
    """
    return -int((-Fraction(value)) // 1)


def decimal_of(value, digits=6):
    """The Decimal that a float column with at most ``digits`` decimals stands for.

    >>> decimal_of(26.666667)
    Decimal('26.666667')
    """
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
