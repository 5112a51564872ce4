"""Draws the first picture of the README and the docs: python tools/front_picture.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

import mlsearch as ml
from mlsearch.domains.pictures import drawing_of
from mlsearch.plots import save, style

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "first.png"
BEAM = 256


def draw_maze(axes: Axes) -> None:
    """The learned distance to a goal, and where greedy descent goes with it."""
    problems = ml.Problems.sample(ml.Mazes.generate(200, size=20, seed=7), seed=7)
    problem = problems[int(problems.optimal.argmax())]
    metric = ml.load()
    walls = problem.domain.walls[0]
    field = metric.heatmap(problem.domain, problem.goals)[0]
    found = ml.solve(problem, heuristic=metric, search=False)
    axes.imshow(walls, cmap=ListedColormap(["white", style.WALL]))
    shown = axes.imshow(field, cmap=style.DISTANCE_COLOURS)
    rows, columns = np.divmod(found.path(0), walls.shape[1])
    axes.plot(columns, rows, color=style.ACCENT, lw=1.8)
    for (row, column), marker, face in (
        ((rows[0], columns[0]), "o", "white"),
        ((rows[-1], columns[-1]), "*", "#ffd92f"),
    ):
        axes.plot(column, row, marker, ms=9, mfc=face, mec="black", mew=0.8, zorder=5)
    axes.set(xticks=[], yticks=[], title="a maze it has not seen")
    axes.set_xlabel(
        f"no search: {found.steps[0]} steps, the shortest path has {problem.optimal[0]}"
    )
    bar = axes.figure.colorbar(shown, ax=axes, shrink=0.85, pad=0.02)
    bar.set_label("learned distance to the goal, steps")
    bar.outline.set_visible(False)


def draw_cube(net: Axes, chart: Axes) -> None:
    """A scrambled cube, and the predicted distance from each state of its solution."""
    cube = ml.Cube(3)
    problem = ml.Problems.sample(cube, num=1, scramble=1000, seed=7)
    metric = ml.load("cube3")
    found = ml.solve(problem, heuristic=metric, beam_width=BEAM)
    path = found.path(0)
    predicted = metric.distance(cube, path, np.repeat(problem.goals, len(path), axis=0))
    drawing_of(cube)(problem.starts[0], net)
    net.set_title("a cube scrambled by 1,000 moves")
    left = np.arange(len(path))[::-1]
    chart.plot(left, color=style.FAINT, lw=1, ls="--", label="moves left of this solution")
    chart.plot(predicted, color=style.ACCENT, marker="o", ms=2.5, label="learned distance")
    chart.set(xlabel=f"move of the solution: {len(path) - 1} moves, {found.generated[0]:,} states")
    chart.set_ylim(0)
    chart.legend(loc="upper right")


@style.styled
def draw() -> None:
    """Both, side by side."""
    figure = style.new_figure(style.PAGE_WIDTH + 1.2, 3.5)
    left, right = figure.subfigures(1, 2, width_ratios=(1.12, 1))
    draw_maze(left.subplots())
    draw_cube(*right.subplots(2, 1, height_ratios=(1.5, 1)))
    save(figure, PICTURE)


if __name__ == "__main__":
    draw()
