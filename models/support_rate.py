# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import ormcache

from . import support_adapter as adapter
from .support_policy import DELIVERY_MODES

TIME_BANDS = [
    ("business", "Business hours"),
    ("after_hours", "After hours"),
    ("holiday", "Holidays"),
]


class SupportRateCard(models.Model):
    """Prices of work in one currency; the most specific rate wins."""

    _name = "support.rate.card"
    _inherit = ["support.cached"]
    _description = "Support Rate Card"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    rate_ids = fields.One2many("support.rate", "card_id", string="Rates", copy=True)

    @api.constrains("rate_ids")
    def _check_policies(self):
        """What plans and running contracts offer keeps its price."""
        # Which ones use the card does not depend on who changes it.
        for model, domain in (
            ("support.plan", []),
            ("support.contract", [("state", "in", ("onboarding", "active"))]),
        ):
            domain = [("rate_card_id", "in", self.ids), *domain]
            for policy in self.env[model].sudo().search(domain):
                policy._check_rates()

    @ormcache("self.id")
    def _get_engine_rates(self):
        """Currency id and engine rates, kept by the worker as every hour asks."""
        # Prices are needed to rate, whoever logs the time.
        card = self.sudo()
        rates = card.env["support.rate"].search([("card_id", "=", card.id)])
        return card.currency_id.id, tuple(adapter.to_rates(rates))


class SupportRate(models.Model):
    """The price of N minutes for a profile, delivery mode and time band, from a date.

    An empty profile, mode or band means any. Of the rates that fit, the one that names
    the profile wins, then the one that names the mode, then the band, then the latest
    start date (``engine.rates.select_rate``). The unique index makes ties impossible.
    """

    _name = "support.rate"
    _inherit = ["support.cached"]
    _description = "Support Rate"
    _order = "card_id, profile_id, delivery_mode, band, date_from desc, id"
    _check_company_auto = True

    card_id = fields.Many2one(
        "support.rate.card", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    currency_id = fields.Many2one(related="card_id.currency_id")
    profile_id = fields.Many2one(
        "support.profile", check_company=True, ondelete="restrict"
    )
    delivery_mode = fields.Selection(DELIVERY_MODES)
    band = fields.Selection(TIME_BANDS, string="Time band")
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.to_date("2000-01-01"),
    )
    price = fields.Float(
        digits=(16, 6), required=True, help="Price of as many minutes as beside it."
    )
    per_minutes = fields.Integer(string="Per (min)", default=60, required=True)
    time_factor = fields.Float(
        digits=(8, 4),
        default=1.0,
        required=True,
        help="Minutes of purchased time credit that one billed minute takes.",
    )

    minimum_minutes = fields.Integer(
        string="Minimum (min)",
        help="The least that one intervention at this rate is billed. 0: what the plan "
        "says.",
    )

    _unique_rate = models.UniqueIndex(
        "(card_id, COALESCE(profile_id, 0), COALESCE(delivery_mode, ''), "
        "COALESCE(band, ''), date_from)",
        "The card already has a rate for this profile, delivery mode, time band and "
        "start date. Change that one, or choose another start date.",
    )
    _price_positive = models.Constraint(
        "CHECK (price >= 0)", "A price cannot be negative."
    )
    _per_minutes_positive = models.Constraint(
        "CHECK (per_minutes > 0)",
        "A price needs at least one minute to be the price of.",
    )
    _time_factor_positive = models.Constraint(
        "CHECK (time_factor > 0)", "The time factor must be more than zero."
    )

    _minimum_positive = models.Constraint(
        "CHECK (minimum_minutes >= 0)", "Minimum (min): cannot be negative."
    )

    @api.depends("profile_id", "delivery_mode", "band")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for rate in self:
            rate.display_name = self._get_rate_label(
                rate.profile_id, rate.delivery_mode, rate.band
            )

    @api.model
    def _get_rate_label(self, profile, mode, band):
        """What a rate is for, in words: "Engineer · On site · After hours"."""
        modes = dict(self._fields["delivery_mode"]._description_selection(self.env))
        bands = dict(self._fields["band"]._description_selection(self.env))
        words = [profile.name or self.env._("Any profile")]
        words += [modes[mode]] if mode else []
        words += [bands[band]] if band else []
        return " · ".join(words)
