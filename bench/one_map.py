"""Many problems on one map: landmark waves beside exact landmarks, straight lines and the truth.

Usage: python bench/one_map.py MAPS [--out docs/results/maps.json]

MAPS is a folder with maps of the Moving AI benchmarks (Sturtevant 2012), which are not part of the
project; QUERIES says which, and how many problems are drawn on each.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import mlsearch as ml
from mlsearch.base.files import write_json
from mlsearch.base.settings import replaced
from mlsearch.domains.maze.landmarks import num_landmarks
from mlsearch.evaluation.scores import score
from mlsearch.metrics.learned import LearnedMetric

QUERIES = {
    "arena": 200,
    "room-64-64-8": 200,
    "maze-128-128-2": 100,
    "den520d": 50,
    "AR0603SR": 20,
    "maze512-32-9": 20,
}
CAPS = (16, 32, 64)
NUM_CELLS = 40  # between which axioms are measured


def searched(problems: ml.Problems, heuristic: Any) -> dict[str, Any]:
    """Best-first search and greedy descent with a heuristic that has not seen the map before."""
    found = ml.solve(problems, heuristic=heuristic)
    descent = ml.solve(problems, heuristic=heuristic, search=False)
    optimal = problems.optimal
    return {
        "seconds": found.seconds,
        "seconds_heuristic": found.seconds_heuristic,
        "expansions": float(found.expansions.mean()),
        "expansions_of_optimal": float(found.expansions.sum() / optimal.sum()),
        "cost_of_optimal": float(found.cost.sum() / optimal.sum()),
        "no_search": score(descent.solved)._asdict(),
    }


def rows_of(walls: Any, num: int) -> dict[str, Any]:
    """Every heuristic on ``num`` problems, and on the first of them alone."""
    rows: dict[str, Any] = {}
    for count in (1, num):
        for name in ("landmark_wave", "landmarks", "euclidean", "manhattan"):
            problems = ml.Problems.sample(ml.Mazes(walls), seed=1, per_world=num)[:count]
            heuristic = ml.load() if name == "landmark_wave" else name
            rows.setdefault(name, {})[str(count)] = searched(problems, heuristic)
    mazes = problems.domain
    begin = time.perf_counter()
    for goal in problems.goals:
        mazes.distances([goal])
    seconds = time.perf_counter() - begin
    return {
        "shape": list(mazes.shape),
        "free": int(mazes.num_free[0]),
        "queries": num,
        "optimal": float(problems.optimal.mean()),
        "landmarks": num_landmarks(mazes.num_cells),
        "breadth_first_search_seconds": seconds,
        "heuristics": rows,
    }


def with_cap(cap: int) -> LearnedMetric:
    """The shipped metric with another largest number of landmarks."""
    metric = ml.load()
    metric.model.encoder.max_landmarks = cap
    metric.config = replaced(metric.config, {"model.max_landmarks": cap})
    return metric


def axioms_of(mazes: ml.Mazes) -> dict[str, Any]:
    """Distances between cells: of embeddings by the cap, and of the goals' own waves."""
    cells = mazes.random_states(NUM_CELLS, 3)[0]
    truth = np.stack([mazes.distances([cell])[0].reshape(-1)[cells] for cell in cells], axis=1)
    found = {}
    for cap in CAPS:
        metric, begin = with_cap(cap), time.perf_counter()
        pairs = metric.distance(mazes, cells.repeat(NUM_CELLS), np.tile(cells, NUM_CELLS))
        seconds = time.perf_counter() - begin
        found[f"{cap} landmarks"] = errors(pairs.reshape(truth.shape), truth, seconds)
    begin = time.perf_counter()
    fields = ml.load().table(mazes, cells).reshape(NUM_CELLS, -1)[:, cells].T
    found["own wave of the goal"] = errors(fields, truth, time.perf_counter() - begin)
    return found


def errors(found: np.ndarray, truth: np.ndarray, seconds: float) -> dict[str, float]:
    """Of distances [start, goal], as fractions of the mean distance."""
    scale = float(truth.mean())
    detours = (found[:, :, None] + found[None]).min(axis=1)
    return {
        "seconds": seconds,
        "absolute_error": float(np.abs(found - truth).mean()) / scale,
        "asymmetry": float(np.abs(found - found.T).mean()) / scale,
        "triangle_violations": float((found > detours + 1e-3 * scale).mean()),
        "largest_violation": float((found - detours).max()) / scale,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("maps", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/results/maps.json"))
    options = parser.parse_args()
    maps: dict[str, Any] = {}
    for name, num in QUERIES.items():
        mazes = ml.Mazes.load(options.maps / f"{name}.map")
        maps[name] = {**rows_of(mazes.walls, num), "distances": axioms_of(mazes)}
        print(name, maps[name]["heuristics"]["landmark_wave"], flush=True)
    found = {
        "command": shlex.join(["python", "bench/one_map.py", "MAPS", *sys.argv[2:]]),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0],
        },
        "maps": maps,
    }
    write_json(options.out, found)


if __name__ == "__main__":
    main()
