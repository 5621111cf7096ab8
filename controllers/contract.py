# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.exceptions import MissingError

from odoo.addons.portal.controllers.portal import CustomerPortal


class SchedulePortal(CustomerPortal):
    """Schedules of support contracts are no pages, not even with an access token."""

    def _document_check_access(self, model_name, document_id, access_token=None):
        document = super()._document_check_access(
            model_name, document_id, access_token=access_token
        )
        if model_name == "contract.contract" and document.support_contract_id:
            raise MissingError(document.env._("This page does not exist."))
        return document
