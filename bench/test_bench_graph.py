"""Batched best-first search on the cube, led by one network, against deepxube's graph search.

Both expand the best states that they have, a batch of them in each round; time is that of a state
whose prediction was asked for. deepxube also asks for states that it has seen before: they count.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from test_bench_beam import WEIGHTS, scrambled

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.domains.registry import domain_settings
from mlsearch.learning.methods import method_config
from mlsearch.metrics.learned import LearnedMetric
from mlsearch.runs.checkpoint import new_model

pytestmark = pytest.mark.usefixtures("threads_of_networks")
Predict = Callable[[np.ndarray], np.ndarray]

OUR_BATCH = 256
CASES = [("network", 1), ("network", 2), ("sum", 1)]
"""What predicts, on how many threads: a network of hidden 512, or a sum that is nearly free."""

cases = pytest.mark.parametrize(("kind", "num_threads"), CASES)


@cache
def untrained() -> LearnedMetric:
    """What its weights are changes no time."""
    torch.manual_seed(0)
    config = dataclasses.replace(method_config("walk_distance"), domain=domain_settings("cube3"))
    wide = replaced(config, {"model.hidden": 512})
    return LearnedMetric(new_model(wide), wide)


def predictions(kind: str, problem: ml.Problems) -> Predict:
    """Of rows uint8 ``[M, 54]``, the same for both sides."""
    if kind == "sum":
        return lambda rows: rows @ WEIGHTS
    ask = untrained().heuristic(problem.domain, problem.goals)
    return lambda rows: ask(np.zeros(len(rows), np.int32), rows)


def num_of(benchmark, kind: str) -> int:
    """The states to generate: many when timed."""
    if not benchmark.enabled:
        return 1000
    return 20_000 if kind == "network" else 50_000


def search(predict: Predict, num: int, num_threads: int, batch: int = OUR_BATCH) -> ml.SearchResult:
    """Ends with the round that has generated ``num`` states or more."""
    return ml.solve(
        scrambled(ml.Cube(3)),
        heuristic=lambda _, rows: predict(rows),
        expansions_per_round=batch,
        max_generated=num,
        num_threads=num_threads,
    )


def asked_for(predict: Predict, num: int, batch: int = OUR_BATCH) -> list[np.ndarray]:
    """The states of each round of our search."""
    asked: list[np.ndarray] = []

    def record(rows: np.ndarray) -> np.ndarray:
        asked.append(rows.copy())
        return predict(rows)

    search(record, num, 1, batch)
    return asked


def timed(benchmark, work: Callable, *arguments: object, rounds: int = 5):
    return benchmark.pedantic(work, arguments, rounds=rounds if benchmark.enabled else 1)


@pytest.mark.benchmark(group="puzzle-graph-cube3")
@cases
def test_cube_graph(benchmark, kind: str, num_threads: int) -> None:
    num, predict = num_of(benchmark, kind), predictions(kind, scrambled(ml.Cube(3)))
    found = timed(benchmark, search, predict, num, num_threads)
    assert not found.solved.any()
    assert found.evaluations == found.generated[0] >= num
    benchmark.extra_info["num"] = found.evaluations
    benchmark.extra_info["share_of_search"] = found.seconds_search / found.seconds


@pytest.mark.benchmark(group="puzzle-graph-cube3")
@pytest.mark.parametrize("num_threads", [1, 2])
def test_cube_network_alone(benchmark, num_threads: int) -> None:
    """What no search can save: the same states, known beforehand, in the same batches."""
    predict = predictions("network", scrambled(ml.Cube(3)))
    asked = asked_for(predict, num_of(benchmark, "network"))
    benchmark.extra_info["num"] = sum(map(len, asked))
    found = timed(benchmark, lambda: [predict(rows) for rows in asked])
    goals = np.tile(scrambled(ml.Cube(3)).goals, (len(asked[-1]), 1))
    expected = untrained().distance(ml.Cube(3), asked[-1], goals)
    np.testing.assert_allclose(found[-1], expected, rtol=1e-4)


@pytest.mark.benchmark(group="puzzle-graph-cube3")
@pytest.mark.parametrize("batch", [64, 256, 1024, 4096])
@cases
def test_cube_graph_by_deepxube(benchmark, kind: str, num_threads: int, batch: int) -> None:
    """Both see the same states, but for a few of equal predictions up to rounding."""
    pytest.importorskip("deepxube", reason="deepxube is not installed")
    from deepxube_cube import graph_search

    problem = scrambled(ml.Cube(3))
    predict = predictions(kind, problem)
    arguments = problem, predict, batch, num_of(benchmark, kind)
    found = timed(benchmark, graph_search, *arguments, rounds=3)
    benchmark.extra_info["num"] = found.num_nodes_generated + 1  # the start is asked for as well
    seen = set(found.closed_dict)
    ours = asked_for(predict, len(seen) - 1, batch)
    assert len(seen & {row.tobytes() for rows in ours for row in rows}) >= 0.95 * len(seen)
