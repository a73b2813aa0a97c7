"""The documentation names what there is: commands, flags, variables, exit codes, routes, metrics, reasons."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import click
import pytest

from benchmarks import peer
from exporter import errors
from exporter.cli.main import cli
from exporter.doctor.check import STATUSES
from exporter.doctor.examine import CHECKS
from exporter.domain.transcripts.file_state import FILE_CHANGES
from exporter.domain.transcripts.skip_reasons import SKIP_REASONS
from exporter.metrics.collector import WITH_HISTORY, SnapshotCollector
from exporter.metrics.counters import NAMESPACE, Announcements
from exporter.web.app import create_app
from support.snapshots import busy_snapshot, two_accounts

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
COUNTING = (ROOT / "docs" / "counting.md").read_text(encoding="utf-8")
SPEED = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
DEVELOPMENT = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
TROUBLESHOOTING = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
METRICS = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")


def commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None and not command.hidden}


def with_parts(command: click.Command) -> list[click.Command]:
    """A command, and the commands in it."""
    parts = command.commands.values() if isinstance(command, click.Group) and command is not cli else ()
    return [command, *parts]


def visible_options() -> list[click.Option]:
    every = (part for command in (cli, *commands().values()) for part in with_parts(command))
    options = (parameter for command in every for parameter in command.params)
    return [option for option in options if isinstance(option, click.Option) and not option.hidden]


@pytest.mark.parametrize("command", commands())
def test_readme_names_the_command(command: str) -> None:
    assert f"`claude-tracker {command}`" in README


@pytest.mark.parametrize("flag", sorted({flag for option in visible_options() for flag in option.opts if "--" in flag}))
def test_configuration_names_the_flag(flag: str) -> None:
    assert re.search(rf"`{flag}\b", CONFIGURATION)


@pytest.mark.parametrize("variable", sorted({str(o.envvar) for o in visible_options() if o.envvar}))
def test_configuration_names_the_variable(variable: str) -> None:
    assert f"`{variable}`" in CONFIGURATION


def test_every_flag_that_is_named_exists() -> None:
    named = set(re.findall(r"`(--[a-z-]+)", CONFIGURATION))
    assert named <= {flag for o in visible_options() for flag in (*o.opts, *o.secondary_opts)} | {
        "--help",
        "--previous",
    }


def test_exit_codes_are_those_of_the_errors() -> None:
    codes = {e.exit_code for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.TrackerError)}
    assert {0, *codes} == {int(code) for code in re.findall(r"^\| (\d+) \|", CONFIGURATION, re.MULTILINE)}


def test_readme_names_every_route() -> None:
    rules = create_app(lambda: None, lambda snapshot, accept: (b"", ""), ()).url_map.iter_rules()
    pages = ("/", "/assets/<name>")  # only the page itself loads these
    assert [] == [rule.rule for rule in rules if rule.rule not in pages and f"`{rule.rule}`" not in README]


def test_the_metrics_table_is_what_is_exposed() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \|\s*([\w, ]*?)\s*\|", METRICS, re.MULTILINE)
    documented = {(name, kind, frozenset(filter(None, labels.split(", ")))) for name, kind, labels in rows}
    exposed = set()
    for family in SnapshotCollector(two_accounts(), Announcements(), "0", "0").collect():
        name = family.name.removeprefix(NAMESPACE) + ("_total" if family.type == "counter" else "")
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        exposed.add((name, family.type, frozenset(labels)))
    assert documented == exposed


def test_metrics_names_the_families_without_a_history() -> None:
    """And no others: a pattern in the text covers all names that start with it."""
    snapshot = busy_snapshot()
    (sentence,) = re.findall(
        r"^The tracker's own metrics have no history[^:]+: (.+?)\. All others", METRICS, re.M | re.S
    )
    patterns = re.findall(r"`([^`]+)`", sentence)
    exposed = {family.name for family in SnapshotCollector(snapshot, Announcements(), "0", "0").collect()}
    past = {family.name for part in WITH_HISTORY for family in part.families(snapshot, Announcements())}
    assert past < exposed
    found = {name for name in exposed if any(fnmatch(name, NAMESPACE + one.removesuffix("_total")) for one in patterns)}
    assert exposed - past == found


@pytest.mark.parametrize("reason", SKIP_REASONS)
def test_counting_explains_the_reason(reason: str) -> None:
    assert f"| `{reason}` |" in COUNTING


def test_troubleshooting_has_a_row_for_every_check() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", TROUBLESHOOTING.partition("## The checks")[2], re.MULTILINE
    )
    assert list(CHECKS) == [name for name, *_ in rows]
    assert f": {len(CHECKS)} checks" in CHANGELOG
    statuses = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", TROUBLESHOOTING, re.MULTILINE)
    assert list(reversed(STATUSES)) == statuses


@pytest.mark.parametrize("change", FILE_CHANGES)
def test_counting_explains_the_change(change: str) -> None:
    assert f"| `{change}` |" in COUNTING


@pytest.mark.parametrize("text", [README, SPEED], ids=["README", "docs/speed.md"])
def test_figures_are_given_with_their_peer_date_and_command(text: str) -> None:
    assert f"(https://www.npmjs.com/package/ccusage) {peer.VERSION}" in text
    assert "`./start.sh bench`" in text
    assert re.search(r"\b20\d\d-\d\d-\d\d\b", text)


def test_what_the_readme_quotes_is_in_the_table() -> None:
    quoted = re.findall(r"^\| .* \| ([\d.]+) \|$", README, re.MULTILINE)
    assert len(quoted) == 3
    assert [figure for figure in quoted if f"| {figure}" not in SPEED] == []


def test_the_glossary_is_short_and_names_what_exists() -> None:
    rows = re.findall(r"^\| ([^|`]+) \| [^|]+ \| `([^`]+)` \|$", DEVELOPMENT, re.MULTILINE)
    assert 30 < len(rows) <= 40
    assert [] == [term for term, path in rows if not (ROOT / path).exists()]


def test_development_names_files_that_exist() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|md|toml))`", DEVELOPMENT + ARCHITECTURE)
    assert len(named) > 30
    assert [] == [name for name in named if not ((ROOT / name).exists() or (ROOT / "exporter" / name).exists())]
