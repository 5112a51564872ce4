"""How much of the two experiments of ``mlsearch reproduce`` is run, by the name of ``--scale``."""

from __future__ import annotations

from typing import NamedTuple


class Scale(NamedTuple):
    """How much of the report's experiment is run.

    Attributes:
        steps: optimizer steps of the methods of ``reproduction.PROTOCOL``; the others train as
            long as their recipe says, or these if they are fewer.
        num_trajectories: to learn from.
        num_problems: unseen ones, to score on.
        num_validation: problems that scores during training are measured on.
    """

    steps: int
    num_trajectories: int
    num_problems: int
    num_validation: int


SCALES = {
    "smoke": Scale(150, 200, 100, 50),
    "short": Scale(100_000, 4000, 1000, 200),
    "full": Scale(1_000_000, 4000, 1000, 200),
}


class PuzzleScale(NamedTuple):
    """How much of the comparison on puzzles is run.

    Attributes:
        steps: of each run.
        num_problems: to score on.
        scramble: moves of each.
    """

    steps: int
    num_problems: int
    scramble: int


PUZZLE_SCALES = {
    "smoke": PuzzleScale(30, 4, 4),
    "short": PuzzleScale(2_000, 50, 1000),
    "full": PuzzleScale(4_000, 20, 1000),
}
