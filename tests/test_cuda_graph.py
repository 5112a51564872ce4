"""Steps from tensors that stay where they are; on a GPU, as one CUDA graph."""

import json

import numpy as np
import pytest
import torch
from small_runs import SMALL_RUN, said

from mlsearch.base.settings import replaced
from mlsearch.config import RunConfig
from mlsearch.learning.methods import METHODS
from mlsearch.learning.steps import EagerStep, eager
from mlsearch.learning.steps.graphed import WARM_UP, StaticInputs
from mlsearch.learning.terms import TERMS
from mlsearch.learning.training import Trainer
from mlsearch.runs.checkpoint import load_tensors

pytestmark = pytest.mark.usefixtures("one_thread")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
each_method = pytest.mark.parametrize("method", METHODS)

TINY = SMALL_RUN | {
    "training.steps": 20,
    "training.batch_size": 32,
    "training.schedule": "constant",
    "training.learning_rate": 2.0**-7,  # the same in float32 as in float64
    "training.clip": 0.5,
    "training.weight_average": 0.9,
    "training.log_every": 5,
}


class Failing:
    """A step that raises in place of one of its calls, counted from 0."""

    def __init__(self, step, at, error):
        self.step, self.error, self.calls = step, error, iter(range(at))
        self.check_every, self.first_bad = step.check_every, step.first_bad

    def __call__(self, batch, numbers):
        if next(self.calls, None) is None:
            raise self.error
        return self.step(batch, numbers)


def tiny(method: str, **changes) -> RunConfig:
    return replaced(METHODS[method], {**TINY, **changes})


def state_of(folder):
    tensors, texts = load_tensors(folder / "training_state" / "last.safetensors")
    rows = json.loads(texts["notes"])["rows"]
    return tensors, [{n: v for n, v in row.items() if n != "seconds"} for row in rows]


class StaticStep(EagerStep):
    """Takes steps from tensors that stay where they are."""

    inputs = None

    def __call__(self, batch, numbers):
        self.inputs = self.inputs or StaticInputs(batch, torch.float32)
        self.inputs.fill(batch, numbers)
        return super().__call__(self.inputs.batch, self.inputs.numbers)


@each_method
def test_steps_from_static_tensors_are_the_same_to_the_last_bit(method, tmp_path, monkeypatch):
    """What a graph replays, taken on the processor."""
    monkeypatch.setitem(eager.CHECK_EVERY, "cpu", 5)
    plain = Trainer(tiny(method), tmp_path / "plain")
    plain.take = EagerStep(plain.learner)
    plain.run()
    static = Trainer(tiny(method), tmp_path / "static")
    static.take = StaticStep(static.learner)
    static.run()
    (first, rows), (second, same) = (state_of(tmp_path / name) for name in ("plain", "static"))
    assert rows == same
    assert first.keys() == second.keys()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


@needs_gpu
@each_method
def test_replayed_steps_are_those_taken_one_by_one(method, tmp_path):
    config = tiny(method, **{"training.schedule": "cosine", "training.dtype": "float64"})
    graphed = Trainer(config, tmp_path / "graphed", device="cuda")
    graphed.run()
    assert graphed.take.graph is not None
    plain = Trainer(config, tmp_path / "plain", device="cuda")
    plain.take = EagerStep(plain.learner)
    plain.run()
    (_, found), (_, expected) = (state_of(tmp_path / name) for name in ("graphed", "plain"))
    assert len(found) == 4
    assert found == [pytest.approx(row, rel=1e-5, abs=1e-6) for row in expected]
    np.testing.assert_allclose(*(said(tmp_path / n) for n in ("graphed", "plain")), rtol=1e-5)


@needs_gpu
@each_method
def test_the_same_run_is_the_same_to_the_last_bit(method, tmp_path):
    for name in "ab":
        Trainer(tiny(method), tmp_path / name, device="cuda").run()
    (first, rows), (second, same) = (state_of(tmp_path / name) for name in "ab")
    assert rows == same
    assert first.keys() == second.keys()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


@needs_gpu
def test_a_run_on_a_gpu_goes_on_where_it_stopped(tmp_path):
    config = tiny("contrastive")
    Trainer(config, tmp_path / "whole", device="cuda").run()
    stopped = Trainer(config, tmp_path / "parts", device="cuda")
    stopped.take = Failing(stopped.take, 12, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        stopped.run()
    Trainer.resume(tmp_path / "parts", device="cuda").run()
    (whole, _), (parts, _) = (state_of(tmp_path / name) for name in ("whole", "parts"))
    assert whole["optimizer.step"] == parts["optimizer.step"] == 20
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


@needs_gpu
def test_a_step_that_waits_for_the_gpu_is_taken_without_a_graph(tmp_path, monkeypatch, caplog):
    def waiting(outputs, config):
        loss = outputs.cross_distances.mean()
        return loss * float(loss.isfinite().item())

    monkeypatch.setitem(TERMS, "contrastive", waiting)
    trainer = Trainer(tiny("contrastive"), tmp_path, device="cuda")
    trainer.run()
    assert trainer.take.graph is None
    assert trainer.take.num_warm == WARM_UP
    assert "cannot be recorded" in caplog.text
