"""Work that is large enough for threads to share it: they change nothing.

Kernels leave small inputs to one thread, and most tests are of small inputs. Here each kernel gets
some times the least that it shares, so that ThreadSanitizer (``tools/sanitize.py``) sees its
threads. The kernels that draw random numbers are in ``test_determinism.py``, the solvers in
``test_exact.py`` and the networks in ``test_fused.py``, ``test_compiled_step.py`` and
``test_compiled_wave.py``.
"""

import numpy as np
import pytest
import reference_maze
from small_domains import Slide

import mlsearch as ml
from mlsearch.spread_beam import spread_beam

LEVEL = "#######\n#  @  #\n#.$ $.#\n#     #\n#######\n"
KINDS = [{}, {"search": False}, {"weight": 1.5}, {"beam_width": 3}]
DOMAINS = {
    "costs": lambda: costly(1),
    "arrows": lambda: ml.OneWayMazes.generate(1, 8, seed=2),
    "permutations": lambda: ml.Cube(2),
    "tiles": lambda: ml.Tiles(3),
    "toggles": lambda: ml.LightsOut(3),
    "boxes": lambda: ml.Sokoban.parse(LEVEL),
    "of your own": Slide,
}
WIDE = {"permutations": ml.Cube(3), "tiles": ml.Tiles(4), "toggles": ml.LightsOut(5)}


def costly(num: int, size: int = 8) -> ml.Mazes:
    """Mazes with diagonal moves and a cost of each cell."""
    rng = np.random.default_rng(4)
    walls = rng.random((num, size, size)) < 0.2
    walls[:, 0, 0] = False
    return ml.Mazes(walls, "eight", rng.choice([1.0, 1.5, 4.0], walls.shape))


def near(domain, num, seed):
    """States some moves from where walks begin."""
    rng, worlds = np.random.default_rng(seed), np.zeros(num, np.int32)
    states = domain.origins(worlds, rng.integers(2**63, size=num, dtype=np.uint64))
    for _ in range(5):
        moves = rng.integers(domain.num_moves, size=num)
        states = domain.neighbours(states.copy(), worlds)[np.arange(num), moves]
    return states


def assert_same(found, expected):
    for name in ("status", "expansions", "generated", "steps", "cost", "evaluations"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
    for i in np.flatnonzero(found.solved)[:100]:
        np.testing.assert_array_equal(found.path(i), expected.path(i))


def remainder(problem, state):
    """Predictions that depend on both and have ties."""
    rows = np.asarray(state, np.int64).reshape(len(state), -1)
    return ((rows @ np.arange(1, rows.shape[1] + 1) + problem) % 5).astype(np.float32)


def test_fields_of_costs_and_least_costs():
    mazes = costly(60, 30)
    goals = np.zeros(60, np.int32)
    one, three = (mazes.distances(goals, num_threads=n) for n in (1, 3))
    np.testing.assert_array_equal(three, one)
    last = reference_maze.cost_field(mazes.walls[-1], mazes.costs[-1], 0, "eight")
    np.testing.assert_array_equal(one[-1].reshape(last.shape), last)
    starts = np.array([np.flatnonzero(maze.ravel() == 0)[-1] for maze in mazes.walls], np.int32)
    expected = one.reshape(60, -1)[range(60), starts]
    np.testing.assert_array_equal(ml.Problems(mazes, starts, goals).optimal, expected)


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_tables_of_mazes_with_costs(options):
    problems = ml.Problems.sample(costly(300, 20), seed=1)
    found = [ml.solve(problems, heuristic="octile", num_threads=n, **options) for n in (1, 3)]
    assert_same(*found)


@pytest.mark.parametrize("name", DOMAINS)
def test_walks(name):
    domain = DOMAINS[name]()
    one, three = (
        ml.Trajectories.sample(domain, per_world=300, seed=1, num_threads=n) for n in (1, 3)
    )
    np.testing.assert_array_equal(three.offsets, one.offsets)
    np.testing.assert_array_equal(three.states, one.states)


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("name", DOMAINS)
def test_rounds_of_many_problems(name, options):
    domain = DOMAINS[name]()
    starts, goal = near(domain, 2500, seed=1), near(domain, 1, seed=2)[0]
    limits = {"max_expansions": 20, **options}
    found = [ml.solve(domain, starts, goal, remainder, num_threads=n, **limits) for n in (1, 3)]
    assert_same(*found)
    assert found[0].solved.any()


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_rounds_for_several_goals(options):
    domain = ml.Tiles(3)
    starts, goals = near(domain, 2500, seed=1), ml.AnyOf(near(domain, 3, seed=2))
    limits = {"max_expansions": 20, **options}
    found = [ml.solve(domain, starts, goals, remainder, num_threads=n, **limits) for n in (1, 3)]
    assert_same(*found)


@pytest.mark.parametrize("name", WIDE)
def test_a_wide_beam_is_that_of_a_spread_one(name):
    """Both ask for the moves of thousands of states at once."""
    problem = ml.Problems.sample(WIDE[name], num=1, scramble=30, seed=3)
    limits = {"max_generated": 60_000}
    spread = spread_beam(problem, remainder, 3000, **limits)
    assert_same(spread, ml.solve(problem, heuristic=remainder, beam_width=3000, **limits))
