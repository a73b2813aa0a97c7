"""What the dashboards show of accounts on several machines, in Prometheus and in VictoriaMetrics."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grafana.generator.forms import CHOSEN, expanded
from support.month import DAY, HOUR, MINUTE, START
from support.prometheus import Prometheus
from support.stores import STORES, Samples, store_with

pytestmark = pytest.mark.server

NOW = START + DAY
LAST_HOUR = range(NOW - HOUR, NOW + MINUTE, MINUTE)


def reading(machine: str, account: str, source: str, share: float, age: int, window: str = "five_hour") -> Samples:
    """A share that is exposed for an hour. `machine`: its labels; `age`: of the reading, in s at the end."""
    labels = f'{machine},account="{account}",window="{window}"'
    return {
        f'claude_tracker_window_utilization_ratio{{{labels},source="{source}"}}': [(now, share) for now in LAST_HOUR],
        f'claude_tracker_window_observed_timestamp_seconds{{{labels},source="{source}"}}': [
            (now, NOW - age) for now in LAST_HOUR
        ],
        f"claude_tracker_window_reset_timestamp_seconds{{{labels}}}": [(now, NOW + HOUR + age) for now in LAST_HOUR],
    }


def info(machine: str, account: str, name: str) -> Samples:
    labels = f'{machine},account="{account}",name="{name}",plan="",organization=""'
    return {f"claude_tracker_account_info{{{labels}}}": [(now, 1) for now in LAST_HOUR]}


def reached(machine: str, account: str, before: int, after: int) -> Samples:
    labels = f'{machine},account="{account}",window="five_hour"'
    counted = [(now, before if now < NOW - HOUR // 2 else after) for now in LAST_HOUR]
    return {f"claude_tracker_limit_hits_total{{{labels}}}": counted}


def verdict(machine: str, account: str, said: str) -> Samples:
    """What a machine says of an account: one of the six states."""
    states = ("lasts", "runs_out", "reached", "beyond", "too_early", "not_known")
    return {
        f'claude_tracker_verdict{{{machine},account="{account}",state="{state}"}}': [
            (now, int(state == said)) for now in LAST_HOUR
        ]
        for state in states
    }


def runs_out(machine: str, account: str, seconds: int) -> Samples:
    labels = f'{machine},account="{account}",window="five_hour"'
    return {
        f"claude_tracker_window_runs_out_timestamp_seconds{{{labels}}}": [(now, NOW + seconds) for now in LAST_HOUR]
    }


ONE, OTHER, THIRD = (f'job="{job}",instance="{name}"' for job, name in (("two", "a"), ("two", "b"), ("one", "c")))
SAMPLES: Samples = {
    # Two accounts and one without a name; the raised share is the later reading, on another machine.
    **reading(ONE, "aaa", "statusline", 0.97, 600),
    **reading(OTHER, "aaa", "statusline", 0.02, 60),
    **reading(ONE, "bbb", "desktop", 0.5, 60),
    **reading(OTHER, "ccc", "desktop", 0.25, 60),
    **info(ONE, "aaa", "work"),
    **info(OTHER, "aaa", "work, too"),
    **info(ONE, "bbb", "home"),
    **reached(ONE, "aaa", 3, 4),
    **reached(OTHER, "aaa", 1, 2),
    **reached(ONE, "bbb", 0, 2),
    # The machine with the latest report says what holds; where none has a report, the worst that one says.
    **verdict(ONE, "aaa", "reached"),
    **verdict(OTHER, "aaa", "lasts"),
    **verdict(ONE, "bbb", "runs_out"),
    **runs_out(ONE, "bbb", HOUR),
    **verdict(OTHER, "ccc", "runs_out"),
    **runs_out(OTHER, "ccc", 20 * MINUTE),
    **verdict(ONE, "eee", "too_early"),
    **verdict(OTHER, "eee", "reached"),
    **verdict(ONE, "fff", "not_known"),
    # One account, whose source has changed while the store still has the one before.
    **reading(THIRD, "ddd", "desktop", 0.9, 600),
    **reading(THIRD, "ddd", "statusline", 0.1, 60),
    **info(THIRD, "ddd", "mine"),
}


@pytest.fixture(scope="module", params=STORES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with store_with(request.param, tmp_path_factory.mktemp("accounts"), SAMPLES) as found:
        yield found


def asked(server: Prometheus, job: str, expression: str) -> dict[str, float]:
    """The values of a query in the words of the forms, by the account and its name."""
    expression = expanded(expression).replace(CHOSEN, f'job="{job}"').replace("$__range", "1h")
    return {
        " ".join(filter(None, (one["metric"].get(label, "") for label in ("account", "name")))): float(one["value"][1])
        for one in server.query(expression, NOW * 1_000)
    }


def test_several_accounts_are_named_and_show_their_latest_reading(server: Prometheus) -> None:
    found = asked(server, "two", "NAMED(FRESH(window_utilization_ratio))")
    names = {name for name in found if name.startswith("aaa")}
    assert len(names) == 1
    assert names <= {"aaa work", "aaa work, too"}
    assert {"bbb home": 0.5, "ccc": 0.25} == {name: share for name, share in found.items() if name not in names}
    assert 0.02 == found[names.pop()]


def test_one_account_is_not_named_and_follows_a_change_of_source(server: Prometheus) -> None:
    assert {"ddd": 0.1} == asked(server, "one", "NAMED(FRESH(window_utilization_ratio))")


def test_the_reset_is_that_of_the_latest_reading(server: Prometheus) -> None:
    assert {"aaa": HOUR + 60, "bbb": HOUR + 60, "ccc": HOUR + 60} == asked(
        server, "two", "FRESH(window_reset_timestamp_seconds) - time()"
    )


def test_a_limit_counts_once_for_all_machines_of_an_account(server: Prometheus) -> None:
    assert {"": 3} == asked(server, "two", "sum(max by (account, window) (TOTAL(limit_hits_total)))")


def test_the_verdict_is_that_of_the_latest_report(server: Prometheus) -> None:
    """2 lasts, 4 runs out, 5 soon, 6 reached, 0 not known."""
    assert {"aaa": 2, "bbb": 4, "ccc": 5, "eee": 6, "fff": 0} == asked(server, "two", "VERDICT")


def test_the_state_of_each_window(server: Prometheus) -> None:
    """1 too early, 4 runs out, 5 soon."""
    assert {"aaa": 1, "bbb": 4, "ccc": 5} == asked(server, "two", "STATE")


def test_of_windows_over_time_the_fullest_account_comes_first(server: Prometheus) -> None:
    """As any machine has it: the order needs no more."""
    assert ["aaa"] == [name[:3] for name in asked(server, "two", "TOP1(NAMED(FRESH(window_utilization_ratio)))")]
    assert {"bbb", "ccc"} == set(asked(server, "two", "NEXT3(FRESH(window_utilization_ratio))"))
