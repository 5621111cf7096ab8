# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.rates import select_rounding

#: Fields with grain, tolerance and minimum of each band, and the field that says
#: whether the band has its own.
ROUNDING_FIELDS = {
    "business": (None, "grain_minutes", "tolerance_minutes", "minimum_minutes"),
    **{
        band: (
            f"{band}_rounding",
            f"{band}_grain_minutes",
            f"{band}_tolerance_minutes",
            f"{band}_minimum_minutes",
        )
        for band in ("after_hours", "holiday")
    },
}


class SupportPolicyRounding(models.AbstractModel):
    """How the time of each band is rounded, and the least that is billed."""

    _name = "support.policy.rounding"
    _description = "Support Policy: Rounding"

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
    after_hours_rounding = fields.Boolean(
        string="Other rounding after hours",
        help="Without it, work after hours is rounded as in business hours.",
        groups="base.group_user",
    )
    after_hours_grain_minutes = fields.Integer(
        string="Billing step after hours (min)",
        default=15,
        required=True,
        help="Work after hours is billed in steps of this many minutes.",
        groups="base.group_user",
    )
    after_hours_tolerance_minutes = fields.Integer(
        string="Tolerance after hours (min)",
        help="A started step after hours is billed only when more than this many "
        "minutes of it were worked.",
        groups="base.group_user",
    )
    after_hours_minimum_minutes = fields.Integer(
        string="Minimum after hours (min)",
        help="The least that one intervention mainly after hours is billed.",
        groups="base.group_user",
    )
    holiday_rounding = fields.Boolean(
        string="Other rounding on holidays",
        help="Without it, work on a holiday is rounded as after hours.",
        groups="base.group_user",
    )
    holiday_grain_minutes = fields.Integer(
        string="Billing step on holidays (min)",
        default=15,
        required=True,
        help="Work on holidays is billed in steps of this many minutes.",
        groups="base.group_user",
    )
    holiday_tolerance_minutes = fields.Integer(
        string="Tolerance on holidays (min)",
        help="A started step on holidays is billed only when more than this many "
        "minutes of it were worked.",
        groups="base.group_user",
    )
    holiday_minimum_minutes = fields.Integer(
        string="Minimum on holidays (min)",
        help="The least that one intervention mainly on holidays is billed.",
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

    @api.constrains(*(name for names in ROUNDING_FIELDS.values() for name in names[1:]))
    def _check_rounding(self):
        for policy in self:
            for _own, *names in ROUNDING_FIELDS.values():
                policy._check_rounding_of_band(*names)

    def _check_rounding_of_band(self, grain, tolerance, minimum):
        self.ensure_one()
        labels = {
            name: self._fields[name]._description_string(self.env)
            for name in (grain, tolerance, minimum)
        }
        if self[grain] < 1:
            raise ValidationError(
                self.env._(
                    "%(field)s: a step has at least one minute.", field=labels[grain]
                )
            )
        if not 0 <= self[tolerance] < self[grain]:
            raise ValidationError(
                self.env._(
                    "%(field)s: must be at least 0 and less than the step of "
                    "%(grain)s minutes.",
                    field=labels[tolerance],
                    grain=self[grain],
                )
            )
        if self[minimum] < 0:
            raise ValidationError(
                self.env._("%(field)s: cannot be negative.", field=labels[minimum])
            )

    def _get_roundings(self):
        """``{band: (grain, tolerance, minimum)}``, in minutes, for every band."""
        self.ensure_one()
        own = {
            band: [self[name] for name in names]
            for band, (has_own, *names) in ROUNDING_FIELDS.items()
            if not has_own or self[has_own]
        }
        return {band: select_rounding(own, band) for band in ROUNDING_FIELDS}
