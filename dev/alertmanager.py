"""`make test-alertmanager`: the real Alertmanager reports to a running server.

Debian's program is unpacked into a folder of our own; nothing is installed. Everything
listens on the loopback only, and ends with the command.
"""

import contextlib
import json
import shutil
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import serve
import system
from process import Child, capture, run
from state import DEV, Stop, home, lock, say, step
from workbench import workbench

PACKAGE = "prometheus-alertmanager"
# Debian's program reads its templates from here. It finds them in our copy where this
# path, of the same length, leads from the folder in which it is unpacked.
TEMPLATES = b"/usr/share/prometheus/alertmanager"
OUR_TEMPLATES = b"usr/share/prometheus//alertmanager"
PATIENCE = 60  # seconds until something has happened
INTERVAL = 2  # seconds after which Alertmanager says it again
CONFIGURATION = """\
route:
  receiver: support
  group_by: [alertname, instance]
  group_wait: 1s
  group_interval: 1s
  repeat_interval: {interval}s
receivers:
  - name: support
    webhook_configs:
      - url: {url}
        send_resolved: true
        http_config:
          authorization:
            credentials: {secret}
"""


def test(suffix="", keep=False):
    """Firing, said again, recovered: what the tickets tell of it."""
    folder, program = _prepare()
    with workbench() as bench, tempfile.TemporaryDirectory() as temporary:
        database = bench.fresh("alertmanager", suffix, keep)
        token = _make_token(bench, database)
        port = serve.free_port()
        command = bench.odoo(database, f"--http-port={port}", "--log-level=warn")
        with contextlib.ExitStack() as stack:
            odoo = stack.enter_context(Child(*command, env=bench.environment))
            serve.wait_until_ready(odoo, port)
            url = f"http://{serve.HOST}:{port}/support/monitoring"
            manager = Alertmanager(
                folder, program, Path(temporary), url, token["secret"]
            )
            stack.enter_context(manager.running())
            Scenario(bench, database, token, manager).play()
    say("Alertmanager: what fires opens one ticket, and what recovers is noted")


class Alertmanager:
    """One Alertmanager whose receiver is the webhook at ``url``."""

    def __init__(self, folder, program, temporary, url, secret):
        self.folder = folder
        self.program = program
        self.temporary = temporary
        self.port = serve.free_port()
        self.configuration = temporary / "alertmanager.yml"
        text = CONFIGURATION.format(url=url, secret=secret, interval=INTERVAL)
        self.configuration.write_text(text)
        self.log = temporary / "log"

    @contextlib.contextmanager
    def running(self):
        command = [
            self.program,
            f"--config.file={self.configuration}",
            f"--storage.path={self.temporary / 'data'}",
            f"--web.listen-address={serve.HOST}:{self.port}",
            "--cluster.listen-address=",  # alone: it talks to no other
        ]
        with (
            self.log.open("w") as log,
            Child(*command, cwd=self.folder, stdout=log, stderr=log) as child,
        ):
            wait_for(lambda: self._is_ready(child), "Alertmanager does not start")
            try:
                yield
            except BaseException:
                say("the end of Alertmanager's log:\n" + self.log.read_text()[-3000:])
                raise

    def _is_ready(self, child):
        if child.poll() is not None:
            raise Stop(f"Alertmanager has ended:\n{self.log.read_text()}")
        with contextlib.suppress(OSError):
            return self._call("/-/ready") is not None

    def post(self, *alerts):
        self._call("/api/v2/alerts", json.dumps(alerts).encode())

    def _call(self, path, body=None):
        request = urllib.request.Request(
            f"http://{serve.HOST}:{self.port}{path}",
            data=body,
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return answer.read()


class Scenario:
    """A server goes down, and comes back."""

    def __init__(self, bench, database, token, manager):
        self.bench = bench
        self.database = database
        self.token = token
        self.manager = manager
        self.start = _now() - timedelta(minutes=20)
        self.alert = {
            "labels": {
                "alertname": "HostDown",
                "instance": f"{token['reference']}:9100",
                "severity": "critical",
            },
            "annotations": {"summary": "It does not <answer>"},
            "startsAt": self.start.isoformat(),
        }

    def play(self):
        with step("an alert fires"):
            self.manager.post(self.alert)
            wait_for(self.alerts, "the alert has opened no ticket")
        [(ticket, _state, _count)] = self.alerts()
        self.check_ticket(ticket)
        with step("Alertmanager says it again"):
            wait_for(lambda: self.reports() > 2, "it was not delivered again")
            self.check_one_ticket(ticket)
        with step("the alert recovers"):
            end = self.start + timedelta(minutes=15)
            self.manager.post({**self.alert, "endsAt": end.isoformat()})
            wait_for(
                lambda: self.alerts()[0][1] == "resolved", "the recovery is not known"
            )
        note = wait_for(lambda: self.recovery_notes(ticket), "the recovery is no note")
        _check(len(note) == 1, f"one note of the recovery, not {note}")
        time.sleep(2 * INTERVAL)
        self.check_one_ticket(ticket)
        _check(len(self.recovery_notes(ticket)) == 1, "the recovery is noted once")

    def check_ticket(self, ticket):
        [(contract, asset, request_date, priority, name, description)] = self.sql(
            "SELECT support_contract_id, asset_id, request_date, priority, name,"
            f" description FROM helpdesk_ticket WHERE id = {ticket}"
        )
        _check(contract == self.token["contract"], "the contract of the token pays")
        _check(asset == self.token["asset"], "the asset is found by its reference")
        expected = self.start.replace(tzinfo=None).isoformat(" ")
        _check(str(request_date) == expected, f"{request_date} is not {expected}")
        _check(priority == "3", "critical is the highest priority")
        _check("HostDown" in name, "the ticket is named after the alert")
        _check("&lt;answer&gt;" in description, "what is reported is text")

    def check_one_ticket(self, ticket):
        _check([row[0] for row in self.alerts()] == [ticket], "one alert, one ticket")

    def alerts(self):
        return self.sql(
            "SELECT ticket_id, state, report_count FROM support_alert"
            f" WHERE token_id = {self.token['id']}"
        )

    def reports(self):
        return self.alerts()[0][2]

    def recovery_notes(self, ticket):
        return self.sql(
            "SELECT body FROM mail_message WHERE model = 'helpdesk.ticket'"
            f" AND res_id = {ticket} AND body LIKE '%has recovered at%'"
        )

    def sql(self, statement):
        return self.bench.databases.sql(statement, database=self.database)


def _prepare():
    """Where to run Alertmanager from, and its program."""
    if found := shutil.which(PACKAGE):
        return Path("/"), found
    folder = home() / PACKAGE
    with lock(PACKAGE):
        if not folder.exists():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            with step("fetch Alertmanager from the Debian archive (10 MB)"):
                deb = system.apt_download(PACKAGE, part, "make test-alertmanager")
                run("dpkg-deb", "-x", deb, part)
            program = part / "usr/bin" / PACKAGE
            program.write_bytes(program.read_bytes().replace(TEMPLATES, OUR_TEMPLATES))
            part.rename(folder)
    program = folder / "usr/bin" / PACKAGE
    capture(program, "--version")  # or say at once why it does not run here
    return folder, program


def _make_token(bench, database):
    with step("make a monitoring token"):
        output = bench.script(database, DEV / "monitoring_token.py")
    for line in output.splitlines():
        if line.startswith("token: "):
            return json.loads(line.removeprefix("token: "))
    raise Stop(f"no token was made:\n{output}")


def wait_for(condition, otherwise):
    """What ``condition`` answers as soon as that is something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.2)
    raise Stop(f"{otherwise}, within {PATIENCE} seconds")


def _check(holds, what):
    if not holds:
        raise Stop(f"this does not hold: {what}")


def _now():
    return datetime.now(timezone.utc).replace(microsecond=0)
