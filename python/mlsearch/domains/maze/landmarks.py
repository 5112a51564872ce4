"""The baseline of exact landmarks: what the triangle inequality says by way of a few cells.

Source: differential heuristics, the landmark bound of Goldberg and Harrelson, "Computing the
shortest path: A* search meets graph theory" (2005); farthest-point landmarks, Gonzalez 1985.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.checks import read_only
from mlsearch.domains.costs import Costs, cost_dtype

if TYPE_CHECKING:
    from mlsearch.domains.maze.mazes import Mazes

NUM_LANDMARKS, BASE_CELLS = 64, 400
"""Landmarks for every so many cells of a map, and at most so many: as landmark waves have them."""

MAX_BYTES = 2**28
"""Of distances to landmarks that are held at one time. Maps of over 2**20 cells have fewer."""


def landmark_table(mazes: Mazes, goals: NDArray[np.int32], seed: int = 0) -> NDArray[np.float32]:
    """The largest lower bound of the distance that a landmark k gives: |d(s, k) - d(goal, k)|.

    Where cells have costs, a way back costs something else, and only d(s, k) - d(goal, k) is a
    bound. It is never more than the distance, so that A* finds shortest paths. It is 0 where no
    landmark can be reached from the goal.

    Args:
        mazes: N mazes, or one for all goals.
        goals: int32 [N].
        seed: not used.

    Returns:
        float32 [N, H, W], in steps, or in costs.
    """
    table = np.empty((len(goals), mazes.num_cells), np.float32)
    are_symmetric = mazes.costs is None
    if len(mazes) == 1:
        for bounds, goal in zip(table, goals, strict=True):
            bounds[:] = _bounds(mazes.landmark_fields[0], goal, are_symmetric)
    else:
        at_once = max(1, MAX_BYTES // (4 * mazes.num_cells * num_landmarks(mazes.num_cells)))
        for first in range(0, len(goals), at_once):
            part = slice(first, first + at_once)
            for bounds, goal, fields in zip(
                table[part], goals[part], landmark_fields(mazes[part]), strict=True
            ):
                bounds[:] = _bounds(fields, goal, are_symmetric)
    return table.reshape(len(goals), *mazes.shape)


def _bounds(fields: Costs, goal: np.int32, are_symmetric: bool) -> Costs:
    """Of all cells [H * W], by the landmarks that can be reached from the goal.

    What cannot reach them has no way to the goal, so that anything is a bound.
    """
    bounds = np.zeros(fields.shape[1], fields.dtype)
    for field in fields:  # one after the other, so that they stay in the cache
        if field[goal] >= 0:
            differences = field - field[goal]
            if are_symmetric:
                np.abs(differences, out=differences)
            np.maximum(bounds, differences, out=bounds)
    return bounds


def num_landmarks(cells: int) -> int:
    """How many landmarks a map of so many cells has."""
    by_area = -(-NUM_LANDMARKS * cells // BASE_CELLS)
    return min(by_area, NUM_LANDMARKS, MAX_BYTES // (4 * cells))


def landmark_fields(mazes: Mazes) -> Costs:
    """Ground-truth distances to the landmarks of each maze.

    The first landmark is the cell farthest from the first free cell, each of the others the one
    farthest from all before it; the first of several. But where most free cells are out of reach
    of all of them, it is the first of these.

    Args:
        mazes: B mazes.

    Returns:
        int32 [B, K, H * W], or float64 of costs, read-only; -1 where there is no way.
    """
    is_free = mazes.walls.reshape(len(mazes), -1) == 0
    first = is_free.argmax(axis=1).astype(np.int32)
    landmark = _farthest(mazes.distances(first).reshape(is_free.shape), is_free)
    shape = (len(mazes), num_landmarks(mazes.num_cells), mazes.num_cells)
    fields = np.empty(shape, cost_dtype(mazes))
    nearest = np.full(is_free.shape, -1, fields.dtype)
    for number in range(fields.shape[1]):
        fields[:, number] = found = mazes.distances(landmark).reshape(is_free.shape)
        is_nearer = (nearest < 0) | ((found >= 0) & (found < nearest))
        nearest = np.where(is_nearer, found, nearest)
        landmark = _farthest(nearest, is_free)
    return read_only(fields)


def _farthest(nearest: Costs, is_free: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The next landmark of each maze: distances, -1 out of reach, and bool [B, H * W] to [B]."""
    is_lost = is_free & (nearest < 0)
    are_most = 2 * is_lost.sum(axis=1) > is_free.sum(axis=1)
    return np.where(are_most, is_lost.argmax(axis=1), nearest.argmax(axis=1)).astype(np.int32)
