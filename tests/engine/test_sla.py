# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Targets of service levels: the level table of the document, nights, pauses."""

from datetime import datetime, timedelta, timezone

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import BUSINESS, Opening, band_at, next_opening
from engine.sla import (
    BREACHED,
    MET,
    PAUSED,
    RESOLUTION,
    RESPONSE,
    RUNNING,
    Target,
    accepted_at,
    assess,
    breached_month,
    due,
    event_at,
    next_event,
    run_time,
)

BRUSSELS = pytz.timezone("Europe/Brussels")
OPENING = Opening(BRUSSELS, ((((540, 1020),),) * 5 + ((), ()),))
TEN_BY_FIVE = Opening(BRUSSELS, ((((480, 1080),),) * 5 + ((), ()),))
#: Myown: A within 24 h, B within 4 h in business hours and 12 h outside, C within 4 h.
LEVELS = {
    "A": (Target(1, RESPONSE, "any", 24 * 60),),
    "B": (
        Target(2, RESPONSE, "business", 4 * 60),
        Target(3, RESPONSE, "outside", 12 * 60),
    ),
    "B working": (
        Target(2, RESPONSE, "business", 4 * 60, working=True),
        Target(3, RESPONSE, "outside", 12 * 60),
    ),
    "C": (Target(4, RESPONSE, "any", 4 * 60),),
}


def local(text):
    return BRUSSELS.localize(datetime.fromisoformat(text))


def wall(instant):
    return instant.astimezone(BRUSSELS).strftime("%a %d %H:%M")


def clock(targets, request, kind=RESPONSE, opening=OPENING, **values):
    defaults = {
        "always": True,
        "priority": 1,
        "pauses": (),
        "done": None,
        "moment": local(request),
    }
    return assess(targets, kind, opening, local(request), **{**defaults, **values})


@pytest.mark.parametrize(
    ("level", "request_", "expected"),
    [
        ("A", "2026-11-21 20:00", "Sun 22 20:00"),  # L01
        ("C", "2026-11-21 03:00", "Sat 21 07:00"),  # L02
        ("B", "2026-11-25 10:00", "Wed 25 14:00"),  # L03
        ("B", "2026-11-25 16:00", "Wed 25 20:00"),  # L04, elapsed
        ("B working", "2026-11-25 16:00", "Thu 26 12:00"),  # L04, working
        ("B", "2026-11-21 10:00", "Sat 21 22:00"),  # L05
        ("B", "2026-11-20 17:00", "Sat 21 05:00"),  # L05
        ("A", "2026-10-24 20:00", "Sun 25 19:00"),  # L06: the night has 25 hours
        ("A", "2026-03-28 20:00", "Sun 29 21:00"),  # and this one 23
    ],
)
def test_level_table(level, request_, expected):
    assert wall(clock(LEVELS[level], request_).deadline) == expected


def test_a_request_outside_the_window_counts_from_the_next_opening():
    # W25: a call at 18:30, taken 10x5 from 8 to 18
    call = local("2026-11-24 18:30")
    assert wall(accepted_at(TEN_BY_FIVE, call, always=False)) == "Wed 25 08:00"
    assert accepted_at(TEN_BY_FIVE, call, always=True) == call
    found = clock(LEVELS["B"], "2026-11-20 18:30", opening=TEN_BY_FIVE, always=False)
    assert wall(found.start) == "Mon 23 08:00"
    # From then on it is a request in business hours.
    assert wall(found.deadline) == "Mon 23 12:00"


def test_without_opening_hours_it_is_always_business():
    assert wall(clock(LEVELS["B"], "2026-11-21 10:00", opening=None).deadline) == (
        "Sat 21 14:00"
    )


def test_priority_tightens_and_never_loosens():
    targets = (
        Target(1, RESPONSE, "any", 240),
        Target(2, RESPONSE, "any", 60, priority=3),
        Target(3, RESPONSE, "any", 999, priority=2),
    )
    found = [
        clock(targets, "2026-11-25 10:00", priority=priority).target.minutes
        for priority in range(4)
    ]
    assert found == [240, 240, 240, 60]


def test_nothing_promised():
    assert clock(LEVELS["A"], "2026-11-25 10:00", kind=RESOLUTION) is None
    outside = LEVELS["B"][1:]
    assert clock(outside, "2026-11-25 10:00") is None


RESOLVE = (Target(9, RESOLUTION, "any", 8 * 60),)
RESOLVE_WORKING = (Target(9, RESOLUTION, "any", 8 * 60, working=True),)
NIGHT = ((local("2026-11-25 19:00"), local("2026-11-26 07:00")),)


def test_a_pause_over_a_night():
    free = clock(RESOLVE_WORKING, "2026-11-25 16:00", RESOLUTION)
    held = clock(
        RESOLVE_WORKING,
        "2026-11-25 16:00",
        RESOLUTION,
        pauses=NIGHT,
        moment=local("2026-11-26 10:00"),
    )
    assert held.deadline == free.deadline == local("2026-11-26 16:00")
    assert held.paused == 0
    elapsed = clock(
        RESOLVE,
        "2026-11-25 16:00",
        RESOLUTION,
        pauses=NIGHT,
        moment=local("2026-11-26 10:00"),
    )
    assert elapsed.deadline == local("2026-11-26 12:00")
    assert elapsed.paused == 12 * 3600


def test_a_response_is_never_paused():
    pauses = ((local("2026-11-25 10:30"), None),)
    found = clock(LEVELS["B"], "2026-11-25 10:00", pauses=pauses)
    assert wall(found.deadline) == "Wed 25 14:00"
    assert found.state == RUNNING


def test_an_open_pause_holds_the_deadline_off():
    values = {"pauses": ((local("2026-11-25 17:00"), None),)}
    found = clock(
        RESOLVE,
        "2026-11-25 10:00",
        RESOLUTION,
        moment=local("2026-11-27 10:00"),
        **values,
    )
    assert (found.deadline, found.state) == (None, PAUSED)
    # 75 % ran before the pause, 90 % did not.
    assert [at and wall(at) for at in found.warnings] == ["Wed 25 16:00", None]
    # What was late before the pause stays late.
    late = clock(
        RESOLVE,
        "2026-11-25 08:00",
        RESOLUTION,
        moment=local("2026-11-27 10:00"),
        **values,
    )
    assert late.state == BREACHED


@pytest.mark.parametrize(
    ("done", "now", "state"),
    [
        (None, "2026-11-25 13:59", RUNNING),
        (None, "2026-11-25 14:00", RUNNING),
        (None, "2026-11-25 14:01", BREACHED),
        ("2026-11-25 14:00", "2026-11-26 14:00", MET),
        ("2026-11-25 14:01", "2026-11-26 14:00", BREACHED),
        # Somebody was at it before the customer wrote.
        ("2026-11-25 09:00", "2026-11-25 10:00", MET),
    ],
)
def test_state(done, now, state):
    found = clock(
        LEVELS["B"], "2026-11-25 10:00", done=done and local(done), moment=local(now)
    )
    assert found.state == state


def test_warnings():
    found = clock(LEVELS["B"], "2026-11-25 10:00")
    assert [wall(at) for at in found.warnings] == ["Wed 25 13:00", "Wed 25 13:36"]


def test_what_comes_next():
    found = clock(LEVELS["B"], "2026-11-25 10:00")
    first, last = found.warnings
    times = (found.warnings, found.deadline)
    assert [next_event(*times, warned) for warned in (0, 75, 90)] == [
        first,
        last,
        found.deadline,
    ]
    second = timedelta(seconds=1)
    for warned, moment, event in (
        (0, first - second, None),
        (0, first, 75),
        (75, first, None),
        (0, last, 90),
        (75, last, 90),
        (90, found.deadline, None),
        (0, found.deadline + second, BREACHED),
    ):
        assert event_at(*times, warned, moment) == event
    # A pause that comes before a warning, and one before the deadline
    assert next_event((first, None), None, 75) is None
    assert event_at((None, None), None, 0, found.deadline) is None


def test_month_of_a_breach():
    # T09; at 23:30 UTC it is April in Brussels already
    breach = datetime(2027, 3, 31, 21, 30, tzinfo=timezone.utc)
    assert str(breached_month(breach, BRUSSELS)) == "2027-03-01"
    assert str(breached_month(breach + timedelta(hours=1), BRUSSELS)) == "2027-04-01"


def test_a_desk_that_never_opens_again_has_no_deadline():
    closed = Opening(
        BRUSSELS, OPENING.weeks, ((local("2026-01-01"), local("2099-01-01")),)
    )
    assert next_opening(closed, local("2026-11-25"), local("2027-11-25")) is None
    assert clock(LEVELS["C"], "2026-11-25 10:00", opening=closed, always=False) is None
    held = clock(RESOLVE_WORKING, "2026-11-25 10:00", RESOLUTION, opening=closed)
    assert held.deadline is None


# -- against a clock that counts minutes one by one ------------------------------------

#: Both nights in which the clock changes are within reach.
INSTANTS = st.integers(0, 20 * 1440).map(
    lambda minute: (
        datetime(2026, 10, 15, tzinfo=timezone.utc) + timedelta(minutes=minute)
    )
) | st.integers(0, 20 * 1440).map(
    lambda minute: (
        datetime(2026, 3, 20, tzinfo=timezone.utc) + timedelta(minutes=minute)
    )
)
PAUSES = st.lists(st.tuples(st.integers(-300, 4000), st.integers(0, 3000)), max_size=4)


def runs(instant, working, pauses):
    if working and band_at(OPENING, instant) != BUSINESS:
        return False
    return not any(hold <= instant < resume for hold, resume in pauses)


@given(INSTANTS, st.integers(1, 900), st.booleans(), PAUSES)
def test_due_is_when_the_minutes_have_run(start, minutes, working, spans):
    pauses = tuple(
        (
            start + timedelta(minutes=hold),
            start + timedelta(minutes=hold + length),
        )
        for hold, length in spans
    )
    left, instant = minutes, start
    while left:
        left -= runs(instant, working, pauses)
        instant += timedelta(minutes=1)
    assert due(OPENING, start, minutes * 60, working, pauses) == instant
    assert run_time(OPENING, start, instant, working, pauses) == minutes * 60


@given(INSTANTS, st.integers(1, 900), st.booleans(), PAUSES)
def test_a_pause_never_brings_a_deadline_forward(start, minutes, working, spans):
    pauses = tuple(
        (start + timedelta(minutes=hold), start + timedelta(minutes=hold + length))
        for hold, length in spans
    )
    free = due(OPENING, start, minutes * 60, working)
    assert due(OPENING, start, minutes * 60, working, pauses) >= free
