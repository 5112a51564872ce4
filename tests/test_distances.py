"""Distances between embeddings are pseudometrics, cross() is all of them, and some are trained."""

import numpy as np
import pytest
import reference_learning as reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.config import ModelConfig, RunConfig
from mlsearch.learning.training import Trainer
from mlsearch.models import Sizes, build_model
from mlsearch.models.distances import DISTANCES, GROUP_SIZE, cross

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = 2 * GROUP_SIZE
points = arrays(np.float64, (3, SIZE), elements=st.floats(-1e6, 1e6))
each_distance = pytest.mark.parametrize("name", DISTANCES)


def distance(name):
    return DISTANCES[name](ModelConfig())


@each_distance
@settings(max_examples=50)
@given(points)
def test_pseudometric(name, values):
    x, y, z = torch.from_numpy(values)
    between = distance(name)
    assert between(x, x) == 0
    assert between(x, y) >= 0
    assert between(x, y) == between(y, x)
    assert between(x, z) <= (between(x, y) + between(y, z)) * (1 + 1e-12)


@each_distance
@settings(max_examples=25)
@given(points)
def test_agrees_with_the_reference(name, values):
    x, y, _ = values
    found = distance(name)(torch.from_numpy(x), torch.from_numpy(y)).item()
    assert found == pytest.approx(reference.distance(name, x, y, GROUP_SIZE), rel=1e-12)


@each_distance
@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 3), (40, 33)])
def test_cross_is_every_pair(name, n, m):
    generator = torch.Generator().manual_seed(n)
    x = torch.randn(n, SIZE, generator=generator, dtype=torch.float64)
    y = torch.randn(m, SIZE, generator=generator, dtype=torch.float64)
    found = cross(distance(name), x, y)
    pairs = [[distance(name)(a, b) for b in y] for a in x]
    torch.testing.assert_close(found, torch.tensor(pairs, dtype=torch.float64), rtol=1e-9, atol=0)


@each_distance
def test_broadcasts(name):
    x = torch.randn(4, 1, SIZE)
    y = torch.randn(3, SIZE)
    assert distance(name)(x, y).shape == (4, 3)


@each_distance
def test_gradients(name):
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 4, SIZE, generator=generator, dtype=torch.float64)
    x, y = x.requires_grad_(), y.requires_grad_()
    assert torch.autograd.gradcheck(distance(name), (x, y))
    assert torch.autograd.gradcheck(lambda a, b: cross(distance(name), a, b), (x, y))


@each_distance
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradient_is_finite_at_identical_points(name, dtype):
    for between in (distance(name), lambda a, b: cross(distance(name), a, b)):
        x = torch.ones(30, SIZE, dtype=dtype, requires_grad=True)
        y = torch.ones(30, SIZE, dtype=dtype, requires_grad=True)
        between(x, y).sum().backward()
        assert x.grad.isfinite().all()
        assert y.grad.isfinite().all()


def test_grouped_max_says_which_sizes_it_takes():
    with pytest.raises(ValueError, match=r"grouped_max: expected .* multiple of 16 .*, got 20"):
        distance("grouped_max")(torch.zeros(20), torch.zeros(20))


# A distance of one's own ---------------------------------------------------------------------


class Weighted(nn.Module):
    """The sum of the absolute differences, each with a weight that is learned."""

    def __init__(self, size, first):
        super().__init__()
        self.weight = nn.Parameter(torch.full((size,), first))

    def forward(self, x, y):
        return ((x - y).abs() * self.weight.abs()).sum(-1)


def weighted(config):
    return Weighted(config.embedding, config.options.get("first", 1.0))


SMALL = {
    "domain.height": 6,
    "domain.width": 6,
    "data.num_trajectories": 20,
    "model.distance": "weighted",
    "model.hidden": 16,
    "model.embedding": 16,
    "model.options.first": 0.5,
    "training.steps": 12,
    "training.batch_size": 16,
}


@pytest.mark.parametrize("terms", [{"contrastive": 1.0}, {"distance": 1.0, "descent": 0.5}])
def test_a_distance_with_weights_is_trained_saved_loaded_and_resumed(tmp_path, monkeypatch, terms):
    monkeypatch.setitem(DISTANCES, "weighted", weighted)
    config = replaced(RunConfig(method="m"), {**SMALL, "objective.terms": terms})
    model = Trainer(config, tmp_path / "run").run()
    weight = model.between.weight.detach()
    assert weight.shape == (16,)
    assert (weight != 0.5).all()
    metric = ml.load(tmp_path / "run")
    assert metric.config == config
    assert metric.config.model.options == {"first": 0.5}
    assert torch.equal(metric.model.between.weight, weight)
    mazes = ml.Mazes.generate(5, 6)
    problems = ml.Problems.sample(mazes)
    found = metric.distance(mazes, problems.starts, problems.goals)
    expected = ml.LearnedMetric(model, config).distance(mazes, problems.starts, problems.goals)
    assert np.array_equal(found, expected)
    resumed = Trainer.resume(tmp_path / "run")
    assert torch.equal(resumed.learner.deployed().between.weight.detach(), weight)
    resumed.record.release()


def test_an_entry_that_makes_no_distance_is_refused(monkeypatch):
    monkeypatch.setitem(DISTANCES, "none", lambda config: None)
    config = ModelConfig(distance="none")
    with pytest.raises(TypeError, match=r"^model.distance: expected DISTANCES\['none'\] to make"):
        build_model(config, Sizes(9, 1))
