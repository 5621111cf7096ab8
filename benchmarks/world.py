# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""The same customers for all: plain projects, prepaid orders, support contracts."""

from dataclasses import dataclass
from datetime import date, timedelta

from odoo.fields import Command

PLAIN, SALE, OURS = VARIANTS = ("plain", "sale_timesheet", "ours")
#: Credit is granted on this day, long before any work, and does not lapse.
FIRST_DAY = date(2015, 1, 1)
PLENTY = 100_000_000.0
HOURS = 0.25


@dataclass
class Customer:
    """Ids of what a customer's time can be logged on."""

    partner: int
    contract: int
    lot: int
    ticket: int
    tasks: dict
    order_line: int

    def line(self, variant, number, **vals):
        """Values of the time line of a day that no other line has."""
        target = (
            {"ticket_id": self.ticket}
            if variant == OURS
            else {"task_id": self.tasks[variant]}
        )
        day = FIRST_DAY + timedelta(days=number)
        return {**target, "name": "Work", "unit_amount": HOURS, "date": day, **vals}


class World:
    """Provider, technicians and customers, made with the ORM and committed."""

    def __init__(self, env, technicians=8):
        self.currency = env.company.currency_id.id
        self.projects = {
            PLAIN: self._project(env, billable=False),
            SALE: self._project(env, billable=True),
        }
        self.users, self.employees = zip(
            *(self._technician(env, number) for number in range(technicians)),
            strict=True,
        )
        self.user, self.employee = self.users[0], self.employees[0]
        self._policy(env)
        hours = env.ref("uom.product_uom_hour")
        self.prepaid, self.delivered = (
            env["product.product"]
            .create(
                [
                    {
                        "name": f"Hours, {policy}",
                        "type": "service",
                        "uom_id": hours.id,
                        "list_price": 125.0,
                        "service_policy": policy,
                    }
                    for policy in ("ordered_prepaid", "delivered_timesheet")
                ]
            )
            .ids
        )
        self.made = 0

    def _technician(self, env, number):
        login = f"bench_technician_{number}"
        user = env["res.users"].create(
            {
                "name": f"Technician {number}",
                "login": login,
                "password": login,
                "group_ids": [
                    Command.link(env.ref("prepaid_support.group_support_user").id)
                ],
            }
        )
        employee = env["hr.employee"].create(
            {"name": user.name, "user_id": user.id, "hourly_cost": 50.0}
        )
        return user.id, employee.id

    def _policy(self, env):
        service = env["product.product"].create(
            {"name": "Support work", "type": "service", "list_price": 125.0}
        )
        profile = env["support.profile"].create(
            {"name": "Engineer", "product_id": service.id}
        )
        card = env["support.rate.card"].create(
            {
                "name": "Rates",
                "currency_id": self.currency,
                "rate_ids": [
                    Command.create({"profile_id": profile.id, "price": 125.0})
                ],
            }
        )
        calendar = env["resource.calendar"].create(
            {
                "name": "Desk",
                "tz": "Europe/Brussels",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Open",
                            "dayofweek": str(day),
                            "hour_from": 9,
                            "hour_to": 17,
                            "day_period": "full_day",
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        self.plan = (
            env["support.plan"]
            .create(
                {
                    "name": "Strippenkaart",
                    "currency_id": self.currency,
                    "rate_card_id": card.id,
                    "default_profile_id": profile.id,
                    "calendar_id": calendar.id,
                }
            )
            .id
        )
        self.team = (
            env["helpdesk.ticket.team"]
            .create({"name": "Desk", "user_ids": [Command.set(self.users)]})
            .id
        )

    def customers(self, env, count, credit=PLENTY):
        env = env(context={**env.context, "tracking_disable": True})
        partners = env["res.partner"].create(
            [
                {"name": f"Customer {self.made + number}", "is_company": True}
                for number in range(count)
            ]
        )
        self.made += count
        contracts = self.contracts(env, partners)
        lots = env["support.lot"]._grant(
            [self.lot(contract, credit) for contract in contracts] if credit else []
        )
        tickets = env["helpdesk.ticket"].create(
            [self.ticket(partner) for partner in partners]
        )
        nothing = [env["sale.order.line"]] * count
        plain = self._tasks(env, PLAIN, partners, nothing)
        orders = self._orders(env, partners)
        sale = self._tasks(env, SALE, partners, orders.order_line)
        return [
            Customer(
                partners[i].id,
                contracts[i].id,
                lots[i].id if credit else 0,
                tickets[i].id,
                {PLAIN: plain[i].id, SALE: sale[i].id},
                orders[i].order_line.id,
            )
            for i in range(count)
        ]

    def contracts(self, env, partners):
        contracts = env["support.contract"].create(
            [{"partner_id": partner.id, "plan_id": self.plan} for partner in partners]
        )
        contracts.action_activate()
        return contracts

    def lot(self, contract, credit, **vals):
        return {
            "key": f"bench/{contract.id}/{credit}",
            "name": "Strippenkaart",
            "contract_id": contract.id,
            "unit": "money",
            "kind": "purchase",
            "paid_quantity": credit,
            "bonus_quantity": 0.0,
            "price_paid": credit,
            "date_first": FIRST_DAY,
            "date_last": False,
            "priority": 10,
            **vals,
        }

    def ticket(self, partner):
        return {
            "name": "Mail server does not answer",
            "description": "It stopped this morning.",
            "partner_id": partner.id,
            "team_id": self.team,
            "user_id": False,
        }

    def _project(self, env, billable):
        return (
            env["project.project"]
            .create(
                {
                    "name": "Help, on order" if billable else "Help",
                    "allow_timesheets": True,
                    "allow_billable": billable,
                    "privacy_visibility": "employees",
                }
            )
            .id
        )

    def _tasks(self, env, variant, partners, order_lines):
        """A task per customer in the one project of the variant."""
        return env["project.task"].create(
            [
                {
                    "name": "Help",
                    "project_id": self.projects[variant],
                    "partner_id": partner.id,
                    "sale_line_id": line.id,
                }
                for partner, line in zip(partners, order_lines, strict=True)
            ]
        )

    def _orders(self, env, partners):
        orders = env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.prepaid,
                                "product_uom_qty": 1_000_000,
                                "price_unit": 125.0,
                            }
                        )
                    ],
                }
                for partner in partners
            ]
        )
        orders.action_confirm()
        return orders
