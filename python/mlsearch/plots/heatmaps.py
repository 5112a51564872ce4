"""Fields of distances on one maze: the truth, the predictions, and their difference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from mlsearch.evaluation import Evaluation
from mlsearch.mazes import Problems
from mlsearch.plots import style
from mlsearch.search import solve

PANEL = 1.62  # inches, the wider side of a maze


@style.styled
def heatmaps(evaluations: Sequence[Evaluation], problem: int) -> Figure:
    """Distance fields of heuristics on one problem.

    The top row shows the true distances to the goal and the predicted ones, on one scale that
    ends at the largest true distance; below are the maze with a shortest path, and the
    errors, predicted minus true, on a scale that is symmetric around 0.

    Args:
        evaluations: one or more heuristics on the same problems.
        problem: which of the problems, 0 to N - 1.

    Raises:
        ValueError: there are no evaluations, or they differ in this problem.
        IndexError: there is no such problem.
    """
    evaluations = style.checked(evaluations)
    view = _checked_view(evaluations, problem)
    truth = _masked(view.mazes.distances(view.goals)[0], view)
    fields = [_masked(np.where(truth.mask, -1, e.table[problem]), view) for e in evaluations]
    errors = [field - truth for field in fields]

    figure, axes = _grid(len(evaluations) + 1, view)
    farthest = max(float(truth.max()), 1.0)
    distance = Normalize(0, farthest)
    largest = min(max(float(abs(e).max()) for e in errors), farthest) or 1.0
    error = Normalize(-largest, largest)
    images = [
        _field(panel, field, style.DISTANCE_COLOURS, distance)
        for panel, field in zip(axes[0], [truth, *fields], strict=True)
    ]
    _shortest_path(axes[1, 0], view)
    differences = [
        _field(panel, field, style.ERROR_COLOURS, error)
        for panel, field in zip(axes[1, 1:], errors, strict=True)
    ]
    for panel in axes.flat:
        _draw_maze(panel, view)
    _titles(axes, evaluations, problem, view)
    _colour_bar(figure, axes[0], images, "distance to goal (steps)")
    _colour_bar(figure, axes[1], differences, "predicted - true (steps)")
    return figure


def _checked_view(evaluations: list[Evaluation], problem: int) -> Problems:
    num = len(evaluations[0].problems)
    if not 0 <= problem < num:
        raise IndexError(f"problem: expected 0 to {num - 1}, got {problem}")
    views = [e.problems[problem] for e in evaluations if problem < len(e.problems)]
    first = views[0]
    same = [(v.mazes, v.starts, v.goals) == (first.mazes, first.starts, first.goals) for v in views]
    if len(views) < len(evaluations) or not all(same):
        raise ValueError(f"evaluations: expected the same problem {problem} in all of them")
    return first


def _masked(field: NDArray[np.generic], view: Problems) -> np.ma.MaskedArray:
    """A field without walls and cells that cannot reach the goal."""
    unknown = view.mazes.distances(view.goals)[0] < 0
    return np.ma.masked_array(field, unknown)


def _grid(columns: int, view: Problems) -> tuple[Figure, NDArray[np.object_]]:
    height, width = view.mazes.shape
    scale = PANEL / max(height, width)
    figure = style.new_figure(columns * width * scale + 0.75, 2 * (height * scale + 0.35) + 0.1)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.03)
    return figure, figure.subplots(2, columns, squeeze=False)


def _draw_maze(axes: Axes, view: Problems) -> None:
    """Walls beneath and the two ends above what is drawn already, in an empty frame."""
    height, width = view.mazes.shape
    colours = ListedColormap(["white", style.WALL])
    axes.imshow(view.mazes.walls[0], cmap=colours, vmin=0, vmax=1, zorder=-1)
    for cell, marker, size, face in (
        (int(view.starts[0]), "o", 4.5, "white"),
        (int(view.goals[0]), "*", 8.5, "#ffd92f"),
    ):
        row, column = divmod(cell, width)
        axes.plot(column, row, marker, ms=size, mfc=face, mec="black", mew=0.7, zorder=5)
    axes.set(xticks=[], yticks=[], xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    axes.spines[:].set(visible=True, color=style.WALL, linewidth=0.8)


def _field(axes: Axes, field: NDArray[np.float64], colours: Colormap, norm: Normalize) -> AxesImage:
    return axes.imshow(field, cmap=colours, norm=norm, interpolation="nearest")


def _shortest_path(axes: Axes, view: Problems) -> None:
    result = solve(view, heuristic="perfect")
    if result.solved[0]:
        rows, columns = np.divmod(result.path(0), view.mazes.shape.width)
        axes.plot(columns, rows, color="#D55E00", linewidth=2, solid_joinstyle="round")


def _titles(
    axes: NDArray[np.object_], evaluations: list[Evaluation], problem: int, view: Problems
) -> None:
    length = int(view.optimal[0])
    ways = f"{length} steps to the goal" if length >= 0 else "goal not reachable"
    _title(axes[0, 0], "true distance", ways)
    for panel, evaluation in zip(axes[0, 1:], evaluations, strict=True):
        alone = "solved" if evaluation.no_search.solved[problem] else "fails"
        count = int(evaluation.search.expansions[problem])
        _title(panel, evaluation.name, f"no search: {alone}\nsearch: {count} expansions")
    _title(axes[1, 0], "shortest path", "")
    for panel, evaluation in zip(axes[1, 1:], evaluations, strict=True):
        _title(panel, f"{evaluation.name}, error", "")


def _title(axes: Axes, name: str, notes: str) -> None:
    """A bold line, and smaller ones below it."""
    axes.set_title(name, pad=3 + 9.5 * (notes.count("\n") + 1 if notes else 0))
    if notes:
        axes.annotate(
            notes, (0, 1), (0, 3), "axes fraction", "offset points", fontsize=7, color=style.FAINT
        )


def _colour_bar(
    figure: Figure, row: NDArray[np.object_], images: list[AxesImage], label: str
) -> None:
    """One bar for a row, with an arrow where values lie beyond its ends."""
    norm = images[0].norm
    low = any(image.get_array().min() < norm.vmin for image in images)
    high = any(image.get_array().max() > norm.vmax for image in images)
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[low, high]
    bar = figure.colorbar(images[0], ax=list(row), extend=extend, fraction=0.05, pad=0.01)
    bar.set_label(label)
    bar.outline.set_visible(False)
