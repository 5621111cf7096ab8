# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.money import decimal_of
from ..tools import replay_on_duplicate

#: Handed in the context by the posting methods; nobody can send it over RPC.
POSTING = object()
#: The column that an entry of each kind moves beside `remaining`, and its sign.
MOVED_COLUMN = {
    "debit": ("used", -1),
    "release": ("used", -1),
    "expiry": ("lapsed", -1),
    "refund": ("refunded", -1),
    "adjustment": ("adjusted", 1),
    "extension": ("adjusted", 1),
}


class SupportLotPosting(models.AbstractModel):
    """The only way in which credit changes: entries, and the lots with them."""

    _name = "support.lot.posting"
    _description = "Support Credit Lot: Posting"

    @api.model
    def _grant(self, vals_list):
        """Create lots with their ``grant`` entries; returns the lots, in order.

        ``vals``: the values of a lot with its ``key``, ``paid_quantity`` and
        ``bonus_quantity`` in the unit of the lot, and perhaps a ``reason``. A lot whose
        key is known already is returned as it is, if its content is the same.
        """
        # The callers check who may grant; nobody has rights to write the ledger.
        Lot = self.sudo().with_context(support_posting=POSTING)
        keys = [vals["key"] for vals in vals_list]
        known = {lot.key: lot for lot in Lot.search([("key", "in", keys)])}
        new = {vals["key"]: vals for vals in vals_list if vals["key"] not in known}
        with replay_on_duplicate():
            lots = Lot.create([Lot._prepare_lot(vals) for vals in new.values()])
        known.update((lot.key, lot) for lot in lots)
        for vals in vals_list:
            known[vals["key"]]._check_same_grant(vals)
        Lot.env["support.entry"].create(
            [lot._prepare_grant_entry(new[lot.key]) for lot in lots]
        )
        return self.browse(known[key].id for key in keys)

    @api.model
    def _prepare_lot(self, vals):
        granted = decimal_of(vals.get("paid_quantity", 0.0), 4) + decimal_of(
            vals.get("bonus_quantity", 0.0), 4
        )
        if granted <= 0:
            raise UserError(
                self.env._("Credit must be more than zero: type how much is granted.")
            )
        if vals.get("date_last") and vals["date_last"] < vals["date_first"]:
            raise UserError(
                self.env._("Credit cannot expire before its first day: change a date.")
            )
        vals = {key: value for key, value in vals.items() if key != "reason"}
        return dict(vals, granted=float(granted), remaining=float(granted))

    def _prepare_grant_entry(self, vals):
        self.ensure_one()
        return {
            **self._prepare_entry(),
            "kind": "grant",
            "quantity": self.granted,
            "date": self.date_first,
            "key": f"grant/{self.id}",
            "move_line_id": vals.get("move_line_id"),
            "reason": vals.get("reason"),
        }

    def _prepare_entry(self):
        """Values that every entry of this lot has."""
        self.ensure_one()
        contract = self.contract_id
        today = contract._get_today()
        return {
            "lot_id": self.id,
            "contract_id": contract.id,
            "company_id": contract.company_id.id,
            "currency_id": contract.currency_id.id,
            "unit": self.unit,
            "entry_date": today,
            "book_date": today,
        }

    def _check_same_grant(self, vals):
        self.ensure_one()
        for name in ("contract_id", "unit", "paid_quantity", "bonus_quantity"):
            field = self._fields[name]
            value = field.convert_to_write(self[name], self)
            if name in vals and value != vals[name]:
                raise UserError(
                    self.env._(
                        "%(lot)s was granted already, and with other content. Make a "
                        "credit note for what was granted, and invoice the new "
                        "content.",
                        lot=self.name,
                    )
                )

    @api.model
    def _post(self, vals_list):
        """Post entries and move the lots with them: the only way credit changes.

        ``vals``: values of an entry with ``lot_id``, ``kind``, signed ``quantity``
        (Decimal), ``date`` and ``key``. All lots are updated, so that two transactions
        that draw on one lot collide and the later one is replayed.
        """
        # The callers check who may; nobody has rights to write the ledger.
        Lot = self.sudo().with_context(support_posting=POSTING)
        lots = Lot.browse(sorted({vals["lot_id"] for vals in vals_list}))
        base = {lot.id: lot._prepare_entry() for lot in lots}
        entries = Lot.env["support.entry"].create(
            [
                {**base[vals["lot_id"]], **vals, "quantity": float(vals["quantity"])}
                for vals in vals_list
            ]
        )
        changes = defaultdict(lambda: defaultdict(Decimal))
        for vals in vals_list:
            column, sign = MOVED_COLUMN[vals["kind"]]
            changes[vals["lot_id"]]["remaining"] += vals["quantity"]
            changes[vals["lot_id"]][column] += sign * vals["quantity"]
        for lot in lots:
            lot.write(
                {
                    column: float(decimal_of(lot[column], 4) + quantity)
                    for column, quantity in changes[lot.id].items()
                }
            )
        return entries

    def _refund(self, key, quantity=None, move_line=None, reason=None):
        """Take ``quantity`` (all that is unburnt by default) out against money back."""
        return self._take_out("refund", key, quantity, move_line, reason)

    def _adjust_down(self, key, quantity, reason):
        """Take ``quantity`` out for a reason."""
        return self._take_out("adjustment", key, quantity, None, reason)

    def _take_out(self, kind, key, quantity, move_line, reason):
        self.ensure_one()
        # The callers check who may; an event that is known is not posted again.
        lot = self.sudo()
        if lot.env["support.entry"].search_count([("key", "=", key)], limit=1):
            return
        free = decimal_of(lot.remaining, 4) - decimal_of(lot.reserved, 4)
        quantity = free if quantity is None else decimal_of(quantity, 4)
        if quantity > free:
            raise UserError(
                self.env._(
                    "Only %(left)s is left of %(lot)s: take out at most that.",
                    left=lot._format_quantity(free),
                    lot=lot.name,
                )
            )
        if quantity <= 0:
            return
        lot._post(
            [
                {
                    "lot_id": lot.id,
                    "kind": kind,
                    "quantity": -quantity,
                    "date": lot.contract_id._get_today(),
                    "key": key,
                    "move_line_id": move_line and move_line.id,
                    "reason": reason,
                }
            ]
        )

    def _reserve(self, quantity):
        """Keep ``quantity`` from being burnt; a negative one lets go of it again."""
        self.ensure_one()
        # Nothing is posted: a draft document holds what it is about to take out.
        lot = self.sudo().with_context(support_posting=POSTING)
        reserved = lot.reserved + quantity
        lot.write({"reserved": max(0.0, min(reserved, lot.remaining))})

    def _extend(self, key, date_last, reason):
        """Move the last usable day, and write an entry that says so."""
        self.ensure_one()
        # The callers check who may.
        lot = self.sudo()
        if lot.date_lapsed or lot._is_over():
            raise UserError(
                self.env._(
                    "%(lot)s has lapsed already: add new credit instead.", lot=lot.name
                )
            )
        if date_last and date_last < lot.contract_id._get_today():
            raise UserError(
                self.env._("The new last day lies in the past: choose a later one.")
            )
        lot._post(
            [
                {
                    "lot_id": lot.id,
                    "kind": "extension",
                    "quantity": Decimal(0),
                    "date": lot.contract_id._get_today(),
                    "key": key,
                    "reason": reason,
                }
            ]
        )
        lot.with_context(support_posting=POSTING).write({"date_last": date_last})

    def _link_invoice_line(self, line, price_change):
        """Remember the invoice line of a lot that was granted by its order.

        ``price_change``: what the line bills more than the order had said.
        """
        self.ensure_one()
        # Linking tells where the lot comes from; it moves no credit.
        lot = self.sudo().with_context(support_posting=POSTING)
        lot.write(
            {
                "move_line_id": (lot.move_line_id or line).id,
                "price_paid": lot.currency_id.round(lot.price_paid + price_change),
            }
        )

    def _get_refundable(self):
        """What can be paid back: neither burnt nor held, and not expired.

        Expiry is a fact of the date, also when its entry is not posted yet.
        """
        self.ensure_one()
        if self._is_over():
            return 0.0
        return float(decimal_of(self.remaining, 4) - decimal_of(self.reserved, 4))

    @api.model
    def _cron_expire(self):
        """Post the lapse of what is left on lots whose last day has passed."""
        # A job of the system, for the lots of all companies.
        lots = self.sudo().search(
            [("date_lapsed", "=", False), ("date_last", "<", "today +1d")]
        )
        self.env["ir.cron"]._commit_progress(remaining=len(lots))
        for contract, group in lots.grouped("contract_id").items():
            group.filtered(lambda lot: lot._is_over())._lapse()
            if not self.env["ir.cron"]._commit_progress(len(group)):
                break
            contract.invalidate_recordset()

    def _is_over(self):
        self.ensure_one()
        return bool(self.date_last) and self.date_last < self.contract_id._get_today()

    def _lapse(self):
        """Write the expiry entries of these lots, and close them.

        Not while a draft credit note holds credit that it is about to pay back: the
        lot lapses when the draft is posted or dropped.
        """
        lots = self.filtered(lambda lot: not lot.reserved)
        lots._post(
            [
                {
                    "lot_id": lot.id,
                    "kind": "expiry",
                    "quantity": -decimal_of(lot.remaining, 4),
                    "date": lot.date_last + timedelta(days=1),
                    "key": f"expiry/{lot.id}",
                }
                for lot in lots
                if lot.remaining
            ]
        )
        for lot in lots:
            lot.with_context(support_posting=POSTING).write(
                {"date_lapsed": lot.contract_id._get_today()}
            )

    def _check_integrity(self):
        """Lots whose columns differ from their entries: an empty recordset is right."""
        self.flush_model()
        self.env["support.entry"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lot.id FROM support_lot lot
                LEFT JOIN support_entry entry ON entry.lot_id = lot.id
                WHERE lot.id IN %s
                GROUP BY lot.id
                HAVING lot.remaining <> COALESCE(SUM(entry.quantity), 0)
                """,
                tuple(self.ids) or (0,),
            )
        )
        return self.browse(row[0] for row in rows)
