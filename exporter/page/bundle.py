"""Bundles the page's JavaScript modules into one script: a page opened from disk cannot load modules."""

from __future__ import annotations

import re
from functools import cache

from exporter.page.files import text

_IMPORT = re.compile(r'^import (\{[^}]+\}) from "\./([\w.]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)


@cache
def bundled(entry: str) -> str:
    """The module `entry` and its imports, each in its own scope, in the order of their dependencies.

    Supports the two forms that our modules use: `import { a, b } from "./x.js";`, and `export` before a function, a
    constant or a class.
    """
    scopes = [f'modules["{name}"] = (() => {{\n{_scope(text(name))}\n}})();' for name in _in_order(entry, ())]
    return "\n".join(["const modules = {};", *scopes])


def _in_order(name: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """`before`, then the module's imports that are not in it yet, then the module itself."""
    if name in before:
        return before
    for _, imported in _IMPORT.findall(text(name)):
        before = _in_order(imported, before)
    return (*before, name)


def _scope(source: str) -> str:
    exported = ", ".join(_EXPORT.findall(source))
    return f"{_EXPORT.sub('', _IMPORT.sub(_as_constants, source))}return {{ {exported} }};"


def _as_constants(found: re.Match[str]) -> str:
    return f'const {found[1]} = modules["{found[2]}"];'
