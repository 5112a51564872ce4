"""Objectives against explicit loops over pairs, and their limits."""

import math

import numpy as np
import pytest
import reference_learning as reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsearch.base.settings import replaced
from mlsearch.config import RunConfig
from mlsearch.learning.objectives import (
    bellman_target,
    classification,
    distance_regression,
    info_nce,
    local_descent,
    squared_error,
)
from mlsearch.learning.objectives.contrastive import DIRECTIONS
from mlsearch.learning.terms import TERMS, reads_moves
from mlsearch.learning.training import Trainer

pytestmark = pytest.mark.usefixtures("one_thread")

seeds = st.integers(0, 2**32 - 1)


def moves(rng, num):
    """Which moves are open, and a probability for each that sums to 1, or to 0 without a lesson."""
    is_move = rng.random((num, 4)) < 0.6
    weights = rng.random((num, 4)) * is_move * (rng.random((num, 1)) < 0.8)
    return is_move, weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)


@settings(max_examples=25)
@given(seeds, st.integers(1, 9), st.integers(1, 5))
def test_squared_error_of_bellman_targets(seed, num, num_moves):
    rng = np.random.default_rng(seed)
    steps, predicted = rng.random((num, num_moves)) * 20, rng.random(num) * 20
    is_move, to_goal = rng.random((2, num, num_moves)) < [[[0.6]], [[0.2]]]
    at_goal = rng.random(num) < 0.2
    parts = (steps, is_move, to_goal, at_goal)
    found = bellman_target(*(torch.from_numpy(part) for part in parts))
    expected = reference.bellman_target(*(part.tolist() for part in parts))
    assert found.tolist() == expected
    error = squared_error(torch.from_numpy(predicted), found).item()
    assert error == pytest.approx(reference.squared_error(predicted.tolist(), expected))


def test_no_gradient_of_a_pair_without_a_lesson():
    predicted = torch.tensor([3.0, 5.0], requires_grad=True)
    squared_error(predicted, torch.tensor([1.0, float("inf")])).backward()
    assert predicted.grad.tolist() == [2.0, 0.0]


@pytest.mark.parametrize("direction", DIRECTIONS)
@settings(max_examples=25)
@given(seeds, st.integers(1, 9), st.floats(0.05, 20))
def test_info_nce(direction, seed, num, temperature):
    distances = np.random.default_rng(seed).random((num, num)) * 30
    found = info_nce(torch.from_numpy(distances), temperature, direction).item()
    expected = reference.info_nce(distances.tolist(), temperature, direction)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_info_nce_of_equal_distances_is_log_n(direction):
    distances = torch.full((12, 12), 3.0, dtype=torch.float64)
    assert info_nce(distances, 0.7, direction).item() == pytest.approx(math.log(12))


def test_info_nce_falls_when_positives_come_nearer():
    far = torch.full((6, 6), 5.0, dtype=torch.float64)
    near = far - 5 * torch.eye(6, dtype=torch.float64)
    assert info_nce(near) < info_nce(far)
    assert info_nce(near, temperature=0.1).item() == pytest.approx(0.0, abs=1e-9)


def test_info_nce_refuses_other_directions():
    with pytest.raises(ValueError, match=r"direction: expected one of forward, .*, got 'up'"):
        info_nce(torch.zeros(2, 2), direction="up")


@settings(max_examples=50)
@given(seeds, st.integers(1, 12), st.floats(0.1, 5))
def test_local_descent(seed, num, sharpness):
    rng = np.random.default_rng(seed)
    distances = rng.random((num, 4)) * 20
    is_move, target = moves(rng, num)
    found = local_descent(*map(torch.from_numpy, (distances, is_move, target)), sharpness)
    expected = reference.local_descent(distances, is_move, target, sharpness)
    assert found.item() == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_closed_moves_get_no_probability():
    """Whatever is predicted behind a wall, neither the loss nor its gradient sees it."""
    is_move = torch.tensor([[True, False, True, False]])
    target = torch.tensor([[1.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    for behind_walls in (0.0, -1e4, 1e6):
        distances = torch.tensor(
            [[4.0, behind_walls, 4.0, behind_walls]], dtype=torch.float64, requires_grad=True
        )
        loss = local_descent(distances, is_move, target)
        loss.backward()
        assert loss.item() == pytest.approx(math.log(2))
        assert distances.grad[0, [1, 3]].tolist() == [0.0, 0.0]


def test_states_without_a_lesson_count_as_zero():
    distances = torch.rand(3, 4, dtype=torch.float64, requires_grad=True)
    loss = local_descent(distances, torch.zeros(3, 4, dtype=torch.bool), torch.zeros(3, 4))
    loss.backward()
    assert loss.item() == 0
    assert distances.grad.abs().sum() == 0


@settings(max_examples=50)
@given(seeds, st.integers(1, 12))
def test_distance_regression(seed, num):
    rng = np.random.default_rng(seed)
    predicted, steps = rng.random(num) * 6, rng.integers(0, 6, num)
    found = distance_regression(torch.from_numpy(predicted), torch.from_numpy(steps))
    assert found.dtype == torch.float64
    assert found.item() == pytest.approx(reference.distance_regression(predicted, steps))


@settings(max_examples=50)
@given(seeds, st.integers(1, 12), st.integers(2, 9))
def test_classification(seed, num, num_classes):
    rng = np.random.default_rng(seed)
    logits, steps = rng.normal(size=(num, num_classes)) * 4, rng.integers(0, 15, num)
    found = classification(torch.from_numpy(logits), torch.from_numpy(steps)).item()
    assert found == pytest.approx(reference.classification(logits.tolist(), steps))


def test_the_last_class_catches_all_larger_steps():
    logits = torch.randn(1, 5, dtype=torch.float64).expand(4, 5)
    losses = [classification(logits[:1], torch.tensor([k])).item() for k in (4, 5, 400)]
    assert losses[0] == losses[1] == losses[2]
    assert classification(logits[:1], torch.tensor([3])).item() != losses[0]
    assert classification(torch.zeros(4, 5), torch.arange(4)).item() == pytest.approx(math.log(5))


# Terms that read moves -----------------------------------------------------------------------


def tiny(terms):
    changes = {"domain.height": 5, "domain.width": 5, "data.num_trajectories": 8}
    return replaced(RunConfig(method="m"), {**changes, "objective.terms": terms})


def test_a_term_that_is_marked_gets_moves(monkeypatch, tmp_path):
    @reads_moves
    def mine(outputs, config):
        assert outputs.moves.is_move.shape == outputs.neighbour_steps.shape == (64, 4)
        return outputs.neighbour_steps.mean()

    monkeypatch.setitem(TERMS, "mine", mine)
    Trainer(replaced(tiny({"mine": 1.0}), {"training.steps": 1}), tmp_path).run()


def test_a_term_that_is_not_marked_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setitem(TERMS, "mine", lambda outputs, config: outputs.neighbour_steps.mean())
    message = r"^objective.terms: a term reads the moves of a batch that has none; mark the term"
    with pytest.raises(ValueError, match=message):
        Trainer(tiny({"mine": 1.0}), tmp_path).run()


def test_a_term_reads_its_options(monkeypatch, tmp_path):
    def mine(outputs, config):
        return outputs.steps.mean() * config.options["factor"]

    monkeypatch.setitem(TERMS, "mine", mine)
    config = replaced(tiny({"mine": 1.0}), {"training.steps": 1, "objective.options.factor": 0.0})
    trainer = Trainer(config, tmp_path)
    trainer.run()
    assert trainer.rows[-1]["loss"] == 0


def gradcheck(loss, *shape):
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(*shape, generator=generator, dtype=torch.float64) * 3
    assert torch.autograd.gradcheck(loss, (x.requires_grad_(),))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_info_nce_gradient(direction):
    gradcheck(lambda x: info_nce(x, 0.5, direction), 5, 5)


def test_other_gradients():
    is_move, target = map(torch.from_numpy, moves(np.random.default_rng(0), 5))
    steps = torch.tensor([0, 1, 2, 3, 9])
    gradcheck(lambda x: local_descent(x, is_move, target), 5, 4)
    gradcheck(lambda x: distance_regression(x, steps), 5)
    gradcheck(lambda x: classification(x, steps), 5, 4)
