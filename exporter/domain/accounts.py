"""Accounts: whose usage and limits are whose. They are known by hashes only; the ids themselves are kept nowhere."""

from __future__ import annotations

import hashlib

import msgspec

UNKNOWN_ACCOUNT = 1
"""The account of what nobody's name is on: an API key, a gateway, CI."""
UNKNOWN = "unknown"
OTHER = "other"
MAX_ACCOUNTS = 8
"""Accounts with a label of their own, apart from the unknown one."""


class Owner(msgspec.Struct, frozen=True):
    """Whose something is: the hashes of an organization's id and of an account's; None for one that is not known.

    One person may have several organizations, each with limits of its own, so that the pair names an account.
    """

    organization: str | None = None
    account: str | None = None

    @property
    def is_known(self) -> bool:
        return self.organization is not None or self.account is not None

    @property
    def is_whole(self) -> bool:
        return self.organization is not None and self.account is not None


NOBODY = Owner()


def owner_of(organization: object, account: object) -> Owner:
    """From the ids as Claude writes them; what is not a text, or empty, says nothing."""
    return Owner(_hash(organization), _hash(account))


def _hash(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    return hashlib.sha256(f"claude-tracker:{value.strip().lower()}".encode("utf-8", "replace")).hexdigest()[:16]


def account_hash(owner: Owner) -> str:
    """Ten hex digits, the same on every machine; `unknown` for nobody. It is the label, unless there are too many."""
    if not owner.is_known:
        return UNKNOWN
    return hashlib.sha256(f"{owner.organization or ''}:{owner.account or ''}".encode()).hexdigest()[:10]


class Origin(msgspec.Struct, frozen=True):
    """Where a report comes from, which shows whose it is. Paths as texts, None if not known.

    `folder`: a configuration folder of Claude's; `transcript`: a file below one; `session`: a session id.
    """

    owner: Owner = NOBODY
    folder: str | None = None
    transcript: str | None = None
    session: str | None = None


class FolderAccount(msgspec.Struct, frozen=True):
    """To whom a configuration folder belongs now, as its `.claude.json` says. NOBODY if it names no one.

    `plan`: the organization's rate limit tier, else its type; None if not said. `since`: from when on (ms) the file
    shows it at the latest; None if not known. `proven`: when the service answered this account (ms), whichever its
    organization; None if the file's answer is not this account's.
    """

    folder: str
    owner: Owner
    plan: str | None = None
    since: int | None = None
    proven: int | None = None
