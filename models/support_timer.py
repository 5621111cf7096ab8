# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

MAX_RUN = timedelta(hours=24)


class SupportTimer(models.Model):
    """A running stopwatch: at most one per user and ticket. Stopping makes a line."""

    _name = "support.timer"
    _description = "Support Timer"

    user_id = fields.Many2one(
        "res.users",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True
    )
    start = fields.Datetime(required=True, default=fields.Datetime.now)

    _unique_user_ticket = models.UniqueIndex(
        "(user_id, ticket_id)", "Your timer on this ticket is running already."
    )

    @api.constrains("start")
    def _check_start(self):
        for timer in self:
            if timer.start > fields.Datetime.now():
                raise UserError(self.env._("A timer cannot start in the future."))

    def _prepare_timesheet_line(self, stop):
        """Values of the time line of this timer, stopped at ``stop`` (UTC)."""
        self.ensure_one()
        # Whole minutes from the minute it was started in: rounding the time up must not
        # make work that goes on after it was stopped.
        start = self.start.replace(second=0, microsecond=0)
        stop = min(max(stop, self.start), start + MAX_RUN)
        start_local = fields.Datetime.context_timestamp(self, start)
        seconds = (stop - start).total_seconds()
        return {
            "ticket_id": self.ticket_id.id,
            "date": start_local.date(),
            "work_start": start,
            # A started minute counts, so a short call is never stored as nothing.
            "unit_amount": max(1, -(-int(seconds) // 60)) / 60,
            "name": self.ticket_id.name,
            "user_id": self.user_id.id,
        }

    def _stop(self):
        """Turn the timers into time lines; returns the lines."""
        now = fields.Datetime.now()
        vals_list = [timer._prepare_timesheet_line(now) for timer in self]
        self.unlink()
        return self.env["account.analytic.line"].create(vals_list)
