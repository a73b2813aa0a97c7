"""A machine with configuration folders, logins and status lines of the test's own, and a tracker that reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zlib import crc32

from exporter.domain.accounts import account_hash, owner_of
from exporter.ingest.limits.readings import take_limits
from exporter.snapshot.parts import AccountPart, Current
from exporter.snapshot.take import take_current
from exporter.sources.limits.account_files import AccountFile, AccountFiles
from exporter.sources.limits.files import LimitFiles, LimitPaths
from exporter.store.reader import Reader
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import Record, append


def label(account: str, organization: str) -> str:
    """The label of an account, by the ids in its `.claude.json`."""
    return account_hash(owner_of(organization, account))


class Machine:
    """`folders`: names of configuration folders below `root`. `now`: the clock, ms."""

    def __init__(self, root: Path, *folders: str, now: int = NOON) -> None:
        self.root = root
        self.folders = {name: root / name for name in folders}
        for folder in self.folders.values():
            (folder / "projects").mkdir(parents=True, exist_ok=True)
        self._spool = root / "spool"
        self._spool.mkdir(mode=0o700, exist_ok=True)
        self._number = 0
        self._now = now
        self._open()

    def _open(self) -> None:
        places = [AccountFile(folder / ".claude.json", (folder,)) for folder in self.folders.values()]
        self._accounts = AccountFiles(places)
        statistics = [folder / "stats-cache.json" for folder in self.folders.values()]
        self._files = LimitFiles(LimitPaths(self._spool, places, (), statistics))
        roots = [folder / "projects" for folder in self.folders.values()]
        self.tracker = Tracker(self.root / "tracker.db", *roots, now=self._now, accounts=self._accounts.changed)
        self.reader = Reader(self.root / "tracker.db")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.reader.close()
        self.tracker.close()

    def restart(self) -> None:
        """End the tracker, and start it with what lies there."""
        self.close()
        self._open()
        self.read()

    @property
    def now(self) -> int:
        return self._now

    @now.setter
    def now(self, moment: int) -> None:
        self._now = self.tracker.now = moment

    def login(self, folder: str, account: str | None, organization: str = "org", **more: object) -> None:
        """Log in, or out without an account. `more`: other keys of the file."""
        own = {"oauthAccount": {"accountUuid": account, "organizationUuid": organization}} if account else {}
        (self.folders[folder] / ".claude.json").write_text(json.dumps(own | more))

    def append(self, folder: str, session: str, *lines: Record) -> None:
        """Lines of a transcript."""
        append(self.folders[folder] / "projects" / "-shop" / f"{session}.jsonl", list(lines))

    def show(
        self,
        session: str,
        windows: Mapping[str, tuple[float, int | None]],
        *,
        folder: str | None = None,
        answers: int = 1,
    ) -> None:
        """A status line of a session that has had so many answers. `windows`: percent and reset (ms).

        No two sessions have the same sum of API time.
        """
        limits = {
            name: {"used_percentage": percent, "resets_at": reset // 1000 if reset is not None else None}
            for name, (percent, reset) in windows.items()
        }
        payload: dict[str, Any] = {
            "session_id": session,
            "rate_limits": limits,
            "cost": {
                "total_api_duration_ms": 1_000 * answers + crc32(session.encode()) % 997,
                "total_cost_usd": answers,
            },
        }
        if folder is not None:
            payload["transcript_path"] = str(self.folders[folder] / "projects" / "-shop" / f"{session}.jsonl")
        self.spool(json.dumps(payload).encode())

    def spool(self, content: bytes) -> None:
        """What the `statusline` command writes down."""
        self._number += 1
        (self._spool / f"{self._now * 1_000_000 + self._number}-1.status.json").write_bytes(content)

    def read(self) -> None:
        """Read what is new."""
        take_limits(self.tracker.store, self._files, self._accounts.changed, lambda: self._now)
        self.tracker.scan()
        self.tracker.store.finish_blocks(self._now)

    def current(self) -> Current:
        found = take_current(self.reader, self._now)
        assert found is not None
        return found

    def account(self, label: str) -> AccountPart | None:
        """The account with this label, if it is in use."""
        return next((one for one in self.current().accounts if one.label == label), None)

    def shown(self) -> dict[str, dict[str, tuple[float, int | None]]]:
        """What is shown by account: percent and reset (ms) of each official window."""
        return {
            account.label: {
                limit.window: (round(100 * limit.utilization, 2), limit.resets_at)
                for limit in account.limits
                if limit.basis == "official"
            }
            for account in self.current().accounts
        }
