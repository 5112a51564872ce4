"""Checks that the exact solvers share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import checked_integers, integers_as


def byte_rows(name: str, values: ArrayLike, size: int | None = None) -> NDArray[np.uint8]:
    """States as C-contiguous uint8 ``[N, size]``.

    Raises:
        TypeError: they are not integers.
        ValueError: the shape is another one, or a number does not fit into a byte.
    """
    rows = integers_as(name, checked_integers(name, values), np.uint8)
    if rows.ndim != 2 or size not in (None, rows.shape[1]):
        wanted = "any" if size is None else size
        raise ValueError(f"{name}: expected shape [N, {wanted}], got {list(rows.shape)}")
    return rows


def paired_rows(
    starts: ArrayLike, goals: ArrayLike, size: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Starts and goals, one goal for each start.

    Raises:
        TypeError, ValueError: as of :func:`byte_rows`, or there are not as many goals as starts.
    """
    first = byte_rows("starts", starts, size)
    last = byte_rows("goals", goals, first.shape[1])
    if len(first) != len(last):
        raise ValueError(f"goals: expected {len(first)}, one for each start, got {len(last)}")
    return first, last


def checked_moves(values: ArrayLike) -> NDArray[np.uint16]:
    """A table of permutations, C-contiguous uint16 ``[K, n]``.

    Raises:
        TypeError: it is not of integers.
        ValueError: the shape is another one, or a row is no permutation.
    """
    moves = integers_as("moves", checked_integers("moves", values), np.uint16)
    if moves.ndim != 2 or moves.size == 0:
        raise ValueError(f"moves: expected shape [K, n], got {list(moves.shape)}")
    size = moves.shape[1]
    is_wrong = (np.sort(moves, axis=1) != np.arange(size)).any(axis=1)
    if is_wrong.any():
        first = int(is_wrong.argmax())
        raise ValueError(
            f"moves: move {first}: expected each of 0 to {size - 1} once, "
            f"got {moves[first].tolist()}"
        )
    return moves


def groups_of_rows(rows: NDArray[Any]) -> list[NDArray[np.intp]]:
    """The indices of the rows that are the same, for each different row."""
    if len(rows) == 0:
        return []
    _, of_row = np.unique(rows, axis=0, return_inverse=True)
    return [np.flatnonzero(of_row.reshape(-1) == g) for g in range(int(of_row.max()) + 1)]
