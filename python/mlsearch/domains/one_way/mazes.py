"""Batches of mazes with one-way doors, as a domain."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import checked_count
from mlsearch.base.copies import kept, restore
from mlsearch.base.seeding import checked_seed
from mlsearch.base.streams import Streams
from mlsearch.domains.contract import Int32s, States
from mlsearch.domains.extras import CompiledWalks, Symmetries
from mlsearch.domains.maze.cells import flat_cells
from mlsearch.domains.one_way.baselines import BASELINES
from mlsearch.domains.one_way.cells import (
    FIRST_ARROW,
    LETTERS,
    WALL,
    checked_codes,
    open_moves,
    read_codes,
)
from mlsearch.domains.one_way.generation import random_codes
from mlsearch.domains.one_way.picture import maze_looks, maze_picture
from mlsearch.domains.one_way.symmetry import OneWaySymmetries
from mlsearch.domains.one_way.tables import AT_ONCE, distance_tables
from mlsearch.domains.one_way.walks import draw_ends, policies
from mlsearch.domains.pictures import Picture, draw


class OneWayMazes:
    """A batch of square mazes, some of whose free cells carry an arrow.

    A state is a free cell, the flat index ``row * size + column``. Moves go up, down, left and
    right; a cell with an arrow can be entered from any side and left along the arrow alone. So
    there are ways without a way back, and cells from which a goal cannot be reached any more.

    Args:
        codes: integers [B, H, H], or [H, H] for a single maze: 0 is free, 1 a wall, 2 to 5 an
            arrow up, down, left and right. H from 2 to 1024. Copied.

    Raises:
        TypeError: ``codes`` is not of integers.
        ValueError: it has another shape or other values, or a maze has no free cell.
    """

    states, num_moves, is_reversible = States(np.int32), 4, False
    name, policy, yardstick, budget = "one_way", "shortest", "euclidean", None
    move_names = ("up", "down", "left", "right")
    baselines: ClassVar[Mapping[str, Any]] = BASELINES

    __getstate__, __setstate__ = kept, restore

    def __init__(self, codes: ArrayLike) -> None:
        self.codes: NDArray[np.uint8] = checked_codes(codes)
        """uint8 [B, H, H], read-only."""

    @classmethod
    def generate(
        cls,
        num: int,
        size: int = 12,
        wall_probability: float = 0.1,
        arrow_probability: float = 0.4,
        seed: int = 0,
        first: int = 0,
        num_threads: int = 0,
    ) -> OneWayMazes:
        """Random mazes; maze i depends only on the parameters, ``seed`` and i.

        The walls are those of a "percolation" maze of :meth:`mlsearch.Mazes.generate`. A free
        cell gets an arrow with ``arrow_probability``, towards one of the free cells beside it.

        Args:
            num: number of mazes, at least 1.
            size: their side, 2 to 1024.
            wall_probability: at least 0 and below 1.
            arrow_probability: 0 to 1.
            seed: 0 to 2**64 - 1.
            first: number of the first maze; ``num`` mazes from there on are made.
            num_threads: 0 for all cores. It does not change the result.

        Raises:
            TypeError: an argument is of the wrong type.
            ValueError: an argument is out of range, or 100 draws of a maze did not suffice.
        """
        if not 0 <= arrow_probability <= 1:
            raise ValueError(f"arrow_probability: expected 0 to 1, got {arrow_probability}")
        number = checked_count("first", first, 0)
        probabilities = (wall_probability, arrow_probability)
        return cls(random_codes(num, size, *probabilities, checked_seed(seed), number, num_threads))

    @classmethod
    def parse(cls, text: str) -> OneWayMazes:
        """The maze of a drawing: ``.`` free, ``#`` a wall, ``^ v < >`` arrows.

        Raises:
            ValueError: it is no square of these letters; the message says where.
        """
        return cls(read_codes(text))

    def text(self, world: int = 0) -> str:
        """The drawing of a maze, as :meth:`parse` reads it."""
        return "\n".join("".join(LETTERS[code] for code in row) for row in self.codes[world])

    @property
    def size(self) -> int:
        """H, the side of each maze."""
        return self.codes.shape[1]

    @property
    def kind(self) -> str:
        """The mazes in the plural."""
        return f"{self.size} x {self.size} one-way mazes"

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, worlds: Any) -> OneWayMazes:
        """The maze at an integer, or those at a slice, an index array or a mask, as a batch."""
        chosen = np.arange(len(self))[worlds].reshape(-1)
        if len(chosen) == 0:
            raise IndexError(f"expected to select at least one maze, got index {worlds!r}")
        return OneWayMazes(self.codes[chosen])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OneWayMazes):
            return NotImplemented
        return np.array_equal(self.codes, other.codes)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"OneWayMazes({len(self)} of {self.size} x {self.size})"

    # What makes them a domain ---------------------------------------------------------------

    @cached_property
    def _allowed(self) -> NDArray[np.bool_]:
        """Which moves are open: bool [4, B, H, H]."""
        return open_moves(self.codes)

    @cached_property
    def _is_free(self) -> NDArray[np.bool_]:
        """Which cells are free: bool [B, H * H]."""
        return self.codes.reshape(len(self), -1) != WALL

    @cached_property
    def _free_first(self) -> Int32s:
        """The cells of each maze, free ones first: int32 [B, H * H]."""
        return np.argsort(~self._is_free, axis=1, kind="stable").astype(np.int32)

    def neighbours(self, states: Int32s, worlds: Int32s) -> Int32s:
        """Up, down, left and right of cells: int32 [M] (both) to [M, 4]."""
        is_open = self._allowed.reshape(4, len(self), -1)[:, worlds, states].T
        steps = np.array([-self.size, self.size, -1, 1], np.int32)
        return states[:, np.newaxis] + steps * is_open

    def origins(self, worlds: Int32s, draws: NDArray[np.uint64]) -> Int32s:
        """Free cells: int32 [M], uint64 [M] to int32 [M]."""
        num_free = self._is_free.sum(axis=1).astype(np.uint64)
        return self._free_first[worlds, (draws % num_free[worlds]).astype(np.int64)]

    @property
    def num_features(self) -> int:
        """6 for each cell: the agent, a wall, and four arrows."""
        return (1 + WALL + 4) * self.num_states

    def features(self, states: Int32s) -> Int32s:
        """The agent's cell: int32 [M] to [M, 1]."""
        return states[:, np.newaxis]

    def world_features(self) -> NDArray[np.uint8]:
        """Walls at H * H + cell, arrows in direction k at (2 + k) * H * H + cell.

        uint8 [B, 6 * H * H].
        """
        flat = self.codes.reshape(len(self), 1, -1)
        found = flat == np.arange(FIRST_ARROW + 4)[:, np.newaxis]
        found[:, 0] = False  # where the agent is, is no matter of the world
        return found.reshape(len(self), -1).astype(np.uint8)

    @property
    def num_states(self) -> int:
        """H * H: a state is its cell, and walls are states that no move leads to."""
        return self.size**2

    walk_length = num_states

    def index(self, states: Int32s) -> Int32s:
        """Cells themselves: int32 [M]."""
        return states

    def all_states(self) -> Int32s:
        """Every cell: int32 [H * H]."""
        return np.arange(self.num_states, dtype=np.int32)

    def distances(self, goals: Int32s) -> Int32s:
        """The fewest moves from every cell: int32 [B], a goal for each maze, to [B, H * H]."""
        every = np.arange(len(self), dtype=np.int32)
        return distance_tables(self._allowed, every, np.asarray(goals, np.int32))

    def optimal(self, starts: Int32s, goals: Int32s, worlds: Int32s) -> Int32s:
        """The fewest moves: int32 [N] (all) to [N], -1 without a way."""
        found = np.empty(len(starts), np.int32)
        for begin in range(0, len(starts), AT_ONCE):
            part = slice(begin, begin + AT_ONCE)
            tables = distance_tables(self._allowed, worlds[part], goals[part])
            found[part] = tables[np.arange(len(tables)), starts[part]]
        return found

    def draw_problems(self, per_world: int, seed: int) -> tuple[Int32s, Int32s]:
        """Goals uniform over the free cells, starts over those with a way to the goal.

        int32 [B * per_world] each; the start may be the goal. Problem i draws from (seed, i).
        """
        worlds = np.repeat(np.arange(len(self), dtype=np.int32), per_world)
        starts, goals = np.empty((2, len(worlds)), np.int32)
        for begin in range(0, len(worlds), AT_ONCE):
            part = slice(begin, begin + AT_ONCE)
            streams = Streams(seed, np.arange(begin, begin + len(worlds[part])))
            bounds = (0, self.num_states)
            ends = draw_ends(self._allowed, self._is_free, worlds[part], streams, *bounds)
            starts[part], goals[part] = ends.starts, ends.goals
        return starts, goals

    def random_states(self, each: int, seed: int) -> Int32s:
        """Free cells, uniform and with replacement: int32 [B, each]."""
        worlds = np.repeat(np.arange(len(self), dtype=np.int32), each)
        items = np.arange(len(worlds))
        return self.origins(worlds, Streams(seed, items).bits(items)).reshape(len(self), each)

    @property
    def walks(self) -> Mapping[str, CompiledWalks]:
        """The policies "shortest" and "noisy"."""
        return policies(self._allowed, self._is_free)

    @cached_property
    def symmetries(self) -> Symmetries:
        """Flips and transpositions, which turn the arrows too."""
        return OneWaySymmetries(self.size)

    def check_states(self, name: str, states: Int32s, worlds: Int32s) -> None:
        """Raises ValueError unless cells are free: int32 [M], int32 [M]."""
        is_on_map = (states >= 0) & (states < self.num_states)
        bad = ~is_on_map | ~self._is_free[worlds, np.where(is_on_map, states, 0)]
        for i in np.flatnonzero(bad)[:1]:
            outside = f"outside 0 .. {self.num_states - 1}"
            what = "a wall (1 is wall, 0 is free)" if is_on_map[i] else outside
            raise ValueError(f"{name}: problem {i}: cell {states[i]} is {what}")

    def given_states(self, name: str, values: ArrayLike) -> ArrayLike:
        """Cells from cells or pairs (row, column); raises ValueError for what may be either."""
        return flat_cells(name, values, (self.size, self.size))

    def arrays(self) -> dict[str, NDArray[np.uint8]]:
        """What a folder of trajectories holds of the mazes: uint8, one row a maze."""
        return {"codes": self.codes}

    @property
    def settings(self) -> Any:
        """A ``OneWayConfig`` of this size."""
        from mlsearch.domains.one_way.config import OneWayConfig

        return OneWayConfig(size=self.size)

    @cached_property
    def picture(self) -> Picture:
        """A maze and a cell of it."""
        return maze_picture(self.size)

    def looks(self, states: Int32s, worlds: Int32s) -> NDArray[np.uint8]:
        """What is in each cell, as in :attr:`picture`: int32 [M], int32 [M] to uint8 [M, H * H]."""
        return maze_looks(self.codes[worlds], states)

    def draw(self, state: ArrayLike, axes: Any, world: int = 0) -> None:
        """Draws a state on matplotlib axes."""
        draw(self, state, axes, world)
