# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.terms import may_follow
from ..tools import BILLING_MANAGER, active_insiders

#: What a step of the life of a contract may write; put into the context. An object of
#: its own, compared by identity, so that no request can send one.
STEP = object()
#: Written by the buttons and the daily job only.
BY_STEP = {
    "state",
    "term_first",
    "notice_given_date",
    "agreed_date_end",
    "notice_told_date",
    "urgent_told",
}


class SupportContractLifecycle(models.AbstractModel):
    """Draft, onboarding, active, ended: one step after the other, by their buttons."""

    _name = "support.contract.lifecycle"
    _description = "Support Contract: Lifecycle"

    technician_id = fields.Many2one(
        "res.users",
        string="Preferred technician",
        domain="[('share', '=', False)]",
        tracking=True,
        groups="base.group_user",
        help="Who knows the customer: proposed on tickets that are nobody's yet, and "
        "named in the portal.",
    )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("state", "draft") != "draft":
                self._refuse_state()
        # Whatever the values or the context say, a contract starts at its beginning.
        start = {**dict.fromkeys(BY_STEP, False), "state": "draft"}
        return super().create([{**vals, **start} for vals in vals_list])

    def write(self, vals):
        if self.env.context.get("support_step") is not STEP:
            self._check_by_step(vals)
        return super().write(vals)

    def _check_by_step(self, vals):
        for name in vals.keys() & BY_STEP:
            field = self._fields[name]
            # Saving what is there already is no step.
            value = field.convert_to_cache(vals[name], self[:1], validate=False)
            if any(
                field.convert_to_cache(contract[name], contract) != value
                for contract in self
            ):
                self._refuse_state()

    def _refuse_state(self):
        raise ValidationError(
            self.env._(
                "State, term and notice of a contract change with its buttons only: "
                "Start onboarding, Activate, Give notice, End."
            )
        )

    def _step(self, **vals):
        """Write what belongs to a step, with the rights of whoever takes it."""
        self.with_context(support_step=STEP).write(vals)

    # -- Steps ---------------------------------------------------------------------

    def action_start_onboarding(self):
        self._check_may_become("onboarding")._step(state="onboarding")

    def action_activate(self):
        contracts = self._check_may_become("active")
        contracts._check_activation()
        contracts._step(state="active")
        contracts._adopt_tickets()

    def action_end(self):
        ending = self._check_may_become("ended")
        for contract in ending:
            # One that is called off before it starts ends on its first day.
            today = max(contract._get_today(), contract.date_start)
            contract.date_end = min(contract.date_end or today, today)
        ending._step(state="ended")

    def _check_may_become(self, state):
        """Those that are not in this state yet; refuse if one cannot get there.

        A second click finds nothing to do.
        """
        self.check_access("write")
        labels = dict(self._fields["state"]._description_selection(self.env))
        others = self.filtered(lambda contract: contract.state != state)
        for contract in others:
            if not may_follow(contract.state, state):
                raise UserError(
                    self.env._(
                        "%(contract)s is in state %(old)s, which cannot become "
                        "%(new)s. Make a new contract instead.",
                        contract=contract.name,
                        old=labels[contract.state],
                        new=labels[state],
                    )
                )
        return others

    def _check_activation(self):
        """Refuse to activate what is not ready. Roles add their conditions."""

    # -- What others ask -----------------------------------------------------------

    def _get_account_manager(self):
        """Who is asked about this contract: its account manager, else a billing manager
        of its company, else who is at work."""
        self.ensure_one()
        manager = self.user_id.filtered("active")
        return (
            manager
            or active_insiders(self.env, BILLING_MANAGER, self.company_id)[:1]
            or self.env.user
        )
