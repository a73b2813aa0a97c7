"""Lockouts as they truly were, in stories: how long they are counted, and which run.

Every story starts at noon, with a limit of five hours that resets at two, unless it says something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, SECOND, to_iso
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Reading
from exporter.snapshot.take import take_current
from exporter.store.reader import Reader
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import OPUS, SONNET, Record, assistant, prompt, write

TWO = NOON + 2 * HOUR
END = NOON + 30 * DAY
"""Everything is over."""


class Story:
    """What happens, in order: times are seconds after noon."""

    def __init__(self, root: Path) -> None:
        (root / "projects").mkdir()
        self.tracker = Tracker(root / "tracker.db", root / "projects", now=NOON)
        self._lines: dict[str, list[Record]] = {}

    def go(self, seconds: float) -> int:
        self.tracker.now = NOON + round(seconds * SECOND)
        return self.tracker.now

    def hit(
        self, seconds: float = 0, window: str = "five_hour", reset: int | None = TWO, overage: bool = False
    ) -> None:
        at = self.go(seconds)
        self.tracker.store.take_hits([Hit(window, at, reset, is_overage=overage)], at)

    def said(self, seconds: float, percent: float, reset: int | None = TWO, window: str = "five_hour") -> None:
        at = self.go(seconds)
        self.tracker.store.take_readings([Reading(window, "statusline", at, percent / 100, reset)], at)

    def answer(
        self, seconds: float, model: str = OPUS, session: str = "s1", side: bool = False, scan: bool = True
    ) -> None:
        at = self.go(seconds)
        name = f"{session}{at}{side}"
        self._write(
            session,
            assistant(
                f"m{name}", request=f"r{name}", uuid=f"u{name}", session=session, at=to_iso(at), model=model, side=side
            ),
            scan=scan,
        )

    def ask(self, seconds: float, session: str = "s1", scan: bool = True) -> None:
        at = self.go(seconds)
        self._write(session, prompt("go on", uuid=f"p{session}{at}", session=session, at=to_iso(at)), scan=scan)

    def _write(self, session: str, line: Record, *, scan: bool) -> None:
        self._lines.setdefault(session, []).append(line)
        write(self.tracker.roots[0] / "p" / f"{session}.jsonl", self._lines[session])
        if scan:
            self.tracker.scan()

    def locked(self) -> dict[str, float]:
        """The seconds that are counted, by window."""
        self.tracker.store.finish_blocks(self.tracker.now)
        found = self.tracker.exact("locked_out")
        return {window: ms / 1000 for (_, (_, window)), ms in found.items()}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    found = Story(tmp_path)
    yield found
    found.tracker.close()


def _ten_late_answers(story: Story) -> bool:
    for number in range(10):
        story.answer(2 + 5 * number, side=True)
    return True


def _prompted_in_another(story: Story) -> bool:
    story.ask(20, "s2")
    story.answer(30)  # of s1: may have been under way
    story.answer(40, session="s2")
    return True


STORIES = [
    pytest.param(lambda s: s.hit(), {"five_hour": 7_200}, id="then the reset"),
    pytest.param(lambda s: (s.hit(), s.answer(600)), {"five_hour": 600}, id="then an answer"),
    pytest.param(lambda s: (s.hit(), s.answer(40)), {"five_hour": 7_200}, id="an answer that was under way"),
    pytest.param(
        lambda s: (s.hit(), s.ask(10), s.answer(40)), {"five_hour": 40}, id="an answer to a prompt after the hit"
    ),
    pytest.param(lambda s: (s.hit(), _prompted_in_another(s)), {"five_hour": 40}, id="another session's prompt"),
    pytest.param(lambda s: (s.hit(), _ten_late_answers(s)), {"five_hour": 7_200}, id="late answers of ten subagents"),
    pytest.param(
        lambda s: (s.hit(), _ten_late_answers(s), s.ask(70), s.answer(90)),
        {"five_hour": 90},
        id="late answers of ten subagents, then work goes on",
    ),
    pytest.param(
        lambda s: (s.hit(overage=True), s.answer(300), s.hit(3_600), s.answer(3_900)),
        {"five_hour": 300 + 300},
        id="credits, which run out, and are bought again",
    ),
    pytest.param(
        lambda s: (s.hit(window="seven_day_opus", reset=NOON + DAY), s.answer(600, model=SONNET)),
        {"seven_day_opus": 86_400},
        id="another model, which this week does not hold",
    ),
    pytest.param(
        lambda s: (s.hit(window="seven_day_opus", reset=NOON + DAY), s.answer(600, model=SONNET), s.answer(900)),
        {"seven_day_opus": 900},
        id="another model, then this one again",
    ),
    pytest.param(
        lambda s: (s.said(-60, 100, TWO), s.hit(), s.said(1_200, 0)), {"five_hour": 1_260}, id="then an early reset"
    ),
    pytest.param(
        lambda s: (s.hit(), s.said(900, 100, TWO + HOUR)),
        {"five_hour": 900 + 9_900},
        id="then another reset, of a window that is full",
    ),
    pytest.param(
        lambda s: (s.hit(), s.hit(60, "seven_day", NOON + 2 * DAY), s.answer(7_500)),
        {"five_hour": 7_200, "seven_day": 7_440},
        id="while another window is full",
    ),
    pytest.param(lambda s: (s.hit(), s.hit(60), s.hit(120)), {"five_hour": 7_200}, id="one hit seen three times"),
    pytest.param(
        lambda s: (s.hit(), s.hit(60), s.hit(-300)), {"five_hour": 7_500}, id="one hit, seen earlier too, found late"
    ),
    pytest.param(lambda s: (s.hit(reset=None), s.answer(1_800)), {"five_hour": 1_800}, id="no reset known, an answer"),
    pytest.param(lambda s: s.hit(reset=None), {}, id="no reset known, and no sign within an hour"),
    pytest.param(
        lambda s: (s.hit(reset=None), s.answer(3_601)), {}, id="no reset known, a sign that comes too late to be one"
    ),
    pytest.param(
        lambda s: (s.hit(window="spend", reset=None), s.answer(1_000)), {"spend": 1_000}, id="spending, raised"
    ),
]


@pytest.mark.parametrize(("happens", "seconds"), STORIES)
def test_how_long_a_lockout_was(story: Story, happens: Callable[[Story], object], seconds: dict[str, float]) -> None:
    happens(story)
    story.tracker.now = END
    assert seconds == story.locked()
    story.tracker.derive_all_again()
    assert seconds == story.locked(), "computed from everything at once"
    story.tracker.rebuild()
    assert seconds == story.locked(), "and from what is read again"


def test_the_tracker_was_away_meanwhile(story: Story) -> None:
    story.hit()
    story.ask(1_000, scan=False)
    story.answer(1_010, scan=False)
    story.go(3 * 3_600)
    story.tracker.restart()
    assert {"five_hour": 1_010} == story.locked()


def test_an_answer_found_late_corrects_the_exact_total_but_not_the_counter(story: Story) -> None:
    story.hit()
    story.go(3 * 3_600)
    assert {"five_hour": 7_200} == story.locked()
    story.answer(300)
    story.go(4 * 3_600)
    assert {"five_hour": 300} == story.locked()
    assert 7_200_000 == story.tracker.peaks()["locked_out", ("unknown", "five_hour")]


def test_a_lockout_is_counted_as_soon_as_it_is_over(story: Story) -> None:
    story.hit()
    assert {} == story.locked()
    story.answer(600)
    assert {"five_hour": 600} == story.locked(), "before the reset"


def test_work_beyond_a_limit_is_overage(story: Story) -> None:
    def shown() -> tuple[int, bool]:
        current = take_current(Reader(story.tracker.database), story.tracker.now)
        assert current is not None
        return len(current.lockouts), current.accounts[0].uses_overage

    story.hit()
    assert (1, False) == shown()
    story.answer(600)
    assert (0, True) == shown(), "work goes on before the reset"
    story.hit(700)
    assert (1, False) == shown(), "and no longer"
    story.said(900, 20)
    assert (0, False) == shown(), "the limit was raised"
    story.hit(1_000, "seven_day", NOON + DAY)
    story.answer(1_300)
    story.go(2 * 86_400)
    assert (0, False) == shown(), "all limits are reset"


def test_another_models_work_is_overage(story: Story) -> None:
    story.hit(window="seven_day_opus", reset=NOON + DAY)
    story.answer(600, model=SONNET)
    current = take_current(Reader(story.tracker.database), story.tracker.now)
    assert current is not None
    assert (1, True) == (len(current.lockouts), current.accounts[0].uses_overage)


def test_what_was_counted_too_long_does_not_hide_the_next(story: Story) -> None:
    counter = ("locked_out", ("unknown", "five_hour"))
    story.hit()
    story.go(3 * 3_600)
    story.locked()
    story.answer(300)  # read late
    story.go(4 * 3_600)
    assert ({"five_hour": 300}, 7_200_000) == (story.locked(), story.tracker.peaks()[counter])
    story.hit(4 * 3_600, reset=NOON + 5 * HOUR)
    story.go(6 * 3_600)
    assert ({"five_hour": 3_900}, 10_800_000) == (story.locked(), story.tracker.peaks()[counter])


def test_a_lockout_of_an_account_that_was_long_unused_is_shown(story: Story) -> None:
    story.answer(-20 * 86_400)
    story.tracker.store.take_hits([Hit("five_hour", NOON, TWO, account=1)], NOON)
    story.answer(0, session="s9")
    story.hit(60)
    current = take_current(Reader(story.tracker.database), story.go(61))
    assert current is not None
    assert ["five_hour"] == [part.hit.window for account in current.accounts for part in account.lockouts]
