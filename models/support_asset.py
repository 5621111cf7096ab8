# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class SupportAsset(models.Model):
    """A server or service of a customer, that a contract can cover."""

    _name = "support.asset"
    _description = "Covered Asset"
    _inherit = [
        "support.asset.audit",
        "support.asset.monitoring",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        check_company=True,
        tracking=True,
        index=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Commercial entity",
        store=True,
        index=True,
    )
    kind = fields.Selection(
        [
            ("server", "Server"),
            ("virtual", "Virtual server"),
            ("hypervisor", "Hypervisor"),
            ("network", "Network device"),
            ("service", "Service"),
            ("other", "Other"),
        ],
        default="server",
        required=True,
    )
    reference = fields.Char(
        help="Host name, serial number or address, by which monitoring and people know "
        "it."
    )
    host_id = fields.Many2one(
        "support.asset",
        string="Runs on",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', commercial_partner_id),"
        " ('id', '!=', id)]",
        help="The hypervisor of a virtual server, or the server of a service.",
    )
    guest_ids = fields.One2many("support.asset", "host_id", string="Runs here")
    note = fields.Html()
    line_ids = fields.One2many("support.contract.line", "asset_id", string="Coverage")
    line_id = fields.Many2one(
        "support.contract.line", compute="_compute_line_id", string="Covered today by"
    )
    contract_id = fields.Many2one(
        "support.contract", compute="_compute_line_id", search="_search_contract_id"
    )
    level_id = fields.Many2one(
        "support.level", string="Service level", compute="_compute_line_id"
    )

    @api.constrains("host_id")
    def _check_host(self):
        if self._has_cycle("host_id"):
            raise ValidationError(
                self.env._("Runs on: an asset cannot run on itself. Choose another.")
            )
        for asset in self.filtered("host_id"):
            if asset.host_id.commercial_partner_id != asset.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Runs on: %(host)s belongs to another customer than "
                        "%(asset)s. Choose one of %(customer)s.",
                        host=asset.host_id.name,
                        asset=asset.name,
                        customer=asset.commercial_partner_id.name,
                    )
                )

    @api.constrains("partner_id", "company_id")
    def _check_covered_customer(self):
        # Its coverage follows the customer, whoever moves the asset.
        self.sudo().line_ids._check_asset_customer()
        self.sudo().guest_ids._check_host()

    @api.depends(
        "line_ids.level_id",
        "line_ids.date_from",
        "line_ids.date_to",
        "line_ids.contract_id.state",
        "line_ids.contract_id.date_end",
    )
    def _compute_line_id(self):
        for asset in self:
            line = asset._get_line()
            asset.line_id = line
            asset.contract_id = line.contract_id
            asset.level_id = line.level_id

    def _search_contract_id(self, operator, value):
        line = Domain("contract_id", operator, value) & Domain("in_force", "=", True)
        return Domain("line_ids", "any", line)

    def _get_line(self, day=None):
        """The coverage line of an active contract that holds on ``day`` (today)."""
        # What covers an asset is no secret to those who see it.
        for line in self.sudo().line_ids:
            if line._covers(day or line.contract_id._get_today()):
                return line.with_env(self.env)
        return self.env["support.contract.line"]
