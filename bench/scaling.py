"""How cost and memory grow with the size and number of problems and with the batch.

Usage: python bench/scaling.py [--quick] [--out docs/results/scaling.json]
The figure goes beside the other images of the documentation, unless --figure says otherwise.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from mlsearch import __version__, plots
from mlsearch.baselines import baseline_table
from mlsearch.config import replaced
from mlsearch.files import write_json
from mlsearch.heuristics import LearnedMetric
from mlsearch.mazes import Mazes, Problems
from mlsearch.methods import method_config
from mlsearch.models import build_model
from mlsearch.plots import style
from mlsearch.search import solve
from mlsearch.training import Trainer

SIDES = (10, 20, 50, 100, 200, 512, 1024)
NUMBERS = (100, 1000, 10_000, 100_000, 1_000_000)
NUMBERS_NETWORK = (100, 1000, 10_000)
BATCHES = (16, 64, 256, 1024, 4096)


def exponent(x: list[float], y: list[float]) -> float:
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
    """Seconds of a distance field and of a search with a table, per problem, one thread."""
    num = max(1, min(1000, 400_000 // side**2))
    problems = Problems.sample(Mazes.generate(num, side, seed=0), seed=1)
    table = baseline_table("manhattan", problems.mazes, problems.goals)
    field = shortest(lambda: problems.mazes.distances(problems.goals, num_threads=1))
    search = shortest(lambda: solve(problems, heuristic=table, num_threads=1))
    return {"side": side, "field": field / num, "search": search / num}


def by_number(num: int, heuristic: str) -> dict[str, float]:
    """Seconds and peak memory of solving default problems; to be run in a fresh process."""
    source = untrained() if heuristic == "network" else heuristic
    problems = Problems.sample(Mazes.generate(num, 20, seed=0), seed=1)
    before = peak_bytes()
    result = solve(problems, heuristic=source)
    return {"num": num, "seconds": result.seconds, "before": before, "peak": peak_bytes()}


def untrained() -> LearnedMetric:
    """The network of the contrastive method."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = method_config("contrastive")
    return LearnedMetric(build_model(config.model, config.mazes), config)


def peak_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def in_fresh_process(num: int, heuristic: str) -> dict[str, float]:
    """``by_number`` in a process of its own, whose peak is this work's alone."""
    command = [sys.executable, __file__, "--child", str(num), heuristic]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def by_batch(batch: int, num_steps: int) -> dict[str, float]:
    """Pairs per second of contrastive training on one thread."""
    torch.set_num_threads(1)
    settings = {"training.batch_size": batch, "training.steps": num_steps}
    config = replaced(method_config("contrastive"), settings)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(config, Path(folder) / "run")
        trainer.run()
    return {"batch": batch, "pairs_per_second": batch * num_steps / trainer.seconds}


def measured(quick: bool) -> dict[str, Any]:
    """All curves."""
    sides, numbers, network, batches = SIDES, NUMBERS, NUMBERS_NETWORK, BATCHES
    if quick:
        sides, numbers, network, batches = sides[:2], numbers[:2], network[:1], batches[:2]
    return {
        "made_with": {
            "mlsearch": __version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "machine": platform.processor() or platform.machine(),
            "command": "python bench/scaling.py" + (" --quick" if quick else ""),
        },
        "by_side": [by_side(side) for side in sides],
        "by_number": {
            "manhattan": [in_fresh_process(num, "manhattan") for num in numbers],
            "network": [in_fresh_process(num, "network") for num in network],
        },
        "by_batch": [by_batch(batch, max(5, 20_000 // batch)) for batch in batches],
    }


@style.styled
def figure_of(results: dict[str, Any]) -> Figure:
    """Three panels, with the fitted exponents in their legends."""
    figure = style.new_figure(style.PAGE_WIDTH, 2.7)
    axes = figure.subplots(1, 3)
    rows = results["by_side"]
    sides = [row["side"] for row in rows]
    curve(axes[0], sides, [1e6 * row["field"] for row in rows], "distance field", "o")
    curve(axes[0], sides, [1e6 * row["search"] for row in rows], "table search", "s")
    axes[0].set(xlabel="side of the maze", ylabel="microseconds, one thread", title="One problem")
    for (name, rows), marker in zip(results["by_number"].items(), "os", strict=True):
        nums = [row["num"] for row in rows]
        curve(axes[1], nums, [row["seconds"] for row in rows], name, marker)
    axes[1].set(xlabel="problems, 20 x 20", ylabel="seconds", title="Time")
    for (name, rows), marker in zip(results["by_number"].items(), "os", strict=True):
        nums, peaks = [row["num"] for row in rows], [row["peak"] / 2**20 for row in rows]
        axes[2].plot(nums, peaks, marker=marker, label=name)
    axes[2].set(xlabel="problems, 20 x 20", ylabel="MiB at most", title="Memory")
    for panel in axes:
        panel.set(xscale="log", yscale="log")
        panel.legend(loc="upper left")
    return figure


def curve(axes: Any, x: list[float], y: list[float], name: str, marker: str) -> None:
    """One curve, labelled with its exponent over the upper half of its points."""
    upper = slice(len(x) // 2 - (len(x) < 4), None)
    slope = exponent(x[upper], y[upper]) if len(x[upper]) > 1 else float("nan")
    axes.plot(x, y, marker=marker, label=f"{name}: power {slope:.2f}")


def report(results: dict[str, Any]) -> str:
    """The curves as Markdown tables."""
    lines = ["| side | distance field | table search |", "| --- | --- | --- |"]
    for row in results["by_side"]:
        times = f"{1e6 * row['field']:.3g} us | {1e6 * row['search']:.3g} us"
        lines.append(f"| {row['side']} | {times} |")
    lines += [
        "",
        "| problems | heuristic | seconds | memory at most |",
        "| --- | --- | --- | --- |",
    ]
    for name, rows in results["by_number"].items():
        for row in rows:
            memory = f"{row['peak'] / 2**20:,.0f} MiB"
            lines.append(f"| {row['num']:,} | {name} | {row['seconds']:.3g} | {memory} |")
    lines += ["", "| batch | pairs per second |", "| --- | --- |"]
    lines += [f"| {r['batch']} | {r['pairs_per_second']:,.0f} |" for r in results["by_batch"]]
    return "\n".join(lines)


def main() -> None:
    """Measures, prints and writes."""
    docs = Path(__file__).parents[1] / "docs"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=docs / "results" / "scaling.json")
    parser.add_argument("--figure", type=Path, default=docs / "images" / "scaling.png")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(by_number(int(options.child[0]), options.child[1])))
        return
    results = measured(options.quick)
    print(report(results))
    write_json(options.out, results)
    plots.save(figure_of(results), options.figure)


if __name__ == "__main__":
    main()
