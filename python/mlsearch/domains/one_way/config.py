"""Which mazes with one-way doors a run is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.settings import check_range
from mlsearch.base.streams import Streams
from mlsearch.domains.one_way.cells import MAX_SIDE
from mlsearch.domains.one_way.mazes import OneWayMazes


@dataclass(frozen=True, kw_only=True)
class OneWayConfig:
    """Which mazes; the first three fields are arguments of :meth:`OneWayMazes.generate`.

    Args:
        size: of the mazes.
        wall_probability: of a cell.
        arrow_probability: of a free cell.
        num_different: 0 to generate every maze anew. Otherwise so many mazes exist, those of
            seed 0; all others are drawn from them, so that training and tests have the same ones.
    """

    size: int = 12
    wall_probability: float = 0.1
    arrow_probability: float = 0.4
    num_different: int = 0

    def __post_init__(self) -> None:
        check_range("domain.size", self.size, 2, MAX_SIDE)
        for name in ("wall_probability", "arrow_probability"):
            check_range(f"domain.{name}", getattr(self, name), 0.0, 1.0)
        check_range("domain.num_different", self.num_different, 0, 2**20)

    def make(self, num: int, seed: int, first: int = 0, num_threads: int = 0) -> OneWayMazes:
        """``num`` mazes of this kind, from number ``first`` on."""
        if self.num_different == 0:
            return self._generated(num, seed, first, num_threads)
        streams, every = Streams(seed, np.arange(first, first + num)), np.arange(num)
        drawn = streams.below(every, np.full(num, self.num_different))
        return self._generated(self.num_different, 0, 0, num_threads)[drawn]

    def _generated(self, num: int, seed: int, first: int, num_threads: int) -> OneWayMazes:
        return OneWayMazes.generate(
            num,
            size=self.size,
            wall_probability=self.wall_probability,
            arrow_probability=self.arrow_probability,
            seed=seed,
            first=first,
            num_threads=num_threads,
        )

    def restored(self, arrays: Mapping[str, NDArray[Any]]) -> OneWayMazes:
        """The mazes of ``OneWayMazes.arrays``.

        Raises:
            TypeError, ValueError: there are other arrays, or mazes of another size.
        """
        if arrays.keys() != {"codes"}:
            raise ValueError(f"expected the array codes of mazes, got {', '.join(arrays)}")
        mazes = OneWayMazes(arrays["codes"])
        if mazes.size != self.size:
            raise ValueError(f"codes: expected mazes of side {self.size}, got {mazes.size}")
        return mazes
