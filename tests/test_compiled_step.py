"""The compiled step against the step that PyTorch takes, in float64 and in training."""

import copy
import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_domains import OneWay, Slide, walks

import mlsearch as ml
from mlsearch import _core
from mlsearch.base.errors import TrainingError
from mlsearch.base.settings import replaced
from mlsearch.domains.extras import name_of
from mlsearch.domains.registry import DOMAINS
from mlsearch.learning import terms
from mlsearch.learning.batches import make_batches, stream
from mlsearch.learning.blocks import BLOCK_STEPS, Block
from mlsearch.learning.methods import method_config
from mlsearch.learning.reads import Reads
from mlsearch.learning.steps import CompiledStep, EagerStep, Learner
from mlsearch.learning.terms import losses
from mlsearch.learning.training import Trainer
from mlsearch.models import Sizes, build_model
from mlsearch.runs.checkpoint import new_model

SMALL = {
    "domain.height": 7,
    "domain.width": 6,
    "model.hidden": 32,
    "model.num_classes": 48,
    "data.num_trajectories": 64,
}
SIDES = ["contrastive", "crtr", "supervised", "walk_distance", "value_iteration"]


def small(method: str, **changes):
    return replaced(method_config(method), SMALL | changes)


def parts_of(config, block=None):
    """A model with its weights, a compiled step and batches."""
    torch.manual_seed(config.seed)
    model = new_model(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    exact = copy.deepcopy(model).double()
    step = CompiledStep.of(Learner(config, model))
    assert step is not None
    return exact, step, (block or make_batches(config).block(0)).to(torch.device("cpu"))


def exact_gradient(model, batch, step):
    """By PyTorch in float64: the value of the term and the gradient of the loss."""
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    objective, average = step.objective, step.learner.average
    slow = copy.deepcopy(average).double() if average else None
    [(name, value)] = losses(model, batch, objective, slow).items()
    (objective.terms[name] * value).backward()
    return value.item(), torch.cat([p.grad.flatten() for p in model.parameters()]).numpy()


def assert_near(found, expected, tolerance):
    assert np.abs(found - expected).max() <= tolerance * max(1, np.abs(expected).max())


@pytest.mark.usefixtures("registers")
@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**31),
    method=st.sampled_from(SIDES),
    sides=st.tuples(st.integers(2, 9), st.integers(2, 9)),
    groups=st.integers(1, 5),
    pairs=st.integers(1, 20),
    hidden=st.sampled_from([16, 48, 160]),
    blocks=st.integers(1, 2),
    out=st.sampled_from([16, 48]),
    direction=st.sampled_from(["forward", "backward", "symmetric"]),
    temperature=st.floats(0.2, 4),
    weight=st.floats(0.1, 3),
)
def test_the_gradient_is_that_of_pytorch_in_float64(
    seed, method, sides, groups, pairs, hidden, blocks, out, direction, temperature, weight
):
    [term] = method_config(method).objective.terms
    changes = {
        "seed": seed,
        "domain.height": sides[0],
        "domain.width": sides[1],
        "data.pairs_per_trajectory": pairs,
        "training.batch_size": groups * pairs,
        "model.hidden": hidden,
        "model.num_blocks": blocks,
        "model.embedding": out,
        "model.num_classes": out,
        "objective.direction": direction,
        "objective.temperature": temperature,
        f"objective.terms.{term}": weight,
    }
    exact, step, batches = parts_of(small(method, **changes))
    for batch in batches[:2]:
        value, norm = step.gradient(batch)
        expected, gradient = exact_gradient(exact, batch, step)
        assert value == pytest.approx(expected, rel=1e-5, abs=1e-6)
        assert norm == pytest.approx(np.linalg.norm(gradient), rel=1e-4, abs=1e-4)
        assert_near(step.gradients, gradient, 1e-4)


@pytest.mark.usefixtures("registers")
@pytest.mark.parametrize("method", ["contrastive", "supervised", "walk_distance"])
def test_so_is_that_of_wide_networks(method):
    changes = {"model.hidden": 1024, "model.num_blocks": 1, "training.batch_size": 72}
    exact, step, batches = parts_of(small(method, **changes))
    value, norm = step.gradient(batches[0])
    expected, gradient = exact_gradient(exact, batches[0], step)
    assert value == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert norm == pytest.approx(np.linalg.norm(gradient), rel=1e-4, abs=1e-4)
    assert_near(step.gradients, gradient, 1e-4)


@pytest.mark.usefixtures("registers")
@settings(max_examples=10)
@given(
    seed=st.integers(0, 2**31),
    num=st.integers(1, 40_000),
    decay=st.sampled_from([0.0, 0.1]),
    factor=st.floats(0.1, 1),
)
def test_the_optimizer_is_that_of_pytorch_in_float64(seed, num, decay, factor):
    random = np.random.default_rng(seed)
    weights, first, second = (np.zeros(num, "f4") for _ in range(3))
    weights[:] = random.normal(size=num)
    exact = torch.nn.Parameter(torch.tensor(weights, dtype=torch.float64))
    optimizer = torch.optim.AdamW([exact], lr=1e-2, weight_decay=decay)
    for number in range(1, 5):
        gradients = random.normal(size=num).astype("f4")
        optimizer.param_groups[0]["lr"] = 1e-2 / number
        exact.grad = factor * torch.tensor(gradients, dtype=torch.float64)
        optimizer.step()
        settings = (1e-2 / number, 0.9, 0.999, 1e-8, decay, factor)
        _core.adamw(weights, gradients, first, second, number, *settings, num_threads=1)
    assert np.abs(weights - exact.detach().numpy()).max() < 1e-5
    assert _core.norm(weights, 1) == pytest.approx(np.linalg.norm(weights.astype(float)), rel=1e-6)


def steps_of(config, num_threads):
    """Some steps; everything that they leave."""
    _, step, batches = parts_of(config)
    step.num_threads = num_threads
    results = []
    for batch in batches[:6]:
        results.append(np.array(step.gradient(batch)))
        step.take(0.5)
    moments = [step.moments()[name].numpy() for name in ("exp_avg", "exp_avg_sq")]
    return [*results, step.weights, step.gradients, *moments]


@pytest.mark.usefixtures("registers")
@pytest.mark.parametrize("method", SIDES)
def test_threads_change_no_bit(method):
    config = small(method, **{"training.batch_size": 104, "model.hidden": 64})
    expected = steps_of(config, 1)
    for num_threads in (2, 5, 0):
        found = steps_of(config, num_threads)
        assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def trained(config, folder, by_pytorch=False):
    trainer = Trainer(config, folder)
    if by_pytorch:
        trainer.take = EagerStep(trainer.learner)
    trainer.run()
    return trainer


@pytest.mark.parametrize("method", SIDES)
def test_a_run_goes_as_it_does_with_pytorch(tmp_path, method):
    changes = {"training.clip": 0.5, "training.weight_decay": 0.1, "training.weight_average": 0.9}
    config = small(method, **changes, **{"training.steps": 40, "training.log_every": 10})
    runs = [trained(config, tmp_path / str(side), side) for side in (False, True)]
    assert isinstance(runs[0].take, CompiledStep)
    for found, expected in zip(runs[0].rows, runs[1].rows, strict=True):
        assert found.keys() == expected.keys()
        for name in found.keys() - {"seconds"}:
            assert found[name] == pytest.approx(expected[name], rel=5e-3), name
    for found, expected in zip(*(run.learner.deployed().parameters() for run in runs), strict=True):
        torch.testing.assert_close(found, expected, atol=2e-3, rtol=0)


@pytest.mark.parametrize("ways", [(True, False), (False, True)])
def test_either_way_goes_on_where_the_other_stopped(tmp_path, ways):
    config = small("contrastive", **{"training.steps": 30, "training.checkpoint_every": 10})
    whole = trained(config, tmp_path / "whole", by_pytorch=True)
    first = Trainer(config, tmp_path / "run")
    first.take = EagerStep(first.learner) if ways[0] else first.take
    for batch in stream(first.batches, range(15), first.device):
        first.advance(batch)
    first.save()
    first.record.release()
    second = Trainer.resume(tmp_path / "run")
    second.take = EagerStep(second.learner) if ways[1] else second.take
    second.run()
    assert int(second.learner.tensors()["optimizer.step"]) == 30
    values = [trainer.learner.weights.values.detach() for trainer in (second, whole)]
    difference = (values[0] - values[1]).abs()
    assert difference.mean() < 5e-5
    assert second.rows[-1]["loss"] == pytest.approx(whole.rows[-1]["loss"], rel=1e-3)


def compiled_for(method, **changes):
    config = small(method, **changes)
    return CompiledStep.of(Learner(config, new_model(config)))


def test_what_has_no_kernel_is_left_to_pytorch(monkeypatch):
    assert compiled_for("contrastive") is not None
    assert compiled_for("hybrid") is None
    assert compiled_for("landmark_wave") is None
    assert compiled_for("crtr", **{"model.hidden": 24}) is None
    assert compiled_for("contrastive", **{"model.distance": "max"}) is None
    assert compiled_for("contrastive", **{"training.dtype": "float64"}) is None
    assert compiled_for("contrastive", **{"training.dtype": "bfloat16"}) is None
    assert compiled_for("contrastive", **{"objective.terms.distance": 1.0}) is None
    own = terms.TERMS["distance"]
    monkeypatch.setitem(terms.TERMS, "contrastive", own)
    assert compiled_for("contrastive") is None


@pytest.mark.parametrize("method", SIDES)
def test_a_step_that_is_not_finite_is_not_taken(tmp_path, method):
    trainer = Trainer(small(method), tmp_path / "run")
    with torch.no_grad():
        list(trainer.learner.model.parameters())[-1][0] = np.inf
    before = trainer.learner.weights.values.detach().clone()
    [name] = trainer.config.objective.terms
    with pytest.raises(TrainingError, match=rf"step 0: not finite: {name}, gradient, gradient of"):
        trainer.run()
    assert torch.equal(trainer.learner.weights.values, before)


def test_bad_arguments_are_refused():
    weights = np.zeros((6 + 1) * 16 + 32 + 272 + 32 + 272 + 32 + 272, "f4")
    net = _core.BroNet(weights, weights.copy(), 6, 1, 1, 2.0, 16, 1, 16)
    worlds, states = np.zeros((2, 6), "u1"), np.array([[0], [5]])
    wrong = {
        r"worlds: expected a uint8 array of shape \[any, 6\]": (
            worlds[:, :4].copy(),
            states,
            states,
        ),
        r"states: expected a multiple of the number of worlds, 2, got 3": (
            worlds,
            np.ones((3, 1), int),
            np.ones((3, 1), int),
        ),
        r"states: expected features from 0 to 5, got 6": (worlds, states + 1, states),
        r"goals: expected features from 0 to 5, got -1": (worlds, states, states - 1),
        r"goals: expected a int64 array of shape \[2, 1\]": (worlds, states, states[:1]),
        r"states: expected a int64 array of shape \[any, 1\]": (
            worlds,
            np.zeros((2, 2), int),
            states,
        ),
    }
    for message, batch in wrong.items():
        with pytest.raises(ValueError, match=message):
            net.contrastive(*batch[:3], False, 1.0, "forward", 1.0, 1)
    with pytest.raises(ValueError, match="steps: expected at least 0, got -3"):
        net.classification(worlds, states, states, False, np.array([1, -3], "i4"), 1.0, 1)
    with pytest.raises(ValueError, match="weights: expected 1024, got 1023"):
        _core.BroNet(weights[:-1].copy(), weights[:-1].copy(), 6, 1, 1, 2.0, 16, 1, 16)
    with pytest.raises(ValueError, match="hidden: expected a positive multiple of 16, got 24"):
        _core.BroNet(weights, weights.copy(), 6, 1, 1, 2.0, 24, 1, 16)
    for sizes in ((0, 1, 1), (6, 0, 1), (6, 1, 3)):
        with pytest.raises(ValueError, match="num_active: expected at least 1, num_copies 1 or 2"):
            _core.BroNet(weights, weights.copy(), *sizes, 2.0, 16, 1, 16)


# Any number of active features ---------------------------------------------------------------


@pytest.mark.usefixtures("registers")
@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**31),
    method=st.sampled_from([side for side in SIDES if side != "value_iteration"]),  # needs moves
    num_features=st.integers(20, 60),
    num_active=st.sampled_from([1, 2, 6, 54]),
    num_worlds=st.integers(1, 4),
    pairs=st.integers(1, 20),
    share=st.booleans(),
    num_threads=st.integers(1, 3),
)
def test_sums_of_weight_rows_are_those_of_pytorch_in_float64(
    seed, method, num_features, num_active, num_worlds, pairs, share, num_threads
):
    """Worlds of any features; states that have a feature twice and share some with the world."""
    random = np.random.default_rng(seed)
    sizes = Sizes(num_features, num_active)
    config = small(method)
    learner = Learner(config, build_model(config.model, sizes))
    exact = copy.deepcopy(learner.model).double()
    step = CompiledStep.of(learner)
    step.num_threads = num_threads
    size = (2, 1, num_worlds * pairs, num_active)
    states, goals = np.sort(random.integers(num_features, size=size, dtype=np.int32), axis=-1)
    worlds = random.integers(2, size=(1, num_worlds, num_features), dtype=np.uint8)
    if share:
        goals = goals[:, ::pairs].repeat(pairs, axis=1)
    known = random.integers(60, size=(1, num_worlds * pairs), dtype=np.int32)
    [batch] = Block(worlds, states, goals, known, 1 if share else pairs).to(torch.device("cpu"))
    value, _ = step.gradient(batch)
    expected, gradient = exact_gradient(exact, batch, step)
    assert value == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert_near(step.gradients, gradient, 1e-4)


class Walked:
    """Batches on random walks of a domain with one world."""

    def __init__(self, domain, config, num_pairs):
        self.domain, self.reads, self.num_pairs = domain, Reads.of(config), num_pairs

    def block(self, number):
        return self.reads.block(
            self.domain, *walks(self.domain, BLOCK_STEPS, self.num_pairs, number)
        )


@pytest.mark.parametrize("domain", [Slide(), OneWay(1)], ids=["slide", "one_way"])
@pytest.mark.parametrize("method", SIDES)
def test_domains_that_are_no_mazes_are_trained_in_both_ways(tmp_path, monkeypatch, method, domain):
    monkeypatch.setitem(DOMAINS, name_of(domain), type(domain))
    settings = {"training.steps": 40, "training.log_every": 10, "training.learning_rate": 1e-3}
    config = dataclasses.replace(small(method, **settings), domain=domain)
    runs = []
    for name, is_compiled in (("compiled", True), ("pytorch", False)):
        batches = Walked(domain, config, 32)
        trainer = Trainer(config, tmp_path / name, batches=batches)
        assert isinstance(trainer.take, CompiledStep)
        if not is_compiled:
            trainer.take = EagerStep(trainer.learner)
        trainer.run()
        runs.append(trainer)
    if method != "value_iteration":  # its targets begin near 0 and grow, and the loss with them
        assert runs[0].rows[-1]["loss"] < runs[0].rows[0]["loss"]
    for found, expected in zip(runs[0].rows, runs[1].rows, strict=True):
        for name in found.keys() - {"seconds"}:
            assert found[name] == pytest.approx(expected[name], rel=1e-2), name
    metrics = [ml.load(tmp_path / name) for name in ("compiled", "pytorch")]
    states, goals, *_ = walks(domain, 1, 50, seed=9)
    first, second = (metric.distance(domain, states[0], goals[0]) for metric in metrics)
    assert first.std() > 0
    np.testing.assert_allclose(first, second, rtol=0.05, atol=0.05)
