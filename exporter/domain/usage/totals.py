"""The kept totals: what one piece of usage adds to which label sets. Values are integers, costs nano-dollars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from exporter.domain.usage.tokens import Tokens

LabelSet = tuple[str, tuple[str, ...]]
"""A family's name and its label values, in the family's order."""

LABELS: dict[str, tuple[str, ...]] = {
    "tokens": ("model", "token_type", "chain"),
    "cost": ("model", "chain"),
    "responses": ("model", "chain"),
    "unpriced_tokens": ("model",),
    "incomplete_responses": ("model",),
    "project_tokens": ("project",),
    "project_cost": ("project",),
    "prompts": (),
    "tool_calls": ("tool",),
    "api_errors": ("kind",),
    "blocks": (),
    "sessions_started": ("session_type",),
    "session_duration_bucket": ("session_type", "le"),
    "session_duration_sum": ("session_type",),
    "limit_hits": ("window",),
    "locked_out": ("window",),
    "notifications": ("kind",),
    "ingest_lines": (),
    "ingest_bytes": (),
    "ingest_skipped_lines": ("reason",),
    "ingest_file_changes": ("change",),
}
"""The families that are kept, with the names of their labels."""

USAGE_FAMILIES = frozenset(
    (
        "tokens",
        "cost",
        "responses",
        "unpriced_tokens",
        "incomplete_responses",
        "project_tokens",
        "project_cost",
    )
)
EVENT_FAMILIES = frozenset(("prompts", "tool_calls", "api_errors"))
RUN_FAMILIES = frozenset(("sessions_started", "session_duration_bucket", "session_duration_sum"))
"""Of the runs of sessions. A bucket holds the runs of its own range alone; `session_duration_sum` is ms."""


HIT_FAMILIES = frozenset(("limit_hits", "locked_out"))
"""Of limits that were reached; `locked_out` is ms."""
PAST_FAMILIES = USAGE_FAMILIES | EVENT_FAMILIES | RUN_FAMILIES | HIT_FAMILIES | {"blocks"}
"""Those whose figures the store knows of every time; the others' are of the tracker itself."""


class UsageSum(msgspec.Struct, frozen=True):
    """Usage of one model, chain and project: of one response or of many. `unpriced`: tokens without a price."""

    model: str
    chain: str
    project: str
    responses: int
    incomplete: int
    tokens: Tokens
    cost: int
    unpriced: int


FIRST_READ = 0
"""`Total.first_met_at` of what the first read found: shown with its value at once."""
UNANNOUNCED = -1
"""`Total.first_met_at` of what was met while no tracker served: the next tracker to start announces it."""


class Total(msgspec.Struct, frozen=True):
    """One label set's figures: `exact` follows corrections, `peak` never falls. `first_met_at`: ms, or below."""

    family: str
    labels: tuple[str, ...]
    exact: int
    peak: int
    first_met_at: int


def chain_label(sidechain: bool | int) -> str:
    return "subagent" if sidechain else "main"


def contributions(usage: UsageSum) -> Iterator[tuple[LabelSet, int]]:
    """What the usage adds to the totals; all token types, so that each label set begins at a known 0."""
    for token_type, count in usage.tokens.by_type().items():
        yield ("tokens", (usage.model, token_type, usage.chain)), count
    yield ("cost", (usage.model, usage.chain)), usage.cost
    yield ("responses", (usage.model, usage.chain)), usage.responses
    yield ("project_tokens", (usage.project,)), usage.tokens.total
    yield ("project_cost", (usage.project,)), usage.cost
    if usage.unpriced:
        yield ("unpriced_tokens", (usage.model,)), usage.unpriced
    if usage.incomplete:
        yield ("incomplete_responses", (usage.model,)), usage.incomplete


def sums(usages: Iterable[UsageSum]) -> dict[LabelSet, int]:
    """The contributions of all, added up."""
    found: dict[LabelSet, int] = {}
    for usage in usages:
        for label_set, value in contributions(usage):
            found[label_set] = found.get(label_set, 0) + value
    return found


def difference(after: dict[LabelSet, int], before: dict[LabelSet, int]) -> dict[LabelSet, int]:
    """What to add to get from `before` to `after`, for every label set of either."""
    return {key: after.get(key, 0) - before.get(key, 0) for key in after.keys() | before.keys()}


class ModelUse(msgspec.Struct, frozen=True):
    """What one model used, over all chains and projects. `unpriced`: tokens without a price, in no `cost`."""

    model: str
    responses: int
    tokens: Tokens
    cost: int
    unpriced: int


def by_model(parts: Iterable[UsageSum]) -> list[ModelUse]:
    """The usage summed by model label, in the order they come."""
    return merged(ModelUse(part.model, part.responses, part.tokens, part.cost, part.unpriced) for part in parts)


def merged(uses: Iterable[ModelUse]) -> list[ModelUse]:
    """The uses summed by model, in the order they come."""
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
