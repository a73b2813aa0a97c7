"""`claude-tracker setup fleet`: from nothing to the first sample in the store of many machines."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from exporter.cli.clock import clock
from exporter.cli.options import config_file
from exporter.cli.options.fleet import TABLE, FleetSettings, parse_fleet
from exporter.cli.output import count, say
from exporter.cli.setup import settings_file, toml_edit
from exporter.cli.setup.prompts import is_to_be_written
from exporter.domain.calendar.timestamp import format_minute
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import DatabaseError, SettingsError, SyncError, reason
from exporter.files import read_file, write_private

if TYPE_CHECKING:
    from exporter.push.source import Source

MAX_BYTES = 2 << 20


class _Before(msgspec.Struct):
    """The configuration before set-up, and a hash of what it was made. `content`: None if there was no file."""

    content: str | None
    after: str


def set_up(
    config: Path | None,
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    values: Mapping[str, Any],
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Test the address with one sample, show what will be sent, write the configuration, and send what is there.

    `values`: the keys of the table. Raises SettingsError, ConfigurationError, SyncError, DatabaseError.
    """
    from exporter.cli.wiring.push import pusher_of, source_of

    file = config or config_file.default_config_file()
    before = settings_file.read(file)
    after = _edited(file, before, values)
    settings = _settings(file, after)
    source = source_of(settings, database, zone, plan)
    _describe(settings, source)
    if not dry_run:
        _test(settings, source)
    written = is_to_be_written(file, before.decode("utf-8"), after, dry_run=dry_run, yes=yes)
    if dry_run:
        return
    if written is False:
        raise click.Abort
    if written:
        existed = file.exists()
        settings_file.replace(file, before, after.encode("utf-8"))
        _remember(file, before if existed else None, after.encode("utf-8"))
        say(f"Wrote {file}.")
    state = pusher_of(settings, database, zone, plan).once()
    if state.problem is not None:
        raise SyncError(f"{settings.url}: {state.problem}. The tracker tries again while it runs")
    say(f"{settings.url} has everything until {format_minute(state.until)}.")
    say("Restart a running tracker: it sends each minute. `claude-tracker push --dry-run` prints every series.")


def take_out(config: Path | None, database: Path, *, dry_run: bool, yes: bool) -> None:
    """Put the configuration back as it was, byte for byte; of one that was changed since, only our table goes."""
    from exporter.cli.wiring.push import KeptState, default_folder

    file = config or config_file.default_config_file()
    current = settings_file.read(file)
    kept = _remembered(file)
    is_ours = kept is not None and kept.after == _hash(current)
    text = current.decode("utf-8")
    if is_ours and kept is not None:
        after = base64.b64decode(kept.content).decode("utf-8") if kept.content is not None else ""
    else:
        after = toml_edit.set_key(text, [TABLE], None)
    if is_to_be_written(file, text, after, dry_run=dry_run, yes=yes):
        url = _settings(file, text).url
        if is_ours and kept is not None and kept.content is None:
            file.unlink(missing_ok=True)
        else:
            settings_file.replace(file, current, after.encode("utf-8"))
        _record_of(file).unlink(missing_ok=True)
        KeptState(database, url, default_folder()).forget()
        say(f"Took the store out of {file}. What it has stays there.")


def _edited(file: Path, before: bytes, values: Mapping[str, Any]) -> str:
    try:
        text = before.decode("utf-8")
        for key, value in values.items():
            if isinstance(value, dict):
                for name, inner in value.items():
                    text = toml_edit.set_key(text, [TABLE, key, name], inner)
            else:
                text = toml_edit.set_key(text, [TABLE, key], value)
    except ValueError as error:
        raise SettingsError(f"{file} was not changed: {reason(error)}; correct it first") from error
    return text


def _settings(file: Path, text: str) -> FleetSettings:
    import tomllib

    return parse_fleet(tomllib.loads(text).get(TABLE, {}), str(file))


def _describe(settings: FleetSettings, source: Source) -> None:
    from exporter.cli.wiring.push import labels_of

    labels = ", ".join(f"{name}={value}" for name, value in labels_of(settings).items())
    privacy = "project names too" if settings.with_projects else "no project names, paths or session IDs"
    standing = source.standing()
    if standing is None or standing.start is None:
        raise DatabaseError("there is no data to send yet: run `claude-tracker ingest` first")
    since = format_minute(max(standing.start, settings.since or 0))
    say(f"To {settings.url}: the history since {since}, and the figures of each minute.")
    say(f"Labels of every series: {labels}. Sent: {privacy}.")


def _test(settings: FleetSettings, source: Source) -> None:
    """Send one sample. Raises SyncError if the store does not take it."""
    from exporter.cli.wiring.push import address_of, labels_of
    from exporter.metrics.counters import NAMESPACE
    from exporter.push.pusher import LIVE_MS, MAX_SKEW_S
    from exporter.push.receiver import Receiver
    from exporter.push.source import SentSoFar
    from exporter.push.wire import Series, decode, encode

    standing, now = source.standing(), clock()
    if standing is None:
        return
    at = now // LIVE_MS * LIVE_MS  # the present is sent with this time, too: a later one would make the store refuse it
    own = {**labels_of(settings), "tracker": standing.tracker}
    body = source.present(at, now, SentSoFar({}, None), own)
    named = f"{NAMESPACE}build_info"
    found = [one for one in decode(body.content) if ("__name__", named) in one.labels] if body is not None else []
    receiver = Receiver(address_of(settings), clock)
    empty = receiver.post(encode(()))
    if empty.skew_s is not None and abs(empty.skew_s) > MAX_SKEW_S:
        raise SyncError("this clock is minutes off the store's: set it first. Nothing was sent or written")
    verdict = receiver.post(encode([Series(one.labels, [(at, one.samples[-1][1])]) for one in found])).verdict
    if verdict.kind != "accepted":
        raise SyncError(f"{settings.url}: {verdict.problem}. Nothing was written")
    say(f"{settings.url} took {count(len(found), 'sample')}.")


def _record_of(file: Path) -> Path:
    from exporter.cli.wiring.push import default_folder

    return default_folder() / f"setup-{hashlib.sha256(os.fsencode(file.absolute())).hexdigest()[:16]}.json"


def _remember(file: Path, before: bytes | None, after: bytes) -> None:
    known = _remembered(file)
    content = base64.b64encode(before).decode() if before is not None else None
    if known is not None and known.after == _hash(before or b""):
        content = known.content  # set up twice: back to what was there before the first
    record = _Before(content, _hash(after))
    try:
        write_private(_record_of(file), msgspec.json.encode(record))
    except OSError as error:
        raise SettingsError(f"cannot note what {file} was: {reason(error)}") from error


def _remembered(file: Path) -> _Before | None:
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(read_file(_record_of(file), MAX_BYTES, ours=True), type=_Before)
    return None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
