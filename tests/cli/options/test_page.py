"""`[page]` in the configuration file: texts of prompts and answers are shown with a token only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from exporter.cli.options.page import check_texts, parse_page
from exporter.errors import ConfigurationError
from support.databases import assert_one_line
from support.processes import Outcome


@pytest.mark.parametrize(("table", "shown"), [({}, False), ({"texts": False}, False), ({"texts": True}, True)])
def test_texts(table: dict[str, Any], shown: bool) -> None:
    assert shown is parse_page(table, "c.toml")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (True, "c.toml: [page] is a table, such as [page] texts = true"),
        ({"text": True}, "c.toml: [page] has no key 'text'; its key is texts"),
        ({"texts": "true"}, "c.toml: [page] texts must be true or false, not 'true'"),
        ({"texts": 1}, "c.toml: [page] texts must be true or false, not 1"),
    ],
)
def test_another_value(table: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_page(table, "c.toml")
    assert message == str(raised.value)


def test_a_token_is_needed() -> None:
    assert (True, False, False) == (check_texts(True, "t"), check_texts(False, None), check_texts(False, "t"))


@pytest.mark.parametrize("command", ["run", "serve"])
def test_without_a_token_nothing_starts(tmp_path: Path, command: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[page]\ntexts = true\n")
    database = tmp_path / "tracker.db"
    result = CliRunner().invoke(cli, ["--config", str(config), command, "--database", str(database)])
    assert_one_line(Outcome(result.exit_code, result.stdout, result.stderr), 2)
    assert (
        "Error: [page] texts = true needs a token, also on 127.0.0.1: set CLAUDE_TRACKER_TOKEN, or remove the key\n"
    ) == result.stderr
    assert not database.exists()


def test_commands_that_do_not_serve_need_none(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[page]\ntexts = true\n")
    assert 0 == CliRunner().invoke(cli, ["--config", str(config), "sessions", "--no-processes"]).exit_code
