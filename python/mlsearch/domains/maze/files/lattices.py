"""Mazes of the package maze-dataset: which neighbouring rooms of a lattice are connected.

A room at (row, column) of the lattice is the cell (2 row, 2 column); see
``Mazes.from_maze_dataset``. Objects are known by their attributes, so that reading them
needs no package.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

ATTRIBUTE = "connection_list"


def walls_of_lattices(mazes: Any) -> NDArray[np.uint8]:
    """The walls of one or several lattices, uint8 [B, 2 R - 1, 2 C - 1]."""
    found = [_walls(_connections(maze)) for maze in _listed(mazes)]
    if not found:
        raise ValueError("mazes: expected at least one, got none")
    if len({walls.shape for walls in found}) > 1:
        sizes = sorted({walls.shape for walls in found})
        raise ValueError(f"mazes: expected mazes of one size, got {sizes[0]} and {sizes[1]} cells")
    return np.stack(found)


def ends_of_lattices(mazes: Any) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Starts and goals of solved lattices: the cells of their rooms, int32 [B] each."""
    listed = _listed(mazes)
    starts, goals = (
        np.array([_cell(maze, name) for maze in listed], np.int32)
        for name in ("start_pos", "end_pos")
    )
    return starts, goals


def lattices_of_walls(walls: NDArray[np.uint8]) -> list[Any]:
    """The lattices of walls, uint8 [B, H, W], as objects of the package."""
    try:
        from maze_dataset import LatticeMaze
    except ImportError as missing:
        raise ImportError("to_maze_dataset needs: pip install maze-dataset") from missing
    make: Any = LatticeMaze
    return [make(connection_list=_lattice(maze, number)) for number, maze in enumerate(walls)]


def _listed(mazes: Any) -> list[Any]:
    if hasattr(mazes, ATTRIBUTE):
        return [mazes]
    if not isinstance(mazes, Iterable):
        raise TypeError(f"mazes: expected objects with {ATTRIBUTE!r}, got {type(mazes).__name__}")
    return list(mazes)


def _connections(maze: Any) -> NDArray[np.bool_]:
    if not hasattr(maze, ATTRIBUTE):
        raise TypeError(f"mazes: expected objects with {ATTRIBUTE!r}, got {type(maze).__name__}")
    array = np.asarray(getattr(maze, ATTRIBUTE))
    if array.dtype != bool:
        raise TypeError(f"{ATTRIBUTE}: expected bool, got dtype {array.dtype}")
    if array.ndim != 3 or array.shape[0] != 2 or min(array.shape[1:]) < 1:
        raise ValueError(f"{ATTRIBUTE}: expected shape [2, R, C], got {list(array.shape)}")
    if array[0, -1].any() or array[1, :, -1].any():
        raise ValueError(
            f"{ATTRIBUTE}: expected no connection from the last row or column outwards"
        )
    return array


def _walls(connections: NDArray[np.bool_]) -> NDArray[np.uint8]:
    _, rows, columns = connections.shape
    walls = np.ones((2 * rows - 1, 2 * columns - 1), np.uint8)
    walls[::2, ::2] = 0
    walls[1::2, ::2] = ~connections[0, :-1]
    walls[::2, 1::2] = ~connections[1, :, :-1]
    return walls


def _lattice(walls: NDArray[np.uint8], number: int) -> NDArray[np.bool_]:
    height, width = walls.shape
    is_lattice = height % 2 == width % 2 == 1 and not walls[::2, ::2].any()
    if not is_lattice or not walls[1::2, 1::2].all():
        raise ValueError(
            f"mazes: maze {number} is no lattice: expected odd sides, free cells at even (row, "
            "column) and walls at odd (row, column)"
        )
    connections = np.zeros((2, (height + 1) // 2, (width + 1) // 2), bool)
    connections[0, :-1] = walls[1::2, ::2] == 0
    connections[1, :, :-1] = walls[::2, 1::2] == 0
    return connections


def _cell(maze: Any, name: str) -> int:
    position = np.asarray(getattr(maze, name, None))
    shape = _connections(maze).shape[1:]
    is_pair = position.shape == (2,) and position.dtype.kind in "iu"
    if not is_pair or (position < 0).any() or (position >= shape).any():
        raise ValueError(f"{name}: expected a row and a column below {shape}, got {position}")
    row, column = position.tolist()
    return 2 * row * (2 * shape[1] - 1) + 2 * column
