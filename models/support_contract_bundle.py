# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import UserError


class SupportContractBundle(models.AbstractModel):
    """Which contract gets the credit of a bundle that is sold."""

    _name = "support.contract.bundle"
    _description = "Support Contract: Bundles"

    @api.model
    def _get_for_bundle(self, product, company, partner, chosen):
        """The contract that gets the credit of a bundle.

        The one chosen on the order line, else the customer's single active contract
        with the bundle's plan, else a new one.

        :param product: the bundle
        :param company: the selling company
        :param partner: the customer
        :param chosen: the contract of the order line, or an empty one
        """
        if chosen and chosen.state != "ended":
            return chosen
        found = self._find_for_bundle(product, company, partner)
        if len(found) == 1:
            return found
        self._check_bundle_has_home(product, company, partner, chosen)
        # What was sold needs a contract, whoever confirms the order or pays.
        return self.sudo()._create_from_plan(
            product.sudo().support_plan_id,
            partner.commercial_partner_id,
            company,
            user_id=self._get_bundle_account_manager(partner).id,
        )

    @api.model
    def _get_bundle_account_manager(self, partner):
        """The customer's salesperson, else who is at work; never the customer."""
        user = partner.user_id or partner.commercial_partner_id.user_id
        return user or self.env.user.filtered(lambda user: user._is_internal())

    @api.model
    def _find_for_bundle(self, product, company, partner):
        """At most two contracts that could get the credit, the active ones first."""
        domain = [
            ("commercial_partner_id", "=", partner.commercial_partner_id.id),
            ("company_id", "=", company.id),
        ]
        # Who sells or posts may not read plans.
        plan = product.sudo().support_plan_id
        if plan:
            domain.append(("plan_id", "=", plan.id))
        # Who sells or posts may not read contracts; the search names the customer.
        contracts = self.sudo()
        found = contracts.search([*domain, ("state", "=", "active")], limit=2)
        if found or not plan:
            return found
        # One that an earlier bundle has made, and that still waits for its rate card.
        return contracts.search([*domain, ("state", "!=", "ended")], limit=2)

    @api.model
    def _check_bundle_has_home(self, product, company, partner, chosen):
        """Refuse a bundle whose credit would have no contract to go to.

        It is asked when the order is confirmed and when the invoice is posted, so
        that registering the payment never fails for it.
        """
        if chosen and chosen.state != "ended":
            return
        if len(self._find_for_bundle(product, company, partner)) == 1:
            return
        # Who sells or posts may not read plans.
        plan = product.sudo().support_plan_id
        if not plan:
            raise UserError(
                self.env._(
                    'The credit of "%(bundle)s" has no contract to go to. Choose a '
                    "support contract on the order line, or set a support plan on "
                    "the bundle.",
                    bundle=product.display_name,
                )
            )
        if plan.company_id != company:
            raise UserError(
                self.env._(
                    'The plan of "%(bundle)s" belongs to %(plan_company)s, and '
                    "%(company)s sells it. Choose a support contract on the order "
                    "line, or another bundle.",
                    bundle=product.display_name,
                    plan_company=plan.company_id.name,
                    company=company.name,
                )
            )
