# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""History in bulk: rows of the database, multiplied by the database."""

from world import OURS

from odoo.tools import SQL

ENTRY_KEY = SQL("'bench/' || new_id")
TABLES = (
    "project_task",
    "account_analytic_line",
    "helpdesk_ticket",
    "support_intervention",
    "support_charge",
    "support_entry",
)


def add_history(env, customer, lines, count):
    """Put ``count`` more lines behind the sample ``lines``: ``{variant: id}``.

    They are on tasks and tickets of their own, 100 on each, of the same order line and
    contract. Ours get their interventions, charges and entries, and the lot shows what
    they burnt.
    """
    env.flush_all()
    for variant, line in lines.items():
        place = _own_history if variant == OURS else _task_history
        multiply(
            env,
            "account_analytic_line",
            line,
            count,
            **place(env, customer, line, count),
        )
    analyze(env)
    env.invalidate_all()


def _task_history(env, customer, line, count):
    """Tasks for the lines of the others, as our lines have their own tickets."""
    task = env["account.analytic.line"].browse(line).task_id.id
    tasks = max(1, count // 100)
    first = multiply(env, "project_task", task, tasks)
    return {
        "task_id": SQL("%s + n %% %s", first, tasks),
        "date": SQL("date - 1 - (n / %s)::int", tasks),
    }


def _own_history(env, customer, line, count):
    work = env["account.analytic.line"].browse(line).support_intervention_id
    tickets = max(1, count // 100)
    first = multiply(
        env, "helpdesk_ticket", customer.ticket, tickets, number=SQL("'B' || new_id")
    )
    where = {
        "ticket_id": SQL("%s + n %% %s", first, tickets),
        "date": SQL("date - 1 - (n / %s)::int", tickets),
    }
    first = multiply(env, "support_intervention", work.id, count, **where)
    where["intervention_id"] = SQL("%s + n", first)
    charge = multiply(env, "support_charge", work.charge_ids.id, count, **where)
    burn(env, customer.lot, work.entry_ids.id, count, charge, where)
    where["support_intervention_id"] = where.pop("intervention_id")
    return where


def burn(env, lot, entry, count, charge, where):
    """``count`` debits like ``entry``, and what they make of the lot."""
    multiply(
        env,
        "support_entry",
        entry,
        count,
        key=ENTRY_KEY,
        charge_id=SQL("%s + n", charge) if charge else SQL("charge_id"),
        **where,
    )
    env.cr.execute(
        SQL(
            """
            UPDATE support_lot lot
               SET used = used - %(count)s * quantity,
                   remaining = remaining + %(count)s * quantity
              FROM support_entry entry
             WHERE lot.id = %(lot)s AND entry.id = %(entry)s
            """,
            count=count,
            lot=lot,
            entry=entry,
        )
    )


def multiply(env, table, sample, count, **expressions):
    """Insert ``count`` copies of the row ``sample``; returns the id of the first.

    ``expressions`` are in SQL, of the sample's columns, ``n`` (from 0) and ``new_id``.
    """
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND column_name <> 'id' AND is_generated = 'NEVER'",
        [table],
    )
    columns = [name for (name,) in env.cr.fetchall()]
    # Exclusive ids: the sequence moves behind them.
    env.cr.execute(SQL("SELECT nextval(%s)", f"{table}_id_seq"))
    first = env.cr.fetchone()[0]
    env.cr.execute(SQL("SELECT setval(%s, %s)", f"{table}_id_seq", first + count))
    env.cr.execute(
        SQL(
            "INSERT INTO %s (id, %s) SELECT new_id, %s FROM"
            " (SELECT sample.*, n, %s + n AS new_id FROM %s AS sample,"
            " generate_series(0, %s) AS n WHERE id = %s) AS copies",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(
                expressions.get(name, SQL.identifier(name)) for name in columns
            ),
            first,
            SQL.identifier(table),
            count - 1,
            sample,
        )
    )
    return first


def analyze(env):
    """What the database's own housekeeping does soon after so many new rows."""
    for table in TABLES:
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
