"""Whose a session is: the last line that says so, by hashes; ordinary lines and the e-mail address are not read."""

from __future__ import annotations

import json

import msgspec
import pytest

from exporter.domain.accounts import Owner, owner_of
from exporter.domain.transcripts.batch import Batch
from exporter.domain.usage.pricing import Counts
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
    assert owner == batch_of(line, assistant()).sessions[0].owner


def no_price(model: str, at: int, speed: str | None, counts: Counts, searches: int) -> int:
    return 0


def batch_of(*lines: Record | bytes) -> Batch:
    collector = Collector("s1")
    content = written(lines)
    assert len(content) == collector.take(content, 0)
    return collector.batch(no_price)


def test_the_last_one_holds() -> None:
    later = bridge("dddddddd", THEIRS)
    assert owner_of(THEIRS, "dddddddd") == batch_of(bridge(), assistant(), later).sessions[0].owner
    moved = attachment("credential_org", organizationUuid=THEIRS)
    assert owner_of(THEIRS, None) == batch_of(bridge(), moved).sessions[0].owner


def test_the_same_organization_alone_leaves_the_account() -> None:
    same = attachment("credential_org", organizationUuid=MINE)
    assert BOTH == batch_of(bridge(), same).sessions[0].owner


def test_each_session_has_its_own() -> None:
    batch = batch_of(bridge(), bridge("dddddddd", THEIRS, session="s2"), assistant("m3", session="s3"))
    owners = {session.session_id: session.owner for session in batch.sessions}
    assert {"s1": BOTH, "s2": owner_of(THEIRS, "dddddddd"), "s3": None} == owners


def test_what_is_broken_says_nothing_and_stops_nothing() -> None:
    broken = json.dumps(bridge()).encode()[:-1] + b',"ownerAccountUuid":"\xff"}'
    batch = batch_of(broken, assistant())
    assert (1, None) == (len(batch.sessions[0].responses), batch.sessions[0].owner)
    assert {} == batch.skipped


def test_no_id_is_kept_and_the_owner_survives_the_way_to_the_store() -> None:
    batch = batch_of(bridge(), assistant())
    for encode, decode in (
        (msgspec.msgpack.encode, msgspec.msgpack.decode),
        (msgspec.json.encode, msgspec.json.decode),
    ):
        content = encode(batch)
        assert BOTH == decode(content, type=Batch).sessions[0].owner
        assert not any(one.encode() in content for one in (ME, MINE))
