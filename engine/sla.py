# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Targets of a service level: when they are due, and whether they were met.

A target is a number of minutes on a clock. The elapsed clock runs always, the working
clock in business hours only. Waiting for the customer, or for an approval, stops the
clock of a resolution, each in its own hours: a pause over a night costs nothing on the
working clock. The clock of a response never stops. Instants are aware datetimes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .clock import BUSINESS, band_at, next_opening, open_spans

RESPONSE = "response"
RESOLUTION = "resolution"
KINDS = (RESPONSE, RESOLUTION)
#: Windows in which a request can come in.
ANY, IN_HOURS, OUTSIDE = "any", "business", "outside"
#: Parts of a target, in percent, after which somebody is warned.
WARNINGS = (75, 90)

RUNNING = "running"
PAUSED = "paused"
MET = "met"
BREACHED = "breached"

#: How far ahead opening hours are looked for. A desk that is closed for longer has no
#: deadline, rather than a wrong one.
HORIZON = timedelta(days=3 * 366)


@dataclass(frozen=True)
class Target:
    """``minutes`` for requests of at least a ``priority`` that come in in a window."""

    key: int
    kind: str
    window: str
    minutes: int
    working: bool = False
    priority: int = 0

    def fits(self, window, priority):
        return self.window in (ANY, window) and self.priority <= priority


@dataclass(frozen=True)
class Clock:
    """What holds for one kind of target of a ticket.

    ``warnings``: the instants of ``WARNINGS``, None where a pause comes before them.
    ``deadline``: None as long as a pause holds it off. ``paused``: how long it was
    stopped so far, in seconds of its own clock.
    """

    target: Target
    window: str
    start: datetime
    deadline: datetime | None
    warnings: tuple
    state: str
    done: datetime | None = None
    paused: int = 0


def request_window(opening, request):
    """The window of a request. Without opening hours it is always IN_HOURS."""
    if opening is None or band_at(opening, request) == BUSINESS:
        return IN_HOURS
    return OUTSIDE


def accepted_at(opening, request, always):
    """When a request counts as received: at once, or with the next opening.

    ``always``: requests are taken at any time (24x7). None if the desk does not open
    again within the HORIZON.
    """
    if always or opening is None:
        return request
    return next_opening(opening, request, request + HORIZON)


def due(opening, start, seconds, working, pauses=()):
    """The instant at which ``seconds`` have run, or None if a pause holds them off.

    ``pauses``: ``(from, to)`` instants, to being None as long as it lasts.
    """
    left = seconds
    for begin, end in _running(opening, start, None, working, pauses):
        if end is None or (end - begin).total_seconds() >= left:
            return begin + timedelta(seconds=left)
        left -= (end - begin).total_seconds()
    return None


def run_time(opening, start, end, working, pauses=()):
    """Seconds that run between two instants."""
    return sum(
        (stop - begin).total_seconds()
        for begin, stop in _running(opening, start, end, working, pauses)
    )


def _running(opening, start, end, working, pauses):
    """Spans in which the clock runs, in the order of time; the last may be open."""
    if working and opening is not None:
        spans = open_spans(opening, start, end or start + HORIZON)
    else:
        spans = [(start, end)]
    stops = _merge(pauses)
    for begin, stop in spans:
        for hold, resume in stops:
            if resume is not None and resume <= begin:
                continue
            if stop is not None and hold >= stop:
                break
            if hold > begin:
                yield begin, hold
            if resume is None:
                return
            begin = resume
            if stop is not None and begin >= stop:
                break
        if stop is None or begin < stop:
            yield begin, stop


def _merge(pauses):
    """The same pauses, in the order of time and without overlaps."""
    merged = []
    for hold, resume in sorted(pauses, key=lambda pause: pause[0]):
        if merged and (merged[-1][1] is None or hold <= merged[-1][1]):
            last = merged.pop()
            open_end = last[1] is None or resume is None
            hold, resume = last[0], None if open_end else max(last[1], resume)
        if resume is None or hold < resume:
            merged.append((hold, resume))
    return merged


def assess(targets, kind, opening, request, *, always, priority, pauses, done, moment):
    """The clock of one kind of target, or None if nothing is promised.

    Of all targets that fit the request the one that is due first holds, so that a
    target for a high priority tightens the others and never loosens them.

    ``done``: when the ticket was responded to, or closed; None if not yet at the
    ``moment`` of asking. A request
    outside the service window counts from the next opening, as one in business hours.
    """
    start = accepted_at(opening, request, always)
    if start is None:
        return None
    window = request_window(opening, start)
    stops = tuple(pauses) if kind == RESOLUTION else ()
    clocks = [
        _clock(target, opening, window, start, stops, done, moment)
        for target in targets
        if target.kind == kind and target.fits(window, priority)
    ]
    return min(clocks, key=_strictest, default=None)


def _strictest(clock):
    """Due first; where a pause holds them off, the shortest."""
    never = clock.deadline is None
    return (
        never,
        clock.deadline or clock.start,
        clock.target.minutes,
        clock.target.key,
    )


def _clock(target, opening, window, start, pauses, done, moment):
    seconds = target.minutes * 60

    def at(percent):
        return due(opening, start, seconds * percent / 100, target.working, pauses)

    deadline = at(100)
    return Clock(
        target=target,
        window=window,
        start=start,
        deadline=deadline,
        warnings=tuple(at(percent) for percent in WARNINGS),
        state=_state(deadline, pauses, done, moment),
        done=done,
        paused=_paused(target, opening, start, pauses, done or moment),
    )


def outcome(deadline, done):
    """Whether what was done at an instant kept a promise that was due at another.

    ``deadline``: None where a pause held it off.
    """
    return BREACHED if deadline is not None and done > deadline else MET


def late_minutes(deadline, done):
    """How many whole minutes it was done after the deadline, elapsed.

    >>> from datetime import timezone
    >>> noon = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
    >>> late_minutes(noon, noon + timedelta(minutes=90)), late_minutes(noon, noon)
    (90, 0)
    """
    if deadline is None or outcome(deadline, done) == MET:
        return 0
    return int((done - deadline).total_seconds() // 60)


def warned_of(warnings, warned, moment):
    """The warning, in percent, that still holds after the deadline has moved.

    ``warnings``: the instants of WARNINGS now; ``warned``: what was given before.
    """
    return max(
        (
            percent
            for percent, instant in zip(WARNINGS, warnings, strict=True)
            if percent <= warned and (instant is None or instant <= moment)
        ),
        default=0,
    )


def event_at(warnings, deadline, warned, moment):
    """The strongest thing that has come: BREACHED, a percentage of WARNINGS, or None.

    ``warned``: the percentage that somebody was warned of already.
    """
    if deadline is not None and moment > deadline:
        return BREACHED
    come = [
        percent
        for percent, instant in zip(WARNINGS, warnings, strict=True)
        if instant is not None and instant <= moment and percent > warned
    ]
    return max(come, default=None)


def next_event(warnings, deadline, warned):
    """The next instant at which a running clock needs a look, or None."""
    for percent, instant in zip(WARNINGS, warnings, strict=True):
        if percent > warned and instant is not None:
            return instant
    return deadline


def _state(deadline, pauses, done, moment):
    if done is not None:
        return outcome(deadline, done)
    if deadline is not None and moment > deadline:
        return BREACHED
    return PAUSED if any(resume is None for _hold, resume in pauses) else RUNNING


def _paused(target, opening, start, pauses, end):
    if not pauses or end <= start:
        return 0
    total = run_time(opening, start, end, target.working)
    return int(total - run_time(opening, start, end, target.working, pauses))


def breached_month(deadline, zone):
    """First day of the month, on the wall clock of ``zone``, in which it was missed."""
    return deadline.astimezone(zone).date().replace(day=1)
