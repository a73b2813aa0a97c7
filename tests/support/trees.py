"""Made-up trees of transcripts of any size, with their truth."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.services import shared_dir


@dataclass(frozen=True)
class Tree:
    """A tree with its truth: the truth file's `max`."""

    projects: Path
    truth: Mapping[str, Any]

    def files(self) -> list[Path]:
        return sorted(self.projects.rglob("*.jsonl"))


def made(folder: Path, megabytes: int, seed: int) -> Tree:
    """A tree below `folder`; each seed is another one."""
    script = shared_dir() / "bench" / "gen_transcripts.py"
    out = folder / "tree"
    subprocess.run([sys.executable, script, out, str(megabytes), str(seed)], check=True, stdout=subprocess.DEVNULL)
    truth = json.loads((folder / "tree-truth.json").read_text(encoding="utf-8"))
    return Tree(out / "projects", truth["max"])
