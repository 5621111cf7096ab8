# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from .support_charge_invoicing import OPEN_OVERRUN
from .support_intervention_settlement import PENDING
from .support_lot_posting import MOVED_COLUMN

#: Where an entry of each kind counts in the recap of a period, and with which sign.
RECAP_COLUMN = {"grant": ("granted", 1), **MOVED_COLUMN}


class SupportContractBalance(models.AbstractModel):
    """Balance, recap and burn-down of the credit of contracts."""

    _name = "support.contract.balance"
    _description = "Support Contract: Balance"

    @api.depends("lot_ids.remaining", "lot_ids.date_last", "warning_percent")
    def _compute_balance(self):
        balances = self._get_balances()
        for contract in self:
            balance = balances[contract._origin.id]
            money, time = balance["money"] or {}, balance["time"] or {}
            contract.balance = balance
            contract.money_remaining = money.get("remaining", 0.0)
            contract.time_remaining = time.get("remaining", 0) / 60
            contract.overrun_amount = balance["overrun_amount"]
            contract.pending_minutes = balance["pending_minutes"]
            contract.next_expiry_date = balance["expires_on"] and fields.Date.to_date(
                balance["expires_on"]
            )
            contract.credit_state = balance["credit_state"]

    def _get_balances(self):
        """What the balance strip shows, per contract id, from the open lots only.

        ``money`` and ``time`` (in minutes) are None for a unit without credit, else
        granted, used, lapsed, remaining, reserved and upcoming quantities. A lot that
        is used up counts no more once there is another one to use.
        """
        ids = self._origin.ids
        lots = self.env["support.lot"].search(
            [("contract_id", "in", ids), ("date_lapsed", "=", False)]
        )
        pending = dict(
            self.env["support.intervention"]._read_group(
                [("contract_id", "in", ids), ("state", "in", PENDING)],
                ["contract_id"],
                ["raw_minutes:sum"],
            )
        )
        overrun = {
            contract: (amount, minutes)
            for contract, amount, minutes in self.env["support.charge"]._read_group(
                [("contract_id", "in", ids), ("overrun_state", "in", OPEN_OVERRUN)],
                ["contract_id"],
                ["overrun_amount:sum", "overrun_minutes:sum"],
            )
        }
        by_contract = lots.grouped("contract_id")
        return {
            contract._origin.id: contract._prepare_balance(
                by_contract.get(contract._origin, lots.browse()),
                pending.get(contract._origin, 0),
                overrun.get(contract._origin, (0.0, 0)),
            )
            for contract in self
        }

    def _prepare_balance(self, lots, pending_minutes, overrun):
        self.ensure_one()
        today = self._get_today()
        lots = lots.filtered(lambda lot: not lot.date_last or lot.date_last >= today)
        units = {
            unit: self._prepare_unit_balance(
                lots.filtered(lambda lot, unit=unit: lot.unit == unit), today
            )
            for unit in ("money", "time")
        }
        # Free tickets come and go with the month: nobody is warned about them.
        bought = lots.filtered(lambda lot: lot.kind != "allowance")
        shares = self._get_shares_left(bought, today)
        percent = max(shares, default=0.0)
        expiries = [lot.date_last for lot in bought if lot.remaining and lot.date_last]
        return {
            **units,
            "contract_id": self.id,
            "contract_name": self.display_name,
            "currency_id": self.currency_id.id,
            "pending_minutes": pending_minutes,
            "overrun_amount": overrun[0],
            "overrun_minutes": overrun[1],
            "expires_on": fields.Date.to_string(min(expiries)) if expiries else None,
            "expiry_warning_days": self.expiry_warning_days,
            "warning_percent": self.warning_percent,
            "credit_state": self._get_credit_state(shares, percent),
            "time_display": self.time_display,
            "minutes_per_ticket": self.minutes_per_ticket,
        }

    @api.model
    def _prepare_unit_balance(self, lots, today):
        if not lots:
            return None
        usable = lots.filtered(lambda lot: lot.date_first <= today)
        counted = usable.filtered("remaining") or usable.sorted("id")[-1:]
        return {
            **{
                name: sum(counted.mapped(name))
                for name in ("granted", "used", "lapsed", "remaining", "reserved")
            },
            "upcoming": sum((lots - usable).mapped("remaining")),
        }

    @api.model
    def _get_shares_left(self, lots, today):
        """Percent that is left of the credit, for each unit that there is credit of."""
        units = [
            self._prepare_unit_balance(
                lots.filtered(lambda lot, unit=unit: lot.unit == unit), today
            )
            for unit in ("money", "time")
        ]
        return [
            100 * unit["remaining"] / unit["granted"]
            for unit in units
            if unit and unit["granted"]
        ]

    def _get_credit_state(self, shares, percent):
        if not shares:
            return "none"
        if percent <= 0:
            return "exhausted"
        return "low" if percent < self.warning_percent else "ok"

    @api.model
    def _search_credit_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        contracts = self.search([("state", "in", ("active", "onboarding"))])
        return [
            ("id", "in", [c.id for c in contracts if c.credit_state in value]),
        ]

    def _get_recap(self, date_from, date_to):
        """Opening, movements and closing of a period, by the day of posting.

        ``{"money": {...} or None, "time": {...} or None}``; quantities in the currency
        and in minutes. Used and lapsed count as positive numbers.
        """
        self.ensure_one()
        Entry = self.env["support.entry"]
        domain = [("contract_id", "=", self.id), ("entry_date", "<=", date_to)]
        opening = dict(
            Entry._read_group(
                [*domain, ("entry_date", "<", date_from)], ["unit"], ["quantity:sum"]
            )
        )
        recap = {"money": None, "time": None}
        for unit, quantity in opening.items():
            recap[unit] = self._prepare_recap(quantity)
        for unit, kind, quantity in Entry._read_group(
            [*domain, ("entry_date", ">=", date_from)],
            ["unit", "kind"],
            ["quantity:sum"],
        ):
            recap[unit] = recap[unit] or self._prepare_recap(0.0)
            name, sign = RECAP_COLUMN[kind]
            recap[unit][name] += sign * quantity
            recap[unit]["closing"] += quantity
        return recap

    @api.model
    def _prepare_recap(self, opening):
        return {
            "opening": opening,
            "granted": 0.0,
            "used": 0.0,
            "lapsed": 0.0,
            "refunded": 0.0,
            "adjusted": 0.0,
            "closing": opening,
        }

    def _get_burndown(self, date_from, date_to):
        """Level of credit at the end of each day with movement, ready to plot.

        ``{"money": [(date, level), ...], "time": [...]}``, by the day of posting, the
        first point being the opening level on ``date_from``.
        """
        self.ensure_one()
        recap = self._get_recap(date_from, date_to)
        series = {
            unit: [(date_from, values["opening"])] if values else []
            for unit, values in recap.items()
        }
        for day, unit, quantity in self.env["support.entry"]._read_group(
            [
                ("contract_id", "=", self.id),
                ("entry_date", ">=", date_from),
                ("entry_date", "<=", date_to),
            ],
            ["entry_date:day", "unit"],
            ["quantity:sum"],
            order="entry_date:day",
        ):
            level = series[unit][-1][1] + quantity
            if series[unit][-1][0] == day:
                series[unit].pop()
            series[unit].append((day, level))
        return series
