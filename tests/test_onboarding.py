# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .test_assets import AssetCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 12:00:00")
class TestOnboarding(AssetCase):
    """DefiningIT audits what it is to support, and looks for a match of expertise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.audited = cls.plan.copy({"name": "Retainer"})
        cls.audited.audit_item_ids = [
            Command.create({"name": "Backups are tried", "sequence": 1}),
            Command.create(
                {"name": "We know it", "sequence": 2, "profile_id": cls.senior.id}
            ),
            Command.create({"name": "Photos", "sequence": 3, "required": False}),
        ]
        cls.new = cls.env["support.contract"].create(
            {"partner_id": cls.customer.id, "plan_id": cls.audited.id}
        )
        cls.manager = new_test_user(
            cls.env, "support_manager", "helpdesk_mgmt.group_helpdesk_manager"
        )

    def start(self, *assets):
        for asset in assets:
            self.cover(asset, contract=self.new)
        self.new.with_user(self.manager).action_start_onboarding()
        return self.new.audit_check_ids

    def employ(self, profile=None):
        self.technician.support_profile_id = profile or self.senior

    # -- the list ------------------------------------------------------------------

    def test_the_list_is_copied_for_each_asset(self):
        checks = self.start(self.web, self.mail)
        self.assertEqual(len(checks), 6)
        self.assertEqual(
            checks.filtered(lambda check: check.asset_id == self.web).mapped("name"),
            ["Backups are tried", "We know it", "Photos"],
        )
        self.assertEqual(set(checks.mapped("state")), {"todo"})
        self.new._add_audit_checks()
        self.assertEqual(len(self.new.audit_check_ids), 6)
        self.audited.audit_item_ids.unlink()
        self.assertEqual(len(self.new.audit_check_ids), 6)

    def test_an_asset_added_later(self):
        self.start(self.web)
        self.cover(self.mail, contract=self.new)
        self.assertEqual(len(self.new.audit_check_ids), 6)

    def test_another_plan_while_onboarding(self):
        self.new.plan_id = self.plan
        self.start(self.web)
        self.assertFalse(self.new.audit_check_ids)
        self.new.plan_id = self.audited
        self.assertEqual(len(self.new.audit_check_ids), 3)

    def test_who_checked_and_when(self):
        check = self.start(self.web)[0].with_user(self.dispatcher)
        check.write({"user_id": self.agent.id, "date": "2020-01-01"})
        self.assertFalse(check.user_id or check.date)
        check.write({"state": "ok", "note": "Tried it", "user_id": self.agent.id})
        self.assertEqual(check.user_id, self.dispatcher)
        self.assertEqual(str(check.date), "2026-11-21 12:00:00")
        check.state = "todo"
        self.assertFalse(check.user_id or check.date)

    def test_technicians_read_it(self):
        check = self.start(self.web)[0].with_user(self.agent)
        self.assertTrue(check.read(["name", "expertise"]))
        with self.assertRaises(AccessError):
            check.state = "ok"

    def test_expertise(self):
        check = self.start(self.web)[1]
        self.assertEqual(check.expertise, "missing")
        with self.assertRaisesRegex(ValidationError, "nobody here has the profile"):
            check.with_user(self.dispatcher).action_ok()
        self.employ()
        check.invalidate_recordset()
        self.assertEqual(check.expertise, "matched")
        check.with_user(self.dispatcher).action_ok()
        self.assertEqual(check.state, "ok")

    def test_expertise_of_somebody_who_left(self):
        self.employ()
        self.technician.active = False
        self.assertEqual(self.start(self.web)[1].expertise, "missing")

    def test_a_point_keeps_its_asset(self):
        check = self.start(self.web, self.mail)[0]
        with self.assertRaisesRegex(UserError, "keeps its contract and its asset"):
            check.asset_id = self.mail
        (other,) = self.make_assets("theirs", partner=self.other_customer)
        with self.assertRaisesRegex(ValidationError, "is no asset of the customer"):
            check.create(
                {"contract_id": self.new.id, "asset_id": other.id, "name": "Look"}
            )

    # -- activation ----------------------------------------------------------------

    def test_activation_needs_the_list(self):
        self.employ()
        checks = self.start(self.web, self.mail)
        new = self.new.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "4 points .* mail: Backups are tried"):
            new.action_activate()
        needed = checks.filtered("required")
        needed[:3].write({"state": "ok"})
        self.assertEqual(self.new.audit_progress, 75)
        needed[3].state = "not_ok"
        with self.assertRaisesRegex(UserError, "1 points"):
            new.action_activate()
        needed[3].state = "na"
        self.assertEqual(self.new.audit_progress, 100)
        new.action_activate()
        self.assertEqual(self.new.state, "active")
        self.assertEqual(
            (self.web | self.mail).mapped("support_state"), ["supported"] * 2
        )
        self.assertIn("Retainer", self.new.plan_id.name)

    def test_what_was_found_stays(self):
        self.employ()
        checks = self.start(self.web)
        checks.write({"state": "ok"})
        self.new.action_activate()
        with self.assertRaisesRegex(UserError, "is closed"):
            checks[0].state = "not_ok"
        with self.assertRaisesRegex(UserError, "is closed"):
            checks[0].unlink()
        with self.assertRaisesRegex(UserError, "is closed"):
            checks[0].copy({"item_id": False})

    def test_not_from_draft(self):
        self.cover(self.web, contract=self.new)
        with self.assertRaisesRegex(UserError, "start onboarding first"):
            self.new.action_activate()

    def test_a_list_of_nothing_is_not_done(self):
        self.start()
        with self.assertRaisesRegex(UserError, "add what is to be audited"):
            self.new.action_activate()

    def test_an_asset_that_is_left_out(self):
        self.employ()
        checks = self.start(self.web, self.mail)
        checks.filtered(lambda check: check.asset_id == self.web).write({"state": "ok"})
        self.new.line_ids.filtered(lambda line: line.asset_id == self.mail).unlink()
        self.new.action_activate()
        self.assertEqual(self.new.state, "active")
        self.assertEqual(self.mail.support_state, "to_audit")

    def test_without_a_list_at_once(self):
        contract = self.make_contract(self.other_customer)
        self.assertEqual(contract.state, "active")
        self.assertFalse(contract.has_audit)

    def test_sold_bundle_of_an_audited_plan_waits(self):
        """A payment must not fail for an audit."""
        contract = self.env["support.contract"]._create_from_plan(
            self.audited, self.other_customer, self.company, user_id=self.accountant.id
        )
        self.assertEqual(contract.state, "onboarding")
        self.assertIn("Audit", contract.activity_ids.summary)
        self.assertEqual(contract.activity_ids.user_id, self.accountant)
        contract = self.env["support.contract"]._create_from_plan(
            self.plan, self.other_customer, self.company
        )
        self.assertEqual(contract.state, "active")

    # -- not supported -------------------------------------------------------------

    def refuse(self, asset, user=None):
        asset.with_user(user or self.dispatcher).write(
            {"support_state": "unsupported", "unsupported_reason": "A mainframe"}
        )

    def test_not_supported_needs_a_reason(self):
        with self.assertRaisesRegex(ValidationError, "say why"):
            self.web.with_user(self.dispatcher).support_state = "unsupported"
        self.refuse(self.web)
        with self.assertRaisesRegex(ValidationError, "say why"):
            self.web.unsupported_reason = " "
        with self.assertRaises(AccessError):
            self.refuse(self.mail, user=self.agent)

    def test_not_supported_is_not_covered(self):
        self.refuse(self.web)
        with self.assertRaisesRegex(ValidationError, "not supported .A mainframe."):
            self.cover(self.web)

    def test_not_supported_by_the_contract_s_form(self):
        self.refuse(self.web)
        with self.assertRaisesRegex(ValidationError, "not supported"):
            self.contract.with_user(self.accountant).line_ids = [
                Command.create({"asset_id": self.web.id, "level_id": self.level.id})
            ]

    def test_coverage_that_is_over_is_history(self):
        self.refuse(self.web)
        self.assertTrue(self.cover(self.web, date_to="2026-11-20"))

    def test_covered_ends_first(self):
        line = self.cover(self.web)
        with self.assertRaisesRegex(ValidationError, "end that coverage first"):
            self.refuse(self.web)
        line.date_to = "2026-11-21"
        self.refuse(self.web)
        with self.assertRaisesRegex(ValidationError, "not supported"):
            line.date_to = "2026-12-31"
        with self.assertRaisesRegex(ValidationError, "not supported"):
            line.date_to = False

    def test_found_while_onboarding(self):
        self.employ()
        checks = self.start(self.web, self.mail)
        self.refuse(self.web)
        checks.write({"state": "ok"})
        with self.assertRaisesRegex(UserError, "delete or end the coverage of web"):
            self.new.action_activate()
        self.new.line_ids.filtered(lambda line: line.asset_id == self.web).unlink()
        self.new.action_activate()
        self.assertEqual(self.web.support_state, "unsupported")

    # -- the layer below -----------------------------------------------------------

    def test_host_that_is_not_covered(self):
        (host,) = self.make_assets("pve1", kind="hypervisor")
        line = self.cover(self.web)
        self.assertFalse(line.host_hint)
        self.web.host_id = host
        self.assertEqual(line.host_hint, "pve1 (not covered)")
        self.assertTrue(line.host_uncovered)
        self.cover(host)
        self.assertEqual(line.host_hint, "pve1")
        self.assertFalse(line.host_uncovered)

    def test_cover_the_host_too(self):
        (host,) = self.make_assets("pve1", kind="hypervisor")
        self.web.host_id = host
        line = self.cover(self.web)
        with self.assertRaises(AccessError):
            line.with_user(self.dispatcher).action_cover_host()
        line.with_user(self.manager).action_cover_host()
        self.assertRecordValues(
            host.line_ids,
            [
                {
                    "contract_id": self.contract.id,
                    "level_id": self.level.id,
                    "monthly_fee": 70.0,
                    "date_from": date(2026, 11, 21),
                }
            ],
        )
        line.action_cover_host()
        self.assertEqual(len(host.line_ids), 1)

    # -- screens -------------------------------------------------------------------

    def test_form(self):
        self.start(self.web)
        form = Form(self.new.with_user(self.manager))
        with form.audit_check_ids.edit(0) as line:
            line.state = "ok"
            line.note = "Restored a mailbox"
        form.save()
        self.assertEqual(self.new.audit_check_ids[0].user_id, self.manager)
        action = self.new.with_user(self.dispatcher).action_view_audit()
        self.assertEqual(action["domain"], [("contract_id", "=", self.new.id)])
        form = Form(self.audited.with_user(self.manager))
        with form.audit_item_ids.new() as line:
            line.name = "Documented"
        form.save()
        self.assertEqual(len(self.audited.audit_item_ids), 4)
