# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools import BILLING_MANAGER, check_group, open_action
from .support_charge_invoicing import OPEN_OVERRUN

#: What the buttons of the form count.
COUNTED = {
    "lot_count": "lot_ids",
    "entry_count": "entry_ids",
    "ticket_count": "ticket_ids",
    "intervention_count": "intervention_ids",
    "open_charge_count": "open_charge_ids",
}
#: What deadlines of its tickets follow.
SLA_TERMS = {"calendar_id", "level_id", "service_window", "date_end"}


class SupportContract(models.Model):
    """One customer's policy and credit account."""

    _name = "support.contract"
    _description = "Support Contract"
    _inherit = [
        "support.policy",
        "support.contract.allowance",
        "support.contract.balance",
        "support.contract.bundle",
        "support.contract.clock",
        "support.contract.coverage",
        "support.contract.fees",
        "support.contract.invoicing",
        "support.contract.terms",
        "support.contract.urgent",
        "support.contract.onboarding",
        "support.contract.lifecycle",
        "support.contract.channels",
        "support.contract.portal.service",
        "support.contract.portal.sla",
        "support.contract.monitoring",
        "support.contract.portal",
        "support.contract.rating",
        "support.contract.recurring",
        "support.contract.remedy",
        "support.contract.settlement",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "name desc, id desc"
    _rec_names_search = ["name", "partner_id.name"]
    _check_company_auto = True

    name = fields.Char(
        string="Reference", required=True, readonly=True, copy=False, default="/"
    )
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("onboarding", "Onboarding"),
            ("active", "Active"),
            ("ended", "Ended"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        check_company=True,
        tracking=True,
        index=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Commercial entity",
        store=True,
        index=True,
    )
    covered_partner_ids = fields.Many2many(
        "res.partner",
        "support_contract_covered_partner_rel",
        "contract_id",
        "partner_id",
        string="Also covers",
        groups="base.group_user",
        help="Other companies whose tickets this contract pays.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    plan_id = fields.Many2one("support.plan", check_company=True, tracking=True)
    user_id = fields.Many2one(
        "res.users",
        string="Account manager",
        default=lambda self: self.env.user,
        tracking=True,
        groups="base.group_user",
    )
    date_start = fields.Date(default=fields.Date.context_today, required=True)
    date_end = fields.Date(tracking=True)
    note = fields.Html(groups="base.group_user")
    free_tickets_from = fields.Date(
        string="Free tickets since",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Months before that had none, whenever their work is corrected.",
    )
    coverage_rule_ids = fields.One2many(
        "support.coverage.rule",
        "contract_id",
        string="Coverage",
        copy=True,
        groups="base.group_user",
    )
    line_ids = fields.One2many(
        "support.contract.line",
        "contract_id",
        string="Covered assets",
        copy=False,
        groups="base.group_user",
    )
    remedy_ids = fields.One2many(
        "support.remedy",
        "contract_id",
        string="Remedies",
        groups="base.group_user",
    )
    lot_ids = fields.One2many("support.lot", "contract_id", string="Credit")
    entry_ids = fields.One2many("support.entry", "contract_id", string="Entries")
    intervention_ids = fields.One2many(
        "support.intervention", "contract_id", groups="base.group_user"
    )
    charge_ids = fields.One2many(
        "support.charge", "contract_id", groups="base.group_user"
    )
    ticket_ids = fields.One2many(
        "helpdesk.ticket", "support_contract_id", groups="base.group_user"
    )
    balance = fields.Json(
        compute="_compute_balance",
        compute_sudo=True,
        groups="base.group_user",
        help="What is left of the credit, as the balance strip shows it.",
    )
    money_remaining = fields.Monetary(compute="_compute_balance", compute_sudo=True)
    time_remaining = fields.Float(
        string="Time remaining (h)", compute="_compute_balance", compute_sudo=True
    )
    overrun_amount = fields.Monetary(
        string="Open overrun", compute="_compute_balance", compute_sudo=True
    )
    pending_minutes = fields.Integer(
        string="Pending (min)",
        compute="_compute_balance",
        compute_sudo=True,
        groups="base.group_user",
    )
    next_expiry_date = fields.Date(compute="_compute_balance", compute_sudo=True)
    credit_state = fields.Selection(
        [
            ("none", "No credit yet"),
            ("ok", "Enough"),
            ("low", "Low"),
            ("exhausted", "Exhausted"),
        ],
        compute="_compute_balance",
        compute_sudo=True,
        search="_search_credit_state",
    )

    recap = fields.Json(
        compute="_compute_recap",
        compute_sudo=True,
        groups="base.group_user",
        help="What happened to the credit this month.",
    )
    lot_count = fields.Integer(
        compute="_compute_record_counts", compute_sudo=True, groups="base.group_user"
    )
    entry_count = fields.Integer(
        compute="_compute_record_counts", compute_sudo=True, groups="base.group_user"
    )
    ticket_count = fields.Integer(
        compute="_compute_record_counts", compute_sudo=True, groups="base.group_user"
    )
    intervention_count = fields.Integer(
        compute="_compute_record_counts", compute_sudo=True, groups="base.group_user"
    )
    open_charge_ids = fields.One2many(
        "support.charge",
        "contract_id",
        string="Overrun not invoiced",
        domain=[("overrun_state", "in", OPEN_OVERRUN)],
        groups="base.group_user",
    )
    open_charge_count = fields.Integer(
        compute="_compute_record_counts", compute_sudo=True, groups="base.group_user"
    )
    invoice_count = fields.Integer(
        compute="_compute_invoice_count",
        compute_sudo=True,
        groups="account.group_account_invoice",
    )

    _company_index = models.Index(
        "(commercial_partner_id, company_id) WHERE state = 'active'"
    )

    # -- Constraints ---------------------------------------------------------------

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for contract in self:
            if contract.date_end and contract.date_end < contract.date_start:
                raise ValidationError(
                    self.env._("The contract ends before it starts: change a date.")
                )

    # -- Computes ------------------------------------------------------------------

    @api.depends("name", "partner_id", "plan_id")
    def _compute_display_name(self):
        for contract in self:
            # Everybody who may see the contract may read whose it is.
            parts = (contract.name, contract.sudo().partner_id.name)
            contract.display_name = " · ".join(part for part in parts if part)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for contract in self:
            contract.access_url = f"/my/support/{contract.id}"
        return result

    def _compute_recap(self):
        for contract in self:
            if not isinstance(contract.id, int):
                contract.recap = False
                continue
            last = contract._get_today()
            first = last + relativedelta(day=1)
            contract.recap = {
                **contract._get_recap(first, last),
                "date_from": fields.Date.to_string(first),
                "date_to": fields.Date.to_string(last),
                "currency_id": contract.currency_id.id,
                "overrun_amount": contract.overrun_amount,
                "time_display": contract.time_display,
                "minutes_per_ticket": contract.minutes_per_ticket,
            }

    def _compute_record_counts(self):
        for field, source in COUNTED.items():
            lines = self._fields[source]
            domain = Domain(lines.inverse_name, "in", self.ids)
            counts = dict(
                self.env[lines.comodel_name]._read_group(
                    domain & Domain(lines.domain or []),
                    [lines.inverse_name],
                    ["__count"],
                )
            )
            for contract in self:
                contract[field] = counts.get(contract._origin, 0)

    # -- Doors ---------------------------------------------------------------------

    @api.onchange("plan_id")
    def _onchange_plan_id(self):
        """Show in the form what ``create`` does: the plan is copied."""
        if self.plan_id and self.state == "draft":
            self.update(self.plan_id._prepare_policy_values())

    @api.model_create_multi
    def create(self, vals_list):
        Plan = self.env["support.plan"]
        complete = []
        for vals in vals_list:
            if vals.get("plan_id"):
                plan = Plan.browse(vals["plan_id"])
                vals = {**plan._prepare_policy_values(), **vals}
            if vals.get("name", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                sequence = self.env["ir.sequence"].with_company(company)
                vals["name"] = sequence.next_by_code("support.contract") or "/"
            # It follows from the number, whatever a request or its context says.
            complete.append({**vals, "free_tickets_from": False})
        contracts = super().create(complete)
        contracts._check_more_than_planned()
        contracts._note_free_tickets()
        return contracts

    def write(self, vals):
        self._check_frozen(vals)
        if "free_tickets_from" in vals:
            check_group(self.env, BILLING_MANAGER)
        result = super().write(vals)
        self._clear_time_zones(vals)
        if vals.keys() & SLA_TERMS:
            self.env["helpdesk.ticket"]._sync_open_slas("support_contract_id", self)
        if "free_tickets" in vals:
            self._note_free_tickets()
        return result

    def _check_frozen(self, vals):
        """Customer, company and currency are what was posted and charged under."""
        changed = self.filtered(lambda contract: contract._is_changed_by(vals))
        if not changed:
            return
        # One is enough, whether or not the user may see it.
        domain = [("contract_id", "in", changed.ids)]
        for model in ("support.entry", "support.charge"):
            found = self.env[model].sudo().search(domain, limit=1)
            if found:
                raise UserError(
                    self.env._(
                        "%(contract)s has credit entries or work, so its customer, "
                        "company and currency cannot change. Make a new contract "
                        "instead.",
                        contract=found.contract_id.name,
                    )
                )

    def _is_changed_by(self, vals):
        self.ensure_one()
        return any(
            name in vals and vals[name] != self[name].id
            for name in ("partner_id", "company_id", "currency_id")
        )

    def _get_rates_day(self):
        """Today, or the first day of a contract that is yet to come."""
        return max(self._get_today(), self.date_start)

    # -- Actions -------------------------------------------------------------------

    def action_apply_plan(self):
        """Copy the plan to the contract again. What was priced stays as it was."""
        for contract in self:
            if not contract.plan_id:
                raise UserError(self.env._("Choose a plan first."))
            contract.write(contract.plan_id._prepare_policy_values())
            contract.message_post(
                body=self.env._("Plan applied: %(plan)s", plan=contract.plan_id.name)
            )

    def _adopt_tickets(self):
        """Give the customer's open tickets without time their contract.

        Tickets with time that waits are the dispatcher's: nobody agreed with the
        customer on a price for that work yet.
        """
        # Tickets of all teams, whoever activates the contract.
        tickets = (
            self.env["helpdesk.ticket"]
            .sudo()
            .search(
                [
                    ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                    ("support_contract_id", "=", False),
                    ("closed", "=", False),
                    ("timesheet_ids", "=", False),
                ]
            )
        )
        tickets._compute_support_contract_id()

    def _runs_on(self, day):
        """Whether a day is one of the contract's."""
        self.ensure_one()
        return self.date_start <= day and (not self.date_end or day <= self.date_end)

    def _covers_asset(self, asset, day):
        """Whether a line of this contract covers an asset on a day."""
        self.ensure_one()
        return any(
            line.asset_id == asset and line._spans(day) for line in self.line_ids
        )

    def _get_invoices(self):
        """Invoices that sold the credit, billed overrun, or the recurring fee."""
        lines = self._get_recurring_invoice_lines()
        for model, field in (
            ("support.lot", "move_line_id"),
            ("support.charge", "invoice_line_id"),
        ):
            domain = [("contract_id", "in", self.ids), (field, "!=", False)]
            groups = self.env[model]._read_group(domain, [field])
            lines = lines.union(*(line for (line,) in groups))
        return lines.move_id

    def _compute_invoice_count(self):
        for contract in self:
            contract.invoice_count = len(contract._get_invoices())

    def action_view_invoices(self):
        self.ensure_one()
        return self._get_invoices()._get_records_action(
            name=self.env._("Invoices"), context={"create": False}
        )

    def action_view_tickets(self):
        self.ensure_one()
        action = open_action(
            self.env,
            "helpdesk_mgmt.helpdesk_ticket_action",
            [("support_contract_id", "=", self.id)],
        )
        action["context"] = {
            "default_partner_id": self.partner_id.id,
            "default_support_contract_id": self.id,
        }
        return action

    def action_view_entries(self):
        self.ensure_one()
        return open_action(
            self.env,
            "prepaid_support.support_entry_action",
            [("contract_id", "=", self.id)],
        )

    def action_view_interventions(self):
        self.ensure_one()
        return open_action(
            self.env,
            "prepaid_support.support_intervention_action",
            [("contract_id", "=", self.id)],
        )

    def action_preview(self):
        """What the customer sees in the portal."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": self.access_url,
        }

    # -- What others ask of a contract ---------------------------------------------

    def _serves(self, partner, company):
        """Whether this contract, if any, pays for tickets of a commercial partner."""
        return self.state == "active" and self._covers(partner, company)

    def _covers(self, partner, company):
        """Whether a commercial partner is a customer of this contract, ended or not."""
        if not self or not partner:
            return False
        covered = self.covered_partner_ids.commercial_partner_id
        return self.company_id == company and (
            partner == self.commercial_partner_id or partner in covered
        )

    @api.model
    def _create_from_plan(self, plan, partner, company, **vals):
        """A new contract of ``partner`` with the policy of ``plan``.

        It is active at once, unless prices are missing yet or its assets have to be
        audited first: a payment must not fail for that, so the account manager gets
        an activity instead.
        """
        contract = self.with_company(company).create(
            {
                "plan_id": plan.id,
                "partner_id": partner.id,
                "company_id": company.id,
                **vals,
            }
        )
        if not contract.rate_card_id or contract._find_missing_rate():
            contract._ask_manager(self.env._("Complete the prices and activate"))
        elif contract.has_audit:
            contract.action_start_onboarding()
            contract._ask_manager(self.env._("Audit the assets and activate"))
        else:
            contract.action_activate()
        return contract

    def _ask_manager(self, summary):
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            user_id=(self.user_id or self.env.user).id,
        )
