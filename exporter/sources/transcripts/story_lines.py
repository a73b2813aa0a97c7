"""Takes from the lines of a session's files what the store does not keep: failed calls, compactions, first lines.

Keeps only what was asked for by id, so that the memory is bounded. A line that is not JSON, or has another form, is
skipped.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Any

import msgspec

from exporter.domain.calendar.timestamp import parse
from exporter.domain.sessions.story.parts import ResponseKey, Wanted
from exporter.domain.sessions.story.story import Compaction
from exporter.domain.text import first_line
from exporter.domain.usage.counting import SYNTHETIC_MODEL
from exporter.sources.transcripts.prompts import typed_text
from exporter.sources.transcripts.records import clean_id
from exporter.sources.transcripts.torn import split as split_torn

MAX_TEXT = 200
"""Characters of a first line."""
MAX_NAME = 80
_MARKED = re.compile(rb'"(?:compact_boundary"|is_error"\s*:\s*true)')
_RESULT = b'"tool_result"'
_TEXT_MARKS = (b'"user"', b'"assistant"', b'"queued_command"')

Json = Any
Record = dict[str, Json]
_decode = msgspec.json.Decoder().decode


class StoryLines:
    """Takes the lines of all files of a session, the main conversation's and its subagents'."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self.failed: set[str] = set()
        self.compactions: dict[str, Compaction] = {}
        self.prompts: dict[int, str] = {}
        self._answers: dict[int, tuple[int, str]] = {}

    @property
    def answers(self) -> dict[int, str]:
        return {number: text for number, (_, text) in self._answers.items()}

    def take(self, buffer: bytes, start: int) -> int:
        while (end := buffer.find(b"\n", start)) >= 0:
            self._take_line(buffer[start:end])
            start = end + 1
        return start

    def skip_line(self, reason: str | None) -> None:
        pass

    def _take_line(self, raw: bytes) -> None:
        if self._is_of_use(raw):
            for record in records_in(raw):
                self._take_record(record)

    def _is_of_use(self, raw: bytes) -> bool:
        """Whether to decode the line. Most are results of calls that did not fail, and nothing else is in them."""
        if _MARKED.search(raw) is not None:
            return True
        return self._wanted.texts and _RESULT not in raw and any(mark in raw for mark in _TEXT_MARKS)

    def _take_record(self, record: Record) -> None:
        session_id = record.get("sessionId") or record.get("session_id") or self._wanted.session_id
        if session_id != self._wanted.session_id:
            return
        self._take_own(record)

    def _take_own(self, record: Record) -> None:
        kind = record.get("type")
        if kind == "system":
            self._take_compaction(record)
        elif kind == "user":
            self._take_results(record)
        if not self._wanted.texts or record.get("isSidechain") is True:
            return
        if kind == "user":
            self._take_prompt(record.get("sentAsUuid") or record.get("uuid"), _content(record))
        elif kind == "attachment" and isinstance(queued := record.get("attachment"), dict):
            self._take_prompt(queued.get("source_uuid") or record.get("uuid"), queued.get("prompt"))
        elif kind == "assistant":
            self._take_answer(record)

    def _take_compaction(self, record: Record) -> None:
        uuid, at = text_in(record, "uuid"), time_of(record)
        if record.get("subtype") != "compact_boundary" or uuid is None or at is None or at < self._wanted.since:
            return
        metadata = record.get("compactMetadata")
        details = metadata if isinstance(metadata, dict) else {}
        trigger, before = text_in(details, "trigger"), details.get("preTokens")
        is_count = type(before) is int and before >= 0
        found = Compaction(at, first_line(trigger, MAX_NAME) if trigger else None, before if is_count else None)
        self.compactions.setdefault(uuid, found)

    def _take_results(self, record: Record) -> None:
        for part in parts_of(_content(record)):
            if part.get("type") == "tool_result" and part.get("is_error") is True:
                call = clean_id(text_in(part, "tool_use_id"))
                if call in self._wanted.calls:
                    self.failed.add(call)

    def _take_prompt(self, uuid: Json, content: Json) -> None:
        number = self._wanted.prompts.get(clean_id(uuid)) if isinstance(uuid, str) else None
        if number is not None and (text := first_line(typed_text(texts_in(content)), MAX_TEXT)):
            self.prompts.setdefault(number, text)

    def _take_answer(self, record: Record) -> None:
        at, message = time_of(record), record.get("message")
        if at is None or not isinstance(message, dict) or record.get("isApiErrorMessage") is True:
            return
        number = bisect_right(self._wanted.starts, at) - 1
        texts = [text for text in texts_in(message.get("content")) if text.strip()]
        if number < 0 or not texts or message.get("model") == SYNTHETIC_MODEL:
            return
        if number not in self._answers or at >= self._answers[number][0]:
            self._answers[number] = at, first_line(texts[-1], MAX_TEXT)


class AgentLines(StoryLines):
    """Takes the lines of one subagent. What else they say goes to `story`."""

    def __init__(self, wanted: Wanted, story: StoryLines) -> None:
        super().__init__(msgspec.structs.replace(wanted, texts=False))
        self.failed, self.compactions = story.failed, story.compactions
        self.started_at: int | None = None
        self.ended_at: int | None = None
        self.responses: set[ResponseKey] = set()

    def _take_line(self, raw: bytes) -> None:
        for record in records_in(raw):
            self._take_record(record)

    def _take_own(self, record: Record) -> None:
        super()._take_own(record)
        if (at := time_of(record)) is not None:
            self.started_at = at if self.started_at is None else min(at, self.started_at)
            self.ended_at = at if self.ended_at is None else max(at, self.ended_at)
        if record.get("type") == "assistant" and (key := _key(record)) in self._wanted.responses:
            self.responses.add(key)


def _key(record: Record) -> ResponseKey:
    """As the store has it."""
    message = record.get("message")
    message_id = clean_id(text_in(message, "id")) if isinstance(message, dict) else ""
    request_id, uuid = clean_id(text_in(record, "requestId")), clean_id(text_in(record, "uuid"))
    if not message_id:
        return uuid, uuid, ""
    return message_id, request_id, "" if request_id else uuid


def records_in(raw: bytes) -> list[Record]:
    """The JSON objects of a line: one, or the whole ones in a torn line."""
    if (found := _record(raw.removeprefix(b"\xef\xbb\xbf"))) is not None:
        return [found]
    records = (_record(part) for part in split_torn(raw).records)
    return [record for record in records if record is not None]


def _record(raw: bytes) -> Record | None:
    try:
        value = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        try:
            value = json.loads(raw.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return None
    except RecursionError:
        return None
    return value if isinstance(value, dict) else None


def time_of(record: Record) -> int | None:
    stamp = record.get("timestamp")
    return parse(stamp) if isinstance(stamp, str) else None


def text_in(record: Record, key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) else None


def _content(record: Record) -> Json:
    message = record.get("message")
    return message.get("content") if isinstance(message, dict) else None


def parts_of(content: Json) -> list[Record]:
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def texts_in(content: Json) -> list[str]:
    """The content itself, or its text parts."""
    if isinstance(content, str):
        return [content]
    return [text for part in parts_of(content) if part.get("type") == "text" and (text := text_in(part, "text"))]
