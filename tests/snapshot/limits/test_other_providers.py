"""Responses of other providers are counted and priced, and use up nothing of a Claude account's windows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from exporter.domain.calendar.day import Span
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, to_iso
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import Reading
from exporter.domain.usage.totals import PAST_FAMILIES
from exporter.snapshot.parts import Figures
from exporter.snapshot.replay import Replay
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import take, take_current
from exporter.snapshot.usage import usage_history, usage_json
from exporter.store.limits import calibrations
from exporter.store.reader import Reader
from exporter.store.usage import totals
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import OPUS, assistant, usage, write

RESET = NOON + 2 * HOUR
COST = 550_000
"""Nano-dollars of 10 input and 20 output tokens of Opus 4.5."""
OTHERS = {
    "glm-5.2": 88_270,  # 1.103 and 3.862 $ per million
    "z-ai/glm-4.6": 50_000,
    "moonshotai/kimi-k2": 51_700,
    "kimi-k2-thinking": 56_000,
    "deepseek/deepseek-v4-pro": 46_200,
    "MiniMax-M2": 27_000,
    "gpt-5": 212_500,
    "openrouter/google/gemini-2.5-pro": 212_500,
    "qwen3-coder-plus": None,
    "z-ai/glm-4.5-air:free": None,
}
"""Ten models and what such a response costs, at noon of 2026-11-22."""
PRICED = sum(cost or 0 for cost in OTHERS.values())


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as opened:
        yield opened


def respond(tracker: Tracker, name: str, *answers: tuple[int, str]) -> None:
    lines = [
        assistant(
            f"m{name}{at}", request=f"r{at}", uuid=f"u{name}{at}", session=name, at=to_iso(at), model=model,
            used=usage(10, 20),
        )
        for at, model in answers
    ]  # fmt: skip
    write(tracker.roots[0] / "p" / f"{name}.jsonl", lines)
    tracker.scan()


def claude(tracker: Tracker) -> None:
    """Ten responses, two of them in the last half hour, are a fifth of the limit: so it holds fifty."""
    times = [*(NOON - 170 * MINUTE + step * 20 * MINUTE for step in range(9)), NOON - MINUTE]
    respond(tracker, "claude", *((at, OPUS) for at in times))
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON, 0.2, RESET)], NOON)
    tracker.store.take_readings([Reading("seven_day", "statusline", NOON, 0.1, NOON + 3 * DAY)], NOON)


def others(tracker: Tracker) -> None:
    """One of each, all in the running block, the last ones in the last half hour."""
    times = [NOON - 2 * HOUR + step * 12 * MINUTE for step in range(10)]
    respond(tracker, "others", *zip(times, OTHERS, strict=True))


def shown(tracker: Tracker, now: int = NOON) -> Figures:
    found = take_current(Reader(tracker.database), now, UTC)
    assert found is not None
    return found


def of_limits(figures: Figures) -> tuple[object, ...]:
    """Everything that stands for the account's windows."""
    return figures.block, figures.limits, figures.week


def check(tracker: Tracker) -> None:
    """The window's literal figures, and what counts."""
    found = shown(tracker)
    limit = next(one for one in found.limits if one.window == "five_hour")
    assert limit.size is not None
    assert (50 * COST, 1) == (limit.size.size, limit.size.observations)
    assert "lasts" == limit.forecast.state, "forty left at two in thirty minutes: ten hours"
    assert found.block is not None
    assert (300, 10 * COST, 1) == (found.block.figures.tokens, found.block.figures.cost_nano, found.block.sessions)
    assert (300 + 2 * 30 * 4, 10 * COST + 2 * COST * 4) == (
        found.block.figures.projected_tokens, found.block.figures.projected_cost_nano,
    )  # fmt: skip
    assert ["claude-opus-4-5"] == [use.model for use in found.block.models]
    assert [("opus", 300, 10 * COST)] == [(one.family, one.tokens, one.cost) for one in found.week.families]
    assert 10 * COST + PRICED == found.month.cost
    assert 60 == found.month.unpriced, "two models of thirty tokens"
    assert {
        "glm-5.2": 88_270, "glm-4.6": 50_000, "kimi-k2": 51_700, "kimi-k2-thinking": 56_000, "deepseek-v4-pro": 46_200,
        "minimax-m2": 27_000, "gpt-5": 212_500, "gemini-2.5-pro": 212_500, "claude-opus-4-5": 10 * COST,
    } == {labels[0]: cost for (_, labels), cost in tracker.exact("cost").items()}  # fmt: skip
    assert {"qwen3-coder-plus": 30, "glm-4.5-air:free": 30} == {
        labels[0]: tokens for (_, labels), tokens in tracker.exact("unpriced_tokens").items()
    }
    assert 20 == tracker.figures().responses
    row = tracker.sessions()["others"]
    assert (300, None) == (row.estimated_tokens, row.five_hour_block_id)


def test_ten_responses_of_other_providers_change_no_window(tracker: Tracker) -> None:
    claude(tracker)
    calibrations.save_calibrations(tracker.connection, NOON)
    alone = of_limits(shown(tracker))
    others(tracker)
    calibrations.save_calibrations(tracker.connection, NOON)
    check(tracker)
    assert alone == of_limits(shown(tracker))
    with tracker.store.transaction():
        tracker.store.derive_all(NOON)
    check(tracker)
    tracker.rebuild()
    check(tracker)
    assert alone == of_limits(shown(tracker))


def test_the_order_of_arrival_makes_no_difference(tracker: Tracker) -> None:
    others(tracker)
    claude(tracker)
    check(tracker)


def test_a_first_read_gives_the_same(tracker: Tracker, tmp_path: Path) -> None:
    others(tracker)
    claude(tracker)
    with Tracker(tmp_path / "again.db", *tracker.roots, now=NOON) as again:
        again.store.take_readings([Reading("five_hour", "statusline", NOON, 0.2, RESET)], NOON)
        again.store.take_readings([Reading("seven_day", "statusline", NOON, 0.1, NOON + 3 * DAY)], NOON)
        check(again)


@pytest.mark.parametrize("model", ["glm-5.2", "qwen3-coder-plus", "kimi-k2:free"])
def test_they_open_and_extend_no_block(tracker: Tracker, model: str) -> None:
    respond(tracker, "before", (NOON - 9 * HOUR, model))
    assert [] == tracker.rows("tracker_blocks") == tracker.rows("five_hour_blocks")
    respond(tracker, "claude", (NOON - 7 * HOUR, OPUS))
    respond(tracker, "after", (NOON - HOUR, model))
    expected = [("2026-11-22T05:00:00.000Z", "2026-11-22T10:00:00.000Z", 1, 30)]
    rows = "SELECT start_time, end_time, total_sessions, total_tokens FROM five_hour_blocks"
    assert expected == tracker.connection.execute(rows).fetchall()
    assert shown(tracker).block is None
    tracker.rebuild()
    assert expected == tracker.connection.execute(rows).fetchall()


def test_an_answer_of_a_model_that_may_be_claude_ends_a_lockout(tracker: Tracker) -> None:
    respond(tracker, "claude", (NOON - HOUR, OPUS))
    tracker.store.take_hits([Hit("five_hour", NOON - 30 * MINUTE, RESET)], NOON)
    respond(tracker, "others", (NOON - 20 * MINUTE, "my-own-model"))
    running = "SELECT running_since, went_on FROM tracker_limit_hits"
    assert [(None, 1)] == tracker.connection.execute(running).fetchall()


@pytest.mark.parametrize("model", ["glm-5.2", "gemini-9-ultra", "z-ai/glm-4.5-air:free"])
def test_a_lockout_runs_on_while_another_provider_answers(tracker: Tracker, model: str) -> None:
    respond(tracker, "claude", (NOON - HOUR, OPUS))
    tracker.store.take_hits([Hit("five_hour", NOON - 30 * MINUTE, RESET)], NOON)
    respond(tracker, "others", (NOON - 20 * MINUTE, model))
    running = "SELECT running_since, went_on FROM tracker_limit_hits"
    assert [(NOON - 30 * MINUTE, 0)] == tracker.connection.execute(running).fetchall()
    tracker.derive_all_again()
    found = take_current(Reader(tracker.database), NOON, UTC)
    assert found is not None
    assert [False] == [account.uses_overage for account in found.accounts]


def test_the_past_shows_the_same(tracker: Tracker) -> None:
    claude(tracker)
    others(tracker)
    calibrations.save_calibrations(tracker.connection, NOON)
    now = shown(tracker)
    with Reader(tracker.database).view() as connection:
        assert connection is not None
        sets = [(one.family, one.labels) for one in totals.load(connection) if one.family in PAST_FAMILIES]
        for start in (NOON - 3 * HOUR, NOON - 50 * MINUTE, NOON):
            then = Replay(connection, start, sets, PlanSettings(), UTC).at(NOON, lambda _, exact: exact)
            assert (now.block, now.week, now.month) == (then.block, then.week, then.month)


def test_reports_count_them_and_blocks_do_not(tracker: Tracker) -> None:
    claude(tracker)
    others(tracker)
    reader, span = Reader(tracker.database), Span(NOON - DAY, NOON + DAY)
    (day,) = usage_history.periods(reader, "day", span, UTC)
    assert (20, 600, 10 * COST + PRICED, 60) == (
        day.amount.responses, day.amount.tokens.total, day.amount.cost, day.amount.unpriced,
    )  # fmt: skip
    (block,) = usage_history.used_blocks(reader, span, NOON)
    assert (10, 300, 10 * COST) == (block.amount.responses, block.amount.tokens.total, block.amount.cost)


def test_one_found_late_in_the_past_is_in_the_reports(tracker: Tracker) -> None:
    """A reader caches what is over."""
    respond(tracker, "claude", (NOON - 5 * DAY, OPUS), (NOON - HOUR, OPUS))
    reader, span = Reader(tracker.database), Span(NOON - 6 * DAY, NOON + DAY)
    assert [30, 30] == [day.amount.tokens.total for day in usage_history.periods(reader, "day", span, UTC)]
    respond(tracker, "others", (NOON - 5 * DAY, "glm-5.2"))
    assert [60, 30] == [day.amount.tokens.total for day in usage_history.periods(reader, "day", span, UTC)]


def test_costs_of_the_month_before_any_claude(tracker: Tracker) -> None:
    others(tracker)
    found = shown(tracker)
    assert (PRICED, 60, None, ()) == (found.month.cost, found.month.unpriced, found.block, found.week.families)


def test_json_and_reports_name_the_provider(tracker: Tracker) -> None:
    claude(tracker)
    others(tracker)
    expected = {
        "claude-opus-4-5": None, "glm-5.2": "zhipuai", "glm-4.6": "zai", "kimi-k2": "moonshotai",
        "kimi-k2-thinking": "moonshotai", "deepseek-v4-pro": "deepseek", "minimax-m2": "minimax", "gpt-5": "openai",
        "gemini-2.5-pro": "google", "qwen3-coder-plus": "qwen", "glm-4.5-air:free": "zhipuai",
    }  # fmt: skip
    for _ in range(2):
        snapshot = take(Reader(tracker.database), NOON, UTC)
        assert snapshot is not None
        shown_json = to_json(snapshot)
        for part in ("today", "totals"):
            assert expected == {use["model"]: use["provider"] for use in shown_json[part]["models"]}
        assert [None] == [use["provider"] for use in shown_json["block"]["models"]]
        span = Span(NOON - DAY, NOON + DAY)
        models = usage_json.used_json(usage_history.models(Reader(tracker.database), span), "model", UTC)
        assert expected == {item["model"]: item["provider"] for item in models["items"]}
        assert [
            {"model": "glm-4.5-air:free", "speed": None, "tokens": 30},
            {"model": "qwen3-coder-plus", "speed": None, "tokens": 30},
        ] == shown_json["totals"]["unpriced_models"]
        tracker.rebuild()


def test_planning_windows_leaves_them_out(tracker: Tracker) -> None:
    """It covers the time since the first use of Claude."""
    respond(tracker, "others", (NOON - 10 * DAY, "glm-5.2"), (NOON - 50 * MINUTE, "qwen3-max"))
    respond(tracker, "claude", (NOON - 2 * DAY, OPUS))
    plan = usage_history.planning(Reader(tracker.database), None, NOON, UTC)
    assert (NOON - 2 * DAY, NOON) == plan.span
    assert (30, 5 * MINUTE) == (sum(cell.tokens for cell in plan.cells), sum(cell.active for cell in plan.cells))
