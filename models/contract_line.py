# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import format_date


class ContractLine(models.Model):
    _inherit = "contract.line"

    support_kind = fields.Selection(
        [("fee", "Support fee"), ("bundle", "Recurring bundle")],
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Made by a support contract, which also says how much it is.",
    )
    support_topup_ids = fields.One2many(
        "support.contract.topup",
        "contract_line_id",
        string="Recurring bundles",
        groups="base.group_user",
    )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env["contract.contract"]._is_support_owner():
            for vals in vals_list:
                vals["support_kind"] = False
                self._check_support_contracts(vals)
        return super().create(vals_list)

    def write(self, vals):
        Contract = self.env["contract.contract"]
        # Whose line it is does not depend on who asks.
        Contract._check_support_owner(
            self.sudo().contract_id.filtered("support_contract_id")
        )
        self._check_support_contracts(vals)
        if "support_kind" in vals:
            Contract._check_support_owner(self.contract_id)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_support(self):
        # Whose line it is does not depend on who asks.
        self.env["contract.contract"]._check_support_owner(
            self.sudo().contract_id.filtered("support_contract_id")
        )

    def _check_support_contracts(self, vals):
        """No line of somebody's making comes into a schedule that is owned."""
        contract_id = vals.get(
            "contract_id", self.env.context.get("default_contract_id")
        )
        Contract = self.env["contract.contract"]
        # Whether it is owned does not depend on who asks.
        chosen = Contract.sudo().browse(contract_id).exists() if contract_id else None
        if chosen:
            Contract._check_support_owner(chosen.filtered("support_contract_id"))

    # -- Invoices ------------------------------------------------------------------

    def _can_be_invoiced(self, date_ref):
        """A fee is not invoiced before it begins, though its month has begun."""
        if self.support_kind == "fee":
            # Whoever may invoice may have the contract say when it begins.
            contract = self.sudo().contract_id.support_contract_id
            if max(date_ref, contract._get_today()) < contract._get_fee_start():
                return False
        return super()._can_be_invoiced(date_ref)

    def _prepare_invoice_line(self):
        """The amount of an owned line is that of the support contract, on that day.

        It may be asked twice, and changes nothing.
        """
        vals = super()._prepare_invoice_line()
        if not self.support_kind:
            return vals
        first, last, _day = self._get_period_to_invoice(
            self.last_date_invoiced, self.recurring_next_date
        )
        if self.support_kind == "fee":
            vals = self._prepare_support_fee(last, {**vals, "first": first})
            # The line says of which days it is the fee.
            period = {"support_fee_from": first, "support_fee_to": last}
            return {**vals, **period} if vals else vals
        return {
            **vals,
            "name": self._get_support_bundle_text(first, last),
            "support_topup_date": first,
        }

    def _prepare_support_fee(self, until, vals):
        """Values of an invoice line for the fee owed until a day and not invoiced yet;
        empty when there is none.

        ``vals``: OCA's values and the ``first`` day of the period; none for a
        settlement of what is invoiced already.
        """
        self.ensure_one()
        vals = dict(vals)
        first = vals.pop("first", None)
        # Whoever may invoice may have the contract say what it owes.
        contract = self.sudo().contract_id.support_contract_id
        amount = contract._get_fee_to_invoice(self, until)
        if not amount:
            return {}
        return {
            "contract_line_id": self.id,
            "product_id": self.product_id.id,
            "product_uom_id": self.uom_id.id,
            "analytic_distribution": self.analytic_distribution,
            "display_type": "product",
            "sequence": self.sequence,
            **vals,
            "quantity": 1.0,
            "discount": 0.0,
            "price_unit": float(amount),
            "name": contract._get_fee_text(self, amount, first, until),
        }

    def _get_support_bundle_text(self, first, last):
        partner = self.contract_id.partner_id
        line = self.with_context(lang=partner.lang or self.env.lang)
        days = " - ".join(format_date(line.env, day) for day in (first, last))
        name = line.product_id.get_product_multiline_description_sale()
        return f"{name}\n{days}"
