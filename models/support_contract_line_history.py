# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_amount, format_date

from ..tools import BILLING_MANAGER, check_group

#: What the fee follows from; changes are told in the chatter of the contract.
TOLD = ("level_id", "monthly_fee", "date_from", "date_to")


class SupportContractLineHistory(models.AbstractModel):
    """Who changed what is covered, and who may take back what is invoiced.

    Coverage counts for all of its days, so each change of it moves money. Whoever
    manages service things covers, upgrades and ends assets; all of it is in the chatter
    of the contract. To pay back a time that is invoiced and over is the billing
    manager's.
    """

    _name = "support.contract.line.history"
    _description = "Coverage Line: History"

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._log_coverage(
            self.env._("Coverage added"),
            {line: line._get_coverage_text() for line in lines},
        )
        return lines

    def write(self, vals):
        before = {}
        if vals.keys() & set(TOLD):
            before = {line: {name: line[name] for name in TOLD} for line in self}
        result = super().write(vals)
        changed = {
            line: old
            for line, old in before.items()
            if any(line[name] != value for name, value in old.items())
        }
        self._check_not_taken_back(changed)
        self._log_coverage(
            self.env._("Coverage changed"),
            {line: line._get_change_text(old) for line, old in changed.items()},
        )
        return result

    def unlink(self):
        self._log_coverage(
            self.env._("Coverage removed"),
            {line: line._get_coverage_text() for line in self},
        )
        return super().unlink()

    @api.model
    def _check_not_taken_back(self, changed):
        """Refuse to pay back what is invoiced: a lower fee, a later first day, or an
        end in the past, of a time with an invoice."""
        if self.env.su:
            return
        for line, old in changed.items():
            contract = line.contract_id
            until = contract._get_fee_invoiced_until()
            if not until or old["date_from"] > until:
                continue
            over = min(old["date_to"] or date.max, until, contract._get_today())
            if (
                line.monthly_fee < old["monthly_fee"]
                or line.date_from > old["date_from"]
                or (line.date_to and line.date_to < over)
            ):
                check_group(self.env, BILLING_MANAGER)

    # -- The chatter ---------------------------------------------------------------

    def _log_coverage(self, title, texts):
        """One note for each contract: a title, and a row for each line."""
        bodies = {}
        for line, text in texts.items():
            rows = bodies.setdefault(line.contract_id.id, Markup())
            bodies[line.contract_id.id] = rows + Markup("<li>%s</li>") % text
        contracts = self.env["support.contract"].browse(bodies)
        contracts._message_log_batch(
            bodies={
                key: Markup("<p>%s</p><ul>%s</ul>") % (title, rows)
                for key, rows in bodies.items()
            }
        )

    def _get_coverage_text(self):
        parts = [
            f"{self._fields[name]._description_string(self.env)} {text}"
            for name in TOLD
            if (text := self._get_told_text(name, self[name]))
        ]
        return f"{self.asset_id.name}: {', '.join(parts)}"

    def _get_change_text(self, old):
        parts = []
        for name in TOLD:
            if self[name] != old[name]:
                label = self._fields[name]._description_string(self.env)
                was = self._get_told_text(name, old[name]) or "-"
                now = self._get_told_text(name, self[name]) or "-"
                parts.append(f"{label} {was} → {now}")
        return f"{self.asset_id.name}: {', '.join(parts)}"

    def _get_told_text(self, name, value):
        if name == "level_id":
            return value.name
        if name == "monthly_fee":
            return format_amount(self.env, value, self.currency_id)
        return format_date(self.env, value)
