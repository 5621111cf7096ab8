# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Rating: the engine alone, and its share in the cost of a debit."""

import time
from datetime import datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytz
from lines import LINE
from measure import Sample, call
from world import OURS

from odoo.addons.prepaid_support.engine import clock, rating

START = datetime(2026, 11, 24, 9, tzinfo=pytz.utc)
WEEK = (((540, 1020),),) * 5 + ((), ())


def measure_engine(count):
    """Microseconds per intervention of work within a band, and of work over closing
    time, on site, with a discount: three charges."""
    opening = clock.Opening(pytz.timezone("Europe/Brussels"), (WEEK,))
    rules = rating.Rules(
        prices={band: rating.Price(Decimal("26.666667"), 15) for band in clock.BANDS},
        rounding={band: rating.Rounding(15, 0, 30) for band in clock.BANDS},
        step=Decimal("0.01"),
        fees=(rating.Fee("travel", Decimal(150), modes=("onsite",)),),
        opening=opening,
        discount=Decimal(25),
    )
    return [
        _rate(rules, "remote", START, count),
        _rate(rules, "onsite", START + timedelta(hours=6, minutes=30), count),
    ]


def _rate(rules, mode, start, count):
    jobs = [
        # Weeks of one winter, so that closing time is the same instant of the day.
        [clock.Line(1.25, start + timedelta(days=7 * (number % 15)))]
        for number in range(count)
    ]
    charges = 0
    begin = time.perf_counter()
    for lines in jobs:
        parts, clocks = clock.assign_bands(
            lines, rules.opening, rules.clock, None, rules.scope
        )
        work = rating.Work(mode, parts, clocks)
        if not rating.refusal(work, rules):
            charges += len(rating.rate(work, rules))
    seconds = time.perf_counter() - begin
    assert charges == count * (3 if mode == "onsite" else 1)
    return seconds / count * 1e6


def measure_share(registry, world, customer, runs, first_day):
    """Seconds of one line by RPC, and those of them that rating takes."""
    whole, rated = Sample(), Sample()
    model = registry["support.intervention"]
    original = model._rate
    spent = []

    def timed(self, lines):
        begin = time.perf_counter()
        answer = original(self, lines)
        spent.append(time.perf_counter() - begin)
        return answer

    with patch.object(model, "_rate", timed):
        for number in range(-2, runs):
            spent.clear()
            vals = customer.line(OURS, first_day + 2 + number)
            _line, seconds, queries = call(registry, world.user, LINE, "create", [vals])
            if number >= 0:  # the first ones only warm the worker's caches
                whole.add(seconds, queries)
                rated.add(sum(spent))
    return whole, rated
