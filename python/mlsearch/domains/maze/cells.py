"""Checks of cells, with messages that name the argument and the problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from mlsearch.domains.maze.worlds import MazeWorlds


def checked_cells(name: str, cells: ArrayLike, mazes: MazeWorlds) -> NDArray[np.int32]:
    """``cells`` as one cell for each problem: N where ``mazes`` has N mazes or one.

    Args:
        name: what messages call the argument.
        cells: integers [N], or a single one.
        mazes: the mazes they are on.

    Returns:
        int32 [N].

    Raises:
        TypeError: ``cells`` is not of integers.
        ValueError: the number does not fit, or a cell is not on the map.
    """
    array = np.atleast_1d(np.asarray(cells))
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integers, got dtype {array.dtype}")
    if array.ndim != 1 or len(mazes) not in (1, len(array)):
        wanted = "[N]" if len(mazes) == 1 else f"[{len(mazes)}], one for each maze"
        raise ValueError(f"{name}: expected shape {wanted}, got {list(array.shape)}")
    check_on_map(name, array, mazes)
    return np.array(array, np.int32)


def check_on_map(name: str, cells: NDArray[np.int32], mazes: MazeWorlds) -> None:
    """Raises ValueError unless all cells [N] are on the map."""
    outside = np.flatnonzero((cells < 0) | (cells >= mazes.num_cells))
    if len(outside) > 0:
        first = int(outside[0])
        raise ValueError(
            f"{name}: problem {first}: cell {cells[first]} is outside 0 .. {mazes.num_cells - 1}"
        )


def check_free(
    name: str, cells: NDArray[np.int32], worlds: NDArray[np.int32], mazes: MazeWorlds
) -> None:
    """Raises ValueError unless all cells int32 [N] are free in their mazes, int32 [N]."""
    check_on_map(name, cells, mazes)
    walls = np.flatnonzero(mazes.walls.reshape(len(mazes), -1)[worlds, cells])
    if len(walls) > 0:
        first = int(walls[0])
        raise ValueError(f"{name}: cell {cells[first]} of problem {first} is a wall")
