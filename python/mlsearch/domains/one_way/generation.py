"""Random mazes with one-way doors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.seeding import child_seed
from mlsearch.base.streams import Streams
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.one_way.cells import FIRST_ARROW, ahead
from mlsearch.domains.one_way.walks import uniform


def random_codes(
    num: int,
    size: int,
    wall_probability: float,
    arrow_probability: float,
    seed: int,
    first: int = 0,
    num_threads: int = 0,
) -> NDArray[np.uint8]:
    """Percolation mazes, some of whose free cells get arrows.

    The walls are those of :meth:`Mazes.generate`. Each free cell draws an arrow with
    ``arrow_probability``, uniformly towards one of the free cells beside it, from
    ``Stream(seed, maze * size**2 + cell)``.

    Returns:
        uint8 [num, size, size], codes of :mod:`mlsearch.domains.one_way.cells`.

    Raises:
        TypeError, ValueError: as of :meth:`Mazes.generate`.
    """
    mazes = Mazes.generate(
        num,
        size,
        wall_probability=wall_probability,
        seed=child_seed(seed, "walls"),
        first=first,
        num_threads=num_threads,
    )
    codes = np.array(mazes.walls)
    is_floor = codes == 0
    beside = np.stack([ahead(is_floor, move) for move in range(4)], axis=-1)
    cells = np.flatnonzero(is_floor)  # each has a free one beside it
    streams = Streams(child_seed(seed, "arrows"), cells + first * size**2)
    every = np.arange(len(cells))
    has_arrow = uniform(streams.bits(every)) < arrow_probability
    choices = beside.reshape(-1, 4)[cells]
    rank = streams.below(every, choices.sum(axis=1))
    move = (choices.cumsum(axis=1) > rank[:, np.newaxis]).argmax(axis=1)
    codes.reshape(-1)[cells[has_arrow]] = FIRST_ARROW + move[has_arrow]
    return codes
