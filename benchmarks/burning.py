# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""The engine alone beside SQL that does the same work on a set."""

import time
from datetime import date
from decimal import Decimal

from measure import in_environment

from odoo.addons.prepaid_support.engine.burndown import Demand, burn
from odoo.addons.prepaid_support.engine.lots import MONEY, Lot

DAY = date(2026, 11, 21)
PRICE = Decimal("31.25")

TABLES = """
CREATE TEMP TABLE bench_lot (
    customer int, id int, quantity numeric, priority int, free boolean,
    first_day date, last_day date
) ON COMMIT DROP;
CREATE TEMP TABLE bench_debit (
    customer int, id int, day date, minutes int, price numeric,
    paid_minutes int, paid numeric, overrun_minutes int, overrun numeric
) ON COMMIT DROP;
CREATE TEMP TABLE bench_entry (
    lot int, debit int, day date, quantity numeric, minutes int, price numeric
) ON COMMIT DROP;
INSERT INTO bench_lot
     SELECT c, c * 3 + l, %(lot)s, 10, false, %(day)s, NULL
       FROM generate_series(1, %(customers)s) c, generate_series(0, 2) l;
INSERT INTO bench_debit
     SELECT c, c * %(debits)s + d, %(day)s, 15, %(price)s, 0, 0, 15, %(price)s
       FROM generate_series(1, %(customers)s) c,
            generate_series(0, %(debits)s - 1) d;
ANALYZE bench_lot;
ANALYZE bench_debit;
"""
#: Lots and debits as spans on one axis per customer: where they overlap, a lot pays.
#: The answer is the same as the engine's: entries, who paid each debit, what is left.
BURN = """
WITH lots AS (
    SELECT *, SUM(quantity) OVER before AS upto,
           SUM(quantity) OVER before - quantity AS since
      FROM bench_lot
    WINDOW before AS (
        PARTITION BY customer
        ORDER BY priority, COALESCE(last_day, 'infinity'), NOT free, first_day, id
    )
), debits AS (
    SELECT *, SUM(price) OVER before AS upto, SUM(price) OVER before - price AS since
      FROM bench_debit WINDOW before AS (PARTITION BY customer ORDER BY id)
), slices AS (
    SELECT lots.id AS lot, debits.id AS debit, debits.day, debits.minutes, debits.price,
           LEAST(debits.upto, lots.upto) - GREATEST(debits.since, lots.since) AS part,
           LEAST(debits.upto, lots.upto) - debits.since AS settled
      FROM debits JOIN lots USING (customer)
     WHERE debits.since < lots.upto AND lots.since < debits.upto
       AND debits.day >= lots.first_day
       AND debits.day <= COALESCE(lots.last_day, 'infinity')
), entries AS (
    INSERT INTO bench_entry
    SELECT lot, debit, day, -part,
           TRUNC(minutes * settled / price) - TRUNC(minutes * (settled - part) / price),
           part
      FROM slices
    RETURNING *
), settled AS (
    UPDATE bench_debit debit
       SET paid = paid.price, paid_minutes = paid.minutes,
           overrun = debit.price - paid.price,
           overrun_minutes = debit.minutes - paid.minutes
      FROM (
        SELECT debit, SUM(price) AS price, SUM(minutes) AS minutes
          FROM entries GROUP BY debit
      ) paid
     WHERE paid.debit = debit.id
)
UPDATE bench_lot AS lot
   SET quantity = lot.quantity + used.quantity
  FROM (SELECT lot, SUM(quantity) AS quantity FROM entries GROUP BY lot) used
 WHERE used.lot = lot.id
"""


def measure_burndown(registry, customers, debits):
    """Microseconds per debit and slices made, of SQL and of the engine."""
    # The last lot covers most of what the first ones leave; a few debits are overrun.
    quantity = PRICE * debits * Decimal("0.32")
    return (
        in_environment(registry, lambda env: _sql(env, customers, debits, quantity)),
        _engine(customers, debits, quantity),
    )


def _sql(env, customers, debits, quantity):
    env.cr.execute(
        TABLES,
        {
            "lot": quantity,
            "customers": customers,
            "debits": debits,
            "price": PRICE,
            "day": DAY,
        },
    )
    start = time.perf_counter()
    env.cr.execute(BURN)
    seconds = time.perf_counter() - start
    env.cr.execute("SELECT COUNT(*) FROM bench_entry")
    return seconds / customers / debits * 1e6, env.cr.fetchone()[0]


def _engine(customers, debits, quantity):
    work = [
        (
            [
                Demand(key=(c, d), day=DAY, price=PRICE, minutes=15)
                for d in range(debits)
            ],
            [
                Lot(key=n, unit=MONEY, remaining=quantity, first_day=DAY)
                for n in range(3)
            ],
        )
        for c in range(customers)
    ]
    slices, step = 0, Decimal("0.01")
    start = time.perf_counter()
    for demands, lots in work:
        settlements, postings = burn(demands, lots, DAY, step)
        slices += len(postings)
    seconds = time.perf_counter() - start
    assert len(settlements) == debits
    return seconds / customers / debits * 1e6, slices
