"""Who the made-up user is: accounts, projects, models and words. Nothing here is anybody's."""

from __future__ import annotations

from typing import NamedTuple

from exporter.domain.calendar.timestamp import HOUR

FIVE_HOURS, WEEK = 5 * HOUR, 7 * 24 * HOUR
CLIENT_VERSION = "2.1.332"


class Account(NamedTuple):
    """A plan, and the folder in the home folder where Claude keeps its files.

    `five_hour`, `week`: what a whole window holds, in dollars as this service counts them.
    """

    name: str
    folder: str
    organization: str
    uuid: str
    tier: str
    kind: str
    five_hour: float
    week: float
    has_status_line: bool


class Project(NamedTuple):
    """A folder that is worked in; `weight`: how often, compared with the others."""

    path: str
    weight: int
    branches: tuple[str, ...]


class Model(NamedTuple):
    """A model, and dollars per million tokens of input and output, as this service counts them."""

    name: str
    input: float
    output: float


class Job(NamedTuple):
    """A kind of session. `turns`, `steps`: typical prompts of a session and responses to a prompt."""

    name: str
    weight: int
    turns: int
    steps: int
    model: Model
    is_relay: bool = False
    """Through a gateway to another provider: no account, no request ids."""


OPUS = Model("claude-opus-5-5", 4, 20)
SONNET = Model("claude-sonnet-5-5", 2, 10)
HAIKU = Model("claude-haiku-5-5", 0.1, 0.5)
KIMI = Model("kimi-k3", 0.6, 2.5)
GLM = Model("glm-5.2", 0.6, 2.2)

WORK = Account(
    "work", ".claude", "7f3c1f0e-6a52-4d6e-9a6e-0f1b6c6a1001", "5a0d6c1e-21b4-4b1e-8f55-6d2a3c441001",
    "default_claude_max_20x", "claude_max", 25.0, 140.0, has_status_line=True,
)  # fmt: skip
SIDE = Account(
    "side", ".claude-side", "7f3c1f0e-6a52-4d6e-9a6e-0f1b6c6a1002", "5a0d6c1e-21b4-4b1e-8f55-6d2a3c441002",
    "default_claude_pro", "claude_pro", 6.0, 40.0, has_status_line=False,
)  # fmt: skip
ACCOUNTS = (WORK, SIDE)

PROJECTS = {
    WORK.name: (
        Project("/home/dev/shop", 5, ("main", "fix/refund", "feat/wallet")),
        Project("/home/dev/payments", 4, ("main", "feat/retries")),
        Project("/home/dev/infra", 2, ("main", "chore/upgrade")),
        Project("/home/dev/docs", 1, ("main",)),
    ),
    SIDE.name: (Project("/home/dev/garden", 3, ("main", "feat/sensors")), Project("/home/dev/novel", 1, ("main",))),
}
JOBS = {
    WORK.name: (
        Job("build", 6, 9, 6, OPUS),
        Job("fix", 4, 6, 5, SONNET),
        Job("ask", 2, 2, 2, HAIKU),
        Job("gateway", 1, 4, 4, GLM, is_relay=True),
    ),
    SIDE.name: (Job("build", 4, 5, 4, SONNET), Job("gateway", 1, 3, 3, KIMI, is_relay=True)),
}
TOOLS = ("Read", "Edit", "Bash", "Grep", "Write", "mcp__github__get_issue", "TodoWrite", "WebFetch")
TOOL_WEIGHTS = (30, 26, 22, 12, 6, 2, 3, 1)
NEEDS_PERMISSION = frozenset(("Bash", "Edit", "Write", "WebFetch"))
"""Tools that may wait for permission."""
AGENTS = (("Explore", "look at how it is used"), ("general-purpose", "check the edge cases"))
SKILLS = ("review", "release-notes", None, None, None, None, None)
EFFORTS = ("medium", "high", "high", None)
PROMPTS = (
    "Add a retry with back-off to the payment client",
    "The refund of a split order is wrong by a cent. Find out why",
    "Write tests for the cart's discounts",
    "Rename Basket to Cart everywhere",
    "Why is the nightly job slower since Monday?",
    "Make the form usable with the keyboard alone",
    "Update the libraries and mend what breaks",
    "Explain how a webhook is verified",
    "Split this module: it has grown too long",
    "Review my last commit",
    "Move the settings into one file",
    "The chart jumps when the window is resized",
)
ANSWERS = (
    "Done. The tests pass.",
    "I found the cause: the rounding happens twice.",
    "Let me look at the code first.",
    "This needs a decision: shall the old name stay for a while?",
    "All callers are changed. One test needed a new figure.",
)
