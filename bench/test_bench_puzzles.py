"""Moves of puzzles and random walks against NumPy, deepxube and cayleypy, one thread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import puzzle_rivals as rivals
import pytest
import torch

import mlsearch as ml
from mlsearch import _core
from mlsearch.domains.puzzles import cubies
from mlsearch.domains.scrambles import RandomWalks, walked

STEPS = 30  # of each walk
NEEDS_DEEPXUBE = "deepxube is not installed"

WIDTHS = ("portable", "avx2", "avx512")


def num_of(benchmark) -> int:
    """States of one call: many when timed."""
    return 10_000 if benchmark.enabled else 200


def some_states(domain, num: int) -> np.ndarray:
    """States on walks of 50 moves."""
    return walked(domain, np.zeros(num, np.int32), np.arange(num), 0, 50, keeps_all=False)[0]


def neighbours(domain, states: np.ndarray) -> np.ndarray:
    """What all benchmarks have to find."""
    return domain.compiled.neighbours(states, np.zeros(len(states), np.int32), 1)


def timed(benchmark, find: Callable, num: int, rounds: int = 50):
    """What ``find`` returns; ``num`` items are found by one call."""
    benchmark.extra_info["num"] = num
    options = {"rounds": rounds, "warmup_rounds": 1} if benchmark.enabled else {"rounds": 1}
    return benchmark.pedantic(find, **options)


# Neighbours: time is that of a state with all its moves ------------------------------------------


@pytest.mark.benchmark(group="puzzle-neighbours-cube3")
@pytest.mark.parametrize("registers", WIDTHS)
def test_cube_neighbours(benchmark, registers: str) -> None:
    before = _core.registers()
    used = _core.use_registers(registers)
    cube = ml.Cube(3)
    cube.compiled  # noqa: B018  made for these registers
    _core.use_registers(before)
    if used != registers or WIDTHS.index(registers) > WIDTHS.index(before):
        pytest.skip(f"this processor has no {registers} registers")
    states = some_states(cube, num_of(benchmark))
    found = timed(benchmark, lambda: neighbours(cube, states), len(states))
    np.testing.assert_array_equal(found, states[:, cube.table])


@pytest.mark.benchmark(group="puzzle-neighbours-cube3")
def test_cube_neighbours_by_numpy(benchmark) -> None:
    cube = ml.Cube(3)
    states = some_states(cube, num_of(benchmark))
    found = timed(benchmark, rivals.cube_by_numpy(cube, states), len(states))
    np.testing.assert_array_equal(found, neighbours(cube, states))


@pytest.mark.benchmark(group="puzzle-neighbours-cube3")
@pytest.mark.parametrize("width", ["auto", None])
def test_cube_neighbours_by_cayleypy(benchmark, width: str | None) -> None:
    pytest.importorskip("cayleypy", reason="cayleypy is not installed")
    cube, threads = ml.Cube(3), torch.get_num_threads()
    states = some_states(cube, num_of(benchmark))
    find = rivals.cube_by_cayleypy(cube, states, width)
    torch.set_num_threads(1)
    found = timed(benchmark, find, len(states))
    torch.set_num_threads(threads)
    np.testing.assert_array_equal(find.decoded(found), neighbours(cube, states))


@pytest.mark.benchmark(group="puzzle-neighbours-cube3")
def test_cube_neighbours_by_deepxube(benchmark) -> None:
    pytest.importorskip("deepxube", reason=NEEDS_DEEPXUBE)
    from deepxube.domains.cube3 import Cube3, Cube3State

    theirs, numbered = Cube3(), np.arange(54, dtype=np.uint8)
    table = np.stack([s.colors for s in rivals.by_deepxube(theirs, Cube3State, numbered[None])()])
    cube = ml.Permutation(table.astype(int), theirs.goal_colors.astype(int))
    states = some_states(cube, num_of(benchmark) // 10)
    found = timed(benchmark, rivals.by_deepxube(theirs, Cube3State, states), len(states), 5)
    rows = np.stack([state.colors for state in found]).reshape(len(states), 12, 54)
    np.testing.assert_array_equal(rows, neighbours(cube, states))


@pytest.mark.benchmark(group="puzzle-neighbours-tiles4")
def test_tiles_neighbours(benchmark) -> None:
    tiles = ml.Tiles(4)
    states = some_states(tiles, num_of(benchmark))
    found = timed(benchmark, lambda: neighbours(tiles, states), len(states))
    np.testing.assert_array_equal(found, rivals.tiles_by_numpy(tiles, states)())


@pytest.mark.benchmark(group="puzzle-neighbours-tiles4")
def test_tiles_neighbours_by_numpy(benchmark) -> None:
    tiles = ml.Tiles(4)
    states = some_states(tiles, num_of(benchmark))
    found = timed(benchmark, rivals.tiles_by_numpy(tiles, states), len(states))
    np.testing.assert_array_equal(found, neighbours(tiles, states))


@pytest.mark.benchmark(group="puzzle-neighbours-tiles4")
def test_tiles_neighbours_by_deepxube(benchmark) -> None:
    pytest.importorskip("deepxube", reason=NEEDS_DEEPXUBE)
    from deepxube.domains.npuzzle import NPState, NPuzzle

    tiles = ml.Tiles(4)
    states = some_states(tiles, num_of(benchmark) // 10)
    found = timed(benchmark, rivals.by_deepxube(NPuzzle(4), NPState, states), len(states), 5)
    rows = np.stack([state.tiles for state in found]).reshape(len(states), 4, 16)
    assert set(map(bytes, rows.reshape(-1, 16))) == set(
        map(bytes, neighbours(tiles, states).reshape(-1, 16))
    )


# Features: time is that of a state ---------------------------------------------------------------


@pytest.mark.benchmark(group="puzzle-features-cube3")
@pytest.mark.parametrize("num_threads", [1, 2])
def test_cube_features(benchmark, num_threads: int) -> None:
    states = some_states(ml.Cube(3), num_of(benchmark))
    found = timed(benchmark, lambda: cubies.features(states, 3, num_threads), len(states))
    np.testing.assert_array_equal(found, rivals.features_by_numpy(states)())


@pytest.mark.benchmark(group="puzzle-features-cube3")
def test_cube_features_by_numpy(benchmark) -> None:
    states = some_states(ml.Cube(3), num_of(benchmark))
    found = timed(benchmark, rivals.features_by_numpy(states), len(states))
    np.testing.assert_array_equal(found, ml.Cube(3).features(states))


# Walks: time is that of a step --------------------------------------------------------------------


def walks(domain, num: int) -> np.ndarray:
    """The ends of the walks that all benchmarks make."""
    options = {"keeps_all": False, "num_threads": 1}
    return walked(domain, np.zeros(num, np.int32), np.arange(num), 0, STEPS, **options)[0]


@pytest.mark.benchmark(group="puzzle-walks-cube3")
def test_cube_walks(benchmark) -> None:
    cube, num = ml.Cube(3), num_of(benchmark)
    ends = timed(benchmark, lambda: walks(cube, num), num * STEPS)
    np.testing.assert_array_equal(ends, rivals.cube_walks(cube, num, STEPS, 0))


@pytest.mark.benchmark(group="puzzle-walks-cube3")
def test_cube_walks_by_numpy(benchmark) -> None:
    cube, num = ml.Cube(3), num_of(benchmark)
    ends = timed(benchmark, lambda: rivals.cube_walks(cube, num, STEPS, 0), num * STEPS, 5)
    np.testing.assert_array_equal(ends, walks(cube, num))


class Gathered:
    """A puzzle with the neighbours of NumPy."""

    def __init__(self, puzzle, find: Callable) -> None:
        self._puzzle, self._find = puzzle, find

    def __getattr__(self, name: str) -> object:
        return getattr(self._puzzle, name)

    def __len__(self) -> int:
        return 1

    def __getitem__(self, worlds: object) -> object:
        return self

    def neighbours(self, states: np.ndarray, worlds: np.ndarray) -> np.ndarray:
        return self._find(self._puzzle, states)()


def side_by_side(puzzle, find: Callable, num: int) -> np.ndarray:
    """The same walks, by neighbours that NumPy finds."""
    made = RandomWalks(Gathered(puzzle, find), np.zeros(num, np.int32), np.arange(num), 0)
    for _ in range(STEPS):
        made.step(np.arange(num))
    return made.states


@pytest.mark.benchmark(group="puzzle-walks-cube3")
def test_cube_walks_by_a_gather_of_all_moves(benchmark) -> None:
    cube, num = ml.Cube(3), num_of(benchmark) // 10
    find = lambda: side_by_side(cube, rivals.cube_by_numpy, num)  # noqa: E731
    np.testing.assert_array_equal(timed(benchmark, find, num * STEPS, 3), walks(cube, num))


@pytest.mark.benchmark(group="puzzle-walks-tiles4")
def test_tiles_walks_by_a_gather_of_all_moves(benchmark) -> None:
    tiles, num = ml.Tiles(4), num_of(benchmark) // 10
    find = lambda: side_by_side(tiles, rivals.tiles_by_numpy, num)  # noqa: E731
    np.testing.assert_array_equal(timed(benchmark, find, num * STEPS, 3), walks(tiles, num))


@pytest.mark.benchmark(group="puzzle-walks-cube3")
def test_cube_walks_by_cayleypy(benchmark) -> None:
    """Walks of its own draws, which may undo the step before."""
    pytest.importorskip("cayleypy", reason="cayleypy is not installed")
    cube, num, threads = ml.Cube(3), num_of(benchmark), torch.get_num_threads()
    graph = rivals.cayley_graph(cube)
    torch.set_num_threads(1)
    found = timed(
        benchmark, lambda: graph.random_walks(width=num, length=STEPS + 1), num * STEPS, 5
    )
    torch.set_num_threads(threads)
    states = found[0].numpy().astype(np.uint8).reshape(STEPS + 1, num, 54)
    after = neighbours(cube, states[-2])
    assert (after == states[-1][:, None]).all(axis=2).any(axis=1).all()


@pytest.mark.benchmark(group="puzzle-walks-tiles4")
def test_tiles_walks(benchmark) -> None:
    tiles, num = ml.Tiles(4), num_of(benchmark)
    ends = timed(benchmark, lambda: walks(tiles, num), num * STEPS)
    np.testing.assert_array_equal(ends, rivals.tiles_walks(tiles, num, STEPS, 0))


@pytest.mark.benchmark(group="puzzle-walks-tiles4")
def test_tiles_walks_by_numpy(benchmark) -> None:
    tiles, num = ml.Tiles(4), num_of(benchmark)
    ends = timed(benchmark, lambda: rivals.tiles_walks(tiles, num, STEPS, 0), num * STEPS, 5)
    np.testing.assert_array_equal(ends, walks(tiles, num))
