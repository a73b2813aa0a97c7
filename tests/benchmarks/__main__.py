"""`./start.sh bench`: runs the figures, prints a table of them with the machine's facts, and can write JSON."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import measuring
from benchmarks.bench import Bench, Figure, Sizes
from benchmarks.figures import FIGURES
from benchmarks.measuring import Spread


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(sorted(FIGURES)))
@click.option("--megabytes", default=1000.0, show_default=True, help="The size of the tree; the rest in proportion.")
@click.option("--pairs", default=7, show_default=True, help="Runs of ours and of the peer, in turn.")
@click.option("--appends", default=1_000, show_default=True, help="Appends and scrapes that are timed.")
@click.option("--idle-seconds", default=600.0, show_default=True, help="How long the idle tracker is watched.")
@click.option("--busy-seconds", default=60.0, show_default=True, help="How long listeners and requests load it.")
@click.option("--before", default="HEAD~1", show_default=True, help="The commit, or built checkout, to compare with.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here.")
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(__file__).parents[2] / ".bench",
    show_default=".bench next to start.sh",
    help="Where trees, databases and the peer are kept.",
)
def bench(
    names: tuple[str, ...],
    megabytes: float,
    pairs: int,
    appends: int,
    idle_seconds: float,
    busy_seconds: float,
    before: str,
    json_file: Path | None,
    work: Path,
) -> None:
    """Measure ours against its peers in the same run. NAMES: which figures, all by default."""
    console = Console()
    sizes = Sizes(megabytes, pairs, appends, idle_seconds, busy_seconds)
    console.print(f"{measuring.machine()}\n{sizes}")
    setting = Bench(work.absolute(), sizes, before)
    figures: list[Figure] = []
    for name in names or FIGURES:
        with console.status(name):
            figures += FIGURES[name](setting)
    console.print(table(figures))
    if json_file is not None:
        facts = {"machine": measuring.machine(), "sizes": sizes, "figures": figures}
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(facts)) + b"\n")


def table(figures: list[Figure]) -> Table:
    result = Table("Figure", "Median", "Range", "Bar", "Ours", "Peer")
    for figure in figures:
        met = figure.bar is None or figure.value.median <= figure.bar
        result.add_row(
            figure.name,
            f"{figure.value.median:.3g} {figure.unit}",
            _range(figure.value),
            "" if figure.bar is None else f"≤ {figure.bar:g} {'met' if met else 'MISSED'}",
            _seconds(figure.ours),
            _seconds(figure.peer),
        )
    return result


def _range(value: Spread) -> str:
    return f"{value.low:.3g} to {value.high:.3g}"


def _seconds(value: Spread | None) -> str:
    return f"{value.median:.3g} s" if value is not None else ""


if __name__ == "__main__":
    bench()
