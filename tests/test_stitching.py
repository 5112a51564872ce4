import hashlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_pairs import Stream, distances_to, stitch_one

from mlsearch.base.seeding import child_seed
from mlsearch.data.stitching import fragments, stitch
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes


def some_trajectories(num=4, per_world=6, **arguments):
    return Trajectories.sample(Mazes.generate(num, size=6, seed=1), per_world, seed=2, **arguments)


@settings(max_examples=30, deadline=None)
@given(max_length=st.integers(1, 20), policy=st.sampled_from(["shortest", "random_walk"]))
def test_fragments_cover_every_step_once(max_length, policy):
    data = some_trajectories(policy=policy, max_length=19)
    pieces = fragments(data, max_length)
    expected = [
        (data.worlds[i], data[i][begin : begin + max_length + 1].tolist())
        for i in range(len(data))
        for begin in range(0, int(data.lengths[i]), max_length)
    ]
    got = [(pieces.worlds[i], pieces[i].tolist()) for i in range(len(pieces))]
    assert got == expected
    assert pieces.lengths.sum() == data.lengths.sum()
    assert pieces.lengths.min() >= 1
    assert pieces.lengths.max() <= max_length


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1),
    max_length=st.integers(1, 15),
    switch_probability=st.sampled_from([0.0, 0.1, 1.0]),
    policy=st.sampled_from(["shortest", "noisy"]),
)
def test_stitch_reproduces_reference(seed, max_length, switch_probability, policy):
    pieces = fragments(some_trajectories(per_world=3, policy=policy), 3)
    stitched = stitch(pieces, 4, max_length, seed, switch_probability)
    sources = []
    for i in range(4):
        stream = Stream(child_seed(seed, "stitching"), i)
        cells, origin = stitch_one(pieces, stream, max_length, switch_probability)
        assert stitched.trajectories[i].tolist() == cells
        assert stitched.trajectories.worlds[i] == pieces.worlds[origin[0]]
        sources += origin
    assert stitched.sources.tolist() == sources


def test_every_step_is_a_step_of_its_source_and_joins_are_at_shared_states():
    pieces = fragments(some_trajectories(per_world=30), 5)
    stitched = stitch(pieces, 200, 30, seed=3)
    walks = stitched.trajectories
    steps = [set(pairwise(piece)) for piece in pieces]
    at = joins = 0
    for i in range(len(walks)):
        states = walks[i]
        origin = stitched.sources[at : at + len(states) - 1]
        at += len(origin)
        assert (pieces.worlds[origin] == walks.worlds[i]).all()
        for step, source in zip(pairwise(states), origin, strict=True):
            assert step in steps[source]
        for k in np.flatnonzero(np.diff(origin)) + 1:
            joins += 1
            assert states[k] in pieces[origin[k - 1]]
            assert states[k] in pieces[origin[k]]
    assert at == len(stitched.sources)
    assert joins > 200
    assert 5 < walks.lengths.max() <= 30
    assert walks.lengths.min() >= 1


def test_labels_are_upper_bounds_of_distances():
    pieces = fragments(some_trajectories(), 4)
    walks = stitch(pieces, 50, 20, seed=4).trajectories
    for i in range(50):
        distances = distances_to(walks.domain.walls[walks.worlds[i]], int(walks[i][-1]))
        assert distances[int(walks[i][0])] <= walks.lengths[i]


def test_walk_stops_where_nothing_goes_on_and_never_switches_at_random():
    mazes = Mazes(np.zeros((3, 3), np.uint8))
    data = Trajectories(mazes, [0, 0], [0, 1, 2, 2, 5], [0, 3, 5])
    stitched = stitch(data, 40, 100, seed=0)
    got = {tuple(walk.tolist()) for walk in stitched.trajectories}
    assert got == {(0, 1, 2, 5), (2, 5)}


def test_walks_depend_on_seed_and_index_alone():
    pieces = fragments(some_trajectories(), 4)
    few, many = (stitch(pieces, num, 12, seed=5) for num in (10, 70_000))
    cut = few.trajectories.offsets[-1]
    assert np.array_equal(few.trajectories.offsets, many.trajectories.offsets[:11])
    assert np.array_equal(few.trajectories.states, many.trajectories.states[:cut])
    other = stitch(pieces, 10, 12, seed=6)
    assert not np.array_equal(few.trajectories.states, other.trajectories.states)


def test_golden_walks():
    mazes = Mazes(np.zeros((3, 3), np.uint8))
    data = Trajectories(mazes, [0, 0], [0, 1, 4, 3, 0, 2, 1, 4, 5, 2], [0, 5, 10])
    stitched = stitch(data, 20, 50, seed=7)
    digest = hashlib.sha256(stitched.trajectories.states.astype("<i4").tobytes()).hexdigest()
    assert digest[:16] == "53d1bf5c519c21ae"


def test_provenance_says_how_they_were_made():
    data = some_trajectories()
    made = stitch(fragments(data, 4), 3, 12, seed=5).trajectories.provenance
    assert made["stitched"]["seed"] == 5
    assert made["source"]["fragments"] == {"max_length": 4}
    assert made["source"]["source"]["policy"] == "shortest"


def test_nothing_to_do():
    mazes = Mazes(np.zeros((3, 3), np.uint8))
    assert len(fragments(Trajectories(mazes, [0], [4], [0, 1]))) == 0
    assert len(stitch(some_trajectories(), 0, 5, seed=0).trajectories) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 5, 0), "num: expected 0 to"),
        ((3, 0, 0), "max_length: expected 1 to"),
        ((3, 5, -1), "seed: expected 0"),
        ((3, 5, 0, 1.5), "switch_probability: expected 0 to 1, got 1.5"),
    ],
)
def test_bad_stitching(arguments, message):
    with pytest.raises(ValueError, match=message):
        stitch(some_trajectories(), *arguments)


def test_bad_data():
    still = Trajectories(Mazes(np.zeros((3, 3), np.uint8)), [0], [4], [0, 1])
    with pytest.raises(ValueError, match="trajectories: expected at least one with a step"):
        stitch(still, 1, 5, seed=0)
    with pytest.raises(ValueError, match="max_length: expected 1 to"):
        fragments(still, 0)
    with pytest.raises(TypeError, match=r"max_length: expected an integer, got 2\.5"):
        fragments(still, 2.5)
