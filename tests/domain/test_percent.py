"""Whole percents of a limit."""

from __future__ import annotations

import pytest

from exporter.domain.forecast.sentence import share_text
from exporter.domain.percent import whole_percent


@pytest.mark.parametrize(
    ("percent", "whole"),
    [
        pytest.param(0, 0, id="nothing"),
        pytest.param(42.4, 42, id="down"),
        pytest.param(42.5, 43, id="half up, as in the browser"),
        pytest.param(99.7, 99, id="nothing is full before the service says so"),
        pytest.param(100, 100, id="full"),
        pytest.param(101, 101, id="more than full"),
    ],
)
def test_whole_percents(percent: float, whole: int) -> None:
    assert whole == whole_percent(percent)


def test_a_share_in_a_sentence() -> None:
    assert ("99 %", "about 99 %", "over 100 %") == (
        share_text(0.997, is_official=True),
        share_text(0.997, is_official=False),
        share_text(1.0, is_official=False),
    )
