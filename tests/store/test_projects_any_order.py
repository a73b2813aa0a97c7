"""Few places, many projects, found in any order: no more labels than places, and no use is lost or counted twice."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from exporter.backfill.history import sums_at
from exporter.domain.calendar.timestamp import DAY, HOUR, to_iso
from exporter.domain.usage.totals import LabelSet
from exporter.store.usage.projects import Projects
from support.sampling import sample_or_all
from support.tracker import Tracker
from support.transcripts import append, assistant, usage

pytestmark = pytest.mark.long

START = 1_767_225_600_000
DAYS = 800
PLACES = 3
FOLDERS = [f"/w/p{number}" for number in range(7)]


def tokens_in(tracker: Tracker, family: str) -> int:
    return sum(tracker.exact(family).values())


def write(root: Path, number: int, folder: str, at: int, random: Random) -> None:
    """An answer of a session, which may have begun before."""
    session = f"s{number}" if random.random() < 0.6 else f"of-{folder[-1]}"
    name, used = str(number), usage(0, random.randint(1, 99))
    line = assistant(name, request=name, uuid=name, session=session, at=to_iso(at), cwd=folder, used=used)
    append(root / "x" / f"{session}.jsonl", [line])


@pytest.mark.parametrize("seed", range(sample_or_all(6, 60)))
def test_uses_in_any_order(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.domain.usage.projects.MAX_PROJECTS", PLACES)
    random, number, seen = Random(seed), 0, dict[tuple[str, ...], int]()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=START) as tracker:
        tracker.scan()
        while tracker.now < START + DAYS * DAY:
            tracker.now += random.randint(1, 25) * DAY + HOUR
            for _ in range(random.randint(1, 3)):
                number += 1
                late = random.randrange(250 * DAY) if random.random() < 0.4 else random.randrange(HOUR)
                write(tmp_path / "projects", number, random.choice(FOLDERS), max(tracker.now - late, START), random)
            tracker.scan()
            _, hidden = Projects(tracker.connection, read_only=True).exposed(tracker.now)
            for (family, labels), value in tracker.peaks().items():
                if family == "project_tokens" and labels not in hidden:
                    assert value >= seen.get(labels, 0)
                    seen[labels] = value
            assert tokens_in(tracker, "tokens") == tokens_in(tracker, "project_tokens")
            assert tokens_in(tracker, "tokens") == sum(seen.values()), "all that rose was exposed"
        check_history(tracker)
        incremental = tracker.rows("tracker_totals"), tracker.rows("tracker_project_labels")
        tracker.derive_all_again()
        assert incremental == (tracker.rows("tracker_totals"), tracker.rows("tracker_project_labels"))
        counted, now = tracker.exact("tokens"), tracker.now
    with Tracker(tmp_path / "again.db", tmp_path / "projects", now=now) as tracker:
        assert counted == tracker.exact("tokens")
        check_history(tracker)


def check_history(tracker: Tracker) -> None:
    """A history has no more labels than places, and rises only in what is exposed at the time."""
    before, most = dict[LabelSet, int](), 0
    for at in range(START, tracker.now + 1, DAY):
        shown, _ = Projects(tracker.connection, read_only=True).exposed(at)
        found = sums_at(tracker.connection, at)
        rising = {key[1] for key, value in found.items() if value > before.get(key, 0) and key[0] == "project_tokens"}
        assert rising <= {*shown.values(), ("other",)}, to_iso(at)
        before, most = found, max(most, len(shown))
    assert PLACES == most
