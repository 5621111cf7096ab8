# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Service levels: records become the engine's dataclasses and back.

As ``support_adapter``, which it belongs to: nothing is decided here.
"""

from ..engine import sla
from .support_adapter import to_stored


def to_targets(records):
    """``support.level.target`` records as engine targets."""
    return tuple(
        sla.Target(
            key=target.id,
            kind=target.kind,
            window=target.window,
            minutes=target.minutes,
            working=target.clock == "working",
            priority=int(target.priority),
        )
        for target in records
    )


def to_recorded_target(record):
    """The target of a ``support.sla`` record, as it was promised."""
    return (
        sla.Target(
            key=record.id,
            kind=record.kind,
            window=sla.ANY,
            minutes=record.minutes,
            working=record.clock == "working",
        ),
    )


def sla_values(found):
    """An engine clock as values of ``support.sla``."""
    first, last = map(to_stored, found.warnings)
    return {
        "window": found.window,
        "minutes": found.target.minutes,
        "clock": "working" if found.target.working else "elapsed",
        "state": found.state,
        "date_start": to_stored(found.start),
        "date_deadline": to_stored(found.deadline),
        "date_warning": first,
        "date_warning_last": last,
        "date_done": to_stored(found.done),
        "paused_minutes": found.paused // 60,
        "late_minutes": sla.late_minutes(found.deadline, found.done)
        if found.done
        else 0,
        "attainment": 100.0 if found.state == sla.MET else 0.0,
    }
