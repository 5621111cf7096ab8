# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.tools import format_date


class SupportContractPortalService(models.AbstractModel):
    """What the contract page tells of the service: people, channels and assets.

    As in ``support_contract_portal``: plain values, called with ``sudo()`` after the
    caller has checked that the reader may read the contract.
    """

    _name = "support.contract.portal.service"
    _description = "Support Contract: Service in the Portal"

    def _prepare_portal_contract(self):
        return {
            **super()._prepare_portal_contract(),
            "account_manager": self.user_id.name or "",
            "technician": self.technician_id.name or "",
            "term": self._get_portal_term(),
        }

    def _get_portal_term(self):
        """Until when, and until when notice can be given; empty without terms."""
        if self.state != "active" or not self.renewal_date:
            return ""
        return self.env._(
            "until %(last)s, then renewed; notice until %(notice)s",
            last=format_date(self.env, self.renewal_date),
            notice=format_date(self.env, self.notice_date),
        )

    # -- channels ------------------------------------------------------------------

    def _prepare_portal_channels(self, levels=None):
        """Telephone numbers of the customer's own levels, or of ``levels``.

        None unless the contract is active: the ticket is always a channel.
        """
        self.ensure_one()
        if self.state != "active":
            return []
        levels = self._get_levels() if levels is None else levels
        labels = self._get_channel_labels()
        rows = [
            {
                "kind": kind,
                "label": labels[kind],
                "text": number,
                "phone": number.replace(" ", ""),
                "note": note,
            }
            for kind, number, note in self._get_numbers(levels)
        ]
        if self.night_contact_id and any(levels.mapped("night_contact")):
            rows.append(
                {
                    "kind": "night",
                    "label": labels["night"],
                    "text": self.night_contact_id.name,
                    "phone": "",
                    "note": self.env._("Such as to agree on more work"),
                }
            )
        return rows

    # -- assets --------------------------------------------------------------------

    def _prepare_portal_assets(self):
        """Covered assets, each under what it runs on; a host is shown in any case."""
        self.ensure_one()
        today = self._get_today()
        lines = self.line_ids.filtered(
            lambda line: (
                self.state != "ended" and (line._spans(today) or line.date_from > today)
            )
        )
        by_asset = {line.asset_id: line for line in lines.sorted("date_from", True)}
        assets = lines.asset_id
        hosts = assets.host_id
        while hosts - assets:
            assets |= hosts
            hosts = assets.host_id
        rows = []

        def add(some, depth):
            for asset in some.sorted(lambda asset: (asset.name, asset.id)):
                line = by_asset.get(asset, lines.browse())
                rows.append(self._prepare_portal_asset(asset, line, depth))
                add(asset.guest_ids & assets, depth + 1)

        add(assets.filtered(lambda asset: not asset.host_id), 0)
        return rows

    def _prepare_portal_asset(self, asset, line, depth):
        kinds = dict(asset._fields["kind"]._description_selection(self.env))
        # What it costs today: with the discount, nothing of its own in a flat fee.
        fee = line.net_fee
        return {
            "id": asset.id,
            "name": asset.name,
            "kind": kinds[asset.kind],
            "reference": asset.reference or "",
            "depth": depth,
            "host": asset.host_id.name or "",
            "covered": bool(line),
            "level": line.level_id.name or "",
            "since": format_date(self.env, line.date_from),
            "until": format_date(self.env, line.date_to),
            "fee": self._format_portal_credit("money", fee) if fee else "",
            "promises": line.level_id._get_target_sentences(),
        }
