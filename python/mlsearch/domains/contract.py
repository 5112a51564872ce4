"""What a domain is: read this first.

A **world** is one graph of states and moves: one maze, one Sokoban level, *the* cube. A **domain**
is a batch of B worlds of one kind; a puzzle has one world, which serves all problems. A **state**
is one row of a fixed dtype and shape, so M states are an array ``[M, *S]``. A **move** leads from a
state to a state and is one of K, the same K everywhere; a blocked move leads back to its own state.

There are five protocols, each with what its users need and no more:

- :class:`Domain`: enough to search.
- :class:`Learnable`: enough to walk, and for networks that look at one state at a time.
- :class:`Mapped`: enough for networks that look at a whole map.
- :class:`Boarded`: enough for networks that look at a board and what stands on it.
- :class:`Enumerable`: enough for tables and exact distances.

What a domain may have beyond them, each with a default: :mod:`mlsearch.domains.extras`.
``mlsearch.check_domain`` tests a domain of your own.

Sizes in docstrings: B worlds, M states, K moves, S the shape of a state, A active features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.copies import restore

Rows: TypeAlias = NDArray[Any]
"""States, ``[M, *S]`` of the dtype of ``Domain.states``."""

Int32s: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class States:
    """What the states of a domain are.

    Two states are the same if all their bytes are.

    Args:
        dtype: bool or an integer dtype of NumPy; anything that makes one.
        shape: S, the shape of one state; ``()`` for a single number.
        goal_mask: bool ``[*S]``, True where a state has to equal the goal to count as the goal;
            None for everywhere.

    Raises:
        TypeError: the dtype is another one, or the mask is not of bool.
        ValueError: the mask has another shape, or no entry is True.
    """

    dtype: Any
    shape: tuple[int, ...] = ()
    goal_mask: NDArray[np.bool_] | None = None

    __setstate__ = restore

    def __post_init__(self) -> None:
        dtype = np.dtype(self.dtype)
        if dtype.kind not in "biu" or not dtype.isnative:
            raise TypeError(f"dtype: expected bool or integers in native byte order, got {dtype}")
        object.__setattr__(self, "dtype", dtype)
        object.__setattr__(self, "shape", tuple(int(size) for size in self.shape))
        if self.goal_mask is None:
            return
        mask = np.array(self.goal_mask)
        if mask.dtype != np.bool_:
            raise TypeError(f"goal_mask: expected bool, got dtype {mask.dtype}")
        if mask.shape != self.shape or not mask.any():
            raise ValueError(
                f"goal_mask: expected shape {list(self.shape)} with a True, got {mask.tolist()}"
            )
        mask.flags.writeable = False
        object.__setattr__(self, "goal_mask", mask)

    @property
    def size(self) -> int:
        """Numbers in one state."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def num_bytes(self) -> int:
        """Bytes of one state."""
        return self.size * self.dtype.itemsize


@runtime_checkable
class Domain(Protocol):
    """Enough to search.

    Examples:
        >>> class Ring:
        ...     states = ml.States(np.int32)
        ...     num_moves = 2
        ...     def __len__(self):
        ...         return 1
        ...     def __getitem__(self, worlds):
        ...         return self
        ...     def neighbours(self, states, worlds):
        ...         return np.stack([(states + 1) % 10, (states - 1) % 10], axis=1)
        >>> ml.solve(Ring(), [0, 3], 5, lambda problem, state: abs(state - 5.0)).cost
        array([5, 2], dtype=int32)
    """

    @property
    def states(self) -> States:
        """What a state is."""
        ...

    @property
    def num_moves(self) -> int:
        """K, at least 1."""
        ...

    def __len__(self) -> int:
        """B, the number of worlds, at least 1."""
        ...

    def __getitem__(self, worlds: Any) -> Any:
        """The domain of some of the worlds: those at a slice or at int32 ``[M]``."""
        ...

    def neighbours(self, states: Rows, worlds: Int32s) -> Rows:
        """Where the moves lead.

        Args:
            states: ``[M, *S]``, M >= 1, a copy that may be overwritten; a state may be there twice.
            worlds: int32 ``[M]``, the world of each state, 0 to B - 1.

        Returns:
            ``[M, K, *S]`` of the dtype of states, in the order that breaks ties of a search. A
            blocked move leads back to its own state. Lists, tensors and other integers are read
            too where the domain is asked, but ``mlsearch.check_domain`` refuses them.
        """
        ...


@runtime_checkable
class Learnable(Domain, Protocol):
    """Enough to walk, and for networks that look at one state at a time."""

    @property
    def is_reversible(self) -> bool:
        """Whether from every neighbour of a state some move leads back to it."""
        ...

    @property
    def num_features(self) -> int:
        """F, the number of features that states and worlds have in common."""
        ...

    def origins(self, worlds: Int32s, draws: NDArray[np.uint64]) -> Rows:
        """Where walks begin: at the goal of a puzzle, at a random free cell of a maze.

        Args:
            worlds: int32 ``[M]``.
            draws: uint64 ``[M]``, a random number for each, for worlds with several origins.

        Returns:
            ``[M, *S]``. Origin i depends on ``worlds[i]`` and ``draws[i]`` alone.
        """
        ...

    def features(self, states: Rows) -> Int32s:
        """The active features of states: what a network sees of them.

        Args:
            states: ``[M, *S]``.

        Returns:
            int32 ``[M, A]``, from 0 to F - 1; A is the same for all states of all worlds.
        """
        ...

    def world_features(self) -> NDArray[np.uint8]:
        """The features that all states of a world share: uint8 ``[B, F]`` of 0 and 1."""
        ...


@runtime_checkable
class Mapped(Learnable, Protocol):
    """Enough for networks that look at a whole map."""

    def maps(self) -> NDArray[np.uint8]:
        """A map of each world: uint8 ``[B, H, W]``, 1 where there is a wall."""
        ...

    def places(self, states: Rows) -> Int32s:
        """Where states are on the map: ``[M, *S]`` to int32 ``[M]``, row * W + column."""
        ...


@runtime_checkable
class Boarded(Learnable, Protocol):
    """Enough for networks that look at a board and what stands on it."""

    @property
    def board_shape(self) -> tuple[int, int, int]:
        """(P, H, W): the first P * H * W features are P planes of H x W cells.

        Feature (plane * H + row) * W + column is whether the plane has something in a cell: a wall
        on one plane, a box on another. Features beyond them are on no plane.
        """
        ...


@runtime_checkable
class Enumerable(Domain, Protocol):
    """Enough for tables and exact distances. All worlds have the same number of states."""

    @property
    def num_states(self) -> int:
        """The number of states of a world, those included that no walk can reach."""
        ...

    def index(self, states: Rows) -> Int32s:
        """The number of each state: ``[M, *S]`` to int32 ``[M]``, 0 to ``num_states`` - 1."""
        ...

    def all_states(self) -> Rows:
        """``[num_states, *S]``; row i is the state with number i."""
        ...

    def distances(self, goals: Rows) -> Any:
        """The fewest moves from every state of each world to a goal, or the least cost.

        Args:
            goals: ``[B, *S]``, one for each world.

        Returns:
            int32, ``num_states`` numbers for each world, such as ``[B, num_states]``; -1 where the
            goal cannot be reached. Worlds come first, states in the order of their numbers. Where
            moves have costs, float64: the least sum of costs.
        """
        ...
