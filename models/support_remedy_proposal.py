# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models

from ..engine import refund
from ..engine.money import decimal_of
from ..engine.sla import breached_month
from ..tools import BILLING_MANAGER, replay_on_duplicate
from . import support_adapter as adapter

TODO = "mail.mail_activity_data_todo"
GIVEN = ("accepted",)
#: What counts where something more is proposed.
PLANNED = ("accepted", "proposed")


class SupportRemedyProposal(models.AbstractModel):
    """Which remedies missed targets have, by the system, as the facts are now.

    A key is ``(contract, asset or none, month)``: what is refunded.
    """

    _name = "support.remedy.proposal"
    _description = "Remedy: Proposal"

    # -- Doors of the system -------------------------------------------------------

    @api.model
    def _propose(self, slas):
        """Have each missed target be of the remedy that its facts give.

        Called for all of them whenever they were touched. Further ones of a month join
        its remedy as evidence. One whose facts give another remedy leaves its own as
        long as that is not decided; else the decider is asked.
        """
        slas = slas.with_prefetch()  # read in one go, however they were found
        keys = {sla: self._get_key(sla) for sla in slas}
        keys.update(self._leave(keys))
        groups = {}
        for sla, key in keys.items():
            if key and not sla.remedy_id:
                groups[key] = groups.get(key, slas.browse()) | sla
        return self._place(groups) if groups else self.browse()

    @api.model
    def _withdraw(self, slas):
        """Take back what is not decided, where no target was missed after all."""
        decided = slas.filtered(lambda sla: sla.remedy_id._is_decided())
        self._ask_again(decided, met=True)
        left = self._detach((slas - decided).filtered("remedy_id"))
        self._place_again(left)

    @api.model
    def _reopen(self, moves):
        """A credit note that is thrown away leaves its remedy to be decided anew."""
        # The remedy follows its document, whoever may throw that away.
        remedies = self.sudo().search(
            [("move_id", "in", moves.ids), ("state", "=", "accepted")]
        )
        if not remedies:
            return
        remedies.write(
            {
                "state": "proposed",
                "move_id": False,
                "kind": False,
                "decided_by": False,
                "decided_on": False,
            }
        )
        # What has changed since it was decided holds now.
        slas = remedies.sla_ids
        slas.remedy_changed = False
        undone = slas.filtered(lambda sla: sla.state != "breached")
        remedies._withdraw(undone)
        remedies._propose((slas - undone).filtered("remedy_id"))
        remedies.filtered(lambda one: one.state == "proposed")._ask()

    # -- What is refunded ----------------------------------------------------------

    @api.model
    def _get_key(self, sla):
        """What is refunded for a missed target, or None.

        Whether the asset is covered is asked for the day of the request, like its
        service level. The month is that of the deadline on the wall clock of the
        contract, however late the breach is found, or the last one with a fee.
        """
        contract = sla.contract_id
        if not (contract and sla.level_id.refund and sla.date_deadline):
            return None
        asked = contract._get_local_day(sla.ticket_id.request_date)
        asset = contract._get_refunded_asset(sla.asset_id, asked)
        if asset is None:
            return None
        due = contract._get_local_day(sla.date_deadline)
        last = contract._get_last_paid_day(asset, due)
        if last < due:
            return contract, asset, last.replace(day=1)
        month = breached_month(
            adapter.to_instant(sla.date_deadline), contract._get_zone()
        )
        return contract, asset, month

    def _get_due(self):
        """What the month still gives back now, besides what it has given; a Decimal."""
        self.ensure_one()
        # Who decides is told what is left, and not of the others.
        remedy = self.sudo()
        key = remedy.contract_id, remedy.asset_id, remedy.month
        others = remedy._get_siblings().filtered(lambda one: one.state in GIVEN)
        return self._get_left(key, others.mapped("amount"))

    @api.model
    def _get_left(self, key, given):
        contract, asset, month = key
        return refund.left_to_give(
            contract._get_month_fee(month, asset or None),
            contract._get_month_fee(month),
            [decimal_of(amount) for amount in given],
        )

    def _get_siblings(self):
        """The other remedies of the contract and month."""
        self.ensure_one()
        return self.search(
            [
                ("contract_id", "=", self.contract_id.id),
                ("month", "=", self.month),
                ("state", "!=", "withdrawn"),
                ("id", "!=", self.id),
            ]
        )

    def _is_decided(self):
        return self.state in ("accepted", "rejected")

    # -- Leaving -------------------------------------------------------------------

    @api.model
    def _leave(self, keys):
        """Take targets out of remedies that are not theirs; ``{target: key}`` of those
        that lose their remedy by that."""
        slas = self.env["support.sla"].union(*keys)
        held = slas.filtered("remedy_id")
        stale = held.filtered(lambda sla: not sla.remedy_id._holds(keys[sla]))
        (held - stale).filtered("remedy_changed").remedy_changed = False
        decided = stale.filtered(lambda sla: sla.remedy_id._is_decided())
        self._ask_again(decided.filtered(lambda sla: not sla.remedy_changed))
        decided.filtered(lambda sla: not sla.remedy_changed).remedy_changed = True
        return self._detach(stale - decided)

    def _holds(self, key):
        """Whether this is the remedy of a missed target with that key."""
        self.ensure_one()
        if not key:
            return False
        contract, asset, month = key
        if (self.contract_id, self.month) != (contract, month):
            return False
        if self.asset_id or not asset or self._is_decided():
            return not self.asset_id or self.asset_id == asset
        return self._is_whole()

    def _is_whole(self):
        """Whether a missed target of it is about the whole contract."""
        keys = [self._get_key(sla) for sla in self.sla_ids]
        return any(key and not key[1] for key in keys)

    @api.model
    def _detach(self, slas):
        """Take targets out of proposals; ``{target: key}`` of all that have none now.

        Where none is left, the proposal is withdrawn; also where those that are left
        are about assets, and it is of the whole contract.
        """
        remedies = slas.remedy_id
        if not remedies:
            return {}
        slas.write({"remedy_id": False, "remedy_changed": False})
        for remedy in remedies:
            if remedy.sla_ids and not remedy.asset_id and not remedy._is_whole():
                slas |= remedy.sla_ids
                remedy.sla_ids.remedy_id = False
        remedies.filtered(lambda one: not one.sla_ids)._take_back()
        return {sla: self._get_key(sla) for sla in slas}

    def _take_back(self):
        self.write({"state": "withdrawn"})
        self.activity_unlink([TODO])

    @api.model
    def _place_again(self, left):
        still = [sla for sla in left if sla.state == "breached"]
        if still:
            self._propose(self.env["support.sla"].union(*still))

    # -- Joining -------------------------------------------------------------------

    @api.model
    def _place(self, groups):
        """Give targets their remedies; the ones that are new. ``groups``: by key."""
        known = self._find(groups)
        homes, new = {}, {}
        # What is about the whole contract takes in what is about its assets.
        for key in sorted(groups, key=lambda key: bool(key[1])):
            contract, asset, month = key
            whole = contract, asset.browse(), month
            found = known.get(whole)
            home = whole if whole in new or found and found.state in PLANNED else key
            if home not in known and home not in new:
                values = self._prepare_remedy(home, groups[key], known, new)
                if not values:
                    continue
                new[home] = values
            homes[key] = home
        with replay_on_duplicate():
            made = self.create(list(new.values()))
        open_ones = self.browse().union(*known.values())
        known.update(zip(new, made, strict=True))
        for key, home in homes.items():
            groups[key].remedy_id = known[home]
        for remedy in made.filtered(lambda one: not one.asset_id):
            remedy._absorb(
                open_ones.filtered(
                    lambda one, remedy=remedy: (
                        (one.contract_id, one.month)
                        == (remedy.contract_id, remedy.month)
                    )
                )
            )
        made._ask()
        return made

    def _absorb(self, others):
        """What is given for the whole contract is not given for its assets, too."""
        self.ensure_one()
        assets = others.filtered(lambda one: one.asset_id and one.state == "proposed")
        if assets:
            assets.sla_ids.remedy_id = self
            assets._take_back()

    @api.model
    def _find(self, keys):
        contracts = self.env["support.contract"].union(*(key[0] for key in keys))
        found = self.search(
            [
                ("contract_id", "in", contracts.ids),
                ("month", "in", [key[2] for key in keys]),
                ("state", "!=", "withdrawn"),
            ]
        )
        return {
            (remedy.contract_id, remedy.asset_id, remedy.month): remedy
            for remedy in found
        }

    @api.model
    def _prepare_remedy(self, key, slas, known, new):
        """The values of the remedy of a key, if there is a fee to give back."""
        contract, asset, month = key

        def counts(other):
            return (other[0], other[2]) == (contract, month)

        given = [values["amount"] for other, values in new.items() if counts(other)]
        for other, remedy in known.items():
            # Proposals for assets are taken in by that of the whole contract.
            states = PLANNED if asset else GIVEN
            if counts(other) and remedy.state in states:
                given.append(remedy.amount)
        amount = float(self._get_left(key, given))
        return amount > 0 and {
            "contract_id": contract.id,
            "asset_id": asset.id,
            "month": month,
            "level_id": slas[:1].level_id.id,
            "amount": amount,
        }

    # -- Asking people -------------------------------------------------------------

    def _ask(self):
        """Ask a billing manager of the company to decide."""
        self._schedule(
            lambda remedy: remedy.env._("A target was missed: refund the fee?"),
            lambda remedy: remedy._get_decider(),
        )

    @api.model
    def _ask_again(self, slas, met=False):
        """Tell who has decided that it was about other facts."""

        def summarize(remedy):
            if met:
                return remedy.env._("A target was met after all: is it still right?")
            return remedy.env._("What was missed has changed: is it still right?")

        slas.remedy_id._schedule(
            summarize, lambda remedy: remedy.decided_by or remedy._get_decider()
        )

    def _schedule(self, summarize, choose):
        if not self:
            return
        kind = self.env.ref(TODO).id
        vals_list = []
        for remedy in self:
            user = choose(remedy)
            vals_list.append(
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": remedy.id,
                    "activity_type_id": kind,
                    "automated": True,
                    "summary": summarize(remedy.with_context(lang=user.lang)),
                    "user_id": user.id,
                }
            )
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            vals_list
        )
        self.invalidate_recordset(["activity_ids"])

    def _get_decider(self):
        """The account manager if a billing manager, else one of the company."""
        group_id = self.env["ir.model.data"]._xmlid_to_res_id(BILLING_MANAGER)
        users = self.env["res.groups"].browse(group_id).all_user_ids
        company = self.company_id
        able = users.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
        return (self.contract_id.user_id & able) or able[:1] or self.env.user
