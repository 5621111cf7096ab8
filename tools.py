# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

"""Small helpers that belong to no model."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ConcurrencyError

DISPATCHER = "prepaid_support.group_support_dispatcher"
BILLING_MANAGER = "prepaid_support.group_support_billing_manager"


@dataclass(frozen=True)
class PostingDay:
    """The day on which a history from elsewhere was posted, put into the context.

    An object of its own, so that no request can send one.
    """

    day: date


@dataclass(frozen=True)
class WhatIf:
    """A price is asked for and nothing will be stored, put into the context.

    ``accepted``: as if a dispatcher had made an exception. ``fresh``: by the rules of
    today instead of those that are frozen. An object of its own, so that no request can
    send one.
    """

    accepted: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Reported:
    """A machine reports and waits for no answer, put into the context.

    An object of its own, so that no request can send one.
    """


@contextmanager
def replay_on_duplicate():
    """Have the transaction replayed when another one made the same record first.

    The snapshot of this transaction cannot see that record; the next try can. Odoo
    replays concurrency errors, but turns unique violations into a refusal.
    """
    try:
        yield
    except UniqueViolation as error:
        raise ConcurrencyError(str(error)) from error


def check_group(env, *xmlids):
    """Refuse who is in none of these groups; the first one is named."""
    if env.su or any(env.user.has_group(xmlid) for xmlid in xmlids):
        return
    raise AccessError(
        # The name of a group is no secret.
        env._(
            "Only a %(group)s may do this: ask one.",
            group=env.ref(xmlids[0]).sudo().name,
        )
    )


def active_insiders(env, xmlid, company):
    """Colleagues who are in a group and work for ``company``."""
    # Who may decide is no secret.
    users = env.ref(xmlid).sudo().all_user_ids
    return users.filtered(
        lambda user: user.active and not user.share and company in user.company_ids
    ).with_env(env)


def open_action(env, xmlid, domain):
    """The window action ``xmlid`` on the records of ``domain``, without "New"."""
    action = env["ir.actions.act_window"]._for_xml_id(xmlid)
    return {**action, "domain": domain, "context": {"create": False}}


def format_minutes(env, minutes):
    """``minutes`` for people, in the language of ``env``: "2:30 h"."""
    sign = "-" if minutes < 0 else ""
    hours, rest = divmod(abs(int(minutes)), 60)
    return env._("%(time)s h", time=f"{sign}{hours}:{rest:02d}")


def write_changes(record, values):
    """Write of ``values`` what differs; an unchanged record costs no UPDATE."""
    changes = {
        name: value
        for name, value in values.items()
        if record._fields[name].convert_to_write(record[name], record) != value
    }
    if changes:
        record.write(changes)
