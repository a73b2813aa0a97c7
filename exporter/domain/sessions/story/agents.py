"""The subagents of a session as a tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from exporter.domain.sessions.story.parts import Found, FoundAgent, ResponseKey, StoredResponse, StoredSession
from exporter.domain.sessions.story.story import Agent
from exporter.domain.usage.amount import Amount, add_up, by_model


def agents_of(stored: StoredSession, found: Found) -> tuple[Agent, ...]:
    """The tree: each one followed by those that it started, the earliest first. Those without a file come last."""
    if stored.is_forgotten:
        return ()
    files = sorted(found.agents, key=lambda agent: (agent.started_at or 0, agent.id))
    used = _own_responses(stored.responses, files)
    agents = [
        Agent(one.id, one.parent, 0, one.kind, one.description, _amount(used[one.id]), one.started_at, one.ended_at)
        for one in files
    ]
    known = {one.id for one in files}
    return (*_ordered(agents), *(Agent(agent) for agent in stored.agents if agent not in known))


def _own_responses(responses: Sequence[StoredResponse], files: Iterable[FoundAgent]) -> dict[str, list[StoredResponse]]:
    """The responses of each agent. One that is in several files, as a fork's copies are, is the first one's."""
    left: dict[ResponseKey, StoredResponse] = {one.key: one for one in responses if one.is_subagent}
    found: dict[str, list[StoredResponse]] = {}
    for agent in files:
        found.setdefault(agent.id, []).extend(left.pop(key) for key in agent.responses if key in left)
    return found


def _amount(responses: Iterable[StoredResponse]) -> Amount:
    return add_up(amount for _, amount in by_model(use for response in responses for use in response.uses))


def _ordered(agents: Sequence[Agent]) -> Iterator[Agent]:
    """Depth first. Agents whose parent is unknown are at the top, and so is one of each circle."""
    children: dict[str | None, list[Agent]] = {}
    ids = {agent.id for agent in agents}
    for agent in agents:
        children.setdefault(agent.parent if agent.parent in ids else None, []).append(agent)
    shown: set[str] = set()
    for top in (*children.get(None, ()), *agents):
        pending = [(top, 0)]
        while pending:
            agent, depth = pending.pop()
            if agent.id not in shown:
                shown.add(agent.id)
                yield msgspec.structs.replace(agent, depth=depth)
                pending += [(child, depth + 1) for child in reversed(children.get(agent.id, ()))]
