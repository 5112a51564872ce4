"""Moves of puzzles and random walks against NumPy, one thread."""

from __future__ import annotations

import numpy as np
import pytest

import mlsearch as ml
from mlsearch.domains.scrambles import RandomWalks, walked

STATES = 1000  # of one call


def some_states(domain) -> np.ndarray:
    """States on walks of 50 moves."""
    worlds = np.zeros(STATES, np.int32)
    return walked(domain, worlds, np.arange(STATES), 0, 50, keeps_all=False)[0]


def rounds(benchmark) -> dict[str, int]:
    """Many when timed, one when run as a test."""
    benchmark.extra_info["num"] = STATES
    return {"rounds": 200, "iterations": 5} if benchmark.enabled else {"rounds": 1}


@pytest.mark.benchmark(group="puzzle-neighbours-cube3")
def test_cube_neighbours(benchmark) -> None:
    cube = ml.Cube(3)
    states, worlds = some_states(cube), np.zeros(STATES, np.int32)
    found = benchmark.pedantic(
        cube.compiled.neighbours, (states, worlds, 1), warmup_rounds=1, **rounds(benchmark)
    )
    np.testing.assert_array_equal(found, states[:, cube.table])


@pytest.mark.benchmark(group="puzzle-neighbours-cube3")
def test_cube_neighbours_by_numpy(benchmark) -> None:
    cube = ml.Cube(3)
    states, table = some_states(cube), cube.table.astype(np.intp)
    found = benchmark.pedantic(
        lambda: np.take(states, table, axis=1), warmup_rounds=1, **rounds(benchmark)
    )
    assert found.shape == (STATES, 12, 54)


@pytest.mark.benchmark(group="puzzle-neighbours-tiles4")
def test_tiles_neighbours(benchmark) -> None:
    tiles = ml.Tiles(4)
    states, worlds = some_states(tiles), np.zeros(STATES, np.int32)
    found = benchmark.pedantic(
        tiles.compiled.neighbours, (states, worlds, 1), warmup_rounds=1, **rounds(benchmark)
    )
    np.testing.assert_array_equal(found, tiles_by_numpy(states, tiles_table()))


@pytest.mark.benchmark(group="puzzle-neighbours-tiles4")
def test_tiles_neighbours_by_numpy(benchmark) -> None:
    states, table = some_states(ml.Tiles(4)), tiles_table()
    found = benchmark.pedantic(
        tiles_by_numpy, (states, table), warmup_rounds=1, **rounds(benchmark)
    )
    assert found.shape == (STATES, 4, 16)


def tiles_table() -> np.ndarray:
    """Where each byte comes from, by the place of the blank and the move: ``[16, 4, 16]``."""
    table = np.tile(np.arange(16), (16, 4, 1))
    for blank in range(16):
        for move, (down, right) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
            row, column = blank // 4 + down, blank % 4 + right
            if 0 <= row < 4 and 0 <= column < 4:
                to = row * 4 + column
                table[blank, move, [blank, to]] = to, blank
    return table


def tiles_by_numpy(states: np.ndarray, table: np.ndarray) -> np.ndarray:
    """A gather of all moves of all states."""
    return states[np.arange(len(states))[:, None, None], table[states.argmin(axis=1)]]


@pytest.mark.benchmark(group="puzzle-walks-cube3")
def test_cube_walks(benchmark) -> None:
    cube, worlds = ml.Cube(3), np.zeros(STATES, np.int32)
    options = {"keeps_all": False, "num_threads": 1}
    ends, _ = benchmark.pedantic(
        walked,
        (cube, worlds, np.arange(STATES), 0, 30),
        options,
        rounds=20 if benchmark.enabled else 1,
    )
    benchmark.extra_info["num"] = STATES * 30
    np.testing.assert_array_equal(ends, walks_by_numpy(cube))


@pytest.mark.benchmark(group="puzzle-walks-cube3")
def test_cube_walks_by_numpy(benchmark) -> None:
    cube = ml.Cube(3)
    benchmark.pedantic(walks_by_numpy, (cube,), rounds=3 if benchmark.enabled else 1)
    benchmark.extra_info["num"] = STATES * 30


class Gathered:
    """The cube with the neighbours of NumPy."""

    def __init__(self, cube: ml.Cube) -> None:
        self._cube = cube

    def __getattr__(self, name: str) -> object:
        return getattr(self._cube, name)

    def __len__(self) -> int:
        return 1

    def __getitem__(self, worlds: object) -> object:
        return self

    def neighbours(self, states: np.ndarray, worlds: np.ndarray) -> np.ndarray:
        return np.take(states, self._cube.table, axis=1)


def walks_by_numpy(cube: ml.Cube) -> np.ndarray:
    """The same walks, all of them side by side."""
    walks = RandomWalks(Gathered(cube), np.zeros(STATES, np.int32), np.arange(STATES), 0)
    for _ in range(30):
        walks.step(np.arange(STATES))
    return walks.states
