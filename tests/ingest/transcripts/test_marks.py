"""What responses ran under: their marks are kept, counted by kind and name, and add up."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.calendar.day import Span
from exporter.domain.usage.amount import NamedUsage, add_up
from exporter.domain.usage.marks import MAX_NAMES, Marks, clean_marks, decode_marks, encode_marks
from exporter.snapshot.usage.groupings import GROUPINGS, Grouped, grouped
from exporter.store.reader import Reader
from exporter.store.usage.marks import show_custom
from support.services import shared_dir
from support.tracker import Tracker
from support.transcripts import Record, assistant, usage, write
from support.trees import made

ALWAYS = Span(0, 1 << 60)


def response(number: int, *, side: bool = False, output: int = 20, **marks: Any) -> Record:
    """10 tokens in."""
    used = usage(10, output)
    return assistant(f"m{number}", request=f"r{number}", uuid=f"u{number}", side=side, used=used, **marks)


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        yield tracker


def read(tracker: Tracker, *records: Record, name: str = "-shop/s1.jsonl") -> None:
    write(tracker.roots[0] / name, records)
    tracker.scan()


def by(tracker: Tracker, what: str, breakdown: str | None = None) -> Grouped:
    return grouped(Reader(tracker.database), ALWAYS, what, breakdown)


def tokens(items: Sequence[NamedUsage]) -> dict[str, int]:
    return {item.name: item.amount.tokens.total for item in items}


MARKED = [
    response(1),
    response(2, attributionSkill="review", effort="high"),
    response(3, attributionSkill="deploy", attributionPlugin="ops", effort="high"),
    response(4, attributionMcpServer="github", attributionMcpTool="create_issue", effort="low"),
    response(5, side=True, output=90, attributionAgent="Explore", attributionSkill="deploy"),
]


def test_every_kind_is_counted_by_its_names(tracker: Tracker) -> None:
    read(tracker, *MARKED)
    assert {
        ("attributed_tokens", ("skill", "review")): 30,
        ("attributed_tokens", ("skill", "custom")): 130,
        ("attributed_tokens", ("agent", "Explore")): 100,
        ("attributed_tokens", ("plugin", "custom")): 30,
        ("attributed_tokens", ("mcp", "custom")): 30,
        ("attributed_tokens", ("effort", "high")): 60,
        ("attributed_tokens", ("effort", "low")): 30,
    } == tracker.exact("attributed_tokens")
    assert 550_000 == tracker.exact("attributed_cost")["attributed_cost", ("skill", "review")], "10 in, 20 out of opus"
    before = tracker.counted()
    tracker.rebuild()
    assert before == tracker.counted()
    tracker.derive_all_again()
    assert before == tracker.counted()


def test_reports_show_the_names_themselves_and_what_has_none(tracker: Tracker) -> None:
    read(tracker, *MARKED)
    assert {"deploy": 130, "": 60, "review": 30} == tokens(by(tracker, "skill").items)
    assert {"": 120, "Explore": 100} == tokens(by(tracker, "agent").items)
    assert {"": 190, "ops": 30} == tokens(by(tracker, "plugin").items)
    assert {"": 190, "github": 30} == tokens(by(tracker, "mcp").items)
    assert {"": 130, "high": 60, "low": 30} == tokens(by(tracker, "effort").items)
    assert {"main": 120, "subagent": 100} == tokens(by(tracker, "chain").items)
    assert {"s1": 220} == tokens(by(tracker, "session").items)
    skills = by(tracker, "skill", "chain").items
    assert {"deploy": {"subagent": 100, "main": 30}, "": {"main": 60}, "review": {"main": 30}} == {
        item.name: tokens(item.parts) for item in skills
    }
    assert by(tracker, "skill").unknown_until is None


def test_the_marks_are_those_of_the_line_that_wins(tracker: Tracker) -> None:
    read(tracker, response(1, output=1, attributionSkill="review"), response(1, output=50, attributionSkill="simplify"))
    assert {("attributed_tokens", ("skill", "simplify")): 60} == tracker.exact("attributed_tokens")


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_a_copy_without_marks_takes_none_away(tracker: Tracker, order: tuple[int, ...]) -> None:
    """A progress record nests the same line without its marks."""
    marked = response(1, side=True, attributionAgent="Plan")
    bare = {key: value for key, value in marked.items() if key != "attributionAgent"}
    files = [("-shop/s1/subagents/agent-a.jsonl", marked), ("-shop/s1.jsonl", bare)]
    for place in order:
        name, record = files[place]
        read(tracker, record, name=name)
    assert {("attributed_tokens", ("agent", "Plan")): 30} == tracker.exact("attributed_tokens")
    tracker.rebuild()
    assert {("attributed_tokens", ("agent", "Plan")): 30} == tracker.exact("attributed_tokens")


def meta(tracker: Tracker, text: str) -> None:
    folder = tracker.roots[0] / "-shop" / "s1" / "subagents"
    folder.mkdir(parents=True)
    (folder / "agent-a.meta.json").write_text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"agentType": "Explore", "description": "look"}', {("attributed_tokens", ("agent", "Explore")): 30}),
        ('{"agentType": 7}', {}),
        ("{", {}),
        ('["a"]', {}),
        ('{"agentType": "' + "x" * 70_000 + '"}', {}),
    ],
)
def test_the_type_of_an_older_clients_subagent_is_in_its_meta_file(
    tracker: Tracker, text: str, expected: dict[Any, int]
) -> None:
    meta(tracker, text)
    read(tracker, response(1, side=True), name="-shop/s1/subagents/agent-a.jsonl")
    assert expected == tracker.exact("attributed_tokens")


def test_the_line_itself_is_believed_before_the_meta_file(tracker: Tracker) -> None:
    meta(tracker, '{"agentType": "Explore"}')
    read(tracker, response(1, side=True, attributionAgent="Plan"), name="-shop/s1/subagents/agent-a.jsonl")
    assert {("attributed_tokens", ("agent", "Plan")): 30} == tracker.exact("attributed_tokens")


def test_an_advisor_counts_under_the_mark_of_its_response(tracker: Tracker) -> None:
    advisor = {"type": "advisor_message", "model": "claude-opus-4-6", "input_tokens": 5, "output_tokens": 5}
    used = usage(10, 20) | {"iterations": [{"type": "message", "input_tokens": 10, "output_tokens": 20}, advisor]}
    read(tracker, assistant(used=used, attributionSkill="review"))
    assert {("attributed_tokens", ("skill", "review")): 40} == tracker.exact("attributed_tokens")
    assert {"review": 40} == tokens(by(tracker, "skill").items)


def test_names_are_bounded_and_built_in_ones_are_named(tracker: Tracker) -> None:
    with tracker.store.transaction():
        show_custom(tracker.connection, shows=True)
    read(tracker, *(response(number, attributionSkill=f"skill {number:03}") for number in range(MAX_NAMES + 5)))
    found = tracker.exact("attributed_tokens")
    assert MAX_NAMES + 1 == len(found)
    assert 150 == found["attributed_tokens", ("skill", "other")]
    assert MAX_NAMES + 5 == len(by(tracker, "skill").items), "reports show all"


def test_custom_names_are_shown_where_the_user_wants_it_and_counters_do_not_bend(tracker: Tracker) -> None:
    read(tracker, *MARKED)
    shown = tracker.peaks()
    assert tracker.store.show_custom_names(tracker.now, shows=True)
    assert not tracker.store.show_custom_names(tracker.now, shows=True), "nothing new"
    found = tracker.exact("attributed_tokens")
    assert (130, 0) == (
        found["attributed_tokens", ("skill", "deploy")],
        found.get(("attributed_tokens", ("skill", "custom")), 0),
    )
    assert all(tracker.peaks()[label_set] >= value for label_set, value in shown.items())
    assert tracker.store.show_custom_names(tracker.now, shows=False)
    assert 130 == tracker.exact("attributed_tokens")["attributed_tokens", ("skill", "custom")]
    assert all(tracker.peaks()[label_set] >= value for label_set, value in shown.items())


@pytest.mark.parametrize("value", [None, 7, "", " ", ["x"], {"a": 1}, "\x00\x1b", "\ud800"])
def test_what_is_no_name_is_none(tracker: Tracker, value: Any) -> None:
    line = response(1, attributionSkill=value, effort="high")
    read(tracker, line)
    assert {"effort"} == {labels[0] for _, labels in tracker.exact("attributed_tokens")} or value == "\ud800"
    assert 1 == tracker.figures().responses


def test_marks_are_stored_as_they_are() -> None:
    marks = clean_marks("review", None, "a\x1b[31mb", "x" * 300, None, "high")
    assert Marks("review", None, "a[31mb", "x" * 100, None, "high") == marks
    encoded = encode_marks(marks)
    assert encoded is not None
    assert marks == decode_marks(encoded)
    assert encode_marks(Marks()) is None


def test_all_parts_sum_to_the_whole_on_real_transcripts(tmp_path: Path) -> None:
    root = shared_dir() / "corpus" / "own-2.1.332" / "projects"
    with Tracker(tmp_path / "tracker.db", root) as tracker:
        check_sums(tracker)
        # By the lines of each: one skill, three types of subagents.
        assert {"hello"} == {item.name for item in by(tracker, "skill").items} - {""}
        assert {"general-purpose", "fork", "workflow-subagent"} == {
            item.name for item in by(tracker, "agent").items
        } - {""}


def test_all_parts_sum_to_the_whole_on_a_generated_tree(tmp_path: Path) -> None:
    with Tracker(tmp_path / "tracker.db", made(tmp_path, 1, 5).projects) as tracker:
        check_sums(tracker)


def check_sums(tracker: Tracker) -> None:
    whole = add_up(item.amount for item in by(tracker, "model").items)
    assert whole.responses == tracker.figures().responses > 0
    for what in GROUPINGS:
        for breakdown in (None, "model", "skill"):
            found = by(tracker, what, breakdown)
            assert whole == add_up(item.amount for item in found.items)
            assert breakdown is None or all(
                item.amount == add_up(part.amount for part in item.parts) for item in found.items
            )
    for kind, total in (("agent", "attributed_tokens"), ("effort", "attributed_tokens")):
        named = sum(item.amount.tokens.total for item in by(tracker, kind).items if item.name)
        assert named == sum(value for (_, labels), value in tracker.exact(total).items() if labels[0] == kind)
