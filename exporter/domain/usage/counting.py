"""The counting rule: what makes one response of the lines that tell it.

A response is written several times: once per content block, again in forks, replays and progress
records. The rule that makes one response of them, in one place:

1. Lines of one `(message_id, request_id)` are one response, over all files.
2. Lines without a request id are one response with the lines of the same message id that share
   their session or their uuid; where a response of that message id and session has a request id,
   they belong to it.
3. A sidechain line that repeats a main-chain message id under another request id, or under none,
   is a replay and is not counted.
4. Of a response's lines one wins as a whole, by `rank`: main chain before sidechain, then with a stop
   reason, then the larger token sum, then the later time, then the greater uuid.
5. A response's time is the earliest of its lines. It is credited to the session whose file was born first.

Source: measured on the real client and its API; `docs/counting.md` tells the cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from exporter.domain.usage.tokens import Tokens

SYNTHETIC_MODEL = "<synthetic>"
"""The model name of the client's own texts (errors, limits); never usage."""


class Advisor(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A further model's tokens inside a response. `cost`: nano-dollars, None where unpriced."""

    model: str
    tokens: Tokens
    cost: int | None = None


def encode_advisors(advisors: Iterable[Advisor]) -> str:
    """As the store keeps them: JSON `[[model, [five token counts], cost or null], …]`."""
    return msgspec.json.encode(list(advisors)).decode()


decode_advisors = msgspec.json.Decoder(tuple[Advisor, ...]).decode


Rank = tuple[bool, int, int, str, int]
"""Orders the lines of one chain (rule 4), greatest wins: whether it has a stop reason, all tokens of the line and
its advisors, its time, its uuid. Copies of one line can differ in the client's own price, which a progress record
leaves out: the dearer wins, and -1 is none."""


class ResponseCopy(msgspec.Struct, frozen=True, gc=False):
    """The lines of one response seen in one session and chain, merged: its best line's rank, its earliest time."""

    id: int
    request_id: str
    conversation: int
    sidechain: bool
    rank: Rank
    first_at: int
    born_at: int
    """When the file it stood in was born, ms."""


class CountedResponse(msgspec.Struct, frozen=True, gc=False):
    """A response that counts: the copy whose line won, the response's time, the conversation credited."""

    copy: int
    at: int
    owner: int


LineUuids = Mapping[tuple[int, bool], frozenset[str]]


def resolve_copies(copies: Sequence[ResponseCopy], uuids: LineUuids) -> list[CountedResponse]:
    """The responses that the copies of one message id amount to (rules 1 to 5).

    `uuids`: those of the lines without request id, by conversation and chain. The order of `copies` does not matter.
    """
    groups = _attach(*_split(_without_replays(copies)), uuids)
    return [_count(group) for group in groups]


def _without_replays(copies: Sequence[ResponseCopy]) -> list[ResponseCopy]:
    """Rule 3: where a main chain has the message, only sidechain copies under its request ids stay."""
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


def _attach(
    requested: list[list[ResponseCopy]], unrequested: list[ResponseCopy], uuids: LineUuids
) -> list[list[ResponseCopy]]:
    """Rule 2. Where a message has several responses in one session, the earliest main-chain one takes them."""
    order = sorted(requested, key=lambda g: (all(c.sidechain for c in g), min(c.first_at for c in g), g[0].request_id))
    homes = [(group, {copy.conversation for copy in group}) for group in order]
    alone: list[list[ResponseCopy]] = []
    for linked in _linked(unrequested, uuids):
        sessions = {copy.conversation for copy in linked}
        home = next((group for group, theirs in homes if theirs & sessions), None)
        if home is None:
            alone.append(linked)
        else:
            home.extend(linked)
    return requested + alone


def _linked(copies: list[ResponseCopy], uuids: LineUuids) -> list[list[ResponseCopy]]:
    """Copies without request id, those that share a session or a uuid together (connected components)."""
    groups: list[tuple[set[object], list[ResponseCopy]]] = []
    for copy in copies:
        ties: set[object] = {copy.conversation, *uuids.get((copy.conversation, copy.sidechain), ())}
        members = [copy]
        apart = []
        for other_ties, other in groups:
            if ties & other_ties:
                ties |= other_ties
                members += other
            else:
                apart.append((other_ties, other))
        groups = [*apart, (ties, members)]
    return [members for _, members in groups]


def _count(group: list[ResponseCopy]) -> CountedResponse:
    credited = min(group, key=lambda c: (c.born_at, c.conversation))
    # Of equal ranks (a fork's copy is the same line) the credited conversation's own row stands.
    best = max(group, key=lambda c: (not c.sidechain, c.rank, -c.born_at, -c.conversation))
    return CountedResponse(best.id, min(copy.first_at for copy in group), credited.conversation)
