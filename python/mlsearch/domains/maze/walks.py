"""Compiled walks through mazes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsearch import _core
from mlsearch.domains.extras import CompiledWalks, WalkPart


def compiled_walks(walls: NDArray[np.uint8]) -> dict[str, CompiledWalks]:
    """The policies of mazes by name, for walls uint8 [B, H, W]."""
    return {
        "shortest": lambda part: _sampled(walls, part, has_goal=True, epsilon=0.0),
        "noisy": lambda part: _sampled(walls, part, has_goal=True, epsilon=part.epsilon),
        "random_walk": lambda part: _sampled(walls, part, has_goal=False, epsilon=1.0),
    }


def _sampled(
    walls: NDArray[np.uint8], part: WalkPart, has_goal: bool, epsilon: float
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
    )
