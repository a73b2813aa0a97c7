"""`sessions show`: a session's story on a terminal of 80 columns and as JSON; texts only where they are asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from exporter.cli.main import cli
from support.databases import assert_one_line
from support.processes import Outcome, Server, wait_until
from support.story import FORK, SESSION, TEXTS, remove, track
from support.story_json import STORY_JSON, deleted_json, texts_json
from support.transcripts import assistant, prompt, write

HEAD = """\
Session 7c1f09be-0000-4000-8000-000000000001, ended
Project        shop, branch main
Folder         /home/dev/shop
Client         Claude Code 2.1.197, cli
Repository     github.com/acme/shop
Pull request   https://github.com/acme/shop/pull/482
Entries        2026-11-22 10:00 to 2026-11-22 10:52
Worked         9 min for 3 prompts
Main           4 responses, ≥4,216 tokens, ≥$0.01 + ?
Subagents      3 responses, 90 tokens, $0.00
"""
TOOLS = "Tools          Agent 2, Bash 2 (2 failed), Read 1, mcp__acme__find 1 (1 failed)\n"
SUMS = """\
Interruptions  1
Cache          72 % of the input read from it; 1,000 tokens written
5-hour window  2026-11-22 09:00 to 14:00: 7 responses, ≥4,306 tokens, ≥$0.02 + ?
Client         reports $0.01; the transcript holds $0.02 + ?; not written: 17
               tokens of claude-opus-4-5
"""
TURNS = """
Turns
11-22 10:00  6 min, 5 responses, 4,290 tokens, $0.02
             Agent 2, Bash 2 (2 failed), Read 1
11-22 10:30  1 min, 1 response, ≥6 tokens, ≥$0.00, 1 interruption
11-22 10:40  context compacted (auto, 170,251 tokens before)
11-22 10:50  2 min, 1 response, 10 tokens, $0.00 + ?, 2 API errors
             mcp__acme__find 1 (1 failed)
11-22 10:51  API error (server error)
11-22 10:52  limit reached: 5 hours (resets 11-22 14:00)
"""
TURNS_WITH_TEXTS = """
Turns
11-22 10:00  6 min, 5 responses, 4,290 tokens, $0.02
             Agent 2, Bash 2 (2 failed), Read 1
             > Add saved cards
             < The table is there.
11-22 10:30  1 min, 1 response, ≥6 tokens, ≥$0.00, 1 interruption
             > Build the form. \\x1b[31mRed\\u202e
             < Half of
11-22 10:40  context compacted (auto, 170,251 tokens before)
11-22 10:50  2 min, 1 response, 10 tokens, $0.00 + ?, 2 API errors
             mcp__acme__find 1 (1 failed)
             > Go on
             < All is well.
11-22 10:51  API error (server error)
11-22 10:52  limit reached: 5 hours (resets 11-22 14:00)
"""
AGENTS = """
Subagent                        ID Start  Time Responses Tokens  Cost
Explore: readers of the payment a1 10:01 4 min         2     60 $0.00
  Explore: tests                b2 10:02   0 s         1     30 $0.00
"""
MODELS = """
Model               Responses Tokens       Cost
claude-opus-4-5             2  4,200      $0.01
claude-sonnet-4-5           4    ≥96     ≥$0.00
claude-unheard-of-9         1     10  $0.00 + ?
Total                       7 ≥4,306 ≥$0.02 + ?

Costs are estimates by list price.
≥: a minimum; a response was cut off in the transcript.
+ ?: plus tokens whose price is not known.
Read just now. Start `claude-tracker run` to keep this up to date.
"""
DELETED = """\
Tools          Agent 2, Bash 2, Read 1, mcp__acme__find 1
Interruptions  1
Cache          72 % of the input read from it; 1,000 tokens written
5-hour window  2026-11-22 09:00 to 14:00: 7 responses, ≥4,306 tokens, ≥$0.02 + ?
Client         reports $0.01; the transcript holds $0.02 + ?; not written: 17
               tokens of claude-opus-4-5
Transcript     gone: which calls failed, compactions, what subagents did, and
               texts are not known any more

Turns
11-22 10:00  6 min, 5 responses, 4,290 tokens, $0.02
             Agent 2, Bash 2, Read 1
11-22 10:30  1 min, 1 response, ≥6 tokens, ≥$0.00, 1 interruption
11-22 10:50  2 min, 1 response, 10 tokens, $0.00 + ?, 2 API errors
             mcp__acme__find 1
11-22 10:51  API error (server error)
11-22 10:52  limit reached: 5 hours (resets 11-22 14:00)

Subagents: a1, b2
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return track(tmp_path)


def run(*arguments: object) -> Outcome:
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    return Outcome(result.exit_code, result.stdout, result.stderr)


def show(database: Path, *arguments: str) -> Outcome:
    folders = ("--database", database, "--config-dir", database.parent / "claude", "--no-processes")
    return run("sessions", "show", *arguments, *folders, "--timezone", "UTC")


def shown(database: Path, *arguments: str) -> str:
    outcome = show(database, *arguments)
    assert (0, "") == (outcome.code, outcome.stderr)
    lines = outcome.stdout.split("\n")
    assert 80 >= max(map(len, lines))
    return "\n".join(line.rstrip() for line in lines)


def json_of(database: Path, *arguments: str) -> Any:
    return json.loads(shown_json(database, *arguments))


def shown_json(database: Path, *arguments: str) -> str:
    outcome = show(database, "--json", *arguments)
    assert (0, "") == (outcome.code, outcome.stderr)
    return outcome.stdout


def test_the_story(database: Path) -> None:
    assert HEAD + TOOLS + SUMS + TURNS + AGENTS + MODELS == shown(database, SESSION)


def test_with_texts(database: Path) -> None:
    assert HEAD + TOOLS + SUMS + TURNS_WITH_TEXTS + AGENTS + MODELS == shown(database, SESSION, "--texts")


@pytest.mark.parametrize("options", [(), ("--texts",)])
def test_after_the_transcript_was_deleted(database: Path, options: tuple[str, ...]) -> None:
    remove(database.parent / "claude" / "projects")
    assert HEAD + DELETED + MODELS == shown(database, SESSION, *options)


def test_json(database: Path) -> None:
    assert STORY_JSON == json_of(database, SESSION)
    assert texts_json() == json_of(database, SESSION, "--texts")
    remove(database.parent / "claude" / "projects")
    assert deleted_json() == json_of(database, SESSION)


def test_texts_are_shown_on_request_only(database: Path) -> None:
    printed = shown(database, SESSION) + shown_json(database, SESSION)
    assert [] == [text for text in TEXTS if text in printed]


def test_its_first_characters_are_enough(database: Path) -> None:
    assert FORK == json_of(database, FORK[:-1] + "2")["session"]["id"]
    write(database.parent / "claude" / "projects" / "p" / "another.jsonl", [assistant(session="another")])
    assert "another" == json_of(database, "ano")["session"]["id"]


def test_an_id_that_is_the_beginning_of_another(database: Path) -> None:
    for name in ("ab", "abc"):
        line = assistant(name, request=name, uuid=name, session=name)
        write(database.parent / "claude" / "projects" / "p" / f"{name}.jsonl", [line])
    assert "ab" == json_of(database, "ab")["session"]["id"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("7c1f", f"2 sessions have an id that starts with '7c1f'; give more of it: {SESSION}, {FORK}"),
        ("x\x1b", "no session has an id that starts with 'x\\x1b': `sessions --all --json` lists them"),
        ("", "no session has an id that starts with '': `sessions --all --json` lists them"),
    ],
)
def test_another_id(database: Path, wanted: str, message: str) -> None:
    outcome = show(database, wanted)
    assert_one_line(outcome, 2)
    assert f"Error: {message}\n" == outcome.stderr


def test_many_ids_are_not_all_listed(database: Path) -> None:
    for number in range(7):
        name = f"s{number}"
        line = assistant(name, request=name, uuid=name, session=name)
        write(database.parent / "claude" / "projects" / "p" / f"{name}.jsonl", [line])
    assert "give more of it: s0, s1, s2, s3, s4, …\n" in show(database, "s").stderr


def test_options_of_the_group_apply(database: Path) -> None:
    folders = ("--database", database, "--config-dir", database.parent / "claude", "--no-processes")
    outcome = run("sessions", *folders, "--timezone", "Asia/Tokyo", "show", SESSION)
    assert "Entries        2026-11-22 19:00 to 2026-11-22 19:52" in outcome.stdout
    outcome = run("sessions", *folders, "--timezone", "Asia/Tokyo", "show", SESSION, "--timezone", "UTC")
    assert "Entries        2026-11-22 10:00 to 2026-11-22 10:52" in outcome.stdout


def test_a_database_given_to_the_group_has_to_exist(tmp_path: Path) -> None:
    assert_one_line(run("sessions", "--database", tmp_path / "x.db", "show", SESSION), 4)
    assert not (tmp_path / "x.db").exists()


HOSTILE = "\x1b]0;title\x07\x1b[2J\u202e\u2066\u200b\x9b" + "界" * 50_000 + "\x00"


def test_hostile_texts_cannot_control_the_terminal(tmp_path: Path) -> None:
    """Nor can branches and tools; a text of 100 kB takes one line."""
    lines = [
        prompt(HOSTILE, uuid="p1", gitBranch=HOSTILE[:30]),
        assistant(content=[{"type": "text", "text": HOSTILE}, {"type": "tool_use", "id": "t", "name": HOSTILE[:30]}]),
    ]
    write(tmp_path / "claude" / "projects" / "p" / "s1.jsonl", lines)
    arguments = ("--config-dir", tmp_path / "claude", "--no-processes", "--timezone", "UTC")
    run("ingest", "--database", tmp_path / "tracker.db", *arguments[:3])
    outcome = run("sessions", "show", "s1", "--texts", "--database", tmp_path / "tracker.db", *arguments)
    assert 0 == outcome.code
    assert [] == [c for c in outcome.stdout.replace("\n", "") if not c.isprintable()]
    marks = ("             > ", "             < ")
    texts = [line.rstrip() for line in outcome.stdout.split("\n") if line.startswith(marks)]
    start = "\\x1b]0;title\\x07\\x1b[2J\\u202e\\u2066\\u200b\\x9b"
    assert [f"             {mark} {start}{'界' * 9} …" for mark in "><"] == texts
    assert 80 >= max(map(cell_len, outcome.stdout.split("\n")))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text("[page]\ntexts = true\n")
    return path


@pytest.mark.server
@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_server_reads_the_transcript_and_shows_texts_with_the_token(
    database: Path, config: Path, tmp_path: Path, command: str
) -> None:
    """The token is in the environment, as the configuration says."""
    folders = ("--config-dir", database.parent / "claude", "--no-processes") if command == "run" else ()
    setting: dict[str, Any] = {"CLAUDE_TRACKER_CONFIG": str(config), "CLAUDE_TRACKER_TOKEN": "secret"}
    token = {"Authorization": "Bearer secret"}
    with Server(tmp_path, *folders, command=command, database=database, **setting) as server:
        wait_until(lambda: server.get("/-/ready", **token).status == 200, "the server is ready")
        assert 401 == server.get(f"/api/sessions/{SESSION}?texts=true").status
        assert texts_json() == json.loads(server.get(f"/api/sessions/{SESSION}?texts=true", **token).text)
        metrics = server.get("/metrics", **token).text
        remove(tmp_path / "claude" / "projects")
        assert "gone" == json.loads(server.get(f"/api/sessions/{SESSION}", **token).text)["transcript"]
    assert "claude_tracker_tokens_total" in metrics
    assert [] == [text for text in TEXTS if text in metrics]


@pytest.mark.server
def test_a_server_shows_no_texts_by_default(database: Path, tmp_path: Path) -> None:
    with Server(tmp_path, command="serve", database=database) as server:
        assert 403 == server.wait_ready().get(f"/api/sessions/{SESSION}?texts=true").status
        without = json.loads(server.get(f"/api/sessions/{SESSION}").text)
    assert ([*STORY_JSON["turns"]], [None, None]) == (
        without["turns"], [agent["description"] for agent in without["agents"]],
    )  # fmt: skip


def test_texts_are_never_published(database: Path, config: Path) -> None:
    shown(database, SESSION, "--texts")
    options = ("--webhook-url", "http://127.0.0.1:9/", "--privacy", "full", "--database", database, "--no-processes")
    outcome = run("--config", config, "sync", "--dry-run", *options, "--config-dir", database.parent / "claude")
    assert (0, True) == (outcome.code, SESSION in outcome.stdout)
    assert [] == [text for text in (*TEXTS, "readers of the payment") if text in outcome.stdout]
