"""Breadth-first search from both ends, for puzzles whose moves permute positions."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.domains.contract import Int32s
from mlsearch.domains.puzzles.exact.checks import checked_moves, groups_of_rows, paired_rows

Key: TypeAlias = tuple[bytes, int, bytes, int, int]
_lock = threading.Lock()

MAX_BYTES = 2**31
MAX_STATES = 2**20


def two_sided_distances(
    moves: ArrayLike,
    starts: ArrayLike,
    goals: ArrayLike,
    max_bytes: int = MAX_BYTES,
    max_states: int = MAX_STATES,
    num_threads: int = 0,
) -> Int32s:
    """The fewest moves from starts to goals, as far as memory allows.

    The states around a goal are kept in half of ``max_bytes`` until another goal is asked for, and
    those around one start at a time in the other half. On the 3 x 3 x 3 cube the defaults reach all
    distances up to 14 quarter turns, or 12 with half turns. A start beyond takes about a second,
    and the states around the goal take some seconds once.

    Args:
        moves: integers ``[K, n]``; move k makes ``child[i] = state[moves[k][i]]``.
        starts: integers 0 to 255, ``[N, n]``.
        goals: the same.
        max_bytes: for the states kept, at least 65536.
        max_states: states kept around a start; fewer save time, more reach further.
        num_threads: 0 for all cores. It changes nothing but the time.

    Returns:
        int32 ``[N]``, -1 where there is no way, or where the limits end before one was found.

    Raises:
        TypeError: an argument is not of integers.
        ValueError: a row of ``moves`` is no permutation, or a shape or number does not fit.
    """
    table = np.unique(checked_moves(moves), axis=0)
    first, last = paired_rows(starts, goals, table.shape[1])
    found = np.full(len(first), -1, np.int32)
    for chosen in groups_of_rows(last):
        key = (table.tobytes(), len(table), last[chosen[0]].tobytes(), max_bytes, max_states)
        found[chosen] = _distances(key, first[chosen], num_threads)
    return found


def _distances(key: Key, starts: NDArray[np.uint8], num_threads: int) -> Int32s:
    """From starts to one goal, by the search for that goal, which one caller at a time may ask."""
    with _lock:
        try:
            return _search(*key).distances(starts, num_threads)
        except BaseException:
            _search.cache_clear()  # it was stopped in the middle of a layer
            raise


@lru_cache(maxsize=1)
def _search(
    moves: bytes, num_moves: int, goal: bytes, max_bytes: int, max_states: int
) -> _core.TwoSided:
    """The search for one goal."""
    table = np.frombuffer(moves, np.uint16).reshape(num_moves, -1)
    return _core.TwoSided(table, np.frombuffer(goal, np.uint8), max_bytes, max_states)
