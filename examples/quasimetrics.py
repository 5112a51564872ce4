"""Score symmetric and asymmetric distances on one-way mazes: docs/results/quasimetrics.md.

Usage: python examples/quasimetrics.py RUNS OUT

RUNS holds a folder for each kind of maze with run folders named GROUP-seedK, made by the commands
in docs/results/quasimetrics.md. Writes OUT/quasimetrics.json with every score, and prints a table
in Markdown for each kind.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

import mlsearch as ml
from mlsearch.base.files import write_json
from mlsearch.base.settings import to_dict
from mlsearch.domains.problems import Problems, sample_problems
from mlsearch.evaluation.evaluation import Evaluation, evaluate
from mlsearch.evaluation.predictions import BaselineMetric
from mlsearch.evaluation.scores import Score, score
from mlsearch.runs.scalars import read_scalars

SCORES = {
    "no_search.solved_rate": ("no-search", 3),
    "search.expansions": ("expansions", 2),
    "rank_correlation": ("rank corr.", 4),
    "absolute_error": ("abs. error", 2),
    "asymmetry_error": ("asymmetry error", 2),
}
NUM = 1000


def main(runs: Path, out: Path) -> None:
    found = {folder.name: scored(folder) for folder in sorted(runs.iterdir()) if folder.is_dir()}
    for name, rows in found.items():
        print(f"**{name}**\n\n{table(rows)}\n")
    write_json(out / "quasimetrics.json", found)


def scored(runs: Path) -> dict[str, Any]:
    """Means and half-widths of 95 % intervals of all scores, by row; all runs are of a domain."""
    groups: dict[str, list[Path]] = defaultdict(list)
    for run in sorted(runs.glob("*-seed*")):
        groups[run.name.rpartition("-seed")[0]].append(run)
    domain = ml.load(next(iter(groups.values()))[0]).config.domain
    problems = sample_problems(domain, NUM, 0, "test")
    averaged = both_ways(problems)
    rows = {
        name: summary([scores_of(name, BaselineMetric(name), problems)])
        for name in ("euclidean", "perfect")
    }
    mean = evaluate(averaged, problems, "mean").scores()
    rows["mean of both ways"] = summary([mean | {"asymmetry_error": asymmetry(problems, None)}])
    for group, folders in groups.items():
        metrics = [ml.load(folder) for folder in folders]
        rows[group] = summary([scores_of(metric, metric, problems) for metric in metrics])
        rows[group]["seconds"] = [seconds_of(folder) for folder in folders]
        rows[group]["config"] = to_dict(metrics[0].config)
    return rows


def scores_of(heuristic: Any, metric: Any, problems: Problems) -> dict[str, Score]:
    """The scores of an evaluation, and the asymmetry error."""
    evaluation: Evaluation = evaluate(heuristic, problems)
    return evaluation.scores() | {"asymmetry_error": asymmetry(problems, metric)}


def asymmetry(problems: Problems, metric: Any) -> Score:
    """How far d(start, goal) - d(goal, start) is from the truth, where there is a way back.

    Args:
        problems: one world for each.
        metric: has ``distance(domain, states, goals)``; None for one that is symmetric.
    """
    back = Problems(problems.domain, problems.goals, problems.starts).optimal
    chosen = np.flatnonzero(back >= 0)
    truth = (problems.optimal - back)[chosen]
    if metric is None:
        return score(np.abs(truth))
    domain, ends = problems.domain[chosen], (problems.starts[chosen], problems.goals[chosen])
    apart = metric.distance(domain, *ends) - metric.distance(domain, *ends[::-1])
    return score(np.abs(apart - truth))


def both_ways(problems: Problems) -> NDArray[np.float32]:
    """Tables, float32 [N, num_states], of the mean of the true distances to and from the goal.

    Where one of them does not exist it is the other; where none does, ``num_states``.
    """
    domain, num = problems.domain, problems.domain.num_states
    there = domain.distances(problems.goals)
    cells = np.tile(domain.all_states(), len(problems))
    worlds = np.repeat(np.arange(len(problems), dtype=np.int32), num)
    back = domain.optimal(problems.goals.repeat(num), cells, worlds).reshape(there.shape)
    one, other = np.where(there < 0, back, there), np.where(back < 0, there, back)
    return np.where(one < 0, num, (one + other) / 2).astype(np.float32)


def summary(seeds: list[dict[str, Score]]) -> dict[str, Any]:
    """Mean and half-width of the 95 % interval of each score: over seeds, or over problems."""
    result: dict[str, Any] = {}
    for name in SCORES:
        scores = [found[name] for found in seeds]
        values = np.array([score.mean for score in scores])
        half = (scores[0].high - scores[0].low) / 2
        if len(values) > 1:
            quantile = student.ppf(0.975, len(values) - 1)
            half = quantile * values.std(ddof=1) / len(values) ** 0.5
        result[name] = [float(values.mean()), float(half)]
    return result


def seconds_of(run: Path) -> float:
    """How long a run trained."""
    return float(read_scalars(run / "scalars.csv")[-1]["seconds"])


def table(rows: dict[str, Any]) -> str:
    """The scores in Markdown, one row for each name."""
    titles = [title for title, _ in SCORES.values()]
    lines = [f"| | {' | '.join(titles)} | s |", "|---" * (len(titles) + 2) + "|"]
    for name, row in rows.items():
        cells = [f"{row[k][0]:.{n}f} ± {row[k][1]:.{n}f}" for k, (_, n) in SCORES.items()]
        seconds = (
            f"{min(row['seconds']):.0f} to {max(row['seconds']):.0f}" if "seconds" in row else ""
        )
        lines.append(f"| {name} | {' | '.join(cells)} | {seconds} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
