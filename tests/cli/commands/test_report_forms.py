"""`report`: without a kind, of some days or some usage only, and in the forms that other programs read."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter.cli.commands import report as command
from exporter.cli.main import cli
from exporter.cli.options.days import Day, Lasting
from exporter.domain.calendar.timestamp import DAY
from exporter.report.plain import as_csv, as_markdown, flat_rows
from exporter.snapshot.usage import filters
from support.databases import ingest
from support.snapshots import NOON
from support.transcripts import OPUS, SONNET, assistant, usage, write

pytestmark = pytest.mark.server


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """A month of a response a day, in turn of two projects and models. It is 2026-10-22."""
    monkeypatch.setattr(command, "clock", lambda: NOON - 31 * DAY)
    for day in range(1, 31):
        number = day % 2
        line = assistant(
            f"m{day}", request=f"r{day}", uuid=f"a{day}", session=f"session-{day}", used=usage(100, day),
            at=f"2026-10-{day:02d}T10:00:00.000Z", model=(OPUS, SONNET)[number],
            cwd=("/home/dev/shop", "/home/dev/site")[number],
        )  # fmt: skip
        write(tmp_path / "claude" / "projects" / "-p" / f"session-{day}.jsonl", [line])
    options = ("--database", str(tmp_path / "tracker.db"), "--config-dir", str(tmp_path / "claude"))
    ingest(*options)
    return (*options, "--timezone", "UTC")


def invoke(*args: str) -> Result:
    result = CliRunner().invoke(cli, ["report", *args])
    assert 0 == result.exit_code, result.output
    return result


def names(result: Result, key: str = "date") -> list[str]:
    return [item[key] for item in json.loads(result.stdout)["items"]]


def test_without_a_kind_it_is_the_last_14_days_by_model(where: tuple[str, ...]) -> None:
    found = json.loads(invoke("--json", *where).stdout)["items"]
    assert [f"2026-10-{day:02d}" for day in range(9, 31)] == [item["date"] for item in found]
    assert [["claude-sonnet-4-5"], ["claude-opus-4-5"]] == [
        [part["model"] for part in item["breakdown"]] for item in found[:2]
    ]
    assert 30 == len(names(invoke("--since", "2026-10-01", "--json", *where)))


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        (("--last", "1d"), "2026-10-22", "2026-10-30"), (("--last", "7d"), "2026-10-16", "2026-10-30"),
        (("--last", "2w"), "2026-10-09", "2026-10-30"), (("--last", "3m"), "2026-10-01", "2026-10-30"),
        (("--since", "yesterday"), "2026-10-21", "2026-10-30"), (("--until", "today"), "2026-10-01", "2026-10-22"),
        (("--since", "yesterday", "--until", "yesterday"), "2026-10-21", "2026-10-21"),
    ],
)  # fmt: skip
def test_days(where: tuple[str, ...], options: tuple[str, ...], first: str, last: str) -> None:
    found = names(invoke("daily", "--json", *options, *where))
    assert (first, last) == (found[0], found[-1])


@pytest.mark.parametrize(
    ("lasting", "today", "first"),
    [
        ("1d", "2026-03-31", "2026-03-31"), ("1w", "2026-03-31", "2026-03-25"), ("1m", "2026-03-31", "2026-03-01"),
        ("1m", "2026-03-15", "2026-02-16"), ("2m", "2026-01-31", "2025-12-01"), ("12m", "2026-11-22", "2025-11-23"),
        ("1m", "2026-02-28", "2026-01-29"), ("1200m", "2026-11-22", "1926-11-23"),
    ],
)  # fmt: skip
def test_how_long_ago(lasting: str, today: str, first: str) -> None:
    found = Lasting().convert(lasting, None, None)
    assert date.fromisoformat(first) == found.since(date.fromisoformat(today))
    assert found is Lasting().convert(found, None, None)


def test_a_day_is_a_date_or_a_word() -> None:
    today = date(2026, 11, 22)
    assert ["2026-11-22", "2026-11-21", "2026-01-02"] == [
        Day().convert(value, None, None).on(today).isoformat() for value in ("today", "yesterday", "2026-01-02")
    ]


@pytest.mark.parametrize(
    ("options", "days"),
    [
        pytest.param(("--project", "shop"), list(range(2, 31, 2)), id="a project"),
        pytest.param(("--project", "/home/dev/shop/"), list(range(2, 31, 2)), id="a project's folder"),
        pytest.param(("--model", "opus"), list(range(2, 31, 2)), id="a family"),
        pytest.param(("--model", "Sonnet 4.5"), list(range(1, 31, 2)), id="a title"),
        pytest.param(("--model", "claude-sonnet-4-5-20250929"), list(range(1, 31, 2)), id="a name"),
        pytest.param(("--session", "session-7"), [7], id="a session"),
        pytest.param(("--session", "session-2"), [2, *range(20, 30)], id="the beginning of an id"),
        pytest.param(("--project", "shop", "--session", "session-2"), [2, *range(20, 30, 2)], id="both"),
        pytest.param(("--project", "nothing"), [], id="none"),
    ],
)
def test_only_some_usage(where: tuple[str, ...], options: tuple[str, ...], days: list[int]) -> None:
    found = json.loads(invoke("daily", "--json", *options, *where).stdout)
    assert [f"2026-10-{day:02d}" for day in days] == [item["date"] for item in found["items"]]
    assert sum(days) == found["totals"]["tokens"]["output"]
    grouped = json.loads(invoke("models", "--json", *options, *where).stdout)
    assert sum(days) == grouped["totals"]["tokens"]["output"]
    by_day = json.loads(invoke("daily", "--breakdown", "projects", "--json", *options, *where).stdout)["items"]
    assert days == [part["tokens"]["output"] for item in by_day for part in item["breakdown"]]


def test_what_is_wanted_is_a_value() -> None:
    assert filters.EVERYTHING.is_everything
    assert not filters.Wanted(model="opus").is_everything


def test_as_csv(where: tuple[str, ...]) -> None:
    found = list(csv.DictReader(io.StringIO(invoke("daily", "--last", "1w", "--format", "csv", *where).stdout)))
    assert [f"2026-10-{day}" for day in range(16, 31)] == [row["date"] for row in found]
    assert [str(day) for day in range(16, 31)] == [row["output_tokens"] for row in found]
    assert ("100", "116", "1", "0") == tuple(
        found[0][name] for name in ("input_tokens", "total_tokens", "responses", "unpriced_tokens")
    )
    parts = invoke("weekly", "--breakdown", "models", "--format", "csv", *where).stdout.splitlines()
    assert parts[0].startswith("week,model,input_tokens,output_tokens,")
    assert 10 == len(parts) - 1, "two models in each of five weeks"


def test_as_markdown(where: tuple[str, ...]) -> None:
    lines = invoke("daily", "--since", "2026-10-30", "--format", "markdown", *where).stdout.splitlines()
    assert lines[0].startswith("| date | input tokens | output tokens |")
    assert lines[1].startswith("| --- | ---: | ---: |")
    assert lines[2].startswith("| 2026-10-30 | 100 | 30 |")
    assert 3 == len(lines)
    assert "No usage in this period.\n" == invoke("daily", "--project", "x", "--format", "markdown", *where).stdout


@pytest.mark.parametrize("kind", ["daily", "blocks", "sessions", "tools", "cache", "plan", "weeks"])
def test_each_kind_in_each_form(where: tuple[str, ...], kind: str) -> None:
    answer = json.loads(invoke(kind, "--format", "json", *where).stdout)
    rows = list(csv.reader(io.StringIO(invoke(kind, "--format", "csv", *where).stdout)))
    assert len(answer["items"]) == max(0, len(rows) - 1)
    assert len({len(row) for row in rows}) <= 1
    if answer["items"]:
        assert len(rows) + 1 == len(invoke(kind, "--format", "markdown", *where).stdout.splitlines())


def test_what_other_programs_get_is_safe() -> None:
    rows = flat_rows({"items": [{"project": 'a,"b"|c\n=1', "cost_usd": 1234.5, "known": True, "left": None}]})
    assert 'project,cost_usd,known,left\n"a,""b""|c\n=1",1234.5,True,\n' == as_csv(rows)
    assert '| a,"b"\\|c\\n=1 | 1,234.50 | yes |  |' == as_markdown(rows).splitlines()[2]
