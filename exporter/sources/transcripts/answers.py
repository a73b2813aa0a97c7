"""Takes the lines of answers: of all lines of one response the best one, and the tools it calls.

Two thirds of the lines that are decoded pass through here, so tests come before work: what most lines lack is not
looked into.
"""

from __future__ import annotations

from exporter.domain.usage.counting import SYNTHETIC_MODEL
from exporter.domain.usage.pricing import Counts
from exporter.sources.transcripts import records
from exporter.sources.transcripts.entries import Entries
from exporter.sources.transcripts.iterations import NO_PARTS
from exporter.sources.transcripts.lines import Content, Line, Message, Usage
from exporter.sources.transcripts.records import token_counts


class Answers(Entries):
    """The part of a `Collector` for answers."""

    def _answer(self, line: Line, message: Message, session_id: str, at: int | None, raw: bytes) -> None:
        """Take a line of an answer; one that cannot be counted counts as skipped."""
        if at is None:
            self._skipped[records.reason_without_time(line)] += 1
            return
        if line.isApiErrorMessage and not self._events.add_api_error(line, message, session_id, at, raw):
            self._skipped["no_id"] += 1
        if message.content.__class__ is list:
            self._tools(message.content, session_id, at)
        usage = message.usage
        counts = token_counts(usage) if usage is not None else None
        if usage is None or counts is None or message.model == SYNTHETIC_MODEL or not (message.id or line.uuid):
            self._skipped[records.reason_to_skip(message, counts)] += 1
        elif (usage.server_tool_use is not None or line.costUSD is not None) and records.is_out_of_range(
            usage, line.costUSD
        ):
            self._skipped["out_of_range"] += 1
        else:
            self._usage(line, message, usage, counts, session_id, at)

    def _tools(self, content: list[Content], session_id: str, at: int) -> None:
        """The tools that the line calls, each with its earliest time."""
        calls = self._events.tool_calls
        for part in content:
            if part.type == "tool_use" and (tool_id := part.id):
                known = calls.get(tool_id)
                if known is None or at < known[0]:
                    calls[tool_id] = (at, session_id, part.name or "")

    def _usage(self, line: Line, message: Message, usage: Usage, counts: Counts, session_id: str, at: int) -> None:
        """Keep the line if it is the best of its response, and the earliest time of all its lines."""
        message_id, request_id, uuid = message.id or "", line.requestId or "", line.uuid or ""
        if "\0" in message_id or "\0" in request_id or "\0" in uuid:
            message_id, request_id, uuid = map(records.clean_id, (message_id, request_id, uuid))
            if not (message_id or uuid):
                self._skipped[records.reason_to_skip(message, counts)] += 1
                return
        parts, total = NO_PARTS, sum(counts)
        if usage.iterations:
            parts = self._parts(usage.iterations, counts, message.model)
            total += parts.extra_tokens
        alone = ""
        if not message_id:
            message_id = request_id = uuid
        elif not request_id:
            alone = uuid or f"@{session_id} {at} {counts[0]} {counts[2]}"
        key = (message_id, request_id, session_id, line.isSidechain is True, alone)
        stop_reason = message.stop_reason if not line.isAbortedMidStream else None
        reported = records.nano_dollars(line.costUSD) if line.costUSD is not None else None
        rank = (stop_reason is not None, total, at, uuid, -1 if reported is None else reported)
        best = self._best.get(key)
        if best is not None and rank <= best[0]:
            if at < best[1]:
                self._best[key] = (best[0], at, *best[2:])
            return
        ended_by = (line.version or "", bool(message.stop_details)) if stop_reason is not None else None
        names = (
            line.attributionSkill, line.attributionAgent, line.attributionPlugin, line.attributionMcpServer,
            line.attributionMcpTool, line.effort,
        )  # fmt: skip
        first_at = at if best is None or at < best[1] else best[1]
        self._best[key] = (rank, first_at, message.model, stop_reason, counts, usage, parts, ended_by, names)
