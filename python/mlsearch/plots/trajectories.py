"""Predicted against true distance along single trajectories, each with its rank correlation."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from mlsearch.evaluation.drawn import checked_numbers
from mlsearch.evaluation.evaluation import Evaluation
from mlsearch.evaluation.score_table import UNDEFINED
from mlsearch.evaluation.scores import spearman
from mlsearch.plots import palette, style

MOST = 10
PANEL = 2.9  # inches, the height of a row of panels

# In order, and not those of the palette, which stand for heuristics.
COLOURS = matplotlib.colormaps["viridis"](np.linspace(0, 0.93, MOST))
MARKERS = "os^Dv"


@style.styled
def trajectories(evaluations: Sequence[Evaluation], problems: Sequence[int]) -> Figure:
    """Predicted against true distance along a shortest path of each of some problems.

    Each problem has a colour and a marker, the same in all panels; the legend of a panel names its
    Spearman's rho, and its axes have the colour of the heuristic. The dashed line is where both
    distances are equal. A problem without a known shortest path of two steps or more has no line,
    and a dash in the legend.

    Args:
        evaluations: one or more heuristics on the same problems; all panels have the same scales.
        problems: indices of one to ten problems, as of
            :func:`mlsearch.evaluation.drawn.problems_to_draw`.

    Raises:
        ValueError: there are no evaluations; problems are none, too many, out of range or named
            twice; or none of them has such a path.
    """
    evaluations = style.checked(evaluations)
    numbers = [int(number) for number in problems]
    _check(evaluations[0], numbers)
    columns = min(2, len(evaluations))
    rows = -(-len(evaluations) // columns)
    width = style.PAGE_WIDTH if columns > 1 else 4.6
    figure = style.new_figure(width, PANEL * rows + 0.2)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    colours = palette.line_styles_of([[e] for e in evaluations])
    for panel, evaluation in zip(axes.flat, evaluations, strict=False):
        _draw(panel, evaluation, numbers)
        panel.spines[["left", "bottom"]].set(color=colours[evaluation.name].color, linewidth=1.6)
    for panel in axes.flat[len(evaluations) :]:
        panel.set_visible(False)
    figure.legend([axes[0, 0].lines[0]], ["predicted = true"], loc="outside upper right")
    figure.supxlabel("true distance to goal (steps)", fontsize=8)
    figure.supylabel("predicted distance (steps)", fontsize=8)
    return figure


def _check(evaluation: Evaluation, numbers: Sequence[int]) -> None:
    if not 1 <= len(numbers) <= MOST:
        raise ValueError(f"problems: expected 1 to {MOST} problems, got {len(numbers)}")
    checked_numbers(numbers, len(evaluation.problems))
    if not any(len(evaluation.paths[number]) > 2 for number in numbers):
        raise ValueError("problems: expected one with a known shortest path of at least two steps")


def _draw(axes: Axes, evaluation: Evaluation, numbers: Sequence[int]) -> None:
    axes.axline((0, 0), slope=1, color=style.FAINT, linewidth=0.9, linestyle=(0, (4, 2)))
    for place, number in enumerate(numbers):
        predicted = evaluation.along_paths[number]
        is_ranked = len(predicted) > 1
        truth = np.arange(len(predicted), 0, -1)
        axes.plot(
            truth if is_ranked else [],
            predicted if is_ranked else [],
            color=to_hex(COLOURS[place * MOST // len(numbers)]),
            marker=MARKERS[place % len(MARKERS)],
            markersize=2.6,
            linewidth=1.1,
            label=f"{number}: {_text(spearman(predicted)) if is_ranked else UNDEFINED}",
        )
    axes.set(title=evaluation.name, xlim=(0, None))
    axes.tick_params(labelbottom=True, labelleft=True)
    axes.legend(
        title="problem: $\\rho$",
        title_fontsize=7,
        alignment="left",
        fontsize=7,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.03),
        handlelength=1.6,
        borderaxespad=0.3,
        labelspacing=0.35,
    )


def _text(rho: float) -> str:
    """Two digits, a typographic minus, and no negative zero."""
    return f"{round(rho, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")
