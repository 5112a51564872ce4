"""TopSpin and pancakes: puzzles on a row of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.checks import checked_count, read_only
from mlsearch.base.streams import Streams
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.puzzles.baselines import gap, misplaced
from mlsearch.domains.puzzles.one_world import check_values
from mlsearch.domains.puzzles.permutation import Permuting
from mlsearch.domains.puzzles.shuffles import shuffled


class _Line(Permuting):
    size: int

    @cached_property
    def goal_state(self) -> NDArray[np.uint8]:
        """1, 2, ..., n: uint8 ``[n]``."""
        return read_only(np.arange(1, self.size + 1, dtype=np.uint8))


@dataclass(frozen=True)
class TopSpin(_Line):
    """A ring of numbers with a turntable that turns some of them round.

    The moves are L (all numbers go one place to the left), R and F (the turntable, the first
    ``turntable`` places, reverses its numbers).

    Args:
        size: numbers on the ring, 3 to 255.
        turntable: places on the turntable, 2 to ``size``.

    Raises:
        TypeError: an argument is no integer.
        ValueError: an argument is out of range.
    """

    size: int = 20
    turntable: int = 4

    move_names: ClassVar[tuple[str, ...]] = ("L", "R", "F")

    def __post_init__(self) -> None:
        if checked_count("size", self.size, 3) > 255:
            raise ValueError(f"size: expected 3 to 255, got {self.size}")
        if checked_count("turntable", self.turntable, 2) > self.size:
            raise ValueError(f"turntable: expected 2 to {self.size}, got {self.turntable}")
        super().__post_init__()

    @property
    def name(self) -> str:
        """Such as topspin20."""
        return f"topspin{self.size}"

    @property
    def walk_length(self) -> int:
        """Several turns of the ring."""
        return 8 * self.size

    @cached_property
    def table(self) -> Int32s:
        """The moves, int32 ``[3, n]``."""
        here = np.arange(self.size)
        flip = np.where(here < self.turntable, self.turntable - 1 - here, here)
        rows = np.stack([np.roll(here, -1), np.roll(here, 1), flip])
        return read_only(rows.astype(np.int32))


@dataclass(frozen=True)
class Pancake(_Line):
    """A stack of pancakes, the largest below when sorted; move "k" flips the upper k.

    Args:
        size: pancakes, 2 to 255.

    Raises:
        TypeError: it is no integer.
        ValueError: it is out of range.
    """

    size: int = 16

    yardstick: ClassVar[str] = "gap"
    baselines: ClassVar[Mapping[str, Callable[..., Any]]] = {"misplaced": misplaced, "gap": gap}

    def __post_init__(self) -> None:
        if checked_count("size", self.size, 2) > 255:
            raise ValueError(f"size: expected 2 to 255, got {self.size}")
        super().__post_init__()

    @property
    def name(self) -> str:
        """Such as pancake16."""
        return f"pancake{self.size}"

    @property
    def walk_length(self) -> int:
        """More than any stack needs (Gates & Papadimitriou 1979: 5 n / 3)."""
        return 2 * self.size

    @cached_property
    def move_names(self) -> tuple[str, ...]:
        """How many pancakes are flipped: 2 .. n."""
        return tuple(str(k) for k in range(2, self.size + 1))

    @cached_property
    def table(self) -> Int32s:
        """The moves, int32 ``[n - 1, n]``."""
        here, upper = np.arange(self.size), np.arange(2, self.size + 1)[:, np.newaxis]
        return read_only(np.where(here < upper, upper - 1 - here, here).astype(np.int32))

    def check_states(self, name: str, states: Rows, worlds: Int32s) -> None:
        """Raises ValueError unless states are the numbers in some order: flips reach them all."""
        check_values(name, states, self.goal_state, "value")

    def uniform_states(self, worlds: Int32s, draws: NDArray[np.uint64]) -> Rows:
        """Uniformly random stacks: int32 ``[M]``, uint64 ``[M]`` to uint8 ``[M, n]``."""
        return (shuffled(Streams(0, draws), len(draws), self.size) + 1).astype(np.uint8)
