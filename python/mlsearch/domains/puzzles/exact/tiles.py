"""IDA* with additive pattern databases, for sliding tiles."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.domains.contract import Int32s
from mlsearch.domains.puzzles.exact.checks import paired_rows

_log = logging.getLogger("mlsearch")
MOST_CELLS = 36
MAX_NODES = 10**10
MAX_NODES_LARGE = 10**7  # on more than 16 cells, where most boards are out of reach


def tile_distances(
    starts: ArrayLike,
    goals: ArrayLike,
    shape: tuple[int, int],
    max_nodes: int | None = None,
    num_threads: int = 0,
) -> Int32s:
    """The fewest moves from boards to goal boards.

    The first call for a shape makes tables: 4 x 4 takes 34 MB and some seconds. Tables are kept for
    the four shapes (and blanks of goals) that were used last. Each thread solves one board.

    Args:
        starts: integers ``[N, n]``, tiles row by row, 0 for the blank.
        goals: the same.
        shape: rows and columns, at most 36 cells.
        max_nodes: the search for a board is given up beyond; None for 10**10, and 10**7 (about
            a second) where there are more than 16 cells.
        num_threads: 0 for all cores. It changes nothing but the time.

    Returns:
        int32 ``[N]``, -1 where no moves lead to the goal, or where the search was given up.

    Raises:
        TypeError: the boards are not of integers.
        ValueError: a board does not hold each tile once, or a shape does not fit.
    """
    height, width = shape
    num_cells = height * width
    if height < 1 or width < 1 or num_cells > MOST_CELLS:
        raise ValueError(f"shape: expected 1 to {MOST_CELLS} cells, got {height} x {width}")
    if max_nodes is None:
        max_nodes = MAX_NODES if num_cells <= 16 else MAX_NODES_LARGE
    boards, blanks = by_home(*paired_rows(starts, goals, num_cells), shape)
    found = np.full(len(boards), -1, np.int32)
    for blank in np.unique(blanks).tolist():
        chosen = blanks == blank
        tables = patterns(height, width, blank)
        found[chosen], _ = tables.distances(boards[chosen], max_nodes, num_threads)
    return found


@lru_cache(maxsize=4)
def patterns(height: int, width: int, blank: int) -> Any:
    """The compiled tables for boards whose blank belongs to a cell."""
    _log.info("Building the pattern databases of %d x %d tiles", height, width)
    return _core.TilePatterns(height, width, blank, 0)


def by_home(
    starts: NDArray[np.uint8], goals: NDArray[np.uint8], shape: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Starts with each tile called by the cell where it belongs, and the cell of the blank.

    Boards are turned over first, so that the blank belongs to the lower right quarter: goals with
    the blank first and last share their tables.

    Raises:
        ValueError: a board does not hold each tile once.
    """
    num_cells = starts.shape[1]
    for name, boards in (("starts", starts), ("goals", goals)):
        is_wrong = (np.sort(boards, axis=1) != np.arange(num_cells)).any(axis=1)
        if is_wrong.any():
            first = int(is_wrong.argmax())
            raise ValueError(
                f"{name}: expected each of 0 to {num_cells - 1} once, got {boards[first].tolist()} "
                f"at index {first}"
            )
    starts, goals = _turned_over(starts, goals, shape)
    home = np.argsort(goals, axis=1).astype(np.uint8)
    boards = np.take_along_axis(home, starts.astype(np.intp), axis=1)
    return np.ascontiguousarray(boards), home[:, 0].astype(np.intp)


def _turned_over(
    starts: NDArray[np.uint8], goals: NDArray[np.uint8], shape: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    row, column = np.divmod((goals == 0).argmax(axis=1), shape[1])
    both = np.stack([starts, goals], axis=1).reshape(-1, 2, *shape)
    upside = 2 * row < shape[0] - 1
    both[upside] = both[upside, :, ::-1]
    sideways = 2 * column < shape[1] - 1
    both[sideways] = both[sideways, :, :, ::-1]
    return both[:, 0].reshape(starts.shape), both[:, 1].reshape(goals.shape)
