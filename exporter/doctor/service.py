"""The service that starts the tracker at login: a systemd user unit or a launchd agent."""

from __future__ import annotations

import msgspec

from exporter.doctor.check import Finding, error, note, ok, warning


class ServiceFacts(msgspec.Struct, frozen=True):
    """`manager`: what starts services here (`systemd`, `launchd`), None if there is none that is supported.

    `is_installed`: whether its file is there. `state`: as the manager calls it, None if it does not answer.
    `program`: the program in the file, None if it names none; `has_program`: whether that exists.
    """

    manager: str | None = None
    is_installed: bool = False
    state: str | None = None
    program: str | None = None
    has_program: bool = False


ACTIVE = frozenset(("active", "activating", "reloading", "running"))


def check_service(facts: ServiceFacts) -> Finding:
    if facts.manager is None:
        return ok("This system has neither systemd nor launchd for a service.")
    if not facts.is_installed:
        return note(
            "No service starts the tracker at login.", "Run `claude-tracker service install`, if you want that."
        )
    return ok(f"A {facts.manager} service is installed.")


def check_service_active(facts: ServiceFacts) -> Finding:
    if not facts.is_installed or facts.state is None or facts.state in ACTIVE:
        return ok(f"The service is {facts.state}." if facts.is_installed and facts.state else "No service to check.")
    return warning(
        f"The service is installed but {facts.state}.",
        "Run `claude-tracker service start`, and `claude-tracker service logs` to see why it ended.",
    )


def check_service_command(facts: ServiceFacts) -> Finding:
    if not facts.is_installed:
        return ok("No service to check.")
    if facts.program is None:
        return error("The service's file names no program.", "Run `claude-tracker service install` again.")
    if not facts.has_program:
        return error(
            f"The service starts {facts.program}, which does not exist.", "Run `claude-tracker service install` again."
        )
    return ok(f"The service starts {facts.program}.")
