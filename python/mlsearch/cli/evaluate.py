"""``mlsearch evaluate``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.figures import figure_arguments, figure_options
from mlsearch.cli.options import (
    chosen_device,
    device_option,
    domain_named,
    domain_options,
    domain_settings_from,
    format_option,
    num_option,
    scramble_option,
    search_arguments,
    search_options,
    seed_option,
)
from mlsearch.cli.output import print_tables
from mlsearch.cli.runs import RunFolder, chosen_run, grouped

if TYPE_CHECKING:
    from mlsearch.evaluation.evaluation import Evaluation
    from mlsearch.report import Entry


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
@figure_options
@format_option
def evaluate(
    runs: tuple[Path, ...],
    num: int,
    scramble: int | str | None,
    seed: int,
    device: str,
    output: str,
    **worlds: Any,
) -> None:
    """Score runs on the same unseen problems, beside every baseline.

    RUNS are run folders, names of metrics that come with the package, or "latest" for the run under
    runs/ that was trained last; without them, the metric of the package for the domain is taken.
    Writes scores.json and figures/ into each run folder, but not into the package.
    """
    from mlsearch.metrics.shipped import SHIPPED
    from mlsearch.report import all_tables, entries_as_rows, scores_as_json

    suffix, how = figure_arguments(worlds)
    entries, title = _entries(runs, num, scramble, seed, device, worlds)
    baselines = [entry.evaluations[0] for entry in entries if not entry.is_learned]
    for folder, evaluations in by_folder(entries).items():
        if folder not in SHIPPED.values():
            write_evaluation(folder, evaluations, baselines, suffix, **how)
    learned = [entry.name for entry in entries if entry.is_learned]
    tables = all_tables(entries)
    shown = [replace(tables["scores"], title=title)]
    shown += [tables["paired"]] if len(learned) > 1 else []
    print_tables(output, shown, scores_as_json(entries), entries_as_rows(entries), learned)


def _entries(
    runs: tuple[Path, ...],
    num: int,
    scramble: int | str | None,
    seed: int,
    device: str,
    worlds: dict[str, Any],
) -> tuple[list[Entry], str]:
    """The runs and the baselines on the same problems, and what these are."""
    from mlsearch.domains.extras import kind_of
    from mlsearch.domains.problems import sample_problems
    from mlsearch.metrics.shipped import label_of
    from mlsearch.reproduction import baseline_entries, learned_entries
    from mlsearch.runs.checkpoint import read_config
    from mlsearch.search.budget import bounded, budgets_of, kind_of_search

    options = search_arguments(worlds)
    chosen = [chosen_run(run, domain_named(**worlds)) for run in runs or (None,)]
    folders = list(dict.fromkeys(folder for folder in chosen if folder is not None))
    base = read_config(folders[0]).domain if folders else None
    problems = sample_problems(domain_settings_from(base, **worlds), num, seed, "test", scramble)
    common = {"device": chosen_device(device), "with_axioms": False, **options}
    entries = [
        entry
        for name, seeds in grouped(folders, label_of).items()
        for entry in learned_entries(name, seeds, problems, **common)
    ]
    entries += baseline_entries(problems, with_axioms=False, **options)
    found = bounded(options, problems.domain)
    search = kind_of_search(found) + budgets_of(found)
    return entries, f"{num} unseen {kind_of(problems.domain)}, {search}"


def by_folder(entries: list[Entry]) -> dict[Path, list[Evaluation]]:
    """The evaluations of each run folder; a classifier has two."""
    found: dict[Path, list[Evaluation]] = {}
    for entry in entries:
        for folder, evaluation in zip(entry.folders, entry.evaluations, strict=False):
            found.setdefault(folder, []).append(evaluation)
    return found


def write_evaluation(
    run: Path,
    evaluations: Sequence[Evaluation],
    baselines: Sequence[Evaluation],
    suffix: str = ".png",
    **how: float,
) -> None:
    """Writes ``scores.json`` and the figures of one run into its folder.

    Figures that need maps or known shortest paths are left out where there are none.

    Args:
        run: the run folder.
        evaluations: of the run; a classifier has one for each way to read it out.
        baselines: on the same problems.
        suffix: of the figures.
        how: ``dpi`` and ``width`` of ``plots.save``.
    """
    from mlsearch import plots
    from mlsearch.base.files import write_json
    from mlsearch.evaluation.evaluation import scores_as_json
    from mlsearch.evaluation.score_table import yardstick_of
    from mlsearch.runs.tracking import EventLog

    domain = baselines[0].problems.domain
    write_json(run / "scores.json", scores_as_json([*evaluations, *baselines]))
    evaluations = [replace(e, name=e.name.replace(str(run), run.name)) for e in evaluations]
    every = [*evaluations, *baselines]
    figures = {"comparison": plots.comparison(every)}
    curves = {run.name: run / "scalars.csv"}
    if plots.has_curves(curves):
        figures["training"] = plots.training_curves(curves)
    if any(map(len, evaluations[0].along_paths)):
        figures["correlation"] = plots.correlations(evaluations)
    if plots.has_fields(domain):
        yardstick = [e for e in baselines if e.name == yardstick_of(e)]
        figures["heatmaps"] = plots.heatmaps([*evaluations, *yardstick], 0)
    (run / "figures").mkdir(exist_ok=True)
    events = EventLog(run)
    for name, figure in figures.items():
        events.figure(name, figure)
        plots.save(figure, run / "figures" / f"{name}{suffix}", **how)
    events.close()
