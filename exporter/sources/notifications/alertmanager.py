"""Parses alerts from the payload of Alertmanager's webhook (version 4).

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.notifications.alert import Alert


class _Alert(msgspec.Struct, rename="camel"):
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: str
    fingerprint: str


class _Payload(msgspec.Struct):
    alerts: list[_Alert]


class _Spooled(msgspec.Struct):
    alertmanager: _Payload | None = None


def wrap_payload(payload: bytes) -> bytes:
    """Wrap the webhook's payload for the spool, so that it cannot be mistaken for another program's."""
    return b'{"alertmanager":' + payload + b"}"


def parse_alerts(content: bytes) -> list[Alert]:
    """Parse the firing alerts from a spooled payload. Raises msgspec.DecodeError."""
    payload = msgspec.json.decode(content, type=_Spooled).alertmanager
    return [_alert(one) for one in payload.alerts if one.status == "firing"] if payload is not None else []


def _alert(alert: _Alert) -> Alert:
    started_at = timestamp.parse(alert.starts_at) or 0  # Go's zero time is before 1970
    labels, annotations = alert.labels, alert.annotations
    return Alert(
        alert.fingerprint,
        started_at,
        "critical" if labels.get("severity") == "critical" else "warning",
        annotations.get("summary") or labels.get("alertname") or "An alert",
        annotations.get("description", ""),
        annotations.get("warning"),
        labels.get("window"),
        labels.get("account"),
        budget=labels.get("budget"),
    )
