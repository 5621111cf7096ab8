# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.tools import format_datetime, ormcache

from ..tools import PostingDay


class SupportContractClock(models.AbstractModel):
    """Which day it is for a contract."""

    _name = "support.contract.clock"
    _description = "Support Contract: Clock"

    def _get_today(self):
        """The date in the contract's time zone: its opening hours', else the
        company's, else UTC."""
        history = self.env.context.get("support_posting_day")
        if isinstance(history, PostingDay):
            return history.day
        return self._get_local_day(fields.Datetime.now())

    def _get_zone(self):
        """The contract's time zone, as a pytz object."""
        # What is not stored yet must not be remembered.
        name = self._get_time_zone() if self.id else self._read_time_zone()
        return pytz.timezone(name)

    def _get_local_day(self, moment):
        """The date of a stored Datetime (naive, UTC) in the contract's zone."""
        return pytz.utc.localize(moment).astimezone(self._get_zone()).date()

    def _get_day_end(self, day):
        """The end of a date in the contract's zone, as a stored Datetime."""
        midnight = datetime.combine(day + timedelta(days=1), time.min)
        return (
            self._get_zone()
            .localize(midnight)
            .astimezone(pytz.utc)
            .replace(tzinfo=None)
        )

    def _format_local(self, moment):
        """A stored Datetime for people, on the wall clock of the contract's zone."""
        return format_datetime(
            self.env, moment, tz=self._get_zone().zone, dt_format="short"
        )

    @ormcache("self.id")
    def _get_time_zone(self):
        """Kept by the worker: every hour asks for it (see ``_clear_time_zones``)."""
        return self._read_time_zone()

    def _read_time_zone(self):
        # The calendar's time zone is no secret.
        contract = self.sudo()
        return contract.calendar_id.tz or contract.company_id.partner_id.tz or "UTC"

    @api.model
    def _clear_time_zones(self, vals):
        """Forget the time zones when ``vals`` may have changed one."""
        if vals.keys() & {"tz", "calendar_id", "company_id"}:
            self.env.registry.clear_cache()
