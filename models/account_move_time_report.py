# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models

TIME_REPORT = "prepaid_support.support_time_report"
TIME_REPORT_CRON = "prepaid_support.ir_cron_attach_time_reports"


class SupportTimeReportMixin(models.AbstractModel):
    """The time report of an overrun invoice: what was done, and what it cost."""

    _name = "support.time.report.mixin"
    _description = "Time Report of an Invoice"

    def action_support_time_report(self):
        """Download the time report, as it is now."""
        self.ensure_one()
        return self.env.ref(TIME_REPORT).report_action(self)

    def _get_support_time_lines(self):
        """Rows of the time report, as plain values.

        Superuser, because an accountant may not see employees and raw time; only
        what is listed here reaches the page.
        """
        self.ensure_one()
        # See above: plain values of what is listed, for whoever reads the invoice.
        charges = self.env["support.charge"].sudo()
        charges = charges.with_context(lang=self.partner_id.lang).search(
            [("invoice_line_id", "in", self.invoice_line_ids.ids)],
            order="date, intervention_id, sequence, id",
        )
        return [charge._prepare_time_report_line() for charge in charges]

    def _get_support_time_totals(self, lines):
        names = ("raw_minutes", "minutes", "amount", "paid_amount", "overrun_amount")
        return {name: sum(line[name] for line in lines) for name in names}

    def _get_support_time_report_name(self):
        self.ensure_one()
        number = self.name if self.name and self.name != "/" else self.invoice_origin
        return self.env._("Time report %(number)s", number=number or self.id)

    def _attach_support_time_report(self):
        """Render the time report and keep it with the invoice.

        One by one: an unpatched wkhtmltopdf refuses several documents in a call.
        """
        report = self.env["ir.actions.report"]
        for move in self:
            move._drop_support_time_report()
            content, extension = report._render_qweb_pdf(TIME_REPORT, move.ids)
            name = move._get_support_time_report_name().replace("/", "-")
            # The report belongs to the invoice, and whoever made the invoice may
            # read it there.
            move.sudo().support_time_report_id = (
                self.env["ir.attachment"]
                .sudo()
                .create(
                    {
                        "name": f"{name}.{extension}",
                        "raw": content,
                        "res_model": "account.move",
                        "res_id": move.id,
                    }
                )
            )

    def _drop_support_time_report(self):
        """Throw away a report that no longer says what the invoice says."""
        # The same attachments as above, and no other that somebody linked.
        reports = self.sudo().support_time_report_id
        reports.filtered(
            lambda report: (
                report.res_model == "account.move" and report.res_id in self.ids
            )
        ).unlink()

    def _trigger_missing_time_reports(self):
        if any(
            move.support_overrun and not move.support_time_report_id for move in self
        ):
            self.env.ref(TIME_REPORT_CRON)._trigger()

    @api.model
    def _cron_attach_time_reports(self):
        """Attach the reports that were left for later, invoice by invoice."""
        moves = self.search(
            [
                ("support_overrun", "=", True),
                ("support_time_report_id", "=", False),
                ("state", "!=", "cancel"),
                ("invoice_line_ids.support_charge_ids", "!=", False),
            ]
        )
        self.env["ir.cron"]._commit_progress(remaining=len(moves))
        for move in moves:
            move._attach_support_time_report()
            if not self.env["ir.cron"]._commit_progress(1):
                break
