# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

DELIVERY_MODES = [
    ("phone", "Phone"),
    ("mail", "Mail"),
    ("remote", "Remote"),
    ("onsite", "On site"),
]


class SupportPolicy(models.AbstractModel):
    """Every rule that a plan or a contract can set, declared once.

    A plan is copied to the contract field by field (``_prepare_policy_values``), so
    a later change of the plan never changes what a customer has signed.
    """

    _name = "support.policy"
    _description = "Support Policy"

    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    rate_card_id = fields.Many2one(
        "support.rate.card",
        string="Rate card",
        check_company=True,
        domain="[('currency_id', '=', currency_id)]",
        help="Prices of an hour of work by profile and delivery mode.",
        groups="base.group_user",
    )
    grain_minutes = fields.Integer(
        string="Billing step (min)",
        default=15,
        required=True,
        help="Work is billed in steps of this many minutes.",
        groups="base.group_user",
    )
    tolerance_minutes = fields.Integer(
        string="Tolerance (min)",
        default=0,
        help="A started step is billed only when more than this many minutes of it "
        "were worked. 0: every started step counts.",
        groups="base.group_user",
    )
    minimum_minutes = fields.Integer(
        string="Minimum (min)",
        default=0,
        help="The least that one intervention is billed.",
        groups="base.group_user",
    )
    rounding_scope = fields.Selection(
        [("intervention", "Intervention"), ("line", "Time line")],
        default="intervention",
        required=True,
        help="What is rounded up to whole steps: all the time of an intervention "
        "together, or each time line by itself.",
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
        groups="base.group_user",
    )
    travel_fee_minutes = fields.Integer(
        string="Travel fee in time credit (min)",
        help="What the travel fee takes from time credit. 0: it pays none.",
        groups="base.group_user",
    )
    overrun_rule = fields.Selection(
        [("invoice", "Invoice it"), ("hold", "Hold it for the dispatcher")],
        string="Work beyond the credit",
        default="invoice",
        required=True,
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
        help="Its time zone decides which day it is for this contract.",
        groups="base.group_user",
    )

    @api.constrains(
        "grain_minutes",
        "tolerance_minutes",
        "minimum_minutes",
        "minutes_per_day",
        "minutes_per_ticket",
        "travel_fee",
        "travel_fee_minutes",
    )
    def _check_policy_minutes(self):
        for policy in self:
            if policy.grain_minutes < 1:
                raise ValidationError(
                    self.env._("The billing step must be at least one minute.")
                )
            if not 0 <= policy.tolerance_minutes < policy.grain_minutes:
                raise ValidationError(
                    self.env._(
                        "The tolerance must be at least 0 and less than the billing "
                        "step of %(grain)s minutes.",
                        grain=policy.grain_minutes,
                    )
                )
            if policy.minimum_minutes < 0:
                raise ValidationError(self.env._("The minimum cannot be negative."))
            if policy.minutes_per_day < 1 or policy.minutes_per_ticket < 1:
                raise ValidationError(
                    self.env._("A day and a ticket need at least one minute.")
                )
            if policy.travel_fee < 0 or policy.travel_fee_minutes < 0:
                raise ValidationError(self.env._("The travel fee cannot be negative."))

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

    def _is_mode_allowed(self, mode):
        self.ensure_one()
        return self[f"allow_{mode}"]
