"""The pages of the documentation that are made from the code: commands, API reference, alerts.

`CLAUDE_TRACKER_UPDATE_DOCS=1 ./start.sh test tests/project/test_generated_docs.py` writes them.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click
import yaml

from exporter.cli.commands import statusline
from exporter.cli.help import SECTIONS
from exporter.cli.main import cli
from exporter.web.openapi import document
from support.services import PROJECT

MADE = (
    "<!-- Made from the code by tests/support/generated_docs.py: "
    "CLAUDE_TRACKER_UPDATE_DOCS=1 ./start.sh test tests/project/test_generated_docs.py -->"
)
_SHARED_FROM = 4
"""An option of as many commands, the same in all, is described once."""
_RAW = {"statusline": statusline.HELP, "hook": statusline.HOOK_HELP}
"""Commands that print their help without click, because Claude Code calls them often."""


def _table(head: str, rows: list[list[str]]) -> Iterator[str]:
    cells = head.split(" | ")
    yield f"| {head} |"
    yield f"| {' | '.join('---' for _ in cells)} |"
    for row in rows:
        escaped = [cell.replace("|", "\\|") for cell in row]
        yield f"| {' | '.join(escaped)} |"
    yield ""


# ------------------------------------------------------------------------------------------------------ commands


def commands_page() -> str:
    """Every command with its options, in the order of `--help`."""
    every = [found for commands in SECTIONS.values() for name in commands for found in _parts(name)]
    rows = Counter(tuple(row) for name, context in every for row in _rows(context))
    shared = {row for row, times in rows.items() if times >= _SHARED_FROM}
    lines = [
        "# Commands", "", MADE, "",
        "Every command and option, as `--help` shows them. Words in capitals stand for values. The key of an option in",
        "the configuration file is its name without the dashes. [Configuration](configuration.md) says more about",
        "options, files and exit codes.", "",
        "## Shared options", "",
        "`--config` and `--version` belong to no command, and the others to those that name them below.", "",
        *_options([*_rows(click.Context(cli)), *sorted(map(list, shared))]),
    ]  # fmt: skip
    for title, commands in SECTIONS.items():
        lines += [f"## {title}", ""]
        for name in commands:
            for part, context in _parts(name):
                lines += _section(part, context, shared)
    return "\n".join(lines).rstrip() + "\n"


def _parts(name: str) -> list[tuple[str, click.Context]]:
    """A command and the commands in it, by what one types."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, name
    inner = command.commands if isinstance(command, click.Group) else {}
    return [(name, click.Context(command)), *((f"{name} {part}", click.Context(one)) for part, one in inner.items())]


def _section(name: str, context: click.Context, shared: set[tuple[str, ...]]) -> Iterator[str]:
    yield from (f"{'####' if ' ' in name else '###'} {name}", "")
    if name in _RAW:
        yield from ("```", _RAW[name].strip(), "```", "")
        return
    usage = " ".join(context.command.collect_usage_pieces(context))
    yield from (_paragraphs(context.command.help or ""), "", f"`claude-tracker {name} {usage}".rstrip() + "`", "")
    rows = _rows(context)
    if own := [row for row in rows if tuple(row) not in shared]:
        yield from _options(own)
    if names := [row[0].partition(" ")[0] + "`" * (" " in row[0]) for row in rows if tuple(row) in shared]:
        yield from (f"Shared: {', '.join(names)}.", "")


def _paragraphs(text: str) -> str:
    """click's help as Markdown: a line break within a paragraph is none, and names in capitals stay as they are."""
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(text).replace("\b", "").split("\n\n"))


def _options(rows: list[list[str]]) -> Iterator[str]:
    return _table("option | what it does | default | variable", rows)


def _rows(context: click.Context) -> list[list[str]]:
    """The options of a command: as one types it, what it does, its default, its environment variable."""
    options = (option for option in context.command.get_params(context) if isinstance(option, click.Option))
    return [_row(option, context) for option in options if not option.hidden and "--help" not in option.opts]


def _row(option: click.Option, context: click.Context) -> list[str]:
    record = option.get_help_record(context)
    assert record is not None
    extra = option.get_help_extra(context)
    default, bounds = extra.get("default", "").strip("()"), _range(extra.get("range", ""))
    shown = f"{default}, {bounds}" if default and bounds else default or bounds
    return [
        f"`{record[0].replace(' RANGE', '')}`",
        option.help or "",
        shown,
        f"`{option.envvar}`" if option.envvar else "",
    ]


def _range(text: str) -> str:
    """`1<=x<=100` as `1 to 100`."""
    return re.sub(r"^(.+)<=x<=(.+)$", r"\1 to \2", re.sub(r"^x>=", "at least ", text))


# ----------------------------------------------------------------------------------------------------------- API


def api_page() -> str:
    """Every route with its parameters, answers and shapes, from the OpenAPI document."""
    found = document()
    schemas: Mapping[str, Any] = found["components"]["schemas"]
    lines = [
        "# API reference", "", MADE, "",
        "Made from `/openapi.json`, against which every answer is validated. [The API](api.md) has examples, and says",
        "what the values mean. `null` in a type means that a value may be unknown.", "",
        "## Routes", "",
    ]  # fmt: skip
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            lines += _route(path, method, operation)
    lines += ["## Shapes", ""]
    for name, schema in sorted(schemas.items()):
        lines += _shape(name, schema)
    return "\n".join(lines).rstrip() + "\n"


def _route(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"### {method.upper()} {path}", "", f"{operation['summary']}.", "")
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        yield from (f"Body: {_type(schema)}.", "")
    if operation.get("parameters"):
        rows = [_parameter(one) for one in operation["parameters"]]
        yield from _table("parameter | in | type | meaning", rows)
    answers = [[status, answer["description"], _answer(answer)] for status, answer in operation["responses"].items()]
    yield from _table("status | when | body", answers)


def _parameter(parameter: Mapping[str, Any]) -> list[str]:
    return [f"`{parameter['name']}`", parameter["in"], _type(parameter["schema"]), parameter.get("description", "")]


def _answer(answer: Mapping[str, Any]) -> str:
    (content,) = answer["content"].values()
    return _type(content["schema"])


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"### {name}", "", " ".join(schema.get("description", "").split()), "")
    rows = [[f"`{key}`", _type(one)] for key, one in schema["properties"].items()]
    yield from _table("field | type", rows)


def _type(schema: Mapping[str, Any]) -> str:
    """A schema as words: `text or null`, `list of [Limit](#limit)`."""
    match schema:
        case {"$ref": reference}:
            name = reference.rpartition("/")[2]
            found = f"[{name}](#{name.lower()})"
        case {"anyOf": choices}:
            found = " or ".join(_type(one) for one in choices)
        case {"enum": values}:
            found = _with_default(", ".join("null" if value is None else f"`{value}`" for value in values), schema)
        case {"type": "array", **rest}:
            found = f"list of {_type(rest['items'])}" if rest.get("items") else "list"
        case {"type": "object", "additionalProperties": dict(inner)}:
            found = f"object of {_type(inner)}"
        case {"type": "string", "format": "date"}:
            found = "date"
        case {"type": "string", "format": "date-time"}:
            found = "time"
        case {"type": str(name)}:
            known = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}
            found = _with_default(known.get(name, name) + _bounds(schema), schema)
        case _:
            found = "anything"
    return found


def _bounds(schema: Mapping[str, Any]) -> str:
    return f" from {schema['minimum']} to {schema['maximum']}" if {"minimum", "maximum"} <= schema.keys() else ""


def _with_default(text: str, schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    shown = str(default).lower() if isinstance(default, bool) else default
    return text if default is None else f"{text}; by default `{shown}`"


# -------------------------------------------------------------------------------------------------------- alerts


def alerts_page() -> str:
    """Every alert of the rules, by group."""
    rules = yaml.safe_load((PROJECT / "prometheus" / "rules" / "alerts.yml").read_text(encoding="utf-8"))
    lines = [
        "# Alerts", "", MADE, "",
        "The alerts of [prometheus/rules/alerts.yml](../prometheus/rules/alerts.yml). A name leads to the runbook:",
        "what the alert means and what to do. [Warnings](warnings.md#alerts) says how thresholds are set, and how",
        "often each alert fires; [Prometheus](prometheus.md#an-alert) how to set one up.", "",
    ]  # fmt: skip
    for group in rules["groups"]:
        lines += [f"## {group['name'].removeprefix('claude-tracker-').capitalize()}", ""]
        head = "alert | severity | meaning | held for | threshold"
        lines += _table(head, [_alert(rule) for rule in group["rules"]])
    return "\n".join(lines).rstrip() + "\n"


def _alert(rule: Mapping[str, Any]) -> list[str]:
    name = rule["alert"]
    thresholds = re.findall(r'alert_threshold\{alert="(\w+)"', rule["expr"])
    return [
        f"[{name}](../prometheus/runbook.md#{name.lower()})",
        rule["labels"]["severity"],
        _meaning(name),
        rule.get("for", ""),
        ", ".join(f"`{one}`" for one in dict.fromkeys(thresholds)),
    ]


def _meaning(alert: str) -> str:
    """The first sentence of its entry in the runbook."""
    runbook = (PROJECT / "prometheus" / "runbook.md").read_text(encoding="utf-8")
    entry = " ".join(runbook.partition(f"## {alert}\n")[2].strip().partition("\n\n")[0].split())
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", re.split(r"(?<=\.) ", entry)[0])


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "api-reference.md": api_page,
    "alerts.md": alerts_page,
}
"""The pages in `docs/`, and what makes them."""
