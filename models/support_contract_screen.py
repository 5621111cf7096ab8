# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dateutil.relativedelta import relativedelta

from odoo import fields, models


class SupportContract(models.Model):
    _inherit = "support.contract"

    recap = fields.Json(
        compute="_compute_recap",
        compute_sudo=True,
        groups="base.group_user",
        help="What happened to the credit this month (see _get_recap).",
    )
    lot_count = fields.Integer(
        compute="_compute_record_counts", compute_sudo=True, groups="base.group_user"
    )
    entry_count = fields.Integer(
        compute="_compute_record_counts", compute_sudo=True, groups="base.group_user"
    )
    ticket_count = fields.Integer(
        compute="_compute_record_counts", compute_sudo=True, groups="base.group_user"
    )
    intervention_count = fields.Integer(
        compute="_compute_record_counts", compute_sudo=True, groups="base.group_user"
    )
    open_charge_ids = fields.One2many(
        "support.charge",
        "contract_id",
        string="Overrun not invoiced",
        domain=[("overrun_state", "in", ("open", "held"))],
        groups="base.group_user",
    )
    open_charge_count = fields.Integer(
        compute="_compute_open_charge_count",
        compute_sudo=True,
        groups="base.group_user",
    )
    invoice_count = fields.Integer(
        compute="_compute_invoice_count",
        compute_sudo=True,
        groups="account.group_account_invoice",
    )

    def _compute_recap(self):
        for contract in self:
            if not isinstance(contract.id, int):
                contract.recap = False
                continue
            last = contract._get_today()
            first = last + relativedelta(day=1)
            contract.recap = {
                **contract._get_recap(first, last),
                "date_from": fields.Date.to_string(first),
                "date_to": fields.Date.to_string(last),
                "currency_id": contract.currency_id.id,
                "overrun_amount": contract.overrun_amount,
                "time_display": contract.time_display,
                "minutes_per_ticket": contract.minutes_per_ticket,
            }

    def _compute_record_counts(self):
        for field, model, inverse in (
            ("lot_count", "support.lot", "contract_id"),
            ("entry_count", "support.entry", "contract_id"),
            ("ticket_count", "helpdesk.ticket", "support_contract_id"),
            ("intervention_count", "support.intervention", "contract_id"),
        ):
            counts = dict(
                self.env[model]._read_group(
                    [(inverse, "in", self.ids)], [inverse], ["__count"]
                )
            )
            for contract in self:
                contract[field] = counts.get(contract._origin, 0)

    def _compute_open_charge_count(self):
        counts = dict(
            self.env["support.charge"]._read_group(
                [
                    ("contract_id", "in", self.ids),
                    ("overrun_state", "in", ("open", "held")),
                ],
                ["contract_id"],
                ["__count"],
            )
        )
        for contract in self:
            contract.open_charge_count = counts.get(contract._origin, 0)

    def _get_invoices(self):
        """Invoices that sold the credit, and those that billed overrun."""
        lines = self.lot_ids.move_line_id | self.charge_ids.invoice_line_id
        return lines.move_id

    def _compute_invoice_count(self):
        for contract in self:
            contract.invoice_count = len(contract._get_invoices())

    def action_view_invoices(self):
        self.ensure_one()
        return self._get_invoices()._get_records_action(
            name=self.env._("Invoices"), context={"create": False}
        )

    def _get_support_action(self, xml_id, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        return {**action, "domain": domain, "context": {"create": False}}

    def action_view_tickets(self):
        action = self._get_support_action(
            "helpdesk_mgmt.helpdesk_ticket_action",
            [("support_contract_id", "=", self.id)],
        )
        action["context"] = {
            "default_partner_id": self.partner_id.id,
            "default_support_contract_id": self.id,
        }
        return action

    def action_view_entries(self):
        return self._get_support_action(
            "prepaid_support.support_entry_action", [("contract_id", "=", self.id)]
        )

    def action_view_interventions(self):
        return self._get_support_action(
            "prepaid_support.support_intervention_action",
            [("contract_id", "=", self.id)],
        )

    def action_preview(self):
        """What the customer sees in the portal."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": self.get_portal_url(),
        }
