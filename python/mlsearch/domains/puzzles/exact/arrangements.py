"""All arrangements of some values in a table, for small puzzles whose moves permute positions."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.domains.contract import Int32s
from mlsearch.domains.puzzles.exact.checks import byte_rows, checked_moves

MAX_LINKS = 2**23
"""States times moves of a puzzle whose arrangements go into a table: 32 MB."""

Bytes = NDArray[np.uint8]


def num_arrangements(values: ArrayLike) -> int:
    """How many different orders values have: integers ``[n]``."""
    counts = np.unique(np.asarray(values), return_counts=True)[1].tolist()
    return math.factorial(sum(counts)) // math.prod(map(math.factorial, counts))


class Arrangements:
    """All arrangements of the values of a goal, in lexicographic order.

    Those from which no moves lead to the goal are among them. It answers what the protocol
    :class:`~mlsearch.domains.contract.Enumerable` asks for.

    Args:
        moves: integers ``[K, n]``; move k makes ``child[i] = state[moves[k][i]]``.
        goal: integers 0 to 255, ``[n]``.

    Raises:
        TypeError: ``moves`` or ``goal`` is not of integers.
        ValueError: a row is no permutation, or there are more than 2**31 - 1 arrangements.

    Source: ranks of multiset permutations as in Knuth, "The Art of Computer Programming" 4A.
    """

    def __init__(self, moves: ArrayLike, goal: ArrayLike) -> None:
        self._inverse = np.argsort(checked_moves(moves), axis=1)
        home = byte_rows("goal", np.asarray(goal)[np.newaxis], self._inverse.shape[1])[0]
        self._values, self._counts = np.unique(home, return_counts=True)
        self.num_states = num_arrangements(home)
        if self.num_states >= 2**31:
            raise ValueError(f"goal: expected fewer than 2**31 orders, got {self.num_states}")

    def index(self, rows: ArrayLike) -> Int32s:
        """The number of each state: integers ``[N, n]`` to int32 ``[N]``.

        Raises:
            ValueError: a row is no arrangement of the values.
        """
        states = byte_rows("states", rows, self._inverse.shape[1])
        sorted_values = np.repeat(self._values, self._counts)
        is_wrong = (np.sort(states, axis=1) != sorted_values).any(axis=1)
        if is_wrong.any():
            first = int(is_wrong.argmax())
            raise ValueError(
                f"states: expected {sorted_values.tolist()} in some order, got "
                f"{states[first].tolist()} at index {first}"
            )
        kinds = np.searchsorted(self._values, states)
        every, size = np.arange(len(states)), states.shape[1]
        left = np.tile(self._counts, (len(states), 1))  # of each value, from the place on
        num = np.full(len(states), self.num_states)  # arrangements of what is left
        numbers = np.zeros(len(states), np.int64)
        for place in range(size):
            kind = kinds[:, place]
            before = np.where(np.arange(len(self._values)) < kind[:, np.newaxis], left, 0)
            numbers += num * before.sum(axis=1) // (size - place)
            num = num * left[every, kind] // (size - place)
            left[every, kind] -= 1
        return numbers.astype(np.int32)

    def all_states(self) -> Bytes:
        """All states: uint8 ``[num_states, n]``."""
        size, every = self._inverse.shape[1], np.arange(self.num_states)
        states = np.empty((self.num_states, size), np.uint8)
        left = np.tile(self._counts, (self.num_states, 1))
        num, rest = np.full(self.num_states, self.num_states), every.copy()
        for place in range(size):
            ends = np.cumsum(num[:, np.newaxis] * left // (size - place), axis=1)
            kind = (ends <= rest[:, np.newaxis]).sum(axis=1)
            rest -= np.where(kind > 0, ends[every, kind - 1], 0)
            num = num * left[every, kind] // (size - place)
            left[every, kind] -= 1
            states[:, place] = self._values[kind]
        return states

    @cached_property
    def _predecessors(self) -> Int32s:
        states = self.all_states()
        columns = [self.index(states[:, row]) for row in self._inverse]
        return np.ascontiguousarray(np.stack(columns, axis=1))

    def distances(self, goals: ArrayLike) -> Int32s:
        """The fewest moves from all states to goals: integers ``[G, n]`` to int32 ``[G, M]``.

        -1 where no moves lead to the goal.

        Raises:
            ValueError: a goal is no arrangement of the values.
        """
        return _core.graph_distances(self._predecessors, self.index(goals), 0)
