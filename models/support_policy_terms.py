# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SupportPolicyTerms(models.AbstractModel):
    """For how long a contract is made, and how it ends."""

    _name = "support.policy.terms"
    _description = "Support Policy: Terms"

    renewal_months = fields.Integer(
        string="Renewed every (months)",
        help="The contract goes on for another term of this many months unless notice "
        "is given. 0: it has no terms and goes on until somebody ends it.",
        groups="base.group_user",
    )
    notice_days = fields.Integer(
        string="Notice (days)",
        help="Notice has to be given at least this many days before the term ends.",
        groups="base.group_user",
    )
    debrief_required = fields.Selection(
        [
            ("none", "No"),
            ("high", "From high priority on, and urgent ones"),
            ("all", "All"),
        ],
        string="Debrief tickets",
        default="none",
        required=True,
        help="Who closes such a ticket without a debrief is reminded to write it: what "
        "happened, and what prevents it.",
        groups="base.group_user",
    )

    @api.constrains("renewal_months", "notice_days")
    def _check_terms(self):
        for policy in self:
            for name in ("renewal_months", "notice_days"):
                if policy[name] < 0:
                    label = self._fields[name]._description_string(self.env)
                    raise ValidationError(
                        self.env._("%(field)s: cannot be negative.", field=label)
                    )
