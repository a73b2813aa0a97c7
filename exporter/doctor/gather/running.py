"""The running tracker: who holds the database's lock, who answers at the address, and what it reports."""

from __future__ import annotations

import msgspec

from exporter.doctor.gather.asking import ask
from exporter.doctor.machine import WorkFacts
from exporter.doctor.place import Place
from exporter.doctor.program import TrackerFacts
from exporter.domain.health import Health, reported_health_at
from exporter.errors import DatabaseError
from exporter.ingest import lock
from exporter.ingest.lock import Holder
from exporter.store.database.examination import view
from exporter.store.health import read_health

HEALTHY = b"claude-tracker is healthy"
ANY = ("0.0.0.0", "::")


class _Info(msgspec.Struct):
    version: str


class _Document(msgspec.Struct):
    info: _Info


class _Collector(msgspec.Struct):
    name: str
    success: bool


class _Folders(msgspec.Struct):
    polling: int


class _Health(msgspec.Struct):
    collectors: list[_Collector]
    watched_folders: _Folders | None = None


def holder_of(place: Place) -> Holder | None:
    """The tracker that keeps the database up to date."""
    found = lock.held_by(place.database)
    return found if found is not None and found.kind == lock.TRACKER and lock.is_alive(found.pid) else None


def tracker(place: Place) -> TrackerFacts:
    holder = holder_of(place)
    facts = TrackerFacts(
        place.version,
        f"{place.listen[0]}:{place.listen[1]}",
        str(holder) if holder is not None else None,
        holder is not None and " detect" not in holder.command,
    )
    if place.here is not None:
        return msgspec.structs.replace(facts, answer="tracker", version=place.version)
    answer = ask(f"{address(place)}/-/healthy")
    if answer is None:
        return facts
    if answer.content.strip() != HEALTHY:
        return msgspec.structs.replace(facts, answer="other")
    return msgspec.structs.replace(facts, answer="tracker", version=_version(place))


def address(place: Place) -> str:
    """The tracker's URL, as this machine reaches it."""
    host, port = place.listen
    return f"http://{'127.0.0.1' if host in ANY else host}:{port}"


def _version(place: Place) -> str | None:
    answer = ask(f"{address(place)}/openapi.json", token=place.token)
    try:
        return msgspec.json.decode(answer.content, type=_Document).info.version if answer is not None else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def work(place: Place, facts: TrackerFacts) -> WorkFacts:
    """From the tracker that asks, else from the one that answers, else as it is stored for separate servers."""
    if place.here is not None:
        return _work_of(place.here())
    if facts.answer == "tracker":
        answer = ask(f"{address(place)}/api/health", token=place.token)
        try:
            if answer is not None and answer.status_code == 200:
                found = msgspec.json.decode(answer.content, type=_Health)
                polled = found.watched_folders.polling if found.watched_folders is not None else 0
                return WorkFacts(tuple(one.name for one in found.collectors if not one.success), polled)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
    return _work_of(_reported(place))


def _reported(place: Place) -> Health:
    holder = holder_of(place)
    if holder is None:
        return Health()
    try:
        with view(place.database) as connection:
            reported = read_health(connection) if connection is not None else None
    except DatabaseError:
        return Health()
    return reported_health_at(reported, holder.since, holder.detects, place.clock())


def _work_of(health: Health) -> WorkFacts:
    failing = tuple(one.name for one in health.collectors if not one.success)
    return WorkFacts(failing, health.folders.polling if health.folders is not None else 0)
