"""`claude-tracker watch` in a pseudo-terminal: start, keys, sizes, and every way to its end."""

from __future__ import annotations

import signal
import termios
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from exporter.cli.commands.watch import Source
from exporter.cli.wiring import updates
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.limits.plan_settings import PlanSettings
from support.databases import ingest
from support.demo import history
from support.driven import Driven
from support.processes import run_command
from support.snapshots import NOON
from support.transcripts import assistant, usage, write

pytestmark = pytest.mark.server

ENTERS, LEAVES = "\x1b[?1049h", "\x1b[?1049l"
HIDES, SHOWS = "\x1b[?25l", "\x1b[?25h"


@pytest.fixture
def where(tmp_path: Path) -> list[str]:
    history(tmp_path / "claude", NOON, 3, (NOON - 60 * MINUTE,))
    options = ["--database", str(tmp_path / "tracker.db"), "--config-dir", str(tmp_path / "claude")]
    ingest(*options)
    return [*options, "--timezone", "UTC", "--no-processes"]


def test_it_shows_moves_and_quits(where: list[str], tmp_path: Path) -> None:
    with Driven("watch", *where) as driven:
        driven.wait_for("q quit")
        first = driven.screen()
        assert "Limits not known yet" in first[0]
        assert first[-1].strip() == "s sessions  d days  m models  p projects  l limits  ? help  q quit"
        assert (ENTERS in driven.text, HIDES in driven.text) == (True, True)
        for key, shown in (("m", "claude-opus-5-5"), ("p", "Project"), ("d", "2026-11-2"), ("l", "This month"),
                           ("s", "No sessions"), ("?", "Esc or the same key again")):  # fmt: skip
            driven.press(key)
            driven.wait_for(shown)
        driven.press("?")
        driven.wait_for("Today")
        driven.press("m")
        driven.wait_for("claude-opus-5-5")
        driven.press("\x1b")
        driven.wait_for("Today")
        driven.press("x\x1b[A")
        driven.press("q")
        assert 0 == driven.process.wait(20)
        assert driven.settings() == driven.before
        assert driven.text.rstrip().endswith(LEAVES)
        assert driven.text.rfind(SHOWS) > driven.text.rfind(HIDES)


@pytest.mark.parametrize("width", [40, 60, 100, 160])
def test_another_size(where: list[str], width: int) -> None:
    with Driven("watch", *where) as driven:
        driven.wait_for("q quit")
        driven.resize(width, 30)
        driven.wait_for("q quit")
        lines = driven.screen()
        assert "quit" in lines[29], lines
        assert "Limits not known yet" in lines[0]
        driven.resize(width, 8)
        driven.wait_for("q quit")
        assert "quit" in driven.screen()[7]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda driven: driven.press("\x03"), id="Ctrl-C"),
        pytest.param(lambda driven: driven.process.send_signal(signal.SIGTERM), id="SIGTERM"),
        pytest.param(lambda driven: driven.process.send_signal(signal.SIGHUP), id="SIGHUP"),
        pytest.param(lambda driven: driven.process.send_signal(signal.SIGINT), id="SIGINT"),
    ],
)
def test_every_end_is_clean(where: list[str], end: Callable[[Driven], None]) -> None:
    with Driven("watch", *where) as driven:
        driven.wait_for("q quit")
        end(driven)
        assert 0 == driven.process.wait(20)
        assert driven.settings() == driven.before
        assert driven.text.rstrip().endswith(LEAVES)
        assert "Traceback" not in driven.text


def test_it_needs_a_terminal(where: list[str]) -> None:
    outcome = run_command("watch", *where)
    assert (2, "") == (outcome.code, outcome.stdout)
    assert "`claude-tracker watch` needs a terminal" in outcome.stderr


def test_a_change_is_shown(where: list[str], tmp_path: Path) -> None:
    with Driven("watch", *where) as driven:
        driven.wait_for("q quit")
        assert "$3,000" not in "\n".join(driven.screen())
        write(
            tmp_path / "claude" / "projects" / "-x" / "s1.jsonl",
            [assistant("m", used=usage(100_000_000, 100_000_000), at="2026-11-22T10:00:00.000Z")],
        )
        ingest(*where[:4])
        driven.wait_for("Month $3,0")


def test_a_database_that_is_away_is_said_and_comes_back(where: list[str], tmp_path: Path) -> None:
    with Driven("watch", *where) as driven:
        driven.wait_for("Month $")
        database = tmp_path / "tracker.db"
        content = database.read_bytes()
        database.write_bytes(b"no database at all" * 100)
        driven.press("m")
        driven.wait_for(" database")
        assert driven.process.poll() is None
        database.write_bytes(content)
        driven.press("p")
        driven.wait_for("Project")
        driven.press("q")
        assert 0 == driven.process.wait(20)


def test_ctrl_z_does_not_leave_the_screen_half_taken(where: list[str]) -> None:
    with Driven("watch", *where) as driven:
        driven.wait_for("q quit")
        driven.press("\x1a")
        driven.press("p")
        driven.wait_for("Project")
        driven.press("q")
        assert 0 == driven.process.wait(20)


def test_no_message_of_reading_stands_on_the_screen(
    where: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reads = []

    def read(*_: object) -> tuple[str, bool]:
        reads.append(1)
        click.echo("converting", err=True)
        return "", False

    monkeypatch.setattr(updates, "catch_up_if_unlocked", read)
    source = Source(tmp_path / "tracker.db", (), None, False, PlanSettings())
    source.read_when_due()
    source.read_when_due()
    assert ([1], "") == (reads, capsys.readouterr().err)


def test_the_settings_are_compared() -> None:
    """The flags that reading keys changes are among them."""
    assert termios.ECHO | termios.ICANON
