"""``mlsearch evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.options import (
    chosen_device,
    device_option,
    domain_options,
    domain_settings_from,
    json_option,
    num_option,
    scramble_option,
    seed_option,
)
from mlsearch.cli.output import print_json, print_scores

if TYPE_CHECKING:
    from mlsearch.evaluation.evaluation import Evaluation


@click.command(epilog="Example: mlsearch evaluate runs/contrastive runs/hybrid --n 1000")
@click.argument(
    "runs", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@num_option
@scramble_option
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

    Writes scores.json and figures/ into each run folder.
    """
    from mlsearch.domains.extras import extra, kind_of, within_budget
    from mlsearch.domains.problems import sample_problems
    from mlsearch.evaluation.evaluation import evaluate, evaluate_baselines, scores_as_json
    from mlsearch.metrics.learned import load

    metrics = [load(run, device=chosen_device(device)) for run in runs]
    settings = domain_settings_from(metrics[0].config.domain, **worlds)
    problems = sample_problems(settings, num, seed, "test", scramble)
    baselines = evaluate_baselines(problems)
    learned = [evaluate(m, problems, str(run)) for m, run in zip(metrics, runs, strict=True)]
    for run, evaluation in zip(runs, learned, strict=True):
        write_evaluation(run, evaluation, baselines)
    if as_json:
        print_json(scores_as_json([*learned, *baselines]))
    else:
        budget = within_budget(extra(problems.domain, "budget"))
        title = f"{num} unseen {kind_of(problems.domain)}{budget}"
        print_scores([*learned, *baselines], title)


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
