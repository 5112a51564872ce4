"""What a domain is, and what the public contract test says of those that are none."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_domains import OneWay, Slide

import mlsearch as ml
from mlsearch.base.errors import DomainError
from mlsearch.base.protocols import members, offers
from mlsearch.base.streams import Streams
from mlsearch.domains.contract import Domain, Enumerable, Learnable, Mapped, States
from mlsearch.domains.extras import require, worlds_of
from mlsearch.domains.rows import checked_rows, is_goal, keys, same
from mlsearch.domains.scrambles import RandomWalks

sys.path.append(str(Path(__file__).parents[1] / "examples"))
from own_domain import EightPuzzle

GOOD = [
    ml.Mazes.generate(3, size=(5, 7), seed=0),
    ml.Mazes.generate(1, size=6, seed=1),
    Slide(),
    OneWay(),
    EightPuzzle(),
    ml.OneWayMazes.generate(3, size=6, seed=0),
]


@pytest.mark.parametrize("domain", GOOD, ids=repr)
def test_good_domains_pass(domain):
    ml.check_domain(domain)
    ml.check_domain(domain, num=5, seed=1)


def test_a_domain_without_walks_is_tested_from_given_states():
    class Ring:
        states, num_moves = States(np.int32), 2

        def __len__(self):
            return 1

        def __getitem__(self, worlds):
            return self

        def neighbours(self, states, worlds):
            return np.stack([(states + 1) % 10, (states - 1) % 10], axis=1)

    ml.check_domain(Ring(), states=[1, 4])
    with pytest.raises(TypeError, match="states: expected some"):
        ml.check_domain(Ring())


# Domains with one fault each -------------------------------------------------------------------


@dataclass(frozen=True)
class WrongDtype(Slide):
    def neighbours(self, states, worlds):
        return super().neighbours(states, worlds).astype(np.int64)


@dataclass(frozen=True)
class WrongShape(Slide):
    def neighbours(self, states, worlds):
        return super().neighbours(states, worlds)[:, :3]


@dataclass(frozen=True)
class NotAnArray(Slide):
    def neighbours(self, states, worlds):
        return super().neighbours(states, worlds).tolist()


@dataclass(frozen=True)
class Random(Slide):
    def neighbours(self, states, worlds):
        return np.random.default_rng().permuted(super().neighbours(states, worlds), axis=1)


@dataclass(frozen=True)
class Batchy(Slide):
    def neighbours(self, states, worlds):
        found = super().neighbours(states, worlds)
        return found if len(states) > 1 else found[:, ::-1]


@dataclass(frozen=True)
class OnlyForward(OneWay):
    is_reversible = True


@dataclass(frozen=True)
class OtherWorlds(OneWay):
    def __getitem__(self, worlds):
        return super().__getitem__((np.asarray(worlds) + 1) % self.num_worlds)


@dataclass(frozen=True)
class FarFeatures(Slide):
    def features(self, states):
        return super().features(states) + 1


@dataclass(frozen=True)
class LongFeatures(Slide):
    def features(self, states):
        return super().features(states).astype(np.int64)


@dataclass(frozen=True)
class WrongWorldFeatures(Slide):
    def world_features(self):
        return np.full((1, self.num_features), 2, np.uint8)


@dataclass(frozen=True)
class DrawnTogether(OneWay):
    def origins(self, worlds, draws):
        return super().origins(worlds, draws + np.uint64(len(draws)))


@dataclass(frozen=True)
class WrongIndex(Slide):
    def index(self, states):
        return (super().index(states) + 1) % np.int32(self.num_states)


@dataclass(frozen=True)
class TooFar(Slide):
    def distances(self, goals):
        return super().distances(goals) * 2


class OutsideTheMap(ml.Mazes):
    def places(self, states):
        return states + self.num_cells


FAULTS = [
    (WrongDtype(), r"neighbours: expected a uint8 array of shape \[\d+, 4, 6\], got dtype int64"),
    (WrongShape(), r"neighbours: expected a uint8 array .*, got shape \[\d+, 3, 6\]"),
    (NotAnArray(), r"neighbours: expected a uint8 array .*, got list"),
    (Random(), r"neighbours: of \[.*\]: another answer each time"),
    (Batchy(), r"neighbours: of \[.*\]: depend on the rest of the batch"),
    (OnlyForward(), r"is_reversible: is true, but no move leads from \[.*\] back to \[.*\]"),
    (OtherWorlds(), r"domain\[\[0\]\]: its neighbours differ from those of world 0"),
    (FarFeatures(), r"features: of \[.*\]: expected 0 to 35, got \[.*\]"),
    (LongFeatures(), r"features: expected int32 of shape \[\d+, any\], got dtype int64"),
    (WrongWorldFeatures(), r"world_features: expected 0 and 1, got 2"),
    (DrawnTogether(), r"origins: of world \d: the same draw led to"),
    (WrongIndex(), r"all_states: expected \[.*\] at its index \d+"),
    (TooFar(), r"distances: of \[.*\]: expected \d+, one more than the least of its neighbours"),
    (OutsideTheMap(np.zeros((1, 3, 3), int)), r"places: of \d: expected 0 to 8, got \d+"),
]


@pytest.mark.parametrize(("domain", "message"), FAULTS, ids=lambda v: type(v).__name__)
def test_faults_are_named(domain, message):
    with pytest.raises(DomainError, match=message):
        ml.check_domain(domain)


def test_what_is_no_domain_is_told():
    with pytest.raises(TypeError, match="domain: expected a domain, got dict without states"):
        ml.check_domain({})


# The parts ---------------------------------------------------------------------------------------


def test_states_say_what_is_wrong():
    with pytest.raises(TypeError, match="dtype: expected bool or integers"):
        States(np.float32)
    with pytest.raises(TypeError, match="goal_mask: expected bool"):
        States(np.uint8, (2,), np.array([1, 0]))
    with pytest.raises(ValueError, match=r"goal_mask: expected shape \[2\] with a True"):
        States(np.uint8, (2,), np.array([False, False]))
    states = States("int16", [2, 3])
    assert (states.dtype, states.shape, states.size, states.num_bytes) == (np.int16, (2, 3), 6, 12)


def test_protocols_and_what_they_miss():
    mazes, slide, one_way = GOOD[0], GOOD[2], GOOD[3]
    for protocol in (Domain, Learnable, Mapped, Enumerable):
        assert isinstance(mazes, protocol)
    assert isinstance(slide, Enumerable)
    assert not isinstance(slide, Mapped)
    assert not isinstance(one_way, Enumerable)
    require(mazes, Mapped, "landmark_wave")
    message = r"^landmark_wave reads maps; domain 'slide' has none \(it lacks maps, places\)$"
    with pytest.raises(TypeError, match=message):
        require(slide, Mapped, "landmark_wave")
    assert members(Domain) == ("states", "num_moves", "__len__", "__getitem__", "neighbours")


def test_one_world_for_all_or_one_for_each():
    assert worlds_of(GOOD[0], 3).tolist() == [0, 1, 2]
    assert worlds_of(GOOD[2], 3).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="expected 3 states, one for each world, got 2"):
        worlds_of(GOOD[0], 2)


def test_rows_of_users_are_checked():
    spec = States(np.uint8, (2,))
    assert checked_rows("goals", [[1, 2]], spec).dtype == np.uint8
    assert checked_rows("goals", [1, 2], spec, 3).tolist() == [[1, 2]] * 3
    for values, error, message in [
        ([[1.0, 2.0]], TypeError, "goals: expected states of uint8, got dtype float64"),
        ([[1, 256]], ValueError, r"goals: row 0: expected numbers that fit uint8"),
        ([[1, 2, 3]], ValueError, r"goals: expected shape \[N, 2\], got \[1, 3\]"),
        ([[1, 2], [3]], ValueError, "goals: expected an array, got rows of different lengths"),
    ]:
        with pytest.raises(error, match=message):
            checked_rows("goals", values, spec)


@given(st.lists(st.lists(st.integers(0, 2), min_size=3, max_size=3), min_size=1, max_size=9))
def test_keys_are_equal_where_states_are(rows):
    array = np.array(rows, np.uint8)
    spec = States(np.uint8, (3,), np.array([True, False, True]))
    equal = same(array[:, None], array[None], spec)
    found = keys(array, spec)
    assert np.array_equal(found[:, None] == found[None], equal)
    assert equal.tolist() == [[a == b for b in rows] for a in rows]
    goal = [[a[0] == b[0] and a[2] == b[2] for b in rows] for a in rows]
    assert is_goal(array[:, None], array[None], spec).tolist() == goal


class PlainStream:
    """SplitMix64 by item, on Python's integers."""

    STEP = 0x9E3779B97F4A7C15

    def __init__(self, seed, item):
        self.state = self.mix(self.mix(seed + self.STEP) + item * self.STEP)

    @staticmethod
    def mix(value):
        value %= 2**64
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB % 2**64
        return value ^ (value >> 31)

    def bits(self):
        self.state = (self.state + self.STEP) % 2**64
        return self.mix(self.state)

    def below(self, bound):
        while True:
            product = (self.bits() >> 32) * bound
            if product % 2**32 >= 2**32 % bound:
                return product >> 32


@given(
    seed=st.integers(0, 2**64 - 1),
    items=st.lists(st.integers(0, 2**40), min_size=1, max_size=5),
    bounds=st.lists(st.integers(1, 2**32 - 1), min_size=1, max_size=6),
)
def test_streams_are_those_of_the_kernels(seed, items, bounds):
    streams = Streams(seed, np.array(items))
    every = np.arange(len(items))
    plain = [PlainStream(seed, item) for item in items]
    assert streams.bits(every).tolist() == [stream.bits() for stream in plain]
    for bound in bounds:
        found = streams.below(every, np.full(len(items), bound))
        assert found.tolist() == [stream.below(bound) for stream in plain]


def plain_walk(domain, world, seed, item, length, backtracks):
    stream, worlds = PlainStream(seed, item), np.array([world], np.int32)
    draws = np.array([stream.bits()], np.uint64)
    walk = [domain.origins(worlds, draws)[0].tolist()]
    for _ in range(length):
        here = np.array([walk[-1]], domain.states.dtype)
        moves = [n for n in domain.neighbours(here, worlds)[0].tolist() if n != walk[-1]]
        if not backtracks:
            moves = [n for n in moves if n not in walk[-2:-1]] or moves
        if not moves:
            break
        walk.append(moves[stream.below(len(moves))])
    return walk


@pytest.mark.parametrize("domain", GOOD, ids=repr)
@given(seed=st.integers(0, 2**64 - 1), length=st.integers(0, 20), backtracks=st.booleans())
@settings(max_examples=25)
def test_random_walks_agree_with_a_plain_loop(domain, seed, length, backtracks):
    worlds = np.arange(6, dtype=np.int32) % len(domain)
    items = np.arange(6) * 3
    walks = RandomWalks(domain, worlds, items, seed, backtracks)
    met = [[state] for state in walks.states.tolist()]
    for _ in range(length):
        for walk in walks.step(np.arange(6)):
            met[walk].append(walks.states[walk].tolist())
    assert walks.lengths.tolist() == [len(walk) - 1 for walk in met]
    assert met == [
        plain_walk(domain, int(w), seed, int(i), length, backtracks)
        for w, i in zip(worlds, items, strict=True)
    ]


class Passed:
    """Another domain, whose attributes it passes on."""

    def __init__(self, domain):
        self._domain = domain

    def __len__(self):
        return len(self._domain)

    def __getitem__(self, worlds):
        return Passed(self._domain[worlds])

    def __getattr__(self, name):
        return getattr(self._domain, name)


def test_attributes_may_be_passed_on():
    """isinstance sees no such attribute from Python 3.12 on."""
    domain = Passed(ml.LightsOut(3))
    for protocol in (Domain, Learnable):
        assert offers(domain, protocol)
        require(domain, protocol, "domain")
    assert not offers(domain, Mapped)
    problems = ml.Problems.sample(domain, num=3, scramble=2)
    assert ml.solve(problems, "zero").solved.all()
