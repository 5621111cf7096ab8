# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    support_profile_id = fields.Many2one(
        "support.profile",
        string="Service profile",
        check_company=True,
        groups="hr.group_hr_user",
        help="The level of competence this person's support work is priced at.",
    )
