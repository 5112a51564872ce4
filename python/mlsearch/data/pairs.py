"""Training pairs drawn from trajectories, and states as the arrays that encoders read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_count, integers_as
from mlsearch.base.seeding import child_seed
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.maze.symmetry import num_symmetries

Offsets: TypeAlias = Literal["geometric", "uniform"]

AGENT = 2.0
"""The value of the agent's cell in an encoded state; a wall is 1 and a free cell 0."""


@dataclass(frozen=True, eq=False)
class PairBatch:
    """A run of batches of pairs (s_i, s_{i+k}); every array is [num_batches, batch_size].

    Cells are those of the untransformed maze; ``encode_states`` applies the symmetry. The offset
    is the distance from anchor to positive if the trajectories are shortest paths, otherwise an
    upper bound of it.

    Attributes:
        trajectory: int32, the trajectory of the pair.
        maze: int32, its maze.
        anchor: int32, the cell s_i.
        positive: int32, the cell s_{i+k}.
        next: int32, the cell s_{i+1} right after the anchor.
        offset: int32, k >= 1.
        symmetry: uint8, 0 to 7, the symmetry to show the maze in; 0 is the identity.
    """

    trajectory: NDArray[np.int32]
    maze: NDArray[np.int32]
    anchor: NDArray[np.int32]
    positive: NDArray[np.int32]
    next: NDArray[np.int32]
    offset: NDArray[np.int32]
    symmetry: NDArray[np.uint8]


class PairSampler:
    """Draws batches of pairs; batch n depends only on the arguments here and on n.

    A trajectory is uniform over those with at least one step, an anchor s_i uniform over its
    states s_0 .. s_{L-1}, and the offset k from 1 to L - i is uniform, or geometric with
    probability proportional to ``gamma ** (k - 1)``.

    Args:
        trajectories: at least one with a step.
        batch_size: pairs in a batch.
        pairs_per_trajectory: consecutive pairs of a batch that share a trajectory; divides
            ``batch_size``. More than 1 gives in-trajectory negatives.
        offsets: ``"geometric"`` or ``"uniform"``.
        gamma: above 0 and below 1; used by ``"geometric"`` alone.
        symmetry: draw a symmetry for each maze of each batch: one of 8 if the mazes are square,
            otherwise of 4. All pairs of a maze in a batch share it.
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
        longest = int(trajectories.lengths.max(initial=0))
        self._core = _core.PairSampler(
            trajectories.maze_index,
            trajectories.cells,
            trajectories.offsets,
            _cumulative_weights(offsets, gamma, longest),
            self.batch_size,
            checked_count("pairs_per_trajectory", pairs_per_trajectory, 1),
            num_symmetries(trajectories.mazes.shape) if symmetry else 1,
            child_seed(seed, "pairs"),
            child_seed(seed, "symmetries"),
        )

    def sample(self, first_batch: int, num_batches: int) -> PairBatch:
        """The batches ``first_batch`` .. ``first_batch + num_batches - 1``.

        Raises:
            TypeError: an argument is not an integer.
            ValueError: an argument is negative or too large.
        """
        first = checked_count("first_batch", first_batch, 0)
        count = checked_count("num_batches", num_batches, 0)
        return PairBatch(*self._core.sample(first, count, self._num_threads))


def encode_states(
    mazes: Mazes,
    maze_index: ArrayLike,
    cells: ArrayLike,
    symmetry: ArrayLike | None = None,
    agent: float = AGENT,
    out: NDArray[np.float32] | None = None,
    num_threads: int = 0,
) -> NDArray[np.float32]:
    """States as maps: 1 on walls, 0 on free cells, ``agent`` on the agent's cell.

    Args:
        mazes: the mazes that ``maze_index`` counts.
        maze_index: integers, of any shape [...].
        cells: integers [...], cells of the untransformed mazes.
        symmetry: integers [...], the symmetry to apply; the identity if not given.
        agent: the value on the agent's cell.
        out: float32 [..., H * W], C-contiguous, to write to; saves time when reused.
        num_threads: 0 for all cores.

    Returns:
        float32 [..., H * W], which is ``out`` if that is given.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: shapes do not fit, or a number is out of range.
    """
    owners = integers_as("maze_index", maze_index, np.int32)
    shape = (*owners.shape, mazes.num_cells)
    if out is None:
        out = np.empty(shape, np.float32)
    elif out.shape != shape or not out.flags.c_contiguous:
        raise ValueError(f"out: expected a C-contiguous array of shape {shape}, got {out.shape}")
    _core.encode_states(
        mazes.walls,
        owners.reshape(-1),
        _like("cells", cells, np.int32, owners.shape),
        None if symmetry is None else _like("symmetry", symmetry, np.uint8, owners.shape),
        agent,
        out.reshape(-1, mazes.num_cells),
        checked_count("num_threads", num_threads, 0),
    )
    return out


def _cumulative_weights(offsets: Offsets, gamma: float, longest: int) -> NDArray[np.float64]:
    """Entry k is proportional to the summed probability of the offsets 1 .. k."""
    if not 0 < gamma < 1:
        raise ValueError(f"gamma: expected above 0 and below 1, got {gamma}")
    if offsets == "uniform":
        return np.arange(longest + 1, dtype=np.float64)
    if offsets == "geometric":
        return np.concatenate([[0.0], 1.0 - np.cumprod(np.full(longest, gamma))])
    raise ValueError(f"offsets: expected geometric or uniform, got {offsets!r}")


def _like(name: str, values: ArrayLike, dtype: type, shape: tuple[int, ...]) -> NDArray[Any]:
    array = integers_as(name, values, dtype)
    if array.shape != shape:
        raise ValueError(f"{name}: expected the shape of maze_index, {shape}, got {array.shape}")
    return array.reshape(-1)
