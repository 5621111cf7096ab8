# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from .support_audit_check import DONE


class SupportContractOnboarding(models.AbstractModel):
    """The audit of a customer's assets before their contract is activated."""

    _name = "support.contract.onboarding"
    _description = "Support Contract: Onboarding"

    audit_check_ids = fields.One2many(
        "support.audit.check",
        "contract_id",
        string="Audit",
        copy=False,
        groups="base.group_user",
    )
    audit_progress = fields.Float(
        string="Audited (%)",
        compute="_compute_audit_progress",
        compute_sudo=True,
        groups="base.group_user",
        help="How many of the points that have to be done are.",
    )
    audit_count = fields.Integer(
        compute="_compute_audit_progress",
        compute_sudo=True,
        groups="base.group_user",
    )
    has_audit = fields.Boolean(
        compute="_compute_audit_progress",
        compute_sudo=True,
        groups="base.group_user",
        help="Whether the plan has a checklist, or there are points of one.",
    )

    @api.depends(
        "audit_check_ids.state",
        "audit_check_ids.required",
        "line_ids.asset_id",
        "plan_id.audit_item_ids",
    )
    def _compute_audit_progress(self):
        for contract in self:
            checks = contract._get_audit_checks()
            needed = checks.filtered("required")
            done = needed.filtered(lambda check: check.state in DONE)
            contract.audit_count = len(checks)
            contract.audit_progress = 100 * len(done) / len(needed) if needed else 0.0
            contract.has_audit = bool(
                contract.audit_check_ids or contract.plan_id.audit_item_ids
            )

    def _get_audit_checks(self):
        """Points of the assets that the contract is to cover."""
        self.ensure_one()
        assets = self.line_ids.asset_id
        return self.audit_check_ids.filtered(lambda check: check.asset_id in assets)

    def write(self, vals):
        result = super().write(vals)
        if "plan_id" in vals:
            self._add_audit_checks()
        return result

    # -- Steps ---------------------------------------------------------------------

    def action_start_onboarding(self):
        result = super().action_start_onboarding()
        self._add_audit_checks()
        return result

    def action_activate(self):
        audited = self.filtered(
            lambda contract: contract.state == "onboarding" and contract.has_audit
        )
        result = super().action_activate()
        # What was found in order is supported, whoever activates the contract.
        assets = audited.sudo().line_ids.asset_id
        assets.filtered(lambda asset: asset.support_state == "to_audit").write(
            {"support_state": "supported"}
        )
        return result

    def _add_audit_checks(self):
        """Copy the plan's checklist for each asset that has no points of it yet."""
        # The list follows from plan and assets, whoever adds those.
        contracts = self.sudo().filtered(
            lambda contract: contract.state == "onboarding"
        )
        vals_list = []
        for contract in contracts:
            known = {
                (check.asset_id, check.item_id) for check in contract.audit_check_ids
            }
            language = contract.partner_id.lang or self.env.lang
            items = contract.plan_id.audit_item_ids.with_context(lang=language)
            vals_list += [
                item._prepare_check(contract, asset)
                for asset in contract.line_ids.asset_id
                for item in items
                if (asset, item) not in known
            ]
        # The checklist is the plan's, whoever starts onboarding.
        self.env["support.audit.check"].sudo().create(vals_list)

    def _check_activation(self):
        for contract in self:
            # What is missing is told to whoever may activate the contract.
            missing = contract.sudo()._find_missing_audit()
            if missing:
                raise UserError(missing)
        return super()._check_activation()

    def _find_missing_audit(self):
        """One sentence about what keeps the contract from being active, or None."""
        self.ensure_one()
        lines = self.line_ids
        unsupported = lines.asset_id.filtered(
            lambda asset: asset.support_state == "unsupported"
        )
        if unsupported:
            return self.env._(
                "%(contract)s covers what is not supported: delete or end the coverage "
                "of %(assets)s.",
                contract=self.name,
                assets=", ".join(unsupported.mapped("name")),
            )
        if not self.has_audit:
            return None
        if self.state == "draft":
            return self.env._(
                "The plan of %(contract)s has an audit checklist: start onboarding "
                "first.",
                contract=self.name,
            )
        if not lines:
            return self.env._(
                "%(contract)s has an audit checklist and no assets: add what is to be "
                "audited under Covered assets.",
                contract=self.name,
            )
        return self._find_open_check()

    def _find_open_check(self):
        open_checks = self._get_audit_checks().filtered(
            lambda check: check.required and check.state not in DONE
        )
        if not open_checks:
            return None
        points = [f"{check.asset_id.name}: {check.name}" for check in open_checks[:3]]
        return self.env._(
            "%(contract)s cannot be activated yet: %(count)s points of the audit are "
            "not in order (%(points)s).",
            contract=self.name,
            count=len(open_checks),
            points="; ".join(points) + ("; …" if len(open_checks) > 3 else ""),
        )

    def action_view_audit(self):
        """The list, also for those who do not write contracts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "prepaid_support.support_audit_check_action"
        )
        return {
            **action,
            "domain": [("contract_id", "=", self.id)],
            "context": {
                "default_contract_id": self.id,
                "search_default_group_asset": 1,
            },
        }
