# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools import BILLING_MANAGER, WhatIf, check_group


class SupportInterventionRerate(models.TransientModel):
    """Prices open work again by the rules of today, after showing what that changes.

    Rates, calendars and policies that change never change work by themselves.
    """

    _name = "support.intervention.rerate"
    _description = "Rate Support Work Again"

    intervention_ids = fields.Many2many("support.intervention", readonly=True)
    reason = fields.Char(help="The history of the contract keeps it.")
    locked_count = fields.Integer(compute="_compute_line_ids")
    changed_count = fields.Integer(compute="_compute_line_ids")
    line_ids = fields.One2many(
        "support.intervention.rerate.line", "wizard_id", compute="_compute_line_ids"
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "support.intervention":
            values["intervention_ids"] = self.env.context.get("active_ids", [])
        return values

    @api.depends("intervention_ids")
    def _compute_line_ids(self):
        for wizard in self:
            works = wizard._get_open_works()
            chosen = wizard.intervention_ids._origin
            wizard.locked_count = len(chosen.filtered("locked"))
            estimates = works._estimate() if works else {}
            lines = [
                vals
                for work, estimate in estimates.items()
                if (vals := wizard._prepare_line(work, estimate))
            ]
            wizard.line_ids = [Command.clear(), *map(Command.create, lines)]
            wizard.changed_count = len(lines)

    def _get_open_works(self):
        """Work that may be rated again, asked what the rules of today would say."""
        check_group(self.env, BILLING_MANAGER)
        # In a form that is not saved yet they are copies; time hangs below the stored.
        chosen = self.intervention_ids._origin
        chosen.check_access("read")
        works = chosen.filtered(lambda work: not work.locked and work.state != "void")
        # Nothing is stored; the right to ask is checked.
        works = works.sudo().sorted(lambda work: (work.date, work.id))
        return works.with_context(support_what_if=WhatIf(fresh=True))

    def _prepare_line(self, work, estimate):
        """What would change, or None."""
        before = (work.amount, work.billed_minutes, work.overrun_amount)
        after = (
            work.currency_id.round(estimate["amount"]),
            estimate["billed_minutes"],
            work.currency_id.round(estimate["overrun_amount"]),
        )
        same = (before, work.hold_reason) == (after, estimate["hold_reason"])
        if same and not estimate["credit"]:
            return None
        return {
            "intervention_id": work.id,
            "old_minutes": before[1],
            "new_minutes": after[1],
            "old_amount": before[0],
            "new_amount": after[0],
            "old_overrun_amount": before[2],
            "new_overrun_amount": after[2],
            "new_hold_reason": estimate["hold_reason"],
            "credit_text": work._render_estimated_credit(estimate["credit"]),
        }

    def action_rerate(self):
        self.ensure_one()
        works = self.line_ids.intervention_id
        if not works:
            raise UserError(
                self.env._("The rules of today change nothing of this work.")
            )
        works._rerate(self.reason)
        return {"type": "ir.actions.act_window_close"}


class SupportInterventionRerateLine(models.TransientModel):
    """What rating again changes of one intervention."""

    _name = "support.intervention.rerate.line"
    _description = "Rate Support Work Again: Line"

    wizard_id = fields.Many2one("support.intervention.rerate", ondelete="cascade")
    intervention_id = fields.Many2one("support.intervention", string="Work")
    currency_id = fields.Many2one(related="intervention_id.currency_id")
    old_minutes = fields.Integer(string="Billed now")
    new_minutes = fields.Integer(string="Billed then")
    old_amount = fields.Monetary(string="Price now")
    new_amount = fields.Monetary(string="Price then")
    old_overrun_amount = fields.Monetary(string="Overrun now")
    new_overrun_amount = fields.Monetary(string="Overrun then")
    credit_text = fields.Char(string="Credit it takes")
    new_hold_reason = fields.Selection(
        selection=lambda self: self.env["support.intervention"]._get_hold_reasons(),
        string="Would wait because",
    )
