"""Answers without request ids: relays that give every answer one message id."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from support.pool import at
from support.tracker import Tracker
from support.transcripts import ABSENT, Record, append, assistant, prompt, queued, tool_result, tool_use, usage


def line(session: str, name: str, hours: float, uncached: int, output: int, *, side: bool = False) -> Record:
    used = usage(uncached, output, cache_read_input_tokens=uncached % 7)
    return assistant("relay", request=ABSENT, uuid=name, session=session, at=at(hours), used=used, side=side)


class Story:
    """Sessions of a relay, and what they hold. `responses` by chain; `tokens`: input, output, cache read."""

    def __init__(self, seed: int, sessions: int, turns: int) -> None:
        self.dice = Random(seed)
        self.files: dict[str, list[Record]] = {}
        self.responses = self.prompts = 0
        self.tokens = [0, 0, 0]
        for number in range(sessions):
            self._session(f"s{number:02d}", turns)

    def _session(self, name: str, turns: int) -> None:
        self.hours, lines, agent = self.dice.random(), [], []
        for turn in range(turns):
            if turn == 0 or self.dice.random() < 0.5:
                lines.append(self._prompt(name, turn))
                sizes = iter(self.dice.sample(range(10, 60), 50))
            size = next(sizes)
            for part in range(self.dice.randint(1, 3)):
                self.hours += 0.0004
                lines.append(line(name, f"{name}-{turn}-{part}", self.hours, size, part + 1))
                if self.dice.random() < 0.4:
                    lines.append(
                        prompt([tool_result()], uuid=f"t{name}-{turn}-{part}", session=name, at=at(self.hours))
                    )
                if self.dice.random() < 0.3:
                    self.hours += 0.0004
                    agents_size = next(sizes)
                    agent.append(line(name, f"a{name}-{turn}-{part}", self.hours, agents_size, 7, side=True))
                    self._count(agents_size, 7)
            self._count(size, part + 1)
        self.files[f"shop/{name}"], self.files[f"shop/{name}/subagents/agent-x"] = lines, agent

    def _prompt(self, session: str, turn: int) -> Record:
        self.hours += 0.01
        self.prompts += 1
        kind = prompt if self.dice.random() < 0.7 else queued
        return kind("go on", uuid=f"p{session}-{turn}", session=session, at=at(self.hours))

    def _count(self, uncached: int, output: int) -> None:
        self.responses += 1
        self.tokens = [have + new for have, new in zip(self.tokens, (uncached, output, uncached % 7), strict=True)]


def figures(tracker: Tracker) -> tuple[int, list[int], int]:
    found = tracker.figures()
    sums = [sum(values) for values in zip(*((*each, 0, 0, 0)[:3] for each in found.tokens.values()), strict=True)]
    return found.responses, sums, found.prompts


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_responses_of_one_message_id_in_twenty_sessions(tmp_path: Path, seed: int) -> None:
    """With prompts, tool results and subagents between; read at once, in pieces, computed and read again."""
    story = Story(seed, 20, 40)
    assert story.responses > 1_000
    expected = (story.responses, story.tokens, story.prompts)
    for name, lines in story.files.items():
        append(tmp_path / "whole" / f"{name}.jsonl", lines)
    with Tracker(tmp_path / "whole.db", tmp_path / "whole") as tracker:
        assert expected == figures(tracker)
        tracker.rebuild()
        assert expected == figures(tracker)
    with Tracker(tmp_path / "pieces.db", tmp_path / "pieces") as tracker:
        left = {name: list(lines) for name, lines in story.files.items()}
        while left:
            for name in list(left):
                count = story.dice.randint(1, 60)
                append(tmp_path / "pieces" / f"{name}.jsonl", left[name][:count])
                left[name] = left[name][count:]
                if not left[name]:
                    del left[name]
            tracker.scan()
        assert expected == figures(tracker)
        tracker.derive_all_again()
        assert expected == figures(tracker)


def test_a_fork_of_a_relays_session_counts_nothing_twice(tmp_path: Path) -> None:
    story = Story(4, 2, 40)
    expected = (story.responses + 1, [a + b for a, b in zip(story.tokens, (500, 5, 3), strict=True)], story.prompts + 1)
    copied = [{**record, "sessionId": "fork"} for record in story.files["shop/s00"]]
    own = [
        prompt("more", uuid="pf", session="fork", at=at(20)),
        line("fork", "f1", 20.1, 500, 5),
    ]
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        append(tmp_path / "projects" / "shop" / "fork.jsonl", copied[:50])
        tracker.scan()
        for name, lines in story.files.items():
            append(tmp_path / "projects" / f"{name}.jsonl", lines)
        tracker.scan()
        append(tmp_path / "projects" / "shop" / "fork.jsonl", [*copied[50:], *own])
        tracker.scan()
        assert expected == figures(tracker)
        tracker.derive_all_again()
        assert expected == figures(tracker)


@pytest.mark.parametrize("copied", ["p1", "stored again"])
def test_a_prompt_in_another_session_counts_nothing_twice(tmp_path: Path, copied: str) -> None:
    """The session that has it first is resolved again, also of a relay with more lines than are resolved at once."""
    projects = tmp_path / "projects" / "shop"
    for number in range(70):
        when = 1 + number / 100
        append(projects / "zz.jsonl", [prompt(uuid=f"z{number}", session="zz", at=at(when)),
                                       line("zz", f"l{number}", when + 0.001, 10, 1)])  # fmt: skip
    first = prompt(uuid="p1", session="s0", at=at(9))
    turns = [
        first,
        line("s0", "u1", 9.1, 10, 1),
        prompt(uuid="p2", session="s0", at=at(9.2)),
        line("s0", "u2", 9.3, 10, 1),
    ]
    append(projects / "s0.jsonl", turns)
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        assert (72, [720, 72, 216], 72) == figures(tracker)
        again = first if copied == "p1" else prompt(uuid="p3", sentAsUuid="p1", at=at(9))
        append(projects / "f1.jsonl", [{**again, "sessionId": "f1"}, line("f1", "x1", 9.5, 10, 1)])
        tracker.scan()
        assert (73, [730, 73, 219], 72) == figures(tracker)
        assert 73 == tracker.peaks()["responses", ("claude-opus-4-5", "main")]
        tracker.derive_all_again()
        assert (73, [730, 73, 219], 72) == figures(tracker)


def test_a_line_without_request_id_joins_its_sessions_response_with_one(tmp_path: Path) -> None:
    lines = [
        assistant("m1", request="r1", uuid="u1", used=usage(3, 1), stop=None, content=[tool_use()]),
        assistant("m1", request=ABSENT, uuid="u2", used=usage(3, 9)),
    ]
    append(tmp_path / "projects" / "shop" / "s1.jsonl", lines)
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        assert (1, [3, 9, 0], 0) == figures(tracker)
