"""Whose the folders of sessions are."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.cli.wiring.folders import account_files


@pytest.mark.parametrize("named", [False, True], ids=["default folders", "CLAUDE_CONFIG_DIR"])
def test_sessions_of_desktop_with_another_provider_belong_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / ".claude") if named else "")
    session = Path("local-agent-mode-sessions", "o", "a", "local_1", ".claude")
    for desktop in ("Claude", "Claude-3p"):
        (tmp_path / ".config" / desktop / session).mkdir(parents=True)
    folders = [folder for file in account_files(()) for folder in file.folders]
    assert tmp_path / ".config" / "Claude" / session in folders
    assert tmp_path / ".claude" in folders
    assert tmp_path / ".config" / "Claude-3p" / session not in folders
