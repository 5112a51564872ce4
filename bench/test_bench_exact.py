"""Shortest solutions of 15-puzzles: one thread, against numba; both give the same answers."""

import numba_astar
import numpy as np
import pytest
from numba_tiles import solve_with_numba

import mlsearch as ml
from mlsearch.domains.puzzles.exact.tiles import patterns, tile_distances

GOAL = np.arange(16)


@pytest.fixture(scope="module", autouse=True)
def tables():
    """Made once, for both."""
    return patterns(4, 4, 15)


def boards(benchmark) -> tuple[np.ndarray, np.ndarray]:
    """Uniformly random boards that can be solved when timed, a few close to the goal otherwise."""
    rng = np.random.default_rng(0)
    if benchmark.enabled:
        starts = np.array([solvable(rng.permutation(16)) for _ in range(100)], np.uint8)
    else:
        starts = np.array([solvable(np.r_[rng.permutation(8), 8:16]) for _ in range(4)], np.uint8)
    benchmark.extra_info["num"] = len(starts)
    return starts, np.tile(GOAL, (len(starts), 1)).astype(np.uint8)


def solvable(board: np.ndarray) -> np.ndarray:
    """The board, or the one with two tiles swapped: each move is a swap, and moves the blank."""
    swaps = sum(int((board[:i] > board[i]).sum()) for i in range(16))
    if (swaps + sum(divmod(int(board.argmin()), 4))) % 2 == 0:
        return board
    one, two = np.flatnonzero((board == 1) | (board == 2))
    board[[one, two]] = board[[two, one]]
    return board


@pytest.mark.benchmark(group="tiles-15")
def test_tiles_ida(benchmark) -> None:
    starts, goals = boards(benchmark)
    found = benchmark.pedantic(
        lambda: tile_distances(starts, goals, (4, 4), num_threads=1), rounds=3, warmup_rounds=1
    )
    assert (found > 0).all()


@pytest.mark.benchmark(group="tiles-15")
def test_tiles_ida_in_numba(benchmark) -> None:
    starts, goals = boards(benchmark)
    found = benchmark.pedantic(solve_with_numba, (starts, goals), rounds=3, warmup_rounds=1)
    np.testing.assert_array_equal(found, tile_distances(starts, goals, (4, 4)))


def near_boards(benchmark) -> ml.Problems:
    """Boards that A* with the Manhattan distance solves within some 40,000 expansions."""
    num = 10 if benchmark.enabled else 2
    benchmark.extra_info["num"] = num
    return ml.Problems.sample(ml.Tiles(4), num=num, scramble=30 if num > 2 else 10, seed=0)


@pytest.mark.benchmark(group="tiles-astar")
def test_tiles_astar(benchmark) -> None:
    problems = near_boards(benchmark)
    found = benchmark.pedantic(
        lambda: ml.solve(problems, heuristic="manhattan", weight=1.0, num_threads=1),
        rounds=3,
        warmup_rounds=1,
    )
    assert found.solved.all()
    np.testing.assert_array_equal(found.cost, problems.optimal)


@pytest.mark.benchmark(group="tiles-astar")
def test_tiles_astar_in_numba(benchmark) -> None:
    problems = near_boards(benchmark)
    arguments = (problems.starts, problems.goals)
    found = benchmark.pedantic(numba_astar.solve_with_numba, arguments, rounds=3, warmup_rounds=1)
    np.testing.assert_array_equal(found, problems.optimal)
