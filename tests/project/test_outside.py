"""What comes from outside has one way in and one way out: no other place opens files or prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.services import PROJECT

pytestmark = pytest.mark.no_cover  # it reads the code and runs none of it

PRINTING = {"exporter/cli/output.py", "exporter/cli/commands/statusline.py", "exporter/__main__.py"}
"""Where text is written to standard output. The others answer before click is imported."""
READING = {
    "exporter/files.py": "the one place",
    "exporter/sources/sessions/process_start.py": "/proc, which is the kernel's",
    "exporter/engine/inotify.py": "/proc, which is the kernel's",
    "exporter/page/files.py": "the package's own files",
    "exporter/supplied.py": "the package's own files",
    "exporter/store/database/connection.py": "the database",
    "exporter/store/database/opening.py": "the database",
}
CALLS = {"read_text", "read_bytes"}


def modules() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted((PROJECT / "exporter").rglob("*.py")):
        yield path.relative_to(PROJECT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def is_reading(call: ast.Call) -> bool:
    """Whether a call opens a file to read it, with what its text shows."""
    if isinstance(call.func, ast.Attribute):
        if call.func.attr in CALLS:
            return True
        if ast.unparse(call.func) == "os.open":
            return "O_EXCL" not in ast.unparse(call)
        if call.func.attr != "open" or (isinstance(call.func.value, ast.Name) and call.func.value.id == "self"):
            return False
    elif not (isinstance(call.func, ast.Name) and call.func.id == "open"):
        return False
    return not any(isinstance(one, ast.Constant) and str(one.value)[:1] in ("w", "a", "x") for one in call.args)


def test_files_are_opened_in_one_place() -> None:
    found = {path for path, tree in modules() if path not in READING and any(map(is_reading, calls(tree)))}
    assert set() == found, "use exporter.files"


def test_messages_are_printed_in_one_place() -> None:
    names = ("click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write", "sys.stdout.buffer.write", "print")
    found = {
        path
        for path, tree in modules()
        if path not in PRINTING and any(ast.unparse(call.func) in names for call in calls(tree))
    }
    assert set() == found, "use exporter.cli.output"


def raw_errors(tree: ast.AST) -> Iterator[str]:
    """Names of caught OSErrors that are formatted as they are: `[Errno 2] No such file …`."""
    for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)):
        if handler.type is None or handler.name is None or "OSError" not in ast.unparse(handler.type):
            continue
        for node in ast.walk(handler):
            if isinstance(node, ast.FormattedValue) and ast.unparse(node.value) == handler.name:
                yield ast.unparse(node.value)
            elif isinstance(node, ast.Call) and ast.unparse(node) == f"str({handler.name})":
                yield ast.unparse(node)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
                yield from (ast.unparse(one) for one in node.args if ast.unparse(one) == handler.name)


@pytest.mark.parametrize("path", ["exporter", "grafana"])
def test_no_message_shows_an_error_number(path: str) -> None:
    found = {
        file.relative_to(PROJECT).as_posix()
        for file in (PROJECT / path).rglob("*.py")
        if any(raw_errors(ast.parse(Path(file).read_text(encoding="utf-8"))))
    }
    assert set() == found, "use exporter.errors.reason"
