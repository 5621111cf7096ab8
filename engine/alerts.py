# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a monitoring system sends, as alerts.

Two shapes are understood: the webhook of Prometheus Alertmanager (version "4"), and a
minimal one for scripts. Moments are naive and in UTC, cut to the second.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FIRING, RESOLVED = "firing", "resolved"
#: Longest text that is kept of a label, an annotation or a key, and how many of them.
MAX_TEXT = 2000
MAX_LABELS = 100
#: Alerts of one delivery: each may be a ticket, and the next delivery waits for it.
MAX_ALERTS = 2000
#: Before that a moment is none: Go writes year 1 where it has no time.
FIRST_MOMENT = datetime(1970, 1, 1)
#: From then on it is a mistake of the sender; time zones need room up to year 9999.
FIRST_ABSURD_YEAR = 2200
#: Labels that name the machine, the best first.
HOST_LABELS = ("asset", "instance", "host", "hostname")
PRIORITIES = {
    "3": ("critical", "emergency", "fatal", "disaster", "page"),
    "2": ("error", "high", "major"),
    "1": ("warning", "warn", "average", "medium", "minor"),
    "0": ("info", "information", "informational", "low", "notice", "none"),
}
#: What an alert without a severity, or of an unknown one, is.
DEFAULT_PRIORITY = "1"

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?"
    r"(?:([Zz])|([+-])(\d\d):?(\d\d))?"
)


class PayloadError(ValueError):
    """What is wrong with a delivery, for whoever set up the monitoring."""


class TooManyAlerts(PayloadError):
    """Nothing is wrong but that it is too much at once."""


@dataclass(frozen=True)
class Alert:
    """One alert of a delivery.

    ``key`` is the same for the same problem on the same machine. ``starts_at`` is None
    where the sender did not say. ``group`` is empty for an alert on its own.
    """

    key: str
    name: str
    status: str = FIRING
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    group: str = ""
    url: str = ""
    labels: dict = field(default_factory=dict)
    annotations: dict = field(default_factory=dict)

    @property
    def host(self):
        """What the labels call the machine; empty if they do not.

        >>> Alert("k", "Down", labels={"job": "node", "instance": "web1:9100"}).host
        'web1:9100'
        """
        for name in HOST_LABELS:
            if self.labels.get(name):
                return self.labels[name]
        return ""

    @property
    def priority(self):
        """The priority of a ticket, "0" to "3".

        >>> Alert("k", "Down", labels={"severity": "Critical"}).priority
        '3'
        """
        severity = self.labels.get("severity", "").strip().lower()
        for priority, names in PRIORITIES.items():
            if severity in names:
                return priority
        return DEFAULT_PRIORITY

    @property
    def summary(self):
        """One line on what is wrong, beyond the name."""
        for name in ("summary", "message", "description"):
            if self.annotations.get(name):
                return self.annotations[name]
        return ""


def names_of(host):
    """The names under which an asset may be known that monitoring calls ``host``.

    >>> names_of("Web1.example.com:9100")
    ['web1.example.com:9100', 'web1.example.com']
    >>> names_of("https://shop.example.com:8443/health?x=1")[1:]
    ['shop.example.com:8443', 'shop.example.com']
    >>> names_of("[2001:db8::1]:9100")
    ['[2001:db8::1]:9100', '[2001:db8::1]', '2001:db8::1']
    """
    name = host.strip().lower()
    bare = re.sub(r"^[a-z][a-z0-9+.-]*://", "", name)
    bare = re.split(r"[/?#]", bare)[0] if bare != name else name
    portless = re.sub(r"^([^:]+|\[.*\]):\d+$", r"\1", bare)
    found = [name, bare, portless, portless.strip("[]")]
    return [found for found in dict.fromkeys(found) if found]


def parse(body):
    """The alerts in the bytes of a delivery, each problem and start once.

    PayloadError says what is wrong, if anything is: then nothing of it counts.
    """
    try:
        payload = json.loads(body)
    except RecursionError:
        raise PayloadError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise PayloadError(f"the body is not JSON: {error}") from None
    if not isinstance(payload, dict):
        raise PayloadError("a JSON object is expected")
    if "alerts" in payload:
        alerts = _parse_alertmanager(payload)
    elif "alert" in payload:
        alerts = [_parse_minimal(payload)]
    else:
        raise PayloadError(
            'neither "alerts" (Alertmanager\'s webhook) nor "alert" (the minimal '
            "format) is there"
        )
    # The later one of two that say the same is the one that holds.
    return list({(alert.key, alert.starts_at): alert for alert in alerts}.values())


def parse_moment(text, where="time"):
    """A time of RFC 3339, as Go and ``date --iso-8601=seconds`` write it; UTC if no
    zone is given; None where Go has no time. PayloadError for what is none, or absurd.

    >>> parse_moment("2026-11-21T09:30:00.123456789+01:00")
    datetime.datetime(2026, 11, 21, 8, 30)
    >>> parse_moment("0001-01-01T00:00:00Z")
    """
    found = _MOMENT.fullmatch(text.strip()) if isinstance(text, str) else None
    try:
        day, time, _utc, sign, hours, minutes = found.groups()
        moment = datetime.fromisoformat(f"{day}T{time}")
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            moment += -offset if sign == "+" else offset
    except (AttributeError, ValueError, OverflowError):
        if isinstance(text, str) and text.startswith("0001-01-01"):
            return None
        raise PayloadError(
            f"{where}: a time such as 2026-11-21T09:30:00Z is expected"
        ) from None
    if moment.year >= FIRST_ABSURD_YEAR:
        raise PayloadError(f"{where}: a time before {FIRST_ABSURD_YEAR} is expected")
    return moment if moment >= FIRST_MOMENT else None


def _parse_alertmanager(payload):
    if payload.get("version", "4") != "4":
        raise PayloadError('version: only "4" of Alertmanager\'s webhook is understood')
    alerts = payload["alerts"]
    if not isinstance(alerts, list):
        raise PayloadError("alerts: a list is expected")
    if len(alerts) > MAX_ALERTS:
        raise TooManyAlerts(
            f"{len(alerts)} alerts: at most {MAX_ALERTS} in one delivery: group "
            "them (group_by)"
        )
    # Grouped by no label, everything is one group: it says nothing then.
    grouped = _texts(payload.get("groupLabels") or {}, "groupLabels")
    group = _text(payload.get("groupKey") or "", "groupKey") if grouped else ""
    return [
        _parse_alert(alert, f"alerts[{index}]", group)
        for index, alert in enumerate(alerts)
    ]


def _parse_alert(alert, where, group):
    if not isinstance(alert, dict):
        raise PayloadError(f"{where}: an object is expected")
    labels = _texts(alert.get("labels"), f"{where}.labels")
    annotations = _texts(alert.get("annotations") or {}, f"{where}.annotations")
    if not labels:
        raise PayloadError(f"{where}.labels: at least one is needed")
    key = alert.get("fingerprint") or _digest(labels)
    return Alert(
        key=_key(_text(key, f"{where}.fingerprint")),
        name=labels.get("alertname") or annotations.get("summary") or "Alert",
        status=_status(alert.get("status"), where),
        starts_at=_moment(alert, "startsAt", where),
        ends_at=_moment(alert, "endsAt", where),
        group=group,
        url=_text(alert.get("generatorURL") or "", f"{where}.generatorURL"),
        labels=labels,
        annotations=annotations,
    )


def _parse_minimal(payload):
    name = _text(payload["alert"], "alert").strip()
    if not name:
        raise PayloadError("alert: a name is needed")
    texts = {
        key: _text(payload[key], key)
        for key in ("asset", "severity", "message", "url", "key")
        if payload.get(key)
    }
    labels = {"alertname": name}
    labels |= {key: texts[key] for key in ("asset", "severity") if key in texts}
    identity = {key: labels[key] for key in ("alertname", "asset") if key in labels}
    return Alert(
        key=_key(texts.get("key") or _digest(identity)),
        name=name,
        status=_status(payload.get("status", FIRING), ""),
        starts_at=_moment(payload, "starts_at", ""),
        ends_at=_moment(payload, "ends_at", ""),
        url=texts.get("url", ""),
        labels=labels,
        annotations={"message": texts["message"]} if "message" in texts else {},
    )


def _status(value, where):
    if value not in (FIRING, RESOLVED):
        raise PayloadError(
            f'{_in(where, "status")}: "firing" or "resolved" is expected'
        )
    return value


def _moment(values, name, where):
    value = values.get(name)
    return parse_moment(value, _in(where, name)) if value else None


def _texts(values, where):
    """Labels or annotations: texts by name, the first MAX_LABELS of them."""
    if not isinstance(values, dict):
        raise PayloadError(f"{where}: an object of texts is expected")
    pairs = [
        (_clean(name), _text(value, f"{where}.{_clean(name)}"))
        for name, value in values.items()
    ]
    return dict(pairs[:MAX_LABELS])


def _text(value, where):
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise PayloadError(f"{where}: a text is expected")
    return _clean(str(value))


def _clean(text):
    """Without what no database stores (NUL, half characters), and not endless."""
    text = text.encode("utf-8", "replace").decode().replace("\0", "")
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _key(text):
    """The sender's key, or something as good that fits an index."""
    return text if len(text) <= 64 else _digest(text)


def _digest(values):
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _in(where, name):
    return f"{where}.{name}" if where else name
