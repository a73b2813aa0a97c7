"""2,000 entries with every field at, below and above its bound, in any order with good ones."""

from __future__ import annotations

import math
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY
from exporter.store.past_totals import first_at
from support.tracker import Tracker
from support.transcripts import Record, append, assistant, cache, usage, write

NOON = 1_795_348_800_000
"""2026-11-22T12:00Z."""
TOKEN_BOUND, SEARCH_BOUND, COST_BOUND = 10**9, 10**6, 10**5
NO_NUMBERS: tuple[Any, ...] = ("7", "", True, False, [], [7], {}, {"a": 1}, math.nan, 1.5, -0.5)
BELOW: tuple[Any, ...] = (-1, -(10**9), -(2**63), -(10**30), -math.inf)


def above(bound: int) -> tuple[Any, ...]:
    return (bound + 1, bound * 10, 10**12, 2**63 - 1, 2**63, 2**64, 10**30, 10**400, 1e300)


FIELDS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "5m", "1h")
NO_TIMES: tuple[Any, ...] = ("", "soon", 7, 1.5, True, [], {}, None, NOON)
TIMES = (
    ("0001-01-01T00:00:00Z", "out_of_range"),
    ("1970-01-01T00:00:00.000Z", "out_of_range"),
    ("2022-12-31T23:59:59.999Z", "out_of_range"),
    ("2023-01-01T00:00:00.000Z", None),
    (timestamp.to_iso(NOON + 366 * DAY + 1), "out_of_range"),
    ("9998-12-31T00:00:00.000Z", "out_of_range"),
    ("9999-12-31T23:59:59.999Z", "out_of_range"),
    *((value, "bad_timestamp") for value in NO_TIMES),
)


def tokens(field: str, value: Any) -> Record:
    if field in ("5m", "1h"):
        return usage(1, 1, cache_creation=cache(value, 0) if field == "5m" else cache(0, value))
    return usage(1, 1) | {field: value}


def entry(number: int, **more: Any) -> Record:
    names = {"request": f"req_{number}", "uuid": f"a{number}", "at": timestamp.to_iso(NOON - number * 1_000)}
    return assistant(f"msg_{number}", **(names | {"used": usage(1, 1), "model": "claude-opus-4-5"} | more))


Case = tuple[dict[str, Any], str | None]
"""What an entry differs in, and why it is skipped; None if it counts."""


def cases() -> list[Case]:
    found: list[Case] = []
    for field in FIELDS:
        found += [({"used": tokens(field, value)}, None) for value in (0, 1, TOKEN_BOUND - 1, TOKEN_BOUND, None)]
        found += [({"used": tokens(field, value)}, "out_of_range") for value in above(TOKEN_BOUND)]
        found += [({"used": tokens(field, value)}, "bad_tokens") for value in (*NO_NUMBERS, *BELOW, math.inf)]
    for value in (0, 1, SEARCH_BOUND - 1, SEARCH_BOUND, *BELOW, *NO_NUMBERS):
        found.append(({"used": usage(1, 1, server_tool_use={"web_search_requests": value})}, None))
    for value in above(SEARCH_BOUND):
        found.append(({"used": usage(1, 1, server_tool_use={"web_search_requests": value})}, "out_of_range"))
    found += [({"costUSD": value}, None) for value in (0, 0.5, COST_BOUND - 1, COST_BOUND, *BELOW, *NO_NUMBERS)]
    found += [({"costUSD": value}, "out_of_range") for value in (*above(COST_BOUND), 100_000.5, math.inf)]
    found += [({"at": value}, reason) for value, reason in TIMES]
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_good_entries_count_exactly_and_all_others_by_reason(tmp_path: Path, seed: int) -> None:
    choose = random.Random(seed)
    every = cases()
    chosen = [*every, *(choose.choice([*every, ({}, None)]) for _ in range(2_000 - len(every)))]
    choose.shuffle(chosen)
    records = [entry(number, **more) for number, (more, _) in enumerate(chosen)]
    good = [record for record, (_, reason) in zip(records, chosen, strict=True) if reason is None]
    reasons = Counter(reason for _, reason in chosen if reason is not None)

    write(tmp_path / "good" / "shop" / "s1.jsonl", good)
    path = write(tmp_path / "all" / "shop" / "s1.jsonl", records[:700])
    with (
        Tracker(tmp_path / "good.db", tmp_path / "good", now=NOON) as expected,
        Tracker(tmp_path / "all.db", tmp_path / "all", now=NOON) as tracker,
    ):
        append(path, records[700:1_400])
        tracker.scan()
        append(path, records[1_400:])
        tracker.scan_files(path)
        assert len(good) == tracker.figures().responses
        assert expected.counted() == tracker.counted()
        assert dict(reasons) == tracker.figures().skipped
        assert expected.rows("tracker_block_usage") == tracker.rows("tracker_block_usage")
        tracker.rebuild()
        assert expected.counted() == tracker.counted()


@pytest.mark.no_cover  # many lines of few kinds
@pytest.mark.no_cover
def test_any_number_of_entries_at_the_bound_stops_nothing(tmp_path: Path) -> None:
    """Their cost together is far beyond 63 bits."""
    count = 93_000
    lines = [entry(0, costUSD=COST_BOUND, at=timestamp.to_iso(NOON))]
    path = write(tmp_path / "projects" / "shop" / "s1.jsonl", lines)
    template = path.read_bytes()
    for name, numbers in (("s2", range(1, count // 2)), ("s3", range(count // 2, count))):
        content = b"".join(
            template.replace(b"msg_0", b"msg_%d" % number).replace(b"req_0", b"req_%d" % number) for number in numbers
        )
        (path.parent / f"{name}.jsonl").write_bytes(content)
        if name == "s2":
            tracker = Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON)
    with tracker:
        tracker.scan()
        figures = tracker.figures()
        assert count == figures.responses
        assert 2**63 - 1 == figures.cost
        append(path, [entry(count)])
        tracker.scan()
        tracker.derive_all_again()
        assert count + 1 == tracker.figures().responses
        assert (2 + 2 * count,) == (sum(sum(counts) for counts in tracker.figures().tokens.values()),)


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00.000Z", "9998-01-01T00:00:00.000Z"])
def test_the_history_starts_at_the_first_possible_time(tmp_path: Path, at: str) -> None:
    """Also in a database of an older version, which stored entries with any time."""
    write(tmp_path / "projects" / "shop" / "s1.jsonl", [entry(1), entry(2)])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as tracker:
        moment = timestamp.parse(at)
        tracker.connection.execute(
            "UPDATE tracker_responses SET at = ?, first_at = ?, line_at = ? WHERE message_id = 'msg_2'", (moment,) * 3
        )
        tracker.derive_all_again()
        assert NOON - 1_000 == first_at(tracker.connection)
