"""Permutations of bytes in registers of every width, against a gather of NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsearch import _core
from mlsearch.base.streams import Streams


@st.composite
def puzzles(draw):
    """A table of moves, and states whose values are there more than once or not."""
    size = draw(
        st.one_of(st.integers(1, 80), st.sampled_from([15, 16, 17, 31, 32, 33, 63, 64, 65]))
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    num_moves = draw(st.integers(1, 7))
    moves = np.tile(np.arange(size, dtype=np.int32), (num_moves, 1))
    for row in moves:
        chosen = random.permutation(size)[: random.integers(size + 1)]
        row[chosen] = random.permutation(row[chosen])
    kinds = draw(st.sampled_from([1, 2, 6, 256]))
    states = random.integers(kinds, size=(draw(st.integers(1, 50)), size), dtype=np.uint8)
    return moves, states


@pytest.mark.usefixtures("registers")
@given(puzzles())
@settings(max_examples=80)
def test_neighbours_are_gathered(puzzle):
    moves, states = puzzle
    found = _core.permutation(moves).neighbours(states, np.zeros(len(states), np.int32), 1)
    np.testing.assert_array_equal(found, states[:, moves])


@pytest.mark.usefixtures("registers")
@given(puzzles(), st.booleans(), st.integers(0, 2**64 - 1))
@settings(max_examples=40)
def test_walks_are_those_of_python(puzzle, backtracks, seed):
    moves, origins = puzzle
    num, length = len(origins), 12
    worlds, items = np.zeros(num, np.int32), np.arange(num)
    found, lengths = _core.permutation(moves).walk(
        origins, worlds, items, seed, length, backtracks, True, 1
    )
    for i, origin in enumerate(origins):
        expected = walk(moves, origin, Streams(seed, items[i : i + 1]), length, backtracks)
        assert lengths[i] == len(expected) - 1
        np.testing.assert_array_equal(found[i, : len(expected)], expected)
        assert (found[i, len(expected) :] == expected[-1]).all()


def walk(moves, origin, stream, length, backtracks):
    """The states of one walk, until no move is possible."""
    one = np.zeros(1, np.int64)
    stream.bits(one)
    states = [origin]
    for _ in range(length):
        rows = [r for r in states[-1][moves] if (r != states[-1]).any()]
        new = [r for r in rows if len(states) < 2 or (r != states[-2]).any()]
        allowed = rows if backtracks or not new else new
        if not allowed:
            break
        states.append(allowed[stream.below(one, np.array([len(allowed)]))[0]])
    return states
