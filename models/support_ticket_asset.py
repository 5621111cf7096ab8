# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SupportTicketAsset(models.AbstractModel):
    """What a ticket is about, and which service level that gives it."""

    _name = "support.ticket.asset"
    _description = "Helpdesk Ticket: Asset"

    asset_id = fields.Many2one(
        "support.asset",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        domain="[('company_id', '=', company_id),"
        " ('commercial_partner_id', '=?', commercial_partner_id)]",
        groups="base.group_user",
        help="The server or service that the ticket is about. Its contract pays, and "
        "its service level holds.",
    )
    support_level_id = fields.Many2one(
        "support.level",
        string="Service level",
        compute="_compute_support_level_id",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        groups="base.group_user",
    )

    @api.depends(
        "asset_id.line_ids.level_id",
        "asset_id.line_ids.date_from",
        "asset_id.line_ids.date_to",
        "support_contract_id.level_id",
        "support_contract_id.date_start",
        "support_contract_id.date_end",
        "request_date",
    )
    def _compute_support_level_id(self):
        """The level of the asset on the day of the request, else of the contract."""
        for ticket in self:
            # A closed ticket keeps the level it was handled at.
            if not ticket.closed or not ticket.support_level_id:
                ticket.support_level_id = ticket._find_support_level()

    def _find_support_level(self):
        """Of the asset's coverage, else of the contract, on the day of the request."""
        self.ensure_one()
        contract = self.support_contract_id
        if not contract or not self.request_date:
            return contract.level_id
        day = contract._get_local_day(self.request_date)
        if not contract._runs_on(day):
            return contract.level_id.browse()
        return self._get_support_line().level_id or contract.level_id

    def _get_support_line(self):
        """The coverage line of the ticket's asset in its contract, if any."""
        self.ensure_one()
        if not self.asset_id or not self.request_date:
            return self.asset_id.line_ids.browse()
        contract = self.support_contract_id
        day = contract._get_local_day(self.request_date)
        return self.asset_id.line_ids.filtered(
            lambda line: line.contract_id == contract and line._spans(day)
        )[:1]

    def _get_asset_contract(self):
        """The active contract that covers the asset and serves the customer, if any."""
        self.ensure_one()
        contract = self.asset_id._get_line().contract_id
        serves = contract._serves(self.commercial_partner_id, self.company_id)
        return contract if serves else contract.browse()

    @api.constrains("asset_id", "partner_id", "company_id")
    def _check_support_asset(self):
        # Whose it is does not depend on who asks.
        for ticket in self.sudo().filtered("asset_id"):
            asset = ticket.asset_id
            customers = asset.commercial_partner_id
            customers |= asset.contract_id.commercial_partner_id
            if (
                ticket.commercial_partner_id
                and ticket.commercial_partner_id not in customers
            ) or asset.company_id != ticket.company_id:
                raise ValidationError(
                    self.env._(
                        "Asset: %(asset)s is not one of %(customer)s. Choose another, "
                        "or correct the customer.",
                        asset=asset.name,
                        customer=ticket.commercial_partner_id.name,
                    )
                )
