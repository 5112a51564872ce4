"""Files of mazes in the forms that others use; the end of a file's name says in which."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

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
    """How files are read, and how one or several mazes [B, H, W] are written.

    Attributes:
        read: from the path, and the options as keywords.
        write: None for formats that lose something.
        holds_several: whether a file may hold several mazes.
        options: names of arguments that ``read`` takes besides.
    """

    read: Callable[..., Contents]
    write: Writer | None = None
    holds_several: bool = False
    options: tuple[str, ...] = ()


PICTURE_OPTIONS = ("threshold", "cell_pixels")
FORMATS = {
    ".jpeg": Format(picture.read, options=PICTURE_OPTIONS),
    ".jpg": Format(picture.read, options=PICTURE_OPTIONS),
    ".map": Format(moving_ai.read, moving_ai.write, options=("costs",)),
    ".npy": Format(arrays.read_npy, arrays.write_npy, holds_several=True),
    ".npz": Format(arrays.read_npz, arrays.write_npz, holds_several=True),
    ".png": Format(picture.read, picture.write, options=PICTURE_OPTIONS),
    ".txt": Format(drawing.read, drawing.write),
    ".webp": Format(picture.read, options=PICTURE_OPTIONS),
}
"""Formats by the end of a file's name."""


def read(path: str | os.PathLike[str], **options: Any) -> Contents:
    """What a file holds: its mazes, and the start and goal if they are marked in it.

    Args:
        path: the file.
        options: ``costs``, of the letters of a ``.map``, see :func:`moving_ai.read`; ``threshold``
            and ``cell_pixels`` of pictures, see :func:`picture.read`. None stands for the default.

    Raises:
        OSError: the file cannot be opened.
        TypeError: a cost is no number.
        ValueError: its name has an end that is not known, or one whose format has no such option.
        MazeFormatError: it does not hold mazes in the format that its name tells.
    """
    file = Path(path)
    chosen = _format_of(file, FORMATS)
    _log.info("Reading %s", file)
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name not in chosen.options:
            known = ", ".join(end for end, one in FORMATS.items() if name in one.options)
            raise ValueError(f"{path}: {name}: expected a name that ends in one of {known}")
    contents = chosen.read(file, **given)
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
    writable = {end: one for end, one in FORMATS.items() if one.write}
    chosen = _format_of(file, writable)
    assert chosen.write is not None
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


def _format_of(path: Path, formats: Mapping[str, Format]) -> Format:
    try:
        return formats[path.suffix.lower()]
    except KeyError:
        known = ", ".join(formats)
        raise ValueError(f"{path}: expected a name that ends in one of {known}") from None
