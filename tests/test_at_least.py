"""Predictions that do not fall below a bound: the larger of two, of tables and callables."""

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import mlsearch as ml
from mlsearch.cli import main
from mlsearch.search.heuristics import baseline, resolved


def as_callback(table):
    """A table of a maze's cells, asked cell by cell."""
    return lambda problem, cell: table.reshape(len(table), -1)[problem, cell]


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), kinds=st.tuples(st.booleans(), st.booleans()))
def test_tables_and_callables_give_the_larger_prediction(seed, kinds):
    rng = np.random.default_rng(seed)
    mazes = ml.Mazes.generate(3, 6, seed=seed)
    problems = ml.Problems.sample(mazes, seed=seed)
    tables = rng.random((2, 3, 6, 6), np.float32)
    one, other = (
        t if is_table else as_callback(t) for t, is_table in zip(tables, kinds, strict=True)
    )
    found = resolved(ml.AtLeast(one, other), mazes, problems.goals)
    assert isinstance(found, np.ndarray) is all(kinds)
    expected = ml.solve(problems, heuristic=tables.max(axis=0))
    assert np.array_equal(
        ml.solve(problems, ml.AtLeast(one, other)).expansions, expected.expansions
    )


def test_the_largest_of_two_lower_bounds_is_a_better_one():
    """In the 8-puzzle neither the number of misplaced tiles nor their distance is too large."""
    problems = ml.Problems.sample(ml.Tiles(3), num=30, scramble=200)

    def misplaced(problem, state):
        goals = problems.goals[problem]
        return ((state != goals) & (goals != 0)).sum(axis=1)

    both = ml.solve(problems, ml.AtLeast(misplaced, "manhattan"), weight=1)
    assert np.array_equal(both.steps, problems.optimal)
    for alone in (misplaced, "manhattan"):
        assert (
            both.expansions.sum() <= ml.solve(problems, heuristic=alone, weight=1).expansions.sum()
        )


def test_a_bound_shows_sokoban_what_walks_do_not():
    problems = ml.Problems.sample(ml.Sokoban.generate(20, seed=3))
    metric = ml.load("sokoban")
    states = problems.starts
    numbers = np.arange(len(problems), dtype=np.int32)
    bound = baseline("matching", problems.domain, problems.goals)(numbers, states)
    learned = resolved(metric, problems.domain, problems.goals)(numbers, states)
    both = resolved(ml.AtLeast(metric, "matching"), problems.domain, problems.goals)
    assert np.array_equal(both(numbers, states), np.maximum(learned, np.float32(bound)))
    assert (learned < bound).any() or (learned > bound).any()


def test_what_does_not_fit_is_named():
    mazes = ml.Mazes.generate(2, 5)
    with pytest.raises(ValueError, match="manhatan"):
        ml.solve(ml.Problems.sample(mazes), ml.AtLeast("euclidean", "manhatan"))


def test_the_command_shows_both():
    arguments = ["solve", "--heuristic", "euclidean", "--at-least", "manhattan", "--n", "5"]
    result = CliRunner().invoke(main, [*arguments, "--weight", "1", "--quiet"])
    assert result.exit_code == 0, result.output
    assert "at least manhattan" in " ".join(result.output.split())


def test_a_bound_of_nothing_is_refused():
    arguments = ["solve", "--domain", "pancake5", "--at-least", "gap", "--n", "3", "--quiet"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code != 0
    assert "--at-least: expected a metric or --heuristic" in result.output + str(result.exception)
