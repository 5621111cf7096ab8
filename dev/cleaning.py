"""`make clean`: give back what a checkout, or all of them, took from the disk."""

import os
import shutil

import postgres
import python_env
from databases import PREFIX, Databases
from state import Stop, checkout_home, checkout_key, home, say


def clean_checkout():
    """Remove this checkout's databases and files; leave what is shared."""
    _drop_databases(lambda name: name.endswith(f"_{checkout_key()}"))
    shutil.rmtree(checkout_home(), ignore_errors=True)
    say("removed this checkout's databases and files; ALL=1 removes the rest too")


def clean_all():
    """Remove everything: Odoo, Python packages, the server, all databases."""
    folder = home()
    entries = {path.name for path in folder.iterdir()}
    if entries and "locks" not in entries:
        raise Stop(f"{folder} does not look like ours; nothing was removed")
    if os.environ.get("PGHOST"):
        _drop_databases(lambda name: True)
    for data in folder.glob("postgresql-[0-9]*/data"):
        postgres.destroy(data)
    shutil.rmtree(folder)
    say(f"removed {folder}")


def _drop_databases(ours):
    """Drop our databases, if the server is there at all: do not make one for this."""
    private = not os.environ.get("PGHOST")
    if private and not list(home().glob("postgresql-[0-9]*/data")):
        return
    python = python_env.prepare()
    with postgres.server() as connection:
        databases = Databases(python, connection)
        mine = (n for n in databases.names() if n.startswith(f"{PREFIX}_") and ours(n))
        for name in mine:
            databases.drop(name)
            say(f"dropped {name}")
