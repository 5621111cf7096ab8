# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.support_charge_invoicing import OPEN_OVERRUN

#: How many lines the preview shows; the totals count all.
PREVIEW_LIMIT = 200
#: How many time reports are made while the user waits; a job makes the others.
REPORTS_AT_ONCE = 5


class SupportOverrunInvoice(models.TransientModel):
    """Shows what the overrun of contracts will be invoiced as, and drafts it."""

    _name = "support.overrun.invoice"
    _description = "Invoice Support Overrun"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_to = fields.Date(
        string="Work until",
        required=True,
        default=lambda self: self._default_date_to(),
        help="Work after this day stays open.",
    )
    contract_ids = fields.Many2many(
        "support.contract",
        string="Contracts",
        domain="[('company_id', 'in', allowed_company_ids)]",
        help="Empty: every contract of the company that has open overrun.",
    )
    line_ids = fields.One2many(
        "support.overrun.invoice.line", "wizard_id", compute="_compute_preview"
    )
    line_count = fields.Integer(compute="_compute_preview")
    invoice_count = fields.Integer(string="Invoices", compute="_compute_preview")
    held_count = fields.Integer(compute="_compute_preview")
    is_cut = fields.Boolean(compute="_compute_preview")
    currency_id = fields.Many2one("res.currency", compute="_compute_preview")
    amount = fields.Monetary(string="Total without tax", compute="_compute_preview")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        context = self.env.context
        if context.get("active_model") == "support.contract" and "contract_ids" in (
            fields_list
        ):
            values["contract_ids"] = [Command.set(context.get("active_ids") or [])]
        return values

    @api.model
    def _default_date_to(self):
        """Today for one contract, the end of last month for a run over many."""
        today = fields.Date.context_today(self)
        context = self.env.context
        if (
            context.get("active_model") == "support.contract"
            and len(context.get("active_ids") or []) == 1
        ):
            return today
        return self.env["support.contract"]._get_last_month_end(today)

    @api.depends("date_to", "contract_ids", "company_id")
    def _compute_preview(self):
        for wizard in self:
            groups = wizard._get_groups()
            charges = wizard._get_charges()
            currency = charges.currency_id
            wizard.line_ids = [Command.clear()] + [
                Command.create(wizard._prepare_preview_line(contract, group))
                for contract, group in groups[:PREVIEW_LIMIT]
            ]
            wizard.line_count = len(groups)
            wizard.is_cut = len(groups) > PREVIEW_LIMIT
            wizard.invoice_count = len(charges.contract_id)
            wizard.held_count = wizard._count_held()
            # A sum over several currencies would say nothing.
            wizard.currency_id = currency if len(currency) == 1 else False
            wizard.amount = (
                sum(charges.mapped("overrun_amount")) if wizard.currency_id else 0
            )

    def _get_contracts(self):
        """The chosen contracts, or all of the company that have open overrun."""
        self.ensure_one()
        if self.contract_ids:
            return self.contract_ids._origin
        return self.env["support.contract"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("charge_ids.overrun_state", "in", OPEN_OVERRUN),
            ]
        )

    def _get_charges(self):
        self.ensure_one()
        charges = self.env["support.charge"]
        if self.date_to:
            charges = self._get_contracts()._get_open_overrun(self.date_to)
        return charges

    def _get_groups(self):
        """(contract, group) as the invoice lines will be."""
        by_contract = self._get_charges()._group_overrun_by_contract()
        return [
            (contract, group)
            for contract, groups in by_contract.items()
            for group in groups
        ]

    def _count_held(self):
        self.ensure_one()
        if not self.date_to:
            return 0
        return self.env["support.charge"].search_count(
            [
                ("contract_id", "in", self._get_contracts().ids),
                ("overrun_state", "=", "held"),
                ("date", "<=", self.date_to),
            ]
        )

    def _prepare_preview_line(self, contract, group):
        first = group.first
        is_labour = first.kind == "labour"
        return {
            "contract_id": contract.id,
            "subject": first._get_overrun_subject(),
            "what": first._get_overrun_what(),
            "hours": group.minutes / 60,
            "price_unit": first._get_hourly_price() if is_labour else first.price_unit,
            "amount": group.amount,
            "currency_id": first.currency_id.id,
        }

    def action_invoice(self):
        self.ensure_one()
        contracts = self._get_contracts()
        contracts.check_access("read")
        moves = contracts._invoice_overrun(self.date_to)
        if not moves:
            raise UserError(
                self.env._(
                    "There is nothing to invoice until %(date)s.", date=self.date_to
                )
            )
        moves[:REPORTS_AT_ONCE]._attach_support_time_report()
        moves._trigger_missing_time_reports()
        return self._open_invoices(moves)

    def _open_invoices(self, moves):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        if len(moves) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=moves.id)
        action["domain"] = [("id", "in", moves.ids)]
        action["context"] = {"create": False}
        return action


class SupportOverrunInvoiceLine(models.TransientModel):
    """One invoice line to be, in the preview."""

    _name = "support.overrun.invoice.line"
    _description = "Preview of a Support Overrun Invoice Line"

    wizard_id = fields.Many2one("support.overrun.invoice", ondelete="cascade")
    contract_id = fields.Many2one("support.contract", readonly=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    subject = fields.Char(string="Ticket", readonly=True)
    what = fields.Char(string="Profile", readonly=True)
    hours = fields.Float(readonly=True)
    price_unit = fields.Float(string="Price", digits=(16, 2), readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True)
