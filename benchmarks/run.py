# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Measure all rows on a fresh database: see README.md. Started by `make bench`."""

import argparse
import os
import shlex
import sys
import time

import odoo.init  # noqa: F401  (before anything else of Odoo)
from odoo.tools import config

from report import RESULTS, circumstances, table, write

ROWS = [
    "line",
    "batch",
    "rating",
    "burndown",
    "history",
    "balance",
    "clients",
    "invoice",
    "breach",
]
TEXT = """# Benchmarks

Medians, side by side in one run on one database. A ratio is the time beside that of
the first column with a number. How it is measured: `benchmarks/README.md`.

{table}

{notes}

## Circumstances

{circumstances}
"""


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument(
        "--rows", default=",".join(ROWS), help="some of " + ", ".join(ROWS)
    )
    parser.add_argument("--scale", type=float, default=1.0, help="0.01: a quick look")
    parser.add_argument("--seconds", type=float, default=60, help="of the clients")
    parser.add_argument("--runs", type=int, default=31, help="of a single line")
    options = parser.parse_args()
    options.rows = options.rows.split(",")
    options.load = [os.getloadavg()[0]]
    own = [part for part in sys.argv[1:] if not part.startswith(("--config", "--data"))]
    options.shown = f' ARGS="{shlex.join(own)}"' if own else ""
    return options


def main():
    options = parse()
    arguments = ["-c", options.config, "-d", options.database, "--log-level=warn"]
    config.parse_config([*arguments, "--no-http"], setup_logging=True)
    # Odoo must be configured before its models are loaded.
    from rows import Rows

    from odoo.modules.registry import Registry

    start = time.monotonic()
    registry = Registry(options.database)
    rows = Rows(registry, options)
    for name in ROWS:
        if name in options.rows:
            print(f"== {name} ...", file=sys.stderr, flush=True)
            getattr(rows, name)()
            write(make_text(registry, options, rows, time.monotonic() - start))
    sys.stdout.write(RESULTS.read_text())


def make_text(registry, options, rows, seconds):
    with registry.cursor() as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        return TEXT.format(
            table=table(rows.table),
            notes="\n".join(f"- {note}" for note in rows.notes),
            circumstances=circumstances(env, options, seconds),
        )


main()
