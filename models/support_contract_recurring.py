# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..engine.money import decimal_of, round_money
from .contract_contract import OWNED
from .support_adapter import currency_step

#: What the schedule of the recurring invoices follows.
SCHEDULE_FIELDS = {
    "company_id",
    "currency_id",
    "date_end",
    "date_start",
    "fee_date_from",
    "fee_months",
    "fee_product_id",
    "flat_fee",
    "level_id",
    "partner_id",
    "state",
    "user_id",
}


class SupportContractRecurring(models.AbstractModel):
    """The recurring invoice of a contract, by a schedule of OCA's that it owns.

    The schedule says when; how much is always *fee owed until the end of the period
    minus fee on invoice lines that are not cancelled*. So whatever happens to coverage,
    drafts and credit notes, the next invoice puts it right.
    """

    _name = "support.contract.recurring"
    _description = "Support Contract: Recurring Invoices"

    # The contract has it.
    currency_id = fields.Many2one("res.currency")
    recurring_contract_id = fields.Many2one(
        "contract.contract",
        string="Schedule of invoices",
        readonly=True,
        copy=False,
        groups="account.group_account_invoice",
    )
    topup_ids = fields.One2many(
        "support.contract.topup",
        "contract_id",
        string="Recurring bundles",
        copy=False,
        groups="base.group_user",
    )
    fee_next_date = fields.Date(
        string="Next fee invoice",
        compute="_compute_fee_invoiced",
        compute_sudo=True,
        groups="base.group_user",
    )
    fee_invoiced_until = fields.Date(
        string="Fee invoiced until",
        compute="_compute_fee_invoiced",
        compute_sudo=True,
        groups="base.group_user",
    )
    fee_difference = fields.Monetary(
        string="Fee to settle",
        compute="_compute_fee_invoiced",
        compute_sudo=True,
        groups="base.group_user",
        help="What changed for the time that is invoiced already: the next invoice "
        "carries it, or is a credit note.",
    )

    def _compute_fee_invoiced(self):
        for contract in self:
            stored = contract._origin
            if not stored:
                contract.fee_next_date = contract.fee_invoiced_until = False
                contract.fee_difference = 0.0
                continue
            lines = stored._get_fee_lines()
            dates = [day for day in lines.mapped("recurring_next_date") if day]
            first = stored._get_fee_start()
            contract.fee_next_date = dates and max(min(dates), first)
            contract.fee_invoiced_until = stored._get_fee_invoiced_until()
            until = stored._get_settlement_end()
            contract.fee_difference = (
                float(
                    sum(stored._get_fee_to_invoice(line, until) for line in lines)
                    or Decimal(0)
                )
                if until
                else 0.0
            )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        # Also where the context had a default; nobody needs to be able to read it.
        if contracts.sudo().recurring_contract_id:
            self._refuse_schedule()
        contracts._sync_recurring()
        return contracts

    def write(self, vals):
        if "recurring_contract_id" in vals and (
            self.env.context.get("support_owned") is not OWNED
        ):
            self._refuse_schedule()
        moved = self.filtered(
            lambda contract: (
                contract._is_changed_by(vals)
                # Whoever changes it, the schedule is there.
                and contract.sudo().recurring_contract_id
            )
        )
        moved._drop_recurring()
        result = super().write(vals)
        if vals.keys() & SCHEDULE_FIELDS:
            self._sync_recurring()
        return result

    @api.model
    def _refuse_schedule(self):
        raise UserError(
            self.env._("The schedule of a support contract is made by itself.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recurring_invoiced(self):
        self._check_recurring_not_invoiced()

    def unlink(self):
        self._check_recurring_not_invoiced()
        self._drop_recurring()
        return super().unlink()

    def _drop_recurring(self):
        """Delete schedules that nothing was invoiced by."""
        self._check_recurring_not_invoiced()
        # The schedule goes with its contract, whoever may delete that.
        contracts = self.sudo().with_context(support_owned=OWNED)
        contracts = contracts.filtered("recurring_contract_id")
        owned = contracts.recurring_contract_id
        if owned:
            contracts.recurring_contract_id = False
            owned.unlink()

    def _check_recurring_not_invoiced(self):
        for contract in self:
            # Whether it is invoiced does not depend on who asks.
            if contract.sudo()._get_recurring_invoice_lines():
                raise UserError(
                    self.env._(
                        "The fee of %(contract)s or a recurring bundle is invoiced, so "
                        "it cannot be deleted, and its customer, company and currency "
                        "cannot change. End it, and make a new contract.",
                        contract=contract.name,
                    )
                )

    # -- The schedule --------------------------------------------------------------

    def _sync_recurring(self):
        """Have the schedule follow the contract, whoever changed that."""
        # Helpdesk users need no accounting rights: the schedule follows from what they
        # may change, and nobody else can write it.
        contracts = self.sudo().with_context(support_owned=OWNED, active_test=False)
        for contract in contracts.exists():
            if not contract.recurring_contract_id and contract._needs_recurring():
                contract._create_recurring()
            owned = contract.recurring_contract_id
            if not owned:
                continue
            if not owned.active:
                # What changed after the end is settled again.
                owned.active = True
            if owned.user_id != contract.user_id:
                owned.user_id = contract.user_id
            contract._sync_fee_lines()
            contract.topup_ids._sync_contract_line()

    def _needs_recurring(self):
        self.ensure_one()
        return self.state == "active" and bool(
            self.flat_fee or any(self.line_ids.mapped("monthly_fee")) or self.topup_ids
        )

    def _create_recurring(self):
        self.ensure_one()
        company = self.company_id
        Contract = self.env["contract.contract"].with_company(company)
        self.recurring_contract_id = Contract.create(
            {
                "name": self.name,
                "code": self.name,
                "support_contract_id": self.id,
                "partner_id": self.partner_id.id,
                "company_id": company.id,
                "manual_currency_id": self.currency_id.id,
                "user_id": self.user_id.id,
                "contract_type": "sale",
                "line_recurrence": True,
                "date_start": self._get_fee_start(),
            }
        )

    def _get_fee_lines(self):
        """Lines of the schedule for fees, one for each product."""
        # Our own schedule, read for whoever may see the contract.
        owned = self.sudo().recurring_contract_id.with_context(active_test=False)
        return owned.contract_line_ids.filtered(lambda line: line.support_kind == "fee")

    def _get_fee_invoiced_until(self):
        """The last day of the periods that are invoiced, or False."""
        dates = [day for day in self._get_fee_lines().mapped("last_date_invoiced")]
        return max(filter(None, dates), default=False)

    def _get_fee_products(self):
        products = self.env["product.product"]
        for line in self.line_ids.filtered("monthly_fee"):
            products |= line._get_fee_product()
        if self.flat_fee:
            products |= self._get_flat_product()
        for terms in self.fee_terms or []:
            if terms["flat_fee"]:
                products |= self._get_flat_product(terms.get("flat_product"))
        return products

    def _sync_fee_lines(self):
        """A line for each product that a fee is invoiced as, all in step."""
        self.ensure_one()
        lines = self._get_fee_lines()
        until = self._get_fee_invoiced_until()
        wanted = self._get_fee_products()
        if not until:
            (lines.filtered(lambda line: line.product_id not in wanted)).unlink()
            lines = lines.exists()
        missing = wanted - lines.product_id
        self.env["contract.line"].create(
            [self._prepare_fee_line(product, until) for product in missing]
        )
        for line in lines:
            values = self._get_schedule_values(line.date_start, until)
            changed = {name: v for name, v in values.items() if line[name] != v}
            if changed:
                line.write(changed)

    def _prepare_fee_line(self, product, until):
        return {
            "contract_id": self.recurring_contract_id.id,
            "product_id": product.id,
            "name": product.display_name,
            "quantity": 1.0,
            "uom_id": product.uom_id.id,
            "support_kind": "fee",
            "recurring_rule_type": "monthly",
            "recurring_invoicing_type": "pre-paid",
            "last_date_invoiced": until,
            **self._get_schedule_values(self._get_schedule_start(), until),
        }

    def _get_schedule_start(self):
        return self._get_fee_start().replace(day=1)

    def _get_schedule_values(self, start, until):
        """First and last day of a line, and its period.

        Periods are of whole months, so that a full one costs whole fees. OCA refuses to
        end a line before the last day that it has invoiced.
        """
        if not until:
            start = self._get_schedule_start()
        return {
            "date_start": start,
            "date_end": self.date_end and max(self.date_end, until or start),
            "recurring_interval": int(self.fee_months),
        }

    # -- What is invoiced ----------------------------------------------------------

    def _get_recurring_invoice_lines(self):
        """Lines of all invoices that the schedules of these contracts have made."""
        return self.env["account.move.line"].search(
            [
                ("contract_line_id.contract_id.support_contract_id", "in", self.ids),
                ("contract_line_id.support_kind", "!=", False),
            ]
        )

    def _get_fee_to_invoice(self, line, until):
        """Fee owed until a day minus fee invoiced, of one line; a Decimal."""
        self.ensure_one()
        owed = self._get_fees(None, until).get(line.product_id, Decimal(0))
        return owed - self._get_fee_invoiced(line)

    def _get_invoiced_partners(self):
        """Commercial entities to whom the fee may be invoiced."""
        schedule = self.sudo().recurring_contract_id  # whom it bills is no secret here
        return (
            self.commercial_partner_id
            | schedule.partner_id.commercial_partner_id
            | schedule.invoice_partner_id.commercial_partner_id
        )

    def _get_fee_invoiced(self, line):
        """What invoices and credit notes of a line say, in the contract's currency.

        Drafts count, cancelled ones do not. A credit note by *Reverse* keeps the
        contract line, so that the fee is owed again; what pays back a missed target has
        no contract line, and does not count.
        """
        self.ensure_one()
        # All of them count, whoever asks.
        moves = self.env["account.move.line"].sudo()
        found = moves.search(
            [
                ("contract_line_id", "=", line.id),
                ("parent_state", "in", ("draft", "posted")),
                ("move_id.move_type", "in", ("out_invoice", "out_refund")),
                ("display_type", "=", "product"),
            ]
        )
        total = Decimal(0)
        for move_line in found:
            move = move_line.move_id
            if (
                move.company_id != self.company_id
                or move.commercial_partner_id not in self._get_invoiced_partners()
            ):
                # Whoever writes invoices can name any schedule on a line of theirs.
                continue
            amount = abs(move_line._get_support_price_paid(self.currency_id))
            sign = 1 if move_line.move_id.move_type == "out_invoice" else -1
            if move_line.price_subtotal < 0:
                sign = -sign
            total += sign * decimal_of(amount)
        return round_money(total, currency_step(self.currency_id))

    def _get_fee_text(self, line, amount, first, until):
        """Period and covered assets, and what earlier periods are corrected by, in the
        customer's language."""
        self.ensure_one()
        text = self.with_context(lang=self.partner_id.lang or self.env.lang)
        product = line.product_id.with_context(lang=text.env.lang)
        rows = [product.get_product_multiline_description_sale()]
        # The first month need not be a full one.
        first = first and max(first, self._get_fee_start())
        if not first:
            day = format_date(text.env, until)
            rows.append(text.env._("Change of what is covered, until %(day)s", day=day))
            return "\n".join(rows)
        days = " - ".join(format_date(text.env, day) for day in (first, until))
        rows.append(days)
        rows += text._get_covered_text(line, first, until)
        period = self._get_fees(first, until).get(line.product_id, Decimal(0))
        if amount != period:
            difference = format_amount(
                text.env, float(amount - period), self.currency_id
            )
            rows.append(
                text.env._("Earlier periods: %(difference)s", difference=difference)
            )
        return "\n".join(rows)

    def _get_covered_text(self, line, first, until):
        """A row for each level, with its assets."""
        covered = self._get_covered_lines(first, until)
        if not self.flat_fee:
            covered = covered.filtered(
                lambda one: one._get_fee_product() == line.product_id
            )
        rows = []
        for level, lines in covered.grouped("level_id").items():
            names = ", ".join(lines.asset_id.mapped("name"))
            rows.append(f"{level.name}: {names}")
        return rows
