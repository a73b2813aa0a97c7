"""Entry point of `python -m exporter` and of the console command."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    if sys.argv[1:2] == ["statusline"]:  # runs at every answer of Claude Code, so imports nothing heavy
        from exporter.cli.commands.statusline import main as statusline

        sys.exit(statusline(sys.argv[2:]))
    if sys.argv[1:2] == ["hook"]:
        from exporter.cli.commands.statusline import hook

        sys.exit(hook(sys.argv[2:]))
    if sys.argv[1:] == ["--version"]:
        from exporter import __version__
        from exporter.cli.names import NAME

        sys.stdout.write(f"{NAME}, version {__version__}\n")
        sys.exit(0)
    if sys.argv[1:2] in (["ingest"], ["status"]):
        gc.disable()  # they end soon, and what they make has no circles: 6 % of the time of `status`
    try:
        if "status" in sys.argv and "--json" in sys.argv:  # a monitoring script calls it every few seconds
            from exporter.cli.commands.status_json import main as status_json

            if (code := status_json(sys.argv[1:])) is not None:
                sys.exit(code)
        from exporter.cli.main import main as run
    except KeyboardInterrupt:  # click handles it only after the imports
        sys.exit(1)
    run()


if __name__ == "__main__":
    main()
