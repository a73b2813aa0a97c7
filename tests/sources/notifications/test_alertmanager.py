"""Alerts in what Alertmanager posts."""

from __future__ import annotations

import json

import msgspec
import pytest

from exporter.domain.notifications.alert import Alert
from exporter.sources.notifications.alertmanager import parse_alerts, wrap_payload
from support.snapshots import NOON


def alert_payload(status: str = "firing", **more: object) -> dict[str, object]:
    """An alert as Alertmanager 0.25 writes it."""
    return {
        "status": status,
        "labels": {"alertname": "Half", "severity": "critical", "window": "five_hour"},
        "annotations": {
            "summary": "Half is used",
            "description": "Half is left.",
            "warning": "usage_warning",
        },
        "startsAt": "2026-11-22T12:00:00.000123456Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1:9090/graph",
        "fingerprint": "c4db9a1e",
    } | more


def parsed(*found: dict[str, object]) -> list[Alert]:
    payload = {"version": "4", "status": "firing", "alerts": found, "truncatedAlerts": 0}
    return parse_alerts(wrap_payload(json.dumps(payload).encode()))


def test_firing_alerts_are_parsed() -> None:
    complete = Alert("c4db9a1e", NOON, "critical", "Half is used", "Half is left.", "usage_warning", "five_hour")
    assert [complete] == parsed(alert_payload(), alert_payload("resolved"))


def test_an_alert_without_a_text_uses_its_name() -> None:
    bare = alert_payload(labels={"alertname": "Half"}, annotations={})
    assert [Alert("c4db9a1e", NOON, "warning", "Half", "")] == parsed(bare)
    assert ["An alert"] == [alert.title for alert in parsed(alert_payload(labels={}, annotations={}))]


def test_an_alert_without_a_start_time_starts_at_0() -> None:
    assert [0] == [alert.started_at for alert in parsed(alert_payload(startsAt="0001-01-01T00:00:00Z"))]


def test_other_payloads_hold_no_alerts() -> None:
    assert [] == parse_alerts(b'{"hook_event_name": "Stop"}')
    assert [] == parse_alerts(b'{"rate_limits": {}, "alerts": 5}')
    assert [] == parse_alerts(json.dumps({"alerts": [alert_payload()]}).encode())
    with pytest.raises(msgspec.DecodeError):
        parse_alerts(wrap_payload(b'{"alerts": [{}]}'))


def test_an_alert_about_a_budget_names_it() -> None:
    labels = {"alertname": "Reached", "budget": "work"}
    (found,) = parsed(alert_payload(labels=labels, annotations={"summary": "Used up", "warning": "budget_reached"}))
    assert Alert("c4db9a1e", NOON, "warning", "Used up", "", "budget_reached", budget="work") == found
