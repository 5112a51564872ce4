"""Data sets of any size: made part by part into a folder, read as ``Trajectories.load`` does."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from mlsearch.base.checks import checked_count
from mlsearch.base.errors import MazeFormatError
from mlsearch.base.seeding import child_seed
from mlsearch.base.settings import to_dict
from mlsearch.data.folder import read_meta, writing
from mlsearch.data.trajectories import Trajectories
from mlsearch.data.walks import Walks
from mlsearch.domains.maze.config import MazeConfig

PART_BYTES = 2**26  # of mazes and walks that are in memory together, at most


def generate(
    path: str | os.PathLike[str],
    num: int,
    mazes: MazeConfig | None = None,
    *,
    seed: int = 0,
    num_threads: int = 0,
    progress: Callable[[int], object] | None = None,
    **walks: Any,
) -> int:
    """Makes mazes and trajectories on them, and writes both to a new folder.

    The trajectories are the same as of ``Trajectories.sample`` on all mazes at once; only some
    of them are in memory at any time. A policy that is a function is asked for each part.

    Args:
        path: the folder, which gets its name when it is complete.
        num: number of mazes, at least 1; ``num * per_world`` trajectories are made.
        mazes: of which kind; by default ``MazeConfig()``.
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
        TypeError, ValueError: as of ``Mazes.generate`` and ``Trajectories.sample``.
    """
    kind = mazes or MazeConfig()
    walk = Walks(
        num_cells=kind.height * kind.width,
        seed=child_seed(seed, "trajectories"),
        num_threads=num_threads,
        **walks,
    )
    total = checked_count("num * per_world", checked_count("num", num, 1) * walk.per_world, 1)
    size = part_size(walk)
    num_steps = 0
    with writing(path) as writer:
        for first in range(0, total, size):
            count = min(size, total - first)
            first_maze, last_maze = first // walk.per_world, (first + count - 1) // walk.per_world
            num_mazes = last_maze + 1 - first_maze
            grid = kind.make(num_mazes, child_seed(seed, "mazes"), first_maze, num_threads)
            owners, cells, offsets = walk.part(grid, first_maze, first, count)
            Trajectories(grid, owners - first_maze, cells, offsets)  # checks what a function made
            is_split = first % walk.per_world > 0  # then the first maze is written already
            writer.append(grid.walls[is_split:], owners, cells, offsets)
            num_steps += len(cells) - count
            if progress:
                progress(first + count)
        writer.provenance = {
            **walk.provenance,
            "seed": seed,
            "generator": {"num": num, **to_dict(kind)},
        }
    return num_steps


def data_settings(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The settings of a run that learns from a folder of trajectories.

    Args:
        path: the folder.

    Returns:
        What to give to ``config.replaced``: the folder and its checksum, and of which kind its
        mazes are, as far as the folder says so.

    Raises:
        OSError: the folder cannot be read.
        MazeFormatError: it is no folder of trajectories.
    """
    folder = Path(path).resolve()
    meta = read_meta(folder)
    told = meta.provenance.get("generator")
    kind = told if isinstance(told, dict) else {}
    known = {field.name for field in fields(MazeConfig)}
    return {
        "data.folder": str(folder),
        "data.checksum": meta.checksum,
        **{f"domain.{name}": value for name, value in kind.items() if name in known},
        "domain.height": meta.shape.height,
        "domain.width": meta.shape.width,
    }


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
    """How many trajectories to make at a time: whole mazes if they fit into ``PART_BYTES``."""
    size = max(1, PART_BYTES // (walks.num_cells + 4 * (walks.longest + 1)))
    return size if size < walks.per_world else size - size % walks.per_world
