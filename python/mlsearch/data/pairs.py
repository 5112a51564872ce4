"""Training pairs drawn from trajectories."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_count
from mlsearch.base.seeding import child_seed
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.extras import extra

Offsets: TypeAlias = Literal["geometric", "uniform", "to_end"]

OFFSETS: tuple[Offsets, ...] = get_args(Offsets)


@dataclass(frozen=True, eq=False)
class PairBatch:
    """A run of batches of pairs (s_i, s_{i+k}); every array is [num_batches, batch_size].

    Of ``trajectories``, the states of a pair are ``states[position]`` and ``states[position +
    offset]``, the one right after the anchor ``states[position + 1]`` if the offset is not 0, and
    its world ``worlds[trajectory]``. All are in the identity form; ``symmetry`` says which to
    show. The offset is the distance from anchor to positive if the trajectories are shortest paths,
    otherwise an upper bound of it.

    Attributes:
        trajectory: int32, the trajectory of the pair.
        position: int64, where its anchor s_i is among the states of all trajectories.
        offset: int32, k >= 1, or k >= 0 if the pairs reach to the end.
        symmetry: uint8, the symmetry to show the world in; 0 is the identity.
    """

    trajectory: NDArray[np.int32]
    position: NDArray[np.int64]
    offset: NDArray[np.int32]
    symmetry: NDArray[np.uint8]


class PairSampler:
    """Draws batches of pairs; batch n depends only on the arguments here and on n.

    A trajectory is uniform over those with at least one step, an anchor s_i uniform over its
    states s_0 .. s_{L-1}, and the offset k from 1 to L - i is uniform, or geometric with
    probability proportional to ``gamma ** (k - 1)``.

    With ``"to_end"`` every pair reaches to the last state s_L: the anchors of a trajectory's P
    pairs are spread evenly over all L + 1 states, pair j in the j-th of P equal parts, so that
    every state is as likely as any other, the last one included.

    Args:
        trajectories: at least one with a step.
        batch_size: pairs in a batch.
        pairs_per_trajectory: consecutive pairs of a batch that share a trajectory; divides
            ``batch_size``. More than 1 gives in-trajectory negatives.
        offsets: ``"geometric"``, ``"uniform"`` or ``"to_end"``.
        gamma: above 0 and below 1; used by ``"geometric"`` alone.
        symmetry: draw one of the domain's symmetries for each world of each batch, in mazes one
            of 8 if they are square, otherwise of 4. All pairs of a world in a batch share it.
        seed: 0 to 2**64 - 1.
        num_threads: 0 for all cores. It does not change the result.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of range, or no trajectory has a step.

    Source: in-trajectory negatives: "Contrastive Representations for Temporal Reasoning" (2025).
    """

    def __init__(
        self,
        trajectories: Trajectories,
        batch_size: int = 64,
        pairs_per_trajectory: int = 1,
        offsets: Offsets = "geometric",
        gamma: float = 0.9,
        symmetry: bool = False,
        seed: int = 0,
        num_threads: int = 0,
    ) -> None:
        if not isinstance(trajectories, Trajectories):
            raise TypeError(
                f"trajectories: expected Trajectories, got {type(trajectories).__name__}"
            )
        self.trajectories = trajectories
        self.batch_size = checked_count("batch_size", batch_size, 1)
        self._num_threads = checked_count("num_threads", num_threads, 0)
        self._arguments: dict[str, Any] = {
            "pairs_per_trajectory": checked_count("pairs_per_trajectory", pairs_per_trajectory, 1),
            "offsets": offsets,
            "gamma": gamma,
            "symmetry": symmetry,
            "seed": seed,
        }
        longest = int(trajectories.lengths.max(initial=0))
        self._core = _core.PairSampler(
            trajectories.worlds,
            trajectories.offsets,
            _cumulative_weights(offsets, gamma, longest),
            self.batch_size,
            self._arguments["pairs_per_trajectory"],
            _num_symmetries(trajectories.domain) if symmetry else 1,
            child_seed(seed, "pairs"),
            child_seed(seed, "symmetries"),
            offsets == "to_end",
        )

    def __reduce__(self) -> tuple[Any, ...]:
        settings = {**self._arguments, "num_threads": self._num_threads}
        return partial(PairSampler, **settings), (self.trajectories, self.batch_size)

    def sample(self, first_batch: int, num_batches: int) -> PairBatch:
        """The batches ``first_batch`` .. ``first_batch + num_batches - 1``.

        Raises:
            TypeError: an argument is not an integer.
            ValueError: an argument is negative or too large.
        """
        first = checked_count("first_batch", first_batch, 0)
        count = checked_count("num_batches", num_batches, 0)
        return PairBatch(*self._core.sample(first, count, self._num_threads))


def _num_symmetries(domain: Any) -> int:
    symmetries = extra(domain, "symmetries")
    return symmetries.num if symmetries else 1


def _cumulative_weights(offsets: Offsets, gamma: float, longest: int) -> NDArray[np.float64]:
    """Entry k is proportional to the summed probability of the offsets 1 .. k."""
    if not 0 < gamma < 1:
        raise ValueError(f"gamma: expected above 0 and below 1, got {gamma}")
    if offsets not in OFFSETS:
        raise ValueError(f"offsets: expected one of {', '.join(OFFSETS)}, got {offsets!r}")
    if offsets != "geometric":
        return np.arange(longest + 1, dtype=np.float64)
    return np.concatenate([[0.0], 1.0 - np.cumprod(np.full(longest, gamma))])
