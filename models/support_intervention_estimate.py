# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict

from odoo import api, models

from ..engine import clock
from ..tools import WhatIf, format_minutes
from . import support_adapter as adapter
from .support_intervention_settlement import TOTALS

#: What an estimate sums up of charges.
SUMS = {**TOTALS, "list_amount": "list_amount"}


class SupportInterventionEstimate(models.AbstractModel):
    """Asks what work would cost: as settling does, but nothing is stored."""

    _name = "support.intervention.estimate"
    _description = "Support Intervention: Estimate"

    @api.model
    def _estimate_line(self, vals, hours, start, accepted):
        """What a line of time would cost on top of what is logged already.

        ``vals``: values of the intervention that the line would belong to; ``start``:
        when the work would begin (UTC) or False; ``accepted``: as if a dispatcher made
        an exception. Returns what ``_estimate`` does, less what is charged so far.
        """
        # Prices follow from rules that technicians need not read; the caller checks
        # that the contract or ticket is theirs.
        Work = self.sudo().with_context(support_what_if=WhatIf(accepted=accepted))
        last = Work._find_last_of(vals)
        work = last
        if not last or last.locked:
            # With a reference: without one, what is not stored does not equal itself.
            work = Work.new({**vals, "predecessor_id": last.id}, ref="estimate")
        charged = {
            name: sum(work.charge_ids.mapped(source)) for name, source in SUMS.items()
        }
        estimate = work._estimate(
            {work.id: [clock.Line(hours, adapter.to_instant(start))]}
        )
        for name, before in charged.items():
            estimate[work][name] -= before
        return estimate[work]

    @api.model
    def _find_last_of(self, vals):
        """The intervention that such time would join or continue, or none."""
        key = tuple(
            vals.get(name) or False
            for name in (
                "employee_id",
                "ticket_id",
                "task_id",
                "date",
                "delivery_mode",
                "profile_id",
            )
        )
        return self._find_last([key]).get(key, self.browse())

    def _estimate(self, more_lines=None):
        """What these would cost now: ``{intervention: figures}``.

        ``more_lines``: engine lines by intervention id that are not logged yet. The
        figures: ``hold_reason`` or False, ``list_amount``, ``amount``,
        ``billed_minutes``, ``overrun_amount``, ``overrun_minutes``, ``charges`` (values
        of each), and ``credit``: ``[(lot or its name, quantity)]`` that would be drawn.
        """
        lines = defaultdict(list, self._read_lines())
        for key, added in (more_lines or {}).items():
            lines[key] = [*lines[key], *added]
        months = self._get_allowance_months()
        planned = self.env["support.contract"]._prepare_allowances(months)
        more_lots = defaultdict(list)
        for lot, vals in zip(adapter.to_planned_lots(planned), planned, strict=True):
            more_lots[vals["contract_id"]].append(lot)
        states, charges = self._rate(lines)
        burn = self._prepare_burn(charges, more_lots=more_lots)
        names = {-number: vals["name"] for number, vals in enumerate(planned, 1)}
        return {
            work: {
                "hold_reason": states[work]["hold_reason"],
                **work._sum_estimate(burn.values),
                "credit": work._get_estimated_credit(burn.postings, names),
            }
            for work in self
        }

    def _sum_estimate(self, values):
        charges = [
            vals for (work_id, _code), vals in values.items() if work_id == self.id
        ]
        return {
            "charges": charges,
            **{
                name: sum(vals[source] for vals in charges)
                for name, source in SUMS.items()
            },
        }

    def _get_estimated_credit(self, postings, names):
        """``[(lot or the name of one to come, quantity)]``; minus is what goes back."""
        drawn = defaultdict(int)
        for posting in postings:
            if posting.demand[0] == self.id and posting.kind in ("debit", "release"):
                drawn[posting.lot] -= posting.quantity
        Lot = self.env["support.lot"]
        return [
            (names[key] if key in names else Lot.browse(key), quantity)
            for key, quantity in drawn.items()
            if quantity
        ]

    @api.model
    def _render_estimated_credit(self, credit):
        """``credit`` of an estimate for people: a line per lot."""
        sentences = []
        for lot, quantity in credit:
            if isinstance(lot, str):
                # Free tickets of a month that has none yet are but a name.
                sentences.append(f"{format_minutes(self.env, quantity)}: {lot}")
            else:
                lot = lot.with_env(lot.env(context=self.env.context))
                sentences.append(f"{lot._format_quantity(quantity)}: {lot.name}")
        return "\n".join(sentences)
