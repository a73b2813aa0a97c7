"""Commands on a database file, and what they leave of it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from exporter.cli.main import cli
from support.processes import Outcome, run_command

COMMANDS = ["run", "ingest", "status", "rebuild", "reprice"]


def options_of(command: str, database: Path, claude: Path) -> list[str]:
    return ["--database", str(database), *([] if command == "reprice" else ["--config-dir", str(claude)])]


def run_on(database: Path, command: str, claude: Path, prefix: list[str] | None = None) -> Outcome:
    return run_command(command, *options_of(command, database, claude), prefix=prefix or [])


def run_here(database: Path, command: str, claude: Path) -> Outcome:
    """The same in this process, which is faster; for what is refused."""
    result = CliRunner().invoke(cli, [command, *options_of(command, database, claude)])
    return Outcome(result.exit_code, result.stdout, result.stderr)


def state(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_one_line(outcome: Outcome, code: int) -> None:
    assert (code, "") == (outcome.code, outcome.stdout)
    assert outcome.stderr.startswith("Error: ")
    assert 1 == outcome.stderr.count("\n"), outcome.stderr


def ingest(*options: str | Path) -> None:
    """Make the database of these options, as `claude-tracker ingest` does: commands that show make none."""
    result = CliRunner().invoke(cli, ["ingest", "--no-processes", *map(str, options)])
    assert 0 == result.exit_code, result.output
