# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""One line by RPC: create, edit, delete."""

from measure import Sample, call
from world import HOURS, VARIANTS

LINE = "account.analytic.line"


def measure_lines(registry, world, customer, runs, first_day):
    """``{action: {variant: Sample}}``, the variants taking turns."""
    samples = {
        action: {variant: Sample() for variant in VARIANTS}
        for action in ("create", "edit", "delete")
    }
    for number in range(-2, runs):
        for variant in VARIANTS:
            vals = customer.line(variant, first_day + 2 + number)
            for action, seconds, queries in _life(registry, world.user, vals):
                if number >= 0:  # the first ones only warm the worker's caches
                    samples[action][variant].add(seconds, queries)
    return samples


def _life(registry, uid, vals):
    """Create a line, edit it and delete it, each in a call of its own."""
    line, seconds, queries = call(registry, uid, LINE, "create", [vals])
    yield "create", seconds, queries
    change = {"unit_amount": HOURS * 3}
    _result, seconds, queries = call(registry, uid, LINE, "write", line, change)
    yield "edit", seconds, queries
    _result, seconds, queries = call(registry, uid, LINE, "unlink", line)
    yield "delete", seconds, queries
