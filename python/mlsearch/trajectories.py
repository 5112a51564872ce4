"""Trajectories: paths through mazes, the data that distances are learned from."""

from __future__ import annotations

import hashlib
import json
import operator
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from mlsearch import _core
from mlsearch.errors import MazeFormatError
from mlsearch.files import replacing
from mlsearch.mazes import Mazes, Problems
from mlsearch.policies import Walker, walker_of, walks
from mlsearch.seeding import checked_seed, child_seed

FORMAT = "mlsearch-trajectories"
VERSION = 1
ARRAYS = ("walls", "maze_index", "cells", "offsets")
META = "meta.json"
MAX_BYTES = 2**34  # of the cells of random walks


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
        self.mazes = mazes
        self.maze_index = _read_only(checked_integers("maze_index", maze_index, np.int32).copy())
        self.cells = _read_only(checked_integers("cells", cells, np.int32))
        self.offsets = _read_only(checked_integers("offsets", offsets, np.int64).copy())
        self.provenance = dict(provenance or {})
        _core.check_trajectories(mazes.walls, self.maze_index, self.cells, self.offsets, 0)
        self.lengths = _read_only((np.diff(self.offsets) - 1).astype(np.int32))

    @classmethod
    def sample(
        cls,
        mazes: Mazes,
        per_maze: int = 1,
        policy: str | Walker = "shortest",
        seed: int = 0,
        epsilon: float = 0.1,
        min_length: int = 0,
        max_length: int | None = None,
        num_threads: int = 0,
    ) -> Trajectories:
        """Random trajectories; number ``i * per_maze + j`` is on maze i.

        Start and goal are uniform over the free cells, drawn again until the distance between
        them lies in ``min_length`` .. ``max_length``.

        - ``"shortest"``: a shortest path; among the moves that come nearer to the goal each is
          equally likely.
        - ``"noisy"``: the same, but with probability ``epsilon`` a uniformly random move; it ends
          at the goal or after ``max_length`` steps.
        - ``"random_walk"``: no goal, ``max_length`` uniformly random moves. The walk from a cell
          without free neighbours has length 0; with ``min_length`` >= 1 its start is drawn again.
        - a name that was added to ``mlsearch.policies.POLICIES``, or a function ``f(problems,
          seed)``: it gets the ``Problems`` that ``"shortest"`` would solve, and answers with a
          walk for each, integers [length + 1], its cells in order. No walk is cut.

        Only for ``"shortest"`` is the number of steps between two states of a trajectory their
        distance; for the others it is an upper bound.

        Args:
            mazes: B mazes.
            per_maze: trajectories on each maze, at least 1.
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
        walker = walker_of(policy)
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon: expected 0 to 1, got {epsilon}")
        randomness = {"noisy": float(epsilon), "random_walk": 1.0}.get(str(policy), 0.0)
        number = checked_count("per_maze", per_maze, 1)
        shortest = checked_count("min_length", min_length, 0)
        longest = mazes.num_cells if max_length is None else max_length
        longest = checked_count("max_length", longest, shortest)
        if policy == "random_walk":
            _check_total(len(mazes) * number * (longest + 1))
        cells, offsets = _core.sample_trajectories(
            mazes.walls,
            number,
            policy != "random_walk",
            randomness,
            shortest,
            longest,
            child_seed(seed, "trajectories"),
            checked_count("num_threads", num_threads, 0),
        )
        provenance = {
            "policy": getattr(policy, "__name__", str(policy)),
            "seed": checked_seed(seed),
            "per_maze": number,
            "epsilon": randomness,
            "min_length": shortest,
            "max_length": longest,
        }
        owners = np.repeat(np.arange(len(mazes), dtype=np.int32), number)
        if walker:
            problems = Problems(mazes[owners], cells[offsets[:-1]], cells[offsets[1:] - 1])
            cells, offsets = walks(walker, problems, child_seed(seed, "policy"))
        return cls(mazes, owners, cells, offsets, provenance)

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
        target = Path(path)
        if target.exists():
            raise FileExistsError(f"{target} exists already")
        with replacing(target) as folder:
            folder.mkdir()
            self._write(folder)

    def _write(self, folder: Path) -> None:
        arrays = (self.mazes.walls, self.maze_index, self.cells, self.offsets)
        for name, array in zip(ARRAYS, arrays, strict=True):
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
        meta = {
            "format": FORMAT,
            "version": VERSION,
            "sha256": {name: _checksum(folder / f"{name}.npy") for name in ARRAYS},
            "provenance": self.provenance,
        }
        (folder / META).write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trajectories:
        """The trajectories in a folder written by :meth:`save`; ``cells`` stays on disk.

        Raises:
            OSError: the folder cannot be read.
            MazeFormatError: a file is missing, damaged or of another format; it is named.
        """
        folder = Path(path)
        meta = _read_meta(folder / META)
        walls, maze_index, cells, offsets = (
            _read_array(folder / f"{name}.npy", meta["sha256"].get(name)) for name in ARRAYS
        )
        try:
            return cls(Mazes(walls), maze_index, cells, offsets, meta["provenance"])
        except (TypeError, ValueError) as error:
            raise MazeFormatError(f"{folder}: {error}") from error


def _check_total(num_cells: int) -> None:
    if 4 * num_cells > MAX_BYTES:
        raise ValueError(
            f"max_length: the walks would take {num_cells / 2**28:.1f} GiB, the limit is "
            f"{MAX_BYTES / 2**30:.0f} GiB: take shorter or fewer ones"
        )


def checked_count(name: str, value: int, low: int) -> int:
    """``value`` as an int from ``low`` to 2**31 - 1.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is out of range.
    """
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: expected an integer, got {value!r}") from None
    if not low <= count < 2**31:
        raise ValueError(f"{name}: expected {low} to 2**31 - 1, got {count}")
    return count


def checked_integers(name: str, values: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    """``values`` as a C-contiguous array of an integer dtype; copied only if needed.

    Raises:
        TypeError: they are not integers.
        ValueError: one does not fit the dtype.
    """
    array = np.asarray(values)
    if array.dtype == dtype:
        return np.ascontiguousarray(array)
    if array.size > 0:
        if array.dtype.kind not in "iu":
            raise TypeError(f"{name}: expected integers, got dtype {array.dtype}")
        limits = np.iinfo(np.dtype(dtype))
        if array.min() < limits.min or array.max() > limits.max:
            raise ValueError(f"{name}: expected {limits.min} to {limits.max}, got other numbers")
    return np.ascontiguousarray(array, dtype)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def _checksum(file: Path) -> str:
    return hashlib.sha256(np.memmap(file, np.uint8, mode="r").data).hexdigest()


def _read_meta(file: Path) -> dict[str, Any]:
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MazeFormatError(f"{file} is missing: no folder of trajectories") from None
    except (ValueError, RecursionError) as error:
        raise MazeFormatError(f"{file} is damaged: {error}") from error
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise MazeFormatError(f"{file}: expected the format {FORMAT}")
    if meta.get("version") != VERSION:
        raise MazeFormatError(f"{file}: expected version {VERSION}, got {meta.get('version')}")
    if not all(isinstance(meta.get(key), dict) for key in ("sha256", "provenance")):
        raise MazeFormatError(f"{file} is damaged: expected objects sha256 and provenance")
    return meta


def _read_array(file: Path, checksum: object) -> NDArray[Any]:
    if not file.is_file():
        raise MazeFormatError(f"{file} is missing")
    if file.stat().st_size == 0 or _checksum(file) != checksum:
        raise MazeFormatError(f"{file} is damaged: its checksum differs from the one in {META}")
    try:
        return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
    except Exception as error:  # what numpy raises for damage is not fixed
        raise MazeFormatError(f"{file} is damaged: {error}") from error
