import hashlib
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_pairs import Stream, move_cell, sample_pairs

from mlsearch.base.seeding import child_seed
from mlsearch.data.pairs import PairSampler
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.maze.symmetry import num_symmetries, transform_cells, transform_walls

COLUMNS = ("trajectory", "position", "offset", "symmetry")
DTYPES = (np.int32, np.int64, np.int32, np.uint8)
SHAPES = [(4, 4), (3, 5), (5, 2)]


def corridor(length, copies=1):
    """Trajectories along the only row that is free, ``length`` steps each."""
    mazes = Mazes(np.stack([np.arange(2 * (length + 1)).reshape(2, -1) > length]))
    cells = np.tile(np.arange(length + 1), copies)
    return Trajectories(mazes, [0] * copies, cells, np.arange(copies + 1) * (length + 1))


def some_trajectories(shape=(6, 6), num=12, per_world=3):
    return Trajectories.sample(Mazes.generate(num, size=shape, seed=1), per_world, seed=2)


def weights_of(offsets, gamma, longest):
    if offsets == "to_end":
        return None
    geometric = [0.0] + [gamma ** (k - 1) for k in range(1, longest + 1)]
    return geometric if offsets == "geometric" else [0.0] + [1.0] * longest


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1),
    shape=st.sampled_from([(6, 6), (4, 7)]),
    share=st.sampled_from([1, 2, 8]),
    offsets=st.sampled_from(["geometric", "uniform", "to_end"]),
    gamma=st.sampled_from([0.3, 0.9, 0.999]),
    symmetry=st.booleans(),
    first=st.integers(0, 2**31 - 4),
)
def test_sample_reproduces_reference(seed, shape, share, offsets, gamma, symmetry, first):
    data = some_trajectories(shape)
    sampler = PairSampler(data, 8, share, offsets, gamma, symmetry, seed)
    batches = sampler.sample(first, 3)
    weights = weights_of(offsets, gamma, int(data.lengths.max()))
    symmetries = num_symmetries(shape) if symmetry else 1
    seeds = child_seed(seed, "pairs"), child_seed(seed, "symmetries")
    for n in range(3):
        expected = sample_pairs(data, first + n, 8, share, weights, symmetries, *seeds)
        got = zip(*(getattr(batches, name)[n].tolist() for name in COLUMNS), strict=True)
        assert list(got) == expected


def test_arrays_are_compact():
    batches = PairSampler(some_trajectories(), batch_size=16).sample(0, 5)
    assert tuple(field.name for field in fields(batches)) == COLUMNS
    for name, dtype in zip(COLUMNS, DTYPES, strict=True):
        array = getattr(batches, name)
        assert array.shape == (5, 16)
        assert array.dtype == dtype
        assert array.flags.c_contiguous


def test_pairs_lie_on_their_trajectory():
    data = some_trajectories()
    batches = PairSampler(data, pairs_per_trajectory=4).sample(0, 20)
    shared = batches.trajectory.reshape(20, 16, 4)
    assert (shared == shared[:, :, :1]).all()
    assert len(np.unique(shared[:, :, 0])) > 20
    for t, position, offset, _ in zip(
        *(getattr(batches, name).flat for name in COLUMNS), strict=True
    ):
        assert data.offsets[t] <= position < position + offset < data.offsets[t + 1]


def chi_square(observed, probabilities):
    expected = observed.sum() * np.asarray(probabilities)
    return float(((observed - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("offsets", ["geometric", "uniform"])
def test_distribution_of_anchors_and_offsets(offsets):
    length, gamma = 6, 0.7
    data = corridor(length, copies=3)
    batches = PairSampler(data, 1000, 2, offsets, gamma, seed=5).sample(0, 200)
    counts = np.zeros((length, length + 1))
    np.add.at(counts, (batches.position % (length + 1), batches.offset), 1)
    assert chi_square(counts.sum(axis=1), [1 / length] * length) < 25.7  # p = 1e-4, 5 degrees
    for i in range(length - 1):
        weights = np.array(weights_of(offsets, gamma, length - i)[1:])
        observed = counts[i, 1 : length - i + 1]
        assert counts[i].sum() == observed.sum()
        assert chi_square(observed, weights / weights.sum()) < 25.7
    assert chi_square(np.bincount(batches.trajectory[:, ::2].flat), [1 / 3] * 3) < 18.4


def test_pairs_to_the_end_take_each_state_once_where_the_group_has_as_many():
    length = 6
    data = corridor(length, copies=2)
    batches = PairSampler(data, 70, length + 1, "to_end", seed=3).sample(0, 50)
    assert (batches.position % (length + 1) + batches.offset == length).all()
    offsets = batches.offset.reshape(-1, length + 1)
    assert (offsets == np.arange(length, -1, -1)).all()
    batches = PairSampler(data, 1000, 2, "to_end", seed=5).sample(0, 100)
    counts = np.bincount(batches.offset.flat)
    assert chi_square(counts, [1 / (length + 1)] * (length + 1)) < 27.9  # p = 1e-4, 6 degrees


def test_trajectories_without_steps_are_left_out():
    data = Trajectories(Mazes(np.zeros((3, 3), np.uint8)), [0] * 3, [4, 0, 1, 8], [0, 1, 3, 4])
    assert set(PairSampler(data).sample(0, 2).trajectory.flat) == {1}


@pytest.mark.parametrize("arguments", [{}, {"pairs_per_trajectory": 8, "symmetry": True}])
def test_result_depends_on_seed_and_batch_number_alone(arguments):
    data = some_trajectories()
    whole = PairSampler(data, **arguments, num_threads=1).sample(0, 400)
    threaded = PairSampler(data, **arguments, num_threads=6).sample(0, 400)
    start = PairSampler(data, **arguments).sample(0, 4)
    resumed = PairSampler(data, **arguments).sample(4, 6)
    other = PairSampler(data, **arguments, seed=1).sample(0, 400)
    for name in COLUMNS:
        column = getattr(whole, name)
        assert np.array_equal(column, getattr(threaded, name))
        parts = [getattr(start, name), getattr(resumed, name)]
        assert np.array_equal(column[:10], np.concatenate(parts))
    assert not np.array_equal(whole.position, other.position)


def test_pairs_of_a_maze_share_the_symmetry_of_their_batch():
    data = some_trajectories()
    batches = PairSampler(data, symmetry=True).sample(0, 300)
    seen = set()
    for maze, symmetry in zip(data.worlds[batches.trajectory], batches.symmetry, strict=True):
        by_maze = dict(zip(maze, symmetry, strict=True))
        assert (np.array([by_maze[m] for m in maze]) == symmetry).all()
        seen.add(tuple(by_maze.get(m) for m in range(12)))
    assert len(seen) > 290
    counts = np.bincount(batches.symmetry[:, 0], minlength=8)
    assert chi_square(counts, [1 / 8] * 8) < 29.9  # p = 1e-4, 7 degrees


def test_symmetries_of_mazes_that_are_not_square():
    batches = PairSampler(some_trajectories((4, 7)), symmetry=True).sample(0, 50)
    assert set(batches.symmetry.flat) == {0, 1, 2, 3}
    assert not PairSampler(some_trajectories()).sample(0, 5).symmetry.any()


def test_golden_batches():
    data = corridor(9, copies=4)
    batches = PairSampler(data, pairs_per_trajectory=2, symmetry=True, seed=7).sample(0, 10)
    columns = [
        batches.trajectory,
        data.worlds[batches.trajectory],
        data.states[batches.position],
        data.states[batches.position + batches.offset],
        data.states[batches.position + 1],
        batches.offset,
        batches.symmetry,
    ]
    digest = hashlib.sha256(b"".join(column.astype("<i4").tobytes() for column in columns))
    assert digest.hexdigest()[:16] == "d2894168111c6449"


def test_reference_stream_is_splitmix64():
    stream = Stream(0, 0)
    stream.state = 1234567
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [stream.bits() for _ in range(3)] == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size: expected 1 to"),
        ({"pairs_per_trajectory": 0}, "pairs_per_trajectory: expected 1 to"),
        ({"pairs_per_trajectory": 5}, "pairs_per_trajectory: expected a divisor of batch_size, 64"),
        (
            {"offsets": "linear"},
            "offsets: expected one of geometric, uniform, to_end, got 'linear'",
        ),
        ({"gamma": 0.0}, "gamma: expected above 0 and below 1, got 0.0"),
        ({"gamma": 1.0}, "gamma: expected above 0 and below 1, got 1.0"),
        ({"gamma": float("nan")}, "gamma: expected above 0 and below 1, got nan"),
        ({"seed": 2**64}, "seed: expected 0 to"),
        ({"num_threads": -1}, "num_threads: expected 0 to"),
    ],
)
def test_bad_sampler(arguments, message):
    with pytest.raises(ValueError, match=message):
        PairSampler(corridor(3), **arguments)


def test_bad_calls():
    with pytest.raises(TypeError, match="trajectories: expected Trajectories, got list"):
        PairSampler([])
    with pytest.raises(ValueError, match="trajectories: expected at least one with a step"):
        PairSampler(Trajectories(Mazes(np.zeros((2, 2), np.uint8)), [0], [3], [0, 1]))
    with pytest.raises(ValueError, match="first_batch: expected 0 to"):
        PairSampler(corridor(3)).sample(-1, 2)
    with pytest.raises(TypeError, match="num_batches: expected an integer, got '2'"):
        PairSampler(corridor(3)).sample(0, "2")


@pytest.mark.parametrize("shape", SHAPES)
def test_symmetries_are_a_group(shape):
    every_cell = np.arange(shape[0] * shape[1])
    moves = [
        tuple(transform_cells(every_cell, g, shape).tolist()) for g in range(num_symmetries(shape))
    ]
    assert moves[0] == tuple(every_cell)
    assert len(set(moves)) == len(moves)
    for g, first in enumerate(moves):
        products = {tuple(second[cell] for cell in first) for second in moves}
        assert products == set(moves)
        expected = [move_cell(*divmod(int(cell), shape[1]), *shape, g) for cell in every_cell]
        assert list(first) == [row * shape[1] + column for row, column in expected]


def test_bad_transforms():
    with pytest.raises(ValueError, match="cells: expected 0 to 11, got 12"):
        transform_cells([12], 0, (3, 4))
    with pytest.raises(ValueError, match="symmetry: expected 0 to 3, got 4"):
        transform_cells([1], 4, (3, 4))
    with pytest.raises(ValueError, match=r"symmetry: expected shape \(1,\), got \(2,\)"):
        transform_walls(np.zeros((1, 3, 4), np.uint8), [0, 1])
