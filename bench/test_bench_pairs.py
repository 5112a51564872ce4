"""Batches of 64 pairs, against a PyTorch DataLoader over a plain dataset.

A batch is what a training step is handed: states, goals, steps, and the world of each pair.
"""

import numpy as np
import pytest
from plain import GAMMA, PlainPairs
from torch.utils.data import DataLoader

from mlsearch.data.pairs import PairSampler
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


def check(data, worlds, states, goals, steps):
    """Every pair lies that many steps apart on a trajectory of its world."""
    for world, state, goal, num in zip(worlds, states, goals, steps, strict=True):
        walks = [data[i].tolist() for i in np.flatnonzero(data.worlds == int(world))]
        pairs = {pair for walk in walks for pair in zip(walk, walk[int(num) :], strict=False)}
        assert (int(state), int(goal)) in pairs


@pytest.mark.benchmark(group="pairs-64")
def test_mlsearch(benchmark, data):
    sampler = PairSampler(data, BATCH, gamma=GAMMA, num_threads=1)

    def run():
        for first in range(0, NUM_BATCHES, BATCHES_AT_ONCE):
            pairs = sampler.sample(first, BATCHES_AT_ONCE)
            worlds = data.worlds[pairs.trajectory]
            states, goals = data.states[pairs.position], data.states[pairs.position + pairs.offset]
        return worlds[-1], states[-1], goals[-1], pairs.offset[-1]

    check(data, *benchmark(run))


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
    assert pairs.position.shape == (NUM_BATCHES, BATCH)
    for index, position, offset in zip(
        pairs.trajectory[0], pairs.position[0], pairs.offset[0], strict=True
    ):
        assert data.offsets[index] <= position < position + offset < data.offsets[index + 1]
