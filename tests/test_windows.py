"""Which numbers states show at some places, beside plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlsearch as ml
from mlsearch import _core


def plain_numbers(states, places, tables, radix):
    """A window of three bytes after the other."""
    found = np.empty((len(states), len(places)), np.int32)
    for i, row in enumerate(states.tolist()):
        for w, (a, b, c) in enumerate(places.tolist()):
            found[i, w] = tables[w, row[a] + radix * row[b] + radix**2 * row[c]]
    return found


def drawn(seed, num_states, num_bytes, num_windows, radix):
    random = np.random.default_rng(seed)
    return (
        random.integers(radix, size=(num_states, num_bytes), dtype=np.uint8),
        random.integers(num_bytes, size=(num_windows, 3), dtype=np.int32),
        random.integers(-(2**31), 2**31, size=(num_windows, radix**3), dtype=np.int32),
        radix,
    )


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    num_states=st.integers(0, 9),
    num_bytes=st.integers(1, 60),
    num_windows=st.integers(0, 9),
    radix=st.integers(1, 12),
)
def test_numbers_are_those_of_plain_python(seed, num_states, num_bytes, num_windows, radix):
    parts = drawn(seed, num_states, num_bytes, num_windows, radix)
    assert np.array_equal(_core.window_numbers(*parts), plain_numbers(*parts))


def test_threads_change_nothing():
    parts = drawn(1, 10_000, 54, 20, 6)
    one, two, three = (_core.window_numbers(*parts, num_threads=n) for n in (1, 2, 3))
    assert np.array_equal(one, two)
    assert np.array_equal(one, three)


@pytest.mark.parametrize("num_threads", [1, 3])
def test_the_first_state_with_a_larger_byte_is_named(num_threads):
    states, places, tables, radix = drawn(2, 10_000, 54, 20, 6)
    states[[9_000, 4_000, 4_001], 50] = 255, 6, 200
    with pytest.raises(ValueError, match="states: expected 0 to 5 in state 4000"):
        _core.window_numbers(states, places, tables, radix, num_threads)


def test_arrays_that_do_not_fit_are_refused():
    states, places, tables, radix = drawn(3, 4, 5, 2, 3)
    for wrong, message in (
        ((states.astype(int), places, tables, radix), "states: expected a uint8 array"),
        ((states, places[:, :2], tables, radix), r"places: expected a int32 array of shape \[any"),
        ((states, places + 5, tables, radix), "places: expected 0 to 4, got "),
        ((states, places - 5, tables, radix), "places: expected 0 to 4, got -"),
        ((states, places, tables[:, 1:], radix), r"tables: .*\[2, 27\], got shape \[2, 26\]"),
        ((states, places, tables[1:], radix), r"tables: .*\[2, 27\], got shape \[1, 27\]"),
        ((states[:, :0], places, tables, radix), "states: expected 1 to 65536 bytes, got 0"),
        ((states, places, tables, 0), "radix: expected 1 to 256"),
        ((states, places, tables, 257), "radix: expected 1 to 256"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            _core.window_numbers(*wrong)


@pytest.mark.parametrize("size", [2, 3])
def test_features_of_a_cube_are_its_pieces(size):
    """A feature is a piece and how it is turned, so every piece is found once."""
    cube = ml.Cube(size)
    num = 8 if size == 2 else 20
    ways, piece = np.repeat([3, 2], [8, 12])[:num], np.append(np.arange(8), np.arange(12))[:num]
    [solved] = cube.features(cube.goal_state[None])
    assert np.array_equal(solved, 24 * np.arange(num) + ways * piece)
    states = cube.uniform_states(np.zeros(50, np.int32), np.arange(50, dtype=np.uint64))
    found = (cube.features(states) - 24 * np.arange(num)) // ways
    assert np.array_equal(np.sort(found[:, :8]), np.tile(np.arange(8), (50, 1)))
    assert np.array_equal(np.sort(found[:, 8:]), np.tile(np.arange(num - 8), (50, 1)))
    states[3, -1] = 6
    with pytest.raises(ValueError, match="states: expected 0 to 5 in state 3"):
        cube.features(states)
