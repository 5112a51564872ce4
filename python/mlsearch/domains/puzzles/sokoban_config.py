"""Which levels of Sokoban a run is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.streams import Streams
from mlsearch.domains.puzzles.sokoban import Sokoban


@dataclass(frozen=True)
class SokobanConfig:
    """Levels drawn from a file; level i depends on the file, the seed and i alone.

    Args:
        path: of the file, see :meth:`Sokoban.load`.
    """

    path: str = ""

    def make(self, num: int, seed: int, first: int = 0, num_threads: int = 0) -> Sokoban:
        """``num`` levels, uniform over those of the file, from number ``first`` on.

        Raises:
            ValueError: there is no path.
            OSError, MazeFormatError: as of :meth:`Sokoban.load`.
        """
        if not self.path:
            raise ValueError("domain.path: expected a file of levels of Sokoban, got none")
        levels = Sokoban.load(self.path)
        streams, every = Streams(seed, np.arange(first, first + num)), np.arange(num)
        return levels[streams.below(every, np.full(num, len(levels)))]

    def restored(self, arrays: Mapping[str, NDArray[Any]]) -> Sokoban:
        """The levels of ``Sokoban.arrays``.

        Raises:
            ValueError: there are other arrays, or they are those of no levels.
        """
        levels = Sokoban.restored(arrays)
        levels.path = self.path
        return levels
