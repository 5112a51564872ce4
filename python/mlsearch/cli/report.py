"""``mlsearch report``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mlsearch.cli.options import (
    chosen_device,
    device_option,
    domain_options,
    domain_settings_from,
    format_option,
    num_option,
    quiet_option,
    search_arguments,
    search_options,
    seed_option,
)
from mlsearch.cli.output import print_tables
from mlsearch.cli.runs import RunFolder, grouped
from mlsearch.cli.stages import stages


@click.command(
    short_help="Write one HTML page about runs, beside the baselines.",
    epilog="""\b
Examples:
  mlsearch report runs/contrastive runs/hybrid -o report.html
  mlsearch report runs/hybrid --title "Hybrid metrics" --n 200
""",
)
@click.argument("runs", nargs=-1, required=True, type=RunFolder(file_okay=False))
@click.option(
    "--out",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The page to write.",
)
@click.option("--title", help="Of the page; default Learned distances as search heuristics.")
@num_option
@search_options
@domain_options
@seed_option()
@device_option
@quiet_option
@format_option
def report(
    runs: tuple[Path, ...],
    out: Path,
    title: str | None,
    num: int,
    seed: int,
    device: str,
    quiet: bool,
    output: str,
    **worlds: Any,
) -> None:
    """Write one HTML page about runs: scores beside the baselines, figures, configs.

    The page also says what each method does, which command trained it and when, and how to cite it.
    """
    from mlsearch.base.files import distinct_names
    from mlsearch.domains.problems import sample_problems
    from mlsearch.report import all_tables, build_report, entries_as_json, entries_as_rows
    from mlsearch.reproduction import TITLE, baseline_entries, describe, learned_entries
    from mlsearch.runs import checkpoint

    runs = tuple({run.resolve(): run for run in runs}.values())
    names = dict(zip(runs, distinct_names(runs), strict=True))
    options = search_arguments(worlds)
    settings = domain_settings_from(checkpoint.read_config(runs[0]).domain, **worlds)
    with stages(quiet):
        problems = sample_problems(settings, num, seed, "test")
        learned = [
            entry
            for name, seeds in grouped(runs, names.__getitem__).items()
            for entry in learned_entries(name, seeds, problems, chosen_device(device), **options)
        ]
        entries = [*learned, *baseline_entries(problems, **options)]
        out.parent.mkdir(parents=True, exist_ok=True)
        build_report(entries, out, title or TITLE, describe(entries, **options))
    if output == "table":
        click.echo(f"Report: {out}")
        return
    tables = list(all_tables(entries).values())
    print_tables(output, tables, entries_as_json(entries), entries_as_rows(entries))
