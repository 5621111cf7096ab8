# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

SUPPORT_GROUPS = (
    "helpdesk_mgmt.group_helpdesk_user_own,account.group_account_invoice,"
    "sales_team.group_sale_salesman"
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    support_contract_count = fields.Integer(
        compute="_compute_support_contract_count", groups=SUPPORT_GROUPS
    )

    @api.depends("commercial_partner_id")
    def _compute_support_contract_count(self):
        """Contracts of the whole company family, in one query for all partners."""
        groups = self.env["support.contract"]._read_group(
            [("commercial_partner_id", "in", self.commercial_partner_id.ids)],
            ["commercial_partner_id"],
            ["__count"],
        )
        counts = dict(groups)
        for partner in self:
            partner.support_contract_count = counts.get(
                partner.commercial_partner_id, 0
            )

    def write(self, vals):
        result = super().write(vals)
        if "tz" in vals:  # a company's is that of its contracts
            self.env["support.contract"]._clear_time_zones(vals)
        return result

    def action_view_support_contracts(self):
        self.ensure_one()
        contracts = self.env["support.contract"].search(
            [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "prepaid_support.support_contract_action"
        )
        action["domain"] = [("id", "in", contracts.ids)]
        action["context"] = {"default_partner_id": self.commercial_partner_id.id}
        if len(contracts) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = contracts.id
        return action
