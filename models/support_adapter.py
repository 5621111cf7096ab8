# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Records become the engine's dataclasses, and its answers become values to store.

The only place that knows both sides. No rule about money or time lives here.
"""

from decimal import Decimal

from odoo.tools import SQL

from ..engine import burndown, rating
from ..engine.money import decimal_of

#: Part of the plan that all work falls into until policies know time bands.
BAND = "business"
FEE_MODES = {"travel": ("onsite",)}
#: What burning reads and writes of a charge and of a lot, fetched together.
CHARGE_FIELDS = [
    "intervention_id",
    "contract_id",
    "company_id",
    "currency_id",
    "ticket_id",
    "date",
    "code",
    "sequence",
    "kind",
    "profile_id",
    "product_id",
    "raw_minutes",
    "minutes",
    "time_minutes",
    "time_factor",
    "price_unit",
    "per_minutes",
    "amount",
    "paid_amount",
    "paid_minutes",
    "overrun_amount",
    "overrun_minutes",
    "overrun_state",
    "explanation",
]
LOT_FIELDS = [
    "contract_id",
    "unit",
    "kind",
    "price_paid",
    "priority",
    "date_first",
    "date_last",
    "date_lapsed",
    "remaining",
    "reserved",
    "used",
    "lapsed",
]


def currency_step(currency):
    """The smallest amount of a currency, e.g. ``Decimal("0.01")``."""
    return decimal_of(currency.rounding)


# -- Rating ------------------------------------------------------------------------


def to_rates(rates):
    """``support.rate`` records as engine rates."""
    return [
        rating.Rate(
            key=rate.id,
            profile=rate.profile_id.id or None,
            mode=rate.delivery_mode or None,
            band=rate.band or None,
            date_from=rate.date_from,
            price=decimal_of(rate.price),
            per_minutes=rate.per_minutes,
            time_factor=decimal_of(rate.time_factor, 4),
        )
        for rate in rates
    ]


def freeze_rules(contract, rate):
    """What an intervention keeps of a policy and rate, as JSON."""
    return {
        "contract": contract.id,
        "rate": rate.key,
        "price": str(rate.price),
        "per_minutes": rate.per_minutes,
        "time_factor": str(rate.time_factor),
        "grain": contract.grain_minutes,
        "tolerance": contract.tolerance_minutes,
        "minimum": contract.minimum_minutes,
        "scope": contract.rounding_scope,
        "step": str(currency_step(contract.currency_id)),
        "fees": {
            "travel": [
                str(decimal_of(contract.travel_fee)),
                contract.travel_fee_minutes,
            ]
        },
    }


def to_rules(frozen):
    """Frozen JSON as engine rules."""
    return rating.Rules(
        prices={
            BAND: rating.Price(
                Decimal(frozen["price"]),
                frozen["per_minutes"],
                Decimal(frozen["time_factor"]),
            )
        },
        rounding={
            BAND: rating.Rounding(
                frozen["grain"], frozen["tolerance"], frozen["minimum"]
            )
        },
        step=Decimal(frozen["step"]),
        scope=frozen["scope"],
        fees=tuple(
            rating.Fee(code, Decimal(amount), minutes, FEE_MODES[code])
            for code, (amount, minutes) in frozen["fees"].items()
        ),
    )


def to_lines(hours, scope):
    """Hours of timesheet lines as the engine's ``(band, minutes)``."""
    if scope == "line":
        return tuple((BAND, rating.raw_minutes([one])) for one in hours)
    return ((BAND, rating.raw_minutes(hours)),) if hours else ()


def charge_values(charge):
    """Stored values of an engine charge."""
    return {
        "code": charge.code,
        "kind": charge.kind,
        "raw_minutes": charge.raw_minutes,
        "minutes": charge.minutes,
        "time_minutes": charge.time_minutes,
        "time_factor": float(charge.time_factor),
        "price_unit": float(charge.price),
        "per_minutes": charge.per_minutes,
        "amount": float(charge.amount),
        "explanation": [list(reason) for reason in charge.explanation],
    }


# -- Burn-down ---------------------------------------------------------------------


def to_lots(lots):
    """``support.lot`` records as engine lots.

    Releases carry the day of the debit they undo, and upward corrections open a new
    lot, so a lot's level never rises after its grant: there are no ``rises``.
    """
    return [
        burndown.Lot(
            key=lot.id,
            unit=lot.unit,
            remaining=decimal_of(lot.remaining, 4),
            reserved=decimal_of(lot.reserved, 4),
            lapsed=decimal_of(lot.lapsed, 4),
            closed=bool(lot.date_lapsed),
            first_day=lot.date_first,
            last_day=lot.date_last or None,
            priority=lot.priority,
            free=not lot.price_paid,
            allowance=lot.kind == "allowance",
        )
        for lot in lots
    ]


def read_slices(env, charge_ids):
    """Who has paid for charges so far: ``{charge id: {contract id: [Slice]}}``.

    The net of the entries of each lot, the lot that was drawn last at the end.
    """
    if not charge_ids:
        return {}
    env["support.entry"].flush_model()
    rows = env.execute_query(
        SQL(
            """
            SELECT entry.charge_id, entry.contract_id, entry.lot_id, lot.unit,
                   lot.kind = 'allowance', -SUM(entry.quantity),
                   SUM(entry.work_minutes), SUM(entry.price)
              FROM support_entry entry
              JOIN support_lot lot ON lot.id = entry.lot_id
             WHERE entry.charge_id IN %s AND entry.kind IN ('debit', 'release')
             GROUP BY entry.charge_id, entry.contract_id, entry.lot_id, lot.unit,
                      lot.kind
             ORDER BY MAX(entry.id) FILTER (WHERE entry.kind = 'debit')
            """,
            tuple(charge_ids),
        )
    )
    slices = {}
    for charge, contract, lot, unit, allowance, quantity, minutes, price in rows:
        if quantity or minutes or price:
            part = burndown.Slice(
                lot,
                unit,
                allowance,
                decimal_of(quantity, 4),
                minutes,
                decimal_of(price),
            )
            slices.setdefault(charge, {}).setdefault(contract, []).append(part)
    return slices


def settlement_values(settlement):
    """Stored totals of how a charge was settled."""
    return {
        "paid_amount": float(sum(part.price for part in settlement.slices)),
        "paid_minutes": sum(part.minutes for part in settlement.slices),
        "overrun_amount": float(settlement.overrun.price),
        "overrun_minutes": settlement.overrun.minutes,
    }
