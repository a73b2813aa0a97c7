"""The counting rule: how the lines of a response are counted as one response.

A response is written several times: once per content block, and again in forks, replays and progress
records. The rule, in one place:

1. Lines with the same `(message_id, request_id)` are one response, across all files.
2. Lines without a request id are one response if they share message id and session, their input side (input,
   cache read, cache written) is equal and no typed prompt lies between. Across sessions they are one if they
   share a uuid. If a response with that message id and session has a request id, they belong to it.
3. A sidechain line that repeats a main-chain message id under another request id, or a main-chain response
   with a request id without one, is a replay and is not counted.
4. One of a response's lines wins and is used completely, by `rank`: main chain before sidechain, then with
   a stop reason, then the larger token sum, then the later time, then the greater uuid.
5. A response's time is the earliest of its lines. It is credited to the session with the oldest file.

Source: measured with the real client and its API; relays that give every answer one message id are from
public reports; `docs/counting.md` lists the cases.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec

from exporter.domain.usage.tokens import Tokens

K = TypeVar("K", bound=Hashable)
SYNTHETIC_MODEL = "<synthetic>"
"""The model name of the client's own texts (errors, limits); it never counts as usage."""


class Extra(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Tokens billed with a response that its own counts do not include: of an advisor, of a compaction, or of an
    earlier attempt with another model. `cost`: nano-dollars, None if unpriced.
    """

    model: str
    tokens: Tokens
    cost: int | None = None


def encode_extras(extras: Iterable[Extra]) -> str | None:
    """Encode extras as stored: JSON `[[model, [five token counts], cost or null], …]`; None for none."""
    return msgspec.json.encode(found).decode() if (found := list(extras)) else None


decode_extras = msgspec.json.Decoder(tuple[Extra, ...]).decode


def encode_requests(requests: Sequence[Sequence[int]]) -> str | None:
    """Encode the token counts of a response's requests as stored: JSON `[[five token counts], …]`; None for none."""
    return msgspec.json.encode(requests).decode() if requests else None


decode_requests = msgspec.json.Decoder(tuple[tuple[int, int, int, int, int], ...]).decode


Rank = tuple[bool, int, int, str, int]
"""Orders the lines of one chain (rule 4); the greatest wins. Whether it has a stop reason, all tokens of the line and
its extras, its time, its uuid, its price. Copies of a line can differ in the client's own price, which a progress
record omits: the higher price wins, and -1 means none."""


class ResponseCopy(msgspec.Struct, frozen=True, gc=False):
    """The merged lines of one response in one session and chain: the best line's rank, the earliest time.

    Without a request id, a single line: `line` is its uuid, else ''. `input_side`: (input, cache read, cache written).
    """

    id: int
    request_id: str
    conversation: int
    sidechain: bool
    rank: Rank
    first_at: int
    born_at: int
    """When its file was created, ms."""
    line: str = ""
    input_side: tuple[int, int, int] = (0, 0, 0)


class CountedResponse(msgspec.Struct, frozen=True, gc=False):
    """A response that counts: the copy with the winning line, the response's time, the credited conversation."""

    copy: int
    at: int
    owner: int


Prompts = Mapping[int, Sequence[int]]
"""The times (ms) of the typed prompts of each conversation, in order."""


def resolve_copies(copies: Sequence[ResponseCopy], prompts: Prompts) -> list[CountedResponse]:
    """Resolve the copies of one message id into responses (rules 1 to 5).

    `prompts`: of the conversations of lines without a request id. The order of `copies` does not matter.
    """
    groups = _attach_unrequested(*_split(_without_replays(copies)), prompts)
    return [_pick_winner(group) for group in groups]


def _without_replays(copies: Sequence[ResponseCopy]) -> list[ResponseCopy]:
    """Rule 3: if a main chain has the message, keep only sidechain copies with its request ids."""
    main = {copy.request_id for copy in copies if not copy.sidechain}
    if not main:
        return list(copies)
    kept = main if main == {""} else main - {""}
    return [copy for copy in copies if not copy.sidechain or copy.request_id in kept]


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
    requested: list[list[ResponseCopy]], unrequested: list[ResponseCopy], prompts: Prompts
) -> list[list[ResponseCopy]]:
    """Rule 2. If a message has several responses in one session, the earliest main-chain response gets the lines."""
    order = sorted(requested, key=lambda g: (all(c.sidechain for c in g), min(c.first_at for c in g), g[0].request_id))
    owners = [(group, {copy.conversation for copy in group}) for group in order]
    standalone: list[list[ResponseCopy]] = []
    for linked in _group_lines(unrequested, prompts):
        sessions = {copy.conversation for copy in linked}
        owner = next((group for group, conversations in owners if conversations & sessions), None)
        if owner is None:
            standalone.append(linked)
        else:
            owner.extend(linked)
    return requested + standalone


def _pick_winner(group: list[ResponseCopy]) -> CountedResponse:
    credited = min(group, key=lambda c: (c.born_at, c.conversation))
    # With equal ranks (a fork's copy is the same line), the credited conversation's own row wins.
    best = max(group, key=lambda c: (not c.sidechain, c.rank, -c.born_at, -c.conversation))
    return CountedResponse(best.id, min(copy.first_at for copy in group), credited.conversation)


def _group_lines(lines: Iterable[ResponseCopy], prompts: Prompts) -> list[list[ResponseCopy]]:
    """Group lines of one message id without a request id into responses.

        prompt   P1                     P2
        line        a10  b99  a10          a10      two responses of 10 input tokens, one of 99

    A fork has copies of its original's lines and prompts, each prompt stored for one of them only. So until the last
    line that two sessions share, the prompts of each are the other's too.
    """
    lines = list(lines)
    times = _prompts_of(lines, prompts)
    responses = _Union(line.line for line in lines)
    first_of: dict[tuple[int, int, tuple[int, int, int]], str] = {}
    for line in lines:
        turn = bisect_right(times[line.conversation], line.first_at)
        responses.join(first_of.setdefault((line.conversation, turn, line.input_side), line.line), line.line)
    groups: dict[str, list[ResponseCopy]] = {}
    for line in lines:
        groups.setdefault(responses.root(line.line), []).append(line)
    return list(groups.values())


def _prompts_of(lines: Sequence[ResponseCopy], prompts: Prompts) -> dict[int, list[int]]:
    """The times of the prompts that each session has, with those that it copied or that were copied from it."""
    sessions: dict[str, set[int]] = {}
    for line in lines:
        sessions.setdefault(line.line, set()).add(line.conversation)
    times = {own: set(prompts.get(own, ())) for own in {line.conversation for line in lines}}
    shared_until: dict[tuple[int, int], int] = {}
    for line in lines:
        for other in sessions[line.line]:
            if other != line.conversation:
                pair = (line.conversation, other)
                shared_until[pair] = max(shared_until.get(pair, 0), line.first_at)
    for (own, other), until in shared_until.items():
        times[own].update(at for at in prompts.get(other, ()) if at <= until)
    return {conversation: sorted(found) for conversation, found in times.items()}


class _Union(Generic[K]):
    """Disjoint sets."""

    def __init__(self, items: Iterable[K]) -> None:
        self._parent = {item: item for item in items}

    def root(self, item: K) -> K:
        parent = self._parent
        while parent[item] != item:
            parent[item] = item = parent[parent[item]]
        return item

    def join(self, one: K, other: K) -> None:
        self._parent[self.root(other)] = self.root(one)
