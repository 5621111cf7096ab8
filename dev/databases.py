"""Databases and their files: list, copy, drop."""

import json
import shutil
import subprocess
from pathlib import Path

from process import environment
from state import DEV, Stop, fingerprint, home

PREFIX = "ps"


class Databases:
    """The databases of one server, with the folder for their files."""

    def __init__(self, python, connection):
        self.python = python
        self.connection = connection
        # Databases of one name on two servers must not share their files.
        self.data = home() / f"data-{fingerprint(*sorted(connection.items()))}"
        self.data.mkdir(exist_ok=True)

    def sql(self, *statements, database="postgres"):
        """Run statements outside of a transaction; the rows of the last one."""
        result = subprocess.run(
            [self.python, DEV / "sql.py", database],
            input=json.dumps(statements),
            capture_output=True,
            text=True,
            check=False,
            env=environment(**self.connection),
        )
        if result.returncode:
            raise Stop(result.stderr.strip())
        return json.loads(result.stdout)

    def names(self):
        return {name for (name,) in self.sql("SELECT datname FROM pg_database")}

    def files(self, name):
        return self.data / "filestore" / name

    def drop(self, *names):
        for name in names:
            self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            shutil.rmtree(self.files(name), ignore_errors=True)

    def copy(self, source, target):
        version = int(self.sql("SHOW server_version_num")[0][0])
        # Three times as fast, but unknown before PostgreSQL 15.
        strategy = "STRATEGY file_copy" if version >= 150000 else ""
        self.drop(target)
        self.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}" {strategy}')
        if self.files(source).exists():
            shutil.copytree(
                self.files(source), self.files(target), copy_function=_link_or_copy
            )

    def rename(self, old, new):
        shutil.rmtree(self.files(new), ignore_errors=True)
        if self.files(old).exists():
            self.files(old).rename(self.files(new))
        self.sql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')


def _link_or_copy(source, target):
    """Odoo never rewrites a file of its store: a hard link will do."""
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
