"""Score runs of several encoders and seeds on unseen mazes: the tables of docs/results/walls.md.

Usage: python examples/walls.py RUNS OUT

RUNS holds run folders named GROUP-seedK, made by the commands in docs/results/walls.md. Writes
OUT/walls.json with every score, and the figures. Prints the tables in Markdown.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import t as student

import mlsearch as ml
from mlsearch import plots
from mlsearch.base.files import write_json
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.problems import sample_problems
from mlsearch.evaluation.evaluation import Evaluation, evaluate

BASELINES = ("euclidean", "manhattan", "perfect")
SCORES = ("no_search.solved_rate", "search.expansions", "rank_correlation", "absolute_error")
CURVES = ("trajectories", "bfs", "recurrent_conv", "bronet_window", "bronet_crtr")
OTHER_MAZES = {
    "40 x 40 percolation": (MazeConfig(height=40, width=40), 200),
    "21 x 21 depth-first, loops 0.1": (
        MazeConfig(height=21, width=21, generator="depth_first", loops=0.1),
        500,
    ),
    "21 x 21 Wilson, loops 0.1": (
        MazeConfig(height=21, width=21, generator="wilson", loops=0.1),
        200,
    ),
    "21 x 21 Prim, no loops": (MazeConfig(height=21, width=21, generator="prim"), 200),
    "80 x 80 percolation": (MazeConfig(height=80, width=80), 20),
}


def main(runs: Path, out: Path) -> None:
    groups: dict[str, list[ml.LearnedMetric]] = defaultdict(list)
    for run in sorted(runs.glob("*-seed*")):
        groups[run.name.rpartition("-seed")[0]].append(ml.load(run))
    problems = sample_problems(MazeConfig(), 1000, 0, "test")
    baselines = [evaluate(name, problems) for name in BASELINES]
    evaluations = {
        name: [evaluate(metric, problems, name) for metric in metrics]
        for name, metrics in groups.items()
    }
    found = {e.name: means([e]) for e in baselines}
    found |= {name: means(seeds) for name, seeds in evaluations.items()}
    print(table(found), "\n")

    best = groups["trajectories"][0]
    elsewhere = {}
    for title, (mazes, num) in OTHER_MAZES.items():
        test = sample_problems(mazes, num, 0, "test")
        rows = [evaluate(name, test) for name in BASELINES] + [evaluate(best, test, "learned")]
        elsewhere[title] = {e.name: means([e]) for e in rows}
        print(f"**{title}**, {num} problems\n\n{table(elsewhere[title])}\n")
    write_json(out / "walls.json", {"default mazes": found, "other mazes": elsewhere})
    draw(runs, out, evaluations, baselines)


def means(seeds: list[Evaluation]) -> dict[str, list[float]]:
    """Mean and half-width of the 95 % interval of each score: over seeds, or over problems."""
    result = {}
    for name in SCORES:
        scores = [evaluation.scores()[name] for evaluation in seeds]
        values = np.array([score.mean for score in scores])
        half = (scores[0].high - scores[0].low) / 2
        if len(values) > 1:
            quantile = student.ppf(0.975, len(values) - 1)
            half = quantile * values.std(ddof=1) / len(values) ** 0.5
        result[name] = [float(values.mean()), float(half)]
    return result


def table(found: dict[str, dict[str, list[float]]]) -> str:
    """The scores in Markdown, one row for each name."""
    lines = ["| | no-search | expansions | rank corr. | abs. error |", "|---|---|---|---|---|"]
    for name, scores in found.items():
        digits = (3, 2, 4, 2)
        cells = [
            f"{scores[key][0]:.{n}f} ± {scores[key][1]:.{n}f}"
            for key, n in zip(SCORES, digits, strict=True)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(
    runs: Path, out: Path, learned: dict[str, list[Evaluation]], baselines: list[Evaluation]
) -> None:
    """Heatmaps where a straight line fails, and scores over training time."""
    shown = learned["trajectories"][0]
    euclidean = baselines[0]
    told_apart = shown.no_search.solved & ~euclidean.no_search.solved
    problem = int((told_apart * shown.problems.optimal).argmax())
    plots.save(plots.heatmaps([euclidean, shown], problem), out / "heatmaps.png")
    curves = {name: runs / f"{name}-seed0" / "scalars.csv" for name in CURVES if name in learned}
    reference = {e.name: {key: score.mean for key, score in e.scores().items()} for e in baselines}
    figure = plots.training_curves(curves, x="seconds", log_x=True, baselines=reference)
    plots.save(figure, out / "time_to_quality.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
