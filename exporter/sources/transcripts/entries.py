"""What is taken of the lines of one file so far, and the entries that are not responses: prompts and interruptions."""

from __future__ import annotations

from collections import Counter

from exporter.domain.usage.bounds import ANY_TIME, TimeBounds, due_at
from exporter.domain.usage.pricing import Counts
from exporter.sources.transcripts import records
from exporter.sources.transcripts.accumulator import Best, ConversationState, Events, Key, keep_earliest
from exporter.sources.transcripts.client_totals import client_total_in
from exporter.sources.transcripts.iterations import Parts, parts_of
from exporter.sources.transcripts.lines import Iteration, Line, Message
from exporter.sources.transcripts.prompts import identity, is_interruption, is_prompt, seems_prompt
from exporter.sources.transcripts.tool_results import ResultForm, is_rejection, learn_form


class Entries:
    """Keeps what a `Collector` takes.

    `fallback_session`: the session id from the file's name, for lines without one. `times`: which times are possible,
    and which are ahead: such lines are held, apart from all others. `agent`: the type of the subagent whose file it is,
    for lines that do not say it.
    """

    def __init__(self, fallback_session: str, times: TimeBounds = ANY_TIME, agent: str | None = None) -> None:
        self._fallback_session = fallback_session
        self._times = times
        self._agent = agent
        self._held: dict[int, list[bytes]] = {}
        self.failures: list[str] = []
        """Of lines that count as failed."""
        self._form: ResultForm | None = None
        self._seen: dict[str, ConversationState] = {}
        self._best: dict[Key, Best] = {}
        self._events = Events()
        self._skipped: Counter[str] = Counter()
        self._lines = 0

    def skip_line(self, reason: str | None) -> None:
        """Count a line that is not decoded. `reason`: why it counts as skipped; None if it has nothing to count."""
        self._lines += 1
        if reason is not None:
            self._skipped[reason] += 1

    def _parts(self, iterations: list[Iteration], counts: Counts, model: str | None) -> Parts:
        parts, bad = parts_of(iterations, counts, model)
        if bad is not None:
            self._skipped[records.reason_of_tokens(bad)] += 1
        return parts

    def _user(self, line: Line, message: Message, session_id: str, at: int | None, raw: bytes) -> ResultForm | None:
        """Take a prompt or an interruption, or learn the form of a tool's result."""
        uuid = records.clean_id(line.uuid)
        if is_prompt(line, message.content):
            self._prompt(line, identity(line), session_id, at)
            if line.sentAsUuid and uuid:
                self._events.withdrawn.add((session_id, uuid))
            return self._form
        if at is not None and (is_interruption(message.content) or is_rejection(raw)):
            if uuid:
                keep_earliest(self._events.stops, uuid, (at, session_id))
            return self._form
        if uuid and seems_prompt(line, message.content):
            self._events.withdrawn.add((session_id, uuid))
        return learn_form(raw, line) if at is not None else self._form

    def _client_total(self, session_id: str, raw: bytes) -> None:
        seen = self._seen.get(session_id)
        total = client_total_in(raw, seen.last_at if seen is not None else None)
        if total is not None:
            self._events.client_totals[session_id] = total

    def _prompt(self, line: Line, found: str | None, session_id: str, at: int | None) -> None:
        if at is None:
            self._skipped[records.reason_without_time(line)] += 1
        elif uuid := records.clean_id(found):
            keep_earliest(self._events.prompts, uuid, (at, session_id))
        else:
            self._skipped["no_id"] += 1

    def _hold(self, at: int, raw: bytes) -> bool:
        """Hold a line with a time beyond the bounds until its time has come; returns whether it ever comes."""
        if at > self._times.latest or at <= self._times.due:
            return False
        self._held.setdefault(due_at(at), []).append(raw + b"\n")
        return True
