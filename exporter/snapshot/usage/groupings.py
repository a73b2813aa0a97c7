"""Usage grouped by whatever can be said of a response: project, model, session, chain, and what it ran under."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from exporter.domain.calendar.day import Span
from exporter.domain.usage.amount import ModelAmount, NamedUsage, by_model
from exporter.domain.usage.marks import KINDS, decode_marks
from exporter.snapshot.usage.filters import EVERYTHING, IsWanted, Wanted
from exporter.store.reader import Reader, View
from exporter.store.usage import conversations
from exporter.store.usage.labels import Labels, providers
from exporter.store.usage.marks import UNKNOWN_MARK, last_unknown, marks_by_id
from exporter.store.usage.responses import Part, parts_between

GROUPINGS = ("project", "model", "session", "chain", *KINDS)


class Group(NamedTuple):
    """A row's name, and whether it is known: see `NamedUsage`."""

    name: str
    known: bool = True


class Grouped(NamedTuple):
    """`unknown_until`: ms, the last response of which an earlier version did not keep what it ran under; else None."""

    items: tuple[NamedUsage, ...]
    unknown_until: int | None


def grouped(reader: Reader, span: Span, by: str, breakdown: str | None = None, wanted: Wanted = EVERYTHING) -> Grouped:
    """The usage in `span` by one of `GROUPINGS`, the most tokens first, each also by `breakdown`.

    Raises DatabaseError.
    """
    with reader.view() as connection:
        if connection is None:
            return Grouped((), None)
        found = Groups(connection, span, (by, breakdown, wanted.grouping), wanted.test(connection))
        items = found.items(by, breakdown)
        return Grouped(items, found.unknown_until(items))


class Groups:
    """The usage in a span, fine enough for the groupings it will be asked for. `is_wanted`: only that part of it."""

    def __init__(
        self, connection: View, span: Span, groupings: Iterable[str | None], is_wanted: IsWanted | None = None
    ) -> None:
        self._connection = connection
        self._span = span
        labels = Labels(connection, read_only=True)
        parts = parts_between(connection, labels, *span, by_session="session" in groupings)
        self._parts = list(parts if is_wanted is None else filter(is_wanted, parts))

    def models(self) -> tuple[ModelAmount, ...]:
        """The sums by model."""
        return by_model(part.usage for part in self._parts)

    def items(self, by: str, breakdown: str | None = None) -> tuple[NamedUsage, ...]:
        """The sums by one grouping, the most tokens first, each also by `breakdown`."""
        return self._items(self._parts, by, breakdown)

    def unknown_until(self, items: Iterable[NamedUsage]) -> int | None:
        """See `Grouped`."""
        is_any = any(not one.known for item in items for one in (item, *item.parts))
        return last_unknown(self._connection, *self._span) if is_any else None

    def _items(self, parts: Iterable[Part], by: str, breakdown: str | None) -> tuple[NamedUsage, ...]:
        group_of = _group_of(self._connection, by)
        known = providers(self._connection) if by == "model" else {}
        found: defaultdict[Group, list[Part]] = defaultdict(list)
        for part in parts:
            found[group_of(part)].append(part)
        items = []
        for group, own in sorted(found.items()):
            item = NamedUsage(group.name, by_model(part.usage for part in own), known.get(group.name), group.known)
            if by == "session":
                item = replace(item, project=own[0].usage.project.name)
            if breakdown is not None:
                item = replace(item, parts=self._items(own, breakdown, None))
            items.append(item)
        return tuple(sorted(items, key=lambda item: -item.amount.tokens.total))


def _group_of(connection: View, by: str) -> Callable[[Part], Group]:
    """Says in which group a part is."""
    if by == "session":
        sessions = conversations.session_ids(connection)
        return lambda part: Group(sessions.get(part.owner, ""))
    if by == "project":
        return lambda part: Group(part.usage.project.name)
    if by in ("model", "chain"):
        return lambda part: Group(part.usage.model if by == "model" else part.usage.chain)
    named = {number: dict(decode_marks(text).names()) for number, text in marks_by_id(connection).items()}
    under = {number: name for number, names in named.items() for kind, name in names.items() if kind == by}
    return lambda part: Group(under.get(part.mark, ""), part.mark != UNKNOWN_MARK)
