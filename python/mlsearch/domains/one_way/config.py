"""Which mazes with one-way doors a run is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from mlsearch.base.settings import check_range
from mlsearch.domains.one_way.cells import MAX_SIDE
from mlsearch.domains.one_way.mazes import OneWayMazes


@dataclass(frozen=True, kw_only=True)
class OneWayConfig:
    """Which mazes. The fields are the arguments of :meth:`OneWayMazes.generate`."""

    size: int = 12
    wall_probability: float = 0.1
    arrow_probability: float = 0.4

    def __post_init__(self) -> None:
        check_range("domain.size", self.size, 2, MAX_SIDE)
        for name in ("wall_probability", "arrow_probability"):
            check_range(f"domain.{name}", getattr(self, name), 0.0, 1.0)

    def make(self, num: int, seed: int, first: int = 0, num_threads: int = 0) -> OneWayMazes:
        """``num`` mazes of this kind, from number ``first`` on."""
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
