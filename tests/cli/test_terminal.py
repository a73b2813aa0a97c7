"""Nothing that a stranger wrote controls the terminal: every string field is planted, every command is shown in one."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from exporter.cli.output import fitted
from exporter.domain.calendar.timestamp import HOUR, to_iso
from support.processes import Server, run_command, wait_until
from support.sessions import Processes, register
from support.terminals import CONTROLS, EVIL, controls_in, in_terminal
from support.transcripts import api_error, assistant, prompt, tool_use, write

pytestmark = [pytest.mark.server, pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")]
STRINGS = ("gitBranch", "version", "cwd", "slug", "userType", "entrypoint", "customTitle", "agentId", "teamName")
LABEL = "user=" + EVIL.replace("\r\n", "")
HIDDEN = "\\x1b]0;owned\\x07"
"""The start of `EVIL` as it is shown."""


class Planted(NamedTuple):
    """A machine on which every name, path and text is planted."""

    folder: Path
    claude: Path
    database: Path

    @property
    def options(self) -> list[str | Path]:
        return ["--database", self.database, "--config-dir", self.claude]


def plant(value: Any) -> Any:
    """The same with every text that may be anything made evil; kinds, ids of requests and times stay."""
    if isinstance(value, dict):
        return {key: one if key in ("type", "role", "timestamp") else plant(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plant(one) for one in value]
    return f"{value}{EVIL}" if isinstance(value, str) else value


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    folder = tmp_path_factory.mktemp("planted") / EVIL
    claude, work = folder / "claude", folder / f"work{EVIL}"
    now = time.time_ns() // 1_000_000
    for age in (1, 5, 30):
        more = dict.fromkeys(STRINGS, EVIL) | {"cwd": str(work)}
        at, session = to_iso(now - age * HOUR), f"s{age}{EVIL}"
        said = assistant(
            f"m{age}", at=at, session=session, model=f"claude-{EVIL}", content=[tool_use(f"t{age}", f"Tool{EVIL}")]
        )
        ordinary = assistant(f"n{age}", request=f"n{age}", uuid=f"n{age}", at=at, session=session)
        refused = api_error(f"You've hit your session limit · resets 2:10pm ({EVIL})", uuid=f"e{age}", at=at)
        lines = [plant(prompt(EVIL, at=at, session=session)), plant(said) | more, ordinary | more, refused | more]
        write(claude / "projects" / f"-p{age}{EVIL}" / f"s{age}{EVIL}.jsonl", lines)
        write(claude / "projects" / f"-p{age}{EVIL}" / f"broken{EVIL}.jsonl", [{"type": EVIL, EVIL: EVIL}])
    write_settings(claude)
    with Processes(folder / "bin") as processes:
        pid = processes.start(processes.binary("claude-code/2.1.111/claude"), "300", cwd=work)
        record = register(claude, pid, f"live{EVIL}", work, "waiting")
        found = json.loads(record.read_text())
        record.write_text(json.dumps(found | {"waitingFor": EVIL, "version": EVIL, "entrypoint": EVIL, "name": EVIL}))
        machine = Planted(folder, claude, folder / "tracker.db")
        read = in_terminal("ingest", *machine.options)
        assert (0, []) == (read.code, controls_in(read.text)), read.text
        yield machine


def write_settings(claude: Path) -> None:
    (claude / "settings.json").write_text(
        json.dumps({"statusLine": {"type": "command", "command": EVIL}, EVIL: EVIL}, indent=2, ensure_ascii=False)
    )


SHOWING = [
    ("status",), ("status", "--json"), ("sessions", "--all"), ("sessions", "--all", "--json"), ("sessions", "--active"),
    ("limits", "--history"), ("limits", "--history", "--json"),
    *(("report", kind) for kind in ("daily", "weekly", "monthly", "blocks", "projects", "models", "plan")),
    *(("report", kind, "--json") for kind in ("daily", "blocks", "projects", "models", "plan")),
    ("sync", "--dry-run", "--privacy", "full"), ("sync", "--dry-run"), ("ingest",), ("rebuild",),
]  # fmt: skip


def options_of(command: str, machine: Planted) -> list[str | Path]:
    return machine.options if command not in ("backfill", "reprice") else machine.options[:2]


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_each_control_is_found(control: str) -> None:
    assert controls_in(f"an output with {control} in it")


@pytest.mark.parametrize("command", SHOWING, ids=" ".join)
def test_no_command_shows_a_control(planted: Planted, command: tuple[str, ...]) -> None:
    shown = in_terminal(*command, *options_of(command[0], planted))
    assert (0, []) == (shown.code, controls_in(shown.text)), shown.text[:2_000]


@pytest.mark.parametrize(
    "command", [("status",), ("sessions", "--all"), ("limits", "--history"), ("report", "projects")]
)
def test_a_terminal_with_styles_gets_only_those_of_the_program(planted: Planted, command: tuple[str, ...]) -> None:
    shown = in_terminal(*command, *planted.options, term="xterm-256color")
    assert (0, []) == (shown.code, controls_in(shown.text, styled=True))
    assert "\x1b[" in shown.text


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (("sessions", "--all"), HIDDEN),
        (("sessions", "--active"), "waiting (x"),
        (("sessions", "--all", "--json"), "\\u202e\\u2066"),
        (("sync", "--dry-run", "--privacy", "full"), "\\u202e\\u2066"),
        (("ingest",), HIDDEN),
    ],
)
def test_what_was_planted_is_visible(planted: Planted, command: tuple[str, ...], text: str) -> None:
    assert text in in_terminal(*command, *planted.options).text


def test_json_is_equal_to_what_is_stored(planted: Planted) -> None:
    on_terminal = json.loads(in_terminal("sessions", "--all", "--json", *planted.options).text)
    piped = run_command("sessions", "--all", "--json", *planted.options).stdout
    assert {f"s{age}{EVIL}" for age in (1, 5, 30)} <= {item["id"] for item in on_terminal["items"]}
    assert {item["project_path"] for item in on_terminal["items"]} == {
        item["project_path"] for item in json.loads(piped)["items"]
    }


@pytest.mark.parametrize("form", ["openmetrics", "victoriametrics"])
def test_the_history_shows_no_control(planted: Planted, form: str) -> None:
    shown = in_terminal(
        "backfill", "-o", "-", "--format", form, "--step", "60m", "--label", LABEL, "--database", planted.database
    )
    assert (0, []) == (shown.code, controls_in(shown.text))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("dashboard", "--output", "{folder}/page.html"), 0, id="a file that was written"),
        pytest.param(("dashboard", "--output", "{folder}/absent/page.html"), 2, id="a file that cannot be written"),
        pytest.param(("setup", "statusline", "--dry-run", "--settings", "{claude}/settings.json"), 0, id="settings"),
        pytest.param(("setup", "hooks", "--dry-run", "--settings", "{claude}/settings.json"), 0, id="hooks"),
        pytest.param(("setup", "hooks", "--yes", "--settings", "{claude}"), 2, id="settings that are a folder"),
        pytest.param(("status", "--week-start", EVIL), 2, id="the value of an option"),
        pytest.param(("status", "--timezone", EVIL), 2, id="a time zone"),
        pytest.param(("report", EVIL), 2, id="an argument"),
        pytest.param((f"--{EVIL}",), 2, id="an option of the group"),
        pytest.param((EVIL,), 2, id="a command"),
        pytest.param(("--config", "{folder}/absent.toml", "status"), 2, id="an absent configuration"),
        pytest.param(("--config", "{folder}/planted.toml", "status"), 2, id="a planted configuration"),
        pytest.param(("--config", "{folder}/broken.toml", "status"), 2, id="a broken configuration"),
        pytest.param(("backfill", "--load", "prometheus", "--data", "{claude}"), 10, id="a folder in a message"),
        pytest.param(("backfill", "--load", "victoriametrics", "--url", f"ftp://{EVIL}"), 2, id="a URL"),
    ],
)
def test_errors_and_messages_show_no_control(planted: Planted, arguments: tuple[str, ...], code: int) -> None:
    (planted.folder / "planted.toml").write_text(f"{json.dumps(EVIL)} = {json.dumps(EVIL)}\n")
    (planted.folder / "broken.toml").write_text(f"x = {json.dumps(EVIL)[:-3]}")
    filled = [
        one.replace("{folder}", str(planted.folder)).replace("{claude}", str(planted.claude)) for one in arguments
    ]
    shown = in_terminal(*filled, CLAUDE_TRACKER_DATABASE=str(planted.database))
    assert (code, []) == (shown.code, controls_in(shown.text)), shown.text
    assert "[Errno" not in shown.text


def test_the_status_line_shows_no_control(tmp_path: Path) -> None:
    status = {"model": {"display_name": f"Opus{EVIL}"}, "rate_limits": {f"seven_day_{EVIL}": {"used_percentage": 1}}}
    shown = in_terminal("statusline", "--database", tmp_path / "t.db", stdin=json.dumps(status).encode())
    assert (0, []) == (shown.code, controls_in(shown.text))
    assert shown.text.startswith("Opusx\\x1b]0;owned")


def test_unreadable_limits_are_shown_without_a_control(planted: Planted) -> None:
    """A command without a log says it too."""
    spool = Path(f"{planted.database}.spool")
    spool.mkdir(exist_ok=True)
    (spool / f"{time.time_ns()}-1.json").write_text(EVIL)
    shown = in_terminal("limits", *planted.options)
    assert (0, []) == (shown.code, controls_in(shown.text))
    assert "cannot read limits from " in shown.text


def test_no_line_of_the_log_is_forged(planted: Planted, tmp_path: Path) -> None:
    status = {"rate_limits": {"five_hour": {"used_percentage": 97, "resets_at": int(time.time()) + 3_600}}}
    alert: dict[str, Any] = {"status": "firing", "labels": {"alertname": EVIL}}
    alert |= {"annotations": {"summary": EVIL, "description": EVIL}}
    alert |= {"startsAt": to_iso(time.time_ns() // 1_000_000), "fingerprint": EVIL}
    received = tmp_path / "received"
    command = f"env > {received}; cat >> {received}"
    folder = tmp_path / EVIL
    folder.mkdir()
    with Server(folder, "--config-dir", planted.claude, "--processes", "--warning-command", command) as server:
        server.wait_ready()
        assert 202 == server.post("/api/session-update", json.dumps(status)).status
        assert 202 == server.post("/api/alerts", json.dumps({"alerts": [alert]})).status
        wait_until(lambda: "97 % used" in server.said and "bold red]y: x" in server.said, "both were logged")
        assert [] == controls_in(server.said)
        record = next((planted.claude / "sessions").iterdir())
        record.write_text(record.read_text().replace('"waiting"', '"busy"'))
        wait_until(lambda: f"session livex{HIDDEN}" in server.said, "the session's state was logged")
        assert [] == controls_in(server.said)
        lines = server.said.splitlines()
        assert any("bold red]y is now busy" in line for line in lines)
        wait_until(received.exists, "the command has run")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_message_is_broken_between_words_on_a_terminal_alone() -> None:
    text = "Read 1 line (2 bytes) from 1 file into /a/path/that/is/longer/than/the/terminal/is/wide.db (commit 26)"
    assert text == fitted(text, io.StringIO())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "40")
        terminal = Terminal()
        assert [
            "Read 1 line (2 bytes) from 1 file into",
            "/a/path/that/is/longer/than/the/terminal/is/wide.db",
            "(commit 26)",
        ] == fitted(text, terminal).splitlines()
        assert "" == fitted("", terminal)
