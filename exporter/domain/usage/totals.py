"""The stored totals: what usage adds to which label sets. Values are integers, costs nano-dollars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from exporter.domain.usage.projects import ProjectRef
from exporter.domain.usage.tokens import Tokens

LabelSet = tuple[str, tuple[str, ...]]
"""A family's name and its label values, in the family's order."""

LABELS: dict[str, tuple[str, ...]] = {
    "tokens": ("model", "token_type", "chain"),
    "cost": ("model", "chain"),
    "responses": ("model", "chain"),
    "unpriced_tokens": ("model",),
    "incomplete_responses": ("model",),
    "attributed_tokens": ("kind", "name"),
    "attributed_cost": ("kind", "name"),
    "project_tokens": ("project",),
    "project_cost": ("project",),
    "prompts": (),
    "tool_calls": ("tool",),
    "api_errors": ("kind",),
    "cache_misses": ("cause",),
    "cache_rewritten": (),
    "blocks": (),
    "sessions_started": ("session_type",),
    "session_duration_bucket": ("session_type", "le"),
    "session_duration_sum": ("session_type",),
    "limit_hits": ("account", "window"),
    "limit_raised": ("account", "window"),
    "locked_out": ("account", "window"),
    "notifications": ("kind",),
    "ingest_lines": (),
    "ingest_bytes": (),
    "ingest_skipped_lines": ("reason",),
    "ingest_file_changes": ("change",),
    "clock_jumps": (),
}
"""The stored families, with the names of their labels."""

PROJECT_FAMILIES = frozenset(("project_tokens", "project_cost"))
"""A second label value in the database says how often the label began at 0 again; it is not exposed."""
USAGE_FAMILIES = frozenset(
    (
        "tokens",
        "cost",
        "responses",
        "unpriced_tokens",
        "incomplete_responses",
        "project_tokens",
        "project_cost",
        "attributed_tokens",
        "attributed_cost",
    )
)
EVENT_FAMILIES = frozenset(("prompts", "tool_calls", "api_errors"))
RUN_FAMILIES = frozenset(("sessions_started", "session_duration_bucket", "session_duration_sum"))
"""Families of session runs. A bucket holds only the runs of its own range; `session_duration_sum` is ms."""


HIT_FAMILIES = frozenset(("limit_hits", "limit_raised", "locked_out"))
"""Families of limits reached and raised; `locked_out` is ms."""
CACHE_FAMILIES = frozenset(("cache_rewritten",))
"""Families of what responses did with the prompt cache."""
PAST_FAMILIES = USAGE_FAMILIES | EVENT_FAMILIES | CACHE_FAMILIES | RUN_FAMILIES | HIT_FAMILIES | {"blocks"}
"""The families with values for any time in the past; the others are about the tracker itself."""


class UsageSum(msgspec.Struct, frozen=True):
    """The usage of one model, chain, project and marks, in one or many responses. `unpriced`: tokens without a price.

    `marks`: pairs of a kind and a label.
    """

    model: str
    chain: str
    project: ProjectRef
    responses: int
    incomplete: int
    tokens: Tokens
    cost: int
    unpriced: int
    marks: tuple[tuple[str, str], ...] = ()


FIRST_READ = 0
"""`Total.first_seen_at` of label sets from the first read: shown with their value at once."""
UNANNOUNCED = -1
"""`Total.first_seen_at` of label sets first seen while no tracker served: the next tracker announces them."""


class Total(msgspec.Struct, frozen=True):
    """A label set's values: `exact` follows corrections, `peak` never falls. `first_seen_at`: ms, or see above."""

    family: str
    labels: tuple[str, ...]
    exact: int
    peak: int
    first_seen_at: int


def chain_label(sidechain: bool | int) -> str:
    return "subagent" if sidechain else "main"


def usage_contributions(usage: UsageSum) -> Iterator[tuple[LabelSet, int]]:
    """Yield what the usage adds to the totals; with all token types, so that each label set starts at a known 0."""
    for token_type, count in usage.tokens.by_type().items():
        yield ("tokens", (usage.model, token_type, usage.chain)), count
    yield ("cost", (usage.model, usage.chain)), usage.cost
    yield ("responses", (usage.model, usage.chain)), usage.responses
    yield ("project_tokens", usage.project.labels), usage.tokens.total
    yield ("project_cost", usage.project.labels), usage.cost
    for mark in usage.marks:
        yield ("attributed_tokens", mark), usage.tokens.total
        yield ("attributed_cost", mark), usage.cost
    if usage.unpriced:
        yield ("unpriced_tokens", (usage.model,)), usage.unpriced
    if usage.incomplete:
        yield ("incomplete_responses", (usage.model,)), usage.incomplete


def sum_contributions(usages: Iterable[UsageSum]) -> dict[LabelSet, int]:
    """The sum of the contributions of all usages."""
    found: dict[LabelSet, int] = {}
    for usage in usages:
        for label_set, value in usage_contributions(usage):
            found[label_set] = found.get(label_set, 0) + value
    return found


def difference(after: dict[LabelSet, int], before: dict[LabelSet, int]) -> dict[LabelSet, int]:
    """What to add to get from `before` to `after`, for every label set in either."""
    return {key: after.get(key, 0) - before.get(key, 0) for key in after.keys() | before.keys()}


class ModelUse(msgspec.Struct, frozen=True):
    """The usage of one model over all chains and projects. `unpriced`: tokens without a price, not part of `cost`."""

    model: str
    responses: int
    tokens: Tokens
    cost: int
    unpriced: int


def by_model(parts: Iterable[UsageSum]) -> list[ModelUse]:
    """Sum the usage by model label, in order of appearance."""
    return merge_by_model(ModelUse(part.model, part.responses, part.tokens, part.cost, part.unpriced) for part in parts)


def merge_by_model(uses: Iterable[ModelUse]) -> list[ModelUse]:
    """Sum the uses by model, in order of appearance."""
    found: dict[str, ModelUse] = {}
    for use in uses:
        known = found.get(use.model) or ModelUse(use.model, 0, Tokens(), 0, 0)
        found[use.model] = ModelUse(
            use.model,
            known.responses + use.responses,
            known.tokens + use.tokens,
            known.cost + use.cost,
            known.unpriced + use.unpriced,
        )
    return list(found.values())
