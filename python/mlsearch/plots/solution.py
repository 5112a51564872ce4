"""One path over one map, of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlsearch.domains.contract import Mapped, Rows
from mlsearch.domains.costs import cost_words, is_above
from mlsearch.domains.extras import require
from mlsearch.domains.problems import Problems
from mlsearch.plots import palette, style
from mlsearch.search.heuristics import baselines_of
from mlsearch.search.result import SearchResult
from mlsearch.search.solve import solve

SIDE = 6.0  # inches, the longer one
LARGEST = 1024  # cells of a side that are drawn one by one; of larger maps, every k-th


@style.styled
def solution(problem: Problems, result: SearchResult, name: str) -> Figure:
    """The path that a search found, solid, and a shortest one where that is shorter, dotted.

    Args:
        problem: a single problem.
        result: of its search.
        name: of the heuristic, for the title.

    Raises:
        TypeError: the domain has no maps.
        ValueError: there is more than one problem.
    """
    require(problem.domain, Mapped, "solution")
    if len(problem) != 1 or len(result) != 1:
        raise ValueError(f"problem: expected a single one, got {len(problem)}")
    walls = problem.domain.maps()[0]
    height, width = walls.shape
    scale = SIDE / max(height, width)
    figure = style.new_figure(max(width * scale, 2.5), max(height * scale, 1) + 0.85, "compressed")
    axes = figure.subplots()
    _draw_walls(axes, walls)
    domain, optimal = problem.domain, problem.optimal[0]
    is_longer = optimal >= 0 and (not result.solved[0] or is_above(result.cost[0], optimal))
    if is_longer and "perfect" in baselines_of(problem.domain):
        shortest = solve(problem, heuristic="perfect", weight=1)
        _draw_path(axes, problem, shortest.path(0), label="shortest path", **style.SHORTEST)
    if result.solved[0]:
        look = {"color": palette.line_styles([name])[name].color, "linewidth": 2}
        _draw_path(axes, problem, result.path(0), label=name, **look)
    ends = problem.starts, problem.goals
    start, goal = (divmod(int(domain.places(state)[0]), width) for state in ends)
    style.mark_ends(axes, start, goal, scale=1.6)
    style.one_legend(figure, [axes])
    steps = cost_words(domain, result.cost[0]) if result.solved[0] else "no path"
    known = f" (shortest {cost_words(domain, optimal, '').strip()})" if optimal >= 0 else ""
    axes.set_title(f"{name}: {steps}, {int(result.expansions[0])} expansions{known}")
    return figure


def _draw_walls(axes: Axes, walls: NDArray[np.uint8]) -> None:
    height, width = walls.shape
    step = -(-max(height, width) // LARGEST)
    axes.imshow(
        walls[::step, ::step],
        cmap=ListedColormap(["white", style.WALL]),
        vmin=0,
        vmax=1,
        interpolation="nearest",
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),
    )
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=style.WALL, linewidth=0.8)


def _draw_path(axes: Axes, problem: Problems, path: Rows, **look: Any) -> None:
    domain = problem.domain
    rows, columns = np.divmod(domain.places(path), domain.maps().shape[2])
    axes.plot(columns, rows, solid_joinstyle="round", **look)
