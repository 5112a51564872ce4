"""States of Sokoban: what networks see of them, and which rows are none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.puzzles.one_world import refuse

NUM_PLANES = 4
"""Of features, each of H * W cells: box, player, wall, target."""


def most_boxes(states: Rows) -> int:
    """The largest number of boxes of a state, uint8 ``[M, H * W + 2]``."""
    return int(states[:, :-2].sum(axis=1).max())


def active_features(states: Rows, width: int, max_boxes: int) -> Int32s:
    """The cells of the boxes and of the player, each in its plane.

    Args:
        states: uint8 ``[M, H * W + 2]``, none with more boxes than ``max_boxes``.
        width: W.
        max_boxes: how many boxes a row has room for.

    Returns:
        int32 ``[M, max_boxes + 1]``: the cell of each box in order, then 4 * H * W ("nothing") as
        often as boxes are missing, then H * W + the cell of the player.
    """
    num_cells = states.shape[1] - 2
    found = np.full((len(states), max_boxes + 1), NUM_PLANES * num_cells, np.int32)
    rows, cells = np.nonzero(states[:, :-2])
    firsts = np.searchsorted(rows, np.arange(len(states)))
    found[rows, np.arange(len(rows)) - firsts[rows]] = cells
    found[:, -1] = num_cells + states[:, -2].astype(np.int32) * width + states[:, -1]
    return found


def check_boxes_and_players(
    name: str, states: Rows, walls: NDArray[np.uint8], num_boxes: NDArray[np.integer[Any]]
) -> None:
    """Raises ValueError unless states have so many boxes, and a player, on floor.

    Args:
        name: what messages call the states.
        states: uint8 ``[M, H * W + 2]``.
        walls: uint8 ``[M, H, W]``, those of the level of each state.
        num_boxes: integers ``[M]``.
    """
    height, width = walls.shape[1:]
    flat = walls.reshape(len(walls), -1)
    boxes, row, column = states[:, :-2], states[:, -2].astype(int), states[:, -1].astype(int)
    refuse(name, (boxes > 1).any(axis=1), "expected 0 or 1 for each cell, 1 for a box")
    refuse(name, boxes.sum(axis=1) != num_boxes, "expected as many boxes as the level has")
    refuse(name, (boxes & flat).any(axis=1), "a box is in a wall")
    outside = (row >= height) | (column >= width)
    refuse(name, outside, f"expected a player in {height} rows, {width} columns")
    cell = (np.arange(len(states)), row * width + column)
    refuse(name, flat[cell] != 0, "the player is in a wall")
    refuse(name, boxes[cell] != 0, "the player is on a box")
