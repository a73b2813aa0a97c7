"""A client at work: conversations of known size, and one that goes on writing to them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.transcripts import ABSENT, Record, assistant, encoded, prompt, text_part, usage, write, written

FILLER = "what the model said " * 20
MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)


def stream(session: str, number: int) -> list[Record]:
    """A response of at least 10 tokens in, 20 out, over two lines; every tenth starts with a prompt.

    Every second session is that of a relay: all answers have one message id, and no request id.
    """
    at = (MONDAY + timedelta(minutes=3 * number)).isoformat().replace("+00:00", ".000Z")
    name, is_relayed = f"{session}_{number}", int(session[1:]) % 2 == 1
    message, request = ("same", ABSENT) if is_relayed else (f"msg_{name}", f"req_{name}")
    lines = [prompt(uuid=f"p_{name}", session=session, at=at)] if number % 10 == 0 else []
    for uuid, stop, output in (("a", None, 1), ("b", "end_turn", 20)):
        lines.append(
            assistant(
                message, request=request, uuid=f"{uuid}_{name}", session=session, at=at,
                used=usage(10 + number % 10, output), stop=stop, content=[text_part(FILLER)],
            )
        )  # fmt: skip
    return lines


def grow(projects: Path, sessions: int, responses: int) -> None:
    """Transcripts, also torn ones."""
    for index in range(sessions):
        session = f"s{index}"
        records = [record for number in range(responses) for record in stream(session, number)]
        write(projects / f"-shop-{index % 4}" / f"{session}.jsonl", records if index % 3 else torn(records))


def torn(records: Sequence[Record]) -> list[bytes]:
    """The lines: now and then two records in one, or half of one before a whole one."""
    lines: list[bytes] = []
    for number, record in enumerate(records):
        line = encoded(record)
        if number % 11 == 5:
            lines[-1] += line
        else:
            lines.append(line[: len(line) // 2] + line if number % 17 == 3 else line)
    return lines


class Writer:
    """A client at work: it appends to its conversations, now and then half a line."""

    def __init__(self, projects: Path, sessions: int, responses: int) -> None:
        self._files = [projects / f"-shop-{index % 4}" / f"s{index}.jsonl" for index in range(sessions)]
        self._next = [responses] * sessions
        self._rest = [b""] * sessions

    @property
    def responses(self) -> int:
        """Of which at least the first line is complete."""
        return sum(self._next) - sum(1 for rest in self._rest if rest.count(b"\n") > 1)

    def write(self) -> None:
        index = random.randrange(len(self._files))
        data = self._rest[index]
        if not data:
            data = written(stream(f"s{index}", self._next[index]))
            self._next[index] += 1
        cut = random.choice([len(data), random.randrange(len(data))])
        with self._files[index].open("ab") as file:
            file.write(data[:cut])
        self._rest[index] = data[cut:]

    def finish(self) -> None:
        """Complete every half-written line."""
        for index, rest in enumerate(self._rest):
            with self._files[index].open("ab") as file:
                file.write(rest)
            self._rest[index] = b""
