"""What ``reset`` may be told of an episode: where it starts and where its goal is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.maze.mazes import Mazes

START, GOAL = "reset_cell", "goal_cell"


class Ends(NamedTuple):
    """The cells that an episode was given, None for one to be drawn."""

    start: int | None = None
    goal: int | None = None


ANYWHERE = Ends()


def ends_in(
    options: Mapping[str, Any] | None, shape: tuple[int, int], num: int = 1, others: str = ""
) -> list[Ends]:
    """The ends of ``num`` episodes that ``options`` of ``reset`` name.

    Args:
        options: ``reset_cell`` and ``goal_cell`` may be in it, integers [2], row and column, as in
            the PointMaze environments of Gymnasium-Robotics; [num, 2] for one pair an episode.
        shape: of the mazes.
        num: number of episodes.
        others: one more option, which is left to the caller.

    Raises:
        ValueError: there is another option, or a cell is no pair of integers within the mazes.
    """
    given = dict(options or {})
    given.pop(others, None)
    cells = [_cells(name, given.pop(name, None), shape, num) for name in (START, GOAL)]
    if given:
        known = ", ".join(filter(None, (START, GOAL, others)))
        raise ValueError(f"options: expected {known}, got {next(iter(given))!r}")
    return [Ends(*pair) for pair in zip(*cells, strict=True)]


def drawn_between(maze: Mazes, ends: Ends, random: np.random.Generator) -> tuple[int, int]:
    """Start and goal in one maze: the given ones, and what is not given drawn uniformly.

    Raises:
        ValueError: a given cell is a wall or has no free neighbour, or the goal is the start or
            cannot be reached from it.
    """
    start, goal = ends
    name, first = (GOAL, goal) if start is None else (START, start)
    assert first is not None  # as the caller has looked
    joined = _joined(maze, name, first)
    if start is not None and goal is not None:
        _joined(maze, GOAL, goal)
        if goal not in joined:
            raise ValueError(
                f"{GOAL}: expected another cell that can be reached from {START} "
                f"{_pair(maze, start)}, got {_pair(maze, goal)}"
            )
        return start, goal
    other = int(joined[random.integers(len(joined))])
    return (other, first) if start is None else (first, other)


def _joined(maze: Mazes, name: str, cell: int) -> NDArray[np.intp]:
    """The other cells that can be reached from a cell, which must have some."""
    if maze.walls.reshape(-1)[cell] != 0:
        raise ValueError(f"{name}: expected a free cell, {_pair(maze, cell)} is a wall")
    joined = np.flatnonzero(maze.distances([cell], num_threads=1) > 0)
    if len(joined) == 0:
        raise ValueError(f"{name}: expected a free neighbour, {_pair(maze, cell)} has none")
    return joined


def _pair(maze: Mazes, cell: int) -> tuple[int, int]:
    return divmod(cell, maze.shape.width)


def _cells(name: str, given: Any, shape: tuple[int, int], num: int) -> list[int | None]:
    if given is None:
        return [None] * num
    try:
        pairs = np.asarray(given)
    except ValueError:  # numpy's, of rows that are not as long as each other
        pairs = np.empty(0)
    is_right = pairs.shape in ((2,), (num, 2)) and pairs.dtype.kind in "iu"
    if not is_right or (pairs < 0).any() or (pairs >= shape).any():
        form = "row and column" if num == 1 else f"row and column, [2] or [{num}, 2],"
        raise ValueError(f"{name}: expected {form} within {tuple(shape)}, got {given!r}")
    rows, columns = np.broadcast_to(pairs, (num, 2)).T.astype(int)
    return list((rows * shape[1] + columns).tolist())
