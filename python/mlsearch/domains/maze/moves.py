"""The four moves of a maze, in the order that breaks ties: up, down, left, right."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def neighbours(
    walls: NDArray[np.uint8], mazes: NDArray[np.integer[Any]], cells: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Where the moves lead; a blocked one leads back to its cell.

    Args:
        walls: uint8 [B, H, W].
        mazes, cells: integers [...], which maze, and a cell of it.

    Returns:
        int32 [..., 4].
    """
    _, height, width = walls.shape
    flat, at = walls.reshape(-1), mazes.astype(np.int64) * (height * width) + cells
    row, column = np.divmod(cells, width)
    is_inside = (row > 0, row < height - 1, column > 0, column < width - 1)
    found = np.empty((*np.shape(cells), 4), np.int32)
    for move, (step, inside) in enumerate(zip((-width, width, -1, 1), is_inside, strict=True)):
        is_free = (flat[at + step * inside] == 0) & inside
        found[..., move] = cells + step * is_free
    return found
