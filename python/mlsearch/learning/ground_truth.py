"""Pairs with ground-truth distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.seeding import child_seed
from mlsearch.config import RunConfig
from mlsearch.domains.contract import Enumerable, Int32s, Rows
from mlsearch.domains.extras import require
from mlsearch.domains.rows import same
from mlsearch.learning.blocks import BLOCK_STEPS, Block
from mlsearch.learning.reads import Reads, neighbours_of


class BfsBatches:
    """Pairs of random states with their ground-truth distance; all moves that come nearer.

    The states are those from which the origin of their world can be reached. In a domain with
    many worlds ``data.pairs_per_world`` pairs share a world; with one, all of a batch do.

    Args:
        config: the run.
        reads: what the run reads of a batch; None to find out.

    Raises:
        TypeError: the domain has no tables of all states.
    """

    def __init__(self, config: RunConfig, reads: Reads | None = None) -> None:
        self.config = config
        self.reads = reads or Reads.of(config)
        self.domain: Any = None  # of fixed worlds
        if not config.data.fresh:
            self.domain = self._make(config.data.num_trajectories, "fixed")

    def _make(self, num: int, name: str) -> Any:
        domain = self.config.domain.make(num, child_seed(self.config.seed, "train", name, "mazes"))
        require(domain, Enumerable, "data.supervision: bfs")
        return domain

    def block(self, number: int) -> Block:
        """See ``BatchSource``."""
        data, batch_size = self.config.data, self.config.training.batch_size
        random = np.random.default_rng(child_seed(self.config.seed, "pairs", str(number)))
        total = BLOCK_STEPS * batch_size // data.pairs_per_world
        domain = self._make(total, str(number)) if data.fresh else self.domain
        if len(domain) > 1 and not data.fresh:
            domain = domain[random.integers(len(domain), size=total)]
        num_groups = total if len(domain) > 1 else BLOCK_STEPS
        pairs_per_group = BLOCK_STEPS * batch_size // num_groups
        is_possible = connected(domain)
        goals = random_states(is_possible, (num_groups, data.goals_per_world), random)
        states = random_states(is_possible, (num_groups, pairs_per_group), random)
        goal_of_pair = np.arange(pairs_per_group) % data.goals_per_world
        tables = distance_tables(domain, domain.all_states()[goals])
        return self._block(domain, tables, states, goals[:, goal_of_pair], goal_of_pair)

    def _block(
        self,
        domain: Any,
        tables: Int32s,
        states: Int32s,
        goals: Int32s,
        goal_of_pair: NDArray[np.int64],
    ) -> Block:
        """The block of numbered states [M, P] and goals [M, P] of M groups of pairs."""

        def per_step(array: NDArray[Any]) -> NDArray[Any]:
            return array.reshape(BLOCK_STEPS, -1, *array.shape[2:])

        rows = domain.all_states()
        group = np.arange(len(states))[:, None]
        steps = tables[group, goal_of_pair, states]
        here, there = per_step(rows[states]), per_step(rows[goals])
        moves = None
        if self.reads.moves:
            found = neighbours_of(domain, here)
            spec = domain.states
            is_move = ~same(found, here[:, :, None], spec)
            index = domain.index(found.reshape(-1, *spec.shape)).reshape(*states.shape, -1)
            after = tables[group[..., None], goal_of_pair[:, None], index].reshape(is_move.shape)
            is_nearer = (after >= 0) & (after < per_step(steps)[..., None]) & is_move
            moves = self.reads.moves_of(domain, here, there, found, is_move, is_nearer)
        num_goals = self.config.data.goals_per_world
        return self.reads.block_with(domain, here, there, per_step(steps), moves, num_goals)


def connected(domain: Any) -> NDArray[np.bool_]:
    """Which states lead to the origin of their world: bool ``[B, num_states]``."""
    worlds = np.arange(len(domain), dtype=np.int32)
    origins = domain.origins(worlds, np.zeros(len(domain), np.uint64))
    return np.asarray(domain.distances(origins).reshape(len(domain), -1) >= 0)


def random_states(
    is_possible: NDArray[np.bool_], size: tuple[int, int], random: np.random.Generator
) -> Int32s:
    """Numbers of possible states, drawn uniformly with replacement.

    Args:
        is_possible: bool [M, num_states], or [1, num_states] for all M.
        size: (M, how many of each).
        random: where the draws come from.

    Returns:
        int32 of the given size.
    """
    possible_first = np.argsort(~is_possible, axis=1, kind="stable").astype(np.int32)
    num_possible = is_possible.sum(axis=1)
    rank = random.integers(num_possible[:, None], size=size)
    return np.take_along_axis(possible_first, rank, axis=1)


def distance_tables(domain: Any, goals: Rows) -> Int32s:
    """Distances to G goals of each group of pairs: ``[M, G, *S]`` to int32 [M, G, num_states].

    The domain has M worlds, one for each group, or a single one for all.
    """
    num_groups, num_goals = goals.shape[:2]
    if len(domain) > 1:
        tables = [domain.distances(goals[:, i]).reshape(num_groups, -1) for i in range(num_goals)]
        return np.stack(tables, axis=1)
    flat = goals.reshape(num_groups * num_goals, *domain.states.shape)
    tables = [domain.distances(flat[i : i + 1]).reshape(-1) for i in range(len(flat))]
    return np.stack(tables).reshape(num_groups, num_goals, -1)
