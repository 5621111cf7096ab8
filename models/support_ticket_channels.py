# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class SupportTicketChannels(models.AbstractModel):
    """Who knows the customer, and how customer and desk reach each other."""

    _name = "support.ticket.channels"
    _description = "Helpdesk Ticket: Channels"

    support_technician_id = fields.Many2one(
        "res.users",
        string="Preferred technician",
        compute="_compute_support_technician_id",
        compute_sudo=True,
        groups="base.group_user",
    )
    support_channels = fields.Char(
        string="Numbers",
        compute="_compute_support_channels",
        compute_sudo=True,
        groups="base.group_user",
        help="What the service level of this ticket gives the customer.",
    )

    @api.depends("support_contract_id.technician_id")
    def _compute_support_technician_id(self):
        for ticket in self:
            technician = ticket.support_contract_id.technician_id
            ticket.support_technician_id = technician.filtered("active")

    @api.depends("support_contract_id", "support_level_id")
    @api.depends_context("lang")
    def _compute_support_channels(self):
        labels = self.env["support.contract"]._get_channel_labels()
        for ticket in self:
            contract, level = ticket.support_contract_id, ticket.support_level_id
            rows = contract._get_numbers(level) if contract else []
            texts = [f"{labels[kind]} {number}" for kind, number, _note in rows]
            if level.night_contact and contract.night_contact_id:
                contact = contract.night_contact_id
                parts = (labels["night"], contact.name, contact.phone)
                texts.append(" ".join(part for part in parts if part))
            ticket.support_channels = " · ".join(texts) or False

    def action_assign_preferred(self):
        """A person assigns it: nobody is assigned by the contract alone."""
        self.check_access("write")
        for ticket in self:
            # Who it is is shown on the ticket.
            user = ticket.sudo().support_technician_id
            team = ticket.team_id
            if not user or (team and user not in team.sudo().user_ids):
                raise UserError(
                    self.env._(
                        "Ticket %(ticket)s has no preferred technician in its team. "
                        "Choose somebody as assigned user.",
                        ticket=ticket.display_name,
                    )
                )
            ticket.user_id = user

    # -- portal --------------------------------------------------------------------

    def _prepare_portal_service(self, contracts):
        """Asset, level, channels and debrief for the ticket's own customer.

        :param contracts: contracts that the reader may read; channels are told of
            these only
        """
        self.ensure_one()
        contract = self.support_contract_id & contracts
        level = self.support_level_id
        asset = self.asset_id
        family = self.commercial_partner_id | contracts.commercial_partner_id
        own = asset.commercial_partner_id in family
        return {
            "asset": asset.name if own and asset else "",
            "level": level.name or "",
            "promises": level._get_target_sentences(),
            "channels": contract._prepare_portal_channels(level) if contract else [],
            "deadlines": [
                sla._prepare_portal_sla()
                for sla in self.support_sla_ids
                if sla.state != "void"
            ],
            "debrief": self._prepare_portal_debrief(),
        }

    def _prepare_portal_debrief(self):
        """The debrief, if it was published."""
        if not self.debrief_published or not self._is_debriefed():
            return {}
        return {
            "what": self.debrief_what or "",
            "prevention": self.debrief_prevention or "",
            "date": format_date(self.env, self.debrief_date),
        }
