"""The symmetries of mazes with one-way doors: those of square mazes, which turn arrows too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Int32s
from mlsearch.domains.maze.symmetry import num_symmetries, transform_cells
from mlsearch.domains.one_way.cells import FIRST_ARROW, LETTERS


class OneWaySymmetries:
    """As :class:`mlsearch.domains.extras.Symmetries`, by the numbers of ``num_symmetries``.

    Args:
        size: the side of the mazes.
    """

    def __init__(self, size: int) -> None:
        self.shape, self.num = (size, size), num_symmetries((size, size))

    def of_worlds(self, domain: Any, numbers: NDArray[np.uint8]) -> Any:
        """Maze i in form ``numbers[i]``, uint8 [B]."""
        codes = domain.codes.reshape(len(domain), -1)
        cells = np.arange(codes.shape[1])
        moved = transform_cells(cells, numbers[:, np.newaxis], self.shape)
        found = np.empty_like(codes)
        turned = _turned_codes()[numbers[:, np.newaxis], codes]
        np.put_along_axis(found, moved.astype(np.int64), turned, axis=1)
        return type(domain)(found.reshape(-1, *self.shape))

    def of_states(self, states: Int32s, numbers: NDArray[np.uint8]) -> Int32s:
        """Where cells [...] are in other forms of their mazes."""
        return transform_cells(states, numbers, self.shape)


def _turned_codes() -> NDArray[np.uint8]:
    """What each code becomes in each form: uint8 [8, 6].

    An arrow turns as the step from the middle of a map of 3 x 3 does.
    """
    middle, steps = 4, np.array([-3, 3, -1, 1])
    numbers = np.arange(8)[:, np.newaxis]
    after = transform_cells(middle + steps, numbers, (3, 3)) - middle
    arrows = FIRST_ARROW + (after[..., np.newaxis] == steps).argmax(axis=-1)
    codes = np.tile(np.arange(len(LETTERS)), (8, 1))
    codes[:, FIRST_ARROW:] = arrows
    return codes.astype(np.uint8)
