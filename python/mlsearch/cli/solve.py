"""``mlsearch solve``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.common import (
    chosen_device,
    device_option,
    json_option,
    maze_config,
    maze_options,
    newest_run,
    num_option,
    print_json,
    print_table,
    seed_option,
)

if TYPE_CHECKING:
    from mlsearch.heuristics import LearnedMetric
    from mlsearch.mazes import Problems
    from mlsearch.search import SearchResult

BESIDE = ("euclidean", "manhattan", "perfect")
SHOWN = {
    "solved rate": ("solved_rate", ".1%"),
    "expansions, mean": ("expansions_mean", ".2f"),
    "expansions, median": ("expansions_median", ".1f"),
    "generated": ("generated", ".1f"),
    "cost / optimal": ("suboptimality", ".3f"),
    "evaluations": ("evaluations", ",d"),
    "callback batches": ("callback_batches", ",d"),
    "seconds in heuristic": ("seconds_heuristic", ".3f"),
    "seconds in search": ("seconds_search", ".3f"),
}


@click.command(
    epilog="""\b
Examples:
  mlsearch solve --n 1000
  mlsearch solve runs/contrastive --n 1000 --no-search
  mlsearch solve --heuristic manhattan --size 64 --json
"""
)
@click.argument("run", type=click.Path(exists=True, path_type=Path), required=False)
@num_option
@click.option("--no-search", is_flag=True, help="Greedy descent instead of best-first search.")
@click.option("--heuristic", help="A baseline instead of a learned metric.")
@click.option("--max-expansions", type=click.IntRange(0), help="Budget of each problem.")
@click.option("--weight", type=click.FloatRange(0), help="Weighted A*: priority g + weight * h.")
@maze_options
@seed_option()
@device_option
@json_option
def solve(
    run: Path | None,
    num: int,
    no_search: bool,
    heuristic: str | None,
    max_expansions: int | None,
    weight: float | None,
    seed: int,
    device: str,
    as_json: bool,
    **mazes: Any,
) -> None:
    """Solve new mazes with a learned metric, beside the baselines.

    RUN is a run folder; without it, the newest one under runs/ is taken, or the metric that
    comes with the package. The mazes are none that training with any seed has seen.
    """
    from mlsearch.config import MazeConfig
    from mlsearch.evaluation import sample_problems
    from mlsearch.search import solve as run_search

    chosen: dict[str, Any] = {name: name for name in BESIDE}
    base = MazeConfig()
    if heuristic:
        chosen = {heuristic: heuristic, **chosen}
    elif metric := _metric(run := run or newest_run(), device):
        base = metric.config.mazes
        chosen = {str(run or "shipped metric"): metric, **chosen}
    problems = sample_problems(maze_config(base, **mazes), num, seed, "test")
    results = {
        name: run_search(
            problems,
            heuristic=source,
            search=not no_search,
            max_expansions=max_expansions,
            weight=weight,
        )
        for name, source in chosen.items()
    }
    rows = {name: _row(result, problems) for name, result in results.items()}
    if as_json:
        print_json(rows)
    else:
        _print_table(rows, problems, no_search)


def _metric(run: Path | None, device: str) -> LearnedMetric | None:
    """The metric of a run or of the package; None, and a word on it, when there is neither."""
    from mlsearch.heuristics import SHIPPED, load

    if run or SHIPPED.exists():
        return load(run, device=chosen_device(device))
    click.echo(
        "There is no run under runs/ and this version ships no trained metric, so only "
        "baselines are shown, euclidean first; train one with: mlsearch train",
        err=True,
    )
    return None


def _row(result: SearchResult, problems: Problems) -> dict[str, float]:
    import numpy as np

    moved = result.solved & (problems.optimal > 0)
    return {
        "solved_rate": float(result.solved.mean()),
        "expansions_mean": float(result.expansions.mean()),
        "expansions_median": float(np.median(result.expansions)),
        "generated": float(result.generated.mean()),
        "suboptimality": float(np.mean(result.cost[moved] / problems.optimal[moved]))
        if moved.any()
        else float("nan"),
        "evaluations": result.evaluations,
        "callback_batches": result.rounds,
        "seconds_heuristic": result.seconds_heuristic,
        "seconds_search": result.seconds_search,
    }


def _print_table(rows: dict[str, dict[str, float]], problems: Problems, no_search: bool) -> None:
    """A column for each heuristic, a line for each score, so that it fits 80 characters."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    kind = "greedy descent" if no_search else "best-first search"
    shape = problems.mazes.shape
    title = f"{len(problems)} unseen {shape.height} x {shape.width} mazes, {kind}"
    table = Table(title=title, box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("score")
    for name in rows:
        table.add_column(name, justify="right", overflow="fold")
    for label, (score, style) in SHOWN.items():
        table.add_row(label, *(format(row[score], style) for row in rows.values()))
    print_table(table)
