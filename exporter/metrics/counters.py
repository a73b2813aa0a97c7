"""The counter families of stored totals: names, help texts, and label sets known in advance."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
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
from exporter.domain.usage.prompt_cache import CAUSES
from exporter.domain.usage.totals import (
    FIRST_READ,
    HIT_FAMILIES,
    LABELS,
    PROJECT_FAMILIES,
    UNANNOUNCED,
    LabelSet,
    Total,
)

NAMESPACE = "claude_tracker_"
ANNOUNCE_MS = 30_000
"""How long a label set seen after the first read is exposed as 0: two scrapes, so that `increase()` sees its start."""


class Spec(msgspec.Struct, frozen=True):
    """How a total is exposed. `name`: without namespace and `_total`. `known`: label sets exposed from the start."""

    name: str
    help: str
    divisor: int = 1
    known: tuple[tuple[str, ...], ...] = ()


COUNTERS: dict[str, Spec] = {
    "tokens": Spec("tokens", "Tokens used, according to the transcripts."),
    "cost": Spec("cost_usd", "Cost of usage, estimated by list price, in US dollars.", NANO_PER_USD),
    "responses": Spec("responses", "Responses, each counted once."),
    "prompts": Spec("prompts", "Prompts by the user.", known=((),)),
    "tool_calls": Spec("tool_calls", "Tool calls, by built-in tool; mcp for tools of MCP servers, other for the rest."),
    "api_errors": Spec("api_errors", "API errors shown to the user.", known=tuple((kind,) for kind in API_ERROR_KINDS)),
    "unpriced_tokens": Spec("unpriced_tokens", "Tokens without a known list price; not part of any cost."),
    "project_tokens": Spec("project_tokens", "Tokens used, by the project in which the session started."),
    "project_cost": Spec("project_cost_usd", "Cost estimated by list price, by project, in US dollars.", NANO_PER_USD),
    "attributed_tokens": Spec(
        "attributed_tokens", "Tokens used under a skill, agent, plugin, MCP server or effort, by its name."
    ),
    "attributed_cost": Spec(
        "attributed_cost_usd",
        "Cost under a skill, agent, plugin, MCP server or effort, estimated by list price, in US dollars.",
        NANO_PER_USD,
    ),
    "cache_misses": Spec(
        "cache_misses",
        "Requests that missed the prompt cache, by the causes that Claude Code reports; one may have several.",
        known=tuple((cause,) for cause in CAUSES),
    ),
    "cache_rewritten": Spec(
        "cache_rewritten_tokens", "Tokens written to the prompt cache again after it had expired.", known=((),)
    ),
    "blocks": Spec("blocks", "Completed 5-hour blocks.", known=((),)),
    "sessions_started": Spec(
        "sessions_started", "Sessions that started or were resumed.", known=tuple((kind,) for kind in SESSION_TYPES)
    ),
    "limit_hits": Spec("limit_hits", "Limits that were reached, each counted once."),
    "limit_raised": Spec("limit_raised", "Limits that were raised while their window ran: the used share fell."),
    "locked_out": Spec(
        "locked_out_seconds", "How long requests were refused because of a limit; counted when it is over.", 1000
    ),
    "notifications": Spec(
        "notifications",
        "Notifications sent: the tracker's own, and alerts received from Alertmanager.",
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
        "Transcript files that changed in another way than growing.",
        known=tuple((change,) for change in FILE_CHANGES),
    ),
    "clock_jumps": Spec("clock_jumps", "How often the machine's clock was set while the tracker ran.", known=((),)),
}


class Announcements:
    """The label sets that a process has exposed with their value. They stay so even if the clock is set back."""

    def __init__(self) -> None:
        self._announced: set[LabelSet] = set()

    def shown(self, total: Total, now: int) -> int:
        """The counter's value: the peak, which never falls; 0 while a new label set is being announced. `now`: ms."""
        label_set = (total.family, total.labels)
        if label_set not in self._announced:
            if is_new(total, now):
                return 0
            self._announced.add(label_set)
        return total.peak


def is_new(total: Total, now: int) -> bool:
    """Whether a scraper may not have seen the label set's 0 yet, or whether it waits to be announced."""
    if total.first_seen_at == UNANNOUNCED:
        return True
    return total.first_seen_at != FIRST_READ and abs(now - total.first_seen_at) < ANNOUNCE_MS


def counter_families(
    families: Iterable[str],
    kept: Iterable[Total],
    now: int,
    announcements: Announcements,
    accounts: Iterable[str] = (),
    hidden: Container[tuple[str, ...]] = (),
) -> Iterator[CounterMetricFamily]:
    """These families of `COUNTERS`, including those without label sets. `now`: ms. `accounts`: labels in use.

    `hidden`: the label values of projects whose place is free.
    """
    windows = tuple((account, window) for account in accounts for window in (FIVE_HOUR, SEVEN_DAY))
    by_family = {name: list(totals) for name, totals in groupby(_sorted(kept), key=lambda total: total.family)}
    for family in families:
        spec = COUNTERS[family]
        metric = CounterMetricFamily(NAMESPACE + spec.name, spec.help, labels=LABELS[family])
        values = dict.fromkeys(windows if family in HIT_FAMILIES else spec.known, 0.0)
        own = by_family.get(family, ())
        if family in PROJECT_FAMILIES:
            own = [total for total in own if total.labels not in hidden]
        names = len(LABELS[family])
        values |= {total.labels[:names]: announcements.shown(total, now) / spec.divisor for total in own}
        for labels, value in values.items():
            metric.add_metric(labels, value)
        yield metric


def _sorted(kept: Iterable[Total]) -> list[Total]:
    return sorted(kept, key=lambda total: (total.family, total.labels))


def incomplete_responses(kept: Iterable[Total]) -> GaugeMetricFamily:
    metric = GaugeMetricFamily(
        NAMESPACE + "incomplete_responses",
        "Responses that were cut off in the transcript, so their output tokens are a minimum.",
        labels=LABELS["incomplete_responses"],
    )
    for total in _sorted(kept):
        if total.family == "incomplete_responses":
            metric.add_metric(total.labels, total.exact)
    return metric
