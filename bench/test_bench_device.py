"""A heuristic whose work another device does: one search on two threads, and two side by side."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from test_bench_training import cuda

import mlsearch as ml

WEIGHTS = np.random.default_rng(0).integers(0, 100, 54).astype(np.float32)
CALL, STATE = 50e-6, 200e-9
"""Seconds of a call and of each of its states: a GPU that predicts five million states a second."""


def asleep(problem: np.ndarray, states: np.ndarray) -> Any:
    """Predictions that a device makes, while this processor is free: whole numbers, so exact."""
    begin = time.perf_counter()
    predicted = states @ WEIGHTS
    time.sleep(max(0.0, CALL + STATE * len(states) - (time.perf_counter() - begin)))
    return predicted


def search(problems: ml.Problems, heuristic: Any, num_threads: int) -> ml.SearchResult:
    return ml.solve(
        problems,
        heuristic=heuristic,
        max_generated=40_000,
        expansions_per_round=100,
        num_threads=num_threads,
    )


def in_turn(problems: ml.Problems, heuristic: Any) -> list[ml.SearchResult]:
    return [search(problems, heuristic, 2)]


def side_by_side(problems: ml.Problems, heuristic: Any) -> list[ml.SearchResult]:
    half = len(problems) // 2
    parts = problems[:half], problems[half:]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda part: search(part, heuristic, 1), parts))


KINDS = {"in_turn": in_turn, "side_by_side": side_by_side}
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.mark.benchmark(group="puzzle-device-cube3")
@kinds
def test_cube_on_a_device(benchmark, kind: str) -> None:
    problems = ml.Problems.sample(ml.Cube(3), num=64 if benchmark.enabled else 4, scramble=1000)
    generated = np.concatenate([found.generated for found in in_turn(problems, asleep)])
    benchmark.extra_info["num"] = int(generated.sum())
    rounds = 5 if benchmark.enabled else 1
    found = benchmark.pedantic(KINDS[kind], (problems, asleep), rounds=rounds)
    assert np.array_equal(np.concatenate([part.generated for part in found]), generated)


@cuda
@pytest.mark.benchmark(group="puzzle-gpu-cube3")
@kinds
def test_cube_with_a_network_on_a_gpu(benchmark, kind: str) -> None:
    """The shipped network; on a GPU its rounding depends on the states that it gets at once."""
    problems = ml.Problems.sample(ml.Cube(3), num=64 if benchmark.enabled else 4, scramble=1000)
    metric = ml.load("cube3", device="cuda")
    [warm] = in_turn(problems, metric)
    benchmark.extra_info["num"] = int(warm.generated.sum())
    rounds = 3 if benchmark.enabled else 1
    found = benchmark.pedantic(KINDS[kind], (problems, metric), rounds=rounds)
    solved = sum(int(part.solved.sum()) for part in found)
    assert abs(solved - int(warm.solved.sum())) <= len(problems) // 8
