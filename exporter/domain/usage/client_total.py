"""The client's own running total of a session, and what it has more than the session's entries.

The client writes it now and then, and at the end; the last one holds. It counts what is never written to a transcript:
compaction, questions aside, calls within a web search. A session that goes on from another carries its total on, and
then has the same start. Source: measured with the client 2.1.332 against its API's log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from exporter.domain.usage.families import FAMILIES

TYPES = ("input", "output", "cache_read", "cache_write")
"""The token types that are compared: some clients do not say for how long they write to the cache."""

Counts = tuple[int, int, int, int]
"""Tokens by these types."""
NOTHING: Counts = (0, 0, 0, 0)


class Use(msgspec.Struct, frozen=True, array_like=True):
    """Tokens by type, and cost in nano-dollars; None if some of it has no price."""

    tokens: Counts = NOTHING
    cost: int | None = 0

    def __add__(self, other: Use) -> Use:
        known = self.cost is not None and other.cost is not None
        return Use(_add(self.tokens, other.tokens), (self.cost or 0) + (other.cost or 0) if known else None)

    def less(self, other: Use) -> Use:
        """What is left of it, which can be less than nothing."""
        known = self.cost is not None and other.cost is not None
        cost = (self.cost or 0) - (other.cost or 0) if known else None
        return Use(_add(self.tokens, other.tokens, -1), cost)


UseByModel = Mapping[str, Use]


class ClientTotal(msgspec.Struct, frozen=True, array_like=True):
    """The last total of a session. `at`: the latest time (ms) of its lines before; None if there was none in the batch.

    `started_at`: of the client, ms. `cost`: nano-dollars. `models`: by name as written.
    """

    at: int | None
    started_at: int
    cost: int
    models: dict[str, Use]


class Unwritten(msgspec.Struct, frozen=True):
    """What no transcript holds, by model label, of the `with_total` sessions that are over and have a total.

    `sessions`: all that are over and have responses.
    """

    models: UseByModel = {}
    with_total: int = 0
    sessions: int = 0

    @property
    def total(self) -> Use:
        return sum(self.models.values(), Use())

    @property
    def known_ratio(self) -> float | None:
        """The share of sessions with a total; None without sessions."""
        return self.with_total / self.sessions if self.sessions else None


class SessionTotal(msgspec.Struct, frozen=True):
    """A session's total, and what its file holds since its client started. Costs in nano-dollars.

    `is_priced`: whether all of that has a price. `unwritten`: by model label, without what the session before it lacks.
    """

    reported: int
    held: int
    is_priced: bool
    unwritten: UseByModel


class Response(NamedTuple):
    """One in a session's file, its extras included, by model label. `owner`: the session it is credited to."""

    owner: int
    at: int
    use: UseByModel


class Session(NamedTuple):
    """A session's total by model label, and the responses in its file since its client started."""

    id: int
    total: UseByModel
    responses: Sequence[Response]


def compare_related(sessions: Sequence[Session]) -> dict[int, dict[str, Use]]:
    """What is not written of each of the sessions whose clients have one start, by model.

    A fork carries the total of the session that it goes on from, and copies its responses: what that one lacks is not
    the fork's. Without any copy, all of the total before is taken off.
    """
    missing = {one.id: difference(one.total, add_up(response.use for response in one.responses)) for one in sessions}
    found = {}
    in_order = sorted(sessions, key=lambda one: (min((each.at for each in one.responses), default=0), one.id))
    for place, one in enumerate(in_order):
        copied = [each for each in one.responses if each.owner != one.id and each.owner in missing]
        lacking: UseByModel = missing[one.id]
        if copied:
            before = max(copied, key=lambda each: (each.at, each.owner)).owner
            lacking = difference(lacking, unwritten(missing[before]))
        elif place and not _is_copied(one.id, in_order):
            lacking = difference(lacking, in_order[place - 1].total)
        found[one.id] = unwritten(lacking)
    return found


def _is_copied(session: int, sessions: Sequence[Session]) -> bool:
    return any(each.owner == session for one in sessions if one.id != session for each in one.responses)


def difference(total: UseByModel, other: UseByModel) -> dict[str, Use]:
    """What the first has more than the second, by model; less than nothing where the second has more."""
    return {model: total.get(model, Use()).less(other.get(model, Use())) for model in total.keys() | other.keys()}


def unwritten(missing: UseByModel) -> dict[str, Use]:
    """What is not written, by model, from what is missing by model label. Never less than nothing.

    The sum over the models decides, since one model can have two names: what one name has too little, another has too
    much, first of the same family.

    >>> unwritten({"a": Use((5, 0, 0, 0)), "b": Use((-3, 0, 0, 0))})["a"].tokens
    (2, 0, 0, 0)
    """
    counts = {model: [*use.tokens, (use.cost or 0) if use.tokens != NOTHING else 0] for model, use in missing.items()}
    for place in range(len(TYPES) + 1):
        _settle({model: own for model, own in counts.items() if own[place]}, place)
    found: dict[str, Use] = {}
    for model, own in counts.items():
        tokens: Counts = (max(own[0], 0), max(own[1], 0), max(own[2], 0), max(own[3], 0))
        if tokens != NOTHING:
            found[model] = Use(tokens, max(own[4], 0))
    return found


def _settle(counts: Mapping[str, list[int]], place: int) -> None:
    """Take what is below zero from the others, which end at zero or above if there is enough."""
    short = sorted(model for model, own in counts.items() if own[place] < 0)
    for model in short:
        others = sorted(
            (other for other, own in counts.items() if own[place] > 0),
            key=lambda other: (_family(other) != _family(model), -counts[other][place], other),
        )
        for other in others:
            moved = min(counts[other][place], -counts[model][place])
            counts[other][place] -= moved
            counts[model][place] += moved


def _family(model: str) -> str:
    return next((family for family in FAMILIES if family in model), model)


def add_up(uses: Iterable[UseByModel]) -> dict[str, Use]:
    """The sum by model."""
    found: dict[str, Use] = {}
    for use in uses:
        for model, own in use.items():
            found[model] = found.get(model, Use()) + own
    return found


def _add(one: Counts, other: Counts, sign: int = 1) -> Counts:
    return (
        one[0] + sign * other[0],
        one[1] + sign * other[1],
        one[2] + sign * other[2],
        one[3] + sign * other[3],
    )
