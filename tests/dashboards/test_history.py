"""Totals of ten ranges that start and end in sleep, restarts and gaps are what the database says, in both stores."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from support.boards import BOARDS, interpolated, panels
from support.demo import Demo
from support.month import DAY, HOUR, MINUTE
from support.prometheus import Prometheus, Scraped
from support.stores import STORES, Samples, store_with

pytestmark = pytest.mark.server

DAYS = 9
FAMILIES = ("cost_usd_total", "prompts_total", "responses_total", "tokens_total", "project_cost_usd_total")
SAMPLE = re.compile(r"(claude_tracker_(\w+)\{[^}]*\}) (\S+) (\d+)")
STEP = 5 * MINUTE


class Gap(NamedTuple):
    """A time without a scrape, in seconds after midnight of the first day."""

    start: int
    end: int


NIGHTS = [Gap(day * DAY + 2 * HOUR, day * DAY + 6 * HOUR + HOUR // 2) for day in range(DAYS + 1)]
"""The laptop sleeps."""
RESTARTS = [Gap(day * DAY + 14 * HOUR, day * DAY + 14 * HOUR + 12 * MINUTE) for day in (1, 3, 4)]
STOPPED = [Gap(2 * DAY + 10 * HOUR, 2 * DAY + 13 * HOUR), Gap(5 * DAY + 9 * HOUR, 5 * DAY + 17 * HOUR)]
"""Claude was used, and no tracker ran."""
GAPS = [*NIGHTS, *RESTARTS, *STOPPED]

RANGES = {
    "a day, from sleep to sleep": (NIGHTS[1].start + HOUR, NIGHTS[2].start + HOUR),
    "two days, from sleep to sleep": (NIGHTS[3].end - HOUR, NIGHTS[5].end - HOUR),
    "a week, from sleep to sleep": (NIGHTS[1].end - 1, NIGHTS[8].start + 1),
    "from sleep to a restart": (NIGHTS[1].start + HOUR, RESTARTS[0].start + 6 * MINUTE),
    "from a restart to sleep": (RESTARTS[0].start + 6 * MINUTE, NIGHTS[2].start + HOUR),
    "from a restart to a restart": (RESTARTS[0].start + 6 * MINUTE, RESTARTS[2].start + 6 * MINUTE),
    "from a stop to sleep": (STOPPED[0].start + HOUR, NIGHTS[3].start + HOUR),
    "from sleep to a stop": (NIGHTS[4].start + HOUR, STOPPED[1].start + 4 * HOUR),
    "from a stop to a stop": (STOPPED[0].start + HOUR, STOPPED[1].start + 4 * HOUR),
    "all in a stop": (STOPPED[1].start + HOUR, STOPPED[1].end - HOUR),
}
FIGURES = {"Cost": "cost", "Prompts": "prompts", "Responses": "responses", "Tokens": "tokens"}
"""Titles on the board, and what of the database they show."""


class History(NamedTuple):
    """A store, the first midnight (s), and the demo's database."""

    server: Prometheus
    first: int
    database: Path


def scraped_samples(text: str, first: int) -> Samples:
    """What a scrape every five minutes brought, without the gaps. `text`: OpenMetrics."""
    found: dict[str, list[tuple[int, float]]] = {}
    for line in text.splitlines():
        sample = SAMPLE.match(line)
        if sample is not None and sample[2] in FAMILIES and not is_gap(int(sample[4]) - first):
            found.setdefault(sample[1], []).append((int(sample[4]), float(sample[3])))
    return found


def is_gap(second: int) -> bool:
    return any(gap.start <= second < gap.end for gap in GAPS)


def last_scrape(second: int) -> int:
    """The last scrape at or before a second."""
    at = second // STEP * STEP
    while is_gap(at):
        at -= STEP
    return at


@pytest.fixture(scope="module")
def exported(lived: tuple[Demo, Scraped], tmp_path_factory: pytest.TempPathFactory) -> tuple[Samples, int, Path]:
    """The history of the demo's database, as it would have been scraped."""
    demo, scraped = lived
    first = (scraped.until // DAY - DAYS - 4) * DAY
    file = tmp_path_factory.mktemp("history") / "history.om"
    days = [datetime.fromtimestamp(first + day * DAY, UTC).date().isoformat() for day in (-1, DAYS)]
    names = ("--job=claude-tracker", "--instance=laptop")
    done = demo.run("backfill", f"--output={file}", f"--from={days[0]}", f"--to={days[1]}", "--step=5m", *names)
    assert 0 == done.code, done.stderr
    return scraped_samples(file.read_text(), first), first, demo.database


@pytest.fixture(scope="module", params=STORES)
def history(
    request: pytest.FixtureRequest, exported: tuple[Samples, int, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[History]:
    samples, first, database = exported
    with store_with(request.param, tmp_path_factory.mktemp("store"), samples) as server:
        yield History(server, first, database)


def figure(history: History, title: str, start: int, end: int) -> float:
    """What a panel of the board "usage" shows over a range."""
    panel = next(one for one in panels(BOARDS["usage"]) if one["title"] == title)
    expr = interpolated(panel["targets"][0]["expr"], BOARDS["usage"], end - start, HOUR)
    return history.server.value(expr, (history.first + end) * 1_000) or 0.0


def in_database(history: History, start: int, end: int) -> dict[str, float]:
    """What was used after `start` and until `end`."""
    between = tuple((history.first + second) * 1_000 for second in (start, end))
    used = "count(*), coalesce(sum(cost), 0) / 1e9, coalesce(sum(total), 0)"
    with closing(sqlite3.connect(f"file:{history.database}?mode=ro", uri=True)) as database:
        responses, cost, tokens = database.execute(
            f"SELECT {used} FROM tracker_responses WHERE counted AND at > ? AND at <= ?", between
        ).fetchone()
        (prompts,) = database.execute(
            "SELECT count(DISTINCT uuid) FROM tracker_prompts WHERE at > ? AND at <= ?", between
        ).fetchone()
    return {"responses": responses, "cost": cost, "tokens": tokens, "prompts": prompts}


@pytest.mark.parametrize("name", RANGES)
def test_the_total_of_a_range_is_the_databases(history: History, name: str) -> None:
    """What is used in a gap counts where it was scraped: at its end."""
    start, end = RANGES[name]
    assert is_gap(start)
    assert is_gap(end)
    truth = in_database(history, last_scrape(start), last_scrape(end))
    for title, column in FIGURES.items():
        assert pytest.approx(truth[column], rel=1e-9, abs=1e-6) == figure(history, title, start, end), title
    assert truth["responses"] == 0 if name == "all in a stop" else truth["responses"] > 0


def test_from_sleep_to_sleep_it_is_exactly_what_was_used_in_the_range(history: History) -> None:
    """Nights in which nothing was used: where in them a range starts and ends does not matter."""
    idle = [night for night in NIGHTS[1:] if in_database(history, *night)["responses"] == 0]
    assert len(idle) >= 4
    for first, last in ((idle[0], idle[1]), (idle[1], idle[-1]), (idle[0], idle[-1])):
        for start, end in ((first.start + 1, last.end - 1), (first.end - 1, last.start + 1)):
            truth = in_database(history, start, end)
            for title, column in FIGURES.items():
                assert pytest.approx(truth[column], rel=1e-9, abs=1e-6) == figure(history, title, start, end), title


def test_projects_add_up_to_the_cost(history: History) -> None:
    start, end = RANGES["a week, from sleep to sleep"]
    panel = next(one for one in panels(BOARDS["overview"]) if one["title"] == "Cost by project")
    expr = interpolated(panel["targets"][0]["expr"], BOARDS["overview"], end - start, HOUR)
    found = history.server.query(expr, (history.first + end) * 1_000)
    assert len(found) > 2
    total = sum(float(one["value"][1]) for one in found)
    assert pytest.approx(in_database(history, start, end)["cost"]) == total
