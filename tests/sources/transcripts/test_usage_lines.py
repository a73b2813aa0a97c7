"""What one line of a response says: its counts, model, price and ids, and what is missing or broken in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.tracker import Figures, figures_of
from support.transcripts import ABSENT, Record, assistant, cache, tool_use, usage

ONE = Figures({"claude-opus-4-5": (10, 20)}, responses=1, cost=550_000)


def skipped(**reasons: int) -> Figures:
    return Figures(skipped=reasons)


def opus(*tokens: int, cost: int) -> Figures:
    return Figures({"claude-opus-4-5": tokens}, responses=1, cost=cost)


def unpriced(model: str) -> Figures:
    return Figures({model: (10, 20)}, responses=1, unpriced=30)


OUT = skipped(out_of_range=1)
COUNTS = [
    pytest.param(usage(10, 20), ONE, id="input and output"),
    pytest.param(usage(), ONE, id="a line without cache figures"),
    pytest.param({}, Figures(responses=1), id="an empty usage is a response"),
    pytest.param(dict.fromkeys(usage()), Figures(responses=1), id="null counts are 0"),
    pytest.param(usage(cache_read_input_tokens=1_000), opus(10, 20, 1_000, cost=1_050_000), id="read from cache"),
    pytest.param(
        usage(cache_creation_input_tokens=100), opus(10, 20, 0, 100, cost=1_175_000), id="flat alone is 5 minutes"
    ),
    pytest.param(
        usage(cache_creation_input_tokens=100, cache_creation=None),
        opus(10, 20, 0, 100, cost=1_175_000),
        id="flat with a null nested set",
    ),
    pytest.param(
        usage(cache_creation_input_tokens=0, cache_creation=cache(60, 40)),
        opus(10, 20, 0, 60, 40, cost=1_325_000),
        id="nested alone, the flat figure left 0",
    ),
    pytest.param(usage(cache_creation=cache(60, 40)), opus(10, 20, 0, 60, 40, cost=1_325_000), id="nested, no flat"),
    pytest.param(
        usage(cache_creation_input_tokens=100, cache_creation=cache(60, 40)),
        opus(10, 20, 0, 60, 40, cost=1_325_000),
        id="flat is the sum of nested",
    ),
    pytest.param(
        usage(cache_creation_input_tokens=150, cache_creation=cache(60, 40)),
        opus(10, 20, 0, 110, 40, cost=1_637_500),
        id="what flat has above nested is 5 minutes",
    ),
    pytest.param(
        usage(cache_creation_input_tokens=100, cache_creation=cache(None, 40)),
        opus(10, 20, 0, 60, 40, cost=1_325_000),
        id="a null in the nested set",
    ),
    pytest.param(usage(12.0, 20), opus(12, 20, cost=560_000), id="12.0 is 12"),
    pytest.param(usage(1.2e1, 20), opus(12, 20, cost=560_000), id="and so is 1.2e1"),
    pytest.param(usage(12.5, 20), skipped(bad_tokens=1), id="12.5 is not a count"),
    pytest.param(usage("12", 20), skipped(bad_tokens=1), id="a text is not a count"),
    pytest.param(usage(True, 20), skipped(bad_tokens=1), id="true is not a count"),
    pytest.param(usage([], 20), skipped(bad_tokens=1), id="a list is not a count"),
    pytest.param(usage(float("nan"), 20), skipped(bad_tokens=1), id="NaN is not a count"),
    pytest.param(usage(float("inf"), 20), skipped(bad_tokens=1), id="infinity is not a count"),
    pytest.param(usage(-1, 20), skipped(bad_tokens=1), id="negative"),
    pytest.param(usage(10, -20), skipped(bad_tokens=1), id="negative output"),
    pytest.param(usage(-1.0, 20), skipped(bad_tokens=1), id="negative with a point"),
    pytest.param(usage(cache_creation=cache(-5, 5)), skipped(bad_tokens=1), id="negative in the nested set"),
    pytest.param(usage(10**9, 0), opus(10**9, cost=5 * 10**12), id="huge but countable"),
    pytest.param(usage(10**9 + 1, 20), skipped(out_of_range=1), id="beyond belief"),
    pytest.param(usage(2**64, 20), skipped(out_of_range=1), id="beyond 64 bits"),
    pytest.param(usage(10**400, 20), skipped(out_of_range=1), id="beyond any machine number"),
    pytest.param(usage(1e30, 20), skipped(out_of_range=1), id="beyond belief with an exponent"),
    pytest.param(usage(-1, 10**30), skipped(bad_tokens=1), id="negative next to one beyond belief"),
    pytest.param(usage(cache_creation=7), ONE, id="a nested set that is a number is none"),
    pytest.param(
        usage(server_tool_use={"web_search_requests": 2}), replace(ONE, cost=20_550_000), id="two web searches"
    ),
    pytest.param(usage(server_tool_use={"web_search_requests": -2}), ONE, id="a negative number of searches"),
    pytest.param(usage(server_tool_use=None, iterations=None, service_tier=None), ONE, id="nulls next to the counts"),
    pytest.param(
        usage(output_tokens_details={"thinking_tokens": 15}), ONE, id="thinking is inside the output tokens"
    ),
    pytest.param(usage(speed="standard"), ONE, id="standard speed"),
    pytest.param(usage(speed=None), ONE, id="null speed is standard"),
    pytest.param(usage(speed="warp"), unpriced("claude-opus-4-5"), id="an unknown speed has no price"),
    pytest.param(usage(speed="fast"), unpriced("claude-opus-4-5"), id="fast, of a model without a fast price"),
]  # fmt: skip


@pytest.mark.parametrize(("used", "expected"), COUNTS)
def test_the_counts_of_a_usage(tmp_path: Path, used: Record, expected: Figures) -> None:
    assert expected == figures_of(tmp_path, {"shop/s1": [assistant(used=used)]})


DECOYS: dict[str, Any] = {
    "usage": usage(7_000, 7_000),
    "model": "claude-sonnet-4-5",
    "requestId": "req_decoy",
    "message": {"id": "msg_decoy", "usage": usage(7_000, 7_000)},
    "speed": "warp",
    "isSidechain": True,
    "costUSD": 7,
}
LINES = [
    pytest.param(assistant(message=None), Figures(), id="a null message says nothing"),
    pytest.param(assistant(used=ABSENT), skipped(no_usage=1), id="no usage"),
    pytest.param({**assistant(), "message": {"usage": None}}, skipped(no_usage=1), id="null usage"),
    pytest.param({**assistant(), "message": {"usage": "many"}}, skipped(no_usage=1), id="usage that is a text"),
    pytest.param(assistant(model=None), unpriced("unknown"), id="null model"),
    pytest.param(assistant(model=ABSENT), unpriced("unknown"), id="no model"),
    pytest.param(assistant(model=" "), unpriced("unknown"), id="blank model"),
    pytest.param(assistant(model="gpt-9"), unpriced("gpt-9"), id="an unknown model has no price"),
    pytest.param(assistant(model="us.anthropic.claude-opus-4-5-20251101-v1:0"), ONE, id="Bedrock's name"),
    pytest.param(assistant(model="claude-opus-4-5@20251101"), ONE, id="Vertex' name"),
    pytest.param(assistant(model="claude-opus-4-5-20251101[1m]"), ONE, id="a long-context name"),
    pytest.param(assistant(model="claude-opus-4-5"), ONE, id="a name without date"),
    pytest.param(assistant(model="<synthetic>"), skipped(synthetic=1), id="the client's own text"),
    pytest.param(assistant(model="<synthetic>", used=usage(0, 0)), skipped(synthetic=1), id="of no tokens"),
    pytest.param(assistant(request=None), ONE, id="null requestId"),
    pytest.param(assistant(request=ABSENT), ONE, id="no requestId"),
    pytest.param(assistant(None), ONE, id="null message.id"),
    pytest.param(assistant(ABSENT), ONE, id="no message.id"),
    pytest.param(assistant(ABSENT, request=ABSENT), ONE, id="neither id: the uuid is enough"),
    pytest.param(assistant(ABSENT, uuid=ABSENT), skipped(no_id=1), id="no message.id and no uuid"),
    pytest.param(assistant(uuid=ABSENT), ONE, id="no uuid"),
    pytest.param(assistant(session=ABSENT), ONE, id="no session: taken from the file's name"),
    pytest.param(assistant(session=ABSENT, session_id="s9"), ONE, id="the session under its other name"),
    pytest.param(assistant(stop=None), replace(ONE, incomplete=1), id="no stop_reason: a lower bound"),
    pytest.param(assistant(costUSD=0.5), replace(ONE, cost=500_000_000), id="the client's own price"),
    pytest.param(assistant(costUSD=0), replace(ONE, cost=0), id="the client's price of nothing"),
    pytest.param(assistant(costUSD=None), ONE, id="a null price of the client's"),
    pytest.param(assistant(costUSD=-1), ONE, id="a negative price of the client's is none"),
    pytest.param(assistant(costUSD="0.5"), ONE, id="a price as text is ignored"),
    pytest.param(assistant(costUSD=float("nan")), ONE, id="a price that is not a number is none"),
    pytest.param(assistant(costUSD=10**5), replace(ONE, cost=10**14), id="the largest price of the client's"),
    pytest.param(assistant(costUSD=100_000.01), OUT, id="a price of the client's beyond belief"),
    pytest.param(assistant(costUSD=10**400), OUT, id="a price beyond any number"),
    pytest.param(assistant(costUSD=float("inf")), OUT, id="an infinite price"),
    pytest.param(
        assistant(used=usage(server_tool_use={"web_search_requests": 10**6})),
        replace(ONE, cost=550_000 + 10**13),
        id="the largest number of searches",
    ),
    pytest.param(
        assistant(used=usage(server_tool_use={"web_search_requests": 10**6 + 1})), OUT, id="searches beyond belief"
    ),
    pytest.param(
        assistant(model="claude-opus-4-8", used=usage(speed="fast")),
        Figures({"claude-opus-4-8": (10, 20)}, responses=1, cost=1_100_000),
        id="fast, of a model with a fast price",
    ),
    pytest.param(
        assistant(costUSD=0.5, model="gpt-9"),
        Figures({"gpt-9": (10, 20)}, responses=1, cost=500_000_000),
        id="the client prices what the list does not know",
    ),
    pytest.param(assistant(side=True), replace(ONE, tokens={"claude-opus-4-5/subagent": (10, 20)}), id="a subagent"),
    pytest.param(
        assistant(content=[tool_use(**DECOYS)]),
        replace(ONE, tool_calls={"Bash": 1}),
        id="keys in a tool's input are not the line's",
    ),
    pytest.param(
        assistant(request=ABSENT, used=ABSENT, content=[tool_use(**DECOYS)]),
        Figures(tool_calls={"Bash": 1}, skipped={"no_usage": 1}),
        id="nor do they stand in for missing ones",
    ),
    pytest.param(
        assistant(used=usage(12.0, 20), content=[tool_use(**DECOYS)]),
        Figures({"claude-opus-4-5": (12, 20)}, responses=1, cost=560_000, tool_calls={"Bash": 1}),
        id="nor where the line is read a second time",
    ),
    pytest.param(assistant(type="assistant2"), Figures(), id="another type is not a response"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_the_sides_of_a_line(tmp_path: Path, line: Record, expected: Figures) -> None:
    assert expected == figures_of(tmp_path, {"shop/s1": [line]})


def advisor(model: Any = "claude-sonnet-4-5", **more: Any) -> Record:
    return {"type": "advisor_message", "model": model, **usage(100, 200), **more}


ADVISORS = [
    pytest.param(
        [advisor()],
        Figures(
            {"claude-opus-4-5": (10, 20), "claude-sonnet-4-5": (100, 200)}, responses=1, cost=550_000 + 3_300_000
        ),
        id="its tokens and cost are its model's, without a response",
    ),
    pytest.param(
        [advisor("claude-opus-4-5")],
        Figures({"claude-opus-4-5": (110, 220)}, responses=1, cost=550_000 + 5_500_000),
        id="an advisor of the same model adds to it",
    ),
    pytest.param(
        [advisor(), advisor()],
        Figures(
            {"claude-opus-4-5": (10, 20), "claude-sonnet-4-5": (200, 400)}, responses=1, cost=550_000 + 6_600_000
        ),
        id="two advisors",
    ),
    pytest.param(
        [advisor(cache_creation=cache(0, 10))],
        Figures(
            {"claude-opus-4-5": (10, 20), "claude-sonnet-4-5": (100, 200, 0, 0, 10)},
            responses=1,
            cost=550_000 + 3_360_000,
        ),
        id="an advisor's cache",
    ),
    pytest.param(
        [advisor("gpt-9")],
        Figures({"claude-opus-4-5": (10, 20), "gpt-9": (100, 200)}, responses=1, cost=550_000, unpriced=300),
        id="an advisor without a price",
    ),
    pytest.param(
        [{"type": "message", "model": "claude-opus-4-5", **usage(10, 20)}], ONE, id="the message's own iteration"
    ),
    pytest.param(
        [advisor(input_tokens=-1)],
        replace(ONE, skipped={"bad_tokens": 1}),
        id="an advisor with broken counts adds nothing, and is counted",
    ),
    pytest.param([None, 7, advisor(input_tokens=0, output_tokens=0)], ONE, id="iterations that say nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("iterations", "expected"), ADVISORS)
def test_advisors_count_under_their_own_model(tmp_path: Path, iterations: list[Any], expected: Figures) -> None:
    line = assistant(used=usage(iterations=iterations))
    assert expected == figures_of(tmp_path, {"shop/s1": [line]})


def test_the_clients_price_covers_the_advisors_too(tmp_path: Path) -> None:
    line = assistant(used=usage(iterations=[advisor()]), costUSD=0.5)
    expected = Figures({"claude-opus-4-5": (10, 20), "claude-sonnet-4-5": (100, 200)}, responses=1, cost=500_000_000)
    assert expected == figures_of(tmp_path, {"shop/s1": [line]})
