# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ProjectTask(models.Model):
    _inherit = "project.task"

    support_contract_id = fields.Many2one(
        "support.contract",
        string="Support contract",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        help="Time on this task burns the credit of this contract.",
        groups="base.group_user",
    )
