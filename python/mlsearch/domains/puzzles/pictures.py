"""Pictures of states on matplotlib axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.puzzles.levels import Level

STICKERS = ("#f7f7f7", "#c8102e", "#009b48", "#ffd500", "#ff7a1a", "#0051ba")  # U R F D L B
NET = ((0, 1), (1, 2), (1, 1), (2, 1), (1, 0), (1, 3))  # row and column of each face
INK, WALL, FLOOR, TARGET = "#222222", "#3b3b3b", "#f3efe6", "#d1495b"
TILE, LIT, DARK = "#e8d8b4", "#ffd34d", "#45505c"
BOX, DONE, PLAYER = "#b5793b", "#5c8a45", "#2b6cb0"


def draw_cube(axes: Any, state: NDArray[Any], size: int) -> None:
    """The unfolded cube: colours 0 to 5, ``[6 * size**2]``."""
    _prepare(axes, 3 * (size + 0.25), 4 * (size + 0.25))
    for place, colour in enumerate(state.tolist()):
        face, sticker = divmod(place, size**2)
        row, column = divmod(sticker, size)
        top, left = ((size + 0.25) * along for along in NET[face])
        _square(axes, top + row, left + column, STICKERS[colour], edge=INK)


def draw_tiles(axes: Any, board: NDArray[Any]) -> None:
    """Sliding tiles, ``[n, n]``; 0 is the blank."""
    _prepare(axes, *board.shape)
    for (row, column), tile in np.ndenumerate(board):
        if tile != 0:
            _square(axes, row, column, TILE, edge=INK)
            _letter(axes, row, column, str(tile))


def draw_lights(axes: Any, board: NDArray[Any]) -> None:
    """Lights, ``[n, n]`` of 0 and 1."""
    _prepare(axes, *board.shape)
    for (row, column), light in np.ndenumerate(board):
        _square(axes, row, column, LIT if light else DARK, edge="white")


def draw_row(axes: Any, row: NDArray[Any]) -> None:
    """Numbers in a row, ``[n]``, darker for larger ones."""
    _prepare(axes, 1, len(row))
    from matplotlib import colormaps

    shades = colormaps["YlGnBu"](np.asarray(row) / max(1, int(row.max())) * 0.6)
    for column, number in enumerate(row.tolist()):
        _square(axes, 0, column, shades[column], edge=INK)
        _letter(axes, 0, column, str(number))


def draw_level(axes: Any, level: Level) -> None:
    """A level of Sokoban: walls, targets, boxes (green on a target) and the player."""
    from matplotlib.patches import Circle

    _prepare(axes, *level.walls.shape)
    for (row, column), is_wall in np.ndenumerate(level.walls):
        color = WALL if is_wall else FLOOR
        _square(axes, row, column, color, edge=color)
        middle, is_target = (column + 0.5, row + 0.5), level.targets[row, column]
        if is_target:
            axes.add_patch(Circle(middle, 0.2, facecolor=TARGET, edgecolor="none"))
        if level.boxes[row, column]:
            _square(axes, row, column, DONE if is_target else BOX, edge=INK, inset=0.12)
        if (row, column) == level.player:
            axes.add_patch(Circle(middle, 0.32, facecolor=PLAYER, edgecolor=INK))


def _prepare(axes: Any, height: float, width: float) -> None:
    axes.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect="equal")
    axes.axis("off")


def _square(
    axes: Any, row: float, column: float, color: Any, edge: str, inset: float = 0.0
) -> None:
    from matplotlib.patches import Rectangle

    corner, side = (column + inset, row + inset), 1 - 2 * inset
    style = {"facecolor": color, "edgecolor": edge, "linewidth": 0.8}
    axes.add_patch(Rectangle(corner, side, side, **style))


def _letter(axes: Any, row: float, column: float, letters: str) -> None:
    middle = (column + 0.5, row + 0.5)
    axes.text(*middle, letters, ha="center", va="center", color=INK, fontsize=10, clip_on=True)
