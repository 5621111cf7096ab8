# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    support_project_id = fields.Many2one(
        "project.project",
        string="Support project",
        domain="[('company_id', '=', id), ('allow_timesheets', '=', True)]",
        help="Where support time goes when neither the ticket nor its team names a "
        "project.",
        groups="base.group_user",
    )
    support_no_contract = fields.Selection(
        [
            ("hold", "Hold it for the dispatcher"),
            ("order", "Leave it to the sales order"),
        ],
        string="Time without a contract",
        default="hold",
        required=True,
        groups="base.group_user",
    )

    support_fee_auto_post = fields.Boolean(
        string="Post fee invoices",
        help="Recurring fees of support contracts are posted by themselves. Without it "
        "they wait as drafts.",
        groups="base.group_user",
    )

    support_notice_lead_days = fields.Integer(
        string="Reminder before notice (days)",
        default=30,
        help="How long before the last day for notice the account manager is reminded.",
        groups="base.group_user",
    )

    @api.constrains("support_notice_lead_days")
    def _check_support_notice_lead_days(self):
        if any(company.support_notice_lead_days < 0 for company in self):
            raise ValidationError(
                self.env._("Reminder before notice (days): cannot be negative.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_support_project()
        return companies

    @api.model
    def _init_support_projects(self):
        """Give every company its support project; called at installation."""
        self.search([("support_project_id", "=", False)])._create_support_project()

    def _create_support_project(self):
        # A company is made by an administrator, who need not be a project manager.
        projects = (
            self.env["project.project"]
            .sudo()
            .create([company._prepare_support_project() for company in self])
        )
        for company, project in zip(self, projects, strict=True):
            company.support_project_id = project

    def _prepare_support_project(self):
        self.ensure_one()
        return {
            "name": self.env._("Support"),
            "company_id": self.id,
            "allow_timesheets": True,
            "allow_billable": False,
            "privacy_visibility": "employees",
        }
