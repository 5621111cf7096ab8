# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Free tickets of a month, and what burning leaves of them."""

from datetime import date
from decimal import Decimal

import pytest

from engine.allowance import Allowance, month_allowance
from engine.burndown import Demand, burn
from engine.lots import TIME, Lot

TODAY = date(2026, 3, 20)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.mark.parametrize(
    ("month", "values", "expected"),
    [
        (MARCH, {}, Allowance(45, MARCH, date(2026, 3, 31))),
        (date(2028, 2, 1), {"today": date(2028, 2, 1)}, date(2028, 2, 29)),
        (MARCH, {"number": 0}, None),
        # from the middle of a month, and until the middle of one
        (MARCH, {"since": date(2026, 3, 10)}, date(2026, 3, 10)),
        (MARCH, {"since": APRIL}, None),
        (MARCH, {"until": date(2026, 3, 10)}, date(2026, 3, 31)),
        (APRIL, {"until": date(2026, 3, 31)}, None),
        # not for years ahead
        (APRIL, {}, date(2026, 4, 30)),
        (date(2026, 5, 1), {}, None),
    ],
)
def test_free_tickets_of_a_month(month, values, expected):
    given = {
        "number": 3,
        "minutes": 15,
        "since": date(2026, 1, 1),
        "until": None,
        "today": TODAY,
        **values,
    }
    found = month_allowance(month, **given)
    if isinstance(expected, date):
        assert expected in (found.first_day, found.last_day)
    else:
        assert found == expected


def test_R15_not_carried_over():
    """One of three used in March: in April there are three, not five."""
    lots = []
    for key, month in enumerate((MARCH, APRIL)):
        given = month_allowance(month, 3, 15, MARCH, None, TODAY)
        lots.append(
            Lot(
                key,
                TIME,
                Decimal(given.minutes),
                given.first_day,
                given.last_day,
                allowance=True,
            )
        )

    def use(day, count):
        demands = [Demand(n, day, Decimal(20), 15) for n in range(count)]
        _settlements, postings = burn(demands, lots, day, Decimal("0.01"))
        return {one.lot for one in postings}, -sum(one.quantity for one in postings)

    assert use(date(2026, 3, 20), 1) == ({0}, 15)
    assert use(date(2026, 4, 1), 5) == ({1}, 45)
