"""Which mazes a run is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from numpy.typing import NDArray

from mlsearch.base.settings import check_choice, check_range
from mlsearch.domains.maze.mazes import Generator, Mazes
from mlsearch.domains.maze.movement import NUM_MOVES, Moves
from mlsearch.domains.maze.walls import MAX_SIDE


@dataclass(frozen=True, kw_only=True)
class MazeConfig:
    """Which mazes. The fields are the arguments of ``Mazes.generate``."""

    height: int = 20
    width: int = 20
    generator: str = "percolation"
    wall_probability: float = 0.35
    loops: float = 0.0
    moves: str = "four"

    def __post_init__(self) -> None:
        known = ("percolation", "depth_first", "wilson", "prim")
        check_choice("domain.generator", self.generator, known)
        check_choice("domain.moves", self.moves, tuple(NUM_MOVES))
        for name in ("height", "width"):
            check_range(f"domain.{name}", getattr(self, name), 1, MAX_SIDE)
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
            moves=cast(Moves, self.moves),
        )

    def restored(self, arrays: Mapping[str, NDArray[Any]]) -> Mazes:
        """The mazes of ``Mazes.arrays``, the walls without a copy.

        Raises:
            TypeError: an array is of the wrong type.
            ValueError: there are other arrays, or mazes of another size.
        """
        if not {"walls"} <= arrays.keys() <= {"walls", "costs"}:
            raise ValueError(
                f"expected the arrays walls and perhaps costs of mazes, got {', '.join(arrays)}"
            )
        mazes = Mazes.mapped(arrays["walls"], cast(Moves, self.moves), arrays.get("costs"))
        if mazes.shape != (self.height, self.width):
            raise ValueError(
                f"walls: expected mazes of {self.height} x {self.width}, got shape "
                f"{list(mazes.walls.shape)}"
            )
        return mazes
