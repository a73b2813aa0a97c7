"""Writes the dashboards, or reports which committed files differ."""

from __future__ import annotations

import sys
from pathlib import Path

from grafana.generator import health, limits, overview, sessions, team, usage
from grafana.generator.board import as_json

FOLDER = Path(__file__).parent.parent / "dashboards"


def dashboards() -> dict[str, str]:
    """The text of each file, by its name."""
    boards = (overview.BOARD, limits.BOARD, usage.BOARD, sessions.BOARD, health.BOARD, team.BOARD)
    return {f"{board.name}.json": as_json(board) for board in boards}


def differing(folder: Path) -> list[str]:
    """The names of files in `folder` that differ from the generated ones: changed, missing or unknown."""
    generated = dashboards()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in generated.keys() | found.keys() if generated.get(name) != found.get(name))


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        names = differing(FOLDER)
        print(
            *(f"{name} differs from the generated dashboard: run python -m grafana.generator" for name in names),
            sep="\n",
        )
        return 1 if names else 0
    FOLDER.mkdir(exist_ok=True)
    for name, text in dashboards().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
