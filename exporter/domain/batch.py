"""What a run of lines told, merged as far as the lines alone allow it, ready to be stored."""

from __future__ import annotations

from collections import Counter

import msgspec

from exporter.domain.activity import ApiError, Conversation, Prompt, ToolCall
from exporter.domain.usage import ResponseLine


class BestLine(msgspec.Struct, gc=False):
    """The winning line so far of one response in one session and chain, and its earliest time (ms)."""

    line: ResponseLine
    rank: str
    first_at: int


class Seen(msgspec.Struct, gc=False):
    """A `Conversation` while its lines are read, changed in place: this happens at every line."""

    first_at: int
    last_at: int
    cwd: str | None
    cwd_at: int
    entrypoint: str | None
    client_version: str | None
    git_branch: str | None


class Batch:
    """Collects records. Each is there once: of a response the best line, of an event the earliest copy."""

    def __init__(self) -> None:
        self.responses: dict[tuple[str, str, str, bool], BestLine] = {}
        self.unrequested: set[tuple[str, str, str, bool]] = set()
        """(message id, uuid, session id, sidechain) of the lines without request id."""
        self.prompts: dict[str, Prompt] = {}
        self.tool_calls: dict[str, ToolCall] = {}
        self.api_errors: dict[str, ApiError] = {}
        self._seen: dict[str, Seen] = {}
        self.skipped: Counter[str] = Counter()
        self.lines = 0

    def skip(self, reason: str) -> None:
        self.skipped[reason] += 1

    def see(
        self,
        session_id: str,
        at: int,
        cwd: str | None,
        entrypoint: str | None,
        client_version: str | None,
        git_branch: str | None,
    ) -> None:
        """A line of the conversation at this time."""
        seen = self._seen.get(session_id)
        if seen is None:
            self._seen[session_id] = Seen(at, at, cwd, at, entrypoint, client_version, git_branch)
            return
        if cwd and (not seen.cwd or (at, cwd) < (seen.cwd_at, seen.cwd)):
            seen.cwd, seen.cwd_at = cwd, at
        if at >= seen.last_at:
            seen.last_at = at
            seen.entrypoint = entrypoint or seen.entrypoint
            seen.client_version = client_version or seen.client_version
            seen.git_branch = git_branch or seen.git_branch
        elif at < seen.first_at:
            seen.first_at = at

    def conversations(self) -> list[Conversation]:
        """What the lines told of each conversation they name."""
        return [
            Conversation(
                session_id, seen.first_at, seen.last_at, seen.cwd or None, seen.cwd_at if seen.cwd else 0,
                seen.entrypoint or None, seen.client_version or None, seen.git_branch or None,
            )
            for session_id, seen in self._seen.items()
        ]  # fmt: skip

    def add_response(self, line: ResponseLine) -> None:
        rank = line.rank()
        best = self.responses.get(line.key)
        if best is None:
            self.responses[line.key] = BestLine(line, rank, line.at)
        else:
            best.first_at = min(best.first_at, line.at)
            if rank > best.rank:
                best.line, best.rank = line, rank
        if not line.request_id and line.uuid:
            self.unrequested.add((line.message_id, line.uuid, line.session_id, line.sidechain))

    def add_prompt(self, prompt: Prompt) -> None:
        known = self.prompts.get(prompt.uuid)
        if known is None or prompt.at < known.at:
            self.prompts[prompt.uuid] = prompt

    def add_tool_call(self, call: ToolCall) -> None:
        known = self.tool_calls.get(call.id)
        if known is None or call.at < known.at:
            self.tool_calls[call.id] = call

    def add_api_error(self, error: ApiError) -> None:
        known = self.api_errors.get(error.uuid)
        if known is None or error.at < known.at:
            self.api_errors[error.uuid] = error
