"""Training batches: pairs of states, the steps between them and the right next moves.

All supervision takes one form, so that every objective works with every kind of data.
Work comes in blocks of ``BLOCK_STEPS`` steps: block k depends only on the config, the
seed and k, so an interrupted run goes on with the very batches it would have seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray

from mlsearch.base.seeding import child_seed
from mlsearch.config import DataConfig, RunConfig
from mlsearch.data.datasets import load_checked
from mlsearch.data.pairs import Offsets, PairBatch, PairSampler
from mlsearch.data.trajectories import Trajectories
from mlsearch.data.walks import walker_of
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.extras import extra
from mlsearch.learning import processes
from mlsearch.learning.blocks import BLOCK_STEPS, Batch, BatchSource, Block
from mlsearch.learning.ground_truth import BfsBatches
from mlsearch.learning.reads import Reads
from mlsearch.models import Sizes


def sample_trajectories(settings: Any, data: DataConfig, num: int, seed: int) -> Trajectories:
    """The trajectories that a config describes, fragments and stitching included.

    Args:
        settings: of the domain, as of a ``RunConfig``.
        data: of the same.
        num: number of trajectories before they are cut.
        seed: of the worlds and the walks in them.
    """
    num_worlds = -(-num // data.per_world)
    domain = settings.make(num_worlds, child_seed(seed, "mazes"))
    trajectories = Trajectories.sample(
        domain,
        per_world=data.per_world if len(domain) == num_worlds else num,
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

    Nothing else is used of the worlds than what the model sees: no shortest path is computed.

    Args:
        config: the run.
        reads: what the run reads of a batch; None to find out.

    Raises:
        TypeError, ValueError: a part of the config is not known or does not fit the domain, or
            the trajectories have a single pair of states.
    """

    def __init__(self, config: RunConfig, reads: Reads | None = None) -> None:
        self.config = config
        self.reads = reads or Reads.of(config)
        if config.data.policy:
            walker_of(config.data.policy)  # fail on a typo before the run starts
        self._sampler: PairSampler | None = None  # of fixed trajectories
        if not config.data.fresh:
            self.trajectories = self._loaded() if config.data.folder else self._fixed()
            if self.trajectories.lengths.sum() == 1:
                raise ValueError("data: expected several pairs of states to learn from, got one")

    def _fixed(self) -> Trajectories:
        return self._sample(self.config.data.num_trajectories, "fixed")

    def _loaded(self) -> Trajectories:
        data = self.config.data
        trajectories = load_checked(str(data.folder), data.checksum)
        expected = Sizes.of(self.config.domain.make(1, seed=0))
        found = Sizes.of(trajectories.domain)
        if found != expected:
            raise ValueError(f"domain: expected the sizes of data.folder, {found}, got {expected}")
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
        rows = rows_of(trajectories, sampler.sample(first, BLOCK_STEPS))
        return self._seen(trajectories.domain, rows)

    def _seen(self, domain: Any, rows: PairRows) -> Block:
        """The block of pairs in the worlds of a domain, in the forms that were drawn."""
        of_groups = slice(None, None, self.config.data.pairs_per_trajectory)
        states, goals, after = rows.states, rows.goals, rows.after
        if len(domain) > 1:
            domain = domain[rows.worlds[:, of_groups].ravel()]
        symmetries = extra(domain, "symmetries") if self.config.data.symmetry else None
        if symmetries is not None:
            forms = rows.symmetry
            if len(domain) == 1:  # its forms may be worlds of their own
                domain = domain[np.zeros(forms[:, of_groups].size, np.int32)]
            numbers = forms[:, of_groups].ravel()
            domain = symmetries.of_worlds(domain, numbers if len(domain) > 1 else numbers[:1])
            states, goals, after = (
                symmetries.of_states(part, forms) for part in (states, goals, after)
            )
        return self.reads.block(
            domain, states, goals, rows.steps, after, goals_per_world(domain, goals)
        )


def goals_per_world(domain: Any, goals: Rows) -> int | None:
    """1 if all pairs of a world share their goal, ``[S, N, *S']``; None if they need not."""
    by_world = goals.reshape(max(len(domain), len(goals)), -1, *domain.states.shape)
    return 1 if (by_world == by_world[:, :1]).all() else None


class PairRows(NamedTuple):
    """Pairs of some batches as plain states, each [S, N, ...]."""

    worlds: Int32s
    states: Rows
    goals: Rows
    after: Rows
    steps: Int32s
    symmetry: NDArray[np.uint8]


def rows_of(trajectories: Trajectories, pairs: PairBatch) -> PairRows:
    """The states of pairs, and those that the walks went to next."""
    states, goals, after = (
        trajectories.states.take(pairs.position + steps, axis=0)
        for steps in (0, pairs.offset, np.minimum(pairs.offset, 1))
    )
    worlds = trajectories.worlds[pairs.trajectory]
    return PairRows(worlds, states, goals, after, pairs.offset, pairs.symmetry)


def make_batches(config: RunConfig, reads: Reads | None = None) -> BatchSource:
    """The batches that ``config.data`` asks for.

    Args:
        config: the run.
        reads: what the run reads of a batch; None to find out.
    """
    is_walked = config.data.supervision == "trajectories"
    return TrajectoryBatches(config, reads) if is_walked else BfsBatches(config, reads)


def stream(source: BatchSource, steps: range, device: torch.device) -> Iterator[Batch]:
    """The batches of consecutive steps; each block is made while the one before is used.

    Args:
        source: where blocks come from.
        steps: their numbers.
        device: where the batches go. Processes of a group get their parts of each.

    Raises:
        ValueError: a batch cannot be shared equally by the processes.
    """
    first, skip = divmod(steps.start, BLOCK_STEPS)
    with ThreadPoolExecutor(1) as maker:
        following = maker.submit(source.block, first)
        for number in range(first, -(-steps.stop // BLOCK_STEPS)):
            block = following.result()
            if (number + 1) * BLOCK_STEPS < steps.stop:
                following = maker.submit(source.block, number + 1)
            own = block.part(processes.rank(), processes.size())
            yield from own.to(device)[skip : steps.stop - number * BLOCK_STEPS]
            skip = 0
