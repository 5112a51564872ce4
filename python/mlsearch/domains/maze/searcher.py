"""Searches in mazes, in compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch import _core
from mlsearch.domains.maze.movement import Movement

MAX_ACTIVE = 4096
MAX_ACTIVE_BYTES = 2**30
BYTES_PER_CELL = 32  # of one active problem, about


class MazeSearcher:
    """Searches in mazes with a byte for each cell; it reads tables itself.

    Args:
        walls: uint8 ``[B, H, W]``.
        movement: their moves, and what these cost.
    """

    seconds = 0.0

    def __init__(self, walls: NDArray[np.uint8], movement: Movement) -> None:
        self._walls, self._movement = walls, movement
        self.table_shape = walls.shape[1:]

    @property
    def max_active(self) -> int:
        """So many that what they have seen fits into 1 GiB, 4096 at most."""
        num_cells = self._walls[0].size
        return max(1, min(MAX_ACTIVE, MAX_ACTIVE_BYTES // (BYTES_PER_CELL * num_cells)))

    def search(
        self,
        starts: NDArray[np.int32],
        goals: NDArray[np.int32],
        heuristic: Any,
        max_active: int,
        options: dict[str, Any],
    ) -> _core._SearchOutcome:
        """As of :class:`~mlsearch.domains.extras.Searcher`; the cells bound the memory."""
        options = {name: value for name, value in options.items() if name != "max_bytes"}
        if isinstance(heuristic, np.ndarray):
            return _core.search_tables(
                self._walls, starts, goals, heuristic, **self._movement.core, **options
            )
        return _core.search_rounds(
            self._walls,
            starts,
            goals,
            heuristic,
            max_active=max_active,
            **self._movement.core,
            **options,
        )
