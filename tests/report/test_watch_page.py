"""A view of `watch` that is longer than the screen says so, and can be moved."""

from __future__ import annotations

from rich.text import Text

from exporter.report.watch import first_of, page

LINES = [Text(f"line {number}") for number in range(30)]


def shown(first: int) -> list[str]:
    return [line.plain.rstrip() for line in page(LINES, 60, 8, first)][:-1]


def test_what_fits_and_what_is_more() -> None:
    assert [*(f"line {number}" for number in range(6)), "  … 24 lines more: 24 below (j, k)"] == shown(0)
    assert ["line 10", "line 15", "  … 24 lines more: 10 above, 14 below (j, k)"] == [shown(10)[at] for at in (0, 5, 6)]
    assert ["line 24", "line 29", "  … 24 lines more: 24 above (j, k)"] == [shown(99)[at] for at in (0, 5, 6)]


def test_what_fits_whole_is_not_moved() -> None:
    assert ["line 0", "line 1", "", ""] == [line.plain for line in page(LINES[:2], 60, 5, first=9)][:-1]


def test_the_first_line() -> None:
    assert [0, 3, 24, 24, 0] == [first_of(wanted, 30, 8) for wanted in (-5, 3, 24, 1_000, 0)]
    assert 0 == first_of(5, 7, 8)
