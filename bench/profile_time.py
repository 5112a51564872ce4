"""Where the time of training and of solving goes.

Usage: python bench/profile_time.py [--quick] [--out docs/results/profile.json]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from scaling import untrained

from mlsearch.baselines import baseline_table
from mlsearch.config import replaced
from mlsearch.files import write_json
from mlsearch.mazes import Mazes, Problems
from mlsearch.methods import method_config
from mlsearch.search import solve
from mlsearch.training import Trainer

METHODS = ("contrastive", "supervised", "landmark_wave")


class Clock:
    """Adds up the time between calls, by name."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.last = time.perf_counter()

    def __call__(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] += now - self.last
        self.last = now


def training_parts(method: str, num_steps: int) -> dict[str, float]:
    """Milliseconds of the parts of a training step, measured one after the other.

    In a real run the first two happen in another thread while the step before is computed.
    """
    torch.set_num_threads(1)
    config = replaced(method_config(method), {"training.steps": num_steps})
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(config, Path(folder) / "run")
        clock = Clock()
        block = trainer.batches.block(0)
        clock("drawing batches")
        batches = block.to(trainer.device)
        clock("tensors of them")
        share = num_steps / len(batches)
        clock.seconds = Counter({name: share * s for name, s in clock.seconds.items()})
        trainer.model.train()
        for step in range(num_steps):
            clock("")
            timed_step(trainer, batches[step % len(batches)], clock)
    del clock.seconds[""]
    return {name: 1e3 * seconds / num_steps for name, seconds in clock.seconds.items()}


def timed_step(trainer: Trainer, batch: Any, clock: Clock) -> None:
    """What ``Trainer`` does at each step, part by part."""
    from mlsearch.methods import losses

    objective = trainer.config.objective
    terms = losses(trainer.model, batch, objective)
    loss = torch.stack([objective.terms[n] * value for n, value in terms.items()]).sum()
    clock("forward")
    gradient = trainer.weights.gradient(loss)
    clock("backward")
    norm = torch.linalg.vector_norm(gradient)
    trainer._check_finite({"loss": loss.detach(), "gradient": norm})
    clock("checks")
    trainer.optimizer.step()
    trainer._update_average()
    clock("optimizer")


def solving_parts(source: str, num: int) -> dict[str, float]:
    """Milliseconds of solving: in the network, in C++ and in Python around them."""
    problems = Problems.sample(Mazes.generate(num, 20, seed=0), seed=1)
    heuristic = (
        untrained()
        if source == "network"
        else baseline_table("manhattan", problems.mazes, problems.goals)
    )
    solve(problems, heuristic=heuristic, num_threads=1)
    result = solve(problems, heuristic=heuristic, num_threads=1)
    return {
        "network and its tensors": 1e3 * result.seconds_heuristic,
        "search in C++": 1e3 * result.seconds_search,
    }


def measured(quick: bool) -> dict[str, dict[str, float]]:
    """Milliseconds by work and part."""
    steps, num = (4, 20) if quick else (512, 1000)
    found = {
        f"step of {m}": training_parts(m, min(steps, 64 if "wave" in m else steps)) for m in METHODS
    }
    found["solving 1,000 problems, network"] = solving_parts("network", num)
    found["solving 1,000 problems, table"] = solving_parts("table", num)
    return found


def table(parts: dict[str, dict[str, float]]) -> str:
    """The parts as a Markdown table."""
    lines = ["| work | part | milliseconds | share |", "| --- | --- | --- | --- |"]
    for work, values in parts.items():
        total = sum(values.values())
        for part, value in values.items():
            lines.append(f"| {work} | {part} | {value:.3g} | {value / total:.0%} |")
    return "\n".join(lines)


def main() -> None:
    """Measures, prints and writes."""
    default = Path(__file__).parents[1] / "docs" / "results" / "profile.json"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=default)
    options = parser.parse_args()
    parts = measured(options.quick)
    print(table(parts))
    write_json(options.out, parts)


if __name__ == "__main__":
    main()
