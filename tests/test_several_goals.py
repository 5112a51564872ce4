"""Several goals, or a test for goals: against one search for each goal, and plain references."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlsearch as ml
from mlsearch.domains.extras import name_of
from mlsearch.domains.rows import is_goal

KINDS = {
    "greedy": {},
    "descent": {"search": False},
    "A*": {"weight": 1},
    "weighted": {"weight": 2.5, "expansions_per_round": 3},
    "rounds": {"expansions_per_round": 4},
    "beam": {"beam_width": 3},
    "budget": {"max_expansions": 6},
}


def domains():
    rng = np.random.default_rng(5)
    walls = rng.random((1, 7, 8)) < 0.3
    walls[0, 0, 0] = False
    costs = rng.uniform(1, 3, walls.shape)
    mazes = [ml.Mazes(walls), ml.Mazes(walls, "eight", costs), ml.OneWayMazes.generate(1, 7)]
    level = ml.Sokoban.parse("#######\n#     #\n# $.$.#\n#  @  #\n#######")
    return [*mazes, level, ml.Tiles(3), ml.LightsOut(3), ml.Cube(2)]


def states_of(domain, num, seed=0, length=4):
    """States that a search without a lead can reach from each other, mostly."""
    worlds = np.zeros(num, np.int32)
    if draw := getattr(domain, "random_states", None):
        return draw(num, seed)[0]
    rng = np.random.default_rng(seed)
    rows = domain.origins(worlds, np.zeros(num, np.uint64))
    for _ in range(length):
        moved = domain.neighbours(rows.copy(), worlds)
        rows = moved[np.arange(num), rng.integers(domain.num_moves, size=num)]
    return rows


def assert_same(found, expected):
    for name in ("status", "expansions", "generated", "steps", "cost"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
    for i in np.flatnonzero(found.solved):
        np.testing.assert_array_equal(found.path(i), expected.path(i))


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("domain", domains(), ids=name_of)
def test_one_of_one_goal_is_a_search_for_it(domain, options):
    """To the last node, in every kind of search, though the goals have another road."""
    options = {"max_expansions": 300} | options
    starts, goals = states_of(domain, 6), states_of(domain, 6, seed=1)
    heuristic = "zero" if name_of(domain) in ("cube", "lights_out") else domain.yardstick
    found = ml.solve(domain, starts, [ml.AnyOf(goal[None]) for goal in goals], heuristic, **options)
    expected = ml.solve(domain, starts, goals, heuristic, **options)
    assert_same(found, expected)
    assert found.domain is domain
    assert found.path_states.dtype == expected.path_states.dtype


@pytest.mark.parametrize("domain", domains(), ids=name_of)
def test_the_nearest_goal_wins(domain):
    """A* without a lead costs what the cheapest of the searches for each goal does."""
    starts, goals = states_of(domain, 5), states_of(domain, 4, seed=2)
    found = ml.solve(domain, starts, ml.AnyOf(goals), "zero", weight=1)
    each = [ml.solve(domain, starts, goal, "zero", weight=1) for goal in goals]
    costs = np.array([np.where(one.solved, one.cost, np.inf) for one in each])
    assert found.solved.tolist() == np.isfinite(costs).any(axis=0).tolist()
    np.testing.assert_allclose(found.cost[found.solved], costs.min(axis=0)[found.solved], 1e-9)
    for i in np.flatnonzero(found.solved):
        end = found.path(i)[-1]
        np.testing.assert_array_equal(found.path(i)[0], starts[i])
        reached = [bool(is_goal(end, goal, domain.states)) for goal in goals]
        assert costs[np.flatnonzero(reached), i].min() == costs[:, i].min()
        assert len(found.move_numbers(i)) == found.steps[i]


@given(st.data())
@settings(max_examples=40)
def test_random_maps_goals_and_searches(data):
    """A test for goals finds what the list does, and tables of least values what baselines do."""
    height, width = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 6))
    size = height * width
    seed = data.draw(st.integers(0, 2**32 - 1))
    walls = np.random.default_rng(seed).random((3, height * width)) < 0.3
    walls[:, 0] = False
    mazes = ml.Mazes(walls.reshape(3, height, width))
    starts = [data.draw(st.sampled_from(np.flatnonzero(~row).tolist())) for row in walls]
    sets = [
        data.draw(st.lists(st.sampled_from(np.flatnonzero(~row).tolist()), min_size=1, max_size=5))
        for row in walls
    ]
    options = data.draw(st.sampled_from(list(KINDS.values())))
    found = ml.solve(mazes, starts, [ml.AnyOf(cells) for cells in sets], "manhattan", **options)
    table = np.empty((3, size), np.float32)
    for row, cells in zip(table, sets, strict=True):
        here, there = np.divmod(np.arange(size), width), np.divmod(np.array(cells), width)
        row[:] = sum(abs(h[:, None] - t) for h, t in zip(here, there, strict=True)).min(axis=1)

    def reached(problem, state):
        return [s in sets[p] for p, s in zip(problem.tolist(), state.tolist(), strict=True)]

    assert_same(found, ml.solve(mazes, starts, reached, table, **options))
    led = ml.solve(mazes, starts, reached, lambda problem, state: table[problem, state], **options)
    assert_same(found, led)
    best = [[mazes[i].distances([c])[0].reshape(-1)[starts[i]] for c in sets[i]] for i in range(3)]
    known = [min((d for d in row if d >= 0), default=-1) for row in best]
    exact = ml.solve(mazes, starts, reached, table, weight=1)
    assert exact.cost.tolist() == known


@pytest.mark.parametrize("name", [None, "cube3"])
def test_a_metric_leads_to_the_goal_that_seems_nearest(name, monkeypatch):
    """Its least prediction, however few pairs are asked about at a time."""
    metric = ml.load(name)
    if name is None:
        domain = ml.Mazes.generate(1, size=8, seed=3)
        starts, goals = states_of(domain, 5), states_of(domain, 3, seed=4)
    else:
        domain = ml.Cube(3)
        problems = ml.Problems.sample(domain, num=8, scramble=4)
        starts, goals = problems.starts[:5], problems.starts[5:]

    def least(problem, state):
        every = [metric.distance(domain, state, [goal] * len(state)) for goal in goals]
        return np.min(every, axis=0)

    monkeypatch.setattr("mlsearch.search.goal_sets.AT_ONCE", 7)
    found = ml.solve(domain, starts, ml.AnyOf(goals), metric, max_expansions=30)
    expected = ml.solve(domain, starts, ml.AnyOf(goals), least, max_expansions=30)
    assert found.expansions.tolist() == expected.expansions.tolist()
    assert found.cost.tolist() == expected.cost.tolist()


def test_goals_may_be_pairs_and_the_start():
    walls = np.zeros((4, 4), int)
    found = ml.solve(walls, [(0, 0), (3, 3)], ml.AnyOf([(3, 0), (0, 2), (3, 3)]), "manhattan")
    assert found.cost.tolist() == [2, 0]
    assert found.path(0).tolist() == [0, 1, 2]
    assert len(ml.solve(walls, [], ml.AnyOf([3]), "manhattan")) == 0
    single = ml.solve(walls, 0, [ml.AnyOf([3]), ml.AnyOf([1, 2])], "manhattan")
    assert single.cost.tolist() == [3, 1]


WALLS = np.zeros((3, 3), int)
WALLS[1, 1] = 1
BAD = {
    "a wall": (lambda: ml.solve(WALLS, 0, ml.AnyOf([8, 4]), "zero"), ValueError, "goals, counted"),
    "no goal": (lambda: ml.solve(WALLS, 0, ml.AnyOf([]), "zero"), ValueError, "at least one in An"),
    "a start": (lambda: ml.solve(WALLS, 4, ml.AnyOf([8]), "zero"), ValueError, "starts: .* wall"),
    "a tuple": (lambda: ml.solve(WALLS, 0, ml.AnyOf((0, 2)), "zero"), ValueError, "ambiguous"),
    "mixed": (lambda: ml.solve(WALLS, 0, [ml.AnyOf([1]), 2], "zero"), TypeError, "AnyOf for each"),
    "number": (
        lambda: ml.solve(WALLS, [0, 1, 2], [ml.AnyOf([1])] * 2, "zero"),
        ValueError,
        r"starts: expected shape \[2\], got \[3\]",
    ),
    "test and baseline": (
        lambda: ml.solve(WALLS, 0, lambda p, s: s == 8, "manhattan"),
        TypeError,
        "test for goals has no state to measure to, got 'manhattan'",
    ),
    "test and metric": (
        lambda: ml.solve(WALLS, 0, lambda p, s: s == 8, ml.load()),
        TypeError,
        "test for goals has no state to measure to",
    ),
    "answer": (
        lambda: ml.solve(WALLS, 0, lambda p, s: s, "zero"),
        ValueError,
        r"goals: expected bool of shape \[1\] of a test",
    ),
    "shape": (
        lambda: ml.solve(WALLS, 0, lambda p, s: s[:, None] == 8, "zero"),
        ValueError,
        r"goals: expected bool of shape \[1\] .* of shape \[1, 1\]",
    ),
    "Problems": (
        lambda: ml.Problems(ml.Mazes(WALLS), [0], ml.AnyOf([8])),
        TypeError,
        "solve alone",
    ),
    "distance": (lambda: ml.load().distance(WALLS, 0, ml.AnyOf([8])), TypeError, "solve alone"),
    "both": (
        lambda: ml.solve(ml.Problems(ml.Mazes(WALLS), [0], [8]), goals=ml.AnyOf([2])),
        TypeError,
        "problems have their own",
    ),
}


@pytest.mark.parametrize(("ask", "error", "message"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_named(ask, error, message):
    with pytest.raises(error, match=message):
        ask()
