# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    support_no_contract = fields.Selection(
        related="company_id.support_no_contract",
        groups="base.group_user",
        help="What the strip says where no contract pays.",
    )
    support_invoice_count = fields.Integer(
        compute="_compute_support_invoice_count",
        compute_sudo=True,
        groups="account.group_account_invoice",
    )

    def _get_support_invoices(self):
        """Invoices of the overrun, and those that sold the credit which paid."""
        charges = self.support_intervention_ids.charge_ids
        lines = charges.invoice_line_id | charges.entry_ids.lot_id.move_line_id
        return lines.move_id

    def _compute_support_invoice_count(self):
        for ticket in self:
            ticket.support_invoice_count = len(ticket._get_support_invoices())

    def action_view_support_invoices(self):
        self.ensure_one()
        return self._get_support_invoices()._get_records_action(
            name=self.env._("Invoices"), context={"create": False}
        )
