# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Time, queries and memory of a piece of work."""

import statistics
import time
from dataclasses import dataclass, field

import psutil

from odoo import api
from odoo.service.model import execute_cr


@dataclass
class Sample:
    """Several runs of the same work; the medians are what is reported."""

    seconds: list = field(default_factory=list)
    queries: list = field(default_factory=list)

    def add(self, seconds, queries=0):
        self.seconds.append(seconds)
        self.queries.append(queries)

    @property
    def ms(self):
        return statistics.median(self.seconds) * 1000

    @property
    def count(self):
        return int(statistics.median(self.queries))


def call(registry, uid, model, method, *args):
    """One RPC as a worker does it: own cursor, empty cache, retries, commit.

    Returns the result, the seconds and the number of queries.
    """
    with registry.cursor() as cr:
        start = time.perf_counter()
        result = execute_cr(cr, uid, model, method, args, {"context": {"tz": "UTC"}})
        return result, time.perf_counter() - start, cr.sql_log_count


def measure(env, function):
    """Result, seconds and queries of ``function()``, all that is pending written."""
    env.flush_all()
    before = env.cr.sql_log_count
    start = time.perf_counter()
    result = function()
    env.flush_all()
    return result, time.perf_counter() - start, env.cr.sql_log_count - before


def in_environment(registry, function, uid=api.SUPERUSER_ID):
    """``function(env)`` in a transaction of its own, committed."""
    with registry.cursor() as cr:
        env = api.Environment(cr, uid, {})
        env.transaction.default_env = env
        result = function(env)
        cr.commit()  # pylint: disable=invalid-commit
        return result


def memory():
    """Megabytes of this process that are in memory."""
    return psutil.Process().memory_info().rss / 1024**2
