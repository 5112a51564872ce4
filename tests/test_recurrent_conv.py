"""The recurrent map encoder against loops over cells, and what its weights can hold."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsearch.domains.maze.mazes import Mazes
from mlsearch.models import RecurrentConv
from mlsearch.models.recurrent_conv import rises

pytestmark = pytest.mark.usefixtures("one_thread")


def slow_rises(cells: np.ndarray, walls: np.ndarray) -> np.ndarray:
    """``rises`` by loops: float [H, W, C] and bool [H, W] to the former."""
    found = np.zeros_like(cells)
    height, width, _ = cells.shape
    for row, column, channel in np.ndindex(*cells.shape):
        if walls[row, column]:
            continue
        here = cells[row, column, channel]
        for i, j in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= i < height and 0 <= j < width and not walls[i, j]:
                rise = cells[i, j, channel] - here
                found[row, column, channel] = max(found[row, column, channel], rise)
    return found


@settings(max_examples=50)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    density=st.sampled_from([0.0, 0.4, 1.0]),
)
def test_rises_are_those_of_a_loop(seed, height, width, density):
    random = np.random.default_rng(seed)
    walls = random.random((2, height, width)) < density
    cells = random.standard_normal((2, height, width, 3)) * ~walls[..., None]
    found = rises(torch.tensor(cells), 1.0 - torch.tensor(walls)[..., None].double())
    for i in range(2):
        np.testing.assert_allclose(found[i], slow_rises(cells[i], walls[i]), atol=1e-12)


@pytest.mark.parametrize("density", [0.3, 1.0])
def test_gradients_stay_finite(density):
    """A window of walls only has no largest free neighbour."""
    torch.manual_seed(0)
    encoder = RecurrentConv(8, 4, iterations=20)
    walls = torch.rand(2, 5, 7) < density
    encoder.read(walls.byte()).square().sum().backward()
    assert all(bool(weight.grad.isfinite().all()) for weight in encoder.parameters())


def counting(iterations: int) -> RecurrentConv:
    """Weights with which one number counts the steps to the first cell, from 0 down.

    It starts far lower the farther a cell is along a straight line, and each iteration lifts it
    to one below its largest neighbour.
    """
    encoder = RecurrentConv(1, 1, iterations).double()
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.zero_()
        encoder.start.weight[0, 2:, 1, 1] = -1000.0 * encoder.BASE_SIDE
        encoder.recall.bias.fill_(-1)
        for layer in (encoder.mix, encoder.add, encoder.out):
            layer.weight.fill_(1)
    return encoder


@pytest.mark.parametrize("size", [(7, 9), (24, 20)])
def test_it_can_count_steps_round_walls(size):
    mazes = Mazes.generate(20, size, seed=3)
    opened = mazes.walls.copy()
    opened[:, 0, 0] = 0
    mazes = Mazes(opened)
    truth = mazes.distances(np.zeros(len(mazes), np.int32)).reshape(len(mazes), -1)
    with torch.no_grad():
        steps = -counting(iterations=80).read(torch.tensor(opened))[..., 0].numpy()
    is_near = (truth >= 0) & (opened.reshape(len(mazes), -1) == 0)
    assert truth[is_near].max() > 10
    np.testing.assert_allclose(steps[is_near], truth[is_near])


def test_what_is_known_travels_a_cell_an_iteration():
    """On a map twice as long as ``BASE_SIDE`` there are twice as many iterations."""
    encoder = counting(iterations=4)
    walls = torch.zeros(1, 1, 40, dtype=torch.uint8)
    with torch.no_grad():
        values = encoder.read(walls)[0, :, 0].numpy()
    np.testing.assert_allclose(values[:10], [0, -1, -2, -3, -4, -5, -6, -7, -8, -1008])
