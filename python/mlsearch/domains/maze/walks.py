"""Compiled walks through mazes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsearch import _core
from mlsearch.domains.extras import CompiledWalks, WalkPart
from mlsearch.domains.maze.movement import Movement


def compiled_walks(walls: NDArray[np.uint8], movement: Movement) -> dict[str, CompiledWalks]:
    """The policies of mazes by name, for walls uint8 [B, H, W].

    Where moves have costs, "shortest" walks are cheapest ones, and the bounds of a walk to a goal
    hold for its cost as well as for its number of steps.
    """

    def sampled(has_goal: bool, epsilon: float | None) -> CompiledWalks:
        return lambda part: _sampled(
            walls, movement, part, has_goal, part.epsilon if epsilon is None else epsilon
        )

    return {
        "shortest": sampled(has_goal=True, epsilon=0.0),
        "noisy": sampled(has_goal=True, epsilon=None),
        "random_walk": sampled(has_goal=False, epsilon=1.0),
    }


def _sampled(
    walls: NDArray[np.uint8], movement: Movement, part: WalkPart, has_goal: bool, epsilon: float
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    return _core.sample_trajectories(
        walls,
        part.per_world,
        has_goal,
        epsilon,
        part.min_length,
        part.max_length,
        part.seed,
        part.first_world,
        part.first,
        part.num,
        part.num_threads,
        **movement.core,
    )
