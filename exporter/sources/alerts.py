"""Alerts in what Alertmanager's webhook posts (version 4 of its payload).

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

import msgspec

from exporter.domain import timestamp
from exporter.domain.alert import Alert


class _Alert(msgspec.Struct, rename="camel"):
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: str
    fingerprint: str


class _Payload(msgspec.Struct):
    alerts: list[_Alert] = []


def alerts(content: bytes) -> list[Alert]:
    """Those that fire; one without a time is passed over. Raises msgspec.DecodeError."""
    found = (_alert(told) for told in msgspec.json.decode(content, type=_Payload).alerts if told.status == "firing")
    return [alert for alert in found if alert is not None]


def _alert(told: _Alert) -> Alert | None:
    started_at = timestamp.parse(told.starts_at)
    if started_at is None:
        return None
    labels, words = told.labels, told.annotations
    return Alert(
        told.fingerprint,
        started_at,
        "critical" if labels.get("severity") == "critical" else "warning",
        words.get("summary") or labels.get("alertname") or "An alert",
        words.get("description", ""),
        words.get("warning"),
        labels.get("window"),
    )
