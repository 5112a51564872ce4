"""Draws the pictures of the domains in docs/: python tools/domain_pictures.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

import mlsearch as ml
from mlsearch.domains.pictures import drawing_of
from mlsearch.plots import style

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIDE = 2.4  # inches

LEVEL = """\
#########
#   #   #
# $   . #
#  #$#  #
# .  @* #
#########
"""


def states() -> dict[str, list[tuple[Any, Any]]]:
    """Domains and states, by the name of the picture."""
    scrambled = [ml.Cube(3), ml.Cube(2), ml.Tiles(4), ml.LightsOut(7), ml.TopSpin(), ml.Pancake()]
    found = {d: ml.Problems.sample(d, num=1, scramble=100).starts[0] for d in scrambled}
    cube, small, tiles, lights, ring, stack = found.items()
    levels = ml.Sokoban.parse(LEVEL)
    doors = ml.OneWayMazes.generate(1, seed=0)
    return {
        "cube": [cube, small],
        "tiles": [tiles, (tiles[0], tiles[0].goal_state)],
        "lights_out": [lights],
        "sokoban": [(levels, levels.starts[0])],
        "permutation": [ring, stack],
        "one_way": [(doors, ml.Problems.sample(doors).starts[0])],
    }


def draw_states(drawn: list[tuple[Any, Any]], is_flat: bool) -> None:
    """States beside one another, or below one another where they are flat."""
    rows, columns = (len(drawn), 1) if is_flat else (1, len(drawn))
    size = (7, 1.2) if is_flat else (1.3 * SIDE * columns, SIDE)
    _, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for place, (domain, state) in zip(axes.flat, drawn, strict=True):
        drawing_of(domain)(state, place)


def draw_mazes() -> None:
    """A maze of each kind, with a shortest path."""
    kinds = ("percolation", "depth_first")
    _, axes = plt.subplots(1, len(kinds), figsize=(len(kinds) * SIDE, SIDE))
    for place, kind in zip(axes, kinds, strict=True):
        problems = ml.Problems.sample(
            ml.Mazes.generate(20, size=21, generator=kind, seed=3), seed=3
        )
        draw_path(problems[int(problems.optimal.argmax())], place)


def floor_plan() -> ml.Mazes:
    """Rooms left and right of a corridor, each with a door, and a desk in some."""
    walls = np.ones((39, 61), np.uint8)
    walls[17:22, 1:-1] = 0
    for number, left in enumerate(range(1, 60, 12)):
        room = slice(left, left + 11)
        walls[1:16, room] = walls[23:-1, room] = 0
        walls[16, left + 2 + number : left + 5 + number] = 0
        walls[22, left + 7 - number : left + 10 - number] = 0
        walls[7:9, left + 3 : left + 8] = walls[30:32, left + 3 : left + 8] = number % 2
    walls[8:11, 24] = walls[30:33, 48] = 0
    return ml.Mazes(walls, moves="eight")


def draw_plan() -> None:
    """A shortest path over a floor plan, with eight moves."""
    _, axes = plt.subplots(figsize=(2.4 * SIDE, 1.5 * SIDE))
    plan = floor_plan()
    draw_path(ml.Problems(plan, [3 * 61 + 3], [36 * 61 + 56]), axes)


def draw_path(problem: ml.Problems, axes: Any) -> None:
    """Walls, and a shortest path from the circle to the star."""
    walls = problem.domain.walls[0]
    axes.imshow(walls, cmap=ListedColormap(["#f3efe6", style.WALL]), interpolation="nearest")
    rows, columns = np.divmod(ml.solve(problem, heuristic="perfect").path(0), walls.shape[1])
    axes.plot(columns, rows, color=style.ACCENT, lw=1.8)
    axes.plot(columns[0], rows[0], "o", ms=7, mfc="white", mec="black", mew=0.8)
    axes.plot(columns[-1], rows[-1], "*", ms=11, mfc="#ffd92f", mec="black", mew=0.8)
    axes.axis("off")


def save(name: str) -> None:
    """Writes the figure that was drawn last."""
    figure = plt.gcf()
    figure.tight_layout(pad=0.3, w_pad=1.5)
    how = {"bbox_inches": "tight", "pad_inches": 0.06, "metadata": {"Software": None}}
    figure.savefig(IMAGES / f"domain_{name}.png", dpi=110, **how)
    plt.close(figure)


def main() -> None:
    """Writes one PNG a page."""
    for name, drawn in states().items():
        draw_states(drawn, is_flat=name == "permutation")
        save(name)
    draw_mazes()
    save("maze")
    draw_plan()
    save("plan")


if __name__ == "__main__":
    main()
