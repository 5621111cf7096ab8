# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from .support_bookkeeping import BOOKKEEPING

#: Handed in the context by the support contract that owns the schedule; nobody can
#: send it over RPC.
OWNED = object()
#: What an accountant may set on a schedule that is owned.
OPEN_FIELDS = {
    "access_token",
    "fiscal_position_id",
    "invoice_generation_error",
    "invoice_generation_error_date",
    "invoice_partner_id",
    "journal_id",
    "note",
    "payment_term_id",
    "tag_ids",
    "user_id",
}
OPEN_PREFIXES = ("activity_", "message_", "my_activity_", "website_message_")


class ContractContract(models.Model):
    """A schedule of recurring invoices; some belong to a support contract.

    Such a one gives dates, journal and terms, and takes its amounts from the support
    contract when it is invoiced. Nobody edits its customer or its lines.
    """

    _inherit = "contract.contract"

    support_contract_id = fields.Many2one(
        "support.contract",
        string="Support contract",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    support_revision = fields.Integer(
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Moves with each invoice, so that two transactions that invoice one fee "
        "collide and the later one is replayed.",
    )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_support_owner():
            for vals in vals_list:
                # Also where the context has a default.
                vals.update(support_contract_id=False, support_revision=0)
        return super().create(vals_list)

    def write(self, vals):
        closed = {
            name
            for name in vals.keys() - OPEN_FIELDS
            if not name.startswith(OPEN_PREFIXES)
        }
        if closed:
            if {"support_contract_id", "support_revision"} & closed:
                self._check_support_owner(self)
            # Whether it is owned does not depend on who asks.
            self._check_support_owner(self.sudo().filtered("support_contract_id"))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_support(self):
        # Whether it is owned does not depend on who asks.
        self._check_support_owner(self.sudo().filtered("support_contract_id"))

    @api.model
    def _is_support_owner(self):
        return self.env.context.get("support_owned") is OWNED

    @api.model
    def _check_support_owner(self, owned):
        """Refuse to change schedules that are owned, unless it is the owner."""
        if owned and not self._is_support_owner():
            # The name of the owner tells where to change it instead.
            owner = owned[0].sudo().support_contract_id
            raise UserError(
                self.env._(
                    "This schedule belongs to the support contract %(contract)s and "
                    "follows from it: change the support contract.",
                    contract=owner.name or "",
                )
            )

    # -- The customer sees the support contract ------------------------------------

    def _set_start_contract_modification(self):
        """The customer follows, and is told of, the support contract only."""
        plain = self.filtered(lambda contract: not contract.support_contract_id)
        return super(ContractContract, plain)._set_start_contract_modification()

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for contract in self:
            # Where it is shown is no secret.
            owner = contract.sudo().support_contract_id
            if owner:
                contract.access_url = f"/my/support/{owner.id}"
        return result

    # -- Invoices ------------------------------------------------------------------

    def _recurring_create_invoice(self, date_ref=False):
        owned = self.filtered("support_contract_id")
        plain = self - owned
        moves = self.env["account.move"]
        if plain:
            moves = super(ContractContract, plain)._recurring_create_invoice(date_ref)
        return moves | owned._create_support_invoices(date_ref)

    def _create_support_invoices(self, date_ref):
        """All periods of these schedules that are due, however late the job runs."""
        moves = self.env["account.move"]
        todo = self.with_context(support_owned=OWNED, support_bookkeeping=BOOKKEEPING)
        todo._bump_support_revision()
        # Whoever may invoice may have the lines there that are to be invoiced.
        todo.sudo().support_contract_id._sync_recurring()
        while todo:
            moves |= super(ContractContract, todo)._recurring_create_invoice(date_ref)
            todo = todo.filtered(lambda one: date_ref and one._is_due(date_ref))
        return moves.with_env(self.env)._finish_support_invoices()

    def _is_due(self, day):
        self.ensure_one()
        return bool(self._get_lines_to_invoice(day))

    def _bump_support_revision(self):
        for contract in self:
            # Bookkeeping, whoever may invoice.
            contract.sudo().support_revision += 1

    def _prepare_recurring_invoices_values(self, date_ref=False):
        owned = self.filtered("support_contract_id")
        prepare = super(ContractContract, self - owned)
        values = prepare._prepare_recurring_invoices_values(date_ref)
        for contract in owned:
            prepare = super(ContractContract, contract)
            for vals in prepare._prepare_recurring_invoices_values(date_ref):
                values += contract._split_support_invoice(vals)
        return values

    def _split_support_invoice(self, vals):
        """One invoice for fees, one for bundles, a credit note for what is less.

        Bundles are posted by themselves, and a fee that waits for the accountant must
        not be posted with them. Nothing to invoice makes no invoice.
        """
        parts = {}
        for command in vals["invoice_line_ids"]:
            line = command[2]
            source = self.env["contract.line"].browse(line["contract_line_id"])
            move_type = "out_invoice"
            if source.support_kind == "fee" and line["price_unit"] < 0:
                move_type = "out_refund"
                line = {**line, "price_unit": -line["price_unit"]}
            lines = parts.setdefault((source.support_kind, move_type), [])
            lines.append(Command.create(line))
        return [
            {**vals, "move_type": move_type, "invoice_line_ids": lines}
            for (_kind, move_type), lines in parts.items()
        ]

    def _create_support_settlement(self, until, day):
        """Invoice or credit what the fee until a day differs from what is invoiced."""
        self.ensure_one()
        owned = self.with_context(
            support_owned=OWNED, support_bookkeeping=BOOKKEEPING, active_test=False
        )
        owned._bump_support_revision()
        vals = owned._prepare_invoice(day)
        for line in owned.contract_line_ids:
            if line.support_kind == "fee":
                line_vals = line._prepare_support_fee(until, {})
                if line_vals:
                    vals["invoice_line_ids"].append(Command.create(line_vals))
        moves = owned.env["account.move"].create(owned._split_support_invoice(vals))
        owned._add_contract_origin(moves)
        return moves.with_env(self.env)._finish_support_invoices()

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        """Not those whose support contract is over: that one settles its fee."""
        domain = super()._get_contracts_to_invoice_domain(date_ref)
        return domain & (
            Domain("support_contract_id", "=", False)
            | Domain("support_contract_id.state", "=", "active")
        )
