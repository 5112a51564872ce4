"""Fields of distances on one map: the truth, the predictions, and their difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlsearch.base.protocols import offers
from mlsearch.domains.contract import Enumerable, Mapped, Rows
from mlsearch.domains.costs import cost_words
from mlsearch.domains.extras import require
from mlsearch.domains.problems import Problems
from mlsearch.evaluation.evaluation import Evaluation
from mlsearch.plots import style
from mlsearch.search.solve import solve

PANEL = 1.62  # inches, the longer side of a map, unless that leaves no place for text
MIN_PANEL = (1.05, 1.35)  # inches, height and width
MOST_COLUMNS = 5


@style.styled
def heatmaps(
    evaluations: Sequence[Evaluation], problem: int, columns: int = MOST_COLUMNS
) -> Figure:
    """Distance fields of heuristics on one problem.

    The top row shows the true distances to the goal and the predicted ones, on one scale that
    ends at the largest true distance; below are the map with a shortest path, and the
    errors, predicted minus true, on a scale that is symmetric around 0. Of several states at one
    place the nearest one is shown. Where there are more maps than columns, both rows go on below.

    Args:
        evaluations: one or more heuristics on the same problems.
        problem: which of the problems, 0 to N - 1.
        columns: how many maps stand side by side at most, 1 or more.

    Raises:
        TypeError: the domain has no maps, or no tables of all states.
        ValueError: there are no evaluations, or they differ in this problem.
        IndexError: there is no such problem.
    """
    evaluations = style.checked(evaluations)
    view = _checked_view(evaluations, problem)
    steps = view.domain.distances(view.goals).reshape(-1)
    states = view.domain.all_states()[steps >= 0]
    truth = _on_map(steps[steps >= 0], states, view)
    numbers = np.full(len(states), problem, np.int32)
    fields = [_on_map(e.predicted(numbers, states), states, view) for e in evaluations]
    errors = [field - truth for field in fields]

    figure, blocks = _grid(len(evaluations) + 1, columns, view)
    axes = np.concatenate(list(blocks), axis=1)[:, : len(evaluations) + 1]
    farthest = max(float(truth.max()), 1.0)
    largest = min(max(float(abs(error).max()) for error in errors), farthest) or 1.0
    distances = _fields(axes[0], [truth, *fields], style.DISTANCE_COLOURS, (0, farthest))
    differences = _fields(axes[1, 1:], errors, style.ERROR_COLOURS, (-largest, largest))
    _shortest_path(axes[1, 0], view)
    for panel in axes.flat:
        _draw_map(panel, view)
    _titles(axes, evaluations, problem, view)
    for top, bottom in blocks:
        _colour_bar(figure, top, distances, "steps to goal")
        _colour_bar(figure, bottom, differences, "predicted \N{MINUS SIGN} true (steps)")
    style.one_legend(figure, [axes[1, 0]])
    return figure


def has_fields(domain: Any) -> bool:
    """Whether ``heatmaps`` can show the distances of a domain."""
    return offers(domain, Mapped) and offers(domain, Enumerable)


def _checked_view(evaluations: list[Evaluation], problem: int) -> Problems:
    for protocol in (Mapped, Enumerable):
        require(evaluations[0].problems.domain, protocol, "heatmaps")
    num = len(evaluations[0].problems)
    if not 0 <= problem < num:
        raise IndexError(f"problem: expected 0 to {num - 1}, got {problem}")
    views = [e.problems[problem] for e in evaluations if problem < len(e.problems)]
    if len(views) < len(evaluations) or not all(_same(v, views[0]) for v in views):
        raise ValueError(f"evaluations: expected the same problem {problem} in all of them")
    return views[0]


def _same(one: Problems, other: Problems) -> bool:
    ends = np.array_equal([one.starts, one.goals], [other.starts, other.goals])
    return ends and np.array_equal(one.domain.maps(), other.domain.maps())


def _on_map(values: NDArray[Any], states: Rows, view: Problems) -> np.ma.MaskedArray:
    """The smallest value at each place of the map; places without one are masked."""
    walls = view.domain.maps()[0]
    field = np.full(walls.size, np.inf, values.dtype if values.dtype.kind == "f" else np.float64)
    np.minimum.at(field, view.domain.places(states), values)
    return np.ma.masked_array(field, np.isinf(field)).reshape(walls.shape)


def _grid(number: int, most: int, view: Problems) -> tuple[Figure, NDArray[Any]]:
    """Places for so many maps, in blocks of two rows: axes ``[blocks, 2, columns]``."""
    blocks = math.ceil(number / most)
    columns = math.ceil(number / blocks)
    height, width = view.domain.maps().shape[1:]
    scale = max(PANEL / max(height, width), MIN_PANEL[0] / height, MIN_PANEL[1] / width)
    size = columns * width * scale + 0.8, blocks * (2 * height * scale + 0.85) + 0.25
    figure = style.new_figure(*size, "compressed")
    axes = figure.subplots(2 * blocks, columns, squeeze=False).reshape(blocks, 2, columns)
    for panel in axes[-1, :, columns - blocks * columns + number :].flat:
        panel.set_visible(False)
    return figure, axes


def _draw_map(axes: Axes, view: Problems) -> None:
    """Walls beneath and the two ends above what is drawn already, in an empty frame."""
    walls = view.domain.maps()[0]
    height, width = walls.shape
    colours = ListedColormap(["white", style.WALL])
    axes.imshow(walls, cmap=colours, vmin=0, vmax=1, zorder=-1)
    start, goal = (divmod(int(view.domain.places(s)[0]), width) for s in (view.starts, view.goals))
    style.mark_ends(axes, start, goal)
    axes.set(xticks=[], yticks=[], xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    axes.spines[:].set(visible=True, color=style.WALL, linewidth=0.8)


def _fields(
    row: NDArray[Any],
    fields: Sequence[np.ma.MaskedArray],
    colours: Colormap,
    limits: tuple[float, float],
) -> ScalarMappable:
    """Draws a field on each panel; what the colour bar of all of them shows."""
    norm = Normalize(*limits)
    for panel, field in zip(row, fields, strict=True):
        panel.imshow(field, cmap=colours, norm=norm, interpolation="nearest")
    scale = ScalarMappable(norm, colours)
    scale.set_array(np.ma.stack(fields))
    return scale


def _shortest_path(axes: Axes, view: Problems) -> None:
    result = solve(view, heuristic="perfect", weight=1)
    if result.solved[0]:
        places = view.domain.places(result.path(0))
        rows, columns = np.divmod(places, view.domain.maps().shape[2])
        axes.plot(columns, rows, label="shortest path", **style.SHORTEST)


def _titles(
    axes: NDArray[Any], evaluations: list[Evaluation], problem: int, view: Problems
) -> None:
    length = view.optimal[0]
    steps = cost_words(view.domain, length) if length >= 0 else "unreachable"
    _title(axes[0, 0], "true distance", f"start to goal:\n{steps}")
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


def _colour_bar(figure: Figure, row: NDArray[Any], scale: ScalarMappable, label: str) -> None:
    """A bar for a row, with an arrow where values lie beyond its ends."""
    values: Any = scale.get_array()
    values = scale.norm(values, clip=False)
    beyond = {
        (False, False): "neither",
        (True, False): "min",
        (False, True): "max",
        (True, True): "both",
    }[bool(values.min() < 0), bool(values.max() > 1)]
    bar = figure.colorbar(scale, ax=list(row), extend=beyond, fraction=0.05, pad=0.01)
    bar.set_label(label)
    bar.outline.set_visible(False)
