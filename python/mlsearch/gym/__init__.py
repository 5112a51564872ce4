"""Mazes as Gymnasium environments; importing this module registers them.

>>> import gymnasium, mlsearch.gym
>>> env = gymnasium.make("mlsearch/Maze-v0", size=10)
>>> envs = gymnasium.make_vec("mlsearch/Maze-v0", num_envs=1000)
"""

from __future__ import annotations

try:
    import gymnasium
except ImportError as missing:
    raise ImportError(
        'mlsearch.gym needs Gymnasium; install it with: pip install "mlsearch[gym]"'
    ) from missing

from mlsearch.gym.env import MazeEnv
from mlsearch.gym.episodes import to_trajectories
from mlsearch.gym.export import load_minari, to_minari
from mlsearch.gym.vector import MazeVectorEnv

__all__ = ["MazeEnv", "MazeVectorEnv", "load_minari", "to_minari", "to_trajectories"]

gymnasium.register(
    id="mlsearch/Maze-v0",
    entry_point="mlsearch.gym:MazeEnv",
    vector_entry_point="mlsearch.gym:MazeVectorEnv",
    max_episode_steps=400,
)
