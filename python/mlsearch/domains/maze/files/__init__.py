"""Files of mazes in the forms that others use; the end of a file's name says in which."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.base.files import replacing
from mlsearch.domains.maze.files import arrays, drawing, moving_ai, picture
from mlsearch.domains.maze.files.lattices import (
    ends_of_lattices,
    lattices_of_walls,
    walls_of_lattices,
)
from mlsearch.domains.maze.files.text import Contents
from mlsearch.domains.maze.walls import checked_walls

__all__ = [
    "FORMATS",
    "Contents",
    "ends_of_lattices",
    "lattices_of_walls",
    "read",
    "walls_of_lattices",
    "write",
]

_log = logging.getLogger("mlsearch")

Writer: TypeAlias = Callable[[Path, NDArray[np.uint8]], None]


class Format(NamedTuple):
    """How files are read, and how one or several mazes [B, H, W] are written."""

    read: Callable[[Path], Contents]
    write: Writer
    holds_several: bool = False


FORMATS = {
    ".map": Format(moving_ai.read, moving_ai.write),
    ".npy": Format(arrays.read_npy, arrays.write_npy, holds_several=True),
    ".npz": Format(arrays.read_npz, arrays.write_npz, holds_several=True),
    ".png": Format(picture.read, picture.write),
    ".txt": Format(drawing.read, drawing.write),
}
"""Formats by the end of a file's name."""


def read(path: str | os.PathLike[str], costs: Mapping[str, float] | None = None) -> Contents:
    """What a file holds: its mazes, and the start and goal if they are marked in it.

    Args:
        path: the file.
        costs: of the letters of a ``.map``; None for none.

    Raises:
        OSError: the file cannot be opened.
        TypeError: a cost is no number.
        ValueError: its name has an end that is not known, or one that has no letters with costs.
        MazeFormatError: it does not hold mazes in the format that its name tells.
    """
    file = Path(path)
    chosen = _format_of(file)
    _log.info("Reading %s", file)
    if costs is None:
        contents = chosen.read(file)
    elif chosen.read is moving_ai.read:
        contents = moving_ai.read(file, costs)
    else:
        raise ValueError(f"{path}: costs of letters: expected a name that ends in .map")
    try:
        return contents._replace(walls=checked_walls(contents.walls, copy=False))
    except (TypeError, ValueError) as error:
        raise MazeFormatError(f"{path}: {error}") from error


def write(
    path: str | os.PathLike[str],
    walls: NDArray[np.uint8],
    starts: NDArray[np.int32] | None = None,
    goals: NDArray[np.int32] | None = None,
) -> None:
    """Writes mazes; a file of that name is replaced when the new one is complete.

    Args:
        path: the file.
        walls: uint8 [B, H, W], good mazes.
        starts, goals: int32 [B], to be marked in the file; None for none.

    Raises:
        OSError: the file cannot be written.
        ValueError: the format is not known, holds no more than one maze, or no start and goal.
    """
    file = Path(path)
    chosen = _format_of(file)
    if len(walls) > 1 and not chosen.holds_several:
        raise ValueError(
            f"{path}: expected one maze, all that {file.suffix} holds, not {len(walls)}"
        )
    with replacing(file) as temporary:
        if starts is None or goals is None:
            chosen.write(temporary, walls)
        elif chosen.write is drawing.write:
            drawing.write(temporary, walls, int(starts[0]), int(goals[0]))
        else:
            raise ValueError(f"{path}: expected a name that ends in .txt, to mark start and goal")


def _format_of(path: Path) -> Format:
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(FORMATS)
        raise ValueError(f"{path}: expected a name that ends in one of {known}") from None
