"""The project speaks plain English: no word of the list in `support.words` stands anywhere that a person reads."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from exporter.cli.commands import statusline
from exporter.cli.main import cli
from support import words
from support.services import PROJECT

pytestmark = pytest.mark.no_cover  # it reads the code and runs none of it


def committed(*patterns: str) -> list[Path]:
    """The project's files that match; where git is missing, what lies there."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    paths = [PROJECT / name for name in names] or [path for one in patterns for path in PROJECT.glob(one)]
    return [path for path in paths if path.exists()]


def place(path: Path) -> str:
    return str(path.relative_to(PROJECT))


PYTHON = committed("exporter/**/*.py", "exporter/*.py", "grafana/**/*.py")
TEXTS = committed(
    "docs/*.md", "README.md", "CHANGELOG.md", "prometheus/*.md", "prometheus/**/*.yml", "prometheus/*.yml",
    "grafana/*.yaml", "grafana/**/*.yaml", "start.sh", ".ci/*", "pyproject.toml",
)  # fmt: skip
PAGE = committed("exporter/page/assets/*")
DASHBOARDS = committed("grafana/dashboards/*.json")


@pytest.mark.parametrize("path", PYTHON, ids=place)
def test_code(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert [] == words.findings(place(path), words.python_texts(source), [path.stem, *words.python_names(source)])


@pytest.mark.parametrize("path", [*TEXTS, *PAGE], ids=place)
def test_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.name == "development.md":  # the glossary names what is not used
        text = re.sub(r"(?m)^\| .*$", "", text)
    assert [] == words.findings(place(path), words.paragraphs(text), [path.stem])


@pytest.mark.parametrize("path", DASHBOARDS, ids=place)
def test_dashboard(path: Path) -> None:
    assert [] == words.findings(place(path), words.dashboard_texts(path))


@pytest.mark.parametrize(("command", "text"), list(words.help_texts(cli)), ids=lambda value: value.split("\n")[0])
def test_help(command: str, text: str) -> None:
    assert [] == words.findings(f"{command} --help", iter([text, statusline.HELP, statusline.HOOK_HELP]))


def test_every_kind_of_place_is_searched() -> None:
    assert len(PYTHON) > 200
    assert {"README.md", "alerts.yml", "runbook.md", "limits.md", "start.sh"} <= {path.name for path in TEXTS}
    assert {"dashboard.js", "dashboard.html", "dashboard.css"} <= {path.name for path in PAGE}
    assert 6 == len(DASHBOARDS)


SAMPLES = [
    pytest.param('def load():\n    """What the source told."""\n', "told", id="docstring"),
    pytest.param('log.info("reading anew")\n', "anew", id="log line"),
    pytest.param('raise Error(f"{name} is void")\n', "void", id="message"),
    pytest.param("x = 1  # whoever asks\n", "whoever", id="comment"),
    pytest.param("# as it comes\n# to the end\n", "comes to", id="comment of two lines"),
    pytest.param('f("as it comes "\n  "to the end")\n', "comes to", id="string of two lines"),
    pytest.param('row["last_told"]\n', "last_told", id="name in a string"),
]


@pytest.mark.parametrize(("source", "word"), SAMPLES)
def test_a_word_of_the_list_is_found_in_code(source: str, word: str) -> None:
    assert word in words.findings("x.py", words.python_texts(source))[0].text


NAMES = [
    "def tell(): ...", "def f(told): ...", "class Sighting: ...", "gone = 1", "x.asked = 1", "def read_anew(): ...",
    "import os as told", "try: ...\nexcept OSError as void: ...", "match x:\n  case [*told]: ...", "f(hired=1)",
]  # fmt: skip


@pytest.mark.parametrize("source", NAMES)
def test_a_word_of_the_list_is_found_in_a_name(source: str) -> None:
    assert 1 == len(words.findings("x.py", iter([]), words.python_names(source)))


@pytest.mark.parametrize("word", words.LIST, ids=lambda word: word.example)
def test_each_word_of_the_list_is_found(word: words.Word) -> None:
    assert re.search(rf"\b(?:{word.pattern})\b", word.example, re.IGNORECASE)
    assert words.dialect_in(word.example)


def test_a_word_of_the_list_is_found_in_a_dashboard_and_in_help() -> None:
    board = {
        "panels": [{"title": "Warnings told", "fieldConfig": {"defaults": {"noValue": "looked at"}}}],
        "annotations": {"list": [{"name": "Limits told"}]},
        "templating": {"list": [{"label": "Whoever"}]},
        "transformations": [{"options": {"renameByName": {"Value": "Told"}}}],
    }
    assert 5 == len(words.findings("x.json", words.json_texts(board)))
    assert words.findings("x --help", iter(["Usage: x\n\n  Compute anew."]))


def test_a_word_of_the_list_is_found_in_a_text() -> None:
    assert words.findings("x.md", words.paragraphs("As it comes\nto the end."))
    assert words.findings("x.js", words.paragraphs("function sayGone() {\n}"))
    assert words.findings("told.md", iter([]), ["told"])


def test_plain_words_are_not_found() -> None:
    plain = "The tracker reports each limit once; a run is no longer active. Nothing is lost, as far as possible."
    assert [] == words.dialect_in(plain)
    assert [] == [name for name in ("hotel", "retell_id", "begin_at", "shown") if words.dialect_in_name(name)]
