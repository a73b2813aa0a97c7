"""One session: prompts, answers, tools, subagents, waits, compactions, errors and limits, as events in time."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from random import Random
from typing import Any

from exporter.demo.agents import run_agent
from exporter.demo.context import Context
from exporter.demo.days import Planned
from exporter.demo.events import Event, Kind
from exporter.demo.lines import Author, Record, Response, encode, line_of, new_id, token_id
from exporter.demo.service import Service
from exporter.demo.totals import ClientTotals
from exporter.demo.world import (
    ANSWERS,
    CLIENT_VERSION,
    EFFORTS,
    NEEDS_PERMISSION,
    PROMPTS,
    SKILLS,
    TOOL_WEIGHTS,
    TOOLS,
)
from exporter.domain.calendar.timestamp import MINUTE, SECOND

Json = dict[str, Any]
BROKEN, OVERLOADED, INTERRUPTED, WITH_AGENT, DENIED = 0.004, 0.006, 0.03, 0.12, 0.03
"""Chances, of a response or a turn."""
ASKS_USAGE = 0.15
"""The chance that the user looks at `/usage` after a turn, so that the client keeps the whole answer."""
NEVER_BACK = 0.4
"""The chance that a session ends when a limit is reached, instead of waiting for the reset."""


class Conversation:
    """Writes one session. `service`: of its account; it is asked at each request, in the order of time.

    `home`: the home folder, for the paths that the client names.
    """

    def __init__(self, plan: Planned, service: Service, pid: int, home: str) -> None:
        self._dice = dice = Random(plan.seed)
        self._plan, self._service, self._pid = plan, service, pid
        self._session = new_id(dice)
        self._cwd, self._branch = plan.project.path, dice.choice(plan.project.branches)
        if dice.random() < 0.1:
            self._cwd += f"/.claude/worktrees/task-{dice.randint(1, 99)}"
        own = {"entrypoint": "cli", "cwd": self._cwd, "sessionId": self._session, "gitBranch": self._branch}
        self._envelope: Record = own
        self._author = Author(dice, own)
        slug = "".join(letter if letter.isalnum() else "-" for letter in self._cwd)
        self._folder = f"{plan.account.folder}/projects/{slug}"
        self._file = f"{self._folder}/{self._session}.jsonl"
        self._registry = f"{plan.account.folder}/sessions/{pid}.json"
        self._context, self._totals = Context(dice), ClientTotals(plan.start)
        self._marks: Record = {}
        self._home = home
        self._at = plan.start
        self._ended = False

    def events(self) -> Iterator[Event]:
        """From the start of the session to its end; the times do not fall."""
        yield self._register("idle")
        turns = 0
        while not self._ended and self._at < self._plan.end and turns < self._plan.job.turns * 2:
            self._wait(20, 150)
            yield from self._turn()
            turns += 1
            if turns % 4 == 0:
                yield self._line(self._totals.record(self._session))
            self._wait(30, 420 if self._dice.random() < 0.85 else 1_800)
        yield self._line({"type": "custom-title", "customTitle": self._plan.project.path.rsplit("/", 1)[-1],
                          "sessionId": self._session})  # fmt: skip
        yield self._line(self._totals.record(self._session))
        yield Event(self._at, Kind.REMOVE, self._registry)

    def _turn(self) -> Iterator[Event]:
        dice = self._dice
        self._marks = {}
        if (skill := dice.choice(SKILLS)) is not None:
            self._marks["attributionSkill"] = skill
        if (effort := dice.choice(EFFORTS)) is not None:
            self._marks["effort"] = effort
        yield self._register("busy")
        yield self._line(self._author.prompt(self._at, dice.choice(PROMPTS)))
        steps = 1 + min(int(dice.expovariate(1 / self._plan.job.steps)), 4 * self._plan.job.steps)
        for step in range(steps):
            if not (yield from self._is_answered()):
                break
            if step == steps - 1:
                yield from self._respond([{"type": "text", "text": dice.choice(ANSWERS)}], "end_turn")
                break
            yield from self._use_tool()
            if dice.random() < INTERRUPTED / steps:
                yield self._line(self._author.interruption(self._at))
                break
        yield self._register("idle")
        yield from self._show_status()

    def _is_answered(self) -> Generator[Event, None, bool]:
        """Yields the events of a request up to its answer; returns whether there is one."""
        self._wait(1, 2)
        if self._plan.job.is_relay:
            return True
        if self._dice.random() < OVERLOADED:
            yield self._line(
                self._author.synthetic(self._at, "API Error: 529 Overloaded", error="overloaded", apiErrorStatus=529)
            )
            self._wait(5, 30)
        if (refused := self._service.refusal(self._at)) is None:
            return True
        yield self._line(self._author.refusal(self._at, *refused))
        back = refused[1] + self._dice.randint(1, 6) * MINUTE
        self._ended = self._dice.random() < NEVER_BACK or back >= self._plan.end
        yield self._register("idle")
        if not self._ended:
            self._at = back
        return False

    def _use_tool(self) -> Iterator[Event]:
        dice = self._dice
        call = token_id(dice, "toolu")
        with_agent = dice.random() < WITH_AGENT and not self._plan.job.is_relay
        name = "Agent" if with_agent else dice.choices(TOOLS, TOOL_WEIGHTS)[0]
        if name.startswith("mcp__"):
            self._marks["attributionMcpServer"], self._marks["attributionMcpTool"] = name.split("__")[1:]
        use = {"type": "tool_use", "id": call, "name": name, "input": {"description": "a step"}}
        text = [{"type": "text", "text": dice.choice(ANSWERS)}] if dice.random() < 0.5 else []
        yield from self._respond([*text, use], "tool_use")
        if name in NEEDS_PERMISSION and dice.random() < 0.15:
            yield self._register("waiting", waitingFor="permission", needs=name)
            self._wait(5, 60 if dice.random() < 0.8 else 420)
            yield self._register("busy")
        if with_agent:
            agent = run_agent(dice, self._at, self._service, self._folder, self._session, call, self._envelope)
            for event in agent:
                self._at = event.at
                yield event
        else:
            self._wait(1, 25)
        yield self._line(self._author.result(self._at, call, failed=dice.random() < DENIED))

    def _respond(self, parts: list[Record], stop: str) -> Iterator[Event]:
        """One answer: a line for each of its parts."""
        dice, job = self._dice, self._plan.job
        if self._context.is_full:
            before = self._context.tokens
            hidden = self._context.compact()
            self._totals.add(job.model, hidden)
            for record in self._author.compaction(self._at, before, self._context.tokens):
                yield self._line(record)
        if dice.random() < 0.4:
            parts = [{"type": "thinking", "thinking": "", "signature": "c2ln"}, *parts]
        tokens = self._context.answer(self._at)
        request = None if job.is_relay else token_id(dice, "req")
        response = Response(token_id(dice, "msg"), request, job.model.name, tokens, stop, dict(self._marks))
        is_broken = dice.random() < BROKEN
        self._wait(3, 8)
        for number, part in enumerate(parts):
            is_last = number == len(parts) - 1 and not is_broken
            yield self._line(self._author.block(self._at, response, part, is_last=is_last))
            self._wait(1, 6)
        self._totals.add(job.model, tokens)
        if not job.is_relay:
            self._service.use(self._at, tokens.cost(job.model), is_opus="opus" in job.model.name)

    def _show_status(self) -> Iterator[Event]:
        """The status line after a turn, or for an account without one what `.claude.json` keeps."""
        account = self._plan.account
        if self._plan.job.is_relay:
            return
        if not account.has_status_line or self._dice.random() < ASKS_USAGE:
            content = encode(self._service.account_file(self._at))
            yield Event(self._at, Kind.REPLACE, f"{account.folder}/.claude.json", content)
        if not account.has_status_line:
            return
        job = self._plan.job
        shown: Json = {
            "session_id": self._session, "transcript_path": f"{self._home}/{self._file}", "cwd": self._cwd,
            "version": CLIENT_VERSION, "model": {"id": job.model.name, "display_name": job.model.name},
            "cost": self._totals.cost(self._at), "rate_limits": self._service.rate_limits(self._at),
            "prompt_cache": self._context.cache_facts(self._at),
        }  # fmt: skip
        yield Event(self._at, Kind.SUBMIT, account.folder, encode(shown))

    def _register(self, status: str, **more: str) -> Event:
        record = {
            "pid": self._pid, "sessionId": self._session, "cwd": self._cwd, "startedAt": self._plan.start,
            "procStart": str(self._plan.start), "version": CLIENT_VERSION, "kind": "interactive", "entrypoint": "cli",
            "status": status, "updatedAt": self._at, **more,
        }  # fmt: skip
        return Event(self._at, Kind.REPLACE, self._registry, encode(record))

    def _line(self, record: Record) -> Event:
        return Event(self._at, Kind.APPEND, self._file, line_of(record))

    def _wait(self, least: int, most: int) -> None:
        """Seconds."""
        self._at += round(self._dice.uniform(least, most) * SECOND)
