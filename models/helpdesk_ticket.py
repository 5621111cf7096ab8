# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import BILLING_MANAGER, DISPATCHER, check_group, open_action

#: Whose credit pays, and at which price.
DISPATCHER_FIELDS = {"support_contract_id", "profile_id"}


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = [
        "helpdesk.ticket",
        "support.pending",
        "support.ticket.asset",
        "support.ticket.channels",
        "support.ticket.debrief",
        "support.ticket.urgent",
        "support.ticket.monitoring",
        "support.ticket.planning",
        "support.ticket.portal",
        "support.ticket.alarm",
        "support.ticket.response",
        "support.ticket.sla",
        "support.ticket.window",
    ]

    support_contract_id = fields.Many2one(
        "support.contract",
        string="Support contract",
        compute="_compute_support_contract_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('state', '=', 'active'), ('company_id', '=', company_id)]",
        groups="base.group_user",
        help="Whose credit pays for the work on this ticket.",
    )
    request_date = fields.Datetime(
        default=fields.Datetime.now,
        required=True,
        copy=False,
        tracking=True,
        help="When the customer asked: the clock of rates and service levels.",
    )
    # Coverage rules ask for it, so it is money: the history tells who changed it.
    category_id = fields.Many2one(tracking=True)
    profile_id = fields.Many2one(
        "support.profile",
        string="Service profile",
        check_company=True,
        tracking=True,
        groups="base.group_user",
        help="Prices all work on this ticket, whoever does it.",
    )
    profile_reason = fields.Char(tracking=True, groups="base.group_user")
    timesheet_ids = fields.One2many(
        "account.analytic.line", "ticket_id", string="Time", groups="base.group_user"
    )
    allow_timesheet = fields.Boolean(
        compute="_compute_allow_timesheet", groups="base.group_user"
    )
    planned_hours = fields.Float(groups="base.group_user")
    total_hours = fields.Float(
        compute="_compute_hours", compute_sudo=True, groups="base.group_user"
    )
    remaining_hours = fields.Float(
        compute="_compute_hours", compute_sudo=True, groups="base.group_user"
    )
    progress = fields.Float(
        compute="_compute_hours", compute_sudo=True, groups="base.group_user"
    )
    last_timesheet_activity = fields.Date(
        compute="_compute_hours", compute_sudo=True, groups="base.group_user"
    )
    support_intervention_ids = fields.One2many(
        "support.intervention", "ticket_id", groups="base.group_user"
    )
    support_intervention_count = fields.Integer(
        compute="_compute_support_totals", compute_sudo=True, groups="base.group_user"
    )
    support_billed_minutes = fields.Integer(
        compute="_compute_support_totals", compute_sudo=True, groups="base.group_user"
    )
    support_amount = fields.Monetary(
        compute="_compute_support_totals",
        compute_sudo=True,
        currency_field="support_currency_id",
        groups="base.group_user",
    )
    support_overrun_amount = fields.Monetary(
        compute="_compute_support_totals",
        compute_sudo=True,
        currency_field="support_currency_id",
        groups="base.group_user",
    )
    support_pending_minutes = fields.Integer(
        compute="_compute_support_totals", compute_sudo=True, groups="base.group_user"
    )
    support_currency_id = fields.Many2one(
        related="support_contract_id.currency_id", groups="base.group_user"
    )
    support_balance = fields.Json(
        compute="_compute_support_balance", compute_sudo=True, groups="base.group_user"
    )
    support_timer_start = fields.Datetime(
        compute="_compute_support_timer_start", groups="base.group_user"
    )
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

    # -- Computes ------------------------------------------------------------------

    @api.depends("commercial_partner_id", "company_id", "asset_id")
    def _compute_support_contract_id(self):
        """Keep a contract that still serves the customer, else take the only one.

        The asset's contract goes before both.

        Work that a contract has paid before it ended stays with it.
        """
        # Which contract pays follows from the customer; no user's rights decide it.
        tickets = self.sudo()
        found = tickets._find_support_contracts()
        for ticket, record in zip(tickets, self, strict=True):
            contract = ticket.support_contract_id
            customer = (ticket.commercial_partner_id, ticket.company_id)
            worked = contract._covers(*customer) and ticket.support_intervention_ids
            covering = ticket._get_asset_contract()
            if not worked and (covering or not contract._serves(*customer)):
                contract = covering or found[ticket.id or ticket]
            if record.support_contract_id != contract:
                record.support_contract_id = contract
                record._settle_before_commit()

    @api.depends("team_id.allow_timesheet")
    def _compute_allow_timesheet(self):
        for ticket in self:
            ticket.allow_timesheet = (
                not ticket.team_id or ticket.team_id.allow_timesheet
            )

    @api.depends("timesheet_ids.unit_amount", "planned_hours")
    def _compute_hours(self):
        """All time on the ticket, also that which the reader may not see.

        The x2many cache is shared by all users of a transaction, so the lines are
        counted in the database instead.
        """
        totals = {
            ticket.id: (hours, last)
            for ticket, hours, last in self.env["account.analytic.line"]
            .sudo()  # colleagues' hours count; only their sum is shown
            ._read_group(
                [("ticket_id", "in", self._origin.ids)],
                ["ticket_id"],
                ["unit_amount:sum", "date:max"],
            )
        }
        for ticket in self:
            hours, last = totals.get(ticket._origin.id, (0.0, False))
            ticket.total_hours = hours
            ticket.last_timesheet_activity = last
            ticket.remaining_hours = ticket.planned_hours - hours
            ticket.progress = (
                100 * hours / ticket.planned_hours if ticket.planned_hours else 0.0
            )

    @api.depends(
        "support_intervention_ids.billed_minutes",
        "support_intervention_ids.amount",
        "support_intervention_ids.overrun_amount",
        "support_intervention_ids.state",
    )
    def _compute_support_totals(self):
        groups = (
            self.env["support.intervention"]
            .sudo()  # agents see what the work on a ticket costs, whoever did it
            ._read_group(
                [("ticket_id", "in", self._origin.ids), ("state", "!=", "void")],
                ["ticket_id", "state"],
                [
                    "__count",
                    "raw_minutes:sum",
                    "billed_minutes:sum",
                    "amount:sum",
                    "overrun_amount:sum",
                ],
            )
        )
        for ticket in self:
            rows = [row for row in groups if row[0].id == ticket._origin.id]
            ticket.support_intervention_count = sum(row[2] for row in rows)
            ticket.support_pending_minutes = sum(
                row[3] for row in rows if row[1] != "rated"
            )
            ticket.support_billed_minutes = sum(row[4] for row in rows)
            ticket.support_amount = sum(row[5] for row in rows)
            ticket.support_overrun_amount = sum(row[6] for row in rows)

    @api.depends("support_contract_id", "timesheet_ids.unit_amount")
    def _compute_support_balance(self):
        for ticket in self:
            ticket.support_balance = ticket.support_contract_id.balance or False

    @api.depends_context("uid")
    def _compute_support_timer_start(self):
        timers = self.env["support.timer"].search_fetch(
            [("user_id", "=", self.env.uid), ("ticket_id", "in", self._origin.ids)],
            ["ticket_id", "start"],
        )
        start = {timer.ticket_id.id: timer.start for timer in timers}
        for ticket in self:
            ticket.support_timer_start = start.get(ticket._origin.id, False)

    @api.constrains("support_contract_id", "profile_id", "company_id")
    def _check_support_company(self):
        # Tickets are not checked by Odoo. The companies are compared, not shown.
        self.sudo()._check_company(["support_contract_id", "profile_id"])

    def _compute_support_invoice_count(self):
        for ticket in self:
            ticket.support_invoice_count = len(ticket._get_support_invoices())

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._prepare_support_project(vals_list)
        tickets = super().create(vals_list)
        if not self.env.su:
            # Whatever chose them: values, the context, or a user's own default.
            tickets._check_found_or_dispatched()
        return tickets

    def write(self, vals):
        self._check_dispatcher(vals)
        before = None
        if self._moves_money(vals):
            self._check_support_not_invoiced(vals)
            before = self._get_paying_contracts()
        result = super().write(vals)
        if before is not None:
            self._settle_changed_contracts(before)
        return result

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        self._note_messages(message)
        return result

    def _check_dispatcher(self, vals):
        """Whose credit pays, and at which price, is the dispatcher's choice."""
        for name in vals.keys() & DISPATCHER_FIELDS:
            # Compared only, so that saving a form unchanged is no choice.
            if any(ticket[name].id != vals[name] for ticket in self.sudo()):
                check_group(self.env, DISPATCHER, BILLING_MANAGER)

    def _check_found_or_dispatched(self):
        """Refuse a new ticket with another contract than the system finds."""
        # Which contract is found does not depend on who asks.
        tickets = self.sudo()
        found = tickets._find_support_contracts()
        for ticket in tickets:
            chosen = ticket.support_contract_id
            if ticket.profile_id or (chosen and chosen != found[ticket.id]):
                check_group(self.env, DISPATCHER, BILLING_MANAGER)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_time(self):
        # Time that the user may not see counts too.
        tickets = self.sudo()
        for ticket in tickets:
            if ticket.timesheet_ids or ticket.support_intervention_ids:
                raise UserError(
                    self.env._(
                        "Ticket %(ticket)s has time on it and cannot be deleted: close "
                        "or archive it.",
                        ticket=ticket.display_name,
                    )
                )

    @api.model
    def _moves_money(self, vals):
        return bool(vals.keys() & {"support_contract_id", "partner_id", "company_id"})

    def _prepare_support_project(self, vals_list):
        """Take the team's project, which helpdesk_mgmt_project leaves to us."""
        for vals in vals_list:
            if vals.get("team_id") and "project_id" not in vals:
                team = self.env["helpdesk.ticket.team"].browse(vals["team_id"])
                # Mail and portal create tickets; they need not see the project.
                vals["project_id"] = team.sudo().default_project_id.id

    def _get_paying_contracts(self):
        # Compared only, never shown.
        return {ticket.id: ticket.support_contract_id for ticket in self.sudo()}

    def _settle_changed_contracts(self, before):
        tickets = self.sudo().filtered(
            lambda ticket: ticket.support_contract_id != before[ticket.id]
        )
        tickets._resync_time()

    def _resync_time(self):
        """Have the debit follow the customer of the ticket, whoever changed that."""
        lines = self.env["account.analytic.line"].search(
            [("ticket_id", "in", self.ids), ("project_id", "!=", False)]
        )
        self.env.add_to_compute(lines._fields["so_line"], lines)
        lines._sync_support(lines.support_intervention_id)

    def _settle_before_commit(self):
        """Settle tickets whose contract was recomputed, once, before the commit."""
        ids = self.env.cr.precommit.data.setdefault("prepaid_support.tickets", set())
        if not ids:
            self.env.cr.precommit.add(self._settle_recomputed)
        ids.update(self.ids)

    def _settle_recomputed(self):
        ids = self.env.cr.precommit.data.pop("prepaid_support.tickets", set())
        tickets = self.sudo().browse(ids).exists()  # the system follows the customer
        works = tickets.support_intervention_ids.filtered(
            lambda work: (
                not work.locked
                and work.contract_id != work.ticket_id.support_contract_id
            )
        )
        works.ticket_id._resync_time()
        tickets._sync_sla(terms=True)

    def _check_support_not_invoiced(self, vals):
        """Invoiced work stays with the customer it was invoiced to."""
        # The check must see invoices which the agent may not.
        locked = self.sudo().filtered(
            lambda ticket: any(ticket.support_intervention_ids.mapped("locked"))
        )
        for ticket in locked:
            if ticket._is_paid_otherwise(vals):
                raise UserError(
                    self.env._(
                        "Work on ticket %(ticket)s is invoiced, so its customer and "
                        "contract cannot change. Open a new ticket for the other "
                        "customer.",
                        ticket=ticket.display_name,
                    )
                )

    def _is_paid_otherwise(self, vals):
        """Whether ``vals`` change who pays for the work on this ticket."""
        self.ensure_one()
        if vals.get("company_id", self.company_id.id) != self.company_id.id:
            return True
        if "support_contract_id" in vals:
            return vals["support_contract_id"] != self.support_contract_id.id
        partner = self.env["res.partner"].browse(
            vals.get("partner_id", self.partner_id.id)
        )
        return partner.commercial_partner_id != self.commercial_partner_id

    # -- What others ask of a ticket -----------------------------------------------

    def _find_support_contracts(self):
        """The one active contract that serves each ticket: ``{ticket id: contract}``.

        The contract that covers its asset, else that of the commercial partner, else
        one that lists it; none where there are several: that is the dispatcher's
        choice.
        """
        Contract = self.env["support.contract"]
        partners = self.commercial_partner_id
        contracts = (
            Contract.search(
                [
                    ("state", "=", "active"),
                    ("company_id", "in", self.company_id.ids),
                    "|",
                    ("commercial_partner_id", "in", partners.ids),
                    ("covered_partner_ids", "in", partners.ids),
                ]
            )
            if partners
            else Contract
        )
        found = {}
        for ticket in self:
            serving = contracts.filtered(
                lambda contract, ticket=ticket: contract._serves(
                    ticket.commercial_partner_id, ticket.company_id
                )
            )
            own = serving.filtered(
                lambda contract, ticket=ticket: (
                    contract.commercial_partner_id == ticket.commercial_partner_id
                )
            )
            candidates = ticket._get_asset_contract() or own or serving
            found[ticket.id or ticket] = (
                candidates if len(candidates) == 1 else Contract
            )
        return found

    def _get_support_invoices(self):
        """Invoices of the overrun, and those that sold the credit which paid."""
        charges = self.support_intervention_ids.charge_ids
        lines = charges.invoice_line_id | charges.entry_ids.lot_id.move_line_id
        return lines.move_id

    def _get_timesheet_project(self):
        """Ticket's project, else the team's, else the company's internal one."""
        self.ensure_one()
        company = self.company_id
        return (
            self.project_id
            or self.team_id.with_company(company).default_project_id
            or company.support_project_id
        )

    def _get_preferred_dispatchers(self, dispatchers):
        """Those of the ticket's team, its leader first."""
        leader = self.team_id.user_id & dispatchers
        return leader or (self.team_id.user_ids & dispatchers)

    # -- Actions -------------------------------------------------------------------

    def action_support_timer_start(self):
        self.ensure_one()
        self.env["support.timer"].create({"ticket_id": self.id})
        return True

    def action_support_timer_stop(self):
        self.ensure_one()
        timer = self.env["support.timer"].search(
            [("user_id", "=", self.env.uid), ("ticket_id", "=", self.id)]
        )
        if not timer:
            raise UserError(
                self.env._("Your timer is not running on this ticket: start it first.")
            )
        timer._stop()
        return True

    def action_view_support_interventions(self):
        self.ensure_one()
        return open_action(
            self.env,
            "prepaid_support.support_intervention_action",
            [("ticket_id", "=", self.id)],
        )

    def action_view_support_entries(self):
        self.ensure_one()
        return open_action(
            self.env,
            "prepaid_support.support_entry_action",
            [("ticket_id", "=", self.id)],
        )

    def action_view_support_invoices(self):
        self.ensure_one()
        return self._get_support_invoices()._get_records_action(
            name=self.env._("Invoices"), context={"create": False}
        )
