"""Episodes of ``mlsearch/Maze-v0`` as walks: what environments and Minari record of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Int32s
from mlsearch.domains.maze.mazes import Mazes

MAP, PLACE = "observation", "achieved_goal"


class Walked(NamedTuple):
    """The first arguments of ``Trajectories``."""

    mazes: Mazes
    worlds: list[int]
    cells: Int32s
    offsets: NDArray[np.int64]


def walked(observations: Iterable[Any]) -> Walked:
    """The walks of episodes, without the steps that a wall stopped.

    Args:
        observations: for each episode a dictionary with ``observation``, integers [L + 1, H, W],
            the map at each time, where 1 is a wall, and ``achieved_goal``, integers [L + 1, 2],
            row and column of the agent.

    Raises:
        ValueError: there is no episode, or one has another form; the message names it.
    """
    indices: dict[bytes, int] = {}
    mazes: list[NDArray[np.bool_]] = []
    worlds, walks = [], []
    for number, seen in enumerate(observations):
        walls, cells = _walk(seen, f"episode {number}")
        if mazes and walls.shape != mazes[0].shape:
            shapes = f"{list(mazes[0].shape)} as in episode 0, got {list(walls.shape)}"
            raise ValueError(f"episode {number}: expected a map of shape {shapes}")
        worlds.append(indices.setdefault(walls.tobytes(), len(mazes)))
        if worlds[-1] == len(mazes):
            mazes.append(walls)
        walks.append(cells)
    if not walks:
        raise ValueError("episodes: expected at least one, got none")
    offsets = np.cumsum([0, *map(len, walks)], dtype=np.int64)
    return Walked(Mazes(np.stack(mazes)), worlds, np.concatenate(walks), offsets)


def recorded(episodes: Any) -> Iterable[Any]:
    """The observations of each episode of a dataset of Minari, or of what looks like its episodes.

    Args:
        episodes: with a method ``iterate_episodes``, or an iterable; an episode is an object with
            the attribute ``observations`` or a dictionary with this key.

    Raises:
        TypeError: it is none of these.
    """
    if hasattr(episodes, "iterate_episodes"):
        episodes = episodes.iterate_episodes()
    if not isinstance(episodes, Iterable) or isinstance(episodes, str | Mapping):
        raise TypeError(f"expected a dataset of Minari or episodes, got {type(episodes).__name__}")
    for number, episode in enumerate(episodes):
        if isinstance(episode, Mapping) and "observations" in episode:
            yield episode["observations"]
        elif hasattr(episode, "observations"):
            yield episode.observations
        else:
            got = type(episode).__name__
            raise TypeError(f"episode {number}: expected one with observations, got {got}")


def _walk(seen: Any, name: str) -> tuple[NDArray[np.bool_], Int32s]:
    """The walls of an episode's maze, [H, W], and the cells that it visits, int32 [length + 1]."""
    if not isinstance(seen, Mapping) or not {MAP, PLACE} <= seen.keys():
        got = list(seen) if isinstance(seen, Mapping) else type(seen).__name__
        raise ValueError(f"{name}: expected observations with {MAP!r} and {PLACE!r}, got {got}")
    maps, places = np.asarray(seen[MAP]), np.asarray(seen[PLACE])
    if len(places) == 0:
        raise ValueError(f"{name}: expected observations, got none")
    _check_form(f"{name}: {MAP}", maps, 3, "maps [L + 1, H, W] of mlsearch/Maze-v0")
    _check_form(f"{name}: {PLACE}", places, 2, "cells [L + 1, 2], row and column")
    shape = maps.shape[1:]
    if places.shape != (len(maps), 2) or (places < 0).any() or (places >= shape).any():
        raise ValueError(
            f"{name}: {PLACE}: expected {len(maps)} rows and columns within {shape}, got those of "
            f"shape {list(places.shape)} from {places.min()} to {places.max()}"
        )
    walls = maps[0] == 1
    if ((maps == 1) != walls).any():
        raise ValueError(f"{name}: {MAP}: expected the same walls at all times")
    cells = (places[:, 0].astype(np.int32) * shape[1] + places[:, 1]).astype(np.int32)
    return walls, cells[np.append(True, np.diff(cells) != 0)]


def _check_form(name: str, array: NDArray[Any], num_axes: int, expected: str) -> None:
    if array.ndim != num_axes or array.dtype.kind not in "iu" or 0 in array.shape:
        raise ValueError(
            f"{name}: expected integers, {expected}, got {array.dtype} {list(array.shape)}; "
            "continuous positions, as of PointMaze, are not read"
        )
