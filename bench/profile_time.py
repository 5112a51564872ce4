"""Where the time of training and of solving goes.

Usage: python bench/profile_time.py [--quick] [--out docs/results/profile.json]
"""

from __future__ import annotations

import argparse
import tempfile
import time
import unittest.mock
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scaling import shortest, untrained
from tables import profile_table
from torch.profiler import ProfilerActivity, profile

from mlsearch import _core
from mlsearch.base.files import write_json
from mlsearch.base.settings import replaced
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.learning.blocks import Batch
from mlsearch.learning.methods import method_config
from mlsearch.learning.steps import CompiledStep, Learner, StepNumbers
from mlsearch.learning.steps.finite import FiniteWatch
from mlsearch.learning.terms import losses
from mlsearch.learning.training import Trainer
from mlsearch.models.fused import FusedTrunk
from mlsearch.models.trunk import Trunk
from mlsearch.search.solve import solve

METHODS = {"contrastive": 200, "supervised": 200, "landmark_wave": 30}  # number of steps

# Kinds of kernels by a part of their names; the first that fits counts.
KINDS = {
    "adam": "optimizer",
    "norm": "layer norms",
    "mm": "matrix products",
    "conv": "matrix products",
    "": "other kernels",
}
CALLS = "calls"

Parts = dict[str, float]


class Clock:
    """Adds up the time between calls, by name."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.last = time.perf_counter()

    def __call__(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] += now - self.last
        self.last = now


def kinds_of_kernels(work: Callable[[], Any]) -> Parts:
    """Seconds in PyTorch's kernels, by kind; all other time is under ``CALLS``."""
    total = shortest(work, 2)
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        work()
    found: Counter[str] = Counter()
    for event in profiler.key_averages():
        if event.key.startswith("aten::"):
            kind = next(kind for part, kind in KINDS.items() if part in event.key)
            found[kind] += event.self_cpu_time_total / 1e6
    found[CALLS] = max(0.0, total - sum(found.values()))
    return dict(found)


NUMBERS = StepNumbers(number=0, rate=1e-4, ema_rate=0.01)


def training_parts(method: str, num_steps: int) -> dict[str, Parts]:
    """Milliseconds of a training step by stage and, where PyTorch takes it, by kind of kernel."""
    torch.set_num_threads(1)
    config = replaced(method_config(method), {"training.steps": num_steps})
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(config, Path(folder) / "run")
        trainer.batches.block(1)  # the first takes longer
        clock = Clock()
        block = trainer.batches.block(0)
        clock("drawing batches")
        batches = block.to(trainer.device)
        clock("tensors of them")
        stages = {name: s / len(batches) for name, s in clock.seconds.items()}
        trainer.learner.model.train()
        steps = [batches[i % len(batches)] for i in range(num_steps)]
        if isinstance(trainer.take, CompiledStep):
            trainer.take.num_threads = 1
            stages |= compiled_parts(trainer.take, steps)
            return {"by stage": milliseconds(stages)}
        kinds = kinds_of_kernels(lambda: [trainer.take(batch, NUMBERS) for batch in steps])
        stages |= {name: s / num_steps for name, s in timed_steps(trainer.learner, steps).items()}
    return {"by stage": milliseconds(stages), "by kind": milliseconds(kinds, num_steps)}


def compiled_parts(compiled: CompiledStep, batches: list[Batch]) -> Parts:
    """Seconds of a compiled step by stage; the trunk is timed by itself, on numbers of its size."""
    whole = shortest(lambda: [compiled(batch, NUMBERS) for batch in batches], 3)
    gradient = shortest(lambda: [compiled.gradient(batch) for batch in batches], 3)
    update = shortest(lambda: [compiled.take(1.0) for _ in batches], 3)
    trunk = next(module for module in compiled.learner.model.modules() if isinstance(module, Trunk))
    core = _core.Trunk([p.detach().numpy() for p in trunk.parameters()], *trunk.sizes)
    num_rows = len(batches[0].states) * (2 if compiled.name == "contrastive" else 1)
    hidden, _, out = trunk.sizes
    x, gradients = (np.ones((num_rows, size), np.float32) for size in (hidden, out))
    weight_gradients = np.zeros(sum(p.numel() for p in trunk.parameters()), np.float32)
    _, trace = core.trace(x, 1)
    forward = shortest(lambda: [core.trace(x, 1) for _ in batches], 3)
    backward = shortest(
        lambda: [core.backward(trace, gradients, weight_gradients, 1) for _ in batches], 3
    )
    seconds = {
        "trunk, forward": forward,
        "trunk, backward": backward,
        "first layer and loss": gradient - forward - backward,
        "optimizer": update,
        "Python": whole - gradient - update,
    }
    return {name: max(0.0, value) / len(batches) for name, value in seconds.items()}


def timed_steps(learner: Learner, batches: list[Batch]) -> Parts:
    """Seconds of what ``EagerStep`` does at each step, by stage."""
    objective = learner.config.objective
    watch = FiniteWatch(learner.weights, learner.optimizer, len(objective.terms) + 1, is_late=False)
    clock = Clock()
    for batch in batches:
        terms = losses(learner.model, batch, objective)
        loss = torch.stack([objective.terms[n] * value for n, value in terms.items()]).sum()
        clock("forward")
        gradient = learner.weights.gradient_of(loss)
        clock("backward")
        values = [value.detach() for value in terms.values()]
        watch.note(0, torch.stack([*values, gradient.norm()]))
        watch.first()
        clock("checks")
        learner.optimizer.step()
        learner.update_average(NUMBERS.ema_rate)
        clock("optimizer")
    return clock.seconds


def milliseconds(seconds: Parts, number: int = 1) -> Parts:
    """Of each of a number of equal works."""
    return {name: 1e3 * value / number for name, value in seconds.items()}


def seconds_in_trunk(work: Callable[[], Any]) -> float:
    """The time that compiled trunks, of which PyTorch's profiler knows nothing, take of a work."""
    total, original = 0.0, FusedTrunk.__call__

    def timed(trunk: FusedTrunk, x: torch.Tensor) -> torch.Tensor:
        nonlocal total
        started = time.perf_counter()
        out = original(trunk, x)
        total += time.perf_counter() - started
        return out

    with unittest.mock.patch.object(FusedTrunk, "__call__", timed):
        work()
    return total


def solving_parts(num: int) -> tuple[Parts, Parts]:
    """Milliseconds of solving problems, led by a network and by a table."""
    torch.set_num_threads(1)
    metric = untrained()
    problems = Problems.sample(Mazes.generate(num, 20, seed=0), seed=1)
    kinds = kinds_of_kernels(lambda: solve(problems, heuristic=metric, num_threads=1))
    led = [solve(problems, heuristic=metric, num_threads=1) for _ in range(2)]
    search = min(result.seconds_search for result in led)
    trunk = seconds_in_trunk(lambda: solve(problems, heuristic=metric, num_threads=1))
    calls = max(0.0, kinds[CALLS] - search - trunk)
    network = {**kinds, "trunk": trunk, CALLS: calls, "search in C++": search}
    made = solve(problems, heuristic="manhattan", num_threads=1)
    table = {"making the table": made.seconds_heuristic, "search in C++": made.seconds_search}
    return milliseconds(network), milliseconds(table)


def measured(quick: bool) -> dict[str, Parts]:
    """Milliseconds by work and part."""
    found = {}
    for method, num_steps in METHODS.items():
        for kind, parts in training_parts(method, 4 if quick else num_steps).items():
            found[f"step of {method}, {kind}"] = parts
    network, table = solving_parts(20 if quick else 1000)
    found["solving 1,000 problems, network"] = network
    found["solving 1,000 problems, table"] = table
    return found


def main() -> None:
    """Measures, prints and writes."""
    default = Path(__file__).parents[1] / "docs" / "results" / "profile.json"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=default)
    options = parser.parse_args()
    parts = measured(options.quick)
    print(profile_table(parts))
    write_json(options.out, parts)


if __name__ == "__main__":
    main()
