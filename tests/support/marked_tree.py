"""Transcripts with marks and the client's own totals, which the version before left out: its database of them is
`version5.sql`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from support.pool import at
from support.transcripts import Record, assistant, usage, written

SCRIPT = Path(__file__).parents[1] / "store" / "database" / "version5.sql"
READ_AT = 1_795_700_000_000
"""2026-11-26T13:33:20Z: when it read them."""
WRITTEN_AT = READ_AT - 86_400_000
MODEL = "claude-opus-4-5-20251101"


def cost_state(session: str, counts: dict[str, tuple[int, int, int, int]], *, started: int = 1, **more: Any) -> Record:
    """The client's own total: by model input, output, cache read and cache written."""
    keys = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
    models = {model: dict(zip(keys, values, strict=True)) for model, values in counts.items()}
    return {
        "type": "cost-state",
        "sessionId": session,
        "totalCostUSD": 0.01,
        "startTime": started,
        "modelUsage": {model: {**values, **more.get("of_model", {})} for model, values in models.items()},
    }


def _response(number: int, session: str, hour: float, **marks: Any) -> Record:
    name = f"{session}-{number}"
    cwd = "/home/dev/shop"
    return assistant(name, request=name, uuid=name, session=session, at=at(hour), cwd=cwd, used=usage(10, 20), **marks)


def write_tree(home: Path, *, gone: bool = False) -> None:
    """The files below a configuration folder. `gone`: with one that was deleted since."""
    files = {
        "s1": [
            _response(1, "s1", 9),
            _response(2, "s1", 9.1, attributionSkill="review", effort="high"),
            _response(3, "s1", 9.2, isSidechain=True, attributionAgent="Explore", effort="high"),
            cost_state("s1", {MODEL: (35, 70, 0, 0)}),
        ]
    }
    if gone:
        files["gone"] = [_response(1, "gone", 5, attributionSkill="review"), _response(2, "gone", 6)]
    for name, records in files.items():
        path = home / "projects" / "-home-dev-shop" / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(records))
        os.utime(path, ns=(WRITTEN_AT * 1_000_000, WRITTEN_AT * 1_000_000))
