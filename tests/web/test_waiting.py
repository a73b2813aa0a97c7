"""Which connection is closed where there is no room for another."""

from __future__ import annotations

import pytest

from exporter.web.waiting import WaitingList

WAITS = {
    "one alone": ([("silent", b"", 0.0)], "silent"),
    "the oldest": ([("older", b"", 0.0), ("newer", b"", 1.0)], "older"),
    "half a request before a silent one": ([("silent", b"", 0.0), ("half", b"GET", 1.0)], "half"),
    "the oldest half": ([("silent", b"", 0.0), ("older", b"G", 1.0), ("newer", b"G", 2.0)], "older"),
    "no new half": ([("silent", b"", 0.0), ("half", b"GET", 9.96)], "silent"),
    "none that just came": ([("one", b"", 9.96), ("half", b"GET", 9.99)], None),
    "none at all": ([], None),
}


@pytest.mark.parametrize(("waiting", "closed"), WAITS.values(), ids=WAITS)
def test_which_one_is_closed(waiting: list[tuple[str, bytes, float]], closed: str | None) -> None:
    found = WaitingList()
    for name, received, since in waiting:
        found.add(name, received, since, 75.0)
    one = found.to_close(10.0)
    assert closed == (one.conn if one is not None else None)
    assert found.are_all_new(10.0) == (closed is None and bool(waiting))


def test_one_that_has_its_answer_is_closed_first() -> None:
    found = WaitingList()
    found.add("half", b"GET", 0.0, 3.0)
    found.add("answered", b"", 9.99, 2.0, is_lingering=True)
    one = found.to_close(10.0)
    assert one is not None
    assert "answered" == one.conn
    assert 11.99 == one.ends_at
