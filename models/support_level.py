# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .support_adapter_sla import to_targets

PRIORITIES = [
    ("0", "Low"),
    ("1", "Medium"),
    ("2", "High"),
    ("3", "Very High"),
]


class SupportLevel(models.Model):
    """A service level, such as A, B or C: what is promised, and how to reach the desk.

    Its targets are promises in minutes (``support.level.target``); its channels are
    shown to the customers who have it.
    """

    _name = "support.level"
    _description = "Service Level"
    _inherit = ["support.level.words"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    description = fields.Html(translate=True)
    monthly_fee = fields.Monetary(
        string="Fee a month",
        help="For each covered asset, without taxes. A contract may agree on another "
        "one.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="Fee is invoiced as",
        check_company=True,
        domain="[('type', '=', 'service')]",
        help="Gives the income account and the taxes of the recurring invoice; its "
        "price is not used.",
    )
    free_tickets = fields.Integer(
        string="Free tickets a month",
        help="For each covered asset, added up over the contract.",
    )
    refund = fields.Boolean(
        string="Refund clause",
        help="When a target is missed, a refund of the month's fee is proposed to the "
        "billing manager.",
    )
    target_ids = fields.One2many(
        "support.level.target", "level_id", string="Targets", copy=True
    )
    # Channels: a ticket is always one.
    phone = fields.Char(
        string="Phone in business hours", help="Shown to customers with this level."
    )
    priority_phone = fields.Char(
        string="Priority number", help="Shown to customers with this level."
    )
    emergency_phone = fields.Char(
        string="Emergency number",
        help="For the hours in which the desk is closed. Shown to customers with this "
        "level.",
    )
    night_contact = fields.Boolean(
        help="The customer may be called at night, such as to agree on work."
    )

    def _get_engine_targets(self):
        return to_targets(self.target_ids)

    def write(self, vals):
        """Flat fees that are invoiced keep the product that they were invoiced as."""
        contracts = self.env["support.contract"]
        if "product_id" in vals:
            contracts = self._get_flat_fee_contracts()
        before = contracts._get_agreed_fees()
        result = super().write(vals)
        contracts._keep_agreed_fees(before)
        return result

    def _get_flat_fee_contracts(self):
        # Contracts of everybody, whoever changes the level.
        contracts = self.env["support.contract"].sudo().with_context(active_test=False)
        return contracts.search(
            [
                ("level_id", "in", self.ids),
                ("flat_fee", "!=", 0.0),
                ("fee_product_id", "=", False),
                ("recurring_contract_id", "!=", False),
            ]
        )

    @api.constrains("monthly_fee", "free_tickets")
    def _check_figures(self):
        for level in self:
            for name in ("monthly_fee", "free_tickets"):
                if level[name] < 0:
                    label = self._fields[name]._description_string(self.env)
                    raise ValidationError(
                        self.env._("%(field)s: cannot be negative.", field=label)
                    )


class SupportLevelTarget(models.Model):
    """One promise of a level: how fast, for requests that come in when.

    All targets that fit a ticket count, and the one that ends first holds: a target
    for a higher priority can tighten the others, never loosen them.
    """

    _name = "support.level.target"
    _description = "Service Level Target"
    _inherit = ["support.level.target.words"]
    _order = "level_id, kind desc, window, priority, id"
    _rec_name = "kind"

    level_id = fields.Many2one(
        "support.level", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="level_id.company_id", store=True, precompute=True
    )
    kind = fields.Selection(
        [("response", "Response"), ("resolution", "Resolution")],
        string="Time to",
        default="response",
        required=True,
        help="Response: the first act of a person. Resolution: the ticket is closed.",
    )
    window = fields.Selection(
        [
            ("any", "At any time"),
            ("business", "In business hours"),
            ("outside", "Outside business hours"),
        ],
        string="Requests that come in",
        default="any",
        required=True,
    )
    priority = fields.Selection(
        PRIORITIES, string="From priority", default="0", required=True
    )
    minutes = fields.Integer(
        string="Within (min)", required=True, help="4 hours are 240 minutes."
    )
    clock = fields.Selection(
        [("elapsed", "Elapsed time"), ("working", "Time in business hours")],
        default="elapsed",
        required=True,
        help="Elapsed time also runs at night and in the weekend. Time in business "
        "hours is that of the contract's opening hours.",
    )

    _unique = models.UniqueIndex(
        '(level_id, kind, "window", priority)',
        "There is already such a target: change that one.",
    )

    @api.constrains("minutes")
    def _check_minutes(self):
        for target in self:
            if target.minutes < 1:
                raise ValidationError(
                    self.env._(
                        "A target is at least one minute: %(level)s.",
                        level=target.level_id.name,
                    )
                )

    # -- Doors: open tickets follow ------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        targets._sync_open_tickets()
        return targets

    def write(self, vals):
        result = super().write(vals)
        self._sync_open_tickets()
        return result

    def unlink(self):
        levels = self.level_id
        result = super().unlink()
        self.env["helpdesk.ticket"]._sync_open_slas("support_level_id", levels)
        return result

    def _sync_open_tickets(self):
        self.env["helpdesk.ticket"]._sync_open_slas("support_level_id", self.level_id)
