# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""The engine alone beside SQL that does the same work on a set."""

import time
from datetime import date
from decimal import Decimal

from measure import in_environment

from odoo.addons.prepaid_support.engine.burndown import MONEY, Demand, Lot, burn

DAY = date(2026, 11, 21)
PRICE = Decimal("31.25")

TABLES = """
CREATE TEMP TABLE bench_lot (customer int, id int, quantity numeric);
CREATE TEMP TABLE bench_debit (customer int, id int, price numeric);
CREATE TEMP TABLE bench_slice (debit int, lot int, quantity numeric);
CREATE TEMP TABLE bench_overrun (debit int, price numeric);
INSERT INTO bench_lot
     SELECT c, c * 3 + l, %(lot)s
       FROM generate_series(1, %(customers)s) c, generate_series(0, 2) l;
INSERT INTO bench_debit
     SELECT c, c * %(debits)s + d, %(price)s
       FROM generate_series(1, %(customers)s) c,
            generate_series(0, %(debits)s - 1) d;
ANALYZE bench_lot;
ANALYZE bench_debit;
"""
#: Lots and debits as spans on one axis per customer: where they overlap, a lot pays.
BURN = """
WITH lots AS (
    SELECT customer, id, SUM(quantity) OVER before AS upto,
           SUM(quantity) OVER before - quantity AS since
      FROM bench_lot WINDOW before AS (PARTITION BY customer ORDER BY id)
), debits AS (
    SELECT customer, id, SUM(price) OVER before AS upto,
           SUM(price) OVER before - price AS since
      FROM bench_debit WINDOW before AS (PARTITION BY customer ORDER BY id)
), slices AS (
    INSERT INTO bench_slice
    SELECT debits.id, lots.id,
           LEAST(debits.upto, lots.upto) - GREATEST(debits.since, lots.since)
      FROM debits JOIN lots USING (customer)
     WHERE debits.since < lots.upto AND lots.since < debits.upto
), overrun AS (
    INSERT INTO bench_overrun
    SELECT debits.id, debits.upto - GREATEST(debits.since, totals.upto)
      FROM debits
      JOIN (SELECT customer, MAX(upto) AS upto FROM lots GROUP BY customer) totals
     USING (customer)
     WHERE debits.upto > totals.upto
)
UPDATE bench_lot
   SET quantity = quantity - used.quantity
  FROM (
    SELECT lots.id, SUM(
               LEAST(debits.upto, lots.upto) - GREATEST(debits.since, lots.since)
           ) AS quantity
      FROM debits JOIN lots USING (customer)
     WHERE debits.since < lots.upto AND lots.since < debits.upto
     GROUP BY lots.id
  ) used
 WHERE used.id = bench_lot.id
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
        {"lot": quantity, "customers": customers, "debits": debits, "price": PRICE},
    )
    start = time.perf_counter()
    env.cr.execute(BURN)
    seconds = time.perf_counter() - start
    env.cr.execute("SELECT COUNT(*) FROM bench_slice")
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
