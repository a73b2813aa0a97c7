"""What a machine sends, whatever happens: each use once, no counter falls, nothing with a wrong clock."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, SECOND, to_iso
from exporter.push.answers import Verdict
from exporter.push.pusher import SAMPLES_PER_SECOND
from exporter.push.source import GRID_MS
from exporter.push.wire import decode
from support.remote_store import START, Person, RemoteStore
from support.sampling import sample_or_all
from support.transcripts import assistant, usage, write

pytestmark = pytest.mark.no_cover  # simulations, two or three times as slow when traced

REFUSED = Verdict("refused", "out_of_order", problem="it answered 400: out of order sample")
BUSY = Verdict("later", after_s=30.0, problem="it answered 503")
KINDS = ("work", "work", "sleep", "late", "restart", "lose", "away", "rebuild", "reinstall", "push")
DENIED = Verdict("stopped", problem="it answered 401: its credentials are not valid")


@pytest.fixture
def store() -> RemoteStore:
    return RemoteStore()


@pytest.fixture
def person(tmp_path: Path, store: RemoteStore) -> Iterator[Person]:
    found = Person(tmp_path, store)
    yield found
    found.tracker.close()


def test_the_history_first_and_then_the_present(person: Person, store: RemoteStore) -> None:
    person.works(at=START + 10 * MINUTE)
    person.works(2, at=START + 3 * HOUR)
    person.pushes()
    assert START + 5 * MINUTE == min(store.times())
    assert START + 6 * HOUR == max(store.times())
    assert [0, 1, 1, 3] == [store.at("responses_total", START + at) for at in (
        5 * MINUTE, 10 * MINUTE, 3 * HOUR - 1, 6 * HOUR,
    )]  # fmt: skip
    assert 3 * 30 == store.added("tokens_total")
    assert all(at % GRID_MS == 0 for at in store.times())


def test_each_minute_a_sample(person: Person, store: RemoteStore) -> None:
    person.works()
    person.pushes()
    sent = len(store.bodies)
    person.machine.live(minutes=4)
    assert 3 == len(store.bodies) - sent
    assert [START + 6 * HOUR + minute * MINUTE for minute in range(4)] == store.times()[-4:]


def test_what_comes_after_the_minute_counts_in_the_next(person: Person, store: RemoteStore) -> None:
    person.works(at=START + HOUR)
    person.now += 30 * SECOND
    person.works(at=person.now - 10 * SECOND)
    person.pushes()
    assert 1 == store.at("responses_total", person.now)
    person.now += MINUTE
    person.pushes()
    assert 2 == store.at("responses_total", person.now)


def test_series_carry_the_tracker_and_the_labels_of_the_machine(person: Person, store: RemoteStore) -> None:
    person.works()
    person.pushes()
    (tracker,) = {dict(labels)["tracker"] for labels in store.series}
    with closing(sqlite3.connect(person.tracker.database)) as connection:
        assert (tracker,) == connection.execute("SELECT value FROM tracker_meta WHERE key = 'tracker'").fetchone()
    assert {("u1", "h1", "a")} == {(dict(one)["user"], dict(one)["host"], dict(one)["team"]) for one in store.series}
    assert not any("project" in dict(one) for one in store.series)


def test_a_new_counter_begins_at_0(person: Person, store: RemoteStore) -> None:
    person.works()
    person.pushes()
    person.sleeps(MINUTE)
    person.file = person.file.with_name("other.jsonl")
    line = assistant("sonnet", uuid="sonnet", session="s2", at=to_iso(person.now), model="claude-sonnet-4-5")
    write(person.file, [line])
    person.tracker.now = person.now
    person.tracker.scan()
    person.sleeps(MINUTE)
    person.pushes()
    assert 30 == store.added("tokens_total", model="claude-sonnet-4-5")
    assert 1 == store.added("responses_total", model="claude-sonnet-4-5")


def test_sleep_leaves_no_hole(person: Person, store: RemoteStore) -> None:
    person.works()
    person.pushes()
    person.sleeps(9 * HOUR)
    person.works(at=person.now - 2 * HOUR)
    person.pushes()
    grid = [at for at in store.times() if at % GRID_MS == 0]
    assert {GRID_MS} == {after - before for before, after in pairwise(grid)}
    assert [1, 2] == [store.at("responses_total", person.now - at) for at in (2 * HOUR + MINUTE, 2 * HOUR - 5 * MINUTE)]
    assert 0 == store.resets()


def test_a_transcript_that_is_found_late(person: Person, store: RemoteStore) -> None:
    person.works(2)
    person.pushes()
    person.sleeps(10 * MINUTE)
    person.works(3, at=START + HOUR)
    person.pushes()
    assert 5 == store.at("responses_total", person.now)
    assert (0, 0) == (store.resets(), store.duplicates)


@pytest.mark.parametrize("keeps_transcripts", [True, False])
def test_a_new_database_goes_on_where_the_old_one_ended(
    person: Person, store: RemoteStore, keeps_transcripts: bool
) -> None:
    person.works(4)
    person.pushes()
    person.sleeps(HOUR)
    person.reinstalls(keeps_transcripts=keeps_transcripts)
    person.works(2)
    person.sleeps(MINUTE)
    person.pushes()
    assert 2 == len({dict(labels)["tracker"] for labels in store.series})
    assert 6 == store.at("responses_total", person.now)
    assert 6 * 30 == store.added("tokens_total")
    assert 0 == store.resets()


def test_other_labels_begin_where_those_before_ended(person: Person, store: RemoteStore) -> None:
    person.works(4)
    person.pushes()
    person.sleeps(HOUR)
    person.machine.labels = {"user": "u1", "host": "h1", "team": "b"}
    person.machine.start()
    person.works(2)
    person.sleeps(MINUTE)
    person.pushes()
    assert (4, 2) == (store.added("responses_total", team="a"), store.added("responses_total", team="b"))


def test_a_rebuild_moves_nothing(person: Person, store: RemoteStore) -> None:
    person.works(4)
    person.pushes()
    before = {labels: dict(samples) for labels, samples in store.series.items()}
    person.tracker.rebuild()
    person.sleeps(MINUTE)
    person.pushes()
    assert 4 == store.at("responses_total", person.now)
    assert all(store.series[labels][at] == value for labels, samples in before.items() for at, value in samples.items())


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_answers_that_are_lost(person: Person, store: RemoteStore, lost: int) -> None:
    """The store took it, the tracker does not know: it sends the same again."""
    person.works(2, at=START + HOUR)
    store.loses_answers = True
    for _ in range(lost):
        person.pushes()
        person.sleeps(3 * HOUR)
        person.works()
    store.loses_answers = False
    person.machine.start()
    person.pushes()
    assert 2 + lost == store.at("responses_total", person.now)
    assert (0, 0) == (store.resets(), store.duplicates)


def test_a_store_that_is_away_for_three_days(person: Person, store: RemoteStore) -> None:
    person.works()
    person.pushes()
    store.answers = [BUSY] * 1_000
    for _ in range(6):
        person.sleeps(12 * HOUR)
        person.works()
        person.machine.pusher.check()
    assert person.machine.pusher.state.problem == "it answered 503"
    store.answers = []
    person.sleeps(25 * HOUR)
    person.machine.pusher.check()
    assert 7 == store.at("responses_total", person.now)
    assert 0 == store.resets()
    state = person.machine.pusher.state
    assert state.problem is None
    assert 0 == state.failed


def test_after_a_failure_it_waits_as_long_as_it_is_asked_to(person: Person, store: RemoteStore) -> None:
    person.works()
    person.pushes()
    person.sleeps(2 * MINUTE)
    store.answers = [Verdict("later", after_s=1_800.0, problem="it answered 429")]
    person.machine.pusher.check()
    sent = len(store.bodies)
    person.machine.live(minutes=29)
    assert sent == len(store.bodies)
    person.machine.live(minutes=2)
    assert sent < len(store.bodies)


def test_what_lasts_is_tried_again_after_an_hour(person: Person, store: RemoteStore) -> None:
    person.works()
    person.pushes()
    store.answers = [DENIED]
    person.machine.live(minutes=3)
    state = person.machine.pusher.state
    assert (True, DENIED.problem) == (state.is_stopped, state.problem)
    sent = len(store.bodies)
    person.machine.live(minutes=50)
    assert sent == len(store.bodies)
    person.machine.live(minutes=12)
    assert (False, None) == (person.machine.pusher.state.is_stopped, person.machine.pusher.state.problem)


def test_a_store_that_takes_nothing_old(person: Person, store: RemoteStore) -> None:
    """The present goes on, and is exact; what was refused is counted, and adds up with the next."""
    store.has_window = False
    person.works()
    person.pushes()
    other = Person(person.folder, store, "other")
    other.now = other.machine.now = person.now + 9 * HOUR
    other.works()
    other.pushes()  # now the store's newest sample is nine hours later
    other.tracker.close()
    person.sleeps(9 * HOUR)
    person.works(3, at=person.now - 4 * HOUR)
    person.pushes()
    state = person.machine.pusher.state
    assert {"out_of_order"} == set(state.refused)
    assert 0 < state.refused["out_of_order"]
    (tracker,) = {
        dict(one)["tracker"] for one in store.series if dict(one)["tracker"] != other.machine.pusher.state.tracker
    }
    assert 4 == store.at("responses_total", person.now, tracker=tracker)
    assert 0 == store.resets()


def test_a_wrong_clock_sends_nothing(person: Person, store: RemoteStore) -> None:
    person.works()
    for skew in (60 * 3600.0, -600.0, 121.0):
        store.skew_s = skew
        person.machine.start()
        person.pushes()
        assert {} == store.series
        assert "this clock is" in (person.machine.pusher.state.problem or "")
        assert skew == person.machine.pusher.state.skew_s
    store.skew_s = -119.0
    person.pushes()
    assert 1 == store.at("responses_total", person.now)


def test_a_clock_that_is_set_while_it_runs(person: Person, store: RemoteStore) -> None:
    person.works()
    person.pushes()
    steady = person.now
    person.machine.pusher._steady = lambda: steady
    person.sleeps(60 * HOUR)
    store.skew_s = 60 * 3600.0
    person.machine.pusher.check()
    assert START + 6 * HOUR == max(store.times())


def test_bodies_that_are_too_large_are_divided(person: Person, store: RemoteStore) -> None:
    store.max_bytes = 700
    person.works(3, at=START + HOUR)
    person.pushes()
    assert 3 == store.added("responses_total")
    assert 0 == store.resets()
    assert {} == person.machine.pusher.state.refused


def test_the_past_is_sent_slowly(person: Person, store: RemoteStore) -> None:
    person.works(at=START - 20 * DAY)
    person.pushes()
    samples = sum(len(found) for found in store.series.values())
    assert pytest.approx(samples / SAMPLES_PER_SECOND, rel=0.01) == person.machine.waited
    assert 5_100 > max(sum(len(one.samples) for one in decode(body)) for body in store.bodies)


def test_only_since_a_day(person: Person, store: RemoteStore) -> None:
    person.works(2, at=START - 20 * DAY)
    person.works(3, at=START + HOUR)
    person.machine.since = START
    person.machine.start()
    person.pushes()
    assert START == min(store.times())
    assert 3 == store.added("responses_total")


def test_an_older_database_sends_nothing_under_its_id(person: Person, store: RemoteStore, tmp_path: Path) -> None:
    person.works()
    person.pushes()
    person.tracker.close()
    saved = shutil.copy(person.tracker.database, tmp_path / "saved.db")
    person.tracker = person.open_tracker(person.tracker.database)
    person.sleeps(HOUR)
    person.works(3)
    person.pushes()
    person.tracker.close()
    person.tracker.database.unlink()
    shutil.copy(saved, person.tracker.database)
    person.tracker = person.open_tracker(person.tracker.database)
    sent = len(store.series)
    person.machine.start()
    person.sleeps(HOUR)
    with closing(sqlite3.connect(person.tracker.database)) as connection:
        connection.execute("UPDATE tracker_meta SET value = '1' WHERE key = 'sequence'")
        connection.commit()
    person.pushes()
    assert "older than what was sent" in (person.machine.pusher.state.problem or "")
    assert sent == len(store.series)


@pytest.mark.long
def test_random_stories(tmp_path: Path) -> None:
    """Sleep, restarts, lost answers, late transcripts, new databases: the sum is that of what was written."""
    for seed in range(sample_or_all(4, 100)):
        dice = random.Random(seed)
        store = RemoteStore()
        person = Person(tmp_path, store, f"person{seed}")
        person.works()
        person.pushes()
        for _ in range(25):
            match dice.choice(
                ("work", "work", "sleep", "late", "restart", "lose", "away", "rebuild", "reinstall", "push")
            ):
                case "work":
                    person.sleeps(MINUTE)
                    person.works(dice.randint(1, 3))
                case "sleep":
                    person.sleeps(dice.randint(1, 40) * HOUR)
                case "late":
                    person.works(at=dice.randint(START, person.now), session=f"late{person.responses}")
                case "restart":
                    person.machine.start()
                case "lose":
                    store.loses_answers = True
                    person.pushes()
                    store.loses_answers = False
                case "away":
                    store.answers = [BUSY] * dice.randint(1, 3)
                    person.pushes()
                    store.answers = []
                case "rebuild":
                    person.tracker.rebuild()
                case "reinstall":
                    person.pushes()
                    person.reinstalls(keeps_transcripts=True)
                case "push":
                    person.pushes()
            assert 0 == store.resets(), seed
        person.sleeps(MINUTE)
        person.pushes()
        assert person.responses == store.at("responses_total", person.now), seed
        assert person.responses == store.added("responses_total"), seed
        assert 0 == store.resets(), seed
        person.tracker.close()


def test_usage_is_that_of_the_tokens(person: Person, store: RemoteStore) -> None:
    write(person.file, [assistant("m", uuid="u", at=to_iso(START + HOUR), used=usage(7, 11))])
    person.tracker.scan()
    person.pushes()
    assert [7, 11] == [store.added("tokens_total", token_type=kind) for kind in ("input", "output")]
