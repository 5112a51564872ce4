"""Domains written for one state at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from mlsearch.base.checks import checked_count
from mlsearch.base.errors import DomainError
from mlsearch.domains.contract import Int32s, Rows, States
from mlsearch.domains.rows import checked_rows


class ScalarDomain:
    """A domain written for one state at a time: shorter to write, slower to search.

    A state is given to the functions as a plain Python value: an integer where its shape is
    ``()``, otherwise a tuple of integers, or of tuples. It has one world.

    Args:
        neighbours: a function of a state to at most ``num_moves`` states; moves beyond those
            are blocked.
        num_moves: K, at least 1.
        dtype: bool or an integer dtype, of the numbers in a state.
        shape: S, the shape of a state.
        goal_mask: as of :class:`~mlsearch.domains.contract.States`.
        features: a function of a state to its active features, the same number of integers
            from 0 to ``num_features`` - 1 for each state. With it come the next two, and walks
            and networks can use the domain.
        num_features: F.
        origin: the state where walks begin, such as the goal of a puzzle.
        is_reversible: whether from every neighbour of a state some move leads back to it.
        move_costs: what each move costs, floats ``[K]``; 1 by default.
        entry_cost: a function of a state to what it costs to enter it; 1 by default. A move
            costs the product of the two.

    Raises:
        TypeError: one of ``features``, ``num_features`` and ``origin`` is missing, or an
            argument is of the wrong type.
        ValueError: an argument is out of range.

    Examples:
        >>> double = ml.ScalarDomain(lambda state: [state + 1, 2 * state])
        >>> ml.solve(double, 1, 10, lambda problem, state: abs(state - 10.0)).path(0)
        array([ 1,  2,  4,  8,  9, 10])
    """

    name = "scalar"

    def __init__(
        self,
        neighbours: Callable[[Any], Iterable[Any]],
        num_moves: int = 16,
        dtype: DTypeLike = np.int64,
        shape: tuple[int, ...] = (),
        goal_mask: NDArray[np.bool_] | None = None,
        features: Callable[[Any], Iterable[int]] | None = None,
        num_features: int | None = None,
        origin: ArrayLike | None = None,
        is_reversible: bool = False,
        move_costs: ArrayLike | None = None,
        entry_cost: Callable[[Any], float] | None = None,
    ) -> None:
        self.states = States(dtype, shape, goal_mask)
        self.num_moves = checked_count("num_moves", num_moves, 1)
        self._neighbours = neighbours
        self.move_costs = None if move_costs is None else np.asarray(move_costs)
        self._entry_cost = entry_cost
        self.entry_costs = None if entry_cost is None else self._entry_costs
        given = [part is not None for part in (features, num_features, origin)]
        if any(given) and not all(given):
            raise TypeError("features: expected num_features and origin with it, and it with them")
        if features is not None:  # otherwise these are missing, and the domain is not learnable
            self._features = features
            self._origin = checked_rows("origin", np.asarray(origin), self.states, 1)
            self.is_reversible = bool(is_reversible)
            self.num_features = checked_count("num_features", num_features or 0, 1)
            self.origins = self._origins
            self.features = self._all_features
            self.world_features = self._world_features

    def __len__(self) -> int:
        return 1

    def __getitem__(self, worlds: Any) -> ScalarDomain:
        """The domain itself: all its worlds are the same."""
        return self

    def neighbours(self, states: Rows, worlds: Int32s) -> Rows:
        """Where the moves lead: ``[M, *S]``, int32 ``[M]`` to ``[M, K, *S]``.

        Raises:
            DomainError: a state has more than K neighbours, or one is no state.
        """
        found = np.repeat(states[:, np.newaxis], self.num_moves, axis=1)
        for row, state in zip(found, states.tolist(), strict=True):
            moved = self._moved(_plain(state))
            row[: len(moved)] = moved
        return found

    def _moved(self, state: Any) -> Rows:
        """The neighbours of one state, ``[k, *S]`` with k up to K."""
        found = list(self._neighbours(state))
        if len(found) > self.num_moves:
            raise DomainError(
                f"neighbours: of state {state}: expected at most {self.num_moves} (num_moves), "
                f"got {len(found)}"
            )
        if not found:
            return np.empty((0, *self.states.shape), self.states.dtype)
        try:
            return checked_rows("neighbours", np.array(found), self.states, len(found))
        except (TypeError, ValueError, OverflowError) as error:
            raise DomainError(
                f"neighbours: of state {state}: expected states of {self.states.dtype} and shape "
                f"{list(self.states.shape)}, got {found}"
            ) from error

    def _entry_costs(self, states: Rows, worlds: Int32s) -> NDArray[np.float64]:
        assert self._entry_cost is not None
        return np.array([self._entry_cost(_plain(s)) for s in states.tolist()], np.float64)

    def _origins(self, worlds: Int32s, draws: NDArray[np.uint64]) -> Rows:
        return np.repeat(self._origin, len(worlds), axis=0)

    def _all_features(self, states: Rows) -> Int32s:
        return np.array([list(self._features(_plain(s))) for s in states.tolist()], np.int32)

    def _world_features(self) -> NDArray[np.uint8]:
        return np.zeros((1, self.num_features), np.uint8)


def _plain(state: Any) -> Any:
    """Nested lists as nested tuples, which can be keys of dictionaries."""
    return tuple(map(_plain, state)) if isinstance(state, list) else state
