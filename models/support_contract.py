# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: Where an entry of each kind counts in the recap of a period, and with which sign.
RECAP_COLUMN = {
    "grant": ("granted", 1),
    "debit": ("used", -1),
    "release": ("used", -1),
    "expiry": ("lapsed", -1),
    "refund": ("refunded", -1),
    "adjustment": ("adjusted", 1),
    "extension": ("adjusted", 1),
}


class SupportContract(models.Model):
    """One customer's policy and credit account."""

    _name = "support.contract"
    _description = "Support Contract"
    _inherit = [
        "support.policy",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "name desc, id desc"
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
        "res.partner", string="Customer", required=True, tracking=True, index=True
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
        help="What the balance strip shows (see _get_balance).",
    )
    money_remaining = fields.Monetary(compute="_compute_balance", compute_sudo=True)
    money_granted = fields.Monetary(compute="_compute_balance", compute_sudo=True)
    time_remaining = fields.Float(
        string="Time remaining (h)", compute="_compute_balance", compute_sudo=True
    )
    time_granted = fields.Float(
        string="Time granted (h)", compute="_compute_balance", compute_sudo=True
    )
    remaining_percent = fields.Float(compute="_compute_balance", compute_sudo=True)
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

    _company_index = models.Index(
        "(commercial_partner_id, company_id) WHERE state = 'active'"
    )

    # -- Constraints -------------------------------------------------------------------

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for contract in self:
            if contract.date_end and contract.date_end < contract.date_start:
                raise ValidationError(
                    self.env._("The contract ends before it starts: change a date.")
                )

    # -- Computes ----------------------------------------------------------------------

    @api.depends("name", "partner_id", "plan_id")
    def _compute_display_name(self):
        for contract in self:
            # Everybody who may see the contract may read whose it is.
            parts = (contract.name, contract.sudo().partner_id.name)
            contract.display_name = " · ".join(part for part in parts if part)

    def _compute_access_url(self):
        super()._compute_access_url()
        for contract in self:
            contract.access_url = f"/my/support/{contract.id}"

    @api.depends("lot_ids.remaining", "lot_ids.date_last", "warning_percent")
    def _compute_balance(self):
        balances = self._get_balances()
        for contract in self:
            balance = balances[contract._origin.id]
            money, time = balance["money"] or {}, balance["time"] or {}
            contract.balance = balance
            contract.money_remaining = money.get("remaining", 0.0)
            contract.money_granted = money.get("granted", 0.0)
            contract.time_remaining = time.get("remaining", 0) / 60
            contract.time_granted = time.get("granted", 0) / 60
            contract.remaining_percent = balance["remaining_percent"]
            contract.overrun_amount = balance["overrun_amount"]
            contract.pending_minutes = balance["pending_minutes"]
            contract.next_expiry_date = balance["expires_on"] and fields.Date.to_date(
                balance["expires_on"]
            )
            contract.credit_state = balance["credit_state"]

    def _get_balances(self):
        """What the balance strip shows, per contract id, from the open lots only.

        ``money`` and ``time`` (in minutes) are None for a unit without credit, else
        granted, used, lapsed, remaining, reserved and upcoming quantities. A lot that is
        used up counts no more once there is another one to use.
        """
        ids = self._origin.ids
        lots = self.env["support.lot"].search(
            [("contract_id", "in", ids), ("date_lapsed", "=", False)]
        )
        pending = dict(
            self.env["support.intervention"]._read_group(
                [("contract_id", "in", ids), ("state", "in", ("held", "to_price"))],
                ["contract_id"],
                ["raw_minutes:sum"],
            )
        )
        overrun = {
            contract: (amount, minutes)
            for contract, amount, minutes in self.env["support.charge"]._read_group(
                [("contract_id", "in", ids), ("overrun_state", "in", ("open", "held"))],
                ["contract_id"],
                ["overrun_amount:sum", "overrun_minutes:sum"],
            )
        }
        by_contract = lots.grouped("contract_id")
        return {
            contract._origin.id: contract._prepare_balance(
                by_contract.get(contract._origin, lots.browse()),
                pending.get(contract._origin, 0),
                overrun.get(contract._origin, (0.0, 0)),
            )
            for contract in self
        }

    def _prepare_balance(self, lots, pending_minutes, overrun):
        self.ensure_one()
        today = self._get_today()
        lots = lots.filtered(lambda lot: not lot.date_last or lot.date_last >= today)
        units = {
            unit: self._prepare_unit_balance(
                lots.filtered(lambda lot, unit=unit: lot.unit == unit), today
            )
            for unit in ("money", "time")
        }
        shares = [
            100 * unit["remaining"] / unit["granted"]
            for unit in units.values()
            if unit and unit["granted"]
        ]
        percent = max(shares, default=0.0)
        expiries = [lot.date_last for lot in lots if lot.remaining and lot.date_last]
        return {
            **units,
            "contract_id": self.id,
            "contract_name": self.display_name,
            "currency_id": self.currency_id.id,
            "pending_minutes": pending_minutes,
            "overrun_amount": overrun[0],
            "overrun_minutes": overrun[1],
            "expires_on": fields.Date.to_string(min(expiries)) if expiries else None,
            "warning_percent": self.warning_percent,
            "remaining_percent": percent,
            "credit_state": self._get_credit_state(shares, percent),
            "time_display": self.time_display,
            "minutes_per_ticket": self.minutes_per_ticket,
        }

    @api.model
    def _prepare_unit_balance(self, lots, today):
        if not lots:
            return None
        usable = lots.filtered(lambda lot: lot.date_first <= today)
        counted = usable.filtered("remaining") or usable.sorted("id")[-1:]
        return {
            **{
                name: sum(counted.mapped(name))
                for name in ("granted", "used", "lapsed", "remaining", "reserved")
            },
            "upcoming": sum((lots - usable).mapped("remaining")),
        }

    def _get_credit_state(self, shares, percent):
        if not shares:
            return "none"
        if percent <= 0:
            return "exhausted"
        return "low" if percent < self.warning_percent else "ok"

    @api.model
    def _search_credit_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        contracts = self.search([("state", "in", ("active", "onboarding"))])
        return [
            ("id", "in", [c.id for c in contracts if c.credit_state in value]),
        ]

    def _get_recap(self, date_from, date_to):
        """Opening, movements and closing of a period, by the day of posting.

        ``{"money": {...} or None, "time": {...} or None}``; quantities in the currency
        and in minutes. Used and lapsed count as positive numbers.
        """
        self.ensure_one()
        Entry = self.env["support.entry"]
        domain = [("contract_id", "=", self.id), ("entry_date", "<=", date_to)]
        opening = dict(
            Entry._read_group(
                [*domain, ("entry_date", "<", date_from)], ["unit"], ["quantity:sum"]
            )
        )
        recap = {"money": None, "time": None}
        for unit, quantity in opening.items():
            recap[unit] = self._prepare_recap(quantity)
        for unit, kind, quantity in Entry._read_group(
            [*domain, ("entry_date", ">=", date_from)],
            ["unit", "kind"],
            ["quantity:sum"],
        ):
            recap[unit] = recap[unit] or self._prepare_recap(0.0)
            name, sign = RECAP_COLUMN[kind]
            recap[unit][name] += sign * quantity
            recap[unit]["closing"] += quantity
        return recap

    @api.model
    def _prepare_recap(self, opening):
        return {
            "opening": opening,
            "granted": 0.0,
            "used": 0.0,
            "lapsed": 0.0,
            "refunded": 0.0,
            "adjusted": 0.0,
            "closing": opening,
        }

    def _get_burndown(self, date_from, date_to):
        """Level of credit at the end of each day with movement, ready to plot.

        ``{"money": [(date, level), ...], "time": [...]}``, by the day of posting, the
        first point being the opening level on ``date_from``.
        """
        self.ensure_one()
        recap = self._get_recap(date_from, date_to)
        series = {
            unit: [(date_from, values["opening"])] if values else []
            for unit, values in recap.items()
        }
        for day, unit, quantity in self.env["support.entry"]._read_group(
            [
                ("contract_id", "=", self.id),
                ("entry_date", ">=", date_from),
                ("entry_date", "<=", date_to),
            ],
            ["entry_date:day", "unit"],
            ["quantity:sum"],
            order="entry_date:day",
        ):
            level = series[unit][-1][1] + quantity
            if series[unit][-1][0] == day:
                series[unit].pop()
            series[unit].append((day, level))
        return series

    # -- Doors ---------------------------------------------------------------------------

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
            complete.append(vals)
        return super().create(complete)

    def write(self, vals):
        self._check_frozen(vals)
        return super().write(vals)

    def _check_frozen(self, vals):
        """Customer, company and currency are what the entries were posted under."""
        for contract in self.filtered(lambda contract: contract._is_changed_by(vals)):
            # Portal entries or not: one entry is enough to freeze.
            entries = contract.env["support.entry"].sudo()
            if entries.search_count([("contract_id", "=", contract.id)], limit=1):
                raise UserError(
                    self.env._(
                        "%(contract)s has credit entries, so its customer, company and "
                        "currency cannot change. Make a new contract instead.",
                        contract=contract.name,
                    )
                )

    def _is_changed_by(self, vals):
        self.ensure_one()
        return any(
            name in vals and vals[name] != self[name].id
            for name in ("partner_id", "company_id", "currency_id")
        )

    # -- Actions -------------------------------------------------------------------------

    def action_start_onboarding(self):
        self._check_ready()
        self.state = "onboarding"

    def action_activate(self):
        self._check_ready()
        self.state = "active"
        self._adopt_tickets()

    def action_end(self):
        for contract in self:
            contract.date_end = contract.date_end or contract._get_today()
        self.state = "ended"

    def action_apply_plan(self):
        """Copy the plan to the contract again. What was priced stays as it was."""
        for contract in self:
            if not contract.plan_id:
                raise UserError(self.env._("Choose a plan first."))
            contract.write(contract.plan_id._prepare_policy_values())
            contract.message_post(
                body=self.env._("Plan applied: %(plan)s", plan=contract.plan_id.name)
            )

    def _check_ready(self):
        for contract in self:
            if not contract.rate_card_id:
                raise UserError(
                    self.env._(
                        "%(contract)s has no rate card, so nobody knows what an hour "
                        "costs. Choose one on the Policy page.",
                        contract=contract.name,
                    )
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

    # -- What others ask of a contract ---------------------------------------------------

    def _serves(self, partner, company):
        """Whether this contract, if any, pays for tickets of a commercial partner."""
        if not self or not partner or self.state != "active":
            return False
        covered = self.covered_partner_ids.commercial_partner_id
        return self.company_id == company and (
            partner == self.commercial_partner_id or partner in covered
        )

    def _get_today(self):
        """The date in the contract's time zone: its opening hours', else the
        company's, else UTC."""
        # The calendar's time zone is no secret.
        contract = self.sudo()
        zone = contract.calendar_id.tz or contract.company_id.partner_id.tz or "UTC"
        now = pytz.utc.localize(fields.Datetime.now())
        return now.astimezone(pytz.timezone(zone)).date()

    @api.model
    def _create_from_plan(self, plan, partner, company, **vals):
        """A new contract of ``partner`` with the policy of ``plan``.

        It is active at once, unless the plan has no rate card yet: a payment must not
        fail for that, so the account manager gets an activity instead.
        """
        contract = self.with_company(company).create(
            {
                "plan_id": plan.id,
                "partner_id": partner.id,
                "company_id": company.id,
                **vals,
            }
        )
        if contract.rate_card_id:
            contract.action_activate()
        else:
            contract.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Choose a rate card and activate"),
                user_id=(contract.user_id or self.env.user).id,
            )
        return contract
