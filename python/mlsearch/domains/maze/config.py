"""Which mazes a run is about."""

from __future__ import annotations

from dataclasses import dataclass

from mlsearch.base.settings import check_choice, check_range


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
        check_choice("mazes.generator", self.generator, known)
        for name in ("height", "width"):
            check_range(f"mazes.{name}", getattr(self, name), 2, 4096)
        for name in ("wall_probability", "loops"):
            check_range(f"mazes.{name}", getattr(self, name), 0.0, 1.0)
