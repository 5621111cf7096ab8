# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from contextlib import contextmanager
from datetime import date, timedelta

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import SupportCommon


class AssetCase(SupportCommon):
    """The customer has two servers and a level A at 70 a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level = cls.make_level("A", 70.0, [("response", "any", 24 * 60)])
        cls.web, cls.mail = cls.make_assets("web", "mail")

    @classmethod
    def make_level(cls, name, fee, targets, **vals):
        return cls.env["support.level"].create(
            {
                "name": name,
                "monthly_fee": fee,
                "product_id": cls.service.id,
                "target_ids": [
                    Command.create({"kind": kind, "window": window, "minutes": minutes})
                    for kind, window, minutes in targets
                ],
                **vals,
            }
        )

    @classmethod
    def make_assets(cls, *names, partner=None, **vals):
        return cls.env["support.asset"].create(
            [
                {"name": name, "partner_id": (partner or cls.customer).id, **vals}
                for name in names
            ]
        )

    @contextmanager
    def assertCoveredTwice(self):
        # Unlike assertRaisesRegex, it undoes what was refused.
        with self.assertRaises(ValidationError) as caught:
            yield
        self.assertIn("is covered already", str(caught.exception))

    @classmethod
    def cover(cls, asset, contract=None, level=None, **vals):
        return cls.env["support.contract.line"].create(
            {
                "contract_id": (contract or cls.contract).id,
                "asset_id": asset.id,
                "level_id": (level or cls.level).id,
                "date_from": "2026-11-01",
                **vals,
            }
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 12:00:00")
class TestAssets(AssetCase):
    def test_a_line_takes_the_fee_of_its_level(self):
        line = self.cover(self.web)
        self.assertEqual(line.monthly_fee, 70.0)
        self.assertEqual(self.web.contract_id, self.contract)
        self.assertEqual(self.web.level_id, self.level)
        line.level_id = self.make_level("C", 210.0, [])
        self.assertEqual(line.monthly_fee, 210.0)

    def test_less_than_the_level_is_the_billing_managers(self):
        manager = new_test_user(
            self.env, "support_manager", "helpdesk_mgmt.group_helpdesk_manager"
        )
        line = self.cover(self.web).with_user(manager)
        with self.assertRaises(AccessError):
            line.monthly_fee = 60.0
        with self.assertRaises(AccessError):
            line.copy({"asset_id": self.mail.id, "monthly_fee": 1.0})
        line.with_user(self.accountant).monthly_fee = 60.0
        self.assertEqual(line.monthly_fee, 60.0)

    def test_covered_once_at_a_time(self):
        line = self.cover(self.web)
        with self.assertRaises(ValidationError):
            self.cover(self.web, date_from="2026-12-01")
        line.date_to = "2026-11-30"
        self.cover(self.web, date_from="2026-12-01")

    def test_the_next_contract_is_prepared(self):
        self.cover(self.web)
        self.contract.date_end = "2026-12-31"
        following = self.env["support.contract"].create(
            {
                "partner_id": self.customer.id,
                "plan_id": self.plan.id,
                "date_start": "2027-01-01",
            }
        )
        line = self.cover(self.web, following, date_from="2027-01-01")
        with self.assertCoveredTwice():
            line.date_from = "2026-12-31"
        for day in ("2027-01-01", False):
            with self.assertCoveredTwice():
                self.contract.date_end = day
        line.date_to = "2027-03-31"
        with self.assertCoveredTwice():
            self.contract.date_end = "2027-01-31"
        self.contract.date_end = "2026-11-30"

    def test_notice_is_not_withdrawn_over_the_next_contract(self):
        self.contract.renewal_months = 1
        self.cover(self.web)
        self.contract.action_give_notice()
        day = self.contract.date_end + timedelta(days=1)
        following = self.make_contract(self.customer, date_start=day)
        self.cover(self.web, following, date_from=day)
        with self.assertCoveredTwice():
            self.contract.action_withdraw_notice()

    def test_what_an_ended_contract_bills_is_not_billed_again(self):
        self.cover(self.web)
        self.contract.action_end()
        following = self.make_contract(self.customer)
        with self.assertCoveredTwice():
            self.cover(self.web, following, date_from="2026-11-21")
        line = self.cover(self.web, following, date_from="2026-11-22")
        with self.assertCoveredTwice():
            self.contract.date_end = "2026-11-22"
        line.unlink()
        with self.assertRaises(ValidationError) as caught:
            self.contract.date_end = False
        self.assertIn("keeps its last day", str(caught.exception))
        self.contract.date_end = "2026-11-22"

    def test_a_contract_that_never_began_keeps_nothing(self):
        planned = self.env["support.contract"].create(
            {"partner_id": self.customer.id, "plan_id": self.plan.id}
        )
        self.cover(self.web, planned)
        with self.assertCoveredTwice():
            self.cover(self.web)
        planned.action_start_onboarding()
        planned.action_end()
        self.assertTrue(self.cover(self.web))

    def test_only_assets_of_the_customer(self):
        (other,) = self.make_assets("theirs", partner=self.other_customer)
        with self.assertRaisesRegex(ValidationError, "belongs to"):
            self.cover(other)
        self.cover(self.web)
        with self.assertRaisesRegex(ValidationError, "belongs to"):
            self.web.partner_id = self.other_customer

    def test_contract_and_asset_of_a_line_stay(self):
        line = self.cover(self.web)
        with self.assertRaises(UserError):
            line.asset_id = self.mail

    def test_host(self):
        (host,) = self.make_assets("hypervisor", kind="hypervisor")
        self.web.host_id = host
        with self.assertRaisesRegex(ValidationError, "cannot run on itself"):
            host.host_id = self.web
        (other,) = self.make_assets("theirs", partner=self.other_customer)
        with self.assertRaisesRegex(ValidationError, "another customer"):
            self.mail.host_id = other

    def test_a_target_once(self):
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.level.target_ids = [
                Command.create({"kind": "response", "window": "any", "minutes": 60})
            ]

    def test_no_target_of_nothing(self):
        with self.assertRaisesRegex(ValidationError, "at least one minute"):
            self.level.target_ids.minutes = 0

    def test_the_asset_says_who_pays_and_which_level(self):
        second = self.make_contract(self.customer)
        self.contract.level_id = self.make_level("Desk", 0.0, [])
        self.cover(self.web, contract=second)
        ticket = self.make_ticket(self.customer)
        self.assertFalse(ticket.support_contract_id)
        ticket.with_user(self.agent).asset_id = self.web
        self.assertEqual(ticket.support_contract_id, second)
        self.assertEqual(ticket.support_level_id, self.level)
        ticket.asset_id = False
        ticket.support_contract_id = self.contract
        self.assertEqual(ticket.support_level_id.name, "Desk")

    def test_an_asset_of_somebody_else(self):
        (other,) = self.make_assets("theirs", partner=self.other_customer)
        with self.assertRaisesRegex(ValidationError, "is not one of"):
            self.ticket.asset_id = other

    def test_free_tickets_of_the_levels_add_up(self):
        self.level.free_tickets = 2
        self.contract.write({"free_tickets": 1, "minutes_per_ticket": 15})
        self.cover(self.web)
        self.cover(self.mail, date_to="2026-12-15")
        months = {self.contract: {date(2026, 12, 1), date(2027, 1, 1)}}
        with freeze_time("2027-01-02 12:00:00"):
            self.contract._grant_allowances(months)
        lots = self.contract.lot_ids.sorted("date_first")
        self.assertEqual(lots.mapped("bonus_quantity"), [75.0, 45.0])
