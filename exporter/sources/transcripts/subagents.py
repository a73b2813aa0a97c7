"""What a file next to a subagent's transcript says of it: older clients do not write its type with each response."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from exporter.files import read_file

MAX_BYTES = 65_536
_PREFIX, _SUFFIX = "agent-", ".jsonl"


class _Meta(msgspec.Struct):
    agentType: Any = None


_decode = msgspec.json.Decoder(_Meta).decode


def agent_type_of(path: str) -> str | None:
    """The type of the subagent whose transcript is at `path`, as written; None if it is none, or not known."""
    name = path.rpartition("/")[2] if "/" in path else Path(path).name
    if not name.startswith(_PREFIX) or not name.endswith(_SUFFIX):
        return None
    try:
        found = _decode(read_file(f"{path.removesuffix(_SUFFIX)}.meta.json", MAX_BYTES)).agentType
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, str) else None
