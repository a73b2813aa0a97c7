"""`status --json` without click: it takes the same options in the same way, and says the same."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from exporter.cli.commands import status, status_json
from exporter.cli.main import cli
from exporter.cli.options import config_file, file_keys
from exporter.cli.options.by_hand import StatusOptions, status_options
from exporter.cli.wiring import status as taking
from exporter.errors import LockedError
from support.databases import ingest
from support.processes import Outcome
from support.transcripts import assistant, write

WITH_CLICK = ("-c", "import sys; from exporter.cli.main import main; main()")
HEAVY = ("click", "rich", "flask", "genai_prices", "jinja2")


class _TakenError(Exception):
    """In place of the answer."""


@pytest.fixture
def place(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where relative paths are: two folders, a file, and configuration files."""
    folder = tmp_path / "work"
    for name in ("claude", "other"):
        (folder / name).mkdir(parents=True)
    (folder / "file").write_text("")
    (folder / "named.toml").write_text('database = "named.db"\n')
    (folder / "link.db").symlink_to(folder / "real.db")
    monkeypatch.chdir(folder)
    return folder


def by_click(words: list[str], monkeypatch: pytest.MonkeyPatch) -> StatusOptions | None:
    """The options that click makes; None if it makes none: it refuses them, or shows help."""
    taken: list[StatusOptions] = []

    def take(options: StatusOptions) -> None:
        taken.append(options)
        raise _TakenError

    monkeypatch.setattr(status, "taken_now", take)
    result = CliRunner().invoke(cli, words)
    assert taken or not isinstance(result.exception, _TakenError)
    return taken[0] if taken else None


def compared(words: str, monkeypatch: pytest.MonkeyPatch, *, is_ours: bool) -> None:
    """Both ways make the same of it. `is_ours`: it is done without click."""
    found = status_options(words.split(), os.environ)
    assert is_ours == (found is not None)
    if found is not None:
        assert by_click(words.split(), monkeypatch) == found


@pytest.mark.parametrize(
    "words",
    [
        "status --json",
        "status --json --json",
        "status --database a.db --json",
        "status --json --database=a.db",
        "status --database a.db --database b.db --json",
        "status --json --database ~/a.db",
        "status --json --database link.db",
        "status --json --database=a=b.db",
        "status --config-dir claude --json --config-dir=other",
        "status --json --no-processes",
        "status --json --no-processes --processes",
        "status --json --timezone Europe/Berlin",
        "status --timezone=UTC --no-processes --json --database a.db --config-dir claude",
        "--config named.toml status --json",
        "--config=named.toml status --json",
        "status --json --config named.toml",
        "status --json --config=named.toml --database a.db",
    ],
)
def test_plain_options_are_taken_as_by_click(place: Path, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared(words, monkeypatch, is_ours=True)


@pytest.mark.parametrize(
    "words",
    [
        "status",
        "status --json --full",
        "status --json --help",
        "status --json -h",
        "status --json --version",
        "status --json --unknown",
        "status --json --data a.db",
        "status --json extra",
        "--json status",
        "--no-processes status --json",
        "status status --json",
        "limits --json status",
        "status --json -- --database",
        "status --json --database",
        "status --json --database=",
        "status --json --database --no-processes",
        "status --json --database claude",
        "status --json --config-dir nowhere",
        "status --json --config-dir file",
        "status --json --config-dir",
        "status --json --json=1",
        "status --json --no-processes=1",
        "status --json --timezone Mars/Olympus",
        "status --json --timezone",
        "status --json --config nowhere.toml",
        "status --json --config claude",
        "status --json --config",
        "status --json --block-token-limit 5",
    ],
)
def test_all_else_is_left_to_click(place: Path, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared(words, monkeypatch, is_ours=False)


@pytest.mark.parametrize(
    ("variables", "words", "is_ours"),
    [
        pytest.param({"DATABASE": "env.db"}, "", True, id="a database"),
        pytest.param({"DATABASE": "env.db"}, "--database a.db", True, id="an option wins over it"),
        pytest.param({"DATABASE": ""}, "", True, id="an empty one is none"),
        pytest.param({"DATABASE": "claude"}, "", False, id="a folder for a database"),
        pytest.param({"CONFIG_DIR": "claude:other"}, "", True, id="two folders"),
        pytest.param({"CONFIG_DIR": "claude:other"}, "--config-dir other", True, id="options replace all of them"),
        pytest.param({"CONFIG_DIR": "claude:"}, "", False, id="an empty folder"),
        pytest.param({"CONFIG_DIR": "nowhere"}, "", False, id="a missing folder"),
        pytest.param({"PROCESSES": "0"}, "", True, id="no processes"),
        pytest.param({"PROCESSES": "No"}, "", True, id="no in words"),
        pytest.param({"PROCESSES": "no"}, "--processes", True, id="an option wins over the word"),
        pytest.param({"PROCESSES": ""}, "", True, id="an empty word"),
        pytest.param({"PROCESSES": "perhaps"}, "", False, id="no word for yes or no"),
        pytest.param({"TIMEZONE": "Asia/Tokyo"}, "", True, id="a zone"),
        pytest.param({"TIMEZONE": "Mars"}, "", False, id="no zone"),
        pytest.param({"BLOCK_TOKEN_LIMIT": "5000"}, "", True, id="a limit"),
        pytest.param({"BLOCK_TOKEN_LIMIT": "0"}, "", False, id="no limit"),
        pytest.param({"WEEK_START": "monday 09:00"}, "", True, id="a week"),
        pytest.param({"WEEK_START": "someday"}, "", False, id="no week"),
        pytest.param({"ACCOUNT_NAME": "3f2a91c07d=work b6d01e5a42=own"}, "", True, id="names"),
        pytest.param({"ACCOUNT_NAME": "work"}, "", False, id="no name of an account"),
        pytest.param({"CONFIG": "named.toml"}, "", True, id="a file"),
        pytest.param({"CONFIG": "nowhere.toml"}, "", False, id="a missing file"),
    ],
)
def test_variables_count_as_with_click(
    place: Path, variables: dict[str, str], words: str, is_ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"CLAUDE_TRACKER_{name}", value)
    compared(f"status --json {words}", monkeypatch, is_ours=is_ours)


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        pytest.param("", True, id="an empty file"),
        pytest.param('database = "file.db"\ntimezone = "Asia/Tokyo"\nprocesses = false', True, id="general values"),
        pytest.param('database = "file.db"\n[status]\ndatabase = "table.db"', True, id="the command's table wins"),
        pytest.param('config-dir = "claude"', True, id="one folder"),
        pytest.param('config-dir = ["claude", "other"]', True, id="a list of folders"),
        pytest.param('config-dir = ["claude", "nowhere"]', False, id="a missing folder"),
        pytest.param(
            'listen = "127.0.0.1:3002"\n[run]\nquiet-hours = "22:00-07:00"', True, id="other commands' values"
        ),
        pytest.param('account-name = ["3f2a91c07d=my work"]\nweek-start = "friday"', True, id="names and the week"),
        pytest.param('block-token-limit = "5000"', True, id="a limit"),
        pytest.param('[budgets.work]\ncost_usd = 200\nper = "month"', True, id="budgets"),
        pytest.param('[budgets.work]\ncost_usd = 0\nper = "month"', False, id="a wrong budget"),
        pytest.param('[prices."claude-opus-9"]\ninput = 5\noutput = 25', True, id="prices"),
        pytest.param('[limits]\nask = "15m"\n[page]\ntexts = true', True, id="the other own tables"),
        pytest.param("[status]\njson = true", True, id="a flag in the table"),
        pytest.param("[status]\nfull = true", False, id="tables"),
        pytest.param("database = 5", False, id="a wrong type"),
        pytest.param("colour = 'red'", False, id="an unknown key"),
        pytest.param("[dance]\nx = 1", False, id="an unknown command"),
        pytest.param("[status]\nlisten = 'x'", False, id="another command's key"),
        pytest.param("database =", False, id="no TOML"),
    ],
)
def test_the_file_counts_as_with_click(
    place: Path, home: Path, text: str, is_ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".config" / "claude-tracker").mkdir(parents=True)
    (home / ".config" / "claude-tracker" / "config.toml").write_text(text)
    compared("status --json", monkeypatch, is_ours=is_ours)
    monkeypatch.setenv("CLAUDE_TRACKER_DATABASE", "env.db")
    compared("status --json --no-processes", monkeypatch, is_ours=is_ours)


def test_the_known_keys_are_those_of_the_commands() -> None:
    commands = dict(config_file._commands(cli))
    for name, keys in file_keys.KEYS.items():
        options = config_file.options_by_name(commands[name])
        assert keys == options.keys(), name
        assert keys & file_keys.FLAGS == {key for key in keys if options[key].is_flag}, name
        assert keys & file_keys.REPEATED == {key for key in keys if options[key].multiple}, name


def both(*words: str | Path, **environment: str) -> tuple[Outcome, Outcome]:
    """The command without click and with it. The time at which they run differs: see `undated`."""
    found = []
    for start in (("-m", "exporter"), WITH_CLICK):
        done = subprocess.run(
            [sys.executable, "-P", *start, *map(str, words)],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        found.append(Outcome(done.returncode, done.stdout, done.stderr))
    return found[0], found[1]


def undated(text: str) -> Any:
    """The answer without what moves with the clock."""
    found = json.loads(text)
    found["health"].pop("lag_seconds", None)
    return {key: value for key, value in found.items() if key != "as_of"}


@pytest.fixture
def read(tmp_path: Path) -> list[str]:
    """The options for transcripts that were all read."""
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant(at="2025-11-20T10:00:00.000Z")])
    options = ["--database", str(tmp_path / "tracker.db"), "--config-dir", str(tmp_path / "claude")]
    ingest(*options)
    return options


def test_the_answer_is_the_same(read: list[str]) -> None:
    by_hand, with_click = both("status", "--json", *read, CLAUDE_TRACKER_WEEK_START="monday")
    assert (0, "") == (by_hand.code, by_hand.stderr)
    assert undated(with_click.stdout) == undated(by_hand.stdout)
    assert by_hand.stdout.startswith('{\n  "as_of": "')
    assert 1 == undated(by_hand.stdout)["totals"]["responses"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--database", "nowhere.db"], 4, "Error: there is no database"),
        (["--database", "text.db"], 4, "Error: "),
        (["--config-dir", "nowhere"], 8, "Error: the folder nowhere does not exist; check --config-dir"),
        (["--unknown"], 2, "Error: No such option '--unknown'"),
        (["--database"], 2, "Error: Option '--database' requires an argument."),
        (["--timezone", "Mars"], 2, "'Mars' is not a time zone"),
    ],
)
def test_errors_are_the_same(place: Path, words: list[str], status: int, said: str) -> None:
    (place / "text.db").write_text("no database" * 100)
    by_hand, with_click = both("status", "--json", *words)
    assert with_click == by_hand
    assert (status, "") == (by_hand.code, by_hand.stdout)
    assert said in by_hand.stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(KeyboardInterrupt(), "\nAborted!\n", id="interrupted"),
        pytest.param(BrokenPipeError(errno.EPIPE, "nobody reads"), "", id="nobody reads"),
        pytest.param(LockedError("`claude-tracker run` waits"), "Error: `claude-tracker run` waits\n", id="a failure"),
    ],
)
def test_its_end_is_the_same(
    error: BaseException, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(options: StatusOptions) -> None:
        raise error

    monkeypatch.setattr(status, "taken_now", fail)
    monkeypatch.setattr(taking, "taken_now", fail)
    monkeypatch.setattr(sys, "stdout", sys.stdout)  # it is replaced where nobody reads
    with_click = CliRunner().invoke(cli, ["status", "--json"])
    code = status_json.main(["status", "--json"])
    assert (with_click.exit_code, with_click.stderr) == (code, said)
    assert said == capsys.readouterr().err


def test_nobody_may_read_it(read: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-P", "-m", "exporter", "status", "--json", *read]
    with open(writing, "w") as nowhere:
        done = subprocess.run(command, stdout=nowhere, stderr=subprocess.PIPE, text=True, check=False)
    assert (1, "") == (done.returncode, done.stderr)


def test_nothing_heavy_is_imported(read: list[str], home: Path) -> None:
    (home / ".config" / "claude-tracker").mkdir(parents=True)
    (home / ".config" / "claude-tracker" / "config.toml").write_text('timezone = "UTC"\n[run]\nlisten = "3102"\n')
    code = (
        "import atexit, sys; from exporter.__main__ import main\n"
        f"atexit.register(lambda: sys.stderr.write(' '.join(name for name in {HEAVY!r} if name in sys.modules)))\n"
        f"sys.argv[1:] = {['status', '--json', *read]!r}; main()"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert 1 == json.loads(done.stdout)["totals"]["responses"]
