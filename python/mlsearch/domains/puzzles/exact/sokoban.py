"""A* with box matching, for Sokoban."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mlsearch import _core
from mlsearch.base.checks import checked_count, integers_as
from mlsearch.domains.contract import Int32s
from mlsearch.domains.puzzles.exact.checks import paired_rows

MAX_EXPANSIONS = 10**6
MOST_EXPANSIONS = 10**8


def sokoban_distances(
    walls: ArrayLike,
    starts: ArrayLike,
    goals: ArrayLike,
    max_expansions: int = MAX_EXPANSIONS,
    num_threads: int = 0,
) -> Int32s:
    """The fewest moves of the player until the boxes are where the goals have them.

    A* over the states that pushes leave behind, from each of which the player walks to all pushes
    that are possible. The bound is the cheapest matching of boxes and targets by pushes alone. A
    state is dropped where a box cannot be brought to a target any more, or is stuck in a square of
    four. Each thread works on one problem, which takes about 60 bytes for each state that it has
    seen: 100 to 300 MB for a million expansions.

    Args:
        walls: integers ``[N, H, W]``, not 0 where there is a wall; ``[1, H, W]`` for all problems.
        starts: integers ``[N, H * W + 2]``: 1 for each box, then row and column of the player.
        goals: the same; where the player is does not matter.
        max_expansions: states expanded for a problem, at most 10**8.
        num_threads: 0 for all cores. It changes nothing but the time.

    Returns:
        int32 ``[N]``, -1 where there is no way, or where the budget ended before one was found.

    Raises:
        TypeError: an argument is not of integers.
        ValueError: a shape does not fit, or a box or player is in a wall or outside.
    """
    maps = integers_as("walls", walls, np.uint8)
    if maps.ndim != 3:
        raise ValueError(f"walls: expected shape [N, H, W], got {list(maps.shape)}")
    if checked_count("max_expansions", max_expansions, 0) > MOST_EXPANSIONS:
        raise ValueError(f"max_expansions: expected at most 10**8, got {max_expansions}")
    height, width = maps.shape[1:]
    first, last = paired_rows(starts, goals, height * width + 2)
    if len(maps) not in (1, len(first)):
        raise ValueError(f"walls: expected 1 or {len(first)} levels, got {len(maps)}")
    shape = (len(first), height, width)
    place = first[:, -2:].astype(np.int32)
    if (place >= (height, width)).any():
        raise ValueError(f"starts: expected a player in {height} rows and {width} columns")
    players = place[:, 0] * width + place[:, 1]
    boxes, targets = (np.ascontiguousarray(rows[:, :-2]).reshape(shape) for rows in (first, last))
    maps = np.ascontiguousarray(np.broadcast_to(maps, shape))
    found, _ = _core.sokoban_distances(maps, boxes, players, targets, max_expansions, num_threads)
    return found
