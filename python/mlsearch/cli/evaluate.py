"""``mlsearch evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.options import (
    device_option,
    domain_named,
    domain_options,
    domain_settings_from,
    json_option,
    num_option,
    scramble_option,
    search_arguments,
    search_options,
    seed_option,
)
from mlsearch.cli.output import print_json, print_scores
from mlsearch.cli.runs import RunFolder, chosen_metric

if TYPE_CHECKING:
    from mlsearch.evaluation.evaluation import Evaluation
    from mlsearch.metrics.learned import LearnedMetric


@click.command(
    epilog="""\b
Examples:
  mlsearch evaluate runs/contrastive runs/hybrid --n 1000
  mlsearch evaluate --domain tiles4 --n 20 --beam-width 64
"""
)
@click.argument("runs", nargs=-1, type=RunFolder(file_okay=False))
@num_option
@scramble_option
@search_options
@domain_options
@seed_option()
@device_option
@json_option
def evaluate(
    runs: tuple[Path, ...],
    num: int,
    scramble: int | str | None,
    seed: int,
    device: str,
    as_json: bool,
    **worlds: Any,
) -> None:
    """Score runs on the same unseen problems, beside every baseline.

    RUNS are run folders or names of metrics that come with the package; without them, the newest
    run of the domain under runs/ is taken, or the metric of the package for it. Writes
    scores.json and figures/ into each run folder, but not into the package.
    """
    from mlsearch.domains.extras import kind_of
    from mlsearch.domains.problems import sample_problems
    from mlsearch.evaluation.evaluation import evaluate, evaluate_baselines, scores_as_json
    from mlsearch.search.budget import bounded, budgets_of, kind_of_search

    options = search_arguments(worlds)
    metrics = _metrics(runs, domain_named(**worlds), device)
    base = next(iter(metrics.values())).config.domain if metrics else None
    problems = sample_problems(domain_settings_from(base, **worlds), num, seed, "test", scramble)
    baselines = evaluate_baselines(problems, **options)
    learned = [evaluate(metric, problems, name, **options) for name, metric in metrics.items()]
    for evaluation in learned:
        if (run := Path(evaluation.name)).is_dir():
            write_evaluation(run, evaluation, baselines)
    if as_json:
        print_json(scores_as_json([*learned, *baselines]))
    else:
        found = bounded(options, problems.domain)
        how = kind_of_search(found) + budgets_of(found)
        print_scores([*learned, *baselines], f"{num} unseen {kind_of(problems.domain)}, {how}")


def _metrics(runs: tuple[Path, ...], domain: str | None, device: str) -> dict[str, LearnedMetric]:
    """The metrics to score, by what tables call them."""
    found = [chosen_metric(run, domain, device) for run in runs or (None,)]
    return dict(named for named in found if named is not None)


def write_evaluation(run: Path, evaluation: Evaluation, baselines: list[Evaluation]) -> None:
    """Writes ``scores.json`` and the figures of one run into its folder.

    Figures that need maps or known shortest paths are left out where there are none.
    """
    from mlsearch import plots
    from mlsearch.base.files import write_json
    from mlsearch.evaluation.evaluation import scores_as_json
    from mlsearch.evaluation.score_table import yardstick_of
    from mlsearch.runs.tracking import EventLog

    write_json(run / "scores.json", scores_as_json([evaluation, *baselines]))
    figures = {
        "comparison": plots.comparison([evaluation, *baselines]),
        "training": plots.training_curves({evaluation.name: run / "scalars.csv"}),
    }
    if any(map(len, evaluation.along_paths)):
        figures["correlation"] = plots.correlation(evaluation)
    if plots.has_fields(evaluation.problems.domain):
        yardstick = [e for e in baselines if e.name == yardstick_of(e)]
        figures["heatmaps"] = plots.heatmaps([evaluation, *yardstick], 0)
    (run / "figures").mkdir(exist_ok=True)
    events = EventLog(run)
    for name, figure in figures.items():
        plots.save(figure, run / "figures" / f"{name}.png")
        events.figure(name, figure)
    events.close()
