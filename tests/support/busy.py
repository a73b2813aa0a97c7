"""A tracker with something of everything: months of use, live sessions, limits, errors and odd files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.reading import Reading
from exporter.store.open_store import open_store
from support.processes import Server, run_command, wait_until
from support.prometheus import Prometheus, prometheus
from support.sessions import Processes, register
from support.transcripts import (
    HAIKU,
    OPUS,
    SONNET,
    Record,
    api_error,
    append,
    assistant,
    cache,
    prompt,
    tool_use,
    usage,
    write,
)

MODELS = (OPUS, SONNET, HAIKU, "claude-unheard-of-1")
"""The last has no list price."""
PROJECTS = ("shop", "blog", "tools")
HIT = "You've hit your session limit · resets 2:10pm (UTC)"


def response(number: int, at: int, session: str, cwd: Path, dice: Random) -> Record:
    model = dice.choices(MODELS, (50, 30, 15, 5))[0]
    used = usage(
        dice.randint(5, 50), dice.randint(200, 4_000), cache_read_input_tokens=dice.randint(10_000, 90_000),
        cache_creation_input_tokens=3_000, cache_creation=cache(2_000, 1_000),
    )  # fmt: skip
    name = dice.choice(("Bash", "Edit", "Read", "mcp__tracker__ask"))
    line = assistant(
        f"m{session}{number}", request=f"r{session}{number}", uuid=f"u{session}{number}", session=session,
        at=timestamp.to_iso(at), model=model, used=used, side=dice.random() < 0.2,
        content=[tool_use(f"t{session}{number}", name)],
    )  # fmt: skip
    return line | {"cwd": str(cwd)}


def history(claude: Path, work: Path, now: int, days: int = 40) -> None:
    """Some sessions a day up to now, each in one of three projects."""
    dice = Random(7)
    for day in range(days):
        for turn in range(2):
            session = f"s{day}-{turn}"
            cwd = work / PROJECTS[(day + turn) % len(PROJECTS)]
            first = now - day * DAY - turn * 3 * HOUR
            lines: list[Record | bytes] = [
                prompt(uuid=f"p{session}", session=session, at=timestamp.to_iso(first - HOUR)) | {"cwd": str(cwd)}
            ]
            lines += [response(number, first - (60 - 2 * number) * MINUTE, session, cwd, dice) for number in range(25)]
            if day == 0:
                at = timestamp.to_iso(first - 30 * MINUTE)
                lines.append(
                    api_error("Overloaded", uuid=f"e{turn}", error="server_error", sessionId=session, timestamp=at)
                )
                lines.append(b"{not json\n")
            if day == 3:
                at = timestamp.to_iso(first - 20 * MINUTE)
                lines.append(api_error(HIT, uuid=f"h{turn}", error="rate_limit", sessionId=session, timestamp=at))
            write(claude / "projects" / cwd.name / f"{session}.jsonl", lines)


def status_line(server: Server, five: float, seven: float, now: int) -> None:
    seconds = now // 1_000
    limits = {
        "five_hour": {"used_percentage": five, "resets_at": seconds + 7_200},
        "seven_day": {"used_percentage": seven, "resets_at": seconds + 3 * 86_400},
    }
    run_command("statusline", "--database", server.database, stdin=json.dumps({"rate_limits": limits}))


def full_windows(database: Path, now: int) -> None:
    """On three days of the week that runs a 5-hour window was used up."""
    with closing(open_store(database, lambda _: None)) as store:
        for day in (3, 2, 1):
            start = now - day * DAY - 10 * HOUR
            for minutes, share in ((3, 0.0), (290, 0.97)):
                at = start + minutes * MINUTE
                week = 0.12 * (3 - day + round(share))
                both = [("five_hour", share, start + 5 * HOUR), ("seven_day", week, now + 3 * DAY)]
                store.take_readings([Reading(name, "desktop", at, used, reset) for name, used, reset in both], at)


@contextmanager
def busy_tracker(folder: Path) -> Iterator[Prometheus]:
    """A real Prometheus that has scraped it for a while, in which it was used."""
    now = timestamp.from_epoch(time.time())
    claude, work = folder / "claude", folder / "work"
    history(claude, work, now)
    dice = Random(8)
    live = claude / "projects" / "shop" / "s0-0.jsonl"
    full_windows(folder / "tracker.db", now)
    with (
        Processes(folder / "bin") as processes,
        Server(folder, "--config-dir", claude, "--processes", "--block-token-limit", "90000000") as server,
        prometheus(folder / "prometheus", server.port) as scraped,
    ):
        for number, state in enumerate(("busy", "waiting")):
            pid = processes.start(processes.binary("claude/versions/2.1.197"), "300", cwd=work / PROJECTS[number])
            register(claude, pid, f"s{number}-0", work / PROJECTS[number], state)
        server.wait_ready()
        wait_until(lambda: scraped.value("up"), "the first scrape")
        status_line(server, 84, 41, now)
        for number in range(100, 108):
            time.sleep(1)  # what is used between scrapes
            append(live, [response(number, now, "s0-0", work / "shop", dice)])
            if number == 104:
                status_line(server, 86, 42, now)
                live.with_name("s5-0.jsonl").unlink(missing_ok=True)
        used = "sum(increase(claude_tracker_tokens_total[1m])) > 0"
        wait_until(lambda: scraped.value(used), "what was used is scraped")
        yield scraped
