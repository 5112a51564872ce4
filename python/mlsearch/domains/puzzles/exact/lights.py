"""Linear algebra over GF(2), for puzzles whose moves switch lights.

The order of presses does not matter and pressing twice is pressing never, so a solution is a set
of presses. All solutions of a pattern are one of them plus the quiet sets, those that switch
nothing; the shortest is found by trying all of these.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import checked_integers, read_only
from mlsearch.domains.contract import Int32s
from mlsearch.domains.puzzles.exact.checks import paired_rows

MAX_QUIET = 20
BITS_AT_ONCE = 2**24

COUNTS = read_only(np.array([bin(byte).count("1") for byte in range(256)], np.uint8))


class Presses:
    """The shortest solutions of all patterns.

    Args:
        switches: 0 and 1, ``[K, n]``: which lights (columns) a press (rows) switches.

    Raises:
        TypeError: ``switches`` is not of integers.
        ValueError: it holds other numbers, or there are more than 2**20 quiet sets of presses.
    """

    def __init__(self, switches: ArrayLike) -> None:
        table = checked_integers("switches", switches)
        if table.ndim != 2 or table.size == 0 or not np.isin(table, (0, 1)).all():
            raise ValueError(f"switches: expected 0 and 1, [K, n], got shape {list(table.shape)}")
        self._num_presses, self._num_lights = table.shape
        # Below, a row holds the lights that a set of presses switches, then the set.
        rows = np.hstack([table, np.eye(len(table), dtype=np.uint8)]).astype(np.uint8)
        self._pivots = _reduce(rows, self._num_lights)
        self._basis = rows[: self.rank]
        quiet = rows[self.rank :, self._num_lights :]
        if len(quiet) > MAX_QUIET:
            raise ValueError(
                f"switches: expected at most 2**{MAX_QUIET} sets of presses that switch nothing, "
                f"got 2**{len(quiet)}"
            )
        self._quiet = np.packbits(_sums(quiet), axis=1)

    @property
    def rank(self) -> int:
        """2**rank patterns can be solved."""
        return len(self._pivots)

    @property
    def num_quiet(self) -> int:
        """The sets of presses that switch nothing: 2**(K - rank)."""
        return len(self._quiet)

    def solve(
        self, starts: ArrayLike, goals: ArrayLike
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """The fewest presses that lead from starts to goals.

        Args:
            starts: 0 and 1, ``[N, n]``.
            goals: the same.

        Returns:
            0 and 1 for each press, uint8 ``[N, K]``, and bool ``[N]``, False where no presses lead
            to the goal.

        Raises:
            TypeError, ValueError: the states are others.
        """
        first, last = paired_rows(starts, goals, self._num_lights)
        if len(first) and max(first.max(), last.max()) > 1:
            raise ValueError("states: expected 0 and 1, got other numbers")
        rest, is_solved = self._any_solution(first ^ last)
        each = max(1, BITS_AT_ONCE // self._quiet.size)
        parts = [self._shortest(rest[i : i + each]) for i in range(0, len(rest), each)]
        return np.concatenate([rest[:0], *parts]), is_solved

    def distances(self, starts: ArrayLike, goals: ArrayLike) -> Int32s:
        """The fewest presses, int32 ``[N]``, -1 where no presses lead to the goal."""
        presses, is_solved = self.solve(starts, goals)
        return np.where(is_solved, presses.sum(axis=1, dtype=np.int32), np.int32(-1))

    def _any_solution(
        self, patterns: NDArray[np.uint8]
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        used = patterns[:, self._pivots].astype(np.float32)  # each pivot is in one row alone
        sums = (used @ self._basis.astype(np.float32)).astype(np.int64) % 2
        presses = sums[:, self._num_lights :].astype(np.uint8)
        return presses, (sums[:, : self._num_lights] == patterns).all(axis=1)

    def _shortest(self, presses: NDArray[np.uint8]) -> NDArray[np.uint8]:
        choices = np.packbits(presses, axis=1)[:, np.newaxis] ^ self._quiet
        best = COUNTS[choices].sum(axis=2, dtype=np.int32).argmin(axis=1)
        packed = choices[np.arange(len(presses)), best]
        return np.unpackbits(packed, axis=1, count=self._num_presses)


def _reduce(rows: NDArray[np.uint8], num_columns: int) -> NDArray[np.intp]:
    """Gauss-Jordan elimination in place; returns the pivot column of each row that has one."""
    pivots: list[int] = []
    for column in range(num_columns):
        below = np.flatnonzero(rows[len(pivots) :, column])
        if len(below) == 0:
            continue
        here, found = len(pivots), len(pivots) + int(below[0])
        rows[[here, found]] = rows[[found, here]]
        others = np.flatnonzero(rows[:, column])
        rows[others[others != here]] ^= rows[here]
        pivots.append(column)
    return np.array(pivots, np.intp)


def _sums(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The sums over GF(2) of all sets of rows: ``[2**len(rows), K]``."""
    sums = np.zeros((1, rows.shape[1]), np.uint8)
    for row in rows:
        sums = np.concatenate([sums, sums ^ row])
    return sums
