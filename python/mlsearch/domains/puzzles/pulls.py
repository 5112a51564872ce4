"""Walks that solve levels of Sokoban, made backwards by pulling boxes off their targets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsearch import _core
from mlsearch.base.streams import Streams
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.extras import WalkPart
from mlsearch.domains.puzzles.compiled import CompiledPuzzle
from mlsearch.domains.scrambles import joined


def pulled(
    walls: NDArray[np.uint8], targets: NDArray[np.uint8], part: WalkPart
) -> tuple[Rows, NDArray[np.int64]]:
    """Trajectories that end solved: walks from pull to pull, read from their end.

    A walk begins where all boxes are on the targets and the player is on any other floor. The
    player goes the shortest way to where a box can be pulled. With probability 3/5 a pull goes on
    with the one before, same box and same direction, if that is possible; otherwise all possible
    pulls are equally likely. Read from its end it is a walk of moves and pushes. Walk i draws from
    ``Stream(seed, i)``: 64 bits for the player, then the pulls.

    Args:
        walls, targets: uint8 ``[B, H, W]``.
        part: which walks; ``min_length`` and ``epsilon`` change nothing.

    Returns:
        States, uint8 ``[total, H * W + 2]``, and where each walk begins, int64 ``[num + 1]``.
    """
    numbers = np.arange(part.first, part.first + part.num)
    worlds = (numbers // part.per_world - part.first_world).astype(np.int32)
    draws = Streams(part.seed, numbers).bits(np.arange(part.num))
    states, lengths = CompiledPuzzle(_core.sokoban_pulls(np.ascontiguousarray(walls))).walk(
        solved(walls, targets, worlds, draws),
        worlds,
        numbers,
        part.seed,
        part.max_length,
        num_threads=part.num_threads,
    )
    return joined(states, lengths, is_backward=True)


def solved(
    walls: NDArray[np.uint8],
    targets: NDArray[np.uint8],
    worlds: Int32s,
    draws: NDArray[np.uint64],
) -> Rows:
    """Solved states with the player on a floor that is no target, all equally likely.

    Args:
        walls, targets: uint8 ``[B, H, W]``; every level has such a floor.
        worlds: int32 ``[M]``.
        draws: uint64 ``[M]``, random bits.

    Returns:
        uint8 ``[M, H * W + 2]``.
    """
    width = walls.shape[2]
    boxes = targets.reshape(len(targets), -1)
    is_free = (boxes | walls.reshape(len(walls), -1)) == 0
    places = np.argsort(~is_free, axis=1, kind="stable")  # the free ones first
    rank = draws % is_free.sum(axis=1).astype(np.uint64)[worlds]
    cells = places[worlds, rank.astype(np.int64)]
    players = np.stack(np.divmod(cells, width), axis=1).astype(np.uint8)
    return np.hstack([boxes[worlds], players])
