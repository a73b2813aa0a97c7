"""Two accounts on one machine: every output keeps them apart."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from exporter.domain.accounts import account_hash, owner_of
from exporter.domain.calendar.timestamp import HOUR, MINUTE, to_iso
from exporter.sources.limits.spool import write_spool_file
from support.processes import Server, run_command, wait_until
from support.transcripts import api_error, assistant, usage, write

pytestmark = pytest.mark.server

ADA, BOB = (account_hash(owner_of("org", name)) for name in ("ada", "bob"))
NOW = int(time.time() * 1000)
RESETS = {"work": NOW + HOUR // 1000 * 1000, "home": NOW + 4 * HOUR}


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Ada's work: 100 tokens, and a limit reached. Bob's home: 10 tokens, and the last response."""
    found = {name: tmp_path / name for name in ("work", "home")}
    for name, account, tokens, minutes in (("work", "ada", 100, 20), ("home", "bob", 10, 5)):
        at = to_iso(NOW - minutes * MINUTE)
        lines = [assistant(f"m{name}", request="r", uuid=f"u{name}", session=name, at=at, used=usage(tokens, 0))]
        if name == "work":
            quota = {"status": "rejected", "resetsAt": RESETS[name] // 1000, "rateLimitType": "five_hour"}
            refused = api_error(
                "Limit", uuid="e", error="rate_limit", sessionId=name, timestamp=to_iso(NOW - 10 * MINUTE)
            )
            lines.append(refused | {"quotaLimits": quota})
        write(found[name] / "projects" / f"-{name}" / f"{name}.jsonl", lines)
        login = {"oauthAccount": {"accountUuid": account, "organizationUuid": "org"}}
        (found[name] / ".claude.json").write_text(json.dumps(login))
    return found


def test_they_are_never_mixed(tmp_path: Path, folders: dict[str, Path]) -> None:
    database = tmp_path / "tracker.db"
    options = [part for folder in folders.values() for part in ("--config-dir", folder)]
    with Server(tmp_path, *options, "--no-processes", "--no-desktop", "--account-name", f"{ADA}=Ada at work") as server:
        server.wait_ready()
        for name, percent in (("work", 100), ("home", 12)):
            status = {
                "session_id": name,
                "transcript_path": str(folders[name] / "projects" / f"-{name}" / f"{name}.jsonl"),
                "rate_limits": {"five_hour": {"used_percentage": percent, "resets_at": RESETS[name] // 1000}},
            }
            write_spool_file(tmp_path / "tracker.db.spool", json.dumps(status).encode(), "status")
        ratio = "window_utilization_ratio"
        wait_until(
            lambda: {1, 0.12} == {value for (name, _), value in server.samples().items() if name == ratio},
            "both are read",
        )
        samples = server.samples()
        assert {
            ("window_utilization_ratio", (ADA, "statusline", "five_hour")): 1,
            ("window_utilization_ratio", (BOB, "statusline", "five_hour")): 0.12,
            ("locked_out", (ADA, "five_hour")): 1,
            ("locked_out", (BOB, "five_hour")): 0,
            ("limit_hits_total", (ADA, "five_hour")): 1,
            ("limit_hits_total", (BOB, "five_hour")): 0,
        } == {
            (name, labels): value
            for (name, labels), value in samples.items()
            if name in ("window_utilization_ratio", "locked_out", "limit_hits_total") and "five_hour" in labels
        }
        names = {labels for name, labels in samples if name == "account_info"}
        assert {(ADA, "Ada at work"), (BOB, BOB)} == {(account, name) for account, name, *_ in names}

        current = json.loads(server.get("/api/analytics/current").text)
        bob, ada = current["accounts"]
        assert [(BOB, True), (ADA, False)] == [(one["account"], one["is_current"]) for one in (bob, ada)]
        assert [10, 100] == [one["block"]["total_tokens"] for one in (bob, ada)]
        assert current["block"] == bob["block"]
        assert ([], 1) == (current["lockouts"], len(ada["lockouts"]))
        assert {ADA: 1, BOB: 0.12} == {
            one["account"]: one["utilization_ratio"] for one in json.loads(server.get("/api/limits").text)["items"]
        }
        shown = run_command("limits", "--database", database, "--account-name", f"{ADA}=Ada at work").stdout
        assert shown.index("Ada at work") < shown.index("100 %")
        assert shown.index(BOB) < shown.index("12 %")
        warned = server.said
        assert "5 hours (Ada at work): limit reached" in warned
        assert "12 %" not in warned
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT id, total_tokens FROM five_hour_blocks").fetchall()
    assert {("", 100), (f"~{BOB}", 10)} == {(block[24:], tokens) for block, tokens in rows}
