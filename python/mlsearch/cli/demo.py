"""``mlsearch demo``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
from mlsearch.cli.output import print_json, print_table, rich_table
from mlsearch.cli.progress import resumable, training_progress
from mlsearch.cli.runs import RUNS
from mlsearch.cli.stages import stages

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mlsearch.evaluation.evaluation import Evaluation
    from mlsearch.learning.training import Progress
    from mlsearch.report import Entry

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
    from mlsearch.report import scores_as_json
    from mlsearch.search.budget import bounded, budgets_of

    def trained(method: str, changes: dict[str, Any]) -> None:
        _train(method, changes, out / method, seed, chosen_device(device), quiet)

    for name, steps in STEPS.items():
        trained(name, {"training.steps": steps})
    of_puzzle = {"domain": domain_settings(PUZZLE), "training.steps": PUZZLE_STEPS, **SMALL}
    trained(PUZZLE_METHOD, of_puzzle)
    with stages(quiet):
        mazes = _entries(list(STEPS), NUM, seed, out, device)
        puzzle = _entries([PUZZLE_METHOD], NUM_PUZZLES, seed, out, device)
    every = [entry.evaluations[0] for entry in mazes]
    learned = every[: len(STEPS)]
    plots.save(plots.heatmaps(learned, _telling_problem(learned)), out / "heatmaps.png")
    plots.save(plots.correlations(learned), out / "correlation.png")
    plots.save(plots.comparison(every), out / "comparison.png")
    if as_json:
        print_json({"maze": scores_as_json(mazes), PUZZLE: scores_as_json(puzzle)})
        return
    _print(mazes, f"{NUM:,} unseen 20 x 20 mazes")
    of = puzzle[0].problems.domain
    _print(puzzle, f"{NUM_PUZZLES} unseen {kind_of(of)}{budgets_of(bounded({}, of))}")
    click.echo(
        f"Figures: {out / 'heatmaps.png'}, {out / 'correlation.png'}, {out / 'comparison.png'}"
    )
    click.echo(f"Next: mlsearch solve {out / 'landmark_wave'} --n 1000 --no-search")


def _entries(methods: Sequence[str], num: int, seed: int, out: Path, device: str) -> list[Entry]:
    """The metrics of one domain, then its baselines; their scores are also in the run folders."""
    from mlsearch.domains.problems import sample_problems
    from mlsearch.domains.registry import settings_dict
    from mlsearch.evaluation.drawn import problems_to_draw
    from mlsearch.report.kept import by_folder, keep_evaluation
    from mlsearch.reproduction import baseline_entries, learned_entries
    from mlsearch.runs.checkpoint import read_config

    domain = read_config(out / methods[0]).domain
    problems = sample_problems(domain, num, seed, "test")
    chosen = chosen_device(device)
    learned = [
        entry
        for method in methods
        for entry in learned_entries(method, [out / method], problems, chosen, with_axioms=False)
    ]
    baselines = baseline_entries(problems, with_axioms=False)
    drawn = problems_to_draw("varied", [entry.evaluations[0] for entry in learned])
    settings = {"num": num, "seed": seed, "domain": settings_dict(domain)}
    for folder, own in by_folder(learned).items():
        keep_evaluation(folder, own, baselines, settings, drawn)
    return [*learned, *baselines]


def _print(entries: list[Entry], title: str) -> None:
    from mlsearch.report.tables import score_table

    learned = [entry.name for entry in entries if entry.is_learned]
    print_table(rich_table(replace(score_table(entries), title=title), learned))


def _train(
    method: str, changes: dict[str, Any], folder: Path, seed: int, device: str, quiet: bool
) -> None:
    """Trains the run of a folder unless it is finished there."""
    from mlsearch import reproduction
    from mlsearch.base.settings import replaced
    from mlsearch.learning.methods import method_config

    rarely = {"training.evaluate_every": changes["training.steps"] // 4}
    config = replaced(method_config(method), {"seed": seed, **changes, **rarely})

    def watch(total: int, label: str) -> AbstractContextManager[Progress | None]:
        return training_progress(total, quiet, label)

    with resumable(f"mlsearch demo --out {folder.parent} --seed {seed}"):
        reproduction.train(reproduction.Run(config, folder), device, watch)


def _telling_problem(learned: list[Evaluation]) -> int:
    """A long problem that the last metric solves without search and the first does not."""
    first, last = learned[0].no_search.solved, learned[-1].no_search.solved
    told_apart = last & ~first
    lengths = learned[0].problems.optimal
    return int((lengths * told_apart).argmax() if told_apart.any() else lengths.argmax())
