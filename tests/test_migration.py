# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import json
from importlib.util import module_from_spec, spec_from_file_location

from odoo.modules.module import get_module_path
from odoo.tests import freeze_time, tagged

from .common import SupportCommon


def load(version):
    """The migration script of a version."""
    path = get_module_path("prepaid_support")
    spec = spec_from_file_location(
        "post_migrate", f"{path}/migrations/{version}/post-migrate.py"
    )
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestMigration(SupportCommon):
    def test_rules_without_bands(self):
        """Work that was priced before bands were known keeps its price."""
        lot = self.grant(5000.0)
        line = self.log(1.0, delivery_mode="onsite")
        work = line.sudo().support_intervention_id
        old = {
            "contract": self.contract.id,
            "rate": self.card.rate_ids.id,
            "price": "125.000000",
            "per_minutes": 60,
            "time_factor": "1.0000",
            "grain": 15,
            "tolerance": 0,
            "minimum": 0,
            "scope": "intervention",
            "step": "0.010000",
            "fees": {"travel": ["150.000000", 0]},
        }
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE support_intervention SET rules = %s, coverage = NULL WHERE id = %s",
            (json.dumps(old), work.id),
        )
        self.env.cr.execute(
            "UPDATE support_charge SET list_amount = NULL WHERE intervention_id = %s",
            (work.id,),
        )
        self.env.invalidate_all()
        load("19.0.0.2.0").migrate(self.env.cr, "19.0.0.1.0")
        self.env.invalidate_all()
        self.assertEqual(work.coverage, "prepaid")
        self.assertEqual(work.charge_ids.mapped("list_amount"), [125.0, 150.0])
        self.card.rate_ids.price = 999
        self.assertEqual(lot.remaining, 5000.0 - 125 - 150)
        line.unit_amount = 2.0
        self.assertEqual(lot.remaining, 5000.0 - 250 - 150)
        self.assertAddsUp()

    def test_who_has_responded_before_service_levels(self):
        """The first level of a contract does not find its tickets unanswered."""
        taken, asked, answered, worked = (
            self.make_ticket(self.customer) for _number in range(4)
        )
        with freeze_time("2026-11-20 09:00:00"):
            taken.with_user(self.dispatcher).user_id = self.agent
            asked.message_post(
                body="Hello?",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.customer.id,
            )
            answered.with_user(self.dispatcher).message_post(
                body="We look",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        self.log(1.0, ticket=worked, work_start="2026-11-21 08:00:00")
        self.env.flush_all()
        tickets = taken | asked | answered | worked
        before = tickets.mapped("support_response_date")
        self.env.cr.execute("UPDATE helpdesk_ticket SET support_response_date = NULL")
        stage = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        stage.support_pause = False
        self.env.invalidate_all()
        load("19.0.0.3.0").migrate(self.env.cr, "19.0.0.2.0")
        self.assertEqual(tickets.mapped("support_response_date"), before)
        self.assertEqual(before.count(False), 1)
        self.assertEqual(stage.support_pause, "customer")
