# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Records become the engine's dataclasses, and its answers become values to store.

The only place that knows both sides. What is decided here is only how something is
written down in Odoo: 23:59 stands for midnight, and a day off ends with its second.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytz

from odoo.tools import SQL

from ..engine import burndown, clock, fees, rates, rating
from ..engine.lots import Lot
from ..engine.money import decimal_of

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
    "list_amount",
    "uses_credit",
    "lots_tried",
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


# -- Opening hours -----------------------------------------------------------------


def to_instant(stored):
    """A Datetime of the database, which is UTC, as an instant; None if it is empty."""
    return stored and pytz.utc.localize(stored) or None


def to_opening(calendar, lines, leaves):
    """A ``resource.calendar`` with its lines and days off as engine opening hours."""
    weeks = [[[] for _day in range(7)] for _week in range(2)]
    for line in lines:
        window = (round(line.hour_from * 60), round(line.hour_to * 60))
        if window[1] >= clock.DAY - 1:
            window = (window[0], clock.DAY)  # 23:59 is typed for midnight
        for number, week in enumerate(weeks):
            if not calendar.two_weeks_calendar or line.week_type == str(number):
                week[int(line.dayofweek)].append(window)
    if not calendar.two_weeks_calendar:
        weeks = weeks[:1]
    return clock.Opening(
        zone=pytz.timezone(calendar.tz),
        weeks=tuple(tuple(tuple(sorted(day)) for day in week) for week in weeks),
        holidays=tuple(
            # A day off ends with its last second.
            (to_instant(leave.date_from), _to_full_minute(to_instant(leave.date_to)))
            for leave in leaves
        ),
    )


def _to_full_minute(instant):
    rest = timedelta(seconds=instant.second, microseconds=instant.microsecond)
    return instant + timedelta(minutes=1) - rest if rest else instant


def freeze_opening(opening, day):
    """Opening hours as JSON, with the holidays about a day."""
    first = datetime.combine(day, time.min, pytz.utc)
    around = (first - timedelta(days=2), first + timedelta(days=4))
    return {
        "zone": opening.zone.zone,
        "weeks": opening.weeks,
        "holidays": [
            [start.isoformat(), end.isoformat()]
            for start, end in opening.holidays
            if start < around[1] and end > around[0]
        ],
    }


def _thaw_opening(frozen):
    return clock.Opening(
        zone=pytz.timezone(frozen["zone"]),
        weeks=tuple(frozen["weeks"]),
        holidays=tuple(
            (datetime.fromisoformat(start), datetime.fromisoformat(end))
            for start, end in frozen["holidays"]
        ),
    )


def to_stored(instant):
    """An instant as a Datetime of the database, by the second; False for none."""
    if instant is None:
        return False
    return instant.astimezone(pytz.utc).replace(tzinfo=None, microsecond=0)


# -- Rating ------------------------------------------------------------------------


def to_rates(records):
    """``support.rate`` records as engine rates."""
    return [
        rates.Rate(
            key=rate.id,
            profile=rate.profile_id.id or None,
            mode=rate.delivery_mode or None,
            band=rate.band or None,
            date_from=rate.date_from,
            price=decimal_of(rate.price),
            per_minutes=rate.per_minutes,
            time_factor=decimal_of(rate.time_factor, 4),
            minimum=rate.minimum_minutes,
        )
        for rate in records
    ]


def freeze_prices(card, profile, mode, day):
    """Price of each band as JSON, for those that the engine's rates have one for."""
    found = {
        band: rates.select_rate(card, profile, mode, band, day) for band in clock.BANDS
    }
    return {
        band: {
            "rate": rate.key,
            "price": str(rate.price),
            "per_minutes": rate.per_minutes,
            "time_factor": str(rate.time_factor),
            "minimum": rate.minimum,
            "profile": rate.profile,
            "mode": rate.mode,
            "band": rate.band,
            "date_from": rate.date_from.isoformat(),
        }
        for band, rate in found.items()
        if rate
    }


def freeze_rules(contract, prices, opening, coverage):
    """What an intervention keeps of a policy, as JSON.

    ``opening`` as frozen, or None; ``coverage`` with the category it was found for.
    """
    return {
        "step": str(currency_step(contract.currency_id)),
        "scope": contract.rounding_scope,
        "clock": contract.rate_clock,
        "opening": opening,
        "prices": prices,
        "rounding": contract._get_roundings(),
        "discount": f"{decimal_of(contract.discount_percent, 2).normalize():f}",
        "fees": {
            "travel": [
                str(decimal_of(contract.travel_fee)),
                contract.travel_fee_minutes,
            ],
            "urgent": [
                str(decimal_of(contract.urgent_fee)),
                contract.urgent_fee_minutes,
            ],
        },
        "after_hours": contract.after_hours,
        "modes": contract._get_modes(),
        **coverage,
    }


def to_rules(frozen):
    """Frozen JSON as engine rules."""
    opening = frozen["opening"]
    return rating.Rules(
        prices={
            band: rating.Price(
                Decimal(price["price"]),
                price["per_minutes"],
                Decimal(price["time_factor"]),
                price["minimum"],
                tuple(
                    (name, price[name])
                    for name in ("profile", "mode", "band", "date_from")
                ),
            )
            for band, price in frozen["prices"].items()
        },
        rounding={
            band: rating.Rounding(*values)
            for band, values in frozen["rounding"].items()
        },
        step=Decimal(frozen["step"]),
        scope=frozen["scope"],
        fees=tuple(
            rating.Fee(code, Decimal(amount), minutes, **rating.FEES[code])
            for code, (amount, minutes) in frozen["fees"].items()
        ),
        opening=opening and _thaw_opening(opening),
        clock=frozen["clock"],
        discount=Decimal(frozen["discount"]),
        after_hours=frozen["after_hours"],
        coverage=frozen["coverage"],
        modes=tuple(frozen["modes"]),
    )


def read_lines(env, intervention_ids):
    """Time that hangs below interventions: ``{intervention id: [engine Line]}``."""
    if not intervention_ids:
        return {}
    Line = env["account.analytic.line"]
    # All that is pending in one UPDATE: the query would write only what it reads.
    Line.flush_model()
    rows = env.execute_query(
        SQL(
            """
            SELECT support_intervention_id, unit_amount, work_start
              FROM account_analytic_line
             WHERE support_intervention_id IN %s
             ORDER BY id
            """,
            tuple(intervention_ids),
        )
    )
    lines = {}
    for intervention_id, hours, start in rows:
        line = clock.Line(hours or 0.0, to_instant(start))
        lines.setdefault(intervention_id, []).append(line)
    return lines


def assign_bands(lines, rules, request):
    """The ``(parts, clocks)`` of lines under rules (``clock.assign_bands``)."""
    return clock.assign_bands(lines, rules.opening, rules.clock, request, rules.scope)


def to_before(parts, charges, urgent_charged):
    """What earlier interventions of a chain have charged, as the engine asks it.

    ``parts``: their ``(band, minutes)``; ``charges``: those stored, or engine charges
    of what is rated together with it. ``urgent_charged``: whether the urgent fee of the
    ticket stands already.
    """
    fees = {
        charge.code.removeprefix(f"{rating.FEE}.")
        for charge in charges
        if charge.kind == rating.FEE and (charge.amount or charge.time_minutes)
    }
    minutes = {}
    for charge in charges:
        if charge.kind == rating.LABOUR:
            band = charge.code.removeprefix(f"{rating.LABOUR}.")
            minutes[band] = minutes.get(band, 0) + charge.minutes
    return rating.Before(
        lines=tuple(parts),
        minutes=minutes,
        fees=frozenset(fees | ({"urgent"} if urgent_charged else set())),
    )


def charge_values(charge):
    """Stored values of an engine charge."""
    return {
        "code": charge.code,
        "kind": charge.kind,
        "raw_minutes": charge.raw_minutes,
        "minutes": charge.minutes,
        "time_minutes": charge.time_minutes,
        "time_factor": float(charge.time_factor),
        "price_unit": float(decimal_of(charge.price)),
        "per_minutes": charge.per_minutes,
        "list_amount": float(charge.list_amount),
        "amount": float(charge.amount),
        "uses_credit": charge.uses_credit,
        "explanation": [list(reason) for reason in charge.explanation],
    }


# -- Burn-down ---------------------------------------------------------------------


def to_lots(lots):
    """``support.lot`` records as engine lots.

    Releases carry the day of the debit they undo, and upward corrections open a new
    lot, so a lot's level never rises after its grant: there are no ``rises``.
    """
    return [
        Lot(
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


def to_planned_lots(vals_list):
    """Lots that are yet to be granted as engine lots, with negative keys."""
    return [
        Lot(
            key=-number,
            unit=vals["unit"],
            remaining=decimal_of(vals["bonus_quantity"] + vals["paid_quantity"], 4),
            first_day=vals["date_first"],
            last_day=vals["date_last"],
            free=not vals["price_paid"],
            allowance=vals["kind"] == "allowance",
        )
        for number, vals in enumerate(vals_list, 1)
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
    refusals = [list(one) for one in settlement.tried if one[1] != burndown.PAID]
    return {
        # Where nothing was open, the lots that were asked before still say why.
        **({"lots_tried": refusals} if settlement.tried else {}),
        "paid_amount": float(sum(part.price for part in settlement.slices)),
        "paid_minutes": sum(part.minutes for part in settlement.slices),
        "overrun_amount": float(settlement.overrun.price),
        "overrun_minutes": settlement.overrun.minutes,
    }


# -- Recurring fee -----------------------------------------------------------------


def to_coverages(lines):
    """``(coverages, {key: line})`` of coverage lines, also of those not saved yet."""
    ready = lines.filtered("date_from").sorted(lambda line: line._origin.id or 1 << 62)
    by_key = dict(enumerate(ready))
    return [
        fees.Coverage(
            key,
            line.level_id.id or 0,
            decimal_of(line.monthly_fee),
            line.date_from,
            line.date_to or None,
        )
        for key, line in by_key.items()
    ], by_key


def to_fee_rules(contract):
    """What was agreed about fees, each from its day on; the last is that of today."""
    since = date.min
    rules = []
    for terms in contract.fee_terms or []:
        rules.append(_to_fee_rule(terms, since))
        since = date.fromisoformat(terms["until"]) + timedelta(days=1)
    return [*rules, _to_fee_rule(contract._get_agreed_fee(), since)]


def _to_fee_rule(terms, since):
    return fees.FeeRule(
        terms.get("fee_discount_from", 0),
        decimal_of(terms.get("fee_discount_percent", 0.0)),
        terms.get("fee_discount_scope") != "all",
        decimal_of(terms["flat_fee"]),
        since,
        fees.Flat(terms.get("flat_product") or 0),
    )
