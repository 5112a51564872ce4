"""Walks, checks, pairs, stitching and folders in domains that are no mazes."""

import hashlib
import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_pairs import Stream, stitch_one
from small_domains import OneWay, Slide

import mlsearch as ml
from mlsearch.base.errors import MazeFormatError
from mlsearch.base.seeding import child_seed
from mlsearch.base.settings import replaced
from mlsearch.data import datasets, moves
from mlsearch.data.datasets import data_settings, generate, load_checked
from mlsearch.data.pairs import PairSampler
from mlsearch.data.stitching import fragments, stitch
from mlsearch.data.trajectories import Trajectories
from mlsearch.data.walks import Walks
from mlsearch.domains.extras import Symmetries

DOMAINS = {"slide": Slide(), "oneway": OneWay(), "maze": ml.Mazes.generate(3, (4, 5), seed=1)}
ARRAYS = ("worlds", "states", "offsets")
names = st.sampled_from(["slide", "oneway"])
policies = st.sampled_from(["scramble", "random_walk"])


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setitem(ml.DOMAINS, "slide", Slide)
    monkeypatch.setitem(ml.DOMAINS, "oneway", OneWay)


def assert_same(first, second):
    for name in ARRAYS:
        a, b = getattr(first, name), getattr(second, name)
        np.testing.assert_array_equal(a, b, name)
        assert a.dtype == b.dtype


def is_mapped(array):
    while array is not None and not isinstance(array, np.memmap):
        array = getattr(array, "base", None)
    return array is not None


def plain_walk(domain, world, stream, length, backtracks):
    """One walk, a state and a draw at a time."""
    worlds = np.array([world], np.int32)
    [state] = domain.origins(worlds, np.array([stream.bits()], np.uint64)).tolist()
    walk = [state]
    while len(walk) <= length:
        found = domain.neighbours(np.array([walk[-1]], domain.states.dtype), worlds)[0].tolist()
        able = [other for other in found if other != walk[-1]]
        new = [other for other in able if backtracks or other not in walk[-2:-1]]
        if not able:
            break
        able = new or able
        walk.append(able[stream.below(len(able))])
    return walk


# Walks ---------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(
    name=st.sampled_from(list(DOMAINS)),
    policy=policies,
    seed=st.integers(0, 2**64 - 1),
    length=st.integers(0, 40),
    per_world=st.integers(1, 3),
    piece=st.sampled_from([1, 2**11, 2**24]),
)
def test_walks_reproduce_the_reference(name, policy, seed, length, per_world, piece):
    domain = DOMAINS[name]
    if name == "maze" and policy == "random_walk":
        return  # compiled: tests/test_trajectories.py
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "PIECE_BYTES", piece)
        data = Trajectories.sample(domain, per_world, policy, seed, max_length=length)
    assert data.states.dtype == domain.states.dtype
    assert data.worlds.tolist() == [w for w in range(len(domain)) for _ in range(per_world)]
    for i, world in enumerate(data.worlds):
        stream = Stream(child_seed(seed, "trajectories"), i)
        walk = plain_walk(domain, world, stream, length, policy == "random_walk")
        is_backward = policy == "scramble" and domain.is_reversible
        assert data[i].tolist() == (walk[::-1] if is_backward else walk)
    assert_same(Trajectories(domain, *(getattr(data, n) for n in ARRAYS)), data)


@settings(max_examples=30, deadline=None)
@given(name=names, policy=policies, first=st.integers(0, 11), num=st.integers(0, 12))
def test_any_part_of_the_walks_can_be_made_alone(name, policy, first, num):
    domain = DOMAINS[name]
    walks = Walks(like=domain, per_world=12 // len(domain), policy=policy, seed=3, max_length=30)
    num = min(num, 12 - first)
    worlds, states, offsets = walks.part(domain, 0, 0, 12)
    some = walks.part(domain, 0, first, num)
    begin, end = offsets[first], offsets[first + num]
    np.testing.assert_array_equal(some[0], worlds[first : first + num])
    np.testing.assert_array_equal(some[1], states[begin:end])
    np.testing.assert_array_equal(some[2], offsets[first : first + num + 1] - begin)


def test_defaults_are_those_of_the_domain():
    data = Trajectories.sample(Slide(), num=5, seed=1)
    assert data.lengths.tolist() == [24] * 5
    assert data.worlds.tolist() == [0] * 5
    assert (data.states[data.offsets[1:] - 1] == [1, 2, 3, 4, 5, 0]).all()  # backwards
    assert data.provenance == {
        "policy": "scramble",
        "seed": 1,
        "per_world": 5,
        "epsilon": 1.0,
        "min_length": 0,
        "max_length": 24,
    }
    assert_same(data, Trajectories.sample(Slide(), 5, "scramble", 1, max_length=24))
    mazes = DOMAINS["maze"]
    shortest = Trajectories.sample(mazes, 2, "shortest", max_length=mazes.num_cells)
    assert_same(Trajectories.sample(mazes, num=6), shortest)


def test_scrambles_do_not_turn_back():
    data = Trajectories.sample(Slide(), num=50, max_length=30)
    for walk in data:
        assert all(walk[i].tolist() != walk[i + 2].tolist() for i in range(len(walk) - 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"policy": "shortest"},
            "policy 'shortest' needs compiled walks to a goal; domain 'slide' has none",
        ),
        ({"policy": "noisy"}, "policy 'noisy' needs compiled walks"),
        ({"policy": "srcamble"}, "unknown policy 'srcamble'; did you mean 'scramble'"),
        ({"num": 3, "per_world": 2}, "num: expected per_world or num, got both"),
        ({"num": 0}, "num: expected 1 to"),
        ({"max_length": 2**31 - 1, "num": 2}, "max_length: the walks would take 24.0 GiB"),
        ({"min_length": 9, "max_length": 8}, "max_length: expected 9 to"),
    ],
)
def test_bad_walks(arguments, message):
    with pytest.raises(ValueError, match=message):
        Trajectories.sample(Slide(), **arguments)


def test_walks_that_get_stuck_are_shorter_and_can_be_refused():
    domain = OneWay(num_worlds=4)
    data = Trajectories.sample(domain, 4, seed=2, max_length=200)
    assert data.lengths.max() < 200
    assert len(set(data.lengths.tolist())) > 1
    with pytest.raises(ValueError, match=r"min_length: .* in world 0 one ended after \d+, as no"):
        Trajectories.sample(domain, 4, seed=2, min_length=200, max_length=200)


def test_a_domain_that_only_searches_has_no_walks():
    class Ring:
        states, num_moves = ml.States(np.int32), 1

        def __len__(self):
            return 1

        def __getitem__(self, worlds):
            return self

        def neighbours(self, states, worlds):
            return ((states + 1) % 5)[:, None]

    with pytest.raises(TypeError, match="walks from origins; domain 'ring' has none"):
        Trajectories.sample(Ring())
    data = Trajectories(Ring(), [0, 0], [3, 4, 0, 1], [0, 3, 4])  # but it can have trajectories
    assert stitch(data, 1, 5, 0).trajectories[0].tolist() == [3, 4, 0]
    with pytest.raises(ValueError, match="trajectory 1: states: 0 to 4 is no move"):
        Trajectories(Ring(), [0, 0], [3, 4, 0, 4], [0, 2, 4])


def test_a_function_gets_the_problems_of_scrambles():
    def there(problems, seed):
        assert problems.domain == Slide()
        np.testing.assert_array_equal(problems.goals, np.tile([1, 2, 3, 4, 5, 0], (4, 1)))
        return [start[None] for start in problems.starts]

    data = Trajectories.sample(Slide(), num=4, policy=there, max_length=9)
    starts = Trajectories.sample(Slide(), num=4, max_length=9)
    np.testing.assert_array_equal(data.states, starts.states[starts.offsets[:-1]])
    for answer, message in [
        ([[0, 1]] * 4, r"policy: walk 0: expected integers \[length \+ 1, 6\], got int64 \[2\]"),
        ([[[0, 1, 2, 3, 4, 300]]] * 4, "policy: row 0: expected numbers that fit uint8"),
        ([[[1, 2, 3, 4, 5, 0], [0, 1, 2, 3, 4, 5]]] * 4, "trajectory 0: states: .* is no move"),
    ]:
        with pytest.raises(ValueError, match=message):
            Trajectories.sample(Slide(), num=4, policy=lambda _, __, walks=answer: walks)


# Checks --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    name=names,
    at=st.integers(0, 10**6),
    column=st.integers(0, 5),
    piece=st.sampled_from([1, 2**9, 2**24]),
)
def test_the_first_trajectory_with_a_step_that_is_no_move_is_named(name, at, column, piece):
    domain = DOMAINS[name]
    data = Trajectories.sample(domain, 12 // len(domain), "random_walk", 5, max_length=6)
    states = data.states.copy()
    states[at % len(states), column] += 1 + at % 7
    steps = [set(map(str, pairwise(walk))) for walk in _walks(domain, data, states)]
    bad = [i for i, walk in enumerate(steps) if not walk <= _all_steps(domain, data, states, i)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "PIECE_BYTES", piece)
        if bad:
            with pytest.raises(ValueError, match=rf"trajectory {bad[0]}: states: .* is no move"):
                Trajectories(domain, data.worlds, states, data.offsets)
        else:
            Trajectories(domain, data.worlds, states, data.offsets)


def _walks(domain, data, states):
    return [states[i:j].tolist() for i, j in pairwise(data.offsets)]


def _all_steps(domain, data, states, i):
    """All moves from the states of a trajectory, blocked ones left out."""
    walk = states[data.offsets[i] : data.offsets[i + 1]]
    found = domain.neighbours(walk.copy(), np.full(len(walk), data.worlds[i], np.int32))
    moves = [(a, b) for a, row in zip(walk.tolist(), found.tolist(), strict=True) for b in row]
    return {str((a, b)) for a, b in moves if a != b}


def test_states_that_a_domain_refuses_are_named():
    class Even(Slide):
        def check_states(self, name, states, worlds):
            if (states[:, -1] % 2).any():
                raise ValueError(f"{name}: the last tile is odd")

    good, odd = [1, 2, 3, 4, 5, 0], [0, 1, 2, 3, 4, 5]
    Trajectories(Even(), [0, 0], [good, good], [0, 1, 2])
    with pytest.raises(ValueError, match="trajectory 1: states: the last tile is odd"):
        Trajectories(Even(), [0, 0, 0], [good, odd, good], [0, 1, 2, 3])


def test_bad_rows():
    for arguments, error, message in [
        ((Slide(), [0], [[0, 1]], [0, 1]), ValueError, r"states: expected shape \[N, 6\]"),
        ((Slide(), [1], [[0] * 6], [0, 1]), ValueError, "worlds: expected 0 to 0, got 1"),
        ((Slide(), [0], [[0] * 6], [0, 2]), ValueError, "offsets: expected to run from 0"),
        ((object(), [0], [[0] * 6], [0, 2]), TypeError, "domain: expected a domain, got object"),
    ]:
        with pytest.raises(error, match=message):
            Trajectories(*arguments)


# Pairs and stitching -------------------------------------------------------------------------


def test_pairs_have_the_symmetries_of_the_domain():
    class Twelve:
        num = 12

    class Symmetric(Slide):
        symmetries: Symmetries = Twelve()

    data = Trajectories.sample(Symmetric(), num=20)
    batches = PairSampler(data, symmetry=True).sample(0, 200)
    assert set(batches.symmetry[:, 0].tolist()) == set(range(12))
    assert (batches.symmetry == batches.symmetry[:, :1]).all()  # there is one world
    plain = PairSampler(Trajectories.sample(Slide(), num=20), symmetry=True).sample(0, 200)
    np.testing.assert_array_equal(plain.position, batches.position)
    assert not plain.symmetry.any()


@settings(max_examples=30, deadline=None)
@given(
    name=names,
    seed=st.integers(0, 2**64 - 1),
    max_length=st.integers(1, 15),
    switch_probability=st.sampled_from([0.0, 0.1, 1.0]),
)
def test_stitch_reproduces_reference(name, seed, max_length, switch_probability):
    domain = DOMAINS[name]
    data = Trajectories.sample(domain, 24 // len(domain), "random_walk", 7, max_length=10)
    pieces = fragments(data, 3)
    stitched = stitch(pieces, 4, max_length, seed, switch_probability)
    sources = []
    for i in range(4):
        stream = Stream(child_seed(seed, "stitching"), i)
        states, origin = stitch_one(pieces, stream, max_length, switch_probability)
        assert stitched.trajectories[i].tolist() == states
        assert stitched.trajectories.worlds[i] == pieces.worlds[origin[0]]
        sources += origin
    assert stitched.sources.tolist() == sources
    found = stitched.trajectories
    assert_same(Trajectories(domain, *(getattr(found, n) for n in ARRAYS)), found)


def test_walks_meet_only_in_the_same_state_of_the_same_world():
    """The two states differ in their last byte alone; the third trajectory is elsewhere."""
    domain = OneWay(num_worlds=2)
    states = np.zeros((5, 54), np.uint8)
    states[[1, 4], 5] = 6
    states[[2], 53] = 1
    data = Trajectories(domain, [0, 0, 1], states, [0, 2, 3, 5])
    stitched = stitch(data, 50, 9, 0)
    assert set(stitched.trajectories.lengths.tolist()) == {1}
    assert set(stitched.sources.tolist()) == {0, 2}


# Folders -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("name", DOMAINS)
def test_save_and_load(tmp_path, name):
    domain = DOMAINS[name]
    data = Trajectories.sample(domain, 4, "random_walk", max_length=12)
    data.save(tmp_path / "data")
    loaded = Trajectories.load(tmp_path / "data")
    assert_same(loaded, data)
    assert type(loaded.domain[:1]) is type(domain[:1])
    assert len(loaded.domain) == len(domain)
    assert is_mapped(loaded.states)
    assert loaded.provenance == data.provenance
    meta = json.loads((tmp_path / "data" / "meta.json").read_text())
    assert (meta["version"], meta["domain"]["name"]) == (2, name)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("kind", [Slide(3, 2), OneWay()])
@pytest.mark.parametrize("at_a_time", [1, 3, 4, 1000])
def test_parts_make_no_difference(tmp_path, monkeypatch, kind, at_a_time):
    of_world, of_state = (8, 54) if isinstance(kind, OneWay) else (0, 6)
    monkeypatch.setattr(datasets, "PART_BYTES", at_a_time * (of_world + of_state * 10))
    done = []
    settings = {"per_world": 2, "max_length": 9}
    steps = generate(tmp_path / "data", 5, kind, seed=5, progress=done.append, **settings)
    assert done[-1] == 10
    assert len(done) == {1: 10, 3: 5 if of_world else 4, 4: 3, 1000: 1}[at_a_time]
    made = kind.make(5, child_seed(5, "mazes"))
    seed = child_seed(5, "trajectories")
    expected = Trajectories.sample(made, num=10, seed=seed, max_length=9)
    loaded = Trajectories.load(tmp_path / "data")
    assert_same(loaded, expected)
    assert len(loaded.domain) == len(made)
    assert steps == expected.lengths.sum()


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("states", [np.zeros((2, 5), np.uint8), np.zeros((2, 6), int), np.uint8(0)])
def test_states_of_another_form_are_refused(tmp_path, states):
    Trajectories.sample(Slide(), num=2, max_length=0).save(tmp_path / "data")
    np.save(tmp_path / "data" / "states.npy", states)
    meta = json.loads((tmp_path / "data" / "meta.json").read_text())
    content = (tmp_path / "data" / "states.npy").read_bytes()
    meta["sha256"]["states"] = hashlib.sha256(content).hexdigest()
    (tmp_path / "data" / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(
        MazeFormatError, match=r"data: states: expected uint8 of shape \['total', 6"
    ):
        Trajectories.load(tmp_path / "data")


@pytest.mark.usefixtures("registered")
def test_settings_of_a_run_on_a_folder(tmp_path):
    generate(tmp_path / "data", 3, Slide(3, 2), seed=5)
    changes = data_settings(tmp_path / "data")
    config = replaced(ml.METHODS["crtr"], changes)
    assert config.domain == Slide(3, 2)
    data = load_checked(config.data.folder, config.data.checksum)
    assert data.domain == Slide(3, 2)
    generate(tmp_path / "other", 3, Slide(2, 3), seed=5)
    assert data_settings(tmp_path / "other")["data.checksum"] != config.data.checksum
    with pytest.raises(MazeFormatError, match="expected the checksum"):
        load_checked(tmp_path / "other", config.data.checksum)


def test_a_domain_without_a_name_cannot_be_saved(tmp_path):
    with pytest.raises(ValueError, match="domain: Slide has no name; add its dataclass to"):
        Trajectories.sample(Slide(), num=2).save(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_several_worlds_need_arrays(tmp_path, monkeypatch):
    class Forgetful(OneWay):
        arrays = None

    monkeypatch.setitem(ml.DOMAINS, "forgetful", Forgetful)
    data = Trajectories.sample(Forgetful())
    with pytest.raises(ValueError, match=r"domain: expected one world, or arrays\(\) of the 3"):
        data.save(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("name", ["states", "../walls", "my walls", ""])
def test_names_of_arrays_are_names_of_files(tmp_path, monkeypatch, name):
    monkeypatch.setattr(OneWay, "arrays", lambda self: {name: self.firsts()})
    with pytest.raises(ValueError, match="arrays: expected names such as 'walls', got"):
        Trajectories.sample(OneWay()).save(tmp_path / "data")


def test_a_folder_of_an_unknown_domain_says_so(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(ml.DOMAINS, "slide", Slide)
        Trajectories.sample(Slide(), num=2).save(tmp_path / "data")
    with pytest.raises(MazeFormatError, match="data: domain: unknown domain 'slide'"):
        Trajectories.load(tmp_path / "data")


# Version 1 -----------------------------------------------------------------------------------


def version_1(folder, data, provenance):
    """Writes what was written before domains: mazes, and other names of the arrays."""
    folder.mkdir()
    arrays = {
        "walls": data.domain.walls,
        "maze_index": data.worlds,
        "cells": data.states,
        "offsets": data.offsets,
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    sums = {
        name: hashlib.sha256((folder / f"{name}.npy").read_bytes()).hexdigest() for name in arrays
    }
    meta = {"format": "mlsearch-trajectories", "version": 1, "sha256": sums}
    (folder / "meta.json").write_text(json.dumps(meta | {"provenance": provenance}))
    return hashlib.sha256("".join(sums.values()).encode()).hexdigest()


def test_version_1_is_read(tmp_path):
    data = Trajectories.sample(DOMAINS["maze"], 2, seed=3)
    kind = {"height": 4, "width": 5, "generator": "wilson", "wall_probability": 0.2, "loops": 0.1}
    provenance = {"seed": 3, "generator": {"num": 3, **kind}}
    checksum = version_1(tmp_path / "old", data, provenance)
    loaded = Trajectories.load(tmp_path / "old")
    assert_same(loaded, data)
    assert loaded.domain == data.domain
    assert loaded.provenance == provenance
    assert is_mapped(loaded.states)
    assert data_settings(tmp_path / "old") == {
        "data.folder": str((tmp_path / "old").resolve()),
        "data.checksum": checksum,  # runs know the folder by it
        "domain": {"name": "maze", **kind},
    }
    loaded.save(tmp_path / "new")
    assert_same(Trajectories.load(tmp_path / "new"), data)


def test_version_1_that_tells_of_no_generator(tmp_path):
    data = Trajectories.sample(DOMAINS["maze"])
    version_1(tmp_path / "old", data, data.provenance)
    settings = data_settings(tmp_path / "old")
    assert settings["domain"] == {"name": "maze", "height": 4, "width": 5}
    assert replaced(ml.METHODS["crtr"], settings).domain.width == 5


@pytest.mark.parametrize("name", ["walls", "maze_index", "cells", "offsets"])
def test_damage_in_version_1_is_named(tmp_path, name):
    version_1(tmp_path / "old", Trajectories.sample(DOMAINS["maze"]), {})
    file = tmp_path / "old" / f"{name}.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(MazeFormatError, match=f"{name}.npy is damaged: its checksum"):
        Trajectories.load(tmp_path / "old")
    file.unlink()
    with pytest.raises(MazeFormatError, match=f"{name}.npy is missing"):
        Trajectories.load(tmp_path / "old")
