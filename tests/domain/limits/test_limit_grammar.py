"""Any text that the grammar allows gives the windows and resets that it was made from, in any zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.limit_text import parse_limit_text
from support.sampling import sample_or_all

pytestmark = pytest.mark.long

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Calcutta", "Asia/Katmandu", "Etc/GMT+1",
    "US/Pacific", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago",
)  # fmt: skip
UNKNOWN_ZONES = ("Etc/Unknown", "Nowhere/At-All", "Europe")

# The words before `limit`, and the window; "" is the plan's own without a name, whose reset decides.
PLAN = {
    "": "", "session ": "five_hour", "5-hour ": "five_hour", "weekly ": "seven_day", "Opus ": "seven_day_opus",
    "Sonnet weekly ": "seven_day_sonnet", "Fable 5 ": "seven_day_fable", "Mythos ": "seven_day_mythos",
}  # fmt: skip
SPEND = (
    "You've hit your usage limit", "You've reached your monthly spend limit",
    "You’ve hit your org's monthly spend limit",
    "You've hit your individual usage limit", "You've hit your team's pooled group budget",
    "You've hit your usage credit limit", "You're out of usage credits", "Your org is out of usage",
    "Your seat type doesn't include usage", "Your group's usage limit is set to $0", "Fable 5 requires usage credits",
)  # fmt: skip
SUFFIXES = (
    "progress saved",
    "out of usage credits",
    "contact your admin to raise it",
    "/upgrade to Max",
    "run /usage-credits",
    "raise it at claude.ai/settings/usage?from=cc_cli_limit_message",
)
SEPARATORS = (" · ", " ∙ ", "\n", "\n     ")
MINUTES_AHEAD = {"clock": 21 * 60, "weekday": 6 * 24 * 60, "date": 150 * 24 * 60, "date at": 150 * 24 * 60,
                 "year": 3 * 365 * 24 * 60}  # fmt: skip


class Said(NamedTuple):
    """A reset, and how a client writes it."""

    at: int
    text: str


@st.composite
def resets(draw: st.DrawFn, at: int, local: tzinfo, longest: int) -> Said:
    """A reset after `at` within `longest` ms, written in one of the forms in which it is not ambiguous."""
    form = draw(st.sampled_from(tuple(MINUTES_AHEAD)))
    minutes = min(MINUTES_AHEAD[form], longest // MINUTE)
    moment = at // MINUTE * MINUTE + draw(st.integers(1, minutes)) * MINUTE
    name = draw(st.sampled_from((None, *ZONES, *UNKNOWN_ZONES)))
    zone = ZoneInfo(name) if name in ZONES else local
    shown = timestamp.to_datetime(moment).astimezone(zone)
    assume(timestamp.to_ms(shown.replace(fold=0)) == moment)  # not twice on a clock that is set back
    assume(timestamp.to_ms(shown.replace(fold=1)) == moment)
    return Said(moment, f"{written(shown, form)}{f' ({name})' if name else ''}")


def written(shown: datetime, form: str) -> str:
    hour = f"{shown.hour % 12 or 12}"
    clock = f"{hour}:{shown.minute:02d}" if shown.minute else hour
    clock += "am" if shown.hour < 12 else "pm"
    day = f"{shown:%b} {shown.day}"
    return {
        "clock": clock,
        "weekday": f"{shown:%a} {clock}",
        "date": f"{day}, {clock}",
        "date at": f"{day} at {clock}",
        "year": f"{day}, {shown.year}, {clock}",
    }[form]


moments = st.integers(1_735_689_600_000, 1_830_297_600_000)  # 2025 to 2027
zones = st.sampled_from(ZONES).map(ZoneInfo)


def joined(draw: st.DrawFn, beginning: str, suffixes: list[str]) -> str:
    """The clauses with separators, others that say nothing among them."""
    more = draw(st.lists(st.sampled_from(SUFFIXES), max_size=2))
    clauses = draw(st.permutations([*suffixes, *more]))
    return beginning + "".join(draw(st.sampled_from(SEPARATORS)) + clause for clause in clauses)


@st.composite
def plan_texts(draw: st.DrawFn) -> tuple[str, int, ZoneInfo, tuple[Hit, ...]]:
    at, local = draw(moments), draw(zones)
    name, window = draw(st.sampled_from(tuple(PLAN.items())))
    beginning = draw(st.sampled_from(("You've hit your {}limit", "You’ve reached your {}limit", "{}limit reached")))
    text = beginning.format(name)
    text = text[0].upper() + text[1:]
    if draw(st.integers(0, 9)) == 0:
        return joined(draw, text, []), at, local, (Hit(window or "five_hour", at, None, named=window != ""),)
    reset = draw(resets(at, local, 5 * HOUR if window == "five_hour" else 7 * DAY))
    inferred = "five_hour" if reset.at - at <= 5 * HOUR else "seven_day"
    hit = Hit(window or inferred, at, reset.at, named=window != "")
    return joined(draw, text, [f"resets {reset.text}"]), at, local, (hit,)


@st.composite
def spend_texts(draw: st.DrawFn) -> tuple[str, int, ZoneInfo, tuple[Hit, ...]]:
    at, local = draw(moments), draw(zones)
    beginning = draw(st.sampled_from(SPEND))
    suffixes, own, plan = [], None, None
    if draw(st.booleans()):
        reset = draw(resets(at, local, 30 * DAY))
        suffixes.append(f"resets {reset.text}")
        own = reset.at
    if draw(st.booleans()):
        name = draw(st.sampled_from(("session ", "weekly ")))
        reset = draw(resets(at, local, 5 * HOUR if name == "session " else 7 * DAY))
        suffixes.append(f"your {name}limit resets {reset.text}")
        plan = Hit(PLAN[name], at, reset.at)
    elif own is not None and own - at <= 5 * HOUR:
        own, plan = None, Hit("five_hour", at, own, named=False)
    hits = (Hit("spend", at, own), *((plan,) if plan is not None else ()))
    return joined(draw, beginning, suffixes), at, local, hits


@settings(max_examples=sample_or_all(150, 20_000), derandomize=True, deadline=None)
@given(plan_texts() | spend_texts())
def test_a_text_gives_what_it_was_made_from(made: tuple[str, int, ZoneInfo, tuple[Hit, ...]]) -> None:
    text, at, local, expected = made
    assert expected == parse_limit_text(text, at, local), text


@settings(max_examples=sample_or_all(150, 20_000), derandomize=True, deadline=None)
@given(
    st.lists(
        st.sampled_from((
            "You've", "hit", "your", "limit", "session", "weekly", "resets", "Mon", "Feb", "30", "29,", "13pm", "12am",
            "|", "99999999999", "·", "∙", "\n", "(UTC)", "(Etc/Unknown)", "(", ")", "reached", "usage", "'s", "\0",
            "٣pm",
        )),
        max_size=14,
    ),
    moments | st.integers(0, 400 * DAY),
)  # fmt: skip
def test_no_text_is_too_odd(words: list[str], at: int) -> None:
    for hit in parse_limit_text(" ".join(words), at, ZoneInfo("Europe/Berlin")):
        assert hit.at == at
        assert hit.resets_at is None or hit.resets_at > at - 10 * MINUTE
        assert hit.window.replace("_", "").isalnum()
        assert len(hit.window) <= 40


def test_the_reset_of_a_long_ago_copy_is_that_of_its_time() -> None:
    at = timestamp.to_ms(datetime(2025, 12, 30, 10, tzinfo=UTC))
    (hit,) = parse_limit_text("You've hit your weekly limit · resets Jan 2, 9am (UTC)", at, UTC)
    assert at + int(timedelta(days=2, hours=23).total_seconds() * 1000) == hit.resets_at
