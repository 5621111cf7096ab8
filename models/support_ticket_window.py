# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from markupsafe import Markup

from odoo import fields, models

from ..engine import clock
from ..engine.sla import HORIZON
from . import support_adapter as adapter


class SupportTicketWindow(models.AbstractModel):
    """Tells customers who write while the desk is closed what they can expect."""

    _name = "support.ticket.window"
    _description = "Helpdesk Ticket: Service Window"

    def _tell_service_window(self):
        """Answer new requests that came in outside the opening hours.

        Where requests are taken in the opening hours only, when it will be looked at;
        where they are taken at any time, which number is for emergencies. Nothing is
        said once the desk is open again, such as to requests that are noted later.
        """
        now = fields.Datetime.now()
        # What the customer is told follows from the contract, whoever opens the ticket.
        for ticket in self.sudo():
            opening = ticket._get_next_opening(now)
            if opening and ticket.partner_id:
                ticket._post_service_window(opening)

    def _get_next_opening(self, now):
        """When the desk opens again (Datetime), if the request came in before that and
        it is closed now; else None."""
        self.ensure_one()
        contract = self.support_contract_id
        opening = contract.calendar_id._get_support_opening(contract.company_id)
        if not opening or not contract.calendar_id:
            return None
        request = adapter.to_instant(self.request_date)
        if clock.band_at(opening, request) == clock.BUSINESS:
            return None
        found = clock.next_opening(opening, request, request + HORIZON)
        moment = found and adapter.to_stored(found)
        return moment if moment and moment > now else None

    def _post_service_window(self, opening):
        self.ensure_one()
        partner = self.partner_id
        # In the customer's language, and by no person: it is not a response.
        ticket = self.with_context(lang=partner.lang or self.env.lang)
        body = ticket._get_service_window_text(opening)
        if body:
            ticket.message_post(
                body=body,
                author_id=self.env.ref("base.partner_root").id,
                email_from=self.company_id.email_formatted or None,
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=partner.ids,
            )

    def _get_service_window_text(self, opening):
        """What the customer reads, or nothing where there is nothing to say."""
        self.ensure_one()
        contract = self.support_contract_id
        moment = contract.with_context(lang=self.env.lang)._format_local(opening)
        if contract.service_window == "opening":
            text = self.env._(
                "Thank you for your request. Our desk is closed now; your request "
                "counts from %(moment)s, when it opens again.",
                moment=moment,
            )
        else:
            text = self.env._(
                "Thank you for your request. We have taken it, although our desk is "
                "closed until %(moment)s.",
                moment=moment,
            )
        phone = self.support_level_id.emergency_phone or contract.emergency_phone
        if phone:
            text = Markup("{}<br/>{}").format(
                text, self.env._("In an emergency, call %(phone)s.", phone=phone)
            )
        elif contract.service_window == "always":
            return None
        return text
