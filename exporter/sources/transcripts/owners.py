"""Whose a session is: a few rare lines say it by the ids of an account and an organization. Only hashes are kept.

`bridge-session` (Remote Control) names both, `hybrid-organization` and an attachment of the type `credential_org` the
organization. Other attachments, one of which holds the account's e-mail address, are not decoded.
"""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.domain.accounts import Owner, owner_of

OWNER_LINES = frozenset(("bridge-session", "hybrid-organization", "attachment"))
"""Types of the lines that may say it. Attachments are frequent: only those with `CREDENTIAL` in the first bytes do."""
CREDENTIAL = b"credential_org"
MAX_BYTES = 1_024
"""Longer lines say something else."""


class _Type(msgspec.Struct):
    type: Any = None


class _Line(msgspec.Struct):
    type: str | None = None
    ownerAccountUuid: Any = None
    ownerOrganizationUuid: Any = None
    organizationUuid: Any = None
    attachment: msgspec.Raw = msgspec.Raw(b"null")


class _Attachment(msgspec.Struct):
    organizationUuid: Any = None


def owner_in(raw: bytes) -> Owner | None:
    """Whom the line names; None if it names nobody, or is malformed."""
    if len(raw) > MAX_BYTES:
        return None
    try:
        owner = _owner(msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"), type=_Line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return owner if owner.is_known else None


def _owner(line: _Line) -> Owner:
    if line.type != "attachment":
        return owner_of(line.ownerOrganizationUuid or line.organizationUuid, line.ownerAccountUuid)
    if msgspec.json.decode(line.attachment, type=_Type).type != CREDENTIAL.decode():
        return Owner()
    return owner_of(msgspec.json.decode(line.attachment, type=_Attachment).organizationUuid, None)


def later_owner(known: Owner | None, new: Owner) -> Owner:
    """The last one holds. One that names only the organization leaves the account that was named with it."""
    is_less = known is not None and new.account is None and new.organization == known.organization
    return known if known is not None and is_less else new
