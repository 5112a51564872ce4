"""Episodes as trajectories to train on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mlsearch.data.episodes import MAP, PLACE, walked
from mlsearch.data.trajectories import Trajectories
from mlsearch.gym.problems import Observation


def to_trajectories(
    episodes: Iterable[Sequence[Observation]], provenance: Mapping[str, Any] | None = None
) -> Trajectories:
    """The walks of episodes.

    A step that a wall stopped is left out. Episodes on the same maze share it.

    Args:
        episodes: for each episode its observations, in order, the one of ``reset`` first.
        provenance: where they come from; must be writable as JSON.

    Raises:
        ValueError: there is no episode, one is empty, or one is no walk through a single maze.

    Examples:
        >>> batches = mlsearch.learning.batches.TrajectoryBatches(config)
        >>> batches.trajectories = to_trajectories(episodes)
        >>> mlsearch.Trainer(config, "runs/mine", batches=batches).run()
    """
    columns = (
        {name: np.array([seen[name] for seen in episode]) for name in (MAP, PLACE)}
        for episode in episodes
    )
    return Trajectories(*walked(columns), provenance)
