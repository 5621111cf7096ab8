# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.tools.image import image_data_uri


class SupportRemedyReport(models.AbstractModel):
    """The evidence of a missed target, as the customer reads it."""

    _name = "report.prepaid_support.support_remedy"
    _description = "Evidence of a Missed Target"

    def _get_report_values(self, docids, data=None):
        remedies = self.env["support.remedy"].browse(docids).exists()
        remedies.check_access("read")
        docs = []
        # sudo: the reader may read the remedies; the template gets plain values only
        for remedy in remedies.sudo():
            lang = remedy.contract_id.partner_id.lang or self.env.lang
            company = remedy.company_id
            docs.append(
                {
                    **remedy.with_context(lang=lang)._prepare_evidence(),
                    "lang": lang,
                    "logo": image_data_uri(company.logo_web)
                    if company.logo_web
                    else "",
                    "sender": company.name,
                    "customer": remedy.commercial_partner_id.name,
                }
            )
        return {"doc_ids": remedies.ids, "doc_model": "support.remedy", "docs": docs}
