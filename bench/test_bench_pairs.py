"""Batches of 64 pairs with encoded states, against a PyTorch DataLoader over a plain dataset."""

import numpy as np
import pytest
from plain import GAMMA, PlainPairs, encoded
from torch.utils.data import DataLoader

from mlsearch.data.pairs import PairSampler, encode_states
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes

BATCH = 64
NUM_BATCHES = 200
BATCHES_AT_ONCE = 20


@pytest.fixture(autouse=True)
def number_of_batches(benchmark):
    benchmark.extra_info["num"] = NUM_BATCHES


@pytest.fixture(scope="module")
def data():
    return Trajectories.sample(Mazes.generate(1000, size=20, seed=0), min_length=1, seed=1)


def check(data, trajectory, anchor, positive, offset, anchor_states, positive_states):
    walls = data.mazes.walls.reshape(len(data.mazes), -1)
    for i, index in enumerate(trajectory):
        states = data[index].tolist()
        assert states.index(int(anchor[i])) + offset[i] == states.index(int(positive[i]))
        of_maze = walls[data.maze_index[index]].astype(np.float32)
        assert np.array_equal(anchor_states[i], encoded(of_maze, anchor[i]))
        assert np.array_equal(positive_states[i], encoded(of_maze, positive[i]))


@pytest.mark.benchmark(group="pairs-64")
def test_mlsearch(benchmark, data):
    sampler = PairSampler(data, BATCH, gamma=GAMMA, num_threads=1)
    shape = (BATCHES_AT_ONCE, BATCH, data.mazes.num_cells)
    anchors, positives = np.empty(shape, np.float32), np.empty(shape, np.float32)

    def run():
        for first in range(0, NUM_BATCHES, BATCHES_AT_ONCE):
            pairs = sampler.sample(first, BATCHES_AT_ONCE)
            encode_states(data.mazes, pairs.maze, pairs.anchor, out=anchors, num_threads=1)
            encode_states(data.mazes, pairs.maze, pairs.positive, out=positives, num_threads=1)
        return pairs

    pairs = benchmark(run)
    columns = pairs.trajectory[-1], pairs.anchor[-1], pairs.positive[-1], pairs.offset[-1]
    check(data, *columns, anchors[-1], positives[-1])


@pytest.mark.benchmark(group="pairs-64")
def test_torch_data_loader(benchmark, data):
    loader = DataLoader(
        PlainPairs(data, BATCH * NUM_BATCHES), batch_size=BATCH, shuffle=True, num_workers=0
    )

    def run():
        for batch in loader:
            last = batch
        return last

    check(data, *(column.numpy() for column in benchmark(run)))


@pytest.mark.benchmark(group="pair-indices")
@pytest.mark.parametrize("pairs_per_trajectory", [1, 8])
@pytest.mark.parametrize("symmetry", [False, True])
def test_indices(benchmark, data, pairs_per_trajectory, symmetry):
    sampler = PairSampler(data, BATCH, pairs_per_trajectory, symmetry=symmetry, num_threads=1)
    pairs = benchmark(sampler.sample, 0, NUM_BATCHES)
    assert pairs.anchor.shape == (NUM_BATCHES, BATCH)
    for index, anchor, positive, offset in zip(
        pairs.trajectory[0], pairs.anchor[0], pairs.positive[0], pairs.offset[0], strict=True
    ):
        states = data[index].tolist()
        assert states[states.index(anchor) + offset] == positive
