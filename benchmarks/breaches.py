# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""The scheduled action of missed targets, with many open tickets behind it."""

from datetime import timedelta

from history import multiply
from measure import Sample, in_environment, measure

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

#: As many as one batch of the scheduled action has.
DUE = 500


def measure_breaches(registry, world, customers, tickets, runs):
    """``[(open tickets, Sample of a batch, plan of the search), …]``.

    ``tickets``: growing numbers of open tickets that are not due yet; in each run a
    batch of others has just missed its target.
    """
    sample = in_environment(registry, lambda env: _promise(env, customers[0]))
    found, there = [], 0
    for number in tickets:
        in_environment(
            registry, lambda env, n=number - there: _fill(env, *sample, n, days=30)
        )
        there = number
        batch = Sample()
        for _run in range(runs):
            in_environment(registry, lambda env: _fill(env, *sample, DUE, days=-1))
            seconds, queries, plan = in_environment(registry, _fire)
            batch.add(seconds, queries)
        found.append((number, batch, plan))
    return found


def _promise(env, customer):
    """Give a customer a level; the ids of a ticket and of its clock."""
    level = env["support.level"].create(
        {
            "name": "C",
            "monthly_fee": 210.0,
            "target_ids": [Command.create({"kind": "response", "minutes": 240})],
        }
    )
    contract = env["support.contract"].browse(customer.contract)
    contract.level_id = level
    ticket = env["helpdesk.ticket"].create(
        {
            "name": "Down",
            "description": "-",
            "partner_id": customer.partner,
            "user_id": False,
        }
    )
    env.flush_all()
    return ticket.id, ticket.support_sla_ids.id


def _fill(env, ticket, clock, count, days):
    """Open tickets whose target is due in so many ``days``, spread over a month."""
    first = multiply(env, "helpdesk_ticket", ticket, count, number=SQL("'S' || new_id"))
    day = fields.Datetime.now() + timedelta(days=days)
    moment = SQL("%s", day)
    if days > 0:
        moment = SQL("%s + n * interval '1 minute'", day)
    multiply(
        env,
        "support_sla",
        clock,
        count,
        ticket_id=SQL("%s + n", first),
        date_deadline=moment,
        date_next=moment,
        state=SQL("'running'"),
        warned=SQL("90"),
    )
    for table in ("helpdesk_ticket", "support_sla"):
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))


def _fire(env):
    Sla = env["support.sla"]
    now = fields.Datetime.now()
    domain = [("date_next", "<", now)]

    def work():
        due = Sla.search(domain, order="date_next", limit=DUE)
        due._fire(now)
        return due

    query = Sla._search(domain, order="date_next", limit=DUE)
    env.cr.execute(SQL("EXPLAIN %s", query.select()))
    plan = "\n".join(line for (line,) in env.cr.fetchall())
    due, seconds, queries = measure(env, work)
    if len(due) != DUE or set(due.mapped("state")) != {"breached"}:
        raise RuntimeError("the batch did not miss its targets")
    return seconds, queries, plan
