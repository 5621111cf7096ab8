# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import dataclass
from decimal import Decimal

from odoo import models

#: Overrun that waits: for an invoice, or for a decision.
OPEN_OVERRUN = ("open", "held")


@dataclass(frozen=True)
class OverrunGroup:
    """Charges that become one invoice line: a ticket, profile and unit price."""

    charges: models.BaseModel
    amount: float
    minutes: int
    quantity: float
    price_unit: float
    in_hours: bool

    @property
    def first(self):
        # Unlike an index, iteration keeps what is prefetched together.
        return next(iter(self.charges))


class SupportChargeInvoicing(models.AbstractModel):
    """How charges become invoice lines."""

    _name = "support.charge.invoicing"
    _description = "Support Charge: Overrun Invoices"

    def _group_overrun(self):
        """The invoice lines these charges make, oldest work first."""
        ordered = self.sorted(lambda charge: (charge.date, charge.id))
        groups = {}
        for charge in ordered:
            groups.setdefault(charge._get_overrun_key(), []).append(charge.id)
        # What is read of one group is read of all.
        prefetch = self._prefetch_ids
        return [
            self.browse(ids).with_prefetch(prefetch)._make_overrun_group()
            for ids in groups.values()
        ]

    def _group_overrun_by_contract(self):
        """The invoice lines these charges make: ``{contract: [group, ...]}``."""
        groups = {contract: [] for contract in self.contract_id}
        for group in self._group_overrun():
            groups[group.first.contract_id].append(group)
        return groups

    def _get_overrun_key(self):
        self.ensure_one()
        return (
            self.contract_id.id,
            self.ticket_id.id,
            self.intervention_id.task_id.id,
            self.kind,
            self.code if self.kind == "fee" else "",
            self.profile_id.id,
            self._get_overrun_product().id,
            self.price_unit,
            self.per_minutes,
        )

    def _make_overrun_group(self):
        first = self[0]
        currency = first.currency_id
        amount = currency.round(sum(self.mapped("overrun_amount")))
        minutes = sum(self.mapped("overrun_minutes"))
        count = self._get_exact_count(amount, minutes)
        if count is None:
            return OverrunGroup(self, amount, minutes, 1.0, amount, False)
        in_hours = first.kind == "labour"
        price = first._get_hourly_price() if in_hours else first.price_unit
        return OverrunGroup(self, amount, minutes, count, price, in_hours)

    def _get_exact_count(self, amount, minutes):
        """Hours or number of fees that make exactly the amount, or None.

        Hours and prices that the invoice would round (20 minutes, a price of six
        decimals) are put into the text instead, with a quantity of 1.
        """
        first = self[0]
        if first.kind == "fee":
            price, count = Decimal(repr(first.price_unit)), Decimal(len(self))
        else:
            price = Decimal(repr(first._get_hourly_price()))
            count = Decimal(minutes) / 60
        digits = self.env["decimal.precision"]
        fits = (
            count
            and round(count, digits.precision_get("Product Unit")) == count
            and round(price, digits.precision_get("Product Price")) == price
            and count * price == Decimal(repr(amount))
        )
        return float(count) if fits else None

    def _get_hourly_price(self):
        self.ensure_one()
        return round(self.price_unit * 60 / self.per_minutes, 6)

    def _get_overrun_product(self):
        """The product that carries account and taxes of this charge's overrun."""
        self.ensure_one()
        return self.product_id or self.profile_id.product_id

    def _prepare_time_report_line(self):
        self.ensure_one()
        task = self.intervention_id.task_id
        return {
            "date": self.date,
            "technician": self.intervention_id.employee_id.name,
            "subject": self._get_overrun_subject(),
            "task": task.id,
            "what": self._get_overrun_what(),
            "raw_minutes": self.raw_minutes,
            "minutes": self.minutes,
            "amount": self.amount,
            "paid_amount": self.paid_amount,
            "overrun_amount": self.overrun_amount,
        }

    def _get_overrun_subject(self):
        """Ticket or task, in words of the customer."""
        self.ensure_one()
        ticket = self.ticket_id
        if ticket:
            return ticket._get_portal_title()
        return self.intervention_id.task_id.name or self.contract_id.name

    def _get_overrun_what(self):
        """The profile for work, the product for a fee."""
        self.ensure_one()
        if self.kind == "labour":
            return self.profile_id.name or self._get_overrun_product().name
        return self._get_overrun_product().name or self.env._("Fee")
