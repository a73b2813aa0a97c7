"""What the documentation names exists, on every page, and what exists is named: commands, flags, keys, variables,
routes, metrics, alerts.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch
from typing import Any

import click
import pytest
import yaml

from exporter.cli.main import cli
from exporter.cli.options import asking, budgets, config_file, fleet, page, prices
from exporter.metrics.collector import SnapshotCollector
from exporter.metrics.counters import NAMESPACE, Announcements
from exporter.web.openapi import INBOX, ROUTES
from support.api import client_of, small_store
from support.services import PROJECT
from support.snapshots import two_accounts

TEXTS = {
    path.name: path.read_text(encoding="utf-8")
    for path in [*(PROJECT / "docs").glob("*.md"), PROJECT / "README.md", PROJECT / "prometheus" / "runbook.md"]
}
CONFIGURATION = TEXTS["configuration.md"]
OF_OTHERS = {
    *("--cap-drop", "--ignorefile", "--name", "--network", "--pid", "--profile", "--read-only", "--user", "--userns"),
    *("--back", "--dev-addr", "--long", "--quick"),
    *("--bg", "--no-session-persistence", "--output-format"),
    *("--enable-feature", "--storage", "--web"),
    *("--config", "--help", "--previous", "--version"),
}
"""Of docker and podman; of start.sh and MkDocs; of Claude Code; of Prometheus, up to the first dot; and ours that stand
before a command, or that one reads without click.
"""


def commands() -> dict[str, list[click.Option]]:
    """Every command and part of one, with its options."""
    found: dict[str, list[click.Option]] = {}
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        if not command.hidden:
            inner = command.commands if isinstance(command, click.Group) else {}
            for words, part in {name: command, **{f"{name} {one}": sub for one, sub in inner.items()}}.items():
                found[words] = [one for one in part.params if isinstance(one, click.Option) and not one.hidden]
    return found


COMMANDS = commands()
OPTIONS = [option for options in COMMANDS.values() for option in options]


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_that_is_named_exists(name: str) -> None:
    named = re.findall(r"(?:claude-tracker|\./start\.sh) ([a-z]+)\b(?!-tracker)", code_of(TEXTS[name]))
    known = {words.split()[0] for words in COMMANDS} | {"test", "bench", "install", "docs", "pictures"}
    assert [] == [one for one in named if one not in known]


@pytest.mark.parametrize("name", TEXTS)
def test_every_flag_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*[a-z])", code_of(TEXTS[name])))
    known = {flag for option in OPTIONS for flag in (*option.opts, *option.secondary_opts)}
    assert set() == named - known - OF_OTHERS


def code_of(text: str) -> str:
    """What is in code style, or a block of it; a comment is not."""
    return "\n".join([*re.findall(r"(?ms)^ *```.*?^ *```", text), *re.findall(r"`([^`\n]+)`", text)])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_page_has_every_command_and_option(command: str) -> None:
    section = re.split(r"(?m)^#{2,4} ", TEXTS["commands.md"].partition(f"# {command}\n")[2])[0]
    assert section
    shared = TEXTS["commands.md"].partition("## Shared options")[2].partition("\n## ")[0]
    assert [] == [one.opts for one in COMMANDS[command] if not any(f"`{flag}" in section for flag in one.opts)]
    assert [] == [one.opts for one in COMMANDS[command] if not any(f"`{flag}" in section + shared for flag in one.opts)]


def test_the_commands_of_a_flag_are_those_that_have_it() -> None:
    """Where a row of the table names them, and does not say that they are the same as above."""
    rows = re.findall(r"^\| (`--[^|]+) \|[^|]*\| ([^|]*) \|", CONFIGURATION.replace("\\|", "/"), re.MULTILINE)
    documented: dict[str, set[str]] = {}
    for flags, names in rows:
        if not re.search(r"the same|all$|parts of", names):
            for flag in re.findall(r"`(--[a-z-]+)", flags):
                documented.setdefault(flag, set()).update(one.split()[0] for one in re.findall(r"`([a-z ]+)`", names))
    assert len(documented) > 40
    assert {"statusline"} == documented.pop("--previous"), "which reads its options without click"
    having = {
        flag: {words.split()[0] for words, options in COMMANDS.items() for one in options if flag in _flags(one)}
        for flag in documented
    }
    assert having == documented


def _flags(option: click.Option) -> list[str]:
    return [*option.opts, *option.secondary_opts]


VARIABLES = {str(option.envvar) for option in OPTIONS if option.envvar} | {
    "CLAUDE_TRACKER_CONFIG", "CLAUDE_TRACKER_NETLIFY_TOKEN", "CLAUDE_TRACKER_WEBHOOK_SECRET",
    "CLAUDE_TRACKER_FLEET_TOKEN",
    "CLAUDE_TRACKER_WARNING_KIND", "CLAUDE_TRACKER_WARNING_TITLE",
    "CLAUDE_TRACKER_UPDATE_DOCS", "CLAUDE_TRACKER_UPDATE_GOLDEN", "CLAUDE_TRACKER_REQUIRE_SERVICES",
    "CLAUDE_TRACKER_DASHBOARDS", "CLAUDE_TRACKER_USER", "CLAUDE_TRACKER_DATA", "CLAUDE_TRACKER_DEMO",
}  # fmt: skip
"""Of options, of secrets, of what a warning command gets, of tests, and of the compose files."""


@pytest.mark.parametrize("name", TEXTS)
def test_every_variable_that_is_named_exists(name: str) -> None:
    assert set() == set(re.findall(r"\bCLAUDE_TRACKER_[A-Z_]*[A-Z]\b", TEXTS[name])) - VARIABLES


# ------------------------------------------------------------------------------------------------------------ keys

TABLES = {
    "prices": {*prices._KEYS, *prices._TIER_KEYS},
    "budgets": set(budgets._KEYS),
    "limits": {asking.KEY},
    "page": {page.TEXTS},
    "fleet": {*fleet.TEXTS, "labels", "headers"},
}


def test_every_table_of_the_file_is_described_and_has_its_keys() -> None:
    assert set(config_file.OWN_TABLES) == set(TABLES)
    for table, keys in TABLES.items():
        assert f"[{table}" in CONFIGURATION
        assert set() == {key for key in keys if not re.search(rf"\b{key}\b", CONFIGURATION)}, table


def test_every_key_of_the_examples_exists() -> None:
    flags = {flag.removeprefix("--") for option in OPTIONS for flag in option.opts}
    named = set()
    for name, text in TEXTS.items():
        for block in re.findall(r"(?ms)^ *```toml\n(.*?)^ *```", text):
            named |= {(name, key) for key in re.findall(r"(?m)^ *([a-z][\w-]*) = ", block)}
    assert len(named) > 10
    assert set() == {
        (name, key) for name, key in named if key not in flags and key not in set().union(*TABLES.values())
    }


# ---------------------------------------------------------------------------------------------------------- routes


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    application: Any = client_of(small_store(tmp_path_factory.mktemp("routes"))).application
    return {re.sub("<(?:[^>]*:)?([^>]+)>", r"{\1}", rule.rule) for rule in application.url_map.iter_rules()}


OF_THE_PAGE = {"/", "/assets/{name}"}
"""What only the page itself loads."""
OF_OTHER_PROGRAMS = {"/api/v1/import/prometheus"}


def test_every_route_is_described(rules: set[str]) -> None:
    assert {*ROUTES, *INBOX} <= rules
    described = TEXTS["api.md"] + TEXTS["README.md"] + TEXTS["dashboard.md"]
    assert set() == {
        rule for rule in rules - OF_THE_PAGE if f"`{rule}`" not in described and f" {rule}`" not in described
    }


@pytest.mark.parametrize("name", TEXTS)
def test_every_route_that_is_named_exists(name: str, rules: set[str]) -> None:
    named = set(re.findall(r"(?<![\w./])(/(?:api|-)/[\w/{}-]+)", TEXTS[name].replace("http://127.0.0.1:3001", "")))
    patterns = {re.sub(r"\{\w+\}", "*", rule) for rule in rules} | rules | OF_OTHER_PROGRAMS
    assert set() == {one for one in named if not any(fnmatch(one, pattern) for pattern in patterns)}


# --------------------------------------------------------------------------------------------------------- metrics


def exposed() -> set[str]:
    families = SnapshotCollector(two_accounts(), Announcements(), "0", "0").collect()
    return {family.name + ("_total" if family.type == "counter" else "") for family in families}


@pytest.mark.parametrize("name", TEXTS)
def test_every_metric_that_is_named_exists(name: str) -> None:
    """With its namespace, or as the name of a row in the table of metrics."""
    recorded = set(re.findall(r"(?m)^ *- record: (\S+)", rules_of("recording.yml")))
    named = set(re.findall(rf"(?<![\w:.])({NAMESPACE}[a-z_0-9]+)", TEXTS[name])) - {NAMESPACE.rstrip("_")}
    assert set() == {one for one in named if one not in exposed() and not any(one in record for record in recorded)}


def rules_of(name: str, folder: str = "rules") -> str:
    return (PROJECT / "prometheus" / folder / name).read_text(encoding="utf-8")


def alerts_of(folder: str) -> list[str]:
    groups = yaml.safe_load(rules_of("alerts.yml", folder))["groups"]
    return [rule["alert"] for group in groups for rule in group["rules"]]


# ---------------------------------------------------------------------------------------------------------- alerts

ALERTS, OF_MANY_MACHINES = alerts_of("rules"), alerts_of("fleet")


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_is_described(alert: str) -> None:
    assert f"## {alert}\n" in TEXTS["runbook.md"]
    assert f"[{alert}]" in TEXTS["alerts.md"]
    assert f"| `{alert}` |" in TEXTS["warnings.md"]


@pytest.mark.parametrize("name", TEXTS)
def test_every_alert_that_is_named_exists(name: str) -> None:
    assert set() == set(re.findall(r"\bClaude(?:[A-Z][a-z]+){2,}\b", TEXTS[name])) - {*ALERTS, *OF_MANY_MACHINES}


@pytest.mark.parametrize("alert", OF_MANY_MACHINES)
def test_every_alert_of_many_machines_is_described(alert: str) -> None:
    assert f"| `{alert}` |" in TEXTS["fleet.md"]
