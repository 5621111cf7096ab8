"""For `odoo shell`: make a monitoring token for a covered asset, print it as JSON."""

import json

env = env  # noqa: F821,PLW0127  (the shell's environment)
line = env["support.contract.line"].search([], order="id").filtered("in_force")[:1]
if not line:
    contract = env["support.contract"].search([("state", "=", "active")], limit=1)
    level = env["support.level"].search(
        [("company_id", "=", contract.company_id.id)], limit=1
    )
    asset = env["support.asset"].create(
        {
            "name": "Watched server",
            "partner_id": contract.partner_id.id,
            "company_id": contract.company_id.id,
        }
    )
    line = env["support.contract.line"].create(
        {"contract_id": contract.id, "asset_id": asset.id, "level_id": level.id}
    )
line.asset_id.reference = "watched.example.com"
token, secret = env["support.monitoring.token"]._issue(
    {"name": "Test", "contract_id": line.contract_id.id}
)
env.cr.commit()
values = {
    "id": token.id,
    "secret": secret,
    "contract": line.contract_id.id,
    "asset": line.asset_id.id,
    "reference": line.asset_id.reference,
}
print("token: " + json.dumps(values))
