# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class AccountMoveLine(models.Model):
    """An invoice line of a recurring fee says of which days it is the fee."""

    _inherit = "account.move.line"

    support_fee_from = fields.Date(
        string="Fee from", readonly=True, groups="base.group_user"
    )
    support_fee_to = fields.Date(
        string="Fee until", readonly=True, groups="base.group_user"
    )


class ContractLine(models.Model):
    """A recurring fee hands its period to the invoice."""

    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "contract.line"

    def _prepare_invoice_line(self):
        vals = super()._prepare_invoice_line()
        if vals and self.support_kind == "fee":
            first, last, _day = self._get_period_to_invoice(
                self.last_date_invoiced, self.recurring_next_date
            )
            vals.update(support_fee_from=first, support_fee_to=last)
        return vals
