"""The same sums in a real Prometheus and a real VictoriaMetrics, by every way of asking."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.push.receiver import Address, Receiver
from support.engines import AT_REST, WINDOW, Elsewhere, engine, value
from support.processes import wait_until
from support.remote_store import Machine, Person, RemoteStore

pytestmark = pytest.mark.server


@pytest.mark.parametrize("kind", ["prometheus", "victoriametrics"])
def test_sleep_new_databases_and_late_transcripts(tmp_path: Path, kind: str) -> None:
    start = (round(time.time() * 1000) - 3 * DAY) // DAY * DAY
    with engine(kind, tmp_path / "store", WINDOW, *AT_REST) as server:
        store = Elsewhere(server.url)
        asleep = Person(tmp_path, store, "asleep", now=start + 6 * HOUR)
        moved = Person(tmp_path, store, "moved", now=start + 6 * HOUR)
        moved.machine.labels = {"user": "u2", "host": "h2", "team": "a"}
        moved.machine.start()
        for person in (asleep, moved):
            person.works(3, at=start + HOUR)
            person.pushes()
            person.sleeps(9 * HOUR)
            person.works(2)
            person.sleeps(MINUTE)
            person.pushes()
        moved.reinstalls(keeps_transcripts=True)
        for person in (asleep, moved):
            person.sleeps(20 * HOUR)
            person.works(4)
            person.works(1, at=start + 2 * HOUR)
            person.sleeps(MINUTE)
            person.pushes()
            person.tracker.close()
        now = asleep.now // MINUTE * MINUTE
        tokens = 'claude_tracker_tokens_total{team="a"}'
        wait_until(lambda: 600 == value(server, f"sum(last_over_time({tokens}[3d]))", now), "the store shows it")
        for range_ms in (3 * DAY, now - start):
            length = f"{range_ms}ms"
            assert 600 == value(
                server, f"sum(last_over_time({tokens}[{length}]) - min_over_time({tokens}[{length}]))", now
            )
            assert 0 == value(server, f"sum(resets({tokens}[{length}]))", now)
        grid = start + 15 * HOUR + 5 * MINUTE  # what was found late comes with the first step after it
        assert store.at("tokens_total", grid) == value(server, f"sum(last_over_time({tokens}[3d]))", grid)
        assert 2 * 6 * 30 == value(server, f"sum(last_over_time({tokens}[3d]))", grid)
        if kind == "victoriametrics":
            assert 600 == value(server, f"sum(increase({tokens}[3d]))", now)


def test_a_store_that_takes_nothing_old_goes_on_with_the_present(tmp_path: Path) -> None:
    now = round(time.time() * 1000)
    with engine("prometheus", tmp_path / "store", "{}") as server:
        store = Elsewhere(server.url)
        newest = Person(tmp_path, store, "newest", now=now)
        newest.machine.labels = {"user": "u0", "host": "h0", "team": "b"}
        newest.machine.start()
        newest.works(at=now - 2 * MINUTE)  # before the full minute that is sent
        newest.pushes()
        person = Person(tmp_path, store, "person", now=now)
        person.works(5, at=now - 30 * HOUR)
        person.pushes()
        state = person.machine.pusher.state
        assert {"too_old", "out_of_order"} & set(state.refused)
        assert state.problem is None
        at = now // MINUTE * MINUTE
        assert 5 == value(server, 'sum(last_over_time(claude_tracker_responses_total{team="a"}[5m]))', at)
        for one in (newest, person):
            one.tracker.close()


def test_a_wrong_clock_hurts_no_other(tmp_path: Path) -> None:
    """The receiver would take it: 60 hours ahead."""
    now = round(time.time() * 1000)
    with engine("victoriametrics", tmp_path / "store") as server:
        ahead = Person(tmp_path, RemoteStore(), "ahead", now=now + 60 * HOUR)
        clock = Receiver(Address(f"{server.url}/api/v1/write", lambda: None), lambda: ahead.now)
        ahead.machine = Machine(ahead.tracker.database, clock, ahead.now)  # type: ignore[arg-type]
        ahead.works()
        ahead.pushes()
        assert "this clock is 3600 min ahead of the store's" in (ahead.machine.pusher.state.problem or "")
        assert 0 == value(server, "count({__name__=~'claude.*'})", now + 60 * HOUR)
        ahead.tracker.close()
