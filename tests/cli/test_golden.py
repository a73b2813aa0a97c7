"""What every command that shows something prints: at each width, in colour, and in a pipe, of one made-up user.

CLAUDE_TRACKER_UPDATE_GOLDEN=1 writes the files again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from exporter.cli import clock
from exporter.cli.main import cli
from exporter.domain.calendar.timestamp import HOUR, MINUTE
from support.demo import history
from support.golden import compare
from support.homes import empty_home
from support.snapshots import NOON

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (40, 60, 80, 120, 200)
KINDS = (
    "daily", "weekly", "monthly", "blocks", "projects", "models", "sessions", "chains", "skills", "agents", "plugins",
    "mcp", "efforts", "tools", "cache", "weeks", "plan",
)  # fmt: skip
COMMANDS = {
    "status": ("status",),
    "status full": ("status", "--full"),
    "limits": ("limits",),
    "limits history": ("limits", "--history"),
    "sessions": ("sessions", "--all"),
    "sessions show": ("sessions", "show", "SESSION"),
    "report": ("report",),
    **{f"report {kind}": ("report", kind) for kind in KINDS},
    "report breakdown": ("report", "weekly", "--breakdown", "projects"),
}
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Nine days of transcripts, two reports of the limits, and a clock that stands at noon."""
    folder = tmp_path_factory.mktemp("golden")
    with pytest.MonkeyPatch.context() as patch:
        empty_home(folder / "home", patch)
        history(folder / "claude", NOON, 9, (NOON - 100 * MINUTE,))
        (folder / clock.CLOCK_FILE).write_text(json.dumps({"real": NOON, "shown": NOON, "speed": 0.0}))
        patch.setenv(clock.DEMO, str(folder))
        patch.setenv("CLAUDE_CONFIG_DIR", str(folder / "claude"))
        spool = folder / "tracker.db.spool"
        spool.mkdir(mode=0o700)
        for minutes, share in ((90, 20), (10, 42)):
            windows = {
                "five_hour": {"used_percentage": share, "resets_at": (NOON + 2 * HOUR) // 1_000},
                "seven_day": {"used_percentage": 61, "resets_at": (NOON + 70 * HOUR) // 1_000},
            }
            file = spool / f"{(NOON - minutes * MINUTE) * 1_000_000}-1.json"
            file.write_text(json.dumps({"rate_limits": windows}))
        clock._shown.cache_clear()
        yield folder
    clock._shown.cache_clear()


@pytest.fixture(scope="module")
def session(home: Path) -> str:
    """The id of the session that ended last."""
    printed(home, ("ingest",), 80)
    items = json.loads(printed(home, ("sessions", "--all", "--json"), 80))["items"]
    found: str = next(item["id"] for item in items if item["metadata"].get("subagents"))
    return found


def printed(home: Path, command: tuple[str, ...], width: int | None, **environment: str) -> str:
    """What it prints on a terminal of that width; None for a pipe."""
    where = ["--database", str(home / "tracker.db"), "--no-processes"]
    words = [*command, *(where[:2] if command[0] in ("limits",) else where)]
    zone = ["--timezone", "UTC"] if command[0] != "ingest" else []
    columns = {"COLUMNS": str(width)} if width is not None else {"COLUMNS": None}
    result = CliRunner().invoke(cli, [*words, *zone], env={**columns, **environment})
    assert 0 == result.exit_code, (result.output, result.exception)
    return "".join(f"{line.rstrip()}\n" for line in result.stdout.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_printed(home: Path, session: str, name: str) -> None:
    command = tuple(session if word == "SESSION" else word for word in COMMANDS[name])
    shown = {str(width): printed(home, command, width) for width in WIDTHS}
    shown["in a pipe"] = printed(home, command, None)
    colours = printed(home, command, 80, FORCE_COLOR="1", TERM="xterm")
    assert shown["80"].splitlines() == [line.rstrip() for line in ESCAPE.sub("", colours).splitlines()]
    assert shown["80"] == printed(home, command, 80, NO_COLOR="1", FORCE_COLOR="")
    for width in WIDTHS:
        assert width >= max(map(cell_len, shown[str(width)].splitlines())), width
    words = set(shown["in a pipe"].split())
    for width in WIDTHS:
        broken = {word for word in shown[str(width)].split() if word.isalpha() and len(word) > 2} - words
        assert broken <= NARROW_WORDS, (width, broken)
    text = "".join(f"=== {width}\n{found}" for width, found in shown.items())
    compare(
        GOLDEN / f"{name}.txt", f"{text}=== 80, in colour\n{colours.replace(chr(27), 'ESC')}".replace(session, "ID")
    )


@pytest.mark.parametrize(
    "command", [("doctor", "--all"), ("config", "list"), ("config", "list", "status")], ids=" ".join
)
def test_what_is_said_of_this_machine_fits_too(home: Path, command: tuple[str, ...]) -> None:
    for width in WIDTHS:
        result = CliRunner().invoke(cli, [*command], env={"COLUMNS": str(width)})
        assert result.stdout
        assert width >= max(map(cell_len, result.stdout.splitlines())), width


def test_colours_that_are_forced_wrap_no_line_of_a_pipe(home: Path, session: str) -> None:
    forced = printed(home, ("limits",), None, FORCE_COLOR="1", TERM="xterm")
    assert "\x1b[" in forced
    assert ESCAPE.sub("", forced) == printed(home, ("limits",), None)


NARROW_WORDS: set[str] = set()
"""Words that only a narrow terminal shows."""
