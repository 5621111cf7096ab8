# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..engine import terms

RENEWAL_ACTIVITY = "prepaid_support.mail_activity_type_renewal"


class SupportContractTerms(models.AbstractModel):
    """Terms that follow each other, notice, and the end.

    All of it is a fact of the date. The daily job only writes it down, and may run late
    or twice (see ``engine.terms``).
    """

    _name = "support.contract.terms"
    _description = "Support Contract: Terms"

    term_first = fields.Date(
        string="This term since",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Empty: since the contract began.",
    )
    renewal_date = fields.Date(
        string="Term ends on",
        compute="_compute_renewal_date",
        compute_sudo=True,
        store=True,
        groups="base.group_user",
        help="The last day of this term. The contract goes on by itself unless notice "
        "was given.",
    )
    notice_date = fields.Date(
        string="Notice until",
        compute="_compute_renewal_date",
        compute_sudo=True,
        store=True,
        groups="base.group_user",
        help="The last day on which notice can be given for this term.",
    )
    notice_given_date = fields.Date(
        string="Notice given on",
        readonly=True,
        copy=False,
        tracking=True,
        groups="base.group_user",
    )
    agreed_date_end = fields.Date(
        string="Agreed end",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The end that was agreed on before notice was given; it holds again when "
        "the notice is withdrawn.",
    )
    notice_told_date = fields.Date(
        string="Reminded of the notice until",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The notice date that the account manager was reminded of.",
    )

    notice_told = fields.Boolean(
        compute="_compute_notice_told",
        compute_sudo=True,
        store=True,
        groups="base.group_user",
        help="Whether the account manager was reminded of this notice date.",
    )

    @api.depends(
        "date_start", "date_end", "term_first", "renewal_months", "notice_days"
    )
    def _compute_renewal_date(self):
        for contract in self:
            last = contract._get_term_end()
            contract.renewal_date = last
            contract.notice_date = last and terms.notice_day(last, contract.notice_days)

    @api.depends("notice_date", "notice_told_date")
    def _compute_notice_told(self):
        for contract in self:
            told = contract.notice_told_date
            contract.notice_told = bool(told) and told == contract.notice_date

    def _get_term_end(self):
        """The last day of the term, or False where nothing is renewed after it."""
        self.ensure_one()
        if self.renewal_months < 1 or not self.date_start:
            return False
        last = terms.term_end(
            self.date_start, self.renewal_months, self._get_term_first()
        )
        return False if self.date_end and self.date_end <= last else last

    def _get_term_first(self):
        self.ensure_one()
        return max(self.term_first or self.date_start, self.date_start)

    # -- Notice --------------------------------------------------------------------

    def action_give_notice(self):
        """End the contract with its term, or with the next one if it is too late."""
        self.check_access("write")
        for contract in self:
            if contract.state != "active" or contract.notice_given_date:
                raise UserError(
                    self.env._(
                        "Notice can be given once, and of an active contract: "
                        "%(contract)s.",
                        contract=contract.name,
                    )
                )
            today = contract._get_today()
            end = terms.end_by_notice(
                contract.date_start,
                contract.renewal_months,
                contract.notice_days,
                contract._get_term_first(),
                today,
            )
            # An end that was agreed on earlier stays.
            agreed = contract.date_end
            contract.date_end = min(agreed or end, end)
            contract._step(notice_given_date=today, agreed_date_end=agreed)
            contract._close_reminder()
            contract.message_post(
                body=self.env._(
                    "Notice given: the contract ends on %(day)s.",
                    day=format_date(self.env, contract.date_end),
                )
            )

    def action_withdraw_notice(self):
        """Go on as if no notice had been given."""
        self.check_access("write")
        for contract in self:
            if contract.state != "active" or not contract.notice_given_date:
                raise UserError(
                    self.env._(
                        "No notice was given of %(contract)s, or it has ended.",
                        contract=contract.name,
                    )
                )
            agreed = contract.agreed_date_end
            contract.date_end = agreed
            contract._step(notice_given_date=False, agreed_date_end=False)
            text = self.env._("Notice withdrawn: the contract goes on.")
            if agreed:
                text = self.env._(
                    "Notice withdrawn: the contract ends on %(day)s, as was agreed.",
                    day=format_date(self.env, agreed),
                )
            contract.message_post(body=text)

    # -- The daily job -------------------------------------------------------------

    @api.model
    def _cron_contract_dates(self):
        """Remind of notice, renew terms that are over, end what has ended.

        One contract after the other, each kept at once: a job that is cut off goes on
        where it stopped.
        """
        # A job of the system, for the contracts of all companies.
        contracts = self.sudo().search(self._get_due_domain(), order="id")
        self.env["ir.cron"]._commit_progress(remaining=len(contracts))
        for contract in contracts:
            contract._follow_dates()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _get_due_domain(self):
        """Contracts for which a date may have come; their own zone decides that."""
        # Nowhere on earth is it later than tomorrow.
        tomorrow = fields.Date.today() + timedelta(days=1)
        companies = self.env["res.company"].search([])
        leads = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain(
                "notice_date",
                "<=",
                tomorrow + timedelta(days=company.support_notice_lead_days),
            )
            for company in companies
        )
        return Domain("state", "=", "active") & (
            Domain("date_end", "<", tomorrow)
            | Domain("renewal_date", "<", tomorrow)
            | (leads & Domain("notice_told", "=", False))
        )

    def _follow_dates(self):
        """Do what the dates of the contract say for today; again, it does nothing."""
        self.ensure_one()
        today = self._get_today()
        if self.state != "active":
            return
        if self.date_end and self.date_end < today:
            self.action_end()
            self.message_post(body=self.env._("Ended by itself: its last day is over."))
            return
        if self.renewal_date and self.renewal_date < today:
            self._renew(today)
        self._remind_of_notice(today)

    def _renew(self, today):
        """Go on with the term that holds today, however many went by unseen."""
        first, last = terms.current_term(
            self.date_start, self.renewal_months, self._get_term_first(), today
        )
        self._step(term_first=first)
        self._close_reminder()
        self.message_post(
            body=self.env._(
                "Renewed by itself from %(first)s to %(last)s.",
                first=format_date(self.env, first),
                last=format_date(self.env, min(self.date_end or last, last)),
            )
        )

    def _close_reminder(self):
        """It is decided, whoever was asked."""
        # The reminder is answered, whoever it was for.
        self.sudo().activity_unlink([RENEWAL_ACTIVITY])

    def _remind_of_notice(self, today):
        """Ask the account manager once a term, before it is too late."""
        day = self.notice_date
        if not day or self.notice_told or self.notice_given_date:
            return
        lead = timedelta(days=self.company_id.support_notice_lead_days)
        if not day - lead <= today <= day:
            return
        manager = self._get_account_manager()
        contract = self.with_context(lang=manager.lang or self.env.lang)
        contract.activity_schedule(
            RENEWAL_ACTIVITY,
            date_deadline=day,
            summary=contract.env._("Renewal: keep, renegotiate or give notice"),
            note=contract.env._(
                "The term ends on %(last)s and is renewed by itself. Notice can be "
                "given until %(day)s.",
                last=format_date(contract.env, self.renewal_date),
                day=format_date(contract.env, day),
            ),
            user_id=manager.id,
        )
        self._step(notice_told_date=day)
