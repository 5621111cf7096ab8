# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The recurring fee of a contract: so much a month for each covered asset, by day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from .dates import add_months
from .money import round_money


class Flat(NamedTuple):
    """Stands for the whole contract where its fee is a flat one.

    ``label`` is what the fee is invoiced as: fees of different ones are not added up.
    """

    label: int = 0


FLAT = Flat()


@dataclass(frozen=True)
class Coverage:
    """A covered asset: its ``fee`` a month, from ``first`` to ``last`` (or no end).

    ``key`` tells it from others and decides who is first among those that begin on one
    day. ``group`` is its service level.
    """

    key: int
    group: int
    fee: Decimal
    first: date
    last: date | None = None

    def holds(self, day):
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class FeeRule:
    """What is agreed about fees, from the day ``since`` on.

    From the ``discount_from``-th asset on (0: never) ``percent`` is taken off, counted
    in each group or, if not ``per_group``, over all. A ``flat_fee`` a month takes the
    place of all fees per asset; its amounts have the key ``flat_key``.
    """

    discount_from: int = 0
    percent: Decimal = Decimal(0)
    per_group: bool = True
    flat_fee: Decimal = Decimal(0)
    since: date = date.min
    flat_key: Flat = FLAT

    def takes_off(self, rank):
        """Percent off the fee of the ``rank``-th asset."""
        if not self.discount_from or rank < self.discount_from:
            return Decimal(0)
        return self.percent


def discounts_on(coverages, rule, day):
    """``{key: percent off}`` of what is covered on a day.

    Who is the n-th is decided day by day: by first day, then by key.

    >>> servers = [Coverage(n, 1, Decimal(140), date(2026, 1, 1)) for n in range(4)]
    >>> tenth_off = FeeRule(discount_from=4, percent=Decimal(10))
    >>> [int(off) for off in discounts_on(servers, tenth_off, date.max).values()]
    [0, 0, 0, 10]
    """
    ranks = defaultdict(int)
    found = {}
    for coverage in sorted(coverages, key=lambda one: (one.first, one.key)):
        if coverage.holds(day):
            group = coverage.group if rule.per_group else None
            ranks[group] += 1
            found[coverage.key] = rule.takes_off(ranks[group])
    return found


def fees_on(coverages, rule, day):
    """``{key: fee a month}`` of what is covered on a day, not rounded."""
    if rule.flat_fee:
        return {rule.flat_key: rule.flat_fee}
    off = discounts_on(coverages, rule, day)
    return {
        coverage.key: coverage.fee * (100 - off[coverage.key]) / 100
        for coverage in coverages
        if coverage.key in off
    }


def fees_between(coverages, rules, first, last, step):
    """``{key: fee}`` owed from one day to another, both included.

    Of each month as many days as are covered, rounded once for each coverage and month
    to ``step``, such as Decimal("0.01"). ``rules`` are in the order of their ``since``.

    >>> servers = [Coverage(n, 1, Decimal(140), date(2026, 1, 1)) for n in range(4)]
    >>> rules = [FeeRule(discount_from=4, percent=Decimal(10))]
    >>> november = date(2026, 11, 1), date(2026, 11, 30)
    >>> sum(fees_between(servers, rules, *november, Decimal("0.01")).values())
    Decimal('546.00')
    """
    owed = defaultdict(Decimal)
    month = first.replace(day=1)
    while month <= last:
        after = add_months(month, 1)
        until = min(last, after - timedelta(days=1))
        weighted = _weigh(coverages, rules, max(first, month), until)
        for key, amount in weighted.items():
            owed[key] += round_money(amount, step, over=(after - month).days)
        month = after
    return dict(owed)


def fee_owed_until(coverages, rules, first, last, step):
    """All that is owed from the first day of the fee up to and with ``last``."""
    owed = fees_between(coverages, rules, first, last, step)
    return sum(owed.values(), Decimal(0))


def month_fees(coverages, rules, month, first, last, step):
    """``{key: fee}`` of one month (its first day), as it is owed.

    ``first`` and ``last`` (or None) are the days between which the contract has a fee.
    It is what a missed target pays back.
    """
    until = add_months(month, 1) - timedelta(days=1)
    return fees_between(
        coverages, rules, max(first, month), min(last or until, until), step
    )


def flat_share(fee, number, step):
    """The part of a flat fee that falls to one of a number of covered assets.

    >>> flat_share(Decimal(500), 3, Decimal("0.01"))
    Decimal('166.67')
    """
    return round_money(fee, step, over=max(number, 1))


def _weigh(coverages, rules, first, last):
    """``{key: sum of the month's fee over the days}`` of days in one month."""
    weighted = defaultdict(Decimal)
    for start, end in _stretches(coverages, rules, first, last):
        rule = _rule_on(rules, start)
        days = (end - start).days
        for key, fee in fees_on(coverages, rule, start).items():
            weighted[key] += fee * days
    return weighted


def _stretches(coverages, rules, first, last):
    """``(first day, day after)`` of the stretches in which nothing changes."""
    end = last + timedelta(days=1)
    cuts = {first, end}
    cuts.update(rule.since for rule in rules)
    cuts.update(coverage.first for coverage in coverages)
    cuts.update(
        coverage.last + timedelta(days=1)
        for coverage in coverages
        if coverage.last and coverage.last < last
    )
    days = sorted(cut for cut in cuts if first <= cut <= end)
    return zip(days, days[1:], strict=False)


def _rule_on(rules, day):
    """The last rule that has begun; the first one also for the days before it."""
    begun = [rule for rule in rules if rule.since <= day]
    return begun[-1] if begun else rules[0]
