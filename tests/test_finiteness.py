"""What is not finite never reaches the weights, though a GPU is not waited for at each step."""

import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from mlsearch.base.errors import TrainingError
from mlsearch.base.settings import replaced
from mlsearch.config import RunConfig
from mlsearch.learning import terms
from mlsearch.learning.methods import METHODS
from mlsearch.learning.optimization import FlatWeights
from mlsearch.learning.steps import eager
from mlsearch.learning.steps.finite import FiniteWatch
from mlsearch.learning.training import Trainer
from mlsearch.runs.checkpoint import load_tensors

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = {
    "domain.height": 6,
    "domain.width": 6,
    "data.num_trajectories": 32,
    "data.pairs_per_world": 8,
    "data.goals_per_world": 4,
    "model.hidden": 8,
    "model.num_blocks": 1,
    "model.embedding": 8,
    "model.iterations": 10,
    "model.num_classes": 16,
    "training.steps": 20,
    "training.batch_size": 32,
    "training.schedule": "constant",
    "training.clip": 0.5,
    "training.weight_decay": 0.1,
    "training.weight_average": 0.9,
    "training.log_every": 1000,
    "training.evaluate_every": 1000,
    "training.checkpoint_every": 1000,
}
each_method = pytest.mark.parametrize("method", METHODS)


def tiny(method: str = "contrastive", **changes) -> RunConfig:
    return replaced(METHODS[method], {**TINY, **changes})


@pytest.fixture
def late(monkeypatch):
    """Checks every fifth step only, as if the processor was a GPU."""
    monkeypatch.setitem(eager.CHECK_EVERY, "cpu", 5)


def spoil(monkeypatch, method: str, steps, value: float = math.nan):
    """Makes a term of a method bad at some steps, counted from 0."""
    name = next(iter(METHODS[method].objective.terms))
    right, calls = terms.term(name), iter(range(10**6))

    def term(outputs, config):
        loss = right(outputs, config)
        return loss * value if next(calls) in steps else loss

    monkeypatch.setitem(terms.TERMS, name, term)
    return name


def state_of(folder: Path):
    tensors, texts = load_tensors(folder / "training_state" / "last.safetensors")
    return {n: t.numpy().tobytes() for n, t in tensors.items()}, json.loads(texts["notes"])


def error_of(config: RunConfig, folder: Path) -> str:
    with pytest.raises(TrainingError) as caught:
        Trainer(config, folder).run()
    return str(caught.value).replace(str(folder), "")


# Whole runs ----------------------------------------------------------------------------------


@each_method
def test_a_good_run_is_the_same_to_the_last_bit_however_often_it_is_checked(
    method, tmp_path, monkeypatch
):
    Trainer(tiny(method), tmp_path / "each").run()
    monkeypatch.setitem(eager.CHECK_EVERY, "cpu", 7)
    Trainer(tiny(method), tmp_path / "late").run()
    assert state_of(tmp_path / "each")[0] == state_of(tmp_path / "late")[0]


@pytest.mark.parametrize("method", ["contrastive", "supervised", "landmark_wave"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bad", [{7}, {7, 8, 9}, {7, 9}])
@pytest.mark.usefixtures("late")
def test_what_is_saved_is_the_state_before_the_first_bad_step(
    method, dtype, bad, tmp_path, monkeypatch
):
    config = tiny(method, **{"training.dtype": dtype})
    Trainer(replaced(config, {"training.steps": 7}), tmp_path / "reference").run()
    name = spoil(monkeypatch, method, bad)
    error = error_of(config, tmp_path / "bad")
    assert error.startswith(f"step 7: not finite: {name}, gradient, gradient of ")
    (tensors, notes), (expected, _) = (state_of(tmp_path / n) for n in ("bad", "reference"))
    assert tensors == expected
    assert notes["step"] == 7
    assert notes["rows"] == []


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("step", [0, 4, 5, 19])
def test_a_late_check_tells_what_an_early_one_tells(value, step, tmp_path, monkeypatch):
    told = []
    for every in (1, 5):
        monkeypatch.setitem(eager.CHECK_EVERY, "cpu", every)
        with monkeypatch.context() as inner:
            spoil(inner, "contrastive", {step}, value)
            told.append(error_of(tiny(), tmp_path / str(every)))
    assert told[0] == told[1]


@pytest.mark.usefixtures("late")
def test_only_the_tensors_that_are_not_finite_are_named_later(tmp_path, monkeypatch):
    calls = iter(range(10**6))

    def term(outputs, config):
        layer = outputs.model.encoder.trunk[next(calls) != 6]
        slope = (layer.weight.sum() * 0).sqrt() if hasattr(layer, "weight") else 0
        return outputs.cross_distances.mean() + slope

    monkeypatch.setitem(terms.TERMS, "contrastive", term)
    error = error_of(tiny(), tmp_path)
    assert error.startswith("step 6: not finite: gradient, gradient of encoder.trunk.0.weight; ")


@pytest.mark.parametrize("setting", ["log_every", "evaluate_every", "checkpoint_every"])
@pytest.mark.usefixtures("late")
def test_nothing_is_logged_scored_or_saved_from_a_bad_step_on(setting, tmp_path, monkeypatch):
    seen = []
    spoil(monkeypatch, "contrastive", {7})
    config = tiny(**{f"training.{setting}": 4})
    trainer = Trainer(
        config,
        tmp_path,
        evaluate=lambda model: {"step": trainer.step},
        progress=lambda step, row: seen.append(step),
    )
    with pytest.raises(TrainingError, match="step 7: "):
        trainer.run()
    assert seen == ([] if setting == "checkpoint_every" else [4])
    assert trainer.take.first_bad().number == trainer.step == 7


class Failing:
    """A step that raises in place of one of its calls, counted from 0."""

    def __init__(self, step, at, error):
        self.step, self.error, self.calls = step, error, iter(range(at))
        self.check_every, self.first_bad = step.check_every, step.first_bad

    def __call__(self, batch, numbers):
        if next(self.calls, None) is None:
            raise self.error
        return self.step(batch, numbers)


@pytest.mark.parametrize("error", [ConnectionError, KeyboardInterrupt])
@pytest.mark.usefixtures("late")
def test_a_run_that_ends_before_it_is_checked_saves_the_good_state_too(
    error, tmp_path, monkeypatch
):
    Trainer(tiny(**{"training.steps": 6}), tmp_path / "reference").run()
    spoil(monkeypatch, "contrastive", {6})
    trainer = Trainer(tiny(), tmp_path / "run")
    trainer.take = Failing(trainer.take, 8, error)
    with pytest.raises(error):
        trainer.run()
    tensors, notes = state_of(tmp_path / "run")
    assert tensors == state_of(tmp_path / "reference")[0]
    assert notes["step"] == 6


# Waiting -------------------------------------------------------------------------------------


class Reads(TorchDispatchMode):
    """Counts what makes the processor wait for a GPU: a number read, or a size that is one."""

    WAITING = ("_local_scalar_dense", "nonzero", "equal", "masked_select", "_unique2")

    def __init__(self):
        super().__init__()
        self.seen = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))

    def waits(self) -> list[str]:
        return [name for name in self.WAITING if self.seen[name]]


def batches_of(trainer: Trainer):
    return trainer.batches.block(0).to(trainer.device)


@each_method
@pytest.mark.usefixtures("late")
def test_no_number_is_read_between_checks(method, tmp_path, monkeypatch):
    monkeypatch.setattr(  # PyTorch's looks at its input, but on a processor only
        torch.nn.functional,
        "one_hot",
        lambda numbers, classes: (numbers[..., None] == torch.arange(classes)).long(),
    )
    trainer = Trainer(tiny(method), tmp_path)
    for batch in batches_of(trainer)[:10]:
        with Reads() as reads:
            trainer.advance(batch)
        assert reads.waits() == (["_local_scalar_dense"] if trainer.step % 5 == 0 else [])
        assert sum(reads.seen.values()) > 50


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype")
@each_method
def test_the_processor_does_not_wait_for_the_gpu_between_checks(method, tmp_path):
    trainer = Trainer(tiny(method, **{"training.steps": 40}), tmp_path, device="cuda")
    batches = batches_of(trainer)
    trainer.advance(batches[0])
    try:
        torch.cuda.set_sync_debug_mode("error")
        for batch in batches[1:30]:
            trainer.advance(batch)
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_bad_step_on_a_gpu_is_told_and_not_taken(tmp_path, monkeypatch):
    right, taken = terms.term("contrastive"), torch.zeros((), device="cuda")

    def bad_at_seven(outputs, config):
        """Counts on the GPU, as Python sees no replay of a graph; recording adds nothing."""
        taken.add_(1)
        return right(outputs, config) * torch.where(taken == 8, math.nan, 1.0)

    monkeypatch.setitem(terms.TERMS, "contrastive", bad_at_seven)
    with pytest.raises(TrainingError, match="step 7: not finite: contrastive, gradient"):
        Trainer(tiny(), tmp_path, device="cuda").run()
    tensors, texts = load_tensors(tmp_path / "training_state" / "last.safetensors")
    assert json.loads(texts["notes"])["step"] == 7
    assert tensors["optimizer.step"] == 7
    assert all(tensor.isfinite().all() for tensor in tensors.values())


# The watch by itself -------------------------------------------------------------------------


@pytest.mark.parametrize("is_late", [True, False])
def test_the_watch_remembers_the_first_bad_step_and_lets_nothing_past(is_late):
    model = torch.nn.Linear(3, 2)
    weights = FlatWeights(model)
    optimizer = torch.optim.AdamW([weights.values], lr=0.1, fused=True)
    watch = FiniteWatch(weights, optimizer, 2, is_late=is_late)
    random = np.random.default_rng(0)
    for number in range(40, 46):
        weights.gradients.copy_(torch.from_numpy(random.normal(size=8)))
        if number in (43, 44):
            weights.gradients[number - 38] = math.inf
        watch.note(number, torch.stack([weights.gradients[0], weights.gradients.norm()]))
        if number < 43:
            assert watch.first() is None
            assert float(watch.allowed(0.25)) == 0.25
        elif not is_late:
            break
        optimizer.step()
        if number == 42:
            before = weights.values.detach().clone()
    bad = watch.first()
    assert bad.number == 43
    assert bad.names(["first", "norm"], model) == ["norm", "gradient of weight"]
    assert bad.gradients.isinf().nonzero().tolist() == [[5]]
    assert torch.equal(weights.values, before)
    assert optimizer.state[weights.values]["step"] == 3
    if is_late:
        assert watch.allowed(0.25) == 0
