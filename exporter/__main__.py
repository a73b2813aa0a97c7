"""`python -m exporter` and the console command."""

from __future__ import annotations


def main() -> None:
    from exporter.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
