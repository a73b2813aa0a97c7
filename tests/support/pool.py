"""A few conversations that hold every way in which a response is written more than once, as lines to pick from."""

from __future__ import annotations

from collections.abc import Mapping

from support.transcripts import (
    ABSENT,
    HAIKU,
    SONNET,
    Json,
    Record,
    agent_progress,
    api_error,
    assistant,
    cache,
    encoded,
    iteration,
    prompt,
    queued,
    tool_use,
    usage,
)


def at(hours: float, ms: int = 0) -> str:
    """A time so many hours after midnight of 2026-11-20."""
    seconds = int(hours * 3600)
    day, rest = divmod(seconds, 86_400)
    return f"2026-11-{20 + day}T{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}.{ms:03d}Z"


def stream(message: str, hours: float, session: str, request: Json = "", **sides: Json) -> list[Record]:
    """Three lines of a response, its uuids and tool call named after the message."""
    counts = ((1, None), (1, None), (7, "tool_use"))
    return [
        assistant(
            message,
            request=request or message.replace("msg", "req"),
            uuid=f"{message}-{number}",
            session=session,
            at=at(hours, number),
            stop=stop,
            **{"used": usage(10, output), "content": [tool_use(f"{message}-tool")] if stop else [], **sides},
        )
        for number, (output, stop) in enumerate(counts)
    ]


def bare(message: str, uuid: str, hours: float, session: str, **sides: Json) -> Record:
    """A line without request id."""
    return assistant(message, request=ABSENT, uuid=uuid, session=session, at=at(hours), **sides)


ADVISED = usage(iterations=[{"type": "advisor_message", "model": SONNET, **usage(100, 200)}])

PARTLY = usage(
    30, 40, iterations=[iteration("compaction", 900, 90), iteration("message", 10, 15), iteration("message", 20, 25)]
)
AFTER_REFUSAL = usage(
    5, 6, iterations=[iteration("message", 50, 60, model=HAIKU), iteration("fallback_message", 5, 6, model=SONNET)]
)

CACHED = (
    (22.0, 0, cache(hour=900)),
    (22.9, 900, cache(40)),
    (23.95, 0, cache(950)),
    (24.0, 950, cache(30)),
    (24.1, 0, cache(980)),
    (24.1, 970, cache(20)),
    (24.2, 100, cache(960)),
    (24.3, 0, cache(500, 700)),
)
"""When, and what was read from and written to the cache: some of it again after it had expired."""


def cached(number: int, session: str) -> Record:
    """A response that used the cache."""
    hours, read, written = CACHED[number]
    name = f"{number}c"
    used = usage(3, 4, cache_read_input_tokens=read, cache_creation=written)
    return assistant(f"msg_{name}", request=f"req_{name}", uuid=f"u{name}", session=session, at=at(hours), used=used)


ORIGINAL = [
    prompt(session="s1", at=at(9.5)),
    *stream("msg_1", 9.6, "s1"),
    bare("msg_2", "u21", 9.8, "s1", used=usage(5, 6)),
    bare("msg_2", "u22", 9.9, "s1", used=usage(5, 60), stop=None),
    assistant("msg_3", request="req_3", uuid="u31", session="s1", at=at(14.2), model=HAIKU),
    bare("msg_3", "u32", 14.1, "s1", used=usage(900, 1)),
    assistant("msg_4", request="req_4", uuid="u41", session="s1", at=at(14.9), used=usage(500, 1), stop=None),
    assistant("msg_4", request="req_4", uuid="u42", session="s1", at=at(15.1), model=SONNET),
    assistant("msg_5", request="req_5", uuid="u51", session="s1", at=at(15.9), used=ADVISED),
    assistant(ABSENT, request=ABSENT, uuid="u61", session="s1", at=at(19.7)),
    api_error("API Error: 529", session="s1") | {"sessionId": "s1", "timestamp": at(15.2)},
    assistant("msg_6", request="req_6a", uuid="u62", session="s1", at=at(20.2)),
    assistant("msg_6", request="req_6b", uuid="u63", session="s1", at=at(20.1)),
    bare("msg_6", "u64", 20.3, "s1", used=usage(77, 77)),
    agent_progress(stream("msg_7", 10.4, "s1")[2]) | {"timestamp": None},
    agent_progress(stream("msg_7", 10.4, "s1")[0]) | {"timestamp": at(10.4)},
    assistant("msg_8", request="req_8", uuid="u81", session="s1", at=at(30), model="gpt-9"),
    bare("relay", "v1", 9.45, "s1", used=usage(11, 1)),
    bare("relay", "v2", 9.45, "s1", used=usage(11, 10)),
    bare("relay", "v3", 9.55, "s1", used=usage(11, 3)),
    bare("relay", "v4", 9.56, "s1", used=usage(12, 4), side=True),
    bare("relay", "v5", 9.57, "s1", used=usage(11, 5)),
    queued(uuid="q1", session="s1", at=at(9.58)),
    bare("relay", "v6", 9.59, "s1", used=usage(11, 6)),
    prompt("<task-notification>done", uuid="n1", session="s1", at=at(9.565)),
    prompt("once more", uuid="p9", sentAsUuid="p1", session="s1", at=at(9.5)),
    assistant("msg_14", request="req_14", uuid="u141", session="s1", at=at(16.5), details=None),
    assistant("msg_15", request="req_15", uuid="u151", session="s1", at=at(16.6), used=PARTLY, details={}),
    assistant("msg_16", request="req_16", uuid="u161", session="s1", at=at(16.7), used=AFTER_REFUSAL),
    assistant("msg_17", request="req_17", uuid="u171", session="s1", at=at(16.8), isAbortedMidStream=True),
    assistant("msg_18", request="req_18", uuid="u181", session="s1", at=at(1), model="glm-5.2"),
    assistant("msg_19", request="req_19", uuid="u191", session="s1", at=at(9.7), model="qwen3-max"),
    *(cached(number, "s1") for number in range(len(CACHED))),
    assistant("msg_bad", request="req_bad", uuid="u91", session="s1", at=at(8), used=usage(-1)),
]
FORK = [
    *(line | {"sessionId": "s2", "cwd": "/home/dev/fork"} for line in ORIGINAL if line["type"] != "progress"),
    prompt(session="s2", at=at(9.4), cwd="/home/dev/fork"),
    prompt("more", uuid="p2", session="s2", at=at(21), cwd="/home/dev/fork"),
    *(line | {"cwd": "/home/dev/fork"} for line in stream("msg_10", 21.1, "s2")),
    bare("msg_2", "u23", 9.7, "s2", cwd="/home/dev/fork"),
]
OTHER = [
    prompt("elsewhere", uuid="p3", session="s3", at=at(3), cwd="/srv/api"),
    *(line | {"cwd": "/srv/web"} for line in stream("msg_11", 4.9, "s3", costUSD=0.25)),
    *(line | {"cwd": "/srv/api"} for line in stream("msg_12", 3.1, "s3")),
    bare("msg_2", "u23", 9.7, "s3", cwd="/srv/web", used=usage(5, 600)),
    bare("msg_2", "u24", 2.7, "s3", cwd="/srv/batch"),
    bare("relay", "v9", 2.75, "s3", used=usage(11, 1), cwd="/srv/batch"),
    assistant("msg_13", request="req_13", uuid="u131", session="s3", at=at(70), used=usage(speed="warp")),
]
SUBAGENT = [
    *stream("msg_7", 10.4, "s1", side=True),
    assistant("msg_1", request="req_replay", uuid="r1", session="s1", at=at(9), side=True, used=usage(999, 999)),
    assistant("msg_3", request="req_3", uuid="r3", session="s1", at=at(13.9), side=True),
    bare("msg_2", "r2", 8.1, "s1", side=True),
    bare("msg_14", "r4", 24.9, "s1", side=True),
]

FILES: Mapping[str, list[bytes]] = {
    "s1": [encoded(line) for line in ORIGINAL],
    "s2": [encoded(line) for line in FORK],
    "s3": [encoded(line) for line in OTHER],
    "s1/subagents/agent-1": [encoded(line) for line in SUBAGENT],
}
"""The lines of each file, without newlines. A pick of any of them, in any order, is a possible history."""
