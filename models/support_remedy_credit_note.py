# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.fields import Command
from odoo.tools import format_date

from ..engine import refund
from ..engine.money import decimal_of
from .support_adapter import currency_step
from .support_bookkeeping import BOOKKEEPING
from .support_contract_fees import month_end


class SupportRemedyCreditNote(models.AbstractModel):
    """The credit note of a remedy: the fee as it was invoiced, with its taxes."""

    _name = "support.remedy.credit.note"
    _description = "Remedy: Credit Note"

    def _create_credit_note(self):
        """A draft credit note on the invoice that billed the month's fee."""
        self.ensure_one()
        parts = self._split_by_product()
        moves = self.env["account.move"].with_company(self.company_id)
        move = moves.with_context(support_bookkeeping=BOOKKEEPING).create(
            self._prepare_credit_note(parts)
        )
        move = move.with_env(self.env)
        lines = move.invoice_line_ids.sorted("sequence")
        for line, amount in zip(lines, parts.values(), strict=True):
            line._set_overrun_amount(float(amount))
        return move

    def _split_by_product(self):
        """``{product: Decimal}`` of the amount, as the fee of the month is invoiced."""
        # What a month costs is no secret to those who settle a missed target.
        contract = self.sudo().contract_id
        parts = refund.split(
            decimal_of(self.amount),
            # Which asset it is for, who decides may know.
            contract._get_month_fees(self.month, self.sudo().asset_id),
            currency_step(self.currency_id),
        )
        return {product: amount for product, amount in parts.items() if amount}

    def _prepare_credit_note(self, parts):
        # What was invoiced, and to whom, is read whoever decides.
        remedy = self.sudo().with_company(self.company_id)
        contract = remedy.contract_id
        sources = remedy._find_fee_lines()
        found = [sources[product] for product in parts if sources.get(product)]
        invoice = found[0].move_id if found else self.env["account.move"]
        partner = invoice.partner_id or contract.partner_id
        text = self.with_context(lang=partner.lang)._get_credit_note_text()
        return {
            "move_type": "out_refund",
            "support_remedy_id": self.id,
            "partner_id": partner.id,
            "currency_id": self.currency_id.id,
            "reversed_entry_id": invoice.id,
            "invoice_origin": contract.name,
            "ref": contract.name,
            "fiscal_position_id": invoice.fiscal_position_id.id
            or contract.partner_id.property_account_position_id.id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "sequence": 10 + number,
                        "product_id": product.id,
                        "name": text,
                        "quantity": 1.0,
                        "price_unit": float(amount),
                        **self._prepare_like(sources.get(product)),
                    }
                )
                for number, (product, amount) in enumerate(parts.items())
            ],
        }

    @api.model
    def _prepare_like(self, source):
        """Taxes and accounts of the invoice line that billed the fee, if any."""
        return (
            source
            and {
                "tax_ids": [Command.set(source.tax_ids.ids)],
                "account_id": source.account_id.id,
                "analytic_distribution": source.analytic_distribution,
            }
            or {}
        )

    def _find_fee_lines(self):
        """``{product: invoice line}`` that billed the fee of the month.

        That of the period, however late it was invoiced; else the last settlement,
        which has no period.
        """
        self.ensure_one()
        last = month_end(self.month)
        lines = self.env["account.move.line"].search(
            [
                (
                    "contract_line_id.contract_id.support_contract_id",
                    "=",
                    self.contract_id.id,
                ),
                ("contract_line_id.support_kind", "=", "fee"),
                ("move_type", "=", "out_invoice"),
                ("parent_state", "=", "posted"),
                "|",
                ("support_fee_from", "=", False),
                "&",
                ("support_fee_from", "<=", last),
                ("support_fee_to", ">=", self.month),
            ],
            order="date, id",
        )
        # The last one of each product, and before all those of the period.
        return {
            line.product_id: line
            for line in lines.sorted(lambda line: bool(line.support_fee_from))
        }

    def _get_credit_note_text(self):
        self.ensure_one()
        # The customer's text tells what the customer may know.
        remedy = self.sudo()
        month = format_date(self.env, self.month, date_format="LLLL y")
        if remedy.asset_id:
            return self.env._(
                "Refund of the fee of %(asset)s, %(month)s: service level not met",
                asset=remedy.asset_id.name,
                month=month,
            )
        return self.env._(
            "Refund of the fee of %(contract)s, %(month)s: service level not met",
            contract=remedy.contract_id.name,
            month=month,
        )
