"""`sessions forget`: names, paths and texts leave the database for good, and no figure moves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from exporter.domain.calendar.timestamp import HOUR, to_iso
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process, Record
from exporter.snapshot.sessions.story import matching_ids, session_story
from exporter.sources.transcripts.story import read_story
from exporter.store.reader import Reader
from support.databases import ingest
from support.processes import Outcome, Server, run_command, status_json
from support.tracker import LATER, Tracker
from support.transcripts import api_error, append, assistant, prompt, text_part, tool_use, write

SECRET = "0b81e3d3-5ec2-4eac-9201-e18c0c15ed1b"
OTHER = "1c92f4e4-5ec2-4eac-9201-e18c0c15ed1b"
HOME = "/home/ada/plans-of-merger"


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    projects = tmp_path / "claude" / "projects"
    mine: Any = {"sessionId": SECRET, "cwd": HOME, "gitBranch": "buy-acme"}
    lines = [
        prompt(uuid="p1", **mine),
        assistant("m1", request="r1", uuid="u1", **mine),
        api_error("API Error: merger refused", uuid="e1", **mine),
        assistant("m9", request="r9", uuid="u9", at=to_iso(LATER + HOUR), **mine),
    ]
    own = projects / "-home-ada-plans-of-merger"
    write(own / f"{SECRET}.jsonl", lines)
    write(own / SECRET / "subagents" / "agent-a1.jsonl", [assistant("m2", request="r2", uuid="u2", side=True, **mine)])
    write(own / "agent-b2.jsonl", [assistant("m8", request="r8", uuid="u8", side=True, **mine)])
    write(projects / "-home-ada-shop" / f"{OTHER}.jsonl", [assistant("m3", request="r3", uuid="u3", session=OTHER)])
    return tmp_path / "claude"


@pytest.fixture
def database(tmp_path: Path, claude: Path) -> Path:
    with Tracker(tmp_path / "tracker.db", claude / "projects"):
        pass
    return tmp_path / "tracker.db"


def forget(database: Path, *options: str) -> Outcome:
    result = CliRunner().invoke(cli, ["sessions", "forget", "--database", str(database), *options])
    return Outcome(result.exit_code, result.stdout, result.stderr)


def bytes_of(database: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(database.parent.glob(f"{database.name}*")) if path.is_file())


WORDS = (SECRET.encode(), b"merger", b"buy-acme")


def assert_gone(database: Path) -> None:
    content = bytes_of(database)
    assert [] == [word for word in WORDS if word in content]


@pytest.mark.parametrize(
    "options", [(SECRET,), (SECRET[:8],), ("--project", HOME), ("--project", "/home/ada/plans-of-merger/")],
    ids=["id", "its first characters", "folder", "folder with a slash"],
)  # fmt: skip
def test_everything_named_is_gone_and_no_figure_moves(
    tmp_path: Path, claude: Path, database: Path, options: tuple[str, ...]
) -> None:
    assert all(word in bytes_of(database) for word in WORDS)
    with Tracker(database, claude / "projects") as tracker:
        before = tracker.figures(), tracker.peaks()
    outcome = forget(database, *options, "--yes")
    assert (0, "Forgot 1 session\n") == (outcome.code, outcome.stdout)
    assert_gone(database)
    with Tracker(database, claude / "projects") as tracker:
        assert renamed(before[1]) == tracker.peaks()
        tracker.rebuild()
        assert renamed(before[1]) == tracker.peaks(), "a rebuild brings nothing back"
        (forgotten,) = [row for row in tracker.sessions().values() if row.id.startswith("forgotten-")]
        assert (None, 4) == (forgotten.project_path, forgotten.total_messages)
    assert_gone(database)


def renamed(totals: dict[tuple[str, tuple[str, ...]], int]) -> dict[tuple[str, tuple[str, ...]], int]:
    """With the label that the project gets."""
    return {
        (family, tuple("forgotten" if label == "plans-of-merger" else label for label in labels)): value
        for (family, labels), value in totals.items()
    }


def test_what_it_writes_later_counts_under_its_made_up_name(claude: Path, database: Path) -> None:
    forget(database, SECRET, "--yes")
    file = claude / "projects" / "-home-ada-plans-of-merger" / f"{SECRET}.jsonl"
    append(file, [assistant("m4", request="r4", uuid="u4", session=SECRET, cwd=HOME, gitBranch="buy-acme")])
    with Tracker(database, claude / "projects") as tracker:
        assert 5 == sum(tracker.exact("responses").values())
        lines = tracker.exact("ingest_lines")
        tracker.restart()
        assert lines == tracker.exact("ingest_lines"), "its files are known, and not read again"
        tracker.now = LATER + 2 * HOUR
        tracker.scan()
        assert 6 == sum(tracker.exact("responses").values()), "what was ahead of the clock counts, too"
    assert_gone(database)


def test_its_story_says_nothing_private(claude: Path, database: Path) -> None:
    """Its transcript is still there, with a prompt, an answer and a subagent next to the file of another session."""
    folder = claude / "projects" / "-home-ada-plans-of-merger"
    mine: Any = {"sessionId": SECRET, "cwd": HOME, "gitBranch": "buy-acme", "at": to_iso(LATER - HOUR)}
    called = [text_part("the merger is on"), tool_use("t1", "mcp__merger__find")]
    append(folder / f"{SECRET}.jsonl", [assistant("m5", request="r5", uuid="u5", content=called, **mine)])
    meta = folder / SECRET / "subagents" / "agent-a1.meta.json"
    meta.write_text('{"agentType":"merger","description":"merger"}')
    write(folder / f"{OTHER[:-1]}c.jsonl", [assistant("m6", request="r6", uuid="u6", session=f"{OTHER[:-1]}c")])
    with Tracker(database, claude / "projects"):
        pass
    before = session_story(Reader(database), SECRET, read_story, texts=True)
    assert before is not None
    assert ("read", "the merger is on", 2) == (before.transcript, before.turns[0].answer, len(before.agents))
    forget(database, SECRET, "--yes")
    with Tracker(database, claude / "projects"):
        pass
    (name,) = [name for name in matching_ids(Reader(database), "") if name.startswith("forgotten-")]
    found = session_story(Reader(database), name, read_story, texts=True)
    assert found is not None
    assert ("forgotten", (), None, None) == (found.transcript, found.agents, found.head.project, found.head.folder)
    assert ["mcp"] == [tool.name for tool in found.tools]
    assert (before.amount, before.prompts, before.api_errors) == (found.amount, found.prompts, found.api_errors)
    options = ["--texts", "--database", str(database), "--config-dir", str(claude), "--no-processes"]
    for more in ([], ["--json"]):
        shown = CliRunner().invoke(cli, ["sessions", "show", name, *options, *more]).stdout
        assert (True, []) == (name in shown, [word for word in WORDS if word in shown.encode()])
    assert 2 == CliRunner().invoke(cli, ["sessions", "show", SECRET, *options]).exit_code


def test_a_project_with_other_sessions_keeps_its_name(claude: Path, database: Path) -> None:
    shop = claude / "projects" / "-home-ada-shop" / "2d.jsonl"
    write(shop, [assistant("m5", request="r5", uuid="u5", session="2d")])
    with Tracker(database, claude / "projects") as tracker:
        before = tracker.peaks()
    assert 0 == forget(database, OTHER, "--yes").code
    with Tracker(database, claude / "projects") as tracker:
        tracker.rebuild()
        assert before == tracker.peaks()


def test_the_database_may_be_named_before(database: Path) -> None:
    result = CliRunner().invoke(cli, ["sessions", "--database", str(database), "forget", SECRET, "--yes"])
    assert (0, "Forgot 1 session\n") == (result.exit_code, result.stdout)
    assert_gone(database)
    other = ["sessions", "--database", str(database), "forget", "--database", str(database.with_name("x")), OTHER]
    assert 2 == CliRunner().invoke(cli, other).exit_code
    absent = ["sessions", "--database", str(database.with_name("x")), "forget", OTHER]
    assert (4, False) == (CliRunner().invoke(cli, absent).exit_code, database.with_name("x").exists())


def test_it_is_shown_and_asked_first(database: Path) -> None:
    outcome = forget(database, SECRET)
    said = f"{SECRET}\nError: nothing was changed: no terminal to confirm on (use --yes)\n"
    assert (2, "", said) == (outcome.code, outcome.stdout, outcome.stderr)
    assert SECRET.encode() in bytes_of(database)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "choose one of ID and --project PROJECT"),
        ((SECRET, "--project", "x"), "choose one of ID and --project PROJECT"),
        (("nope",), "no session has an id that starts with 'nope'"),
        (("--project", "/home/ada/plans"), "no session of project '/home/ada/plans'"),
    ],
)
def test_what_names_no_session_is_refused(database: Path, options: tuple[str, ...], said: str) -> None:
    outcome = forget(database, *options, "--yes")
    assert (2, True) == (outcome.code, outcome.stderr.startswith(f"Error: {said}"))


@pytest.mark.parametrize("registered", [True, False], ids=["registered", "by its arguments"])
def test_resumed_it_keeps_its_made_up_name(claude: Path, database: Path, registered: bool) -> None:
    forget(database, SECRET, "--yes")
    process = Process(4_242, LATER - HOUR, Kind.CODE, "t", HOME, named_session_id=None if registered else SECRET)
    record = Record(4_242, SECRET, "t", HOME, state="waiting", waiting_for="approve the merger")
    with Tracker(database, claude / "projects") as tracker:
        tracker.see(process, records=[record] if registered else [])
        tracker.see_nothing()
    assert_gone(database)


@pytest.mark.server
def test_while_a_tracker_runs_it_is_refused(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        outcome = run_command("sessions", "forget", SECRET, "--yes", "--database", server.database)
        assert (3, True) == (outcome.code, "stop it before running `claude-tracker sessions forget`" in outcome.stderr)
        server.stop()
    assert 0 == run_command("sessions", "forget", SECRET, "--yes", "--database", server.database).code
    ingest("--database", server.database, "--config-dir", claude)
    assert SECRET not in json.dumps(status_json(server.database, "--config-dir", claude))
