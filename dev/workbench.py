"""Everything a command needs to run Odoo: source, Python, server, databases."""

import os
import re
from contextlib import contextmanager
from datetime import date

import odoo_tree
import postgres
import python_env
from databases import PREFIX, Databases
from process import environment, run, run_without
from state import (
    ADDON,
    Stop,
    addons_path,
    checkout_home,
    checkout_key,
    claim,
    fingerprint,
    lock,
    manifest,
    say,
    step,
)

# A warning about the operating system's user, and docutils about other modules.
NOISE = ("Running as user 'root'", "<string>:")


@contextmanager
def workbench():
    """Prepare all and start the server; stop it at the end."""
    os.umask(0o022)  # root's PostgreSQL must be able to read what we unpack
    tree = odoo_tree.prepare()
    python = python_env.prepare()
    with postgres.server() as connection:
        yield Workbench(tree, python, connection)


class Workbench:
    def __init__(self, tree, python, connection):
        self.tree = tree
        self.python = python
        self.connection = connection
        self.databases = Databases(python, connection)

    @property
    def environment(self):
        return environment(
            PYTHONPATH=str(self.tree.pythonpath),
            PYTHONNOUSERSITE="1",
            # No more requests at once than there are connections for.
            ODOO_MAX_HTTP_THREADS="auto",
            **self.connection,
        )

    def configuration(self, database):
        """Write the configuration for one database; its path."""
        options = {
            "addons_path": ",".join(map(str, [*self.tree.addons, addons_path()])),
            "data_dir": self.databases.data,
            "db_name": database,
            "dbfilter": f"^{database}$",
            "http_interface": "127.0.0.1",
            "list_db": False,
            "max_cron_threads": 0,
        }
        for name, value in self.connection.items():
            options[name.lower().replace("pg", "db_")] = value
        lines = (f"{name} = {value}\n" for name, value in options.items())
        path = checkout_home() / f"{database}.conf"
        path.write_text("[options]\n" + "".join(lines))
        return path

    def odoo(self, database, *arguments, command="server"):
        """The command line of Odoo for one database."""
        configuration = self.configuration(database)
        command = command.split()
        return [self.python, "-m", "odoo", *command, "-c", configuration, *arguments]

    def install(self, database, modules, update=False, demo=True):
        """Install or update modules, showing only what is wrong."""
        action = "-u" if update else "-i"
        options = ["--stop-after-init", "--no-http", "--log-level=warn"]
        options += ["--with-demo"] if demo else []
        command = self.odoo(database, action, modules, *options)
        run_without(NOISE, *command, env=self.environment)

    def script(self, database, file):
        """Feed one of our scripts to `odoo shell`; what it prints."""
        options = ("--no-http", "--log-level=warn")
        command = self.odoo(database, *options, command="shell")
        with file.open() as stdin:
            return run(
                *command, stdin=stdin, capture_output=True, env=self.environment
            ).stdout

    def template(self):
        """The database with all dependencies and their demo data, without this addon.

        It is made if it is not there. The week is part of its name, because demo
        data is dated relative to the day when it is loaded.
        """
        year, week, _day = date.today().isocalendar()
        depends = sorted(manifest()["depends"])
        family = f"{PREFIX}_template_" + fingerprint(
            self.tree.key, python_env.key(), *depends
        )
        name = f"{family}_{year}w{week:02}"
        with lock("template"):
            existing = self.databases.names()
            if name not in existing:
                with step("make the template database (about 90 s, once a week)"):
                    part = f"{PREFIX}_part"
                    self.databases.drop(part)
                    self.install(part, ",".join(depends))
                    self.databases.rename(part, name)
                stale = (old for old in existing if old.startswith(f"{family}_"))
                self.databases.drop(*stale)
        return name

    def fresh(self, role, suffix="", keep=False, demo=True):
        """A database with this addon, from the working tree; its name."""
        name = own_database(role, suffix)
        claim(name, f"{name} is in use by another run; give this one DB=suffix")
        if keep and name in self.databases.names():
            with step(f"update {ADDON} in {name}"):
                self.install(name, ADDON, update=True)
            return name
        if keep:
            say(f"there is no {name} yet")
        template = self.template()
        with lock("template"):  # nobody may be connected to it while it is copied
            self.databases.copy(template, name)
        with step(f"install {ADDON} into {name}"):
            try:
                self.install(name, ADDON, demo=demo)
            except BaseException:
                self.databases.drop(name)  # KEEP=1 must not find half of it
                raise
        return name


def own_database(role, suffix=""):
    """The name of this checkout's database for a purpose."""
    role = f"{role}_{suffix}" if suffix else role
    if not re.fullmatch(r"\w+", role):
        raise Stop(f"DB={role}: letters, digits and _ only")
    return f"{PREFIX}_{role}_{checkout_key()}".lower()
