"""How cost and memory grow with the size and number of problems and with the batch.

Usage: python bench/scaling.py [--quick] [--out docs/results/scaling.json]

The largest search, of 10^8 states, needs 11 GiB of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from large import MAP_SIDES, METHODS, STATES, by_map, by_states, peak_bytes

from mlsearch import __version__
from mlsearch.base.files import write_json
from mlsearch.base.settings import replaced
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.learning.methods import method_config
from mlsearch.learning.training import Trainer
from mlsearch.metrics.learned import LearnedMetric
from mlsearch.runs.checkpoint import new_model
from mlsearch.search.solve import solve

SIDES = (10, 20, 50, 100, 200, 512, 1024)
NUMBERS = (100, 1000, 10_000, 100_000, 1_000_000)
NUMBERS_NETWORK = (100, 1000, 10_000, 100_000)
BATCHES = (16, 64, 256, 1024, 4096)


def exponent(x: Sequence[float], y: Sequence[float]) -> float:
    """The slope of log y over log x by least squares: y grows like x to this power."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def shortest(work: Callable[[], Any], repetitions: int = 3) -> float:
    """The shortest of a few times, in seconds."""
    times = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def by_side(side: int) -> dict[str, float]:
    """Seconds of a distance field and of a search with a table, per problem, one thread.

    To be run in a fresh process: ``grown`` is what 100 problems add to its peak memory.
    """
    problems = Problems.sample(Mazes.generate(100, side, seed=0), seed=1)
    before = peak_bytes()

    def search() -> float:
        return solve(problems, heuristic="manhattan", num_threads=1).seconds_search

    searching = min(search() for _ in range(3))
    grown = peak_bytes() - before
    field = shortest(lambda: problems.domain.distances(problems.goals, num_threads=1))
    return {"side": side, "field": field / 100, "search": searching / 100, "grown": grown}


def by_number(num: int, heuristic: str) -> dict[str, float]:
    """Seconds and peak memory of solving default problems, all threads; in a fresh process."""
    source = untrained() if heuristic == "network" else heuristic
    problems = Problems.sample(Mazes.generate(num, 20, seed=0), seed=1)
    begin = time.perf_counter()
    optimal = problems.optimal
    bfs = time.perf_counter() - begin
    result = solve(problems, heuristic=source)
    if not (result.cost >= optimal).all():
        raise AssertionError("a path is shorter than the shortest")
    return {"num": num, "seconds": result.seconds, "bfs": bfs, "peak": peak_bytes()}


def untrained() -> LearnedMetric:
    """The network of the contrastive method."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = method_config("contrastive")
    return LearnedMetric(new_model(config), config)


def in_fresh_process(*arguments: object) -> dict[str, float]:
    """The measurement of ``CURVES`` that the first argument names, in a process of its own."""
    command = [sys.executable, __file__, "--child", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def by_batch(batch: int) -> dict[str, float]:
    """Pairs per second of contrastive training on all cores."""
    torch.set_num_threads(1)
    num_steps = max(30, 20_000 // batch)
    settings = {"training.batch_size": batch, "training.steps": num_steps}
    config = replaced(method_config("contrastive"), settings)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(config, Path(folder) / "run")
        trainer.run()
    return {"batch": batch, "pairs_per_second": batch * num_steps / trainer.seconds}


CURVES: dict[str, Callable[..., dict[str, float]]] = {
    "side": by_side,
    "number": by_number,
    "batch": by_batch,
    "states": by_states,
    "map": by_map,
}


def exponents(curves: dict[str, Any]) -> dict[str, float]:
    """The powers that the upper half of each curve follows."""
    numbers = curves["by_number"]
    found = {
        "distance field by side": power(curves["by_side"], "side", "field"),
        "table search by side": power(curves["by_side"], "side", "search"),
        "optimal costs by number": power(numbers["manhattan"], "num", "bfs"),
    }
    for name, rows in numbers.items():
        found[f"search by number, {name}"] = power(rows, "num", "seconds")
        found[f"memory by number, {name}"] = power(rows, "num", "peak")
    found["search by states"] = power(curves["by_states"], "states", "seconds")
    found["memory by states"] = power(curves["by_states"], "states", "grown")
    for name, rows in curves["by_map"].items():
        found[f"one query by side of the map, {name}"] = power(rows, "side", "seconds")
    found["pairs per second by batch"] = power(curves["by_batch"], "batch", "pairs_per_second")
    return found


def power(rows: list[dict[str, float]], x: str, y: str) -> float:
    """The exponent of the upper half of a curve, of at least two of its points."""
    upper = rows[min(len(rows) // 2, len(rows) - 2) :]
    return exponent([row[x] for row in upper], [row[y] for row in upper])


def measured(quick: bool) -> dict[str, Any]:
    """All curves, and their exponents."""

    def curve(name: str, points: Sequence[int], *rest: str) -> list[dict[str, float]]:
        return [in_fresh_process(name, point, *rest) for point in points[: 2 if quick else None]]

    curves = {
        "by_states": curve("states", STATES),  # first, since it needs the most memory
        "by_side": curve("side", SIDES),
        "by_number": {
            "manhattan": curve("number", NUMBERS, "manhattan"),
            "network": curve("number", NUMBERS_NETWORK, "network"),
        },
        "by_batch": curve("batch", BATCHES),
        "by_map": {method: curve("map", MAP_SIDES, method) for method in METHODS},
    }
    made_with = {
        "mlsearch": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "command": "python bench/scaling.py" + (" --quick" if quick else ""),
    }
    return {"made_with": made_with, **curves, "exponents": exponents(curves)}


def main() -> None:
    """Measures, prints the exponents and writes."""
    default = Path(__file__).parents[1] / "docs" / "results" / "scaling.json"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=default)
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        curve, amount, *rest = options.child
        print(json.dumps(CURVES[curve](int(amount), *rest)))
        return
    results = measured(options.quick)
    for name, value in results["exponents"].items():
        print(f"{name}: power {value:.2f}")
    write_json(options.out, results)


if __name__ == "__main__":
    main()
