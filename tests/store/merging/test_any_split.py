"""However the files are spread over two machines, merging gives what one tracker counts that has read both."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.domain.usage.totals import LabelSet
from exporter.ingest.merging import merge
from support.pool import FILES
from support.sampling import sample_or_all
from support.tracker import LATER, Tracker

pytestmark = pytest.mark.long

NAMES = list(FILES)
OF_READING = ("ingest_lines", "ingest_bytes", "ingest_skipped_lines", "ingest_file_changes")
DERIVED = ("tracker_blocks", "tracker_block_usage", "five_hour_blocks", "tracker_effectiveness")
SHARED_OUT = st.lists(st.integers(0, 3), min_size=40, max_size=40)
"""Of each line: 0 nowhere, 1 on the first machine, 2 on the other, 3 on both."""


def place(root: Path, name: str, lines: Sequence[bytes]) -> None:
    """A file of these lines. All of one name were created in the same ms, long ago."""
    if lines:
        path = root / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        moment = (1_000_000_000_000 + NAMES.index(name)) * 1_000_000
        os.utime(path, ns=(moment, moment))


def spread(root: Path, places: dict[str, list[int]]) -> None:
    """The folders of the two machines, and those of one that has both."""
    for name, lines in FILES.items():
        for bit, machine in ((1, "one"), (2, "other")):
            own = [line for line, where in zip(lines, places[name], strict=False) if where & bit]
            place(root / machine, name, own)
            place(root / "both" / machine, name, own)


def counted(tracker: Tracker) -> dict[LabelSet, int]:
    return {key: value for key, value in tracker.lasting().items() if key[0] not in OF_READING}


def settled(exact: dict[LabelSet, int]) -> dict[LabelSet, int]:
    """Without the responses that were cut off: of equal lines a rebuild takes the doubt of the last one."""
    return {key: value for key, value in exact.items() if key[0] != "incomplete_responses"}


def sessions(tracker: Tracker) -> list[tuple[object, ...]]:
    return sorted(
        (one.id, one.project_path, one.total_messages, tuple(one.models_used), one.estimated_tokens)
        for one in tracker.sessions().values()
    )


def check(root: Path) -> None:
    with Tracker(root / "other.db", root / "other") as other:
        other.see()
    with Tracker(root / "both.db", root / "both") as both:
        both.see()
    with Tracker(root / "one.db", root / "one") as one:
        one.see()
        shown = one.peaks()
        merge(one.store, root / "other.db", root / "one.db", LATER)
        merged, rows = one.peaks(), [one.rows(table) for table in DERIVED]
        both.start()
        assert counted(both) == counted(one)
        assert [both.rows(table) for table in DERIVED] == rows
        assert sessions(both) == sessions(one)
        assert shown == {key: value for key, value in merged.items() if value or key in shown}
        after = one.exact()
        merge(one.store, root / "other.db", root / "one.db", LATER)
        assert (after, merged) == (one.exact(), one.peaks()), "merged again"
        one.rebuild()
        assert (settled(after), merged) == (settled(one.exact()), one.peaks()), "rebuilt"
    both.close()


@settings(deadline=None, max_examples=sample_or_all(25, 400))
@given(st.fixed_dictionaries(dict.fromkeys(NAMES, SHARED_OUT)))
def test_merging_doubles_nothing_and_moves_no_counter(places: dict[str, list[int]]) -> None:
    with TemporaryDirectory() as folder:
        spread(Path(folder), places)
        check(Path(folder))
