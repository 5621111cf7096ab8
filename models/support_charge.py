# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import burndown
from ..engine.money import decimal_of
from ..tools import BILLING_MANAGER, DISPATCHER, check_group
from . import support_adapter as adapter
from .support_charge_invoicing import OPEN_OVERRUN


class SupportCharge(models.Model):
    """A priced line of an intervention: labour of a time band, or a fee.

    ``amount`` = what credit paid (``paid_amount``) + ``overrun_amount``, to the cent;
    the same holds for the minutes.
    """

    _name = "support.charge"
    _inherit = [
        "support.ledger",
        "support.charge.explanation",
        "support.charge.invoicing",
    ]
    _description = "Support Charge"
    _order = "date desc, intervention_id desc, sequence, id"
    _check_company_auto = True

    intervention_id = fields.Many2one(
        "support.intervention",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    contract_id = fields.Many2one(
        "support.contract", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    date = fields.Date(required=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    kind = fields.Selection(
        [("labour", "Work"), ("fee", "Fee")], required=True, readonly=True
    )
    profile_id = fields.Many2one("support.profile", readonly=True, ondelete="restrict")
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    raw_minutes = fields.Integer(string="Worked (min)", readonly=True)
    minutes = fields.Integer(string="Billed (min)", readonly=True)
    time_minutes = fields.Integer(
        readonly=True, help="Billed minutes that time credit can settle."
    )
    time_factor = fields.Float(digits=(8, 4), readonly=True, default=1.0)
    price_unit = fields.Float(digits=(16, 6), readonly=True)
    per_minutes = fields.Integer(readonly=True, default=60)
    list_amount = fields.Monetary(
        string="List price",
        readonly=True,
        help="Before the contract's discount, and of work that the contract includes.",
    )
    amount = fields.Monetary(readonly=True, required=True, default=0.0)
    uses_credit = fields.Boolean(
        readonly=True, default=True, help="Whether credit may pay it."
    )
    paid_amount = fields.Monetary(
        string="Paid by credit", readonly=True, required=True, default=0.0
    )
    paid_minutes = fields.Integer(string="Paid by credit (min)", readonly=True)
    overrun_amount = fields.Monetary(
        string="Overrun", readonly=True, required=True, default=0.0
    )
    overrun_minutes = fields.Integer(string="Overrun (min)", readonly=True)
    overrun_state = fields.Selection(
        [
            ("none", "None"),
            ("open", "To invoice"),
            ("held", "On hold"),
            ("invoiced", "Invoiced"),
            ("waived", "Waived"),
        ],
        required=True,
        readonly=True,
        default="none",
    )
    waive_reason = fields.Char(readonly=True)
    invoice_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice line",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    invoice_id = fields.Many2one(related="invoice_line_id.move_id", string="Invoice")
    entry_ids = fields.One2many("support.entry", "charge_id", readonly=True)
    explanation = fields.Json(
        readonly=True, help="Codes and arguments, put into words for the reader."
    )
    lots_tried = fields.Json(
        readonly=True,
        help="Credit that was asked to pay, in its order: lot, and what came of it.",
    )
    explanation_text = fields.Text(
        string="Why", compute="_compute_explanation_text", compute_sudo=True
    )

    _unique_code = models.UniqueIndex("(intervention_id, code)")
    _overrun_index = models.Index(
        "(contract_id, date) WHERE overrun_state IN ('open', 'held')"
    )
    _adds_up = models.Constraint(
        "CHECK (amount = paid_amount + overrun_amount)",
        "A charge must equal what credit paid and what is overrun.",
    )

    @api.depends("kind", "product_id", "profile_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for charge in self:
            charge.display_name = charge._get_label()

    @api.depends(
        "explanation", "lots_tried", "paid_amount", "overrun_amount", "overrun_state"
    )
    @api.depends_context("lang")
    def _compute_explanation_text(self):
        for charge in self:
            charge.explanation_text = "\n".join(charge._render_explanation())

    # -- Settling, on behalf of the intervention -----------------------------------

    def _prepare_demands(self, key, values, slices, again):
        """Engine demands of a charge with new ``values``; self is empty for a new one.

        ``slices``: ``{contract id: [Slice]}`` paid so far. Yields ``(contract id,
        Demand)``; what another contract paid is undone. ``again`` forgets the overrun
        that was not waived, so that credit which came later may pay it.
        """
        for contract_id, parts in slices.items():
            if contract_id != values["contract_id"]:
                previous = burndown.Settlement(tuple(parts))
                yield (
                    contract_id,
                    burndown.Demand(key, self.date, Decimal(0), previous=previous),
                )
        waived = self.overrun_state == "waived"
        overrun = burndown.Overrun()
        if self.contract_id.id == values["contract_id"] and (waived or not again):
            overrun = burndown.Overrun(
                self.overrun_minutes, decimal_of(self.overrun_amount)
            )
        yield (
            values["contract_id"],
            burndown.Demand(
                key=key,
                day=values["date"],
                price=decimal_of(values["amount"]),
                minutes=values["time_minutes"],
                time_factor=decimal_of(values["time_factor"], 4),
                fee=values["kind"] == "fee",
                fresh=self._is_other_rate(values),
                credit=values["uses_credit"],
                waived=overrun if waived else burndown.Overrun(),
                previous=burndown.Settlement(
                    tuple(slices.get(values["contract_id"], ())), overrun
                ),
            ),
        )

    def _is_other_rate(self, values):
        """Whether what was drawn was drawn at another rate than that of ``values``."""
        return any(
            self[name] != values[name]
            for name in ("price_unit", "per_minutes", "time_factor", "uses_credit")
            if self and name in values
        )

    def _prepare_zero(self):
        """Values of a charge that is due no more; its entries keep it in the books."""
        self.ensure_one()
        return {
            "contract_id": self.contract_id.id,
            "date": self.date,
            "kind": self.kind,
            "time_factor": self.time_factor,
            "raw_minutes": 0,
            "minutes": 0,
            "time_minutes": 0,
            "list_amount": 0.0,
            "amount": 0.0,
            "uses_credit": self.uses_credit,
            "explanation": [],
        }

    def _prepare_settlement(self, settlement, values):
        """Values that say who pays the new amount; self is empty for a new charge."""
        result = adapter.settlement_values(settlement)
        same = self.contract_id.id == values["contract_id"]
        if not (same and values["uses_credit"] and values["amount"]):
            # What was asked before is no business of the one who pays now.
            result.setdefault("lots_tried", [])
        result["overrun_state"] = self._get_overrun_state(result, values)
        return result

    def _get_overrun_state(self, settled, values):
        amount = settled["overrun_amount"]
        if not amount:
            return "none"
        contract = self.env["support.contract"].browse(values["contract_id"])
        same = self.uses_credit == values["uses_credit"]
        if self.contract_id == contract and same:
            # What was decided holds for as much or less.
            decided = self.overrun_state in (*OPEN_OVERRUN, "waived")
            if decided and amount <= self.overrun_amount:
                return self.overrun_state
            # More than was waived, or than waits already, is nobody's decision yet.
            if self.overrun_state in ("waived", "held"):
                return "held"
        # What is invoiced by agreement is nobody's question.
        asks = contract.overrun_rule == "hold" and values["uses_credit"]
        return "held" if asks else "open"

    def _prepare_entry(self, posting, number):
        """Values of the entry that an engine posting asks for."""
        self.ensure_one()
        work = self.intervention_id
        return {
            "lot_id": posting.lot,
            "kind": posting.kind,
            "quantity": posting.quantity,
            "price": float(posting.price),
            "work_minutes": posting.minutes,
            "date": self.date,
            "key": f"charge/{self.id}/{work.revision + 1}/{number}",
            "charge_id": self.id,
            "intervention_id": work.id,
            "ticket_id": self.ticket_id.id,
            "employee_id": work.employee_id.id,
        }

    # -- Overrun -------------------------------------------------------------------

    def _reserve_overrun(self, invoice_line):
        """Put open overrun on a draft invoice's line, and lock its time."""
        for charge in self:
            if charge.overrun_state != "open":
                raise UserError(
                    self.env._(
                        "%(charge)s of %(date)s is not open for invoicing any more: "
                        "load the page again.",
                        charge=charge.display_name,
                        date=fields.Date.to_string(charge.date),
                    )
                )
        # Who may invoice may reserve; the ledger itself is written by the system.
        charges = self.sudo()
        charges.write({"overrun_state": "invoiced", "invoice_line_id": invoice_line.id})
        charges.intervention_id.write({"locked": True})

    def _free_overrun(self):
        """Take overrun off its invoice: it is open again and its time can change."""
        # Freeing follows from what happened to the invoice; that is checked there.
        charges = self.sudo().filtered(lambda charge: charge.invoice_line_id)
        charges.write({"overrun_state": "open", "invoice_line_id": False})
        unlocked = charges.intervention_id.filtered(
            lambda work: not work.charge_ids.invoice_line_id
        )
        unlocked.write({"locked": False})
        # What has changed around it while it was locked counts from now on.
        unlocked._settle()

    def action_release_hold(self):
        """Let held overrun be invoiced: the dispatcher's decision."""
        self.check_access("read")
        check_group(self.env, DISPATCHER)
        # The decision is checked; nobody has rights to write the ledger.
        self.sudo().filtered(lambda charge: charge.overrun_state == "held").write(
            {"overrun_state": "open"}
        )

    def action_waive(self, reason):
        """Do not invoice this overrun, for a reason: the billing manager's decision."""
        self.check_access("read")
        check_group(self.env, BILLING_MANAGER)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why this is not invoiced."))
        charges = self.filtered(lambda charge: charge.overrun_state in OPEN_OVERRUN)
        if not charges:
            raise UserError(self.env._("There is no open overrun among these."))
        # The decision is checked; nobody has rights to write the ledger.
        charges.sudo().write({"overrun_state": "waived", "waive_reason": reason})
