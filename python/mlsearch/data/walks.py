"""How trajectories are drawn: one after the other by number, so that any part can be made alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import answered, checked_count
from mlsearch.base.plugins import find
from mlsearch.base.seeding import checked_seed, child_seed
from mlsearch.data.moves import random_walks
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.extras import CompiledWalks, WalkPart, extra, name_of
from mlsearch.domains.problems import Problems
from mlsearch.domains.rows import checked_rows

Walker: TypeAlias = Callable[[Problems, int], Sequence[ArrayLike]]
"""Given N problems and a seed, N walks: states ``[length + 1, *S]`` one move apart."""

POLICIES: dict[str, Walker | None] = {
    "shortest": None,
    "noisy": None,
    "random_walk": None,
    "scramble": None,
    "pull": None,
}
"""Policies by name; None for those of ``Trajectories.sample`` itself. Add your own to it."""

AIMLESS = ("random_walk", "scramble")  # without a goal, so they take all steps that they may

MAX_BYTES = 2**34  # of the states of walks without a goal


@dataclass(frozen=True, kw_only=True)
class Walks:
    """The walks on worlds without end; number ``i * per_world + j`` is on world i.

    The arguments are those of ``Trajectories.sample``, checked, and ``like``, a domain with some
    worlds of the kind, which has the defaults.
    """

    like: Any
    per_world: int = 1
    policy: str | Walker | None = None
    seed: int = 0
    epsilon: float = 0.1
    min_length: int = 0
    max_length: int | None = None
    num_threads: int = 0

    def __post_init__(self) -> None:
        if walker_of(self.chosen) is None:
            _check_policy(self.like, str(self.chosen))
        if not 0 <= self.epsilon <= 1:
            raise ValueError(f"epsilon: expected 0 to 1, got {self.epsilon}")
        checked_count("per_world", self.per_world, 1)
        checked_count("num_threads", self.num_threads, 0)
        checked_seed(self.seed)
        checked_count("max_length", self.longest, checked_count("min_length", self.min_length, 0))

    @property
    def chosen(self) -> str | Walker:
        """The policy."""
        return str(extra(self.like, "policy")) if self.policy is None else self.policy

    @property
    def are_moves(self) -> bool:
        """Whether the walks are made by asking for neighbours, so that no check can fail."""
        return walker_of(self.chosen) is None and self.chosen not in _compiled(self.like)

    @property
    def longest(self) -> int:
        """Largest number of steps."""
        return extra(self.like, "walk_length") if self.max_length is None else self.max_length

    @property
    def provenance(self) -> dict[str, Any]:
        """What makes the same walks again, for JSON."""
        randomness = {"noisy": float(self.epsilon), **dict.fromkeys(AIMLESS, 1.0)}
        return {
            "policy": getattr(self.chosen, "__name__", str(self.chosen)),
            "seed": checked_seed(self.seed),
            "per_world": int(self.per_world),
            "epsilon": randomness.get(str(self.chosen), 0.0),
            "min_length": int(self.min_length),
            "max_length": int(self.longest),
        }

    def part(
        self, domain: Any, first_world: int, first: int, num: int
    ) -> tuple[Int32s, Rows, NDArray[np.int64]]:
        """The walks ``first`` .. ``first + num - 1``.

        Args:
            domain: worlds that they are on, and perhaps others.
            first_world: the number of the first of its worlds.
            first, num: which walks.

        Returns:
            Their worlds by number, int32 ``[num]``; the states of all walks, ``[total, *S]``; and
            where each begins in them and the last ends, int64 ``[num + 1]``.

        Raises:
            ValueError: walks without a goal would take more than 16 GiB, or no start and goal
                were found in 1000 draws; the message names the world. Or a function gave no walk.
        """
        worlds = (np.arange(first, first + num) // self.per_world).astype(np.int32)
        walker = walker_of(self.chosen)
        part = self._part_of(first_world, first, num)
        if walker is None:
            return worlds, *self._made(str(self.chosen), domain, worlds - first_world, part)
        named = "shortest" if "shortest" in _compiled(domain) else "scramble"
        states, offsets = self._made(named, domain, worlds - first_world, part)
        ends = states[offsets[:-1]], states[offsets[1:] - 1]
        problems = Problems(domain[worlds - first_world], *ends)
        seed = child_seed(self.seed, "policy", *([str(first)] if first else []))
        return worlds, *made_by(walker, problems, seed)

    def _part_of(self, first_world: int, first: int, num: int) -> WalkPart:
        return WalkPart(
            per_world=self.per_world,
            first_world=first_world,
            first=first,
            num=num,
            epsilon=float(self.epsilon),
            min_length=self.min_length,
            max_length=self.longest,
            seed=child_seed(self.seed, "trajectories"),
            num_threads=self.num_threads,
        )

    def _made(
        self, policy: str, domain: Any, worlds: Int32s, part: WalkPart
    ) -> tuple[Rows, NDArray[np.int64]]:
        if policy in AIMLESS:
            _check_total(part.num * (part.max_length + 1) * domain.states.num_bytes)
        if policy in _compiled(domain):
            return _compiled(domain)[policy](part)
        items = np.arange(part.first, part.first + part.num)
        states, offsets = random_walks(
            domain,
            worlds,
            items,
            part.max_length,
            part.seed,
            backtracks=policy == "random_walk",
            is_backward=policy == "scramble" and domain.is_reversible,
        )
        _check_lengths(np.diff(offsets) - 1, part, worlds)
        return states, offsets


def _compiled(domain: Any) -> Mapping[str, CompiledWalks]:
    return extra(domain, "walks") or {}


def _check_policy(domain: Any, policy: str) -> None:
    if policy not in (*AIMLESS, *_compiled(domain)):
        raise ValueError(
            f"policy: policy {policy!r} needs compiled walks to a goal; domain "
            f"{name_of(domain)!r} has none, so take one of {', '.join(AIMLESS)}"
        )


def _check_total(num_bytes: int) -> None:
    if num_bytes > MAX_BYTES:
        raise ValueError(
            f"max_length: the walks would take {num_bytes / 2**30:.1f} GiB, the limit is "
            f"{MAX_BYTES / 2**30:.0f} GiB: take shorter or fewer ones"
        )


def _check_lengths(lengths: NDArray[np.int64], part: WalkPart, worlds: Int32s) -> None:
    short = np.flatnonzero(lengths < part.min_length)
    if len(short) > 0:
        first = short[0]
        raise ValueError(
            f"min_length: expected walks of at least {part.min_length} steps; in world "
            f"{worlds[first] + part.first_world} one ended after {lengths[first]}, as no move "
            "was possible"
        )


def walker_of(policy: str | Walker) -> Walker | None:
    """The function behind a policy; None for those of ``Trajectories.sample`` itself.

    Raises:
        ValueError: there is no policy of that name; the message names the closest one.
    """
    return policy if callable(policy) else find(POLICIES, policy, "policy")


def made_by(walker: Walker, problems: Problems, seed: int) -> tuple[Rows, NDArray[np.int64]]:
    """The walks that a function makes.

    Args:
        walker: the function.
        problems: N starts and goals.
        seed: 0 to 2**64 - 1.

    Returns:
        The states of all walks one after the other, ``[total, *S]``, and int64 ``[N + 1]``, where
        each begins and the last ends.

    Raises:
        ValueError: the answer is not N walks, or one is not of integers ``[length + 1, *S]``.
    """
    spec = problems.domain.states
    found = [answered("policy", walk) for walk in walker(problems, seed)]
    if len(found) != len(problems):
        raise ValueError(f"policy: expected {len(problems)} walks, got {len(found)}")
    for number, walk in enumerate(found):
        is_shaped = walk.ndim > 0 and walk.shape[1:] == spec.shape and len(walk) > 0
        if not is_shaped or walk.dtype.kind not in ("b" if spec.dtype.kind == "b" else "iu"):
            wanted = ", ".join(map(str, ("length + 1", *spec.shape)))
            raise ValueError(
                f"policy: walk {number}: expected integers [{wanted}], "
                f"got {walk.dtype} {list(walk.shape)}"
            )
    offsets = np.cumsum([0, *map(len, found)], dtype=np.int64)
    return checked_rows("policy", np.concatenate(found), spec), offsets
