# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import refund
from ..engine.money import decimal_of
from ..tools import PostingDay
from .support_adapter import currency_step
from .support_lot import QUANTITY_DIGITS


class AccountMoveLine(models.Model):
    _name = "account.move.line"
    _inherit = ["support.bookkeeping", "account.move.line", "support.credit.note"]
    _support_bookkeeping_fields = (
        "support_source_line_id",
        "support_refund_lot_id",
        "support_reserved",
        "support_granted",
        "support_topup_date",
        "support_fee_from",
        "support_fee_to",
    )

    support_source_line_id = fields.Many2one(
        "account.move.line",
        string="Copied from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The invoice line that this line reverses or replaces.",
        groups="base.group_user",
    )
    support_refund_lot_id = fields.Many2one(
        "support.lot",
        string="Refunded credit",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Posting this credit note takes what is unburnt out of this lot.",
        groups="base.group_user",
    )
    support_reserved = fields.Float(
        digits=QUANTITY_DIGITS,
        readonly=True,
        copy=False,
        help="Credit that this draft holds, so that nobody burns what it pays back.",
        groups="base.group_user",
    )
    support_granted = fields.Json(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="What this line said when it gave its credit.",
    )
    support_topup_date = fields.Date(
        string="Credit from",
        readonly=True,
        groups="base.group_user",
        help="First day of the period of a recurring bundle: its credit counts from "
        "then on, for the contract that the bundle recurs on.",
    )
    support_charge_ids = fields.One2many(
        "support.charge",
        "invoice_line_id",
        string="Overrun charges",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )

    # -- what is copied to a credit note -------------------------------------------

    def _copy_data_extend_business_fields(self, values):
        """Remember the original line on what reverses or replaces it."""
        super()._copy_data_extend_business_fields(values)
        if self.move_id.move_type != "out_invoice" or self.display_type != "product":
            return
        values["support_source_line_id"] = self.id
        # Only a reversal sets this key; "modify" copies the same way and must not
        # become a refund.
        if "move_reverse_cancel" in self.env.context:
            values["support_refund_lot_id"] = self._get_support_lots()[:1].id

    def _reconcile_post_hook(self, data):
        """An invoice that the credit note of another one settles is paid, too.

        Odoo calls it reversed, like one that was credited itself.
        """
        result = super()._reconcile_post_hook(data)
        data["not_paid_invoices"].filtered(
            lambda move: (
                move.payment_state == "reversed" and not move._is_fully_credited()
            )
        )._grant_support_credit_at_payment()
        return result

    # -- bundles -------------------------------------------------------------------

    def _is_support_bundle(self):
        """Whether this line sells credit; a negative quantity is refused."""
        self.ensure_one()
        if self.display_type != "product" or self.is_downpayment:
            return False
        bundle = self.product_id.product_tmpl_id
        return bundle._sells_support_credit(self.quantity)

    def _get_support_lots(self):
        """The lots that these invoice lines sold, or billed for their order."""
        # Whoever may post or pay the invoice may trigger what it does to credit.
        lines = self.sudo()
        lots = lines.env["support.lot"].search([("move_line_id", "in", self.ids)])
        billed = lines.filtered("support_granted") - lots.move_line_id
        return lots | billed.sale_line_ids._get_support_order_lots()

    def _get_support_key(self):
        self.ensure_one()
        return f"invoice-line/{self.id}"

    def _get_support_order_lot(self):
        """The lot that the order has granted for this line.

        It stands for the quantity of the order: what is invoiced beyond that, or anew
        after a credit note, is granted anew.
        """
        self.ensure_one()
        for lot in self.sale_line_ids._get_support_order_lots():
            order_line = lot.sale_line_id
            ordered = order_line._get_support_units()
            billed = order_line._get_support_billed_units()
            if not order_line._is_support_quantity_less(billed, ordered):
                continue
            if order_line._is_support_quantity_less(
                ordered, billed + self._get_support_units()
            ):
                raise UserError(
                    self.env._(
                        'The order has given the credit of %(given)s "%(bundle)s", but '
                        "%(billed)s are invoiced for it. Invoice what the order gave, "
                        "and the rest on a line of its own.",
                        given=f"{ordered:g}",
                        bundle=self.product_id.display_name,
                        billed=f"{billed + self._get_support_units():g}",
                    )
                )
            return lot
        return self.env["support.lot"]

    def _get_support_units(self):
        """How many bundles this line sells."""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(
            self.quantity, self.product_id.uom_id, round=False
        )

    def _bill_support_order_lot(self, lot):
        """This line bills credit, or a part of it, that its order has given."""
        self.ensure_one()
        # An accountant need not be allowed to read the order.
        order_line = lot.sale_line_id
        billed = order_line._get_support_billing_lines()
        units = order_line._get_support_units()
        units -= sum(line._get_support_units() for line in billed)
        price = lot.price_paid
        price -= sum(line._get_support_price_paid(lot.currency_id) for line in billed)
        lot._link_invoice_line(
            self,
            self._get_support_price_paid(lot.currency_id)
            - price * self._get_support_units() / units,
        )
        self._remember_support_content()

    def _get_support_grant_event(self):
        """ "invoice", "payment", or empty when the order has granted the credit."""
        self.ensure_one()
        if self._get_support_order_lot():
            return ""
        # Without an order, or when the order was confirmed before the setting was
        # changed, posting is the first thing that happens.
        event = self.product_id.support_grant_on
        return "invoice" if event == "order" else event

    def _grant_support_credit(self):
        """Give the credit of these bundle lines, once."""
        # The payer may be the customer, who may not read our bookkeeping.
        granted = self.filtered(lambda line: line.sudo().support_granted)
        granted._check_support_granted_unchanged()
        todo = (self - granted).filtered(lambda line: line._get_support_paid_share())
        if not todo:
            return
        # Only billing managers write credit by hand. Here the posted or paid invoice
        # does, and the person at the keyboard may be the paying customer.
        todo = todo.sudo()
        self.env["support.lot"].sudo()._grant(
            [line._prepare_support_lot() for line in todo]
        )
        todo._remember_support_content()
        # They have made the credit less, and must not take any of it out again.
        todo._get_support_credit_lines()._remember_support_content()

    def _remember_support_content(self):
        # Whoever may post or pay the invoice may have it say what it gave.
        for line in self.sudo().with_context(skip_invoice_sync=True):
            line.support_granted = line._get_support_content()

    def _get_support_content(self):
        """What must not change between two postings of a line that gave credit."""
        self.ensure_one()
        return {
            "product": self.product_id.id,
            "quantity": self.quantity,
            "subtotal": self.price_subtotal,
            "currency": self.currency_id.id,
            "customer": self.move_id.commercial_partner_id.id,
        }

    def _check_support_granted_unchanged(self):
        for line in self:
            # The payer may be the customer, who may not read our bookkeeping.
            said = line.sudo().support_granted
            if said and said != line._get_support_content():
                raise UserError(
                    self.env._(
                        'The line "%(line)s" has decided how much support credit was '
                        "given, so its customer, product, quantity and price cannot "
                        "change. Put them back, and make a credit note to take credit "
                        "back.",
                        line=line.name or line.product_id.display_name,
                    )
                )

    def _check_support_plan(self):
        for line in self:
            self.env["support.contract"]._check_bundle_has_home(
                line.product_id,
                line.company_id,
                line.move_id.partner_id,
                line._get_support_chosen_contract(),
            )

    def _get_support_chosen_contract(self):
        # Accountants may not read orders; only the contract is taken from it.
        line = self.sudo()
        if line.support_topup_date and line.contract_line_id:
            return line.contract_line_id.contract_id.support_contract_id
        return line.sale_line_ids.support_contract_id[:1]

    def _prepare_support_lot(self):
        self.ensure_one()
        contract = self.env["support.contract"]._get_for_bundle(
            self.product_id,
            self.company_id,
            self.move_id.partner_id,
            self._get_support_chosen_contract(),
        )
        share = self._get_support_paid_share()
        # What a recurring bundle sold, whoever pays for it.
        first_day = self.sudo().support_topup_date
        if first_day:
            contract = contract.with_context(support_posting_day=PostingDay(first_day))
        return {
            **self.product_id.product_tmpl_id._prepare_support_lot(
                contract, self._get_support_units() * share
            ),
            "key": self._get_support_key(),
            "price_paid": contract.currency_id.round(
                self._get_support_price_paid(contract.currency_id) * share
            ),
            "sale_line_id": self.sale_line_ids[:1].id,
            "move_line_id": self.id,
        }

    def _get_support_paid_share(self):
        """The part of the price that no posted credit note has taken off, 0 to 1.

        An invoice that was credited in part and then paid grants what was paid for.
        """
        self.ensure_one()
        credited = self._get_support_credit_lines()
        return float(
            refund.paid_share(
                decimal_of(self.price_subtotal),
                decimal_of(sum(credited.mapped("price_subtotal"))),
                currency_step(self.currency_id),
            )
        )

    def _get_support_credit_lines(self):
        """Lines of posted credit notes that reverse these lines."""
        # The payer of the invoice may be its customer, who sees no credit lines.
        return self.sudo().search(
            [
                ("support_source_line_id", "in", self.ids),
                ("move_id.move_type", "=", "out_refund"),
                ("parent_state", "=", "posted"),
            ]
        )

    def _get_support_price_paid(self, currency):
        """The net price in another currency, at the rate of the invoice."""
        self.ensure_one()
        if currency == self.currency_id:
            return self.price_subtotal
        # The booked amount carries the invoice's own rate.
        booked = -self.balance
        if currency == self.company_currency_id:
            return booked
        return self.company_currency_id._convert(
            booked,
            currency,
            self.company_id,
            self.move_id.invoice_date or self.move_id.date,
        )

    # -- overrun -------------------------------------------------------------------

    def _set_overrun_amount(self, amount):
        """Make the net amount of the line that of the work.

        It differs when the product's taxes are included in prices: ours are net.
        """
        if self.currency_id.compare_amounts(self.price_subtotal, amount):
            self.write(
                {
                    "quantity": 1,
                    "discount": 0,
                    "price_unit": self._get_price_unit_for_subtotal(amount),
                    "product_uom_id": self.product_id.uom_id.id,
                }
            )

    # -- prices that include tax ---------------------------------------------------

    def _get_price_unit_for_subtotal(self, net):
        """The unit price for a quantity of 1 that makes ``net`` the subtotal.

        Prices here are net of tax; a price-included tax has to be added to them.
        """
        self.ensure_one()
        included = self.tax_ids.flatten_taxes_hierarchy().filtered("price_include")
        if not included:
            return net
        details = included._get_tax_details(
            net,
            1.0,
            precision_rounding=self.currency_id.rounding,
            product=self.product_id,
            special_mode="total_excluded",
        )
        return details["total_included"]

    # -- deletion ------------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_support_credit(self):
        lines = self.filtered(lambda line: line.display_type == "product")
        if not lines:
            return
        if lines._get_support_lots():
            raise UserError(
                self.env._(
                    "This invoice line has given support credit and cannot be "
                    "deleted. Post the invoice and make a credit note: that takes "
                    "back the credit that has not been used."
                )
            )
        # Entries are read as superuser: whoever deletes a line is told of all.
        refunds = self.env["support.entry"].sudo()
        taken = refunds.search_count([("move_line_id", "in", lines.ids)], limit=1)
        if taken or any(lines.sudo().mapped("support_granted")):
            raise UserError(
                self.env._(
                    "This line has taken support credit back and cannot be deleted. "
                    "Post the credit note again; new credit is sold or added on the "
                    "contract."
                )
            )

    def unlink(self):
        """Deleting the draft line of an overrun frees the work it had reserved."""
        lines = self.filtered(lambda line: line.display_type == "product")
        lines._free_support_charges()
        lines._release_support_reservation()
        return super().unlink()

    def _free_support_charges(self):
        """Make the charges of these lines open again; the freed charges."""
        charges = self.env["support.charge"]
        if not self.ids:
            return charges
        # An accountant may delete or credit the invoice without being allowed to
        # write charges.
        charges = charges.sudo().search([("invoice_line_id", "in", self.ids)])
        if charges:
            charges.invoice_line_id.move_id._drop_support_time_report()
            charges._free_overrun()
        return charges
