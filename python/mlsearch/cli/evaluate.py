"""``mlsearch evaluate``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.figures import figure_arguments, figure_options
from mlsearch.cli.options import (
    ParamType,
    chosen_device,
    device_option,
    domain_named,
    domain_options,
    domain_settings_from,
    format_option,
    num_option,
    quiet_option,
    scramble_option,
    search_arguments,
    search_options,
    seed_option,
)
from mlsearch.cli.output import print_tables
from mlsearch.cli.runs import RunFolder, chosen_run, grouped
from mlsearch.cli.stages import stages

if TYPE_CHECKING:
    from mlsearch.report import Entry


class Drawn(ParamType):
    """Numbers of problems, or a word that says which; see ``problems_to_draw``."""

    name = "NUMBERS|varied|longest|hardest"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        from mlsearch.evaluation.drawn import CHOICES, NUM_DRAWN

        if not isinstance(value, str) or value in CHOICES:
            return value
        numbers = [part.strip() for part in value.split(",")]
        if all(part.isdecimal() for part in numbers) and len(numbers) <= NUM_DRAWN:
            return tuple(map(int, numbers))
        known = ", ".join(CHOICES)
        message = f"expected at most {NUM_DRAWN} numbers such as 0,5,7, or {known}; got {value!r}"
        raise click.BadParameter(message, ctx, param)


@click.command(
    epilog="""\b
Examples:
  mlsearch evaluate runs/contrastive runs/hybrid --n 1000
  mlsearch evaluate --domain tiles4 --n 20 --beam-width 64
  mlsearch evaluate runs/hybrid --format latex --figures pdf
"""
)
@click.argument("runs", nargs=-1, type=RunFolder(file_okay=False))
@num_option
@scramble_option
@search_options
@domain_options
@seed_option()
@device_option
@click.option(
    "--problems",
    "drawn",
    type=Drawn(),
    default="varied",
    show_default=True,
    help="Which problems the figures show; numbers such as 0,5,7, ten at most.",
)
@figure_options
@quiet_option
@format_option
def evaluate(
    runs: tuple[Path, ...],
    num: int,
    scramble: int | str | None,
    drawn: str | tuple[int, ...],
    seed: int,
    device: str,
    quiet: bool,
    output: str,
    **worlds: Any,
) -> None:
    """Score runs on the same unseen problems, beside every baseline.

    RUNS are run folders, names of metrics that come with the package, or "latest" for the run under
    runs/ that was trained last; without them, the metric of the package for the domain is taken.

    Writes scores.json and figures/ into RUN/evaluations/n1000-seed0, a folder that is named after
    --n, --seed and whatever else was asked for; nothing is written into the package.
    """
    from mlsearch.evaluation.drawn import checked_numbers, problems_to_draw
    from mlsearch.metrics.shipped import SHIPPED
    from mlsearch.report import all_tables, entries_as_rows, scores_as_json
    from mlsearch.report.kept import by_folder, keep_evaluation

    suffix, how = figure_arguments(worlds)
    if not isinstance(drawn, str):
        checked_numbers(drawn, num)  # before the searches
    with stages(quiet):
        entries, title, settings = _entries(runs, num, scramble, seed, device, worlds)
        baselines = [entry for entry in entries if not entry.is_learned]
        learned = [entry for entry in entries if entry.is_learned]
        evaluations = [entry.evaluations[0] for entry in learned]
        chosen = problems_to_draw(drawn, evaluations) if learned else []
        places = [
            keep_evaluation(folder, own, baselines, settings, chosen, suffix, **how)
            for folder, own in by_folder(learned).items()
            if folder not in SHIPPED.values()
        ]
        tables = all_tables(entries)
    shown = [replace(tables["scores"], title=title)]
    shown += [tables["paired"]] if len(learned) > 1 else []
    names = [entry.name for entry in learned]
    print_tables(output, shown, scores_as_json(entries), entries_as_rows(entries), names)
    for place in places if output == "table" or not quiet else ():
        click.echo(f"Results: {place} (scores.json, figures/)", err=output != "table")


def _entries(
    runs: tuple[Path, ...],
    num: int,
    scramble: int | str | None,
    seed: int,
    device: str,
    worlds: dict[str, Any],
) -> tuple[list[Entry], str, dict[str, Any]]:
    """The runs and the baselines on the same problems, what these are, and all settings."""
    from mlsearch.base.files import distinct_names
    from mlsearch.domains.extras import kind_of
    from mlsearch.domains.problems import sample_problems
    from mlsearch.domains.registry import settings_dict
    from mlsearch.metrics.shipped import SHIPPED, label_of
    from mlsearch.reproduction import baseline_entries, learned_entries
    from mlsearch.runs.checkpoint import read_config
    from mlsearch.search.budget import bounded, budgets_of, kind_of_search

    options = search_arguments(worlds)
    chosen = [chosen_run(run, domain_named(**worlds)) for run in runs or (None,)]
    folders = list(dict.fromkeys(folder for folder in chosen if folder is not None))
    labels = {
        folder: label_of(folder) if folder in SHIPPED.values() else name
        for folder, name in zip(folders, distinct_names(folders), strict=True)
    }
    base = read_config(folders[0]).domain if folders else None
    domain = domain_settings_from(base, **worlds)
    problems = sample_problems(domain, num, seed, "test", scramble)
    common = {"device": chosen_device(device), "with_axioms": False, **options}
    entries = [
        entry
        for name, seeds in grouped(folders, labels.__getitem__).items()
        for entry in learned_entries(name, seeds, problems, **common)
    ]
    entries += baseline_entries(problems, with_axioms=False, **options)
    found = bounded(options, problems.domain)
    search = kind_of_search(found) + budgets_of(found)
    given = {"scramble": scramble, **options} if scramble is not None else options
    settings = {"num": num, "seed": seed, "domain": settings_dict(domain), **given}
    return entries, f"{num} unseen {kind_of(problems.domain)}, {search}", settings
