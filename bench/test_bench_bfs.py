"""Distance fields beside alternatives, on one thread; every answer is compared.

All of a group compute the same fields. Graphs that an alternative needs are made beforehand.
"""

from functools import partial

import numba
import numpy as np
import pytest
import scipy.sparse
from scipy.sparse.csgraph import breadth_first_order, dijkstra

from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems

# Name of the group: number of mazes, their side and generator; as a test they are smaller.
KINDS = {
    "bfs-20": (1000, 20, "percolation"),
    "bfs-20-depth-first": (1000, 20, "depth_first"),
    "bfs-512": (1, 512, "percolation"),
    "bfs-2048": (1, 2048, "percolation"),
}
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def problems(benchmark, kind):
    benchmark.group = kind
    num, side, generator = KINDS[kind]
    if not benchmark.enabled:
        num, side = min(num, 20), min(side, 64)
    benchmark.extra_info.update(num=num, side=side)
    return Problems.sample(Mazes.generate(num, side, generator, seed=1))


@kinds
def test_field_mlsearch(benchmark, problems, kind):
    fields = benchmark(problems.domain.distances, problems.goals, num_threads=1)
    np.testing.assert_array_equal(fields, numba_fields(problems.domain.walls, problems.goals))


@kinds
def test_field_numba_queue(benchmark, problems, kind):
    fields = benchmark(numba_fields, problems.domain.walls, problems.goals)
    np.testing.assert_array_equal(fields, problems.domain.distances(problems.goals))


def compare(benchmark, problems, field_of, inputs):
    """Times ``field_of(input, goal)`` on all problems; the inputs were made beforehand."""
    pairs = list(zip(inputs, problems.goals, strict=True))
    fields = benchmark(lambda: [field_of(*pair) for pair in pairs])
    expected = problems.domain.distances(problems.goals)
    np.testing.assert_array_equal(np.reshape(fields, expected.shape), expected)


@kinds
def test_field_scipy_breadth_first_order(benchmark, problems, kind):
    compare(benchmark, problems, scipy_field, [grid_graph(w) for w in problems.domain.walls])


@kinds
def test_field_tcod(benchmark, problems, kind):
    path = pytest.importorskip("tcod.path", reason="tcod is not installed")
    compare(benchmark, problems, partial(tcod_field, path), problems.domain.walls)


@kinds
def test_field_scikit_image(benchmark, problems, kind):
    graph = pytest.importorskip("skimage.graph", reason="scikit-image is not installed")
    compare(benchmark, problems, partial(skimage_field, graph), problems.domain.walls)


@pytest.mark.parametrize("kind", ["bfs-20", "bfs-20-depth-first"])
def test_field_networkx(benchmark, problems, kind):
    networkx = pytest.importorskip("networkx", reason="networkx is not installed")
    graphs = [networkx.from_scipy_sparse_array(grid_graph(w)) for w in problems.domain.walls]
    compare(benchmark, problems, partial(networkx_field, networkx), graphs)


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
        if walls[maze, goals[maze] // width, goals[maze] % width] == 0:
            fill_field(walls[maze], goals[maze], fields[maze], queue)
    return fields


@numba.njit(cache=True)
def fill_field(walls, goal, field, queue):
    height, width = walls.shape
    queue[0] = goal
    field[goal // width, goal % width] = 0
    head, tail = 0, 1
    while head < tail:
        cell = queue[head]
        head += 1
        row, column = cell // width, cell % width
        steps = field[row, column] + 1
        if row > 0 and walls[row - 1, column] == 0 and field[row - 1, column] < 0:
            field[row - 1, column] = steps
            queue[tail] = cell - width
            tail += 1
        if row + 1 < height and walls[row + 1, column] == 0 and field[row + 1, column] < 0:
            field[row + 1, column] = steps
            queue[tail] = cell + width
            tail += 1
        if column > 0 and walls[row, column - 1] == 0 and field[row, column - 1] < 0:
            field[row, column - 1] = steps
            queue[tail] = cell - 1
            tail += 1
        if column + 1 < width and walls[row, column + 1] == 0 and field[row, column + 1] < 0:
            field[row, column + 1] = steps
            queue[tail] = cell + 1
            tail += 1


def grid_graph(walls):
    cells = np.arange(walls.size, dtype=np.int32).reshape(walls.shape)
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


def skimage_field(graph, walls, goal):
    costs = np.where(walls, -1.0, 1.0)  # of entering a cell; negative: never
    search = graph.MCP(costs, fully_connected=False)
    field, _ = search.find_costs([np.unravel_index(goal, walls.shape)])
    return np.where(np.isinf(field), -1, field - 1).astype(np.int32)  # the goal itself cost 1


def networkx_field(networkx, graph, goal):
    field = np.full(graph.number_of_nodes(), -1, np.int32)
    for cell, steps in networkx.single_source_shortest_path_length(graph, int(goal)).items():
        field[cell] = steps
    return field
