# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import BILLING_MANAGER, check_group

#: What is agreed about the fee, besides the fee of each asset.
FEE_TERMS = (
    "fee_discount_from",
    "fee_discount_percent",
    "fee_discount_scope",
    "flat_fee",
)


class SupportPolicyFees(models.AbstractModel):
    """The recurring fee: volume discount, flat rate, and how often it is invoiced."""

    _name = "support.policy.fees"
    _description = "Support Policy: Fees"

    # The policy has it.
    currency_id = fields.Many2one("res.currency")
    fee_discount_from = fields.Integer(
        string="Volume discount from asset no.",
        default=4,
        help="From this covered asset on, in the order of their first days, the fee "
        "has the discount. 0: none.",
        tracking=True,
        groups="base.group_user",
    )
    fee_discount_percent = fields.Float(
        string="Volume discount (%)",
        digits=(5, 2),
        help="Taken off the monthly fee of each of these assets.",
        tracking=True,
        groups="base.group_user",
    )
    fee_discount_scope = fields.Selection(
        [
            ("level", "The assets of each service level"),
            ("all", "All covered assets"),
        ],
        string="Volume discount counts",
        default="level",
        required=True,
        tracking=True,
        groups="base.group_user",
    )
    flat_fee = fields.Monetary(
        string="Flat fee a month",
        help="In place of the fees of the covered assets, however many they are. 0: "
        "each asset has its fee.",
        tracking=True,
        groups="base.group_user",
    )
    fee_months = fields.Selection(
        [
            ("1", "Every month"),
            ("3", "Every quarter"),
            ("6", "Every half year"),
            ("12", "Every year"),
        ],
        string="Fee is invoiced",
        default="3",
        required=True,
        help="In advance.",
        tracking=True,
        groups="base.group_user",
    )
    fee_product_id = fields.Many2one(
        "product.product",
        string="Flat fee is invoiced as",
        check_company=True,
        domain="[('type', '=', 'service')]",
        help="Gives the income account and the taxes of the recurring invoice; its "
        "price is not used. Without it, the product of the service level is used.",
        groups="base.group_user",
    )

    @api.constrains("fee_discount_from", "fee_discount_percent", "flat_fee")
    def _check_fee_figures(self):
        for policy in self:
            for name in ("fee_discount_from", "flat_fee"):
                if policy[name] < 0:
                    label = self._fields[name]._description_string(self.env)
                    raise ValidationError(
                        self.env._("%(field)s: cannot be negative.", field=label)
                    )
            if not 0 <= policy.fee_discount_percent <= 100:
                raise ValidationError(
                    self.env._("Volume discount (%): between 0 and 100 percent.")
                )

    def write(self, vals):
        """Whom the discount is for is money, too, where there is one."""
        touched = {"fee_discount_from", "fee_discount_scope"} & vals.keys()
        before = {policy: policy._get_fee_terms() for policy in self if touched}
        result = super().write(vals)
        if any(policy._get_fee_terms() != terms for policy, terms in before.items()):
            check_group(self.env, BILLING_MANAGER)
        return result

    def _get_fee_terms(self):
        """The terms as values of JSON, alike where they give the same."""
        self.ensure_one()
        if not self.fee_discount_from or not self.fee_discount_percent:
            return {"flat_fee": self.flat_fee}
        return {name: self[name] for name in FEE_TERMS}
