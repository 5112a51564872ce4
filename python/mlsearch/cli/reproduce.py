"""``mlsearch reproduce``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlsearch.cli.options import (
    WithMethods,
    chosen_device,
    device_option,
    domain_option,
    format_option,
    quiet_option,
    seed_option,
)
from mlsearch.cli.output import print_tables
from mlsearch.cli.progress import training_progress
from mlsearch.cli.runs import RUNS
from mlsearch.cli.stages import stages
from mlsearch.scales import PUZZLE_SCALES, SCALES, PuzzleScale, Scale

if TYPE_CHECKING:
    from mlsearch.learning.training import Progress
    from mlsearch.reproduction import Watch


def _steps(scales: Mapping[str, Scale | PuzzleScale]) -> str:
    """The steps of all scales in words, such as "150, 2,000 or 4,000"."""
    *others, last = (f"{scale.steps:,}" for scale in scales.values())
    return f"{', '.join(others)} or {last}"


@click.command(
    cls=WithMethods,
    epilog="""\b
Examples:
  mlsearch reproduce --scale smoke --out /tmp/smoke
  mlsearch reproduce --methods contrastive,hybrid --seeds 3
  mlsearch reproduce --experiment puzzles --domain cube3 --seeds 3
""",
)
@click.option(
    "--experiment",
    type=click.Choice(["report", "puzzles"]),
    default="report",
    show_default=True,
    help="The report's, or objectives side by side on cube3 and tiles4.",
)
@click.option(
    "--scale",
    type=click.Choice(list(SCALES)),
    default="short",
    show_default=True,
    help=f"Steps of training; the report: {_steps(SCALES)}; puzzles: {_steps(PUZZLE_SCALES)}.",
)
@click.option(
    "--methods",
    help="Separated by commas; default all that learn from a fixed set of trajectories.",
)
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="Per method.")
@seed_option()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the runs and results; default runs/reproduction or runs/puzzles.",
)
@domain_option
@device_option
@quiet_option
@format_option
def reproduce(
    experiment: str,
    scale: str,
    methods: str | None,
    seeds: int,
    seed: int,
    out: Path | None,
    domain: str | None,
    device: str,
    quiet: bool,
    output: str,
) -> None:
    """Run the whole experiment of the reproduced report.

    Trains every method, scores all of them on the same unseen problems beside the baselines,
    and writes results.json, results.md and report.html. Runs that are finished are not trained
    again; one that was stopped goes on. The runs of a method have the seeds --seed, --seed + 1
    and so on. The report is about mazes; --domain does the same in another domain.

    "puzzles" trains several objectives on the same network, data and steps, and searches with each
    by beams of several widths. It writes results.json and results.md.
    """
    names = tuple(map(str.strip, methods.split(","))) if methods else None
    run = _puzzles if experiment == "puzzles" else _report
    try:
        run(scale, names, seeds, seed, out, domain, chosen_device(device), quiet, output)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(f"{stop}; the same command goes on from there") from stop


def _watch(quiet: bool) -> Watch:
    """Shows each training run."""

    def watch(total: int, label: str) -> AbstractContextManager[Progress | None]:
        return training_progress(total, quiet, label)

    return watch


def _report(
    scale: str,
    names: Sequence[str] | None,
    seeds: int,
    seed: int,
    out: Path | None,
    domain: str | None,
    device: str,
    quiet: bool,
    output: str,
) -> None:
    from mlsearch.report import all_tables, entries_as_json, entries_as_rows
    from mlsearch.reproduction import PUBLISHED_DOMAIN, reproduce

    place, kind = out or RUNS / "reproduction", domain or PUBLISHED_DOMAIN
    with stages(quiet):
        entries = reproduce(scale, names, seeds, place, device, _watch(quiet), seed, kind)
    tables = all_tables(entries)
    shown = [tables[name] for name in ("scores", "published") if name in tables]
    print_tables(
        output,
        shown if output == "table" else list(tables.values()),
        entries_as_json(entries),
        entries_as_rows(entries),
        [entry.name for entry in entries if entry.is_learned],
    )
    if output == "table":
        click.echo(f"Results: {place / 'results.md'}, {place / 'results.json'}")
        click.echo(f"Report: {place / 'report.html'}")


def _puzzles(
    scale: str,
    names: Sequence[str] | None,
    seeds: int,
    seed: int,
    out: Path | None,
    domain: str | None,
    device: str,
    quiet: bool,
    output: str,
) -> None:
    from mlsearch.comparison import DOMAINS, as_plain, compare, table_of, variants_of

    place, domains = out or RUNS / "puzzles", [domain] if domain else DOMAINS
    variants = variants_of(names)
    with stages(quiet):
        rows = compare(scale, domains, seeds, place, device, _watch(quiet), seed, variants)
    plain = as_plain(rows)
    numbers = [{k: v for k, v in row.items() if k != "solved_after"} for row in plain]
    print_tables(output, [table_of(name, rows) for name in domains], plain, numbers)
    if output == "table":
        click.echo(f"Results: {place / 'results.md'}, {place / 'results.json'}")
