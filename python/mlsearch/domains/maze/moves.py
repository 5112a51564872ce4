"""The moves of a maze, in the order that breaks ties.

Up, down, left, right; then, of eight, up left, up right, down left, down right.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def neighbours(
    walls: NDArray[np.uint8],
    mazes: NDArray[np.integer[Any]],
    cells: NDArray[np.int32],
    has_diagonals: bool = False,
) -> NDArray[np.int32]:
    """Where the moves lead; a blocked one leads back to its cell.

    A diagonal move is blocked unless both cells beside it are free.

    Args:
        walls: uint8 [B, H, W].
        mazes, cells: integers [...], which maze, and a cell of it.
        has_diagonals: whether there are eight moves.

    Returns:
        int32 [..., 4] or [..., 8].
    """
    _, height, width = walls.shape
    flat, at = walls.reshape(-1), mazes.astype(np.int64) * (height * width) + cells
    row, column = np.divmod(cells, width)
    is_inside = (row > 0, row < height - 1, column > 0, column < width - 1)
    found = np.empty((*np.shape(cells), 8 if has_diagonals else 4), np.int32)
    is_open = np.empty((*np.shape(cells), 4), np.bool_)
    for move, (step, inside) in enumerate(zip((-width, width, -1, 1), is_inside, strict=True)):
        is_open[..., move] = (flat[at + step * inside] == 0) & inside
        found[..., move] = cells + step * is_open[..., move]
    if has_diagonals:
        for move, (vertical, side) in enumerate(((0, 2), (0, 3), (1, 2), (1, 3)), start=4):
            step = (-width if vertical == 0 else width) + (-1 if side == 2 else 1)
            is_inside_both = is_open[..., vertical] & is_open[..., side]
            is_free = (flat[at + step * is_inside_both] == 0) & is_inside_both
            found[..., move] = cells + step * is_free
    return found
