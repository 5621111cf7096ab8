# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What work costs: the figures of the documents, every rule at its edges, properties.

``scenarios.csv`` holds the figures: ``given`` and ``expect`` are words of the form
``name=value``; time is in minutes, money in euros.
"""

import csv
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from engine import burndown, dates, lots
from engine.clock import BANDS, Line, Opening, assign_bands, band_at
from engine.money import raw_minutes, round_money
from engine.rates import Rate, select_coverage, select_rate, select_rounding
from engine.rating import (
    EXCEPTIONS,
    FEE,
    LABOUR,
    Before,
    Fee,
    Price,
    Rounding,
    Rules,
    Work,
    bill,
    rate,
    refusal,
)

CENT = Decimal("0.01")
DAY = date(2026, 6, 1)
MODES = ("phone", "mail", "remote", "onsite")


# The figures of the documents


def words(text):
    return dict(word.split("=") for word in text.split())


def scenarios(kind):
    with open(Path(__file__).with_name("scenarios.csv"), newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == kind]
    return [
        pytest.param(words(row["given"]), words(row["expect"]), id=row["id"])
        for row in rows
    ]


@pytest.mark.parametrize(("given", "expect"), scenarios("rate"))
def test_figures_of_the_documents(given, expect):
    charges = price_jobs(given)
    given_lots = credit(given)
    settlements, _postings = burndown.burn(
        [
            burndown.Demand(
                number, DAY, one.amount, one.time_minutes, fee=one.kind == FEE
            )
            for number, one in enumerate(charges)
        ],
        given_lots,
        DAY,
        CENT,
    )
    answers = settlements.values()
    spent = sum(
        part.quantity for one in answers for part in one.slices if not part.allowance
    )
    granted = sum(lot.remaining for lot in given_lots if not lot.allowance)
    found = {
        "minutes": sum(one.minutes for one in charges),
        "amount": sum(one.amount for one in charges),
        "list": sum(one.list_amount for one in charges),
        "fees": sum(one.amount for one in charges if one.kind == FEE),
        "left": granted - spent,
        "overrun": sum(one.overrun.price for one in answers),
    }
    assert {name: found[name] for name in expect} == {
        name: Decimal(value) for name, value in expect.items()
    }


def price_jobs(given):
    """Charges of ``times`` interventions, each ``work`` minutes long."""
    band = given.get("band", "business")
    rounding = Rounding(
        *(int(given.get(name, default)) for name, default in ROUNDING.items())
    )
    price = Price(Decimal(given.get("price", 100)), int(given.get("per", 60)))
    fees = (
        Fee("urgent", Decimal(given.get("urgent", 0)), urgent=True),
        Fee("travel", Decimal(given.get("travel", 0)), modes=("onsite",)),
    )
    rules = Rules(
        {band: price},
        {band: rounding},
        CENT,
        fees=fees,
        discount=Decimal(given.get("discount", 0)),
        coverage=given.get("coverage", "prepaid"),
    )
    work = Work(given.get("mode", "phone"), ((band, int(given["work"])),), urgent=True)
    return rate(work, rules) * int(given.get("times", 1))


ROUNDING = {"grain": 1, "tolerance": 0, "minimum": 0}


def credit(given):
    """The lots that a scenario names: free tickets, hours and money."""
    units = {"free": lots.TIME, "hours": lots.TIME, "money": lots.MONEY}
    return [
        lots.Lot(
            number,
            unit,
            Decimal(given[name]),
            DAY,
            priority=1 if name == "free" else 10,
            allowance=name == "free",
        )
        for number, (name, unit) in enumerate(units.items())
        if name in given
    ]


@pytest.mark.parametrize(("given", "expect"), scenarios("validity"))
def test_validity_of_the_documents(given, expect):
    first = date.fromisoformat(given["first"])
    last = dates.last_usable_day(first, int(given["number"]), given["unit"])
    assert last == date.fromisoformat(expect["last"])
    lot = lots.Lot(1, lots.MONEY, Decimal(100), first, last)
    unusable = date.fromisoformat(expect["unusable"])
    assert lots.available(lot, last, unusable) == 100
    assert lots.available(lot, unusable, unusable) == 0


# The hour of the request, or of the work


BRUSSELS = pytz.timezone("Europe/Brussels")
OPENING = Opening(BRUSSELS, ((((540, 1020),),) * 5 + ((), ()),))


@pytest.mark.parametrize(
    ("clock", "request_at", "start", "minutes", "amount"),
    [
        pytest.param("request", "24 16:50", "24 17:30", 45, 60, id="W01"),
        pytest.param("work", "24 16:50", "24 17:30", 45, 105, id="W02"),
        pytest.param("request", "21 11:00", "23 10:00", 10, 70, id="W03"),
        pytest.param("request", "20 16:59", "20 17:20", 15, 20, id="W05"),
    ],
)
def test_rate_clock_of_the_documents(clock, request_at, start, minutes, amount):
    def instant(text):
        return BRUSSELS.localize(datetime.fromisoformat(f"2026-11-{text}"))

    prices = {
        "business": Price(Decimal(20), 15),
        "after_hours": Price(Decimal(35), 15),
    }
    rounding = {"business": Rounding(15), "after_hours": Rounding(15, 0, 30)}
    band = band_at(OPENING, instant(request_at))
    lines = [Line(minutes / 60, instant(start))]
    parts, clocks = assign_bands(lines, OPENING, clock, band, "intervention")
    charge = only(rate(Work("phone", parts, clocks), Rules(prices, rounding, CENT)))
    assert charge.amount == amount


# Rounding and minimum


def billed(minutes, rounding):
    """Billed minutes of one line in business hours."""
    return bill([("business", minutes)], rules(rounding))["business"][2]


def rules(rounding=None, scope="intervention", fees=(), **bands):
    """The same rule and 60 euros per hour in all bands, but for those given."""
    rounding = rounding or Rounding()
    return Rules(
        {band: Price(Decimal(60)) for band in BANDS},
        {band: bands.get(band, rounding) for band in BANDS},
        CENT,
        scope,
        fees,
    )


@pytest.mark.parametrize("tolerance", range(15))
def test_sweep_over_a_grain(tolerance):
    """15 minutes up to the tolerance, the next step from one minute more on."""
    rounding = Rounding(15, tolerance)
    for rest in range(1, 15):
        assert rounding.round(15 + rest) == (30 if rest > tolerance else 15)
    assert [rounding.round(minutes) for minutes in (0, 15, 30)] == [0, 15, 30]


@pytest.mark.parametrize(
    ("minutes", "grain", "tolerance", "minimum", "expected"),
    [
        (5, 15, 6, 15, 15),  # within the tolerance of nothing: the minimum counts
        (5, 15, 6, 0, 0),  # and without a minimum it is free
        (1, 15, 0, 30, 30),
        (30, 15, 0, 30, 30),
        (31, 15, 0, 30, 45),
        (1, 15, 0, 20, 30),  # a minimum is raised to whole grains
        (16, 15, 0, 20, 30),
        (59, 1, 0, 60, 60),
        (61, 1, 0, 60, 61),
    ],
)
def test_minimum(minutes, grain, tolerance, minimum, expected):
    assert billed(minutes, Rounding(grain, tolerance, minimum)) == expected


def test_no_time_costs_nothing():
    travel = Fee("travel", Decimal(150), modes=("onsite",))
    for lines in ((), (("business", 0),)):
        work = Work("onsite", lines)
        assert rate(work, rules(Rounding(15, 0, 30), fees=(travel,))) == ()


def test_minimum_counts_once_per_intervention():
    lines = [("business", 5), ("after_hours", 4)]
    assert bill(lines, rules(Rounding(1, 0, 30))) == {
        "business": (5, 5, 26),
        "after_hours": (4, 4, 4),
    }


def test_minimum_is_that_of_the_band_with_the_most_time():
    bands = {"business": Rounding(1, 0, 10), "after_hours": Rounding(1, 0, 30)}
    assert bill([("business", 5), ("after_hours", 6)], rules(**bands)) == {
        "business": (5, 5, 5),
        "after_hours": (6, 6, 25),
    }
    assert bill([("business", 5), ("after_hours", 4)], rules(**bands)) == {
        "business": (5, 5, 6),
        "after_hours": (4, 4, 4),
    }


def test_a_tie_between_bands_goes_to_the_first():
    lines = [("holiday", 5), ("after_hours", 5), ("business", 5)]
    answer = bill(lines, rules(Rounding(1, 0, 30)))
    assert [answer[band][2] for band in BANDS] == [20, 5, 5]


def test_the_band_with_the_most_raw_time_not_the_most_billed():
    bands = {"business": Rounding(1, 0, 40), "after_hours": Rounding(15, 0, 60)}
    answer = bill([("business", 6), ("after_hours", 5)], rules(**bands))
    assert answer == {"business": (6, 6, 25), "after_hours": (5, 15, 15)}


def test_minimum_stays_in_whole_grains_where_bands_differ():
    bands = {"business": Rounding(15, 0, 30), "after_hours": Rounding(10)}
    answer = bill([("business", 12), ("after_hours", 5)], rules(**bands))
    assert answer == {"business": (12, 15, 30), "after_hours": (5, 10, 10)}


@pytest.mark.parametrize(("scope", "expected"), [("intervention", 30), ("line", 45)])
def test_scope(scope, expected):
    lines = [("business", 5), ("business", 17)]
    answer = bill(lines, rules(Rounding(15), scope))
    assert answer == {"business": (22, expected, expected)}


@pytest.mark.parametrize(("scope", "expected"), [("intervention", 15), ("line", 0)])
def test_scope_of_the_tolerance(scope, expected):
    lines = [("business", 5), ("business", 5)]
    answer = bill(lines, rules(Rounding(15, 6), scope))
    assert answer == {"business": (10, expected, expected)}


def test_bands_are_rounded_apart():
    lines = [("business", 20), ("after_hours", 20), ("business", 2)]
    answer = bill(lines, rules(Rounding(15)))
    assert answer == {"business": (22, 30, 30), "after_hours": (20, 30, 30)}


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [
        ([], 0),
        ([1 / 3] * 3, 60),
        ([0.1] * 10, 60),
        ([0.33] * 3, 59),  # 59.4
        ([1 / 120], 1),  # half a minute
        ([0.075] * 3, 14),  # 13.5, which floats add up to a hair less
        ([0.0083], 0),
        ([217 / 60], 217),
        ([3.6166666], 217),
        ([23.99, 0.01], 1440),
    ],
)
def test_raw_minutes_of_hours(hours, minutes):
    assert raw_minutes(hours) == minutes


@given(st.lists(st.integers(1, 1440), max_size=30))
def test_raw_minutes_are_never_lost(minutes):
    assert raw_minutes([one / 60 for one in minutes]) == sum(minutes)


# Price, fees and explanation


def only(charges):
    (charge,) = charges
    return charge


def test_charge_says_how_it_came_about():
    prices = {"business": Price(Decimal("26.666667"), 15, Decimal("1.5"))}
    ruled = Rules(prices, {"business": Rounding(15, 6, 60)}, CENT)
    charge = only(rate(Work("phone", (("business", 22),)), ruled))
    assert charge.explanation == (
        ("worked", {"minutes": 22}),
        ("rounded", {"grain": 15, "tolerance": 6, "minutes": 30}),
        ("minimum", {"minutes": 60}),
        (
            "price",
            {
                "minutes": 60,
                "price": "26.666667",
                "per_minutes": 15,
                "amount": "106.67",
            },
        ),
        ("factor", {"factor": "1.5"}),
    )
    assert (charge.code, charge.kind) == ("labour.business", LABOUR)
    assert (charge.raw_minutes, charge.minutes, charge.time_minutes) == (22, 60, 60)
    assert (charge.price, charge.per_minutes) == (Decimal("26.666667"), 15)
    assert (charge.amount, charge.time_factor) == (Decimal("106.67"), Decimal("1.5"))


def test_only_steps_that_did_something_are_told():
    charge = only(rate(Work("phone", (("business", 30),)), rules(Rounding(15, 6, 15))))
    assert [code for code, _values in charge.explanation] == ["worked", "price"]


def test_each_band_has_its_charge():
    prices = {"business": Price(Decimal(60)), "after_hours": Price(Decimal(90))}
    ruled = Rules(prices, rules(Rounding(15)).rounding, CENT)
    work = Work("phone", (("after_hours", 10), ("business", 50)))
    assert [(one.code, one.amount) for one in rate(work, ruled)] == [
        ("labour.business", 60),
        ("labour.after_hours", Decimal("22.50")),
    ]


def test_band_without_time_has_no_charge():
    work = Work("phone", (("business", 0), ("after_hours", 10)))
    assert only(rate(work, rules())).code == "labour.after_hours"


def test_time_within_the_tolerance_is_shown_at_nothing():
    charge = only(rate(Work("phone", (("business", 5),)), rules(Rounding(15, 6))))
    assert (charge.raw_minutes, charge.minutes, charge.amount) == (5, 0, 0)


def test_amount_is_rounded_to_the_currency():
    ruled = Rules({"business": Price(Decimal(1000))}, {"business": Rounding(1)}, 1)
    charge = only(rate(Work("phone", (("business", 20),)), ruled))
    assert charge.amount == 333


@pytest.mark.parametrize(
    ("mode", "codes"),
    [
        ("onsite", ["labour.business", "fee.travel", "fee.extra"]),
        ("phone", ["labour.business", "fee.extra"]),
        ("mail", ["labour.business"]),
    ],
)
def test_fees_by_delivery_mode(mode, codes):
    fees = (
        Fee("travel", Decimal("150.004"), 60, ("onsite",)),
        Fee("extra", Decimal(75), modes=("onsite", "phone")),
        Fee("nothing", Decimal(0), modes=MODES),
    )
    charges = rate(Work(mode, (("business", 1),)), rules(fees=fees))
    assert [one.code for one in charges] == codes


def test_fee_charge():
    fees = (Fee("travel", Decimal("150.006"), 60, ("onsite",)),)
    _labour, fee = rate(Work("onsite", (("business", 1),)), rules(fees=fees))
    assert (fee.kind, fee.amount, fee.price) == (FEE, Decimal("150.01"), fee.amount)
    assert (fee.minutes, fee.raw_minutes, fee.time_minutes) == (0, 0, 60)
    assert fee.explanation == (("fee", {"code": "travel", "amount": "150.01"}),)


def test_fee_that_only_time_pays():
    fees = (Fee("travel", Decimal(0), 60, ("onsite",)),)
    _labour, fee = rate(Work("onsite", (("business", 1),)), rules(fees=fees))
    assert (fee.amount, fee.time_minutes) == (0, 60)


# Which rate


def a_rate(key, profile=None, mode=None, band=None, start="2026-01-01"):
    start = date.fromisoformat(start)
    return Rate(key, profile, mode, band, start, Decimal(key), 60, Decimal(1))


def chosen(rates, profile=1, mode="remote", band="business", day=DAY):
    for order in (rates, rates[::-1]):
        found = select_rate(order, profile, mode, band, day)
    assert found == select_rate(rates, profile, mode, band, day)
    return found and found.key


def test_most_specific_rate_wins():
    """Profile before mode before band: taking away the best leaves the next."""
    rates = [
        a_rate(1, 1, "remote", "business"),
        a_rate(2, 1, "remote"),
        a_rate(3, 1, None, "business"),
        a_rate(4, 1),
        a_rate(5, None, "remote", "business"),
        a_rate(6, None, "remote"),
        a_rate(7, None, None, "business"),
        a_rate(8),
    ]
    others = [
        a_rate(9, 2),
        a_rate(10, None, "phone"),
        a_rate(11, None, None, "holiday"),
    ]
    for number in range(len(rates)):
        assert chosen(rates[number:] + others) == number + 1
    assert chosen(others) is None


@pytest.mark.parametrize(
    "own", [{"profile": 1}, {"mode": "remote"}, {"band": "business"}]
)
def test_specific_before_recent(own):
    assert chosen([a_rate(1, **own), a_rate(2, start="2026-05-01")]) == 1


@pytest.mark.parametrize(
    ("day", "key"),
    [("2025-12-31", None), ("2026-01-01", 1), ("2026-05-31", 1), ("2026-06-01", 2)],
)
def test_rate_from_a_date_on(day, key):
    rates = [a_rate(1), a_rate(2, start="2026-06-01")]
    assert chosen(rates, day=date.fromisoformat(day)) == key


def test_holiday_has_its_own_rate_or_that_of_after_hours():
    business, after = a_rate(1, band="business"), a_rate(2, band="after_hours")
    anytime, holiday = a_rate(3), a_rate(4, band="holiday")
    assert chosen([business, after, anytime, holiday], band="holiday") == 4
    assert chosen([business, after, anytime], band="holiday") == 2
    assert chosen([business, anytime], band="holiday") == 3
    assert chosen([business], band="holiday") is None
    assert chosen([business, after], band="holiday") == 2
    assert chosen([business, holiday], band="after_hours") is None


def test_holiday_falls_back_within_the_profile_first():
    own, after = a_rate(1, profile=1), a_rate(2, band="after_hours")
    assert chosen([own, after], band="holiday") == 1
    assert chosen([own, after], band="after_hours") == 1


def test_rate_minimum_goes_before_that_of_the_band():
    prices = {"business": Price(Decimal(60), minimum=60)}
    ruled = Rules(prices, {"business": Rounding(15, 0, 30)}, CENT)
    assert only(rate(Work("phone", (("business", 20),)), ruled)).minutes == 60


def test_rounding_of_a_band_without_one_of_its_own():
    business, after = Rounding(15), Rounding(30)
    own = {"business": business, "after_hours": after}
    assert select_rounding(own, "holiday") == after
    assert select_rounding({"business": business}, "holiday") == business


# Discount, coverage, what is not offered


def test_discount_is_taken_off_before_the_one_rounding():
    """Myown: 26.666667 a quarter less 25 % is 20.00, for 40 quarters 800.00."""
    prices = {"business": Price(Decimal("26.666667"), 15)}
    ruled = Rules(prices, {"business": Rounding(15)}, CENT, discount=Decimal(25))
    charge = only(rate(Work("phone", (("business", 600),)), ruled))
    assert (charge.amount, charge.list_amount) == (Decimal(800), Decimal("1066.67"))
    assert dict(charge.explanation)["discount"] == {
        "percent": "25",
        "price": "26.666667",
    }


def test_included_work_costs_nothing_and_tells_its_list_price():
    fees = (
        Fee("travel", Decimal(150), 60, ("onsite",)),
        Fee("urgent", Decimal(75), urgent=True),
    )
    ruled = replace(rules(Rounding(15), fees=fees), coverage="included")
    work = Work("onsite", (("business", 50),), urgent=True)
    labour, travel, urgent = rate(work, ruled)
    assert (labour.amount, labour.list_amount, labour.time_minutes) == (0, 60, 0)
    assert (travel.amount, travel.list_amount, travel.time_minutes) == (0, 150, 0)
    # Being faster than agreed is not what the contract includes.
    assert urgent.amount == 75
    assert labour.explanation[-1] == ("included", {})


def test_billable_work_leaves_the_credit_alone():
    fees = (Fee("travel", Decimal(150), 60, ("onsite",)),)
    ruled = replace(rules(fees=fees), coverage="billable")
    charges = rate(Work("onsite", (("business", 60),)), ruled)
    assert [(one.amount, one.uses_credit) for one in charges] == [
        (60, False),
        (150, False),
    ]


def test_urgent_fee_only_for_urgent_requests_and_once():
    fees = (Fee("urgent", Decimal(75), urgent=True),)
    work = Work("phone", (("business", 60),), urgent=True)
    assert len(rate(work, rules(fees=fees))) == 2
    assert len(rate(replace(work, urgent=False), rules(fees=fees))) == 1
    charged = Before(fees=frozenset({"urgent"}))
    assert len(rate(work, rules(fees=fees), charged)) == 1


@pytest.mark.parametrize(
    ("after_hours", "band", "agreed", "reason"),
    [
        ("allowed", "after_hours", {}, None),
        ("planned", "business", {}, None),
        ("planned", "after_hours", {}, "not_planned"),
        ("planned", "holiday", {}, "not_planned"),
        ("planned", "holiday", {"planned": True}, None),
        ("refused", "after_hours", {}, "not_offered"),
        ("refused", "after_hours", {"planned": True}, None),
        ("refused", "after_hours", {"accepted": {"not_offered"}}, None),
        ("refused", "after_hours", {"accepted": {"mode"}}, "not_offered"),
    ],
)
def test_work_outside_business_hours(after_hours, band, agreed, reason):
    ruled = replace(rules(), after_hours=after_hours)
    work = Work("phone", (("business", 10), (band, 5)), **agreed)
    assert refusal(work, ruled) == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"modes": ("mail",)}, "mode"),
        ({"coverage": "advisory"}, "advisory"),
        ({"coverage": "unsupported"}, "unsupported"),
        ({"coverage": "included"}, None),
        ({"coverage": "billable"}, None),
    ],
)
def test_what_waits_until_somebody_accepts_it(change, reason):
    work = Work("phone", (("business", 10),))
    assert refusal(work, replace(rules(), **change)) == reason
    accepted = replace(work, accepted=frozenset({reason}))
    assert refusal(accepted, replace(rules(), **change)) is None


def test_band_without_a_price_waits():
    ruled = Rules({"business": Price(Decimal(60))}, rules().rounding, CENT)
    lines = (("business", 10), ("after_hours", 5))
    assert refusal(Work("phone", lines), ruled) == "rate"
    everything = frozenset(EXCEPTIONS)
    assert refusal(Work("phone", lines, accepted=everything), ruled) == "rate"


def test_first_coverage_rule_wins():
    rules = [(3, "included"), (1, "billable"), (None, "advisory")]
    assert select_coverage(rules, (3, 1)) == "included"
    assert select_coverage(rules, (4, 1)) == "billable"
    assert select_coverage(rules, (5,)) == "advisory"
    assert select_coverage(rules[:2], (5,)) == "prepaid"
    assert select_coverage(rules[:2], (), "billable") == "billable"


def test_clock_is_told():
    work = Work(
        "phone",
        (("after_hours", 60),),
        {"after_hours": "no_start"},
        request="2026-11-24T17:30",
    )
    charge = only(rate(work, rules()))
    assert charge.explanation[1] == (
        "band",
        {"band": "after_hours", "clock": "no_start", "at": "2026-11-24T17:30"},
    )
    work = replace(work, clocks={"after_hours": "work"})
    charge = only(rate(work, rules()))
    assert charge.explanation[1] == ("band", {"band": "after_hours", "clock": "work"})


def test_cents_of_successors_add_up():
    """Three times 20 minutes at 10.00 an hour are 10.00, not 9.99."""
    prices = {"business": Price(Decimal(10))}
    ruled = Rules(prices, {"business": Rounding(1)}, CENT)
    stages = [(("business", 20),)] * 3
    amounts = [only(one).amount for one in successors(stages, ruled)]
    assert amounts == [Decimal("3.33"), Decimal("3.34"), Decimal("3.33")]


# Successors: work on top of what is charged and locked


def successors(stages, ruled, mode="phone"):
    """Charges of each stage, all earlier ones being charged and locked."""
    before = Before()
    for lines in stages:
        charges = rate(Work(mode, lines), ruled, before)
        yield charges
        before = on_top_of(before, lines, charges)


def on_top_of(before, lines, charges):
    """What is charged when ``charges`` of ``lines`` are, too."""
    minutes = dict(before.minutes)
    for one in charges:
        if one.kind == LABOUR:
            band = one.code.removeprefix("labour.")
            minutes[band] = minutes.get(band, 0) + one.minutes
    fees = {one.code.removeprefix("fee.") for one in charges if one.kind == FEE}
    return Before(before.lines + lines, minutes, before.fees | fees)


def test_successor_charges_the_difference():
    first, second = successors(
        [(("business", 20),), (("business", 20),)], rules(Rounding(15))
    )
    assert (only(first).minutes, only(second).minutes) == (30, 15)
    assert only(second).raw_minutes == 20
    assert only(second).explanation == (
        ("worked", {"minutes": 40}),
        ("rounded", {"grain": 15, "tolerance": 0, "minutes": 45}),
        ("charged_before", {"minutes": 30}),
        (
            "price",
            {"minutes": 15, "price": "60", "per_minutes": 60, "amount": "15.00"},
        ),
    )


def test_successor_pays_no_second_minimum():
    stages = [(("business", 10),), (("business", 10),), (("business", 40),)]
    charges = successors(stages, rules(Rounding(15, 0, 30)))
    assert [only(one).minutes for one in charges] == [30, 0, 30]


def test_successor_pays_no_second_fee():
    fees = (Fee("travel", Decimal(150), modes=("onsite",)),)
    stages = [(("business", 10),), (("business", 10),)]
    first, second = successors(stages, rules(fees=fees), "onsite")
    assert [one.kind for one in first] == [LABOUR, FEE]
    assert [one.kind for one in second] == [LABOUR]


def test_fee_waits_for_time():
    """Nothing was charged for a stage without time, so the next one pays the fee."""
    fees = (Fee("travel", Decimal(150), modes=("onsite",)),)
    stages = [(("business", 0),), (("business", 10),)]
    first, second = successors(stages, rules(fees=fees), "onsite")
    assert (first, len(second)) == ((), 2)


def test_minimum_that_moves_to_another_band():
    """10 minutes after hours were charged as 30. With 20 in hours they count 15, and
    the other 15 that are paid already are taken off the 30 in hours."""
    bands = {"business": Rounding(15, 0, 15), "after_hours": Rounding(15, 0, 30)}
    stages = [(("after_hours", 10),), (("business", 20),)]
    first, second = successors(stages, rules(**bands))
    assert [(one.code, one.minutes) for one in first] == [("labour.after_hours", 30)]
    assert [(one.code, one.minutes) for one in second] == [("labour.business", 15)]
    assert dict(only(second).explanation)["charged_before"] == {"minutes": 15}


def test_minimum_that_moves_off_two_bands():
    """The 45 minutes paid too much are taken off both, once."""
    bands = {
        "business": Rounding(15, 0, 15),
        "after_hours": Rounding(15, 0, 60),
        "holiday": Rounding(15),
    }
    stages = [(("after_hours", 10),), (("business", 20), ("holiday", 20))]
    _first, second = successors(stages, rules(**bands))
    assert [(one.code, one.minutes) for one in second] == [
        ("labour.business", 0),
        ("labour.holiday", 15),
    ]


def test_less_than_was_charged_is_nothing_not_less():
    bands = {"business": Rounding(15), "after_hours": Rounding(15, 0, 60)}
    stages = [(("after_hours", 10),), (("after_hours", 1), ("business", 20))]
    _first, second = successors(stages, rules(**bands))
    assert [(one.code, one.minutes) for one in second] == [
        ("labour.business", 0),
        ("labour.after_hours", 0),
    ]


def test_band_without_new_time_is_not_charged_again():
    stages = [(("after_hours", 20),), (("business", 20),)]
    _first, second = successors(stages, rules(Rounding(15)))
    assert [one.code for one in second] == ["labour.business"]


# Properties

minutes = st.integers(0, 1440)
minimums = st.integers(0, 120)
grains = st.sampled_from([1, 5, 6, 10, 15, 30, 60])


@st.composite
def roundings(draw, grain=grains, minimum=minimums):
    grain = draw(grain)
    return Rounding(grain, draw(st.integers(0, grain - 1)), draw(minimum))


@st.composite
def rule_sets(draw, rounding=None):
    """Rules whose bands differ; ``rounding``: one strategy for all three bands, which
    then have one minimum, too."""
    alike = rounding is not None
    rounding = roundings() if rounding is None else rounding
    price = st.builds(
        Price,
        st.decimals(0, 500, places=6),
        st.sampled_from([1, 15, 60]),
        st.decimals(0, 3, places=2),
        st.just(0) if alike else st.sampled_from([0, 0, 30]),
    )
    return Rules(
        {band: draw(price) for band in BANDS},
        {band: draw(rounding) for band in BANDS},
        CENT,
        draw(st.sampled_from(["intervention", "line"])),
        (Fee("travel", Decimal(150), 0, ("onsite",)),),
        discount=draw(st.sampled_from([Decimal(0), Decimal(25), Decimal("12.5")])),
        coverage=draw(st.sampled_from(["prepaid", "included", "billable"])),
    )


@st.composite
def alike(draw):
    """Rules with one grain and one minimum for all bands."""
    grain, minimum = draw(grains), draw(minimums)
    return draw(rule_sets(roundings(st.just(grain), st.just(minimum))))


lines = st.lists(st.tuples(st.sampled_from(BANDS), minutes), max_size=6).map(tuple)


@given(rule_sets(), lines)
def test_billed_time(ruled, work):
    """Whole grains, never less than raw but for the tolerance, no minute lost."""
    answer = bill(work, ruled)
    count = len(work) if ruled.scope == "line" else 1
    for band, (raw, rounded, charged) in answer.items():
        rounding = ruled.rounding[band]
        assert raw == sum(minutes for own, minutes in work if own == band)
        assert charged % rounding.grain == 0
        assert charged >= rounded >= raw - count * rounding.tolerance
        assert rounded < raw + count * rounding.grain
    assert sum(raw for raw, _rounded, _charged in answer.values()) == sum(
        minutes for _band, minutes in work
    )


@given(rule_sets(), lines)
def test_minimum_is_reached_and_not_passed(ruled, work):
    answer = bill(work, ruled)
    total = sum(charged for _raw, _rounded, charged in answer.values())
    rounded = sum(rounded for _raw, rounded, _charged in answer.values())
    if answer:
        band = max(answer, key=lambda band: answer[band][0])
        minimum = ruled.minimum(band)
        assert total >= minimum
        assert total == rounded or total < minimum + ruled.rounding[band].grain


@given(roundings(), minutes, st.integers(1, 100))
def test_more_time_never_costs_less(rounding, less, more):
    if less:
        assert billed(less + more, rounding) >= billed(less, rounding)


@given(rule_sets(), lines)
def test_order_of_lines_decides_nothing(ruled, work):
    assert bill(work, ruled) == bill(work[::-1], ruled)


@given(rule_sets(), lines, st.sampled_from(MODES))
def test_money_is_rounded_once(ruled, work, mode):
    for charge in rate(Work(mode, work), ruled):
        if charge.kind == LABOUR:
            exact = Fraction(charge.price) * charge.minutes / charge.per_minutes
            if ruled.coverage == "included":
                exact = 0
            assert abs(Fraction(charge.amount) - exact) <= Fraction(CENT) / 2
        assert charge.amount >= 0
        assert charge.amount % CENT == 0


@given(rule_sets(), lines, minutes.filter(bool), st.sampled_from(BANDS))
def test_more_time_in_a_band_never_costs_less(ruled, work, more, band):
    """Within one band; between bands the minimum may move to a cheaper one."""
    work = tuple((band, minutes) for _band, minutes in work)
    less = rate(Work("phone", work), ruled)
    longer = rate(Work("phone", (*work, (band, more))), ruled)
    assert sum(one.amount for one in longer) >= sum(one.amount for one in less)
    assert sum(one.list_amount for one in longer) >= sum(
        one.list_amount for one in less
    )


@given(alike(), st.lists(lines, min_size=1, max_size=5))
def test_successors_add_up_to_the_whole(ruled, stages):
    charges = [one for stage in successors(stages, ruled, "onsite") for one in stage]
    whole = rate(Work("onsite", sum(stages, ())), ruled)
    for figure in ("minutes", "raw_minutes"):
        assert sum(getattr(one, figure) for one in charges) == sum(
            getattr(one, figure) for one in whole
        )
    assert all(one.minutes >= 0 and one.raw_minutes >= 0 for one in charges)
    fees = [one for one in charges if one.kind == FEE]
    assert fees == [one for one in whole if one.kind == FEE]


@given(rule_sets(), lines, lines)
def test_successor_charges_the_difference_or_nothing(ruled, first, second):
    """Also where the minimum moves to a band that has a smaller one."""
    before = sum(billed for _raw, _rounded, billed in bill(first, ruled).values())
    total = sum(
        billed for _raw, _rounded, billed in bill(first + second, ruled).values()
    )
    charged = rate(Work("phone", first), ruled)
    charges = rate(Work("phone", second), ruled, on_top_of(Before(), first, charged))
    assert sum(one.minutes for one in charges) == max(0, total - before)
    assert all(one.minutes >= 0 for one in charges)


@given(rule_sets(), lines, lines)
def test_explanation_recomputes_to_the_charge(ruled, first, second):
    charged = rate(Work("phone", first), ruled)
    before = on_top_of(Before(), first, charged)
    for charge in rate(Work("phone", second), ruled, before):
        steps = dict(charge.explanation)
        found = 0
        for code in ("worked", "rounded", "minimum"):
            found = steps.get(code, {"minutes": found})["minutes"]
        found -= steps.get("charged_before", {"minutes": 0})["minutes"]
        price = steps["price"]
        assert found == price["minutes"] == charge.minutes
        if "discount" in steps:
            listed = Decimal(steps["discount"]["price"])
            percent = Decimal(steps["discount"]["percent"])
            assert Decimal(price["price"]) == listed * (100 - percent) / 100
        # Rounded once, as a running total over what was charged before.
        charged = before.minutes.get(charge.code.removeprefix("labour."), 0)
        unit = Fraction(price["price"]) / price["per_minutes"]
        assert Decimal(price["amount"]) == round_money(
            unit * (charged + found), CENT
        ) - round_money(unit * charged, CENT)
        due = "0.00" if "included" in steps else price["amount"]
        assert Decimal(due) == charge.amount
