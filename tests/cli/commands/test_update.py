"""`rollback` and the end of `./start.sh install`, outside an installation."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli


@pytest.mark.parametrize("command", ["activate", "rollback"])
def test_outside_an_installation_it_says_so_and_changes_nothing(command: str) -> None:
    result = CliRunner().invoke(cli, [command])
    assert (1, "Error: this claude-tracker was not installed with `./start.sh install`\n") == (
        result.exit_code,
        result.output,
    )


def test_activate_is_not_shown() -> None:
    shown = CliRunner().invoke(cli, ["--help"]).output
    assert "  rollback " in shown
    assert "activate" not in shown
