# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import SupportCommon

LEDGER = ("support.lot", "support.entry", "support.intervention", "support.charge")
CONFIGURATION = ("support.plan", "support.profile", "support.rate.card", "support.rate")


@tagged("post_install", "-at_install")
class TestSecurityBackend(SupportCommon):
    """What each role may do over RPC, where no screen stands in the way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls.grant(5000.0)
        cls.line = cls.log(2.0)
        cls.intervention = cls.line.sudo().support_intervention_id
        cls.clerk = new_test_user(
            cls.env, "support_clerk", "account.group_account_invoice"
        )
        cls.manager = new_test_user(
            cls.env,
            "support_helpdesk_manager",
            "helpdesk_mgmt.group_helpdesk_manager,"
            "prepaid_support.group_support_dispatcher",
        )
        cls.stranger = new_test_user(cls.env, "support_stranger", "base.group_user")
        cls.insiders = (
            cls.agent,
            cls.dispatcher,
            cls.manager,
            cls.clerk,
            cls.accountant,
        )

    def ledger_records(self):
        yield from (
            self.lot,
            self.lot.entry_ids[:1],
            self.intervention,
            self.intervention.charge_ids[:1],
        )

    def test_ledger_is_read_only_for_everybody(self):
        for user in self.insiders:
            for record in self.ledger_records():
                own = record.with_user(user)
                with self.subTest(user=user.login, model=record._name):
                    self.assertTrue(own.read(["display_name"]))
                    with self.assertRaises(UserError):
                        own.write({"company_id": self.company.id})
                    with self.assertRaises(UserError):
                        own.unlink()
                    with self.assertRaises(UserError):
                        own.create({"contract_id": self.contract.id})

    def test_ledger_cannot_be_changed_through_its_contract(self):
        """The back door: x2many commands on a record that may be written."""
        contract = self.contract.with_user(self.accountant)
        attacks = {
            "lot_ids": [Command.update(self.lot.id, {"remaining": 9000.0})],
            "entry_ids": [Command.delete(self.lot.entry_ids[0].id)],
            "charge_ids": [Command.clear()],
            "intervention_ids": [Command.update(self.intervention.id, {"amount": 0.0})],
        }
        for name, commands in attacks.items():
            with self.subTest(field=name), self.assertRaises(UserError):
                contract.write({name: commands})
        self.assertEqual(self.lot.remaining, 4750.0)

    def test_private_postings_have_no_public_name(self):
        """RPC calls no method that starts with an underscore; these must."""
        for model, names in {
            "support.lot": ("_grant", "_refund", "_adjust_down", "_extend"),
            "support.charge": ("_reserve_overrun", "_free_overrun"),
            "support.intervention": ("_settle",),
        }.items():
            for name in names:
                self.assertTrue(hasattr(self.env[model], name))
                self.assertFalse(hasattr(self.env[model], name.lstrip("_")))

    def test_a_colleague_outside_of_support_sees_nothing(self):
        for model in (*LEDGER, *CONFIGURATION, "support.contract"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.stranger).search([])

    def test_technicians_and_dispatchers_write_no_contract(self):
        for user in (self.agent, self.dispatcher, self.clerk):
            contract = self.contract.with_user(user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                contract.write({"grain_minutes": 1})

    def test_prices_are_written_by_billing_managers_only(self):
        rate = self.card.rate_ids[:1]
        for user in (self.agent, self.dispatcher, self.manager, self.clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                rate.with_user(user).write({"price": 1.0})
        rate.with_user(self.accountant).write({"price": 130.0})
        self.assertEqual(rate.price, 130.0)

    def wizard_add(self, user, **vals):
        return (
            self.env["support.credit.add"]
            .with_user(user)
            .create(
                {
                    "contract_id": self.contract.id,
                    "amount": 100.0,
                    "date_first": self.TODAY,
                    "reason": "Outage",
                    **vals,
                }
            )
        )

    def wizard_adjust(self, user, **vals):
        return (
            self.env["support.credit.adjust"]
            .with_user(user)
            .create(
                {
                    "contract_id": self.contract.id,
                    "lot_id": self.lot.id,
                    "amount": 100.0,
                    "reason": "Sold by mistake",
                    **vals,
                }
            )
        )

    def test_only_billing_managers_move_credit(self):
        for user in (self.agent, self.dispatcher, self.manager, self.clerk):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.wizard_add(user)
                with self.assertRaises(AccessError):
                    self.wizard_adjust(user)
                with self.assertRaises(AccessError):
                    self.env["support.charge.waive"].with_user(user).create(
                        {"reason": "Please"}
                    )
                with self.assertRaises(AccessError):
                    self.intervention.charge_ids.with_user(user).action_waive("No")

    def test_wizard_of_another_is_refused_by_the_method_too(self):
        """Also where somebody widens the access rights."""
        wizard = self.wizard_add(self.accountant).sudo().with_user(self.agent)
        with self.assertRaises(AccessError):
            wizard.action_add()

    def test_goodwill(self):
        wizard = self.wizard_add(self.accountant)
        wizard.action_add()
        goodwill = self.contract.lot_ids - self.lot
        self.assertRecordValues(
            goodwill,
            [{"kind": "goodwill", "remaining": 100.0, "price_paid": 0.0}],
        )
        wizard.action_add()
        self.assertEqual(len(self.contract.lot_ids), 2, "A double click grants once")

    def test_time_is_granted_in_whole_minutes(self):
        self.wizard_add(self.accountant, unit="time", hours=1 / 3).action_add()
        self.assertEqual((self.contract.lot_ids - self.lot).remaining, 20)

    def test_add_refuses_what_makes_no_sense(self):
        for vals in (
            {"amount": 0.0},
            {"amount": -5.0},
            {"date_last": "2020-01-01"},
            {"kind": "purchase", "price_paid": -1.0},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.wizard_add(self.accountant, **vals).action_add()

    def test_adjust_takes_out_once(self):
        wizard = self.wizard_adjust(self.accountant)
        wizard.action_adjust()
        wizard.action_adjust()
        self.assertEqual(self.lot.remaining, 4650.0)
        self.assertAddsUp()

    def test_adjust_takes_out_no_more_than_is_left(self):
        for amount in (0.0, -10.0, 4750.01):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                self.wizard_adjust(self.accountant, amount=amount).action_adjust()

    def test_extend(self):
        self.wizard_adjust(
            self.accountant, action="extend", date_last="2028-05-01"
        ).action_adjust()
        self.assertEqual(str(self.lot.date_last), "2028-05-01")
        with self.assertRaises(UserError):
            self.wizard_adjust(
                self.accountant, action="extend", date_last="2027-01-01"
            ).action_adjust()

    def test_adjust_only_credit_of_its_contract(self):
        other = self.make_contract(self.other_customer)
        with self.assertRaises(UserError):
            self.wizard_adjust(self.accountant, contract_id=other.id).action_adjust()

    def test_waive(self):
        self.log(24.0)
        self.log(24.0, user=self.colleague)
        charges = self.contract.charge_ids.filtered(
            lambda charge: charge.overrun_state == "open"
        )
        self.assertTrue(charges)
        self.env["support.charge.waive"].with_user(self.accountant).create(
            {"charge_ids": charges.ids, "reason": "Agreed by phone"}
        ).action_waive()
        self.assertEqual(set(charges.mapped("overrun_state")), {"waived"})

    def test_time_of_others_is_read_not_written(self):
        foreign = self.line.with_user(self.colleague)
        self.assertEqual(foreign.unit_amount, 2.0)
        with self.assertRaises(AccessError):
            foreign.write({"unit_amount": 0.5})
        with self.assertRaises(AccessError):
            foreign.unlink()
        self.line.with_user(self.dispatcher).write({"unit_amount": 1.0})
        self.assertEqual(self.lot.remaining, 4875.0)

    def test_intervention_of_a_line_is_not_chosen(self):
        """Time cannot be hung away from what it costs, nor below what is invoiced."""
        self.intervention.locked = True
        with self.assertRaises(AccessError):
            self.line.with_user(self.agent).write({"support_intervention_id": False})
        lines = self.env["account.analytic.line"].with_user(self.agent)
        more = lines.with_context(
            default_support_intervention_id=self.intervention.id
        ).create({"ticket_id": self.ticket.id, "date": self.TODAY, "unit_amount": 1.0})
        again = lines.create(
            {
                "ticket_id": self.ticket.id,
                "date": self.TODAY,
                "unit_amount": 1.0,
                "support_intervention_id": self.intervention.id,
            }
        )
        work = (more | again).sudo().support_intervention_id
        self.assertEqual(work.predecessor_id, self.intervention)

    def test_timers_are_private(self):
        ticket = self.ticket.with_user(self.agent)
        ticket.action_support_timer_start()
        timers = self.env["support.timer"].with_user(self.colleague)
        self.assertFalse(timers.search([]))
        with self.assertRaises(AccessError):
            timers.create({"user_id": self.dispatcher.id, "ticket_id": self.ticket.id})


@tagged("post_install", "-at_install")
class TestSecurityCompany(SupportCommon):
    """A company sees its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls.grant(5000.0)
        cls.line = cls.log(2.0)
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})
        groups = (
            "prepaid_support.group_support_dispatcher,"
            "prepaid_support.group_support_billing_manager,"
            "helpdesk_mgmt.group_helpdesk_manager"
        )
        cls.foreigner = new_test_user(
            cls.env,
            "support_foreigner",
            groups,
            company_id=cls.other_company.id,
            company_ids=[Command.set(cls.other_company.ids)],
        )

    def test_other_company_sees_nothing(self):
        for model in (*LEDGER, "support.contract", "support.plan", "support.rate"):
            records = self.env[model].search([("company_id", "=", self.company.id)])
            self.assertTrue(records, model)
            with self.subTest(model=model):
                foreign = self.env[model].with_user(self.foreigner)
                self.assertFalse(foreign.search([("company_id", "=", self.company.id)]))
                with self.assertRaises(AccessError):
                    records[:1].with_user(self.foreigner).read(["display_name"])

    def test_other_company_moves_no_credit(self):
        wizard = (
            self.env["support.credit.adjust"]
            .with_user(self.foreigner)
            .create(
                {
                    "contract_id": self.contract.id,
                    "lot_id": self.lot.id,
                    "amount": 10.0,
                    "reason": "Theft",
                }
            )
        )
        with self.assertRaises(AccessError):
            wizard.action_adjust()
        grant = (
            self.env["support.credit.add"]
            .with_user(self.foreigner)
            .create(
                {"contract_id": self.contract.id, "amount": 10.0, "reason": "Theft"}
            )
        )
        with self.assertRaises(AccessError):
            grant.action_add()
        self.assertEqual(self.lot.remaining, 4750.0)

    def test_profile_without_company_is_everybodys(self):
        shared = self.env["support.profile"].create(
            {"name": "Anybody", "product_id": self.service.id, "company_id": False}
        )
        profiles = self.env["support.profile"].with_user(self.foreigner)
        self.assertIn(shared, profiles.search([]))
        self.assertNotIn(self.profile, profiles.search([]))

    def test_time_on_tickets_of_another_company_is_hidden(self):
        lines = self.env["account.analytic.line"].with_user(self.foreigner)
        self.assertFalse(lines.search([("ticket_id", "!=", False)]))
