"""Makes transcript trees of any size: the mix of lines, lengths and copies that real ones show.

The same size and seed give the same tree, so it is made once and kept in the work folder.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from exporter.domain.calendar.timestamp import parse, to_iso

MODELS = ("claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001")
TOOLS = ("Bash", "Edit", "Read", "Write", "Grep")
WORDS = (
    "return",
    "import",
    "value",
    "token",
    "stream",
    "session",
    "parse",
    "test",
    "file",
    "self",
    "error",
    "é→✓",
    "\n",
)
START = 1_790_000_000_000
"""The first session's time, ms (2026-09-21)."""
_DAY = 86_400_000
SPAN = 60 * _DAY
Json = dict[str, Any]


def envelope_of(session: str, cwd: str, *, sidechain: bool) -> Json:
    return {
        "isSidechain": sidechain, "userType": "external", "cwd": cwd, "sessionId": session, "version": "2.1.39",
        "gitBranch": "main",
    }  # fmt: skip


class Writer:
    """Writes conversations; all randomness comes from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.text = " ".join(self.random.choices(WORDS, k=400_000))

    def words(self, length: int) -> str:
        offset = self.random.randrange(len(self.text) - length)
        return self.text[offset : offset + length]

    def key(self, prefix: str) -> str:
        return f"{prefix}{self.random.getrandbits(120):030x}"

    def uuid(self) -> str:
        key = f"{self.random.getrandbits(128):032x}"
        return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"

    def length(self, middle: float, spread: float, most: int) -> int:
        """A length as texts have them: many short, few very long (log-normal)."""
        return min(most, int(self.random.lognormvariate(middle, spread)) + 40)

    def conversation(self, session: str, cwd: str, at: int, turns: int, agent: str | None = None) -> Iterator[bytes]:
        """The lines of a session or, with `agent`, of a subagent."""
        model = self.random.choices(MODELS, (50, 35, 15))[0]
        context = self.random.randrange(12_000, 40_000)
        for _ in range(turns):
            envelope = envelope_of(session, cwd, sidechain=agent is not None)
            at += self.random.randrange(2_000, 60_000)
            yield self.line(envelope, "user", at, self.question())
            written = self.length(7, 1, 30_000)
            for message in self.answer(model, context, written):
                at += self.random.randrange(300, 5_000)
                yield self.line(envelope, "assistant", at, message)
            context = context + written if context < 160_000 else 30_000

    def line(self, envelope: Json, kind: str, at: int, body: Json) -> bytes:
        """In the order of keys that the client writes."""
        record = {"parentUuid": self.uuid(), **envelope}
        if kind == "user":
            record |= {"type": kind, "message": body["message"], "uuid": self.uuid(), "timestamp": to_iso(at)}
        else:
            record |= {**body, "type": kind, "uuid": self.uuid(), "timestamp": to_iso(at)}
        return msgspec.json.encode(record | body)

    def question(self) -> Json:
        """A prompt, or more often a tool's result, which is where most of the bytes are."""
        if self.random.random() < 0.25:
            return {"message": {"role": "user", "content": self.words(self.length(5.5, 1, 4_000))}}
        result = self.words(self.length(7.6, 1.3, 50_000))
        part = {"tool_use_id": self.key("toolu_"), "type": "tool_result", "content": result}
        return {"message": {"role": "user", "content": [part]}, "toolUseResult": {"stdout": result[:20_000]}}

    def bare(self, model: str) -> Json:
        """A response in one line, without content."""
        usage = {"input_tokens": 7, "cache_read_input_tokens": 20_000, "output_tokens": self.length(5.3, 1.1, 60_000)}
        return {
            "message": {"model": model, "id": self.key("msg_"), "stop_reason": "end_turn", "usage": usage},
            "requestId": self.key("req_"),
        }

    def answer(self, model: str, context: int, written: int) -> Iterator[Json]:
        """A response: a line for each block, with usage that is whole on the last one only."""
        message, request = self.key("msg_"), self.key("req_")
        blocks: list[Json] = [{"type": "text", "text": self.words(self.length(6.5, 1.1, 20_000))}]
        if self.random.random() < 0.5:
            blocks.insert(0, {"type": "thinking", "thinking": self.words(self.length(6.5, 0.8, 20_000))})
        if self.random.random() < 0.75:
            edit = {"file_path": "/src/a.py", "new_string": self.words(self.random.randrange(40, 3_000))}
            tool = self.random.choice(TOOLS)
            blocks.append({"type": "tool_use", "id": self.key("toolu_"), "name": tool, "input": edit})
        for block in blocks:
            last = block is blocks[-1]
            usage = {
                "input_tokens": 7,
                "cache_creation_input_tokens": written,
                "cache_read_input_tokens": context,
                "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
                "output_tokens": self.length(5.3, 1.1, 60_000) if last else 1,
                "service_tier": "standard",
            }
            yield {
                "message": {
                    "model": model,
                    "id": message,
                    "type": "message",
                    "role": "assistant",
                    "content": [block],
                    "stop_reason": "tool_use" if last else None,
                    "usage": usage,
                },
                "requestId": request,
            }


LONG = (5, 20, 60, 120, 250)
SHORT = (5, 20, 50, 80, 100)
"""Turns of a session: the first give 1,400 files in a gigabyte, the second 2,000 and more."""


def make(
    folder: Path,
    megabytes: float,
    seed: int = 1,
    turns: tuple[int, ...] = LONG,
    ends: int | None = None,
) -> Path:
    """A tree of about `megabytes` below `folder`, a folder as Claude keeps one; made unless it is there.

    Sessions begin within `SPAN` from `START` on. `ends` (ms): on the days before it instead, in the nine working hours
    that end then; nothing is later, and each file was changed when its last line was written.
    """
    if (folder / "done").exists():
        return folder
    writer = Writer(seed)
    written = 0
    while written < megabytes * 1e6:
        at = START + writer.random.randrange(SPAN) if ends is None else _at_work(writer.random, ends)
        project = f"project-{writer.random.randrange(24)}"
        slug = folder / "projects" / f"-home-dev-{project}"
        session = writer.key("")
        lines = list(writer.conversation(session, f"/home/dev/{project}", at, writer.random.choice(turns)))
        written += write(slug / f"{session}.jsonl", lines)
        if writer.random.random() < 0.08:  # a fork copies what was said and goes on
            fork = writer.key("")
            copied = [line.replace(session.encode(), fork.encode()) for line in lines[: len(lines) // 2]]
            more = writer.conversation(fork, f"/home/dev/{project}", at + 5_400_000, 30)
            written += write(slug / f"{fork}.jsonl", [*copied, *more])
        for _ in range(writer.random.choice((0, 0, 0, 1, 2))):
            agent = writer.key("")[:8]
            side = writer.conversation(session, f"/home/dev/{project}", at + 600_000, 20, agent)
            written += write(slug / session / "subagents" / f"agent-{agent}.jsonl", list(side))
    if ends is not None:
        for path in folder.rglob("*.jsonl"):
            _end(path, ends)
    (folder / "done").touch()
    return folder


def _at_work(chance: random.Random, ends: int) -> int:
    """A time on one of the days of `SPAN`, ms."""
    return ends - chance.randrange(SPAN // _DAY) * _DAY - chance.randrange(9 * 3_600_000)


def _end(path: Path, ends: int) -> None:
    """Leave out what is later, and set the file's time."""
    lines = [line for line in path.read_bytes().splitlines() if _time_of(line) <= ends]
    if not lines:
        path.unlink()
        return
    path.write_bytes(b"\n".join(lines) + b"\n")
    os.utime(path, (_time_of(lines[-1]) / 1_000,) * 2)


def _time_of(line: bytes) -> int:
    """ms"""
    at = line.rindex(b'"timestamp":"') + len(b'"timestamp":"')
    return parse(line[at : line.index(b'"', at)].decode()) or 0


def make_many(
    folder: Path,
    responses: int,
    in_session: int = 1_000,
    start: int = START,
    span: int = SPAN,
    models: Sequence[str] = MODELS,
    projects: int = 24,
) -> Path:
    """A tree of so many responses from `start` (ms) on, each a line with nothing but usage; made unless it is there."""
    if (folder / "done").exists():
        return folder
    writer = Writer(seed=2)
    for number in range(-(-responses // in_session)):
        session = writer.uuid()
        at = start + writer.random.randrange(span)
        envelope = envelope_of(session, f"/home/dev/project-{number % projects}", sidechain=False)
        count = min(in_session, responses - number * in_session)
        lines = [
            writer.line(envelope, "assistant", at + turn * 20_000, writer.bare(models[number % len(models)]))
            for turn in range(count)
        ]
        write(folder / "projects" / f"-home-dev-project-{number % projects}" / f"{session}.jsonl", lines)
    (folder / "done").touch()
    return folder


def write(path: Path, lines: list[bytes]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(b"\n".join(lines) + b"\n")
