"""Alerts in what Alertmanager's webhook posts (version 4 of its payload).

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


class _HandedOver(msgspec.Struct):
    alertmanager: _Payload | None = None


def handed_over(payload: bytes) -> bytes:
    """The webhook's payload as it is handed over: nothing in it can be taken for another program's."""
    return b'{"alertmanager":' + payload + b"}"


def alerts(content: bytes) -> list[Alert]:
    """Those that fire in what was handed over. Raises msgspec.DecodeError."""
    told = msgspec.json.decode(content, type=_HandedOver).alertmanager
    return [_alert(one) for one in told.alerts if one.status == "firing"] if told is not None else []


def _alert(told: _Alert) -> Alert:
    started_at = timestamp.parse(told.starts_at) or 0  # Go's zero time is before 1970
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
