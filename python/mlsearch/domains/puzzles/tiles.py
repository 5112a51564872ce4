"""Sliding tiles: the 8-, 15-, 24- and 35-puzzle."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_count, read_only
from mlsearch.base.settings import check_choice
from mlsearch.base.streams import Streams
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.pictures import Picture
from mlsearch.domains.puzzles import pictures, text
from mlsearch.domains.puzzles.baselines import linear_conflict, manhattan
from mlsearch.domains.puzzles.compiled import CompiledPuzzle
from mlsearch.domains.puzzles.exact.tables import StateTable
from mlsearch.domains.puzzles.exact.tiles import tile_distances
from mlsearch.domains.puzzles.one_world import check_values, refuse
from mlsearch.domains.puzzles.shuffles import are_odd, shuffled
from mlsearch.domains.puzzles.tabled import Tabled

OPTIMAL_NODES = 10**7
"""Of the search for the optimum of a 15-puzzle, about a second."""


@dataclass(frozen=True)
class Tiles(Tabled):
    """Sliding tiles on a square board. A state is the tiles row by row; 0 is the blank.

    The moves take the blank up, down, left and right. They are named by the direction in which the
    tile goes: D, U, R and L.

    Args:
        size: rows and columns, 3 to 6.
        blank: where the blank of the goal 1, 2, ... is: "last", or "first" as in Korf's instances.

    Raises:
        TypeError: ``size`` is no integer.
        ValueError: ``size`` or ``blank`` is another one.
    """

    size: int = 4
    blank: str = "last"

    move_names: ClassVar[tuple[str, ...]] = ("D", "U", "R", "L")
    yardstick: ClassVar[str] = "linear_conflict"
    baselines: ClassVar[Mapping[str, Callable[..., Any]]] = {
        "manhattan": manhattan,
        "linear_conflict": linear_conflict,
    }

    def __post_init__(self) -> None:
        if not 3 <= checked_count("size", self.size, 0) <= 6:
            raise ValueError(f"size: expected 3 to 6, got {self.size}")
        check_choice("blank", self.blank, ("first", "last"))
        self.count_states(math.factorial(9) // 2 if self.size == 3 else None)

    @property
    def name(self) -> str:
        """Such as tiles4."""
        return f"tiles{self.size}"

    @property
    def kind(self) -> str:
        """Such as 15-puzzles."""
        return f"{self.size**2 - 1}-puzzles"

    @property
    def walk_length(self) -> int:
        """Enough to come far: 80 moves for 8 tiles, 150 for 15, 240 for 24, 350 for 35."""
        return 10 * (self.size**2 - 1)

    @cached_property
    def compiled(self) -> CompiledPuzzle:
        """The puzzle in compiled code."""
        return CompiledPuzzle(_core.tiles(self.size))

    @cached_property
    def goal_state(self) -> NDArray[np.uint8]:
        """The tiles in order, uint8 ``[n**2]``."""
        tiles = np.arange(self.size**2, dtype=np.uint8)
        return read_only(tiles if self.blank == "first" else np.roll(tiles, -1))

    def make_table(self) -> StateTable:
        """All boards of the 8-puzzle."""
        return StateTable.of_tiles((self.size, self.size), self.goal_state)

    def optimal_of_large(self, starts: Rows, goals: Rows) -> Int32s:
        """Of 15-puzzles, by IDA* with 10**7 nodes for each: int32 ``[N]``, -1 beyond.

        That is enough for all of Korf's instances, a tenth of a second each on one core, after
        some seconds for its tables. Nothing is known of larger puzzles.
        """
        if self.size > 4:
            return super().optimal_of_large(starts, goals)
        return tile_distances(starts, goals, (self.size, self.size), max_nodes=OPTIMAL_NODES)

    def check_states(self, name: str, states: Rows, worlds: Int32s) -> None:
        """Raises ValueError unless moves lead from states to the goal."""
        check_values(name, states, self.goal_state, "tile")
        is_odd = self._are_odd(states)
        message = "two tiles are swapped (odd parity): no moves lead to the goal"
        refuse(name, is_odd, f"{message} with the blank {self.blank}")

    def uniform_states(self, worlds: Int32s, draws: NDArray[np.uint64]) -> Rows:
        """Uniformly random boards: int32 ``[M]``, uint64 ``[M]`` to uint8 ``[M, n**2]``."""
        states = shuffled(Streams(0, draws), len(draws), self.size**2).astype(np.uint8)
        is_odd = self._are_odd(states)
        one, two = (states == 1) & is_odd[:, np.newaxis], (states == 2) & is_odd[:, np.newaxis]
        states[one], states[two] = 2, 1
        return states

    def _are_odd(self, states: Rows) -> NDArray[np.bool_]:
        """Whether no moves lead to the goal: each swaps the blank with a tile, and takes it on."""
        goal = self.goal_state[np.newaxis]
        places = (np.concatenate([states, goal]) == 0).argmax(axis=1)
        steps = places // self.size + places % self.size  # of the blank, from the first place
        swaps = np.concatenate([are_odd(states), are_odd(goal)]) ^ (steps % 2 == 1)
        return np.asarray(swaps[:-1] != swaps[-1])

    def read_state(self, words: str, world: int = 0) -> NDArray[np.uint8]:
        """A state from its numbers row by row, 0 for the blank: uint8 ``[n**2]``."""
        return text.read_numbers(words, self.size**2)

    def state_text(self, state: ArrayLike, world: int = 0) -> str:
        """A state as rows of numbers."""
        rows = np.asarray(state).reshape(self.size, self.size).tolist()
        width = len(str(self.size**2 - 1))
        return "\n".join(" ".join(f"{tile:{width}}" for tile in row) for row in rows)

    @cached_property
    def picture(self) -> Picture:
        """The board."""
        return pictures.tiles_picture(self.size)
