"""Generation of 200 mazes of 20 x 20 beside plain alternatives, on one thread."""

import numpy as np
import pytest
from scipy import ndimage

from mlsearch.domains.maze.mazes import Mazes

NUM = 200
MISSING = "maze-dataset is not installed"


@pytest.fixture(autouse=True)
def number_of_mazes(benchmark):
    benchmark.extra_info["num"] = NUM


@pytest.mark.benchmark(group="generate-percolation-20")
def test_percolation_mlsearch(benchmark):
    mazes = benchmark(Mazes.generate, NUM, 20, wall_probability=0.35, num_threads=1)
    assert is_one_component(mazes.walls[0])


@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("generator", ["percolation", "depth_first"])
def test_threads_mlsearch(benchmark, generator, num_threads):
    benchmark.group = f"generate-{generator}-threads"
    num = benchmark.extra_info["num"] = 20_000 if benchmark.enabled else 100
    mazes = benchmark(Mazes.generate, num, 20, generator, num_threads=num_threads)
    assert mazes[num - 1 :] == Mazes.generate(num, 20, generator)[num - 1 :]


@pytest.mark.benchmark(group="generate-percolation-20")
def test_percolation_maze_dataset(benchmark):
    """Its percolation opens walls between cells, here of 10 x 10: as many cells as ours has."""
    generation = pytest.importorskip("maze_dataset.generation", reason=MISSING)
    generate = generation.LatticeMazeGenerators.gen_percolation
    mazes = benchmark(lambda: [generate(np.array([10, 10]), p=0.65) for _ in range(NUM)])
    assert mazes[0].connection_list.shape == (2, 10, 10)


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
    generation = pytest.importorskip("maze_dataset.generation", reason=MISSING)
    generate = generation.LatticeMazeGenerators.gen_dfs
    mazes = benchmark(lambda: [generate(np.array([10, 10])) for _ in range(NUM)])
    assert mazes[0].connection_list.sum() == 99


@pytest.mark.benchmark(group="generate-depth-first-20")
def test_depth_first_labmaze(benchmark):
    """The nearest it has: mazes of 21 x 21 without rooms."""
    labmaze = pytest.importorskip("labmaze", reason="labmaze is not installed")

    def generate():
        maze = labmaze.RandomMaze(height=21, width=21, max_rooms=0, random_seed=1)
        return [(maze.regenerate(), maze.entity_layer.copy())[1] for _ in range(NUM)]

    assert benchmark(generate)[0].shape == (21, 21)


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
