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
        return result

    @api.constrains("attendance_ids")
    def _check_support_hours(self):
        # Whose opening hours these are does not depend on who changes them.
        for model in ("support.plan", "support.contract"):
            found = self.env[model].sudo().search([("calendar_id", "in", self.ids)])
            for policy in found:
                if not policy.calendar_id._has_support_hours():
                    raise ValidationError(
                        self.env._(
                            "%(calendar)s gives the opening hours of %(policy)s, so it "
                            "needs some hours.",
                            calendar=policy.calendar_id.name,
                            policy=policy.display_name,
                        )
                    )

    def _get_support_attendances(self):
        """The lines of the week that are open hours."""
        return self.attendance_ids.filtered(
            lambda line: not line.display_type and line.hour_to > line.hour_from
        )

    def _has_support_hours(self):
        self.ensure_one()
        return bool(self._get_support_attendances())

    @ormcache("self.id")
    def _get_support_opening(self):
        """Engine opening hours, or None if there are none; kept by the worker.

        Breaks count as open: a desk does not become after-hours service at noon. Its
        holidays are the calendar's days off that are nobody's own.
        """
        # Opening hours are no secret.
        calendar = self.sudo()
        leaves = calendar.env["resource.calendar.leaves"].search(
            Domain("resource_id", "=", False)
            & Domain("time_type", "=", "leave")
            & (
                Domain("calendar_id", "=", calendar.id)
                | Domain("calendar_id", "=", False)
                & Domain("company_id", "in", calendar.company_id.ids)
            )
        )
        lines = calendar._get_support_attendances()
        return adapter.to_opening(calendar, lines, leaves) if lines else None


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env.registry.clear_cache()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
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
        self._clear_support_opening()
        return result

    def unlink(self):
        self._clear_support_opening()
        return super().unlink()

    def _clear_support_opening(self):
        """Forget the holidays; the days off of one person are none."""
        if any(not leave.resource_id for leave in self):
            self.env.registry.clear_cache()
