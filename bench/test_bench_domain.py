"""Search in a domain written in Python against the same search in Python alone."""

import heapq
import sys
from pathlib import Path

import numpy as np
import pytest

from mlsearch.domains.problems import Problems
from mlsearch.search.solve import solve

sys.path.append(str(Path(__file__).parents[1] / "examples"))
from own_domain import APART, TO, EightPuzzle

FAR = APART.tolist()
MOVES = [[to for to in row if to != place] for place, row in enumerate(TO.tolist())]


def make_problems(benchmark) -> Problems:
    """1,000 problems when timed, a few when run as a test."""
    num = 1000 if benchmark.enabled else 20
    benchmark.extra_info["num"] = num
    return Problems.sample(EightPuzzle(), num=num, scramble=200, seed=0)


@pytest.mark.benchmark(group="search-domain-1000")
def test_domain_search(benchmark) -> None:
    options = {"heuristic": "manhattan", "num_threads": 1}
    result = benchmark.pedantic(
        solve, (make_problems(benchmark),), options, rounds=5 if benchmark.enabled else 1
    )
    assert result.solved.all()
    benchmark.extra_info["expansions"] = int(result.expansions.sum())
    benchmark.extra_info["share_of_domain"] = result.seconds_domain / result.seconds
    benchmark.extra_info["share_of_heuristic"] = result.seconds_heuristic / result.seconds


@pytest.mark.benchmark(group="search-domain-1000")
def test_domain_search_in_python(benchmark) -> None:
    problems = make_problems(benchmark)
    boards = [tuple(board) for board in problems.starts.tolist()]
    goal = tuple(problems.goals[0].tolist())
    outcomes = benchmark.pedantic(
        lambda: [solve_in_python(board, goal) for board in boards],
        rounds=3 if benchmark.enabled else 1,
    )
    ours = solve(problems, heuristic="manhattan")
    want = np.stack([ours.expansions, ours.generated, ours.cost], axis=1)
    np.testing.assert_array_equal(outcomes, want)


def solve_in_python(start: tuple[int, ...], goal: tuple[int, ...]) -> tuple[int, int, int]:
    """(expansions, generated, cost) of greedy best-first search; tile t belongs at place t.

    The heuristic of a neighbour is that of its parent, changed by the one tile that moves.
    """
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
