"""Trajectories: paths through mazes, the data that distances are learned from."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_count, integers_as
from mlsearch.base.errors import MazeFormatError
from mlsearch.data.folder import read_folder, writing
from mlsearch.data.walks import Walker, Walks
from mlsearch.domains.maze.mazes import Mazes


class Trajectories:
    """A ragged batch of trajectories: trajectory i visits the states s_0 .. s_L, one move apart.

    Args:
        mazes: the mazes that the trajectories run through.
        maze_index: integers [N], the maze of each trajectory.
        cells: integers [total], the states of all trajectories, one after the other. The one
            array that is not copied if it is int32, as it may be large or mapped from a file.
        offsets: integers [N + 1]; trajectory i is ``cells[offsets[i]:offsets[i + 1]]`` and has
            at least one state.
        provenance: where the trajectories come from; must be writable as JSON.

    Raises:
        TypeError: an array is not of integers.
        ValueError: a shape does not fit, or a trajectory is not a path of single moves among
            the free cells of its maze; the message names the first such trajectory.
    """

    def __init__(
        self,
        mazes: Mazes,
        maze_index: ArrayLike,
        cells: ArrayLike,
        offsets: ArrayLike,
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(mazes, Mazes):
            raise TypeError(f"mazes: expected Mazes, got {type(mazes).__name__}")
        self._set(
            mazes,
            integers_as("maze_index", maze_index, np.int32).copy(),
            integers_as("cells", cells, np.int32),
            integers_as("offsets", offsets, np.int64).copy(),
            provenance,
        )

    def _set(
        self,
        mazes: Mazes,
        maze_index: NDArray[np.int32],
        cells: NDArray[np.int32],
        offsets: NDArray[np.int64],
        provenance: Mapping[str, Any] | None,
    ) -> None:
        _core.check_trajectories(mazes.walls, maze_index, cells, offsets, 0)
        self.mazes = mazes
        self.maze_index = _read_only(maze_index)
        self.cells = _read_only(cells)
        self.offsets = _read_only(offsets)
        self.provenance = dict(provenance or {})

    @classmethod
    def _of(cls, mazes: Mazes, *arrays: Any) -> Trajectories:
        """As the constructor, without a copy of arrays that no one else will write to."""
        trajectories = cls.__new__(cls)
        trajectories._set(mazes, *arrays)
        return trajectories

    @cached_property
    def lengths(self) -> NDArray[np.int32]:
        """Steps of each trajectory, int32 [N]."""
        offsets = self.offsets
        states = np.subtract(offsets[1:], offsets[:-1], dtype=np.int32, casting="unsafe")
        states -= 1
        return _read_only(states)

    @classmethod
    def sample(
        cls,
        mazes: Mazes,
        per_world: int = 1,
        policy: str | Walker = "shortest",
        seed: int = 0,
        epsilon: float = 0.1,
        min_length: int = 0,
        max_length: int | None = None,
        num_threads: int = 0,
    ) -> Trajectories:
        """Random trajectories; number ``i * per_world + j`` is on maze i.

        Start and goal are uniform over the free cells, drawn again until the distance between
        them lies in ``min_length`` .. ``max_length``.

        - ``"shortest"``: a shortest path; among the moves that come nearer to the goal each is
          equally likely.
        - ``"noisy"``: the same, but with probability ``epsilon`` a uniformly random move; it ends
          at the goal or after ``max_length`` steps.
        - ``"random_walk"``: no goal, ``max_length`` uniformly random moves. The walk from a cell
          without free neighbours has length 0; with ``min_length`` >= 1 its start is drawn again.
        - a name that was added to ``mlsearch.data.walks.POLICIES``, or a function ``f(problems,
          seed)``: it gets the ``Problems`` that ``"shortest"`` would solve, and answers with a
          walk for each, integers [length + 1], its cells in order. No walk is cut.

        Only for ``"shortest"`` is the number of steps between two states of a trajectory their
        distance; for the others it is an upper bound.

        Args:
            mazes: B mazes.
            per_world: trajectories on each maze, at least 1.
            policy: one of those above.
            seed: 0 to 2**64 - 1. Trajectory k depends on the mazes, the parameters, ``seed`` and k.
            epsilon: 0 to 1; used by ``"noisy"`` alone.
            min_length: smallest distance from start to goal, in steps.
            max_length: largest distance from start to goal and largest number of steps;
                the number of cells of a maze if not given.
            num_threads: 0 for all cores. It does not change the result.

        Raises:
            TypeError: an argument is of the wrong type.
            ValueError: an argument is out of range, random walks would take more than 16 GiB, or
                no start and goal were found in 1000 draws; the message names the maze. Or a
                function gave what is no walk.
        """
        walks = Walks(
            num_cells=mazes.num_cells,
            per_world=per_world,
            policy=policy,
            seed=seed,
            epsilon=epsilon,
            min_length=min_length,
            max_length=max_length,
            num_threads=num_threads,
        )
        total = checked_count("len(mazes) * per_world", len(mazes) * per_world, 1)
        return cls(mazes, *walks.part(mazes, 0, 0, total), walks.provenance)

    def __len__(self) -> int:
        return len(self.maze_index)

    def __getitem__(self, index: int) -> NDArray[np.int32]:
        """The states of trajectory ``index``, int32 [length + 1]."""
        position = operator.index(index)
        if not -len(self) <= position < len(self):
            raise IndexError(f"expected a trajectory below {len(self)}, got {index}")
        position %= len(self)
        return self.cells[self.offsets[position] : self.offsets[position + 1]]

    def __repr__(self) -> str:
        return f"Trajectories({len(self)} with {int(self.lengths.sum())} steps on {self.mazes!r})"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a new folder ``path``: one ``.npy`` file per array and ``meta.json``.

        The folder gets its name only when it is complete.

        Raises:
            FileExistsError: ``path`` exists.
            OSError: the folder cannot be written.
        """
        with writing(path) as writer:
            writer.append(self.mazes.walls, self.maze_index, self.cells, self.offsets)
            writer.provenance = self.provenance

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trajectories:
        """The trajectories in a folder written by :meth:`save`; the arrays stay on disk.

        They are mapped and checked piece by piece, so the folder may be larger than the memory.

        Raises:
            OSError: the folder cannot be read.
            MazeFormatError: a file is missing, damaged or of another format; it is named.
        """
        found = read_folder(path)
        walls, *arrays = found.arrays
        try:
            return cls._of(Mazes.mapped(walls), *arrays, found.provenance)
        except (TypeError, ValueError) as error:
            raise MazeFormatError(f"{path}: {error}") from error


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
