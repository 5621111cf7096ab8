# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..engine import burndown, rating
from ..tools import write_changes
from . import support_adapter as adapter
from .support_intervention_rating import NOTHING_AGREED

#: States of work that nobody could price yet.
PENDING = ("held", "to_price")
#: What an intervention sums up of its charges.
TOTALS = {
    "billed_minutes": "minutes",
    "amount": "amount",
    "overrun_amount": "overrun_amount",
    "overrun_minutes": "overrun_minutes",
}


class Burn(NamedTuple):
    """How charges are to be settled: nothing of it is stored yet.

    ``values`` and ``records`` of charges by their key, ``(intervention id, code)``;
    ``postings`` of the engine.
    """

    values: dict
    records: dict
    postings: list


class SupportInterventionSettlement(models.AbstractModel):
    """Burns the charges of interventions down and posts what changed."""

    _name = "support.intervention.settlement"
    _description = "Support Intervention: Settlement"

    def _settle(self, again=False):
        """Rate the interventions, burn their charges down and post what changed.

        Batched: the number of queries does not grow with the number of interventions.
        ``again``: let credit that came later pay open overrun as well.
        """
        # The callers decide who may; the ledger itself is written by the system.
        todo = self.sudo()._with_successors()._with_urgent()
        todo = todo.filtered(lambda work: not work.locked)
        if not todo:
            return
        todo = todo.sorted(lambda work: (work.date, work.id))
        waited = todo.filtered("hold_reason")
        todo._refresh_contracts()
        todo._grant_allowances()
        states, charges = todo._rate(todo._read_lines())
        totals = todo._burn(charges, again)
        for work in todo:
            write_changes(work, {**states[work], **totals[work.id]})
        todo._tell_dispatcher(waited)

    def _with_successors(self):
        """These, and all that charge on top of them."""
        found, wave = self, self
        while wave:
            wave = wave.successor_ids - found
            found |= wave
        return found

    @api.model
    def _get_settled_fields(self):
        """What settling reads and writes, to be fetched together."""
        return [
            name
            for name, field in self._fields.items()
            if field.store and field.column_type
        ]

    def _with_urgent(self):
        """These, and all work on their urgent tickets: it shares one urgent fee."""
        urgent = self.ticket_id.filtered("urgent")
        if not urgent:
            return self
        # Nobody sees a fee that another transaction is charging: the later one is
        # replayed, as with lots.
        urgent.flush_recordset(["urgent"])
        self.env.execute_query(
            SQL(
                "UPDATE helpdesk_ticket SET urgent = urgent WHERE id IN %s"
                " RETURNING id",
                tuple(urgent.ids),
            )
        )
        return self | urgent.support_intervention_ids

    def _read_lines(self):
        """Time of each intervention and of those it succeeds, by intervention id."""
        chain = self.union(*(work._get_chain() for work in self))
        return adapter.read_lines(self.env, chain.ids)

    def _grant_allowances(self):
        """Have the free tickets of the months of the work there before it is priced."""
        months = self._get_allowance_months()
        self.env["support.contract"]._grant_allowances(months)

    def _get_allowance_months(self):
        """First days of the months whose free tickets may pay: ``{contract: days}``."""
        months = defaultdict(set)
        for work in self:
            if work.contract_id.free_tickets_from:
                months[work.contract_id].add(work.date.replace(day=1))
        return months

    def _refresh_contracts(self):
        """Follow the ticket's or task's contract; another one starts afresh."""
        for work in self:
            contract = (work.ticket_id or work.task_id).support_contract_id
            if work.contract_id == contract:
                continue
            work.write(
                {
                    "contract_id": contract.id,
                    "partner_id": (work.ticket_id or work.task_id).partner_id.id,
                    "company_id": (contract or work).company_id.id,
                    "currency_id": (contract or work).currency_id.id,
                    "rules": False,
                    **NOTHING_AGREED,
                }
            )

    # -- Burning -------------------------------------------------------------------

    def _burn(self, charges, again):
        """Settle engine charges; returns the totals to store, by intervention."""
        burn = self._prepare_burn(charges, again)
        moved = self._post(burn.postings, self._store_charges(burn))
        return self._prepare_totals(burn.values, moved)

    def _prepare_burn(self, charges, again=False, more_lots=None):
        """Settle engine charges against the credit of their contracts, on paper.

        Charges are known to the engine by ``(intervention id, code)``, so that new ones
        are stored once, with the answer. ``more_lots``: engine lots by contract id that
        are not stored yet.
        """
        known = self._read_charges()
        records = {(one.intervention_id.id, one.code): one for one in known}
        values = self._prepare_charges(charges, records)
        slices = adapter.read_slices(self.env, known.ids)
        demands = defaultdict(list)
        for key, vals in values.items():
            record = records.get(key, self.env["support.charge"])
            for contract_id, demand in record._prepare_demands(
                key, vals, slices.get(record.id, {}), again
            ):
                demands[contract_id].append(demand)
        postings = []
        lots = self._read_lots(demands, slices)
        for contract_id, group in demands.items():
            contract = self.env["support.contract"].browse(contract_id)
            settlements, posted = burndown.burn(
                group,
                lots[contract_id] + (more_lots or {}).get(contract_id, []),
                contract._get_today(),
                adapter.currency_step(contract.currency_id),
            )
            postings += posted
            for key, settlement in settlements.items():
                if values[key]["contract_id"] == contract_id:
                    record = records.get(key, self.env["support.charge"])
                    values[key].update(
                        record._prepare_settlement(settlement, values[key])
                    )
        return Burn(values, records, postings)

    def _read_charges(self):
        """The charges that are stored already; work never settled has none."""
        settled = self.filtered(lambda work: work.state != "held" or work.hold_reason)
        Charge = self.env["support.charge"]
        if not settled:
            return Charge
        return Charge.search_fetch(
            [("intervention_id", "in", settled.ids)],
            adapter.CHARGE_FIELDS,
            order="id",
        )

    def _prepare_charges(self, charges, records):
        """``{key: values}`` of what is due, and zeros for what is due no more."""
        values = {}
        for work, priced in charges.items():
            for sequence, charge in enumerate(priced):
                # The currency first: the amounts that follow are rounded to it.
                values[work.id, charge.code] = {
                    **work._prepare_charge(charge, sequence),
                    **adapter.charge_values(charge),
                }
        for key, record in records.items():
            if key not in values:
                values[key] = record._prepare_zero()
        return values

    def _store_charges(self, burn):
        """Write or create the charges; returns ``{key: charge}``."""
        missing = {}
        for key, vals in burn.values.items():
            if key in burn.records:
                write_changes(burn.records[key], vals)
            else:
                missing[key] = vals
        created = self.env["support.charge"].create(list(missing.values()))
        return {**burn.records, **dict(zip(missing, created, strict=True))}

    def _prepare_charge(self, charge, sequence):
        self.ensure_one()
        profile = self._get_profile()
        product = profile.product_id
        if charge.kind == rating.FEE:
            # The products of the fees come with the module.
            xmlid = f"prepaid_support.product_{charge.code.removeprefix('fee.')}"
            product = self.env.ref(xmlid, raise_if_not_found=False) or product
        return {
            "intervention_id": self.id,
            "contract_id": self.contract_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "ticket_id": self.ticket_id.id,
            "date": self.date,
            "profile_id": profile.id,
            "product_id": product.id,
            "sequence": sequence,
        }

    def _read_lots(self, demands, slices):
        """Engine lots by contract id: all that have credit, or had on a work day."""
        drawn = {
            part.lot
            for by_contract in slices.values()
            for parts in by_contract.values()
            for part in parts
        }
        lots = self.env["support.lot"].search_fetch(
            [
                ("contract_id", "in", list(demands)),
                "|",
                ("id", "in", list(drawn)),
                "|",
                ("remaining", ">", 0),
                "&",
                ("lapsed", ">", 0),
                ("date_last", ">=", min(self.mapped("date"))),
            ],
            adapter.LOT_FIELDS,
        )
        groups = lots.grouped(lambda lot: lot.contract_id.id)
        return {
            contract_id: adapter.to_lots(groups.get(contract_id, lots.browse()))
            for contract_id in demands
        }

    def _post(self, postings, charges):
        """Post what the engine says; returns the interventions whose credit moved.

        Each entry's key names the revision of the intervention that it makes.
        """
        if not postings:
            return self.browse()
        self.env["support.lot"]._post(
            [
                charges[posting.demand]._prepare_entry(posting, number)
                for number, posting in enumerate(postings)
            ]
        )
        return self.browse({posting.demand[0] for posting in postings})

    def _prepare_totals(self, values, moved):
        """``{intervention id: totals of its charges}``, from their values."""
        totals = {
            work.id: {
                "revision": work.revision + 1 if work in moved else work.revision,
                **dict.fromkeys(TOTALS, 0),
            }
            for work in self
        }
        for (work_id, _code), vals in values.items():
            for name, source in TOTALS.items():
                totals[work_id][name] += vals[source]
        return totals

    def _tell_dispatcher(self, waited):
        """Open the activity on tickets and tasks whose time waits; close it on those
        of ``waited`` that wait no more."""
        waiting = self.filtered("hold_reason")
        reasons = dict(self._get_hold_reasons())
        for reason, works in waiting.grouped("hold_reason").items():
            works.ticket_id._support_hold(reasons[reason])
            works.task_id._support_hold(reasons[reason])
        for field in ("ticket_id", "task_id"):
            done = (waited - waiting)[field] - waiting[field]
            done.filtered("activity_ids")._support_release_hold()
