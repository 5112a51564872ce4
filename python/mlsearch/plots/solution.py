"""One path through one maze, of any size."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlsearch.domains.problems import Problems
from mlsearch.plots import style
from mlsearch.search.result import SearchResult
from mlsearch.search.solve import solve

SIDE = 6.0  # inches, the longer one
LARGEST = 1024  # cells of a side that are drawn one by one; of larger mazes, every k-th


@style.styled
def solution(problem: Problems, result: SearchResult, name: str) -> Figure:
    """The path that a search found, and a shortest one where that is shorter.

    Args:
        problem: a single problem.
        result: of its search.
        name: of the heuristic, for the title.

    Raises:
        ValueError: there is more than one problem.
    """
    if len(problem) != 1 or len(result) != 1:
        raise ValueError(f"problem: expected a single one, got {len(problem)}")
    height, width = problem.domain.shape
    scale = SIDE / max(height, width)
    figure = style.new_figure(max(width * scale, 2.5), max(height * scale, 1) + 0.6, "compressed")
    axes = figure.subplots()
    _draw_walls(axes, problem.domain.walls[0])
    optimal = int(problem.optimal[0])
    if optimal >= 0 and (not result.solved[0] or result.cost[0] > optimal):
        shortest = solve(problem, heuristic="perfect")
        _draw_path(axes, shortest.path(0), width, style.FAINT, ":", "shortest")
    if result.solved[0]:
        _draw_path(axes, result.path(0), width, style.ACCENT, "-", name)
    for cell, marker, face in ((problem.starts, "o", "white"), (problem.goals, "*", "#ffd92f")):
        row, column = divmod(int(cell[0]), width)
        axes.plot(column, row, marker, ms=8, mfc=face, mec="black", mew=0.8, zorder=5)
    steps = f"{int(result.cost[0])} steps" if result.solved[0] else "no path"
    axes.set_title(f"{name}: {steps}, {int(result.expansions[0])} expansions (shortest {optimal})")
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


def _draw_path(
    axes: Axes, path: NDArray[np.int32], width: int, colour: str, line: str, name: str
) -> None:
    rows, columns = np.divmod(path, width)
    axes.plot(columns, rows, line, color=colour, linewidth=2, solid_joinstyle="round", label=name)
