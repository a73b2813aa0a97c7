"""The JSON form of a story. Keys that only the transcript could fill are null as long as it is not known."""

from __future__ import annotations

from typing import Any

from exporter.domain.calendar import timestamp
from exporter.domain.sessions.story.story import Agent, Head, Story, ToolUse, Turn
from exporter.domain.usage.amount import Amount
from exporter.domain.usage.pricing import usd
from exporter.snapshot.usage.unwritten_json import session_total_json
from exporter.snapshot.usage.usage_json import COST_BASIS


def story_json(story: Story, *, texts: bool = False, descriptions: bool = True) -> dict[str, Any]:
    """The story. `texts`: turns have `prompt` and `answer`, which are null where they are not known.

    `descriptions`: of subagents, which Claude wrote; else they are null.
    """
    return {
        "session": _head_json(story.head),
        "transcript": story.transcript,
        "totals": _amount_json(story.amount),
        "main": _amount_json(story.main),
        "subagents": _amount_json(story.subagents),
        "models": [{"model": used.model, **_amount_json(used.amount)} for used in story.models],
        "cache": {
            "hit_ratio": story.cache_hit_ratio,
            "written_tokens": story.cache_written,
            "rewritten_tokens": story.rewritten,
        },
        "client_total": session_total_json(story.client_total) if story.client_total is not None else None,
        "worked_seconds": story.worked / 1000,
        "interruptions": story.interruptions,
        "turns": [_turn_json(turn, texts=texts) for turn in story.turns],
        "tools": [_tool_json(tool) for tool in story.tools],
        "agents": [_agent_json(agent, described=descriptions) for agent in story.agents],
        "compactions": _compactions_json(story),
        "limits": [
            {"window": met.window, "at": timestamp.to_iso(met.at), "resets_at": _time(met.resets_at)}
            for met in story.limits
        ],
        "api_errors": [{"kind": error.kind, "at": timestamp.to_iso(error.at)} for error in story.api_errors],
        "blocks": [
            {
                "start": timestamp.to_iso(part.start),
                "end": timestamp.to_iso(part.end),
                "basis": part.basis,
                "account": part.account,
                **_amount_json(part.amount),
            }
            for part in story.blocks
        ],
    }


def _head_json(head: Head) -> dict[str, Any]:
    return {
        "id": head.session_id,
        "session_type": head.session_type,
        "state": head.state,
        "project": head.project,
        "folder": head.folder,
        "git_branch": head.branch,
        "client_version": head.client_version,
        "entrypoint": head.entrypoint,
        "accounts": list(head.accounts),
        "first_at": _time(head.first_at),
        "last_at": _time(head.last_at),
        "repository": head.repository,
        "pull_request": head.pull_request,
        "runs": [{"start": timestamp.to_iso(run.started_at), "end": _time(run.ended_at)} for run in head.runs],
    }


def _turn_json(turn: Turn, *, texts: bool) -> dict[str, Any]:
    return {
        "at": timestamp.to_iso(turn.at),
        "is_typed": turn.is_typed,
        "duration_seconds": turn.duration / 1000,
        "context_tokens": turn.context,
        **_amount_json(turn.amount),
        "tools": [_tool_json(tool) for tool in turn.tools],
        "interruptions": turn.interruptions,
        "api_errors": turn.api_errors,
        **({"prompt": turn.prompt, "answer": turn.answer} if texts else {}),
    }


def _tool_json(tool: ToolUse) -> dict[str, Any]:
    return {"tool": tool.name, "calls": tool.calls, "errors": tool.errors}


def _agent_json(agent: Agent, *, described: bool) -> dict[str, Any]:
    return {
        "id": agent.id,
        "parent": agent.parent,
        "depth": agent.depth,
        "type": agent.kind,
        "description": agent.description if described else None,
        "first_at": _time(agent.started_at),
        "last_at": _time(agent.ended_at),
        "usage": _amount_json(agent.amount) if agent.amount is not None else None,
    }


def _compactions_json(story: Story) -> list[dict[str, Any]] | None:
    if story.compactions is None:
        return None
    return [
        {"at": timestamp.to_iso(one.at), "trigger": one.trigger, "tokens_before": one.tokens_before}
        for one in story.compactions
    ]


def _amount_json(amount: Amount) -> dict[str, Any]:
    """With `incomplete_responses`: those that were cut off in the transcript, so that their output is a minimum."""
    return {
        "tokens": {**amount.tokens.by_type(), "total": amount.tokens.total},
        "cost_usd": usd(amount.cost),
        "cost_basis": COST_BASIS,
        "unpriced_tokens": amount.unpriced,
        "responses": amount.responses,
        "incomplete_responses": amount.incomplete,
    }


def _time(ms: int | None) -> str | None:
    return timestamp.to_iso(ms) if ms is not None else None
