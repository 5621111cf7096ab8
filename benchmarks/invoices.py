# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Month end: the overrun of many customers becomes draft invoices, which are posted.

Beside it bare invoices with as many lines, and sale_timesheet's from delivered hours.
"""

from history import analyze, multiply
from lines import LINE
from measure import in_environment, measure
from world import FIRST_DAY, HOURS

from odoo import api
from odoo.fields import Command
from odoo.tools import SQL

BARE, SALE, OVERRUN = INVOICES = ("bare account.move", "sale_timesheet", "ours")


def measure_invoices(registry, world, customers, lines):
    """``{kind: {step: (ms, queries, lines)}}`` for the steps create and post."""
    _measure_all(registry, world, 2, lines)  # the first time loads a lot
    return _measure_all(registry, world, customers, lines)


def _measure_all(registry, world, customers, lines):
    made = in_environment(registry, lambda env: _prepare(env, world, customers, lines))
    results = {}
    for kind, create in (
        (BARE, lambda env: _create_bare(env, world, made[BARE], lines)),
        (SALE, lambda env: env["sale.order"].browse(made[SALE])._create_invoices()),
        (OVERRUN, lambda env: _create_ours(env, made[OVERRUN])),
    ):
        results[kind] = in_environment(registry, lambda env, c=create: _measure(env, c))
    return results


def _measure(env, create):
    moves, seconds, queries = measure(env, lambda: create(env))
    lines = len(moves.invoice_line_ids)
    steps = {"create": (seconds * 1000, queries, lines)}
    # A request of its own, as a person posts them.
    env.cr.commit()  # pylint: disable=invalid-commit
    env.invalidate_all()
    moves = api.Environment(env.cr, env.uid, {})["account.move"].browse(moves.ids)
    _result, seconds, queries = measure(moves.env, moves.action_post)
    steps["post"] = (seconds * 1000, queries, lines)
    return steps


def _prepare(env, world, count, lines):
    partners = env["res.partner"].create(
        [{"name": f"Month end {number}"} for number in range(count)]
    )
    contracts = world.contracts(env, partners)
    tickets = env["helpdesk.ticket"].create(
        [world.ticket(partner) for partner in partners]
    )
    for ticket in tickets:
        _add_overrun(env, world, ticket, lines)
    orders = _deliver(env, world, partners, lines)
    analyze(env)
    return {BARE: partners.ids, SALE: orders.ids, OVERRUN: contracts.ids}


def _add_overrun(env, world, ticket, lines):
    """As many tickets of the customer, each with an hour that no credit covers."""
    line = (
        env[LINE]
        .with_user(world.user)
        .create(
            {
                "ticket_id": ticket.id,
                "date": FIRST_DAY,
                "unit_amount": HOURS,
                "name": "Work",
            }
        )
        .sudo()
    )
    work = line.support_intervention_id
    env.flush_all()
    count = lines - 1
    first = multiply(
        env, "helpdesk_ticket", ticket.id, count, number=SQL("'M' || new_id")
    )
    where = {"ticket_id": SQL("%s + n", first)}
    first = multiply(env, "support_intervention", work.id, count, **where)
    own = {"intervention_id": SQL("%s + n", first)}
    multiply(env, "support_charge", work.charge_ids.id, count, **where, **own)


def _deliver(env, world, partners, lines):
    """Orders with as many lines, and delivered hours on each."""
    orders = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create({"product_id": world.delivered, "price_unit": 125.0})
                    for _line in range(lines)
                ],
            }
            for partner in partners
        ]
    )
    orders.action_confirm()
    sold = orders.order_line
    task = env["project.task"].create(
        {
            "name": "Delivered",
            "project_id": world.projects["sale_timesheet"],
            "sale_line_id": sold[0].id,
        }
    )
    line = (
        env[LINE]
        .with_user(world.user)
        .create({"task_id": task.id, "name": "Work", "unit_amount": HOURS})
    )
    env.flush_all()
    multiply(
        env,
        "account_analytic_line",
        line.id,
        len(sold) - 1,
        so_line=SQL("(%s::int[])[n + 2]", sold.ids),
        order_id=SQL("(%s::int[])[n + 2]", [one.order_id.id for one in sold]),
    )
    env.invalidate_all()
    env.add_to_compute(sold._fields["qty_delivered"], sold)
    env.flush_all()
    sold.modified(["qty_delivered"])  # what is to be invoiced follows
    env.flush_all()
    return orders


def _create_bare(env, world, partners, lines):
    service = env["product.product"].browse(world.delivered)
    return env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": service.id,
                            "name": f"Work {number}",
                            "quantity": HOURS,
                            "price_unit": 125.0,
                        }
                    )
                    for number in range(lines)
                ],
            }
            for partner in partners
        ]
    )


def _create_ours(env, contracts):
    return env["support.contract"].browse(contracts)._invoice_overrun(FIRST_DAY)
