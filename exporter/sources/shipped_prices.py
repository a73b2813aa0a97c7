"""The prices of Claude's models as the `genai-prices` package of one version has them, shipped next to this module.

They make a first start faster: the package takes 0.1 to 0.2 s to import. Used only while that version is installed.
`tests/support/shipped_prices.py` makes the file of the package; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

import msgspec

from exporter.files import read_file
from exporter.sources.price_package import Span

FILE = Path(__file__).with_name("claude_prices.json")
MAX_BYTES = 1 << 20


class ShippedPrices(msgspec.Struct, frozen=True):
    """`version`: of the package. `models`: the spans of a model by its normalized name, with ` fast` for fast mode."""

    version: str
    models: Mapping[str, tuple[Span, ...]]


NONE = ShippedPrices("", {})


@cache
def shipped_prices() -> ShippedPrices:
    """Those of the installed version; `NONE` if they are of another one."""
    found = msgspec.json.decode(read_file(FILE, MAX_BYTES), type=ShippedPrices)
    return found if installed_version() == found.version else NONE


def data_file() -> Path | None:
    """The installed price list, without importing it; None if it is not found."""
    found = PathFinder.find_spec("genai_prices")
    return Path(found.origin).parent / "data.py" if found is not None and found.origin is not None else None


def installed_version() -> str:
    """The package's version by the names of its metadata folders; empty for none, or more than one."""
    file = data_file()
    found = list(file.parent.parent.glob("genai_prices-*.dist-info")) if file is not None else []
    return found[0].name.removeprefix("genai_prices-").removesuffix(".dist-info") if len(found) == 1 else ""
