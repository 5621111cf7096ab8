# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models

from ..tools import DISPATCHER
from .support_intervention_settlement import PENDING

PENDING_ACTIVITY = "prepaid_support.mail_activity_type_pending"


class SupportPending(models.AbstractModel):
    """Tickets and tasks: somebody is asked to look at their time that waits."""

    _name = "support.pending"
    _description = "Support Time That Waits"

    #: The field of an intervention that leads here.
    _support_work_field = "ticket_id"

    def _support_hold(self, reason_text):
        """Ask the dispatcher, once per ticket or task, to look at time that waits."""
        asked = self.activity_search([PENDING_ACTIVITY]).mapped("res_id")
        for record in self.filtered(lambda record: record.id not in asked):
            record.activity_schedule(
                PENDING_ACTIVITY,
                summary=self.env._("Support time waits for you"),
                note=reason_text,
                user_id=record._get_dispatcher().id,
            )

    def _support_release_hold(self):
        """Close the activity where no time waits any more."""
        field = self._support_work_field
        works = self.env["support.intervention"].search(
            [(field, "in", self.ids), ("state", "in", PENDING)]
        )
        (self - works[field]).activity_unlink([PENDING_ACTIVITY])

    def _get_dispatcher(self):
        """Who decides: a dispatcher of the team, else the contract's account manager if
        a dispatcher, else one of the company, else whoever is at work."""
        self.ensure_one()
        company = self.company_id or self.support_contract_id.company_id
        # Not by env.ref, which asks the database each time whether it exists.
        group_id = self.env["ir.model.data"]._xmlid_to_res_id(DISPATCHER)
        group = self.env["res.groups"].browse(group_id)
        dispatchers = group.all_user_ids.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
        return (
            self._get_preferred_dispatchers(dispatchers)[:1]
            or (self.support_contract_id.user_id & dispatchers)
            or dispatchers[:1]
            or ("user_id" in self._fields and self.user_id)
            or self.env.user
        )

    def _get_preferred_dispatchers(self, dispatchers):
        """Those of ``dispatchers`` who are nearest to it, if any."""
        return dispatchers.browse()
