"""When a lockout ends: by the first sign, of which no more are read than needed."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.domain.calendar.timestamp import HOUR, MINUTE, SECOND
from exporter.domain.limits.lockout import Answer, Lockout, Said, find_lockouts, holds_model

T = 100 * HOUR


def test_answers_are_read_until_the_first_sign_only() -> None:
    read = []

    def answers() -> Iterator[Answer]:
        for minute in range(1, 1_000):
            read.append(minute)
            yield Answer(T + minute * MINUTE + SECOND, None)

    found = find_lockouts([T, T + 30 * MINUTE], T + 100 * HOUR, answers(), [], T + 99 * HOUR)
    assert [
        Lockout(T, T + MINUTE + SECOND, by_answer=True),
        Lockout(T + 30 * MINUTE, T + 31 * MINUTE + SECOND, by_answer=True),
    ] == found
    assert 31 == len(read)


def test_a_sign_of_the_first_lockout_may_end_the_second_too() -> None:
    """What the service said was known when the first one was ended by an answer."""
    said = [Said(T + 50 * MINUTE, 0.5, T + 5 * HOUR)]
    found = find_lockouts([T, T + 40 * MINUTE], T + 5 * HOUR, [Answer(T + 10 * MINUTE, None)], said, T + HOUR)
    assert [Lockout(T, T + 10 * MINUTE, by_answer=True), Lockout(T + 40 * MINUTE, T + 50 * MINUTE)] == found


def test_what_is_still_to_come_ends_nothing() -> None:
    assert [Lockout(T, None)] == find_lockouts([T], T + HOUR, [], [], T + 30 * MINUTE)
    assert [] == find_lockouts([T], T + HOUR, [], [], T - 1)


def test_a_weeks_window_of_a_family_holds_only_its_models() -> None:
    assert [True, True, True, False] == [
        holds_model(window, "opus") for window in ("five_hour", "spend", "seven_day_opus", "seven_day_fable")
    ]
