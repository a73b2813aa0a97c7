"""The counting rule: how the lines of a response are counted as one response.

A response is written several times: once per content block, and again in forks, replays and progress
records. The rule, in one place:

1. Lines with the same `(message_id, request_id)` are one response, across all files.
2. Lines without a request id are one response with the lines of the same message id that share
   their session or uuid; if a response with that message id and session has a request id, they
   belong to it.
3. A sidechain line that repeats a main-chain message id under another request id, or without one,
   is a replay and is not counted.
4. One of a response's lines wins and is used completely, by `rank`: main chain before sidechain, then with
   a stop reason, then the larger token sum, then the later time, then the greater uuid.
5. A response's time is the earliest of its lines. It is credited to the session with the oldest file.

Source: measured with the real client and its API; `docs/counting.md` lists the cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from exporter.domain.usage.tokens import Tokens

SYNTHETIC_MODEL = "<synthetic>"
"""The model name of the client's own texts (errors, limits); it never counts as usage."""


class Advisor(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Another model's tokens inside a response. `cost`: nano-dollars, None if unpriced."""

    model: str
    tokens: Tokens
    cost: int | None = None


def encode_advisors(advisors: Iterable[Advisor]) -> str:
    """Encode advisors as stored: JSON `[[model, [five token counts], cost or null], …]`."""
    return msgspec.json.encode(list(advisors)).decode()


decode_advisors = msgspec.json.Decoder(tuple[Advisor, ...]).decode


Rank = tuple[bool, int, int, str, int]
"""Orders the lines of one chain (rule 4); the greatest wins. Whether it has a stop reason, all tokens of the line and
its advisors, its time, its uuid, its price. Copies of a line can differ in the client's own price, which a progress
record omits: the higher price wins, and -1 means none."""


class ResponseCopy(msgspec.Struct, frozen=True, gc=False):
    """The merged lines of one response in one session and chain: the best line's rank, the earliest time."""

    id: int
    request_id: str
    conversation: int
    sidechain: bool
    rank: Rank
    first_at: int
    born_at: int
    """When its file was created, ms."""


class CountedResponse(msgspec.Struct, frozen=True, gc=False):
    """A response that counts: the copy with the winning line, the response's time, the credited conversation."""

    copy: int
    at: int
    owner: int


LineUuids = Mapping[tuple[int, bool], frozenset[str]]


def resolve_copies(copies: Sequence[ResponseCopy], uuids: LineUuids) -> list[CountedResponse]:
    """Resolve the copies of one message id into responses (rules 1 to 5).

    `uuids`: of the lines without a request id, by conversation and chain. The order of `copies` does not matter.
    """
    groups = _attach_unrequested(*_split(_without_replays(copies)), uuids)
    return [_pick_winner(group) for group in groups]


def _without_replays(copies: Sequence[ResponseCopy]) -> list[ResponseCopy]:
    """Rule 3: if a main chain has the message, keep only sidechain copies with its request ids."""
    main = {copy.request_id for copy in copies if not copy.sidechain}
    if not main:
        return list(copies)
    return [c for c in copies if not c.sidechain or (c.request_id and c.request_id in main)]


def _split(copies: Iterable[ResponseCopy]) -> tuple[list[list[ResponseCopy]], list[ResponseCopy]]:
    """The copies grouped by request id, and those without one."""
    requested: dict[str, list[ResponseCopy]] = {}
    unrequested: list[ResponseCopy] = []
    for copy in sorted(copies, key=lambda c: (c.request_id, c.conversation, c.sidechain)):
        if copy.request_id:
            requested.setdefault(copy.request_id, []).append(copy)
        else:
            unrequested.append(copy)
    return list(requested.values()), unrequested


def _attach_unrequested(
    requested: list[list[ResponseCopy]], unrequested: list[ResponseCopy], uuids: LineUuids
) -> list[list[ResponseCopy]]:
    """Rule 2. If a message has several responses in one session, the earliest main-chain response gets the lines."""
    order = sorted(requested, key=lambda g: (all(c.sidechain for c in g), min(c.first_at for c in g), g[0].request_id))
    owners = [(group, {copy.conversation for copy in group}) for group in order]
    standalone: list[list[ResponseCopy]] = []
    for linked in _group_linked(unrequested, uuids):
        sessions = {copy.conversation for copy in linked}
        owner = next((group for group, conversations in owners if conversations & sessions), None)
        if owner is None:
            standalone.append(linked)
        else:
            owner.extend(linked)
    return requested + standalone


def _group_linked(copies: list[ResponseCopy], uuids: LineUuids) -> list[list[ResponseCopy]]:
    """Group copies without a request id that share a session or a uuid (connected components)."""
    groups: list[tuple[set[object], list[ResponseCopy]]] = []
    for copy in copies:
        ties: set[object] = {copy.conversation, *uuids.get((copy.conversation, copy.sidechain), ())}
        members = [copy]
        separate = []
        for other_ties, other in groups:
            if ties & other_ties:
                ties |= other_ties
                members += other
            else:
                separate.append((other_ties, other))
        groups = [*separate, (ties, members)]
    return [members for _, members in groups]


def _pick_winner(group: list[ResponseCopy]) -> CountedResponse:
    credited = min(group, key=lambda c: (c.born_at, c.conversation))
    # With equal ranks (a fork's copy is the same line), the credited conversation's own row wins.
    best = max(group, key=lambda c: (not c.sidechain, c.rank, -c.born_at, -c.conversation))
    return CountedResponse(best.id, min(copy.first_at for copy in group), credited.conversation)
