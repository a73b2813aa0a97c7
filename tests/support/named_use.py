"""Weeks of use in three projects, small and with known names: what must not be published is looked for by them."""

from __future__ import annotations

from pathlib import Path
from random import Random

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from support.transcripts import (
    HAIKU,
    OPUS,
    SONNET,
    Record,
    api_error,
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
