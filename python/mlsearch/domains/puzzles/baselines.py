"""Classical heuristics of puzzles: functions of a domain and goals to callables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Int32s, Rows

Estimate: TypeAlias = Callable[[Int32s, Rows], NDArray[np.float32]]
"""From the indices of problems, int32 ``[M]``, and states ``[M, n]`` to steps, ``[M]``."""


def misplaced(domain: Any, goals: Rows, seed: int) -> Estimate:
    """A lower bound: bytes that differ from the goal, divided by the most that a move changes.

    Args:
        domain: a permutation puzzle or Lights Out.
        goals: uint8 ``[N, n]``.
        seed: not used.
    """
    most = np.float32(domain.most_changed)

    def estimate(problem: Int32s, states: Rows) -> NDArray[np.float32]:
        return np.count_nonzero(states != goals[problem], axis=1).astype(np.float32) / most

    return estimate


def gap(domain: Any, goals: Rows, seed: int) -> Estimate:
    """Pancakes: neighbours in the stack (the plate is one) that are none in the goal.

    A lower bound, as a flip parts one pair of neighbours.

    Source: Helmert, "Landmark heuristics for the pancake problem" (2010).
    """
    numbers = numbers_in(goals)

    def estimate(problem: Int32s, states: Rows) -> NDArray[np.float32]:
        at_goal = np.take_along_axis(numbers[problem], states.astype(np.int64), axis=1)
        plate = np.full((len(states), 1), states.shape[1])
        jumps = np.abs(np.diff(np.concatenate([at_goal, plate], axis=1), axis=1))
        return np.count_nonzero(jumps != 1, axis=1).astype(np.float32)

    return estimate


def manhattan(domain: Any, goals: Rows, seed: int) -> Estimate:
    """Tiles: rows and columns between each tile and its place; a lower bound."""
    side, numbers = domain.size, numbers_in(goals)

    def estimate(problem: Int32s, states: Rows) -> NDArray[np.float32]:
        return _manhattan(side, numbers[problem], states).astype(np.float32)

    return estimate


def linear_conflict(domain: Any, goals: Rows, seed: int) -> Estimate:
    """Tiles: Manhattan, and two moves for each tile that has to leave its line for the others.

    A lower bound. In each line of the board, the tiles that belong there and stay are at most
    the longest sequence of them that is in order.

    Source: Hansson, Mayer & Yung, "Criticizing solutions to relaxed models yields powerful
    admissible heuristics" (1992).
    """
    side, numbers = domain.size, numbers_in(goals)

    def estimate(problem: Int32s, states: Rows) -> NDArray[np.float32]:
        at_goal = np.take_along_axis(numbers[problem], states.astype(np.int64), axis=1)
        row, column = np.divmod(at_goal, side)
        row, column = (x.reshape(-1, side, side) for x in (row, column))
        line = np.arange(side)[:, np.newaxis]
        is_tile = states.reshape(-1, side, side) != 0
        in_row = np.where(is_tile & (row == line), column, -1)
        in_column = np.where(is_tile & (column == line.T), row, -1).transpose(0, 2, 1)
        leaving = _leaving(in_row) + _leaving(in_column)
        return (_manhattan(side, numbers[problem], states) + 2 * leaving).astype(np.float32)

    return estimate


def numbers_in(goals: Rows) -> NDArray[np.int64]:
    """Where each value is: ``[N, n]`` of distinct values to int64 ``[N, largest + 1]``."""
    places = np.zeros((len(goals), int(goals.max(initial=0)) + 1), np.int64)
    np.put_along_axis(places, goals.astype(np.int64), np.arange(goals.shape[1])[np.newaxis], axis=1)
    return places


def _manhattan(side: int, numbers: NDArray[np.int64], states: Rows) -> NDArray[np.int64]:
    at_goal = np.take_along_axis(numbers, states.astype(np.int64), axis=1)
    here = np.arange(side**2)
    away = np.abs(at_goal // side - here // side) + np.abs(at_goal % side - here % side)
    return np.asarray(np.where(states != 0, away, 0).sum(axis=1))


def _leaving(lines: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tiles that leave their line: places in the line or -1, ``[M, lines, places]``, to ``[M]``."""
    longest = np.zeros_like(lines)
    for i in range(lines.shape[2]):
        before = (lines[..., :i] >= 0) & (lines[..., :i] < lines[..., i : i + 1])
        best = np.where(before, longest[..., :i], 0).max(axis=2, initial=0)
        longest[..., i] = np.where(lines[..., i] >= 0, best + 1, 0)
    return np.asarray(((lines >= 0).sum(axis=2) - longest.max(axis=2)).sum(axis=1))
