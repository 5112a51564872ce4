"""Grid mazes as a domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_count, checked_integers, read_only
from mlsearch.base.copies import kept, restore
from mlsearch.domains.contract import Rows, States
from mlsearch.domains.costs import Costs
from mlsearch.domains.extras import CompiledWalks, Symmetries
from mlsearch.domains.maze import moves
from mlsearch.domains.maze.cells import check_free, flat_cells, is_pair
from mlsearch.domains.maze.movement import NUM_MOVES, Movement, Moves
from mlsearch.domains.maze.searcher import MazeSearcher
from mlsearch.domains.maze.symmetry import MazeSymmetries
from mlsearch.domains.maze.walks import compiled_walks
from mlsearch.domains.maze.walls import Shape


class MazeWorlds:
    """What :class:`~mlsearch.domains.maze.mazes.Mazes` are as a domain: maps and their moves.

    A state is a free cell, the flat index ``row * width + column``. See
    :mod:`mlsearch.domains.contract` and :mod:`mlsearch.domains.extras`.
    """

    _walls: NDArray[np.uint8]
    _movement: Movement

    states = States(np.int32)
    is_reversible = True
    name, policy = "maze", "shortest"
    budget = None

    __getstate__, __setstate__ = kept, restore

    @property
    def moves(self) -> Moves:
        """The moves, "four" or "eight"."""
        return self._movement.moves

    @property
    def num_moves(self) -> int:
        """4 or 8."""
        return NUM_MOVES[self.moves]

    @property
    def costs(self) -> NDArray[np.float64] | None:
        """What it costs to enter cells, float64 [B, H, W], read-only; None where that is 1."""
        return self._movement.costs

    @property
    def move_costs(self) -> NDArray[np.float64] | None:
        """What each of eight moves costs before the cell's cost; None for four, which cost 1."""
        return self._movement.move_costs

    @property
    def entry_costs(self) -> Callable[..., NDArray[np.float64]] | None:
        """What it costs to enter cells, a function of int32 [M] and worlds int32 [M]; or None."""
        if (costs := self._movement.costs) is None:
            return None
        return lambda states, worlds: costs.reshape(len(self), -1)[worlds, states]

    @cached_property
    def least_costs(self) -> NDArray[np.float32]:
        """The least cost of a free cell of each maze, float32 [B, 1, 1]."""
        return self._movement.least_costs(self._walls)

    @property
    def yardstick(self) -> str:
        """The best of the baselines that know no walls: "octile" for eight moves."""
        return "octile" if self._movement.has_diagonals else "euclidean"

    @property
    def walls(self) -> NDArray[np.uint8]:
        """Wall maps, uint8 [B, H, W], 1 is a wall; read-only and C-contiguous."""
        return self._walls

    @property
    def shape(self) -> Shape:
        """(height, width) of each maze."""
        return Shape(*self._walls.shape[1:])

    @property
    def num_cells(self) -> int:
        """Number of cells of each maze, walls included."""
        return self.shape.height * self.shape.width

    @cached_property
    def num_free(self) -> NDArray[np.int32]:
        """Number of free cells of each maze, int32 [B]."""
        free = np.count_nonzero(self._walls == 0, axis=(1, 2))
        return read_only(np.asarray(free, np.int32))

    def __len__(self) -> int:
        return len(self._walls)

    def distances(self, goals: ArrayLike, num_threads: int = 0) -> Costs:
        """Ground-truth distances: the fewest steps from every cell to the goals.

        With eight moves, or costs of cells, the least sums of costs.

        Args:
            goals: integers [B], one goal per maze, or [B, K].
            num_threads: 0 for all cores.

        Returns:
            int32 [B, H, W] or [B, K, H, W], float64 for costs; -1 on walls and where the goal
            cannot be reached, so -1 everywhere if the goal is a wall.

        Raises:
            TypeError: ``goals`` is not of integers.
            ValueError: it has another shape, or a goal is not on the map.

        Source: breadth-first search; Dijkstra (1959), with the buckets of Dial (1969).
        """
        checked = self._checked_cells("goals", goals)
        if checked.ndim > 2:
            raise ValueError(f"goals: expected shape [B] or [B, K], got {list(checked.shape)}")
        table = np.ascontiguousarray(checked.reshape(len(self), -1))
        threads = checked_count("num_threads", num_threads, 0)
        fields = self._movement.fields(self._walls, table, threads)
        return fields.reshape(*checked.shape, *self.shape)

    def _checked_cells(self, name: str, cells: ArrayLike) -> NDArray[np.int32]:
        for pair in filter(is_pair, [cells, *cells] if isinstance(cells, list | tuple) else ()):
            raise ValueError(
                f"{name}: expected cells, each row * {self.shape.width} + column, got {pair}"
            )
        array = checked_integers(name, cells)
        if array.ndim == 0 or len(array) != len(self):
            raise ValueError(
                f"{name}: expected one entry for each of {len(self)} mazes, "
                f"got shape {list(array.shape)}"
            )
        bad = (array < 0) | (array >= self.num_cells)
        if bad.any():
            index = np.argwhere(bad)[0].tolist()
            raise ValueError(
                f"{name}: expected cells from 0 to {self.num_cells - 1}, "
                f"got {array[tuple(index)]} at {index}"
            )
        return np.ascontiguousarray(array, np.int32)

    @property
    def num_states(self) -> int:
        """H * W: a state is its cell, and walls are states that no move leads to."""
        return self.num_cells

    num_features = walk_length = num_states

    @property
    def kind(self) -> str:
        """The mazes in the plural."""
        sizes = f"{self.shape.height} x {self.shape.width} mazes"
        return sizes + (" with eight moves" if self._movement.has_diagonals else "")

    def neighbours(self, states: NDArray[np.int32], worlds: NDArray[np.int32]) -> NDArray[np.int32]:
        """Where the moves lead from cells: int32 [M] (both) to [M, 4] or [M, 8]."""
        return moves.neighbours(self._walls, worlds, states, self._movement.has_diagonals)

    def origins(self, worlds: NDArray[np.int32], draws: NDArray[np.uint64]) -> NDArray[np.int32]:
        """Free cells: int32 [M], uint64 [M] to int32 [M]."""
        rank = (draws % self.num_free[worlds].astype(np.uint64)).astype(np.int64)
        free_first = np.argsort(self._walls.reshape(len(self), -1), axis=1, kind="stable")
        return free_first[worlds, rank].astype(np.int32)

    def features(self, states: NDArray[np.int32]) -> NDArray[np.int32]:
        """A state is the agent's cell on the map of walls: int32 [M] to [M, 1]."""
        return states[:, np.newaxis]

    def world_features(self) -> NDArray[np.uint8]:
        """The walls: uint8 [B, H * W]."""
        return self._walls.reshape(len(self), -1)

    @property
    def board_shape(self) -> tuple[int, int, int]:
        """(1, H, W): walls and the agent are on one plane."""
        return (1, *self.shape)

    def maps(self) -> NDArray[np.uint8]:
        """The walls: uint8 [B, H, W]."""
        return self._walls

    def places(self, states: NDArray[np.int32]) -> NDArray[np.int32]:
        """Cells themselves: int32 [M]."""
        return states

    def index(self, states: NDArray[np.int32]) -> NDArray[np.int32]:
        """Cells themselves: int32 [M]."""
        return states

    def all_states(self) -> NDArray[np.int32]:
        """Every cell: int32 [H * W]."""
        return np.arange(self.num_cells, dtype=np.int32)

    def check_states(self, name: str, states: Rows, worlds: NDArray[np.int32]) -> None:
        """Raises ValueError unless cells are free: int32 [M], int32 [M]."""
        check_free(name, states, worlds, self)

    def given_states(self, name: str, values: ArrayLike) -> ArrayLike:
        """Cells from cells or pairs (row, column); raises ValueError for what may be either."""
        return flat_cells(name, values, self.shape)

    def optimal(self, starts: Rows, goals: Rows, worlds: NDArray[np.int32]) -> Costs:
        """Shortest distances between free cells: int32 [N] (all) to [N], -1 without a way."""
        return self._movement.between(self._walls, starts, goals)

    def draw_problems(self, per_world: int, seed: int) -> tuple[Rows, Rows]:
        """Starts and goals uniform over the free cells: int32 [B * per_world] each.

        Raises:
            ValueError: a maze has none.
        """
        for maze in np.flatnonzero(self.num_free == 0)[:1]:
            raise ValueError(f"mazes: maze {maze} has no free cell (1 is wall, 0 is free)")
        return _core.sample_problems(self._walls, per_world, seed, 0)

    def random_states(self, each: int, seed: int) -> NDArray[np.int32]:
        """Free cells, uniform and with replacement: int32 [B, each]."""
        random = np.random.default_rng(seed)
        free = [np.flatnonzero(walls.reshape(-1) == 0) for walls in self._walls]
        return np.array([random.choice(cells, each) for cells in free], np.int32)

    @property
    def compiled(self) -> MazeSearcher:
        """Searches in compiled code."""
        return MazeSearcher(self._walls, self._movement)

    @property
    def walks(self) -> Mapping[str, CompiledWalks]:
        """The policies "shortest", "noisy" and "random_walk"."""
        return compiled_walks(self._walls, self._movement)

    @property
    def check_walks(self) -> Callable[..., None] | None:
        """Compiled code that raises ValueError unless trajectories are paths of four moves."""
        if self._movement.has_diagonals:
            return None
        return lambda worlds, states, offsets: _core.check_trajectories(
            self._walls, worlds, states, offsets, 0
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The walls, and the costs of cells where there are any."""
        costs = self._movement.costs
        return {"walls": self._walls} | ({} if costs is None else {"costs": costs})

    @cached_property
    def symmetries(self) -> Symmetries:
        """Flips and, of square mazes, transpositions."""
        return MazeSymmetries(self.shape)

    @property
    def baselines(self) -> Mapping[str, Any]:
        """``mlsearch.domains.maze.baselines.BASELINES``, for eight moves with "octile"."""
        from mlsearch.domains.maze.baselines import baselines_of_moves

        return baselines_of_moves(self._movement.has_diagonals)

    @cached_property
    def landmark_fields(self) -> Costs:
        """What ``mlsearch.domains.maze.landmarks`` makes of the maps, made once and kept."""
        from mlsearch.domains.maze.landmarks import landmark_fields

        return landmark_fields(self)  # type: ignore[arg-type]

    @property
    def settings(self) -> Any:
        """A ``MazeConfig`` of this size and these moves."""
        from mlsearch.domains.maze.config import MazeConfig

        return MazeConfig(height=self.shape.height, width=self.shape.width, moves=self.moves)
