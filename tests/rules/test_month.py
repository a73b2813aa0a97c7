"""How often each alert comes: thirty days of one user, replayed into a real Prometheus with our rules."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from support.month import DAY, DAYS, HOUR, MINUTE, START, TROUBLE, Series, User, as_openmetrics, lay, lived
from support.prometheus import Prometheus, running_prometheus
from support.services import PROJECT, output_of

pytestmark = pytest.mark.server

RULES = PROJECT / "prometheus" / "rules"
CHUNK = 7 * DAY
"""What Prometheus answers at once: fewer than 11,000 minutes."""
WINDOW = re.compile(r'window="(\w+)"')
WARN_OF_LIMITS = (
    "ClaudeWindowUsageHigh",
    "ClaudeWindowUsageCritical",
    "ClaudeLimitBeforeReset",
    "ClaudeBlockLimitBeforeEnd",
)
"""What warns before a limit is hit."""

FLAGS = ("--storage.tsdb.retention.time=100y", "--query.lookback-delta=90s")

Firings = dict[str, list[tuple[int, str]]]
"""When each alert started to fire, and with which labels."""


def import_blocks(folder: Path, series: Series) -> None:
    (folder / "series.om").write_text(as_openmetrics(series))
    command = ("tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=744h")
    output_of("promtool", *command, folder / "series.om", folder / "data")


def firing_starts(minutes: list[int], lasting: int, kept: int) -> Iterator[int]:
    """When it starts to fire, of the minutes in which an expression holds: after it has held for `lasting` s without
    a gap; then it fires until it has not held for `kept` s.
    """
    start = before = fired = None
    for now in minutes:
        if fired is not None and before is not None and now - before > max(kept, MINUTE):
            fired = start = None
        if fired is None:
            start = now if start is None or before is None or now - before > MINUTE else start
            if now - start >= lasting:
                fired = now
                yield now
        before = now


def seconds(duration: str) -> int:
    found = re.fullmatch(r"(\d+)([mh])", duration)
    assert found is not None
    return int(found[1]) * {"m": MINUTE, "h": HOUR}[found[2]]


def over_the_month(server: Prometheus, expression: str) -> Series:
    """Its values at each minute, by labels, without the name (a rule gives its own)."""
    found: Series = defaultdict(list)
    for start in range(START, START + DAYS * DAY, CHUNK):
        end = min(start + CHUNK, START + DAYS * DAY) - MINUTE
        for series in server.range(expression, start, end, MINUTE):
            labels = ",".join(f'{name}="{value}"' for name, value in series["metric"].items() if name != "__name__")
            found[labels] += [(int(now), float(value)) for now, value in series["values"]]
    return {labels: sorted(values) for labels, values in found.items()}


def firings_of(server: Prometheus, rule: dict[str, Any]) -> list[tuple[int, str]]:
    lasting, kept = (seconds(rule.get(key, "0m")) for key in ("for", "keep_firing_for"))
    own = ",".join(f'{name}="{value}"' for name, value in rule["labels"].items())
    return sorted(
        (now, f"{labels},{own}")
        for labels, values in over_the_month(server, rule["expr"]).items()
        for now in firing_starts([now for now, _ in values], lasting, kept)
    )


def rules_of(file: str) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load((RULES / file).read_text())["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def user() -> User:
    return User(lived(Random(1)))


@pytest.fixture(scope="module")
def firings(user: User, tmp_path_factory: pytest.TempPathFactory) -> Firings:
    """In rounds, since what rests on recorded series is recorded after them."""
    folder = tmp_path_factory.mktemp("month")
    import_blocks(folder, lay(user))
    left = rules_of("recording.yml")
    while left:
        ready = [rule for rule in left if not any(other["record"] in rule["expr"] for other in left)]
        with running_prometheus(folder, "{}", *FLAGS) as server:
            recorded = {
                f"{rule['record']}{{{labels}}}": values
                for rule in ready
                for labels, values in over_the_month(server, rule["expr"]).items()
            }
        import_blocks(folder, recorded)
        left = [rule for rule in left if rule not in ready]
    with running_prometheus(folder, "{}", *FLAGS) as server:
        return {rule["alert"]: firings_of(server, rule) for rule in rules_of("alerts.yml")}


def test_no_warning_fires_more_than_three_times_a_day(firings: Firings) -> None:
    for name, found in firings.items():
        days = Counter((now - START) // DAY for now, _ in found)
        assert max(days.values(), default=0) <= 3, (name, days)


def test_every_limit_hit_has_a_warning_ten_minutes_before(user: User, firings: Firings) -> None:
    assert {"five_hour": 13, "seven_day": 1} == Counter(hit.window for hit in user.hits)
    for hit in user.hits:
        longest = 5 * HOUR if hit.window == "five_hour" else 7 * DAY
        before = [
            name
            for name in WARN_OF_LIMITS
            for now, labels in firings[name]
            if 10 * MINUTE <= hit.at - now <= longest and [hit.window] == WINDOW.findall(labels)
        ]
        assert before, hit


def test_hits_and_the_outage_fire_alerts(user: User, firings: Firings) -> None:
    """A hit alerts within its minute, and again on a morning on which it still holds; a missing tracker after five."""
    mornings = [START + day * DAY + 8 * HOUR for day in range(DAYS)]
    assert [hit.at for hit in user.hits] == [now for now, _ in firings["ClaudeLimitHit"] if now not in mornings]
    assert [TROUBLE[0] + 5 * MINUTE] == [now for now, _ in firings["ClaudeTrackerDown"]]


def test_the_documentation_states_how_often_they_fire(firings: Firings) -> None:
    page = (PROJECT / "docs" / "warnings.md").read_text()
    counted = {name: (len(found), len({(now - START) // DAY for now, _ in found})) for name, found in firings.items()}
    rows = re.findall(r"^\| `(Claude\w+)` \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert counted == {name: (int(times), int(days)) for name, times, days in rows}
