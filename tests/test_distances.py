"""Distances between embeddings are pseudometrics, and cross() is all of them at once."""

import numpy as np
import pytest
import reference_learning as reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlsearch.models.distances import DISTANCES, GROUP_SIZE, cross

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = 2 * GROUP_SIZE
points = arrays(np.float64, (3, SIZE), elements=st.floats(-1e6, 1e6))
each_distance = pytest.mark.parametrize("name", DISTANCES)


@each_distance
@settings(max_examples=50)
@given(points)
def test_pseudometric(name, values):
    x, y, z = torch.from_numpy(values)
    between = DISTANCES[name]
    assert between(x, x) == 0
    assert between(x, y) >= 0
    assert between(x, y) == between(y, x)
    assert between(x, z) <= (between(x, y) + between(y, z)) * (1 + 1e-12)


@each_distance
@settings(max_examples=25)
@given(points)
def test_agrees_with_the_reference(name, values):
    x, y, _ = values
    found = DISTANCES[name](torch.from_numpy(x), torch.from_numpy(y)).item()
    assert found == pytest.approx(reference.distance(name, x, y, GROUP_SIZE), rel=1e-12)


@each_distance
@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 3), (40, 33)])
def test_cross_is_every_pair(name, n, m):
    generator = torch.Generator().manual_seed(n)
    x = torch.randn(n, SIZE, generator=generator, dtype=torch.float64)
    y = torch.randn(m, SIZE, generator=generator, dtype=torch.float64)
    found = cross(DISTANCES[name], x, y)
    pairs = [[DISTANCES[name](a, b) for b in y] for a in x]
    torch.testing.assert_close(found, torch.tensor(pairs, dtype=torch.float64), rtol=1e-9, atol=0)


@each_distance
def test_broadcasts(name):
    x = torch.randn(4, 1, SIZE)
    y = torch.randn(3, SIZE)
    assert DISTANCES[name](x, y).shape == (4, 3)


@each_distance
def test_gradients(name):
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 4, SIZE, generator=generator, dtype=torch.float64)
    x, y = x.requires_grad_(), y.requires_grad_()
    assert torch.autograd.gradcheck(DISTANCES[name], (x, y))
    assert torch.autograd.gradcheck(lambda a, b: cross(DISTANCES[name], a, b), (x, y))


@each_distance
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradient_is_finite_at_identical_points(name, dtype):
    for distance in (DISTANCES[name], lambda a, b: cross(DISTANCES[name], a, b)):
        x = torch.ones(30, SIZE, dtype=dtype, requires_grad=True)
        y = torch.ones(30, SIZE, dtype=dtype, requires_grad=True)
        distance(x, y).sum().backward()
        assert x.grad.isfinite().all()
        assert y.grad.isfinite().all()


def test_grouped_max_says_which_sizes_it_takes():
    with pytest.raises(ValueError, match=r"grouped_max: expected .* multiple of 16 .*, got 20"):
        DISTANCES["grouped_max"](torch.zeros(20), torch.zeros(20))
