# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.rating import EXCEPTIONS
from ..models.support_policy import DELIVERY_MODES

#: The figures of an estimate that the wizard shows as they are.
FIGURES = ("list_amount", "amount", "billed_minutes", "overrun_amount")


class SupportContractEstimate(models.TransientModel):
    """Says what work would cost and which credit would pay: nothing is stored."""

    _name = "support.contract.estimate"
    _description = "Price Support Work"

    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    contract_id = fields.Many2one(
        "support.contract",
        compute="_compute_contract_id",
        store=True,
        precompute=True,
        compute_sudo=False,
        readonly=False,
    )
    company_id = fields.Many2one(related="contract_id.company_id")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    employee_id = fields.Many2one(
        "hr.employee.public",
        string="Who",
        default=lambda self: self.env.user.employee_id.id,
        help="Time that is logged already for the same day counts with it.",
    )
    profile_id = fields.Many2one(
        "support.profile",
        compute="_compute_profile_id",
        store=True,
        precompute=True,
        compute_sudo=False,
        readonly=False,
    )
    delivery_mode = fields.Selection(
        DELIVERY_MODES,
        string="How",
        compute="_compute_delivery_mode",
        store=True,
        precompute=True,
        compute_sudo=False,
        readonly=False,
        required=True,
    )
    work_start = fields.Datetime(string="Start", default=fields.Datetime.now)
    hours = fields.Float(string="Duration", default=1.0)
    hold_reason = fields.Selection(
        selection=lambda self: self.env["support.intervention"]._get_hold_reasons(),
        compute="_compute_estimate",
    )
    is_exception = fields.Boolean(compute="_compute_estimate")
    list_amount = fields.Monetary(string="List price", compute="_compute_estimate")
    amount = fields.Monetary(string="Price", compute="_compute_estimate")
    billed_minutes = fields.Integer(string="Billed", compute="_compute_estimate")
    overrun_amount = fields.Monetary(
        string="Not covered by credit", compute="_compute_estimate"
    )
    credit_text = fields.Text(string="Credit it takes", compute="_compute_estimate")
    explanation_text = fields.Text(string="Why", compute="_compute_estimate")

    @api.depends("ticket_id")
    def _compute_contract_id(self):
        for wizard in self:
            if wizard.ticket_id:
                wizard.contract_id = wizard.ticket_id.support_contract_id

    @api.depends("ticket_id", "employee_id", "contract_id")
    def _compute_profile_id(self):
        for wizard in self:
            # The profile of an employee is no secret, but hr.employee is.
            employee = self.env["hr.employee"].sudo().browse(wizard.employee_id.id)
            wizard.profile_id = (
                wizard.ticket_id.profile_id
                or employee.support_profile_id
                or wizard.contract_id.default_profile_id
            )

    @api.depends("contract_id")
    def _compute_delivery_mode(self):
        for wizard in self:
            wizard.delivery_mode = wizard.contract_id.default_delivery_mode or "remote"

    @api.constrains("hours")
    def _check_hours(self):
        for wizard in self:
            if not 0 <= wizard.hours <= 24:
                raise ValidationError(
                    self.env._("Duration: between nothing and 24 hours.")
                )

    @api.depends(
        "contract_id",
        "employee_id",
        "profile_id",
        "delivery_mode",
        "work_start",
        "hours",
    )
    def _compute_estimate(self):
        for wizard in self:
            estimate = wizard._estimate(accepted=False)
            reason = estimate["hold_reason"]
            wizard.hold_reason = reason
            wizard.is_exception = reason in EXCEPTIONS
            if wizard.is_exception:
                estimate = wizard._estimate(accepted=True)
            for name in FIGURES:
                wizard[name] = estimate[name]
            wizard.credit_text = self.env[
                "support.intervention"
            ]._render_estimated_credit(estimate["credit"])
            wizard.explanation_text = wizard._render_explanation(estimate["charges"])

    def _estimate(self, accepted):
        self.ensure_one()
        nothing = {"hold_reason": False, "credit": (), "charges": ()}
        if not self.contract_id:
            return {
                **dict.fromkeys(FIGURES, 0),
                **nothing,
                "hold_reason": "no_contract",
            }
        # It is asked with the system's rights, so the reader's are checked first.
        self.contract_id.check_access("read")
        self.ticket_id.check_access("read")
        if not 0 < self.hours <= 24:
            return {**dict.fromkeys(FIGURES, 0), **nothing}
        return self.env["support.intervention"]._estimate_line(
            self._prepare_intervention(), self.hours, self.work_start, accepted
        )

    def _prepare_intervention(self):
        contract = self.contract_id
        return {
            "employee_id": self.employee_id.id,
            "ticket_id": self.ticket_id.id,
            "date": self._get_day(),
            "delivery_mode": self.delivery_mode,
            "profile_id": self.profile_id.id,
            "contract_id": contract.id,
            "company_id": contract.company_id.id,
            "currency_id": contract.currency_id.id,
            "partner_id": (self.ticket_id or contract).partner_id.id,
        }

    def _get_day(self):
        """The day of the work for whoever logs it."""
        if not self.work_start:
            return self.contract_id._get_today()
        moment = pytz.utc.localize(self.work_start)
        return moment.astimezone(self.env.tz).date()

    def _render_explanation(self, charges):
        sentences = []
        for vals in charges:
            # Not stored; it only puts the steps into words.
            charge = (
                self.env["support.charge"]
                .sudo()
                .new(
                    {
                        **vals,
                        # Lots that are yet to come have no name to tell.
                        "lots_tried": [
                            tried
                            for tried in vals.get("lots_tried", [])
                            if tried[0] > 0
                        ],
                    }
                )
            )
            sentences += charge._render_explanation()
        return "\n".join(sentences)
