"""What was written to the prompt cache again: from transcripts, in any order, with its cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from exporter.domain.calendar.timestamp import MINUTE, to_iso
from exporter.domain.usage.price_table import ModelRates
from exporter.domain.usage.pricing import Rates
from exporter.domain.usage.prompt_cache import CacheUse, written_again
from exporter.domain.usage.totals import LabelSet
from exporter.ingest.rebuilding import reprice
from exporter.sources.prices import PriceList
from exporter.store import past_totals
from exporter.store.usage import rewriting
from exporter.store.usage.labels import Labels
from support.pool import FILES
from support.tracker import Tracker
from support.transcripts import Record, append, assistant, cache, usage, write

TEN = 1_795_341_600_000
"""2026-11-22T10:00Z."""
REWRITTEN: LabelSet = ("cache_rewritten", ())


def response(number: int, minutes: float, read: int, five: int = 0, hour: int = 0, **sides: object) -> Record:
    used = usage(3, 4, cache_read_input_tokens=read, cache_creation=cache(five, hour))
    at, name = to_iso(TEN + int(minutes * MINUTE)), f"{number}{sides.get('session', 's1')}{sides.get('side', '')}"
    return assistant(f"m{name}", request=f"r{name}", uuid=f"u{name}", at=at, used=used, **sides)  # type: ignore[arg-type]


DAY = [
    response(0, 0, 0, 10_000),
    response(1, 4, 10_000, 2_000),
    response(2, 12, 0, 12_500),  # 12,000 again
    response(3, 13, 0, 0, 14_000),
    response(4, 60, 14_000, 1_000),  # within the hour
    response(5, 121, 3_000, 6_000, 6_000),  # 12,000 again, half of it for an hour
]


def stored(tracker: Tracker) -> list[tuple[str, int | None, int | None]]:
    query = "SELECT message_id, rewritten, rewritten_cost FROM tracker_responses WHERE rewritten IS NOT NULL ORDER BY 1"
    return tracker.connection.execute(query).fetchall()


def test_what_was_written_again_and_what_it_cost(tmp_path: Path) -> None:
    """Opus 4.5: written $6.25 and $10, read $0.50 per million tokens."""
    write(tmp_path / "p" / "s1.jsonl", DAY)
    with Tracker(tmp_path / "tracker.db", tmp_path) as tracker:
        assert [("m2s1", 12_000, 69_000_000), ("m5s1", 12_000, 91_500_000)] == stored(tracker)
        assert {REWRITTEN: 24_000} == tracker.exact("cache_rewritten")


def test_subagents_and_other_sessions_have_caches_of_their_own(tmp_path: Path) -> None:
    write(tmp_path / "p" / "s1.jsonl", [DAY[0], response(7, 6, 10_000, 10)])
    write(tmp_path / "p" / "s1" / "subagents" / "agent-1.jsonl", [response(8, 5.5, 0, 9_000, side=True)])
    write(tmp_path / "p" / "s2.jsonl", [response(9, 20, 0, 9_000, session="s2")])
    with Tracker(tmp_path / "tracker.db", tmp_path) as tracker:
        assert {} == tracker.exact("cache_rewritten")


def test_its_past_and_its_cost_by_new_prices(tmp_path: Path) -> None:
    write(tmp_path / "p" / "s1.jsonl", DAY)
    with Tracker(tmp_path / "tracker.db", tmp_path) as tracker:
        labels = Labels(tracker.connection, read_only=True)
        past = [
            past_totals.sums_until(tracker.connection, labels, TEN + minutes * MINUTE).get(REWRITTEN, 0)
            for minutes in (11, 12, 120, 121)
        ]
        assert [0, 12_000, 12_000, 24_000] == past
        events = [one for one in past_totals.events(tracker.connection, TEN) if one[1] == "cache_rewritten"]
        assert [(12, 12_000), (121, 12_000)] == [((at - TEN) // MINUTE, amount) for at, _, _, amount in events]
        dear = ModelRates(Rates(((0, 1),), ((0, 1),), ((0, 2_000_000),), ((0, 7_000_000),), ((0, 9_000_000),), 0))
        reprice(tracker.store, lambda: tracker.now, PriceList(user={"claude-opus-4-5": dear}))
        assert [("m2s1", 12_000, 60_000_000), ("m5s1", 12_000, 72_000_000)] == stored(tracker)
        tracker.rebuild()
        assert [("m2s1", 12_000, 69_000_000), ("m5s1", 12_000, 91_500_000)] == stored(tracker)
        assert 24_000 == tracker.peaks()[REWRITTEN]


@pytest.mark.parametrize("seed", range(8))
def test_any_order_of_reading_gives_the_same(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    lines = [*DAY, *random.sample(DAY, 3)]
    random.shuffle(lines)
    with Tracker(tmp_path / "tracker.db", tmp_path) as tracker:
        for line in lines:
            append(tmp_path / "p" / "s1.jsonl", [line])
            tracker.scan()
        assert [("m2s1", 12_000, 69_000_000), ("m5s1", 12_000, 91_500_000)] == stored(tracker)
        assert {REWRITTEN: 24_000} == tracker.exact("cache_rewritten")


def test_a_response_that_goes_back_on_it_lowers_the_exact_total_alone(tmp_path: Path) -> None:
    write(tmp_path / "p" / "s1.jsonl", [DAY[0], DAY[2]])
    with Tracker(tmp_path / "tracker.db", tmp_path) as tracker:
        assert {REWRITTEN: 10_000} == tracker.exact("cache_rewritten")
        append(tmp_path / "p" / "s1.jsonl", [response(6, 8, 10_000, 100)])
        tracker.scan()
        assert {} == tracker.exact("cache_rewritten")
        assert 10_000 == tracker.peaks()[REWRITTEN]


@pytest.mark.parametrize("number", [pytest.param(400, id="at its end"), pytest.param(150.5, id="in its midst")])
def test_a_commit_follows_only_what_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: float) -> None:
    file = tmp_path / "p" / "s1.jsonl"
    write(file, [response(one, 2 * one, 100 * one, 100) for one in range(400)])
    with Tracker(tmp_path / "tracker.db", tmp_path) as tracker:
        followed: list[CacheUse] = []

        def noted(last: CacheUse | None, use: CacheUse, lives_long: Callable[[], bool]) -> int:
            followed.append(use)
            return written_again(last, use, lives_long)

        monkeypatch.setattr(rewriting, "written_again", noted)
        append(file, [response(1_000, 2 * number, 5, 5)])
        tracker.scan()
    assert len(followed) == (1 if number == 400 else 2)


def test_the_pool_of_the_property_test_holds_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "s1.jsonl").write_bytes(b"".join(line + b"\n" for line in FILES["s1"]))
    with Tracker(tmp_path / "tracker.db", tmp_path) as tracker:
        assert [("msg_2c", 940), ("msg_4c", 980), ("msg_6c", 890), ("msg_7c", 1_060)] == [
            one[:2] for one in stored(tracker)
        ]


def made_up(random: Random, number: int, minutes: float) -> Record:
    read, five, hour = random.choice((0, 4_000)), random.choice((0, 500, 7_000)), random.choice((0, 0, 0, 600))
    return response(number, minutes, read, five, hour)


@pytest.mark.parametrize("seed", range(12))
def test_late_responses_in_any_chain_give_what_reading_all_at_once_does(tmp_path: Path, seed: int) -> None:
    """Pauses around both lifetimes, caches of both."""
    random = Random(seed)
    minutes, lines = 0.0, []
    for number in range(40):
        minutes += random.choice((0, 1, 4, 6, 20, 55, 65))
        lines.append(made_up(random, number, minutes))
    shuffled = random.sample(lines, len(lines))
    (tmp_path / "at_once").mkdir()
    write(tmp_path / "at_once" / "p" / "s1.jsonl", lines)
    with Tracker(tmp_path / "tracker.db", tmp_path / "bit_by_bit") as tracker:
        while shuffled:
            append(tmp_path / "bit_by_bit" / "p" / "s1.jsonl", [shuffled.pop() for _ in range(min(3, len(shuffled)))])
            tracker.scan()
        found, total = stored(tracker), tracker.exact("cache_rewritten")
    with Tracker(tmp_path / "other.db", tmp_path / "at_once") as tracker:
        assert (stored(tracker), tracker.exact("cache_rewritten")) == (found, total)
    assert total[REWRITTEN] >= 500
