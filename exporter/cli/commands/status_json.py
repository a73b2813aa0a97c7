"""`claude-tracker status --json` without click, which takes as long to import as the answer takes."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence

from exporter.cli.options.by_hand import StatusOptions, status_options
from exporter.errors import TrackerError


def main(arguments: Sequence[str]) -> int | None:
    """Prints the snapshot. Returns the exit code, or None where click has to judge the arguments: nothing was done."""
    options = status_options(arguments, os.environ)
    if options is None:
        return None
    try:
        _print(options)
    except TrackerError as error:
        from exporter.cli.failure import Failure

        failure = Failure(error)
        failure.show()
        return failure.exit_code
    except KeyboardInterrupt:
        from exporter.cli.output import say_lines

        say_lines("\nAborted!", err=True)
        return 1
    except OSError as error:
        if error.errno != errno.EPIPE:
            raise
        sys.stdout = io.StringIO()  # the interpreter flushes it at its end
        return 1
    return 0


def _print(options: StatusOptions) -> None:
    """Raises TrackerError."""
    from exporter.cli.output import print_json
    from exporter.cli.wiring import environment
    from exporter.cli.wiring.status import taken_now
    from exporter.snapshot.snapshot_json import to_json

    environment.format_log_lines()
    print_json(to_json(taken_now(options).snapshot))
