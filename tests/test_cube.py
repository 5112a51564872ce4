"""The cube against a model of its pieces, counts of its states, and cubes that are none."""

from __future__ import annotations

import json

import numpy as np
import pytest
import reference_puzzles as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from test_puzzles import DATA, assert_shortest, needs_data

import mlsearch as ml
from mlsearch.base.streams import Streams
from mlsearch.domains.puzzles import cubies, stickers, text

ZERO = np.zeros(1, np.int32)
SUPERFLIP = "R' U2 B L' F U' B D F U D' L D2 F' R B' D F' U' B' U D'"
words = st.lists(st.sampled_from([f + s for f in "URFDLB" for s in ("", "'", "2")]), max_size=30)


@given(words)
@settings(max_examples=60)
def test_turns_are_those_of_the_pieces(turns):
    pieces = reference.PieceCube()
    for word in turns:
        pieces.move(word)
    for cube in (ml.Cube(3), ml.Cube(3, turns="half")):
        moves = cube.read_moves(" ".join(turns))
        end = text.follow(cube, cube.goal_state, moves)[-1]
        assert cube.state_text(end) == pieces.stickers()


@given(words)
@settings(max_examples=30)
def test_the_small_cube_is_the_corners_of_the_large_one(turns):
    large, small = ml.Cube(3), ml.Cube(2)
    end = text.follow(large, large.goal_state, large.read_moves(" ".join(turns)))[-1]
    corners = end.reshape(6, 9)[:, [0, 2, 6, 8]].ravel()
    mine = text.follow(small, small.goal_state, small.read_moves(" ".join(turns)))[-1]
    np.testing.assert_array_equal(small.read_state(small.state_text(corners)), mine)


def test_opposite_turns_of_the_small_cube_lead_to_the_same_state():
    cube = ml.Cube(2)
    found = dict(zip(cube.move_names, cube.neighbours(cube.goal_state[None], ZERO)[0], strict=True))
    for first, second in ("UD", "RL", "FB"):
        np.testing.assert_array_equal(found[first], found[second])
        np.testing.assert_array_equal(found[first + "'"], found[second + "'"])
    held = stickers.corners(2)[cubies._held_corner()]
    np.testing.assert_array_equal(cube.table[:, held], np.tile(held, (12, 1)))


@pytest.mark.parametrize(
    ("cube", "counts"),
    [
        (ml.Cube(3), [1, 12, 114, 1068, 10011, 93840, 878880]),
        (ml.Cube(3, "half"), [1, 18, 243, 3240, 43239, 574908]),
        (ml.Cube(2), [1, 6, 27, 120, 534, 2256, 8969, 33058]),
        (ml.Cube(2, "half"), [1, 9, 54, 321, 1847, 9992]),
    ],
    ids=repr,
)
def test_how_many_states_there_are_at_each_depth(cube, counts):
    found = reference.layers(cube, len(counts) - 1)
    assert list(map(len, found)) == counts
    some = sorted(found[-1])[::50]
    last = np.frombuffer(b"".join(some), np.uint8).reshape(-1, len(cube.goal_state))
    cube.check_states("states", last, np.zeros(len(last), np.int32))


def test_the_superflip():
    cube = ml.Cube(3)
    moves = cube.read_moves(SUPERFLIP)
    assert len(moves) == 24
    assert cube.moves_text(moves) == SUPERFLIP
    end = text.follow(cube, cube.goal_state, moves)[-1]
    flipped = reference.PieceCube()
    flipped.flips = [1] * 12
    assert cube.state_text(end) == flipped.stickers()
    np.testing.assert_array_equal(text.follow(cube, end, moves)[-1], cube.goal_state)


def test_words_for_half_turns():
    cube = ml.Cube(3)
    assert cube.read_moves("R2") == cube.read_moves("R R")
    assert cube.read_moves("R2'") == cube.read_moves("R' R'")
    assert cube.moves_text(cube.read_moves("R R R U' U'")) == "R2 R U2'"
    half = ml.Cube(3, turns="half")
    assert half.move_names[:6] == ("U", "U'", "U2", "R", "R'", "R2")
    assert half.moves_text(half.read_moves("R R U2")) == "R R U2"


# Legal cubes -------------------------------------------------------------------------------------


@given(st.integers(0, 2**64 - 1), st.sampled_from([2, 3]))
@settings(max_examples=20)
def test_uniform_cubes_are_legal(seed, size):
    cube = ml.Cube(size)
    draws = Streams(seed, np.arange(50)).bits(np.arange(50))
    states = cube.uniform_states(np.zeros(50, np.int32), draws)
    cube.check_states("states", states, np.zeros(50, np.int32))
    np.testing.assert_array_equal(cube.uniform_states(ZERO, draws[7:8])[0], states[7])


def test_uniform_cubes_have_every_piece_at_every_place_alike():
    num = 24_000
    draws = Streams(5, np.arange(num)).bits(np.arange(num))
    states = ml.Cube(3).uniform_states(np.zeros(num, np.int32), draws)
    for pieces, kinds in ((3, 24), (2, 24)):
        found, turned = cubies._found("states", states, 3, pieces)
        for place in range(found.shape[1]):
            counts = np.bincount(found[:, place] * pieces + turned[:, place], minlength=kinds)
            assert ((counts - num / kinds) ** 2 / (num / kinds)).sum() < 70


@given(st.integers(0, 2**32), st.data())
@settings(max_examples=40)
def test_a_cube_put_together_otherwise_is_legal_once_in_12(seed, data):
    """Of any pieces at any places, turned in any way, exactly those with the sums are legal."""
    random = np.random.default_rng(seed)
    pieces = reference.PieceCube()
    pieces.corners, pieces.edges = random.permutation(8).tolist(), random.permutation(12).tolist()
    pieces.twists = random.integers(3, size=8).tolist()
    pieces.flips = random.integers(2, size=12).tolist()
    if data.draw(st.booleans()):
        pieces.twists[0] = (pieces.twists[0] - sum(pieces.twists)) % 3
    if data.draw(st.booleans()):
        pieces.flips[0] = (pieces.flips[0] - sum(pieces.flips)) % 2
    parity = np.linalg.det(np.eye(8)[pieces.corners]) * np.linalg.det(np.eye(12)[pieces.edges])
    cube = ml.Cube(3)
    state = cube.read_state(pieces.stickers())[None]
    broken = [
        ("a corner is twisted", sum(pieces.twists) % 3),
        ("an edge is flipped", sum(pieces.flips) % 2),
        ("two pieces are swapped", parity < 0),
    ]
    first = next((message for message, is_so in broken if is_so), None)
    if first is None:
        cube.check_states("starts", state, ZERO)
    else:
        with pytest.raises(ValueError, match=f"starts: problem 0: {first}"):
            cube.check_states("starts", state, ZERO)


def swapped(cube, *pairs):
    state = cube.goal_state.copy()
    for one, two in pairs:
        state[[one, two]] = state[[two, one]]
    return state


def test_cubes_that_are_none():
    cube, small = ml.Cube(3), ml.Cube(2)
    bad = cube.goal_state.copy()
    bad[0] = 1
    cases = [
        (cube, bad, "expected colour 0 9 times, got 8"),
        (cube, swapped(cube, (4, 13)), "expected the centres in place"),
        (cube, swapped(cube, (0, 53)), "the colours of a corner are those of none"),
        (cube, swapped(cube, (8, 20)), "the colours of a corner are those of none"),  # mirrored
        (cube, swapped(cube, (7, 28)), "two pieces are swapped"),
        (cube, swapped(cube, (46, 21)), "an edge is there twice"),
        (cube, swapped(cube, (1, 50)), "the colours of an edge are those of none"),
        (small, swapped(small, (0, 5)), "the colours of a corner are those of none"),
        (small, small.goal_state[stickers.turn(2, "U", 2)], ".*turn the whole cube"),
    ]
    for domain, state, message in cases:
        with pytest.raises(ValueError, match=f"^starts: problem 0: ({message})"):
            ml.Problems(domain, state, domain.goal_state)
    with pytest.raises(ValueError, match="size: expected 2 or 3, got 4"):
        ml.Cube(4)
    with pytest.raises(ValueError, match="turns: unknown value 'hlaf'; did you mean 'half'"):
        ml.Cube(3, "hlaf")
    with pytest.raises(ValueError, match="expected letters of 'URFDLB', got 'X'"):
        cube.read_state("X" * 54)
    with pytest.raises(ValueError, match="expected 54 letters, got 24"):
        cube.read_state(small.state_text(small.goal_state))


def test_a_small_cube_is_read_in_any_position():
    cube = ml.Cube(2)
    state = text.follow(cube, cube.goal_state, cube.read_moves("R U F' U2 R"))[-1]
    assert len(stickers.rotations(2)) == 24
    for rotation in stickers.rotations(2):
        np.testing.assert_array_equal(cube.read_state(cube.state_text(state[rotation])), state)


@needs_data
def test_known_cubes():
    scrambles = json.loads((DATA / "deepcubea-cube3.json").read_text())
    assert_shortest(ml.Cube(3), scrambles[:200], depth=5)
    lengths = [len(one.split()) for one in scrambles]
    assert np.mean(lengths) == pytest.approx(20.64, abs=0.1)
