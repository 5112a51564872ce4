"""A beam that is spread over processes finds what one process finds, to the last state."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spread_worker import CASES, heuristic_of, plain, problem_of
from test_distributed import environment, run

import mlsearch as ml
from mlsearch.base.errors import HeuristicError
from mlsearch.spread_beam import spread_beam

WORKER = Path(__file__).with_name("spread_worker.py")


def expected(problem, heuristic, **options):
    return plain(ml.solve(problem, heuristic=heuristic, **options))


@settings(max_examples=60, deadline=None)
@given(
    case=st.sampled_from(sorted(CASES)),
    seed=st.integers(0, 2**20),
    width=st.integers(1, 40),
    max_expansions=st.none() | st.integers(0, 60),
    max_generated=st.none() | st.integers(0, 100),
    levels=st.sampled_from([2, 50, 10**6]),
)
def test_one_process_searches_as_solve_does(
    case, seed, width, max_expansions, max_generated, levels
):
    problem, heuristic = problem_of(case, seed), heuristic_of(seed, levels)
    limits = {"max_expansions": 200 if max_expansions is None else max_expansions}
    limits |= {} if max_generated is None else {"max_generated": max_generated}
    found = spread_beam(problem, heuristic, width, **limits)
    assert plain(found) == expected(problem, heuristic, beam_width=width, **limits)


@pytest.fixture(scope="module")
def of_two_processes(tmp_path_factory):
    out = tmp_path_factory.mktemp("spread")
    done = run(str(WORKER), str(out))
    assert done.returncode == 0, done.stderr
    return [json.loads((out / f"{rank}.json").read_text()) for rank in range(2)]


@pytest.mark.parametrize("case", sorted(CASES))
def test_two_processes_search_as_one(of_two_processes, case):
    first, second = (found[case] for found in of_two_processes)
    assert first == second
    assert len(first) == 6
    for seed, found in enumerate(first):
        problem, heuristic = problem_of(case, seed), heuristic_of(seed, 50)
        assert found == expected(problem, heuristic, beam_width=16, max_expansions=400)


def test_the_command_spreads_a_beam_where_problems_are_fewer_than_processes():
    command = ["-m", "mlsearch", "solve", "--domain", "cube2", "-n", "1", "--beam-width", "32"]
    command += ["--scramble", "6", "--json", "--device", "cpu"]
    together = run(*command)
    assert together.returncode == 0, together.stderr
    alone = subprocess.run(
        [sys.executable, *command], env=environment(), capture_output=True, check=True
    )
    times = {"seconds_heuristic", "seconds_search"}
    found, one = (
        {name: {k: v for k, v in row.items() if k not in times} for name, row in rows.items()}
        for rows in (json.loads(together.stdout), json.loads(alone.stdout))
    )
    assert found == one


def test_what_does_not_fit_is_refused():
    problems = ml.Problems.sample(ml.Tiles(3), num=2, scramble=5, seed=0)
    with pytest.raises(ValueError, match="problem: expected a single one, got 2"):
        spread_beam(problems, "misplaced", 4)
    far = ml.Problems.sample(ml.Tiles(3), num=1, scramble=500, seed=0)
    with pytest.raises(HeuristicError, match="a predicted distance is nan"):
        spread_beam(far, lambda problem, state: np.full(len(state), np.nan), 4)
