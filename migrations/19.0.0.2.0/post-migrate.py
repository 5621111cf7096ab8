# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Frozen rules get the shape that knows time bands; charges get their list price.

Before, all work was priced as business hours with one price and one rounding, without
discount or coverage. It keeps that for ever, whatever the contract says now.
"""

import json

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

BANDS = ("business", "after_hours", "holiday")
MODES = ["phone", "mail", "remote", "onsite"]


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        "UPDATE support_charge SET list_amount = amount WHERE list_amount IS NULL"
    )
    works = env["support.intervention"].search([("rules", "!=", False)])
    for work in works.filtered(lambda work: "prices" not in work.rules):
        rules = to_bands(work.rules, work.ticket_id.category_id.id)
        env.execute_query(
            SQL(
                """UPDATE support_intervention
                      SET rules = %s, coverage = %s
                    WHERE id = %s""",
                json.dumps(rules),
                "prepaid",
                work.id,
            )
        )
    works.invalidate_recordset(["rules", "coverage"])


def to_bands(old, category_id):
    """Rules of version 19.0.0.1.0 in today's shape."""
    price = {
        "rate": old["rate"],
        "price": old["price"],
        "per_minutes": old["per_minutes"],
        "time_factor": old["time_factor"],
        "minimum": 0,
        "profile": None,
        "mode": None,
        "band": None,
        "date_from": "2000-01-01",
    }
    rounding = [old["grain"], old["tolerance"], old["minimum"]]
    return {
        "step": old["step"],
        "scope": old["scope"],
        "clock": "work",
        "opening": None,
        "request": None,
        "prices": {"business": price},
        "rounding": dict.fromkeys(BANDS, rounding),
        "discount": "0",
        "fees": {"travel": old["fees"]["travel"], "urgent": ["0.000000", 0]},
        "after_hours": "allowed",
        "modes": MODES,
        "category": category_id,
        "coverage": "prepaid",
    }
