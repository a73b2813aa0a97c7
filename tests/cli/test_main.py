"""The command line: where settings come from; failures are one line, with an exit code for their kind."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter import __version__
from exporter.cli.help import SECTIONS, config_first
from exporter.cli.main import COMMANDS, cli
from exporter.cli.options.types import Listen
from support.databases import ingest
from support.processes import Outcome, run_command
from support.transcripts import assistant, usage, write


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", [assistant(at="2025-11-20T10:00:00.000Z")])
    return tmp_path / "claude"


@pytest.fixture
def config(home: Path) -> Path:
    """Where the configuration file of the platform lies."""
    folder = home / ".config" / "claude-tracker"
    folder.mkdir()
    return folder / "config.toml"


def invoke(*args: str | Path, **environment: str) -> Result:
    """A command in this process."""
    return CliRunner().invoke(cli, [str(arg) for arg in args], env=environment)


def databases(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.db"))


@pytest.mark.parametrize(
    ("arguments", "used"),
    [
        pytest.param({"flag", "environment", "table", "file"}, "flag.db", id="a flag wins over all"),
        pytest.param({"environment", "table", "file"}, "environment.db", id="then the environment"),
        pytest.param({"table", "file"}, "table.db", id="then the command's table in the file"),
        pytest.param({"file"}, "file.db", id="then what the file says for every command"),
    ],
)
def test_precedence_of_settings(tmp_path: Path, config: Path, claude: Path, arguments: set[str], used: str) -> None:
    lines = [f"config-dir = '{claude}'"]
    lines += [f"database = '{tmp_path}/file.db'"] if "file" in arguments else []
    lines += ["[ingest]", f"database = '{tmp_path}/table.db'"] if "table" in arguments else []
    config.write_text("\n".join(lines))
    environment = {"CLAUDE_TRACKER_DATABASE": f"{tmp_path}/environment.db"} if "environment" in arguments else {}
    flags = ["--database", f"{tmp_path}/flag.db"] if "flag" in arguments else []
    result = invoke("ingest", *flags, **environment)
    assert 0 == result.exit_code, result.output
    assert "Read 1 line" in result.output
    assert [used] == databases(tmp_path)


def test_defaults_follow_the_platform_and_claudes_rules(home: Path) -> None:
    write(home / ".claude" / "projects" / "-a" / "s1.jsonl", [assistant()])
    write(home / ".config" / "claude" / "projects" / "-b" / "s2.jsonl", [assistant("msg_2", uuid="a2", session="s2")])
    result = invoke("ingest")
    assert "Read 2 lines" in result.output
    assert ["claude_usage.db"] == databases(home / ".local" / "share" / "claude-tracker")


def test_the_environment_lists_folders_like_path(tmp_path: Path, claude: Path) -> None:
    other = tmp_path / "other"
    write(other / "projects" / "-b" / "s2.jsonl", [assistant("msg_2", request="req_2", uuid="a2", session="s2")])
    folders = f"{claude}:{other}"
    result = invoke("ingest", "--database", tmp_path / "a.db", CLAUDE_TRACKER_CONFIG_DIR=folders)
    assert "Read 2 lines" in result.output


def test_a_tilde_in_the_file_is_the_home_folder(home: Path, config: Path) -> None:
    write(home / "other" / "projects" / "-a" / "s1.jsonl", [assistant()])
    config.write_text('database = "~/mine.db"\nconfig-dir = ["~/other"]')
    assert "Read 1 line" in invoke("ingest").output
    assert ["mine.db"] == databases(home)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("database =", "cannot read the configuration", id="no TOML"),
        pytest.param("colour = 'red'", "no command has an option 'colour'", id="an unknown key"),
        pytest.param("[dance]\nx = 1", "there is no command [dance]", id="an unknown command"),
        pytest.param("[status]\nlisten = 'x'", "the command status has no option 'listen'", id="another command's key"),
        pytest.param(
            "[ingest]\nchild = true", "the command ingest has no option 'child'", id="a key that is not shown"
        ),
        pytest.param("run = 1", "no command has an option 'run'", id="a command that is not a table"),
        pytest.param("database = 5", "database must be a quoted string, not 5", id="a number for a path"),
        pytest.param(
            "config-dir = [1]", "config-dir must be a quoted string, not [1]", id="a number in a list of paths"
        ),
        pytest.param("timezone = 5", "timezone must be a quoted string, not 5", id="a number for a time zone"),
        pytest.param("json = 'yes'", "json must be true or false, not yes", id="a text for a flag"),
        pytest.param('database = "a\\u0000b"', "is not a valid path", id="a path with a NUL byte"),
        pytest.param("timezone = 'Mars/Olympus'", "'Mars/Olympus' is not a time zone", id="an unknown time zone"),
    ],
)
def test_an_invalid_configuration_file_is_refused(config: Path, text: str, said: str) -> None:
    config.write_text(text)
    result = invoke("status")
    assert 2 == result.exit_code, result.output
    assert said in result.output


def test_a_folder_named_in_the_configuration_file_must_exist(config: Path) -> None:
    config.write_text("config-dir = '/nowhere'")
    result = invoke("status")
    assert (8, True) == (result.exit_code, "the folder /nowhere does not exist" in result.output)


def test_a_named_configuration_file_must_exist(tmp_path: Path) -> None:
    result = invoke("--config", tmp_path / "none.toml", "status")
    assert (2, True) == (result.exit_code, "cannot read the configuration" in result.output)


def test_a_named_configuration_file_replaces_the_default(tmp_path: Path, config: Path, claude: Path) -> None:
    config.write_text("nonsense")
    other = tmp_path / "other.toml"
    other.write_text(f"config-dir = '{claude}'\ndatabase = '{tmp_path}/named.db'")
    assert 0 == invoke("ingest", CLAUDE_TRACKER_CONFIG=str(other)).exit_code
    assert ["named.db"] == databases(tmp_path)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:", "127.0.0.1:99999", "99999", "0", "x", "", "127.0.0.1:x", ":3001", "127.0.0.1:0"]
)
def test_an_invalid_address_is_refused(address: str) -> None:
    result = invoke("run", "--listen", address)
    assert 2 == result.exit_code
    assert "is not HOST:PORT or a port" in result.output


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("3102", ("127.0.0.1", 3102)),
        ("127.0.0.2:3102", ("127.0.0.2", 3102)),
        ("localhost:1", ("localhost", 1)),
        ("[::1]:3102", ("::1", 3102)),
    ],
)
def test_an_address_to_listen_on(value: str, address: tuple[str, int]) -> None:
    assert address == Listen().convert(value, None, None)


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        (["statsu"], "there is no command 'statsu'. Did you mean status or statusline?"),
        (["sesions"], "there is no command 'sesions'. Did you mean sessions?"),
        (["qqq"], "there is no command 'qqq'."),
        (["status", "--jsn"], "No such option '--jsn'. Did you mean '--json'?"),
    ],
)
def test_near_words_for_a_mistyped_command_or_option(mistyped: list[str], meant: str) -> None:
    result = invoke(*mistyped)
    assert (2, f"Error: {meant}") == (result.exit_code, result.output.splitlines()[-1])


def test_global_options_stand_before_or_after_the_command(tmp_path: Path) -> None:
    none = tmp_path / "none.toml"
    for arguments in (["--config", none, "status"], ["status", "--config", none], ["status", f"--config={none}"]):
        result = invoke(*arguments)
        assert (2, True) == (result.exit_code, f"cannot read the configuration {none}" in result.output)
    assert invoke("--version").output == invoke("status", "--version").output
    assert ["report", "--", "--config", "x"] == config_first(["report", "--", "--config", "x"])


def test_every_command_has_a_line_in_the_help_and_an_example() -> None:
    shown = {name: command for section in SECTIONS.values() for name, command in section.items()}
    assert {"activate"} == COMMANDS.keys() - shown.keys(), "it is for start.sh alone"
    result = invoke("--help")
    for name in COMMANDS.keys() & shown.keys():
        assert f"\n  {name} " in result.output
        if name not in SECTIONS["Called by Claude Code"]:
            assert f"\n  Examples:\n    claude-tracker {name}" in invoke(name, "--help").output


def test_the_options_of_run_are_in_groups() -> None:
    lines = invoke("run", "--help").output.splitlines()
    titles = [line for line in lines if line and not line.startswith(" ") and line.endswith(":")]
    assert ["Where:", "Warnings:", "Publishing:", "Advanced:", "Other:"] == titles
    assert lines[lines.index("Where:") + 1].startswith("  --listen [HOST:]PORT")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(shell: str) -> None:
    result = invoke("completion", shell)
    assert 0 == result.exit_code
    assert f"_CLAUDE_TRACKER_COMPLETE={shell}_complete" in result.output


def test_options_in_the_file_hold_for_commands_within_commands(config: Path, tmp_path: Path) -> None:
    config.write_text(f"database = '{tmp_path}/named.db'\n[setup]\nprivacy = 'nothing'\n")
    shown = invoke("sessions", "show", "1b2c")
    assert f"there is no database {tmp_path}/named.db" in shown.output
    published = invoke("setup", "netlify")
    assert (2, True) == (published.exit_code, "'nothing' is not one of" in published.output)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        pytest.param("0.0.0.0:3001", "cannot listen on 0.0.0.0 without a token", id="every interface"),
        pytest.param("192.168.1.1:3001", "cannot listen on 192.168.1.1 without a token", id="the network"),
        pytest.param("example.org:3001", "is not an IP address", id="a name"),
        pytest.param("[::1]:3001", "IPv6 is not supported", id="IPv6"),
    ],
)
def test_an_address_of_another_machine_is_refused(tmp_path: Path, claude: Path, address: str, said: str) -> None:
    result = invoke("run", "--database", tmp_path / "a.db", "--config-dir", claude, "--listen", address)
    assert 6 == result.exit_code, result.output
    assert said in result.output


def test_the_version() -> None:
    assert f"claude-tracker, version {__version__}\n" == invoke("--version").output == run_command("--version").stdout


def failure(outcome: Outcome) -> tuple[int, str]:
    """The exit code and the one line of the error."""
    assert "Traceback" not in outcome.stderr
    assert "" == outcome.stdout
    *before, last = outcome.stderr.splitlines()
    assert [] == [line for line in before if not line.startswith(("Usage: ", "Try ")) and line]
    return outcome.code, last


def test_a_port_in_use_is_reported(tmp_path: Path, claude: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        outcome = run_command("run", "--database", tmp_path / "a.db", "--config-dir", claude, "--listen", address)
    said = f"Error: cannot listen on {address}: Address already in use; choose another address with --listen"
    assert (6, said) == failure(outcome)


@pytest.mark.parametrize("command", ["run", "ingest", "status", "rebuild"])
def test_a_missing_folder_is_reported(tmp_path: Path, command: str) -> None:
    absent = tmp_path / "absent"
    outcome = run_command(command, "--database", tmp_path / "a.db", "--config-dir", absent)
    assert (8, f"Error: the folder {absent} does not exist; check --config-dir") == failure(outcome)
    assert not (tmp_path / "a.db").exists()


@pytest.mark.parametrize("command", ["run", "ingest", "status", "rebuild"])
def test_a_database_path_below_a_file_is_reported(tmp_path: Path, claude: Path, command: str) -> None:
    (tmp_path / "file").touch()
    outcome = run_command(command, "--database", tmp_path / "file" / "a.db", "--config-dir", claude)
    code, said = failure(outcome)
    assert (4, True) == (code, "file/a.db" in said)


def test_reprice_without_a_database_is_an_error(tmp_path: Path) -> None:
    outcome = run_command("reprice", "--database", tmp_path / "a.db")
    assert (
        4,
        f"Error: there is no database {tmp_path / 'a.db'} to reprice: create it with `claude-tracker ingest`",
    ) == failure(outcome)


def test_a_cloud_synced_folder_causes_a_warning(tmp_path: Path, claude: Path) -> None:
    database = tmp_path / "Dropbox" / "a.db"
    result = invoke("ingest", "--database", database, "--config-dir", claude)
    assert 0 == result.exit_code
    assert f"warning: {database} is in a synced folder" in result.stderr


def test_a_narrow_terminal_shows_fewer_columns_and_cuts_no_number(tmp_path: Path) -> None:
    write(tmp_path / "projects" / "s1.jsonl", [assistant(used=usage(123_456, 999_999))])
    ingest("--database", tmp_path / "a.db", "--config-dir", tmp_path)
    for width, expected in (
        ("40", "claude-opus-4-5         1 $25.62"),
        ("80", "claude-opus-4-5         1 123,456 999,999          0           0 $25.62"),
    ):
        result = invoke("status", "--full", "--database", tmp_path / "a.db", "--config-dir", tmp_path, COLUMNS=width)
        assert expected in [line.rstrip() for line in result.output.splitlines()]
