"""`make run`: the server, with demo data, in the foreground."""

import json
import os
import socket
import time
import urllib.error
import urllib.request

from process import Child
from state import ADDON, DEV, Stop, say, step

HOST = "127.0.0.1"
FIRST_PORT = 8069
PATIENCE = 120  # seconds until the first page


def serve(bench, suffix="", keep=False):
    database = bench.fresh("demo", suffix, keep)
    with step("make the asset bundles"):
        logins = _prepare(bench, database)
    port = _port()
    # Reports fetch their stylesheets here; the default says port 8069.
    bench.databases.sql(_report_url(port), database=database)
    command = bench.odoo(
        database,
        f"--http-port={port}",
        "--max-cron-threads=1",
        "--log-handler=werkzeug:WARNING",  # a line per request hides the rest
    )
    with Child(*command, env=bench.environment) as child:
        wait_until_ready(child, port)
        _tell(port, logins)
        try:
            code = child.wait()
        except KeyboardInterrupt:
            return  # the usual end
    raise Stop(f"Odoo ended with exit code {code}")


def _prepare(bench, database):
    output = bench.script(database, DEV / "after_install.py")
    for line in output.splitlines():
        if line.startswith("logins: "):
            return json.loads(line.removeprefix("logins: "))
    return []


def _report_url(port):
    return (
        "INSERT INTO ir_config_parameter (key, value)"
        f" VALUES ('report.url', 'http://{HOST}:{port}')"
        " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"
    )


def _port():
    """The wanted port, or the first free one from 8069 upwards."""
    if wanted := os.environ.get("PORT"):
        if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
            raise Stop(f"PORT={wanted} is no port number")
        if not _is_free(int(wanted)):
            raise Stop(f"port {wanted} is taken; choose another one with PORT=")
        return int(wanted)
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        if _is_free(port):
            return port
        say(f"port {port} is taken")
    raise Stop("no free port; choose one with PORT=")


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def wait_until_ready(child, port):
    url = f"http://{HOST}:{port}/web/login"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if child.poll() is not None:
            raise Stop("Odoo has ended; its messages are above")
        try:
            with opener.open(url, timeout=30):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise Stop(f"{url} did not answer within {PATIENCE} seconds")


def _tell(port, logins):
    rows = [("login", "password", "who"), ("admin", "admin", "Administrator")]
    # The demo data gives each of its users the login as the password.
    rows += [(login, login, name) for login, name in logins]
    table = "\n".join(f"   {a:<14}{b:<14}{c}" for a, b, c in rows)
    print(
        f"\n{ADDON} is ready: http://localhost:{port}\n\n{table}\n\n"
        "   Ctrl-C ends it. KEEP=1 updates this database next time.\n",
        flush=True,
    )
