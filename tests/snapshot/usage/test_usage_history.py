"""What was used, by period, block, project and model: literal figures, which add up to the tracker's totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exporter.domain.calendar.day import ALWAYS, Span, Unit, span_of
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, parse
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Reading
from exporter.domain.usage import bounds
from exporter.domain.usage.amount import Amount, NamedUsage, add_up
from exporter.domain.usage.tokens import Tokens
from exporter.snapshot.usage import usage_history
from exporter.store.limits import hits
from exporter.store.reader import Reader
from support.tracker import LATER, Tracker
from support.transcripts import HAIKU, SONNET, Record, assistant, usage, write

BERLIN = ZoneInfo("Europe/Berlin")


def ms(text: str) -> int:
    found = parse(text)
    assert found is not None
    return found


def said(*times: str, **more: object) -> list[Record]:
    """A response of 30 tokens at each time."""
    return [
        assistant(f"m{at}", request=f"r{at}", uuid=f"u{at}", at=f"{at}:00.000Z", **more)  # type: ignore[arg-type]
        for at in times
    ]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    found = Reader(tmp_path / "tracker.db")
    yield found
    found.close()


def keep(tmp_path: Path, *records: Record, file: str = "-shop/s1") -> Tracker:
    write(tmp_path / "projects" / f"{file}.jsonl", records)
    return Tracker(tmp_path / "tracker.db", tmp_path / "projects")


def responses(items: Sequence[NamedUsage]) -> dict[str, int]:
    return {used.name: used.amount.responses for used in items}


class AsIn2010(tzinfo):
    """Newfoundland's time with the rules of 2010: the clock was set back at 00:01. No zone does so today."""

    ZONE = ZoneInfo("America/St_Johns")

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return self.ZONE.utcoffset(moment.replace(year=2010, tzinfo=self.ZONE)) if moment is not None else None

    def dst(self, moment: datetime | None) -> timedelta | None:
        return None

    def tzname(self, moment: datetime | None) -> str:
        return "as in 2010"

    def fromutc(self, moment: datetime) -> datetime:
        local = moment.replace(year=2010, tzinfo=UTC).astimezone(self.ZONE)
        return local.replace(year=moment.year, tzinfo=self)


@pytest.mark.parametrize(
    ("times", "unit", "zone", "expected"),
    [
        pytest.param(
            ["2026-03-28T22:59", "2026-03-28T23:00", "2026-03-29T21:59", "2026-03-29T22:00"],
            "day",
            BERLIN,
            {"2026-03-28": 1, "2026-03-29": 2, "2026-03-30": 1},
            id="a day of 23 hours",
        ),
        pytest.param(
            ["2026-10-24T21:59", "2026-10-24T22:00", "2026-10-25T22:59", "2026-10-25T23:00"],
            "day",
            BERLIN,
            {"2026-10-24": 1, "2026-10-25": 2, "2026-10-26": 1},
            id="a day of 25 hours",
        ),
        pytest.param(
            ["2026-10-24T21:59", "2026-10-24T22:00", "2026-10-25T22:59", "2026-10-25T23:00"],
            "day",
            UTC,
            {"2026-10-24": 2, "2026-10-25": 2},
            id="the same in UTC",
        ),
        pytest.param(
            ["2026-11-15T23:59", "2026-11-16T00:00", "2026-11-22T23:59", "2026-12-31T10:00"],
            "week",
            UTC,
            {"2026-11-09": 1, "2026-11-16": 2, "2026-12-28": 1},
            id="weeks from Monday; one of no use is left out",
        ),
        pytest.param(
            ["2026-10-31T22:59", "2026-10-31T23:00", "2026-11-30T22:59"],
            "month",
            BERLIN,
            {"2026-10": 1, "2026-11": 2},
            id="months",
        ),
        pytest.param(
            ["2026-11-07T02:29", "2026-11-07T02:30", "2026-11-07T03:00", "2026-11-07T03:29", "2026-11-07T03:30"],
            "day",
            AsIn2010(),
            {"2026-11-06": 1, "2026-11-07": 4},
            id="the clock goes back over midnight: nothing counts twice",
        ),
    ],
)
def test_a_response_counts_in_the_period_of_its_zone(
    tmp_path: Path,
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
    times: list[str],
    unit: Unit,
    zone: tzinfo,
    expected: dict[str, int],
) -> None:
    monkeypatch.setattr(bounds, "EARLIEST", 0)  # no clock went back over midnight since 2011
    with keep(tmp_path, *said(*times)):
        assert expected == responses(usage_history.periods(reader, unit, ALWAYS, zone))


@pytest.mark.parametrize(
    ("since", "until", "unit", "expected"),
    [
        pytest.param("2026-11-17", None, "day", {"2026-11-17": 1, "2026-11-18": 2, "2026-11-30": 1}, id="since"),
        pytest.param(None, "2026-11-18", "day", {"2026-11-16": 1, "2026-11-17": 1, "2026-11-18": 2}, id="until"),
        pytest.param("2026-11-18", "2026-11-18", "day", {"2026-11-18": 2}, id="both inclusive"),
        pytest.param("2026-11-17", "2026-11-18", "week", {"2026-11-16": 3}, id="a part of a week"),
        pytest.param("2026-11-19", "2026-11-29", "day", {}, id="nothing in it"),
    ],
)
def test_since_and_until(
    tmp_path: Path, reader: Reader, since: str | None, until: str | None, unit: Unit, expected: dict[str, int]
) -> None:
    """The days are Berlin's, which end at 23:00 UTC."""
    times = ["2026-11-16T22:59", "2026-11-16T23:00", "2026-11-17T23:00", "2026-11-18T22:59", "2026-11-29T23:00"]
    first, last = (date.fromisoformat(day) if day else None for day in (since, until))
    with keep(tmp_path, *said(*times)):
        assert expected == responses(usage_history.periods(reader, unit, span_of(first, last, BERLIN), BERLIN))


def test_without_a_database_and_without_usage(tmp_path: Path, reader: Reader) -> None:
    def everything() -> tuple[object, ...]:
        found = usage_history.planning(reader, None, LATER, UTC)
        return (
            usage_history.periods(reader, "day", ALWAYS, UTC),
            usage_history.projects(reader, ALWAYS),
            usage_history.models(reader, ALWAYS),
            usage_history.used_blocks(reader, ALWAYS, LATER),
            {cell.tokens for cell in found.cells},
            found.covered.tokens,
        )

    nothing = ((), (), (), (), {0}, None)
    assert nothing == everything()
    with keep(tmp_path):
        assert nothing == everything()


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[Tracker]:
    """Two projects, three models, an advisor, an unknown model, a response without its end, a cheap one in a block
    of its own."""
    advisor = {"type": "advisor_message", "model": HAIKU, "input_tokens": 1_000, "output_tokens": 100}
    iterations = [{"type": "message", "input_tokens": 10, "output_tokens": 20}, advisor]
    write(
        tmp_path / "projects" / "-shop" / "s1.jsonl",
        [
            *said("2026-11-20T23:50", used=usage(1_000_000, 0)),
            *said("2026-11-21T00:10", used=usage(10, 20, iterations=iterations)),
            *said("2026-11-21T00:20", stop=None),
        ],
    )
    write(
        tmp_path / "projects" / "-blog" / "s2.jsonl",
        [
            *said("2026-11-21T09:00", session="s2", cwd="/home/dev/blog", model=SONNET, used=usage(0, 100_000)),
            *said("2026-11-21T09:01", session="s2", cwd="/home/dev/blog", model="mystery", used=usage(7, 0)),
        ],
    )
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        yield tracker


OPUS_1 = Amount(Tokens(1_000_000), 5_000_000_000, 0, 1, 0)
OPUS_2 = Amount(Tokens(20, 40), 2 * (10 * 5_000 + 20 * 25_000), 0, 2, 1)
ADVISED = Amount(Tokens(1_000, 100), 1_000 * 1_000 + 100 * 5_000, 0, 0, 0)
SONNET_1 = Amount(Tokens(0, 100_000), 1_500_000_000, 0, 1, 0)
MYSTERY = Amount(Tokens(7), 0, 7, 1, 0)


@pytest.mark.usefixtures("mixed")
def test_days_by_model(reader: Reader) -> None:
    first, second = usage_history.periods(reader, "day", ALWAYS, UTC)
    assert ("2026-11-20", (("claude-opus-4-5", OPUS_1),)) == (first.name, first.models)
    assert "2026-11-21" == second.name
    assert (
        ("claude-haiku-4-5", ADVISED),
        ("claude-opus-4-5", OPUS_2),
        ("claude-sonnet-4-5", SONNET_1),
        ("mystery", MYSTERY),
    ) == second.models


@pytest.mark.usefixtures("mixed")
def test_projects_and_models_are_sorted_by_tokens(reader: Reader) -> None:
    found = [(used.name, used.amount) for used in usage_history.projects(reader, ALWAYS)]
    assert [("shop", add_up([OPUS_1, OPUS_2, ADVISED])), ("blog", add_up([SONNET_1, MYSTERY]))] == found
    by_model = [(used.name, used.amount) for used in usage_history.models(reader, ALWAYS)]
    assert [
        ("claude-opus-4-5", add_up([OPUS_1, OPUS_2])),
        ("claude-sonnet-4-5", SONNET_1),
        ("claude-haiku-4-5", ADVISED),
        ("mystery", MYSTERY),
    ] == by_model


@pytest.mark.usefixtures("mixed")
def test_blocks_with_their_figures(reader: Reader) -> None:
    first, second = usage_history.used_blocks(reader, ALWAYS, LATER)
    assert (ms("2026-11-20T23:00Z"), "estimated", False, 1) == (
        first.block.start, first.block.basis, first.is_active, first.sessions,
    )  # fmt: skip
    assert 5 == first.efficiency  # three times five minutes of five hours
    assert add_up([OPUS_1, OPUS_2, ADVISED]) == first.amount
    assert (ms("2026-11-21T09:00Z"), 2.0) == (second.block.start, second.efficiency)
    assert add_up([SONNET_1, MYSTERY]) == second.amount
    day = Span(ms("2026-11-21T00:00Z"), ms("2026-11-22T00:00Z"))
    assert (second,) == usage_history.used_blocks(reader, day, LATER)
    (_, running) = usage_history.used_blocks(reader, ALWAYS, ms("2026-11-21T09:10Z"))
    assert (True, 60.0) == (running.is_active, running.efficiency)


def test_every_total_matches_the_tracker(mixed: Tracker, reader: Reader) -> None:
    figures = mixed.figures()
    found = [
        *(add_up(one.amount for one in usage_history.periods(reader, unit, ALWAYS, BERLIN)) for unit in UNITS),
        add_up(one.amount for one in usage_history.projects(reader, ALWAYS)),
        add_up(one.amount for one in usage_history.models(reader, ALWAYS)),
        add_up(one.amount for one in usage_history.used_blocks(reader, ALWAYS, LATER)),
    ]
    tokens = sum(sum(counts) for counts in figures.tokens.values())
    expected = (tokens, figures.cost, figures.unpriced, figures.responses, figures.incomplete)
    assert {expected} == {(one.tokens.total, one.cost, one.unpriced, one.responses, one.incomplete) for one in found}


def test_an_ended_block_keeps_its_final_figures(tmp_path: Path, reader: Reader) -> None:
    write(tmp_path / "projects" / "-shop" / "s1.jsonl", said("2026-11-22T10:00"))
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=ms("2026-11-22T10:10Z")) as tracker:
        (running,) = usage_history.used_blocks(reader, ALWAYS, tracker.now)
        (ended,) = usage_history.used_blocks(reader, ALWAYS, LATER)
    assert (50.0, True) == (running.efficiency, running.is_active)
    assert not ended.is_active
    assert ended.efficiency == pytest.approx(100 / 60)


UNITS: tuple[Unit, ...] = ("day", "week", "month")


def test_a_running_official_window_without_usage_is_a_block(tmp_path: Path, reader: Reader) -> None:
    now = ms("2026-11-22T10:30Z")
    with keep(tmp_path, *said("2026-11-20T10:00")) as tracker:
        tracker.store.take_readings([Reading("five_hour", "statusline", now, 0.01, ms("2026-11-22T13:07Z"))], now)
        found = usage_history.used_blocks(reader, ALWAYS, now)
    assert [("estimated", False, 30), ("official", True, 0)] == [
        (one.block.basis, one.is_active, one.amount.tokens.total) for one in found
    ]


def test_planning_data(tmp_path: Path, reader: Reader) -> None:
    """Two Mondays, 2026-11-16 and -23, seen from the second at 12:20: a week and two hours after the first use."""
    advisor = {"type": "advisor_message", "model": HAIKU, "input_tokens": 1_000, "output_tokens": 0}
    used = usage(10, 20, iterations=[{"type": "message", "input_tokens": 10, "output_tokens": 20}, advisor])
    times = ["2026-11-16T10:00", "2026-11-16T10:03", "2026-11-16T10:58", "2026-11-23T10:30"]
    now = ms("2026-11-23T12:20Z")
    struck = [Hit("five_hour", ms(at), None, "transcript") for at in ("2026-11-16T14:30Z", "2026-11-01T00:00Z")]
    with keep(tmp_path, *said(*times), *said("2026-11-16T14:00", used=used)) as tracker:
        with tracker.store.transaction():
            hits.save_hits(tracker.connection, struck, LATER)
        found = usage_history.planning(reader, None, now, UTC)
        until = usage_history.planning(reader, Span(0, ms("2026-11-17T00:00Z")), now, UTC)
    assert Span(ms("2026-11-16T10:00Z"), ms("2026-11-23T12:00Z")) == found.span
    assert {
        10: (120, 8 + 2 + 5, 2),
        11: (0, 3, 2),
        14: (1_030, 5, 1),
    } == {
        number: (cell.tokens, cell.active / MINUTE, cell.observed / HOUR)
        for number, cell in enumerate(found.cells)
        if cell.active
    }
    assert [14] == [number for number, cell in enumerate(found.cells) if cell.limit_hits]
    assert [(10, 2)] == [(hour, count) for hour, count in enumerate(found.block_starts) if count]
    assert (ms("2026-11-23T12:00Z"), ms("2026-11-23T17:00Z")) == (found.covered.start, found.covered.end)
    assert (1_030, 5 * MINUTE) == (found.covered.tokens, found.covered.active)
    assert found.covered.share == pytest.approx(1_030 / (60 + 1_030))
    assert found.running is not None
    assert ms("2026-11-23T15:00Z") == found.running.end
    assert Span(ms("2026-11-16T10:00Z"), ms("2026-11-17T00:00Z")) == until.span
    assert 14 * HOUR == sum(cell.observed for cell in until.cells)


def test_planning_looks_back_four_weeks(tmp_path: Path, reader: Reader) -> None:
    now = ms("2026-11-23T12:20Z")
    with keep(tmp_path, *said("2026-10-26T11:59", "2026-10-26T12:00", "2026-11-23T11:59", "2026-11-23T12:01")):
        found = usage_history.planning(reader, None, now, UTC)
    assert (28 * DAY, 60) == (found.span.end - found.span.start, sum(cell.tokens for cell in found.cells))
    assert {4 * HOUR} == {cell.observed for cell in found.cells}
