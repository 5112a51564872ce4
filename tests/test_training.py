"""Training: it learns, it can be stopped and gone on with to the last bit, and it fails loudly."""

import contextlib
import csv
import dataclasses
import gc
import json
import math
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

from mlsearch.base.errors import CheckpointError, TrainingError
from mlsearch.base.settings import replaced, to_dict
from mlsearch.config import RunConfig, TrainingConfig
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.learning import terms
from mlsearch.learning.batches import make_batches, stream
from mlsearch.learning.methods import METHODS, method_config
from mlsearch.learning.optimization import FlatWeights, rate_factor
from mlsearch.learning.reads import any_reads_slow
from mlsearch.learning.terms import Outputs
from mlsearch.learning.training import Trainer
from mlsearch.metrics.learned import load
from mlsearch.runs.checkpoint import load_model, load_tensors, new_model

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = {
    "domain.height": 8,
    "domain.width": 8,
    "data.num_trajectories": 64,
    "data.pairs_per_world": 16,
    "data.goals_per_world": 4,
    "model.hidden": 16,
    "model.num_blocks": 1,
    "model.embedding": 16,
    "model.iterations": 20,
    "model.num_classes": 16,
    "training.steps": 40,
    "training.batch_size": 32,
    "training.learning_rate": 0.01,
    "training.schedule": "constant",
    "training.log_every": 1,
    "training.checkpoint_every": 1000,
    "training.evaluate_every": 1000,
}
LESS_NOISE = {"board_walks": {"batch_size": 256, "learning_rate": 0.003}}  # of new walks each step
each_method = pytest.mark.parametrize("method", METHODS)
# The targets of value iteration begin near 0 and grow, and its loss with them.
each_method_with_fixed_targets = pytest.mark.parametrize(
    "method", [name for name, c in METHODS.items() if not any_reads_slow(c.objective)]
)


def tiny(method: str = "contrastive", **changes) -> RunConfig:
    """``changes`` are of the part ``training``."""
    return replaced(
        METHODS[method], {**TINY, **{f"training.{name}": v for name, v in changes.items()}}
    )


def state_of(folder: Path) -> tuple[dict[str, torch.Tensor], dict]:
    tensors, texts = load_tensors(folder / "training_state" / "last.safetensors")
    return tensors, json.loads(texts["notes"])


def scalars(folder: Path) -> list[dict[str, str]]:
    with (folder / "scalars.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def without_time(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def assert_same_tensors(first, second):
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def assert_same_run(first: Path, second: Path):
    """The same to the last bit: weights, optimizer, random numbers, scalars."""
    states = [state_of(folder) for folder in (first, second)]
    assert_same_tensors(states[0][0], states[1][0])
    assert states[0][1]["step"] == states[1][1]["step"]
    assert_same_tensors(
        *(load_tensors(f / "model.safetensors")[0] for f in (first, second)),
    )
    assert without_time(scalars(first)) == without_time(scalars(second))


def stop_at(step: int):
    """A progress function that presses Ctrl-C."""

    def progress(at, _):
        if at == step:
            os.kill(os.getpid(), signal.SIGINT)

    return progress


def assert_learns(config: RunConfig, folder: Path, device: str = "cpu"):
    Trainer(config, folder, device=device).run()
    losses = [float(row["loss"]) for row in scalars(folder)]
    assert np.mean(losses[-5:]) < 0.95 * np.mean(losses[:5])


@each_method_with_fixed_targets
def test_a_short_run_lowers_the_loss(method, tmp_path):
    assert_learns(tiny(method, **LESS_NOISE.get(method, {})), tmp_path)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@each_method_with_fixed_targets
def test_a_short_run_on_a_gpu_lowers_the_loss(method, tmp_path):
    assert_learns(tiny(method, **LESS_NOISE.get(method, {})), tmp_path, device="cuda")


def test_value_iteration_comes_to_the_distances_of_a_small_maze(tmp_path):
    """All of one open maze; its walks are shortest paths, so every state is met."""
    changes = {"domain.height": 4, "domain.width": 4, "domain.wall_probability": 0.0}
    settings = {"learning_rate": 3e-3, "weight_average": 0.9, "schedule": "constant"}
    config = replaced(tiny("value_iteration", steps=600, **settings), changes)
    Trainer(config, tmp_path).run()
    mazes = Mazes(np.zeros((1, 4, 4), np.uint8))
    states, goals = np.divmod(np.arange(256), 16)
    found = load(tmp_path).distance(mazes[0], states, goals)
    truth = sum(abs(np.divmod(states, 4)[i] - np.divmod(goals, 4)[i]) for i in range(2))
    assert np.abs(found - truth).mean() < 0.5
    assert found[states == goals].max() < 0.5


def test_ground_truth_supervision_lowers_the_loss(tmp_path):
    assert_learns(replaced(tiny("landmark_wave"), {"data.supervision": "bfs"}), tmp_path)


@pytest.mark.parametrize("weight_average", [0.0, 0.9])
def test_the_run_folder(tmp_path, weight_average):
    config = tiny(steps=6, log_every=2, weight_average=weight_average)
    told = []
    run = tmp_path / "deep" / "run"
    model = Trainer(config, run, progress=lambda step, row: told.append((step, dict(row)))).run()
    files = sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())
    assert [file for file in files if not file.startswith("tensorboard")] == [
        ".lock",
        "config.json",
        "model.safetensors",
        "scalars.csv",
        "training_state/last.safetensors",
    ]
    loaded, found = load_model(run)
    assert found == config
    assert_same_tensors(loaded.state_dict(), model.state_dict())
    rows = scalars(run)
    assert [int(row["step"]) for row in rows] == [2, 4, 6] == [step for step, _ in told]
    assert set(rows[0]) == {"step", "seconds", "loss", "contrastive", "gradient_norm"}
    assert float(rows[0]["loss"]) == float(rows[0]["contrastive"]) == told[0][1]["loss"]


def test_the_loss_is_the_weighted_sum_of_its_terms(tmp_path):
    terms = {"contrastive": 0.5, "distance": 2.0, "descent": 3.0}
    config = replaced(tiny("hybrid", steps=2), {"objective.terms": terms})
    Trainer(config, tmp_path).run()
    for row in scalars(tmp_path):
        expected = sum(weight * float(row[name]) for name, weight in terms.items())
        assert float(row["loss"]) == pytest.approx(expected, rel=1e-6)


@each_method
@pytest.mark.parametrize("weight_average", [0.0, 0.9])
def test_a_resumed_run_is_the_same_to_the_last_bit(method, weight_average, tmp_path):
    """Stopped inside a block of batches, and gone on with in the next."""
    if any_reads_slow(METHODS[method].objective):
        weight_average = weight_average or 0.5  # it cannot do without
    config = tiny(method, steps=70, weight_average=weight_average, schedule="cosine")
    Trainer(config, tmp_path / "whole").run()
    with pytest.raises(KeyboardInterrupt, match="stopped after step 35"):
        Trainer(config, tmp_path / "parts", progress=stop_at(35)).run()
    assert len(scalars(tmp_path / "parts")) == 35
    torch.rand(3)  # other work in between
    Trainer.resume(tmp_path / "parts").run()
    assert_same_run(tmp_path / "whole", tmp_path / "parts")


def test_same_config_same_weights_and_other_seed_other_weights(tmp_path):
    config = tiny(steps=3)
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        Trainer(dataclasses.replace(config, seed=seed), tmp_path / name).run()
    assert_same_run(tmp_path / "a", tmp_path / "b")
    first, other = (load_tensors(tmp_path / n / "model.safetensors")[0] for n in "ac")
    assert not all(torch.equal(value, other[name]) for name, value in first.items())


def test_resuming_a_finished_run_changes_nothing(tmp_path):
    Trainer(tiny(steps=3), tmp_path / "once").run()
    Trainer(tiny(steps=3), tmp_path / "twice").run()
    Trainer.resume(tmp_path / "twice").run()
    assert_same_run(tmp_path / "once", tmp_path / "twice")


def test_a_trainer_that_nobody_holds_lets_go_of_its_folder_at_once(tmp_path):
    gc.disable()
    try:
        Trainer(tiny(steps=1), tmp_path).run()
        Trainer.resume(tmp_path)
        Trainer.resume(tmp_path)
    finally:
        gc.enable()


def test_a_run_that_was_never_saved_begins_anew(tmp_path):
    Trainer(tiny(steps=3), tmp_path / "whole").run()
    Trainer(tiny(steps=3), tmp_path / "killed")
    Trainer.resume(tmp_path / "killed").run()
    assert_same_run(tmp_path / "whole", tmp_path / "killed")


def test_ctrl_c_in_a_process_leaves_a_run_that_can_be_resumed(tmp_path):
    config = tiny(steps=200, weight_average=0.9)
    Trainer(config, tmp_path / "whole").run()
    script = f"""
        import sys, time, torch
        from pathlib import Path
        from mlsearch.base.settings import from_dict
        from mlsearch.config import RunConfig
        from mlsearch.learning.training import Trainer

        def progress(step, row):
            if step == 20:
                print("ready", flush=True)
            time.sleep(0.1 if step >= 20 else 0)

        torch.set_num_threads(1)
        config = from_dict(RunConfig, {to_dict(config)!r})
        Trainer(config, {str(tmp_path / "stopped")!r}, progress=progress).run()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "KeyboardInterrupt: stopped after step" in errors
    step = state_of(tmp_path / "stopped")[1]["step"]
    assert 20 <= step < 200
    Trainer.resume(tmp_path / "stopped").run()
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")


def test_signal_handlers_are_put_back(tmp_path):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        Trainer(tiny(), tmp_path, progress=stop_at(1)).run()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_folder_that_holds_a_run_is_refused(tmp_path):
    Trainer(tiny(steps=1), tmp_path).run()
    with pytest.raises(CheckpointError, match="holds a run already; resume it or name another"):
        Trainer(tiny(steps=1), tmp_path)


def test_a_folder_without_a_run_cannot_be_resumed(tmp_path):
    with pytest.raises(CheckpointError, match=r"not a run folder, it has no config.json"):
        Trainer.resume(tmp_path)


def test_a_damaged_state_is_refused(tmp_path):
    Trainer(tiny(steps=1), tmp_path).run()
    path = tmp_path / "training_state" / "last.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(CheckpointError, match=r"last.safetensors: not a valid safetensors file"):
        Trainer.resume(tmp_path)


# What is not finite --------------------------------------------------------------------------


def bad_term(step: int, value: float):
    """A term that answers with ``value`` at a step, counted from 0."""
    calls = iter(range(10**6))

    def term(outputs: Outputs, config):
        loss = outputs.cross_distances.mean()
        return loss * value if next(calls) == step else loss

    return term


def assert_stopped_before(step: int, config: RunConfig, folder: Path, reference: Path):
    """What is saved is what a run of just the steps before has."""
    tensors, notes = state_of(folder)
    assert notes["step"] == step
    assert all(tensor.isfinite().all() for tensor in tensors.values())
    Trainer(replaced(config, {"training.steps": step}), reference).run()
    expected, _ = state_of(reference)
    assert_same_tensors(tensors, expected)
    weights, _ = load_tensors(folder / "model.safetensors")
    assert_same_tensors(weights, {n: tensors[f"model.{n}"] for n in weights})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_term_that_is_not_finite_stops_the_run(value, tmp_path, monkeypatch):
    config = replaced(tiny(), {"objective.terms": {"mine": 1.0}})
    monkeypatch.setitem(terms.TERMS, "mine", bad_term(7, value))
    with pytest.raises(TrainingError, match=r"step 7: not finite: mine, gradient.* is saved in"):
        Trainer(config, tmp_path / "run").run()
    monkeypatch.setitem(terms.TERMS, "mine", bad_term(-1, value))
    assert_stopped_before(7, config, tmp_path / "run", tmp_path / "reference")


def test_only_the_tensors_that_are_not_finite_are_named(tmp_path, monkeypatch):
    def term(outputs: Outputs, config):
        layer = outputs.model.encoder.trunk[0]
        return outputs.cross_distances.mean() + (layer.weight.sum() * 0).sqrt()

    monkeypatch.setitem(terms.TERMS, "mine", term)
    config = replaced(tiny(clip=1.0), {"objective.terms": {"mine": 1.0}})
    message = r"step 0: not finite: gradient, gradient of encoder.trunk.0.weight; the state"
    with pytest.raises(TrainingError, match=message):
        Trainer(config, tmp_path).run()


class BadBatches:
    """The batches of a config, but the steps of one batch are replaced."""

    def __init__(self, config: RunConfig, step: int, steps: float) -> None:
        self.source = make_batches(config)
        self.step, self.steps = step, steps

    def block(self, number: int):
        block = self.source.block(number)
        if number != 0:
            return block
        steps = block.steps.astype(np.float32)
        steps[self.step] = self.steps
        return dataclasses.replace(block, steps=steps)


def test_batches_that_are_not_finite_stop_the_run(tmp_path):
    config = tiny("hybrid")
    with pytest.raises(TrainingError, match="step 5: not finite: distance, gradient"):
        Trainer(config, tmp_path / "run", batches=BadBatches(config, 5, math.nan)).run()
    tensors, notes = state_of(tmp_path / "run")
    assert notes["step"] == 5
    assert all(tensor.isfinite().all() for tensor in tensors.values())


def test_a_gradient_that_overflows_stops_the_run(tmp_path):
    config = replaced(tiny(), {"objective.terms": {"contrastive": 1e38}, "training.clip": 1.0})
    with pytest.raises(TrainingError, match="step 0: not finite: gradient"):
        Trainer(config, tmp_path / "run").run()


@each_method
def test_the_largest_learning_rate_leaves_finite_weights(method, tmp_path):
    """It ends well or with a TrainingError, but never with weights that are not finite."""
    config = tiny(method, learning_rate=1.0, weight_decay=1.0, steps=20)
    with contextlib.suppress(TrainingError):
        Trainer(config, tmp_path).run()
    tensors, notes = state_of(tmp_path)
    assert notes["step"] > 0
    assert all(tensor.isfinite().all() for tensor in tensors.values())


def test_an_error_in_the_batches_surfaces_and_what_was_learned_is_saved(tmp_path):
    class Broken:
        source = make_batches(tiny())

        def block(self, number):
            if number == 1:
                raise ConnectionError("no more data")
            return self.source.block(number)

    with pytest.raises(ConnectionError, match="no more data"):
        Trainer(tiny(steps=100), tmp_path, batches=Broken()).run()
    assert state_of(tmp_path)[1]["step"] == 64


# Schedules, scores, precision ----------------------------------------------------------------


def test_until_stops_early(tmp_path):
    scores = iter([0.1, 0.6, 0.9, 0.95])
    config = tiny(evaluate_every=3)
    trainer = Trainer(
        config, tmp_path, evaluate=lambda model: {"rate": next(scores)}, until={"rate": 0.9}
    )
    trainer.run()
    assert trainer.step == 9
    found = [(row["step"], row["validation.rate"]) for row in scalars(tmp_path)]
    assert [pair for pair in found if pair[1]] == [("3", "0.1"), ("6", "0.6"), ("9", "0.9")]


def test_until_asks_for_all_of_its_targets(tmp_path):
    scores = {"a": 1.0, "b": 0.0}
    trainer = Trainer(
        tiny(steps=4, evaluate_every=2),
        tmp_path,
        evaluate=lambda model: scores,
        until={"a": 0.5, "b": 0.5},
    )
    trainer.run()
    assert trainer.step == 4


def test_the_deployed_model_is_evaluated_in_evaluation_mode(tmp_path):
    seen = []
    config = tiny(steps=4, evaluate_every=2, weight_average=0.9)
    trainer = Trainer(config, tmp_path, evaluate=lambda m: seen.append((m, m.training)) or {})
    trainer.run()
    assert [training for _, training in seen] == [False, False]
    assert all(
        model is trainer.learner.deployed() is not trainer.learner.model for model, _ in seen
    )


@pytest.mark.parametrize(
    ("schedule", "step", "expected"),
    [
        ("constant", 0, 1.0),
        ("constant", 99, 1.0),
        ("cosine", 0, 1.0),
        ("cosine", 25, 0.5 * (1 + math.sqrt(0.5))),
        ("cosine", 50, 0.5),
        ("one_cycle", 0, 1 / 11),
        ("one_cycle", 4, 5 / 11),
        ("one_cycle", 9, 10 / 11),
        ("one_cycle", 10, 1.0),
        ("one_cycle", 55, 0.5),
        ("one_cycle", 40, 0.5 * (1 + math.cos(math.pi / 3))),
    ],
)
def test_schedules(schedule, step, expected):
    config = TrainingConfig(schedule=schedule, steps=100)
    assert rate_factor(config, step) == pytest.approx(expected)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
@pytest.mark.parametrize("steps", [1, 7, 1000])
def test_schedules_end_near_zero_and_never_leave_their_range(schedule, steps):
    config = TrainingConfig(schedule=schedule, steps=steps)
    factors = [rate_factor(config, step) for step in range(steps)]
    assert all(0 < factor <= 1 for factor in factors)
    assert steps < 1000 or factors[-1] < 1e-4


def test_the_schedule_reaches_the_optimizer(tmp_path):
    config = tiny(steps=10, schedule="cosine")
    rates = []
    trainer = Trainer(config, tmp_path)
    trainer.progress = lambda *_: rates.append(trainer.learner.optimizer.param_groups[0]["lr"])
    trainer.run()
    expected = [0.005 * (1 + math.cos(math.pi * step / 10)) for step in range(10)]
    assert rates == pytest.approx(expected)


def test_clipping_bounds_the_gradient(tmp_path):
    trainer = Trainer(tiny(steps=1, clip=1e-3), tmp_path)
    trainer.run()
    assert float(scalars(tmp_path)[0]["gradient_norm"]) > 1e-3
    moments = trainer.learner.optimizer.state[trainer.learner.weights.values]
    assert moments["exp_avg"].norm().item() == pytest.approx((1 - 0.9) * 1e-3, rel=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize("method", ["hybrid", "supervised", "landmark_wave"])
def test_precisions(dtype, method, tmp_path):
    config = tiny(method, steps=5, dtype=dtype)
    model = Trainer(config, tmp_path).run()
    expected = torch.float64 if dtype == "float64" else torch.float32
    assert {p.dtype for p in model.parameters()} == {expected}
    tensors, _ = state_of(tmp_path)
    kept = ("model.", "optimizer.exp")
    assert {v.dtype for name, v in tensors.items() if name.startswith(kept)} == {expected}
    assert all(math.isfinite(float(row["loss"])) for row in scalars(tmp_path))


def test_bfloat16_does_not_round_the_steps_that_are_learned(tmp_path):
    """Its numbers from 16 to 32 are an eighth apart, and so the loss of long walks jumped."""
    trainer = Trainer(tiny("walk_distance", dtype="bfloat16"), tmp_path)
    batch = next(iter(trainer.batches.block(0).to(torch.device("cpu"))))
    with torch.autocast("cpu", torch.bfloat16):
        steps = Outputs(trainer.learner.model, batch).steps
        loss = terms.losses(trainer.learner.model, batch, trainer.config.objective)["walk_length"]
    assert steps.dtype == loss.dtype == torch.float32
    assert (steps != steps.bfloat16()).any()


def test_a_step_in_float64_is_that_of_adam(tmp_path):
    """Against the update written out (Kingma & Ba 2015), for two steps."""
    config = tiny(steps=2, dtype="float64", weight_decay=0.1)
    trainer = Trainer(config, tmp_path)
    weights = trainer.learner.weights.values.detach().clone()
    first = second = torch.zeros_like(weights)
    for step, batch in enumerate(trainer.batches.block(0).to(torch.device("cpu"))[:2], start=1):
        trainer.advance(batch)
        gradient = trainer.learner.weights.gradients
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        mean, square = first / (1 - 0.9**step), second / (1 - 0.999**step)
        weights = weights * (1 - 0.01 * 0.1) - 0.01 * mean / (square.sqrt() + 1e-8)
        torch.testing.assert_close(trainer.learner.weights.values.detach(), weights)


def test_averaged_weights_follow_their_formula(tmp_path):
    trainer = Trainer(tiny(steps=4, weight_average=0.2), tmp_path)
    average = [p.detach().clone() for p in trainer.learner.model.parameters()]
    for step, batch in enumerate(trainer.batches.block(0).to(torch.device("cpu"))[:4]):
        trainer.advance(batch)
        decay = min(0.2, (step + 1) / (step + 10))
        average = [
            decay * mean + (1 - decay) * p.detach()
            for mean, p in zip(average, trainer.learner.model.parameters(), strict=True)
        ]
        for mean, p in zip(average, trainer.learner.deployed().parameters(), strict=True):
            torch.testing.assert_close(p.detach(), mean)


def test_flat_weights_are_the_weights_of_the_model():
    config = tiny()
    torch.manual_seed(0)
    model, plain = (new_model(config) for _ in range(2))
    plain.load_state_dict(model.state_dict())
    flat = FlatWeights(model)
    assert_same_tensors(model.state_dict(), plain.state_dict())
    for _ in range(2):  # gradients of one loss do not add to those of the one before
        flat.gradient_of(sum((p**2).sum() for p in model.parameters()))
    for p in model.parameters():
        assert torch.equal(p.grad, 2 * p)
    with torch.no_grad():
        flat.values.fill_(0.5)
    assert all((p == 0.5).all() for p in model.parameters())


def test_parameters_that_are_frozen_or_not_used_have_no_gradient():
    model = torch.nn.Sequential(*(torch.nn.Linear(3, 3) for _ in range(3)))
    flat, [frozen, used, other] = FlatWeights(model), model
    frozen.requires_grad_(False)
    found = flat.gradient_of(used(frozen(torch.ones(2, 3))).sum())
    assert used.bias.grad.tolist() == [2, 2, 2]
    assert torch.count_nonzero(found) == 12  # of the weights and biases that are used
    assert all(torch.equal(p.grad, torch.zeros_like(p)) for p in other.parameters())


def test_metrics_trained_without_steps_are_calibrated(tmp_path):
    config = tiny()
    trainer = Trainer(config, tmp_path)
    model = trainer.run()
    predicted, known = [], []
    with torch.no_grad():
        for batch in trainer.batches.block(0).to(torch.device("cpu")):
            predicted.append(Outputs(model, batch).steps.numpy())
            known.append(batch.steps.numpy())
    predicted, known = np.concatenate(predicted), np.concatenate(known)
    assert np.linalg.lstsq(predicted[:, None], known, rcond=None)[0] == pytest.approx(1, rel=1e-4)


def test_a_collapsed_metric_is_not_calibrated_to_nan(tmp_path):
    trainer = Trainer(tiny(steps=1, learning_rate=0.0), tmp_path)
    with torch.no_grad():
        trainer.learner.weights.values.zero_()
    model = trainer.run()
    assert all(p.isfinite().all() for p in model.parameters())


def test_a_run_starts_with_the_weights_of_another(tmp_path):
    small = {"model.hidden": 16, "data.num_trajectories": 16, "training.steps": 2}
    config = replaced(method_config("walk_distance"), small | {"training.batch_size": 16})
    first = Trainer(config, tmp_path / "first")
    first.run()
    start = {"training.start": str(tmp_path / "first"), "objective.terms": {"bellman": 1.0}}
    second = Trainer(replaced(config, start), tmp_path / "second")
    wanted = first.learner.deployed().state_dict()
    for model in (second.learner.model, second.learner.average):
        for name, value in model.state_dict().items():
            assert torch.equal(value, wanted[name]), name
    second.run()
    other = replaced(config, start | {"model.hidden": 32})
    with pytest.raises(CheckpointError, match=r"first/model.safetensors: weights of another model"):
        Trainer(other, tmp_path / "third")
    with pytest.raises(ValueError, match=r"training.weight_average: expected above 0, .* got 0"):
        Trainer(replaced(config, start | {"training.weight_average": 0.0}), tmp_path / "fourth")


def test_a_run_with_a_slow_copy_resumes_to_the_last_bit(tmp_path):
    small = {"domain.height": 6, "domain.width": 6, "model.hidden": 16, "training.batch_size": 16}
    config = replaced(method_config("value_iteration"), small | {"training.steps": 20})
    whole = Trainer(config, tmp_path / "whole")
    whole.run()
    part = Trainer(config, tmp_path / "part")
    for batch in stream(part.batches, range(9), part.device):
        part.advance(batch)
    part.save()
    part.record.release()
    rest = Trainer.resume(tmp_path / "part")
    rest.run()
    for name, value in whole.learner.tensors().items():
        assert torch.equal(value, rest.learner.tensors()[name]), name
