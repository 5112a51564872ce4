"""Batches of grid mazes and their ground-truth distances."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import checked_count, read_only
from mlsearch.base.seeding import checked_seed
from mlsearch.domains.contract import Domain
from mlsearch.domains.costs import Costs, cost_dtype
from mlsearch.domains.extras import require
from mlsearch.domains.maze import files as maze_files
from mlsearch.domains.maze.movement import Movement, Moves, checked_movement
from mlsearch.domains.maze.walls import checked_size, checked_walls
from mlsearch.domains.maze.worlds import MazeWorlds

Generator: TypeAlias = Literal["percolation", "depth_first", "wilson", "prim"]

MAX_ALL_DISTANCES_BYTES = 2**34


def domain_of(name: str, given: Any) -> Any:
    """A domain itself, or the mazes of an array of walls.

    Args:
        name: what messages call the argument.
        given: a domain, or walls as :class:`Mazes` takes them.

    Raises:
        TypeError: it is neither.
        ValueError: as of :class:`Mazes`.
    """
    if isinstance(given, list | tuple) or hasattr(given, "__array__"):
        return Mazes(given)
    require(given, Domain, name)
    return given


class Mazes(MazeWorlds):
    """A batch of wall maps of one shape; outside of the map is wall.

    A state is a free cell, the flat index ``row * width + column``. Moves go up, down, left and
    right, and with ``moves="eight"`` also to the four diagonals: these cost the square root of 2
    and are open only where both cells beside them are free. A move into a cell costs as many times
    as much as ``costs`` says.

    Args:
        walls: bool, or integers 0 and 1, [B, H, W] or [H, W] for a single maze; True or 1
            is a wall. B >= 1, and H and W from 2 to 4096. Copied.
        moves: "four" or "eight".
        costs: of cells, numbers from 1e-6 to 1e6, [B, H, W] or [H, W]; those of walls do not
            matter. None where each is 1.

    Raises:
        TypeError: ``walls`` is not of bool or integers, or ``costs`` not of numbers.
        ValueError: one has another shape or other values, or there are no such moves.
    """

    def __init__(
        self, walls: ArrayLike, moves: Moves = "four", costs: ArrayLike | None = None
    ) -> None:
        self._walls = checked_walls(walls)
        self._movement = checked_movement(self._walls, moves, costs)

    @classmethod
    def generate(
        cls,
        num: int,
        size: int | tuple[int, int] = 20,
        generator: Generator = "percolation",
        wall_probability: float = 0.35,
        loops: float = 0.0,
        seed: int = 0,
        first: int = 0,
        num_threads: int = 0,
        moves: Moves = "four",
    ) -> Mazes:
        """Random mazes; maze i depends only on the parameters, ``seed`` and i.

        In a ``"percolation"`` maze each cell is a wall with ``wall_probability``, then all free
        cells outside the largest connected component become walls. A draw that has no two
        connected free cells is repeated, up to 100 draws for each maze.

        The others are spanning trees of rooms at even (row, column), the free cell between two
        rooms joining them: ``"depth_first"`` (backtracking: long corridors), ``"prim"``
        (grown along uniformly drawn edges: many short dead ends) and ``"wilson"`` (uniform
        over all spanning trees).

        Args:
            num: number of mazes, at least 1.
            size: the side of square mazes, or (height, width); each from 2 to 4096.
            generator: one of the four above.
            wall_probability: at least 0 and below 1; used by ``"percolation"`` alone.
            loops: 0 to 1, the probability with which each wall left between two neighbouring
                rooms is opened; 0 for ``"percolation"``, which has no rooms.
            seed: 0 to 2**64 - 1.
            first: number of the first maze; ``num`` mazes from there on are made.
            num_threads: 0 for all cores. It does not change the result.
            moves: "four" or "eight"; the walls are the same.

        Raises:
            TypeError: an argument is of the wrong type.
            ValueError: an argument is out of range, or 100 draws of a maze did not suffice.

        Source: Wilson, "Generating random spanning trees more quickly than the cover time"
        (1996).
        """
        height, width = checked_size(size)
        walls = _core.generate(
            checked_count("num", num, 1),
            height,
            width,
            generator,
            wall_probability,
            loops,
            checked_seed(seed),
            checked_count("first", first, 0),
            checked_count("num_threads", num_threads, 0),
        )
        return cls._of(walls, checked_movement(walls, moves, None))

    @classmethod
    def mapped(
        cls,
        walls: NDArray[np.uint8],
        moves: Moves = "four",
        costs: ArrayLike | None = None,
    ) -> Mazes:
        """As the constructor, without a copy: for walls mapped from a file larger than the memory.

        Args:
            walls: uint8 [B, H, W], C-contiguous; do not write to it from now on.
            moves, costs: as of the constructor; the costs are copied.

        Raises:
            TypeError, ValueError: as of the constructor.
        """
        checked = checked_walls(walls, copy=False)
        return cls._of(checked, checked_movement(checked, moves, costs))

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        moves: Moves = "four",
        costs: Mapping[str, float] | None = None,
        threshold: int | None = None,
        cell_pixels: int | None = None,
    ) -> Mazes:
        """The mazes of a file; the end of its name says which format it is in.

        - ``.map``: a map of the Moving AI benchmarks.
        - ``.txt``: a drawing, ``#`` for walls and spaces or ``.`` for free cells.
        - ``.png``, ``.jpg``, ``.webp``: a picture, dark pixels for walls.
        - ``.npy``: an array as the constructor takes it; ``.npz``: an archive with the array
          ``walls``.

        Args:
            path: the file. What may be in it: docs/formats.md.
            moves: "four" or "eight".
            costs: what it costs to enter the cells of letters of a ``.map``, such as
                ``{"S": 3, "W": 5}``; these cells are free. All other free cells cost 1.
            threshold: of a picture: a pixel is a wall if its brightest channel is below, 1 to 255;
                None for 128.
            cell_pixels: of a picture: the side of a cell in pixels, 1 to 64; None for 1. A cell
                is a wall if one of its pixels is.

        Raises:
            OSError: the file cannot be opened.
            ValueError: its name ends in none of these, or an option does not fit.
            MazeFormatError: it does not hold a maze in that format; the message says where.
        """
        found = maze_files.read(path, costs=costs, threshold=threshold, cell_pixels=cell_pixels)
        return cls._of(found.walls, checked_movement(found.walls, moves, found.costs))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the walls of the mazes to a file; see :meth:`load` for the formats.

        A file of that name is replaced only after the new one is complete.

        Raises:
            OSError: the file cannot be written.
            ValueError: its name has another end, there are several mazes and the format
                holds one, or the mazes have costs, which ``Problems.save`` keeps.
        """
        if self.costs is not None:
            raise ValueError(
                f"{path}: files of mazes hold no costs; save Problems as .npz or .json"
            )
        maze_files.write(path, self._walls)

    @classmethod
    def from_maze_dataset(cls, mazes: Any) -> Mazes:
        """The mazes of the package maze-dataset, which need not be installed.

        A maze of R x C rooms becomes one of 2 R - 1 x 2 C - 1 cells: rooms at even (row,
        column), the cell between two rooms free if they are connected, all others walls.

        Args:
            mazes: a ``LatticeMaze`` or ``SolvedMaze``, or any object with ``connection_list``,
                bool [2, R, C]: whether a room is connected to the one below, and to the one
                on its right. Or several of them, such as a ``MazeDataset``, of one size.

        Raises:
            TypeError: an object has no such array.
            ValueError: the array has another shape, connects rooms to the outside, or the
                sizes differ.
        """
        return cls._of(checked_walls(maze_files.walls_of_lattices(mazes), copy=False), Movement())

    def to_maze_dataset(self) -> list[Any]:
        """The mazes as ``maze_dataset.LatticeMaze`` objects.

        Raises:
            ImportError: the package maze-dataset is not installed.
            ValueError: a maze is none of rooms at even (row, column), all of them free, with
                walls where four rooms meet.
        """
        return maze_files.lattices_of_walls(self._walls)

    def __iter__(self) -> Iterator[Mazes]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Mazes:
        """The maze at an integer, or those at a slice, an index array or a mask, as a batch."""
        selected = self._walls[index]
        if selected.ndim == 2:
            selected = selected[np.newaxis]
        if selected.ndim != 3 or selected.shape[1:] != self.shape or len(selected) == 0:
            raise IndexError(f"expected to select at least one whole maze, got index {index!r}")
        return Mazes._of(np.ascontiguousarray(selected), self._movement.part(index))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mazes):
            return NotImplemented
        return self._movement == other._movement and np.array_equal(self._walls, other._walls)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        eight = ", eight moves" if self.moves == "eight" else ""
        costs = ", with costs" if self.costs is not None else ""
        return f"Mazes({len(self)} of {self.shape.height} x {self.shape.width}{eight}{costs})"

    def is_free(self, cells: ArrayLike) -> NDArray[np.bool_]:
        """Whether cells are free.

        Args:
            cells: integers, [B] or [B, ...], cells of maze b at index b.

        Returns:
            bool, in the shape of ``cells``.

        Raises:
            TypeError: ``cells`` is not of integers.
            ValueError: it has another shape, or a cell is not on the map.
        """
        checked = self._checked_cells("cells", cells)
        flat = self._walls.reshape(len(self), -1)
        walls = np.take_along_axis(flat, checked.reshape(len(self), -1), axis=1)
        return np.logical_not(walls).reshape(checked.shape)

    def all_distances(self, num_threads: int = 0) -> Costs:
        """Ground-truth distances between all pairs of cells: steps, or costs.

        Args:
            num_threads: 0 for all cores.

        Returns:
            int32 [B, H * W, H * W], the distance to cell i from cell j at [b, i, j]; float64
            for costs. Symmetric unless cells have costs; -1 between cells that are not connected,
            and for walls.

        Raises:
            ValueError: the result would take more than 16 GiB.
        """
        itemsize = np.dtype(cost_dtype(self)).itemsize
        size = itemsize * len(self) * self.num_cells**2
        if size > MAX_ALL_DISTANCES_BYTES:
            raise ValueError(
                f"all distances of {self!r} would take {size / 2**30:.1f} GiB, the limit is "
                f"{MAX_ALL_DISTANCES_BYTES / 2**30:.0f} GiB: pass fewer mazes at a time"
            )
        goals = np.tile(self.all_states(), (len(self), 1))
        threads = checked_count("num_threads", num_threads, 0)
        fields = self._movement.fields(self._walls, goals, threads)
        return fields.reshape(len(self), self.num_cells, self.num_cells)

    @classmethod
    def _of(cls, walls: NDArray[np.uint8], movement: Movement) -> Mazes:
        """Mazes of an array that is known to be good and ours."""
        mazes = cls.__new__(cls)
        mazes._walls, mazes._movement = read_only(walls), movement
        return mazes
