# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Eight technicians at once against a server with two workers."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path

from measure import in_environment

from odoo.tools import SQL

CLIENT = Path(__file__).with_name("client.py")
SERVER = Path(__file__).with_name("server.py")
WORKERS = 2
#: What Odoo's `retrying` writes into the log.
RETRY, GIVEN_UP = "tries left, try again in", "maximum number of tries reached"
LOST = """
SELECT COUNT(*) FROM account_analytic_line line
  LEFT JOIN support_charge charge
    ON charge.intervention_id = line.support_intervention_id
 WHERE line.id = ANY(%s)
   AND (charge.id IS NULL
        OR charge.overrun_amount <= 0
           AND NOT EXISTS (SELECT FROM support_entry entry
                            WHERE entry.charge_id = charge.id
                              AND entry.kind = 'debit'))
"""
UNEXPLAINED = """
SELECT COUNT(*) FROM support_charge charge
  LEFT JOIN (SELECT charge_id, SUM(price) AS price FROM support_entry
              WHERE kind IN ('debit', 'release') GROUP BY charge_id) paid
    ON paid.charge_id = charge.id
 WHERE charge.contract_id = ANY(%s)
   AND charge.amount <> COALESCE(paid.price, 0) + charge.overrun_amount
"""


@dataclass(frozen=True)
class Outcome:
    """What the clients and the server saw, and what the database says afterwards."""

    seconds: float
    stored: int
    refused: int
    retries: int
    given_up: int
    overdrawn: int = 0
    lost: int = 0
    wrong_lots: int = 0
    unexplained: int = 0
    overrun: int = 0

    @property
    def broken(self):
        return self.overdrawn + self.lost + self.wrong_lots + self.unexplained


def measure_clients(registry, options, world, customers, seconds, clients=8):
    """Run ``clients`` on the tickets of ``customers``, dealt out; then check."""
    log = Path(tempfile.mkdtemp(prefix="bench_clients_")) / "odoo.log"
    with _server(options, log) as port:
        started = time.monotonic()
        answers = _run_clients(options, port, world, customers, seconds, clients)
        passed = time.monotonic() - started
    lines = [line for answer in answers for line in answer["stored"]]
    text = log.read_text()
    outcome = Outcome(
        seconds=passed,
        stored=len(lines),
        refused=sum(answer["refused"] for answer in answers),
        retries=text.count(RETRY),
        given_up=text.count(GIVEN_UP),
    )
    contracts = [customer.contract for customer in customers]
    return in_environment(registry, lambda env: _check(env, outcome, contracts, lines))


def _check(env, outcome, contracts, lines):
    def count(query, ids):
        return env.execute_query(SQL(query, ids))[0][0]  # pylint: disable=sql-injection

    lots = env["support.lot"].search([("contract_id", "in", contracts)])
    charges = env["support.charge"].search([("contract_id", "in", contracts)])
    return replace(
        outcome,
        overdrawn=len(lots.filtered(lambda lot: lot.remaining < 0)),
        lost=count(LOST, lines),
        wrong_lots=len(lots._check_integrity()),
        unexplained=count(UNEXPLAINED, contracts),
        overrun=len(charges.filtered("overrun_amount")),
    )


def _run_clients(options, port, world, customers, seconds, clients):
    processes = []
    for number in range(clients):
        customer = customers[number % len(customers)]
        command = [
            sys.executable,
            str(CLIENT),
            str(port),
            options.database,
            f"bench_technician_{number % len(world.users)}",
            "2020-01-01",
            str(seconds),
            str(customer.ticket),
        ]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    return [json.loads(process.communicate()[0]) for process in processes]


@contextlib.contextmanager
def _server(options, log):
    """A server on loopback, which ends with its workers; yields its port."""
    port, gevent_port = _free_port(), _free_port()
    command = [
        *(sys.executable, str(SERVER), "-c", options.config),
        *("-d", options.database, f"--workers={WORKERS}", "--max-cron-threads=0"),
        *("--http-interface=127.0.0.1", f"--http-port={port}"),
        *(f"--gevent-port={gevent_port}", f"--logfile={log}", "--log-level=info"),
    ]
    # In a session of its own, so that all of it can be ended, and nothing else.
    process = subprocess.Popen(command, start_new_session=True)
    try:
        _wait(process, port, log)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process, port, log):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + 180
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            opener.open(f"http://127.0.0.1:{port}/web/login", timeout=60).close()
            return
        time.sleep(0.3)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
