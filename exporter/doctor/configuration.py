"""The configuration file, and the secrets that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from exporter.doctor.check import Finding, error, ok, warning

READ_BY_OTHERS, WRITTEN_BY_OTHERS = 0o044, 0o022
SECRET_KEYS = frozenset(("token",))


class SecretFile(msgspec.Struct, frozen=True):
    """A file with a secret. `name`: what it is for. `mode`: None if there is no file, or on Windows."""

    name: str
    mode: int | None
    is_own: bool = True
    exists: bool = True


class ConfigFacts(msgspec.Struct, frozen=True):
    """`problem`: why the file cannot be used, None if it can. `values`: problems of single values.

    `mode`: its permission bits, None without a file. `holds_secret`: whether one is written in it.
    """

    path: str
    problem: str | None = None
    values: tuple[str, ...] = ()
    mode: int | None = None
    holds_secret: bool = False
    secrets: tuple[SecretFile, ...] = ()


def holds_secret(values: Mapping[str, Any]) -> bool:
    """Whether the values of a configuration file contain a secret: a token, or a URL with a password."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            if holds_secret(value):
                return True
        elif isinstance(value, str) and value and (key in SECRET_KEYS or _has_password(value)):
            return True
    return False


def _has_password(text: str) -> bool:
    try:
        return "://" in text and urlsplit(text).password is not None
    except ValueError:
        return False


def check_config(facts: ConfigFacts) -> Finding:
    if facts.problem is not None:
        return error(f"The configuration file cannot be used: {facts.problem}.", f"Correct {facts.path}.")
    return ok(f"{facts.path} is valid." if facts.mode is not None else f"There is no configuration file {facts.path}.")


def check_config_values(facts: ConfigFacts) -> Finding:
    if facts.values:
        return error(f"Values that no command accepts: {'; '.join(facts.values)}.", f"Correct them in {facts.path}.")
    return ok("All values are accepted.")


def check_config_permissions(facts: ConfigFacts) -> Finding:
    if facts.mode is not None and facts.mode & WRITTEN_BY_OTHERS:
        return warning(
            f"Other users may change {facts.path}, which can name a program to run.", f"Run `chmod go-w {facts.path}`."
        )
    return ok("Only you may change the configuration.")


def check_secrets(facts: ConfigFacts) -> Finding:
    for secret in facts.secrets:
        if not secret.exists:
            return error(f"The file with {secret.name} does not exist.", "Create it, or correct its path.")
        if not secret.is_own or (secret.mode is not None and secret.mode & 0o077):
            return error(
                f"Other users can read the file with {secret.name}, so it is not used.",
                "Make yourself its owner, and run `chmod 600` on it.",
            )
    if facts.holds_secret and facts.mode is not None and facts.mode & READ_BY_OTHERS:
        return warning(
            f"Other users can read {facts.path}, which holds a secret.",
            f"Run `chmod 600 {facts.path}`, or set the secret by its environment variable.",
        )
    return ok("No secret is readable by others.")
