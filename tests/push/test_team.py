"""The board "Claude: team" says of every team what was used, exactly, in both engines, whatever its machines did."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from support.boards import panel_queries, run_query
from support.engines import AT_REST, WINDOW, Elsewhere, engine, flush
from support.processes import wait_until
from support.prometheus import Prometheus
from support.remote_store import Person

pytestmark = pytest.mark.server

COST, TOKENS = 0.00055, 30
"""Of one response: 10 tokens in at $5 a million, 20 out at $25."""


class Fleet(NamedTuple):
    """`start`: the first midnight, `now`: the end, both ms."""

    server: Prometheus
    start: int
    now: int


def in_days(start: int, hours: float) -> int:
    return start + round(hours * HOUR)


@pytest.fixture(scope="module", params=["prometheus", "victoriametrics"])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Three days of eight machines, each of another kind. A number is how many responses a machine has on a day."""
    folder = tmp_path_factory.mktemp("fleet")
    start = (round(time.time() * 1_000) - 3 * DAY) // DAY * DAY
    with engine(request.param, folder / "store", WINDOW, *AT_REST) as server:
        store = Elsewhere(server.url)

        def machine(name: str, team: str, user: str, hour: float) -> Person:
            person = Person(folder, store, name, now=in_days(start, hour))
            person.machine.labels = {"user": user, "host": name, "team": team}
            person.machine.start()
            return person

        def goes_on(person: Person, hour: float, works: int = 0) -> None:
            """It sleeps until then, works, and sends a minute later."""
            person.sleeps(in_days(start, hour) - person.now)
            person.works(works)
            person.sleeps(MINUTE)
            person.pushes()

        first, second = machine("first", "a", "ada", 6), machine("second", "a", "ada", 7)
        asleep, kept, bare = (machine(name, "b", name, 6) for name in ("asleep", "kept", "bare"))
        restored = machine("restored", "c", "eve", 6)
        for person in (first, second, asleep, kept, bare, restored):
            goes_on(person, 9, works=3)
        restored.backs_up(folder / "backup.db")
        goes_on(first, 34, works=2)
        goes_on(restored, 34, works=4)
        kept.reinstalls(keeps_transcripts=True)
        bare.reinstalls(keeps_transcripts=False)
        restored.restores(folder / "backup.db")
        cloned = first.clone("cloned", user="kim", host="cloned", team="d")
        joiner = machine("joiner", "c", "joe", 49)
        joiner.works(5, at=in_days(start, 10))
        joiner.works(5, at=in_days(start, 40))
        everyone = (first, second, asleep, kept, bare, restored, joiner, cloned)
        for person in everyone:
            goes_on(person, 58, works=1)
        now = everyone[0].now // (5 * MINUTE) * 5 * MINUTE
        for person in everyone:
            goes_on(person, 59)
            person.tracker.close()
        flush(server)
        seen = "count(last_over_time(claude_tracker_build_info[1h])) == 8"
        wait_until(lambda: server.query(seen, in_days(start, 59)), "all are there")
        yield Fleet(server, start, now)


def answers(fleet: Fleet, title: str, letter: str, end: float, hours: float) -> dict[str, float]:
    """What a query of the board says of the hours before one of the three days' hours, by team."""
    until = in_days(fleet.start, end) // 1_000
    queries = panel_queries("team", round(hours * 3_600), until, {"team": ".*", "user": ".*", "model": ".*"})
    (query,) = [one for one in queries if (one.panel["title"], one.target["refId"]) == (title, letter)]
    return {
        found["metric"].get("team", found["metric"].get("user", "")): float(found["value"][1])
        for found in run_query(fleet.server, query, until)
    }


DAYS = {
    "the first": (24, 24, {"a": 6, "b": 9, "c": 3 + 5}),
    "the second": (48, 24, {"a": 2, "c": 4 + 5}),
    "the third": (59, 11, {"a": 2, "b": 3, "c": 2, "d": 1}),
    "all": (59, 59, {"a": 10, "b": 12, "c": 19, "d": 1}),
    "an hour of sleep": (20, 1, {}),
    "from sleep to sleep": (40, 20, {"a": 2, "c": 4 + 5}),
}


@pytest.mark.parametrize(("end", "hours", "used"), DAYS.values(), ids=DAYS)
def test_each_teams_use_is_exact(fleet: Fleet, end: float, hours: float, used: dict[str, int]) -> None:
    def expected(of_one: float) -> object:
        return pytest.approx({team: number * of_one for team, number in used.items()}, rel=1e-9)

    assert expected(COST) == answers(fleet, "Teams", "A", end, hours)
    assert expected(TOKENS) == answers(fleet, "Teams", "D", end, hours)
    assert expected(1) == answers(fleet, "Teams", "E", end, hours)
    assert pytest.approx(COST * sum(used.values()), rel=1e-9) == answers(fleet, "Cost", "A", end, hours)[""]
    assert pytest.approx(TOKENS * sum(used.values())) == answers(fleet, "Tokens", "A", end, hours)[""]


@pytest.mark.parametrize(
    ("end", "hours", "people"), [(24, 24, 6), (48, 24, 3), (59, 11, 7), (59, 59, 7)], ids=["1", "2", "3", "all"]
)
def test_active_people_are_counted_once(fleet: Fleet, end: float, hours: float, people: int) -> None:
    """One has two machines; one joined late, and worked before."""
    assert {"": people} == answers(fleet, "People active", "A", end, hours)
    assert people == sum(answers(fleet, "Teams", "F", end, hours).values())


def test_people_are_compared_by_what_they_used(fleet: Fleet) -> None:
    used = {"ada": 10, "asleep": 4, "kept": 4, "bare": 4, "eve": 8, "joe": 11, "kim": 1}
    expected = pytest.approx({user: number * COST for user, number in used.items()}, rel=1e-9)
    assert expected == answers(fleet, "People compared", "A", 59, 59)


def test_a_new_database_is_another_tracker_of_the_same_machine(fleet: Fleet) -> None:
    assert {"": 11} == answers(fleet, "Machines seen", "A", 59, 59)
    assert {"": 8} == answers(fleet, "Machines seen", "B", 59.05, 59)
    assert {"": 0} == {
        "": float(fleet.server.value("sum(resets(claude_tracker_tokens_total[59h]))", in_days(fleet.start, 59)) or 0)
    }
