"""Beam search, and budgets in generated states: exact to the last node."""

import os

import numpy as np
import pytest
import reference_search as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from test_interrupt import assert_program_stops
from test_search import assert_equal, corridor, expected, lookup, make_table, random_problems

import mlsearch as ml
from mlsearch.base.errors import HeuristicError
from mlsearch.domains.own import ScalarDomain
from mlsearch.search.asked import AskedSearcher
from mlsearch.search.result import SearchStatus
from mlsearch.search.solve import solve

budgets = st.fixed_dictionaries(
    {
        "max_expansions": st.none() | st.integers(0, 40),
        "max_generated": st.none() | st.integers(0, 60),
    }
)


@pytest.mark.parametrize("kind", ["random", "euclidean", "zero", "perfect", "signed"])
@given(
    shape=st.tuples(st.integers(2, 9), st.integers(2, 9)),
    seed=st.integers(0, 2**32),
    walls=st.floats(0, 0.6),
    width=st.integers(1, 8) | st.just(2**40),
    limits=budgets,
    max_active=st.integers(1, 15),
    num_threads=st.integers(1, 3),
)
@settings(max_examples=100, deadline=None)
def test_mazes_agree_with_the_oracle(
    kind, shape, seed, walls, width, limits, max_active, num_threads
) -> None:
    problems = random_problems(shape, 12, seed, walls)
    table = make_table(kind, problems, seed)
    options = {"beam_width": width, **limits}
    outcomes = expected(problems, table, **options)
    tabled = solve(problems, heuristic=table, num_threads=num_threads, **options)
    assert_equal(tabled, outcomes)
    assert tabled.rounds == 0
    limits = {"max_active": max_active, "num_threads": num_threads}
    assert_equal(solve(problems, heuristic=lookup(table), **limits, **options), outcomes)


@given(
    seed=st.integers(0, 2**32),
    width=st.integers(1, 30),
    limits=budgets,
    max_active=st.integers(1, 15),
)
@settings(max_examples=60, deadline=None)
def test_a_puzzle_is_searched_as_its_python_twin(seed, width, limits, max_active) -> None:
    tiles = ml.Tiles(3)
    twin = ScalarDomain(
        lambda state: tiles.neighbours(np.array([state], np.uint8), np.zeros(1, np.int32))[0],
        tiles.num_moves,
        np.uint8,
        tiles.states.shape,
    )
    problems = ml.Problems.sample(tiles, num=8, scramble=12, seed=seed)
    heuristic = lambda problem, state: (  # noqa: E731
        (state != problems.goals[problem]).sum(axis=1).astype(np.float32)
    )
    options = {"beam_width": width, **limits}
    compiled = solve(problems, heuristic=heuristic, max_active=max_active, **options)
    asked = solve(twin, problems.starts, problems.goals, heuristic, **options)
    for name in ("status", "expansions", "generated", "cost", "evaluations"):
        np.testing.assert_array_equal(getattr(compiled, name), getattr(asked, name))
    for i in np.flatnonzero(compiled.solved):
        np.testing.assert_array_equal(compiled.path(i), asked.path(i))


def test_large_layers_and_many_threads_change_nothing() -> None:
    problems = ml.Problems.sample(ml.Cube(3), num=40, scramble=9, seed=3)
    results = [
        solve(problems, heuristic="misplaced", beam_width=100, max_generated=20_000, **limits)
        for limits in ({"num_threads": 1}, {"max_active": 7}, {"num_threads": 3})
    ]
    assert 0 < results[0].solved.sum() < 40
    for other in results[1:]:
        for name in ("status", "expansions", "generated", "cost", "evaluations"):
            np.testing.assert_array_equal(getattr(results[0], name), getattr(other, name))
        for i in np.flatnonzero(other.solved):
            np.testing.assert_array_equal(results[0].path(i), other.path(i))


# What it is ------------------------------------------------------------------------------------


def test_a_beam_without_bound_is_breadth_first_search() -> None:
    problems = random_problems((12, 12), 200, seed=4)
    result = solve(problems, heuristic="random", beam_width=144)
    np.testing.assert_array_equal(result.cost, problems.optimal)


def test_a_beam_of_one_is_greedy_descent_that_sees_the_goal_a_step_earlier() -> None:
    problems = random_problems((10, 10), 300, seed=5)
    beam = solve(problems, heuristic="euclidean", beam_width=1)
    descent = solve(problems, heuristic="euclidean", search=False)
    np.testing.assert_array_equal(beam.status, descent.status)
    np.testing.assert_array_equal(beam.expansions, descent.expansions)
    for i in np.flatnonzero(beam.solved):
        np.testing.assert_array_equal(beam.path(i), descent.path(i))


def test_known_corridor() -> None:
    result = solve(corridor(6), 2, 5, "manhattan", beam_width=2)
    assert result.path(0).tolist() == [2, 3, 4, 5]
    # 1 and 3 from 2; then, of the better first, 4 and 0; then 5, which is the goal.
    assert (result.expansions[0], result.generated[0], result.cost[0]) == (4, 5, 3)
    assert result.evaluations == 4


STAR = {0: [1, 2, 3], 1: [4], 2: [3, 5], 3: [9], 4: [2], 5: [9], 9: [9]}


def test_what_did_not_go_on_may_come_again() -> None:
    """2 and 3 lose against 1, and 2 is found again behind 4."""
    star = ScalarDomain(STAR.__getitem__, 3)
    values = np.array([0, 1, 2, 3, 1, 0, 0, 0, 0, 0], np.float32)
    result = solve(star, 0, 9, lambda problem, state: values[state], beam_width=1)
    assert result.path(0).tolist() == [0, 1, 4, 2, 5, 9]
    assert (result.expansions[0], result.generated[0]) == (5, 8)


def test_the_goal_counts_as_generated_and_what_comes_after_it_does_not() -> None:
    star = ScalarDomain(STAR.__getitem__, 3)
    result = solve(star, 0, 2, lambda problem, state: np.zeros(len(state)), beam_width=9)
    assert (result.expansions[0], result.generated[0], result.cost[0]) == (1, 2, 1)
    assert (result.rounds, result.evaluations) == (0, 0)


def test_one_call_of_each_callback_for_a_layer_of_all_problems() -> None:
    sizes: list[int] = []

    def zero(problem: np.ndarray, state: np.ndarray) -> np.ndarray:
        sizes.append(len(state))
        return np.zeros(len(state), np.float32)

    result = solve(corridor(9), [4, 4, 0], [8, 8, 8], zero, beam_width=5)
    assert sizes == [2 + 2 + 1] * 3 + [1] * 4
    assert result.rounds == 7
    assert result.cost.tolist() == [4, 4, 8]


def test_neighbours_are_not_asked_for_beyond_the_budget() -> None:
    asked: list[int] = []

    def doubled(state: int) -> list[int]:
        asked.append(state)
        return [2 * state + 1, 2 * state + 2]

    zero = lambda problem, state: np.zeros(len(state))  # noqa: E731
    result = solve(ScalarDomain(doubled, 2), 0, 10**6, zero, beam_width=100, max_expansions=5)
    assert asked == [0, 1, 2, 3, 4]
    assert result.status.tolist() == [SearchStatus.OUT_OF_BUDGET]
    assert (result.expansions[0], result.generated[0], result.evaluations) == (5, 10, 6)


# Budgets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"search": False}, {"weight": 1}, {"beam_width": 3}])
def test_no_expansion_begins_beyond_a_budget_of_states(options) -> None:
    problems = random_problems((12, 12), 200, seed=6, walls=0.2)
    free = solve(problems, heuristic="euclidean", **options)
    for budget in (0, 1, 10, 30):
        result = solve(problems, heuristic="euclidean", max_generated=budget, **options)
        assert (result.generated <= budget + 2 + (budget < 2)).all()  # a state has 3 others
        is_spent = result.status == SearchStatus.OUT_OF_BUDGET
        assert (result.generated[is_spent] >= budget).all()
        np.testing.assert_array_equal(result.cost[~is_spent], free.cost[~is_spent])
        np.testing.assert_array_equal(result.generated[~is_spent], free.generated[~is_spent])


def test_budgets_are_told_apart_from_exhaustion() -> None:
    blocked = np.array([[0, 0, 1, 0]] * 2)
    found = lambda **limits: solve(blocked, 0, 3, "zero", beam_width=9, **limits)  # noqa: E731
    assert found().status == SearchStatus.EXHAUSTED
    assert (found().expansions[0], found().generated[0]) == (4, 3)
    assert found(max_expansions=4).status == SearchStatus.EXHAUSTED
    assert found(max_expansions=3).status == SearchStatus.OUT_OF_BUDGET
    assert found(max_generated=4).status == SearchStatus.EXHAUSTED
    assert found(max_generated=3).status == SearchStatus.OUT_OF_BUDGET
    assert solve(blocked, 0, 1, "zero", beam_width=1, max_generated=1).solved.all()


# Errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("heuristic", ["table", "callback"])
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"beam_width": 0}, ValueError, "beam_width: expected None or at least 1, got 0"),
        ({"beam_width": -(2**70)}, ValueError, "beam_width: expected None or at least 1, got -"),
        ({"beam_width": 2.5}, TypeError, "integer"),
        ({"max_generated": -1}, ValueError, "max_generated: expected None or at least 0, got -1"),
        ({"search": False}, ValueError, r"search: beam search \(beam_width\) expects True"),
        ({"weight": 1}, ValueError, r"weight: beam search \(beam_width\) does not use one"),
        (
            {"expansions_per_round": 2},
            ValueError,
            r"expansions_per_round: beam search .* whole layers; expected 1, got 2",
        ),
    ],
)
def test_bad_arguments(heuristic, changes, error, message) -> None:
    source = np.zeros((1, 2, 4)) if heuristic == "table" else lambda p, s: np.zeros(len(s))
    with pytest.raises(error, match=message):
        solve(corridor(4), 0, 3, source, **({"beam_width": 3} | changes))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_prediction_that_is_not_finite_is_named(value: float) -> None:
    table = np.zeros((1, 2, 6), np.float32)
    table[0, 0, 3] = value
    for heuristic in (table, lookup(table)):
        with pytest.raises(HeuristicError, match=r"problem 0, state 3 \(row 0, column 3 of maze"):
            solve(corridor(6), 0, 5, heuristic, beam_width=2)


def test_what_a_search_in_python_takes_is_what_the_compiled_one_takes() -> None:
    tiles = ml.Tiles(3)
    problems = ml.Problems.sample(tiles, num=2, scramble=3, seed=1)
    zero = lambda problem, state: np.zeros(len(state), np.float32)  # noqa: E731
    options = {"search": True, "weight": None, "expansions_per_round": 1, "max_expansions": 9}
    options |= {"beam_width": 4, "max_generated": None, "max_bytes": 2**20, "num_threads": 1}
    arguments = (problems.starts, problems.goals, zero, 4, options)
    found = AskedSearcher(tiles).search(*arguments)
    for mine, other in zip(found, tiles.compiled.search(*arguments), strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT for one process")
@pytest.mark.parametrize("domain", ["ml.Cube(3)", "Twin()"])
def test_ctrl_c_ends_a_beam_search(domain: str) -> None:
    code = f"""
        import numpy as np
        import mlsearch as ml

        class Twin:
            states, num_moves = ml.Cube(3).states, 12
            __len__ = lambda self: 1
            __getitem__ = lambda self, worlds: self
            neighbours = lambda self, states, worlds: ml.Cube(3).neighbours(states, worlds)

        problems = ml.Problems.sample(ml.Cube(3), num=1, scramble=100, seed=1)
        zero = lambda problem, state: np.zeros(len(state), np.float32)
        print("ready", flush=True)
        ml.solve({domain}, problems.starts, problems.goals, zero, beam_width=20_000)
    """
    assert_program_stops(code)


def test_the_oracle_itself_on_a_known_graph() -> None:
    values = [0.0, 1, 2, 3, 1, 0, 0, 0, 0, 0]
    found = reference.search(STAR.__getitem__, 0, 9, values.__getitem__, beam_width=1)
    assert (found.path, found.expansions, found.generated) == ([0, 1, 4, 2, 5, 9], 5, 8)
