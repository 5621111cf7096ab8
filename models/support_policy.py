# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.rates import select_rate
from ..tools import BILLING_MANAGER, check_group

DELIVERY_MODES = [
    ("phone", "Phone"),
    ("mail", "Mail"),
    ("remote", "Remote"),
    ("onsite", "On site"),
]
COVERAGES = [
    ("included", "Included in the contract"),
    ("prepaid", "Paid by credit"),
    ("billable", "Invoiced"),
    ("advisory", "Advice: a proposal comes first"),
    ("unsupported", "Not supported"),
]
#: What gives credit or money away: only billing managers set these.
GIFTS = ("free_tickets", "discount_percent", "fee_discount_percent", "flat_fee")
#: What a missed target gives back; not more or less without a billing manager.
REFUNDS = ("remedy_scope", "remedy_kind")


class SupportPolicy(models.AbstractModel):
    """Every rule that a plan or a contract can set, declared once.

    A plan is copied to the contract field by field (``_prepare_policy_values``), so
    a later change of the plan never changes what a customer has signed.
    """

    _name = "support.policy"
    _inherit = [
        "support.policy.rounding",
        "support.policy.fees",
        "support.policy.terms",
        "support.policy.monitoring",
    ]
    _description = "Support Policy"

    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    rate_card_id = fields.Many2one(
        "support.rate.card",
        string="Rate card",
        check_company=True,
        domain="[('currency_id', '=', currency_id)]",
        help="Prices of work by profile, delivery mode and time band.",
        tracking=True,
        groups="base.group_user",
    )
    minutes_per_day = fields.Integer(
        string="Minutes in a day",
        default=480,
        required=True,
        help="How much credit a day is, for bundles that are sold in days.",
        groups="base.group_user",
    )
    minutes_per_ticket = fields.Integer(
        string="Minutes in a ticket",
        default=15,
        required=True,
        help="How much credit a ticket is, for bundles that are sold in tickets.",
        groups="base.group_user",
    )
    time_display = fields.Selection(
        [("hours", "Hours"), ("tickets", "Tickets")],
        string="Show time credit as",
        default="hours",
        required=True,
        groups="base.group_user",
    )
    allow_phone = fields.Boolean(string="Phone", default=True, groups="base.group_user")
    allow_mail = fields.Boolean(string="Mail", default=True, groups="base.group_user")
    allow_remote = fields.Boolean(
        string="Remote", default=True, groups="base.group_user"
    )
    allow_onsite = fields.Boolean(
        string="On site", default=True, groups="base.group_user"
    )
    default_delivery_mode = fields.Selection(
        DELIVERY_MODES,
        default="remote",
        required=True,
        groups="base.group_user",
    )
    default_profile_id = fields.Many2one(
        "support.profile",
        check_company=True,
        help="Used when neither the ticket nor the employee has a profile.",
        groups="base.group_user",
    )
    travel_fee = fields.Monetary(
        string="Travel fee",
        help="Charged once for each on-site intervention.",
        tracking=True,
        groups="base.group_user",
    )
    travel_fee_minutes = fields.Integer(
        string="Travel fee in time credit (min)",
        help="What the travel fee takes from time credit. 0: it pays none.",
        groups="base.group_user",
    )
    urgent_fee = fields.Monetary(
        string="Urgent fee",
        help="Charged once for each ticket that is marked as urgent: faster than the "
        "service level, with best effort.",
        tracking=True,
        groups="base.group_user",
    )
    urgent_fee_minutes = fields.Integer(
        string="Urgent fee in time credit (min)",
        help="What the urgent fee takes from time credit. 0: it pays none.",
        groups="base.group_user",
    )
    discount_percent = fields.Float(
        string="Discount (%)",
        digits=(5, 2),
        help="Taken off the prices of the rate card, not off fees.",
        tracking=True,
        groups="base.group_user",
    )
    free_tickets = fields.Integer(
        string="Free tickets a month",
        help="Given on the first of every month, and lost at its end. A ticket has as "
        "many minutes as said below.",
        tracking=True,
        groups="base.group_user",
    )
    rate_clock = fields.Selection(
        [("work", "The hour of the work"), ("request", "The hour of the request")],
        string="Price follows",
        default="work",
        required=True,
        help="What decides between business hours, after hours and holidays. Work "
        "whose start nobody noted follows the hour of the request.",
        tracking=True,
        groups="base.group_user",
    )
    after_hours = fields.Selection(
        [
            ("allowed", "Yes"),
            ("planned", "Only if planned and approved before"),
            ("refused", "No"),
        ],
        string="Work after hours",
        default="allowed",
        required=True,
        help="Other work outside the opening hours waits for the dispatcher.",
        tracking=True,
        groups="base.group_user",
    )
    level_id = fields.Many2one(
        "support.level",
        string="Service level",
        check_company=True,
        help="Of tickets about no covered asset, and of assets that are added.",
        tracking=True,
        groups="base.group_user",
    )
    service_window = fields.Selection(
        [("always", "24×7"), ("opening", "In the opening hours")],
        string="Requests are taken",
        default="always",
        required=True,
        help="A request outside of it is accepted, and counts for the service level "
        "from the next opening on. The customer is told.",
        tracking=True,
        groups="base.group_user",
    )
    remedy_scope = fields.Selection(
        [
            ("asset", "The asset whose target was missed"),
            ("contract", "The whole contract"),
        ],
        string="A missed target refunds",
        default="asset",
        required=True,
        help="The fee of the month, once a month, where the service level has a "
        "refund clause. For a ticket about no covered asset that is the whole contract "
        "if there is a flat fee, else nothing.",
        tracking=True,
        groups="base.group_user",
    )
    remedy_kind = fields.Selection(
        [
            ("credit_note", "A credit note on the recurring invoice"),
            ("goodwill", "Goodwill credit"),
        ],
        string="Refund is given as",
        default="credit_note",
        required=True,
        help="What is proposed; the billing manager chooses.",
        groups="base.group_user",
    )
    emergency_phone = fields.Char(
        string="Emergency number",
        help="Shown to the customer, for the hours in which the desk is closed.",
        groups="base.group_user",
    )
    default_coverage = fields.Selection(
        COVERAGES,
        string="Other tickets are",
        default="prepaid",
        required=True,
        help="What holds for tickets that no coverage rule is for.",
        tracking=True,
        groups="base.group_user",
    )
    overrun_rule = fields.Selection(
        [("invoice", "Invoice it"), ("hold", "Hold it for the dispatcher")],
        string="Work beyond the credit",
        default="invoice",
        required=True,
        tracking=True,
        groups="base.group_user",
    )
    warning_percent = fields.Float(
        string="Low credit below (%)",
        default=20.0,
        help="Credit counts as low when less than this share of what was granted is "
        "left.",
        groups="base.group_user",
    )
    expiry_warning_days = fields.Integer(
        string="Expiry warning (days)", default=30, groups="base.group_user"
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Opening hours",
        check_company=True,
        help="Work outside these hours is after hours, and its closing days are "
        "holidays. Its time zone decides which day it is for this contract. Without "
        "opening hours all work is work in business hours.",
        groups="base.group_user",
    )

    @api.constrains(
        "minutes_per_day",
        "minutes_per_ticket",
        "travel_fee",
        "travel_fee_minutes",
        "urgent_fee",
        "urgent_fee_minutes",
        "free_tickets",
        "discount_percent",
    )
    def _check_policy_figures(self):
        for policy in self:
            if policy.minutes_per_day < 1 or policy.minutes_per_ticket < 1:
                raise ValidationError(
                    self.env._(
                        "Minutes in a day, minutes in a ticket: at least one minute."
                    )
                )
            for name in (
                "travel_fee",
                "travel_fee_minutes",
                "urgent_fee",
                "urgent_fee_minutes",
                "free_tickets",
            ):
                if policy[name] < 0:
                    label = self._fields[name]._description_string(self.env)
                    raise ValidationError(
                        self.env._("%(field)s: cannot be negative.", field=label)
                    )
            if not 0 <= policy.discount_percent <= 100:
                raise ValidationError(
                    self.env._("Discount (%): between 0 and 100 percent.")
                )

    @api.constrains("calendar_id")
    def _check_calendar_hours(self):
        for policy in self:
            # Whether a calendar has hours is no secret.
            calendar = policy.calendar_id.sudo()
            if calendar and not calendar._has_support_hours():
                raise ValidationError(
                    self.env._(
                        "Opening hours: %(calendar)s has no hours in which work is "
                        "work in business hours. Add some there, or choose another.",
                        calendar=calendar.name,
                    )
                )

    @api.constrains("rate_card_id", "currency_id")
    def _check_rate_card_currency(self):
        for policy in self:
            card = policy.rate_card_id
            if card and card.currency_id != policy.currency_id:
                raise ValidationError(
                    self.env._(
                        "The rate card %(card)s is in %(card_currency)s, but "
                        "%(currency)s is needed. Choose a rate card in "
                        "%(currency)s.",
                        card=card.name,
                        card_currency=card.currency_id.name,
                        currency=policy.currency_id.name,
                    )
                )

    def _valid_field_parameter(self, field, name):
        # Contracts have a history, plans have none.
        return name == "tracking" or super()._valid_field_parameter(field, name)

    # -- Doors ---------------------------------------------------------------------

    def write(self, vals):
        names = [name for name in (*GIFTS, *REFUNDS) if name in vals]
        before = {policy: [policy[name] for name in names] for policy in self}
        result = super().write(vals)
        if any([policy[name] for name in names] != before[policy] for policy in self):
            check_group(self.env, BILLING_MANAGER)
        return result

    @api.model
    def _get_policy_fields(self):
        """Names of the fields that a plan hands to a contract."""
        return [
            name
            for name, field in self.env["support.policy"]._fields.items()
            if field.store and name not in models.MAGIC_COLUMNS
        ]

    def _prepare_policy_values(self):
        """Values that copy this policy to a contract: ``{field name: value}``."""
        self.ensure_one()
        return {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in self._get_policy_fields()
        }

    def _get_modes(self):
        """The delivery modes on offer."""
        self.ensure_one()
        return [mode for mode, _label in DELIVERY_MODES if self[f"allow_{mode}"]]

    def _get_rates_day(self):
        """The day on which all that is offered must have a price."""
        return fields.Date.context_today(self)

    def _find_missing_rate(self):
        """A case that is offered and the card has no price for, or None."""
        self.ensure_one()
        day = self._get_rates_day()
        card = self.rate_card_id._get_engine_rates()[1]
        profiles = self.default_profile_id or self.rate_card_id.rate_ids.profile_id
        bands = ["business"]
        if self.calendar_id and self.after_hours != "refused":
            bands.append("after_hours")
        for mode in self._get_modes():
            for band in bands:
                if not any(
                    select_rate(card, profile, mode, band, day)
                    for profile in (profiles.ids or [None])
                ):
                    return self.env["support.rate"]._get_rate_label(
                        self.default_profile_id, mode, band
                    )
        return None

    def _check_rates(self):
        """Refuse a rate card that has no price for what is offered."""
        self.ensure_one()
        missing = self._find_missing_rate()
        if missing:
            raise ValidationError(
                self.env._(
                    "Rate card: %(card)s has no price for %(case)s, which %(policy)s "
                    "offers. Add that rate, or offer less.",
                    card=self.rate_card_id.name,
                    case=missing,
                    policy=self.name,
                )
            )
