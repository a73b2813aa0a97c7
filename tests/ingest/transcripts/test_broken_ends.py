"""Answers whose stream broke: their end is made up, so their output is a lower bound."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from support.pool import at
from support.tracker import Tracker
from support.transcripts import ABSENT, Record, append, assistant


def answer(number: int, **sides: object) -> Record:
    return assistant(f"m{number}", request=f"r{number}", uuid=f"u{number}", at=at(10 + number / 10), **sides)  # type: ignore[arg-type]


WHOLE = answer(1, details=None)
SAME_KIND = answer(2, details={"type": "x"})
BROKEN = answer(3)
OF_ANOTHER_VERSION = answer(4, version="2.1.39")
OF_ANOTHER_SESSION = answer(5, session="s2")
OF_A_SUBAGENT = answer(6, side=True)
ABORTED = answer(7, isAbortedMidStream=True)
UNENDED = answer(8, stop=None)

ENDS = [
    pytest.param([WHOLE, SAME_KIND], [], id="ends with details"),
    pytest.param([WHOLE, BROKEN], ["m3"], id="one without, where another has them"),
    pytest.param([BROKEN, answer(9)], [], id="none has them: an older client, or another provider"),
    pytest.param([WHOLE, OF_ANOTHER_VERSION], [], id="another version of the client"),
    pytest.param([WHOLE, OF_ANOTHER_SESSION], [], id="another session"),
    pytest.param([WHOLE, OF_A_SUBAGENT], ["m6"], id="a subagent of the session"),
    pytest.param([ABORTED], ["m7"], id="broken off in mid-stream, says the client"),
    pytest.param([WHOLE, UNENDED, BROKEN, ABORTED], ["m3", "m7", "m8"], id="all kinds"),
    pytest.param([WHOLE, BROKEN, answer(3, details=None) | {"uuid": "v3"}], [], id="a later line has the true end"),
    pytest.param([WHOLE, answer(3, model="glm-5.2")], [], id="another provider's model behind the same gateway"),
    pytest.param(
        [answer(2, model="glm-5.2", details=None), answer(3, model="glm-5.2")], ["m3"], id="one that has details, too"
    ),
    pytest.param([answer(1, details=None, version=ABSENT), answer(3, version=ABSENT)], ["m3"], id="no version"),
]


@pytest.mark.parametrize(("lines", "expected"), ENDS)
def test_what_is_a_lower_bound(tmp_path: Path, lines: list[Record], expected: list[str]) -> None:
    """Whichever line is read first, also in a scan of its own."""
    for number, order in enumerate(list(permutations(lines))[:6]):
        root = tmp_path / str(number)
        with Tracker(root / "tracker.db", root / "projects") as tracker:
            for line in order:
                append(root / "projects" / "shop" / "s1.jsonl", [line])
                tracker.scan()
            assert expected == incomplete(tracker)
            tracker.derive_all_again()
            assert expected == incomplete(tracker)
        with Tracker(root / "at-once.db", root / "projects") as tracker:
            assert expected == incomplete(tracker)


def incomplete(tracker: Tracker) -> list[str]:
    """The responses that are lower bounds, as many as the totals and the sessions say."""
    rows = tracker.connection.execute(
        "SELECT message_id, owner FROM tracker_responses WHERE counted AND incomplete ORDER BY 1"
    ).fetchall()
    assert len(rows) == tracker.figures().incomplete
    bounds = [row.metadata["tokens"] == "lower_bound" for row in tracker.sessions().values()]
    assert len({owner for _, owner in rows}) == sum(bounds)
    return [message_id for message_id, _ in rows]
