# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..engine.sla import breached_month
from ..tools import BILLING_MANAGER, check_group, format_minutes, replay_on_duplicate
from . import support_adapter as adapter

REMEDY_KINDS = [
    ("credit_note", "Credit note on the recurring invoice"),
    ("goodwill", "Goodwill credit"),
]
TODO = "mail.mail_activity_data_todo"


class SupportRemedy(models.Model):
    """What a missed target gives back: the fee of its month, once.

    Proposed by the system when a target of a level with a refund clause is missed;
    accepted or rejected by a billing manager. Further missed targets of the month join
    it as evidence and give nothing more: it is a lump sum, and final.
    """

    _name = "support.remedy"
    _inherit = ["support.ledger", "mail.thread", "mail.activity.mixin"]
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

    # -- Proposing, by the system --------------------------------------------------

    @api.model
    def _propose(self, slas):
        """Propose the remedies of missed targets: one per asset or contract, and month.

        Those of a month that has its remedy already join it as evidence.
        """
        groups = {}
        for sla in slas:
            if sla.level_id.refund and sla.contract_id and not sla.remedy_id:
                key = self._get_key(sla)
                groups[key] = groups.get(key, slas.browse()) | sla
        if not groups:
            return self
        known = self._find(groups)
        new = {}
        for key, own in groups.items():
            values = None if key in known else self._prepare_remedy(key, own)
            if values:
                new[key] = values
        with replay_on_duplicate():
            made = self.create(list(new.values()))
        known.update(zip(new, made, strict=True))
        for key, own in groups.items():
            if key in known:
                own.remedy_id = known[key]
        made._ask()
        return made

    @api.model
    def _get_key(self, sla):
        """``(contract, asset or none, month)``: what is refunded for a missed target.

        The month is that of the deadline on the wall clock of the contract, however
        late the breach is found.
        """
        contract = sla.contract_id
        zone = contract._get_zone()
        month = breached_month(adapter.to_instant(sla.date_deadline), zone)
        asset = sla.asset_id
        if contract.remedy_scope == "contract" or not contract._covers_asset(
            asset, contract._get_local_day(sla.date_deadline)
        ):
            asset = asset.browse()
        return contract, asset, month

    @api.model
    def _find(self, keys):
        contracts = self.env["support.contract"].union(*(key[0] for key in keys))
        found = self.search(
            [
                ("contract_id", "in", contracts.ids),
                ("month", "in", [key[2] for key in keys]),
                ("state", "!=", "withdrawn"),
            ]
        )
        return {
            (remedy.contract_id, remedy.asset_id, remedy.month): remedy
            for remedy in found
        }

    @api.model
    def _prepare_remedy(self, key, slas):
        """The values of the remedy of a key, if there is a fee to give back."""
        contract, asset, month = key
        amount = float(contract._get_month_fee(month, asset or None))
        return amount > 0 and {
            "contract_id": contract.id,
            "asset_id": asset.id,
            "month": month,
            "level_id": slas[:1].level_id.id,
            "amount": amount,
        }

    def _ask(self):
        """Ask a billing manager of the company to decide."""
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": remedy.id,
                    "activity_type_id": self.env.ref(TODO).id,
                    "automated": True,
                    "summary": self.env._("A target was missed: refund the fee?"),
                    "user_id": remedy._get_decider().id,
                }
                for remedy in self
            ]
        )
        self.invalidate_recordset(["activity_ids"])

    def _get_decider(self):
        """The account manager if a billing manager, else one of the company."""
        group_id = self.env["ir.model.data"]._xmlid_to_res_id(BILLING_MANAGER)
        users = self.env["res.groups"].browse(group_id).all_user_ids
        company = self.company_id
        able = users.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
        return (self.contract_id.user_id & able) or able[:1] or self.env.user

    @api.model
    def _withdraw(self, slas):
        """Take back what is not decided, where no target was missed after all."""
        remedies = slas.remedy_id
        slas.remedy_id = False
        for remedy in remedies:
            if remedy.state == "proposed" and not remedy.sla_ids:
                remedy.state = "withdrawn"
                remedy.activity_unlink([TODO])

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
        """Give the fee back, as a draft credit note or as a lot of goodwill."""
        self._check_open()
        for remedy in self:
            values = (
                {"move_id": remedy._create_credit_note().id}
                if kind == "credit_note"
                else {"lot_id": remedy._grant_goodwill(reason).id}
            )
            remedy._decide("accepted", reason, kind=kind, **values)

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

    def _create_credit_note(self):
        """A draft credit note on the invoice that billed the month's fee."""
        self.ensure_one()
        move = (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(self._prepare_credit_note())
        )
        move.invoice_line_ids._set_overrun_amount(self.amount)
        return move

    def _prepare_credit_note(self):
        # What was invoiced, and to whom, is read whoever decides.
        source = self.sudo()._find_fee_line()
        contract = self.sudo().contract_id
        invoice = source.move_id
        partner = invoice.partner_id or contract.partner_id
        line = {
            "product_id": (source.product_id or self.sudo().level_id.product_id).id,
            "name": self.with_context(lang=partner.lang)._get_credit_note_text(),
            "quantity": 1.0,
            "price_unit": self.amount,
        }
        if source:
            line.update(
                tax_ids=[Command.set(source.tax_ids.ids)],
                account_id=source.account_id.id,
            )
        return {
            "move_type": "out_refund",
            "partner_id": partner.id,
            "currency_id": self.currency_id.id,
            "reversed_entry_id": invoice.id,
            "invoice_origin": contract.name,
            "ref": contract.name,
            "fiscal_position_id": invoice.fiscal_position_id.id
            or contract.partner_id.property_account_position_id.id,
            "invoice_line_ids": [Command.create(line)],
        }

    def _find_fee_line(self):
        """The invoice line of the fee of the month: the last one up to its end."""
        self.ensure_one()
        last = self.month + relativedelta(months=1, days=-1)
        lines = self.env["account.move.line"].search(
            [
                (
                    "contract_line_id.contract_id.support_contract_id",
                    "=",
                    self.contract_id.id,
                ),
                ("contract_line_id.support_kind", "=", "fee"),
                ("move_type", "=", "out_invoice"),
                ("parent_state", "=", "posted"),
                ("move_id.invoice_date", "<=", last),
            ],
            order="date desc, id desc",
        )
        product = self.level_id.product_id
        return (lines.filtered(lambda line: line.product_id == product) or lines)[:1]

    def _get_credit_note_text(self):
        self.ensure_one()
        # The customer's text tells what the customer may know.
        remedy = self.sudo()
        month = format_date(self.env, self.month, date_format="LLLL y")
        if remedy.asset_id:
            return self.env._(
                "Refund of the fee of %(asset)s, %(month)s: service level not met",
                asset=remedy.asset_id.name,
                month=month,
            )
        return self.env._(
            "Refund of the fee of %(contract)s, %(month)s: service level not met",
            contract=remedy.contract_id.name,
            month=month,
        )

    def _grant_goodwill(self, reason):
        self.ensure_one()
        contract = self.contract_id
        first = contract._get_today()
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

    @api.model
    def _reopen(self, moves):
        """A credit note that is thrown away leaves its remedy to be decided anew."""
        # The remedy follows its document, whoever may throw that away.
        remedies = self.sudo().search(
            [("move_id", "in", moves.ids), ("state", "=", "accepted")]
        )
        if remedies:
            remedies.write(
                {
                    "state": "proposed",
                    "move_id": False,
                    "kind": False,
                    "decided_by": False,
                    "decided_on": False,
                }
            )
            remedies._ask()

    # -- Evidence ------------------------------------------------------------------

    def _attach_evidence(self):
        """Keep the evidence as a PDF with the remedy and with its credit note."""
        for remedy in self:
            content, extension = self.env["ir.actions.report"]._render_qweb_pdf(
                "prepaid_support.support_remedy_report", remedy.ids
            )
            name = f"{remedy.display_name}.{extension}".replace("/", "-")
            remedy.evidence_id = self.env["ir.attachment"].create(
                {
                    "name": name,
                    "raw": content,
                    "res_model": "support.remedy",
                    "res_id": remedy.id,
                }
            )
            if remedy.move_id:
                remedy.evidence_id.copy(
                    {"res_model": "account.move", "res_id": remedy.move_id.id}
                )

    def _prepare_evidence(self):
        """What happened, as plain values in the language of the environment."""
        self.ensure_one()
        contract = self.contract_id

        def local(moment):
            return contract._format_local(moment) if moment else ""

        events = dict(
            self.env["support.sla.event"]
            ._fields["event"]
            ._description_selection(self.env)
        )
        states = dict(self._fields["state"]._description_selection(self.env))
        kinds = dict(
            self.env["support.sla"]._fields["kind"]._description_selection(self.env)
        )
        clocks = dict(
            self.env["support.sla"]._fields["clock"]._description_selection(self.env)
        )
        return {
            "title": self.display_name,
            "month": format_date(self.env, self.month, date_format="LLLL y"),
            "asset": self.asset_id.name or "",
            "contract": contract.name,
            "amount": contract._format_portal_credit("money", self.amount),
            "state": self.state,
            "state_label": states[self.state],
            "reason": self.reason or "",
            "targets": [
                {
                    "ticket": sla.ticket_id._get_portal_title(),
                    "kind": kinds[sla.kind],
                    "level": sla.level_id.name,
                    "asset": sla.asset_id.name or "",
                    "within": format_minutes(self.env, sla.minutes),
                    "clock": clocks.get(sla.clock, ""),
                    "start": local(sla.date_start),
                    "deadline": local(sla.date_deadline),
                    "done": local(sla.date_done),
                    "events": [
                        {
                            "date": local(event.date),
                            "label": events[event.event],
                            "deadline": local(event.date_deadline),
                        }
                        for event in sla.event_ids
                    ],
                    "pauses": [
                        {
                            "from": local(pause.date_from),
                            "to": local(pause.date_to),
                            "reason": dict(
                                pause._fields["reason"]._description_selection(self.env)
                            )[pause.reason],
                        }
                        for pause in sla.ticket_id.support_pause_ids
                        if sla.kind == "resolution"
                    ],
                }
                for sla in self.sla_ids.sorted("date_deadline")
            ],
        }
