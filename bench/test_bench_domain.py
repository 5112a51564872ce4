"""Search in a domain written in Python against the same search in Python alone."""

import heapq
import sys
from pathlib import Path

import numpy as np
import pytest

from mlsearch.search.solve import solve

sys.path.append(str(Path(__file__).parents[1] / "examples"))
from own_domain import APART, GOAL, PLACE, EightPuzzle, layers, manhattan, tiles

FAR = APART.tolist()
MOVES = [np.flatnonzero(row == 1).tolist() for row in APART]


@pytest.fixture(scope="module")
def states() -> np.ndarray:
    return np.concatenate(layers(EightPuzzle(), GOAL))


def make_starts(benchmark, states: np.ndarray) -> np.ndarray:
    """1,000 starts when timed, a few when run as a test."""
    num = 1000 if benchmark.enabled else 20
    benchmark.extra_info["num"] = num
    return np.random.default_rng(0).choice(states, num, replace=False)


@pytest.mark.benchmark(group="search-domain-1000")
def test_domain_search(benchmark, states: np.ndarray) -> None:
    arguments = (EightPuzzle(), make_starts(benchmark, states), GOAL, manhattan)
    result = benchmark.pedantic(
        solve, arguments, {"num_threads": 1}, rounds=5 if benchmark.enabled else 1
    )
    assert result.solved.all()
    benchmark.extra_info["expansions"] = int(result.expansions.sum())
    benchmark.extra_info["share_of_domain"] = result.seconds_domain / result.seconds
    benchmark.extra_info["share_of_heuristic"] = result.seconds_heuristic / result.seconds


@pytest.mark.benchmark(group="search-domain-1000")
def test_domain_search_in_python(benchmark, states: np.ndarray) -> None:
    starts = make_starts(benchmark, states)
    boards = [tuple(board) for board in tiles(starts).tolist()]
    outcomes = benchmark.pedantic(
        lambda: [solve_in_python(board) for board in boards], rounds=3 if benchmark.enabled else 1
    )
    ours = solve(EightPuzzle(), starts, GOAL, manhattan)
    want = np.stack([ours.expansions, ours.generated, ours.cost], axis=1)
    np.testing.assert_array_equal(outcomes, want)


def solve_in_python(start: tuple[int, ...]) -> tuple[int, int, int]:
    """(expansions, generated, cost) of greedy best-first search.

    The heuristic of a neighbour is that of its parent, changed by the one tile that moves.
    """
    goal = tuple(PLACE.tolist())
    steps = {start: 0}
    distance = {start: sum(FAR[tile][place] for place, tile in enumerate(start) if tile)}
    queue = [(0, 0, start)]
    expansions = 0
    while queue:
        _, _, board = heapq.heappop(queue)
        if board == goal:
            return expansions, len(steps) - 1, steps[board]
        expansions += 1
        blank = board.index(0)
        for place in MOVES[blank]:
            tile = board[place]
            moved = list(board)
            moved[blank], moved[place] = tile, 0
            child = tuple(moved)
            if child not in steps:
                distance[child] = distance[board] + FAR[tile][blank] - FAR[tile][place]
                heapq.heappush(queue, (distance[child], len(steps), child))
                steps[child] = steps[board] + 1
    return expansions, len(steps) - 1, -1
