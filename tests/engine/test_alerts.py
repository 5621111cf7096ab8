# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a monitoring system sends, read without Odoo."""

import contextlib
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import alerts
from engine.alerts import PayloadError, parse, parse_moment

PAYLOADS = Path(__file__).parent.parent / "payloads"


def read(name):
    return (PAYLOADS / f"{name}.json").read_bytes()


def test_recorded_firing():
    [alert] = parse(read("alertmanager_firing"))
    assert alert.key == "1bcedcf54c7b0979"
    assert alert.name == "HostDown"
    assert alert.status == "firing"
    assert alert.starts_at == datetime(2026, 11, 21, 8, 30)
    assert alert.ends_at is None  # Go's year 1
    assert alert.host == "web1.aurora.example:9100"
    assert alert.priority == "3"
    assert alert.summary == "web1 does not answer"


def test_recorded_resolved_is_the_same_problem():
    [firing], [resolved] = (
        parse(read("alertmanager_firing")),
        parse(read("alertmanager_resolved")),
    )
    assert (resolved.key, resolved.starts_at) == (firing.key, firing.starts_at)
    assert resolved.group == firing.group
    assert resolved.status == "resolved"
    assert resolved.ends_at == datetime(2026, 11, 21, 9, 12)


def test_recorded_group():
    first, second = parse(read("alertmanager_group"))
    assert first.group == second.group != ""
    assert first.key != second.key


def test_minimal():
    [alert] = parse(read("minimal"))
    assert (alert.key, alert.host, alert.group) == (
        "backup/mail",
        "mail.aurora.example",
        "",
    )
    assert alert.starts_at == datetime(2026, 11, 21, 8, 30)


def test_minimal_key_does_not_depend_on_severity_or_message():
    keys = {
        parse(json.dumps({"alert": "Full", "asset": "web", **more}).encode())[0].key
        for more in ({}, {"severity": "critical"}, {"message": "97 %"})
    }
    assert len(keys) == 1


def test_the_same_alert_twice_in_one_delivery_is_one():
    payload = json.loads(read("alertmanager_firing"))
    payload["alerts"] *= 2
    assert len(parse(json.dumps(payload).encode())) == 1


def test_long_texts_and_many_labels_are_cut():
    payload = json.loads(read("alertmanager_firing"))
    labels = {f"label{number}": "x" * 9000 for number in range(500)}
    payload["alerts"][0] |= {"labels": labels, "fingerprint": "f" * 9000}
    [alert] = parse(json.dumps(payload).encode())
    assert len(alert.labels) == alerts.MAX_LABELS
    assert {len(text) for text in alert.labels.values()} == {alerts.MAX_TEXT}
    assert len(alert.key) <= 64


def test_more_alerts_than_one_delivery_takes():
    payload = json.loads(read("alertmanager_firing"))
    [alert] = payload["alerts"]
    payload["alerts"] = [
        {**alert, "fingerprint": str(number)} for number in range(alerts.MAX_ALERTS)
    ]
    assert len(parse(json.dumps(payload).encode())) == alerts.MAX_ALERTS
    payload["alerts"].append(alert)
    with pytest.raises(alerts.TooManyAlerts, match="2001 alerts: at most 2000"):
        parse(json.dumps(payload).encode())


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T09:30:00Z", datetime(2026, 11, 21, 9, 30)),
        ("2026-11-21 09:30:00", datetime(2026, 11, 21, 9, 30)),
        ("2026-11-21T09:30:00.9-05:30", datetime(2026, 11, 21, 15, 0)),
        ("2026-11-21T09:30:00+0100", datetime(2026, 11, 21, 8, 30)),
        ("1969-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_moments(text, moment):
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-11-21", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59-01:00", 7],
)
def test_no_moments(text):
    with pytest.raises(PayloadError, match="startsAt: a time"):
        parse_moment(text, "startsAt")


@pytest.mark.parametrize(
    "text",
    ["2200-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2199-12-31T23:59:59-01:00"],
)
def test_a_moment_that_no_calendar_reaches(text):
    with pytest.raises(PayloadError, match="endsAt: a time before 2200"):
        parse_moment(text, "endsAt")


def test_the_last_moment():
    last = datetime(2199, 12, 31, 23, 59, 59)
    assert parse_moment("2199-12-31T23:59:59Z") == last


@given(st.binary())
def test_any_bytes_are_alerts_or_refused(body):
    with contextlib.suppress(PayloadError):
        parse(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: JSON
            for name in ("status", "labels", "annotations", "startsAt", "endsAt")
        }
        | {"fingerprint": JSON, "generatorURL": JSON},
    ),
    JSON,
    JSON,
)
def test_any_shape_is_alerts_or_refused(alert, labels, key):
    payload = {"alerts": [alert], "groupLabels": labels, "groupKey": key}
    try:
        found = parse(json.dumps(payload).encode())
    except PayloadError:
        return
    for alert in found:
        for text in (alert.key, alert.name, *alert.labels.values()):
            text.encode()
            assert "\0" not in text
