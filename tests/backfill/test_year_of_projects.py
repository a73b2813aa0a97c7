"""A year with more projects than labels: by project or not, a real Prometheus shows the same increase."""

from __future__ import annotations

import itertools
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from exporter.cli.commands import backfill as command
from exporter.cli.main import cli
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, to_iso
from exporter.metrics.collector import SnapshotCollector
from exporter.metrics.counters import Announcements
from exporter.metrics.history_text import series
from exporter.snapshot.take import take_current
from exporter.store.database import meta
from exporter.store.reader import Reader
from support.prometheus import Prometheus, running_prometheus
from support.sampling import sample_or_all
from support.services import require_program
from support.stores import scrape_once, store_with
from support.tracker import Tracker
from support.year import DAYS, END, PLACES, PROJECTS, START, WORKTREES, Year, made_year, write_session

pytestmark = [pytest.mark.server, pytest.mark.long]

SEEDS = list(range(sample_or_all(1, 5)))
PAIRS = (("project_tokens", "tokens"), ("project_cost_usd", "cost_usd"))
FAMILIES = tuple(f"claude_tracker_{family}_total" for pair in PAIRS for family in pair)


@pytest.fixture(params=SEEDS, scope="module")
def year(request: pytest.FixtureRequest) -> Year:
    made = made_year(request.param)
    folders = {session.folder for session in made.sessions}
    assert (PROJECTS, WORKTREES) == (
        len({session.project for session in made.sessions}),
        sum("/.claude/worktrees/" in folder for folder in folders),
    )
    return made


class Scrapes:
    """What a tracker exposes of tokens and costs, by the time (s) of the scrape."""

    def __init__(self, tracker: Tracker, year: Year) -> None:
        self._reader = Reader(tracker.database)
        self._announcements = Announcements()
        self._year = year
        self.samples: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self.most = 0
        self.last = 0

    def scrape(self, now: int, scanned_at: int) -> None:
        """Each project in use is exposed with its label, and no other."""
        current = take_current(self._reader, now)
        assert current is not None
        own = set()
        for family in SnapshotCollector(current, self._announcements, "0", "0").collect():
            for name, labels, value, *_ in family.samples if f"{family.name}_total" in FAMILIES else ():
                self.samples[series(name, labels.items())].append((now // 1_000, value))
                own.add(labels.get("project", "other"))
        own.discard("other")
        assert self._year.in_use(now, scanned_at) == own, to_iso(now)
        self.most, self.last = max(self.most, len(own)), now


def lived(folder: Path, year: Year) -> Scrapes:
    """The scrapes of a tracker that runs all year."""
    random = Random(1)
    with Tracker(folder / "tracker.db", folder / "projects", now=START) as tracker:
        scrapes = Scrapes(tracker, year)
        scrapes.scrape(START, scanned_at=START)
        for day in range(DAYS):
            tracker.now = START + (day + 1) * DAY - HOUR
            for session in year.found_between(tracker.now - DAY, tracker.now):
                write_session(folder / "projects", session, random)
            tracker.scan()
            for now in (tracker.now, tracker.now + MINUTE, tracker.now + 12 * HOUR):
                scrapes.scrape(now, scanned_at=tracker.now)
    return scrapes


def exact_increase(server: Prometheus, name: str) -> float:
    """The increase of all series from sample to sample, resets included."""
    increase = 0.0
    for found in server.query(f"{name}[2y]", END + DAY):
        values = [float(value) for _, value in found["values"]]
        increase += sum(after - before if after >= before else after for before, after in itertools.pairwise(values))
    return increase


def check_sums(server: Prometheus, first: int, last: int) -> None:
    """Of a series that ended, `increase()` guesses that it went on for half the time between two samples.

    A place lasts 90 days at least, so with three samples a day that is 1/540 of such a series at most, and a third of
    that in all; with the usual scrape every 15 s, a millionth. Nothing else is extrapolated: the range ends with its
    first and last samples, and every series begins at 0.
    """
    for name, total in PAIRS:
        of_projects, of_all = f"claude_tracker_{name}_total", f"claude_tracker_{total}_total"
        assert exact_increase(server, of_projects) == pytest.approx(exact_increase(server, of_all), rel=1e-12)
        by_project, together = (
            server.value(f"sum(increase({one}[{last - first}ms]))", last) for one in (of_projects, of_all)
        )
        assert together is not None
        assert together > 100
        assert by_project == pytest.approx(together, rel=1e-3)


def test_a_tracker_that_runs_all_year(year: Year, tmp_path: Path) -> None:
    scrapes = lived(tmp_path, year)
    assert 60 < scrapes.most <= PLACES
    with store_with("prometheus", tmp_path, scrapes.samples) as server:
        check_sums(server, START, scrapes.last)


@pytest.mark.long
@pytest.mark.skipif(not sample_or_all(0, 1), reason="the year a second time: only with --long")
def test_the_same_year_by_backfill(year: Year, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_program("promtool")
    random, now = Random(1), END + 5 * HOUR
    for session in year.sessions:
        write_session(tmp_path / "projects", session, random)
    monkeypatch.setattr(command, "clock", lambda: now)
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=now) as tracker:
        scrape_once(tmp_path, tmp_path / "data", meta.tracker_id(tracker.connection), now)
        places = ["--database", str(tracker.database), "--data", str(tmp_path / "data")]
        result = CliRunner().invoke(cli, ["backfill", "--load", "prometheus", *places, "--step", "1h"])
    assert (0, "") == (result.exit_code, result.stderr)
    with running_prometheus(tmp_path, "{}", "--storage.tsdb.retention.time=100y") as server:
        for at in range(START + DAY // 2, END, DAY):
            found = {one["metric"]["project"] for one in server.query(FAMILIES[0], at)}
            in_use, soon = (year.in_use(moment, now) for moment in (at, at + HOUR))
            assert in_use <= found <= in_use | soon, to_iso(at)
            assert len(found) <= PLACES
        times = [at for at, _ in server.query(f"{FAMILIES[1]}[2y]", END + DAY)[0]["values"]]
        check_sums(server, int(times[0]) * 1_000, int(times[-1]) * 1_000)
