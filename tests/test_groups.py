"""Groups of permutations against all of their members, written down one by one."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlsearch as ml
from mlsearch.base.streams import Streams
from mlsearch.domains.puzzles.groups import PermutationGroup

ZERO = np.zeros(1, np.int32)


@st.composite
def moves(draw):
    size = draw(st.integers(1, 6))
    return np.array(draw(st.lists(st.permutations(range(size)), min_size=1, max_size=3)))


def all_members(table):
    """Every product of moves, found one by one."""
    found = {tuple(range(table.shape[1]))}
    queue = list(found)
    for member in queue:
        for move in table.tolist():
            product = tuple(member[i] for i in move)
            if product not in found:
                found.add(product)
                queue.append(product)
    return found


def all_permutations(size):
    return np.array(list(itertools.permutations(range(size))))


@given(moves())
@settings(max_examples=150)
def test_members_are_those_of_all_products(table):
    group, members = PermutationGroup(table), all_members(table)
    assert group.order == len(members)
    everything = all_permutations(table.shape[1])
    found = set(map(tuple, everything[group.contains(everything)].tolist()))
    assert found == members


@given(moves(), st.integers(0, 2**64 - 1))
@settings(max_examples=50)
def test_random_members_are_members(table, seed):
    group, members = PermutationGroup(table), all_members(table)
    draws = Streams(seed, np.arange(30)).bits(np.arange(30))
    found = group.uniform(draws)
    assert set(map(tuple, found.tolist())) <= members
    np.testing.assert_array_equal(group.uniform(draws[7:8])[0], found[7])


def test_random_members_are_uniform():
    table = np.array([[1, 2, 3, 0, 4], [1, 0, 3, 2, 4], [0, 1, 2, 3, 4]])
    group = PermutationGroup(table)
    draws = Streams(1, np.arange(8000)).bits(np.arange(8000))
    _, counts = np.unique(group.uniform(draws), axis=0, return_counts=True)
    assert len(counts) == group.order == 8
    assert ((counts - 1000) ** 2 / 1000).sum() < 30  # chi-square, 7 degrees of freedom


def test_orders_of_known_groups():
    assert PermutationGroup(ml.Cube(3).table).order == 43_252_003_274_489_856_000
    assert PermutationGroup(ml.Cube(2).table).order == 3_674_160
    assert PermutationGroup(ml.TopSpin(20).table).order == math.factorial(20)
    five = ml.TopSpin(9, turntable=5)  # both moves are even
    assert PermutationGroup(five.table).order == math.factorial(9) // 2
    mathieu = [[*range(1, 11), 0, 11], [0, 1, 6, 9, 5, 3, 10, 2, 8, 4, 7, 11]]  # M11 and a point
    assert PermutationGroup(mathieu).order == 7920


def test_states_out_of_reach_are_refused():
    topspin = ml.TopSpin(9, turntable=5)
    good, bad = topspin.goal_state.copy(), topspin.goal_state.copy()
    good[[0, 1, 2]], bad[[0, 1]] = good[[1, 2, 0]], bad[[1, 0]]
    topspin.check_states("starts", good[None], ZERO)
    with pytest.raises(ValueError, match=r"^starts: problem 0: no moves lead to the goal"):
        ml.Problems(topspin, bad, topspin.goal_state)
    ring = ml.Permutation([[1, 2, 0, 3, 4], [0, 1, 2, 4, 3]], goal=[1, 2, 2, 1, 2])
    ring.check_states("starts", np.array([[2, 1, 2, 2, 1]], np.uint8), ZERO)
    with pytest.raises(ValueError, match="a value is at a place that moves do not bring it to"):
        ring.check_states("starts", np.array([[1, 1, 2, 2, 2]], np.uint8), ZERO)


@pytest.mark.parametrize(
    "domain",
    [ml.TopSpin(7, turntable=3), ml.Permutation([[1, 2, 0, 3], [0, 1, 3, 2]], [0, 1, 1, 2])],
    ids=repr,
)
def test_uniform_states_have_a_way_to_the_goal(domain):
    draws = Streams(0, np.arange(6000)).bits(np.arange(6000))
    states = domain.uniform_states(np.zeros(6000, np.int32), draws)
    domain.check_states("states", states, np.zeros(6000, np.int32))
    reach = domain.distances(domain.goal_state[None])[0]
    numbers = domain.index(states)
    assert (reach[numbers] >= 0).all()
    counts = np.bincount(numbers, minlength=domain.num_states)[reach >= 0]
    wanted = 6000 / len(counts)
    assert ((counts - wanted) ** 2 / wanted).sum() < len(counts) + 6 * np.sqrt(2 * len(counts))
