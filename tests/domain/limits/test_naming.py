"""Names of windows, families and surfaces: few, short, always the same."""

from __future__ import annotations

import pytest

from exporter.domain.limits.naming import SURFACES, family_of, surface_of, surface_window, window_of


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("session", "five_hour"),
        ("weekly_all", "seven_day"),
        ("spend_limit", "spend"),
        ("overage", "spend"),
        ("seven_day_oauth_apps", "seven_day_oauth_apps"),
        ("nimbus_quill", "nimbus_quill"),
        ("x" * 40, "x" * 40),
        ("x" * 41, None),
        ("", None),
        ("Five Hour", None),
        ("me@example.org", None),
        ("aa11bb22_2222_4ccc_8ddd_ba9876543210", None),
        ("week_5eed5eed55554000800000deadbeef", None),
        ("abc_def_012_345_678_9ab_cde_f01", None),
        ("abc_def_012_345_678_9ab_cde_f0", "abc_def_012_345_678_9ab_cde_f0"),
        (7, None),
        (None, None),
    ],
)
def test_a_window(name: object, window: str | None) -> None:
    assert window == window_of(name)


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("Fable", "fable"),
        ("Fable 5", "fable"),
        ("Claude Opus 4.8", "opus"),
        ("claude-sonnet-5-5", "sonnet"),
        ("5 Saga", "saga"),
        ("Claude", None),
        ("5.5", None),
        ("x" * 31, None),
        ("model@navy.example", None),
        ("claude aa11bb22-2222-4ccc-8ddd-ba9876543210", None),
        (None, None),
        ({}, None),
    ],
)
def test_a_family(model: object, family: str | None) -> None:
    assert family == family_of(model)


def test_a_surface() -> None:
    assert "claude_code" == surface_of("claude_code") == surface_of("Claude Code") == surface_of("claude-code")
    assert "chat" == surface_of("chat") == surface_of("Chats")
    assert "other" == surface_of("someone@example.org") == surface_of(None) == surface_of("")
    assert "seven_day_cowork" == surface_window("Cowork")
    assert None is surface_window("x" * 60)
    assert None is surface_window("model@navy.example")
    assert None is surface_window("aa11bb22-2222-4ccc-8ddd-ba9876543210")
    assert None is surface_window("·")
    assert "other" not in SURFACES
