# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

#: What may not change on an order line once it has given credit.
GRANTED_FIELDS = {"product_id", "product_uom_qty", "product_uom_id", "price_unit"}
GRANTED_FIELDS |= {"discount", "support_contract_id"}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    support_contract_id = fields.Many2one(
        "support.contract",
        string="Support contract",
        check_company=True,
        copy=False,
        index="btree_not_null",
        domain="[('state', '!=', 'ended'), ('company_id', '=', company_id)]",
        help="The contract that gets the credit of this bundle. Empty: the customer's "
        "active contract with the bundle's plan, or a new one.",
        groups="base.group_user",
    )
    support_bundle = fields.Boolean(
        related="product_id.support_bundle", groups="base.group_user"
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # A line that is added to a confirmed order never passes the confirmation.
        lines.filtered(
            lambda line: line.order_id.state == "sale"
        )._grant_support_credit()
        return lines

    def write(self, vals):
        if GRANTED_FIELDS & set(vals):
            self._check_support_granted_unchanged(vals)
        return super().write(vals)

    def _check_support_granted_unchanged(self, vals):
        bundles = self.filtered(
            lambda line: (
                line.product_id.support_bundle
                and line.order_id.state == "sale"
                and any(line._is_support_value_new(name, vals) for name in vals)
            )
        )
        lot = bundles._get_support_order_lots()[:1]
        if lot:
            raise UserError(
                self.env._(
                    'The order line "%(line)s" has given its support credit and cannot '
                    "change. Add another line to sell more; make a credit note to take "
                    "credit back.",
                    line=lot.sale_line_id.name,
                )
            )

    def _is_support_value_new(self, name, vals):
        if name not in GRANTED_FIELDS:
            return False
        field = self._fields[name]
        return field.convert_to_write(self[name], self) != vals[name]

    def _is_support_bundle(self):
        """Whether this line sells credit; a negative quantity is refused."""
        self.ensure_one()
        if self.display_type or self.is_downpayment:
            return False
        bundle = self.product_id.product_tmpl_id
        return bundle._sells_support_credit(self.product_uom_qty)

    def _grant_support_credit(self):
        """Give the credit of the bundles that are granted with the order, once.

        All bundles are checked here, also those that are granted later: who confirms
        the order can still put things right, who registers the payment cannot.
        """
        bundles = self.filtered(lambda line: line._is_support_bundle())
        if not bundles:
            return
        bundles._check_support_plan()
        bundles = bundles.filtered(
            lambda line: line.product_id.support_grant_on == "order"
        )
        # A salesperson may not write credit. What is granted here is what the order
        # that this person may confirm says.
        bundles = bundles.sudo()
        done = set(bundles._get_support_order_lots().sale_line_id.ids)
        vals_list = [
            line._prepare_support_lot() for line in bundles if line.id not in done
        ]
        if vals_list:
            # The confirmed order grants, whoever has confirmed it.
            self.env["support.lot"].sudo()._grant(vals_list)

    def _check_support_plan(self):
        for line in self:
            self.env["support.contract"]._check_bundle_has_home(
                line.product_id,
                line.company_id,
                line.order_id.partner_id,
                line.support_contract_id,
            )

    def _get_support_order_lots(self):
        """Lots that these lines granted themselves (not through an invoice)."""
        keys = [line._get_support_key() for line in self if line.id]
        # Salespeople may not read lots; they are told of theirs here.
        return self.env["support.lot"].sudo().search([("key", "in", keys)])

    def _get_support_key(self):
        self.ensure_one()
        return f"order-line/{self._origin.id}"

    def _prepare_support_lot(self):
        self.ensure_one()
        contract = self.env["support.contract"]._get_for_bundle(
            self.product_id,
            self.company_id,
            self.order_id.partner_id,
            self.support_contract_id,
        )
        return {
            **self.product_id.product_tmpl_id._prepare_support_lot(
                contract, self._get_support_units()
            ),
            "key": self._get_support_key(),
            "price_paid": self._get_support_price_paid(contract.currency_id),
            "sale_line_id": self.id,
        }

    def _get_support_units(self):
        """How many bundles this line sells."""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(
            self.product_uom_qty, self.product_id.uom_id, round=False
        )

    def _get_support_price_paid(self, currency):
        self.ensure_one()
        return self.currency_id._convert(
            self.price_subtotal,
            currency,
            self.company_id,
            self.order_id.date_order.date(),
        )

    def _get_support_billed_units(self):
        """How many of the bundles that the order has granted are invoiced."""
        lines = self._get_support_billing_lines()
        return sum(line._get_support_units() for line in lines)

    def _get_support_billing_lines(self):
        """Invoice lines that have billed the credit which the order has granted."""
        self.ensure_one()
        lines = self.invoice_lines.filtered(
            lambda line: (
                line.support_granted and line.move_id.move_type == "out_invoice"
            )
        )
        granted_anew = self.env["support.lot"].search(
            [("key", "in", [line._get_support_key() for line in lines])]
        )
        return lines - granted_anew.move_line_id

    def _is_support_quantity_less(self, quantity, other):
        """Compared as the unit of the bundle counts."""
        return self.product_id.uom_id.compare(quantity, other) < 0
