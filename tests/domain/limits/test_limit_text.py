"""Every limit text that clients have written gives its window and its reset, or is rightly none."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from exporter.domain.calendar import timestamp
from exporter.domain.limits import limit_text
from support.services import shared_dir

BERLIN = ZoneInfo("Europe/Berlin")

CASES = [
    ("Claude AI usage limit reached|1760000400", "2025-10-09T07:00", "five_hour", "2025-10-09T09:00"),
    ("Claude AI usage limit reached|1762952400", "2025-11-10T07:00", "seven_day", "2025-11-12T13:00"),
    ("5-hour limit reached ∙ resets 3pm", "2025-10-09T11:00", "five_hour", "2025-10-09T13:00"),
    ("You've hit your limit · resets 8pm (Europe/Berlin)", "2026-03-01T15:00", "five_hour", "2026-03-01T19:00"),
    ("You've hit your limit · resets 8pm (Europe/Berlin)", "2026-03-01T08:00", "seven_day", "2026-03-01T19:00"),
    (
        "You've hit your limit · resets Jan 18, 11:30am (Asia/Calcutta)",
        "2026-01-15T10:00",
        "seven_day",
        "2026-01-18T06:00",
    ),
    (
        "You've hit your limit · resets Apr 23 at 4pm (America/Recife)",
        "2026-04-23T16:00",
        "five_hour",
        "2026-04-23T19:00",
    ),
    ("You've hit your session limit · resets 2:38pm (UTC)", "2026-11-22T11:00", "five_hour", "2026-11-22T14:38"),
    ("You've hit your weekly limit · resets 2:38pm (UTC)", "2026-11-22T11:00", "seven_day", "2026-11-22T14:38"),
    (
        "You've hit your weekly limit · resets Aug 16, 6pm (Europe/Berlin)",
        "2026-08-14T10:00",
        "seven_day",
        "2026-08-16T16:00",
    ),
    ("You've hit your Opus limit · resets 3:45pm", "2026-07-01T10:00", "seven_day_opus", "2026-07-01T13:45"),
    (
        "You've reached your Fable 5 limit. Run /usage-credits to continue or switch models with /model.",
        "2026-11-22T11:00",
        "seven_day_fable",
        None,
    ),
    # a year's end, and clocks that are changed
    ("You've hit your weekly limit · resets Jan 2, 9am (UTC)", "2026-12-30T10:00", "seven_day", "2027-01-02T09:00"),
    ("You've hit your session limit · resets 1am (UTC)", "2026-12-31T22:00", "five_hour", "2027-01-01T01:00"),
    ("You've hit your session limit · resets 4am (Europe/Berlin)", "2026-03-29T00:30", "five_hour", "2026-03-29T02:00"),
    ("You've hit your session limit · resets 2:30am (CET)", "2026-10-25T00:45", "five_hour", "2026-10-25T01:30"),
    ("You've hit your session limit · resets 2:30am (CET)", "2026-10-24T22:00", "five_hour", "2026-10-25T00:30"),
    ("You've hit your weekly limit · resets Feb 29, 9am (UTC)", "2027-12-30T10:00", "seven_day", "2028-02-29T09:00"),
    # other words of the same kind
    ("You’ve hit your session limit · resets 3pm (UTC)", "2026-11-22T14:59:30Z", "five_hour", "2026-11-22T15:00"),
    ("You've hit your session limit · resets 2:38pm (UTC)", "2026-11-22T14:38:20Z", "five_hour", "2026-11-22T14:38"),
    ("You've hit your session limit · resets 12am (UTC)", "2026-11-22T21:00", "five_hour", "2026-11-23T00:00"),
    ("You've hit your session limit · resets 12pm (UTC)", "2026-11-22T09:00", "five_hour", "2026-11-22T12:00"),
    ("Weekly limit reached ∙ resets 3pm (UTC)", "2026-11-22T09:00", "seven_day", "2026-11-22T15:00"),
    ("You've hit your session limit · resets 3pm (Mars/Olympus)", "2026-11-22T09:00", "five_hour", None),
    ("You've hit your session limit · resets 13pm (UTC)", "2026-11-22T09:00", "five_hour", None),
    ("You've hit your limit", "2026-11-22T09:00", "five_hour", None),
]  # fmt: skip

NO_HITS = [
    "API Error: Request rejected (429) · This request would exceed your account's rate limit. Please try again later.",
    "API Error: Rate limit reached",
    "Rate limit reached",
    "Context limit reached · /compact or /clear to continue",
    "I told you that the 5-hour limit reached us",
    "No response requested.",
    "",
]


@pytest.mark.parametrize(("text", "at", "window", "resets_at"), CASES)
def test_a_hit(text: str, at: str, window: str, resets_at: str | None) -> None:
    moment = timestamp.parse(at)
    assert moment is not None
    hit = limit_text.parse_limit_text(text, moment, BERLIN)
    assert hit is not None
    reset = timestamp.to_iso(hit.resets_at)[:16] if hit.resets_at is not None else None
    assert (window, moment, resets_at) == (hit.window, hit.at, reset)


@pytest.mark.parametrize("text", NO_HITS)
def test_no_hit(text: str) -> None:
    assert None is limit_text.parse_limit_text(text, 0, UTC)


def test_the_tables_hold_every_text_of_the_corpus() -> None:
    lines = (shared_dir() / "corpus" / "limit-messages.txt").read_text(encoding="utf-8").splitlines()
    texts = {line.partition("\t#")[0] for line in lines if line and not line.startswith("#")}
    assert set() == texts - {text for text, *_ in CASES} - set(NO_HITS)
