# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import freeze_time, tagged

from .common import SupportCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-21 10:00:00")
class TestCompanies(SupportCommon):
    """Two providers in one database, each in its own currency."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yen = cls.env.ref("base.JPY")
        cls.yen.active = True
        cls.theirs = cls.env["res.company"].create(
            {"name": "Second provider", "currency_id": cls.yen.id}
        )
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company=cls.theirs, install_demo=False
        )
        # The chart may come with a currency of its own.
        cls.theirs.currency_id = cls.yen
        cls.their_agent = cls.agent.copy(
            {
                "login": "their_agent",
                "company_id": cls.theirs.id,
                "company_ids": [(6, 0, cls.theirs.ids)],
            }
        )
        cls.env["hr.employee"].create(
            {
                "name": "Their technician",
                "user_id": cls.their_agent.id,
                "company_id": cls.theirs.id,
            }
        )
        cls.their_contract, cls.their_ticket = cls.set_up_theirs()

    @classmethod
    def set_up_theirs(cls):
        env = cls.env(
            context={**cls.env.context, "allowed_company_ids": [cls.theirs.id]}
        )
        profile = env["support.profile"].create(
            {"name": "Engineer", "product_id": cls.service.id}
        )
        card = env["support.rate.card"].create(
            {
                "name": "Yen",
                "rate_ids": [(0, 0, {"price": 12345.678, "per_minutes": 60})],
            }
        )
        contract = env["support.contract"].create(
            {
                "partner_id": cls.other_customer.id,
                "rate_card_id": card.id,
                "default_profile_id": profile.id,
            }
        )
        contract.action_activate()
        ticket = env["helpdesk.ticket"].create(
            {
                "name": "Theirs",
                "description": "-",
                "partner_id": cls.other_customer.id,
                "user_id": cls.their_agent.id,
            }
        )
        return contract, ticket

    def test_time_goes_to_the_company_of_the_ticket(self):
        line = self.log(1.0, ticket=self.their_ticket, user=self.their_agent)
        self.assertEqual(line.project_id, self.theirs.sudo().support_project_id)
        self.assertEqual(line.company_id, self.theirs)
        work = line.sudo().support_intervention_id
        self.assertEqual(work.contract_id, self.their_contract)
        self.assertEqual(work.currency_id, self.yen)
        # Yen have no cents: the price is rounded once, to the currency.
        self.assertEqual(work.amount, 12346.0)

    def test_overrun_of_two_companies_in_one_run(self):
        self.log(1.0)
        self.log(1.0, ticket=self.their_ticket, user=self.their_agent)
        contracts = self.contract | self.their_contract
        moves = contracts.with_context(
            allowed_company_ids=(self.company | self.theirs).ids
        )._invoice_overrun(self.TODAY)
        self.assertRecordValues(
            moves.sorted("company_id"),
            [
                {
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    "amount_untaxed": 125.0,
                    "state": "draft",
                },
                {
                    "company_id": self.theirs.id,
                    "currency_id": self.yen.id,
                    "amount_untaxed": 12346.0,
                    "state": "draft",
                },
            ],
        )
        for move in moves:
            self.assertEqual(move.journal_id.company_id, move.company_id)

    def test_each_sees_its_own(self):
        for model in ("support.contract", "support.lot", "support.rate.card"):
            records = self.env[model].with_user(self.their_agent).search([])
            self.assertLessEqual(records.sudo().company_id, self.theirs)
        self.assertFalse(
            self.env["support.contract"]
            .with_user(self.agent)
            .search([("company_id", "=", self.theirs.id)])
        )

    def test_a_remedy_is_credited_by_its_own_company(self):
        """Who decides works for both, and is in the other one at the moment."""
        self.their_contract.flat_fee = 5000
        remedy = self.env["support.remedy"].create(
            {
                "contract_id": self.their_contract.id,
                "month": "2026-12-01",
                "amount": 5000,
            }
        )
        both = self.company | self.theirs
        self.accountant.company_ids = both
        remedy.with_user(self.accountant).with_context(
            allowed_company_ids=both.ids
        ).action_accept("credit_note")
        move = remedy.move_id
        self.assertEqual(move.company_id, self.theirs)
        self.assertEqual(move.journal_id.company_id, self.theirs)
        self.assertEqual(move.currency_id, self.yen)
        self.assertEqual(move.amount_untaxed, 5000)
        self.assertEqual(move.invoice_line_ids.account_id.company_ids, self.theirs)
