# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What credit is worth when it is paid back.

A bundle and its bonus are one lot at average price: 10 000.00 paid for 11 000 credits
make 2 000 of them worth 1 818.18. Quantities are credits of money, or minutes.
"""

from decimal import Decimal
from fractions import Fraction

from .money import round_half_up, round_money


def worth(quantity, granted, price, step):
    """The share of ``price``, paid for ``granted``, that ``quantity`` has cost.

    >>> worth(Decimal(2000), Decimal(11000), Decimal(10000), Decimal("0.01"))
    Decimal('1818.18')
    """
    if not granted:
        return Decimal(0) * step
    return round_money(Fraction(price) * Fraction(quantity) / Fraction(granted), step)


def part_of(quantity, numerator, denominator, step=None):
    """``quantity`` x ``numerator`` / ``denominator``, in whole steps or minutes.

    For the part of a lot that one of several invoices has billed, and for the credit
    that a credit note of less money takes.

    >>> part_of(Decimal(5000), Decimal(500), Decimal(5000), Decimal("0.01"))
    Decimal('500.00')
    >>> part_of(Decimal(60), Decimal(1), Decimal(8))
    Decimal('8')
    """
    exact = Fraction(quantity) * Fraction(numerator) / Fraction(denominator)
    return round_money(exact, step) if step else Decimal(round_half_up(exact))


def paid_share(price, credited, step):
    """The part of ``price`` that credit notes have left to be paid: 0 to 1.

    >>> paid_share(Decimal(5000), Decimal(2000), Decimal("0.01"))
    Fraction(3, 5)
    """
    if not price:
        return Fraction(1)
    left = round_money(Fraction(price) - Fraction(credited), step)
    return max(Fraction(0), min(Fraction(1), Fraction(left) / Fraction(price)))


def left_to_give(fee, whole, given):
    """What of a ``fee`` can still be given back of a month that costs ``whole``.

    ``given``: what the month has given back already.

    >>> left_to_give(Decimal(630), Decimal(630), [Decimal(210)])
    Decimal('420')
    >>> left_to_give(Decimal(210), Decimal(630), [Decimal(630)])
    Decimal('0')
    """
    return max(min(fee, whole - sum(given, Decimal(0))), Decimal(0))


def split(amount, weights, step):
    """``amount`` in parts like ``weights``, a dict; the last one takes the rest.

    >>> fees = {"A": Decimal(140), "B": Decimal(210)}
    >>> split(Decimal("100.00"), fees, Decimal("0.01"))
    {'A': Decimal('40.00'), 'B': Decimal('60.00')}
    """
    parts = {}
    amount_left, weight_left = amount, sum(weights.values(), Decimal(0))
    for key, weight in weights.items():
        if weight_left:
            parts[key] = part_of(amount_left, weight, weight_left, step)
            amount_left -= parts[key]
            weight_left -= weight
    return parts
