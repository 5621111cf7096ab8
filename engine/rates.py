# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which rate prices work, and what covers it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .clock import AFTER_HOURS, FALLBACK, HOLIDAY

#: What pays for work: the support contract, its credit, an invoice, or nobody yet.
INCLUDED, PREPAID, BILLABLE, ADVISORY, UNSUPPORTED = COVERAGES = (
    "included",
    "prepaid",
    "billable",
    "advisory",
    "unsupported",
)


@dataclass(frozen=True)
class Rate:
    """Price of ``per_minutes`` minutes; None as profile, mode or band means any.

    ``minimum``: the least that an intervention at this rate is billed, in minutes; 0
    leaves that to the rounding of the band.
    """

    key: int
    profile: int | None
    mode: str | None
    band: str | None
    date_from: date
    price: Decimal
    per_minutes: int
    time_factor: Decimal
    minimum: int = 0


def select_rate(rates, profile, mode, band, day):
    """The most specific rate for this work on this day, or None.

    Profile before mode before band, then the latest start date. Two rates can tie only
    if all four are equal, which the rate card refuses. A holiday without a rate of its
    own is priced as after hours.
    """
    found = _select_rate(rates, profile, mode, band, day)
    if band == HOLIDAY and (found is None or found.band is None):
        return _select_rate(rates, profile, mode, AFTER_HOURS, day) or found
    return found


def _select_rate(rates, profile, mode, band, day):
    wanted = (profile, mode, band)
    matching = [
        rate
        for rate in rates
        if rate.date_from <= day
        and all(
            own is None or own == want
            for own, want in zip(
                (rate.profile, rate.mode, rate.band), wanted, strict=True
            )
        )
    ]
    return max(matching, key=_specificity, default=None)


def _specificity(rate):
    return (
        rate.profile is not None,
        rate.mode is not None,
        rate.band is not None,
        rate.date_from,
    )


def select_rounding(roundings, band):
    """The rounding of a band, or of the band that it falls back to.

    ``roundings``: ``{band: anything}``; the business band always has one.
    """
    while roundings.get(band) is None:
        band = FALLBACK[band]
    return roundings[band]


def select_coverage(rules, path, default=PREPAID):
    """What covers a request: the first rule that fits its category, else ``default``.

    ``rules``: ``(category or None for any, coverage)`` in their order. ``path``: the
    request's category and those above it; a rule for a category holds for all below.

    >>> rules = [(7, "included"), (None, "advisory")]
    >>> select_coverage(rules, (9, 7)), select_coverage(rules, ())
    ('included', 'advisory')
    """
    for category, coverage in rules:
        if category is None or category in path:
            return coverage
    return default
