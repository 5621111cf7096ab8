# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: Results with which a point is done.
DONE = ("ok", "na")
#: Who looked at it and when are what happened, not what somebody sends.
SIGNATURE = ("user_id", "date")


class SupportAuditCheck(models.Model):
    """One point of the audit of one asset, before its contract is activated."""

    _name = "support.audit.check"
    _description = "Audit Check"
    _order = "contract_id, asset_id, sequence, id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "support.contract",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, precompute=True, index=True
    )
    contract_state = fields.Selection(related="contract_id.state")
    asset_id = fields.Many2one(
        "support.asset",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    item_id = fields.Many2one(
        "support.audit.item", readonly=True, ondelete="set null", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Look at", required=True)
    required = fields.Boolean(default=True)
    profile_id = fields.Many2one(
        "support.profile", string="Expertise needed", check_company=True
    )
    expertise = fields.Selection(
        [("none", "None needed"), ("matched", "We have it"), ("missing", "Missing")],
        compute="_compute_expertise",
        compute_sudo=True,
        help="Whether a colleague has the service profile that is needed.",
    )
    state = fields.Selection(
        [
            ("todo", "To do"),
            ("ok", "In order"),
            ("not_ok", "Not in order"),
            ("na", "Not applicable"),
        ],
        string="Result",
        default="todo",
        required=True,
    )
    note = fields.Char()
    user_id = fields.Many2one("res.users", string="Checked by", readonly=True)
    date = fields.Datetime(string="Checked on", readonly=True)

    _once = models.UniqueIndex(
        "(contract_id, asset_id, item_id) WHERE item_id IS NOT NULL",
        "There is such a point for this asset already: fill in that one.",
    )

    @api.depends("profile_id")
    def _compute_expertise(self):
        # Which profiles colleagues have is no secret here, whoever they are.
        groups = self.env["hr.employee"]._read_group(
            [("support_profile_id", "in", self.profile_id.ids)],
            ["support_profile_id", "company_id"],
        )
        known = {(profile, company) for profile, company in groups}
        for check in self:
            if not check.profile_id:
                check.expertise = "none"
            elif (check.profile_id, check.company_id) in known:
                check.expertise = "matched"
            else:
                check.expertise = "missing"

    @api.constrains("state", "profile_id")
    def _check_expertise(self):
        for check in self:
            if check.state == "ok" and check.expertise == "missing":
                raise ValidationError(
                    self.env._(
                        "%(point)s of %(asset)s: nobody here has the profile "
                        "%(profile)s. Give it to a colleague, or mark the asset as not "
                        "supported.",
                        point=check.name,
                        asset=check.asset_id.name,
                        profile=check.profile_id.name,
                    )
                )

    @api.constrains("asset_id", "contract_id")
    def _check_asset_customer(self):
        for check in self:
            asset, contract = check.asset_id, check.contract_id
            if not contract._covers(asset.commercial_partner_id, asset.company_id):
                raise ValidationError(
                    self.env._(
                        "%(asset)s is no asset of the customer of %(contract)s. Choose "
                        "another.",
                        asset=asset.name,
                        contract=contract.display_name,
                    )
                )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # Also whatever the context of a request would fill in.
        blank = dict.fromkeys(SIGNATURE, False)
        checks = super().create([{**vals, **blank} for vals in vals_list])
        checks._check_open()
        done = checks.filtered(lambda check: check.state != "todo")
        super(SupportAuditCheck, done).write(self._prepare_signature(True))
        return checks

    def write(self, vals):
        self._check_open()
        for name in ("contract_id", "asset_id", "item_id"):
            if name in vals and any(check[name].id != vals[name] for check in self):
                raise UserError(
                    self.env._(
                        "A point of an audit keeps its contract and its asset: delete "
                        "it, and add another one."
                    )
                )
        vals = {name: vals[name] for name in vals if name not in SIGNATURE}
        before = {check: (check.state, check.note) for check in self}
        result = super().write(vals)
        changed = self.filtered(
            lambda check: (check.state, check.note) != before[check]
        )
        done = changed.filtered(lambda check: check.state != "todo")
        # Past our own write, which takes a signature from nobody.
        super(SupportAuditCheck, done).write(self._prepare_signature(True))
        super(SupportAuditCheck, changed - done).write(self._prepare_signature(False))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self._check_open()

    def _check_open(self):
        """What was found before a contract was activated stays as it was found."""
        for contract in self.contract_id:
            if contract.state not in ("draft", "onboarding"):
                raise UserError(
                    self.env._(
                        "The audit of %(contract)s is closed, since its onboarding is "
                        "over.",
                        contract=contract.name,
                    )
                )

    @api.model
    def _prepare_signature(self, done):
        return {
            "user_id": done and self.env.uid,
            "date": done and fields.Datetime.now(),
        }

    def action_ok(self):
        """In order: the button of the list."""
        self.write({"state": "ok"})
