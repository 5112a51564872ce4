"""Search problems: a world, a start and a goal each."""

from __future__ import annotations

import logging
import os
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlsearch.base.checks import checked_count, integers_as, read_only
from mlsearch.base.copies import restore
from mlsearch.base.errors import MazeFormatError
from mlsearch.base.protocols import offers
from mlsearch.base.seeding import checked_seed, child_seed
from mlsearch.base.streams import Streams
from mlsearch.domains import problem_files
from mlsearch.domains.contract import Domain, Enumerable, Int32s, Learnable, Rows
from mlsearch.domains.costs import Costs, cost_dtype, has_costs
from mlsearch.domains.extras import extra, name_of, require, worlds_of
from mlsearch.domains.maze import files as maze_files
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.registry import domain_settings
from mlsearch.domains.rows import checked_states, keys
from mlsearch.domains.scrambles import walked

_log = logging.getLogger("mlsearch")
SCRAMBLE = 1000
MAX_EXACT_GOALS = 64


class Problems:
    """Search problems: find a way from start to goal.

    Args:
        domain: one world for all problems, or N worlds, one for each.
        starts: ``[N, *S]``, states; in a maze integers ``[N]``, free cells, or pairs
            (row, column), ``[N, 2]``.
        goals: as ``starts``.
        optimal: ``[N]``, the fewest moves from start to goal as far as they are known, integers,
            or the least costs where moves have costs; -1 elsewhere; None to ask the domain.

    Raises:
        TypeError: ``domain`` is none, or ``starts`` or ``goals`` is not of integers.
        ValueError: one has another shape, or holds what is no state of its world; the message
            names the first such problem.
    """

    __setstate__ = restore

    def __init__(
        self,
        domain: Domain,
        starts: ArrayLike,
        goals: ArrayLike,
        optimal: ArrayLike | None = None,
    ) -> None:
        require(domain, Domain, "domain")
        self._domain = domain
        self._starts = read_only(checked_states("starts", starts, domain).copy())
        self._goals = read_only(checked_states("goals", goals, domain).copy())
        if len(self._starts) != len(self._goals):
            raise ValueError(
                f"goals: expected {len(self._starts)}, one for each start, got {len(self._goals)}"
            )
        if optimal is not None:
            self.optimal = self._checked_optimal(optimal)

    def _checked_optimal(self, values: ArrayLike) -> Costs:
        if has_costs(self._domain):
            optimal, what = np.asarray(values, np.float64), "costs"
        else:
            optimal, what = integers_as("optimal", values, np.int32), "numbers of moves"
        is_good = (optimal >= 0) & np.isfinite(optimal) | (optimal == -1)
        if optimal.shape != (len(self),) or not is_good.all():
            raise ValueError(f"optimal: expected {len(self)} {what}, or -1, got {optimal.tolist()}")
        return read_only(optimal.copy())

    @classmethod
    def sample(
        cls,
        domain: Any,
        seed: int = 1,
        per_world: int = 1,
        num: int | None = None,
        scramble: int | str | None = None,
    ) -> Problems:
        """Random problems.

        In mazes, start and goal are uniform over the free cells, independent of each other: the
        start may equal the goal, and the goal may be unreachable on mazes that are not connected
        (those of :meth:`Mazes.generate` are). Problem i draws from (seed, i) alone.

        In other domains, and wherever ``scramble`` is given, a walk of that many random moves,
        without turning back, begins at an origin of the world, such as the goal of a puzzle. Where
        moves can be undone the problem leads from its end back to the origin, elsewhere from the
        origin to its end. The length of the walk is an upper bound of the distance. With "uniform"
        the starts are uniform over all states that have a way to the goal, where a domain can
        draw those (the extra ``uniform_states``), and the goals are origins.

        Args:
            domain: B worlds.
            seed: 0 to 2**64 - 1.
            per_world: problems on each world; problem ``b * per_world + j`` is on world b.
            num: instead of it, the number of all problems, a multiple of B.
            scramble: moves of a scramble, or "uniform"; 1000 where it is needed and not given.

        Returns:
            ``B * per_world`` problems.

        Raises:
            TypeError: ``domain`` has no walks.
            ValueError: a maze has no free cell, an argument is out of range, or a domain cannot
                draw uniform states.
        """
        require(domain, Learnable, "Problems.sample")
        each = each_world(len(domain), per_world, num)
        draw = extra(domain, "draw_problems")
        if isinstance(scramble, str):
            starts, goals = _uniform(domain, each, checked_seed(seed), scramble)
        elif scramble is not None or draw is None:
            starts, goals = _scrambled(domain, each, checked_seed(seed), scramble)
        else:
            starts, goals = draw(each, checked_seed(seed))
        is_shared = each == 1 or len(domain) == 1
        owned = domain if is_shared else domain[np.repeat(np.arange(len(domain)), each)]
        return cls(owned, starts, goals)

    @classmethod
    def load(cls, path: str | os.PathLike[str], domain: Any = None) -> Problems:
        """The problems of a file: ``.json``, ``.npz``, ``.txt``, ``.xsb`` or ``.scen``.

        ``.txt`` is a drawing of a maze with ``S`` at the start and ``G`` or ``E`` at the goal, or
        with ``domain`` levels of Sokoban, or a start in each line: a state, or the moves that lead
        to it from the goal. ``.scen`` holds scenarios of the Moving AI benchmarks and
        the lengths of their shortest paths, on the map beside it with eight moves. See
        :mod:`mlsearch.domains.problem_files`.

        Args:
            path: the file.
            domain: a name such as "cube3", settings or a domain, where the file does not say it.

        Raises:
            OSError: the file cannot be opened.
            TypeError, ValueError: the domain or the end of the file's name is unknown.
            MazeFormatError: it does not hold problems of the domain; the message says where.
        """
        _log.info("Reading %s", path)
        found = problem_files.read(path, domain)
        try:
            return cls(*found)
        except (TypeError, ValueError) as error:
            raise MazeFormatError(f"{path}: {error}") from error

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the problems to a file as :meth:`load` reads it.

        ``.json`` and ``.npz`` hold all that is known, and the optima if they were given or asked
        for. ``.txt`` holds a single problem in a maze, levels of Sokoban, or starts.

        Raises:
            OSError: the file cannot be written.
            ValueError: the end of its name is unknown, or it cannot hold these problems.
        """
        problem_files.write(path, self)

    @classmethod
    def from_maze_dataset(cls, mazes: Any) -> Problems:
        """As :meth:`Mazes.from_maze_dataset`, of ``SolvedMaze`` from its start to its end.

        Raises:
            TypeError, ValueError: as there, or an object has no ``start_pos`` and ``end_pos``.
        """
        return cls(Mazes.from_maze_dataset(mazes), *maze_files.ends_of_lattices(mazes))

    @property
    def domain(self) -> Any:
        """One world for all problems, or one for each."""
        return self._domain

    @property
    def starts(self) -> Rows:
        """``[N, *S]``, read-only."""
        return self._starts

    @property
    def goals(self) -> Rows:
        """``[N, *S]``, read-only."""
        return self._goals

    @property
    def worlds(self) -> Int32s:
        """The world of each problem: int32 ``[N]``."""
        return worlds_of(self._domain, len(self))

    @cached_property
    def optimal(self) -> Costs:
        """The fewest moves from start to goal, int32 ``[N]``; the least costs, float64 ``[N]``.

        -1 where there is no way, and where neither the problems nor the domain know.
        """
        if optimal := extra(self._domain, "optimal"):
            _log.info("Looking for optima (problems: %d)", len(self))
            found = optimal(self._starts, self._goals, self.worlds)
        elif offers(self._domain, Enumerable):
            found = _optimal_by_tables(self._domain, self)
        else:
            found = np.full(len(self), -1)
        return read_only(np.array(found, cost_dtype(self._domain)))

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: Any) -> Problems:
        """The problem at an integer, or those at a slice, an index array or a mask."""
        chosen = np.arange(len(self))[index].reshape(-1)
        domain = self._domain if len(self._domain) == 1 else self._domain[chosen]
        part = Problems(domain, self._starts[chosen], self._goals[chosen])
        if "optimal" in vars(self):
            part.optimal = read_only(self.optimal[chosen])
        return part

    def __repr__(self) -> str:
        return f"Problems({len(self)} on {self._domain!r})"


def sample_problems(
    settings: Any, num: int, seed: int, part: str, scramble: int | str | None = None
) -> Problems:
    """``num`` problems on as many worlds, or on the one that there is, of a part of the data.

    Args:
        settings: of the domain, see :mod:`mlsearch.domains.registry`; or its name.
        num: number of problems.
        seed: 0 to 2**64 - 1.
        part: "validation" or "test"; parts share no random stream with each other or with
            the worlds of training, whatever their seeds.
        scramble: as of :meth:`Problems.sample`.
    """
    _log.info("Making %d problems", num)
    domain = domain_settings(settings).make(num, child_seed(seed, part, "mazes"))
    per_world = 1 if len(domain) == num else num
    return Problems.sample(
        domain, seed=child_seed(seed, part, "problems"), per_world=per_world, scramble=scramble
    )


def each_world(num_worlds: int, per_world: int, num: int | None) -> int:
    """How many are on each world: ``per_world``, or ``num`` of all shared out.

    Raises:
        TypeError: an argument is not an integer.
        ValueError: one is below 1, both are given, or ``num`` cannot be shared out.
    """
    if num is None:
        return checked_count("per_world", per_world, 1)
    if per_world != 1:
        raise ValueError("num: expected per_world or num, got both")
    if checked_count("num", num, 1) % num_worlds:
        raise ValueError(f"num: expected a multiple of the {num_worlds} worlds, got {num}")
    return num // num_worlds


def _scrambled(domain: Any, each: int, seed: int, scramble: int | None) -> tuple[Rows, Rows]:
    length = SCRAMBLE if scramble is None else checked_count("scramble", scramble, 0)
    worlds = np.repeat(np.arange(len(domain), dtype=np.int32), each)
    items, walk_seed = np.arange(len(worlds)), child_seed(seed, "scrambles")
    origins, _ = walked(domain, worlds, items, walk_seed, 0, keeps_all=False)
    ends, _ = walked(domain, worlds, items, walk_seed, length, keeps_all=False)
    return (ends, origins) if domain.is_reversible else (origins, ends)


def _uniform(domain: Any, each: int, seed: int, scramble: str) -> tuple[Rows, Rows]:
    draw = extra(domain, "uniform_states")
    if scramble != "uniform":
        raise ValueError(f"scramble: expected a number of moves or 'uniform', got {scramble!r}")
    if draw is None:
        raise ValueError(
            f"scramble: domain {name_of(domain)!r} cannot draw uniform states; "
            "expected a number of moves"
        )
    worlds = np.repeat(np.arange(len(domain), dtype=np.int32), each)
    items = np.arange(len(worlds))
    draws = Streams(child_seed(seed, "uniform"), items).bits(items)
    return draw(worlds, draws), domain.origins(worlds, draws)


def _optimal_by_tables(domain: Enumerable, problems: Problems) -> Any:
    """From a table of distances for each goal, where there are few tables to make."""
    optimal = np.full(len(problems), -1, cost_dtype(domain))
    if len(domain) > 1:
        tables = domain.distances(problems.goals).reshape(len(problems), -1)
        return tables[np.arange(len(problems)), domain.index(problems.starts)]
    goals, of_goal = np.unique(keys(problems.goals, domain.states), return_inverse=True)
    if len(goals) > MAX_EXACT_GOALS:
        return optimal
    for number in range(len(goals)):
        chosen = np.flatnonzero(of_goal.reshape(-1) == number)
        table = domain.distances(problems.goals[chosen[:1]]).reshape(-1)
        optimal[chosen] = table[domain.index(problems.starts[chosen])]
    return optimal
