"""Which levels of Sokoban a run is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.settings import check_range
from mlsearch.base.streams import Streams
from mlsearch.domains.puzzles.levels import MAX_SIDE
from mlsearch.domains.puzzles.sokoban import Sokoban
from mlsearch.domains.puzzles.sokoban_states import most_boxes


@dataclass(frozen=True)
class SokobanConfig:
    """Random levels, or levels drawn from a file; level i depends on these, the seed and i alone.

    Args:
        path: of the file, see :meth:`Sokoban.load`; "" for random levels.
        height: of random levels, see :meth:`Sokoban.generate`.
        width: of random levels.
        num_boxes: of random levels.
    """

    path: str = ""
    height: int = 10
    width: int = 10
    num_boxes: int = 4

    def __post_init__(self) -> None:
        for name in ("height", "width", "num_boxes"):
            value = getattr(self, name)
            if self.path and value != getattr(SokobanConfig, name):
                raise ValueError(f"domain.{name}: expected none beside domain.path, got {value}")
        # Levels from elsewhere may be of other sizes than random ones, which ``make`` checks.
        check_range("domain.height", self.height, 1, MAX_SIDE)
        check_range("domain.width", self.width, 1, MAX_SIDE)
        check_range("domain.num_boxes", self.num_boxes, 1, MAX_SIDE**2)

    def make(self, num: int, seed: int, first: int = 0, num_threads: int = 0) -> Sokoban:
        """``num`` levels from number ``first`` on: random, or uniform over those of the file.

        Raises:
            ValueError: as of :meth:`Sokoban.generate`.
            OSError, MazeFormatError: as of :meth:`Sokoban.load`.
        """
        if not self.path:
            return Sokoban.generate(
                num,
                size=(self.height, self.width),
                num_boxes=self.num_boxes,
                seed=seed,
                first=first,
                num_threads=num_threads,
            )
        levels = Sokoban.load(self.path)
        streams, every = Streams(seed, np.arange(first, first + num)), np.arange(num)
        return levels[streams.below(every, np.full(num, len(levels)))]

    def restored(self, arrays: Mapping[str, NDArray[Any]]) -> Sokoban:
        """The levels of ``Sokoban.arrays``.

        Older folders have no ``max_boxes``; it is then the most boxes of a level.

        Raises:
            ValueError: there are other arrays, or they are those of no levels.
        """
        names = ("walls", "targets", "starts")
        if arrays.keys() - {"max_boxes"} != set(names):
            raise ValueError(f"expected {', '.join(names)} and max_boxes, got {', '.join(arrays)}")
        walls, targets, starts = (arrays[name] for name in names)
        if walls.ndim != 3 or walls.size == 0 or max(walls.shape[1:]) > MAX_SIDE:
            raise ValueError(
                f"walls: expected levels with sides up to {MAX_SIDE}, got shape {list(walls.shape)}"
            )
        _check_array("walls", walls, walls.shape, most=1)
        _check_array("targets", targets, walls.shape, most=1)
        _check_array("starts", starts, (len(walls), walls[0].size + 2), most=MAX_SIDE)
        max_boxes = _max_boxes(starts, arrays.get("max_boxes"))
        levels = Sokoban._of(walls, targets, starts, self.path, max_boxes)
        worlds = np.arange(len(levels), dtype=np.int32)
        levels.check_states("starts", levels.starts, worlds)
        levels.check_states("targets", levels.goals, worlds)
        return levels


def _max_boxes(starts: NDArray[np.uint8], found: NDArray[Any] | None) -> int:
    """The number in all rows of the array ``max_boxes``, if there is one.

    Raises:
        ValueError: the array is no such number for each level, or one that is too small.
    """
    most = most_boxes(starts)
    if found is None:
        return most
    is_good = found.dtype == np.int32 and found.shape == (len(starts),)
    if not is_good or not most <= found.min() == found.max() <= MAX_SIDE**2:
        raise ValueError(
            f"max_boxes: expected int32 of shape [{len(starts)}], the same number from {most} to "
            f"{MAX_SIDE**2} for each level; got {found.dtype} of shape {list(found.shape)}"
        )
    return int(found[0])


def _check_array(name: str, array: NDArray[Any], shape: tuple[int, ...], most: int) -> None:
    """Raises ValueError unless an array is uint8 of a shape, and no number is larger."""
    if array.dtype != np.uint8 or array.shape != shape:
        raise ValueError(
            f"{name}: expected uint8 of shape {list(shape)}, got {array.dtype} of shape "
            f"{list(array.shape)}"
        )
    if array.max() > most:
        raise ValueError(f"{name}: expected numbers up to {most}, got {array.max()}")
