"""How mazes with one-way doors look."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.one_way.cells import LETTERS, WALL
from mlsearch.domains.pictures import Look, Picture, Shape, grid

WALL_COLOUR, FLOOR_COLOUR, PLACE = "#3b3b3b", "#f3efe6", "#8db4e2"
ARROWS = ("", "", "↑", "↓", "←", "→")


def maze_picture(size: int) -> Picture:
    """Looks 0 to 5 are the codes of cells; 6 more, and the state is there."""
    colours = [WALL_COLOUR if code == WALL else FLOOR_COLOUR for code in range(len(LETTERS))]
    grounds = [Shape("square", colour, 1, False) for colour in colours]
    here = Shape("disc", PLACE, 0.7)
    free = [Look((ground,), arrow) for ground, arrow in zip(grounds, ARROWS, strict=True)]
    return Picture(grid(size, size), [*free, *(Look((*s, here), arrow) for s, arrow in free)])


def maze_looks(codes: NDArray[np.uint8], cells: NDArray[np.int32]) -> NDArray[np.uint8]:
    """The look of each cell: codes ``[M, H, H]`` and int32 ``[M]`` to uint8 ``[M, H * H]``."""
    looks = codes.reshape(len(cells), -1).copy()
    looks[np.arange(len(cells)), cells] += len(LETTERS)
    return looks
