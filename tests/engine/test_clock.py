# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which band time falls into: windows, holidays, nights in which the clock changes."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import (
    BANDS,
    Line,
    Opening,
    assign_bands,
    band_at,
    is_planned,
    split,
)
from engine.money import raw_minutes

BRUSSELS = pytz.timezone("Europe/Brussels")
NINE_TO_FIVE = (((540, 1020),),) * 5 + ((), ())
#: Armistice, the whole local day
HOLIDAY = (
    datetime(2026, 11, 10, 23, tzinfo=timezone.utc),
    datetime(2026, 11, 11, 23, tzinfo=timezone.utc),
)
OPENING = Opening(BRUSSELS, (NINE_TO_FIVE,), (HOLIDAY,))
ALWAYS = Opening(BRUSSELS, ((((0, 1440),),) * 7,))


def local(text, zone=BRUSSELS):
    """A wall clock time as an instant."""
    return zone.localize(datetime.fromisoformat(text))


def minutes(parts):
    return [(band, seconds / 60) for band, seconds in parts]


@pytest.mark.parametrize(
    ("when", "band"),
    [
        ("2026-11-24 08:59:59", "after_hours"),
        ("2026-11-24 09:00:00", "business"),  # W04: half-open window 9-17
        ("2026-11-24 16:59:59", "business"),
        ("2026-11-24 17:00:00", "after_hours"),
        ("2026-11-22 12:00:00", "after_hours"),  # a Sunday
        ("2026-11-11 12:00:00", "holiday"),
        ("2026-11-11 00:00:00", "holiday"),
        ("2026-11-10 23:59:59", "after_hours"),
        ("2026-11-12 00:00:00", "after_hours"),
    ],
)
def test_band_of_a_moment(when, band):
    assert band_at(OPENING, local(when)) == band


def test_the_zone_decides_not_where_the_server_is():
    new_york = pytz.timezone("America/New_York")
    moment = local("2026-11-24 09:30:00")
    assert band_at(Opening(BRUSSELS, (NINE_TO_FIVE,)), moment) == "business"
    assert band_at(Opening(new_york, (NINE_TO_FIVE,)), moment) == "after_hours"


def test_work_over_a_boundary_is_split():
    parts = split(OPENING, local("2026-11-24 16:30:00"), 75 * 60)
    assert minutes(parts) == [("business", 30), ("after_hours", 45)]


def test_work_over_a_lunch_break_and_the_evening():
    day = ((480, 720), (780, 1020))
    opening = Opening(BRUSSELS, ((day,) * 7,))
    parts = split(opening, local("2026-11-24 11:30:00"), 6.5 * 3600)
    assert minutes(parts) == [
        ("business", 30),
        ("after_hours", 60),
        ("business", 240),
        ("after_hours", 60),
    ]


def test_work_into_a_holiday():
    parts = split(OPENING, local("2026-11-10 23:00:00"), 2 * 3600)
    assert minutes(parts) == [("after_hours", 60), ("holiday", 60)]
    parts = split(OPENING, local("2026-11-11 23:30:00"), 3600)
    assert minutes(parts) == [("holiday", 30), ("after_hours", 30)]


def test_half_a_day_off():
    afternoon = (local("2026-12-24 12:00:00"), local("2026-12-25 00:00:00"))
    opening = Opening(BRUSSELS, (NINE_TO_FIVE,), (afternoon,))
    parts = split(opening, local("2026-12-24 11:00:00"), 2 * 3600)
    assert minutes(parts) == [("business", 60), ("holiday", 60)]


def test_round_the_clock_is_one_band():
    parts = split(ALWAYS, local("2026-11-24 20:00:00"), 20 * 3600)
    assert minutes(parts) == [("business", 1200)]


def test_two_weeks_that_take_turns():
    early, late = (((360, 840),),) * 7, (((840, 1320),),) * 7
    opening = Opening(BRUSSELS, (early, late))
    monday = datetime(2026, 11, 23)
    first = (monday.toordinal() - 1) // 7 % 2
    for week in range(4):
        morning = BRUSSELS.localize(monday + timedelta(weeks=week, hours=7))
        expected = "business" if (week + first) % 2 == 0 else "after_hours"
        assert band_at(opening, morning) == expected


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        # Clocks go back on 2026-10-25 at 3:00: six hours of work end at 5:00.
        ("2026-10-25 00:00:00", 6, [("after_hours", 300), ("business", 60)]),
        # They go forward on 2026-03-29 at 2:00: six hours end at 7:00.
        ("2026-03-29 00:00:00", 6, [("after_hours", 180), ("business", 180)]),
    ],
)
def test_nights_in_which_the_clock_changes(start, hours, expected):
    opening = Opening(BRUSSELS, ((((240, 720),),) * 7,))
    assert minutes(split(opening, local(start), hours * 3600)) == expected


def test_a_window_that_opens_in_the_lost_hour():
    """Open from 2:30, which 2026-03-29 does not have: open from 3:00 summer time."""
    opening = Opening(BRUSSELS, ((((150, 720),),) * 7,))
    parts = split(opening, local("2026-03-29 01:30:00"), 3600)
    assert minutes(parts) == [("after_hours", 30), ("business", 30)]


def test_a_window_in_the_doubled_hour_opens_twice():
    """Open from 2:00 to 2:30: on 2026-10-25 that half hour comes twice."""
    opening = Opening(BRUSSELS, ((((120, 150),),) * 7,))
    start = local("2026-10-25 01:30:00")
    assert minutes(split(opening, start, 3 * 3600)) == [
        ("after_hours", 30),
        ("business", 30),
        ("after_hours", 30),
        ("business", 30),
        ("after_hours", 60),
    ]


# Lines of time


def bands(*lines, clock="work", request=None, opening=OPENING, scope="intervention"):
    return assign_bands(lines, opening, clock, request, scope)


def test_hour_of_the_work():
    line = Line(1.25, local("2026-11-24 16:30:00"))
    assert bands(line) == (
        (("business", 30), ("after_hours", 45)),
        {"business": "work", "after_hours": "work"},
    )


def test_hour_of_the_request():
    """W01, W05: asked for in hours, worked on after hours."""
    line = Line(0.75, local("2026-11-24 17:30:00"))
    assert bands(line, clock="request", request="business") == (
        (("business", 45),),
        {"business": "request"},
    )
    assert bands(line, clock="work", request="business")[0] == (("after_hours", 45),)


def test_time_without_a_start_says_that_it_was_guessed():
    known = Line(1.0, local("2026-11-24 10:00:00"))
    assert bands(Line(1.0), request="after_hours") == (
        (("after_hours", 60),),
        {"after_hours": "no_start"},
    )
    assert bands(known, Line(0.5), request="business") == (
        (("business", 90),),
        {"business": "no_start"},
    )
    assert bands(Line(1.0)) == ((("business", 60),), {"business": "no_request"})
    assert bands(Line(1.0), clock="request")[1] == {"business": "no_request"}


def test_without_opening_hours_all_is_business():
    line = Line(1.0, local("2026-11-22 03:00:00"))
    assert bands(line, opening=None, request="holiday") == ((("business", 60),), {})


def test_work_without_a_request_is_rated_by_its_own_hour():
    """Also where the request should decide: the time of a task has none."""
    line = Line(1.0, local("2026-11-21 22:00:00"))
    assert bands(line, clock="request") == (
        (("after_hours", 60),),
        {"after_hours": "work"},
    )


def test_seconds_after_closing_are_no_band():
    line = Line(1.0, local("2026-11-24 16:00:20"))
    assert bands(line) == ((("business", 60),), {"business": "work"})


def test_no_time_has_a_band_too():
    assert bands(Line(0.0, local("2026-11-22 03:00:00")))[0] == (("after_hours", 0),)
    assert bands() == ((), {})


def test_scope_of_a_line():
    lines = [Line(0.1, local("2026-11-24 10:00:00"))] * 2
    assert bands(*lines, scope="line")[0] == (("business", 6), ("business", 6))
    assert bands(*lines)[0] == (("business", 12),)


def test_lines_of_half_a_minute_add_up_to_all_of_them():
    lines = [Line(0.5 / 60, local("2026-11-24 10:00:00"))] * 4
    assert sum(minutes for _band, minutes in bands(*lines, scope="line")[0]) == 2


# Plans

TUESDAY = datetime(2026, 11, 24).date()
WEDNESDAY = datetime(2026, 11, 25).date()
EVENING = "2026-11-24 20:00:00"
BEFORE = "2026-11-20 12:00:00"


@pytest.mark.parametrize(
    ("planned", "approved", "day", "start", "holds"),
    [
        (EVENING, BEFORE, TUESDAY, EVENING, True),
        (EVENING, BEFORE, TUESDAY, "2026-11-24 18:00:00", True),
        (EVENING, BEFORE, WEDNESDAY, "2026-11-25 01:00:00", True),
        (EVENING, BEFORE, WEDNESDAY, "2026-11-25 19:00:00", False),
        (EVENING, "2026-11-24 21:00:00", TUESDAY, EVENING, False),
        (EVENING, BEFORE, TUESDAY, None, True),
        (EVENING, BEFORE, WEDNESDAY, None, False),
        (EVENING, "2026-11-25 09:00:00", TUESDAY, None, False),
        # An ordinary visit approves no evening.
        ("2026-11-24 10:00:00", BEFORE, TUESDAY, EVENING, False),
    ],
)
def test_what_a_plan_agrees_to(planned, approved, day, start, holds):
    lines = [Line(1.0, start and local(start))]
    assert is_planned(lines, OPENING, day, local(planned), local(approved)) == holds


def test_seconds_are_rounded_once_for_all_bands():
    """30.5 minutes in hours and 30.5 after are 61 minutes, not 62."""
    line = Line(61 / 60, local("2026-11-24 16:29:30"))
    assert bands(line)[0] == (("business", 31), ("after_hours", 30))


# Properties

instants = st.datetimes(
    datetime(2020, 1, 1), datetime(2032, 12, 31), timezones=st.just(timezone.utc)
)
seconds = st.integers(0, 24 * 3600)


@st.composite
def openings(draw):
    edges = st.lists(st.integers(0, 1440), max_size=6, unique=True).map(sorted)

    def day():
        points = draw(edges)
        return tuple(zip(points[::2], points[1::2], strict=False))

    weeks = tuple(
        tuple(day() for _day in range(7)) for _week in range(draw(st.integers(1, 2)))
    )
    holidays = tuple(
        (start, start + timedelta(hours=draw(st.integers(1, 48))))
        for start in draw(st.lists(instants, max_size=2))
    )
    zone = pytz.timezone(draw(st.sampled_from(pytz.common_timezones)))
    return Opening(zone, weeks, holidays)


@given(openings(), instants, seconds)
def test_splitting_loses_no_second(opening, start, length):
    parts = split(opening, start, length)
    assert sum(part for _band, part in parts) == length
    assert all(part > 0 for _band, part in parts)
    assert all(before[0] != after[0] for before, after in pairwise(parts))


@given(openings(), instants, seconds, st.floats(0, 1, exclude_max=True))
def test_every_second_is_in_the_part_of_its_band(opening, start, length, where):
    """Asked second by second, the band is that of the part."""
    second = int(where * length)
    reached = 0
    for band, part in split(opening, start, length):
        reached += part
        if second < reached:
            assert band_at(opening, start + timedelta(seconds=second)) == band
            break


@given(
    openings(),
    st.lists(
        st.builds(Line, st.floats(0, 24), st.none() | instants),
        max_size=5,
    ),
    st.sampled_from(["work", "request"]),
    st.sampled_from([None, *BANDS]),
)
def test_splitting_loses_no_minute(opening, lines, clock, request_band):
    parts, clocks = assign_bands(lines, opening, clock, request_band, "intervention")
    assert sum(part for _band, part in parts) == raw_minutes(
        line.hours for line in lines
    )
    assert all(part > 0 for _band, part in parts) or len(parts) == 1
    assert {band for band, _part in parts} == set(clocks)
    apart, _clocks = assign_bands(lines, opening, clock, request_band, "line")
    assert sum(part for _band, part in apart) == sum(part for _band, part in parts)
