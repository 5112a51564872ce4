"""Beam search on the cube against cayleypy: with the same network, and with nearly none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import puzzle_rivals as rivals
import pytest
import torch

import mlsearch as ml

WEIGHTS = np.random.default_rng(0).standard_normal(54).astype(np.float32)
KINDS = ("network", "sum")
"""What predicts: the shipped metric of the cube, or a weighted sum of the stickers, nearly free."""


def setting(benchmark) -> tuple[int, int]:
    """The width of the beam and the number of layers: much when timed."""
    return (1024, 10) if benchmark.enabled else (64, 4)


def predictions(kind: str, cube: ml.Cube, problem: ml.Problems) -> Callable[[np.ndarray], Any]:
    """Of rows uint8 ``[M, 54]``, the same for both sides."""
    if kind == "sum":
        return lambda rows: rows @ WEIGHTS
    ask = ml.load("cube3").heuristic(cube, problem.goals)
    return lambda rows: ask(np.zeros(len(rows), np.int32), rows)


def scrambled(cube: ml.Cube) -> ml.Problems:
    return ml.Problems.sample(cube, num=1, scramble=1000, seed=3)


def timed(benchmark, search: Callable[[], int]) -> int:
    """The states that a search has asked predictions for; time is that of one of them."""
    num = search()
    benchmark.extra_info["num"] = num
    assert benchmark.pedantic(search, rounds=5 if benchmark.enabled else 1) == num
    return num


def our_search(cube: ml.Cube, kind: str, width: int, layers: int) -> Callable[[], int]:
    problem = scrambled(cube)
    predict = predictions(kind, cube, problem)
    first = ml.solve(  # how many states the layers but the last have
        problem, heuristic=lambda p, s: predict(s), beam_width=width, max_expansions=1
    )
    expansions = 1 + min(width, int(first.generated[0])) + width * (layers - 2)

    def search() -> int:
        found = ml.solve(
            problem,
            heuristic=lambda p, s: predict(s),
            beam_width=width,
            max_expansions=expansions,
        )
        assert not found.solved.any()
        return found.evaluations

    return search


def their_search(cube: ml.Cube, kind: str, width: int, layers: int) -> Callable[[], int]:
    from cayleypy import Predictor

    graph, problem = rivals.cayley_graph(cube), scrambled(cube)
    predict = predictions(kind, cube, problem)
    start = problem.starts[0].astype(np.int64)

    def search() -> int:
        asked = 0

        def scores(states: torch.Tensor) -> torch.Tensor:
            nonlocal asked
            asked += len(states)
            return torch.from_numpy(np.asarray(predict(states.numpy().astype(np.uint8))))

        graph.beam_search(
            start_state=start,
            predictor=Predictor(graph, scores),
            beam_width=width,
            max_steps=layers,
        )
        return asked

    return search


@pytest.mark.benchmark(group="puzzle-beam-cube3")
@pytest.mark.parametrize("kind", KINDS)
def test_cube_beam(benchmark, kind: str) -> None:
    assert timed(benchmark, our_search(ml.Cube(3), kind, *setting(benchmark))) > 0


@pytest.mark.benchmark(group="puzzle-beam-cube3")
@pytest.mark.parametrize("kind", KINDS)
def test_cube_beam_by_cayleypy(benchmark, kind: str) -> None:
    """It forgets layers that are past, so it asks for a few states more; paths are not kept."""
    pytest.importorskip("cayleypy", reason="cayleypy is not installed")
    cube = ml.Cube(3)
    theirs = timed(benchmark, their_search(cube, kind, *setting(benchmark)))
    ours = our_search(cube, kind, *setting(benchmark))()
    assert 0.8 * theirs < ours < 1.25 * theirs
