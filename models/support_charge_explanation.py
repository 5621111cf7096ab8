# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime
from decimal import Decimal

from odoo import models
from odoo.tools import format_date, format_datetime, formatLang

from ..tools import format_minutes

#: Rates from before this day have no beginning worth telling.
ALWAYS = "2000-01-01"


class SupportChargeExplanation(models.AbstractModel):
    """Puts the steps of a charge into words, in the language of the reader."""

    _name = "support.charge.explanation"
    _description = "Support Charge: Explanation"

    def _get_label(self):
        """What was charged, for people: the profile and when it worked, or the fee."""
        self.ensure_one()
        if self.kind == "fee":
            return self.product_id.name or self.env._("Fee")
        name = self.profile_id.name or self.env._("Work")
        band = self.code.removeprefix("labour.")
        return name if band == "business" else f"{name} · {self._get_band(band)}"

    def _get_band(self, band):
        bands = self.env["support.rate"]._fields["band"]
        return dict(bands._description_selection(self.env))[band]

    def _render_explanation(self):
        """Sentences that say how the price came about and who paid it."""
        self.ensure_one()
        sentences = [
            self._render_reason(code, args) for code, args in self.explanation or []
        ]
        if self.minutes or self.amount:
            sentences += self._render_payers() + self._render_refusals()
        return [sentence for sentence in sentences if sentence]

    def _render_reason(self, code, args):
        render = {
            "worked": self._render_worked,
            "band": self._render_band,
            "rounded": self._render_rounded,
            "minimum": self._render_minimum,
            "charged_before": self._render_charged_before,
            "rate": self._render_rate,
            "discount": self._render_discount,
            "price": self._render_price,
            "factor": self._render_factor,
            "fee": self._render_fee,
            "included": self._render_included,
            "billable": self._render_billable,
        }[code]
        return render(**args)

    def _render_worked(self, minutes):
        return self.env._("Worked: %(time)s.", time=self._time(minutes))

    def _render_band(self, band, clock, at=None):
        words = {"band": self._get_band(band), "when": self._get_request_time(at)}
        if clock == "request":
            return self.env._(
                "%(band)s: the request came in %(when)s, and its hour decides.", **words
            )
        if clock == "no_start":
            return self.env._(
                "%(band)s: nobody noted when the work began, so the hour of the "
                "request decides, %(when)s.",
                **words,
            )
        if clock == "no_request":
            return self.env._(
                "%(band)s: nobody noted when the work began.", band=words["band"]
            )
        return self.env._("%(band)s, by the hour of the work.", band=words["band"])

    def _get_request_time(self, at):
        """``at``, on the wall clock of the opening hours, for people."""
        moment = at and datetime.fromisoformat(at)
        return format_datetime(self.env, moment, tz="UTC", dt_format="short")

    def _render_rounded(self, grain, tolerance, minutes):
        if tolerance:
            return self.env._(
                "Rounded to %(time)s: in steps of %(grain)s minutes, a step counts "
                "from minute %(first)s on.",
                time=self._time(minutes),
                grain=grain,
                first=tolerance + 1,
            )
        return self.env._(
            "Rounded up to %(time)s: every started %(grain)s minutes count.",
            time=self._time(minutes),
            grain=grain,
        )

    def _render_minimum(self, minutes):
        return self.env._(
            "Raised to the minimum of %(time)s.", time=self._time(minutes)
        )

    def _render_charged_before(self, minutes):
        return self.env._(
            "%(time)s of it was charged before.", time=self._time(minutes)
        )

    def _render_rate(self, profile, mode, band, date_from):
        case = self.env._("all work")
        if profile or mode or band:
            case = self.env["support.rate"]._get_rate_label(
                self.env["support.profile"].browse(profile), mode, band
            )
        if date_from <= ALWAYS:
            return self.env._("Rate for: %(case)s.", case=case)
        return self.env._(
            "Rate for: %(case)s, since %(date)s.",
            case=case,
            date=format_date(self.env, date_from),
        )

    def _render_discount(self, percent, price):
        return self.env._(
            "List price %(price)s, less %(percent)s %%.",
            price=self._unit_price(price),
            percent=self._number(percent),
        )

    def _render_factor(self, factor):
        return self.env._(
            "A minute takes %(factor)s minutes of time credit.",
            factor=self._number(factor),
        )

    def _render_included(self):
        return self.env._("Included in the contract: nothing is charged.")

    def _render_billable(self):
        return self.env._("Invoiced as agreed: credit does not pay for it.")

    def _render_price(self, minutes, price, per_minutes, amount):
        return self.env._(
            "Price: %(time)s at %(price)s per %(per)s = %(amount)s.",
            time=self._time(minutes),
            price=self._unit_price(price),
            per=self._time(per_minutes),
            amount=self._money(amount),
        )

    def _render_fee(self, code, amount):
        return self.env._(
            "%(fee)s: %(amount)s, once.",
            fee=self._get_label(),
            amount=self._money(amount),
        )

    def _render_payers(self):
        sentences = [
            self._render_payer(lot, quantity) for lot, quantity in self._get_payers()
        ]
        if self.overrun_amount:
            sentences.append(
                self.env._(
                    "%(amount)s is not covered by credit.",
                    amount=self._money(self.overrun_amount),
                )
            )
        return sentences

    def _render_payer(self, lot, quantity):
        words = {"quantity": lot._format_quantity(quantity), "lot": lot.name}
        if lot.date_last:
            return self.env._(
                "%(quantity)s from %(lot)s, usable until %(date)s.",
                date=format_date(self.env, lot.date_last),
                **words,
            )
        return self.env._("%(quantity)s from %(lot)s.", **words)

    def _render_refusals(self):
        """Why lots that came first paid nothing."""
        words = {
            "empty": self.env._("%(lot)s: nothing was left."),
            "reserved": self.env._("%(lot)s: reserved."),
            "late": self.env._("%(lot)s: nothing was left on the day of the work."),
            "no_fees": self.env._("%(lot)s: free tickets pay no fees."),
            "no_time": self.env._("%(lot)s: time credit does not pay this fee."),
        }
        tried = [(lot, code) for lot, code in self.lots_tried or [] if code in words]
        lots = self.env["support.lot"].browse(lot for lot, _code in tried)
        return [
            words[code] % {"lot": lot.name}
            for lot, (_id, code) in zip(lots, tried, strict=True)
            # The lots of a contract that paid before are no business of this one.
            if lot.contract_id == self.contract_id
        ]

    def _get_payers(self):
        """``[(lot, quantity)]`` that credit paid for these charges, in burn order."""
        rows = self.env["support.entry"]._read_group(
            [("charge_id", "in", self.ids), ("kind", "in", ("debit", "release"))],
            ["lot_id"],
            ["quantity:sum", "id:min"],
        )
        return [
            (lot, -quantity)
            for lot, quantity, _first in sorted(rows, key=lambda row: row[2])
            if quantity
        ]

    def _time(self, minutes):
        return format_minutes(self.env, minutes)

    def _unit_price(self, price):
        """A price with as many decimals as it has, so that the sum can be checked."""
        decimals = -round(Decimal(price), 6).normalize().as_tuple().exponent
        digits = max(self.currency_id.decimal_places, decimals)
        if digits == self.currency_id.decimal_places:
            return self._money(price)
        number = formatLang(self.env, float(price), digits=digits)
        symbol = self.currency_id.symbol
        before = self.currency_id.position == "before"
        return (
            f"{symbol}\N{NO-BREAK SPACE}{number}"
            if before
            else f"{number}\N{NO-BREAK SPACE}{symbol}"
        )

    def _number(self, text):
        """A decimal number of the engine in the reader's language."""
        decimals = -Decimal(text).normalize().as_tuple().exponent
        return formatLang(self.env, float(text), digits=max(0, decimals))

    def _money(self, amount):
        return self.currency_id.format(float(amount))
