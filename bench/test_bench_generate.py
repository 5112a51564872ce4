"""Generation of 200 mazes of 20 x 20 beside plain alternatives, on one thread."""

import numpy as np
import pytest
from scipy import ndimage

from mlsearch.mazes import Mazes

NUM = 200


@pytest.mark.benchmark(group="generate-percolation-20")
def test_percolation_mlsearch(benchmark):
    mazes = benchmark(Mazes.generate, NUM, 20, wall_probability=0.35, num_threads=1)
    assert is_one_component(mazes.walls[0])


@pytest.mark.benchmark(group="generate-percolation-20")
def test_percolation_scipy_label(benchmark):
    walls = benchmark(percolation_scipy, np.random.default_rng(0), NUM)
    assert is_one_component(walls[0])


def percolation_scipy(rng, num):
    walls = (rng.random((num, 20, 20)) < 0.35).astype(np.uint8)
    for maze in walls:
        labels, _ = ndimage.label(maze == 0)
        sizes = np.bincount(labels.ravel())
        maze[:] = labels != 1 + np.argmax(sizes[1:])
    return walls


def is_one_component(walls):
    return ndimage.label(walls == 0)[1] == 1


@pytest.mark.benchmark(group="generate-depth-first-20")
def test_depth_first_mlsearch(benchmark):
    mazes = benchmark(Mazes.generate, NUM, 20, "depth_first", num_threads=1)
    assert is_one_component(mazes.walls[0])


@pytest.mark.benchmark(group="generate-depth-first-20")
def test_depth_first_maze_dataset(benchmark):
    reason = "maze-dataset is not installed"
    generation = pytest.importorskip("maze_dataset.generation", reason=reason)
    generate = generation.LatticeMazeGenerators.gen_dfs
    mazes = benchmark(lambda: [generate(np.array([10, 10])) for _ in range(NUM)])
    assert mazes[0].connection_list.sum() == 99


@pytest.mark.benchmark(group="generate-depth-first-20")
def test_depth_first_python(benchmark):
    rng = np.random.default_rng(0)
    mazes = benchmark(lambda: [depth_first_python(rng) for _ in range(NUM)])
    assert is_one_component(mazes[0])


def depth_first_python(rng):
    walls = np.ones((20, 20), np.uint8)
    walls[0, 0] = 0
    path = [(0, 0)]
    while path:
        row, column = path[-1]
        steps = [
            (dr, dc)
            for dr, dc in ((-1, 0), (1, 0), (0, -1), (0, 1))
            if 0 <= row + 2 * dr < 20 and 0 <= column + 2 * dc < 20
            if walls[row + 2 * dr, column + 2 * dc]
        ]
        if not steps:
            path.pop()
            continue
        dr, dc = steps[rng.integers(len(steps))]
        walls[row + dr, column + dc] = walls[row + 2 * dr, column + 2 * dc] = 0
        path.append((row + 2 * dr, column + 2 * dc))
    return walls
