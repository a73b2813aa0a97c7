"""Activity other than responses: labels of tool calls and API errors, and the metadata of a conversation."""

from __future__ import annotations

import msgspec

from exporter.domain.usage.projects import Worktree

BUILT_IN_TOOLS = frozenset(
    [
        "Agent",
        "AgentOutputTool",
        "AskUserQuestion",
        "Bash",
        "BashOutput",
        "Edit",
        "EnterPlanMode",
        "EnterWorktree",
        "ExitPlanMode",
        "ExitWorktree",
        "Glob",
        "Grep",
        "KillBash",
        "KillShell",
        "LS",
        "ListMcpResourcesTool",
        "LSP",
        "MultiEdit",
        "NotebookEdit",
        "NotebookRead",
        "Read",
        "ReadMcpResourceTool",
        "SendMessage",
        "Skill",
        "SlashCommand",
        "StructuredOutput",
        "Task",
        "TaskCreate",
        "TaskGet",
        "TaskList",
        "TaskOutput",
        "TaskStop",
        "TaskUpdate",
        "TodoRead",
        "TodoWrite",
        "ToolSearch",
        "WebFetch",
        "WebSearch",
        "Write",
    ]
)
"""The client's built-in tools. Only they get their own label, so the number of labels stays bounded."""

API_ERROR_KINDS = ("rate_limit", "server_error", "invalid_request", "authentication", "other")


class Conversation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The metadata of one session id, from its lines so far. Times in ms."""

    session_id: str
    first_at: int
    last_at: int
    cwd: str | None = None
    """The cwd of the earliest line that has one; it determines the project."""
    cwd_at: int = 0
    entrypoint: str | None = None
    client_version: str | None = None
    git_branch: str | None = None

    def merge(self, other: Conversation) -> Conversation:
        """Merge both: the widest span, the earliest cwd, and everything else from the later one."""
        # with equal times, any choice that does not depend on the order
        early, late = sorted(
            (self, other),
            key=lambda c: (c.last_at, c.first_at, c.client_version or "", c.git_branch or "", c.entrypoint or ""),
        )
        with_cwd = sorted((c for c in (self, other) if c.cwd is not None), key=lambda c: (c.cwd_at, c.cwd))
        return Conversation(
            session_id=self.session_id,
            first_at=min(self.first_at, other.first_at),
            last_at=late.last_at,
            cwd=with_cwd[0].cwd if with_cwd else None,
            cwd_at=with_cwd[0].cwd_at if with_cwd else 0,
            entrypoint=late.entrypoint or early.entrypoint,
            client_version=late.client_version or early.client_version,
            git_branch=late.git_branch or early.git_branch,
        )


class SessionFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a session's lines say once and again. `repository`: host/owner/name; `pull_request`: its URL.

    `worktrees`: those that the client made in it.
    """

    worktrees: tuple[Worktree, ...] = ()
    repository: str | None = None
    pull_request: str | None = None

    def updated(self, later: SessionFacts) -> SessionFacts:
        """The later ones hold, where they say anything."""
        return SessionFacts(
            tuple(dict.fromkeys((*self.worktrees, *later.worktrees))),
            later.repository or self.repository,
            later.pull_request or self.pull_request,
        )


NO_FACTS = SessionFacts()


def tool_label(name: str) -> str:
    """The `tool` label: a built-in's own name, `mcp` for a server's tool, else `other`."""
    if name in BUILT_IN_TOOLS:
        return name
    return "mcp" if name.startswith("mcp__") else "other"


def api_error_kind(error: str | None, status: int | None) -> str:
    """The `kind` label of an API error, from the client's own error type, else from the HTTP status."""
    word = (error or "").removesuffix("_error").removesuffix("_failed")
    by_word = {
        "rate_limit": "rate_limit",
        "server": "server_error",
        "api": "server_error",
        "overloaded": "server_error",
        "invalid_request": "invalid_request",
        "authentication": "authentication",
        "permission": "authentication",
    }
    return by_word.get(word) or _kind_of_status(status)


def _kind_of_status(status: int | None) -> str:
    if status == 429:
        return "rate_limit"
    if status in (401, 403):
        return "authentication"
    if status is not None and status >= 500:
        return "server_error"
    return "invalid_request" if status is not None and status >= 400 else "other"
