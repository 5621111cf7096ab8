# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class SupportIntervention(models.Model):
    _inherit = "support.intervention"

    explanation_text = fields.Text(string="Why", compute="_compute_explanation_text")

    @api.depends("charge_ids.explanation")
    def _compute_explanation_text(self):
        """The story of the whole intervention, charge by charge."""
        for intervention in self:
            texts = intervention.charge_ids.mapped("explanation_text")
            intervention.explanation_text = "\n".join(filter(None, texts))
