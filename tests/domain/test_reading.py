"""How far the first read is."""

from __future__ import annotations

import pytest

from exporter.domain.reading import FirstRead


@pytest.mark.parametrize(
    ("done", "total", "seconds", "ratio", "left"),
    [
        pytest.param(0, 1_000, 1, 0.0, None, id="nothing yet"),
        pytest.param(500, 1_000, 1, 0.5, 1.8, id="half of it: as long again, and what follows"),
        pytest.param(1_000, 1_000, 2, 1.0, 0.8, id="all of it: what follows"),
        pytest.param(1_200, 1_000, 2, 1.0, pytest.approx(2 / 1.2 * 0.4), id="a file grew meanwhile"),
        pytest.param(0, 0, 1, 1.0, None, id="there is nothing"),
    ],
)
def test_progress(done: int, total: int, seconds: int, ratio: float, left: float | None) -> None:
    found = FirstRead(0, done, total, 5_000, 5_000 + seconds * 1_000)
    assert (ratio, left) == (found.ratio, found.seconds_left)
