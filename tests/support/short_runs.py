"""`claude -p`, many times: processes that live for 0.6 to 3 s, with a record and a transcript as the real ones have.

process    ├──────────────────────────┤
record              ├────────────────┤     for about 0.6 s, or 0.1 s; then removed
transcript             p         r         a prompt, a response
"""

from __future__ import annotations

import heapq
import json
import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exporter.domain.calendar import timestamp
from exporter.sources.sessions.process_start import start_token
from support.sessions import Processes
from support.transcripts import append, assistant, prompt

FOLDERS = ("shop", "mill", "farm")


@dataclass
class ShortRun:
    """One run: how long its process lives, when its record comes and goes, and whether it writes a transcript.

    In seconds since its start.
    """

    session: str
    folder: str
    life: float
    record_at: float
    record_until: float
    writes: bool
    pid: int = field(default=0)


def plan(count: int, seed: int) -> list[ShortRun]:
    """Seeded runs; one in ten fails before its first prompt, the record of one in five is there for 0.1 s only."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        life = chance.uniform(0.6, 3.0)
        record_at = max(0.05, life - chance.uniform(0.5, 0.8))
        name = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        record_until = record_at + 0.1 if number % 5 == 0 else life
        folder = FOLDERS[chance.randrange(len(FOLDERS))]
        made.append(ShortRun(name, folder, life, record_at, record_until, number % 10 != 9))
    return made


class Client:
    """Runs them, so many at a time, in a configuration folder."""

    def __init__(self, claude: Path, work: Path, at_once: int) -> None:
        self._claude = claude
        self._work = work
        self._at_once = at_once
        (claude / "sessions").mkdir(parents=True, exist_ok=True)
        (claude / "projects").mkdir(parents=True, exist_ok=True)

    def run(self, processes: Processes, runs: Sequence[ShortRun]) -> None:
        """Run them all to their ends."""
        binary = processes.binary("claude/versions/2.1.332")
        waiting = list(reversed(runs))
        due: list[tuple[float, int, Callable[[], None]]] = []
        order = alive = 0
        while waiting or due:
            while waiting and alive < self._at_once:
                one, started = waiting.pop(), time.monotonic()
                one.pid = processes.start(binary, "60", cwd=self._work / one.folder)
                alive += 1
                for after, action in self._actions(processes, one):
                    heapq.heappush(due, (started + after, order, action))
                    order += 1
            at, _, action = heapq.heappop(due)
            time.sleep(max(0.0, at - time.monotonic()))
            action()
            alive = len(processes.pids)

    def _actions(self, processes: Processes, one: ShortRun) -> list[tuple[float, Callable[[], None]]]:
        actions = [
            (one.record_at, lambda: self._register(one)),
            (one.record_until, self._record_of(one).unlink),
            (one.life, lambda: processes.end(one.pid)),
        ]
        if one.writes:
            length = one.life - one.record_at
            actions.append((one.record_at + 0.2 * length, lambda: self._write(one, is_prompt=True)))
            actions.append((one.record_at + 0.8 * length, lambda: self._write(one, is_prompt=False)))
        return actions

    def _register(self, one: ShortRun) -> None:
        record = {
            "pid": one.pid, "sessionId": one.session, "cwd": str(self._work / one.folder),
            "startedAt": _now(), "procStart": start_token(one.pid), "version": "2.1.332", "kind": "interactive",
            "entrypoint": "sdk-cli",
        }  # fmt: skip
        self._record_of(one).write_text(json.dumps(record))

    def _write(self, one: ShortRun, *, is_prompt: bool) -> None:
        folder, at = str(self._work / one.folder), timestamp.to_iso(_now())
        line = (
            prompt(uuid=f"p{one.session}", session=one.session, at=at, cwd=folder)
            if is_prompt
            else assistant(
                f"m{one.session}", request=f"r{one.session}", uuid=f"a{one.session}", session=one.session, at=at,
                cwd=folder,
            )
        )  # fmt: skip
        file = self._claude / "projects" / f"-{one.folder}" / f"{one.session}.jsonl"
        file.parent.mkdir(exist_ok=True)
        append(file, [line])

    def _record_of(self, one: ShortRun) -> Path:
        return self._claude / "sessions" / f"{one.pid}.json"


def _now() -> int:
    return time.time_ns() // 1_000_000
