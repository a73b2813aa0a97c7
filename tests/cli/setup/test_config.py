"""`claude-tracker config`: values with their sources; and a file that keeps its comments and order."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from exporter.cli.main import cli
from exporter.cli.options.config_schema import schema
from exporter.cli.setup.toml_edit import set_key
from support.processes import Outcome, run_command, without_root_powers

FULL = """# Mine.
timezone = "Europe/Berlin"   # where I live
config-dir = [
  "/home/me/.claude", # work
  "/home/me/other",
]

[run]
# Only here.
listen = "127.0.0.1:3005"
desktop = false

[budgets.daily]
cost_usd = 25.5
per = "day"

[prices."glm-5.2"]
input = 0.6
output = 2.2
tiers = [{ above = 1000, input = 0.9 }]

[limits]
ask = "15m"

[page]
texts = false
"""


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CLAUDE_TRACKER_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "config.toml"


@pytest.fixture
def full(file: Path) -> Path:
    file.parent.mkdir()
    file.write_text(FULL)
    return file


def config(file: Path, *words: str) -> Outcome:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CONFIG_HOME", str(file.parents[1]))
        named = ["--config", str(file)] if file.exists() else []
        result = CliRunner().invoke(cli, [*named, "config", *words])
    return Outcome(result.exit_code, result.stdout, result.stderr)


def value(file: Path, key: str, *flags: str) -> tuple[Any, str, str | None]:
    """A value as the list has it for `run` with these flags: with its source, and where that is."""
    done = config(file, "list", "--json", "run", *flags)
    assert 0 == done.code, done.stderr
    (found,) = (one for one in json.loads(done.stdout)["items"] if one["key"] == key)
    return found["value"], found["source"], found["where"]


# ------------------------------------------------------------------------------------------------------------ sources


def test_each_source_overrides_the_next(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ("127.0.0.1:3005", "file", str(full)) == value(full, "listen")
    monkeypatch.setenv("CLAUDE_TRACKER_LISTEN", "3006")
    assert ("3006", "variable", "CLAUDE_TRACKER_LISTEN") == value(full, "listen")
    assert ("3007", "flag", "--listen") == value(full, "listen", "--listen", "3007")
    assert (80, "default", None) == value(full, "warn-at")


def test_the_top_level_holds_for_every_command(full: Path) -> None:
    assert ("Europe/Berlin", "file", str(full)) == value(full, "timezone")
    assert ["/home/me/.claude", "/home/me/other"] == value(full, "config-dir")[0]
    listed = json.loads(config(full, "list", "--json", "status").stdout)
    assert "status" == listed["command"]
    assert "Europe/Berlin" in [one["value"] for one in listed["items"] if one["key"] == "timezone"]


def test_tables_of_no_command_are_listed(full: Path) -> None:
    found = {one["key"]: one["value"] for one in json.loads(config(full, "list", "--json").stdout)["items"]}
    assert (25.5, "day", 0.6, "15m", False) == (
        found["budgets.daily.cost_usd"], found["budgets.daily.per"], found['prices."glm-5.2".input'],
        found["limits.ask"], found["page.texts"],
    )  # fmt: skip


def test_without_a_file_all_are_defaults(file: Path) -> None:
    listed = json.loads(config(file, "list", "--json").stdout)
    assert {"default"} == {one["source"] for one in listed["items"]}
    assert (str(file), False) == (str(file), listed["exists"])
    assert "127.0.0.1:3001" == config(file, "get", "listen").stdout.strip()


def test_the_table_names_value_and_place(full: Path) -> None:
    done = config(full, "list")
    assert 0 == done.code
    assert re.search(r"^timezone +Europe/Berlin +\S", done.stdout, re.MULTILINE)
    assert re.search(r"^warn-at +80 +default", done.stdout, re.MULTILINE)
    assert "config.toml" in done.stdout.partition("File: ")[2].replace("\n", "")


def test_a_token_is_never_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_TRACKER_TOKEN", "s3cret-token")
    assert ("(hidden)", "variable", "CLAUDE_TRACKER_TOKEN") == value(file, "token")
    done = config(file, "list"), config(file, "get", "token"), config(file, "get", "--json", "token")
    assert [] == [one for one in done if "s3cret" in one.stdout + one.stderr]


def test_a_value_that_cannot_be_used_is_marked(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_TRACKER_WARN_AT", "many")
    listed = json.loads(config(full, "list", "--json").stdout)["items"]
    (found,) = (one for one in listed if one["key"] == "warn-at")
    assert ("many", True) == (found["value"], "many" in found["problem"])
    assert "not valid" in config(full, "list").stdout


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("run.listen", "127.0.0.1:3005"), ("listen", "127.0.0.1:3005"), ("run.desktop", "false"),
        ("serve.listen", "127.0.0.1:3001"), ("budgets.daily.per", "day"), ('prices."glm-5.2".output', "2.2"),
        ("config-dir", "/home/me/.claude /home/me/other"),
        ("week-start", "the official reset, else the last seven days"),
    ],
)  # fmt: skip
def test_one_value(full: Path, key: str, shown: str) -> None:
    done = config(full, "get", key)
    assert (0, f"{shown}\n") == (done.code, done.stdout)


@pytest.mark.parametrize("key", ["run.lisen", "lisen", "budgets.weekly.cost_usd", "a.b.c", "[", "budgets"])
def test_an_unknown_key_is_an_error(full: Path, key: str) -> None:
    done = config(full, "get", key)
    assert (2, "") == (done.code, done.stdout)
    assert done.stderr.startswith("Error: ")


# ------------------------------------------------------------------------------------------------------------ setting


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        (("timezone", "UTC"), 'timezone = "Europe/Berlin"   # where I live', 'timezone = "UTC"   # where I live'),
        (("run.desktop", "on"), "desktop = false\n", "desktop = true\n"),
        (("run.listen", "3009"), 'listen = "127.0.0.1:3005"', 'listen = "3009"'),
        (("budgets.daily.cost_usd", "30"), "cost_usd = 25.5", "cost_usd = 30"),
        (("limits.ask", "30m"), 'ask = "15m"', 'ask = "30m"'),
        (("page.texts", "true"), "texts = false", "texts = true"),
        (('prices."glm-5.2".input', "0.7"), "input = 0.6\n", "input = 0.7\n"),
        (("run.warn-at", "85"), "desktop = false\n", 'desktop = false\nwarn-at = "85"\n'),
        (("warn-at", "85"), "]\n\n[run]", ']\nwarn-at = "85"\n\n[run]'),
    ],
)
def test_setting_changes_its_line_alone(full: Path, words: tuple[str, ...], before: str, after: str) -> None:
    done = config(full, "set", *words)
    assert (0, f"{words[0]} = ") == (done.code, done.stdout[: len(words[0]) + 3]), done.stderr
    assert before in FULL
    assert FULL.replace(before, after, 1) == full.read_text()


def test_unsetting_removes_its_line_alone(full: Path) -> None:
    assert (0, "run.desktop is removed.\n") == config(full, "unset", "run.desktop")[:2]
    assert FULL.replace("desktop = false\n", "") == full.read_text()
    assert 0 == config(full, "unset", "page.texts").code
    assert "[page]" not in full.read_text()
    done = config(full, "unset", "warn-at")
    assert (0, True) == (done.code, done.stdout.startswith("warn-at is not in "))


def test_a_first_value_makes_the_file(file: Path) -> None:
    assert 0 == config(file, "set", "config-dir", "/a", "/b").code
    made = file.parents[1] / "claude-tracker" / "config.toml"
    assert 'config-dir = ["/a", "/b"]\n' == made.read_text()
    assert 0o600 == made.stat().st_mode & 0o777


def test_a_budget_is_set_as_a_whole(full: Path) -> None:
    assert 0 == config(full, "set", "budgets.work", '{cost_usd = 200, per = "month"}').code
    found = tomllib.loads(full.read_text())["budgets"]
    assert {"daily": {"cost_usd": 25.5, "per": "day"}, "work": {"cost_usd": 200, "per": "month"}} == found
    half = config(full, "set", "budgets.half.cost_usd", "3")
    assert (2, True) == (half.code, "needs per" in half.stderr)
    assert found == tomllib.loads(full.read_text())["budgets"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("listen", "nowhere"), "listen: 'nowhere' is not HOST:PORT"),
        (("warn-at", "1", "2"), "warn-at takes one value"),
        (("desktop", "perhaps"), "desktop is true or false, not 'perhaps'"),
        (("lisen", "3009"), "there is no key 'lisen'. Did you mean listen?"),
        (("page.colour", "red"), "has no key 'colour'"),
        (("timezone.inner", "UTC"), "there is no key 'timezone.inner'"),
        (("limits.ask", "often"), '[limits] ask must be from "5m" to "24h"'),
        (('prices."glm-5.2".input', "cheap"), "must be a number of dollars"),
    ],
)
def test_what_cannot_be_used_is_not_written(full: Path, words: tuple[str, ...], message: str) -> None:
    done = config(full, "set", *words)
    assert (2, True) == (done.code, message in done.stderr), done.stderr
    assert FULL == full.read_text()


def test_what_overrides_a_new_value_is_named(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "warning: run.listen in the file overrides it" in config(full, "set", "listen", "3010").stderr
    monkeypatch.setenv("CLAUDE_TRACKER_TIMEZONE", "UTC")
    done = config(full, "set", "timezone", "Asia/Tokyo")
    assert "warning: the variable CLAUDE_TRACKER_TIMEZONE overrides it\n" == done.stderr


# ------------------------------------------------------------------------------------- broken and read-only files, edit


def test_a_broken_file_is_named_and_left_alone(full: Path) -> None:
    full.write_text("listen = \n")
    for words in (["list"], ["get", "listen"], ["set", "timezone", "UTC"], ["unset", "timezone"]):
        done = config(full, *words)
        assert (2, True) == (done.code, "cannot read the configuration" in done.stderr), words
    assert "listen = \n" == full.read_text()
    assert 2 == config(full, "list", "--json").code


def test_a_read_only_file_stays(full: Path) -> None:
    full.chmod(0o400)
    done = run_command("--config", full, "config", "set", "timezone", "UTC", prefix=without_root_powers())
    assert (9, True) == (done.code, "was not changed: it is read-only" in done.stderr), done.stderr
    assert FULL == full.read_text()
    assert "Europe/Berlin\n" == run_command("--config", full, "config", "get", "timezone").stdout


def test_a_link_stays_a_link(full: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(full)
    assert 0 == config(link, "set", "timezone", "UTC").code
    assert link.is_symlink()
    assert 'timezone = "UTC"' in full.read_text()


def editor(tmp_path: Path, text: str) -> str:
    script = tmp_path / "editor"
    script.write_text(f"#!/bin/sh\nprintf '%s' '{text}' > \"$1\"\n")
    script.chmod(0o755)
    return str(script)


def test_editing_is_checked(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = file.parents[1] / "claude-tracker" / "config.toml"
    monkeypatch.setenv("EDITOR", editor(tmp_path, 'timezone = "UTC"'))
    monkeypatch.delenv("VISUAL", raising=False)
    done = config(file, "edit")
    assert (0, True) == (done.code, "can be used" in done.stdout), done.stderr
    assert 'timezone = "UTC"' == made.read_text()
    monkeypatch.setenv("EDITOR", editor(tmp_path, "timezone = "))
    done = config(made, "edit")
    assert (2, True) == (done.code, "cannot read the configuration" in done.stderr)
    monkeypatch.setenv("EDITOR", editor(tmp_path, 'warn-at = "70"'))
    assert 0 == config(made, "edit").code, "a broken file can be mended"


def test_a_new_file_begins_with_examples_that_can_be_used(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "true")
    assert 0 == config(file, "edit").code
    made = file.parents[1] / "claude-tracker" / "config.toml"
    examples = "\n".join(line.removeprefix("# ") for line in made.read_text().splitlines()[2:])
    made.write_text(examples)
    assert 0 == config(made, "list").code


# ----------------------------------------------------------------------------------------------------- schema, comments


def test_the_schema_takes_what_the_tracker_takes(full: Path) -> None:
    made = json.loads(config(full, "schema").stdout)
    assert made == schema(cli)
    jsonschema.Draft7Validator.check_schema(made)
    jsonschema.validate(tomllib.loads(FULL), made)


@pytest.mark.parametrize(
    "wrong",
    [
        "lisen = '1'", "[run]\ncolour = 'red'", "desktop = 'yes'", "[budgets.x]\ncost_usd = 1",
        "[limits]\nask = 'often'",
        "[prices.x]\ninput = 'cheap'", "[budgets.x]\ncost_usd = 1\nper = 'year'", "[page]\nthis = 1",
        "privacy = 'none'",
    ],
)  # fmt: skip
def test_and_refuses_what_it_refuses(full: Path, wrong: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(wrong), schema(cli))


NAMES = st.text("abcdefghij-", min_size=1, max_size=8).filter(lambda name: name.strip("-"))
LINES = st.lists(
    st.one_of(
        st.builds(lambda text: f"# {text}", st.text("abc äß=[]\"'", max_size=20)),
        st.just(""),
        st.builds(lambda number: f"key-{number} = {number} # {number}", st.integers(0, 999)),
    ),
    max_size=12,
)


@given(LINES, st.integers(0, 3), NAMES, st.text("xyz 123", max_size=10))
def test_all_other_lines_stay_in_their_order(lines: list[str], tables: int, key: str, text: str) -> None:
    unique = list(dict.fromkeys(line for line in lines if line)) + [f"\n[table-{number}]" for number in range(tables)]
    before = "\n".join(unique) + "\n"
    after = set_key(before, ["new-" + key], text)
    assert text == tomllib.loads(after)["new-" + key]
    left = [line for line in after.splitlines() if line and not line.startswith("new-")]
    assert [line for line in before.splitlines() if line] == left
    assert tomllib.loads(before) == tomllib.loads(set_key(after, ["new-" + key], None))
