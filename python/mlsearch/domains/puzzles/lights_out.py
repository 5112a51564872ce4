"""Lights Out: press a light, and it and its neighbours switch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_count, read_only
from mlsearch.base.streams import Streams
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.pictures import Picture
from mlsearch.domains.puzzles import pictures, text
from mlsearch.domains.puzzles.baselines import misplaced
from mlsearch.domains.puzzles.compiled import CompiledPuzzle
from mlsearch.domains.puzzles.exact.lights import Presses
from mlsearch.domains.puzzles.one_world import OneWorld, refuse


@dataclass(frozen=True)
class LightsOut(OneWorld):
    """Lights Out on a square board. A state is the lights row by row, 1 where there is light.

    Move ``row * n + column`` presses a light: it and those above, below, left and right switch.

    Args:
        size: rows and columns, 2 to 11.

    Raises:
        TypeError: it is no integer.
        ValueError: it is out of range.
    """

    size: int = 7

    num_values: ClassVar[int] = 2
    yardstick: ClassVar[str] = "lit"
    baselines: ClassVar[Mapping[str, Callable[..., Any]]] = {"lit": misplaced}

    def __post_init__(self) -> None:
        if not 2 <= checked_count("size", self.size, 0) <= 11:
            raise ValueError(f"size: expected 2 to 11, got {self.size}")

    @property
    def name(self) -> str:
        """Such as lights_out7."""
        return f"lights_out{self.size}"

    @property
    def kind(self) -> str:
        """Boards of this size."""
        return f"{self.size} x {self.size} Lights Out boards"

    @property
    def walk_length(self) -> int:
        """No state needs more: each light is pressed at most once."""
        return self.size**2

    @cached_property
    def move_names(self) -> tuple[str, ...]:
        """The numbers of the lights."""
        return tuple(map(str, range(self.size**2)))

    @cached_property
    def switches(self) -> NDArray[np.uint8]:
        """Which lights (columns) a press (rows) switches: uint8 ``[n**2, n**2]``, symmetric."""
        row, column = np.divmod(np.arange(self.size**2), self.size)
        away = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
        return read_only((away <= 1).astype(np.uint8))

    @property
    def most_changed(self) -> int:
        """The most lights that a press switches."""
        return int(self.switches.sum(axis=1).max())

    @cached_property
    def compiled(self) -> CompiledPuzzle:
        """The puzzle in compiled code."""
        return CompiledPuzzle(_core.toggles(self.switches))

    @cached_property
    def goal_state(self) -> NDArray[np.uint8]:
        """All lights out, uint8 ``[n**2]``."""
        return read_only(np.zeros(self.size**2, np.uint8))

    @cached_property
    def quiet(self) -> NDArray[np.uint8]:
        """Presses that change nothing, of which all others are sums: uint8 ``[Q, n**2]``.

        A board can be put out if it has an even number of lights in common with each: the matrix
        of switches is symmetric. Its rank is n**2 - Q.
        """
        return read_only(null_space(self.switches))

    @cached_property
    def presses(self) -> Presses:
        """The shortest solutions of all boards."""
        return Presses(self.switches)

    def optimal(self, starts: Rows, goals: Rows, worlds: Int32s) -> Int32s:
        """The fewest presses, int32 ``[N]``, known for every board."""
        return self.presses.distances(starts, goals)

    def check_states(self, name: str, states: Rows, worlds: Int32s) -> None:
        """Raises ValueError unless presses put out the lights of states."""
        refuse(name, (states > 1).any(axis=1), "expected lights 0 and 1")
        is_stuck = (states.astype(np.int64) @ self.quiet.T % 2 == 1).any(axis=1)
        rank = self.size**2 - len(self.quiet)
        refuse(name, is_stuck, f"no presses put out these lights (2**{rank} boards can be)")

    def uniform_states(self, worlds: Int32s, draws: NDArray[np.uint64]) -> Rows:
        """Uniformly random boards: int32 ``[M]``, uint64 ``[M]`` to uint8 ``[M, n**2]``.

        Each light is pressed or not: every board comes from as many presses as any other.
        """
        streams, every = Streams(0, draws), np.arange(len(draws))
        words = np.stack([streams.bits(every), streams.bits(every)], axis=1)
        bits = np.unpackbits(words.astype("<u8").view(np.uint8), axis=1)[:, : self.size**2]
        return (bits.astype(np.int64) @ self.switches % 2).astype(np.uint8)

    def read_state(self, words: str, world: int = 0) -> NDArray[np.uint8]:
        """A state from rows of 0 and 1, uint8 ``[n**2]``."""
        return text.read_letters(words, "01", self.size**2)

    def state_text(self, state: ArrayLike, world: int = 0) -> str:
        """A state as rows of 0 and 1."""
        rows = np.asarray(state).reshape(self.size, self.size).tolist()
        return "\n".join("".join(map(str, row)) for row in rows)

    @cached_property
    def picture(self) -> Picture:
        """The board."""
        return pictures.lights_picture(self.size)


def null_space(matrix: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A basis of the x with x @ matrix = 0 over GF(2): uint8 ``[n, n]`` to ``[Q, n]``.

    Source: elimination of Gauss, with the rows that were added kept beside.
    """
    size = len(matrix)
    rows = np.hstack([matrix, np.eye(size, dtype=np.uint8)])
    rank = 0
    for column in range(size):
        pivots = np.flatnonzero(rows[rank:, column]) + rank
        if len(pivots) == 0:
            continue
        rows[[rank, pivots[0]]] = rows[[pivots[0], rank]]
        others = np.flatnonzero(rows[:, column])
        rows[others[others != rank]] ^= rows[rank]
        rank += 1
    return np.ascontiguousarray(rows[rank:, size:])
