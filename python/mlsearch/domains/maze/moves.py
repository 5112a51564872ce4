"""The four moves of a maze."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def free_neighbours(
    walls: NDArray[np.uint8], mazes: NDArray[np.int64], cells: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Which of the four moves lead to a free cell.

    Args:
        walls: uint8 [M, H, W].
        mazes, cells: integers [...].

    Returns:
        bool [..., 4]: up, down, left, right.
    """
    _, height, width = walls.shape
    at = mazes * (height * width) + cells
    row, column = np.divmod(cells, width)
    is_inside = (row > 0, row < height - 1, column > 0, column < width - 1)
    moves = zip((-width, width, -1, 1), is_inside, strict=True)
    return np.stack(
        [(walls.reshape(-1)[at + m * inside] == 0) & inside for m, inside in moves], axis=-1
    )
