# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Small helpers that belong to no model."""


def format_minutes(env, minutes):
    """``minutes`` for people, in the language of ``env``: "2:30 h"."""
    sign = "-" if minutes < 0 else ""
    hours, rest = divmod(abs(int(minutes)), 60)
    return env._("%(time)s h", time=f"{sign}{hours}:{rest:02d}")


def write_changes(record, values):
    """Write of ``values`` what differs; an unchanged record costs no UPDATE."""
    changes = {
        name: value
        for name, value in values.items()
        if record._fields[name].convert_to_write(record[name], record) != value
    }
    if changes:
        record.write(changes)
