"""Trajectories: walks in a domain, the data that distances are learned from."""

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
from mlsearch.base.copies import kept, restore
from mlsearch.base.errors import MazeFormatError
from mlsearch.data.episodes import recorded, walked
from mlsearch.data.folder import arrays_of, read_folder, writing
from mlsearch.data.moves import check_walks
from mlsearch.data.walks import Walker, Walks
from mlsearch.domains.contract import Domain, Int32s, Learnable, Rows
from mlsearch.domains.extras import require, settings_of
from mlsearch.domains.problems import each_world
from mlsearch.domains.rows import given_rows


class Trajectories:
    """A ragged batch of trajectories: trajectory i visits the states s_0 .. s_L, one move apart.

    Args:
        domain: B worlds.
        worlds: integers ``[N]``, the world of each trajectory, 0 to B - 1.
        states: ``[total, *S]``, the states of all trajectories, one after the other. The one array
            that is not copied if it has the domain's dtype, as it may be large or mapped from a
            file.
        offsets: integers ``[N + 1]``; trajectory i is ``states[offsets[i]:offsets[i + 1]]`` and
            has at least one state.
        provenance: where the trajectories come from; must be writable as JSON.

    Raises:
        TypeError: ``domain`` is none, or an array is not of integers.
        ValueError: a shape does not fit, or a step of a trajectory is no move of its world; the
            message names the first such trajectory.
    """

    __getstate__, __setstate__ = kept, restore

    def __init__(
        self,
        domain: Domain,
        worlds: ArrayLike,
        states: ArrayLike,
        offsets: ArrayLike,
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        require(domain, Domain, "domain")
        self._set(
            domain,
            integers_as("worlds", worlds, np.int32).copy(),
            given_rows("states", states, domain),
            integers_as("offsets", offsets, np.int64).copy(),
            provenance,
        )

    def _set(
        self,
        domain: Any,
        worlds: Int32s,
        states: Rows,
        offsets: NDArray[np.int64],
        provenance: Mapping[str, Any] | None,
        are_moves: bool = False,
    ) -> None:
        _core.check_ragged(worlds, offsets, len(states), len(domain), 0)
        if not are_moves:
            check_walks(domain, worlds, states, offsets)
        self.domain = domain
        self.worlds: Int32s = _read_only(worlds)
        self.states: Rows = _read_only(states)
        self.offsets: NDArray[np.int64] = _read_only(offsets)
        self.provenance = dict(provenance or {})

    @classmethod
    def of(
        cls,
        domain: Any,
        worlds: Int32s,
        states: Rows,
        offsets: NDArray[np.int64],
        provenance: Mapping[str, Any] | None = None,
        are_moves: bool = False,
    ) -> Trajectories:
        """As the constructor, without a copy of arrays that no one else will write to.

        Args:
            domain: as there.
            worlds: int32 ``[N]``.
            states: ``[total, *S]`` of the domain's dtype.
            offsets: int64 ``[N + 1]``.
            provenance: as there.
            are_moves: whether all steps are known to be moves, so that none is checked.
        """
        trajectories = cls.__new__(cls)
        trajectories._set(domain, worlds, states, offsets, provenance, are_moves)
        return trajectories

    @cached_property
    def lengths(self) -> Int32s:
        """Steps of each trajectory, int32 [N]."""
        offsets = self.offsets
        states = np.subtract(offsets[1:], offsets[:-1], dtype=np.int32, casting="unsafe")
        states -= 1
        return _read_only(states)

    @classmethod
    def sample(
        cls,
        domain: Learnable,
        per_world: int = 1,
        policy: str | Walker | None = None,
        seed: int = 0,
        epsilon: float = 0.1,
        min_length: int = 0,
        max_length: int | None = None,
        num_threads: int = 0,
        num: int | None = None,
    ) -> Trajectories:
        """Random trajectories; number ``i * per_world + j`` is on world i.

        Any domain with origins has these policies:

        - ``"scramble"``: ``max_length`` random moves from an origin, such as the goal of a puzzle,
          none of which undoes the one before it. Where moves can be undone the walk is read
          backwards, so that it ends at the origin.
        - ``"random_walk"``: no goal, ``max_length`` uniformly random moves. In a maze, the walk
          from a cell without free neighbours has length 0; with ``min_length`` >= 1 its start is
          drawn again.

        Mazes have two more. Start and goal are uniform over the free cells, drawn again until the
        distance between them lies in ``min_length`` .. ``max_length``.

        - ``"shortest"``: a shortest path; among the moves that come nearer to the goal each is
          equally likely.
        - ``"noisy"``: the same, but with probability ``epsilon`` a uniformly random move; it ends
          at the goal or after ``max_length`` steps.

        And there is a name that was added to ``mlsearch.data.walks.POLICIES``, or a function
        ``f(problems, seed)``: it gets ``Problems`` from start to end of what ``"shortest"`` or,
        where there is none, ``"scramble"`` would make, and answers with a walk for each, its
        states in order, integers ``[length + 1, *S]``. No walk is cut.

        Only for ``"shortest"`` is the number of steps between two states of a trajectory their
        distance; for the others it is an upper bound.

        Args:
            domain: B worlds.
            per_world: trajectories on each world, at least 1.
            policy: one of those above; that of the domain if not given.
            seed: 0 to 2**64 - 1. Trajectory k depends on the worlds, the parameters, ``seed`` and
                k.
            epsilon: 0 to 1; used by ``"noisy"`` alone.
            min_length: smallest distance from start to goal, in steps, or smallest number of
                steps where there is no goal.
            max_length: largest distance from start to goal and largest number of steps; that of
                the domain if not given, in mazes the number of cells.
            num_threads: 0 for all cores. It does not change the result.
            num: instead of ``per_world`` the number of all trajectories, a multiple of B.

        Raises:
            TypeError: an argument is of the wrong type, or the domain has no origins.
            ValueError: an argument is out of range, the domain does not have the policy, walks
                without a goal would take more than 16 GiB or get stuck before ``min_length``
                steps, or no start and goal were found in 1000 draws; the message names the
                world. Or a function gave what is no walk.
        """
        require(domain, Learnable, "Trajectories.sample")
        walks = Walks(
            like=domain,
            per_world=each_world(len(domain), per_world, num),
            policy=policy,
            seed=seed,
            epsilon=epsilon,
            min_length=min_length,
            max_length=max_length,
            num_threads=num_threads,
        )
        total = checked_count("len(domain) * per_world", len(domain) * walks.per_world, 1)
        arrays = walks.part(domain, 0, 0, total)
        return cls.of(domain, *arrays, walks.provenance, are_moves=walks.are_moves)

    @classmethod
    def from_minari(cls, dataset: Any, provenance: Mapping[str, Any] | None = None) -> Trajectories:
        """The walks of a dataset of Minari in ``mlsearch/Maze-v0``, as ``gym.to_minari`` makes it.

        A step that a wall stopped is left out. Episodes on the same maze share it. Actions and
        rewards are not read, and neither are datasets of continuous positions, such as PointMaze's.

        Args:
            dataset: a ``MinariDataset``, or an iterable of episodes: objects with ``observations``,
                or dictionaries with this key. These are a dictionary of arrays with
                ``observation``, integers [L + 1, H, W], the map at each time, where 1 is a wall,
                and ``achieved_goal``, integers [L + 1, 2], row and column of the agent.
            provenance: where they come from; must be writable as JSON. By default the name of the
                dataset, under ``minari``, if it has one.

        Raises:
            TypeError: it holds no episodes.
            ValueError: there is none, or one has another form or is no walk through a single maze;
                the message names it.
        """
        name = getattr(getattr(dataset, "spec", None), "dataset_id", None)
        named = {"minari": name} if isinstance(name, str) else {}
        return cls(*walked(recorded(dataset)), named if provenance is None else provenance)

    def __len__(self) -> int:
        return len(self.worlds)

    def __getitem__(self, index: int) -> Rows:
        """The states of trajectory ``index``, ``[length + 1, *S]``."""
        position = operator.index(index)
        if not -len(self) <= position < len(self):
            raise IndexError(f"expected a trajectory below {len(self)}, got {index}")
        position %= len(self)
        return self.states[self.offsets[position] : self.offsets[position + 1]]

    def __repr__(self) -> str:
        return f"Trajectories({len(self)} with {int(self.lengths.sum())} steps on {self.domain!r})"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a new folder ``path``: one ``.npy`` file per array and ``meta.json``.

        The folder gets its name only when it is complete.

        Raises:
            FileExistsError: ``path`` exists.
            OSError: the folder cannot be written.
            ValueError: the domain is not registered in ``mlsearch.DOMAINS``, or has several
                worlds that it cannot write.
        """
        with writing(path, settings_of(self.domain)) as writer:
            writer.append(arrays_of(self.domain), self.worlds, self.states, self.offsets)
            writer.provenance = self.provenance

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trajectories:
        """The trajectories in a folder written by :meth:`save`; the arrays stay on disk.

        They are mapped and checked piece by piece, so the folder may be larger than the memory.

        Raises:
            OSError: the folder cannot be read.
            MazeFormatError: a file is missing, damaged or of another format; it is named.
        """
        try:
            return cls.of(*read_folder(path))
        except (TypeError, ValueError) as error:
            raise MazeFormatError(f"{path}: {error}") from error


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
