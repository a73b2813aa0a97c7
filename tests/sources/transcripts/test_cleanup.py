"""How long Claude Code keeps transcripts, and which are deleted before they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.domain.retention import Retention, retention
from exporter.sources.transcripts.cleanup import cleanup_days

DAY = 86_400_000


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param('{"cleanupPeriodDays": 7}', 7, id="as set"),
        pytest.param('{"cleanupPeriodDays": 0}', 1, id="at least a day"),
        pytest.param('{"cleanupPeriodDays": 99999999}', 36_500, id="a hundred years"),
        pytest.param('{"cleanupPeriodDays": 2.5}', 2, id="a fraction"),
        pytest.param('{"cleanupPeriodDays": "7"}', 30, id="a text is none"),
        pytest.param('{"cleanupPeriodDays": true}', 30, id="nor is a truth value"),
        pytest.param('{"env": {"KEY": "secret"}}', 30, id="not set"),
        pytest.param("{", 30, id="no JSON"),
        pytest.param(None, 30, id="no file"),
    ],
)
def test_the_setting(tmp_path: Path, content: str | None, expected: int) -> None:
    if content is not None:
        (tmp_path / "settings.json").write_text(content)
    assert expected == cleanup_days(tmp_path)


def test_coworks_are_kept(tmp_path: Path) -> None:
    assert cleanup_days(tmp_path / "local-agent-mode-sessions" / "o" / "a" / "local_1" / ".claude") is None


@pytest.mark.parametrize(
    ("days", "unread", "expected"),
    [
        pytest.param([], [], Retention(), id="no folder"),
        pytest.param([30, 7, None], [], Retention(7), id="the shortest time, nothing unread"),
        pytest.param([30], [(5 * DAY, 30), (2 * DAY, 30)], Retention(30, 2, 32 * DAY), id="the first that is deleted"),
        pytest.param([30, None], [(DAY, None)], Retention(30, 1), id="kept for ever"),
    ],
)
def test_what_is_deleted_unread(
    days: list[int | None], unread: list[tuple[int, int | None]], expected: Retention
) -> None:
    assert expected == retention(days, unread)
