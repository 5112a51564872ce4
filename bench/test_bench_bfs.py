"""Distance fields beside plain alternatives, on one thread; every answer is compared."""

import numba
import numpy as np
import pytest
import scipy.sparse
from scipy.sparse.csgraph import breadth_first_order, dijkstra

from mlsearch.mazes import Mazes, Problems

NUM_MAZES = {20: 1000, 512: 1}
sizes = pytest.mark.parametrize("size", [20, 512])


@pytest.fixture
def problems(benchmark, size):
    """Mazes and goals; names the group and notes how many fields one round computes."""
    benchmark.group = f"bfs-{size}"
    benchmark.extra_info["fields"] = NUM_MAZES[size]
    return Problems.sample(Mazes.generate(NUM_MAZES[size], size, seed=1))


@sizes
def test_field_mlsearch(benchmark, problems, size):
    fields = benchmark(problems.mazes.distances, problems.goals, num_threads=1)
    np.testing.assert_array_equal(fields, numba_fields(problems.mazes.walls, problems.goals))


@sizes
def test_field_numba_queue(benchmark, problems, size):
    fields = benchmark(numba_fields, problems.mazes.walls, problems.goals)
    np.testing.assert_array_equal(fields, problems.mazes.distances(problems.goals))


@sizes
def test_field_scipy_breadth_first_order(benchmark, problems, size):
    walls, goal = problems.mazes.walls[0], problems.goals[0]
    graph = grid_graph(walls)  # not timed
    field = benchmark(scipy_field, graph, goal)
    benchmark.extra_info["fields"] = 1
    np.testing.assert_array_equal(
        field.reshape(walls.shape), problems.mazes[0].distances([goal])[0]
    )


@sizes
def test_field_tcod(benchmark, problems, size):
    path = pytest.importorskip("tcod.path", reason="tcod is not installed")
    walls, goal = problems.mazes.walls[0], problems.goals[0]
    field = benchmark(tcod_field, path, walls, goal)
    benchmark.extra_info["fields"] = 1
    np.testing.assert_array_equal(field, problems.mazes[0].distances([goal])[0])


@pytest.mark.benchmark(group="all-pairs-20")
def test_all_pairs_mlsearch(benchmark):
    table = benchmark(Mazes.generate(1).all_distances, num_threads=1)[0]
    np.testing.assert_array_equal(table, scipy_table(Mazes.generate(1).walls[0]))


@pytest.mark.benchmark(group="all-pairs-20")
def test_all_pairs_numba_queue(benchmark):
    mazes = Mazes.generate(1)
    walls = np.repeat(mazes.walls, 400, axis=0)
    fields = benchmark(numba_fields, walls, np.arange(400))
    np.testing.assert_array_equal(fields.reshape(1, 400, 400), mazes.all_distances())


@pytest.mark.benchmark(group="all-pairs-20")
def test_all_pairs_scipy_dijkstra(benchmark):
    mazes = Mazes.generate(1)
    table = benchmark(scipy_table, mazes.walls[0])
    np.testing.assert_array_equal(table, mazes.all_distances()[0])


@numba.njit(cache=True)
def numba_fields(walls, goals):
    num, height, width = walls.shape
    fields = np.full((num, height, width), -1, np.int32)
    queue = np.empty(height * width, np.int32)
    for maze in range(num):
        if walls[maze].flat[goals[maze]]:
            continue
        fill_field(walls[maze], goals[maze], fields[maze], queue)
    return fields


@numba.njit(cache=True)
def fill_field(walls, goal, field, queue):
    height, width = walls.shape
    queue[0] = goal
    field[goal // width, goal % width] = 0
    head, tail = 0, 1
    while head < tail:
        row, column = queue[head] // width, queue[head] % width
        head += 1
        for dr, dc in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            r, c = row + dr, column + dc
            if 0 <= r < height and 0 <= c < width and not walls[r, c] and field[r, c] < 0:
                field[r, c] = field[row, column] + 1
                queue[tail] = r * width + c
                tail += 1


def grid_graph(walls):
    cells = np.arange(walls.size).reshape(walls.shape)
    free = walls == 0
    down = free[1:] & free[:-1]
    right = free[:, 1:] & free[:, :-1]
    first = np.concatenate([cells[:-1][down], cells[:, :-1][right]])
    second = np.concatenate([cells[1:][down], cells[:, 1:][right]])
    edges = (np.concatenate([first, second]), np.concatenate([second, first]))
    return scipy.sparse.csr_array((np.ones(2 * len(first)), edges), shape=2 * (walls.size,))


def scipy_field(graph, goal):
    order, parents = breadth_first_order(graph, goal)
    return depths(order, parents)


@numba.njit(cache=True)
def depths(order, parents):
    field = np.full(len(parents), -1, np.int32)
    field[order[0]] = 0
    for cell in order[1:]:
        field[cell] = field[parents[cell]] + 1
    return field


def scipy_table(walls):
    table = dijkstra(grid_graph(walls), unweighted=True)
    table[:, walls.ravel() == 1] = np.inf
    return np.where(np.isinf(table), -1, table).astype(np.int32)


def tcod_field(path, walls, goal):
    far = np.iinfo(np.int32).max
    field = np.full(walls.shape, far, np.int32)
    field.flat[goal] = 0
    path.dijkstra2d(field, (1 - walls).astype(np.int32), 1, 0, out=field)
    return np.where(field == far, -1, field)
