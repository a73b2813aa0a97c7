from __future__ import annotations

import pytest

from exporter.domain.text import printable
from exporter.domain.usage.labels import project_label
from exporter.domain.usage.pricing import normalize_model


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("claude-opus-4-5", "claude-opus-4-5", id="an ordinary name"),
        pytest.param("a\nb\x1b[31mc\0", "ab[31mc", id="nothing moves the cursor"),
        pytest.param("é→✓ x", "é→✓ x", id="other scripts and spaces"),
        pytest.param("x" * 1_000_000, "x" * 100, id="a hundred characters"),
    ],
)
def test_printable(text: str, expected: str) -> None:
    assert expected == printable(text)


def test_labels_are_printable() -> None:
    assert "claude-x" == normalize_model("claude-\nx")
    assert "shop" == project_label("/home/dev/sh\nop", set())
    assert "/" == project_label("/\x01", set())
