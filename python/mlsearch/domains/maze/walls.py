"""Checks of what mazes are made from, with messages that name the argument."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import checked_array, read_only

MAX_SIDE = 8192


CHECKED_CELLS = 2**20  # at a time


class Shape(NamedTuple):
    """The height and width of a maze, in cells."""

    height: int
    width: int


def checked_walls(walls: ArrayLike, copy: bool = True) -> NDArray[np.uint8]:
    """Walls as uint8 [B, H, W], C-contiguous and read-only.

    Args:
        walls: bool, or integers 0 and 1, [B, H, W] or [H, W].
        copy: False to share the memory of ``walls`` where it has the right form already.

    Raises:
        TypeError: they are not of bool or integers.
        ValueError: they have another shape, or other values.
    """
    if not isinstance(walls, list | tuple) and not hasattr(walls, "__array__"):
        raise TypeError(f"walls: expected an array of 0 and 1, got {type(walls).__name__}")
    array = checked_array("walls", walls)
    if array.size == 0:  # an empty list has no dtype of its own
        array = array.astype(np.uint8)
    if array.dtype.kind not in "biu":
        raise TypeError(f"walls: expected bool or integers, got dtype {array.dtype}")
    if array.ndim == 2:
        array = array[np.newaxis]
    if array.ndim != 3 or len(array) == 0:
        raise ValueError(f"walls: expected shape [B, H, W] or [H, W], got {list(array.shape)}")
    if min(array.shape[1:]) < 1 or max(array.shape[1:]) > MAX_SIDE:
        raise ValueError(
            f"walls: expected height and width from 1 to {MAX_SIDE}, got {list(array.shape)}"
        )
    if copy:  # take the memory first: fail on too much of it before the work begins
        copied = np.empty(array.shape, np.uint8)
        _check_zeros_and_ones(array)
        copied[...] = array
        return read_only(copied)
    _check_zeros_and_ones(array)
    return read_only(np.asarray(array, np.uint8, order="C").view())


def _check_zeros_and_ones(walls: NDArray[Any]) -> None:
    """Looks at some mazes at a time, as they may be too many for the memory."""
    size = max(1, CHECKED_CELLS // (walls.shape[1] * walls.shape[2]))
    for first in range(0, len(walls), size):
        part = walls[first : first + size]
        bad = (part != 0) & (part != 1)
        if bad.any():
            index = np.argwhere(bad)[0].tolist()
            value, index[0] = part[tuple(index)], index[0] + first
            raise ValueError(
                f"walls: expected 0 or 1, got {value} at {index} (1 is wall, 0 is free)"
            )


def checked_size(size: int | tuple[int, int]) -> Shape:
    """The size of mazes: one side for square ones, or both; each from 2 to 8192."""
    try:
        height, width = map(
            operator.index, size if isinstance(size, tuple | list) else (size, size)
        )
    except (TypeError, ValueError):
        raise TypeError(f"size: expected an integer or (height, width), got {size!r}") from None
    if min(height, width) < 2 or max(height, width) > MAX_SIDE:
        raise ValueError(f"size: expected sides from 2 to {MAX_SIDE}, got {size!r}")
    return Shape(height, width)
