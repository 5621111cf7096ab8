# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..engine import clock
from ..tools import DISPATCHER, check_group
from . import support_adapter as adapter

#: What is known of a request and decides how its work is priced.
FACTS = {
    "request_date",
    "category_id",
    "urgent",
    "planned_start",
    "planned_approver_id",
}
APPROVAL = {"planned_approver_id", "planned_approval_date"}


class SupportTicketPlanning(models.AbstractModel):
    """When work on a ticket is to be done, how fast, and who agreed to that."""

    _name = "support.ticket.planning"
    _description = "Helpdesk Ticket: Planning"

    urgent = fields.Boolean(
        tracking=True,
        groups="base.group_user",
        help="The customer wants it faster than the service level says. It is done as "
        "well as possible, and the contract's urgent fee is charged once.",
    )
    planned_start = fields.Datetime(
        string="Planned for",
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="Work outside the opening hours may have to be planned and approved.",
    )
    planned_approver_id = fields.Many2one(
        "res.users",
        string="Approved by",
        readonly=True,
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="The dispatcher who agreed to the planned day.",
    )

    planned_approval_date = fields.Datetime(
        string="Approved on", readonly=True, copy=False, groups="base.group_user"
    )
    support_start_matters = fields.Boolean(
        compute="_compute_support_start_matters",
        compute_sudo=True,
        groups="base.group_user",
        help="Whether the price depends on when the work began.",
    )

    @api.depends("support_contract_id.calendar_id", "support_contract_id.rate_clock")
    def _compute_support_start_matters(self):
        for ticket in self:
            contract = ticket.support_contract_id
            ticket.support_start_matters = (
                bool(contract.calendar_id) and contract.rate_clock == "work"
            )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_planned_start")
        return super().create(
            [
                # Always both, so that no default can approve.
                self._prepare_approval({"planned_start": default, **vals})
                for vals in vals_list
            ]
        )

    def write(self, vals):
        vals = self._prepare_approval(vals)
        result = super().write(vals)
        if vals.keys() & FACTS:
            # Credit follows the facts of the request, whoever may correct them.
            self.sudo().support_intervention_ids._settle()
        return result

    @api.model
    def _prepare_approval(self, vals):
        """What a dispatcher plans is approved; what others plan waits for that."""
        if vals.keys() & APPROVAL and not self.env.su:
            raise AccessError(
                self.env._("Plans are approved with their button, by a dispatcher.")
            )
        if "planned_start" not in vals or vals.keys() & APPROVAL:
            return vals
        approves = vals["planned_start"] and self.env.user.has_group(DISPATCHER)
        return {**vals, **self._prepare_approved_by(approves)}

    @api.model
    def _prepare_approved_by(self, approves):
        return {
            "planned_approver_id": self.env.uid if approves else False,
            "planned_approval_date": fields.Datetime.now() if approves else False,
        }

    @api.constrains("planned_start", "planned_approver_id", "support_contract_id")
    def _check_planned_start(self):
        # What the contract offers is no secret to those who plan its work.
        for ticket in self.sudo():
            contract = ticket.support_contract_id
            if (
                ticket.planned_start
                and not ticket.planned_approver_id
                and contract.after_hours == "refused"
                and ticket._is_planned_after_hours()
            ):
                raise ValidationError(
                    self.env._(
                        "Planned for: %(contract)s offers no work outside its opening "
                        "hours. Plan it within them, or have a dispatcher plan it as "
                        "an exception.",
                        contract=contract.display_name,
                    )
                )

    @api.constrains("profile_id", "profile_reason")
    def _check_profile_reason(self):
        for ticket in self:
            if ticket.profile_id and not (ticket.profile_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Because: say why ticket %(ticket)s is priced as %(profile)s.",
                        ticket=ticket.display_name,
                        profile=ticket.profile_id.name,
                    )
                )

    # -- What the price of the work asks -------------------------------------------

    def _is_planned_after_hours(self):
        self.ensure_one()
        contract = self.support_contract_id
        opening = contract.calendar_id._get_support_opening(contract.company_id)
        moment = adapter.to_instant(self.planned_start)
        return bool(opening) and clock.band_at(opening, moment) != clock.BUSINESS

    def _is_planned(self, lines, opening, day):
        """Whether a dispatcher has agreed to engine ``lines`` of a day before they
        began (``engine.clock.is_planned``)."""
        if not self.planned_start or not self.planned_approver_id:
            return False
        return clock.is_planned(
            lines,
            opening,
            day,
            adapter.to_instant(self.planned_start),
            adapter.to_instant(self.planned_approval_date),
        )

    # -- Actions -------------------------------------------------------------------

    def action_approve_plan(self):
        self.check_access("read")
        check_group(self.env, DISPATCHER)
        # The dispatcher's right is checked; requests cannot set the approver.
        self.sudo().filtered("planned_start").write(self._prepare_approved_by(True))
        return True
