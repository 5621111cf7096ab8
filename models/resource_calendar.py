# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

from . import support_adapter as adapter


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def write(self, vals):
        result = super().write(vals)
        self.env["support.contract"]._clear_time_zones(vals)
        if vals.keys() & {"tz", "company_id", "two_weeks_calendar"}:
            self.env.registry.clear_cache()
            self._sync_open_slas()
        return result

    @api.constrains("attendance_ids")
    def _check_support_hours(self):
        # Whose opening hours these are does not depend on who changes them.
        for model in ("support.plan", "support.contract"):
            found = self.env[model].sudo().search([("calendar_id", "in", self.ids)])
            for policy in found:
                if not policy.calendar_id._has_support_hours():
                    # Whose they are is told to those who may know it.
                    known = policy.with_env(self.env)._filtered_access("read")
                    raise ValidationError(
                        self.env._(
                            "%(calendar)s gives the opening hours of %(policy)s, so it "
                            "needs some hours.",
                            calendar=policy.calendar_id.name,
                            policy=known.display_name
                            or self.env._("a support contract"),
                        )
                    )

    def _sync_open_slas(self):
        """Have the deadlines of open tickets follow the opening hours."""
        # Whose opening hours these are does not depend on who changes them.
        contracts = self.env["support.contract"].sudo()
        contracts = contracts.search([("calendar_id", "in", self.ids)])
        if contracts:
            tickets = self.env["helpdesk.ticket"]
            tickets._sync_open_slas("support_contract_id", contracts)

    def _get_support_attendances(self):
        """The lines of the week that are open hours."""
        return self.attendance_ids.filtered(
            lambda line: not line.display_type and line.hour_to > line.hour_from
        )

    def _has_support_hours(self):
        self.ensure_one()
        return bool(self._get_support_attendances())

    @ormcache("self.id", "company.id")
    def _get_support_opening(self, company):
        """Engine opening hours, or None if there are none; kept by the worker.

        Breaks count as open: a desk does not become after-hours service at noon. Its
        holidays are the days off, of this calendar or of all, that are nobody's own and
        the company's: a calendar may serve several.
        """
        # Opening hours are no secret.
        calendar = self.sudo()
        leaves = calendar.env["resource.calendar.leaves"].search(
            Domain("resource_id", "=", False)
            & Domain("time_type", "=", "leave")
            & Domain("calendar_id", "in", [calendar.id, False])
            & Domain("company_id", "in", [company.id, False])
        )
        lines = calendar._get_support_attendances()
        return adapter.to_opening(calendar, lines, leaves) if lines else None


class ResourceCalendarAttendance(models.Model):
    _name = "resource.calendar.attendance"
    _inherit = ["resource.calendar.attendance", "support.cached"]

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.calendar_id._sync_open_slas()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.calendar_id._sync_open_slas()
        return result

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        calendars._sync_open_slas()
        return result


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._clear_support_opening()
        return leaves

    def write(self, vals):
        self._clear_support_opening()
        result = super().write(vals)
        if not vals.get("resource_id", True):
            # What was one person's day off becomes a holiday: who may make one?
            self.check_access("write")
        self._clear_support_opening()
        return result

    def unlink(self):
        self._clear_support_opening()
        return super().unlink()

    def _clear_support_opening(self):
        """Forget the holidays; the days off of one person are none."""
        holidays = self.filtered(lambda leave: not leave.resource_id)
        if holidays:
            self.env.registry.clear_cache()
            calendars = holidays.calendar_id
            if not all(leave.calendar_id for leave in holidays):
                # One of all calendars.
                calendars = self.env["support.contract"].sudo().search([]).calendar_id
            calendars._sync_open_slas()
