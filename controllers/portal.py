# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import json

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request, route

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk
from odoo.addons.portal.controllers.portal import pager as portal_pager

GROUPS_PER_PAGE = 10
CHART_MONTHS = 12


def get_support_contracts():
    """Contracts of the reader's company family that they may read, as sudo."""
    model = request.env["support.contract"]
    if not model.has_access("read"):
        return model.sudo()  # an empty recordset
    family = request.env.user.partner_id.commercial_partner_id
    # sudo: searched with the reader's rights; values are prepared field by field
    return model.search(
        [
            ("commercial_partner_id", "=", family.id),
            ("state", "!=", "draft"),
        ],
        order="state, name desc",
    ).sudo()


class SupportPortal(CustomerPortalHelpdesk):
    """What a customer sees of their support credit.

    Access tokens are not accepted: a forwarded link must not show money. Access is
    checked with the reader's own rights; only then are values prepared with sudo.
    """

    # -- /my -----------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not {"support_contract_count", "support_balance"} & set(counters):
            return values
        contracts = self._get_support_contracts()
        if "support_contract_count" in counters:
            values["support_contract_count"] = len(contracts)
        if "support_balance" in counters:
            running = contracts.filtered(lambda contract: contract.state != "ended")
            text = running._get_portal_balance_text() or request.env._("none")
            # 0 keeps the card hidden (see portal_home_counters.js)
            values["support_balance"] = text if contracts else 0
        return values

    def _get_support_contracts(self):
        return get_support_contracts()

    # -- contracts -----------------------------------------------------------

    @route("/my/support", type="http", auth="user", website=True)
    def portal_support_contracts(self, **kw):
        contracts = self._get_support_contracts()
        if len(contracts) == 1:
            return request.redirect(contracts.access_url)
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="support_contracts",
            contracts=[contract._prepare_portal_contract() for contract in contracts],
        )
        return request.render("prepaid_support.portal_support_contracts", values)

    @route(
        [
            "/my/support/<int:contract_id>",
            "/my/support/<int:contract_id>/page/<int:page>",
        ],
        type="http",
        auth="user",
        website=True,
    )
    def portal_support_contract(self, contract_id, page=1, **kw):
        contract = self._get_support_contract(contract_id)
        if not contract:
            return request.redirect("/my")
        return self._render_support_contract(contract, page=page, **kw)

    @route(
        "/my/support/<int:contract_id>/statement",
        type="http",
        auth="user",
        website=True,
    )
    def portal_support_statement(self, contract_id, date_from=None, date_to=None, **kw):
        contract = self._get_support_contract(contract_id)
        if not contract:
            return request.redirect("/my")
        first, last, error = self._parse_period(date_from, date_to, required=True)
        if error:
            return self._render_support_contract(contract, statement_error=error)
        pdf = contract._render_statement(first, last)
        name = f"{contract._get_report_base_filename()} {first} {last}.pdf"
        return request.make_response(
            pdf,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(pdf)),
                ("Content-Disposition", content_disposition(name.replace("/", "-"))),
            ],
        )

    @route(
        "/my/support/<int:contract_id>/remedy/<int:remedy_id>",
        type="http",
        auth="user",
        website=True,
    )
    def portal_support_remedy(self, contract_id, remedy_id, **kw):
        """The evidence of a missed target of this contract that is decided."""
        contract = self._get_support_contract(contract_id)
        remedies = contract._get_portal_remedies() if contract else ()
        evidence = next(
            (one.evidence_id for one in remedies if one.id == remedy_id), None
        )
        if not evidence:
            return request.redirect(contract.access_url if contract else "/my")
        return request.make_response(
            evidence.raw,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(evidence.raw)),
                ("Content-Disposition", content_disposition(evidence.name)),
            ],
        )

    def _get_support_contract(self, contract_id):
        """The contract as sudo, or nothing: a foreign one looks like a missing one."""
        try:
            self._document_check_access("support.contract", contract_id)
        except (AccessError, MissingError):
            return None
        # sudo: the reader may read it; values are prepared field by field
        return request.env["support.contract"].sudo().browse(contract_id)

    def _render_support_contract(self, contract, page=1, statement_error=None, **kw):
        values = self._prepare_portal_layout_values()
        values.update(self._prepare_support_work(contract, page, **kw))
        today = contract._get_today()
        values.update(
            page_name="support_contract",
            support=contract._prepare_portal_contract(),
            channels=contract._prepare_portal_channels(),
            assets=contract._prepare_portal_assets(),
            deadlines=contract._prepare_portal_deadlines(),
            attainment=contract._prepare_portal_attainment(),
            remedies=contract._prepare_portal_remedies(),
            chart=self._prepare_support_chart(contract, today),
            lots=contract._prepare_portal_lots(),
            changes=contract._prepare_portal_changes(),
            overrun=contract._prepare_portal_overrun(),
            statement_error=statement_error,
            statement_from=today.replace(day=1).isoformat(),
            statement_to=today.isoformat(),
        )
        return request.render("prepaid_support.portal_support_contract", values)

    def _prepare_support_chart(self, contract, today):
        first = max(today - relativedelta(months=CHART_MONTHS), contract.date_start)
        chart = contract._prepare_portal_chart(first, today)
        return json.dumps(chart) if chart else ""

    def _prepare_support_work(
        self, contract, page=1, search=None, date_from=None, date_to=None, **kw
    ):
        search = (search or "").strip()
        first, last, error = self._parse_period(date_from, date_to)
        domain = contract._get_portal_work_domain(search, first, last)
        total = contract._count_portal_groups(domain)
        kept = {"search": search, "date_from": date_from, "date_to": date_to}
        pager = portal_pager(
            url=f"/my/support/{contract.id}",
            url_args={key: value for key, value in kept.items() if value},
            total=total,
            page=page,
            step=GROUPS_PER_PAGE,
        )
        return {
            "groups": contract._prepare_portal_groups(
                domain, limit=GROUPS_PER_PAGE, offset=max(0, pager["offset"])
            ),
            "group_count": total,
            "pager": pager,
            "search": search,
            "date_from": first.isoformat() if first else "",
            "date_to": last.isoformat() if last else "",
            "filter_error": error,
            "is_filtered": any(kept.values()),
        }

    def _parse_period(self, date_from, date_to, required=False):
        """``(first, last, error)`` of two dates as browsers send them."""
        _ = request.env._
        try:
            first = fields.Date.to_date(date_from) if date_from else None
            last = fields.Date.to_date(date_to) if date_to else None
        except ValueError:
            return None, None, _("Please enter the dates as year-month-day.")
        if required and not (first and last):
            return None, None, _("Please choose the first and the last day.")
        if first and last and first > last:
            return None, None, _("The first day must not be after the last day.")
        return first, last, None

    # -- ticket --------------------------------------------------------------

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        if self._is_support_reader(ticket):
            values["support_work"] = self._prepare_support_ticket(ticket)
            # sudo: plain values, of a ticket that the reader may read; channels only
            # of contracts that the reader may read
            values["support_service"] = ticket.sudo()._prepare_portal_service(
                self._get_support_contracts()
            )
        return values

    def _is_support_reader(self, ticket):
        """Whether the reader has rights of their own, other than by a shared link."""
        user = request.env.user
        reader = request.env["helpdesk.ticket"].browse(ticket.id)
        family = user.partner_id.commercial_partner_id
        if user._is_public() or not reader.has_access("read"):
            return False
        return user._is_internal() or ticket.commercial_partner_id == family

    def _prepare_support_ticket(self, ticket):
        """Time and cost."""
        if ticket.team_id and not ticket.team_id.show_timesheet_portal:
            return None
        # sudo: the contracts are filtered by the reader's rights
        contracts = (
            request.env["support.intervention"]
            .sudo()
            .search([("ticket_id", "=", ticket.id)])
            .contract_id
        )
        readable = contracts.with_env(request.env)._filtered_access("read")
        # sudo: plain values of contracts that the reader may read
        work = ticket._prepare_portal_works(readable.sudo())
        return work if work["rows"] else None


class SupportTicketController(HelpdeskTicketController):
    @route()
    def support_ticket_close(self, **kw):
        """Upstream closes any ticket for anybody who is logged in; closing ends
        deadlines, so only for those who may read it with rights of their own."""
        sent = str(kw.get("ticket_id") or "")
        ticket = request.env["helpdesk.ticket"].browse(
            int(sent) if sent.isdecimal() and len(sent) < 10 else 0
        )
        family = request.env.user.partner_id.commercial_partner_id
        own = (
            ticket.exists()
            and ticket.has_access("read")
            and (
                request.env.user._is_internal()
                or ticket.commercial_partner_id == family
            )
        )
        return super().support_ticket_close(**kw) if own else request.redirect("/my")

    def _get_create_new_ticket_values(self, **kw):
        values = super()._get_create_new_ticket_values(**kw)
        assets = self._get_support_assets()
        chosen = self._find_support_asset(assets, kw.get("asset"))
        values["support_assets"] = [
            {
                "id": asset.id,
                "name": asset.name,
                "level": asset.level_id.name or "",
                "chosen": asset == chosen,
            }
            for asset in assets
        ]
        return values

    def _get_support_assets(self):
        """What the reader's own active contracts cover today, and what of their own
        company another contract covers; as sudo."""
        family = request.env.user.partner_id.commercial_partner_id
        # sudo: only names of assets of the reader's own company are shown
        own = (
            request.env["support.asset"]
            .sudo()
            .search([("commercial_partner_id", "=", family.id)])
            .filtered("line_id")
        )
        assets = get_support_contracts()._get_covered_assets() | own
        return assets.sorted(lambda asset: (asset.name, asset.id))

    def _find_support_asset(self, assets, sent):
        """The asset of ``assets`` whose id was sent, if any: no other one exists."""
        return assets.filtered(lambda asset: str(asset.id) == str(sent or ""))

    def _prepare_submit_ticket_vals(self, **kw):
        """A customer chooses among the categories that are offered to customers:
        which one it is decides what the contract covers. The asset is one of theirs,
        or none."""
        vals = super()._prepare_submit_ticket_vals(**kw)
        category = request.env["helpdesk.ticket.category"].browse(vals["category_id"])
        # Whether it is offered is no secret; which ones there are is upstream's choice.
        if category and not category.sudo().show_in_portal:
            vals["category_id"] = False
        asset = self._find_support_asset(self._get_support_assets(), kw.get("asset"))
        # sudo: the team's company, which upstream gives to the ticket
        team = request.env["helpdesk.ticket.team"].sudo().browse(vals.get("team_id"))
        company = team.company_id.id or vals["company_id"]
        # A category or a team may be of another of our companies.
        if asset.company_id.id == company:
            vals["asset_id"] = asset.id
        return vals
