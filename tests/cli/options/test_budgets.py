"""`[budgets]` in the configuration file: what it may hold, and that commands use it."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter.cli.main import cli
from exporter.cli.options.budgets import parse_budgets
from exporter.domain.limits.budget import Budget
from exporter.errors import ConfigurationError
from support.databases import ingest
from support.transcripts import assistant, usage, write

DOLLAR = 10**9


def parsed(text: str) -> tuple[Budget, ...]:
    return parse_budgets(tomllib.loads(text, parse_float=Decimal)["budgets"], "config.toml")


def test_budgets_in_their_order() -> None:
    text = """
    [budgets.work]
    cost_usd = 200
    per = "month"
    project = "shop"
    [budgets."every day"]
    cost_usd = 12.5
    per = "day"
    """
    assert (
        Budget("work", 200 * DOLLAR, "month", "shop"),
        Budget("every day", 12_500_000_000, "day"),
    ) == parsed(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("budgets = 5", "each budget is a table with a name, such as [budgets.work]", id="no table"),
        pytest.param("[budgets]\ncost_usd = 5", "each budget is a table with a name", id="without a name"),
        pytest.param(
            '[budgets.a]\ncost_usd = -1\nper = "day"',
            '[budgets."a"] cost_usd must be above 0 and at most 10,000,000 dollars, not -1',
            id="negative",
        ),
        pytest.param('[budgets.a]\ncost_usd = 0\nper = "day"', "cost_usd must be above 0", id="nothing"),
        pytest.param('[budgets.a]\ncost_usd = nan\nper = "day"', "cost_usd must be above 0", id="no number"),
        pytest.param(
            '[budgets.a]\ncost_usd = "5"\nper = "day"', "cost_usd must be a number of dollars, not '5'", id="a text"
        ),
        pytest.param('[budgets.a]\ncost_usd = true\nper = "day"', "must be a number of dollars", id="a truth"),
        pytest.param(
            '[budgets.a]\ncost_usd = 5\nper = "year"',
            "per must be one of day, week, month, not 'year'",
            id="an unknown period",
        ),
        pytest.param("[budgets.a]\ncost_usd = 5\nper = []", "per must be one of day, week, month", id="a list"),
        pytest.param(
            '[budgets.a]\ncost_usd = 5\nper = "day"\ntokens = 5',
            "has no key 'tokens'; its keys are cost_usd, per, project",
            id="an unknown key",
        ),
        pytest.param('[budgets.a]\nper = "day"', "needs cost_usd, such as", id="without a cost"),
        pytest.param("[budgets.a]\ncost_usd = 5", "needs per, such as", id="without a period"),
        pytest.param("[budgets.a]", "needs cost_usd and per, such as", id="empty"),
        pytest.param(
            '[budgets.a]\ncost_usd = 5\nper = "day"\nproject = " "', "project must be a name in quotes", id="no project"
        ),
        pytest.param(
            '[budgets.a]\ncost_usd = 5\nper = "day"\n[budgets." A"]\ncost_usd = 5\nper = "day"',
            '[budgets." A"] is a second budget of this name; give each a name of its own',
            id="two of one name",
        ),
        pytest.param('[budgets."a\\u202e"]\ncost_usd = 5\nper = "day"', "needs a name of 1 to 40", id="invisible"),
        pytest.param(f'[budgets.{"a" * 41}]\ncost_usd = 5\nper = "day"', "needs a name of 1 to 40", id="long"),
        pytest.param(
            "".join(f'[budgets.a{number}]\ncost_usd = 5\nper = "day"\n' for number in range(21)),
            "there are 21 budgets; use at most 20",
            id="too many",
        ),
    ],
)
def test_bad_budgets_are_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^config\.toml: ") as error:
        parsed(text)
    assert said in str(error.value)


def invoke(folder: Path, text: str, *arguments: str) -> Result:
    config = folder / "config.toml"
    config.write_text(text)
    return CliRunner().invoke(cli, ["--config", str(config), *arguments])


def test_the_same_name_twice_is_an_error_of_the_file(tmp_path: Path) -> None:
    twice = '[budgets.a]\ncost_usd = 5\nper = "day"\n' * 2
    result = invoke(tmp_path, twice, "limits", "--database", str(tmp_path / "none.db"))
    assert 2 == result.exit_code
    assert "cannot read the configuration" in result.output
    assert "budgets" in result.output


def test_the_threshold_that_became_a_budget_says_so() -> None:
    result = CliRunner().invoke(cli, ["detect", "--threshold", "daily_cost_usd=50"])
    assert 2 == result.exit_code
    words = " ".join(result.output.split())
    assert 'is a budget now: write [budgets.daily] with cost_usd = 50 and per = "day"' in words


@pytest.mark.server
def test_limits_and_status_show_the_budgets(tmp_path: Path) -> None:
    lines = [assistant("m1", at="2026-11-22T10:00:00.000Z", used=usage(1_000, 200))]
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", lines)
    where = ("--database", str(tmp_path / "tracker.db"), "--config-dir", str(tmp_path / "claude"))
    ingest(*where)
    text = '[budgets.work]\ncost_usd = 200\nper = "month"\n[budgets.side]\ncost_usd = 5\nper = "week"\nproject = "x"\n'
    for command, *full in (("limits",), ("status", "--full")):
        result = invoke(tmp_path, text, command, *full, *where, "--timezone", "UTC")
        assert 0 == result.exit_code, result.output
        assert "Budget work: $0.0" in result.output
        assert "Budget side: $0.00 of $5.00 this week in x (0 %); until " in result.output
        found = json.loads(invoke(tmp_path, text, command, *where, "--json").output)["budgets"]
        assert [("work", "month", None, 200.0), ("side", "week", "x", 5.0)] == [
            (one["name"], one["per"], one["project"], one["limit_usd"]) for one in found
        ]
