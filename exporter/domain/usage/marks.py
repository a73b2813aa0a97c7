"""What a response ran under: the skill, agent, plugin, MCP server and effort that the client writes with it.

A mark stays until the next prompt, and holds for the subagents that were started meanwhile: so it says "under", not
"by". Source: measured with the client 2.1.332.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Literal

import msgspec

from exporter.domain.text import printable
from exporter.domain.usage.labels import OTHER

Kind = Literal["skill", "agent", "plugin", "mcp", "effort"]
KINDS: tuple[Kind, ...] = ("skill", "agent", "plugin", "mcp", "effort")
MAX_NAMES = 40
"""Of a kind, as labels."""
CUSTOM = "custom"

BUILT_IN: dict[Kind, frozenset[str]] = {
    "skill": frozenset((
        "batch", "claude-api", "debug", "init", "insights", "keybindings-help", "loop", "pr-comments", "review",
        "schedule", "security-review", "simplify", "update-config",
    )),
    "agent": frozenset((
        "Explore", "Plan", "claude-code-guide", "fork", "general-purpose", "output-style-setup", "statusline-setup",
        "workflow-subagent",
    )),
    "plugin": frozenset(),
    "mcp": frozenset(("claude-in-chrome", "computer-use", "ide")),
    "effort": frozenset(("auto", "low", "medium", "high", "xhigh", "max")),
}  # fmt: skip
"""The names that come with Claude Code. Any other can be private."""


class Marks(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The marks of one response; None for what it has none of. `tool`: of the MCP server."""

    skill: str | None = None
    agent: str | None = None
    plugin: str | None = None
    server: str | None = None
    tool: str | None = None
    effort: str | None = None

    def names(self) -> Iterator[tuple[Kind, str]]:
        """The kinds that it has, with their names."""
        for kind, name in zip(KINDS, (self.skill, self.agent, self.plugin, self.server, self.effort), strict=True):
            if name is not None:
                yield kind, name


NO_MARKS = Marks()


def clean_marks(*names: str | None) -> Marks:
    """From the names as written, in the order of the fields: without control characters, and none too long."""
    return Marks(*((printable(name).strip() or None) if name else None for name in names))


def encode_marks(marks: Marks) -> str | None:
    """As stored: a JSON array; None without any."""
    return msgspec.json.encode(marks).decode() if marks != NO_MARKS else None


decode_marks = msgspec.json.Decoder(Marks).decode


def mark_label(kind: Kind, name: str, taken: Set[str], *, shows_custom: bool) -> str:
    """The `name` label: built-in names, and with `shows_custom` others, as long as `MAX_NAMES` are not `taken`."""
    if name in taken:
        return name
    if name not in BUILT_IN[kind] and not shows_custom:
        return CUSTOM
    return name if len(taken - {OTHER, CUSTOM}) < MAX_NAMES and name not in (OTHER, CUSTOM) else OTHER
