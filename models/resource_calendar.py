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

    # -- in words ------------------------------------------------------------------

    def _get_support_hours_text(self):
        """ "Monday to Friday 09:00 – 17:00; Saturday 10:00 – 12:00"."""
        self.ensure_one()
        # Opening hours are no secret.
        lines = self.sudo()._get_support_attendances()
        if not self.two_weeks_calendar:
            return self._get_week_text(lines)
        weeks = dict(lines._fields["week_type"]._description_selection(self.env))
        texts = {
            week: self._get_week_text(
                lines.filtered(lambda x, w=week: x.week_type == w)
            )
            for week in weeks
        }
        if len(set(texts.values())) == 1:
            return texts["0"]
        return "; ".join(
            f"{weeks[week]}: {text}" for week, text in sorted(texts.items()) if text
        )

    def _get_week_text(self, lines):
        days = dict(lines._fields["dayofweek"]._description_selection(self.env))
        groups = []
        for day in days:
            hours = self._get_day_text(
                lines.filtered(lambda x, d=day: x.dayofweek == d)
            )
            if groups and groups[-1][2] == hours:
                groups[-1][1] = day
            else:
                groups.append([day, day, hours])
        return "; ".join(
            f"{days[first]} {hours}"
            if first == last
            else self.env._(
                "%(first)s to %(last)s %(hours)s",
                first=days[first],
                last=days[last],
                hours=hours,
            )
            for first, last, hours in groups
            if hours
        )

    def _get_day_text(self, lines):
        """Open hours of a day; a break that counts as open does not part them."""
        spans = []
        for line in lines.sorted("hour_from"):
            if spans and line.hour_from <= spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], line.hour_to)
            else:
                spans.append([line.hour_from, line.hour_to])
        return ", ".join(
            " – ".join(
                f"{round(h * 60) // 60:02d}:{round(h * 60) % 60:02d}" for h in span
            )
            for span in spans
        )

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
