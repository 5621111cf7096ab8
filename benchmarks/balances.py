# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""The balance of a contract with a long ledger beside that of one with a short one."""

from history import analyze, burn
from lines import LINE
from measure import Sample, in_environment, measure
from world import OURS


def measure_balances(registry, world, customers, entries, runs):
    """A sample for each of the numbers of ``entries``, a customer for each."""
    pairs = list(zip(customers, entries, strict=True))
    for customer, count in pairs:
        in_environment(registry, lambda env, c=customer, n=count: _fill(env, c, n))
    samples = [Sample() for _pair in pairs]
    for _run in range(runs):
        for sample, (customer, _count) in zip(samples, pairs, strict=True):
            in_environment(
                registry, lambda env, c=customer, s=sample: _measure(env, c, s)
            )
    return samples


def _fill(env, customer, count):
    env = env(user=env["res.users"].search([("login", "=", "bench_technician_0")]))
    line = env[LINE].create(customer.line(OURS, 4000)).sudo()
    work = line.support_intervention_id
    env.flush_all()
    burn(env, customer.lot, work.entry_ids.id, count, 0, {})
    analyze(env)


def _measure(env, customer, sample):
    contract = env["support.contract"].browse(customer.contract)
    _balances, seconds, queries = measure(env, contract._get_balances)
    sample.add(seconds, queries)
