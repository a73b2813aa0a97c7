from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.usage.recent import SECOND, Piece, pieces


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(5, 5, [], id="nothing"),
        pytest.param(HOUR, 3 * HOUR, [Piece(HOUR, HOUR, 3 * HOUR)], id="full hours"),
        pytest.param(7, 9, [Piece(0, 7, 9)], id="within a second"),
        pytest.param(
            HOUR - MINUTE - 1,
            HOUR + 2 * SECOND + 3,
            [
                Piece(0, HOUR - MINUTE - 1, HOUR - MINUTE),
                Piece(MINUTE, HOUR - MINUTE, HOUR),
                Piece(SECOND, HOUR, HOUR + 2 * SECOND),
                Piece(0, HOUR + 2 * SECOND, HOUR + 2 * SECOND + 3),
            ],
            id="as long as possible on both sides",
        ),
    ],
)
def test_pieces(start: int, end: int, expected: list[Piece]) -> None:
    assert expected == list(pieces(start, end))


@given(st.integers(-2 * HOUR, 9 * HOUR), st.integers(0, 12 * HOUR))
def test_the_pieces_are_the_span_in_order(start: int, length: int) -> None:
    found = list(pieces(start, start + length))
    at = start
    for piece in found:
        assert at == piece.start < piece.end
        assert not piece.unit or piece.start % piece.unit == piece.end % piece.unit == 0
        at = piece.end
    assert start + length == at
    assert len(found) <= 7
