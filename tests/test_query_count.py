# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import SupportCommon

LINE = "account.analytic.line"
#: What one hour of support may cost beyond one hour on a project.
MORE_QUERIES = 16
#: Rows of one INSERT or UPDATE of the ORM.
CHUNK = 100
#: Lines, interventions, charges and entries inserted; lines and interventions updated.
PER_CHUNK = 6


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestQueryCount(SupportCommon):
    """The cost of a debit does not grow with the ledger, or with the batch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls.grant(1_000_000.0, date_first=cls.day(-3000))
        cls.task = cls.env["project.task"].create(
            {"name": "Plain work", "project_id": cls.company.support_project_id.id}
        )

    def setUp(self):
        super().setUp()
        # Fill what a worker keeps from one request to the next.
        self.count(self.plain(-1))
        self.count(self.support(-1))

    @classmethod
    def day(cls, number):
        return cls.TODAY + timedelta(days=number)

    @classmethod
    def plain(cls, *days):
        return [
            {"task_id": cls.task.id, "date": cls.day(day), "unit_amount": 1.0}
            for day in days
        ]

    @classmethod
    def support(cls, *days):
        """Lines of which each is an intervention of its own."""
        return [
            {"ticket_id": cls.ticket.id, "date": cls.day(day), "unit_amount": 1.0}
            for day in days
        ]

    @classmethod
    def count(cls, vals_list):
        """Queries of one create by a technician, in a fresh request."""
        lines = cls.env[LINE].with_user(cls.agent)
        return cls.count_change(lines, lambda lines: lines.create(vals_list))

    @classmethod
    def count_change(cls, lines, change):
        cls.env.flush_all()
        cls.env.invalidate_all()
        before = cls.env.cr.sql_log_count
        change(lines)
        cls.env.flush_all()
        return cls.env.cr.sql_log_count - before

    def test_one_line(self):
        plain = self.count(self.plain(0))
        self.assertLessEqual(self.count(self.support(0)), plain + MORE_QUERIES)

    def test_one_line_with_history(self):
        empty = self.count(self.support(0))
        self.count(self.support(*range(-250, -2)))
        self.assertEqual(self.count(self.support(1)), empty)

    def test_edit_and_delete(self):
        (plain, support) = (
            self.env[LINE].with_user(self.agent).create(vals)
            for vals in (self.plain(0), self.support(0))
        )
        for change in (
            lambda line: line.write({"unit_amount": 2.0}),
            lambda line: line.unlink(),
        ):
            queries = [self.count_change(line, change) for line in (plain, support)]
            self.assertLessEqual(queries[1], queries[0] + MORE_QUERIES)

    def test_twice_as_many_lines(self):
        few = self.count(self.support(*range(-40, -20)))
        self.assertEqual(self.count(self.support(*range(-100, -60))), few)

    def test_customers_cost_no_queries(self):
        tickets = [self.make_ticket(self.customer) for _number in range(8)]
        few, many = (
            [{**self.support(0)[0], "ticket_id": ticket.id} for ticket in group]
            for group in (tickets[:2], tickets[2:])
        )
        self.assertEqual(self.count(few), self.count(many))

    def test_floor_and_a_constant_per_chunk(self):
        first = -100
        counts = []
        for chunks in (1, 2, 3, 4):
            days = range(first - chunks * CHUNK, first)
            counts.append(self.count(self.support(*days)))
            first = days[0]
        # The first fills what a worker keeps of a batch.
        _warm, *counts = counts
        self.assertEqual(counts[2] - counts[1], counts[1] - counts[0])
        self.assertLessEqual(counts[2] - counts[1], PER_CHUNK)

    def test_all_rules_at_once_cost_no_query_per_line(self):
        """Opening hours, coverage, free tickets, urgent fee and a plan."""
        category = self.env["helpdesk.ticket.category"].create({"name": "Call"})
        self.contract.write(
            {
                "calendar_id": self.company.resource_calendar_id.id,
                "date_start": self.day(-3000),
                "free_tickets": 1,
                "urgent_fee": 75.0,
                "discount_percent": 10.0,
                "coverage_rule_ids": [
                    (0, 0, {"category_id": category.id, "coverage": "billable"}),
                    (0, 0, {"coverage": "prepaid"}),
                ],
            }
        )
        self.ticket.write({"urgent": True, "planned_start": "2026-11-21 20:00:00"})
        self.count(self.support(*range(-9, -1)))  # also the lot of the month
        few = self.count(self.support(*range(-19, -10)))
        many = self.count(self.support(*range(-300, -270)))
        # Another month's lot of free tickets is a grant with its entry.
        self.assertLessEqual(many, few + PER_CHUNK)
        more = self.count(self.support(*range(-360, -300)))
        self.assertLessEqual(more, many + PER_CHUNK)

    def test_time_zone_follows_its_sources(self):
        """What a worker keeps is forgotten when one of its sources changes."""
        partner, calendar = self.company.partner_id, self.company.resource_calendar_id
        partner.tz = "Pacific/Auckland"
        self.assertEqual(self.contract._get_time_zone(), "Pacific/Auckland")
        self.contract.calendar_id = calendar
        calendar.tz = "Asia/Tokyo"
        self.assertEqual(self.contract._get_time_zone(), "Asia/Tokyo")
        calendar.tz = "Europe/Paris"
        self.assertEqual(self.contract._get_time_zone(), "Europe/Paris")
        self.contract.calendar_id = False
        partner.tz = "America/New_York"
        self.assertEqual(self.contract._get_time_zone(), "America/New_York")

    def test_rates_follow_the_card(self):
        price = self.card._get_engine_rates()[1][0].price
        self.card.rate_ids.price = 130.0
        self.assertNotEqual(self.card._get_engine_rates()[1][0].price, price)
        self.card.rate_ids.unlink()
        self.assertFalse(self.card._get_engine_rates()[1])
