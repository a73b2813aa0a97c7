"""Collects the data in the lines of one file: responses, prompts, tool calls, API errors, conversations.

Every line passes through here, so this is the program's innermost loop: code that runs for each line is optimized
for speed, code that runs once per response or file for readability. Lines that cannot be counted count as skipped.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from exporter.domain.calendar.timestamp import parse
from exporter.domain.transcripts.batch import Batch, Held
from exporter.domain.usage.pricing import Price
from exporter.sources.transcripts import records
from exporter.sources.transcripts.accumulator import ConversationState, build_batch
from exporter.sources.transcripts.answers import Answers
from exporter.sources.transcripts.client_totals import TOTAL_LINE
from exporter.sources.transcripts.facts import FACT_LINES, facts_in
from exporter.sources.transcripts.lines import Line, Progress
from exporter.sources.transcripts.lines import decode as decode_line
from exporter.sources.transcripts.owners import CREDENTIAL, MAX_BYTES, OWNER_LINES, owner_in
from exporter.sources.transcripts.prompts import QUEUED, queued_prompt
from exporter.sources.transcripts.tool_results import HEAD_OFFSET, NO_HEAD
from exporter.sources.transcripts.torn import split as split_torn


class Collector(Answers):
    """Takes the lines of one file, and returns their data as a `Batch`.

    `fallback_session`: the session id from the file's name, for lines without one. `times`: which times are possible,
    and which are ahead: such lines are held, apart from all others. `agent`: the type of the subagent whose file it is,
    for lines that do not say it.
    """

    def take(self, buffer: bytes, start: int) -> int:
        """Take every complete line in `buffer` from `start` on. Returns the offset after the last newline.

        After an unexpected error, the lines are taken again one by one, without the one that caused it.
        """
        skipped, held = self._skipped.copy(), {due: len(lines) for due, lines in self._held.items()}
        form, seen = self._form, {session_id: replace(state) for session_id, state in self._seen.items()}
        owners = {session_id: list(changes) for session_id, changes in self._events.owners.items()}
        try:
            return self._take(buffer, start)
        except Exception:  # noqa: BLE001 - whatever a line causes, the others count
            self._skipped, self._form, self._seen, self._events.owners = skipped, form, seen, owners
            self._held = {due: self._held[due][:count] for due, count in held.items()}
            return self._take_one_by_one(buffer, start)

    def _take_one_by_one(self, buffer: bytes, start: int) -> int:
        while end := buffer.find(b"\n", start) + 1:
            try:
                self._take(buffer[start:end], 0)
            except Exception as error:  # noqa: BLE001 - a line's boundary: counted and reported
                self._lines += 1
                self._fail(f"a line of {end - start} bytes", error)
            start = end
        return start

    def _fail(self, what: str, error: Exception) -> None:
        self._skipped["failed"] += 1
        self.failures.append(f"{what}: {error!r:.200}")

    def _take(self, buffer: bytes, start: int) -> int:  # noqa: PLR0912 - one loop over lines, in their order
        """The same: the innermost loop.

        For each line: pass over a tool's result, of which only the time matters, without decoding it; decode any other,
        follow its conversation, and pass it to what takes its kind. Figures: CPU of reading 1 GB, measured in turn.
        """
        conversations = self._seen
        earliest, due, _ = self._times
        form = self._form
        head, head_offset = (form.head, HEAD_OFFSET) if form is not None else (NO_HEAD, 0)
        lines = 0
        while (end := buffer.find(b"\n", start)) >= 0:
            lines += 1
            # Half of all bytes are tools' results. To decode them, too, would take 1.36 times as long in all.
            if buffer.startswith(head, start + head_offset) and form is not None:
                at = form.time_of(buffer, start, end)
                if at is not None and earliest <= at <= due:
                    conversations[form.session_id].add_line(at, form.cwd, form.entrypoint, form.version, form.branch)
                    start = end + 1
                    continue
            raw = buffer[start:end]
            start = end + 1
            try:
                line = decode_line(raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                retried = self._retry_decode(raw)
                if retried is None:
                    form = self._form  # of whole records in a torn line
                    head, head_offset = (form.head, HEAD_OFFSET) if form is not None else (NO_HEAD, 0)
                    continue
                line = retried

            session_id = line.sessionId or line.session_id or self._fallback_session
            at = parse(line.timestamp) if line.timestamp is not None else None
            if at is not None and not earliest <= at <= due:
                if self._hold(at, raw):
                    continue
                at = None
            before = None
            if at is not None:
                seen = conversations.get(session_id)
                if seen is None:
                    seen = conversations[session_id] = ConversationState(at, at, None, at, None, None, None)
                else:
                    before = seen.last_at
                seen.add_line(at, line.cwd, line.entrypoint, line.version, line.gitBranch)

            if line.type == "assistant" and line.message is not None:
                self._answer(line, line.message, session_id, at, raw)  # a call costs less than can be measured
            elif line.type == "user" and line.message is not None:
                form = self._form = self._user(line, line.message, session_id, at, raw)
                head, head_offset = (form.head, HEAD_OFFSET) if form is not None else (NO_HEAD, 0)
            elif line.type == "progress" and line.data is not None:
                self._progress(line.data, session_id, raw)
            elif line.message is None:
                self._note(line, session_id, at, before, raw)
        self._lines += lines
        return start

    def _progress(self, data: Progress, session_id: str, raw: bytes) -> None:
        """Take what a subagent answered, in a line of the session that started it."""
        if data.type != "agent_progress":
            return
        line = records.sidechain_line(data)
        at = parse(line.timestamp) if line.timestamp is not None else None
        earliest, due, _ = self._times
        if at is not None and not earliest <= at <= due:
            if self._hold(at, raw):
                return
            at = None
        if line.message is not None:
            self._answer(line, line.message, session_id, at, raw)

    def _note(self, line: Line, session_id: str, at: int | None, before: int | None, raw: bytes) -> None:
        """Take a line without a message. `before`: the latest time (ms) of the session's lines before it."""
        kind = line.type
        if kind == "attachment" and QUEUED in raw:
            if (queued := queued_prompt(line, raw)) is not None:
                self._prompt(line, queued, session_id, at)
        elif kind in FACT_LINES:
            self._events.add_facts(session_id, facts_in(raw))
        elif kind == TOTAL_LINE:
            self._client_total(session_id, raw)
        elif kind in OWNER_LINES and (kind != "attachment" or raw.find(CREDENTIAL, 0, MAX_BYTES) > 0):
            if at is None:
                before = self._seen[session_id].last_at if session_id in self._seen else None
            self._events.add_owner(session_id, before, owner_in(raw))

    def _retry_decode(self, raw: bytes) -> Line | None:
        """The line; of a torn one, each whole record is taken and the rest counted."""
        line = records.decode(raw)
        if line is None and not records.is_blank(raw):
            torn = split_torn(raw)
            self._take(b"".join(record + b"\n" for record in torn.records), 0)
            self._lines -= len(torn.records)
            if torn.has_rest:
                self._skipped["malformed"] += 1
        return line

    def take_unended(self, raw: bytes) -> int:
        """Take the whole records of a last line without a newline. Returns how many bytes were taken."""
        if records.decode(raw) is not None:
            self.take(raw + b"\n", 0)
            return len(raw)
        torn = split_torn(raw)
        self.take(b"".join(record + b"\n" for record in torn.records), 0)
        return torn.end

    def batch(self, price: Price) -> Batch:
        """Return everything taken, with prices."""
        held = [self._held_batch(due, lines, price) for due, lines in sorted(self._held.items())]
        batch = build_batch(self._seen, self._best, self._events, self._lines, price, self._fail, self._agent)
        skipped = dict(self._skipped)  # after pricing, which may fail
        return replace(batch, skipped=skipped, held=held)

    def _held_batch(self, due: int, lines: list[bytes], price: Price) -> Held:
        collector = Collector(self._fallback_session, self._times._replace(due=self._times.latest), self._agent)
        collector.take(b"".join(lines), 0)
        batch = collector.batch(price)
        self._skipped.update(batch.skipped)
        self.failures += collector.failures
        return Held(due, batch.sessions)
