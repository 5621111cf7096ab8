# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class SupportSlaRemedy(models.AbstractModel):
    """A broken promise of a level with a refund clause gives the month's fee back."""

    _name = "support.sla.remedy"
    _description = "Service Level Clock: Remedy"

    remedy_id = fields.Many2one(
        "support.remedy", readonly=True, index="btree_not_null", ondelete="set null"
    )

    remedy_changed = fields.Boolean(
        readonly=True,
        export_string_translation=False,
        help="Its facts are not those that were decided on; the decider was asked.",
    )

    def _propose_remedies(self):
        # The system proposes; what it costs is not for those who work on tickets.
        self.env["support.remedy"].sudo()._propose(self)

    def _withdraw_remedies(self):
        self.env["support.remedy"].sudo()._withdraw(self)  # as it was proposed
