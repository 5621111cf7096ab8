# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.tests import TransactionCase, new_test_user


class SupportCase:
    """A provider with two technicians and a customer with Ekco's strippenkaart.

    One worked example is fixture, test and documentation at once: 5 000 EUR of credit,
    work at 125 EUR an hour, a step of 15 minutes. All days are fixed; credit is granted
    on ``TODAY`` and valid for a year.
    """

    TODAY = date(2026, 11, 21)

    @classmethod
    def setUpSupport(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.company = cls.env.company
        cls.currency = cls.company.currency_id
        cls.set_up_users()
        cls.set_up_policy()
        cls.customer = cls.env["res.partner"].create(
            {"name": "Aurora Bakery", "is_company": True}
        )
        cls.other_customer = cls.env["res.partner"].create(
            {"name": "Borealis Brewery", "is_company": True}
        )
        cls.contract = cls.make_contract(cls.customer)
        cls.ticket = cls.make_ticket(cls.customer)

    @classmethod
    def set_up_users(cls):
        cls.agent = new_test_user(
            cls.env, "support_agent", "prepaid_support.group_support_user"
        )
        cls.colleague = new_test_user(
            cls.env, "support_colleague", "prepaid_support.group_support_user"
        )
        cls.dispatcher = new_test_user(
            cls.env, "support_dispatcher", "prepaid_support.group_support_dispatcher"
        )
        cls.accountant = new_test_user(
            cls.env,
            "support_accountant",
            "prepaid_support.group_support_billing_manager",
        )
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Service desk",
                "user_ids": [(6, 0, (cls.agent | cls.colleague).ids)],
            }
        )
        cls.technician, cls.technician_2 = cls.env["hr.employee"].create(
            [
                {"name": user.name, "user_id": user.id}
                for user in (cls.agent, cls.colleague)
            ]
        )
        cls.env["hr.employee"].create(
            {"name": cls.dispatcher.name, "user_id": cls.dispatcher.id}
        )

    @classmethod
    def set_up_policy(cls):
        cls.service = cls.env["product.product"].create(
            {"name": "Support work", "type": "service", "list_price": 125.0}
        )
        cls.profile, cls.senior = cls.env["support.profile"].create(
            [
                {"name": "Engineer", "product_id": cls.service.id},
                {"name": "Senior engineer", "product_id": cls.service.id},
            ]
        )
        cls.card = cls.env["support.rate.card"].create(
            {
                "name": "Rates",
                "currency_id": cls.currency.id,
                "rate_ids": [
                    (0, 0, {"profile_id": cls.profile.id, "price": 125.0}),
                ],
            }
        )
        cls.plan = cls.env["support.plan"].create(
            {
                "name": "Strippenkaart",
                "currency_id": cls.currency.id,
                "rate_card_id": cls.card.id,
                "grain_minutes": 15,
                "default_profile_id": cls.profile.id,
                "travel_fee": 150.0,
            }
        )

    @classmethod
    def make_contract(cls, partner, **vals):
        """An active contract with the plan's policy."""
        contract = cls.env["support.contract"].create(
            {"partner_id": partner.id, "plan_id": cls.plan.id, **vals}
        )
        contract.action_activate()
        return contract

    @classmethod
    def make_ticket(cls, partner, **vals):
        return cls.env["helpdesk.ticket"].create(
            {
                "name": "Mail server does not answer",
                "description": "It stopped this morning.",
                "partner_id": partner.id if partner else False,
                "team_id": cls.team.id,
                "user_id": False,
                **vals,
            }
        )

    @classmethod
    def grant(cls, quantity=5000.0, contract=None, **vals):
        """A lot of credit; money unless ``unit="time"`` (minutes)."""
        contract = contract or cls.contract
        count = cls.env["support.lot"].search_count([])
        return cls.env["support.lot"]._grant(
            [
                {
                    "key": f"test/{count}",
                    "name": f"Lot {count}",
                    "contract_id": contract.id,
                    "unit": "money",
                    "kind": "purchase",
                    "paid_quantity": quantity,
                    "bonus_quantity": 0.0,
                    "price_paid": quantity,
                    "date_first": cls.TODAY,
                    "date_last": date(2027, 11, 21),
                    "priority": 10,
                    **vals,
                }
            ]
        )

    @classmethod
    def log(cls, hours, ticket=None, user=None, **vals):
        """A technician logs time on a ticket, with the technician's own rights."""
        user = user or cls.agent
        return (
            cls.env["account.analytic.line"]
            .with_user(user)
            .create(
                {
                    "ticket_id": (ticket or cls.ticket).id,
                    "date": cls.TODAY,
                    "unit_amount": hours,
                    "name": "Restarted it",
                    **vals,
                }
            )
        )

    def charges(self, line):
        return line.sudo().support_intervention_id.charge_ids

    def assertAddsUp(self, contract=None):
        """The invariants of the ledger hold for a contract."""
        contract = contract or self.contract
        contract.invalidate_recordset()
        self.assertFalse(contract.lot_ids._check_integrity())
        for charge in contract.charge_ids:
            settled = [
                entry
                for entry in charge.entry_ids
                if entry.kind in ("debit", "release")
                and entry.contract_id == charge.contract_id
            ]
            paid = sum(entry.price for entry in settled)
            self.assertAlmostEqual(paid, charge.paid_amount, 6)
            self.assertAlmostEqual(charge.amount, paid + charge.overrun_amount, 6)
            minutes = sum(entry.work_minutes for entry in settled)
            self.assertEqual(charge.time_minutes, minutes + charge.overrun_minutes)


class SupportCommon(SupportCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpSupport()
