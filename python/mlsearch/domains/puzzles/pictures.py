"""How puzzles look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.pictures import Look, Picture, Shape, Solid, Turn, grid
from mlsearch.domains.puzzles import stickers

STICKERS = ("#f7f7f7", "#ea5564", "#2fae6b", "#ffd500", "#ff8f33", "#5b9bef")  # U R F D L B
NET = ((0, 1), (1, 2), (1, 1), (2, 1), (1, 0), (1, 3))  # row and column of each face
GAP = 0.25  # between faces of the net
WALL, FLOOR, TARGET = "#3b3b3b", "#f3efe6", "#d1495b"
TILE, LIT, DARK = "#e8d8b4", "#ffd34d", "#45505c"
BOX, DONE, PLAYER = "#b5793b", "#5c8a45", "#2b6cb0"
SHADES = ("#ffffd9", "#41b6c4")  # of the smallest and the largest number
LONGEST_ROW = 24


def cube_picture(size: int, moves: Sequence[tuple[str, int]]) -> Picture:
    """The unfolded cube, each sticker with the letter of its face.

    Args:
        size: of the cube.
        moves: the face that each move turns, and by how many degrees.
    """
    faces = np.array(NET)[:, np.newaxis] * (size + GAP)
    looks = [Look((Shape("square", c),), f) for f, c in zip(stickers.FACES, STICKERS, strict=True)]
    turns = [Turn(degrees, *stickers.layer(size, face)) for face, degrees in moves]
    places = (faces + grid(size, size)).reshape(-1, 2)
    return Picture(places, looks, Solid(stickers.frames(size), turns))


def tiles_picture(size: int) -> Picture:
    """Sliding tiles with their numbers; the blank is empty."""
    tiles = [Look((Shape("square", TILE),), str(number)) for number in range(1, size**2)]
    return Picture(grid(size, size), [Look(), *tiles])


def lights_picture(size: int) -> Picture:
    """Lights, bright or dark."""
    return Picture(grid(size, size), [Look((Shape("square", colour),)) for colour in (DARK, LIT)])


def row_picture(goal: NDArray[np.uint8]) -> Picture:
    """Numbers in a row, darker for larger ones; long rows are broken."""
    lines = -(-len(goal) // LONGEST_ROW)
    width, most = -(-len(goal) // lines), int(goal.max())
    ends = np.array([[int(end[i : i + 2], 16) for i in (1, 3, 5)] for end in SHADES])
    shades = [ends[0] + (ends[1] - ends[0]) * k / max(1, most) for k in range(most + 1)]
    colours = ["#" + "".join(f"{round(part):02x}" for part in shade) for shade in shades]
    looks = [Look((Shape("square", colour),), str(k)) for k, colour in enumerate(colours)]
    return Picture(grid(lines, width)[: len(goal)], looks)


def level_picture(height: int, width: int) -> Picture:
    """Levels of Sokoban, with looks as :func:`level_looks` numbers them."""
    floor, target = Shape("square", FLOOR, 1, False), Shape("disc", TARGET, 0.4, False)
    player, inner = Shape("disc", PLAYER, 0.64), Shape("disc", "#ffffff", 0.3, False)
    box, done = Shape("square", BOX, 0.76), Shape("square", DONE, 0.76)
    free = [(floor,), (floor, box), (floor, player)]
    on_target = [(floor, target), (floor, done, inner), (floor, target, player)]
    looks = [*free, *on_target, (Shape("square", WALL, 1, False),)]
    return Picture(grid(height, width), [Look(shapes) for shapes in looks])


def level_looks(
    walls: NDArray[np.uint8], targets: NDArray[np.uint8], states: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The look of each cell: floor, box, player, then the same on a target, then a wall.

    Args:
        walls, targets: uint8 ``[M, H, W]``, those of the level of each state.
        states: uint8 ``[M, H * W + 2]``.

    Returns:
        uint8 ``[M, H * W]``, 0 to 6.
    """
    num, _, width = walls.shape
    looks = states[:, :-2] + 3 * targets.reshape(num, -1)
    looks[np.arange(num), states[:, -2].astype(int) * width + states[:, -1]] += 2
    return np.where(walls.reshape(num, -1) != 0, 6, looks).astype(np.uint8)
