"""Batches of random levels of Sokoban, made by several threads."""

from __future__ import annotations

import operator
import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.checks import checked_count
from mlsearch.base.seeding import checked_seed
from mlsearch.base.settings import check_range
from mlsearch.domains.puzzles.levels import MAX_SIDE

MIN_SIDE = 5
MAX_BOXES = 32
CELLS_PER_BOX = 8
"""Inside the border; with fewer, most boxes would never leave the targets."""

PART = 2**16
"""Cells times boxes that are made between two chances for Ctrl-C, in about 0.03 s."""


class Generated(NamedTuple):
    """The arrays of B levels: uint8 ``[B, H, W]`` twice, and uint8 ``[B, H * W + 2]``."""

    walls: NDArray[np.uint8]
    targets: NDArray[np.uint8]
    starts: NDArray[np.uint8]


def generated(
    num: int, size: int | tuple[int, int], num_boxes: int, seed: int, first: int, num_threads: int
) -> Generated:
    """Random levels; the arguments and what they raise are those of ``Sokoban.generate``."""
    from mlsearch.domains.puzzles.sokoban_rooms import MAX_ROOMS, make_levels  # imports Numba

    height, width, boxes = checked_kind(size, num_boxes)
    total, begin = checked_count("num", num, 1), checked_count("first", first, 0)
    root, cells = np.uint64(checked_seed(seed)), height * width
    threads = checked_count("num_threads", num_threads, 0) or os.cpu_count()
    walls = np.empty((total, height, width), np.uint8)
    targets, starts = np.zeros((total, cells), np.uint8), np.zeros((total, cells + 2), np.uint8)
    rows = max(1, PART // (cells * boxes))

    def make(here: int) -> None:
        part = [array[here : here + rows] for array in (walls, targets, starts)]
        made = make_levels(root, np.uint64(begin + here), boxes, *part)
        if made < len(part[0]):
            raise ValueError(
                f"num_boxes: {MAX_ROOMS} rooms did not suffice for {boxes} boxes in level "
                f"{begin + here + made}; take fewer, or larger levels"
            )

    pool = ThreadPoolExecutor(threads)
    try:
        list(pool.map(make, range(0, total, rows)))  # raises the first error
    finally:
        pool.shutdown(cancel_futures=True)
    return Generated(walls, targets.reshape(walls.shape), starts)


def checked_kind(size: int | tuple[int, int], num_boxes: int) -> tuple[int, int, int]:
    """Height, width and boxes of levels, each as an int.

    Raises:
        TypeError, ValueError: as of ``Sokoban.generate``.
    """
    sides = size if isinstance(size, tuple | list) else (size, size)
    try:
        height, width = map(operator.index, sides)
    except (TypeError, ValueError):
        raise TypeError(f"size: expected an integer or (height, width), got {size!r}") from None
    check_range("height", height, MIN_SIDE, MAX_SIDE)
    check_range("width", width, MIN_SIDE, MAX_SIDE)
    most = min((height - 2) * (width - 2) // CELLS_PER_BOX, MAX_BOXES)
    if not 1 <= checked_count("num_boxes", num_boxes, 1) <= most:
        raise ValueError(
            f"num_boxes: expected 1 to {most} in levels of {height} x {width}, got {num_boxes}"
        )
    return height, width, int(num_boxes)
