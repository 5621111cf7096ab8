# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from .support_bookkeeping import BOOKKEEPING


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["support.bookkeeping", "account.move", "support.time.report.mixin"]
    _support_bookkeeping_fields = (
        "support_overrun",
        "support_freed",
        "support_time_report_id",
        "support_remedy_id",
    )

    support_overrun = fields.Boolean(
        string="Overrun invoice",
        readonly=True,
        copy=False,
        help="Made by Invoice overrun: it bills support work beyond the credit.",
        groups="base.group_user",
    )
    support_freed = fields.Boolean(
        readonly=True,
        copy=False,
        help="This document has freed the support work of an overrun invoice.",
        groups="base.group_user",
    )
    support_time_report_id = fields.Many2one(
        "ir.attachment",
        string="Time report",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    support_remedy_id = fields.Many2one(
        "support.remedy",
        string="Remedy",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The missed target that this credit note gives the fee back for.",
        groups="base.group_user",
    )
    support_lot_count = fields.Integer(
        compute="_compute_support_counts",
        compute_sudo=True,
        groups="base.group_user",
    )
    support_charge_count = fields.Integer(
        compute="_compute_support_counts",
        compute_sudo=True,
        groups="base.group_user",
    )

    _support_overrun_index = models.Index("(id) WHERE support_overrun")

    @api.depends("invoice_line_ids.support_refund_lot_id", "invoice_line_ids")
    def _compute_support_counts(self):
        lots = dict.fromkeys(self.ids, 0)
        charges = dict.fromkeys(self.ids, 0)
        for line, count in self.env["support.lot"]._read_group(
            [("move_line_id.move_id", "in", self.ids)], ["move_line_id"], ["__count"]
        ):
            lots[line.move_id.id] += count
        for line, count in self.env["support.charge"]._read_group(
            [("invoice_line_id.move_id", "in", self.ids)],
            ["invoice_line_id"],
            ["__count"],
        ):
            charges[line.move_id.id] += count
        for move in self:
            refunded = move.invoice_line_ids.support_refund_lot_id
            move.support_lot_count = lots.get(move.id, 0) + len(refunded)
            move.support_charge_count = charges.get(move.id, 0)

    # -- events --------------------------------------------------------------------

    def _post(self, soft=True):
        self._check_support_remedy()
        posted = super()._post(soft)
        posted._grant_support_credit_at_posting()
        credit_notes = posted.filtered(lambda move: move.move_type == "out_refund")
        credit_notes.invoice_line_ids._check_support_granted_unchanged()
        credit_notes.invoice_line_ids._refund_support_credit()
        credit_notes._free_credited_overrun()
        posted._trigger_missing_time_reports()
        return posted

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        # It is also called for credit notes, zero totals and nothing at all.
        self.filtered(
            lambda move: move.payment_state in ("paid", "in_payment")
        )._grant_support_credit_at_payment()
        return result

    def _grant_support_credit_at_payment(self):
        # Whatever the product says by now: what is paid was posted before.
        lines = self._get_support_bundle_lines().filtered(
            lambda line: (
                not line.sudo().support_granted and line._get_support_grant_event()
            )
        )
        lines._grant_support_credit()

    def _grant_support_credit_at_posting(self):
        lines = self._get_support_bundle_lines()
        # A line that is posted again must still say what it has given credit for.
        granted = lines.filtered(lambda line: line.sudo().support_granted)
        granted._check_support_granted_unchanged()
        todo = lines - granted
        for line in todo:
            # One after the other: each takes its part of what the order has granted.
            lot = line._get_support_order_lot()
            if lot:
                line._bill_support_order_lot(lot)
                todo -= line
        todo._check_support_plan()
        todo.filtered(
            lambda line: line._get_support_grant_event() == "invoice"
        )._grant_support_credit()

    def _get_support_bundle_lines(self):
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        return invoices.invoice_line_ids.filtered(
            lambda line: line._is_support_bundle()
        )

    # -- reversal ------------------------------------------------------------------

    def _reverse_moves(self, default_values_list=None, cancel=False):
        moves = self.with_context(support_bookkeeping=BOOKKEEPING)
        reverses = super(AccountMove, moves)._reverse_moves(
            default_values_list, cancel=cancel
        )
        reverses = reverses.with_env(self.env)
        if not cancel:
            drafts = reverses.filtered(
                lambda move: move.move_type == "out_refund" and move.state == "draft"
            )
            for line in drafts.invoice_line_ids:
                line._propose_support_refund()
        return reverses

    def _free_credited_overrun(self):
        """Free the work of the overrun invoices that these credit notes undo in full.

        A partial credit note is a price reduction: the work stays invoiced.
        """
        for credit_note in self:
            origin = credit_note.reversed_entry_id
            if not origin.support_overrun or not origin._is_fully_credited():
                continue
            if origin.invoice_line_ids._free_support_charges():
                # What happened to the work is remembered, whoever may invoice.
                origin._get_posted_credit_notes().sudo().support_freed = True

    def _is_fully_credited(self):
        """Whether its own credit notes make up the whole invoice.

        The payment state does not say so: an invoice that was paid first is not
        reconciled with its credit note, and credit notes of other invoices can pay it.
        """
        self.ensure_one()
        credit_notes = self._get_posted_credit_notes().filtered(
            lambda move: move.currency_id == self.currency_id
        )
        credited = sum(credit_notes.mapped("amount_total"))
        return self.currency_id.compare_amounts(credited, self.amount_total) >= 0

    def _get_posted_credit_notes(self):
        return self.reversal_move_ids.filtered(lambda move: move.state == "posted")

    # -- overrun -------------------------------------------------------------------

    def _reserve_overrun_groups(self, groups):
        """Tie the charges of each group to the line that was made for it."""
        self.ensure_one()
        lines = self.invoice_line_ids.sorted("sequence")
        for line, group in zip(lines, groups, strict=True):
            line._set_overrun_amount(group.amount)
            group.charges._reserve_overrun(line)

    def _reserve_modified_overrun(self, charges_by_line):
        """Let the replacement of a reversed overrun invoice take over its charges."""
        for line in self.invoice_line_ids:
            charges = charges_by_line.get(line.support_source_line_id)
            if charges:
                charges._reserve_overrun(line)
                # The copy bills what the original did.
                line.move_id.sudo().support_overrun = True

    # -- recurring -----------------------------------------------------------------

    def _finish_support_invoices(self):
        """Make the amounts net ones, and post what is posted by itself; the moves.

        Bundles are, since their credit comes with it. Fees wait for the accountant
        unless the company has them posted, too.
        """
        lines = self.invoice_line_ids.filtered("contract_line_id")
        fees = lines.filtered(lambda line: line.contract_line_id.support_kind == "fee")
        for line in fees:
            line._set_overrun_amount(line.price_unit)
        waiting = fees.move_id.filtered(
            lambda move: not move.company_id.support_fee_auto_post
        )
        (self - waiting)._post(soft=False)
        return self

    # -- reset and cancel ----------------------------------------------------------

    def button_draft(self):
        cancelled = self.filtered(
            lambda move: move.state == "cancel" and move.support_overrun
        )
        if cancelled:
            raise UserError(
                self.env._(
                    "The invoice %(invoice)s was cancelled, so its support work can "
                    "be invoiced again. Use Invoice overrun to make a new invoice.",
                    invoice=cancelled[0].display_name,
                )
            )
        self._check_support_remedy()
        return super().button_draft()

    def _check_support_remedy(self):
        """A remedy is given by one document: not also by one that was cancelled."""
        for move in self:
            # Whoever may post is told.
            remedy = move.sudo().support_remedy_id
            if remedy and (remedy.state != "accepted" or remedy.move_id != move):
                raise UserError(
                    self.env._(
                        "The credit note %(credit_note)s was cancelled, so its remedy "
                        "%(remedy)s is decided anew. Accept that to have a new one.",
                        credit_note=move.display_name,
                        remedy=remedy.display_name,
                    )
                )

    def button_cancel(self):
        self._check_support_not_undone()
        result = super().button_cancel()
        self.filtered("support_overrun").invoice_line_ids._free_support_charges()
        self.invoice_line_ids._release_support_reservation()
        self.env["support.remedy"]._reopen(self)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_support_freed(self):
        self._check_support_not_undone()
        self.env["support.remedy"]._reopen(self)

    def _check_support_not_undone(self):
        for move in self:
            lines = move.invoice_line_ids
            if move.move_type == "out_invoice" and lines._get_support_lots():
                raise UserError(
                    self.env._(
                        "The invoice %(invoice)s has given support credit and cannot "
                        "be cancelled or deleted. Make a credit note: that takes "
                        "back the credit that has not been used.",
                        invoice=move.display_name,
                    )
                )
            if move.support_freed or move._has_support_refund():
                raise UserError(
                    self.env._(
                        "The credit note %(credit_note)s has taken back support "
                        "credit, or freed work to be invoiced again. It cannot be "
                        "cancelled or deleted; post it again.",
                        credit_note=move.display_name,
                    )
                )

    def _has_support_refund(self):
        self.ensure_one()
        if self.move_type != "out_refund":
            return False
        # Entries are read as superuser: whoever cancels is told of all of them.
        entries = self.env["support.entry"].sudo()
        domain = [("move_line_id", "in", self.invoice_line_ids.ids)]
        reduced = any(self.sudo().invoice_line_ids.mapped("support_granted"))
        return reduced or bool(entries.search_count(domain, limit=1))

    # -- screens -------------------------------------------------------------------

    def action_view_support_lots(self):
        self.ensure_one()
        lots = self.invoice_line_ids._get_support_lots()
        lots |= self.invoice_line_ids.support_refund_lot_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Support credit"),
            "res_model": "support.lot",
            "view_mode": "list,form",
            "domain": [("id", "in", lots.ids)],
            "context": {"create": False},
        }

    def action_view_support_interventions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Interventions"),
            "res_model": "support.intervention",
            "view_mode": "list,form",
            "domain": [("charge_ids.invoice_line_id.move_id", "=", self.id)],
            "context": {"create": False},
        }
