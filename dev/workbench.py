"""Everything a command needs to run Odoo: source, Python, server, databases."""

import json
import os
import re
import shutil
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import odoo_tree
import postgres
import python_env
from process import capture, environment, run
from state import (
    ADDON,
    DEV,
    Stop,
    addons_path,
    checkout_home,
    checkout_key,
    fingerprint,
    home,
    lock,
    manifest,
    say,
    step,
)

PREFIX = "ps"


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
        # Databases of one name on two servers must not share their files.
        self.data = home() / f"data-{fingerprint(*sorted(connection.items()))}"
        self.data.mkdir(exist_ok=True)

    @property
    def environment(self):
        return environment(
            PYTHONPATH=str(self.tree.pythonpath), PYTHONNOUSERSITE="1", **self.connection
        )

    # Odoo

    def configuration(self, database):
        """Write the configuration for one database; its path."""
        path = checkout_home() / f"{database}.conf"
        addons = [*self.tree.addons, addons_path()]
        options = {
            "addons_path": ",".join(map(str, addons)),
            "data_dir": self.data,
            "db_name": database,
            "dbfilter": f"^{database}$",
            "http_interface": "127.0.0.1",
            "list_db": False,
            "max_cron_threads": 0,
        }
        for name, value in self.connection.items():
            options[name.lower().replace("pg", "db_")] = value
        lines = (f"{name} = {value}\n" for name, value in options.items())
        path.write_text("[options]\n" + "".join(lines))
        return path

    def odoo(self, database, *arguments, command="server"):
        """The command line of Odoo for one database."""
        configuration = self.configuration(database)
        return [self.python, "-m", "odoo", command, "-c", configuration, *arguments]

    def install(self, database, modules, update=False):
        """Install or update modules, showing only what is wrong."""
        run(
            *self.odoo(
                database,
                "-u" if update else "-i",
                modules,
                "--with-demo",
                "--stop-after-init",
                "--no-http",
                "--log-level=warn",
            ),
            env=self.environment,
        )

    def script(self, database, file, *arguments):
        """Feed one of our scripts to `odoo shell`; what it prints."""
        with file.open() as stdin:
            return run(
                *self.odoo(database, "--no-http", "--log-level=warn", command="shell"),
                stdin=stdin,
                capture_output=True,
                env=self.environment,
            ).stdout

    # Databases

    def sql(self, *statements, database="postgres"):
        """Run statements outside of a transaction; the rows of the last one."""
        output = capture(
            self.python,
            DEV / "sql.py",
            database,
            input=json.dumps(statements),
            env=self.environment,
        )
        return json.loads(output)

    def databases(self):
        return {name for (name,) in self.sql("SELECT datname FROM pg_database")}

    def drop(self, *names):
        for name in names:
            self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            shutil.rmtree(self.data / "filestore" / name, ignore_errors=True)
            (checkout_home() / f"{name}.conf").unlink(missing_ok=True)

    def copy(self, source, target):
        """Copy a database and its files. Files never change: links will do."""
        version = int(self.sql("SHOW server_version_num")[0][0])
        strategy = "STRATEGY file_copy" if version >= 150000 else ""
        self.drop(target)
        self.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}" {strategy}')
        filestore = self.data / "filestore"
        if (filestore / source).exists():
            shutil.copytree(
                filestore / source, filestore / target, copy_function=_link_or_copy
            )

    # The template: all dependencies with their demo data, without this addon

    def template(self):
        """The name of the template database, made if it is not there.

        The week is part of its name, because demo data is dated relative to the
        day when it is loaded.
        """
        year, week, _day = date.today().isocalendar()
        depends = sorted(manifest()["depends"])
        key = fingerprint(self.tree.key, python_env.key(), *depends)
        name = f"{PREFIX}_template_{key}_{year}w{week:02}"
        with lock("template"):
            existing = self.databases()
            if name not in existing:
                with step("make the template database (about 90 s, once a week)"):
                    self._make_template(name, depends)
                stale = re.compile(f"{PREFIX}_template_{key}_")
                self.drop(*(old for old in existing if stale.match(old)))
        return name

    def _make_template(self, name, depends):
        part = f"{PREFIX}_part"
        filestore = self.data / "filestore"
        self.drop(part)
        self.install(part, ",".join(depends))
        shutil.rmtree(filestore / name, ignore_errors=True)
        with suppress(FileNotFoundError):
            (filestore / part).rename(filestore / name)
        self.sql(f'ALTER DATABASE "{part}" RENAME TO "{name}"')

    def own_database(self, role):
        """The name of this checkout's database for a purpose."""
        if not re.fullmatch(r"\w+", role):
            raise Stop(f"DB={role}: letters, digits and _ only")
        return f"{PREFIX}_{role}_{checkout_key()}".lower()

    def fresh(self, role, keep=False):
        """A database with this addon, from the working tree; its name."""
        name = self.own_database(role)
        if keep and name in self.databases():
            with step(f"update {ADDON} in {name}"):
                self.install(name, ADDON, update=True)
            return name
        if keep:
            say(f"there is no {name} yet")
        template = self.template()
        with lock("template"):  # nobody may be connected to it while it is copied
            self.copy(template, name)
        with step(f"install {ADDON} into {name}"):
            self.install(name, ADDON)
        return name


def _link_or_copy(source, target):
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
