# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a customer is shown, as plain values.

Portal pages and the statement get texts, numbers and dates from here and never a
record: a template can then not print a field that nobody meant to show. The methods
are called with ``sudo()``, after the caller has checked that the reader may read the
contract.
"""

from odoo import models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ..tools import format_minutes
from .support_charge_invoicing import OPEN_OVERRUN

#: Works of one ticket that the contract page lists; the ticket's own page has all.
WORKS_PER_GROUP = 40
STATEMENT_REPORT = "prepaid_support.support_statement"
#: Rows of the short lists of the contract page (changes, to be invoiced).
SHORT_LIST = 100


class SupportContractPortal(models.AbstractModel):
    """The contract page of the portal, and the statement."""

    _name = "support.contract.portal"
    _description = "Support Contract: Portal"

    def _get_report_base_filename(self):
        self.ensure_one()
        return self.env._("Statement %(contract)s", contract=self.name)

    # -- texts ---------------------------------------------------------------------

    def _format_portal_time(self, minutes):
        """Billed time and time credit, in the unit that the contract speaks."""
        minutes = minutes or 0  # no "-0"
        if self.time_display == "tickets":
            number = f"{minutes / (self.minutes_per_ticket or 1):.2f}"
            number = number.rstrip("0").rstrip(".")
            if number == "1":
                return self.env._("1 ticket")
            return self.env._("%(number)s tickets", number=number)
        return format_minutes(self.env, minutes)

    def _format_portal_credit(self, unit, quantity):
        if unit == "time":
            return self._format_portal_time(quantity)
        return format_amount(self.env, quantity or 0.0, self.currency_id)

    def _get_portal_entry_labels(self):
        return {
            "grant": self.env._("Credit added"),
            "debit": self.env._("Used"),
            "release": self.env._("Given back"),
            "expiry": self.env._("Expired"),
            "refund": self.env._("Refunded"),
            "adjustment": self.env._("Correction"),
            "extension": self.env._("Validity extended"),
        }

    def _get_portal_state_label(self):
        return {
            "onboarding": self.env._("In preparation"),
            "active": self.env._("Active"),
            "ended": self.env._("Ended"),
        }.get(self.state, "")

    # -- head of the page ----------------------------------------------------------

    def _prepare_portal_contract(self):
        self.ensure_one()
        return {
            "id": self.id,
            "url": f"/my/support/{self.id}",
            "name": self.name,
            "plan": self.plan_id.name or "",
            "company": self.company_id.name,
            "customer": self.commercial_partner_id.name,
            "state": self.state,
            "state_label": self._get_portal_state_label(),
            "date_start": format_date(self.env, self.date_start),
            "date_end": format_date(self.env, self.date_end),
            "balance": self._prepare_portal_balance(),
        }

    def _prepare_portal_balance(self):
        self.ensure_one()
        balance = self.balance or {}
        units = [unit for unit in ("money", "time") if balance.get(unit)]
        overrun = balance.get("overrun_amount") or 0.0
        return {
            "units": [self._prepare_portal_unit(u, balance[u]) for u in units],
            "expires_on": format_date(self.env, balance.get("expires_on")),
            "state": balance.get("credit_state") or "none",
            "overrun": self._format_portal_credit("money", overrun) if overrun else "",
        }

    def _prepare_portal_unit(self, unit, quantities):
        granted, remaining = quantities["granted"], quantities["remaining"]
        percent = round(100 * remaining / granted) if granted else 0
        return {
            "unit": unit,
            "label": self._get_portal_unit_label(unit),
            "granted": self._format_portal_credit(unit, granted),
            "used": self._format_portal_credit(unit, quantities["used"]),
            "remaining": self._format_portal_credit(unit, remaining),
            "upcoming": self._format_portal_credit(unit, quantities["upcoming"])
            if quantities.get("upcoming")
            else "",
            "percent": max(0, min(100, percent)),
        }

    def _get_portal_unit_label(self, unit):
        return self.env._("Time credit") if unit == "time" else self.env._("Credit")

    def _get_portal_balance_text(self):
        """Remaining credit of all these contracts together, for the card on /my."""
        money, minutes = {}, {}
        for contract in self:
            balance = contract.balance or {}
            if balance.get("money"):
                key = contract.currency_id
                money.setdefault(key, [contract, 0.0])[1] += balance["money"][
                    "remaining"
                ]
            if balance.get("time"):
                key = (contract.time_display, contract.minutes_per_ticket)
                minutes.setdefault(key, [contract, 0])[1] += balance["time"][
                    "remaining"
                ]
        texts = [c._format_portal_credit("money", total) for c, total in money.values()]
        texts += [c._format_portal_time(total) for c, total in minutes.values()]
        return " + ".join(texts)

    # -- chart ---------------------------------------------------------------------

    def _prepare_portal_chart(self, date_from, date_to):
        """Level of the credit over time, with the text of each point."""
        self.ensure_one()
        levels = self._get_burndown(date_from, date_to)
        series = [
            self._prepare_portal_series(unit, levels[unit], date_to)
            for unit in ("money", "time")
            if levels.get(unit)
        ]
        return {"series": series} if series else {}

    def _prepare_portal_series(self, unit, levels, date_to):
        levels = list(levels)
        if levels[-1][0] < date_to:
            levels.append((date_to, levels[-1][1]))
        return {
            "unit": unit,
            "label": self._get_portal_unit_label(unit),
            "axis": self._get_portal_axis_label(unit),
            "points": [
                {
                    "x": day.isoformat(),
                    "y": self._convert_portal_axis(unit, level),
                    "day": format_date(self.env, day),
                    "text": self._format_portal_credit(unit, level),
                }
                for day, level in levels
            ],
        }

    def _get_portal_axis_label(self, unit):
        if unit == "money":
            return self.currency_id.name
        if self.time_display == "tickets":
            return self.env._("Tickets")
        return self.env._("Hours")

    def _convert_portal_axis(self, unit, quantity):
        if unit == "money":
            return quantity
        tickets = self.time_display == "tickets"
        return round(quantity / (self.minutes_per_ticket if tickets else 60), 2)

    # -- bundles -------------------------------------------------------------------

    def _prepare_portal_lots(self):
        """Bundles: those that can still be used first, then the newest."""
        self.ensure_one()
        lots = self.env["support.lot"].search(
            [("contract_id", "=", self.id)], order="date_first desc, id desc"
        )
        rows = [self._prepare_portal_lot(lot) for lot in lots]
        return sorted(rows, key=lambda row: not row["usable"])

    def _prepare_portal_lot(self, lot):
        def text(quantity):
            return self._format_portal_credit(lot.unit, quantity)

        labels = {
            "future": self.env._("Not yet usable"),
            "open": self.env._("Available"),
            "used": self.env._("Used up"),
            "expired": self.env._("Expired"),
        }
        return {
            "name": lot.name,
            "date_first": format_date(self.env, lot.date_first),
            "date_last": format_date(self.env, lot.date_last),
            "granted": text(lot.granted),
            "bonus": text(lot.bonus_quantity) if lot.bonus_quantity else "",
            "used": text(lot.used),
            "lapsed": text(lot.lapsed) if lot.lapsed else "",
            "remaining": text(lot.remaining),
            "state": lot.state,
            "state_label": labels.get(lot.state, ""),
            "usable": lot.state in ("open", "future"),
        }

    # -- work, grouped by ticket ---------------------------------------------------

    def _get_portal_family(self):
        """Companies whose tickets this customer may read by name."""
        return (
            self.commercial_partner_id | self.covered_partner_ids.commercial_partner_id
        )

    def _is_portal_work(self, intervention):
        """Whether the customer may know what the work was.

        Work that has moved to another customer leaves its entries here, but its
        ticket is no business of this one any more.
        """
        owner = intervention.ticket_id.commercial_partner_id
        return intervention.contract_id == self and (
            not owner or owner in self._get_portal_family()
        )

    def _get_portal_work_domain(self, search=None, date_from=None, date_to=None):
        self.ensure_one()
        own = Domain("contract_id", "=", self.id)
        domain = (own & Domain("state", "=", "rated")) | Domain(
            "entry_ids", "any", [("contract_id", "=", self.id)]
        )
        if date_from:
            domain &= Domain("date", ">=", date_from)
        if date_to:
            domain &= Domain("date", "<=", date_to)
        if search:
            domain &= own & self._get_portal_search_domain(search)
        return domain

    def _get_portal_search_domain(self, search):
        family = [*self._get_portal_family().ids, False]
        names = (
            "ticket_id.name",
            "ticket_id.number",
            "task_id.name",
            "line_ids.name",
            "employee_id.name",
        )
        known = Domain("ticket_id", "=", False) | Domain(
            "ticket_id.commercial_partner_id", "in", family
        )
        return known & Domain.OR(Domain(name, "ilike", search) for name in names)

    def _count_portal_groups(self, domain):
        return len(
            self.env["support.intervention"]._read_group(
                domain, ["ticket_id", "task_id"]
            )
        )

    def _prepare_portal_groups(self, domain, limit=None, offset=0):
        """Work grouped by ticket, the ticket with the latest work first."""
        self.ensure_one()
        groups = self.env["support.intervention"]._read_group(
            domain,
            ["ticket_id", "task_id"],
            ["id:recordset", "date:max"],
            order="date:max desc, ticket_id, task_id",
            limit=limit,
            offset=offset,
        )
        works = self.env["support.intervention"].union(*(group[2] for group in groups))
        entries = self._get_portal_entries(works)
        return [
            self._prepare_portal_group(
                ticket,
                task,
                works.sorted(lambda work: (work.date, work.id), reverse=True),
                entries,
            )
            for ticket, task, works, _date in groups
        ]

    def _get_portal_entries(self, interventions):
        entries = self.env["support.entry"].search(
            [
                ("contract_id", "=", self.id),
                ("intervention_id", "in", interventions.ids),
            ],
            order="id",
        )
        return entries.grouped("intervention_id")

    def _prepare_portal_group(self, ticket, task, works, entries):
        known = all(self._is_portal_work(work) for work in works)
        if not known:
            title, url = self.env._("Work that was taken off your account"), ""
        elif ticket:
            title = ticket._get_portal_title()
            own = ticket.commercial_partner_id == self.commercial_partner_id
            # helpdesk shows a covered company's ticket to that company only
            url = f"/my/ticket/{ticket.id}" if own else ""
        else:
            title, url = task.name or self.env._("Other work"), ""
        return {
            "title": title,
            "url": url,
            "rows": [
                work._prepare_portal_work(self, entries.get(work, ()))
                for work in works[:WORKS_PER_GROUP]
            ],
            "more": max(0, len(works) - WORKS_PER_GROUP),
            "totals": self._prepare_portal_totals(works, entries),
        }

    def _prepare_portal_totals(self, works, entries):
        """Texts of all the credit that the work took, and of what it still costs."""
        rows = [entry for work in works for entry in entries.get(work, ())]
        own = works.filtered(lambda work: work.contract_id == self)
        used = []
        for unit in ("money", "time"):
            total = -sum(entry.quantity for entry in rows if entry.unit == unit)
            if total:
                used.append(self._format_portal_credit(unit, total))
        overrun = sum(own.mapped("overrun_amount"))
        return {
            "worked": format_minutes(self.env, sum(own.mapped("raw_minutes"))),
            "used": used,
            "overrun": self._format_portal_credit("money", overrun) if overrun else "",
        }

    # -- other lists ---------------------------------------------------------------

    def _prepare_portal_changes(self):
        """Entries that are not work: credit added, expired, refunded, corrected."""
        self.ensure_one()
        entries = self.env["support.entry"].search(
            [("contract_id", "=", self.id), ("intervention_id", "=", False)],
            order="entry_date desc, id desc",
            limit=SHORT_LIST,
        )
        return [self._prepare_portal_entry(entry) for entry in entries]

    def _prepare_portal_entry(self, entry):
        label = self._get_portal_entry_labels()[entry.kind]
        if entry.kind == "debit" and entry.charge_id.kind == "fee":
            label = entry.charge_id._get_label()
        return {
            "label": label,
            "kind": entry.kind,
            "date": format_date(self.env, entry.entry_date),
            "quantity": self._format_portal_credit(entry.unit, entry.quantity),
            "lot": entry.lot_id.name,
        }

    def _get_portal_overrun(self):
        return self.env["support.charge"].search(
            [
                ("contract_id", "=", self.id),
                ("overrun_state", "in", OPEN_OVERRUN),
                ("overrun_amount", "!=", 0),
            ],
            order="date desc, id desc",
            limit=SHORT_LIST,
        )

    def _prepare_portal_overrun(self):
        """Work that no credit paid and that is not on an invoice yet."""
        self.ensure_one()
        states = self._get_portal_overrun_labels()
        return [
            {
                "date": format_date(self.env, charge.date),
                "title": self._get_portal_work_title(charge.intervention_id),
                "label": charge._get_label(),
                "time": self._format_portal_time(charge.overrun_minutes)
                if charge.overrun_minutes
                else "",
                "amount": self._format_portal_credit("money", charge.overrun_amount),
                "state_label": states[charge.overrun_state],
                # What credit paid in part is explained beside its entry.
                "why": charge._render_explanation()
                if not charge.paid_amount
                and self._is_portal_work(charge.intervention_id)
                else [],
            }
            for charge in self._get_portal_overrun()
        ]

    def _get_portal_overrun_labels(self):
        return {
            "none": "",
            "open": self.env._("To be invoiced"),
            "held": self.env._("Under review"),
            "invoiced": self.env._("Invoiced"),
            "waived": self.env._("Not charged"),
        }

    def _get_portal_work_title(self, intervention):
        if not self._is_portal_work(intervention):
            return ""
        ticket = intervention.ticket_id
        if ticket:
            return ticket._get_portal_title()
        return intervention.task_id.name or ""

    # -- statement -----------------------------------------------------------------

    def _render_statement(self, date_from, date_to):
        """PDF of the statement of these days, as bytes."""
        self.ensure_one()
        content, _type = self.env["ir.actions.report"]._render_qweb_pdf(
            STATEMENT_REPORT,
            self.ids,
            data={
                "date_from": date_from.isoformat(),
                "date_to": date_to.isoformat(),
            },
        )
        return content
