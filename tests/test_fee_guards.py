# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What gives money away is the billing manager's, by whatever door."""

from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .test_assets import AssetCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 12:00:00")
class TestFeeGuards(AssetCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.date_start = "2026-01-01"
        cls.level_c = cls.make_level("C", 210.0, [])
        cls.line = cls.cover(cls.web, date_from="2026-01-01")
        cls.manager = new_test_user(
            cls.env,
            "support_manager",
            "helpdesk_mgmt.group_helpdesk_manager,"
            "prepaid_support.group_support_dispatcher",
        )

    def assertDenied(self, record, **vals):
        with self.subTest(vals=vals), self.assertRaises(AccessError):
            record.with_user(self.manager).write(vals)

    def test_a_better_level_for_the_same_fee(self):
        self.assertDenied(self.line, level_id=self.level_c.id, monthly_fee=70.0)
        self.line.with_user(self.manager).level_id = self.level_c
        self.assertEqual(self.line.monthly_fee, 210.0)

    def test_another_product(self):
        other = self.service.copy({"name": "Without VAT", "taxes_id": False})
        self.assertDenied(self.line, product_id=other.id)
        self.line.with_user(self.accountant).product_id = other

    def test_free_tickets_under_a_flat_fee(self):
        self.contract.flat_fee = 100.0
        self.level_c.free_tickets = 5
        vals = {
            "contract_id": self.contract.id,
            "asset_id": self.mail.id,
            "level_id": self.level_c.id,
        }
        lines = self.env["support.contract.line"]
        with self.assertRaises(AccessError):
            lines.with_user(self.manager).create(vals)
        self.assertTrue(lines.with_user(self.accountant).create(vals))

    def test_what_a_missed_target_refunds(self):
        self.assertDenied(self.contract, remedy_scope="contract")
        self.contract.with_user(self.accountant).remedy_scope = "contract"
        with self.assertRaises(AccessError):
            self.make_contract(self.other_customer).with_user(self.manager).copy(
                {"remedy_scope": "contract"}
            )

    def test_days_that_are_invoiced_and_over(self):
        self.contract._invoice_fee()
        self.assertTrue(self.contract._get_fee_invoiced_until())
        self.assertDenied(self.contract, date_start="2026-06-01")
        self.assertDenied(self.contract, date_end="2026-03-31")
        self.assertDenied(self.line, date_to="2026-03-31")
        # From today on it is an end like any other.
        self.contract.with_user(self.manager).date_end = "2026-11-21"
        self.assertEqual(self.contract.date_end, date(2026, 11, 21))

    def test_an_invoice_of_somebody_else_is_no_fee(self):
        self.contract._invoice_fee()
        before = self.contract.fee_difference
        schedule = self.contract.recurring_contract_id
        clerk = new_test_user(self.env, "fee_clerk", "account.group_account_invoice")
        self.env["account.move"].with_user(clerk).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.other_customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Forged",
                            "price_unit": 5000.0,
                            "contract_line_id": schedule.contract_line_ids[:1].id,
                        }
                    )
                ],
            }
        )
        self.contract.invalidate_recordset()
        self.assertEqual(self.contract.fee_difference, before)
