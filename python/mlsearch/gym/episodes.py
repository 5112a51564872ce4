"""Episodes as trajectories to train on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes
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
    indices: dict[bytes, int] = {}
    mazes, owners, walks = [], [], []
    for number, episode in enumerate(episodes):
        if len(episode) == 0:
            raise ValueError(f"episodes: expected observations, episode {number} has none")
        walls = np.asarray(episode[0]["observation"]) == 1
        if walls.tobytes() not in indices:
            mazes.append(walls)
        owners.append(indices.setdefault(walls.tobytes(), len(indices)))
        walks.append(_walk(episode, walls.shape[1]))
    if not walks:
        raise ValueError("episodes: expected at least one, got none")
    offsets = np.cumsum([0, *map(len, walks)])
    return Trajectories(Mazes(mazes), owners, np.concatenate(walks), offsets, provenance)


def _walk(episode: Sequence[Observation], width: int) -> Any:
    """The cells that an episode visits, int32 [length + 1]."""
    rows, columns = np.stack([seen["achieved_goal"] for seen in episode]).T
    cells = np.asarray(rows * width + columns, np.int32)
    return cells[np.append(True, np.diff(cells) != 0)]
