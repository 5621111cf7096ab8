# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""The table of results, and the circumstances in which they were measured."""

import os
import platform
from datetime import datetime
from pathlib import Path

import odoo.release

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = ("work", "plain hr_timesheet", "sale_timesheet", "ours", "to reach", "reached")
SETTINGS = ("fsync", "synchronous_commit", "shared_buffers", "work_mem")


def ratio(sample, base):
    return sample / base if base else 0.0


def cell(ms, queries, base=None):
    """Milliseconds and queries, with the ratio to the first column."""
    text = f"{ms:,.1f} ms, {queries} queries"
    return text if base is None else f"{ratio(ms, base):.2f}x ({text})"


def verdict(*conditions):
    return "yes" if all(conditions) else "**no**"


def table(rows):
    lines = [HEAD, tuple("---" for _column in HEAD), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def circumstances(env, options, seconds):
    """What somebody needs to know who measures again."""
    env.cr.execute("SHOW server_version")
    version = env.cr.fetchone()[0]
    settings = []
    for name in SETTINGS:
        env.cr.execute(f"SHOW {name}")  # pylint: disable=sql-injection
        settings.append(f"{name} {env.cr.fetchone()[0]}")
    load = ", ".join(f"{one:.1f}" for one in (*options.load, os.getloadavg()[0]))
    return "\n".join(
        f"- {line}"
        for line in (
            f"Command: `make bench{options.shown}`, {seconds / 60:.0f} minutes",
            f"Date: {datetime.now():%Y-%m-%d %H:%M}",
            f"Odoo {odoo.release.version}, Python {platform.python_version()},"
            f" PostgreSQL {version} ({', '.join(settings)})",
            f"{os.cpu_count()} cores, {platform.machine()}, load average before and"
            f" after (1 minute): {load}. A load above 1 before the start means that"
            " others used the machine: then times are noisy, queries are exact.",
        )
    )


def write(text):
    RESULTS.write_text(text)
