"""Puzzles in compiled code: neighbours, walks and searches of many states at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch import _core
from mlsearch.domains.contract import Int32s, Rows

MAX_ACTIVE = 4096


class CompiledPuzzle:
    """A :class:`~mlsearch.domains.extras.Searcher` that also has neighbours and walks.

    Args:
        core: the worlds, with states of n bytes and K moves.
        goal_mask: bool ``[n]``, which bytes count in a goal; None for all.
        move_costs: float64 ``[K]``, what each move costs; None where that is 1.
    """

    seconds = 0.0
    table_shape = None
    max_active = MAX_ACTIVE

    def __init__(
        self,
        core: _core.CompiledDomain,
        goal_mask: NDArray[np.bool_] | None = None,
        move_costs: NDArray[np.float64] | None = None,
    ) -> None:
        self._core, self._goal_mask, self._move_costs = core, goal_mask, move_costs

    def neighbours(self, states: Rows, worlds: Int32s, num_threads: int = 0) -> Rows:
        """Where the moves lead: uint8 ``[M, n]``, int32 ``[M]`` to ``[M, K, n]``.

        Raises:
            TypeError, ValueError: an array has another dtype or shape, or a world is none.
        """
        return self._core.neighbours(states, worlds, num_threads)

    def walk(
        self,
        origins: Rows,
        worlds: Int32s,
        items: NDArray[np.int64],
        seed: int,
        length: int,
        backtracks: bool = False,
        keeps_all: bool = True,
        num_threads: int = 0,
    ) -> tuple[Rows, Int32s]:
        """Random walks, see :func:`mlsearch.domains.scrambles.walked`.

        Args:
            origins: uint8 ``[M, n]``, drawn with the first 64 bits of each walk's stream.
            worlds, items, seed, length, backtracks, keeps_all, num_threads: as there.

        Raises:
            TypeError, ValueError: as of :meth:`neighbours`.
        """
        return self._core.walk(
            origins, worlds, items, seed, length, backtracks, keeps_all, num_threads
        )

    def search(
        self, starts: Rows, goals: Rows, heuristic: Any, max_active: int, options: dict[str, Any]
    ) -> _core._SearchOutcome:
        """As of the protocol; the heuristic is a callable."""
        num = len(starts)
        worlds = np.zeros(num, np.int32) if self._core.num_worlds == 1 else np.arange(num)
        return self._core.search(
            starts,
            goals,
            worlds.astype(np.int32),
            heuristic,
            goal_mask=self._goal_mask,
            max_active=max_active,
            move_costs=self._move_costs,
            **options,
        )
