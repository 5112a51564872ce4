"""Which mazes a run is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from numpy.typing import NDArray

from mlsearch.base.settings import check_choice, check_range
from mlsearch.domains.maze.mazes import Generator, Mazes


@dataclass(frozen=True, kw_only=True)
class MazeConfig:
    """Which mazes. The fields are the arguments of ``Mazes.generate``."""

    height: int = 20
    width: int = 20
    generator: str = "percolation"
    wall_probability: float = 0.35
    loops: float = 0.0

    def __post_init__(self) -> None:
        known = ("percolation", "depth_first", "wilson", "prim")
        check_choice("domain.generator", self.generator, known)
        for name in ("height", "width"):
            check_range(f"domain.{name}", getattr(self, name), 2, 4096)
        for name in ("wall_probability", "loops"):
            check_range(f"domain.{name}", getattr(self, name), 0.0, 1.0)

    def make(self, num: int, seed: int, first: int = 0, num_threads: int = 0) -> Mazes:
        """``num`` mazes of this kind, from number ``first`` on."""
        return Mazes.generate(
            num,
            size=(self.height, self.width),
            generator=cast(Generator, self.generator),
            wall_probability=self.wall_probability,
            loops=self.loops,
            seed=seed,
            first=first,
            num_threads=num_threads,
        )

    def restored(self, arrays: Mapping[str, NDArray[Any]]) -> Mazes:
        """The mazes of ``Mazes.arrays``, without a copy.

        Raises:
            ValueError: there are other arrays, or mazes of another size.
        """
        if arrays.keys() != {"walls"}:
            raise ValueError(f"expected the array walls of mazes, got {', '.join(arrays)}")
        mazes = Mazes.mapped(arrays["walls"])
        if mazes.shape != (self.height, self.width):
            raise ValueError(
                f"walls: expected mazes of {self.height} x {self.width}, got shape "
                f"{list(mazes.walls.shape)}"
            )
        return mazes
