# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SupportContractChannels(models.AbstractModel):
    """How the customer of a contract reaches the desk, and the desk the customer."""

    _name = "support.contract.channels"
    _description = "Support Contract: Channels"

    night_contact_id = fields.Many2one(
        "res.partner",
        string="Night contact",
        check_company=True,
        tracking=True,
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        groups="base.group_user",
        help="Whom we call at night, such as to agree on work that costs more, where "
        "the service level has a night contact.",
    )
    has_night_contact = fields.Boolean(
        compute="_compute_has_night_contact",
        compute_sudo=True,
        groups="base.group_user",
        help="Whether one of its levels has a night contact.",
    )

    @api.depends("level_id.night_contact", "line_ids.level_id.night_contact")
    def _compute_has_night_contact(self):
        for contract in self:
            levels = contract.level_id | contract.line_ids.level_id
            contract.has_night_contact = any(levels.mapped("night_contact"))

    @api.constrains("night_contact_id", "partner_id")
    def _check_night_contact(self):
        for contract in self:
            contact = contract.night_contact_id
            if contact and (
                contact.commercial_partner_id != contract.commercial_partner_id
            ):
                raise ValidationError(
                    self.env._(
                        "Night contact: %(contact)s is not one of %(customer)s. Choose "
                        "somebody of the customer.",
                        contact=contact.name,
                        customer=contract.commercial_partner_id.name,
                    )
                )

    def _get_levels(self):
        """The contract's level, and those of the assets that it covers today."""
        self.ensure_one()
        today = self._get_today()
        lines = self.line_ids.filtered(lambda line: line._covers(today))
        return (self.level_id | lines.level_id).sorted()

    def _get_covered_assets(self):
        """What these contracts cover today."""
        assets = self.env["support.asset"]
        for contract in self:
            today = contract._get_today()
            lines = contract.line_ids.filtered(lambda x, day=today: x._covers(day))
            assets |= lines.asset_id
        return assets

    def _get_opening_hours_text(self):
        """ "Monday to Friday 09:00 – 17:00", or an empty text: always."""
        self.ensure_one()
        return self.calendar_id._get_support_hours_text() if self.calendar_id else ""

    def _get_numbers(self, levels):
        """``[(kind, number, note)]`` of the telephone channels of some levels.

        The emergency number is the level's, else the contract's. No number is told
        twice, and none of a level that is not given.
        """
        self.ensure_one()
        hours = self._get_opening_hours_text()
        closed = self.env._("When our desk is closed")
        own = self.emergency_phone
        rows = [("phone", level.phone, hours) for level in levels]
        rows += [("priority", level.priority_phone, level.name) for level in levels]
        rows += [
            ("emergency", level.emergency_phone or own, closed) for level in levels
        ]
        if not levels:
            rows.append(("emergency", own, closed))
        seen, numbers = set(), []
        for kind, number, note in rows:
            if number and (kind, number) not in seen:
                seen.add((kind, number))
                numbers.append((kind, number, note))
        return numbers

    @api.model
    def _get_channel_labels(self):
        return {
            "phone": self.env._("Phone"),
            "priority": self.env._("Priority number"),
            "emergency": self.env._("Emergency number"),
            "night": self.env._("At night we call"),
        }
