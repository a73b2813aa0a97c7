"""Whose a session is and since when, by hashes; ordinary lines and the e-mail address are not read."""

from __future__ import annotations

import json

import msgspec
import pytest

from exporter.domain.accounts import Owner, owner_of
from exporter.domain.transcripts.batch import Batch
from exporter.domain.usage.pricing import Counts
from exporter.sources.transcripts import entries
from exporter.sources.transcripts.collector import Collector
from exporter.sources.transcripts.owners import owner_in
from support.transcripts import Record, assistant, written

ME, MINE, THEIRS = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-1", "cccccccc-2"
BOTH = owner_of(MINE, ME)


def bridge(account: object = ME, organization: object = MINE, session: str = "s1") -> Record:
    owner = {"ownerAccountUuid": account, "ownerOrganizationUuid": organization}
    return {"type": "bridge-session", "sessionId": session, "bridgeSessionId": "b", "lastSequenceNum": 3, **owner}


def attachment(kind: str, **values: object) -> Record:
    return {"type": "attachment", "sessionId": "s1", "attachment": {"type": kind, **values}}


LINES = [
    pytest.param(bridge(), BOTH, id="Remote Control"),
    pytest.param(bridge(organization=None), owner_of(None, ME), id="an account alone"),
    pytest.param({"type": "bridge-session", "bridgeSessionId": "b"}, None, id="nobody"),
    pytest.param({"type": "hybrid-organization", "organizationUuid": MINE}, owner_of(MINE, None), id="hybrid"),
    pytest.param(attachment("credential_org", organizationUuid=MINE), owner_of(MINE, None), id="a credential"),
    pytest.param(attachment("session_context", organizationUuid=MINE, email="me@x.example"), None, id="never read"),
    pytest.param(attachment("file", content='{"organizationUuid":"x"}'), None, id="a file that holds the words"),
    pytest.param({"type": "attachment", "attachment": "organizationUuid"}, None, id="no attachment"),
    pytest.param(bridge(account=7, organization={"a": 1}), None, id="other types"),
    pytest.param(bridge(account=7), owner_of(MINE, None), id="one of another type"),
    pytest.param(bridge(account="x" * 5_000), None, id="longer than any such line"),
]


@pytest.mark.parametrize(("line", "owner"), LINES)
def test_a_line(line: Record, owner: Owner | None) -> None:
    assert owner == owner_in(json.dumps(line).encode())
    assert ([(None, owner)] if owner is not None else []) == owners(line, assistant())


def no_price(model: str, at: int, speed: str | None, counts: Counts, searches: int, geo: str | None) -> int:
    return 0


def batch_of(*lines: Record | bytes) -> Batch:
    collector = Collector("s1")
    content = written(lines)
    assert len(content) == collector.take(content, 0)
    return collector.batch(no_price)


def owners(*lines: Record | bytes) -> list[tuple[int | None, Owner]]:
    """Of the first session."""
    return batch_of(*lines).sessions[0].owners


OTHER = bridge("dddddddd", THEIRS)
SHE = owner_of(THEIRS, "dddddddd")
AT = ("2026-11-22T10:00:00.000Z", "2026-11-22T11:00:00.000Z", "2026-11-22T12:00:00.000Z")
TEN, ELEVEN, TWELVE = 1_795_341_600_000, 1_795_345_200_000, 1_795_348_800_000


def said(number: int) -> Record:
    return assistant(f"m{number}", at=AT[number], uuid=f"a{number}")


def test_each_change_is_kept_with_the_time_before_it() -> None:
    assert [(None, BOTH), (TEN, SHE)] == owners(bridge(), said(0), OTHER, said(1))
    assert [(TEN, BOTH), (ELEVEN, SHE), (TWELVE, BOTH)] == owners(said(0), bridge(), said(1), OTHER, said(2), bridge())
    assert [(ELEVEN, BOTH)] == owners(said(1), said(0), bridge()), "the latest, not the last"
    assert [(None, BOTH), (None, SHE)] == owners(bridge(), OTHER, said(0))


def test_who_is_named_again_is_no_change() -> None:
    assert [(None, BOTH)] == owners(bridge(), said(0), bridge(), said(1), bridge())


def test_a_line_with_a_time_is_not_before_itself() -> None:
    stamped = [bridge() | {"timestamp": AT[0]}, OTHER | {"timestamp": AT[2]}]
    assert [(None, BOTH), (ELEVEN, SHE)] == owners(stamped[0], said(1), stamped[1])
    assert [(None, BOTH), (TEN, SHE)] == owners(*stamped)
    assert [(TWELVE, BOTH)] == owners(said(2), bridge() | {"timestamp": AT[0]})


def test_another_organization_alone_is_a_change_and_the_same_one_is_not() -> None:
    moved, same = (attachment("credential_org", organizationUuid=name) for name in (THEIRS, MINE))
    assert [(None, BOTH), (TEN, owner_of(THEIRS, None))] == owners(bridge(), said(0), moved)
    assert [(None, BOTH)] == owners(bridge(), said(0), same)
    assert [(None, owner_of(MINE, None)), (TEN, BOTH)] == owners(same, said(0), bridge())


def test_each_session_has_its_own() -> None:
    other = OTHER | {"sessionId": "s2"}
    batch = batch_of(said(0), bridge(), other, assistant("m3", session="s3"))
    assert {"s1": [(TEN, BOTH)], "s2": [(None, SHE)], "s3": []} == {
        session.session_id: session.owners for session in batch.sessions
    }


def test_lines_taken_again_after_an_error_change_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OverflowError("a stop reason")

    lines = (said(0), bridge(), said(1), OTHER, said(2))
    poison = {"type": "user", "uuid": "p", "sessionId": "s1", "timestamp": AT[2],
              "message": {"role": "user", "content": "hello"}}  # fmt: skip
    monkeypatch.setattr(entries, "is_prompt", fail)
    batch = batch_of(*lines, poison)
    assert {"failed": 1} == batch.skipped
    assert [(TEN, BOTH), (ELEVEN, SHE)] == batch.sessions[0].owners


def test_what_is_broken_says_nothing_and_stops_nothing() -> None:
    broken = json.dumps(bridge()).encode()[:-1] + b',"ownerAccountUuid":"\xff"}'
    batch = batch_of(broken, assistant())
    assert (1, []) == (len(batch.sessions[0].responses), batch.sessions[0].owners)
    assert {} == batch.skipped


def test_no_id_is_kept_and_the_owner_survives_the_way_to_the_store() -> None:
    batch = batch_of(bridge(), assistant())
    for encode, decode in (
        (msgspec.msgpack.encode, msgspec.msgpack.decode),
        (msgspec.json.encode, msgspec.json.decode),
    ):
        content = encode(batch)
        assert [(None, BOTH)] == decode(content, type=Batch).sessions[0].owners
        assert not any(one.encode() in content for one in (ME, MINE))
