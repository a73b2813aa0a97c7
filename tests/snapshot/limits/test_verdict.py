"""The verdict in literal numbers: each of the six, at the moments at which it changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, SECOND, to_iso
from exporter.domain.forecast.rhythm import Rhythm
from exporter.domain.forecast.room import Room
from exporter.domain.forecast.uses import uses_of
from exporter.domain.forecast.verdict import Memory, SaidOf
from exporter.domain.forecast.window import Running, forecast_five_hours
from exporter.domain.limits.calibration import Size
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Credits, Reading
from exporter.snapshot.limit_parts import VerdictPart
from exporter.snapshot.limits.limit_history import past_limits
from exporter.snapshot.parts import AccountPart
from exporter.snapshot.take import take_current
from exporter.store.limits import calibrations
from exporter.store.limits.said import save as save_said
from exporter.store.reader import Reader
from support.machine import Machine
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import Record, assistant, usage, write

START = NOON - 2 * HOUR
RESET = START + 5 * HOUR
"""15:00"""
SIZE = 100
"""A full window, in responses: each day of the last twelve, 40 of them were 40 %."""


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as opened:
        yield opened


def respond(tracker: Tracker, start: int, count: int, every: int) -> None:
    """So many responses of the same cost, from `start` on."""
    lines = [
        assistant(f"m{at}", request=f"r{at}", uuid=f"u{at}", session=f"s{start}", at=to_iso(at), used=usage(10, 20))
        for at in range(start, start + count * every, every)
    ]
    write(tracker.roots[0] / "p" / f"s{start}.jsonl", lines)
    tracker.scan()


def say(tracker: Tracker, share: float, at: int, *, resets_at: int = RESET, window: str = "five_hour") -> None:
    tracker.store.take_readings([Reading(window, "statusline", at, share, resets_at)], at)


def live(tracker: Tracker, days: int = 12) -> None:
    """Each day from 10:00 on 40 responses, one every two minutes, which are 40 % of the window."""
    for day in range(days, 0, -1):
        start = START - day * DAY
        respond(tracker, start, 40, 2 * MINUTE)
        say(tracker, 0.4, start + 78 * MINUTE, resets_at=start + 5 * HOUR)


def answer(session: str, at: int) -> Record:
    name = f"{session}-{at}"
    return assistant(f"m{name}", request=f"r{name}", uuid=f"u{name}", session=session, at=to_iso(at))


def account_at(tracker: Tracker, now: int, zone: tzinfo = UTC) -> AccountPart:
    found = take_current(Reader(tracker.database), now, zone)
    assert found is not None
    return found.accounts[0]


def verdict_at(tracker: Tracker, now: int, zone: tzinfo = UTC) -> VerdictPart:
    return account_at(tracker, now, zone).verdict


def sentence_at(tracker: Tracker, now: int, zone: tzinfo = UTC) -> str:
    return verdict_at(tracker, now, zone).sentence


def test_without_any_reading_or_response(tracker: Tracker) -> None:
    assert VerdictPart() == verdict_at(tracker, NOON)
    assert "Limits not known yet. Turn on the status line: `claude-tracker setup statusline`" == VerdictPart().sentence


def test_without_any_reading_but_with_responses(tracker: Tracker) -> None:
    respond(tracker, NOON - 10 * MINUTE, 5, MINUTE)
    assert "not_known" == verdict_at(tracker, NOON).forecast.state


def test_the_first_second(tracker: Tracker) -> None:
    live(tracker)
    respond(tracker, START, 1, 1)
    assert "about 1 % used; too early to say whether it lasts" == sentence_at(tracker, START + SECOND)
    say(tracker, 0.01, START)
    assert "1 % used; too early to say whether it lasts" == sentence_at(tracker, START + SECOND)


def test_while_work_goes_on_so_fast(tracker: Tracker) -> None:
    live(tracker)
    respond(tracker, START, 90, MINUTE)
    say(tracker, 0.6, START + 59 * MINUTE)
    found = verdict_at(tracker, START + 60 * MINUTE)
    assert "Runs out at about 11:10, 3 h 50 min before the reset at 15:00" == found.sentence
    assert (0.87, START + 70 * MINUTE, None, 1.51) == (
        round(found.forecast.chance or 0, 2), found.forecast.runs_out_at, found.forecast.work_left,
        round(found.forecast.projected or 0, 2),
    )  # fmt: skip
    say(tracker, 0.9, START + 89 * MINUTE)
    assert "Runs out at about 11:45, 3 h 15 min before the reset at 15:00" == sentence_at(tracker, START + 90 * MINUTE)


def test_after_idling(tracker: Tracker) -> None:
    live(tracker)
    respond(tracker, START, 30, MINUTE)
    say(tracker, 0.3, START + 29 * MINUTE)
    assert "30 % used; too early to say whether it lasts" == sentence_at(tracker, START + 30 * MINUTE)
    assert "Lasts until the reset at 15:00: about 34 % used by then" == sentence_at(tracker, START + 45 * MINUTE)
    assert "Lasts until the reset at 15:00: about 30 % used by then" == sentence_at(tracker, START + 4 * HOUR)


def test_in_a_pause_the_time_is_of_work(tracker: Tracker) -> None:
    """A warning that stands is not withdrawn at once: half of the limit was used within half an hour."""
    live(tracker)
    respond(tracker, START, 85, 20 * SECOND)
    say(tracker, 0.85, START + 28 * MINUTE)
    before = verdict_at(tracker, START + 29 * MINUTE)
    assert "Runs out at about 10:35, 4 h 25 min before the reset at 15:00" == before.sentence
    with tracker.store.transaction():
        said = SaidOf(1, "five_hour", RESET, Memory(is_warned=True))
        save_said(tracker.connection, [said])
    paused = verdict_at(tracker, START + 41 * MINUTE)
    assert "Runs out after about 5 more minutes of work, before the reset at 15:00" == paused.sentence
    assert (5, START + 50 * MINUTE) == (paused.forecast.work_left, paused.forecast.runs_out_at)
    later = verdict_at(tracker, START + 46 * MINUTE)
    assert paused.sentence == later.sentence, "the pace at work does not fade in a pause"


def test_work_that_is_left_ends_before_the_reset() -> None:
    """A pause of 20 minutes after an hour at $1 a minute; usually this user spends a hundred times as much."""

    def said(left: int, remaining: int) -> tuple[int | None, int | None]:
        now = RESET - remaining * MINUTE
        uses = uses_of([(now - at * MINUTE, 10**9) for at in range(79, 19, -1)])
        room = Room(0.9, left * 10**9, 0.1, Size(10 * left * 10**9, 0.1))
        window = Running(RESET - 5 * HOUR, RESET, now, room, Memory(is_warned=True))
        found, _ = forecast_five_hours(window, uses, Rhythm(0.01, 1.0, 10**11))
        assert "runs_out" == found.state
        return found.work_left, found.runs_out_at

    assert [(15, RESET - 5 * MINUTE), (20, RESET), (None, RESET)] == [said(12, 24), said(30, 24), said(8, 4)]


def test_the_reset_that_a_refusal_named(tracker: Tracker) -> None:
    """The reading's source does not know resets."""
    live(tracker)
    tracker.store.take_readings([Reading("five_hour", "desktop", START + HOUR, 1.0)], START + HOUR)
    tracker.store.take_hits([Hit("five_hour", START + HOUR, RESET)], START + HOUR)
    account = account_at(tracker, START + HOUR)
    assert "Limit reached. Available again at 15:00 (in 4 h 00 min)" == account.verdict.sentence
    assert [RESET] == [limit.resets_at for limit in account.limits]


def test_a_refusal_that_named_no_reset(tracker: Tracker) -> None:
    live(tracker)
    say(tracker, 0.99, START + HOUR)
    tracker.store.take_hits([Hit("five_hour", START + HOUR, None)], START + HOUR)
    account = account_at(tracker, START + HOUR)
    assert "Limit reached. Available again at 15:00 (in 4 h 00 min)" == account.verdict.sentence
    assert [RESET] == [part.hit.resets_at for part in account.lockouts]


def test_what_lasts_is_never_full(tracker: Tracker) -> None:
    """All that is left was spent since an old reading, so the share now is an estimate."""
    live(tracker)
    respond(tracker, START, 120, 30 * SECOND)
    say(tracker, 0.3, START + 15 * MINUTE)
    found = verdict_at(tracker, START + 4 * HOUR + 50 * MINUTE)
    assert "Lasts until the reset at 15:00: about 99 % used by then" == found.sentence
    assert 0.99 == found.forecast.projected
    say(tracker, 0.997, START + 4 * HOUR)
    found = verdict_at(tracker, START + 4 * HOUR + 50 * MINUTE)
    assert "Lasts until the reset at 15:00: about 99 % used by then" == found.sentence
    assert 0.997 == found.forecast.projected, "not below the official share"


def test_at_a_reset(tracker: Tracker) -> None:
    live(tracker)
    respond(tracker, START, 40, MINUTE)
    say(tracker, 0.4, START + 39 * MINUTE)
    assert "Lasts until the reset at 15:00: about 40 % used by then" == sentence_at(tracker, RESET - 1)
    assert "not_known" == verdict_at(tracker, RESET).forecast.state, "nothing is known of the next window"
    tracker.now = RESET + 2 * MINUTE
    respond(tracker, RESET, 2, MINUTE)
    assert "about 2 % used; too early to say whether it lasts" == sentence_at(tracker, RESET + MINUTE)


def test_after_a_raise(tracker: Tracker) -> None:
    """From 80 to 40 %: what was spent before shows nothing; twenty points later the size is known again."""
    live(tracker)
    respond(tracker, START, 80, MINUTE)
    say(tracker, 0.8, START + 80 * MINUTE)
    assert "runs_out" == verdict_at(tracker, START + 80 * MINUTE).forecast.state
    say(tracker, 0.4, START + 81 * MINUTE)
    assert "40 % used; too early to say whether it lasts" == sentence_at(tracker, START + 81 * MINUTE)
    respond(tracker, START + 82 * MINUTE, 20, MINUTE)
    say(tracker, 0.6, START + 101 * MINUTE)
    account = account_at(tracker, START + 101 * MINUTE)
    size = account.limits[0].size
    assert size is not None
    assert SIZE == round(size.size / 550_000), "20 responses are 20 points"
    assert "60 % used; too early to say whether it lasts" == account.verdict.sentence


def test_after_an_early_reset(tracker: Tracker) -> None:
    live(tracker)
    respond(tracker, START, 80, MINUTE)
    say(tracker, 0.8, START + 80 * MINUTE)
    say(tracker, 0.0, START + 81 * MINUTE)
    respond(tracker, START + 82 * MINUTE, 10, MINUTE)
    say(tracker, 0.1, START + 91 * MINUTE)
    account = account_at(tracker, START + 92 * MINUTE)
    assert account.limits[0].size is not None
    assert SIZE == round(account.limits[0].size.size / 550_000), "only what was spent since counts"
    assert "10 % used; too early to say whether it lasts" == sentence_at(tracker, START + 91 * MINUTE)


def test_locked_out(tracker: Tracker) -> None:
    live(tracker)
    respond(tracker, START, 90, MINUTE)
    say(tracker, 0.99, START + 89 * MINUTE)
    tracker.store.take_hits([Hit("five_hour", START + 90 * MINUTE, RESET)], START + 90 * MINUTE)
    found = verdict_at(tracker, START + 105 * MINUTE)
    assert "Limit reached. Available again at 15:00 (in 3 h 15 min)" == found.sentence
    assert ("reached", None, None, None) == (
        found.forecast.state, found.forecast.runs_out_at, found.forecast.projected, found.forecast.chance,
    )  # fmt: skip


def test_a_limit_of_a_text_without_any_reading(tracker: Tracker) -> None:
    tracker.store.take_hits([Hit("seven_day", NOON, NOON + 2 * DAY)], NOON)
    assert "Week: limit reached. Available again at Tue 12:00 (in 47 h 59 min)" == sentence_at(tracker, NOON + MINUTE)
    tracker.store.take_hits([Hit("five_hour", NOON, None)], NOON)
    said = "Limit reached. When it is available again is not known"
    assert said == sentence_at(tracker, NOON + MINUTE), "what is not known may be last"


def test_with_credits(tracker: Tracker) -> None:
    live(tracker)
    respond(tracker, START, 90, MINUTE)
    at = START + 90 * MINUTE
    say(tracker, 1.0, at)
    tracker.store.take_hits([Hit("five_hour", at, RESET, is_overage=True)], at)
    respond(tracker, at + 5 * MINUTE, 3, MINUTE)
    tracker.store.take_extras([Credits(at, "USD", 3.2, 50.0)], (), at)
    tracker.store.finish_blocks(at + 10 * MINUTE)
    found = verdict_at(tracker, at + 10 * MINUTE)
    assert "Limit reached; working on with extra usage ($3.20 of $50.00)" == found.sentence
    assert "beyond" == found.forecast.state


BERLIN = ZoneInfo("Europe/Berlin")
CLOCKS_BACK = NOON - 28 * DAY - 11 * HOUR
"""2026-10-25T01:00Z: in Berlin it is 3:00, and then 2:00 again."""


def test_over_a_daylight_saving_change(tracker: Tracker) -> None:
    reset = CLOCKS_BACK + 90 * MINUTE
    now = CLOCKS_BACK - 30 * MINUTE
    tracker.store.take_hits([Hit("five_hour", now - MINUTE, reset)], now)
    assert "Limit reached. Available again at 03:30 (in 2 h 00 min)" == sentence_at(tracker, now, BERLIN), "it is 2:30"


def test_the_week_that_runs_out(tracker: Tracker) -> None:
    """40 responses a day, of 150 in the week: three days were 80 %, and four are to come."""
    live(tracker)
    reset = NOON + 4 * DAY
    say(tracker, 0.8, NOON, resets_at=reset, window="seven_day")
    say(tracker, 0.01, NOON)
    found = verdict_at(tracker, NOON)
    assert "seven_day" == found.window
    assert "Week: runs out about tonight, before the reset at Thu 12:00" == found.sentence


def test_what_was_used_elsewhere_is_said_with_the_verdict_and_kept(tracker: Tracker) -> None:
    """70 points of the share, of which the 49 responses here explain 49."""
    live(tracker)
    respond(tracker, START, 49, MINUTE)
    say(tracker, 0.7, START + 49 * MINUTE)
    found = verdict_at(tracker, START + 50 * MINUTE)
    assert "about 30 % of it was used elsewhere (web, phone, another machine)" == found.elsewhere
    tracker.now = RESET + MINUTE
    say(tracker, 0.0, RESET + MINUTE, resets_at=RESET + 5 * HOUR)
    tracker.store.take_readings([], tracker.now)
    *_, before, last = past_limits(Reader(tracker.database), 0).windows
    assert (0.4, None) == (before.end.observation.share, before.elsewhere)
    assert (0.7, 49 * 550_000, 0.3) == (
        last.end.observation.share, last.end.observation.spent, round(last.elsewhere or 0, 2),
    )  # fmt: skip


def test_a_change_of_the_limit_is_found_dated_and_used(tracker: Tracker) -> None:
    """Twelve days of 40 % for 40 responses; then six of 20 % for 40: twice the size, and the estimates use it."""
    live(tracker, 18)
    with tracker.store.transaction():
        tracker.connection.execute("UPDATE tracker_readings SET utilization = 0.2 WHERE observed_at > ?", (CHANGED,))
        calibrations.save_calibrations(tracker.connection, NOON, again=True)
    (change,) = past_limits(Reader(tracker.database), 0).changes
    assert (CHANGED - DAY + 5 * HOUR, 100, 200) == (
        change.change.at, round(change.change.before / 550_000), round(change.change.after / 550_000),
    )  # fmt: skip
    size = calibrations.calibrations(tracker.connection)[1, "five_hour"]
    assert (200, 6) == (round(size.size / 550_000), size.observations)


CHANGED = START - 6 * DAY
"""The start of the first window of another size."""


def test_two_accounts_have_a_verdict_each(tmp_path: Path) -> None:
    with Machine(tmp_path / "m", "work", "home") as on:
        on.login("work", "ada")
        on.login("home", "bob")
        on.append("work", "s1", answer("s1", NOON - HOUR), answer("s1", NOON - 30 * MINUTE))
        on.append("home", "s2", answer("s2", NOON - 50 * MINUTE))
        on.read()
        on.show("s1", {"five_hour": (100, NOON + HOUR)}, folder="work")
        on.show("s2", {"five_hour": (1, NOON + 3 * HOUR)}, folder="home")
        on.read()
        ada, bob = on.current().accounts
    assert "Limit reached. Available again at 13:00 (in 1 h 00 min)" == ada.verdict.sentence
    assert "1 % used; too early to say whether it lasts" == bob.verdict.sentence
