"""Uniformly random permutations, and the parity of permutations, many at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.streams import Streams


def shuffled(streams: Streams, num: int, size: int) -> NDArray[np.int64]:
    """Uniformly random permutations of 0 .. size - 1, one from each of the streams.

    Returns:
        int64 ``[num, size]``.

    Source: Fisher & Yates (1938), as in Knuth, "The Art of Computer Programming" 2.
    """
    rows, every = np.tile(np.arange(size), (num, 1)), np.arange(num)
    for last in range(size - 1, 0, -1):
        other = streams.below(every, np.full(num, last + 1))
        rows[every, other], rows[:, last] = rows[:, last].copy(), rows[every, other].copy()
    return rows


def are_odd(rows: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether permutations ``[M, n]`` of distinct numbers take an odd number of swaps."""
    first, second = np.triu_indices(rows.shape[1], 1)
    return np.asarray((rows[:, first] > rows[:, second]).sum(axis=1) % 2 == 1)
