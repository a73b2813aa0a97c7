"""The words that this project does not use, and where it looks for them.

`docs/development.md` has the glossary: one word for one thing. What stands here came from a dialect that a newcomer had
to learn first; `../test_words.py` keeps it out.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import click


class Word(NamedTuple):
    """A pattern that is found in any case, as whole words; a text that has it; what to write instead."""

    pattern: str
    example: str
    instead: str


LIST = (
    Word(r"tells?|told|telling", "what the source told", "report, show, say"),
    Word(r"anew", "computed anew", "again, recompute, rebuild"),
    Word(r"beside|besides", "beside the database", "next to, alongside, in addition to"),
    Word(r"bears?|borne", "every request bears a token", "send, include"),
    Word(r"whoever|whosoever|whatsoever", "whoever reads it", "who, anyone who"),
    Word(r"thus|hence|thereby|whereby|wherein|therein", "and thus it starts", "so, which"),
    Word(r"sights?|sightings?", "a sight of the processes", "sample, scan"),
    Word(r"hired?", "hire a process", "start (a worker)"),
    Word(r"handed|hand(?:s|ing)? (?:over|on|to|out)", "hand it over: hand over", "pass, send, submit"),
    Word(r"begun|by itself|by themselves", "the default by itself", "started; by default, on its own"),
    Word(r"void", "a void reading", "expired"),
    Word(r"lately", "used lately", "recently"),
    Word(r"laid|relaid", "blocks are laid", "layout, built"),
    Word(r"faces", "all faces show it", "name what shows it"),
    Word(r"hears?|heard|hearing", "hears of every change", "receive"),
    Word(r"heed|heeds|reckon\w*", "reckon it yourself", "follow, calculate"),
    Word(r"comes? to|came to", "what it comes to", "is, reaches, costs"),
    Word(r"as far as(?! possible| the\b)", "as far as they are installed", "if, where possible"),
    Word(r"in so many words|in words", "a number in words", "as text"),
    Word(r"dear|dearer|dearest", "the dearest hour", "expensive"),
    Word(r"what became of|what becomes of", "what becomes of files", "what happened to"),
    Word(r"(?<!there )is no (?!longer|more|need|such)\w+", "'x' is no day", "is not a …"),
    Word(r"(?:found|kept|told|shown|said) (?:was|is|are|were)", "what was found is", "say who does what"),
    Word(r"all is used|put away|looked at", "All is used.", "limit reached, dismiss, sampled"),
)
"""The words of the dialect, and other forbidden synonyms of the glossary's terms."""

NAME_PARTS = {
    "tell", "tells", "told", "telling", "anew", "beside", "sight", "sighting", "hired", "dismiss", "handed", "begun",
    "lately", "laid", "faces", "asked", "whoever", "gone", "bears", "hear", "heard", "heed", "thus", "dearest", "void",
}  # fmt: skip
"""Parts of a snake_case or CamelCase name that are not used."""

MACHINE_NAMES = {"notices", "for_rules"}
"""Names that machines read and that therefore stay."""

_WORDS = re.compile(r"\b(?:" + "|".join(word.pattern for word in LIST) + r")\b", re.IGNORECASE)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class Finding(NamedTuple):
    """A word of the list: where it stands, and the words around it."""

    place: str
    text: str


def dialect_in(text: str) -> list[str]:
    """The words of the list in a text."""
    return [match[0] for match in _WORDS.finditer(" ".join(text.split()))]


def dialect_in_name(name: str) -> list[str]:
    """The parts of a name that are in the list."""
    if name in MACHINE_NAMES:
        return []
    return [part for part in map(str.lower, _PART.findall(name)) if part in NAME_PARTS]


def findings(place: str, texts: Iterator[str], names: Iterable[str] = ()) -> list[Finding]:
    """All findings in the texts and names of one place."""
    words = [Finding(place, f"{word!r} in {text.strip()[:90]!r}") for text in texts for word in dialect_in(text)]
    return words + [Finding(place, f"name {name}") for name in names if dialect_in_name(name)]


def python_texts(source: str) -> Iterator[str]:
    """Strings, docstrings and comments; a query in SQL or PromQL is none of them."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT):
            yield token.string


def python_names(source: str) -> Iterator[str]:
    """Every name that the source defines: classes, functions, parameters, variables, fields."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def json_texts(value: object) -> Iterator[str]:
    """What a person reads of a dashboard: titles, descriptions, legends and texts for no data."""
    shown = ("title", "description", "legendFormat", "noValue", "titleFormat", "tooltip", "displayName")
    if isinstance(value, dict):
        for key, item in value.items():
            if key in shown and isinstance(item, str):
                yield item
            yield from json_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from json_texts(item)


def help_texts(command: click.Command, name: str = "claude-tracker") -> Iterator[tuple[str, str]]:
    """The name and the `--help` of a command and of all its subcommands."""
    context = click.Context(command, info_name=name, max_content_width=100)
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for sub in command.commands.values():
            yield from help_texts(sub, f"{name} {sub.name}")


def dashboard_texts(file: Path) -> Iterator[str]:
    """What a person reads of a dashboard's file."""
    yield from json_texts(json.loads(file.read_text(encoding="utf-8")))
