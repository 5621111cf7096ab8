# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import BILLING_MANAGER, DISPATCHER


class ProjectTask(models.Model):
    _name = "project.task"
    _inherit = ["project.task", "support.pending"]

    _support_work_field = "task_id"

    support_contract_id = fields.Many2one(
        "support.contract",
        string="Support contract",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        help="Time on this task burns the credit of this contract.",
        groups=f"{DISPATCHER},{BILLING_MANAGER}",
    )

    def write(self, vals):
        if "support_contract_id" not in vals:
            return super().write(vals)
        # Compared only, never shown.
        changed = self.filtered(
            lambda task: (
                task.sudo().support_contract_id.id != vals["support_contract_id"]
            )
        )
        changed._check_support_not_invoiced()
        result = super().write(vals)
        changed._resync_support_time()
        return result

    def _check_support_not_invoiced(self):
        """Invoiced work stays with the contract it was invoiced for."""
        # The check must see work which the user may not.
        locked = self.env["support.intervention"].sudo()
        locked = locked.search(
            [("task_id", "in", self.ids), ("locked", "=", True)], limit=1
        )
        if locked:
            raise UserError(
                self.env._(
                    "Work on task %(task)s is invoiced, so its support contract cannot "
                    "change. Make a new task for the other contract.",
                    task=locked.task_id.display_name,
                )
            )

    def _resync_support_time(self):
        """Have the debit follow the contract of the task.

        Time that no contract has paid follows from the day on which its contract
        starts: nobody agreed on a price for what was done before.
        """
        # Credit is burnt by the system, whoever may see the time of the task.
        lines = self.env["account.analytic.line"].sudo()
        for task in self.sudo():
            domain = Domain("support_intervention_id", "!=", False)
            if task.support_contract_id:
                domain |= Domain("date", ">=", task.support_contract_id.date_start)
            lines |= lines.search(
                Domain("task_id", "=", task.id)
                & Domain("ticket_id", "=", False)
                & domain
            )
        self.env.add_to_compute(lines._fields["so_line"], lines)
        lines._sync_support(lines.support_intervention_id)
