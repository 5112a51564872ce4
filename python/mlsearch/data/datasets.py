"""Data sets of any size: made part by part into a folder, read as ``Trajectories.load`` does."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mlsearch.base.checks import checked_count
from mlsearch.base.errors import MazeFormatError
from mlsearch.base.seeding import child_seed
from mlsearch.base.settings import to_dict
from mlsearch.data.folder import arrays_of, read_meta, writing
from mlsearch.data.trajectories import Trajectories
from mlsearch.data.walks import Walks
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.registry import domain_settings

PART_BYTES = 2**26  # of worlds and walks that are in memory together, at most


def generate(
    path: str | os.PathLike[str],
    num: int,
    domain: Any = None,
    *,
    seed: int = 0,
    num_threads: int = 0,
    progress: Callable[[int], object] | None = None,
    **walks: Any,
) -> int:
    """Makes worlds and trajectories on them, and writes both to a new folder.

    The trajectories are the same as of ``Trajectories.sample`` on all worlds at once; only some
    of them are in memory at any time. A policy that is a function is asked for each part.

    Args:
        path: the folder, which gets its name when it is complete.
        num: number of worlds, at least 1; ``num * per_world`` trajectories are made, in a domain
            with one world on that.
        domain: its name or settings, see :mod:`mlsearch.domains.registry`; by default
            ``MazeConfig()``.
        seed: 0 to 2**64 - 1.
        num_threads: 0 for all cores. It does not change the result.
        progress: called with the number of trajectories that are written, or None.
        walks: ``per_world``, ``policy``, ``epsilon``, ``min_length`` and ``max_length``, as of
            ``Trajectories.sample``.

    Returns:
        The number of steps of all trajectories together.

    Raises:
        FileExistsError: ``path`` exists.
        OSError: the folder cannot be written.
        TypeError, ValueError: as of ``Mazes.generate``, ``Trajectories.sample`` and
            ``Trajectories.save``.
    """
    settings = domain_settings(MazeConfig() if domain is None else domain)
    make = partial(settings.make, seed=child_seed(seed, "mazes"), num_threads=num_threads)
    like = make(min(checked_count("num", num, 1), 2), first=0)
    each = checked_count("per_world", walks.pop("per_world", 1), 1)
    total = checked_count("num * per_world", num * each, 1)
    walk = Walks(
        like=like,
        per_world=total if len(like) == 1 else each,
        seed=child_seed(seed, "trajectories"),
        num_threads=num_threads,
        **walks,
    )
    size = part_size(walk)
    num_steps = 0
    with writing(path, settings) as writer:
        for first in range(0, total, size):
            part = _part(make, walk, first, min(size, total - first))
            is_split = first % walk.per_world > 0  # then the first world is written already
            arrays = {name: rows[is_split:] for name, rows in arrays_of(part.domain).items()}
            worlds = part.worlds + np.int32(first // walk.per_world)
            writer.append(arrays, worlds, part.states, part.offsets)
            num_steps += len(part.states) - len(part)
            if progress:
                progress(first + len(part))
        writer.provenance = {
            **walk.provenance,
            "per_world": each,
            "seed": seed,
            "generator": {"num": num, **to_dict(settings)},
        }
    return num_steps


def _part(make: Callable[..., Any], walk: Walks, first: int, num: int) -> Trajectories:
    """Some of the walks on the worlds that they need, which are numbered from 0."""
    first_world, last_world = first // walk.per_world, (first + num - 1) // walk.per_world
    domain = make(last_world + 1 - first_world, first=first_world)
    worlds, states, offsets = walk.part(domain, first_world, first, num)
    here = worlds - np.int32(first_world)
    return Trajectories.of(domain, here, states, offsets, are_moves=walk.are_moves)


def data_settings(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The settings of a run that learns from a folder of trajectories.

    Args:
        path: the folder.

    Returns:
        What to give to ``config.replaced``: the folder and its checksum, and the settings of
        its domain.

    Raises:
        OSError: the folder cannot be read.
        MazeFormatError: it is no folder of trajectories.
    """
    folder = Path(path).resolve()
    meta = read_meta(folder)
    return {"data.folder": str(folder), "data.checksum": meta.checksum, "domain": meta.domain}


def load_checked(path: str | os.PathLike[str], checksum: str | None) -> Trajectories:
    """The trajectories of a folder, if they are those that a run began with.

    Raises:
        OSError: the folder cannot be read.
        MazeFormatError: it is damaged, or has another checksum.
    """
    found = read_meta(path).checksum
    if found != checksum:
        raise MazeFormatError(f"{path}: expected the checksum {checksum}, got {found}")
    return Trajectories.load(path)


def part_size(walks: Walks) -> int:
    """How many trajectories to make at a time: whole worlds if they fit into ``PART_BYTES``."""
    of_world = sum(rows[:1].nbytes for rows in arrays_of(walks.like).values())
    of_walk = walks.like.states.num_bytes * (walks.longest + 1)
    size = max(1, PART_BYTES // (of_world + of_walk))
    return size if size < walks.per_world else size - size % walks.per_world
