"""The gauges of what no transcript holds."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily

from exporter.domain.usage.client_total import TYPES, Unwritten
from exporter.domain.usage.pricing import usd
from exporter.metrics.gauge import gauge, labelled_gauge


def unwritten_families(found: Unwritten) -> Iterator[GaugeMetricFamily]:
    """By model, without samples while no client has written a total."""
    tokens = labelled_gauge(
        "unwritten_tokens",
        "Tokens in the client's own totals of sessions that are over, but in no transcript.",
        "model",
        "token_type",
    )
    cost = labelled_gauge(
        "unwritten_cost_usd", "What the client reports for them, estimated by its list price, in US dollars.", "model"
    )
    for model, use in found.models.items():
        for token_type, count in zip(TYPES, use.tokens, strict=True):
            tokens.add_metric((model, token_type), count)
        cost.add_metric((model,), usd(use.cost or 0))
    yield tokens
    yield cost
    yield gauge(
        "unwritten_known_sessions_ratio",
        "Share of the sessions that are over whose client wrote its own total.",
        found.known_ratio,
    )
