# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import hashlib
import secrets
from datetime import timedelta

from psycopg2.errors import LockNotAvailable

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..tools import BILLING_MANAGER, DISPATCHER, check_group

HELPDESK_MANAGER = "helpdesk_mgmt.group_helpdesk_manager"
#: The time in which ``rate_limit`` deliveries are taken.
WINDOW = timedelta(minutes=1)
#: Names our locks among those of the database ("ps_m").
LOCK = 0x70735F6D
#: Names the only place in which a delivery may wait for its turn ("ps_w").
WAITING = 0x70735F77
#: How long a delivery waits for the one before it.
PATIENCE = "5s"
#: What people may change; all else is the token's identity or its own bookkeeping.
EDITABLE = {"name", "team_id", "rate_limit", "backdate_minutes", "active"}
#: More than a day's delay is none that grouping or a restart explains.
MAX_BACKDATE = 24 * 60


class SupportMonitoringToken(models.Model):
    """By which a monitoring system may report alerts of one contract, or one asset.

    The token itself is known to nobody but the sender: only its SHA-256 is stored. It
    has 256 random bits: there is nothing to guess that a slow hash would protect.
    """

    _name = "support.monitoring.token"
    _description = "Monitoring Token"
    _inherit = ["support.monitoring.intake", "support.monitoring.notice"]
    _order = "state, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="Which monitoring system uses it.")
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [("active", "Active"), ("revoked", "Revoked")],
        default="active",
        required=True,
        readonly=True,
        copy=False,
    )
    token_hash = fields.Char(
        required=True, readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    contract_id = fields.Many2one(
        "support.contract",
        check_company=True,
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
    )
    asset_id = fields.Many2one(
        "support.asset",
        check_company=True,
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        index=True,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_partner_id"
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        check_company=True,
        help="Which team gets the tickets. Without one the dispatcher assigns them.",
    )
    rate_limit = fields.Integer(
        string="Deliveries a minute",
        default=300,
        required=True,
        help="More are refused; the monitoring system sends them again.",
    )
    backdate_minutes = fields.Integer(
        string="Start at most (minutes before)",
        default=60,
        required=True,
        help="How many minutes before its first report an alert may have begun for the "
        "clock of the ticket. One that began earlier counts from there: what is "
        "reported late was not missed by the desk.",
    )
    window_start = fields.Datetime(readonly=True, copy=False, groups=fields.NO_ACCESS)
    window_count = fields.Integer(readonly=True, copy=False, groups=fields.NO_ACCESS)
    last_used = fields.Datetime(readonly=True, copy=False)
    revoked_on = fields.Datetime(readonly=True, copy=False)
    revoked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    alert_ids = fields.One2many("support.alert", "token_id", string="Alerts")
    alert_count = fields.Integer(compute="_compute_alert_count", compute_sudo=True)

    _token_hash_unique = models.UniqueIndex("(token_hash)")
    _one_subject = models.Constraint(
        "CHECK ((contract_id IS NULL) != (asset_id IS NULL))",
        "A monitoring token is for one contract, or for one asset.",
    )

    @api.depends("contract_id.company_id", "asset_id.company_id")
    def _compute_company_id(self):
        for token in self:
            token.company_id = token.contract_id.company_id or token.asset_id.company_id

    @api.depends("contract_id.partner_id", "asset_id.partner_id")
    def _compute_partner_id(self):
        for token in self:
            token.partner_id = token.contract_id.partner_id or token.asset_id.partner_id

    @api.depends("alert_ids")
    def _compute_alert_count(self):
        counts = dict(
            self.env["support.alert"]._read_group(
                [("token_id", "in", self.ids)], ["token_id"], ["__count"]
            )
        )
        for token in self:
            token.alert_count = counts.get(token._origin, 0)

    @api.constrains("rate_limit")
    def _check_rate_limit(self):
        for token in self:
            if token.rate_limit < 1:
                raise ValidationError(
                    self.env._(
                        "Deliveries a minute: at least one. To take no more, revoke "
                        "the token."
                    )
                )

    @api.constrains("backdate_minutes")
    def _check_backdate_minutes(self):
        for token in self:
            if not 0 <= token.backdate_minutes <= MAX_BACKDATE:
                raise ValidationError(
                    self.env._(
                        "Start at most (minutes before): from 0 to %(limit)s.",
                        limit=MAX_BACKDATE,
                    )
                )

    # -- Doors ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(not vals.get("token_hash") for vals in vals_list):
            raise UserError(
                self.env._(
                    "Monitoring tokens are made with the button on the contract or on "
                    "the asset, which shows the token once."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and vals.keys() - EDITABLE:
            raise UserError(
                self.env._(
                    "A monitoring token keeps what it was made for: revoke it, and "
                    "make a new one."
                )
            )
        return super().write(vals)

    @api.model
    def _issue(self, vals):
        """Make a token; returns it, and the secret that is known only now."""
        check_group(self.env, DISPATCHER, HELPDESK_MANAGER, BILLING_MANAGER)
        for model, name in (
            ("support.contract", "contract_id"),
            ("support.asset", "asset_id"),
        ):
            self.env[model].browse(vals.get(name) or []).check_access("read")
        secret = secrets.token_urlsafe(32)
        # The right is checked; nobody may choose the secret, so nobody may create.
        token = self.sudo().create({**vals, "token_hash": self._hash(secret)})
        return self.browse(token.id), secret

    @api.model
    def _hash(self, secret):
        return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()

    def action_revoke(self):
        self.check_access("write")
        # The right is checked; people cannot write the state themselves.
        self.sudo().filtered(lambda token: token.state == "active").write(
            {
                "state": "revoked",
                "revoked_on": fields.Datetime.now(),
                "revoked_by_id": self.env.uid,
            }
        )
        return True

    def action_view_alerts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "prepaid_support.support_alert_action"
        )
        return {**action, "domain": [("token_id", "=", self.id)], "context": {}}

    # -- What the webhook asks -----------------------------------------------------

    @api.model
    def _find(self, secret):
        """The token in use that ``secret`` is, if any, for the system.

        It is looked up by its hash: how long that takes tells nothing of a token that
        is nearly right. Nothing is written for a wrong one.
        """
        # An anonymous sender; who knows the secret may know its token.
        token = self.sudo().search(
            [("token_hash", "=", self._hash(secret)), ("state", "=", "active")]
        )
        return token if token._get_contract() else token.browse()

    def _get_contract(self):
        """The active contract in whose name the token speaks today, if any."""
        if not self:
            return self.env["support.contract"]
        self.ensure_one()
        asset = self.asset_id.filtered("active")
        contract = self.contract_id or asset._get_line().contract_id
        contract = contract.filtered(lambda c: c.active and c.state == "active")
        ended = contract.date_end and contract.date_end < contract._get_today()
        return contract.browse() if ended else contract

    def _wait_for_turn(self):
        """Take the deliveries of one token one after the other, each in a transaction.

        Two at once could not see each other's alerts and would open two tickets for one
        problem. To wait with a lock of the transaction is too late: what it sees was
        decided by its first query. So the lock is the session's, until a fresh
        transaction has taken it over. Only for a request that has written nothing yet.

        False if others took too long, or another one waits already: whoever waits keeps
        a worker from other people, so a token never has more than two of them.
        """
        self.ensure_one()
        cr = self.env.cr
        key = (LOCK, self.id)
        if not self._try_lock(LOCK) and not self._wait_for_lock():
            return False
        try:
            cr.rollback()
            cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", key)
        finally:
            cr.execute("SELECT pg_advisory_unlock(%s, %s)", key)
        return True

    def _try_lock(self, name):
        cr = self.env.cr
        cr.execute("SELECT pg_try_advisory_lock(%s, %s)", (name, self.id))
        return cr.fetchone()[0]

    def _wait_for_lock(self):
        """Take the only place there is for waiting, and wait there."""
        if not self._try_lock(WAITING):
            return False
        cr = self.env.cr
        try:
            with cr.savepoint(flush=False):
                cr.execute(SQL("SET LOCAL lock_timeout = %s", PATIENCE))
                cr.execute(
                    "SELECT pg_advisory_lock(%s, %s)",
                    (LOCK, self.id),
                    log_exceptions=False,
                )
            return True
        except LockNotAvailable:
            return False
        finally:
            cr.execute("SELECT pg_advisory_unlock(%s, %s)", (WAITING, self.id))

    def _get_seconds_to_wait(self):
        """Until deliveries are taken again, as far as is known; 0 if they are.

        Reads only, so that what is refused anyhow need not wait for its turn.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        start = self.window_start
        current = start and start <= now < start + WINDOW
        if not current or self.window_count < self.rate_limit:
            return 0
        return max(1, int((start + WINDOW - now).total_seconds()))

    def _count_delivery(self):
        """Count a delivery; the seconds to wait if there were too many, else 0.

        The row is the counter of all workers. Deliveries come one by one
        (``_wait_for_turn``), so they never collide on it.
        """
        self.ensure_one()
        if seconds := self._get_seconds_to_wait():
            return seconds
        now = fields.Datetime.now()
        start = self.window_start
        if start and start <= now < start + WINDOW:
            self.write({"window_count": self.window_count + 1, "last_used": now})
        else:
            self.write({"window_start": now, "window_count": 1, "last_used": now})
        return 0
