"""The data collected from lines so far, and its conversion to the rows of a `Batch`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from exporter.domain.accounts import Owner
from exporter.domain.transcripts.batch import Batch, Row, SessionBatch
from exporter.domain.usage.activity import NO_FACTS, Conversation, SessionFacts, api_error_kind
from exporter.domain.usage.client_total import ClientTotal
from exporter.domain.usage.counting import Rank, encode_extras, encode_requests
from exporter.domain.usage.marks import clean_marks, encode_marks
from exporter.domain.usage.pricing import Counts, Price, is_in_us, price_extras, price_requests, provider_by
from exporter.sources.transcripts import records
from exporter.sources.transcripts.iterations import NO_PARTS, Parts
from exporter.sources.transcripts.lines import Line, Message, Usage
from exporter.sources.transcripts.owners import later_owner
from exporter.sources.transcripts.prompts import text_of, visible_text
from exporter.sources.transcripts.quotas import quota_in
from exporter.sources.transcripts.records import clean_id, web_searches

_ORDINARY_SPEEDS = (None, "", "standard")


Key = tuple[str, str, str, bool, str]
"""(message id, request id, session, sidechain, line): the lines of one response in one session and chain. `line`: the
uuid of a line without a request id, which is a row of its own."""
Names = tuple[str | None, str | None, str | None, str | None, str | None, str | None]
"""The marks of a line as written: skill, agent, plugin, MCP server and tool, effort."""
Best = tuple[Rank, int, str | None, str | None, Counts, Usage, Parts, tuple[str, bool] | None, Names]
"""The winning line so far, and the earliest time of all lines:
(rank, earliest time, model, stop reason, tokens by type, usage, parts, of its end the client's version and whether it
has details, marks)."""


class ConversationState(msgspec.Struct, gc=False):
    """A mutable `Conversation`, used while its lines are read."""

    first_at: int
    last_at: int
    cwd: str | None
    cwd_at: int
    entrypoint: str | None
    client_version: str | None
    git_branch: str | None

    def add_line(
        self, at: int, cwd: str | None, entrypoint: str | None, version: str | None, branch: str | None
    ) -> None:
        """Add a line of the conversation with this time."""
        if at >= self.last_at:
            self.last_at = at
            self.entrypoint = entrypoint or self.entrypoint
            self.client_version = version or self.client_version
            self.git_branch = branch or self.git_branch
        elif at < self.first_at:
            self.first_at = at
        if cwd and (at < self.cwd_at or not self.cwd or (at == self.cwd_at and cwd < self.cwd)):
            self.cwd, self.cwd_at = cwd, at

    def conversation(self, session_id: str) -> Conversation:
        return Conversation(
            session_id, self.first_at, self.last_at, self.cwd or None, self.cwd_at if self.cwd else 0,
            self.entrypoint or None, self.client_version or None, self.git_branch or None,
        )  # fmt: skip


Event = TypeVar("Event", bound=tuple[int, *tuple[object, ...]])


class Events:
    """The earliest copy of every event, by its key: time and session first, then the rest of its row."""

    def __init__(self) -> None:
        self.facts: dict[str, SessionFacts] = {}
        """Of each session that says any"""
        self.withdrawn: set[tuple[str, str]] = set()
        """(session, uuid) of the user lines that are no prompts, or repeat one"""
        self.tool_calls: dict[str, tuple[int, str, str]] = {}
        self.prompts: dict[str, tuple[int, str]] = {}
        self.api_errors: dict[str, tuple[int, str, str, str, Row | None]] = {}
        self.stops: dict[str, tuple[int, str]] = {}
        self.client_totals: dict[str, ClientTotal] = {}
        """The last of each session that has one"""
        self.owners: dict[str, list[tuple[int | None, Owner]]] = {}
        """Of each session that says it: see `SessionBatch`"""

    def add_api_error(self, line: Line, message: Message, session_id: str, at: int, raw: bytes) -> bool:
        """Returns whether it has an id."""
        uuid = records.clean_id(line.uuid)
        if uuid:
            text = visible_text(message.content)
            status = records.http_status(bytes(line.apiErrorStatus), text)
            kind = api_error_kind(text_of(bytes(line.error)) or None, status)
            keep_earliest(self.api_errors, uuid, (at, session_id, kind, text[:500], quota_in(raw)))
        return bool(uuid)

    def add_facts(self, session_id: str, facts: SessionFacts) -> None:
        self.facts[session_id] = self.facts.get(session_id, NO_FACTS).updated(facts)

    def add_owner(self, session_id: str, after: int | None, owner: Owner | None) -> None:
        """`after`: the latest time (ms) of the session's lines before."""
        if owner is None:
            return
        changes = self.owners.setdefault(session_id, [])
        known = changes[-1][1] if changes else None
        if (new := later_owner(known, owner)) != known:
            changes.append((after, new))


def keep_earliest(events: dict[str, Event], key: str, event: Event) -> None:
    """Add an event, unless there is an earlier copy of it."""
    known = events.get(key)
    if known is None or event[0] < known[0]:
        events[key] = event


def build_batch(
    states: Mapping[str, ConversationState],
    best: Mapping[Key, Best],
    events: Events,
    lines: int,
    price: Price,
    fail: Callable[[str, Exception], None],
    agent: str | None = None,
) -> Batch:
    """Convert everything to rows, by session. `fail`: called for each response that cannot be converted.

    `agent`: the type of the subagent whose file it is.
    """
    mark_of = _mark_of(agent)
    batches = {
        session_id: _empty_batch(session_id, state.conversation(session_id)) for session_id, state in states.items()
    }

    def batch_of(session_id: str) -> SessionBatch:
        return batches.get(session_id) or batches.setdefault(session_id, _empty_batch(session_id, None))

    for (message_id, request_id, session_id, sidechain, unrequested), line in best.items():
        try:
            mark = mark_of(line[-1], sidechain)
            _add_response(batch_of(session_id), message_id, request_id, sidechain, unrequested, line, mark, price)
        except Exception as error:  # noqa: BLE001 - whatever a response causes, the others count
            fail(f"the response {message_id[:80]!r}", error)
    for session_id, uuid in events.withdrawn:
        batch_of(session_id).withdrawn.append(uuid)
    for uuid, (at, session_id) in events.prompts.items():
        batch_of(session_id).prompts.append((uuid, at))
    for tool_id, (at, session_id, name) in events.tool_calls.items():
        if kept := clean_id(tool_id):
            batch_of(session_id).tool_calls.append((kept, at, name))
    for uuid, (at, session_id, *kind_text_quota) in events.api_errors.items():
        batch_of(session_id).api_errors.append((uuid, at, *kind_text_quota))
    for uuid, (at, session_id) in events.stops.items():
        batch_of(session_id).stops.append((uuid, at))
    for session_id, facts in events.facts.items():
        batches[session_id] = replace(batch_of(session_id), facts=facts)
    for session_id, total in events.client_totals.items():
        batches[session_id] = replace(batch_of(session_id), client_total=total)
    for session_id, owners in events.owners.items():
        batch_of(session_id).owners.extend(owners)
    return Batch(list(batches.values()), {}, lines)


def _mark_of(agent: str | None) -> Callable[[Names, bool], str | None]:
    @cache
    def mark_of(names: Names, sidechain: bool) -> str | None:
        marks = clean_marks(*names)
        if sidechain and agent is not None and marks.agent is None:
            marks = replace(marks, agent=agent)
        return encode_marks(marks)

    return mark_of


def _empty_batch(session_id: str, conversation: Conversation | None) -> SessionBatch:
    return SessionBatch(session_id, conversation, [], [], [], [], [], [], [], [])


def _add_response(
    session_batch: SessionBatch,
    message_id: str,
    request_id: str,
    sidechain: bool,
    unrequested: str,
    best: Best,
    mark: str | None,
    price: Price,
) -> None:
    (_, total, at, uuid, reported), first_at, model, stop_reason, counts, usage, parts, ended_by, _ = best
    reported_cost = reported if reported >= 0 else None
    model, speed = model or "unknown", usage.speed
    searches = web_searches(usage) if usage.server_tool_use is not None else 0
    geo = usage.inference_geo if is_in_us(usage.inference_geo) else None
    provider = provider_by(price)(model)
    doubt = _note_end(session_batch, *ended_by, provider) if ended_by is not None else None
    cost = reported_cost
    if reported_cost is None and parts.requests:
        cost = price_requests(price, model, at, speed, parts.requests, searches, geo)
    elif reported_cost is None:
        cost = price(model, at, speed, counts, searches, geo)
    row = (
        message_id, request_id, 1 if sidechain else 0, unrequested, total, at, uuid, model, stop_reason, doubt,
        *counts, cost, first_at, mark,
    )  # fmt: skip
    is_plain = reported_cost is None and geo is None and provider is None
    if is_plain and speed in _ORDINARY_SPEEDS and not searches and parts is NO_PARTS:
        session_batch.responses.append(row)
        return
    extras = encode_extras(price_extras(parts.extras, model, at, speed, reported_cost, price, geo))
    requests = encode_requests(parts.requests)
    session_batch.rare_responses.append((*row, speed, searches, reported_cost, extras, requests, geo, provider))


def _note_end(session_batch: SessionBatch, version: str, has_details: bool, provider: str | None) -> str | None:
    """The doubt about an end: the client's version, and another provider, where it has no details."""
    writer = f"{version} {provider}" if provider is not None else version
    if not has_details:
        return writer
    if writer not in session_batch.detailed:
        session_batch.detailed.append(writer)
    return None
