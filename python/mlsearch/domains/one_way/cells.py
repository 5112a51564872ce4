"""What the cells of mazes with one-way doors are: codes, their letters, and their checks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import checked_array, read_only

LETTERS = ".#^v<>"
"""The letter of each code: free, a wall, and an arrow up, down, left and right."""

FREE, WALL, FIRST_ARROW = 0, 1, 2
STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))
"""Rows and columns of the four moves: up, down, left, right."""

MAX_SIDE = 1024


def checked_codes(cells: ArrayLike) -> NDArray[np.uint8]:
    """Codes as uint8 [B, H, H], C-contiguous, copied and read-only.

    Args:
        cells: integers 0 to 5, [B, H, H] or [H, H].

    Raises:
        TypeError: they are not integers.
        ValueError: they have another shape or other values, or a maze has no free cell.
    """
    array = checked_array("cells", cells)
    if array.size == 0:  # an empty list has no dtype of its own
        array = array.astype(np.uint8)
    if array.dtype.kind not in "iu":
        raise TypeError(f"cells: expected integers, got dtype {array.dtype}")
    array = array[np.newaxis] if array.ndim == 2 else array
    if array.ndim != 3 or len(array) == 0 or array.shape[1] != array.shape[2]:
        raise ValueError(f"cells: expected shape [B, H, H] or [H, H], got {list(array.shape)}")
    if not 2 <= array.shape[1] <= MAX_SIDE:
        raise ValueError(f"cells: expected a side from 2 to {MAX_SIDE}, got {array.shape[1]}")
    bad = (array < 0) | (array >= len(LETTERS))
    if bad.any():
        index = np.argwhere(bad)[0].tolist()
        raise ValueError(f"cells: expected 0 to 5, got {array[tuple(index)]} at {index}")
    full = (array == WALL).all(axis=(1, 2))
    if full.any():
        raise ValueError(f"cells: expected a free cell in each maze, got none in {full.argmax()}")
    return read_only(np.array(array, np.uint8, order="C"))


def read_codes(text: str) -> NDArray[np.uint8]:
    """The codes of a drawing, a line for each row: uint8 [H, W].

    Raises:
        ValueError: a letter is none of ``LETTERS``, or lines have different lengths.
    """
    lines = text.strip().split("\n")
    for number, line in enumerate(lines):
        strange = set(line) - set(LETTERS)
        if strange:
            raise ValueError(f"line {number + 1}: expected {LETTERS}, got {min(strange)!r}")
        if len(line) != len(lines[0]):
            raise ValueError(
                f"line {number + 1}: expected {len(lines[0])} letters, got {len(line)}"
            )
    return np.array([[LETTERS.index(letter) for letter in line] for line in lines], np.uint8)


def open_moves(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which moves lead from cells to others: uint8 [B, H, W] to bool [4, B, H, W].

    A wall cannot be entered or left, and a cell with an arrow is left along it alone.
    """
    is_floor = codes != WALL
    allowed = np.empty((4, *codes.shape), bool)
    for move in range(4):
        is_way = (codes == FREE) | (codes == FIRST_ARROW + move)
        np.logical_and(is_way, ahead(is_floor, move), out=allowed[move])
    return allowed


def ahead(values: NDArray[np.bool_], move: int) -> NDArray[np.bool_]:
    """What a move from each cell finds: bool [..., H, W] to the same, False outside the map."""
    (down, right), found = STEPS[move], np.zeros_like(values)
    height, width = values.shape[-2:]
    here = (..., _part(down, height), _part(right, width))
    there = (..., _part(-down, height), _part(-right, width))
    found[here] = values[there]
    return found


def _part(step: int, size: int) -> slice:
    """The places along an axis from which a step stays on the map."""
    return slice(max(-step, 0), size - max(step, 0))
