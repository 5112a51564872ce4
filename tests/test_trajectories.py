import hashlib
import json
import signal
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_pairs import Stream, distances_to, sample_trajectory

from mlsearch.base.errors import MazeFormatError
from mlsearch.base.seeding import child_seed
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes

OPEN = np.zeros((3, 3), np.uint8)


def random_mazes(seed, num=3, shape=(5, 4), wall_probability=0.3):
    walls = np.random.default_rng(seed).random((num, *shape)) < wall_probability
    walls[:, 0, :2] = False
    return Mazes(walls)


def same(a, b):
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("worlds", "states", "offsets", "lengths")
    )


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1),
    policy=st.sampled_from(["shortest", "noisy", "random_walk"]),
    epsilon=st.sampled_from([0.0, 0.3, 1.0]),
    min_length=st.integers(0, 1),
    max_length=st.sampled_from([None, 1, 6]),
)
def test_sample_reproduces_reference(seed, policy, epsilon, min_length, max_length):
    mazes = random_mazes(seed % 1000)
    limits = {"min_length": min_length, "max_length": max_length}
    data = Trajectories.sample(mazes, 2, policy, seed, epsilon, **limits)
    probability = {"shortest": 0.0, "noisy": epsilon, "random_walk": 1.0}[policy]
    longest = mazes.num_cells if max_length is None else max_length
    for i in range(len(data)):
        stream = Stream(child_seed(seed, "trajectories"), i)
        expected = sample_trajectory(
            mazes.walls[i // 2], stream, policy != "random_walk", probability, min_length, longest
        )
        assert data[i].tolist() == expected
    assert data.worlds.tolist() == [0, 0, 1, 1, 2, 2]


def test_shortest_paths_have_the_length_of_the_distance():
    mazes = Mazes.generate(20, size=9, seed=1)
    data = Trajectories.sample(mazes, per_world=5, seed=2, min_length=3, max_length=9)
    for i in range(len(data)):
        fields = distances_to(mazes.walls[data.worlds[i]], int(data[i][-1]))
        assert fields[int(data[i][0])] == data.lengths[i]
        assert 3 <= data.lengths[i] <= 9


def test_ties_are_broken_uniformly_move_by_move():
    mazes = Mazes(OPEN)
    data = Trajectories.sample(mazes, per_world=60_000, seed=3, min_length=4)
    paths = [tuple(data[i]) for i in range(len(data)) if data[i][0] == 0 and data[i][-1] == 8]
    # The two paths along the border meet two ties, the four through the middle three.
    probabilities = {
        (0, 1, 2, 5, 8): 1 / 4,
        (0, 3, 6, 7, 8): 1 / 4,
        (0, 1, 4, 5, 8): 1 / 8,
        (0, 1, 4, 7, 8): 1 / 8,
        (0, 3, 4, 5, 8): 1 / 8,
        (0, 3, 4, 7, 8): 1 / 8,
    }
    assert set(paths) == set(probabilities)
    chi_square = sum(
        (paths.count(path) - len(paths) * p) ** 2 / (len(paths) * p)
        for path, p in probabilities.items()
    )
    assert chi_square < 25.7  # exceeded with probability 1e-4 (5 degrees of freedom)


def test_noisy_walk_takes_random_moves_at_the_rate_of_epsilon():
    mazes = Mazes(np.zeros((1, 2, 40), np.uint8))
    data = Trajectories.sample(mazes, 2000, "noisy", 5, epsilon=0.3, min_length=20, max_length=40)
    backward = steps = 0
    for i in range(len(data)):
        columns = data[i] % 40
        sign = np.sign(columns[-1] - columns[0])
        backward += np.count_nonzero(np.diff(columns) == -sign)
        steps += data.lengths[i]
    assert backward / steps == pytest.approx(0.3 / 3, abs=0.01)  # of three moves one goes back


def test_random_walk_has_max_length_steps_and_isolated_cells_none():
    walls = [[0, 1, 0], [1, 1, 0]]
    data = Trajectories.sample(Mazes(walls), 60, "random_walk", max_length=7)
    assert {(int(data[i][0]), int(data.lengths[i])) for i in range(60)} == {(0, 0), (2, 7), (5, 7)}
    moving = Trajectories.sample(Mazes(walls), 60, "random_walk", min_length=1, max_length=7)
    assert set(moving.lengths.tolist()) == {7}


@pytest.mark.parametrize("policy", ["shortest", "noisy", "random_walk"])
def test_result_does_not_depend_on_threads_or_batch(policy):
    mazes = Mazes.generate(70, size=8, seed=4)
    one = Trajectories.sample(mazes, 3, policy, seed=5, num_threads=1)
    assert same(one, Trajectories.sample(mazes, 3, policy, seed=5, num_threads=5))
    first = Trajectories.sample(mazes[:10], 3, policy, seed=5)
    assert np.array_equal(one.states[: one.offsets[30]], first.states)
    assert not same(one, Trajectories.sample(mazes, 3, policy, seed=6))


def test_golden_trajectories():
    data = Trajectories.sample(Mazes(OPEN), per_world=100, policy="noisy", epsilon=0.5, seed=7)
    digest = hashlib.sha256(data.states.astype("<i4").tobytes()).hexdigest()
    assert digest[:16] == "9ca0482ca1801471"


def test_container():
    data = Trajectories(Mazes(OPEN), [0, 0], [0, 1, 2, 8], [0, 3, 4])
    assert len(data) == 2
    assert data.lengths.tolist() == [2, 0]
    assert [states.tolist() for states in data] == [[0, 1, 2], [8]]
    assert data[-1].tolist() == [8]
    assert (data.worlds.dtype, data.states.dtype) == (np.int32, np.int32)
    assert (data.offsets.dtype, data.lengths.dtype) == (np.int64, np.int32)
    assert repr(data) == "Trajectories(2 with 2 steps on Mazes(1 of 3 x 3))"
    with pytest.raises(ValueError, match="read-only"):
        data.states[0] = 5
    with pytest.raises(IndexError, match="below 2, got 2"):
        data[2]


def test_no_trajectories():
    empty = Trajectories(Mazes(OPEN), [], [], [0])
    assert len(empty) == 0
    assert empty.lengths.shape == (0,)


@pytest.mark.parametrize(
    ("worlds", "states", "offsets", "message"),
    [
        ([0], [0, 4], [0, 2], "trajectory 0: states: 0 to 4 is no move"),
        ([0], [2, 3], [0, 2], "trajectory 0: states: 2 to 3 is no move"),
        ([0], [0, 0], [0, 2], "trajectory 0: states: 0 to 0 is no move"),
        ([0, 1], [0, 1], [0, 1, 2], "trajectory 1: states: 1 is a wall"),
        ([0], [9], [0, 1], "trajectory 0: states: expected 0 to 8, got 9"),
        ([0], [-1], [0, 1], "trajectory 0: states: expected 0 to 8, got -1"),
        ([2], [0], [0, 1], "trajectory 0: worlds: expected 0 to 1, got 2"),
        ([-1], [0], [0, 1], "trajectory 0: worlds: expected 0 to 1, got -1"),
        ([0], [0], [0, 2], "offsets: expected to run from 0 to the number of states, 1"),
        ([0], [0, 1], [1, 2], "offsets: expected to run from 0"),
        ([0, 0], [0, 1], [0, 0, 2], "offsets: expected increasing numbers, got 0 before 0"),
        ([0, 0], [0, 1], [0, 5, 2], "offsets: expected increasing numbers, got 5 before 2"),
        ([0, 0], [0], [0, 1], r"offsets: expected a int64 array of shape \[3\]"),
        ([[0]], [0], [0, 1], "worlds: expected a int32 array of shape"),
        ([0], [2**40], [0, 1], "states: row 0: expected numbers that fit int32"),
    ],
)
def test_bad_trajectories(worlds, states, offsets, message):
    mazes = Mazes(np.stack([OPEN, np.eye(9, dtype=np.uint8)[1].reshape(3, 3)]))
    with pytest.raises(ValueError, match=message):
        Trajectories(mazes, worlds, states, offsets)


def test_bad_types():
    with pytest.raises(TypeError, match="domain: expected a domain, got ndarray without"):
        Trajectories(OPEN, [0], [0], [0, 1])
    with pytest.raises(TypeError, match="states: expected states of int32, got dtype float64"):
        Trajectories(Mazes(OPEN), [0], [0.5], [0, 1])
    with pytest.raises(TypeError, match=r"per_world: expected an integer, got 1\.5"):
        Trajectories.sample(Mazes(OPEN), per_world=1.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"per_world": 0}, "per_world: expected 1 to"),
        ({"per_world": 2**31 - 1}, "per_world: expected 1 to 2.*31 - 1, got 4294967294"),
        (
            {"policy": "best"},
            "policy: unknown policy 'best'; expected one of noisy, pull, random_walk,",
        ),
        ({"epsilon": 1.5}, "epsilon: expected 0 to 1, got 1.5"),
        ({"epsilon": float("nan")}, "epsilon: expected 0 to 1, got nan"),
        ({"min_length": -1}, "min_length: expected 0 to"),
        ({"min_length": 3, "max_length": 2}, "max_length: expected 3 to"),
        ({"seed": -1}, "seed: expected 0"),
        ({"num_threads": -1}, "num_threads: expected 0 to"),
        ({"min_length": 5}, "maze 0 found no trajectory of length 5 to 9 in 1000 tries"),
    ],
)
def test_bad_sampling(arguments, message):
    walls = np.stack([OPEN, OPEN])
    with pytest.raises(ValueError, match=message):
        Trajectories.sample(Mazes(walls), **arguments)


def test_maze_without_free_cell_is_named():
    walls = np.stack([OPEN, np.ones((3, 3), np.uint8)])
    with pytest.raises(ValueError, match="mazes: maze 1 has no free cell"):
        Trajectories.sample(Mazes(walls))


@pytest.mark.parametrize(
    ("side", "arguments"),
    [
        (1000, {"per_world": 1000}),
        (50, {"policy": "random_walk", "max_length": 2**31 - 1}),
    ],
)
def test_interrupt_ends_a_long_call(side, arguments):
    mazes = Mazes(np.zeros((side, side), np.uint8))
    timer = threading.Timer(0.1, signal.raise_signal, [signal.SIGINT])
    timer.start()
    begin = time.process_time()
    with pytest.raises(KeyboardInterrupt):
        Trajectories.sample(mazes, num_threads=2, **arguments)
    assert time.process_time() - begin < 1.0
    timer.join()


def is_mapped(array):
    while array is not None and not isinstance(array, np.memmap):
        array = getattr(array, "base", None)
    return array is not None


def test_save_and_load(tmp_path):
    mazes = random_mazes(1)
    data = Trajectories.sample(mazes, per_world=4, policy="noisy", seed=11)
    data.save(tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    loaded = Trajectories.load(tmp_path / "data")
    assert same(data, loaded)
    assert loaded.domain == mazes
    assert loaded.provenance == data.provenance
    assert loaded.provenance["seed"] == 11
    assert loaded.provenance["policy"] == "noisy"
    assert is_mapped(loaded.states)
    with pytest.raises(FileExistsError, match="data exists already"):
        data.save(tmp_path / "data")


def test_failed_save_leaves_nothing(tmp_path):
    data = Trajectories(Mazes(OPEN), [0], [0], [0, 1], {"made_by": object()})
    with pytest.raises(TypeError, match="not JSON serializable"):
        data.save(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["walls", "worlds", "states", "offsets"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "remove"])
def test_damaged_array_is_named(tmp_path, name, damage):
    Trajectories.sample(random_mazes(2), seed=1).save(tmp_path / "data")
    file = tmp_path / "data" / f"{name}.npy"
    content = file.read_bytes()
    if damage == "remove":
        file.unlink()
    else:
        flipped = content[:-1] + bytes([content[-1] ^ 1])
        file.write_bytes({"flip": flipped, "cut": content[:-1], "empty": b""}[damage])
    with pytest.raises(MazeFormatError, match=f"{name}.npy is (damaged|missing)"):
        Trajectories.load(tmp_path / "data")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "meta.json: expected the format mlsearch-trajectories"),
        ({"version": 3}, "meta.json: expected version 1 or 2, got 3"),
        ({"domain": "maze"}, "meta.json is damaged: expected objects"),
        ({"domain": {"name": "mze"}}, "unknown domain 'mze'; did you mean 'maze'"),
        ({"domain": {"name": "maze", "height": 9}}, "walls: expected mazes of 9 x 20, got shape"),
        ({"sha256": None}, "meta.json is damaged: expected objects"),
        ({"provenance": 3}, "meta.json is damaged: expected objects"),
        ({"sha256": {}}, "meta.json is damaged: expected checksums of worlds, states, offsets"),
    ],
)
def test_damaged_meta(tmp_path, change, message):
    Trajectories.sample(random_mazes(3), seed=1).save(tmp_path / "data")
    file = tmp_path / "data" / "meta.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(MazeFormatError, match=message):
        Trajectories.load(tmp_path / "data")


def test_unreadable_meta(tmp_path):
    with pytest.raises(MazeFormatError, match=r"meta\.json is missing"):
        Trajectories.load(tmp_path)
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(MazeFormatError, match=r"meta\.json is damaged"):
        Trajectories.load(tmp_path)


def test_consistent_files_with_bad_trajectories(tmp_path):
    Trajectories(Mazes(OPEN), [0], [0, 1], [0, 2]).save(tmp_path / "data")
    folder = tmp_path / "data"
    np.save(folder / "states.npy", np.array([0, 5], np.int32))
    meta = json.loads((folder / "meta.json").read_text())
    meta["sha256"]["states"] = hashlib.sha256((folder / "states.npy").read_bytes()).hexdigest()
    (folder / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(MazeFormatError, match="data: trajectory 0: states: 0 to 5 is no move"):
        Trajectories.load(folder)
