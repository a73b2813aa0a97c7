"""A subagent's run: a transcript of its own next to the session's."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from exporter.demo.context import Context
from exporter.demo.events import Event, Kind
from exporter.demo.lines import Author, Record, Response, encode, line_of, token_id
from exporter.demo.service import Service
from exporter.demo.world import AGENTS, HAIKU, SONNET
from exporter.domain.calendar.timestamp import SECOND


def run_agent(
    dice: Random, at: int, service: Service, folder: str, session: str, call: str, envelope: Record
) -> Iterator[Event]:
    """From `at` (ms) until the agent is done. `call`: the tool call that started it. `envelope`: the session's."""
    kind, description = dice.choice(AGENTS)
    model = HAIKU if kind == "Explore" else SONNET
    name = f"a{dice.getrandbits(28):07x}"
    author = Author(dice, {**envelope, "isSidechain": True, "agentId": name})
    context = Context(dice)
    base = f"{folder}/{session}/subagents/agent-{name}"
    about = {"agentType": kind, "description": description, "toolUseId": call, "spawnDepth": 1}
    yield Event(at, Kind.REPLACE, f"{base}.meta.json", encode(about))
    yield Event(at, Kind.APPEND, f"{base}.jsonl", line_of(author.prompt(at, description)))
    steps = dice.randint(2, 9)
    for step in range(steps):
        at += dice.randint(3, 12) * SECOND
        tokens = context.answer(at)
        is_last = step == steps - 1
        used = token_id(dice, "toolu")
        part: Record = {"type": "text", "text": "This is what I found."}
        if not is_last:
            part = {"type": "tool_use", "id": used, "name": dice.choice(("Read", "Grep")), "input": {}}
        stop = "end_turn" if is_last else "tool_use"
        marks = {"attributionAgent": kind}
        response = Response(token_id(dice, "msg"), token_id(dice, "req"), model.name, tokens, stop, marks)
        yield Event(at, Kind.APPEND, f"{base}.jsonl", line_of(author.block(at, response, part, is_last=True)))
        service.use(at, tokens.cost(model), is_opus=False)
        if not is_last:
            at += dice.randint(1, 4) * SECOND
            yield Event(at, Kind.APPEND, f"{base}.jsonl", line_of(author.result(at, used)))
