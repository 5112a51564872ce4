"""Pairs with ground-truth distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.seeding import child_seed
from mlsearch.config import RunConfig
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.maze.moves import neighbours as neighbours_of
from mlsearch.learning.blocks import BLOCK_STEPS, Block


class BfsBatches:
    """Pairs of random cells with their ground-truth distance; all moves that come nearer."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        if not config.data.fresh:
            self.mazes = self._generate(config.data.num_trajectories, "fixed")

    def _generate(self, num: int, name: str) -> Mazes:
        seed = child_seed(self.config.seed, "train", name, "mazes")
        mazes: Mazes = self.config.domain.make(num, seed)
        return mazes

    def block(self, number: int) -> Block:
        """See ``BatchSource``."""
        data = self.config.data
        mazes_per_step = self.config.training.batch_size // data.pairs_per_world
        random = np.random.default_rng(child_seed(self.config.seed, "pairs", str(number)))
        total = BLOCK_STEPS * mazes_per_step
        if data.fresh:
            mazes = self._generate(total, str(number))
        else:
            mazes = self.mazes[random.integers(len(self.mazes), size=total)]
        goals = random_free_cells(mazes.walls, data.goals_per_world, random)
        states = random_free_cells(mazes.walls, data.pairs_per_world, random)
        goal_of_pair = np.arange(data.pairs_per_world) % data.goals_per_world
        fields = mazes.distances(goals).reshape(total, data.goals_per_world, -1)
        maze_of_pair = np.arange(total)[:, None]
        steps = fields[maze_of_pair, goal_of_pair, states]

        width = mazes.shape.width
        neighbours = neighbours_of(mazes.walls, maze_of_pair, states)
        is_neighbour = neighbours != states[..., None]
        after = fields[maze_of_pair[..., None], goal_of_pair[:, None], neighbours]
        nearer = (after < steps[..., None]) & is_neighbour
        target = nearer / np.maximum(nearer.sum(-1, keepdims=True), 1)

        def per_step(array: NDArray[Any]) -> NDArray[Any]:
            return array.reshape(BLOCK_STEPS, -1, *array.shape[2:])

        return Block(
            mazes.walls.reshape(BLOCK_STEPS, mazes_per_step, mazes.shape.height, width),
            per_step(states),
            per_step(goals[:, goal_of_pair]),
            per_step(steps),
            per_step(is_neighbour),
            per_step(target.astype(np.float32)),
            data.goals_per_world,
        )


def random_free_cells(
    walls: NDArray[np.uint8], per_world: int, random: np.random.Generator
) -> NDArray[np.int32]:
    """Free cells drawn uniformly with replacement: uint8 [M, H, W] to int32 [M, per_world]."""
    flat = walls.reshape(len(walls), -1)
    free_first = np.argsort(flat, axis=1, kind="stable").astype(np.int32)
    num_free = (flat == 0).sum(axis=1)
    rank = random.integers(num_free[:, None], size=(len(walls), per_world))
    return np.take_along_axis(free_first, rank, axis=1)
