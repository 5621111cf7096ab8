# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SupportContractLineAudit(models.AbstractModel):
    """What may be covered, and what is below it."""

    _name = "support.contract.line.audit"
    _description = "Coverage Line: Audit"

    host_hint = fields.Char(
        string="Runs on",
        compute="_compute_host_hint",
        compute_sudo=True,
        help="In virtual environments the layer below wants to be watched, too.",
    )

    host_uncovered = fields.Boolean(compute="_compute_host_hint", compute_sudo=True)

    @api.depends(
        "asset_id.host_id.line_ids.date_from",
        "asset_id.host_id.line_ids.date_to",
        "asset_id.host_id.line_ids.contract_id.state",
    )
    def _compute_host_hint(self):
        for line in self:
            host = line.asset_id.host_id
            # One that is planned to be covered counts, too.
            covered = host.line_ids.filtered(
                lambda other: (
                    other.contract_id.state != "ended" and not other._is_over()
                )
            )
            line.host_uncovered = bool(host) and not covered
            if not host:
                line.host_hint = False
            elif covered:
                line.host_hint = host.name
            else:
                line.host_hint = self.env._("%(host)s (not covered)", host=host.name)

    @api.constrains("asset_id", "contract_id", "level_id", "date_from", "date_to")
    def _check_supported(self):
        # Whether it is supported does not depend on who covers it.
        for line in self.sudo():
            asset = line.asset_id
            if asset.support_state == "unsupported" and not line._is_over():
                raise ValidationError(
                    self.env._(
                        "%(asset)s is not supported (%(reason)s), so it cannot be "
                        "covered.",
                        asset=asset.name,
                        reason=asset.unsupported_reason,
                    )
                )

    def _is_over(self):
        """Whether its last day has come; ending it today is ending it."""
        self.ensure_one()
        contract = self.contract_id
        if contract.state == "ended":
            return True
        last = min(filter(None, (self.date_to, contract.date_end)), default=None)
        return bool(last) and last <= contract._get_today()

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.contract_id._add_audit_checks()
        return lines

    def action_cover_host(self):
        """Cover the host as well, at the level of what runs on it."""
        self.check_access("write")
        for line in self.filtered("host_uncovered"):
            contract = line.contract_id
            active = contract.state == "active"
            line.create(
                {
                    "contract_id": contract.id,
                    "asset_id": line.asset_id.host_id.id,
                    "level_id": line.level_id.id,
                    "date_from": contract._get_today() if active else line.date_from,
                }
            )
