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
    Word(
        r"handed|hand(?:s|ing)? (?:(?:it|them|this|that|one) )?(?:over|on|to|out)", "hand it over", "pass, send, submit"
    ),
    Word(r"begun|by itself|by themselves", "the default by itself", "started; by default, on its own"),
    Word(r"void", "a void reading", "expired"),
    Word(r"lately", "used lately", "recently"),
    Word(r"laid|relaid", "blocks are laid", "layout, built"),
    Word(r"faces", "all faces show it", "name what shows it"),
    Word(r"hear|hears|heard|hearing", "hears of every change", "receive"),
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

NAME_PARTS = {"asked", "dismiss", "gone"}
"""Words that are not used in names either; in a sentence they may stand."""

MACHINE_NAMES = {"notices", "for_rules", "begun_at"}
"""Names that machines read and that therefore stay."""

_WORDS = re.compile(r"\b(?:" + "|".join(word.pattern for word in LIST) + r")\b", re.IGNORECASE)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_IDENTIFIER = re.compile(r"[A-Za-z]+(?:_[A-Za-z]+)+|[A-Za-z]+[a-z][A-Z]\w*")
"""A name of several words, in a text: snake_case or camelCase."""


class Finding(NamedTuple):
    """A word of the list: where it stands, and the words around it."""

    place: str
    text: str


def dialect_in(text: str) -> list[str]:
    """The words of the list in a text."""
    return [match[0] for match in _WORDS.finditer(" ".join(text.split()))]


def dialect_in_name(name: str) -> list[str]:
    """The words of the list in a snake_case or CamelCase name."""
    if name in MACHINE_NAMES:
        return []
    parts = [part.lower() for part in _PART.findall(name)]
    return dialect_in(" ".join(parts)) + [part for part in parts if part in NAME_PARTS]


def findings(place: str, texts: Iterator[str], names: Iterable[str] = ()) -> list[Finding]:
    """All findings in the texts and names of one place."""
    found = []
    for text in texts:
        found += [Finding(place, f"{word!r} in {text.strip()[:90]!r}") for word in dialect_in(text)]
        found += [Finding(place, f"name {name}") for name in _IDENTIFIER.findall(text) if dialect_in_name(name)]
    return found + [Finding(place, f"name {name}") for name in names if dialect_in_name(name)]


def python_texts(source: str) -> Iterator[str]:
    """Strings, docstrings and comments, each joined with what continues it on the next line."""
    joined: list[str] = []
    last = None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT):
            if token.type != last:
                yield " ".join(joined)
                joined, last = [], token.type
            joined.append(token.string.strip("#\"' "))
        elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
            yield " ".join(joined)
            joined, last = [], None


def python_names(source: str) -> Iterator[str]:
    """Every name that the source gives: classes, functions, parameters, variables, fields, aliases, keywords."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.arg(arg=name) | ast.keyword(arg=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.alias(asname=str(name)):
                yield name


def paragraphs(text: str) -> Iterator[str]:
    """A text by its paragraphs, so that a phrase over a line break is whole. A line of a table or list is its own."""
    gathered: list[str] = []
    for line in text.splitlines():
        stripped = line.strip("#/* \t")
        if not stripped or re.match(r"[-|<>{}]|\d+\.", stripped):
            yield " ".join(gathered)
            gathered = []
        gathered.append(stripped)
    yield " ".join(gathered)


_SHOWN = (
    "title", "description", "legendFormat", "noValue", "titleFormat", "tooltip", "displayName",
    "label", "content", "name", "text",
)  # fmt: skip


def json_texts(value: object) -> Iterator[str]:
    """What a person reads of a dashboard: titles, descriptions, legends, labels, columns and texts for no data."""
    if isinstance(value, dict):
        yield from (item for key, item in value.items() if key in _SHOWN and isinstance(item, str))
        yield from value.get("renameByName", {}).values()
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from json_texts(item)


def help_texts(command: click.Command, name: str = "claude-tracker") -> Iterator[tuple[str, str]]:
    """The name and the `--help` of a command and of all its subcommands."""
    context = click.Context(command, info_name=name, max_content_width=100)
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for sub in filter(None, (command.get_command(context, one) for one in command.list_commands(context))):
            yield from help_texts(sub, f"{name} {sub.name}")


def dashboard_texts(file: Path) -> Iterator[str]:
    """What a person reads of a dashboard's file."""
    yield from json_texts(json.loads(file.read_text(encoding="utf-8")))
