# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Many lines in one create, as an import does it."""

from lines import LINE
from measure import Sample, call, memory
from world import VARIANTS

from odoo import api


def measure_batches(registry, world, customers, size, runs):
    """``{variant: {lines: Sample}}`` and the growth of memory, in MB."""
    samples = {variant: {} for variant in VARIANTS}
    growth = dict.fromkeys(VARIANTS, 0.0)
    day = 0
    for number in range(-1, runs):
        # All sizes once, then the size of the row until its median is good.
        sizes = (size // 2, size, size * 2) if number == 0 else (size,)
        for lines in sizes:
            for variant in VARIANTS:
                batch = make_batch(world, customers, variant, lines, day)
                before = memory()
                _ids, seconds, queries = call(
                    registry, api.SUPERUSER_ID, LINE, "create", batch
                )
                if number >= 0:
                    sample = samples[variant].setdefault(lines, Sample())
                    sample.add(seconds, queries)
                    growth[variant] = max(growth[variant], memory() - before)
            day += lines
    return samples, growth


def make_batch(world, customers, variant, lines, day):
    """Lines of all customers; each is an intervention of its own."""
    return [
        customers[number % len(customers)].line(
            variant, day + number // len(customers), employee_id=world.employee
        )
        for number in range(lines)
    ]
