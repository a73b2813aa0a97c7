"""The status line of Claude Code's settings: ours goes in and out, what was before is passed on and comes back."""

from __future__ import annotations

import pytest

from exporter.domain.claude_settings.status_line import (
    OwnCommand,
    add_status_line,
    build_command,
    parse_own_command,
    remove_status_line,
)

PROGRAM = ["/opt/claude-tracker"]
OURS = "/opt/claude-tracker statusline"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(OURS, OwnCommand(None), id="ours"),
        pytest.param("claude-tracker statusline --previous 'a b'", OwnCommand("a b"), id="by name, with one before"),
        pytest.param("claude-tracker statusline --database=/x --previous=", OwnCommand(""), id="with an equals sign"),
        pytest.param("/usr/bin/python3 -m exporter statusline", OwnCommand(None), id="by Python"),
        pytest.param(r"'C:\Tools\claude-tracker.exe' statusline", OwnCommand(None), id="on Windows"),
        pytest.param("~/.claude/statusline.sh", None, id="another's"),
        pytest.param("ccusage statusline", None, id="another's of that name"),
        pytest.param("claude-tracker status", None, id="another command of ours"),
        pytest.param("echo 'half", None, id="no shell words"),
        pytest.param("", None, id="empty"),
    ],
)
def test_recognizes_our_own_command(command: str, expected: OwnCommand | None) -> None:
    assert expected == parse_own_command(command)


@pytest.mark.parametrize(
    "command", [f"{OURS} | head -1", f"{OURS} --previous", f"X=1 {OURS}", f"nice python -m exporter {OURS.split()[1]}"]
)
def test_a_customized_command_of_ours_is_not_edited(command: str) -> None:
    with pytest.raises(ValueError, match="in a form that setup does not write"):
        parse_own_command(command)
    with pytest.raises(ValueError, match="in a form that setup does not write"):
        add_status_line(f'{{"statusLine": {{"type": "command", "command": "{command}"}}}}', PROGRAM, None)


@pytest.mark.parametrize("previous", [None, "", "a", 'it\'s "so" $HOME `x` \\ \n é', "--database", OURS])
def test_the_previous_command_is_read_back(previous: str | None) -> None:
    assert OwnCommand(previous) == parse_own_command(
        build_command(["/my tools/claude-tracker"], "/my data/t.db", previous)
    )


@pytest.mark.parametrize(
    ("before", "after", "undone"),
    [
        pytest.param(
            "",
            f'{{\n  "statusLine": {{\n    "type": "command",\n    "command": "{OURS}",\n    "padding": 0\n  }}\n}}\n',
            "{}\n",
            id="absent or empty",
        ),
        pytest.param(
            '{"model": "opus"}',
            f'{{"model": "opus", "statusLine": {{"type": "command", "command": "{OURS}", "padding": 0}}}}',
            '{"model": "opus"}',
            id="without a status line",
        ),
        pytest.param(
            '{"statusLine":{"type":"command","command":"a \\"b\\"","padding":2,"refreshInterval":5},"z":[ 1 ]}',
            '{"statusLine":{"type":"command","command":"' + OURS + " --previous 'a \\\"b\\\"'"
            '","padding":2,"refreshInterval":5},"z":[ 1 ]}',
            '{"statusLine":{"type":"command","command":"a \\"b\\"","padding":2,"refreshInterval":5},"z":[ 1 ]}',
            id="with a command and other keys",
        ),
        pytest.param(
            '{"statusLine": null, "z": 1}',
            f'{{"statusLine": {{"type": "command", "command": "{OURS}", "padding": 0}}, "z": 1}}',
            '{"z": 1}',
            id="null",
        ),
        pytest.param(
            '{"statusLine": {"padding": 3}}',
            f'{{"statusLine": {{"padding": 3, "type": "command", "command": "{OURS}"}}}}',
            "{}",
            id="without a command",
        ),
        pytest.param(
            '{"statusLine": {"command": "claude-tracker statusline --previous x"}}',
            f'{{"statusLine": {{"command": "{OURS} --previous x"}}}}',
            '{"statusLine": {"command": "x"}}',
            id="ours from another place keeps what it passes on",
        ),
    ],
)
def test_it_is_added_updated_and_removed(before: str, after: str, undone: str) -> None:
    assert after == add_status_line(before, PROGRAM, None)
    assert after == add_status_line(after, PROGRAM, None)
    assert undone == remove_status_line(after)
    assert undone == remove_status_line(undone)


def test_a_database_other_than_the_default_is_named() -> None:
    assert '"command": "/opt/claude-tracker statusline --database \'/my data/t.db\'"' in add_status_line(
        "", PROGRAM, "/my data/t.db"
    )


def test_a_status_line_that_is_not_an_object_is_refused() -> None:
    with pytest.raises(ValueError, match="statusLine is not an object"):
        add_status_line('{"statusLine": "x"}', PROGRAM, None)
