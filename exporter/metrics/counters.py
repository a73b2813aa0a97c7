"""The counter families that come from kept totals: their names, help, and label sets known beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from exporter.domain.limits.reading import FIVE_HOUR, SEVEN_DAY
from exporter.domain.notifications.warning import KINDS as WARNING_KINDS
from exporter.domain.sessions.session import SESSION_TYPES
from exporter.domain.transcripts.file_state import FILE_CHANGES
from exporter.domain.transcripts.skip_reasons import SKIP_REASONS
from exporter.domain.usage.activity import API_ERROR_KINDS
from exporter.domain.usage.pricing import NANO_PER_USD
from exporter.domain.usage.totals import FIRST_READ, LABELS, UNANNOUNCED, LabelSet, Total

NAMESPACE = "claude_tracker_"
LIMIT_WINDOWS = ((FIVE_HOUR,), (SEVEN_DAY,))
ANNOUNCE_MS = 30_000
"""For so long a label set met after the first read is shown as 0: two scrapes, so that `increase()` sees it begin."""


class Spec(msgspec.Struct, frozen=True):
    """How a kept total is exposed. `name` without namespace and `_total`; `known`: label sets shown from the start."""

    name: str
    help: str
    divisor: int = 1
    known: tuple[tuple[str, ...], ...] = ()


COUNTERS: dict[str, Spec] = {
    "tokens": Spec("tokens", "Tokens used, as the transcripts tell them."),
    "cost": Spec("cost_usd", "Cost of what was used, estimated by list price, in US dollars.", NANO_PER_USD),
    "responses": Spec("responses", "Responses, each counted once however often it was written."),
    "prompts": Spec("prompts", "Prompts by the user.", known=((),)),
    "tool_calls": Spec("tool_calls", "Tool calls, by built-in tool, mcp for a server's, other for the rest."),
    "api_errors": Spec("api_errors", "API errors shown to the user.", known=tuple((kind,) for kind in API_ERROR_KINDS)),
    "unpriced_tokens": Spec("unpriced_tokens", "Tokens that no list price is known for; not part of any cost."),
    "project_tokens": Spec("project_tokens", "Tokens used, by the project the session began in."),
    "project_cost": Spec("project_cost_usd", "Cost estimated by list price, by project, in US dollars.", NANO_PER_USD),
    "blocks": Spec("blocks", "Five-hour blocks that are over.", known=((),)),
    "sessions_started": Spec(
        "sessions_started", "Sessions that began, or began again.", known=tuple((kind,) for kind in SESSION_TYPES)
    ),
    "limit_hits": Spec("limit_hits", "Limits that were reached, each once.", known=LIMIT_WINDOWS),
    "locked_out": Spec(
        "locked_out_seconds", "Time from limits that were reached to their reset.", 1000, known=LIMIT_WINDOWS
    ),
    "notifications": Spec(
        "notifications",
        "Warnings that the tracker told: its own, and alerts that it was handed.",
        known=tuple((kind,) for kind in WARNING_KINDS),
    ),
    "ingest_lines": Spec("ingest_lines", "Transcript lines read.", known=((),)),
    "ingest_bytes": Spec("ingest_bytes", "Transcript bytes read.", known=((),)),
    "ingest_skipped_lines": Spec(
        "ingest_skipped_lines",
        "Lines that could not be counted.",
        known=tuple((reason,) for reason in SKIP_REASONS),
    ),
    "ingest_file_changes": Spec(
        "ingest_file_changes",
        "Transcript files that did other than grow.",
        known=tuple((change,) for change in FILE_CHANGES),
    ),
}


class Announcements:
    """Which label sets a process has shown with their value: from then on they are, also if the clock is set back."""

    def __init__(self) -> None:
        self._told: set[LabelSet] = set()

    def shown(self, total: Total, now: int) -> int:
        """The counter's value: the peak, which never falls; 0 while a new label set is being announced. `now`: ms."""
        label_set = (total.family, total.labels)
        if label_set not in self._told:
            if is_new(total, now):
                return 0
            self._told.add(label_set)
        return total.peak


def is_new(total: Total, now: int) -> bool:
    """Whether a label set was met so lately that a scraper may not have seen its 0, or waits to be announced."""
    if total.first_met_at == UNANNOUNCED:
        return True
    return total.first_met_at != FIRST_READ and now - total.first_met_at < ANNOUNCE_MS


def counter_families(
    families: Iterable[str], kept: Iterable[Total], now: int, announcements: Announcements
) -> Iterator[CounterMetricFamily]:
    """These families of `COUNTERS`, also those without a label set yet. `now`: ms."""
    by_family = {name: list(totals) for name, totals in groupby(_sorted(kept), key=lambda total: total.family)}
    for family in families:
        spec = COUNTERS[family]
        metric = CounterMetricFamily(NAMESPACE + spec.name, spec.help, labels=LABELS[family])
        values = dict.fromkeys(spec.known, 0.0)
        values |= {total.labels: announcements.shown(total, now) / spec.divisor for total in by_family.get(family, ())}
        for labels, value in values.items():
            metric.add_metric(labels, value)
        yield metric


def _sorted(kept: Iterable[Total]) -> list[Total]:
    return sorted(kept, key=lambda total: (total.family, total.labels))


def incomplete_responses(kept: Iterable[Total]) -> GaugeMetricFamily:
    metric = GaugeMetricFamily(
        NAMESPACE + "incomplete_responses",
        "Responses whose output tokens are a lower bound, since the transcript never told their end.",
        labels=LABELS["incomplete_responses"],
    )
    for total in _sorted(kept):
        if total.family == "incomplete_responses":
            metric.add_metric(total.labels, total.exact)
    return metric
