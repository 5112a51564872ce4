import numpy as np
import pytest
import reference_maze as reference
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse.csgraph import shortest_path

from mlsearch import _core
from mlsearch.domains.maze.mazes import Mazes

SHAPES = [
    (2, 2), (2, 62), (2, 63), (2, 64), (3, 65), (8, 63), (7, 63), (9, 61), (8, 62), (20, 20),
    (25, 19), (25, 20), (22, 22), (170, 2), (171, 2), (2, 511), (2, 512), (40, 37), (64, 64),
]  # fmt: skip


pytestmark = pytest.mark.usefixtures("registers")

small = st.tuples(*3 * [st.integers(2, 24)])  # floods of bits
wide = st.tuples(st.integers(1, 3), st.integers(2, 9), st.integers(64, 70))  # a queue


def fields(walls, goals):
    return np.stack([reference.distance_field(w, g) for w, g in zip(walls, goals, strict=True)])


@given(walls=hnp.arrays(np.uint8, small | wide, elements=st.integers(0, 1)))
def test_any_walls(walls):
    goals = np.arange(len(walls)) * 7 % walls[0].size
    np.testing.assert_array_equal(Mazes(walls).distances(goals), fields(walls, goals))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("wall_share", [0.0, 0.25, 0.4])
def test_shapes(shape, wall_share):
    rng = np.random.default_rng(0)
    walls = (rng.random((4, *shape)) < wall_share).astype(np.uint8)
    goals = rng.integers(0, walls[0].size, 4)
    goals[0] = walls[0].size - 1
    np.testing.assert_array_equal(Mazes(walls).distances(goals), fields(walls, goals))


@pytest.mark.parametrize("generator", ["percolation", "depth_first", "wilson", "prim"])
@pytest.mark.parametrize("size", [20, (21, 19), (33, 50)], ids=str)
def test_all_pairs_equal_scipy(generator, size):
    mazes = Mazes.generate(2, size, generator, seed=5)[1]
    cells = mazes.num_cells
    edges = [(a, b) for a in range(cells) for b in reference.neighbours(mazes.walls[0], a)]
    free = [(a, b) for a, b in edges if not mazes.walls[0].flat[a]]
    rows, columns = np.array(free, np.int32).T  # older versions of SciPy take no others
    graph = scipy.sparse.csr_array((np.ones(len(rows)), (rows, columns)), (cells, cells))
    expected = shortest_path(graph, unweighted=True)
    expected[:, mazes.walls.ravel() == 1] = np.inf
    expected = np.where(np.isinf(expected), -1, expected)
    np.testing.assert_array_equal(mazes.all_distances()[0], expected)


@pytest.mark.parametrize("shape", [(20, 20), (25, 19), (15, 31), (8, 62), (41, 41)], ids=str)
def test_snake_counts_past_every_byte(shape):
    walls = reference.snake(*shape)
    expected = fields(walls[None], [0])
    np.testing.assert_array_equal(Mazes(walls).distances([0]), expected)
    assert expected.max() > 2 * max(shape)


def test_goal_on_a_wall_and_closed_rooms():
    walls = np.array([[0, 1, 0], [1, 1, 0]])
    expected = [[[-1] * 3] * 2, [[0, -1, -1], [-1, -1, -1]], [[-1, -1, 0], [-1, -1, 1]]]
    np.testing.assert_array_equal(Mazes(walls).distances([[1, 0, 2]])[0], expected)


def test_many_goals_equal_single_goals():
    mazes = Mazes.generate(3, (9, 30), seed=1)
    goals = np.arange(12).reshape(3, 4) * 20
    together = mazes.distances(goals)
    assert together.shape == (3, 4, 9, 30)
    for k in range(4):
        np.testing.assert_array_equal(together[:, k], mazes.distances(goals[:, k]))


@pytest.mark.parametrize("size", [20, 60])
def test_all_distances_are_a_metric(size):
    mazes = Mazes.generate(1, (8, size), seed=2)
    table = mazes.all_distances()[0]
    np.testing.assert_array_equal(table, table.T)
    free = np.flatnonzero(mazes.walls.ravel() == 0)
    table = table[np.ix_(free, free)]
    assert (table[:, None, :] <= table[:, :, None] + table[None, :, :]).all()
    assert (np.diag(table) == 0).all()


@pytest.mark.parametrize("size", [20, 50])
def test_threads_change_nothing(size):
    mazes = Mazes.generate(700, size, seed=3)
    goals = np.zeros(700, np.int32)
    one = mazes.distances(goals, num_threads=1)
    np.testing.assert_array_equal(one, mazes.distances(goals, num_threads=5))


def test_large_maze():
    walls = Mazes.generate(1, (300, 701), seed=4).walls
    goal = int(np.flatnonzero(walls.ravel() == 0)[500])
    np.testing.assert_array_equal(Mazes(walls).distances([goal]), fields(walls, [goal]))


def test_shortest_distances_read_the_fields():
    mazes = Mazes.generate(50, seed=6)
    starts, goals = _core.sample_problems(mazes.walls, 1, 0, 1)
    expected = mazes.distances(goals).reshape(50, -1)[np.arange(50), starts]
    np.testing.assert_array_equal(_core.shortest_distances(mazes.walls, starts, goals, 1), expected)


WALLS = np.zeros((2, 3, 4), np.uint8)
CELLS = np.zeros((2, 1), np.int32)


@pytest.mark.parametrize(
    ("walls", "goals", "error", "message"),
    [
        ([[0]], CELLS, TypeError, "walls: expected a uint8 array"),
        (WALLS[0], CELLS, ValueError, "walls: .* got shape \\[3, 4\\]"),
        (np.zeros((1, 2, 8193), np.uint8), CELLS, ValueError, "sides from 1 to 8192"),
        (np.zeros((1, 0, 2), np.uint8), CELLS, ValueError, "sides from 1 to 8192"),
        (WALLS, CELLS.astype(np.int64), TypeError, "goals: .* got dtype int64"),
        (WALLS, CELLS[:1], ValueError, "goals: .* shape \\[2, any\\], got shape \\[1, 1\\]"),
        (WALLS, CELLS + 12, ValueError, "goals: expected cells from 0 to 11, got 12"),
        (WALLS, CELLS - 1, ValueError, "goals: expected cells from 0 to 11, got -1"),
        (WALLS[:, :, ::2], CELLS, ValueError, "C-contiguous"),
    ],
)
def test_bad_arrays(walls, goals, error, message):
    with pytest.raises(error, match=message):
        _core.distance_fields(walls, goals, 1)
