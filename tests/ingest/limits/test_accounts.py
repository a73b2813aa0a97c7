"""Two accounts: in two folders, in one folder in turn, one person in two organizations. Nothing of the past moves."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from exporter.domain.accounts import Origin, owner_of
from exporter.domain.blocks.block import Block
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, to_iso
from exporter.domain.limits.reading import Reading, ReportedReading
from exporter.domain.notifications.alert import Alert
from exporter.domain.notifications.warning import Thresholds
from exporter.ingest.notifications.warnings import Warnings
from exporter.snapshot.notifications.facts import warning_facts
from exporter.store.blocks import blocks
from support.machine import Machine, label
from support.snapshots import NOON
from support.transcripts import Record, api_error, assistant

ADA, BOB = label("ada", "org"), label("bob", "org")


def answer(session: str, at: int) -> Record:
    name = f"{session}-{at}"
    return assistant(f"m{name}", request=f"r{name}", uuid=f"u{name}", session=session, at=to_iso(at))


def kept(on: Machine) -> dict[str, list[tuple[object, ...]]]:
    """What is counted by account."""
    return {
        "blocks": list(block_ids(on)),
        "hits": on.tracker.rows("tracker_limit_hits"),
        "totals": sorted((*key, value) for key, value in on.tracker.exact().items() if key[0] in ("limit_hits",)),
    }


def block_ids(on: Machine) -> list[tuple[str, int, int]]:
    return on.tracker.connection.execute(
        "SELECT id, total_sessions, total_tokens FROM five_hour_blocks ORDER BY id"
    ).fetchall()


def test_two_folders_with_an_account_each(tmp_path: Path) -> None:
    with Machine(tmp_path / "m", "work", "home") as on:
        on.login("work", "ada")
        on.login("home", "bob")
        on.append("work", "s1", answer("s1", NOON - HOUR), answer("s1", NOON - 30 * MINUTE))
        on.append("home", "s2", answer("s2", NOON - 50 * MINUTE))
        on.read()
        on.show("s1", {"five_hour": (80, NOON + HOUR)}, folder="work")
        on.show("s2", {"five_hour": (10, NOON + 3 * HOUR)}, folder="home")
        on.read()
        assert {ADA: {"five_hour": (80, NOON + HOUR)}, BOB: {"five_hour": (10, NOON + 3 * HOUR)}} == on.shown()
        assert [
            ("2026-11-22T08:00:00.000Z", 1, 60),
            (f"2026-11-22T10:00:00.000Z~{BOB}", 1, 30),
        ] == block_ids(on)
        ada, bob = on.current().accounts
        assert (ADA, True, 60) == (ada.label, ada.is_current, ada.block.tokens.total if ada.block else None)
        assert (BOB, False, 30) == (bob.label, bob.is_current, bob.block.tokens.total if bob.block else None)
        assert on.current().block == ada.block, "the account that answered last"
        on.append("home", "s2", answer("s2", NOON))
        on.read()
        assert [BOB, ADA] == [one.label for one in on.current().accounts]
        rows = on.tracker.sessions()
        assert ["2026-11-22T08:00:00.000Z", f"2026-11-22T10:00:00.000Z~{BOB}"] == [
            rows[name].five_hour_block_id for name in ("s1", "s2")
        ]
        before = kept(on)
        on.tracker.derive_all_again()
        assert before == kept(on)


def test_the_first_read_knows_whose_the_folders_are(tmp_path: Path) -> None:
    root = tmp_path / "m"
    with Machine(root, "work", "home") as on:
        on.login("work", "ada")
        on.login("home", "bob")
        on.append("work", "s1", answer("s1", NOON - HOUR))
        on.append("home", "s2", answer("s2", NOON - 50 * MINUTE))
        on.close()
        (root / "tracker.db").unlink()
        on._open()
        assert [
            Block(NOON - HOUR, NOON + 4 * HOUR, "estimated", 2),
            Block(NOON - HOUR, NOON + 4 * HOUR, "estimated", 3),
        ] == blocks.load(on.tracker.connection)


def test_a_later_login_moves_nothing_of_the_past(tmp_path: Path) -> None:
    with Machine(tmp_path / "m", "claude") as on:
        on.login("claude", "ada")
        on.append("claude", "s1", answer("s1", NOON - HOUR))
        refused = api_error(
            "You've hit your session limit · resets 2pm (UTC)",
            uuid="e1",
            error="rate_limit",
            sessionId="s1",
            timestamp=to_iso(NOON - 10 * MINUTE),
        )
        on.append("claude", "s1", refused)
        on.read()
        before = kept(on)
        on.now = NOON + MINUTE
        on.login("claude", "bob")
        on.read()
        assert before == kept(on)
        on.now = NOON + 2 * MINUTE
        on.append("claude", "s1", answer("s1", NOON + 2 * MINUTE))
        on.read()
        assert before["hits"] == kept(on)["hits"]
        assert [
            ("2026-11-22T09:00:00.000Z", 1, 30),
            (f"2026-11-22T12:00:00.000Z~{BOB}", 1, 30),
        ] == block_ids(on)
        assert [ADA] == [hit.account for account in on.current().accounts for hit in account.lockouts]
        on.login("claude", "ada")
        on.now = NOON + 5 * MINUTE
        on.read()
        on.append("claude", "s1", answer("s1", NOON + 5 * MINUTE))
        on.read()
        assert [60, 30] == [tokens for *_, tokens in block_ids(on)]
        before = kept(on)
        on.tracker.rebuild()
        assert before == kept(on)


def test_one_person_in_two_organizations(tmp_path: Path) -> None:
    with Machine(tmp_path / "m", "claude") as on:
        mine, teams = label("ada", "mine"), label("ada", "team")
        for number, (organization, percent) in enumerate((("mine", 90), ("team", 5))):
            on.now = NOON + number * MINUTE
            on.login("claude", "ada", organization)
            on.read()
            on.show("s1", {"seven_day": (percent, NOON + DAY)}, folder="claude", answers=number + 1)
            on.read()
        assert {mine: {"seven_day": (90, NOON + DAY)}, teams: {"seven_day": (5, NOON + DAY)}} == on.shown()


def test_a_session_says_whose_it_is(tmp_path: Path) -> None:
    """Whatever folder its file lies in, and however late it says so."""
    with Machine(tmp_path / "m", "claude") as on:
        on.login("claude", "ada")
        on.append("claude", "s1", answer("s1", NOON - HOUR))
        on.append("claude", "s2", answer("s2", NOON - HOUR))
        on.read()
        assert [("2026-11-22T11:00:00.000Z", 2, 60)] == block_ids(on)
        owner = {"type": "bridge-session", "sessionId": "s2", "ownerAccountUuid": "bob", "ownerOrganizationUuid": "org"}
        on.append("claude", "s2", owner)
        on.read()
        expected = [("2026-11-22T11:00:00.000Z", 1, 30), (f"2026-11-22T11:00:00.000Z~{BOB}", 1, 30)]
        assert expected == block_ids(on)
        on.tracker.derive_all_again()
        assert expected == block_ids(on)


def test_nobody_is_an_account_of_its_own(tmp_path: Path) -> None:
    """An API key: no login. One who logs in later does not own what was used before."""
    with Machine(tmp_path / "m", "claude") as on:
        on.append("claude", "s1", answer("s1", NOON - HOUR))
        on.read()
        on.now = NOON + MINUTE
        on.login("claude", "ada")
        on.read()
        on.append("claude", "s1", answer("s1", NOON + 2 * MINUTE))
        on.now = NOON + 2 * MINUTE
        on.read()
        assert [
            ("2026-11-22T11:00:00.000Z", 1, 30),
            (f"2026-11-22T12:00:00.000Z~{ADA}", 1, 30),
        ] == block_ids(on)


def test_accounts_beyond_the_cap_share_a_label(tmp_path: Path) -> None:
    with Machine(tmp_path / "m", "claude") as on:
        for number in range(10):
            on.now = NOON + number * MINUTE
            on.login("claude", f"account{number}")
            on.read()
            on.show("s1", {"five_hour": (number + 1, NOON + HOUR)}, folder="claude", answers=number + 1)
            on.read()
        labels = [account.label for account in on.current().accounts]
        assert (10, 2) == (len(labels), labels.count("other"))
        assert {"unknown"}.isdisjoint(labels)


def test_a_warning_of_one_account_does_not_hide_anothers_alert(tmp_path: Path) -> None:
    with Machine(tmp_path / "m", "work", "home") as on:
        on.login("work", "ada")
        on.login("home", "bob")
        on.append("work", "s1", answer("s1", NOON - HOUR))
        on.read()
        on.show("s1", {"five_hour": (96, NOON + HOUR)}, folder="work")
        on.show("s2", {"five_hour": (97, NOON + 2 * HOUR)}, folder="home")
        on.read()
        warnings = Warnings(
            on.tracker.store, lambda: warning_facts(on.current()), Thresholds(), None, None, [lambda notice: None]
        )
        assert ["five_hour", f"five_hour~{BOB}"] == [notice.key.subject for notice in warnings.check()]
        assert [] == warnings.check()
        alert = Alert("f", NOON, "critical", "", "", "usage_critical", "five_hour")
        for account in (ADA, BOB):
            assert [] == warnings.forward_alerts([replace(alert, fingerprint=account, account=account)], NOON)
        on.tracker.connection.execute("DELETE FROM tracker_warnings WHERE subject LIKE '%~%'")
        assert [BOB] == [
            notice.key.subject
            for account in (ADA, BOB)
            for notice in warnings.forward_alerts([replace(alert, fingerprint=account, account=account)], NOON)
        ]


def test_a_status_line_without_a_path(tmp_path: Path) -> None:
    """It is of its session's account; of all folders' account, if that is one; else of nobody we know."""
    with Machine(tmp_path / "m", "work", "home") as on:
        on.login("work", "ada")
        on.login("home", "ada")
        on.read()
        on.show("s9", {"five_hour": (5, NOON + HOUR)})
        on.read()
        assert {ADA: {"five_hour": (5, NOON + HOUR)}} == on.shown()
        on.now = NOON + MINUTE
        on.login("home", "bob")
        on.read()
        on.append("home", "s2", answer("s2", NOON + 2 * MINUTE))
        on.now = NOON + 2 * MINUTE
        on.read()
        on.show("s2", {"five_hour": (7, NOON + HOUR)})
        on.show("s8", {"five_hour": (8, NOON + HOUR)})
        on.read()
        assert {
            ADA: {"five_hour": (5, NOON + HOUR)},
            BOB: {"five_hour": (7, NOON + HOUR)},
            "unknown": {"five_hour": (8, NOON + HOUR)},
        } == on.shown()


def test_a_report_of_an_organization_is_of_its_only_account(tmp_path: Path) -> None:
    """As Claude Desktop's are; also where it was seen before the account."""
    with Machine(tmp_path / "m", "claude") as on:
        own = Origin(owner_of("org", None))
        for minute, percent in ((0, 5), (1, 6)):
            said = Reading("five_hour", "desktop", NOON + minute * MINUTE, percent / 100)
            on.tracker.store.take_reports([ReportedReading(said, own)], NOON + minute * MINUTE)
            on.login("claude", "ada")
            on.read()
        on.now = NOON + 2 * MINUTE
        assert (6, None) == on.shown()[ADA]["five_hour"]


def bridge(account: str, session: str = "s1") -> Record:
    return {"type": "bridge-session", "sessionId": session, "ownerAccountUuid": account, "ownerOrganizationUuid": "org"}


def test_a_login_within_a_session_that_says_whose_it_is_moves_nothing(tmp_path: Path) -> None:
    refused = api_error(
        "You've hit your session limit · resets 2pm (UTC)",
        uuid="e1",
        error="rate_limit",
        sessionId="s1",
        timestamp=to_iso(NOON - 30 * MINUTE),
    )
    with Machine(tmp_path / "m", "claude") as on:
        on.login("claude", "ada")
        on.append("claude", "s1", bridge("ada"), answer("s1", NOON - HOUR), refused)
        on.read()
        before = kept(on)
        on.login("claude", "bob")
        on.append("claude", "s1", bridge("bob"), answer("s1", NOON + MINUTE))
        on.now = NOON + 2 * MINUTE
        on.read()
        expected = [("2026-11-22T09:00:00.000Z", 1, 30), (f"2026-11-22T12:00:00.000Z~{BOB}", 1, 30)]
        assert expected == block_ids(on)
        assert (before["hits"], before["totals"]) == (kept(on)["hits"], kept(on)["totals"])
        on.tracker.rebuild()
        assert expected == block_ids(on)
        assert before["totals"] == kept(on)["totals"]


def test_a_hit_counts_once_where_the_session_says_late_whose_it_is(tmp_path: Path) -> None:
    quota = {"status": "rejected", "resetsAt": (NOON + HOUR) // 1000, "rateLimitType": "five_hour"}
    refused = api_error("Limit", uuid="e1", error="rate_limit", sessionId="s1", timestamp=to_iso(NOON - MINUTE))
    with Machine(tmp_path / "m", "claude") as on:
        on.login("claude", "ada")
        on.append("claude", "s1", answer("s1", NOON - HOUR), refused | {"quotaLimits": quota})
        on.read()
        on.append("claude", "s1", bridge("bob"))
        on.read()
        on.tracker.rebuild()
        assert 1 == sum(on.tracker.exact("limit_hits").values())


def test_an_account_known_by_its_organization_first_becomes_the_whole_one(tmp_path: Path) -> None:
    with Machine(tmp_path / "m", "claude", "work") as on:
        on.login("work", "bob", "other")
        on.append("work", "s2", answer("s2", NOON - 3 * HOUR))
        on.append("claude", "s1", {"type": "hybrid-organization", "sessionId": "s1", "organizationUuid": "org"})
        on.append("claude", "s1", answer("s1", NOON - HOUR))
        on.read()
        on.login("claude", "ada")
        on.now = NOON + MINUTE
        on.read()
        on.append("claude", "s1", answer("s1", NOON + MINUTE))
        on.read()
        assert [
            ("2026-11-22T09:00:00.000Z", 1, 30),
            (f"2026-11-22T11:00:00.000Z~{ADA}", 1, 60),
        ] == block_ids(on)
        assert f"2026-11-22T11:00:00.000Z~{ADA}" == on.tracker.sessions()["s1"].five_hour_block_id
        assert ADA in {account.label for account in on.current().accounts}


def test_a_cached_answer_is_of_the_organization_of_its_time(tmp_path: Path) -> None:
    """It names only the account, which one person has in both."""
    window = {"utilization": 81, "resets_at": to_iso(NOON + HOUR)}
    cached = {"fetchedAtMs": NOON, "accountUuid": "ada", "utilization": {"five_hour": window}}
    with Machine(tmp_path / "m", "claude") as on:
        on.login("claude", "ada", "mine", cachedUsageUtilization=cached)
        on.read()
        on.now = NOON + 10 * MINUTE
        on.login("claude", "ada", "team", cachedUsageUtilization=cached)
        on.append("claude", "s1", answer("s1", NOON + 10 * MINUTE))
        on.read()
        assert {label("ada", "mine"): {"five_hour": (81, NOON + HOUR)}, label("ada", "team"): {}} == on.shown()
