"""What puzzles know of their own optima: tables of small ones, bounded searches of large ones."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_exact import breadth_first, permuted

import mlsearch as ml
from mlsearch.domains.contract import Enumerable
from mlsearch.domains.puzzles import tabled
from mlsearch.domains.puzzles.exact.arrangements import Arrangements, num_arrangements
from mlsearch.domains.puzzles.text import follow
from mlsearch.search.heuristics import baselines_of

DATA = Path(__file__).parents[2] / "shared" / "data" / "puzzles"
SMALL = [ml.Cube(2), ml.Cube(2, turns="half"), ml.Tiles(3), ml.Tiles(3, blank="first"),
         ml.Pancake(6), ml.Pancake(9), ml.TopSpin(7, turntable=3),
         ml.Permutation([[1, 2, 0, 3]], goal=[0, 1, 1, 2])]  # fmt: skip
LARGE = [ml.Cube(3), ml.Tiles(4), ml.Tiles(6), ml.LightsOut(7), ml.TopSpin(), ml.Pancake(10)]


def public(name: str) -> Path:
    """A file of public problems; they are no part of this project."""
    if not (DATA / name).exists():
        pytest.skip(f"no {name} beside the repository, in shared/data/puzzles")
    return DATA / name


def scrambled(domain, words: list[str]) -> ml.Problems:
    """Scrambles of the goal, with their lengths as the known optimum."""
    goals = np.tile(domain.goal_state, (len(words), 1))
    moves = [domain.read_moves(word) for word in words]
    starts = [follow(domain, goals[0], numbers)[-1] for numbers in moves]
    return ml.Problems(domain, np.stack(starts), goals, optimal=list(map(len, moves)))


@pytest.mark.parametrize("domain", SMALL, ids=repr)
def test_small_puzzles_have_tables(domain) -> None:
    assert isinstance(domain, Enumerable)
    assert "perfect" in baselines_of(domain)


@pytest.mark.parametrize("domain", LARGE, ids=repr)
def test_large_puzzles_have_none(domain) -> None:
    assert not isinstance(domain, Enumerable)
    assert "perfect" not in baselines_of(domain)
    with pytest.raises(TypeError, match="lacks num_states"):
        ml.solve(domain, domain.goal_state, domain.goal_state, np.zeros((1, 5), np.float32))


def test_nobody_makes_a_table_by_asking_for_the_protocol(monkeypatch) -> None:
    monkeypatch.setattr(tabled, "table_of", None)
    for domain in SMALL:
        assert isinstance(domain, Enumerable)
        assert domain.num_states > 0


def test_counts_of_small_cubes() -> None:
    """Counts as published by Scherphuis, https://www.jaapsch.net/puzzles/cube2.htm."""
    depths = ml.Cube(2).distances(ml.Cube(2).goal_state[np.newaxis])[0]
    quarter = [1, 6, 27, 120, 534, 2256, 8969, 33058, 114149, 360508, 930588, 1350852, 782536,
               90280, 276]  # fmt: skip
    assert np.bincount(depths).tolist() == quarter
    assert sum(quarter) == ml.Cube(2).num_states == 3_674_160
    half = ml.Cube(2, turns="half")
    depths = half.distances(half.goal_state[np.newaxis])[0]
    assert np.bincount(depths).tolist() == [1, 9, 54, 321, 1847, 9992, 50136, 227536, 870072,
                                            1887748, 623800, 2644]  # fmt: skip


@pytest.mark.parametrize("blank", ["last", "first"])
def test_counts_of_the_8_puzzle(blank: str) -> None:
    tiles = ml.Tiles(3, blank=blank)
    depths = tiles.distances(tiles.goal_state[np.newaxis])[0]
    assert (depths.size, depths.max()) == (181_440, 31) == (tiles.num_states, 31)


def test_perfect_is_perfect() -> None:
    for domain in (ml.Cube(2), ml.Tiles(3), ml.Pancake(8)):
        problems = ml.Problems.sample(domain, num=30, scramble="uniform", seed=4)
        result = ml.solve(problems, heuristic="perfect")
        np.testing.assert_array_equal(result.cost, problems.optimal)
        assert (problems.optimal > 3).all()


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=6),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
)
def test_arrangements(goal: list[int], num_moves: int, random) -> None:
    moves = np.array([random.sample(range(len(goal)), len(goal)) for _ in range(num_moves)])
    every = sorted(set(itertools.permutations(goal)))
    table = Arrangements(moves, goal)
    assert table.num_states == num_arrangements(goal) == len(every)
    np.testing.assert_array_equal(table.all_states(), every)
    np.testing.assert_array_equal(table.index(np.array(every)), np.arange(len(every)))
    end = random.choice(every)
    found = table.distances([end])[0]
    for number in random.sample(range(len(every)), min(4, len(every))):
        assert found[number] == breadth_first(every[number], permuted(moves)).get(end, -1)


def test_arrangements_refuse_other_states() -> None:
    table = Arrangements([[1, 0, 2]], [1, 2, 2])
    with pytest.raises(ValueError, match=r"expected \[1, 2, 2\] in some order, got \[1, 1, 2\] at"):
        table.index([[2, 1, 2], [1, 1, 2]])
    with pytest.raises(ValueError, match=r"goal: expected fewer than 2\*\*31 orders"):
        Arrangements([list(range(13))], range(13))


def test_what_no_moves_reach_is_unknown_or_has_no_way() -> None:
    ring = ml.Permutation([[1, 2, 3, 0]], goal=[0, 0, 1, 1])
    starts, goals = [[1, 0, 0, 1], [0, 1, 0, 1]], [[0, 0, 1, 1]] * 2
    assert ml.Problems(ring, starts, goals).optimal.tolist() == [1, -1]
    tiles = ml.Tiles(3)
    states = tiles.all_states()[:65]
    assert (ml.Problems(tiles, states, states).optimal == -1).all()  # so many goals take too long
    assert (ml.Problems(tiles, states[1:], states[1:]).optimal == 0).all()


@pytest.mark.parametrize(("turns", "reach"), [("quarter", 11), ("half", 9)])
def test_cube3_is_known_near_the_goal(turns: str, reach: int) -> None:
    cube = ml.Cube(3, turns=turns)
    for scramble in (2, reach):
        problems = ml.Problems.sample(cube, num=10, scramble=scramble, seed=3)
        assert (problems.optimal >= 0).all()
        assert (problems.optimal <= scramble).all()
    begin = time.perf_counter()
    assert (ml.Problems.sample(cube, num=10, scramble=1000).optimal == -1).all()
    assert time.perf_counter() - begin < 20


def test_cube3_against_public_optima() -> None:
    """A part of a shortest solution is the shortest."""
    words = json.loads(public("deepcubea-cube3.json").read_text())[:40]
    cube = ml.Cube(3)
    given = scrambled(cube, [" ".join(scramble.split()[:11]) for scramble in words])
    asked = ml.Problems(cube, given.starts, given.goals)
    np.testing.assert_array_equal(asked.optimal, given.optimal)


def test_lights_out_against_public_optima() -> None:
    given = scrambled(ml.LightsOut(7), json.loads(public("deepcubea-lightsout7.json").read_text()))
    asked = ml.Problems(given.domain, given.starts, given.goals)
    np.testing.assert_array_equal(asked.optimal, given.optimal)


def test_tiles4_against_public_optima() -> None:
    """Five of each set; the solver itself is tested on all of them."""
    words = json.loads(public("deepcubea-puzzle15.json").read_text())[:5]
    given = scrambled(ml.Tiles(4), words)
    asked = ml.Problems(given.domain, given.starts, given.goals)
    np.testing.assert_array_equal(asked.optimal, given.optimal)
    korf = json.loads(public("korf-puzzle15-first-50.json").read_text())[:5]
    first = ml.Tiles(4, blank="first")
    goals = np.tile(first.goal_state, (5, 1))
    problems = ml.Problems(first, [p["tiles"] for p in korf], goals)
    assert problems.optimal.tolist() == [p["optimal"] for p in korf]


def test_tiles4_near_and_tiles5_unknown() -> None:
    near = ml.Problems.sample(ml.Tiles(4), num=9, scramble=12, seed=1).optimal
    assert ((near >= 0) & (near <= 12) & (near % 2 == 0)).all()
    assert (ml.Problems.sample(ml.Tiles(5), num=2, scramble=2).optimal == -1).all()


def test_sokoban_levels() -> None:
    levels = ml.Sokoban.load(public("boxoban-unfiltered-test-first-500.txt"))[:40]
    problems = ml.Problems.sample(levels)
    assert (problems.optimal > 0).all()
    result = ml.solve(problems, heuristic="zero", max_expansions=20_000, weight=1)
    assert result.solved.any()
    np.testing.assert_array_equal(result.cost[result.solved], problems.optimal[result.solved])


def test_sokoban_with_one_level_for_all() -> None:
    level = ml.Sokoban.parse("#######\n#@ $ .#\n#     #\n#######")
    states = follow(level, level.starts[0], level.read_moves("R R D"))
    problems = ml.Problems(level, states, np.tile(level.goals, (4, 1)))
    assert problems.optimal.tolist() == [3, 2, 1, 2]
