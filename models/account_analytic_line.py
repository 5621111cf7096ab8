# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .support_policy import DELIVERY_MODES

#: Changing one of these moves the line to another intervention or changes its time.
SUPPORT_FIELDS = {
    "unit_amount",
    "date",
    "employee_id",
    "user_id",
    "project_id",
    "task_id",
    "ticket_id",
    "delivery_mode",
    "profile_id",
    "work_start",
    "work_stop",
}
#: What ties a line to a sales order, which is never what credit has paid.
ORDER_FIELDS = {"so_line", "is_so_line_edited"}


class AccountAnalyticLine(models.Model):
    _name = "account.analytic.line"
    _inherit = ["account.analytic.line", "support.time.response"]

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    support_intervention_id = fields.Many2one(
        "support.intervention",
        string="Intervention",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        groups="base.group_user",
    )
    delivery_mode = fields.Selection(
        DELIVERY_MODES,
        compute="_compute_delivery_mode",
        store=True,
        readonly=False,
        groups="base.group_user",
    )
    profile_id = fields.Many2one(
        "support.profile",
        string="Service profile",
        compute="_compute_profile_id",
        store=True,
        readonly=False,
        ondelete="restrict",
        check_company=True,
        groups="base.group_user",
    )
    work_start = fields.Datetime(
        string="Start",
        help="When the work began, if somebody or the timer said so.",
        groups="base.group_user",
    )
    work_stop = fields.Datetime(
        string="End",
        compute="_compute_work_stop",
        inverse="_inverse_work_stop",
        groups="base.group_user",
    )
    support_billed_minutes = fields.Integer(
        string="Billed (min)",
        compute="_compute_support_outcome",
        compute_sudo=True,
        groups="base.group_user",
    )
    support_currency_id = fields.Many2one(
        "res.currency",
        string="Price currency",
        compute="_compute_support_currency_id",
        compute_sudo=True,
        groups="base.group_user",
    )
    support_amount = fields.Monetary(
        string="Price",
        compute="_compute_support_outcome",
        compute_sudo=True,
        currency_field="support_currency_id",
        groups="base.group_user",
    )
    support_paid_by = fields.Char(
        string="Paid by",
        compute="_compute_support_outcome",
        compute_sudo=True,
        groups="base.group_user",
    )
    support_state = fields.Selection(
        related="support_intervention_id.state",
        string="Credit state",
        groups="base.group_user",
    )
    support_locked = fields.Boolean(
        related="support_intervention_id.locked", groups="base.group_user"
    )

    support_readonly = fields.Boolean(
        compute="_compute_support_readonly",
        help="Invoiced, or a colleague's: shown on the ticket, not changed there.",
        groups="base.group_user",
    )

    @api.depends("ticket_id", "task_id")
    def _compute_delivery_mode(self):
        for line in self:
            mode = line.delivery_mode
            if not mode and line._is_support():
                mode = line._get_support_contract().default_delivery_mode or "remote"
            line.delivery_mode = mode

    @api.depends("ticket_id", "task_id", "employee_id")
    def _compute_profile_id(self):
        for line in self:
            if not line._is_support():
                line.profile_id = line.profile_id
                continue
            # The profile of an employee is no secret, but hr.employee is.
            line.profile_id = (
                line.sudo().ticket_id.profile_id
                or line.sudo().employee_id.support_profile_id
                or line._get_support_contract().default_profile_id
            )

    @api.depends("work_start", "unit_amount")
    def _compute_work_stop(self):
        for line in self:
            line.work_stop = line.work_start and line.work_start + timedelta(
                hours=line.unit_amount
            )

    def _inverse_work_stop(self):
        for line in self:
            if line.work_start and line.work_stop:
                line._check_start_before_stop(line.work_start, line.work_stop)
                line.unit_amount = (
                    line.work_stop - line.work_start
                ).total_seconds() / 3600

    @api.depends("support_intervention_id.currency_id", "ticket_id", "company_id")
    def _compute_support_currency_id(self):
        """A line that is not saved yet shows the currency that it will have."""
        for line in self:
            line.support_currency_id = (
                line.support_intervention_id.currency_id
                or line._get_support_contract().currency_id
                or line.currency_id
            )

    @api.depends(
        "unit_amount",
        "support_intervention_id.billed_minutes",
        "support_intervention_id.amount",
        "support_intervention_id.overrun_amount",
        "support_intervention_id.entry_ids",
    )
    @api.depends_context("lang")
    def _compute_support_outcome(self):
        """What the intervention costs and who pays, on the first of its lines only:
        so the totals of a list are right."""
        interventions = self.support_intervention_id
        first_lines = interventions._get_first_lines()
        payers = interventions._get_payer_texts()
        for line in self:
            intervention = line.support_intervention_id
            first = line._origin.id in first_lines
            line.support_billed_minutes = first and intervention.billed_minutes
            line.support_amount = intervention.amount if first else 0.0
            line.support_paid_by = payers[intervention] if first else False

    @api.depends("support_locked", "user_id")
    @api.depends_context("uid")
    def _compute_support_readonly(self):
        may_correct = self.env.user.has_group(
            "hr_timesheet.group_hr_timesheet_approver"
        )
        for line in self:
            own = line.user_id == self.env.user or not line._origin
            line.support_readonly = line.support_locked or not (own or may_correct)

    # -- What the line belongs to --------------------------------------------------

    def _is_support(self):
        """Whether support credit may have to pay for this time."""
        self.ensure_one()
        return bool(self.ticket_id or self._get_support_contract())

    def _get_support_contract(self):
        """The contract that pays, of the ticket or of the task."""
        self.ensure_one()
        # An agent may log time on a task whose contract the agent cannot open.
        line = self.sudo()
        if line.ticket_id:
            return line.ticket_id.support_contract_id
        return line.task_id.support_contract_id

    def _get_support_route(self):
        """credit, order or hold: who bills this time, or False if not support."""
        self.ensure_one()
        if not self.project_id or not self._is_support():
            return False
        if not self.support_intervention_id and not self._is_not_billed():
            # A sales order has invoiced it already.
            return "order"
        if self._get_support_contract():
            return "credit"
        # What a company does without a contract is no secret.
        company = self.sudo().ticket_id.company_id
        return "order" if company.support_no_contract == "order" else "hold"

    def _is_kept_from_orders(self):
        """Whether support credit, and no sales order, is to pay for this time."""
        return self._get_support_route() in ("credit", "hold")

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._prepare_support_vals(vals_list)
        for vals in vals_list:
            # It follows from the line, whatever a request or its context says.
            vals["support_intervention_id"] = False
        lines = super().create(vals_list)
        lines._check_no_manual_order(vals_list)
        lines._sync_support()
        return lines

    def write(self, vals):
        self._check_support_bookkeeping(vals)
        if vals.keys() <= {"support_intervention_id"}:
            # Bookkeeping of our own: nothing of the timesheet itself changes.
            return models.BaseModel.write(self, vals)
        if not vals.keys() & (SUPPORT_FIELDS | ORDER_FIELDS):
            return super().write(vals)
        self._check_support_unlocked(vals)
        # The work behind the time follows it, whoever may read that work.
        before = self.sudo().support_intervention_id
        result = super().write(vals)
        self._check_no_manual_order([vals])
        self._sync_support(before)
        return result

    def unlink(self):
        # The work behind the time follows it, whoever may read that work.
        before = self.sudo().support_intervention_id
        result = super().unlink()
        before._settle()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_support_locked(self):
        self._check_support_unlocked()

    def _prepare_support_vals(self, vals_list):
        """Fill in where the time of a ticket goes, before hr_timesheet asks for it."""
        self._take_ticket_of_task(vals_list)
        default = self.env.context.get("default_ticket_id")
        ids = {vals.get("ticket_id", default) for vals in vals_list} - {False, None}
        if not ids:
            return
        tickets = self.env["helpdesk.ticket"].browse(ids)
        tickets.check_access("read")
        # The project of a ticket need not be open to the technician.
        places = {ticket.id: self._prepare_place(ticket) for ticket in tickets.sudo()}
        for vals in vals_list:
            place = places.get(vals.get("ticket_id", default))
            if place and not vals.get("project_id") and not vals.get("task_id"):
                vals.update(place)

    @api.model
    def _take_ticket_of_task(self, vals_list):
        """Time on the task of one ticket is time on that ticket."""
        ids = {vals.get("task_id") for vals in vals_list if "ticket_id" not in vals}
        # Which ticket a task belongs to decides who pays, not who may see it.
        tasks = self.env["project.task"].sudo().browse(ids - {False, None})
        found = {task.id: task.ticket_ids for task in tasks}
        for vals in vals_list:
            ticket = found.get(vals.get("task_id"), ())
            if "ticket_id" not in vals and len(ticket) == 1:
                vals["ticket_id"] = ticket.id

    @api.model
    def _prepare_place(self, ticket):
        place = {"project_id": ticket._get_timesheet_project().id}
        if ticket.task_id:
            place["task_id"] = ticket.task_id.id
        return place

    # -- Rules ---------------------------------------------------------------------

    @api.model
    def _check_support_bookkeeping(self, vals):
        if "support_intervention_id" in vals and not self.env.su:
            raise AccessError(
                self.env._(
                    "The intervention of a time line follows from its ticket, day, "
                    "employee and profile: change one of these."
                )
            )

    @api.constrains("unit_amount", "ticket_id", "task_id", "work_start", "date")
    def _check_possible_time(self):
        """Only impossible time is refused; all else is stored and looked at later."""
        # The contract decides whether it is support; technicians need not see it.
        for line in self.sudo():
            if not line.project_id or not line._is_support():
                continue
            if line.unit_amount < 0:
                raise ValidationError(
                    self.env._(
                        "Time cannot be negative: type how long the work took, or "
                        "correct the line that was too long."
                    )
                )
            if line.unit_amount > 24:
                raise ValidationError(
                    self.env._(
                        "%(hours)g hours do not fit in a day: make one line per day.",
                        hours=round(line.unit_amount, 2),
                    )
                )
            line._check_start_near_date()

    def _check_start_near_date(self):
        self.ensure_one()
        if not self.work_start:
            return
        day = self.work_start.date()
        if abs((day - self.date).days) > 1:
            raise ValidationError(
                self.env._(
                    "The work is dated %(date)s but starts on %(start)s: make both "
                    "the same day.",
                    date=fields.Date.to_string(self.date),
                    start=fields.Date.to_string(day),
                )
            )

    @api.model
    def _check_start_before_stop(self, start, stop):
        if stop < start:
            raise ValidationError(
                self.env._("The work ends before it starts: exchange start and end.")
            )

    def _check_support_unlocked(self, vals=None):
        """Refuse changes to time that is on an invoice."""
        # That time is invoiced is no secret to those who may change it.
        locked = self.sudo().filtered("support_intervention_id.locked")
        if vals is not None:
            locked = locked.filtered(lambda line: line._is_changed_by(vals))
        if locked:
            raise UserError(
                self.env._(
                    "The time of %(date)s on ticket %(ticket)s is invoiced and cannot "
                    "change. Ask accounting to delete or credit the invoice first.",
                    date=fields.Date.to_string(locked[0].date),
                    ticket=locked[0].ticket_id.display_name or "-",
                )
            )

    def _is_changed_by(self, vals):
        self.ensure_one()
        for name in vals.keys() & (SUPPORT_FIELDS - {"user_id", "work_stop"}):
            field = self._fields[name]
            new = field.convert_to_cache(vals[name], self)
            if new != field.convert_to_cache(self[name], self):
                return True
        return False

    def _check_no_manual_order(self, vals_list):
        """Time that credit pays must not be billed by a sales order as well."""
        if not any(vals.get("so_line") for vals in vals_list):
            return
        # Whether credit pays is decided whoever may see the contract.
        for line in self.sudo():
            if line.so_line and line._is_kept_from_orders():
                raise UserError(
                    self.env._(
                        "Time on ticket %(ticket)s is paid by support credit: leave "
                        "the sales order item empty.",
                        ticket=line.ticket_id.display_name or "-",
                    )
                )

    def _timesheet_determine_sale_line(self):
        if self._is_kept_from_orders():
            return False
        return super()._timesheet_determine_sale_line()

    def _compute_so_line(self):
        result = super()._compute_so_line()
        for line in self:
            if line.so_line and line._is_kept_from_orders():
                line.so_line = False
        return result

    def _is_updatable_timesheet(self):
        # A project's prices by employee are not for time that credit pays.
        return super()._is_updatable_timesheet() and not self._is_kept_from_orders()

    def _is_readonly(self):
        # Whether an invoice locks the time is no secret to those who see the time.
        return super()._is_readonly() or self.sudo().support_intervention_id.locked

    # -- The one way to the ledger -------------------------------------------------

    def _sync_support(self, before=None):
        """Hang the lines below their interventions, and settle all that changed."""
        # Work and credit are the system's to write, whoever logs time.
        Intervention = self.env["support.intervention"].sudo()
        # Credit is burnt by the system: technicians have no right to write the ledger.
        lines = self.sudo().filtered(
            lambda line: line.project_id or line.support_intervention_id
        )
        changed = Intervention._assign_lines(lines)
        (changed | (before or Intervention))._settle()
