"""The limit record of an API error's line: each value on its own, and never at the line's expense."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from exporter.domain.limits.quota import QuotaLimits
from exporter.domain.transcripts.batch import Batch, quota_of
from exporter.domain.usage.pricing import Counts
from exporter.sources.transcripts.collector import Collector
from support.transcripts import Record, api_error, encoded, synthetic, written

RESET = 1_795_193_400
FULL = {
    "status": "rejected", "resetsAt": RESET, "rateLimitType": "five_hour", "overageStatus": "rejected",
    "isUsingOverage": True, "unifiedRateLimitFallbackAvailable": False,
}  # fmt: skip
READ = QuotaLimits("rejected", RESET, "five_hour", "rejected", True)
NO_RESET = QuotaLimits("rejected", None, "five_hour", "rejected", True)


def no_price(model: str, at: int, speed: str | None, counts: Counts, searches: int, geo: str | None) -> int:
    return 0


def batch_of(*lines: Record | bytes) -> Batch:
    collector = Collector("s1")
    collector.take(written(lines), 0)
    return collector.batch(no_price)


def quota_in(*lines: Record | bytes) -> QuotaLimits | None:
    ((row,),) = (session.api_errors for session in batch_of(*lines).sessions)
    assert ("e1", "rate_limit", "Come back later") == (row[0], row[2], row[3])
    return quota_of(row)


def error(**envelope: Any) -> Record:
    return api_error("Come back later", error="rate_limit", **envelope)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(FULL, READ, id="everything"),
        pytest.param({"status": "rejected"}, QuotaLimits("rejected"), id="a status alone"),
        pytest.param(FULL | {"resetsAt": "soon"}, NO_RESET, id="text"),
        pytest.param(FULL | {"resetsAt": -1}, NO_RESET, id="negative"),
        pytest.param(FULL | {"resetsAt": 10**400}, NO_RESET, id="huge"),
        pytest.param(FULL | {"resetsAt": True}, NO_RESET, id="true"),
        pytest.param(FULL | {"status": 3}, QuotaLimits(None, RESET, "five_hour", "rejected", True), id="a number"),
        pytest.param(
            FULL | {"rateLimitType": "x" * 61}, QuotaLimits("rejected", RESET, None, "rejected", True), id="long"
        ),
        pytest.param(
            FULL | {"isUsingOverage": "yes"}, QuotaLimits("rejected", RESET, "five_hour", "rejected"), id="no truth"
        ),
        pytest.param({}, None, id="empty"),
        pytest.param(None, None, id="null"),
        pytest.param("rejected", None, id="a text"),
        pytest.param([FULL], None, id="a list"),
    ],
)
def test_a_record(record: Any, expected: QuotaLimits | None) -> None:
    assert expected == quota_in(error(quotaLimits=record))


def test_a_line_without_one() -> None:
    assert None is quota_in(error())


def test_a_line_that_is_decoded_leniently_keeps_its_record() -> None:
    line = encoded(error(quotaLimits=FULL))
    assert READ == quota_in(line[:-1] + b',"cwd":"\xff"}')
    assert READ == quota_in(b"\xef\xbb\xbf" + line)


def test_only_errors_have_one() -> None:
    assert [] == batch_of(synthetic("Come back later", quotaLimits=FULL)).sessions[0].api_errors


def test_it_survives_the_way_to_the_store() -> None:
    batch = batch_of(error(quotaLimits=FULL))
    for encode, decode in (
        (msgspec.msgpack.encode, msgspec.msgpack.decode),
        (msgspec.json.encode, msgspec.json.decode),
    ):
        (row,) = decode(encode(batch), type=Batch).sessions[0].api_errors
        assert READ == quota_of(row)


def test_a_row_of_an_older_version_has_none() -> None:
    assert None is quota_of(("e1", 1, "rate_limit", "text"))
    assert None is quota_of(json.loads('["e1", 1, "rate_limit", "text", null]'))
