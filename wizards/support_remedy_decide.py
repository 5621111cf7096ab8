# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from ..models.support_remedy import REMEDY_KINDS


class SupportRemedyDecide(models.TransientModel):
    """A billing manager accepts or rejects the refund of a missed target."""

    _name = "support.remedy.decide"
    _description = "Decide on a Remedy"

    remedy_id = fields.Many2one("support.remedy", required=True, readonly=True)
    currency_id = fields.Many2one(related="remedy_id.currency_id")
    amount = fields.Monetary(
        compute="_compute_amount", help="What the month still gives back, as of now."
    )
    decision = fields.Selection(
        [("accept", "Give it back"), ("reject", "Give nothing")],
        required=True,
        default="accept",
    )
    kind = fields.Selection(
        REMEDY_KINDS,
        string="As",
        compute="_compute_kind",
        store=True,
        readonly=False,
    )
    reason = fields.Char(help="The customer reads it.")

    @api.depends("remedy_id")
    def _compute_amount(self):
        for wizard in self:
            remedy = wizard.remedy_id
            wizard.amount = float(remedy._get_due()) if remedy else 0.0

    @api.depends("remedy_id")
    def _compute_kind(self):
        for wizard in self:
            contract = wizard.remedy_id.contract_id
            # Goodwill is of no use to who has left.
            over = contract and contract._is_over()
            wizard.kind = "credit_note" if over else contract.remedy_kind

    def action_decide(self):
        self.ensure_one()
        remedy = self.remedy_id
        if self.decision == "reject":
            remedy.action_reject(self.reason)
        else:
            remedy.action_accept(self.kind or "credit_note", self.reason)
        return {"type": "ir.actions.act_window_close"}
