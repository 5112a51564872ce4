import hashlib

import numpy as np
import pytest
import reference_maze as reference
from hypothesis import given
from hypothesis import strategies as st

from mlsearch import _core
from mlsearch.domains.maze.mazes import Mazes

GENERATORS = ["percolation", "depth_first", "wilson", "prim"]
TREES = GENERATORS[1:]
sides = st.integers(2, 70)


@pytest.mark.parametrize("generator", GENERATORS)
@given(size=st.tuples(sides, st.integers(3, 70)), seed=st.integers(0, 2**64 - 1))
def test_free_cells_are_connected(generator, size, seed):
    walls = Mazes.generate(1, size, generator, seed=seed).walls[0]
    assert walls.shape == size
    assert (walls == 0).sum() >= 2
    assert reference.is_connected(walls)


@pytest.mark.parametrize("generator", TREES)
@given(size=st.tuples(sides, st.integers(3, 40)), seed=st.integers(0, 1000))
def test_trees_span_all_rooms_without_a_loop(generator, size, seed):
    walls = Mazes.generate(1, size, generator, seed=seed).walls[0]
    rooms = walls[::2, ::2]
    assert not rooms.any()
    assert walls[1::2, 1::2].all()
    assert (walls == 0).sum() == 2 * rooms.size - 1
    assert reference.num_edges(walls) == (walls == 0).sum() - 1
    for side, last in zip(size, (walls[-1], walls[:, -1]), strict=True):
        assert side % 2 == 1 or last.all()


@pytest.mark.parametrize("width", [2, 9, 63, 64, 65, 130])
@pytest.mark.parametrize("wall_probability", [0.0, 0.25, 0.4, 0.6])
def test_percolation_equals_the_slow_version(width, wall_probability):
    shape = (9, width)
    walls = Mazes.generate(6, shape, wall_probability=wall_probability, seed=2**63).walls
    for item, maze in enumerate(walls):
        slow = reference.percolation(shape, wall_probability, 2**63, item)
        np.testing.assert_array_equal(maze, slow)


def test_percolation_has_the_wall_share_asked_for():
    for probability in (0.0, 0.05, 0.1):  # where next to nothing is cut off
        walls = Mazes.generate(200, 40, wall_probability=probability).walls
        isolated = probability**4  # a free cell shut in by four walls
        assert walls.mean() == pytest.approx(probability + isolated, abs=3e-3)


def spanning_tree_code(walls):
    return bytes(np.concatenate([walls[::2, 1::2].ravel(), walls[1::2, ::2].ravel()]))


def tree_counts(generator, num):
    walls = Mazes.generate(num, (5, 5), generator, seed=9).walls
    codes = [spanning_tree_code(maze) for maze in walls]
    return np.unique(codes, return_counts=True)[1]


def test_wilson_draws_every_tree_alike():
    counts = tree_counts("wilson", 192 * 200)
    assert len(counts) == 192  # spanning trees of a 3 x 3 grid
    chi_squared = ((counts - 200) ** 2 / 200).sum()
    assert chi_squared < 191 + 5 * np.sqrt(2 * 191)


@pytest.mark.parametrize("generator", ["depth_first", "prim"])
def test_the_others_do_not(generator):
    counts = tree_counts(generator, 192 * 200)
    assert ((counts - 200) ** 2 / 200).sum() > 10 * 191


@pytest.mark.parametrize("generator", TREES)
def test_loops_open_their_share_of_walls(generator):
    size, num = (21, 31), 300
    tree = Mazes.generate(num, size, generator, seed=2).walls
    looped = Mazes.generate(num, size, generator, loops=0.3, seed=2).walls
    assert (looped <= tree).all()
    inner = 11 * 15 + 10 * 16 - (11 * 16 - 1)  # passages that the tree does not use
    assert (tree - looped).sum() / (num * inner) == pytest.approx(0.3, abs=0.02)
    assert looped[:, 1::2, 1::2].all()
    everything = Mazes.generate(1, (20, 21), generator, loops=1.0).walls[0]
    assert not everything[:-1:2].any()
    assert not everything[:-1, ::2].any()


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_maze_depends_on_seed_and_index_alone(generator):
    mazes = Mazes.generate(900, 20, generator, seed=7, num_threads=1)
    assert mazes == Mazes.generate(900, 20, generator, seed=7, num_threads=4)
    assert mazes[:3] == Mazes.generate(3, 20, generator, seed=7)
    assert len(np.unique(mazes.walls, axis=0)) == 900
    assert mazes != Mazes.generate(900, 20, generator, seed=8)


@pytest.mark.parametrize(
    ("generator", "expected"),
    [
        ("percolation", "fa998a7fabcb"),
        ("depth_first", "c1bc90489a35"),
        ("wilson", "798c40120329"),
        ("prim", "d156aa122edc"),
    ],
)
def test_golden_streams(generator, expected):
    """A change here changes every experiment that was seeded: change the major version."""
    walls = Mazes.generate(100, (20, 33), generator, seed=12345).walls
    assert hashlib.sha256(walls.tobytes()).hexdigest()[:12] == expected


@pytest.mark.parametrize("generator", GENERATORS)
def test_smallest_and_longest(generator):
    assert Mazes.generate(5, (2, 3), generator).num_free.min() >= 2
    assert reference.is_connected(Mazes.generate(1, (8192, 2), generator).walls[0])
    assert reference.is_connected(Mazes.generate(1, (3, 8192), generator, seed=1).walls[0])


BAD = [
    ({"num": 0}, ValueError, "num: expected 1 to .* got 0"),
    ({"num": 1.5}, TypeError, "num: expected an integer, got 1.5"),
    ({"num_threads": -1}, ValueError, "num_threads: expected 0 to .* got -1"),
    ({"size": 1}, ValueError, "size: expected sides from 2 to 8192, got 1"),
    ({"size": (5, 8193)}, ValueError, "size: expected sides from 2 to 8192"),
    ({"size": 2.5}, TypeError, "size: expected an integer or"),
    ({"size": (5,)}, TypeError, "size: expected an integer or"),
    ({"size": (5, 5.0)}, TypeError, "size: expected an integer or"),
    ({"generator": "kruskal"}, ValueError, "generator: expected percolation, .* got kruskal"),
    ({"wall_probability": 1.0}, ValueError, "wall_probability: expected 0 <= "),
    ({"wall_probability": -0.1}, ValueError, "wall_probability: expected 0 <= "),
    ({"wall_probability": float("nan")}, ValueError, "wall_probability: .* got nan"),
    ({"loops": 1.1, "generator": "prim"}, ValueError, "loops: expected 0 to 1, got 1.1"),
    ({"loops": float("nan"), "generator": "prim"}, ValueError, "loops: .* got nan"),
    ({"loops": 0.5}, ValueError, "loops: expected 0 for percolation"),
    ({"size": 2, "generator": "wilson"}, ValueError, "at least two rooms"),
    ({"seed": -1}, ValueError, "seed: expected 0 to"),
    ({"seed": 0.5}, TypeError, "seed: expected an integer"),
    (
        {"size": 2, "wall_probability": 0.999999},
        ValueError,
        "maze 0: 100 draws of size 2 x 2 with wall_probability 0.999999 gave no two",
    ),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD, ids=str)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        Mazes.generate(**{"num": 3, **arguments})


def test_the_extension_checks_sides():
    with pytest.raises(ValueError, match="height: expected 2 to 8192, got 1"):
        _core.generate(1, 1, 5, "prim", 0.3, 0.0, 0, 0, 1)
    with pytest.raises(ValueError, match="width: expected 2 to 8192, got 9000"):
        _core.generate(1, 5, 9000, "prim", 0.3, 0.0, 0, 0, 1)
