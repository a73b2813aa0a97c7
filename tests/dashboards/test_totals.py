"""A total over the dashboards' time range is what was used in it, in Prometheus and in VictoriaMetrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest

from grafana.generator.forms import CHOSEN, expanded
from support.month import DAY, HOUR, MINUTE, START
from support.prometheus import Prometheus
from support.stores import STORES, store_with

pytestmark = pytest.mark.server

RANGE = DAY
SINCE, UNTIL = START + 4 * DAY, START + 4 * DAY + RANGE
WORDS = {"$__range": f"{RANGE}s", CHOSEN: 'job=~".+"'}
ASLEEP = "asleep over the start, used at the waking"


class Course(NamedTuple):
    """A counter, scraped each minute. `steps`: from so many hours after the range's start its value is this; None while
    nothing is scraped. `truth`: what was used in the range.
    """

    steps: Mapping[float, float | None]
    truth: float
    shown: float
    """What the dashboards show: the truth, but for what no store can know."""


COURSES = {
    "normal": Course({-72: 990, 2: 1_000, 20: 1_030.5}, 40.5, 40.5),
    "nothing used": Course({-72: 990}, 0, 0),
    "used before and not since": Course({-72: 990, -1: 1_000}, 0, 0),
    "used at the edges": Course({-72: 990, 0: 1_000, 0.02: 1_003, 24: 1_010}, 10, 10),
    ASLEEP: Course({-72: 990, -20: None, 5: 993, 9: 1_000}, 10, 10),
    "asleep over the end": Course({-72: 990, 3: 1_000, 10: None}, 10, 10),
    "asleep all day": Course({-72: 990, -3: None, 26: 1_000}, 0, 0),
    "off for a weekend before": Course({-96: 990, -71: None, 1: 997}, 7, 7),
    "a label set first used in the range": Course({3: 0, 3.5: 12, 8: 20}, 20, 20),
    "a small counter first scraped in the range": Course({3: 5, 8: 6}, 1, 1),
    "history first read in the range": Course({3: 5_000, 8: 5_012}, 12, 12),
    "replaced, nothing kept": Course({-72: 990, 2: 1_000, 6: 0, 9: 20}, 30, 30),
    "replaced, some transcripts kept": Course({-72: 990, 2: 1_000, 6: 400, 9: 420}, 30, 30),
    "replaced while asleep over the start": Course({-72: 1_000, -3: None, 2: 0, 9: 20}, 20, 20),
    "replaced just before": Course({-72: 1_000, -1: 0, 9: 20}, 20, 20),
    "replaced, and used more than ever": Course({-72: 990, 2: 1_000, 6: 0, 9: 1_500}, 1_510, 1_500),
    "replaced, most transcripts kept": Course({-72: 990, 2: 1_000, 6: 997, 9: 1_017}, 30, 27),
    "replaced twice": Course({-72: 990, 2: 1_000, 6: 0, 9: 20, 12: 0, 15: 8}, 38, 18),
    "first read and replaced": Course({2: 5_000, 4: 5_010, 6: 0, 9: 20}, 30, 20),
}
OTHER_WAYS = {
    "the largest less the least, over a replaced database": (
        "max_over_time(COUNTER[$__range]) - min_over_time(COUNTER[$__range])", "replaced, nothing kept", 1_000,
    ),
    "the largest less the least, over sleep": (
        "max_over_time(COUNTER[$__range]) - min_over_time(COUNTER[$__range])", ASLEEP, 7,
    ),
    "increase(), over a replaced database": ("increase(COUNTER[$__range])", "replaced, some transcripts kept", 430),
    "increase(), over sleep": ("increase(COUNTER[$__range])", ASLEEP, 7),
    "the last less the one before, over a replaced database": (
        "last_over_time(COUNTER[$__range]) - last_over_time(COUNTER[3d] offset $__range)",
        "replaced, nothing kept", -970,
    ),
}  # fmt: skip
"""Expression, a course, and what it makes of it."""


def series_of(course: Course) -> Iterator[tuple[int, float]]:
    changes = sorted(course.steps.items())
    ends = [*(hours for hours, _ in changes[1:]), 30.0]
    for (hours, value), end in zip(changes, ends, strict=True):
        first, last = (SINCE + round(hour * HOUR) for hour in (hours, end))
        if value is not None:
            yield from ((now, value) for now in range(-(-first // MINUTE) * MINUTE, last, MINUTE))


@pytest.fixture(scope="module", params=STORES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    samples = {
        f'claude_tracker_prompts_total{{job="t",instance="{name}"}}': list(series_of(course))
        for name, course in COURSES.items()
    }
    with store_with(request.param, tmp_path_factory.mktemp("totals"), samples) as found:
        yield found


def asked(server: Prometheus, expression: str) -> dict[str, float]:
    """The values of a query in the words of the forms, by machine."""
    expression = expanded(expression)
    for word, value in WORDS.items():
        expression = expression.replace(word, value)
    found = server.query(expression, UNTIL * 1_000)
    return {one["metric"].get("instance", ""): float(one["value"][1]) for one in found}


@pytest.mark.parametrize("name", COURSES)
def test_the_total_of_a_course(server: Prometheus, name: str) -> None:
    course = COURSES[name]
    assert pytest.approx(course.shown, abs=1e-9) == asked(server, "TOTAL(prompts_total)").get(name, 0)
    assert course.shown <= course.truth


def test_a_total_over_machines_is_their_sum(server: Prometheus) -> None:
    assert pytest.approx({"": 1_775.5}) == asked(server, "sum(TOTAL(prompts_total))")


@pytest.mark.parametrize("name", [name for name in COURSES if "replaced" not in name])
def test_bars_add_up_to_the_total(server: Prometheus, name: str) -> None:
    """Bars of two hours; what a sleep used stands in the bar of the waking."""
    step = 2 * HOUR
    expression = expanded(f'STEPS(prompts_total{{instance="{name}"}})')
    for word, value in (WORDS | {"$__interval": f"{step}s"}).items():
        expression = expression.replace(word, value)
    found = server.range(expression, SINCE, UNTIL - step, step)
    bars = {int(at): float(value) for one in found for at, value in one["values"]}
    assert pytest.approx(COURSES[name].shown, abs=1e-9) == sum(bars.values())
    assert min(bars.values(), default=0) >= 0
    if name == ASLEEP:
        assert {SINCE + 2 * step: 3.0, SINCE + 4 * step: 7.0} == {at: value for at, value in bars.items() if value}


def test_the_range_before_has_its_own_total(server: Prometheus) -> None:
    """The day before: 990 stands three days back."""
    expression = expanded('BEFORE(prompts_total{instance="used before and not since"})')
    milliseconds = str(RANGE * 1_000)
    for word, value in ({"${__range_s}": str(RANGE), "${__range_ms}": milliseconds} | WORDS).items():
        expression = expression.replace(word, value)
    assert [10.0] == [float(one["value"][1]) for one in server.query(expression, UNTIL * 1_000)]


@pytest.mark.parametrize("way", OTHER_WAYS)
def test_what_other_ways_get_wrong(server: Prometheus, way: str) -> None:
    """Why none of them is used."""
    expression, name, wrong = OTHER_WAYS[way]
    expression = expression.replace("COUNTER", "prompts_total")
    assert pytest.approx(wrong, abs=0.1) == asked(server, expression)[name]
    assert abs(wrong - COURSES[name].truth) >= 3
