"""`claude-tracker report` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from exporter.cli.main import cli
from support.databases import ingest
from support.processes import Server, run_command, status_json
from support.transcripts import SONNET, assistant, usage, write

pytestmark = pytest.mark.server

KINDS = ("daily", "weekly", "monthly", "blocks", "weeks", "projects", "models", "cache", "plan")
WITHOUT_AMOUNTS = ("plan", "weeks", "cache")


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    """A response on the evening of 2026-11-21, and two on the day after, one of them of an unknown model."""
    lines = [
        assistant("m1", request="r1", uuid="a1", at="2026-11-21T22:30:00.000Z", used=usage(1_000, 200)),
        assistant("m2", request="r2", uuid="a2", at="2026-11-21T23:30:00.000Z", model=SONNET, stop=None),
        assistant("m3", request="r3", uuid="a3", at="2026-11-22T10:00:00.000Z", model="mystery", used=usage(5, 2)),
    ]
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", lines)
    return tmp_path / "claude"


@pytest.fixture
def where(tmp_path: Path, claude: Path) -> tuple[str, ...]:
    options = ("--database", str(tmp_path / "tracker.db"), "--config-dir", str(claude))
    ingest(*options)
    return options


def invoke(kind: str, *args: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["report", kind, *args], env=environment)


def words(text: str) -> str:
    """A text without its line breaks."""
    return " ".join(text.split())


def report_json(kind: str, *args: str) -> dict[str, Any]:
    result = invoke(kind, "--json", *args)
    assert 0 == result.exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def amount(counts: tuple[int, int], cost: float, responses: int, incomplete: int = 0, unpriced: int = 0) -> Any:
    tokens = {"input": counts[0], "output": counts[1], "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0}
    return {
        "tokens": {**tokens, "total": sum(counts)},
        "cost_usd": cost,
        "cost_basis": "list_price_estimate",
        "unpriced_tokens": unpriced,
        "responses": responses,
        "incomplete_responses": incomplete,
    }


OPUS_USE = amount((1_000, 200), 0.01, 1)
SONNET_USE = amount((10, 20), 0.00033, 1, incomplete=1)
MYSTERY_USE = amount((5, 2), 0, 1, unpriced=7)
TOTALS = amount((1_015, 222), 0.01033, 3, 1, 7)


def test_the_days_of_a_zone_by_model(where: tuple[str, ...]) -> None:
    expected = {
        "items": [
            {"date": "2026-11-21", **OPUS_USE, "models": [{"model": "claude-opus-4-5", **OPUS_USE}]},
            {
                "date": "2026-11-22",
                **amount((15, 22), 0.00033, 2, 1, 7),
                "models": [{"model": "claude-sonnet-4-5", **SONNET_USE}, {"model": "mystery", **MYSTERY_USE}],
            },
        ],
        "totals": TOTALS,
        "timezone": "Europe/Berlin",
        "imported": {"items": [], "total_tokens": 0},
    }
    assert expected == report_json("daily", "--timezone", "Europe/Berlin", *where)
    assert [2, 1] == [day["responses"] for day in report_json("daily", "--timezone", "UTC", *where)["items"]]


def test_every_kind_names_its_rows_and_has_the_totals_of_status(
    tmp_path: Path, claude: Path, where: tuple[str, ...]
) -> None:
    zone = ("--timezone", "UTC", *where)
    assert [("week", "2026-11-16")] == [next(iter(one.items())) for one in report_json("weekly", *zone)["items"]]
    assert [("month", "2026-11")] == [next(iter(one.items())) for one in report_json("monthly", *zone)["items"]]
    assert [("project", "shop")] == [next(iter(one.items())) for one in report_json("projects", *zone)["items"]]
    assert ["claude-opus-4-5", "claude-sonnet-4-5", "mystery"] == [
        m["model"] for m in report_json("models", *zone)["items"]
    ]
    blocks = report_json("blocks", *zone)["items"]
    assert [("2026-11-21T22:00:00.000Z", "2026-11-22T03:00:00.000Z", "estimated", False, 1)] == [
        (one["start"], one["end"], one["basis"], one["is_active"], one["sessions"]) for one in blocks[:1]
    ]
    assert [TOTALS] * 6 == [report_json(kind, *zone)["totals"] for kind in KINDS if kind not in WITHOUT_AMOUNTS]
    totals = status_json(tmp_path / "tracker.db", "--config-dir", claude)["totals"]
    assert (TOTALS["cost_usd"], 1_237, 3, 1, 7) == (
        totals["cost_usd"],
        totals["total_tokens"],
        totals["responses"],
        totals["incomplete_responses"],
        totals["unpriced_tokens"],
    )


def test_planning_data_of_a_date_range(where: tuple[str, ...]) -> None:
    found = report_json("plan", "--timezone", "UTC", "--since", "2026-11-21", "--until", "2026-11-22", *where)
    items = {(one["weekday"], one["hour"]): one for one in found["items"]}
    assert 168 == len(items)
    assert {
        ("saturday", 22): (1_200, 5.0),
        ("saturday", 23): (30, 5.0),
        ("sunday", 10): (7, 5.0),
    } == {key: (one["tokens"], one["active_minutes"]) for key, one in items.items() if one["tokens"]}
    assert {"tokens": 1_237, "active_minutes": 15.0, "limit_hits": 0, "block_starts": 2} == found["totals"]
    assert [10, 22] == [hour for hour, count in enumerate(found["block_starts_by_hour"]) if count]
    assert ("2026-11-21T22:00:00.000Z", "2026-11-23T00:00:00.000Z") == (found["start"], found["end"])


@pytest.mark.parametrize("kind", KINDS)
def test_tables_fit_and_name_the_source_of_the_figures(where: tuple[str, ...], kind: str) -> None:
    result = invoke(kind, "--timezone", "UTC", *where, COLUMNS="60")
    assert 0 == result.exit_code, result.output
    assert "Read just now. Start `claude-tracker run` to keep this up to date. Updated " in words(result.stdout)
    assert all(len(line) <= 60 for line in result.stdout.splitlines())
    assert kind in WITHOUT_AMOUNTS or "Costs are estimates by list price." in result.stdout


@pytest.mark.parametrize(("kind", "key", "name"), [("daily", "date", "2026-10-05"), ("weekly", "week", "2026-10-05"),
                                                   ("monthly", "month", "2026-10")])  # fmt: skip
def test_days_before_the_first_transcript(claude: Path, where: tuple[str, ...], kind: str, key: str, name: str) -> None:
    entries = [
        {"date": date, "tokensByModel": {"claude-opus-4-5-20251101": 70}} for date in ("2026-10-05", "2026-11-22")
    ]
    (claude / "stats-cache.json").write_text(json.dumps({"version": 5, "dailyModelTokens": entries}))
    ingest(*where)
    before = report_json(kind, "--timezone", "UTC", "--until", "2026-09-01", *where)
    assert {"items": [], "total_tokens": 0} == before["imported"]
    found = report_json(kind, "--timezone", "UTC", *where)
    models = [{"model": "claude-opus-4-5", "total_tokens": 70}]
    item = {key: name, "total_tokens": 70, "cost_usd": None, "models": models}
    assert {"items": [item], "total_tokens": 70} == found["imported"]
    assert TOTALS == found["totals"]
    assert f"{name} imported" in invoke(kind, "--timezone", "UTC", *where).stdout


@pytest.mark.parametrize("kind", KINDS)
def test_reports_without_any_usage(tmp_path: Path, kind: str) -> None:
    (tmp_path / "none" / "projects").mkdir(parents=True)
    where = ("--database", str(tmp_path / "tracker.db"), "--config-dir", str(tmp_path / "none"))
    ingest(*where)
    assert 0 == invoke(kind, *where).exit_code
    found = report_json(kind, *where)
    assert (168 if kind == "plan" else 0) == len(found["items"])
    if kind == "cache":
        assert (0, None, 0) == (
            found["totals"]["input_tokens"],
            found["totals"]["hit_ratio"],
            found["misses"]["misses"],
        )
    elif kind != "weeks":
        assert 0 == (found["totals"]["tokens"] if kind == "plan" else found["totals"]["tokens"]["total"])
    assert "local" == found["timezone"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        pytest.param(["daily", "--since", "tomorrow"], "not a date; use YYYY-MM-DD, today or yesterday", id="a word"),
        pytest.param(["daily", "--last", "7"], "'7' is not a number of days, weeks or months", id="a number alone"),
        pytest.param(["daily", "--last", "0d"], "such as 7d, 4w or 3m", id="no days"),
        pytest.param(["daily", "--last", "7d", "--since", "today"], "give either", id="last and since"),
        pytest.param(["blocks", "--model", "opus"], "do not apply to blocks", id="blocks of a model"),
        pytest.param(["daily", "--until", "20261122"], "'20261122' is not a date", id="without dashes"),
        pytest.param(["daily", "--since", "2026-02-30"], "'2026-02-30' is not a date", id="a day that is none"),
        pytest.param(["daily", "--since", "0001-01-01"], "'0001-01-01' is not a date", id="before all clocks"),
        pytest.param(["daily", "--until", "9999-12-31"], "'9999-12-31' is not a date", id="after all calendars"),
        pytest.param(
            ["daily", "--since", "2026-11-22", "--until", "2026-11-21"],
            "--until 2026-11-21 is before --since 2026-11-22",
            id="backwards",
        ),
        pytest.param(["hourly"], "'hourly' is not one of", id="an unknown kind"),
        pytest.param(["daily", "--timezone", "Mars/Olympus"], "is not a time zone", id="an unknown zone"),
    ],
)
def test_invalid_arguments_are_refused(tmp_path: Path, args: list[str], said: str) -> None:
    result = invoke(*args, "--database", str(tmp_path / "tracker.db"))
    assert (2, True) == (result.exit_code, said in result.output), result.output
    assert not (tmp_path / "tracker.db").exists()


def test_next_to_a_running_tracker_it_only_reads(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        outcome = run_command("report", "models", "--database", server.database, "--config-dir", claude)
    assert (0, "") == (outcome.code, outcome.stderr)
    assert f"Live (claude-tracker run, pid {server.pid}). Updated " in words(outcome.stdout)
