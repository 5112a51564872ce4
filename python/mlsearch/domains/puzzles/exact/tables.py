"""All states of a puzzle in a table, where they fit in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import read_only
from mlsearch.domains.contract import Int32s
from mlsearch.domains.puzzles.exact.checks import (
    byte_rows,
    checked_moves,
    groups_of_rows,
    paired_rows,
)

_log = logging.getLogger("mlsearch")
MAX_BYTES = 2**30
STATES_AT_ONCE = 2**16

Bytes = NDArray[np.uint8]


class StateTable:
    """All states from which a goal can be reached, numbered in the order of their distance to it.

    It answers what the protocol :class:`~mlsearch.domains.contract.Enumerable` asks for. Distances
    to other goals than the first need the neighbours of all states. These are found when they are
    first needed, and take 4 bytes for each state and move.

    Args:
        index: the compiled table.
        begins: int64, the first number of each distance.
        backwards: states ``[M, n]`` to those from which a move leads to them, ``[M, K, n]``.
        num_threads: 0 for all cores. It changes nothing but the time.

    Examples:
        >>> table = StateTable.of_permutations(moves, goal)
        >>> table.distances(goal[None])[0, table.index(states)]
    """

    def __init__(
        self,
        index: Any,
        begins: NDArray[np.int64],
        backwards: Callable[[Bytes], Bytes],
        num_threads: int = 0,
    ) -> None:
        self._index = index
        self._begins = begins
        self._backwards = backwards
        self._num_threads = num_threads

    @classmethod
    def of_permutations(
        cls,
        moves: ArrayLike,
        goal: ArrayLike,
        max_bytes: int = MAX_BYTES,
        num_threads: int = 0,
    ) -> StateTable:
        """The states of a puzzle whose moves permute positions.

        Args:
            moves: integers ``[K, n]``; move k makes ``child[i] = state[moves[k][i]]``.
            goal: integers 0 to 255, ``[n]``.
            max_bytes: what the states and their hash table may take (2 x 2 x 2 cube: 160 MB).
            num_threads: 0 for all cores. It changes nothing but the time.

        Raises:
            TypeError: ``moves`` or ``goal`` is not of integers.
            ValueError: a row is no permutation, or the states do not fit into ``max_bytes``.
        """
        # Moves that do the same are taken once: a quarter of the work on a cube held at a corner.
        table = np.unique(checked_moves(moves), axis=0)
        inverse = np.argsort(table, axis=1).astype(np.uint16)
        home = byte_rows("goal", np.asarray(goal)[np.newaxis], inverse.shape[1])[0]
        _log.info("Building the table of all states of a puzzle")
        index, begins = _core.permutation_states(inverse, home, max_bytes, num_threads)
        return cls(index, begins, lambda rows: rows[:, inverse], num_threads)

    @classmethod
    def of_tiles(
        cls,
        shape: tuple[int, int],
        goal: ArrayLike,
        max_bytes: int = MAX_BYTES,
        num_threads: int = 0,
    ) -> StateTable:
        """The boards of sliding tiles, 0 for the blank, from which a goal can be reached.

        Args:
            shape: rows and columns; 3 x 3 has 181,440 states.
            goal: uint8 ``[n]``, row by row.
            max_bytes: as of :meth:`of_permutations`.
            num_threads: 0 for all cores. It changes nothing but the time.

        Raises:
            TypeError, ValueError: as there, or ``goal`` is no board.
        """
        height, width = shape
        home = byte_rows("goal", np.asarray(goal)[np.newaxis], height * width)[0]
        _log.info("Building the table of all boards of %d x %d tiles", height, width)
        index, begins = _core.tile_states(height, width, home, max_bytes, num_threads)
        return cls(index, begins, lambda rows: _slides(rows, height, width), num_threads)

    @property
    def num_states(self) -> int:
        """M."""
        return len(self._index)

    @property
    def counts(self) -> NDArray[np.int64]:
        """The number of states at each distance from the first: int64 ``[depth + 1]``."""
        ends = np.append(self._begins, self.num_states)
        counts = np.diff(ends)
        return np.asarray(counts[: int(np.flatnonzero(counts).max()) + 1])

    @cached_property
    def depths(self) -> Int32s:
        """The fewest moves from each state to the first, int32 ``[M]``, read-only."""
        counts = self.counts
        return read_only(np.repeat(np.arange(len(counts), dtype=np.int32), counts))

    def all_states(self) -> Bytes:
        """A copy of all states: uint8 ``[M, n]``."""
        return self._index.rows()

    def index(self, rows: ArrayLike) -> Int32s:
        """The number of each state: integers ``[N, n]`` to int32 ``[N]``.

        Raises:
            ValueError: a row is no state of this puzzle.
        """
        states = byte_rows("states", rows)
        numbers = self._index.find(states, self._num_threads)
        if len(numbers) and numbers.min() < 0:
            first = int(numbers.argmin())
            raise ValueError(
                f"states: expected states from which moves lead to the goal, got "
                f"{states[first].tolist()} at index {first}"
            )
        return numbers

    @cached_property
    def _predecessors(self) -> Int32s:
        states = self.all_states()
        parts = []
        for first in range(0, len(states), STATES_AT_ONCE):
            before = self._backwards(states[first : first + STATES_AT_ONCE])
            flat = np.ascontiguousarray(before).reshape(-1, states.shape[1])
            parts.append(self.index(flat).reshape(before.shape[:2]))
        return np.concatenate(parts)

    def distances(self, goals: ArrayLike) -> Int32s:
        """The fewest moves from all states to goals: integers ``[G, n]`` to int32 ``[G, M]``.

        -1 where no moves lead to the goal.

        Raises:
            ValueError: a goal is no state of this puzzle.
        """
        numbers = self.index(goals)
        if (numbers == 0).all():
            return np.tile(self.depths, (len(numbers), 1))
        return _core.graph_distances(self._predecessors, numbers, self._num_threads)

    def optimal(self, starts: ArrayLike, goals: ArrayLike) -> Int32s:
        """The fewest moves from N starts to their goals: integers ``[N, n]`` to int32 ``[N]``.

        Raises:
            TypeError, ValueError: one is no state, or there is not one goal for each start.
        """
        first, last = paired_rows(starts, goals)
        numbers = self.index(first)
        found = np.full(len(numbers), -1, np.int32)
        for chosen in groups_of_rows(last):
            found[chosen] = self.distances(last[chosen[:1]])[0, numbers[chosen]]
        return found


def _slides(rows: Bytes, height: int, width: int) -> Bytes:
    """The boards after the blank went up, down, left, right: ``[M, n]`` to ``[M, 4, n]``."""
    every, blank = np.arange(len(rows)), (rows == 0).argmax(axis=1)
    row, column = np.divmod(blank, width)
    after = np.repeat(rows[:, np.newaxis], 4, axis=1)
    for move, (down, right) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
        to_row, to_column = row + down, column + right
        is_free = (to_row >= 0) & (to_row < height) & (to_column >= 0) & (to_column < width)
        cell = np.where(is_free, to_row * width + to_column, blank)
        after[every, move, blank] = rows[every, cell]
        after[every, move, cell] = 0
    return after
