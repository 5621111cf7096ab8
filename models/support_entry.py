# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .support_lot import QUANTITY_DIGITS, UNITS
from .support_lot_posting import POSTING

ENTRY_KINDS = [
    ("grant", "Grant"),
    ("debit", "Debit"),
    ("release", "Release"),
    ("expiry", "Expiry"),
    ("refund", "Refund"),
    ("adjustment", "Adjustment"),
    ("extension", "Extension"),
]


class SupportEntry(models.Model):
    """One line of the ledger of one lot. It is never changed and never deleted.

    ``quantity`` is signed, in the currency for a money lot and in minutes for a time
    lot. ``date`` is the day of the work (the day credit was used), ``entry_date`` the
    day it was posted, ``book_date`` the accounting day.
    """

    _name = "support.entry"
    _inherit = ["support.ledger"]
    _description = "Support Credit Entry"
    _order = "date desc, id desc"
    _check_company_auto = True

    lot_id = fields.Many2one(
        "support.lot", required=True, readonly=True, ondelete="restrict", index=True
    )
    contract_id = fields.Many2one(
        "support.contract", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    unit = fields.Selection(UNITS, required=True, readonly=True)
    kind = fields.Selection(ENTRY_KINDS, required=True, readonly=True)
    quantity = fields.Float(digits=QUANTITY_DIGITS, required=True, readonly=True)
    price = fields.Monetary(
        readonly=True,
        groups="base.group_user",
        help="The part of the charge's price that this debit settles; a release "
        "carries it with a minus sign.",
    )
    work_minutes = fields.Integer(
        readonly=True, help="The part of the billed time that this debit settles."
    )
    date = fields.Date(required=True, readonly=True)
    entry_date = fields.Date(required=True, readonly=True)
    book_date = fields.Date(required=True, readonly=True, groups="base.group_user")
    key = fields.Char(required=True, readonly=True, groups="base.group_user")
    charge_id = fields.Many2one(
        "support.charge",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        groups="base.group_user",
    )
    intervention_id = fields.Many2one(
        "support.intervention",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        groups="base.group_user",
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        groups="base.group_user",
    )
    employee_id = fields.Many2one(
        "hr.employee", readonly=True, groups="base.group_user"
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice line",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        groups="base.group_user",
    )
    reason = fields.Char(readonly=True, groups="base.group_user")
    time_display = fields.Selection(
        related="contract_id.time_display", groups="base.group_user"
    )
    minutes_per_ticket = fields.Integer(
        related="contract_id.minutes_per_ticket", groups="base.group_user"
    )

    _unique_key = models.UniqueIndex("(key)")
    _contract_index = models.Index("(contract_id, date, id)")

    @api.depends("kind", "lot_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            entry.display_name = f"{kinds.get(entry.kind)} · {entry.lot_id.name}"

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("support_posting") is not POSTING:
            raise AccessError(
                self.env._(
                    "Credit entries are written by the system only: use Add credit or "
                    "Adjust on the contract."
                )
            )
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(
            self.env._("A credit entry never changes: correct it by another entry.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(
            self.env._("A credit entry is never deleted: correct it by another entry.")
        )
