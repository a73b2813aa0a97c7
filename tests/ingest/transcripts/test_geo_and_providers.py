"""Where a response was served, and whose model answered: stored with it, kept by `reprice`, named after an upgrade."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import HOUR, to_iso
from exporter.domain.usage.price_table import ModelRates, rates_from
from exporter.ingest.rebuilding import reprice
from exporter.sources.prices import PriceList
from exporter.store.usage.reprice import Repriced
from exporter.store.usage.unpriced import Unpriced, unpriced
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import HAIKU, OPUS, SONNET, Record, assistant, usage, write

ADVICE = [{"type": "advisor_message", "model": SONNET, **usage(100, 200)}]


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as opened:
        yield opened


def read(tracker: Tracker, *used: tuple[str, Record]) -> None:
    lines = [
        assistant(f"m{number}", request=f"r{number}", uuid=f"u{number}", at=to_iso(NOON - HOUR), model=model, used=one)
        for number, (model, one) in enumerate(used)
    ]
    write(tracker.roots[0] / "p" / "s1.jsonl", lines)
    tracker.scan()


def stored(tracker: Tracker) -> list[tuple[object, ...]]:
    query = "SELECT model, geo, provider, cost FROM tracker_responses ORDER BY uuid"
    return tracker.connection.execute(query).fetchall()


GEO = [
    ((OPUS, usage(inference_geo="us")), (OPUS, "us", None, 605_000)),
    ((OPUS, usage(inference_geo="not_available")), (OPUS, None, None, 550_000)),
    ((OPUS, usage(inference_geo="global")), (OPUS, None, None, 550_000)),
    ((OPUS, usage(inference_geo=None)), (OPUS, None, None, 550_000)),
    ((OPUS, usage(inference_geo=7)), (OPUS, None, None, 550_000)),
    (
        (HAIKU, usage(inference_geo="us", server_tool_use={"web_search_requests": 1})),
        (HAIKU, "us", None, 121_000 + 10_000_000),
    ),
    (("claude-opus-4-8", usage(inference_geo="us", speed="fast")), ("claude-opus-4-8", "us", None, 1_210_000)),
    (("glm-5.2", usage(inference_geo="us")), ("glm-5.2", "us", "zhipuai", 88_270)),
]


def test_inference_in_the_us_costs_more(tracker: Tracker) -> None:
    read(tracker, *(used for used, _ in GEO))
    expected = [row for _, row in GEO]
    assert expected == stored(tracker)
    assert [] == reprice(tracker.store, lambda: NOON, PriceList())
    assert expected == stored(tracker)
    tracker.rebuild()
    assert expected == stored(tracker)


def test_an_advisor_in_the_us_costs_more_too(tracker: Tracker) -> None:
    read(tracker, (OPUS, usage(inference_geo="us", iterations=ADVICE)))
    assert {"claude-opus-4-5": 605_000, "claude-sonnet-4-5": 3_630_000} == {
        labels[0]: cost for (_, labels), cost in tracker.exact("cost").items()
    }
    assert [] == reprice(tracker.store, lambda: NOON, PriceList())


def test_the_clients_own_cost_covers_it(tracker: Tracker) -> None:
    line = assistant("m1", at=to_iso(NOON - HOUR), used=usage(inference_geo="us"), costUSD=0.25)
    write(tracker.roots[0] / "p" / "s1.jsonl", [line])
    tracker.scan()
    assert [(OPUS, "us", None, 250_000_000)] == stored(tracker)


def as_before_the_upgrade(tracker: Tracker) -> None:
    """As an older version left it: no provider, and no price for other providers' models."""
    tracker.connection.execute("UPDATE tracker_responses SET cost = NULL WHERE provider IS NOT NULL")
    tracker.connection.execute("UPDATE tracker_responses SET cost = 1 WHERE model = ?", (HAIKU,))
    tracker.connection.execute("UPDATE tracker_responses SET provider = NULL")
    tracker.derive_all_again()
    tracker.connection.execute("INSERT INTO tracker_meta (key, value) VALUES ('reads_again', '0')")


def test_an_upgrade_names_providers_and_prices_what_had_no_price(tracker: Tracker) -> None:
    read(tracker, (OPUS, usage()), ("glm-5.2", usage()), ("qwen3-max", usage()), (HAIKU, usage()))
    as_before_the_upgrade(tracker)
    assert [(120,)] == tracker.connection.execute("SELECT total_tokens FROM five_hour_blocks").fetchall()
    before = tracker.peaks()
    tracker.restart()
    tracker.read_again()
    assert [
        (OPUS, None, None, 550_000), ("glm-5.2", None, "zhipuai", 88_270), ("qwen3-max", None, "qwen", None),
        (HAIKU, None, None, 1),
    ] == stored(tracker)  # fmt: skip
    assert [(60,)] == tracker.connection.execute("SELECT total_tokens FROM five_hour_blocks").fetchall()
    after = tracker.peaks()
    assert before == {key: after[key] for key in before}, "counters go on from what they showed"
    assert [] == tracker.connection.execute("SELECT 1 FROM tracker_meta WHERE key = 'reads_again'").fetchall()


def test_reprice_says_what_changed(tracker: Tracker) -> None:
    read(tracker, (OPUS, usage(iterations=ADVICE)), (OPUS, usage()), ("my-model", usage()), ("glm-5.2", usage()))
    own = rates_from([(0, {"input": Decimal(1), "output": Decimal(2)})], "my-model")
    user = {"my-model": ModelRates(own), "claude-sonnet-4-5": ModelRates(own)}
    assert [
        Repriced("claude-opus-4-5", 1, 550_000 + 3_300_000, 550_000 + 500_000),
        Repriced("my-model", 1, 0, 50_000, priced=1),
    ] == reprice(tracker.store, lambda: NOON, PriceList(None, user))
    assert [] == reprice(tracker.store, lambda: NOON, PriceList(None, user))
    assert [
        Repriced("claude-opus-4-5", 1, 550_000 + 500_000, 550_000 + 3_300_000),
        Repriced("my-model", 1, 50_000, 0, unpriced=1),
    ] == reprice(tracker.store, lambda: NOON, PriceList())


def test_what_has_no_price(tracker: Tracker) -> None:
    advice = [{"type": "advisor_message", "model": "my-advisor", **usage(100, 200)}]
    read(
        tracker, (OPUS, usage(iterations=advice)), ("a/my-model", usage()), ("my-model-20260101", usage(1, 1)),
        (OPUS, usage(5, 6, speed="fast")), ("glm-5.2", usage()), ("nothing-used", usage(0, 0)),
    )  # fmt: skip
    assert [
        Unpriced("my-advisor", None, 300), Unpriced("my-model", None, 32), Unpriced("claude-opus-4-5", "fast", 11),
    ] == unpriced(tracker.connection)  # fmt: skip


OWNER = '[[null,{"organization":"org","account":"ada"}]]'


@pytest.mark.parametrize("owners", ["", f",{OWNER}"])
@pytest.mark.parametrize(
    ("request_id", "rows", "expected"),
    [
        ("req", '[["m1","req",0,30,{at},"u1","glm-5.2","end_turn",10,20,0,0,0,null,{at}]],[],[]', [None]),
        ("", '[["m1","",0,30,{at},"u1","glm-5.2",null,10,20,0,0,0,5,{at}]],[],[["m1","u1",0]]', [5]),
        (
            "req",
            '[],[["m1","req",0,30,{at},"u1","claude-opus-4-5",null,10,20,0,0,0,7,{at},null,1,null,null]],[]',
            [7],
        ),
    ],
    ids=["a response", "one without a request id", "one with a web search"],
)
def test_what_an_older_version_holds_is_counted(
    tracker: Tracker, request_id: str, rows: str, expected: list[int | None], owners: str
) -> None:
    """Its rows had fewer columns, and its sessions another list."""
    value = f'["{tracker.roots[0]}/p/s.jsonl",1,[["s1",null,{rows.format(at=NOON)},[],[],[],[]{owners}]]]'
    key = f"held {NOON:015d} {'0' * 24}"
    tracker.connection.execute("INSERT INTO tracker_meta (key, value) VALUES (?, ?)", (key, value))
    tracker.scan()
    found = "SELECT message_id, request_id, line, input, output, web_searches, cost FROM tracker_responses"
    line = "" if request_id else "u1"
    assert [("m1", request_id, line, 10, 20, int("opus" in rows), *expected)] == tracker.connection.execute(
        found
    ).fetchall()
