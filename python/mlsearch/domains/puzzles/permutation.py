"""Puzzles whose moves permute positions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_array, checked_integers, read_only
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.pictures import Picture
from mlsearch.domains.puzzles import pictures, text
from mlsearch.domains.puzzles.baselines import misplaced
from mlsearch.domains.puzzles.compiled import CompiledPuzzle
from mlsearch.domains.puzzles.exact.arrangements import MAX_LINKS, Arrangements, num_arrangements
from mlsearch.domains.puzzles.exact.two_sided import two_sided_distances
from mlsearch.domains.puzzles.groups import PermutationGroup
from mlsearch.domains.puzzles.one_world import check_values, refuse
from mlsearch.domains.puzzles.tabled import Tabled

OPTIMAL_BYTES, OPTIMAL_STATES = 2**28, 2**14
"""Limits of the search from both ends for optima of large puzzles."""


class Permuting(Tabled):
    """What puzzles have in common whose moves permute positions; they give a ``table``.

    They are small if states times moves are at most 2**23, such as those of nine numbers.
    """

    yardstick: ClassVar[str] = "misplaced"
    baselines: ClassVar[Mapping[str, Callable[..., Any]]] = {"misplaced": misplaced}

    move_costs: Any = None
    """What each move costs, float64 ``[K]``; None where that is 1."""

    table: Any
    """The moves: after move k position i holds what was at ``table[k, i]``, int32 ``[K, n]``."""

    @cached_property
    def compiled(self) -> CompiledPuzzle:
        """The puzzle in compiled code."""
        return CompiledPuzzle(_core.permutation(self.table), move_costs=self.move_costs)

    @property
    def most_changed(self) -> int:
        """The most positions that a move changes."""
        return int((self.table != np.arange(len(self.goal_state))).sum(axis=1).max())

    def __post_init__(self) -> None:
        num = num_arrangements(self.goal_state)
        self.count_states(num if num * self.num_moves <= MAX_LINKS else None)

    def make_table(self) -> Any:
        """All arrangements of the goal's values."""
        return Arrangements(self.table, self.goal_state)

    def optimal_of_large(self, starts: Rows, goals: Rows) -> Int32s:
        """By breadth-first search from both ends: int32 ``[N]``, -1 beyond its limits.

        It takes 256 MB at most, a second for each goal and a fiftieth for each start that is out
        of reach. On the 3 x 3 x 3 cube all distances up to 11 moves are known, 9 with half turns.
        """
        return two_sided_distances(
            self.table, starts, goals, max_bytes=OPTIMAL_BYTES, max_states=OPTIMAL_STATES
        )

    @cached_property
    def group(self) -> PermutationGroup:
        """What moves make of the positions."""
        return PermutationGroup(self.table)

    def check_states(self, name: str, states: Rows, worlds: Int32s) -> None:
        """Raises ValueError unless moves lead from states to the goal.

        If the goal has a value twice, not all of that is known: only whether each value is at
        positions that moves bring it to, as often as in the goal.
        """
        goal = self.goal_state
        check_values(name, states, goal, "value")
        if self.group.is_symmetric:
            return
        if len(np.unique(goal)) == len(goal):
            places = np.argsort(goal)[np.searchsorted(np.sort(goal), states)]
            refuse(name, ~self.group.contains(places), "no moves lead to the goal")
            return
        orbits = self.group.orbits * np.int64(256)  # values of one orbit are sorted among them
        is_wrong = (np.sort(orbits + states, axis=1) != np.sort(orbits + goal)).any(axis=1)
        refuse(name, is_wrong, "a value is at a place that moves do not bring it to")

    def uniform_states(self, worlds: Int32s, draws: NDArray[np.uint64]) -> Rows:
        """Uniform over all states that moves lead to: int32 ``[M]``, uint64 ``[M]`` to ``[M, n]``.

        The first call makes the group of the moves: a second or so for 100 positions.
        """
        return np.asarray(self.goal_state[self.group.uniform(draws)])

    def read_state(self, words: str, world: int = 0) -> NDArray[np.uint8]:
        """A state from its numbers, uint8 ``[n]``."""
        return text.read_numbers(words, len(self.goal_state))

    def state_text(self, state: ArrayLike, world: int = 0) -> str:
        """The numbers of a state."""
        return " ".join(map(str, np.asarray(state).tolist()))

    @cached_property
    def picture(self) -> Picture:
        """The numbers in a row."""
        return pictures.row_picture(self.goal_state)


def as_read(values: Any) -> Any:
    """What a config holds, as it is: the puzzle checks it."""
    return values


@dataclass(frozen=True)
class Permutation(Permuting):
    """A puzzle of your own from a table of its moves, at the speed of compiled code.

    Args:
        moves: integers ``[K, n]``; after move k position i holds what was at ``moves[k][i]``.
        goal: integers 0 to 255, ``[n]``; the same value may be there more than once.
        names: of the moves, all different; by default their numbers.
        costs: what each move costs, numbers above 0; None where that is 1.

    Raises:
        TypeError: ``moves`` or ``goal`` is not of integers, or ``costs`` not of numbers.
        ValueError: a row is no permutation of 0 .. n - 1, or something does not fit.

    Examples:
        >>> ml.Permutation([[1, 0, 2], [0, 2, 1]], goal=[0, 1, 2], names=["a", "b"])
    """

    moves: tuple[tuple[int, ...], ...] = field(metadata={"read": as_read})
    goal: tuple[int, ...] = field(metadata={"read": as_read})
    names: tuple[str, ...] | None = field(default=None, metadata={"read": as_read})
    costs: tuple[float, ...] | None = field(default=None, metadata={"read": as_read})

    name: ClassVar[str] = "permutation"

    def __post_init__(self) -> None:
        goal = checked_integers("goal", self.goal)
        if goal.ndim != 1 or len(goal) == 0 or goal.min() < 0 or goal.max() > 255:
            raise ValueError(f"goal: expected a row of integers 0 to 255, got {goal.tolist()}")
        moves = checked_moves(self.moves, len(goal))
        names = [str(k) for k in range(len(moves))] if self.names is None else list(self.names)
        if len(names) != len(moves) or len(set(names)) < len(names) or not all(names):
            raise ValueError(
                f"names: expected {len(moves)} different names, one for each move, got {names}"
            )
        object.__setattr__(self, "moves", tuple(map(tuple, moves.tolist())))
        object.__setattr__(self, "goal", tuple(goal.tolist()))
        object.__setattr__(self, "names", tuple(map(str, names)))
        object.__setattr__(self, "costs", _checked_costs(self.costs, len(moves)))
        super().__post_init__()

    @cached_property
    def table(self) -> Int32s:
        """The moves, int32 ``[K, n]``."""
        return read_only(np.array(self.moves, np.int32))

    @cached_property
    def goal_state(self) -> NDArray[np.uint8]:
        """The goal, uint8 ``[n]``."""
        return read_only(np.array(self.goal, np.uint8))

    @cached_property
    def move_costs(self) -> NDArray[np.float64] | None:
        """What each move costs, float64 ``[K]``; None where that is 1."""
        return None if self.costs is None else read_only(np.array(self.costs, np.float64))

    @property
    def move_names(self) -> tuple[str, ...]:
        """The names of the moves."""
        return self.names or ()

    @cached_property
    def is_reversible(self) -> bool:
        """Whether the inverse of every move is a move."""
        known = set(self.moves)
        return all(tuple(row) in known for row in np.argsort(self.table, axis=1).tolist())


def _checked_costs(values: Any, num_moves: int) -> tuple[float, ...] | None:
    if values is None:
        return None
    costs = checked_array("costs", values)
    if costs.dtype.kind not in "fiu":
        raise TypeError(f"costs: expected numbers, got dtype {costs.dtype}")
    is_good = np.isfinite(costs) & (costs > 0)
    if costs.shape != (num_moves,) or not is_good.all():
        raise ValueError(
            f"costs: expected {num_moves} finite numbers above 0, one for each move, got "
            f"{costs.tolist()}"
        )
    return tuple(map(float, costs.tolist()))


def checked_moves(values: Any, size: int) -> Int32s:
    """A table of moves, int32 ``[K, n]``.

    Raises:
        TypeError: it is not of integers.
        ValueError: there is no move, or a row is no permutation of 0 .. n - 1.
    """
    rows = [checked_integers(f"moves: move {k}", row) for k, row in enumerate(values)]
    if not rows:
        raise ValueError("moves: expected at least one, got none")
    for k, row in enumerate(rows):
        if row.shape != (size,):
            raise ValueError(
                f"moves: move {k}: expected {size} positions, as many as in the goal, got "
                f"{row.size}"
            )
        if not np.array_equal(np.sort(row), np.arange(size)):
            raise ValueError(
                f"moves: move {k}: expected each of 0 to {size - 1} once, got {row.tolist()}"
            )
    return np.stack(rows).astype(np.int32)
