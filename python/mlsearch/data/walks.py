"""How trajectories are drawn: one after the other by number, so that any part can be made alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_count
from mlsearch.base.plugins import find
from mlsearch.base.seeding import checked_seed, child_seed
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems

Walker: TypeAlias = Callable[[Problems, int], Sequence[ArrayLike]]
"""Given N problems and a seed, N walks: of integers [length + 1], cells one move apart."""

POLICIES: dict[str, Walker | None] = {"shortest": None, "noisy": None, "random_walk": None}
"""Policies by name; None where the walks are made by compiled code. Add your own to it."""

MAX_BYTES = 2**34  # of the cells of random walks


@dataclass(frozen=True, kw_only=True)
class Walks:
    """The walks on mazes without end; number ``i * per_world + j`` is on maze i.

    The arguments are those of ``Trajectories.sample``, checked, and ``num_cells``, the size of
    the mazes.
    """

    num_cells: int
    per_world: int = 1
    policy: str | Walker = "shortest"
    seed: int = 0
    epsilon: float = 0.1
    min_length: int = 0
    max_length: int | None = None
    num_threads: int = 0

    def __post_init__(self) -> None:
        walker_of(self.policy)
        if not 0 <= self.epsilon <= 1:
            raise ValueError(f"epsilon: expected 0 to 1, got {self.epsilon}")
        checked_count("per_world", self.per_world, 1)
        checked_count("num_threads", self.num_threads, 0)
        checked_seed(self.seed)
        checked_count("max_length", self.longest, checked_count("min_length", self.min_length, 0))

    @property
    def longest(self) -> int:
        """Largest number of steps."""
        return self.num_cells if self.max_length is None else self.max_length

    @property
    def provenance(self) -> dict[str, Any]:
        """What makes the same walks again, for JSON."""
        return {
            "policy": getattr(self.policy, "__name__", str(self.policy)),
            "seed": checked_seed(self.seed),
            "per_world": int(self.per_world),
            "epsilon": self._randomness,
            "min_length": int(self.min_length),
            "max_length": int(self.longest),
        }

    @property
    def _randomness(self) -> float:
        """The probability of a random move."""
        return {"noisy": float(self.epsilon), "random_walk": 1.0}.get(str(self.policy), 0.0)

    def part(
        self, mazes: Mazes, first_maze: int, first: int, num: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
        """The walks ``first`` .. ``first + num - 1``.

        Args:
            mazes: mazes that they are on, and perhaps others.
            first_maze: the number of the first of ``mazes``.
            first, num: which walks.

        Returns:
            Their mazes by number, int32 [num]; the cells of all walks, int32 [total]; and
            where each begins in them and the last ends, int64 [num + 1].

        Raises:
            ValueError: random walks would take more than 16 GiB, or no start and goal were
                found in 1000 draws; the message names the maze. Or a function gave no walk.
        """
        has_goal = self.policy != "random_walk"
        if not has_goal:
            _check_total(num * (self.longest + 1))
        cells, offsets = _core.sample_trajectories(
            mazes.walls,
            self.per_world,
            has_goal,
            self._randomness,
            self.min_length,
            self.longest,
            child_seed(self.seed, "trajectories"),
            first_maze,
            first,
            num,
            self.num_threads,
        )
        owners = (np.arange(first, first + num) // self.per_world).astype(np.int32)
        if walker := walker_of(self.policy):
            problems = Problems(
                mazes[owners - first_maze], cells[offsets[:-1]], cells[offsets[1:] - 1]
            )
            seed = child_seed(self.seed, "policy", *([str(first)] if first else []))
            cells, offsets = made_by(walker, problems, seed)
        return owners, cells, offsets


def _check_total(num_cells: int) -> None:
    if 4 * num_cells > MAX_BYTES:
        raise ValueError(
            f"max_length: the walks would take {num_cells / 2**28:.1f} GiB, the limit is "
            f"{MAX_BYTES / 2**30:.0f} GiB: take shorter or fewer ones"
        )


def walker_of(policy: str | Walker) -> Walker | None:
    """The function behind a policy; None for those that are compiled.

    Raises:
        ValueError: there is no policy of that name; the message names the closest one.
    """
    return policy if callable(policy) else find(POLICIES, policy, "policy")


def made_by(
    walker: Walker, problems: Problems, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The walks that a function makes.

    Args:
        walker: the function.
        problems: N starts and goals.
        seed: 0 to 2**64 - 1.

    Returns:
        The cells of all walks one after the other, int32 [total], and int64 [N + 1], where
        each begins and the last ends.

    Raises:
        ValueError: the answer is not N walks, or one is not of integers [length + 1].
    """
    found = [np.asarray(walk) for walk in walker(problems, seed)]
    if len(found) != len(problems):
        raise ValueError(f"policy: expected {len(problems)} walks, got {len(found)}")
    for number, walk in enumerate(found):
        if walk.ndim != 1 or len(walk) == 0 or walk.dtype.kind not in "iu":
            raise ValueError(
                f"policy: walk {number}: expected integers [length + 1], "
                f"got {walk.dtype} {list(walk.shape)}"
            )
    offsets = np.cumsum([0, *map(len, found)], dtype=np.int64)
    return np.concatenate(found).astype(np.int32), offsets
