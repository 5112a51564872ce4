"""Curves of large work: one search that sees many states, and one query on a large map."""

from __future__ import annotations

import resource
import time

import numpy as np

import mlsearch as ml

STATES = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
MAP_SIDES = (64, 128, 256, 512, 1024)
METHODS = ("landmark_wave", "landmarks", "breadth_first")
WALLS = 0.3
"""The share of walls: fewer than where percolation begins to leave no way through, 0.41."""

MAX_BYTES = 2**36


def peak_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def by_states(num: int) -> dict[str, float]:
    """Seconds and memory of one search on the cube that sees ``num`` states, all threads.

    To be run in a fresh process: ``grown`` is what the search adds to its peak memory. It is
    best-first and led by zeros, so that nothing but the search itself takes time; the order is that
    of breadth-first search, and each state is looked up among all that were seen and queued.
    """
    problem = ml.Problems.sample(ml.Cube(3), num=1, scramble=1000, seed=1)
    before = peak_bytes()
    found = ml.solve(
        problem,
        heuristic=lambda _, states: np.zeros(len(states), np.float32),
        expansions_per_round=1000,
        max_generated=num,
        max_bytes=MAX_BYTES,
    )
    states = int(found.generated[0])
    if not num <= states < num + 12 * 1000:
        raise AssertionError(f"expected a search of {num} states, got {states}")
    return {"states": states, "seconds": found.seconds, "grown": peak_bytes() - before}


def by_map(side: int, method: str) -> dict[str, float]:
    """Seconds and expansions of one query on a map that is new, by one of ``METHODS``.

    The query leads from the first free cell to the last, corner to corner. Loading the metric is
    not part of it; reading the map is. ``expansions`` and ``cost`` are in times of the optimum.
    """
    metric = ml.load() if method == "landmark_wave" else method
    mazes = ml.Mazes.generate(1, side, wall_probability=WALLS, seed=side)
    free = np.flatnonzero(mazes.walls == 0)
    if method == "breadth_first":
        return {"side": side, **breadth_first(mazes, free[-1], free[0])}
    found = ml.solve(mazes, free[-1:], free[:1], heuristic=metric)
    optimal = mazes.distances(free[:1]).reshape(-1)[free[-1]]
    if not found.cost[0] >= optimal > 0:
        raise AssertionError("a path is shorter than the shortest")
    return {
        "side": side,
        "heuristic": found.seconds_heuristic,
        "search": found.seconds - found.seconds_heuristic,
        "seconds": found.seconds,
        "expansions": float(found.expansions[0] / optimal),
        "cost": float(found.cost[0] / optimal),
    }


def breadth_first(mazes: ml.Mazes, start: int, goal: int) -> dict[str, float]:
    """What the distances of all cells take; the answer is among them."""
    begin = time.perf_counter()
    field = mazes.distances([goal]).reshape(-1)
    seconds = time.perf_counter() - begin
    expansions = float((field >= 0).sum() / field[start])
    none = {"heuristic": 0.0, "search": seconds, "seconds": seconds}
    return {**none, "expansions": expansions, "cost": 1.0}
