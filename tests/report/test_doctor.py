"""The report of the doctor at 80 columns: problems first, each with its remedy, then how much is fine."""

from __future__ import annotations

import io

from exporter.doctor.check import Check
from exporter.report import MIN_WIDTH
from exporter.report.doctor import doctor
from exporter.report.terminal import Terminal

CHECKS = (
    Check("python", "ok", "Python 3.11.", None),
    Check("service", "note", "No service starts the tracker at login.", "Run `claude-tracker service install`."),
    Check("limits", "warning", "The last usage report is 2 days old.", "Run `claude-tracker limits --ask`."),
    Check("disk", "error", "50 MB are free where the database lies, which holds a \x1b[31mname.", "Free some space."),
    Check("zone", "ok", "Days start at midnight Europe/Berlin.", None),
)


def shown(*checks: Check, lists_all: bool) -> str:
    file = io.StringIO()
    Terminal(MIN_WIDTH, file=file, width=80).print_report(doctor(checks, 80, lists_all=lists_all))
    return file.getvalue()


def test_problems_come_first() -> None:
    assert (
        "error  disk\n"
        "  50 MB are free where the database lies, which holds a \\x1b[31mname.\n"
        "  → Free some space.\n"
        "\n"
        "warning  limits\n"
        "  The last usage report is 2 days old.\n"
        "  → Run `claude-tracker limits --ask`.\n"
        "\n"
        "note  service\n"
        "  No service starts the tracker at login.\n"
        "  → Run `claude-tracker service install`.\n"
        "\n"
        "2 checks are fine (--all lists them).\n"
    ) == shown(*CHECKS, lists_all=False)


def test_a_long_text_is_wrapped_and_indented() -> None:
    long = Check("x", "note", "word " * 20, "do " * 30)
    assert (
        f"note  x\n  {'word ' * 14}word\n  {'word ' * 4}word\n  → {'do ' * 24}do\n  {'do ' * 4}do\n"
        "\n0 checks are fine (--all lists them).\n"
    ) == shown(long, lists_all=False)


def test_what_is_fine_is_listed_on_request() -> None:
    assert "ok  python  Python 3.11.\n1 check is fine.\n" == shown(CHECKS[0], lists_all=True)
