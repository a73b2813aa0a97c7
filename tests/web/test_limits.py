"""How many connections so many descriptors are enough for."""

from __future__ import annotations

import pytest

from exporter.web.limits import connections_for


@pytest.mark.parametrize(("descriptors", "expected"), [(0, 8), (50, 18), (190, 158), (1_000, 512), (1_000_000, 512)])
def test_connections(descriptors: int, expected: int) -> None:
    assert expected == connections_for(descriptors)
