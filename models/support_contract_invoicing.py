# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from .support_bookkeeping import BOOKKEEPING

_logger = logging.getLogger(__name__)

OVERRUN_CRON = "prepaid_support.ir_cron_invoice_overrun"


class SupportContractInvoicing(models.AbstractModel):
    """Draft invoices of the overrun of contracts."""

    _name = "support.contract.invoicing"
    _description = "Support Contract: Overrun Invoices"

    # -- what will be invoiced -----------------------------------------------------

    def _get_open_overrun(self, date_to):
        """Charges of these contracts that wait for an invoice, up to a day."""
        # Accountants may read charges, but not all that hangs on them.
        charges = self.env["support.charge"].sudo()
        return charges.search(self._get_open_overrun_domain(date_to))

    def _get_open_overrun_domain(self, date_to):
        return [
            ("contract_id", "in", self.ids),
            ("overrun_state", "=", "open"),
            ("date", "<=", date_to),
        ]

    # -- invoices ------------------------------------------------------------------

    def _invoice_overrun(self, date_to):
        """Make one draft invoice per contract that has open overrun.

        The number of queries does not grow with the number of contracts: all drafts
        of a company are made in one go. It never posts.

        :param date_to: last day of work to invoice
        :return: the draft invoices
        """
        moves = self.env["account.move"]
        charges = self._get_open_overrun(date_to)
        for company, own in charges.grouped("company_id").items():
            moves |= self._invoice_charges(company, own)
        return moves

    def _invoice_charges(self, company, charges):
        """Draft invoices for charges of one company; each reserves its charges."""
        groups = charges._group_overrun_by_contract()
        # Charges are read as superuser, invoices are made with the user's own rights.
        moves = self.env["account.move"].with_company(company)
        made = moves.with_context(support_bookkeeping=BOOKKEEPING).create(
            [contract._prepare_overrun_invoice(own) for contract, own in groups.items()]
        )
        moves = made.with_env(moves.env)
        for move, own in zip(moves, groups.values(), strict=True):
            move._reserve_overrun_groups(own)
        return moves

    def _prepare_overrun_invoice(self, groups):
        self.ensure_one()
        translated = self.with_context(lang=self.partner_id.lang)
        lines = [
            Command.create(
                {**translated._prepare_overrun_line(group), "sequence": 10 + number}
            )
            for number, group in enumerate(groups)
        ]
        return {
            "move_type": "out_invoice",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "invoice_user_id": self.user_id.id,
            "invoice_origin": self.name,
            "support_overrun": True,
            "invoice_line_ids": lines,
        }

    def _prepare_overrun_line(self, group):
        self.ensure_one()
        product = group.first._get_overrun_product()
        if not product:
            raise UserError(
                self.env._(
                    "%(subject)s cannot be invoiced, because the fee has no product "
                    "and the work has no profile with a service product.",
                    subject=group.first._get_overrun_subject(),
                )
            )
        values = {
            "product_id": product.id,
            "name": self._get_overrun_line_name(group),
            "quantity": group.quantity,
            "price_unit": group.price_unit,
        }
        # Without the query of `ref`, for every line.
        hour_id = self.env["ir.model.data"]._xmlid_to_res_id("uom.product_uom_hour")
        hour = self.env["uom.uom"].browse(hour_id)
        if group.in_hours and product.uom_id._has_common_reference(hour):
            values["product_uom_id"] = hour.id
        return values

    def _get_overrun_line_name(self, group):
        """Ticket, profile, period, hours and price, in the customer's language."""
        first = group.first.with_context(lang=self.env.lang)
        dates = group.charges.mapped("date")
        days = [format_date(self.env, day) for day in sorted({min(dates), max(dates)})]
        text = f"{first._get_overrun_subject()}\n{first._get_overrun_what()}"
        text += f", {' - '.join(days)}"
        if first.kind == "labour":
            text += ", " + self.env._(
                "%(hours)s h at %(price)s per hour",
                hours=f"{group.minutes / 60:.2f}",
                price=self._format_overrun_price(first._get_hourly_price()),
            )
        return text

    def _format_overrun_price(self, price):
        """The price with the cents, and with more decimals only where it has them."""
        shown = f"{price:.6f}".rstrip("0")
        whole, _dot, decimals = shown.partition(".")
        return f"{whole}.{decimals.ljust(2, '0')} {self.currency_id.symbol}"

    # -- cron ----------------------------------------------------------------------

    @api.model
    def _cron_invoice_overrun(self):
        """Invoice the overrun up to the end of last month, for all companies.

        Contract by contract, each with its own commit: one that fails is undone,
        logged and left to its account manager. Run again, it finds nothing to do.
        """
        contracts = self._get_contracts_to_invoice_overrun()
        busy = self.browse()
        self.env["ir.cron"]._commit_progress(remaining=len(contracts))
        for contract in contracts:
            if not contract._cron_invoice_overrun_one():
                busy |= contract
            if not self.env["ir.cron"]._commit_progress(1):
                break
        if busy:
            later = fields.Datetime.now() + timedelta(hours=1)
            self.env.ref(OVERRUN_CRON)._trigger(at=later)

    @api.model
    def _get_contracts_to_invoice_overrun(self):
        domain = [
            ("overrun_state", "=", "open"),
            ("date", "<=", self._get_last_month_end(fields.Date.today())),
        ]
        groups = self.env["support.charge"]._read_group(domain, ["contract_id"])
        return self.browse().union(*(contract for (contract,) in groups)).sorted("id")

    @api.model
    def _get_last_month_end(self, today):
        return today.replace(day=1) - timedelta(days=1)

    def _cron_invoice_overrun_one(self):
        """False when somebody else is at work on the contract."""
        self.ensure_one()
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        try:
            date_to = self._get_last_month_end(fields.Date.today())
            self._invoice_overrun(date_to)._attach_support_time_report()
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("Overrun of support contract %s", self.id)
            self._tell_account_manager(
                self.env._("The overrun could not be invoiced"), str(error)
            )
        return True

    def _tell_account_manager(self, summary, note):
        """One activity for the account manager, however often a job fails."""
        self.ensure_one()
        user = self.user_id or self.env.user
        known = self.activity_ids.filtered(
            lambda activity: activity.summary == summary and activity.user_id == user
        )
        if not known:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=note,
                user_id=user.id,
            )
