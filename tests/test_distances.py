"""Distances between embeddings keep their axioms, cross() is all of them, and some are trained."""

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
from mlsearch.models.distances import DISTANCES, GROUP_SIZE, cross, is_symmetric

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = 2 * GROUP_SIZE
points = arrays(np.float64, (3, SIZE), elements=st.floats(-1e6, 1e6))
each_distance = pytest.mark.parametrize("name", DISTANCES)


IQE_OPTIONS = [{"group_size": 4, "reduction": "sum"}, {"group_size": 1}, {"group_size": 32}]


def distance(name, options=None):
    made = DISTANCES[name](ModelConfig(options=options or {}))
    return made.double() if isinstance(made, nn.Module) else made


def assert_axioms(between, values):
    """Zero to itself, never negative, the triangle inequality; symmetric if it says so."""
    x, y, z = torch.from_numpy(values)
    there, back, whole = between(x, y), between(y, x), between(x, z)
    assert between(x, x) == 0
    assert there >= 0
    assert not is_symmetric(between) or there == back
    assert whole <= (there + between(y, z)) * (1 + 1e-12)


@each_distance
@settings(max_examples=50)
@given(points)
def test_axioms(name, values):
    assert_axioms(distance(name), values)


@pytest.mark.parametrize("options", IQE_OPTIONS, ids=str)
@settings(max_examples=25)
@given(points, st.floats(-3, 3))
def test_axioms_of_iqe_with_other_options(options, values, of_max):
    between = distance("iqe", options)
    if between.of_max is not None:
        between.of_max.data.fill_(of_max)
    assert_axioms(between, values)


def test_which_distances_say_that_they_are_symmetric():
    said = {name: is_symmetric(distance(name)) for name in DISTANCES}
    assert said == {"l2": True, "max": True, "grouped_max": True, "iqe": False, "mrn": False}


@pytest.mark.parametrize("name", ["iqe", "mrn"])
def test_a_quasimetric_is_longer_up_for_iqe_and_down_for_mrn(name):
    low, high = torch.zeros(SIZE).double(), torch.full((SIZE,), 2.0).double()
    up, down = distance(name)(low, high), distance(name)(high, low)
    apart = 2 * (SIZE / 2) ** 0.5  # the Euclidean half of mrn
    expected = {"iqe": (2, 0), "mrn": (apart, apart + 2)}[name]
    assert (up.item(), down.item()) == pytest.approx(expected)


@settings(max_examples=50)
@given(arrays(np.int8, (2, 3, SIZE)), st.sampled_from([1, 2, 8, 32]))
def test_iqe_counts_the_cells_that_intervals_cover(values, size):
    """Of whole numbers, the length of a union is the number of unit cells in it."""
    x, y = values.astype(int).tolist()
    between = distance("iqe", {"group_size": size, "reduction": "sum"})
    found = between(*torch.from_numpy(values.astype(float)))
    for got, begins, ends in zip(found.tolist(), x, y, strict=True):
        covered = [
            len({cell for j in range(i, i + size) for cell in range(begins[j], ends[j])})
            for i in range(0, SIZE, size)
        ]
        assert got == sum(covered)


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
    with torch.no_grad():
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


@pytest.mark.parametrize("options", IQE_OPTIONS, ids=str)
def test_gradients_of_iqe_with_other_options(options):
    between = distance("iqe", options)
    x, y = torch.randn(2, 4, SIZE, generator=torch.Generator().manual_seed(1)).double()
    x, y = x.requires_grad_(), y.requires_grad_()
    assert torch.autograd.gradcheck(lambda a, b: cross(between, a, b), (x, y))


def test_maxmean_of_iqe_is_learned():
    between, x = distance("iqe"), torch.randn(2, SIZE, generator=torch.Generator().manual_seed(2))
    between(*x.double()).backward()
    assert between.of_max.grad > 0  # the largest group counts for more than the mean


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"distance": "iqe", "embedding": 20}, "model.embedding: expected a multiple of 8 .* 20"),
        ({"distance": "iqe", "options": {"reduction": "max"}}, "model.options.reduction: unknown"),
        ({"distance": "iqe", "options": {"group_size": 0}}, "model.options.group_size: expected"),
        ({"distance": "mrn", "embedding": 7}, "model.embedding: expected an even number, got 7"),
    ],
)
def test_quasimetrics_say_which_settings_they_take(values, message):
    config = ModelConfig(**values)
    with pytest.raises(ValueError, match=message):
        DISTANCES[config.distance](config)


def test_quasimetrics_say_which_sizes_they_take():
    with pytest.raises(ValueError, match=r"iqe: expected .* multiple of 8 .*, got 20"):
        distance("iqe")(torch.zeros(20), torch.zeros(20))
    for call in (distance("mrn"), lambda x, y: cross(distance("mrn"), x, y)):
        with pytest.raises(ValueError, match="mrn: expected embeddings of an even number, got 7"):
            call(torch.zeros(2, 7), torch.zeros(2, 7))


def test_grouped_max_says_which_sizes_it_takes():
    with pytest.raises(ValueError, match=r"grouped_max: expected .* multiple of 16 .*, got 20"):
        distance("grouped_max")(torch.zeros(20), torch.zeros(20))


# Your own distance ---------------------------------------------------------------------------


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
