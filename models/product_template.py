# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.dates import last_usable_day

#: How a bundle must be sold, or order lines would deliver timesheets.
BUNDLE_SALE_SETTINGS = {
    "type": "service",
    "service_type": "manual",
    "service_tracking": "no",
}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    support_bundle = fields.Boolean(
        string="Credit bundle",
        help="Selling this product gives the customer prepaid support credit.",
    )
    support_unit = fields.Selection(
        [
            ("money", "Money"),
            ("hour", "Hours"),
            ("day", "Days"),
            ("ticket", "Tickets"),
        ],
        string="Credit in",
        default="money",
        help="What one bundle holds: money in the contract's currency, or time. How "
        "many minutes a day or a ticket is, is a setting of the contract.",
    )
    support_quantity = fields.Float(
        string="Credit in a bundle",
        digits=(16, 2),
        help="How much credit one bundle gives, without the bonus.",
    )
    support_bonus_percent = fields.Float(
        string="Bonus (%)",
        digits=(16, 2),
        help="Free credit on top. It belongs to the same lot: a refund and the "
        "revenue use the average price.",
    )
    support_validity = fields.Integer(
        string="Valid for",
        default=1,
        help="One year from 21 November 2026 makes 21 November 2027 the last day on "
        "which the credit can be used.",
    )
    support_validity_unit = fields.Selection(
        [("day", "Days"), ("month", "Months"), ("year", "Years")],
        string="Validity unit",
        default="year",
    )
    support_grant_on = fields.Selection(
        [
            ("order", "The order is confirmed"),
            ("invoice", "The invoice is posted"),
            ("payment", "The invoice is paid"),
        ],
        string="Give the credit when",
        default="payment",
    )
    support_plan_id = fields.Many2one(
        "support.plan",
        string="Support plan",
        ondelete="restrict",
        index="btree_not_null",
        help="The credit goes to the customer's active contract with this plan; if "
        "there is none, a contract is made with it.",
    )
    support_priority = fields.Integer(
        string="Burn order",
        default=10,
        help="Credit with a lower number is used first.",
    )

    @api.constrains(
        "support_bundle",
        "support_unit",
        "support_quantity",
        "support_bonus_percent",
        "support_validity",
        "support_validity_unit",
        "support_grant_on",
    )
    def _check_support_bundle(self):
        for product in self.filtered("support_bundle"):
            message = product._get_support_bundle_error()
            if message:
                raise ValidationError(message)

    @api.constrains("support_bundle", "uom_id")
    def _check_support_bundle_uom(self):
        unit = self.env.ref("uom.product_uom_unit")
        for product in self.filtered("support_bundle"):
            if product.uom_id != unit:
                raise ValidationError(
                    self.env._(
                        'The bundle "%(bundle)s" must be sold in %(unit)s: a quantity '
                        "of 2 gives the credit of two bundles.",
                        bundle=product.display_name,
                        unit=unit.name,
                    )
                )

    @api.constrains("support_bundle", "support_plan_id", "company_id")
    def _check_support_plan_company(self):
        for product in self.filtered("support_bundle"):
            company = product.company_id
            plan_company = product.support_plan_id.company_id
            if company and plan_company and company != plan_company:
                raise ValidationError(
                    self.env._(
                        'The bundle "%(bundle)s" belongs to %(company)s, but its '
                        "support plan belongs to %(plan_company)s. Choose a plan of "
                        "the same company.",
                        bundle=product.display_name,
                        company=company.name,
                        plan_company=plan_company.name,
                    )
                )

    @api.onchange("support_bundle")
    def _onchange_support_bundle(self):
        if self.support_bundle:
            self.update(self._get_bundle_switch_values())

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("support_bundle"):
                vals.update(self._get_bundle_switch_values())
        products = super().create(vals_list)
        products._enforce_bundle_sale_settings()
        return products

    def write(self, vals):
        if vals.get("support_bundle") and not all(self.mapped("support_bundle")):
            vals = {**vals, **self._get_bundle_switch_values()}
        result = super().write(vals)
        if {"support_bundle", "service_policy", *BUNDLE_SALE_SETTINGS} & set(vals):
            self._enforce_bundle_sale_settings()
        return result

    @api.model
    def _get_bundle_switch_values(self):
        """What switching the bundle on sets, besides the switch."""
        return {
            **BUNDLE_SALE_SETTINGS,
            "invoice_policy": "order",
            "uom_id": self.env.ref("uom.product_uom_unit").id,
        }

    def _enforce_bundle_sale_settings(self):
        """Put back what the inverse of the service policy has set on bundles.

        sale_timesheet turns the policy "prepaid" into the service type "timesheet":
        hours on a task would then count as delivered by the bundle's order line.
        """
        for product in self.filtered("support_bundle"):
            values = {
                name: value
                for name, value in BUNDLE_SALE_SETTINGS.items()
                if product[name] != value
            }
            if values:
                product.write(values)

    def _get_support_bundle_error(self):
        """The sentence that says what is wrong with this bundle, or an empty one."""
        self.ensure_one()
        name = self.display_name
        if not self.support_unit or self.support_quantity <= 0:
            return self.env._(
                'Enter how much credit the bundle "%(bundle)s" gives. It must be more '
                "than zero.",
                bundle=name,
            )
        if self.support_bonus_percent < 0:
            return self.env._(
                'The bonus of the bundle "%(bundle)s" cannot be negative.', bundle=name
            )
        if self.support_validity < 1 or not self.support_validity_unit:
            return self.env._(
                'Enter how long the credit of the bundle "%(bundle)s" is valid. It '
                "must be at least one day.",
                bundle=name,
            )
        if not self.support_grant_on:
            return self.env._(
                'Choose when the bundle "%(bundle)s" gives its credit.', bundle=name
            )
        return ""

    def _sells_support_credit(self, quantity):
        """Whether so many of this product give credit; less than none is refused."""
        if not self.support_bundle:
            return False
        if quantity < 0:
            raise UserError(
                self.env._(
                    'The bundle "%(bundle)s" has a negative quantity. Make a credit '
                    "note of its invoice to take credit back.",
                    bundle=self.display_name,
                )
            )
        return quantity > 0

    def _prepare_support_lot(self, contract, quantity):
        """The part of a lot's values that this bundle decides.

        :param contract: the ``support.contract`` that gets the credit
        :param quantity: how many bundles were sold
        """
        self.ensure_one()
        contract.ensure_one()
        paid = self._get_support_credit(contract, quantity)
        bonus_factor = self.support_bonus_percent / 100
        bonus = self._get_support_credit(contract, quantity * bonus_factor)
        date_first = contract._get_today()
        return {
            "name": self._get_support_lot_name(contract, quantity),
            "contract_id": contract.id,
            "unit": "money" if self.support_unit == "money" else "time",
            "kind": "purchase",
            "paid_quantity": paid,
            "bonus_quantity": bonus,
            "date_first": date_first,
            "date_last": last_usable_day(
                date_first, self.support_validity, self.support_validity_unit
            ),
            "priority": self.support_priority,
        }

    def _get_support_credit(self, contract, quantity):
        """Credit of so many bundles: money to the cent, time to the minute."""
        credit = quantity * self.support_quantity
        if self.support_unit == "money":
            return contract.currency_id.round(credit)
        minutes = {
            "hour": 60,
            "day": contract.minutes_per_day,
            "ticket": contract.minutes_per_ticket,
        }
        return round(credit * minutes[self.support_unit])

    def _get_support_lot_name(self, contract, quantity):
        name = self.with_context(lang=contract.partner_id.lang).name
        return name if quantity == 1 else f"{quantity:g} x {name}"
