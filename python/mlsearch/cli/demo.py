"""``mlsearch demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
PUZZLE, PUZZLE_METHOD, PUZZLE_STEPS = "tiles3", "walk_distance", 2_500
SMALL = {"training.batch_size": 512, "model.hidden": 128, "training.num_validation": 10}
NUM, NUM_PUZZLES = 1000, 200


@click.command(
    short_help="Train three metrics and compare them on unseen mazes and puzzles.",
    epilog="Example: mlsearch demo --seed 1",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=RUNS / "demo",
    show_default=True,
    help="Folder of the runs and the figures.",
)
@seed_option()
@device_option
@quiet_option
@json_option
def demo(out: Path, seed: int, device: str, quiet: bool, as_json: bool) -> None:
    """Train two metrics of mazes and one of a puzzle from scratch, and solve unseen problems.

    Both of mazes see nothing but 4,000 trajectories. The first, crtr, is the flat network of the
    reproduced report trained with InfoNCE; it learns little more than straight-line distance.
    The second, landmark_wave, reads the whole maze and learns to see its walls. The third,
    walk_distance, sees nothing but random walks of the 8-puzzle.
    """
    from mlsearch import plots
    from mlsearch.domains.extras import kind_of
    from mlsearch.domains.registry import domain_settings
    from mlsearch.evaluation.evaluation import scores_as_json
    from mlsearch.search.budget import bounded, budgets_of

    def trained(method: str, changes: dict[str, Any]) -> LearnedMetric:
        return _trained(method, changes, out / method, seed, chosen_device(device), quiet)

    metrics = {name: trained(name, {"training.steps": steps}) for name, steps in STEPS.items()}
    of_puzzle = {"domain": domain_settings(PUZZLE), "training.steps": PUZZLE_STEPS, **SMALL}
    puzzle_metric = {PUZZLE_METHOD: trained(PUZZLE_METHOD, of_puzzle)}
    learned, baselines = _evaluated(metrics, NUM, seed, out)
    puzzle = [e for part in _evaluated(puzzle_metric, NUM_PUZZLES, seed, out) for e in part]
    plots.save(plots.heatmaps(learned, _telling_problem(learned)), out / "heatmaps.png")
    plots.save(plots.correlations(learned), out / "correlation.png")
    plots.save(plots.comparison([*learned, *baselines]), out / "comparison.png")
    if as_json:
        every = {"maze": [*learned, *baselines], PUZZLE: puzzle}
        print_json({domain: scores_as_json(found) for domain, found in every.items()})
        return
    print_scores([*learned, *baselines], f"{NUM:,} unseen 20 x 20 mazes")
    of = puzzle[0].problems.domain
    print_scores(puzzle, f"{NUM_PUZZLES} unseen {kind_of(of)}{budgets_of(bounded({}, of))}")
    click.echo(
        f"Figures: {out / 'heatmaps.png'}, {out / 'correlation.png'}, {out / 'comparison.png'}"
    )
    click.echo(f"Next: mlsearch solve {out / 'landmark_wave'} --n 1000 --no-search")


def _evaluated(
    metrics: dict[str, LearnedMetric], num: int, seed: int, out: Path
) -> tuple[list[Evaluation], list[Evaluation]]:
    """The evaluations of metrics of one domain, and of its baselines; also in the run folders."""
    from mlsearch.cli.evaluate import write_evaluation
    from mlsearch.domains.problems import sample_problems
    from mlsearch.evaluation.evaluation import evaluate, evaluate_baselines

    config = next(iter(metrics.values())).config
    problems = sample_problems(config.domain, num, seed, "test")
    baselines = evaluate_baselines(problems)
    learned = [evaluate(metric, problems, method) for method, metric in metrics.items()]
    for evaluation in learned:
        write_evaluation(out / evaluation.name, [evaluation], baselines)
    return learned, baselines


def _trained(
    method: str, changes: dict[str, Any], folder: Path, seed: int, device: str, quiet: bool
) -> LearnedMetric:
    """The metric of a run folder, trained now unless it is finished there."""
    from mlsearch import reproduction
    from mlsearch.base.settings import replaced
    from mlsearch.learning.methods import method_config
    from mlsearch.metrics.learned import load

    rarely = {"training.evaluate_every": changes["training.steps"] // 4}
    config = replaced(method_config(method), {"seed": seed, **changes, **rarely})

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
