"""A training step on cube3 by walk_distance, batch 1024, beside plain loops; and the trunk alone.

The plain loops get their pairs beforehand and keep no average of the weights, which ours does.
"""

from __future__ import annotations

import copy
import dataclasses
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from test_bench_training import (
    batches_of,
    cuda,
    take_all_steps,
    time_loop,
    time_recorded,
    value_of,
)
from torch import nn
from torch.nn import functional

from mlsearch import _core
from mlsearch.base.settings import replaced
from mlsearch.config import RunConfig
from mlsearch.domains.registry import domain_settings
from mlsearch.learning.batches import make_batches
from mlsearch.learning.blocks import BLOCK_STEPS
from mlsearch.learning.methods import method_config
from mlsearch.learning.steps import CompiledStep
from mlsearch.learning.training import Trainer
from mlsearch.models import BroNetRegressor
from mlsearch.models.trunk import Trunk

ROWS = 1024
ROUNDS = 3  # of 64 steps, which take seconds
widths = pytest.mark.parametrize("hidden", [256, 512])
gpu_widths = pytest.mark.parametrize("hidden", [512, 2048])
compiling = pytest.mark.filterwarnings(
    "ignore:.*torch.jit:DeprecationWarning", "ignore:TensorFloat32 tensor cores:UserWarning"
)


def threads(test):
    """Runs a test with one thread and with two."""
    used = pytest.mark.usefixtures("threads_of_networks")
    return used(pytest.mark.parametrize("num_threads", [1, 2])(test))


@pytest.fixture
def steps(benchmark) -> int:
    benchmark.extra_info["num"] = num = BLOCK_STEPS if benchmark.enabled else 2
    return num


def config_of(hidden: int, steps: int, dtype: str = "float32") -> RunConfig:
    config = dataclasses.replace(method_config("walk_distance"), domain=domain_settings("cube3"))
    training = {"training.steps": steps, "training.log_every": steps, "training.dtype": dtype}
    return replaced(config, {"model.hidden": hidden} | training)


@threads
@widths
def test_cube_step(benchmark, tmp_path: Path, hidden: int, num_threads: int, steps: int) -> None:
    benchmark.group = f"training-cube3-{hidden}"
    made = []

    def prepare() -> Trainer:
        made.append(Trainer(config_of(hidden, steps), tmp_path / f"run{len(made)}"))
        assert isinstance(made[-1].take, CompiledStep)
        made[-1].take.num_threads = num_threads
        return made[-1]

    time_loop(benchmark, take_all_steps, prepare, ROUNDS)
    assert all(np.isfinite(trainer.rows[-1]["loss"]) for trainer in made)


@pytest.mark.benchmark(group="training-cube3-walks")
def test_cube_walks_alone(benchmark) -> None:
    """Of the step, what drawing its pairs takes, which another thread does beside it."""
    batches = make_batches(config_of(512, BLOCK_STEPS))
    block = benchmark.pedantic(batches.block, (1,), rounds=10 if benchmark.enabled else 1)
    benchmark.extra_info["num"] = BLOCK_STEPS
    assert block.states.shape[:2] == (BLOCK_STEPS, ROWS)


class PlainRegressor(nn.Module):
    """The weights of a regressor in PyTorch's layers.

    Args:
        model: the regressor, of a domain whose worlds have no features.
        one_hot: whether the first layer is a Linear on written-out features.
    """

    def __init__(self, model: BroNetRegressor, one_hot: bool) -> None:
        super().__init__()
        self.one_hot = one_hot
        self.weight = nn.Parameter(model.first.weight.detach().clone())
        self.bias = nn.Parameter(model.first.bias.detach().clone())
        self.trunk = nn.Sequential(*copy.deepcopy(model.trunk))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Int64 [N, A] to float32 [N], in steps."""
        if self.one_hot:
            inputs = self.weight.new_zeros(len(features), len(self.weight))
            x = inputs.scatter_(1, features, 1.0) @ self.weight
        else:
            x = functional.embedding_bag(features, self.weight, mode="sum")
        return functional.softplus(self.trunk(x + self.bias).mean(-1))


def time_plain_loop(
    benchmark, trainer: Trainer, steps: int, one_hot: bool, compiled: str | None
) -> None:
    """Times a plain loop, whose pairs lie on the device beforehand.

    Args:
        benchmark: what times it.
        trainer: whose batches and weights it has.
        steps: that are timed together.
        one_hot: as of ``PlainRegressor``.
        compiled: the mode of ``torch.compile``, or None.
    """
    batches = list(batches_of(trainer))[:steps]
    copies = trainer.learner.model.first.num_features
    features = [torch.cat([b.states, b.goals + copies], dim=1) for b in batches]
    known = [b.steps.float() for b in batches]
    network = PlainRegressor(trainer.learner.model, one_hot).to(trainer.device)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)

    def loss_of(inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.mse_loss(network(inputs), targets)

    expected = value_of(trainer, batches[0])
    assert loss_of(features[0], known[0]).item() == pytest.approx(expected, rel=1e-3)
    take = torch.compile(loss_of, mode=compiled) if compiled else loss_of

    def run(num: int) -> None:
        for step in range(num):
            optimizer.zero_grad()
            loss = take(features[step], known[step])
            loss.backward()
            optimizer.step()
        assert np.isfinite(loss.item())

    run(2)  # compiles
    time_loop(benchmark, run, lambda: steps, ROUNDS)


@compiling
@threads
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("one_hot", [False, True])
@widths
def test_cube_plain_loop(
    benchmark, tmp_path: Path, hidden: int, one_hot: bool, compiled: bool, num_threads: int, steps
) -> None:
    benchmark.group = f"training-cube3-{hidden}"
    if compiled and not benchmark.enabled:
        pytest.skip("compiling takes longer than a test should")
    trainer = Trainer(config_of(hidden, steps), tmp_path / "run")
    time_plain_loop(benchmark, trainer, steps, one_hot, "default" if compiled else None)


@cuda
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@gpu_widths
def test_cube_step_on_a_gpu(benchmark, tmp_path: Path, hidden: int, dtype: str) -> None:
    steps = set_steps(benchmark, hidden)
    made = []

    def make(num_steps: int) -> Trainer:
        folder = tmp_path / f"run{len(made)}"
        made.append(Trainer(config_of(hidden, num_steps, dtype), folder, device="cuda"))
        return made[-1]

    time_recorded(benchmark, make, steps)
    assert all(np.isfinite(trainer.rows[-1]["loss"]) for trainer in made)


@compiling
@cuda
@pytest.mark.parametrize("compiled", [None, "default", "reduce-overhead"])
@gpu_widths
def test_cube_plain_loop_on_a_gpu(benchmark, tmp_path: Path, hidden: int, compiled: str) -> None:
    """With a first layer that looks rows up; "reduce-overhead" records CUDA graphs."""
    if compiled and not benchmark.enabled:
        pytest.skip("compiling takes longer than a test should")
    steps = set_steps(benchmark, hidden)
    trainer = Trainer(config_of(hidden, steps), tmp_path / "run", device="cuda")
    time_plain_loop(benchmark, trainer, steps, False, compiled)


def set_steps(benchmark, hidden: int) -> int:
    """How many steps are timed together on a GPU."""
    benchmark.group = f"training-cube3-{hidden}-cuda"
    benchmark.extra_info["num"] = num = 10 * BLOCK_STEPS if benchmark.enabled else 5
    return num


def trunk_and_input(hidden: int) -> tuple[Trunk, torch.Tensor]:
    torch.manual_seed(0)
    return Trunk(hidden, 2, 16), torch.randn(ROWS, hidden)


@threads
@pytest.mark.parametrize("hidden", [256, 512, 1024])
@pytest.mark.parametrize("what", ["forward", "step"])
def test_trunk(benchmark, what: str, hidden: int, num_threads: int) -> None:
    """Time per product of [1024, hidden] and [hidden, hidden], or as much work as that."""
    trunk, x = trunk_and_input(hidden)
    core = _core.Trunk([p.detach().numpy() for p in trunk.parameters()], *trunk.sizes)
    gradients = np.zeros(sum(p.numel() for p in trunk.parameters()), np.float32)
    of_out = np.ones((ROWS, 16), np.float32)

    def step() -> np.ndarray:
        out, trace = core.trace(x.numpy(), num_threads)
        core.backward(trace, of_out, gradients, num_threads)
        return out

    products = 4 + 16 / hidden
    benchmark.extra_info["num"] = products if what == "forward" else 3 * products
    run = partial(core.forward, x.numpy(), num_threads) if what == "forward" else step
    found = benchmark.pedantic(run, rounds=20 if benchmark.enabled else 1)
    expected = nn.Sequential.forward(trunk, x).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@threads
@pytest.mark.parametrize("hidden", [256, 512, 1024])
def test_one_product(benchmark, hidden: int, num_threads: int) -> None:
    """By PyTorch: the rate of the machine."""
    trunk, x = trunk_and_input(hidden)
    weight = trunk[-1].weight.detach().new_ones(hidden, hidden)
    found = benchmark.pedantic(torch.mm, (x, weight), rounds=50 if benchmark.enabled else 1)
    torch.testing.assert_close(found[:, 0], x.sum(1), rtol=1e-3, atol=1e-2)
