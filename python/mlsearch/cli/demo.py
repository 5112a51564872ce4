"""``mlsearch demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlsearch.cli.options import (
    chosen_device,
    device_option,
    json_option,
    quiet_option,
    seed_option,
)
from mlsearch.cli.output import print_json, print_scores
from mlsearch.cli.progress import resumable, training_progress
from mlsearch.cli.runs import RUNS

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mlsearch.evaluation.evaluation import Evaluation
    from mlsearch.learning.training import Progress
    from mlsearch.metrics.learned import LearnedMetric

STEPS = {"crtr": 20_000, "landmark_wave": 1_000}


@click.command(
    short_help="Train two metrics and compare them on unseen mazes.",
    epilog="Example: mlsearch demo --seed 1",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=RUNS / "demo",
    show_default=True,
    help="Folder of both runs and the figures.",
)
@seed_option()
@device_option
@quiet_option
@json_option
def demo(out: Path, seed: int, device: str, quiet: bool, as_json: bool) -> None:
    """Train two metrics from scratch and solve 1,000 unseen mazes with each.

    Both see nothing but 4,000 trajectories. The first, crtr, is the flat network of the
    reproduced report trained with InfoNCE; it learns little more than straight-line distance.
    The second, landmark_wave, reads the whole maze and learns to see its walls.
    """
    from mlsearch import plots
    from mlsearch.cli.evaluate import write_evaluation
    from mlsearch.domains.problems import sample_problems
    from mlsearch.evaluation.evaluation import evaluate, evaluate_baselines, scores_as_json

    metrics = {
        method: _trained(method, steps, out / method, seed, chosen_device(device), quiet)
        for method, steps in STEPS.items()
    }
    config = next(iter(metrics.values())).config
    problems = sample_problems(config.domain, 1000, seed, "test")
    baselines = evaluate_baselines(problems)
    learned = [evaluate(metric, problems, method) for method, metric in metrics.items()]
    for evaluation in learned:
        write_evaluation(out / evaluation.name, evaluation, baselines)
    plots.save(plots.heatmaps(learned, _telling_problem(learned)), out / "heatmaps.png")
    plots.save(plots.correlations(learned), out / "correlation.png")
    plots.save(plots.comparison([*learned, *baselines]), out / "comparison.png")
    if as_json:
        print_json(scores_as_json([*learned, *baselines]))
        return
    print_scores([*learned, *baselines], "1,000 unseen 20 x 20 mazes")
    click.echo(
        f"Figures: {out / 'heatmaps.png'}, {out / 'correlation.png'}, {out / 'comparison.png'}"
    )
    click.echo(f"Next: mlsearch solve {out / 'landmark_wave'} --n 1000 --no-search")


def _trained(
    method: str, steps: int, folder: Path, seed: int, device: str, quiet: bool
) -> LearnedMetric:
    """The metric of a run folder, trained now unless it is finished there."""
    from mlsearch import reproduction
    from mlsearch.base.settings import replaced
    from mlsearch.learning.methods import method_config
    from mlsearch.metrics.learned import load

    config = replaced(
        method_config(method),
        {"seed": seed, "training.steps": steps, "training.evaluate_every": steps // 4},
    )

    def watch(total: int, label: str) -> AbstractContextManager[Progress | None]:
        return training_progress(total, quiet, label)

    with resumable(f"mlsearch demo --out {folder.parent} --seed {seed}"):
        reproduction.train(reproduction.Run(config, folder), device, watch)
    return load(folder, device)


def _telling_problem(learned: list[Evaluation]) -> int:
    """A long problem that the last metric solves without search and the first does not."""
    first, last = learned[0].no_search.solved, learned[-1].no_search.solved
    told_apart = last & ~first
    lengths = learned[0].problems.optimal
    return int((lengths * told_apart).argmax() if told_apart.any() else lengths.argmax())
