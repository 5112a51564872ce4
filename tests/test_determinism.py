"""The same seed gives the same bytes: at any thread count and batch size, in any process."""

import json
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from golden_streams import (
    NUM,
    STREAMS,
    digest,
    mazes,
    parts_of_result,
    sampler,
    trajectories,
)

from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.search.solve import solve

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "golden.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", STREAMS)
def test_streams_are_those_of_the_last_release(name):
    """See docs/reliability.md on changing one deliberately."""
    assert digest(STREAMS[name](0)) == GOLDEN[name]


def test_no_golden_hash_is_left_of_a_stream_that_is_gone():
    assert GOLDEN.keys() == STREAMS.keys()


@pytest.mark.parametrize("num_threads", [1, 3, 16])
@pytest.mark.parametrize("name", STREAMS)
def test_threads_change_nothing(name, num_threads):
    assert digest(STREAMS[name](num_threads)) == GOLDEN[name]


def test_a_fresh_process_makes_the_same():
    """The hashes in the file come from yet another one."""
    command = [sys.executable, HERE / "golden_streams.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == GOLDEN


# Batch sizes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("num", [1, 7, 500])
def test_a_maze_does_not_depend_on_how_many_are_made(num):
    assert np.array_equal(mazes(num).walls, mazes().walls[:num])


@pytest.mark.parametrize("num", [1, 7, 500])
def test_a_trajectory_does_not_depend_on_how_many_are_made(num):
    few, many = trajectories(num=num), trajectories()
    assert np.array_equal(few.states, many.states[: few.offsets[-1]])


def test_a_batch_of_pairs_does_not_depend_on_those_made_with_it():
    source = sampler()
    together = source.sample(3, 10)
    for number in range(10):
        alone = source.sample(3 + number, 1)
        for one, ten in zip(astuple(alone), astuple(together), strict=True):
            assert np.array_equal(one[0], ten[number])


@pytest.mark.parametrize("chunk", [1, 64])
@pytest.mark.parametrize("options", [{}, {"weight": 1.0}, {"search": False}])
def test_a_result_does_not_depend_on_the_problems_beside_it(chunk, options):
    problems = Problems.sample(mazes(128))
    together = solve(problems, heuristic="euclidean", **options)
    for begin in range(0, len(problems), chunk):
        part = solve(problems[begin : begin + chunk], heuristic="euclidean", **options)
        assert np.array_equal(part.expansions, together.expansions[begin : begin + chunk])
        assert np.array_equal(part.cost, together.cost[begin : begin + chunk])


@pytest.mark.parametrize("max_active", [1, 50, NUM])
def test_a_result_does_not_depend_on_how_many_are_searched_at_once(max_active):
    problems = Problems.sample(mazes())

    def heuristic(problem, state):
        return (state % 7).astype(np.float32)

    found = solve(problems, heuristic=heuristic, max_active=max_active)
    assert digest(parts_of_result(found)) == GOLDEN["search by rounds"]


def test_seeds_differ():
    walls = {Mazes.generate(5, 20, seed=seed).walls.tobytes() for seed in range(100)}
    assert len(walls) == 100
