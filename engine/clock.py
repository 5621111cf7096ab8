# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which time band a moment or a stretch of work falls into.

A provider is open in certain windows of the week, in its own time zone. Inside them
work is ``business``, outside ``after_hours``, on a public holiday ``holiday``. Instants
are aware datetimes, so that a night in which the clock changes has 23 or 25 hours here
as it has outside.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from .money import raw_minutes

BUSINESS = "business"
AFTER_HOURS = "after_hours"
HOLIDAY = "holiday"
#: Time bands in the order in which a tie between them is decided.
BANDS = (BUSINESS, AFTER_HOURS, HOLIDAY)
#: The band whose rate and rounding count where a band has none of its own.
FALLBACK = {AFTER_HOURS: BUSINESS, HOLIDAY: AFTER_HOURS}

#: Which moment chose the band, the strongest word last: the hour of the work, that of
#: the request as the rules say, that of the request because nobody knows when the work
#: began, or none.
WORK, REQUEST, NO_START, NO_REQUEST = CLOCKS = (
    "work",
    "request",
    "no_start",
    "no_request",
)

DAY = 24 * 60


@dataclass(frozen=True)
class Opening:
    """Opening hours: windows of the week and public holidays.

    ``weeks``: one week, or two that take turns (the first one is that of 0001-01-01, a
    Monday), each of seven days from Monday on, a day being ``(from, to)`` windows in
    minutes of the local day: from is open, to is not. ``holidays``: ``(start, end)``
    instants.
    """

    zone: tzinfo
    weeks: tuple
    holidays: tuple = ()

    def windows(self, day):
        """The windows of a local date."""
        week, weekday = divmod(day.toordinal() - 1, 7)
        return self.weeks[week % len(self.weeks)][weekday]


@dataclass(frozen=True)
class Line:
    """Time that somebody logged: hours, and the instant it began if that is known."""

    hours: float
    start: datetime | None = None


def band_at(opening, instant):
    """The time band of an instant.

    >>> from datetime import timezone
    >>> nine_to_five = Opening(timezone.utc, ((((540, 1020),),) * 5 + ((), ()),))
    >>> friday = datetime(2026, 11, 20, tzinfo=timezone.utc)
    >>> [band_at(nine_to_five, friday.replace(hour=hour)) for hour in (8, 9, 16, 17)]
    ['after_hours', 'business', 'business', 'after_hours']
    """
    return _band(opening, instant, instant.astimezone(opening.zone))


def _band(opening, instant, local):
    for start, end in opening.holidays:
        if start <= instant < end:
            return HOLIDAY
    minute = local.hour * 60 + local.minute
    for start, end in opening.windows(local):
        if start <= minute < end:
            return BUSINESS
    return AFTER_HOURS


def split(opening, start, seconds):
    """The bands of ``seconds`` of work from an instant on: ``[(band, seconds), …]``.

    In the order of time; what belongs to one band and follows each other is one part.
    """
    end = start + timedelta(seconds=seconds)
    parts = []
    while start < end:
        local = start.astimezone(opening.zone)
        stop = _next_change(opening, start, local, end)
        band = _band(opening, start, local)
        length = (stop - start).total_seconds()
        if parts and parts[-1][0] == band:
            length += parts.pop()[1]
        parts.append((band, length))
        start = stop
    return parts


def _next_change(opening, instant, local, end):
    """The first instant after this one at which the band may be another, or the end.

    ``local`` is the instant on the wall clock.
    """
    second = local.hour * 3600 + local.minute * 60 + local.second
    second += local.microsecond / 1e6
    wait = DAY * 60 - second
    for window in opening.windows(local):
        for edge in window:
            if 0 < edge * 60 - second < wait:
                wait = edge * 60 - second
    change = min(end, instant + timedelta(seconds=wait))
    for holiday in opening.holidays:
        for edge in holiday:
            if instant < edge < change:
                change = edge
    if change.astimezone(opening.zone).utcoffset() != local.utcoffset():
        change = _clock_change(opening.zone, instant, change)
    return change


def open_spans(opening, start, until):
    """``(from, to)`` instants between two instants in which business hours run."""
    while start < until:
        local = start.astimezone(opening.zone)
        stop = _next_change(opening, start, local, until)
        if _band(opening, start, local) == BUSINESS:
            yield start, stop
        start = stop


def next_opening(opening, instant, until):
    """The first instant in business hours from ``instant`` on, if before ``until``.

    >>> from datetime import timezone
    >>> nine_to_five = Opening(timezone.utc, ((((540, 1020),),) * 5 + ((), ()),))
    >>> saturday = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
    >>> str(next_opening(nine_to_five, saturday, saturday + timedelta(days=7)))
    '2026-11-23 09:00:00+00:00'
    """
    return next((start for start, _stop in open_spans(opening, instant, until)), None)


def _clock_change(zone, before, after):
    """The second between two instants from which on the zone's offset is another."""
    offset = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        moved = (before + timedelta(seconds=middle)).astimezone(zone)
        low, high = (middle, high) if moved.utcoffset() == offset else (low, middle)
    return min(after, before + timedelta(seconds=high))


def assign_bands(lines, opening, clock, request, scope):
    """Whole minutes of ``lines`` by band, and which clock chose each band.

    ``clock``: WORK or REQUEST. ``request``: the band in which the request came in, or
    None. ``scope``: "line" counts each line by itself, "intervention" all together.
    Returns ``((band, minutes), …)`` and ``{band: one of CLOCKS}``. Without opening
    hours all time is business time, and no clock had to choose.

    No minute is lost or made: running totals are rounded, so that the minutes add up to
    those of all the hours together. A band with less than a minute is none.
    """
    clocks = {}
    spans = []
    for line in lines:
        parts, reason = _parts(line, opening, clock, request)
        spans.append(parts)
        for band, _hours in parts if reason else ():
            clocks[band] = max(clocks.get(band, reason), reason, key=CLOCKS.index)
    if scope == "intervention":
        parts = [part for parts in spans for part in parts]
        spans = [sorted(parts, key=lambda part: BANDS.index(part[0]))]
    parts = _whole_minutes(spans)
    return parts, {band: clocks[band] for band, _minutes in parts if band in clocks}


def _parts(line, opening, clock, request):
    """``[(band, hours), …]`` of a line, and the clock that chose."""
    if opening is None:
        return [(BUSINESS, line.hours)], None
    if line.start is not None and (clock == WORK or request is None):
        return _split_hours(opening, line), WORK
    if request is None:
        return [(BUSINESS, line.hours)], NO_REQUEST
    return [(request, line.hours)], REQUEST if clock == REQUEST else NO_START


def _split_hours(opening, line):
    parts = split(opening, line.start, line.hours * 3600)
    if len(parts) < 2:
        # Also work of no length has a band.
        band = parts[0][0] if parts else band_at(opening, line.start)
        return [(band, line.hours)]
    return [(band, seconds / 3600) for band, seconds in parts]


def _whole_minutes(spans):
    """``((band, minutes), …)``: each band once per span of ``(band, hours)`` parts."""
    found = []
    so_far, counted = [], 0
    for parts in spans:
        minutes = {}
        for band, hours in parts:
            so_far.append(hours)
            total = raw_minutes(so_far)
            minutes[band] = minutes.get(band, 0) + total - counted
            counted = total
        found += minutes.items()
    worked = tuple(part for part in found if part[1])
    return worked or tuple(found[:1])


def is_planned(lines, opening, day, planned, approved):
    """Whether work on a day was agreed to before it began.

    ``planned``: the instant for which it was planned, ``approved``: when somebody
    agreed to that. A plan within business hours agrees to no other hours. It holds for
    the local day of ``planned``, and for the night after it, until noon.
    """
    if opening is not None and band_at(opening, planned) == BUSINESS:
        return False
    zone = opening.zone if opening else planned.tzinfo
    first = planned.astimezone(zone).date()
    for line in lines:
        if line.start is None:
            # Then only the days are known.
            if day != first or approved.astimezone(zone).date() > day:
                return False
            continue
        begun = line.start.astimezone(zone)
        night = begun.date() == first + timedelta(days=1) and begun.hour < 12
        if approved > line.start or not (begun.date() == first or night):
            return False
    return True
