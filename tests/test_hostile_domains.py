"""Domains of your own that break their contract: one clear error or a right answer, no crash."""

import itertools

import numpy as np
import pytest
from small_domains import Slide

import mlsearch as ml
from mlsearch.base.errors import DomainError
from mlsearch.base.settings import replaced
from mlsearch.domains.contract import States
from mlsearch.domains.registry import DOMAINS

pytestmark = pytest.mark.usefixtures("one_thread")

SEARCHES = [{}, {"search": False}, {"weight": 1.0}, {"beam_width": 2}]
each_search = pytest.mark.parametrize("options", SEARCHES, ids=str)


class Steps:
    """Numbers that go up by one or two; attributes are replaced by those that are given."""

    states, num_moves = States(np.int64), 2

    def __init__(self, **own):
        vars(self).update(own)

    def __len__(self):
        return 1

    def __getitem__(self, worlds):
        return self

    def neighbours(self, states, worlds):
        return np.stack([states + 1, states + 2], axis=1)


def left(problem, state):
    return np.abs(9.0 - state)


def solved(domain, **options):
    return ml.solve(domain, [0, 3], 9, left, max_generated=10**7, **options)


class Growing(Steps):
    """Has another number of moves each time it is asked."""

    def __init__(self):
        self.times = itertools.count()

    @property
    def num_moves(self):
        return 2 + next(self.times) % 2


class Shrinking(Steps):
    """Its states have another dtype each time it is asked."""

    def __init__(self):
        self.times = itertools.count()

    @property
    def states(self):
        return States(np.int32 if next(self.times) % 2 else np.int64)


class Empty(Steps):
    def __len__(self):
        return 0


class Broken(Steps):
    def __len__(self):
        raise ZeroDivisionError("mine")


def fails(states, worlds):
    raise ZeroDivisionError("mine")


FAULTS = [
    (Steps(num_moves=0), ValueError, "num_moves: expected 1 to 16777216, got 0"),
    (Steps(num_moves=-1), ValueError, "num_moves: expected 1 to 16777216, got -1"),
    (Steps(num_moves=2**31), ValueError, "num_moves: expected 1 to 16777216, got 2147483648"),
    (Steps(num_moves=2**70), ValueError, "num_moves: expected 1 to 16777216"),
    (Steps(num_moves=2.0), TypeError, r"num_moves: expected an integer, got 2\.0"),
    (Steps(num_moves=None), TypeError, "num_moves: expected an integer, got None"),
    (Steps(states=None), TypeError, "states: expected mlsearch.States, got NoneType"),
    (Steps(states=np.dtype(int)), TypeError, "states: expected mlsearch.States, got Int64DType"),
    (Empty(), ValueError, "expected 0 states, one for each world, got 2"),
    (Broken(), ZeroDivisionError, "mine"),
    (Steps(neighbours=fails), ZeroDivisionError, "mine"),
    (Growing(), (DomainError, ValueError), "neighbours: expected a"),
    (Shrinking(), (DomainError, ValueError), "expected a C-contiguous int"),
    (Steps(entry_costs=fails), ZeroDivisionError, "mine"),
    (Steps(move_costs=[1, np.nan]), DomainError, "move_costs: expected finite numbers .* got nan"),
    (
        Steps(entry_costs=lambda states, worlds: np.full(len(states), np.nan)),
        DomainError,
        "entry_costs: expected finite numbers above 0, got nan",
    ),
    (
        Steps(move_costs=[1e300] * 2, entry_costs=lambda s, w: np.full(len(s), 1e300)),
        DomainError,
        "entry_costs: expected finite products with move_costs, got inf",
    ),
    (
        Steps(entry_costs=lambda states, worlds: states > 3),
        DomainError,
        "entry_costs: expected numbers of shape .*, got bool",
    ),
]


@each_search
@pytest.mark.parametrize(("domain", "error", "message"), FAULTS)
def test_faults_end_in_one_clear_error(domain, error, message, options):
    with pytest.raises(error, match=message) as caught:
        solved(domain, **options)
    assert "\n" not in str(caught.value)


# Right answers in spite of all ----------------------------------------------------------------


def spoiling(states, worlds):
    found = Steps().neighbours(states, worlds)
    states[:], worlds[:] = -7, 10**9
    return found


def spoiling_costs(states, worlds):
    states[:], worlds[:] = -7, 10**9
    return np.ones(len(states))


@each_search
@pytest.mark.parametrize(
    "domain",
    [
        Steps(neighbours=spoiling),
        Steps(entry_costs=spoiling_costs),
        Steps(neighbours=spoiling, entry_costs=spoiling_costs, move_costs=[1, 1]),
    ],
)
def test_what_it_does_to_its_arguments_changes_nothing(domain, options):
    expected, found = solved(Steps(), **options), solved(domain, **options)
    assert found.cost.tolist() == expected.cost.tolist()
    assert found.expansions.tolist() == expected.expansions.tolist()
    assert found.path(0).tolist() == expected.path(0).tolist()


@each_search
def test_a_million_moves(options):
    many = np.arange(10**6) % 7 + 1
    domain = Steps(num_moves=10**6, neighbours=lambda states, worlds: states[:, None] + many)
    assert solved(domain, max_expansions=20, **options).cost.tolist() == [2, 1]
    down = -np.arange(1, 10**6 + 1)
    domain = Steps(num_moves=10**6, neighbours=lambda states, worlds: states[:, None] + down)
    result = solved(domain, max_expansions=2, **options)
    assert (result.expansions <= 2).all()
    assert not result.solved.any()


def test_with_many_moves_fewer_problems_are_searched_at_a_time():
    sizes = []

    def neighbours(states, worlds):
        sizes.append(len(states))
        return np.repeat(states[:, None] + 1, 10**5, axis=1)

    domain = Steps(num_moves=10**5, neighbours=neighbours)
    result = ml.solve(domain, np.arange(600), 600, "zero", max_expansions=1)
    assert result.expansions.tolist() == [1] * 600
    assert max(sizes) == 2**30 // (10**5 * 32)


@each_search
def test_answers_that_change(options):
    """A path is what was heard."""
    random = np.random.default_rng(0)

    def neighbours(states, worlds):
        return random.integers(12, size=(len(states), 2))

    result = solved(Steps(neighbours=neighbours), **options)
    for number in np.flatnonzero(result.solved):
        assert result.path(number)[-1] == 9


@each_search
def test_answers_that_change_where_costs_are_summed_up(options):
    """The search hears of 0 to 9 in one move, and then that there is none."""
    times = itertools.count()

    def neighbours(states, worlds):
        return np.stack([states, states + 9 * (next(times) == 0)], axis=1)

    domain = Steps(neighbours=neighbours, move_costs=[1, 1])
    with pytest.raises(DomainError, match="neighbours: of 0: expected 9 as before, got another"):
        ml.solve(domain, 0, 9, left, **options)


def test_costs_that_change_are_those_of_the_last_answer():
    random = np.random.default_rng(0)
    domain = Steps(entry_costs=lambda states, worlds: random.uniform(1, 2, len(states)))
    result = solved(domain, weight=1)
    assert result.solved.all()
    assert ((result.steps <= result.cost) & (result.cost <= 2 * result.steps)).all()


# What networks see ----------------------------------------------------------------------------


def features(change):
    return {"features": lambda self, states: change(Slide.features(self, states))}


def world_features(value):
    return {"world_features": lambda self: value}


SEEN = [
    (features(lambda f: f + np.int32(36)), "features: expected 0 to 35, got"),
    (features(lambda f: f - np.int32(36)), "features: expected 0 to 35, got -"),
    (features(lambda f: f + np.int64(2**40)), "features: expected 0 to 35, got 1099"),
    (features(lambda f: f.astype(float)), "features: expected integers .*, got dtype float64"),
    (features(lambda f: [[1], [2, 3]]), "features: .* rows of different lengths"),
    (features(lambda f: None), "features: expected integers .*, got NoneType"),
    (features(lambda f: f[:0]), r"features: expected shape \[1, any\], got \[0, 6\]"),
    (features(lambda f: f[:, 0]), r"features: expected shape \[1, any\], got \[1\]"),
    (features(lambda f: f[:, :0]), r"features: expected shape \[1, any\], got \[1, 0\]"),
    (world_features(None), "world_features: expected integers .*, got NoneType"),
    (world_features(np.full((1, 36), 2)), "world_features: expected 0 to 1, got 2"),
    (world_features(np.zeros((3, 36), int)), r"expected shape \[1, 36\], got \[3, 36\]"),
    (world_features(np.zeros((1, 36))), "world_features: .*, got dtype float64"),
    ({"num_features": 0}, "num_features: expected 1"),
    ({"num_features": 36.0}, "num_features: expected an integer"),
    ({"origins": lambda self, worlds, draws: None}, "origins: expected states of uint8"),
    (
        {"origins": lambda self, worlds, draws: np.zeros((len(worlds), 5), int)},
        r"origins: expected shape \[1, 6\]",
    ),
    ({"walk_length": "x"}, "max_length: expected an integer"),
    ({"walk_length": -1}, "max_length: expected 0 to"),
]
SMALL = {
    "domain": {"name": "hostile"},
    "model.hidden": 8,
    "model.embedding": 4,
    "data.num_trajectories": 8,
    "training.batch_size": 8,
    "training.steps": 2,
    "training.num_validation": 2,
}


def trained(own, folder, monkeypatch, method="contrastive"):
    monkeypatch.setitem(DOMAINS, "hostile", type("Hostile", (Slide,), own))
    config = replaced(ml.METHODS[method], SMALL)
    return ml.Trainer(config, folder).run().state_dict()


@pytest.mark.parametrize(("own", "message"), SEEN)
def test_what_networks_see_is_checked(own, message, tmp_path, monkeypatch):
    with pytest.raises((DomainError, TypeError, ValueError), match=message) as caught:
        trained(own, tmp_path, monkeypatch)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", ["contrastive", "walk_distance"])
def test_features_may_overwrite_their_argument(method, tmp_path, monkeypatch):
    def spoil(self, states):
        found = Slide.features(self, states)
        states[:] = 0
        return found.tolist()

    expected = trained({}, tmp_path / "good", monkeypatch, method)
    found = trained({"features": spoil}, tmp_path / "spoilt", monkeypatch, method)
    assert all((value == found[name]).all() for name, value in expected.items())
