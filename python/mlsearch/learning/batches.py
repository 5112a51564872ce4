"""Training batches: pairs of states, the steps between them and the right next moves.

All supervision takes one form, so that every objective works with every kind of data.
Work comes in blocks of ``BLOCK_STEPS`` steps: block k depends only on the config, the
seed and k, so an interrupted run goes on with the very batches it would have seen.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.seeding import child_seed
from mlsearch.config import DataConfig, RunConfig
from mlsearch.data.datasets import load_checked
from mlsearch.data.pairs import Offsets, PairSampler
from mlsearch.data.trajectories import Trajectories
from mlsearch.data.walks import walker_of
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.maze.moves import neighbours
from mlsearch.domains.maze.symmetry import transform_cells, transform_walls
from mlsearch.learning.blocks import BLOCK_STEPS, BatchSource, Block
from mlsearch.learning.ground_truth import BfsBatches


def sample_trajectories(mazes: MazeConfig, data: DataConfig, num: int, seed: int) -> Trajectories:
    """The trajectories that a config describes, fragments and stitching included.

    Args:
        mazes, data: as of a ``RunConfig``.
        num: number of trajectories before they are cut.
        seed: of the mazes and the walks on them.
    """
    num_mazes = -(-num // data.per_world)
    trajectories = Trajectories.sample(
        mazes.make(num_mazes, child_seed(seed, "mazes")),
        per_world=data.per_world,
        policy=data.policy,
        epsilon=data.epsilon,
        max_length=data.max_length,
        seed=child_seed(seed, "trajectories"),
    )
    return cut_and_stitched(trajectories, data, seed)


def cut_and_stitched(trajectories: Trajectories, data: DataConfig, seed: int) -> Trajectories:
    """The fragments or stitched trajectories that a config asks for, or what was given."""
    if not data.fragment_length:
        return trajectories
    from mlsearch.data import stitching

    pieces = stitching.fragments(trajectories, max_length=data.fragment_length)
    if not data.num_stitched:
        return pieces
    stitched = stitching.stitch(
        pieces,
        num=data.num_stitched,
        max_length=data.stitched_length,
        seed=child_seed(seed, "stitching"),
    )
    return stitched.trajectories


class TrajectoryBatches:
    """Pairs from trajectories: the steps walked between them, and the move that was made.

    Nothing else is used of the maze than its walls: no shortest path is computed here.
    """

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        walker_of(config.data.policy)  # a misspelt one is to be known before a run begins
        self._sampler: PairSampler | None = None  # of fixed trajectories
        if not config.data.fresh:
            self.trajectories = self._loaded() if config.data.folder else self._fixed()

    def _fixed(self) -> Trajectories:
        return self._sample(self.config.data.num_trajectories, "fixed")

    def _loaded(self) -> Trajectories:
        data, mazes = self.config.data, self.config.domain
        trajectories = load_checked(str(data.folder), data.checksum)
        if trajectories.domain.shape != (mazes.height, mazes.width):
            raise ValueError(
                f"domain.height, mazes.width: expected those of data.folder, "
                f"{tuple(trajectories.domain.shape)}, got {(mazes.height, mazes.width)}"
            )
        return cut_and_stitched(trajectories, data, child_seed(self.config.seed, "train", "fixed"))

    def _sample(self, num: int, name: str) -> Trajectories:
        seed = child_seed(self.config.seed, "train", name)
        return sample_trajectories(self.config.domain, self.config.data, num, seed)

    def _pair_sampler(self, trajectories: Trajectories, name: str) -> PairSampler:
        data = self.config.data
        return PairSampler(
            trajectories,
            batch_size=self.config.training.batch_size,
            pairs_per_trajectory=data.pairs_per_trajectory,
            offsets=cast(Offsets, data.offsets),
            gamma=data.gamma,
            symmetry=data.symmetry,
            seed=child_seed(self.config.seed, "pairs", name),
        )

    def _fixed_sampler(self) -> PairSampler:
        """The sampler of the fixed trajectories, made once, as it looks at all of them."""
        if self._sampler is None or self._sampler.trajectories is not self.trajectories:
            self._sampler = self._pair_sampler(self.trajectories, "fixed")
        return self._sampler

    def block(self, number: int) -> Block:
        """See ``BatchSource``. With fresh data, each block has trajectories of its own."""
        data = self.config.data
        if data.fresh:
            groups = self.config.training.batch_size // data.pairs_per_group
            trajectories = self._sample(BLOCK_STEPS * groups, str(number))
            sampler, first = self._pair_sampler(trajectories, str(number)), 0
        else:
            trajectories = self.trajectories
            sampler, first = self._fixed_sampler(), number * BLOCK_STEPS
        pairs = sampler.sample(first, BLOCK_STEPS)
        cells = trajectories.states
        shape = trajectories.domain.shape
        of_groups = slice(None, None, data.pairs_per_trajectory)
        walls = trajectories.domain.walls.take(
            trajectories.worlds[pairs.trajectory[:, of_groups].ravel()], axis=0
        )
        if data.symmetry:
            walls = transform_walls(walls, pairs.symmetry[:, of_groups].ravel())
        walls = walls.reshape(BLOCK_STEPS, -1, *shape)
        states, goals, after = (
            transform_cells(cells.take(pairs.position + steps), pairs.symmetry, shape)
            for steps in (0, pairs.offset, 1)
        )
        return _with_moves(walls, states, goals, pairs.offset, after)


def _with_moves(
    walls: NDArray[np.uint8],
    states: NDArray[np.int32],
    goals: NDArray[np.int32],
    steps: NDArray[np.int32],
    after: NDArray[np.int32],
) -> Block:
    """The block in which the right move is the one from ``states`` to ``after``."""
    num_steps, num_mazes, height, width = walls.shape
    pairs_per_world = states.shape[1] // num_mazes
    mazes = np.arange(num_steps * num_mazes).repeat(pairs_per_world).reshape(states.shape)
    found = neighbours(walls.reshape(-1, height, width), mazes, states)
    is_neighbour = found != states[..., None]
    moved = (after - states)[..., None] == np.array([-width, width, -1, 1])
    moved &= (states != goals)[..., None]  # a walk may come back to where it was
    target = moved.astype(np.float32)
    return Block(walls, states, goals, steps, is_neighbour, target, pairs_per_world)


def make_batches(config: RunConfig) -> BatchSource:
    """The batches that ``config.data`` asks for."""
    return (
        TrajectoryBatches(config)
        if config.data.supervision == "trajectories"
        else BfsBatches(config)
    )
