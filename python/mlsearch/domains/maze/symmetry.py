"""The symmetries of grid mazes."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import integers_as, read_only
from mlsearch.domains.maze.walls import checked_walls


class MazeSymmetries:
    """The symmetries of a maze as :class:`mlsearch.domains.extras.Symmetries`.

    Args:
        shape: (height, width) of the mazes.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape, self.num = shape, num_symmetries(shape)

    def of_worlds(self, domain: Any, numbers: NDArray[np.uint8]) -> Any:
        """``Mazes`` of maze i in form ``numbers[i]``."""
        walls = transform_walls(domain.walls, numbers)
        costs = None if domain.costs is None else transform_maps(domain.costs, numbers)
        return type(domain).mapped(walls, domain.moves, costs)

    def of_states(self, states: NDArray[np.int32], numbers: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Where cells [...] are in other forms of their mazes."""
        return transform_cells(states, numbers, self.shape)


def num_symmetries(shape: tuple[int, int]) -> int:
    """The number of symmetries of a maze: 8 if it is square, else 4.

    By number: bit 2 transposes, then bit 0 flips the rows and bit 1 flips the columns. So 0 is
    the identity, 3 the half turn, and those of a maze that is not square are 0 to 3.
    """
    return 8 if shape[0] == shape[1] else 4


def transform_cells(
    cells: ArrayLike, symmetry: ArrayLike, shape: tuple[int, int]
) -> NDArray[np.int32]:
    """Where symmetries move cells.

    Args:
        cells: integers, of any shape.
        symmetry: integers, see ``num_symmetries``; broadcast against ``cells``.
        shape: (height, width) of the mazes.

    Returns:
        int32 cells.

    Raises:
        TypeError: an array is not of integers.
        ValueError: a cell is not on the map, or a symmetry not one of its shape.
    """
    number = _checked_below("symmetry", symmetry, num_symmetries(shape))
    return _moved_cells(shape)[number, _checked_below("cells", cells, shape[0] * shape[1])]


@functools.cache
def _moved_cells(shape: tuple[int, int]) -> NDArray[np.int32]:
    """Where each symmetry moves each cell: [number of symmetries, H * W]."""
    height, width = shape
    number = np.arange(num_symmetries(shape))[:, None]
    row, column = np.divmod(np.arange(height * width), width)
    is_transposed = (number & 4) != 0
    row, column = np.where(is_transposed, column, row), np.where(is_transposed, row, column)
    row = np.where(number & 1, height - 1 - row, row)
    column = np.where(number & 2, width - 1 - column, column)
    return read_only((row * width + column).astype(np.int32))


def transform_walls(walls: ArrayLike, symmetry: ArrayLike) -> NDArray[np.uint8]:
    """Wall maps moved by symmetries.

    Args:
        walls: bool or integers 0 and 1, [B, H, W].
        symmetry: integers [B], see ``num_symmetries``.

    Returns:
        uint8 [B, H, W]; cell ``transform_cells(cell, symmetry[b], (H, W))`` of map b is what
        ``cell`` was in ``walls[b]``.

    Raises:
        TypeError: an array is of the wrong type.
        ValueError: shapes do not fit, or a symmetry is not one of the shape.
    """
    return transform_maps(checked_walls(walls), symmetry)


def transform_maps(source: NDArray[Any], symmetry: ArrayLike) -> NDArray[Any]:
    """As :func:`transform_walls`, of what cells have of any kind, [B, H, W]."""
    shape = (source.shape[1], source.shape[2])
    number = _checked_below("symmetry", symmetry, num_symmetries(shape))
    if number.shape != source.shape[:1]:
        raise ValueError(f"symmetry: expected shape {source.shape[:1]}, got {number.shape}")
    result = np.empty_like(source)
    for symmetry_number in range(num_symmetries(shape)):
        chosen = np.flatnonzero(number == symmetry_number)
        maps = source[chosen]
        if symmetry_number & 4:
            maps = maps.swapaxes(1, 2)
        result[chosen] = maps[:, :: _step(symmetry_number & 1), :: _step(symmetry_number & 2)]
    return result


def _step(is_flipped: int) -> int:
    return -1 if is_flipped else 1


def _checked_below(name: str, values: ArrayLike, bound: int) -> NDArray[np.int32]:
    array = integers_as(name, values, np.int32)
    bad = (array < 0) | (array >= bound)
    if bad.any():
        raise ValueError(f"{name}: expected 0 to {bound - 1}, got {array[bad].flat[0]}")
    return array
