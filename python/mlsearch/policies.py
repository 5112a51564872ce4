"""How trajectories are made: policies by name, and walks that are made in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.mazes import Problems
from mlsearch.plugins import find

Walker: TypeAlias = Callable[[Problems, int], Sequence[ArrayLike]]
"""Given N problems and a seed, N walks: of integers [length + 1], cells one move apart."""

POLICIES: dict[str, Walker | None] = {"shortest": None, "noisy": None, "random_walk": None}
"""Policies by name; None where the walks are made by compiled code. Add your own to it."""


def walker_of(policy: str | Walker) -> Walker | None:
    """The function behind a policy; None for those that are compiled.

    Raises:
        ValueError: there is no policy of that name; the message names the closest one.
    """
    return policy if callable(policy) else find(POLICIES, policy, "policy")


def walks(
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
