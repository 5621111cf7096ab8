# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..tools import BILLING_MANAGER, check_group
from .support_remedy_proposal import TODO

REMEDY_KINDS = [
    ("credit_note", "Credit note on the recurring invoice"),
    ("goodwill", "Goodwill credit"),
]


class SupportRemedy(models.Model):
    """What a missed target gives back: the fee of its month, once.

    Proposed by the system when a target of a level with a refund clause is missed;
    accepted or rejected by a billing manager. Further missed targets of the month join
    it as evidence and give nothing more: it is a lump sum, and final.
    """

    _name = "support.remedy"
    _inherit = [
        "support.ledger",
        "support.remedy.credit.note",
        "support.remedy.evidence",
        "support.remedy.proposal",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Remedy for a Missed Target"
    _order = "month desc, id desc"
    _rec_name = "contract_id"
    # Who reads a remedy may talk about it; what it says nobody writes.
    _mail_post_access = "read"

    contract_id = fields.Many2one(
        "support.contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, precompute=True, index=True
    )
    currency_id = fields.Many2one(
        related="contract_id.currency_id", store=True, precompute=True
    )
    commercial_partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id",
        string="Customer",
        store=True,
        precompute=True,
    )
    asset_id = fields.Many2one(
        "support.asset",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the fee of the whole contract.",
    )
    month = fields.Date(
        required=True, readonly=True, help="The first day of the month of the breach."
    )
    level_id = fields.Many2one("support.level", readonly=True, ondelete="restrict")
    sla_ids = fields.One2many("support.sla", "remedy_id", string="Missed targets")
    amount = fields.Monetary(readonly=True, help="The fee of the month, without taxes.")
    state = fields.Selection(
        [
            ("proposed", "To decide"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default="proposed",
        tracking=True,
        index=True,
        help="Withdrawn: no target was missed after all.",
    )
    kind = fields.Selection(REMEDY_KINDS, string="Given as", readonly=True)
    reason = fields.Char(readonly=True)
    decided_by = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    move_id = fields.Many2one(
        "account.move", string="Credit note", readonly=True, index="btree_not_null"
    )
    lot_id = fields.Many2one("support.lot", string="Goodwill", readonly=True)
    evidence_id = fields.Many2one("ir.attachment", readonly=True, ondelete="set null")

    # The event of a month gives one remedy, however often and by whomever it is seen.
    _once = models.UniqueIndex(
        "(contract_id, COALESCE(asset_id, 0), month) WHERE state != 'withdrawn'"
    )

    @api.depends("contract_id", "asset_id", "month")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for remedy in self:
            # Who reads it may know whose it is.
            what = remedy.sudo()
            parts = (
                what.contract_id.name,
                what.asset_id.name,
                remedy.month
                and format_date(self.env, remedy.month, date_format="LLLL y"),
            )
            remedy.display_name = " · ".join(part for part in parts if part)

    # -- Deciding ------------------------------------------------------------------

    def _check_open(self):
        check_group(self.env, BILLING_MANAGER)
        self.check_access("read")
        for remedy in self:
            if remedy.state != "proposed":
                raise UserError(
                    self.env._(
                        "%(remedy)s is decided already.", remedy=remedy.display_name
                    )
                )

    def action_accept(self, kind, reason=None):
        """Give the fee back, as a draft credit note or as a lot of goodwill.

        As much as the month still gives back now: what it costs may have changed, and
        other remedies of the month may have been accepted.
        """
        self._check_open()
        self._lock_months()
        for remedy in self:
            # That of the whole contract takes in those of its assets.
            if remedy.state == "proposed":
                remedy._accept(kind, reason)

    def _lock_months(self):
        """Have who accepts other remedies of these months wait, and begin anew."""
        # Compared and locked only, never shown.
        months = tuple((one.sudo().contract_id.id, one.month) for one in self)
        self.flush_model()
        if months:
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM support_remedy WHERE (contract_id, month) IN %s "
                    "ORDER BY id FOR UPDATE",
                    months,
                )
            )

    def _accept(self, kind, reason):
        self.ensure_one()
        amount = float(self._get_due())
        if not amount:
            raise UserError(
                self.env._(
                    "%(remedy)s has no fee left to give back: reject it.",
                    remedy=self.display_name,
                )
            )
        # The right to decide is checked; nobody writes these fields by hand.
        decided = self.sudo()
        decided.amount = amount
        values = (
            {"lot_id": self._grant_goodwill(reason).id}
            if kind == "goodwill"
            else {"move_id": self._create_credit_note().id}
        )
        siblings = decided._get_siblings()
        if not decided.asset_id:
            decided._absorb(siblings)
        self._decide("accepted", reason, kind=kind, **values)
        for other in siblings:
            if other.state == "proposed":
                other.amount = float(other._get_due())

    def action_reject(self, reason):
        """Give nothing, and say why."""
        self._check_open()
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say why it is rejected: the customer reads the reason.")
            )
        self._decide("rejected", reason)

    def _decide(self, state, reason, **values):
        # The right to decide is checked; nobody writes these fields by hand.
        decided = self.sudo()
        decided.write(
            {
                "state": state,
                "reason": reason,
                "decided_by": self.env.uid,
                "decided_on": fields.Datetime.now(),
                **values,
            }
        )
        decided.activity_unlink([TODO])
        decided._attach_evidence()

    def _grant_goodwill(self, reason):
        self.ensure_one()
        contract = self.contract_id
        first = contract._get_today()
        if contract._is_over():
            raise UserError(
                self.env._(
                    "%(contract)s has ended: choose a credit note, since goodwill can "
                    "no longer be used.",
                    contract=contract.name,
                )
            )
        partner = contract.sudo().partner_id  # the customer reads it
        name = self.with_context(lang=partner.lang)._get_credit_note_text()
        return self.env["support.lot"]._grant(
            [
                {
                    "key": f"remedy/{self.id}",
                    "name": name,
                    "contract_id": contract.id,
                    "unit": "money",
                    "kind": "goodwill",
                    "paid_quantity": 0.0,
                    "bonus_quantity": self.amount,
                    "price_paid": 0.0,
                    "date_first": first,
                    "date_last": first + relativedelta(years=1),
                    "priority": 10,
                    "reason": reason or name,
                }
            ]
        )
