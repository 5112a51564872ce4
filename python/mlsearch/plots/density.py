"""Predicted against true distances along shortest paths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlsearch.evaluation.evaluation import Evaluation
from mlsearch.evaluation.score_table import UNDEFINED, rank_correlation
from mlsearch.plots import palette, style

EXAMPLES = 10
MAX_BINS = 60


def correlation(evaluation: Evaluation) -> Figure:
    """Predicted against true distance of every state on the shortest paths of a heuristic.

    See :func:`correlations`.
    """
    return correlations([evaluation])


@style.styled
def correlations(evaluations: Sequence[Evaluation], columns: int = 3) -> Figure:
    """Predicted against true distance of every state on shortest paths, side by side.

    Grey shows how many states there are, thin lines in the colour of the heuristic follow ten
    problems of all lengths from the goal to the start, and the dashed line is where both distances
    are equal.

    Args:
        evaluations: one or more heuristics; all panels have the same scales.
        columns: how many panels stand side by side at most, 1 or more.

    Raises:
        ValueError: there are no evaluations, or none knows a path of at least one step.
    """
    evaluations = style.checked(evaluations)
    points = [_points(e) for e in evaluations]
    if not any(len(truth) for truth, _ in points):
        raise ValueError(
            "evaluations: expected a problem with a known shortest path of at least one step"
        )
    figure, axes = _panels(len(points), columns)
    edges = _edges(points)
    counts = [np.histogram2d(*p, bins=edges)[0] for p in points]
    norm = LogNorm(1, max(2, *(float(c.max()) for c in counts)))
    colours = palette.line_styles_of([[e] for e in evaluations])
    for panel, evaluation, count in zip(axes.flat, evaluations, counts, strict=False):
        _draw(panel, count, edges, norm)
        _examples(panel, evaluation, colours[evaluation.name].color)
        panel.set(
            title=evaluation.name, xlim=(0, edges[0][-1]), ylim=(edges[1][0], 1.2 * edges[1][-1])
        )
        _statistics(panel, evaluation)
    style.one_legend(figure, axes.flat[:1], loc="outside upper right")
    figure.supxlabel("true distance to goal (steps)", fontsize=8)
    figure.supylabel("predicted distance (steps)", fontsize=8)
    scale = ScalarMappable(norm, style.COUNT_COLOURS)
    bar = figure.colorbar(
        scale, ax=axes, fraction=0.05, pad=0.01, aspect=25 * len(axes), format="{x:g}"
    )
    bar.set_label("states")
    bar.outline.set_visible(False)
    return figure


def _panels(number: int, most: int) -> tuple[Figure, NDArray[Any]]:
    """Rows as equal as can be; places without a panel are empty."""
    rows = math.ceil(number / most)
    columns = math.ceil(number / rows)
    width, height = (3.5, 0.4) if columns == 1 else (style.PAGE_WIDTH, 0)
    figure = style.new_figure(width, 2.6 * rows + height + 0.2)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for panel in axes.flat[number:]:
        panel.set_visible(False)
    for panel in axes.flat[max(number - columns, 0) :]:
        panel.tick_params(labelbottom=True)
    return figure, axes


def _points(evaluation: Evaluation) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """True and predicted distances of all states on paths."""
    paths = evaluation.along_paths
    truth = [np.arange(len(predicted), 0, -1) for predicted in paths]
    return np.concatenate([*truth, np.empty(0, np.int64)]), np.concatenate([*paths, []])


def _edges(
    points: list[tuple[NDArray[np.int64], NDArray[np.float32]]],
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Bins around whole numbers of steps; up, all but the last thousandth of each heuristic."""
    longest = max(int(truth.max(initial=1)) for truth, _ in points)
    low = min(0.0, *(float(np.quantile(p, 0.001)) for _, p in points if len(p)))
    high = max(longest, *(float(np.quantile(p, 0.999)) for _, p in points if len(p)))
    width = math.ceil(longest / MAX_BINS)
    height = math.ceil((high - low) / MAX_BINS)
    across = 0.5 + width * np.arange(math.ceil(longest / width) + 1)
    return across, np.arange(math.floor(low) - 0.5, high + height, height)


def _draw(
    axes: Axes,
    counts: NDArray[np.float64],
    edges: tuple[NDArray[Any], NDArray[Any]],
    norm: LogNorm,
) -> None:
    across, up = edges
    shown = np.ma.masked_equal(counts.T, 0)
    axes.pcolormesh(across, up, shown, cmap=style.COUNT_COLOURS, norm=norm, rasterized=True)
    equal: dict[str, Any] = {"color": style.INK, "linewidth": 1, "linestyle": (0, (4, 2))}
    axes.axline((0, 0), slope=1, label="predicted = true", **equal)


def _examples(axes: Axes, evaluation: Evaluation, colour: str) -> None:
    """Ten problems whose lengths are spread from the shortest to the longest."""
    paths = sorted((p for p in evaluation.along_paths if len(p) >= 2), key=len)
    lengths = [len(p) for p in paths]
    wanted = np.linspace(2, max(lengths, default=1), EXAMPLES)
    for index in np.unique(np.searchsorted(lengths, wanted)) if paths else []:
        truth = np.arange(lengths[index], 0, -1)
        axes.plot(truth, paths[index], color=colour, linewidth=0.9, label="single problems")


def _statistics(axes: Axes, evaluation: Evaluation) -> None:
    rank = rank_correlation(evaluation)
    ranked = f"{rank.mean:.3f} [{rank.low:.3f}, {rank.high:.3f}]" if rank.num else UNDEFINED
    error = evaluation.scores()["absolute_error"].mean
    text = f"Spearman {ranked}\ngradient {evaluation.calibration():.2f}, abs. error {error:.2f}"
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2}
    axes.text(0.03, 0.97, text, transform=axes.transAxes, va="top", fontsize=7, bbox=box)
