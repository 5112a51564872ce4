"""Draws the figures of docs/gallery.md: python tools/gallery_figures.py, about a minute.

Fields and correlation are of the metric that comes with the package, on 1,000 unseen mazes; the
comparison draws what docs/results/short/results.json says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import mlsearch as ml
from mlsearch import plots
from mlsearch.domains.problems import sample_problems
from mlsearch.evaluation.evaluation import evaluate
from mlsearch.plots import style

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = DOCS / "results" / "short" / "results.json"
SCORES = {
    "no_search.solved_rate": "solved without search (higher is better)",
    "search.expansions": "expansions with search (lower is better)",
}
LEFT_OUT = ("zero", "random")  # their bars dwarf the others

Heuristics = Mapping[str, Mapping[str, Any]]


@style.styled
def comparison(heuristics: Heuristics) -> Figure:
    """Bars of both scores, learned heuristics in colour, with 95 % intervals."""
    shown = {name: one for name, one in heuristics.items() if name not in LEFT_OUT}
    figure = style.new_figure(style.PAGE_WIDTH + 1, 3.2)
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, (score, title) in zip((left, right), SCORES.items(), strict=True):
        draw_bars(axes, shown, score)
        axes.set_title(title)
    left.set_yticks(range(len(shown)), list(shown))
    left.invert_yaxis()
    return figure


def draw_bars(axes: Axes, heuristics: Heuristics, score: str) -> None:
    """One score of each heuristic."""
    found = [one["scores"]["all"][score] for one in heuristics.values()]
    mean, low, high = (np.array([one[key] for one in found]) for key in ("mean", "low", "high"))
    colours = [style.ACCENT if one["runs"] else style.FAINT for one in heuristics.values()]
    whiskers = {"lw": 1, "capsize": 2.5}
    rows = np.arange(len(found))
    axes.barh(rows, mean, 0.65, color=colours, xerr=(mean - low, high - mean), error_kw=whiskers)
    is_rate = score.endswith("rate")
    for row, value, end in zip(rows, mean, high, strict=True):
        text = f"{value:.1%}" if is_rate else f"{value:.1f}"
        axes.annotate(text, (end, row), (5, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, 1.2 * high.max())
    if is_rate:
        axes.xaxis.set_major_formatter("{x:.0%}")
        axes.set_xticks(np.linspace(0, 1, 6))


def main() -> None:
    """Writes the three figures."""
    heuristics = json.loads(RESULTS.read_text(encoding="utf-8"))["heuristics"]
    problems = sample_problems("maze", 1000, 0, "test")
    found = [evaluate(ml.load(), problems, "learned"), evaluate("euclidean", problems)]
    learned, straight = found
    lost = np.where(learned.no_search.solved & ~straight.no_search.solved, problems.optimal, 0)
    figures = {
        "comparison": comparison(heuristics),
        "correlation": plots.correlations(found),
        "heatmaps": plots.heatmaps(found[::-1], int(lost.argmax())),
    }
    for name, figure in figures.items():
        plots.save(figure, DOCS / "images" / f"{name}.png")


if __name__ == "__main__":
    main()
