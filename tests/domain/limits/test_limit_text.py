"""Every limit text that clients have written gives its window and its reset, or is rightly none."""

from __future__ import annotations

import json
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from exporter.domain.calendar import timestamp
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.limit_text import parse_limit_text, unknown_zone
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
    ("You've hit your weekly limit · resets Feb 29, 9am (UTC)", "2028-02-26T10:00", "seven_day", "2028-02-29T09:00"),
    # farther away than the window is long
    ("You've hit your weekly limit · resets Feb 29, 9am (UTC)", "2027-02-26T10:00", "seven_day", None),
    ("You've hit your weekly limit · resets Jan 6, 10:10am (UTC)", "2026-12-30T10:00", "seven_day", "2027-01-06T10:10"),
    ("You've hit your weekly limit · resets Jan 6, 10:11am (UTC)", "2026-12-30T10:00", "seven_day", None),
    ("You've hit your Opus limit · resets Jan 9, 9am (UTC)", "2026-12-30T10:00", "seven_day_opus", None),
    ("You've hit your limit · resets Feb 29, 9am (UTC)", "2027-02-26T10:00", "seven_day", None),
    ("Claude AI usage limit reached|1860000000", "2027-02-26T10:00", "seven_day", None),
    # other words of the same kind
    ("You’ve hit your session limit · resets 3pm (UTC)", "2026-11-22T14:59:30Z", "five_hour", "2026-11-22T15:00"),
    ("You've hit your session limit · resets 2:38pm (UTC)", "2026-11-22T14:38:20Z", "five_hour", "2026-11-22T14:38"),
    ("You've hit your session limit · resets 12am (UTC)", "2026-11-22T21:00", "five_hour", "2026-11-23T00:00"),
    ("You've hit your session limit · resets 12pm (UTC)", "2026-11-22T09:00", "five_hour", "2026-11-22T12:00"),
    ("Weekly limit reached ∙ resets 3pm (UTC)", "2026-11-22T09:00", "seven_day", "2026-11-22T15:00"),
    ("You've hit your session limit · resets 3pm (Mars/Olympus)", "2026-11-22T09:00", "five_hour", "2026-11-22T14:00"),
    ("You've hit your session limit · resets 13pm (UTC)", "2026-11-22T09:00", "five_hour", None),
    ("You've hit your limit", "2026-11-22T09:00", "five_hour", None),
]  # fmt: skip

# What else the grammar allows: one plan's window. At 2026-11-18T13:00Z, a Wednesday, 14:00 in Berlin.
FRIDAY, SOON = "2026-11-20", "2026-11-18"
ONE = [
    pytest.param("You've hit your weekly limit · resets Fri 7:30am", "seven_day", f"{FRIDAY}T06:30", id="a weekday"),
    pytest.param("You've hit your weekly limit · resets Wed 1:30pm", "seven_day", "2026-11-25T12:30", id="in a week"),
    pytest.param("You've hit your weekly limit · resets Fri 7am (UTC)", "seven_day", f"{FRIDAY}T07:00", id="its zone"),
    pytest.param("You've hit your weekly limit · resets Friday, Nov 20, 7am", "seven_day", f"{FRIDAY}T06:00", id="2"),
    pytest.param("You've hit your weekly limit · resets Nov 20, 2026, 9am", "seven_day", f"{FRIDAY}T08:00", id="year"),
    pytest.param("You've hit your weekly limit · resets Nov 20, 2027, 9am", "seven_day", None, id="another year"),
    pytest.param("Limit reached · resets 6pm (UTC) · /upgrade to Max", "five_hour", f"{SOON}T18:00", id="bare, near"),
    pytest.param("Limit reached ∙ resets 7pm (UTC)", "seven_day", f"{SOON}T19:00", id="bare, more than 5 h away"),
    pytest.param("You've hit your limit · resets 4pm (Etc/Nowhere)", "five_hour", f"{SOON}T15:00", id="no such zone"),
    pytest.param("You've hit your limit · resets 4pm (../../etc)", "five_hour", f"{SOON}T15:00", id="no zone at all"),
    pytest.param("Claude usage limit reached. Your limit will reset at 4pm (Etc/GMT-2).", "five_hour", f"{SOON}T14:00",
                 id="the oldest clients"),
    pytest.param("You've hit your session limit · resets 9:05am (US/Mountain)\n     /usage-credits to go on",
                 "five_hour", f"{SOON}T16:05", id="two lines, an old name of a zone"),
    pytest.param("Sonnet weekly limit reached ∙ resets Nov 24, 1pm", "seven_day_sonnet", "2026-11-24T12:00", id="old"),
    pytest.param("You've hit your Opus 5 limit · resets Nov 24 at 6am (UTC)", "seven_day_opus", "2026-11-24T06:00",
                 id="a model with its number"),
    pytest.param("You've hit your Haiku limit · /usage-credits to continue", "seven_day_haiku", None, id="no reset"),
    pytest.param("You've hit your Saga limit · resets Sat 6am (UTC)", "seven_day_saga", "2026-11-21T06:00",
                 id="a family we do not know"),
    pytest.param("You've hit your limit · your weekly limit resets Fri 7am", "seven_day", f"{FRIDAY}T06:00",
                 id="named by the suffix only"),
    pytest.param("You've hit your weekly limit · progress saved · your weekly limit resets Fri 7am", "seven_day",
                 f"{FRIDAY}T06:00", id="named twice"),
    pytest.param("You've hit your session limit · resets 11:05\u202fPM (Asia/Tokyo) · progress saved", "five_hour",
                 f"{SOON}T14:05", id="capitals, a narrow space"),
    pytest.param("You've hit your session limit · resets Nov 18, 1:30pm", "five_hour", None, id="has passed"),
]  # fmt: skip

SPEND = [
    pytest.param("You've hit your individual usage limit · contact your admin", [("spend", None)], id="a seat"),
    pytest.param("You've hit your usage limit · contact your admin to raise it", [("spend", None)], id="an admin's"),
    pytest.param("You've hit your usage limit", [("spend", None)], id="credits"),
    pytest.param("You’ve hit your team’s pooled group budget", [("spend", None)], id="a group's budget"),
    pytest.param("You've hit your channel's monthly usage limit", [("spend", None)], id="a channel"),
    pytest.param("You've hit your monthly spend limit · resets Dec 1, 12am (UTC)", [("spend", "2026-12-01T00:00")],
                 id="its own reset"),
    pytest.param("You've hit your monthly spend limit · resets Jan 30, 12am (UTC)", [("spend", None)],
                 id="no month is that long"),
    pytest.param("You've hit your org's monthly spend limit · your monthly spend limit resets Dec 1, 12am (UTC)",
                 [("spend", "2026-12-01T00:00")], id="its own reset, named"),
    pytest.param("You're out of extra usage · resets 5pm (UTC)", [("spend", None), ("five_hour", "2026-11-18T17:00")],
                 id="a near reset is the plan's"),
    pytest.param("You're out of usage credits · raise it at x.example/y · your weekly limit resets Fri 7am (UTC)",
                 [("spend", None), ("seven_day", "2026-11-20T07:00")], id="the plan's window, named"),
    pytest.param("You've hit your monthly spend limit · resets Dec 1, 12am (UTC) · your session limit resets 3pm (UTC)",
                 [("spend", "2026-12-01T00:00"), ("five_hour", "2026-11-18T15:00")], id="both with a reset"),
    pytest.param("Your org is out of usage", [("spend", None)], id="an organization"),
    pytest.param("Your seat type doesn't include usage", [("spend", None)], id="a seat without"),
    pytest.param("Your group's usage limit is set to $0", [("spend", None)], id="a group without"),
    pytest.param("Fable 5 requires usage credits", [("spend", None)], id="a model for credits"),
]  # fmt: skip

NO_HITS = [
    "API Error: Request rejected (429) · This request would exceed your account's rate limit. Please try again later.",
    "API Error: Rate limit reached",
    "Rate limit reached",
    "Context limit reached · /compact or /clear to continue",
    "I told you that the 5-hour limit reached us",
    "No response requested.",
    "",
    "You've used 91% of your weekly limit · resets Mon 9am",
    "You're close to your session limit · resets 4pm (UTC)",
    "Now using usage credits · Your session limit resets 4pm (UTC)",
    "You've hit your org's API rate limit · resets 4pm (UTC)",
    "You've hit your upload limit",
    "Your weekly limit resets Mon 9am",
    "Recursion limit reached",
]


def parse(text: str, at: str, zone: ZoneInfo = BERLIN) -> tuple[Hit, ...]:
    moment = timestamp.parse(at)
    assert moment is not None
    return parse_limit_text(text, moment, zone)


def shown(hits: tuple[Hit, ...]) -> list[tuple[str, str | None]]:
    return [(hit.window, timestamp.to_iso(hit.resets_at)[:16] if hit.resets_at is not None else None) for hit in hits]


@pytest.mark.parametrize(("text", "at", "window", "resets_at"), CASES)
def test_a_hit(text: str, at: str, window: str, resets_at: str | None) -> None:
    hits = parse(text, at)
    assert [(window, resets_at)] == shown(hits)
    assert timestamp.parse(at) == hits[0].at


@pytest.mark.parametrize(("text", "window", "resets_at"), ONE)
def test_a_hit_in_other_words(text: str, window: str, resets_at: str | None) -> None:
    assert [(window, resets_at)] == shown(parse(text, "2026-11-18T13:00:00Z"))


@pytest.mark.parametrize(("text", "expected"), SPEND)
def test_a_limit_of_spending(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert expected == shown(parse(text, "2026-11-18T13:00:00Z"))


@pytest.mark.parametrize("text", NO_HITS)
def test_no_hit(text: str) -> None:
    assert () == parse_limit_text(text, 0, UTC)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("You've hit your limit · resets 4pm (UTC)", [False]),
        ("You've hit your session limit · resets 4pm (UTC)", [True]),
        ("Claude usage limit reached. Your limit will reset at 4pm (UTC).", [False]),
        ("You're out of extra usage · resets 5pm (UTC)", [True, False]),
        ("You've hit your spend limit · your session limit resets 3pm (UTC)", [True, True]),
    ],
)
def test_whether_the_text_names_the_window(text: str, named: list[bool]) -> None:
    assert named == [hit.named for hit in parse(text, "2026-11-18T13:00:00Z")]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("You've hit your limit · resets 5pm (Etc/Unknown)", "Etc/Unknown"),
        ("You've hit your limit · resets 5pm (Asia/Calcutta)", None),
        ("You've hit your limit · resets 5pm", None),
        ("You've hit your limit", None),
    ],
)
def test_a_zone_that_cannot_be_looked_up_is_named(text: str, zone: str | None) -> None:
    assert zone == unknown_zone(text)


def test_the_tables_hold_every_text_of_the_corpus() -> None:
    lines = (shared_dir() / "corpus" / "limit-messages.txt").read_text(encoding="utf-8").splitlines()
    texts = {line.partition("\t#")[0] for line in lines if line and not line.startswith("#")}
    assert set() == texts - {text for text, *_ in CASES} - set(NO_HITS)


def test_every_text_of_the_public_reports() -> None:
    lines = (shared_dir() / "cases" / "limit-texts" / "texts.jsonl").read_text(encoding="utf-8").splitlines()
    for case in map(json.loads, lines):
        plan = [hit for hit in shown(parse(case["text"], case["at"], ZoneInfo("UTC"))) if hit[0] != "spend"]
        expected = [(case["right"][0], case["right"][1][:16])] if case["right"] is not None else []
        assert expected == plan, case["name"]
