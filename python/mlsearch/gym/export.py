"""Trajectories as a dataset of Minari, and such a dataset by its name."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.gym.problems import AGENT, compute_reward, positions

if TYPE_CHECKING:
    from minari import MinariDataset
    from minari.data_collector import EpisodeBuffer


def to_minari(trajectories: Trajectories, name: str) -> MinariDataset:
    """Writes trajectories as episodes of ``mlsearch/Maze-v0`` to Minari's local datasets.

    The goal of an episode is the last state of its trajectory; the episode ends where it comes
    there first, as it would in the environment. Trajectories that never leave their goal are left
    out. Episodes are made one at a time, so the trajectories may be more than fit into the memory.

    Args:
        trajectories: at least one with a step; their order is kept.
        name: of the dataset, such as ``"maze/shortest-v0"``. Where Minari keeps it is said by
            its environment variable ``MINARI_DATASETS_PATH``.

    Returns:
        The dataset, with Minari's observations, actions, rewards and terminations.

    Raises:
        ImportError: Minari is not installed.
        TypeError: the trajectories are not in mazes.
        ValueError: no trajectory has a step, or the name is none that Minari takes, or is taken.
    """
    minari = _minari()
    if not (trajectories.lengths > 0).any():
        raise ValueError("trajectories: expected at least one with a step, got none")
    if not isinstance(trajectories.domain, Mazes):
        raise TypeError(f"to_minari: expected trajectories in mazes, got {trajectories.domain!r}")
    shape = trajectories.domain.shape
    with warnings.catch_warnings():  # Minari asks for more fields
        warnings.simplefilter("ignore", UserWarning)
        return minari.create_dataset_from_buffers(
            name,
            _episodes(trajectories),  # it only goes through them
            env=gymnasium.make("mlsearch/Maze-v0", size=tuple(shape)),
            algorithm_name=str(trajectories.provenance.get("policy", "unknown")),
            description=f"{shape.height} x {shape.width} mazes of mlsearch",
        )


def load_minari(name: str) -> MinariDataset:
    """A dataset that Minari has on this machine, for ``Trajectories.from_minari``.

    Raises:
        ImportError: Minari is not installed.
        OSError: it has no such dataset.
        ValueError: the name is none that Minari takes.
    """
    return _minari().load_dataset(name)


def _minari() -> Any:
    try:
        import minari
    except ImportError as missing:
        raise ImportError(
            'this needs Minari; install it with: pip install "mlsearch[minari]"'
        ) from missing
    return minari


def _episodes(trajectories: Trajectories) -> Iterator[EpisodeBuffer]:
    from minari.data_collector import EpisodeBuffer

    number = 0
    for index in range(len(trajectories)):
        states = trajectories[index]
        walk = states[: int((states == states[-1]).argmax()) + 1]
        if len(walk) > 1:
            walls = trajectories.domain.walls[trajectories.worlds[index]]
            yield EpisodeBuffer(id=number, **_episode(walls, walk))
            number += 1


def _episode(walls: NDArray[np.uint8], walk: NDArray[np.int32]) -> dict[str, Any]:
    """The columns of an episode that goes to the last of L + 1 cells."""
    width = walls.shape[1]
    seen = np.repeat(walls[np.newaxis], len(walk), axis=0)
    seen.reshape(len(walk), -1)[np.arange(len(walk)), walk] = AGENT
    places = positions(walk, walls.shape)
    goals = np.repeat(places[-1:], len(walk), axis=0)
    rewards = compute_reward(places[1:], goals[1:])
    moves = np.array([-width, width, -1, 1])
    return {
        "observations": {"observation": seen, "achieved_goal": places, "desired_goal": goals},
        "actions": (np.diff(walk)[:, np.newaxis] == moves).argmax(axis=1),
        "rewards": rewards,
        "terminations": rewards == 0,
        "truncations": np.zeros(len(rewards), bool),
    }
