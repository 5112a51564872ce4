"""Exact distances in mazes with one-way doors, by breadth-first search against the moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Int32s
from mlsearch.domains.one_way.cells import ahead

AT_ONCE = 1024
"""Tables that are made together, as many as a processor's cache holds of mazes of 20 x 20."""


def distance_tables(allowed: NDArray[np.bool_], worlds: Int32s, goals: Int32s) -> Int32s:
    """The fewest moves from every cell to goals.

    Args:
        allowed: bool [4, B, H, H], as of ``open_moves``.
        worlds: int32 [N], the maze of each goal.
        goals: int32 [N], cells.

    Returns:
        int32 [N, H * H], -1 where the goal cannot be reached.
    """
    tables = np.empty((len(goals), allowed[0, 0].size), np.int32)
    for begin in range(0, len(goals), AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        tables[part] = _tables(allowed[:, worlds[part]], goals[part])
    return tables


def _tables(allowed: NDArray[np.bool_], goals: Int32s) -> Int32s:
    """The same in N mazes, all of which advance together.

    A layer is the cells with an open move into the layer before it.
    """
    layer = np.zeros((len(goals), allowed[0, 0].size), bool)
    layer[np.arange(len(goals)), goals] = True
    layer = layer.reshape(allowed.shape[1:])
    tables, is_new, steps = np.full(layer.shape, -1, np.int32), ~layer, 0
    while layer.any():
        tables[layer] = steps
        is_new &= ~layer
        before = [allowed[move] & ahead(layer, move) for move in range(4)]
        layer, steps = np.logical_or.reduce(before) & is_new, steps + 1
    return tables.reshape(len(goals), -1)
