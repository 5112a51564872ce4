"""Search problems: a world, a start and a goal each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_count, read_only
from mlsearch.base.errors import MazeFormatError
from mlsearch.base.seeding import checked_seed, child_seed
from mlsearch.domains.maze import files as maze_files
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.maze.mazes import Mazes, generate_mazes


@dataclass(frozen=True, eq=False)
class Problems:
    """Search problems: find a way from start to goal.

    Args:
        mazes: N mazes, one for each problem.
        starts: int32 [N], free cells.
        goals: int32 [N], free cells.

    Raises:
        TypeError: ``starts`` or ``goals`` is not of integers.
        ValueError: one has another shape, or a cell is not on the map or a wall; the message
            names the first such problem.
    """

    mazes: Mazes
    starts: NDArray[np.int32]
    goals: NDArray[np.int32]

    def __post_init__(self) -> None:
        if not isinstance(self.mazes, Mazes):
            raise TypeError(f"mazes: expected Mazes, got {type(self.mazes).__name__}")
        for name in ("starts", "goals"):
            cells = _checked_endpoints(self.mazes, name, getattr(self, name))
            object.__setattr__(self, name, cells)

    @classmethod
    def sample(cls, mazes: Mazes, seed: int = 1, per_maze: int = 1) -> Problems:
        """Problems with start and goal uniform over the free cells, independent of each other.

        The start may equal the goal, and the goal may be unreachable on mazes that are not
        connected (those of :meth:`Mazes.generate` are). Problem i draws from (seed, i) alone.

        Args:
            mazes: B mazes.
            seed: 0 to 2**64 - 1.
            per_maze: problems on each maze; problem ``b * per_maze + j`` is on maze b.

        Returns:
            ``B * per_maze`` problems.

        Raises:
            ValueError: a maze has no free cell, or an argument is out of range.
        """
        per_maze = checked_count("per_maze", per_maze, 1)
        starts, goals = _core.sample_problems(mazes.walls, per_maze, checked_seed(seed), 0)
        owners = np.repeat(np.arange(len(mazes)), per_maze)
        return cls(mazes if per_maze == 1 else mazes[owners], starts, goals)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Problems:
        """The problem of a ``.txt`` file with ``S`` at the start and ``G`` or ``E`` at the goal.

        Raises:
            OSError, ValueError, MazeFormatError: as of :meth:`Mazes.load`; also where the file
                has no start or no goal.
        """
        found = maze_files.read(path)
        if found.start is None or found.goal is None:
            missing = "start S" if found.start is None else "goal G"
            raise MazeFormatError(f"{path}: expected a start S and a goal G, got no {missing}")
        ends = (np.array([cell], np.int32) for cell in (found.start, found.goal))
        return cls(Mazes._of(found.walls), *ends)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a single problem to a ``.txt`` file, as :meth:`load` reads it.

        Raises:
            OSError: the file cannot be written.
            ValueError: its name has another end, there are several problems, or the start is
                the goal.
        """
        maze_files.write(path, self.mazes.walls, self.starts, self.goals)

    @classmethod
    def from_maze_dataset(cls, mazes: Any) -> Problems:
        """As :meth:`Mazes.from_maze_dataset`, of ``SolvedMaze`` from its start to its end.

        Raises:
            TypeError, ValueError: as there, or an object has no ``start_pos`` and ``end_pos``.
        """
        return cls(Mazes.from_maze_dataset(mazes), *maze_files.ends_of_lattices(mazes))

    @cached_property
    def optimal(self) -> NDArray[np.int32]:
        """The length of the shortest path, int32 [N], in steps; -1 where there is none."""
        return read_only(_core.shortest_distances(self.mazes.walls, self.starts, self.goals, 0))

    def __len__(self) -> int:
        return len(self.mazes)

    def __getitem__(self, index: Any) -> Problems:
        """The problem at an integer, or those at a slice, an index array or a mask."""
        mazes = self.mazes[index]
        return Problems(mazes, self.starts[index].reshape(-1), self.goals[index].reshape(-1))


def _checked_endpoints(mazes: Mazes, name: str, cells: ArrayLike) -> NDArray[np.int32]:
    checked = mazes._checked_cells(name, cells)
    if checked.ndim != 1:
        raise ValueError(f"{name}: expected shape [N], got {list(checked.shape)}")
    walls = np.flatnonzero(~mazes.is_free(checked))
    if len(walls) > 0:
        first = int(walls[0])
        raise ValueError(f"{name}: cell {checked[first]} of problem {first} is a wall")
    return np.asarray(read_only(checked.copy()), np.int32)


def checked_cells(name: str, cells: ArrayLike, mazes: Mazes) -> NDArray[np.int32]:
    """``cells`` as one cell for each problem: N where ``mazes`` has N mazes or one.

    Args:
        name: what messages call the argument.
        cells: integers [N], or a single one.
        mazes: the mazes they are on.

    Returns:
        int32 [N].

    Raises:
        TypeError: ``cells`` is not of integers.
        ValueError: the number does not fit, or a cell is not on the map.
    """
    array = np.atleast_1d(np.asarray(cells))
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integers, got dtype {array.dtype}")
    if array.ndim != 1 or len(mazes) not in (1, len(array)):
        wanted = "[N]" if len(mazes) == 1 else f"[{len(mazes)}], one for each maze"
        raise ValueError(f"{name}: expected shape {wanted}, got {list(array.shape)}")
    outside = np.flatnonzero((array < 0) | (array >= mazes.num_cells))
    if len(outside) > 0:
        first = int(outside[0])
        raise ValueError(
            f"{name}: problem {first}: cell {array[first]} is outside 0 .. {mazes.num_cells - 1}"
        )
    return np.array(array, np.int32)


def sample_problems(mazes: MazeConfig, num: int, seed: int, part: str) -> Problems:
    """``num`` problems on as many mazes, of a named part of the data.

    Args:
        mazes: which mazes.
        num: number of problems.
        seed: 0 to 2**64 - 1.
        part: "validation" or "test"; parts share no random stream with each other or with
            the mazes of training, whatever their seeds.
    """
    walls = generate_mazes(mazes, num, child_seed(seed, part, "mazes"))
    return Problems.sample(walls, seed=child_seed(seed, part, "problems"))
