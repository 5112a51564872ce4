"""Where the problems of episodes come from, and what an agent sees of them."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from mlsearch.domains.costs import has_costs
from mlsearch.domains.maze.mazes import Generator, Mazes
from mlsearch.gym.options import ANYWHERE, Ends, drawn_between

AGENT = 2
"""The value of the agent's cell in an observed map; a wall is 1 and a free cell 0."""

Observation: TypeAlias = dict[str, NDArray[Any]]


class Problem(NamedTuple):
    """One maze with a start and a goal that can be reached from it and is another cell.

    Attributes:
        walls: uint8 [H, W], 1 is a wall.
        start, goal: cells.
    """

    walls: NDArray[np.uint8]
    start: int
    goal: int


class ProblemSource:
    """Draws problems: on a new maze each time, or on one of those that were given.

    Args:
        mazes: ``Mazes`` or an array [B, H, W] or [H, W]; None to make new ones.
        size, generator, wall_probability, loops: as of ``Mazes.generate``, for new ones.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of range, a maze has no two neighbouring free cells, or the
            mazes have eight moves or costs.
    """

    def __init__(
        self,
        mazes: Mazes | ArrayLike | None = None,
        size: int | tuple[int, int] = 20,
        generator: Generator = "percolation",
        wall_probability: float = 0.35,
        loops: float = 0.0,
    ) -> None:
        self._size, self._generator = size, generator
        self._wall_probability, self._loops = wall_probability, loops
        self._mazes = mazes if mazes is None or isinstance(mazes, Mazes) else Mazes(mazes)
        if self._mazes is not None:
            if has_costs(self._mazes):
                raise ValueError(f"mazes: expected four moves of cost 1, got {self._mazes!r}")
            _check_ways(self._mazes)
        self.shape = (self._mazes or self._generated(0)).shape

    def draw(self, random: np.random.Generator, ends: Ends = ANYWHERE) -> Problem:
        """A problem; start and goal are uniform over the cells that are joined to others.

        Raises:
            ValueError: ``ends`` are not in the maze, as of ``drawn_between``.
        """
        maze = self._maze(random)
        if ends != ANYWHERE:
            return Problem(maze.walls[0], *drawn_between(maze, ends, random))
        free = np.flatnonzero(maze.walls == 0)
        while True:
            start = free[random.integers(len(free))]
            reachable = np.flatnonzero(maze.distances([start], num_threads=1) > 0)
            if len(reachable) > 0:
                goal = reachable[random.integers(len(reachable))]
                return Problem(maze.walls[0], int(start), int(goal))

    def _maze(self, random: np.random.Generator) -> Mazes:
        if self._mazes is None:
            return self._generated(int(random.integers(2**63)))
        return self._mazes[int(random.integers(len(self._mazes)))]

    def _generated(self, seed: int) -> Mazes:
        return Mazes.generate(
            1,
            self._size,
            self._generator,
            self._wall_probability,
            self._loops,
            seed,
            num_threads=1,
        )


def observation_space(shape: tuple[int, int]) -> spaces.Space[Observation]:
    """The space of observations of mazes of ``shape``.

    ``observation`` is uint8 [H, W], the map: 0 free, 1 wall, 2 the agent. ``achieved_goal``
    and ``desired_goal`` are int32 [2], row and column of the agent and of the goal.
    """
    last = np.array(shape, np.int32) - 1
    position = spaces.Box(np.zeros(2, np.int32), last, dtype=np.int32)
    parts: dict[str, spaces.Space[Any]] = {
        "observation": spaces.Box(0, AGENT, shape, np.uint8),
        "achieved_goal": position,
        "desired_goal": position,
    }
    return cast("spaces.Space[Observation]", spaces.Dict(parts))


def positions(cells: ArrayLike, shape: tuple[int, int]) -> NDArray[np.int32]:
    """Rows and columns of cells: integers [...] to int32 [..., 2]."""
    return np.stack(np.divmod(np.asarray(cells, np.int32), np.int32(shape[1])), axis=-1)


def compute_reward(achieved_goal: ArrayLike, desired_goal: ArrayLike, info: Any = None) -> Any:
    """The reward of being somewhere: 0 at the goal, -1 anywhere else.

    Args:
        achieved_goal: integers [..., 2], row and column of the agent.
        desired_goal: integers [..., 2], row and column of the goal.
        info: not used; the usual form of goal-conditioned environments has it.

    Returns:
        float64 [...]; a single number for a single pair.
    """
    is_there = np.all(np.equal(achieved_goal, desired_goal), axis=-1)
    return np.where(is_there, 0.0, -1.0)[()]


def checked_actions(actions: ArrayLike, num: int) -> NDArray[np.int64]:
    """``actions`` as int64 [num], each from 0 to 3.

    Raises:
        ValueError: they are not.
    """
    checked = np.asarray(actions)
    is_right = checked.shape == (num,) and checked.dtype.kind in "iu"
    if not is_right or checked.min() < 0 or checked.max() > 3:
        raise ValueError(f"actions: expected {num} integers from 0 to 3, got {actions!r}")
    return checked.astype(np.int64)


def _check_ways(mazes: Mazes) -> None:
    free = mazes.walls == 0
    down = (free[:, 1:] & free[:, :-1]).any(axis=(1, 2))
    right = (free[:, :, 1:] & free[:, :, :-1]).any(axis=(1, 2))
    stuck = np.flatnonzero(~(down | right))
    if len(stuck) > 0:
        raise ValueError(f"mazes: expected two neighbouring free cells, maze {stuck[0]} has none")
