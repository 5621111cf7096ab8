# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rounding of money and time, the one place where it is done."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def round_money(amount, step):
    """Round ``amount`` (Decimal or Fraction) half up to ``step``, e.g. Decimal("0.01").

    >>> round_money(Decimal("106.666668"), Decimal("0.01"))
    Decimal('106.67')
    """
    units = Fraction(amount) / Fraction(step)
    return step * round_half_up(units)


def round_half_up(value):
    """Round a Fraction, Decimal or int to the nearest integer, a half away from zero.

    >>> round_half_up(Decimal("2.5")), round_half_up(Decimal("-2.5"))
    (3, -3)
    """
    value = Fraction(value)
    sign = -1 if value < 0 else 1
    return sign * int(abs(value) + Fraction(1, 2))


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
