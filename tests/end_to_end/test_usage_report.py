"""`report daily` compared with the known totals of a large tree, and with ccusage on the same tree."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from benchmarks import peer
from exporter.domain.usage.pricing import normalize_model
from support.databases import ingest
from support.processes import run_command
from support.services import require_program, required
from support.transcripts import ABSENT, Record, assistant, iteration, usage, write
from support.trees import Tree, made

pytestmark = pytest.mark.server

Figures = Counter[tuple[str, str, str]]
"""Tokens by day, model and kind; the cache's writes together, since the peer does not distinguish them."""

KINDS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_write": "cache_creation_input_tokens",
    "cache_read": "cache_read_input_tokens",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return made(tmp_path_factory.mktemp("tree"), 100, 7)


def report(database: Path, *folders: Path) -> dict[str, Any]:
    """What the command says of these folders of Claude's."""
    where = [part for folder in folders for part in ("--config-dir", folder)]
    ingest("--database", database, *where)
    outcome = run_command("report", "daily", "--json", "--timezone", "UTC", "--database", database, *where)
    assert 0 == outcome.code, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def ours(data: dict[str, Any]) -> Figures:
    found: Figures = Counter()
    for day in data["items"]:
        for use in day["models"]:
            tokens = use["tokens"]
            tokens["cache_write"] = tokens["cache_write_5m"] + tokens["cache_write_1h"]
            for kind in KINDS:
                found[day["date"], use["model"], kind] += tokens[kind]
    return found


def test_daily_matches_the_truth_for_each_day_and_model(tree: Tree, tmp_path: Path) -> None:
    found = report(tmp_path / "tracker.db", tree.projects.parent)
    truth: Figures = Counter()
    for day, models in tree.truth["days"].items():
        for model, data in models.items():
            for kind, key in KINDS.items():
                truth[day, normalize_model(model), kind] += data[key]
    assert truth == ours(found)
    costs = {day: sum(data["cost"] for data in models.values()) for day, models in tree.truth["days"].items()}
    assert costs == {day["date"]: pytest.approx(day["cost_usd"], abs=0.005, rel=0) for day in found["items"]}
    assert tree.truth["messages"] == found["totals"]["responses"]
    assert sum(tree.truth["totals"].values()) == found["totals"]["tokens"]["total"]
    assert tree.truth["cost"] == pytest.approx(found["totals"]["cost_usd"], abs=0.005, rel=0)
    assert "UTC" == found["timezone"]


class Line(NamedTuple):
    """One line of a response; of several the greatest is the response's own, as `docs/counting.md` explains."""

    total: int
    at: str
    model: str
    tokens: tuple[int, ...]

    @property
    def day(self) -> str:
        return self.at[:10]


def lines_of(*folders: Path) -> Iterator[tuple[tuple[str, str], Line]]:
    for path in (path for folder in folders for path in folder.rglob("*.jsonl")):
        for text in path.read_bytes().splitlines():
            if b'"type":"assistant"' not in text or b'"requestId"' not in text:
                continue
            line = json.loads(text)
            message = line["message"]
            tokens = tuple(message["usage"][key] for key in KINDS.values())
            model = normalize_model(message["model"])
            yield (message["id"], line["requestId"]), Line(sum(tokens), line["timestamp"], model, tokens)


def straddling(*folders: Path) -> dict[tuple[str, str], list[Line]]:
    """The responses whose lines lie on both sides of a midnight in UTC."""
    found: dict[tuple[str, str], list[Line]] = {}
    for key, line in lines_of(*folders):
        found.setdefault(key, []).append(line)
    return {key: lines for key, lines in found.items() if len({line.day for line in lines}) > 1}


def theirs(work: Path, *folders: Path) -> Figures:
    try:
        binary = peer.ccusage(work)
    except RuntimeError as error:
        required(str(error))
    command = [str(binary), "claude", "daily", "--json", "--offline", "-z", "UTC"]
    environment = {"CLAUDE_CONFIG_DIR": ",".join(map(str, folders))}
    data = subprocess.run(command, env=environment, check=True, capture_output=True, cwd=work)
    kinds = dict(zip(KINDS, ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens"), strict=True))
    found: Figures = Counter()
    for day in json.loads(data.stdout)["daily"]:
        for use in day["modelBreakdowns"]:
            for kind, key in kinds.items():
                found[day["date"], normalize_model(use["modelName"]), kind] += use[key]
    return found


def test_daily_differs_from_ccusage_only_for_responses_over_midnight(tree: Tree, tmp_path: Path) -> None:
    """We count a response on the day of its first line, the peer on that of the line it takes the tokens from.

    Whether the tree has such responses is chance, so one is added to it.
    """
    require_program("npm")
    late = [
        assistant("late", request="r", uuid="a", at="2026-11-20T23:59:59.900Z", used=used(1), stop=None),
        assistant("late", request="r", uuid="b", at="2026-11-21T00:00:03.000Z", used=used(500)),
    ]
    write(tmp_path / "late" / "projects" / "-shop" / "s1.jsonl", late)
    folders = (tree.projects.parent, tmp_path / "late")
    moved = ours(report(tmp_path / "tracker.db", *folders))
    listed = {}
    for key, lines in straddling(*folders).items():
        own, started = max(lines), min(line.at for line in lines)
        listed[key] = (started, own.at, own.total)
        for kind, count in zip(KINDS, own.tokens, strict=True):
            moved[started[:10], own.model, kind] -= count
            moved[own.day, own.model, kind] += count
    print("responses over midnight:", *listed.items(), sep="\n")  # noqa: T201 - shown on failure, or with -rP
    assert ("2026-11-20T23:59:59.900Z", "2026-11-21T00:00:03.000Z", 510) == listed["late", "r"]
    assert +moved == +theirs(tmp_path / "peer", *folders)


def used(output: int) -> Record:
    return usage(10, output, cache_creation_input_tokens=0, cache_read_input_tokens=0)


class Group(NamedTuple):
    """How both name the rows of a report: ours, the peer's command and list, and the key of a row there."""

    kind: str
    key: str
    command: tuple[str, ...]
    found: str
    name: str


GROUPS = (
    Group("daily", "date", ("daily",), "daily", "date"),
    Group("weekly", "week", ("weekly", "-w", "monday"), "weekly", "week"),
    Group("monthly", "month", ("monthly",), "monthly", "month"),
    Group("sessions", "session", ("session",), "sessions", "sessionId"),
)


MODELS = ("claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001")


def plain_tree(folder: Path) -> Path:
    """Ordinary responses over ten weeks: 24 sessions of four projects, three models, subagents. None over midnight."""
    random = Random(28)
    for number in range(24):
        session, project = f"{random.getrandbits(128):032x}", f"project-{number % 4}"
        day = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=random.randrange(70), hours=random.randrange(20))
        lines: dict[bool, list[Record]] = {False: [], True: []}
        for turn in range(random.randrange(3, 12)):
            at = (day + timedelta(minutes=7 * turn)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            counts = {key: random.randrange(1, 90_000) for key in KINDS.values()}
            line = assistant(
                f"m{number}-{turn}", request=f"r{number}-{turn}", uuid=f"u{number}-{turn}", session=session, at=at,
                model=random.choice(MODELS), cwd=f"/home/dev/{project}", side=turn % 3 == 2, used=counts,
            )  # fmt: skip
            lines[turn % 3 == 2].append(line)
        own = folder / "projects" / f"-home-dev-{project}"
        write(own / f"{session}.jsonl", lines[False])
        write(own / session / "subagents" / "agent-a1.jsonl", lines[True])
    return folder


def answer_of_peer(work: Path, folder: Path, *words: str) -> dict[str, Any]:
    try:
        binary = peer.ccusage(work)
    except RuntimeError as error:
        required(str(error))
    command = [str(binary), "claude", *words, "--json", "--offline", "-z", "UTC"]
    done = subprocess.run(command, env={"CLAUDE_CONFIG_DIR": str(folder)}, check=True, capture_output=True, cwd=work)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def by_name(rows: list[dict[str, Any]], name: str) -> dict[str, tuple[int, ...]]:
    """The peer's tokens by row: input, output, cache write, cache read."""
    keys = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens")
    return {row[name]: tuple(row[key] for key in keys) for row in rows}


def ours_by(database: Path, kind: str, key: str, *options: str) -> dict[str, tuple[int, ...]]:
    outcome = run_command("report", kind, "--json", "--timezone", "UTC", "--database", database, *options)
    assert 0 == outcome.code, outcome.stderr
    return {item[key]: counts(item["tokens"]) for item in json.loads(outcome.stdout)["items"]}


def counts(tokens: dict[str, int]) -> tuple[int, ...]:
    written = tokens["cache_write_5m"] + tokens["cache_write_1h"]
    return (tokens["input"], tokens["output"], written, tokens["cache_read"])


def test_every_grouping_equals_ccusage_on_ordinary_responses(tmp_path: Path) -> None:
    require_program("npm")
    folder, database, work = plain_tree(tmp_path / "claude"), tmp_path / "tracker.db", tmp_path / "peer"
    where = ("--config-dir", str(folder))
    ingest("--database", database, *where)
    for group in GROUPS:
        expected = by_name(answer_of_peer(work, folder, *group.command)[group.found], group.name)
        assert expected == ours_by(database, group.kind, group.key, *where), group.kind
    projects = answer_of_peer(work, folder, "daily", "--instances")["projects"]
    sums = {
        name.removeprefix("-home-dev-"): tuple(map(sum, zip(*by_name(days, "date").values(), strict=True)))
        for name, days in projects.items()
    }
    assert sums == ours_by(database, "projects", "project", *where)


def test_elsewhere_the_difference_is_what_the_rule_says(tmp_path: Path) -> None:
    """An advisor inside a response counts in both, and so does a broken stream, which is said to be a minimum here. Of
    a compaction, and of copies of a response without request ids, the difference is what `docs/counting.md` says.
    """
    require_program("npm")
    folder, database, work = plain_tree(tmp_path / "claude"), tmp_path / "tracker.db", tmp_path / "peer"
    where = ("--config-dir", str(folder))
    advisor = iteration("advisor_message", 7, 300, 0, 0, model="claude-fable-5")
    compaction = iteration("compaction", 1_000, 40, 0, 0)
    inside = [
        assistant(name, request=f"r-{name}", uuid=f"u-{name}", session=f"s-{name}", at=f"2026-09-0{day}T10:00:00.000Z",
                  used=used(20) | {"iterations": [iteration("message", 10, 20, 0, 0), part]})
        for day, name, part in ((2, "advised", advisor), (4, "compacted", compaction))
    ]  # fmt: skip
    relayed = [
        assistant("relayed", request=ABSENT, uuid=f"ur{number}", session="s-relayed", used=used(50),
                  at=f"2026-09-03T10:00:0{number}.000Z")
        for number in range(3)
    ]  # fmt: skip
    broken = [
        assistant("broken", request="r-broken", uuid=f"ub{output}", session="s-broken", stop=None, used=used(output),
                  at="2026-08-05T10:00:00.000Z")
        for output in (1, 30)
    ]  # fmt: skip
    write(folder / "projects" / "-home-dev-a" / "s-broken.jsonl", broken)
    write(folder / "projects" / "-home-dev-a" / "s-inside.jsonl", inside)
    write(folder / "projects" / "-home-dev-b" / "s-relayed.jsonl", relayed)
    ingest("--database", database, *where)
    theirs_by_day = by_name(answer_of_peer(work, folder, "daily")["daily"], "date")
    ours_by_day = ours_by(database, "daily", "date", *where)
    assert (10, 30, 0, 0) == ours_by_day["2026-08-05"] == theirs_by_day["2026-08-05"]
    minimum = run_command("report", "sessions", "--session", "s-broken", "--database", database, *where, COLUMNS="100")
    assert "≥" in minimum.stdout
    assert {"2026-09-02": (7, 300, 0, 0)} == ours_by(database, "daily", "date", "--model", "claude-fable-5", *where)
    differences = {
        day: tuple(mine - peers for mine, peers in zip(ours_by_day[day], theirs_by_day[day], strict=True))
        for day in ours_by_day
        if ours_by_day[day] != theirs_by_day[day]
    }
    assert {"2026-09-03": (-2 * 10, -2 * 50, 0, 0), "2026-09-04": (1_000, 40, 0, 0)} == differences
