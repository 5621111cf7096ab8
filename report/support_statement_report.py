# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models
from odoo.tools import format_date
from odoo.tools.image import image_data_uri

from ..tools import format_minutes

#: Lines of the summary that stand there also when they are zero.
ALWAYS_TOLD = {"opening", "granted", "used", "closing"}


class SupportStatementReport(models.AbstractModel):
    """The customer's statement of a period: credit, work, what is to be invoiced.

    Every door ends here (portal, print wizard, report URL), so the reader's rights
    are checked here. The template gets plain values in the customer's language.
    """

    _name = "report.prepaid_support.support_statement"
    _description = "Support Statement of a Period"

    def _get_report_values(self, docids, data=None):
        data = data or {}
        docids = docids or data.get("contract_ids") or []
        contracts = self.env["support.contract"].browse(docids).exists()
        contracts.check_access("read")
        return {
            "doc_ids": contracts.ids,
            "doc_model": "support.contract",
            # sudo: the reader may read the contracts
            "docs": [self._prepare_statement(c, data) for c in contracts.sudo()],
        }

    def _prepare_statement(self, contract, data):
        contract = contract.with_context(lang=self._get_lang(contract))
        first, last = self._get_period(contract, data)
        return {
            "lang": contract.env.lang,
            "logo": image_data_uri(contract.company_id.logo_web)
            if contract.company_id.logo_web
            else "",
            "footer": contract.company_id.report_footer or "",
            "contract": contract._prepare_portal_contract(),
            "sender": self._get_address(contract.company_id.partner_id),
            "sender_vat": contract.company_id.vat or "",
            "customer": self._get_address(contract.partner_id),
            "date_from": format_date(contract.env, first),
            "date_to": format_date(contract.env, last),
            "printed_on": format_date(contract.env, contract._get_today()),
            "recap": self._prepare_recap(contract, first, last),
            "rows": self._prepare_rows(contract, first, last),
            "overrun": contract._prepare_portal_overrun(),
            "included": self._prepare_included(contract, first, last),
            "lots": contract._prepare_portal_lots(),
        }

    def _get_lang(self, contract):
        return contract.partner_id.lang or self.env.lang

    def _get_period(self, contract, data):
        """First and last day; the current month when nobody said which."""
        today = contract._get_today()
        first = fields.Date.to_date(data.get("date_from")) or today.replace(day=1)
        last = fields.Date.to_date(data.get("date_to")) or today
        return first, last

    def _get_address(self, partner):
        address = partner._display_address(without_company=True)
        lines = [partner.name, *address.splitlines()]
        if partner.commercial_partner_id != partner:
            lines.insert(0, partner.commercial_partner_id.name)
        return [line for line in lines if line and line.strip()]

    def _prepare_recap(self, contract, first, last):
        recap = contract._get_recap(first, last)
        words = self._get_recap_words(contract)
        return [
            {
                "label": contract._get_portal_unit_label(unit),
                "rows": [
                    {
                        "key": key,
                        "label": label,
                        "quantity": contract._format_portal_credit(
                            unit, recap[unit][key] * sign
                        ),
                    }
                    for key, label, sign in words
                    if recap[unit][key] or key in ALWAYS_TOLD
                ],
            }
            for unit in ("money", "time")
            if recap.get(unit)
        ]

    def _get_recap_words(self, contract):
        _ = contract.env._
        return [
            ("opening", _("Opening balance"), 1),
            ("granted", _("Credit added"), 1),
            ("used", _("Used"), -1),
            ("lapsed", _("Expired"), -1),
            ("refunded", _("Refunded"), -1),
            ("adjusted", _("Corrections"), 1),
            ("closing", _("Closing balance"), 1),
        ]

    def _prepare_rows(self, contract, first, last):
        entries = contract.env["support.entry"].search(
            [
                ("contract_id", "=", contract.id),
                ("entry_date", ">=", first),
                ("entry_date", "<=", last),
            ],
            order="entry_date, id",
        )
        told = set()
        return [self._prepare_row(contract, entry, told) for entry in entries]

    def _prepare_row(self, contract, entry, told):
        """One entry; the time of its work is told once, beside its first entry."""
        work = entry.intervention_id
        known = work and contract._is_portal_work(work)
        row = contract._prepare_portal_entry(entry)
        row.update(title="", technician="", worked="", billed="", work_date="", why=[])
        if work and entry.date != entry.entry_date:
            row["work_date"] = format_date(contract.env, entry.date)
        if known:
            row["title"] = contract._get_portal_work_title(work)
            row["technician"] = work.employee_id.name
        if known and work not in told:
            told.add(work)
            row["worked"] = format_minutes(contract.env, work.raw_minutes)
            row["billed"] = contract._format_portal_time(work.billed_minutes)
            row["why"] = work._prepare_portal_why()
        return row

    def _prepare_included(self, contract, first, last):
        """Work that the contract includes: what it would have cost."""
        works = contract.env["support.intervention"].search(
            [
                ("contract_id", "=", contract.id),
                ("route", "=", "included"),
                ("state", "=", "rated"),
                ("date", ">=", first),
                ("date", "<=", last),
            ],
            order="date, id",
        )
        return [
            {
                "date": format_date(contract.env, work.date),
                "title": contract._get_portal_work_title(work),
                "technician": work.employee_id.name,
                "worked": format_minutes(contract.env, work.raw_minutes),
                "why": work._prepare_portal_why(),
                "list_price": contract._format_portal_credit(
                    "money", sum(work.charge_ids.mapped("list_amount"))
                ),
            }
            for work in works
            if contract._is_portal_work(work)
        ]
