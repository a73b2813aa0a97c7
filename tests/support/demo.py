"""The demo's made-up user, for tests: as files, as a running demo, and scraped by a real Prometheus."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from itertools import takewhile
from pathlib import Path

from exporter.demo.events import Event, Kind
from exporter.demo.life import live
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY, MINUTE
from support.processes import Outcome, Server, command_line, wait_until
from support.prometheus import Prometheus, prometheus
from support.services import PROJECT, free_port

SEED = 1
SPEED = 14_400
"""Ten days in a minute: a scrape each four hours of them."""


def life(start: int, end: int, *, seed: int = SEED, working_at: Sequence[int] = ()) -> Iterator[Event]:
    """What happens in `[start, end)`, ms."""
    events = live(seed, start, UTC, working_at, "/home/dev/.demo")
    return takewhile(lambda event: event.at < end, events)


def history(claude: Path, now: int, days: int, working_at: Sequence[int]) -> None:
    """The transcripts of the main account up to now."""
    for event in life(now - days * DAY, now, working_at=working_at):
        account, _, path = event.path.partition("/")
        if event.kind is Kind.APPEND and account == ".claude":
            file = claude / path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("ab") as opened:
                opened.write(event.content)


class Demo(Server):
    """`claude-tracker demo` in a folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.folder = folder / "demo"
        self.database = self.folder / "claude_usage.db"
        words = ["demo", f"--port={self.port}", f"--folder={self.folder}", "--timezone=UTC", *options]
        super(Server, self).__init__(folder / "demo.log", *words)

    def run(self, *words: str, stdin: str = "") -> Outcome:
        """A command on it, as another terminal would run it. `stdin`: its standard input."""
        done = subprocess.run(
            command_line("demo", f"--folder={self.folder}", *words),
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def as_of(self) -> int:
        """What its clock shows, ms."""
        answer = self.get("/api/analytics/current")
        if answer.status != 200:
            return 0
        return timestamp.parse(answer.text.partition('"as_of":"')[2].partition('"')[0]) or 0

    def wait_present(self) -> None:
        """Until its time has come to the present."""

        def has_come() -> bool:
            assert not self.has_ended(), self.said
            return time.time() * 1_000 - self.as_of() < MINUTE

        wait_until(has_come, "the demo has come to the present", 180)


def approach_a_limit(demo: Demo) -> None:
    """Somebody else's window fills within some scrapes, so that a limit is near whenever the test runs."""
    for percent in (60, 70, 78):
        window = {"used_percentage": percent, "resets_at": round(time.time()) + 7_200}
        done = demo.run("statusline", stdin=json.dumps({"rate_limits": {"five_hour": window}}))
        assert 0 == done.code, done.stderr
        time.sleep(2)


@contextmanager
def scraped_demo(folder: Path) -> Iterator[tuple[Demo, Prometheus]]:
    """A real Prometheus that has scraped a demo while it lived ten days again, and a little of the present."""
    with Demo(folder, f"--speed={SPEED}", "--days=25") as demo, prometheus(folder / "prometheus", demo.port) as scraped:
        demo.wait_present()
        used = "sum(increase(claude_tracker_tokens_total[1m])) > 0 and sum(claude_tracker_block_tokens) > 0"
        wait_until(lambda: scraped.value(used), "what was written up to the present is scraped", 120)
        approach_a_limit(demo)
        yield demo, scraped
