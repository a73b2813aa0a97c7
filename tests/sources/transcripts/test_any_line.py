"""Whatever a line holds, it is counted or skipped: nothing stops the reading, and all of it can be stored."""

from __future__ import annotations

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.places import places, with_value
from support.sampling import sample_or_all
from support.tracker import Tracker
from support.transcripts import (
    Record,
    agent_progress,
    assistant,
    cache,
    encoded,
    prompt,
    text_part,
    tool_use,
    usage,
    write,
)

pytestmark = pytest.mark.long

ODD_NUMBERS = st.sampled_from(
    (0, -1, 12.0, 12.5, -0.0, 10**12, 10**12 + 1, 2**63, 2**64, -(2**63), 10**400, 1e300, -1e300, math.nan, math.inf)
)
ODD_TEXTS = st.sampled_from(
    ("", " ", "\0", "\ud83d", "\udc00x", "é→✓", "a" * 600, "claude-opus-4-5", "<synthetic>", "fast", "500")
)
ODD_TIMES = st.sampled_from(
    ("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00.000Z", "2026-11-22T10:00:00.000Z")
)
ODD = st.recursive(
    st.none() | st.booleans() | ODD_NUMBERS | ODD_TEXTS | ODD_TIMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXTS, inner, max_size=3),
    max_leaves=5,
)

FULL = assistant(
    content=[text_part(), tool_use()],
    costUSD=0.5,
    isApiErrorMessage=True,
    error="rate_limit",
    apiErrorStatus=429,
    used=usage(
        cache_read_input_tokens=5,
        cache_creation_input_tokens=7,
        cache_creation=cache(3, 4),
        server_tool_use={"web_search_requests": 1},
        speed="standard",
        iterations=[{"type": "advisor_message", "model": "claude-opus-4-5", **usage()}],
    ),
)
QUOTA = {"status": "rejected", "resetsAt": 1_795_193_400, "rateLimitType": "five_hour", "isUsingOverage": False}
OWNER = {"type": "bridge-session", "ownerAccountUuid": "a", "ownerOrganizationUuid": "b"}
ATTACHMENT = {"type": "attachment", "attachment": {"type": "credential_org", "organizationUuid": "b"}}
SHAPES = [
    FULL | {"quotaLimits": QUOTA}, prompt([text_part(), text_part("more")]), agent_progress(FULL), OWNER, ATTACHMENT,
]  # fmt: skip


@st.composite
def odd_lines(draw: st.DrawFn) -> Record:
    """A line with one to three of its values replaced by anything."""
    line: Any = draw(st.sampled_from(SHAPES))
    for _ in range(draw(st.integers(1, 3))):
        line = with_value(line, draw(st.sampled_from(places(line)[1:] or [()])), draw(ODD))
    return line if isinstance(line, dict) else {"type": line}


@settings(max_examples=sample_or_all(50, 3_000))
@given(st.lists(odd_lines() | st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b" ")), max_size=20))
def test_no_line_stops_the_reading(lines: list[Record | bytes]) -> None:
    good = assistant("msg_good", request="req_good", uuid="good", session="s_good")
    with TemporaryDirectory() as folder:
        root = Path(folder)
        write(root / "projects" / "s1.jsonl", [*lines, good])
        with Tracker(root / "tracker.db", root / "projects") as tracker:
            figures = tracker.figures()
            assert len(lines) + 1 == tracker.exact()["ingest_lines", ()]
            assert figures.responses >= 1
            counted = tracker.exact()
            tracker.rebuild()
            assert counted == tracker.exact() | {key: counted[key] for key in counted if "ingest" in key[0]}


def test_the_odd_values_reach_every_place() -> None:
    assert 40 < len(places(FULL))
    assert json.loads(encoded(with_value(FULL, ("message", "usage", "iterations", 0, "model"), None)))
