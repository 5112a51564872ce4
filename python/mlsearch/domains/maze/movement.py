"""How one moves in mazes and what that costs: the fast kernels for cost 1, others elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_array, read_only
from mlsearch.base.copies import kept, restore
from mlsearch.base.settings import check_choice
from mlsearch.domains.costs import Costs

Moves: TypeAlias = Literal["four", "eight"]

NUM_MOVES: Mapping[str, int] = {"four": 4, "eight": 8}
LEAST, MOST = 1e-6, 1e6  # cost of a cell


@dataclass(frozen=True, eq=False)
class Movement:
    """The moves of mazes and the costs of their cells.

    "four" moves go up, down, left and right. "eight" add the diagonals, which cost the square root
    of 2 and are open only where both cells beside them are free ("octile", without cutting
    corners). A move costs that times the cost of the cell that it enters.

    Args:
        moves: "four" or "eight".
        costs: of the cells, float64 [B, H, W], as of :func:`checked_costs`; None where each is 1.
    """

    moves: Moves = "four"
    costs: NDArray[np.float64] | None = None

    __getstate__, __setstate__ = kept, restore

    @property
    def has_diagonals(self) -> bool:
        """Whether there are eight moves."""
        return self.moves == "eight"

    @property
    def is_unit(self) -> bool:
        """Whether each move costs 1, so that costs are whole numbers of steps."""
        return not self.has_diagonals and self.costs is None

    @cached_property
    def move_costs(self) -> NDArray[np.float64] | None:
        """What each move costs, float64 [8]; None where that is 1."""
        if not self.has_diagonals:
            return None
        return read_only(np.repeat([1.0, np.sqrt(2.0)], 4))

    @property
    def core(self) -> dict[str, Any]:
        """The arguments of compiled code."""
        return {"has_diagonals": self.has_diagonals, "entry_costs": self.costs}

    def fields(self, walls: NDArray[np.uint8], goals: NDArray[np.int32], num_threads: int) -> Costs:
        """Costs from every cell to goals int32 [B, K]: int32 or float64 [B, K, H, W]."""
        if self.is_unit:
            return _core.distance_fields(walls, goals, num_threads)
        return _core.cost_fields(walls, goals, num_threads=num_threads, **self.core)

    def between(
        self, walls: NDArray[np.uint8], starts: NDArray[np.int32], goals: NDArray[np.int32]
    ) -> Costs:
        """Costs from starts to goals, int32 [N] each, on N mazes or one: int32 or float64 [N]."""
        if not self.is_unit:
            return _core.least_costs(walls, starts, goals, num_threads=0, **self.core)
        if len(walls) == len(starts):
            return _core.shortest_distances(walls, starts, goals, 0)
        found = np.empty(len(starts), np.int32)
        for goal in np.unique(goals):
            is_here = goals == goal
            field = _core.distance_fields(walls, np.array([[goal]], np.int32), 0)
            found[is_here] = field.reshape(-1)[starts[is_here]]
        return found

    def least_costs(self, walls: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The least cost of a free cell of each maze, float32 [B, 1, 1]."""
        if self.costs is None:
            return np.ones((len(walls), 1, 1), np.float32)
        costs = np.where(walls == 0, self.costs, np.inf).min(axis=(1, 2), keepdims=True)
        return np.where(np.isinf(costs), 1, costs).astype(np.float32)

    def part(self, index: Any) -> Movement:
        """The same for the mazes at an index of a batch."""
        if self.costs is None:
            return self
        costs = self.costs[index]
        shaped = np.ascontiguousarray(costs.reshape(-1, *self.costs.shape[1:]))
        return Movement(self.moves, read_only(shaped))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Movement) or self.moves != other.moves:
            return False
        if self.costs is None or other.costs is None:
            return self.costs is other.costs
        return np.array_equal(self.costs, other.costs)

    __hash__ = None  # type: ignore[assignment]


def checked_movement(walls: NDArray[np.uint8], moves: Moves, costs: ArrayLike | None) -> Movement:
    """A movement from the arguments of a user.

    Args:
        walls: uint8 [B, H, W].
        moves: "four" or "eight".
        costs: of cells, numbers [B, H, W], or [H, W] for all mazes; None where each is 1.

    Raises:
        TypeError: ``costs`` is not of numbers.
        ValueError: there are no such moves, or ``costs`` does not fit the walls or is not from
            1e-6 to 1e6 on a free cell.
    """
    check_choice("moves", moves, tuple(NUM_MOVES))
    return Movement(moves, None if costs is None else _checked_costs(walls, costs))


def _checked_costs(walls: NDArray[np.uint8], costs: ArrayLike) -> NDArray[np.float64]:
    """Costs as float64 [B, H, W], 1 on walls; read-only."""
    array = checked_array("costs", costs)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"costs: expected numbers, got dtype {array.dtype}")
    if array.shape not in (walls.shape, walls.shape[1:]):
        raise ValueError(
            f"costs: expected shape {list(walls.shape)} or {list(walls.shape[1:])}, as the walls, "
            f"got {list(array.shape)}"
        )
    found = np.where(walls == 0, array, 1).astype(np.float64)
    bad = ~((found >= LEAST) & (found <= MOST))
    if bad.any():
        maze, row, column = np.argwhere(bad)[0].tolist()
        raise ValueError(
            f"costs: expected {LEAST:g} to {MOST:g}, got {found[maze, row, column]} at row {row}, "
            f"column {column} of maze {maze}"
        )
    return read_only(found)
