"""Faults that users of this and of neighbouring projects met, one test for each."""

import copy
import pickle
from functools import partial

import numpy as np
import pytest
from torch.utils.data import DataLoader

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.domains.extras import name_of
from mlsearch.domains.puzzles.one_world import OneWorld

OPEN = np.zeros((4, 5), np.uint8)


def pickled(value, protocol):
    return pickle.loads(pickle.dumps(value, protocol))


def grid_domains():
    return [ml.Mazes(OPEN), ml.OneWayMazes(np.zeros((5, 5), np.uint8))]


@pytest.mark.parametrize("domain", grid_domains(), ids=repr)
def test_pairs_of_row_and_column_are_cells(domain):
    """(row, column) was read as two problems: [N, 2] is now N cells, in every argument."""
    pairs, flat = [(0, 3), (2, 1), (3, 4)], [3, 11, 19]
    problems = ml.Problems(domain, pairs, np.array(pairs[::-1], np.int64))
    assert problems.starts.tolist() == flat
    assert problems.goals.tolist() == flat[::-1]
    result = ml.solve(domain, pairs, [flat[0]] * 3, "zero")
    assert result.cost.tolist() == ml.solve(domain, flat, flat[0], "zero").cost.tolist()
    walk = ml.Trajectories(domain, [0], [(0, 0), (0, 1), (1, 1)], [0, 3])
    assert walk.states.tolist() == [0, 1, 6]


def test_metrics_read_pairs_of_row_and_column():
    """metric.distance(walls, (0, 0), (0, 3)) answered about the cells 0 and 3, in silence."""
    metric = ml.load()
    expected = metric.distance(OPEN, 0, 13)
    assert metric.distance(OPEN, [(0, 0)], [(2, 3)]) == expected
    assert np.array_equal(metric.table(OPEN, [(2, 3)]), metric.table(OPEN, [13]))


def test_a_tuple_of_two_numbers_is_refused():
    """It may be (row, column) or two cells, and was taken for two cells; lists and arrays are."""
    metric = ml.load()
    for domain in [OPEN, *grid_domains()]:
        with pytest.raises(ValueError, match=r"^starts: .* ambiguous, got \(0, 0\).*\[\(0, 0\)\]"):
            ml.solve(domain, (0, 0), (0, 3), "zero")
    with pytest.raises(ValueError, match=r"^goals: .* ambiguous"):
        ml.solve(OPEN, [(0, 0)], (0, np.int32(3)), "zero")
    with pytest.raises(ValueError, match=r"^states: .* ambiguous"):
        metric.distance(OPEN, (0, 0), (0, 3))
    with pytest.raises(ValueError, match=r"^goals: .* ambiguous"):
        metric.table(OPEN, (0, 3))
    assert ml.solve(OPEN, [0, 0], np.array([0, 3]), "zero").cost.tolist() == [0, 3]
    assert ml.solve(OPEN, (0, 0, 1), (0, 3, 3), "zero").cost.tolist() == [0, 3, 2]


def test_a_pair_outside_of_the_map_is_named():
    """(0, 5) on a map of 5 columns would be the cell (1, 0) if it were only counted through."""
    with pytest.raises(
        ValueError, match=r"^goals: problem 1: .* 4 rows and 5 columns, got \(0, 5\)"
    ):
        ml.Problems(ml.Mazes(OPEN), [0, 1], [(0, 4), (0, 5)])


@pytest.mark.parametrize("cells", [(0, 3), [(0, 3)]])
def test_tables_of_several_goals_take_no_pairs(cells):
    """[B, K] cells are K goals on each maze, so a pair was read as two goals."""
    mazes = ml.Mazes(np.zeros((len(cells), 4, 5), np.uint8))
    for ask in mazes.distances, mazes.is_free:
        with pytest.raises(ValueError, match=r"row \* 5 \+ column, got \(0, 3\)$"):
            ask(cells)
    assert mazes.distances([[0, 3]] * len(cells)).shape == (len(cells), 2, 4, 5)


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle{n}": partial(pickled, protocol=n) for n in range(2, 6)},
}
"""Protocol 5 keeps arrays read-only by itself, the others and deepcopy do not."""


def arrays_in(value, path=""):
    """Every array that a public object holds, by where it is."""
    if isinstance(value, np.ndarray):
        return {path: value}
    if type(value).__module__.startswith("mlsearch.") and hasattr(value, "__dict__"):
        value = vars(value)
    parts = value.items() if isinstance(value, dict) else ()
    return {k: v for name, part in parts for k, v in arrays_in(part, f"{path}.{name}").items()}


def public_domains():
    costs = ml.Mazes(OPEN, "eight", costs=OPEN + 2.0)
    made = [ml.DOMAINS[name]().make(2, seed=0) for name in ("maze", "one_way", "sokoban")]
    puzzles = [ml.Cube(2), ml.Tiles(3), ml.LightsOut(3), ml.Pancake(5), ml.TopSpin(6, 3)]
    return [costs, *made, *puzzles, ml.Permutation([[1, 2, 0]], [0, 1, 2])]


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("domain", public_domains(), ids=name_of)
def test_copies_are_read_only_and_whole(domain, copied):
    """Copies came back writable, so that an edited one kept a stale optimum; puzzles failed."""
    problems = ml.Problems.sample(domain, num=len(domain), scramble=3)
    optimal = problems.optimal.tolist()
    walks = ml.Trajectories.sample(domain, max_length=8, policy="random_walk", seed=1)
    result = ml.solve(problems, heuristic="zero", max_expansions=50)
    for original in (domain, problems, walks, result):
        made = copied(original)
        assert repr(made) == repr(original)
        before, after = arrays_in(original), arrays_in(made)
        assert len(after) > 0 or isinstance(original, OneWorld)
        for where, array in after.items():
            assert np.array_equal(array, before[where]), where
            assert not array.flags.writeable or before[where].flags.writeable, where
            assert array.dtype == before[where].dtype, where
    made = copied(problems)
    assert made.optimal.tolist() == optimal
    for array in (made.starts, made.goals, made.optimal):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    again = ml.solve(made, heuristic="zero", max_expansions=50)
    assert again.expansions.tolist() == result.expansions.tolist()
    assert not copied(ml.States(np.int8, (2,), [True, False])).goal_mask.flags.writeable


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_copies_of_metrics_and_evaluations_answer_the_same(copied):
    """A metric's heuristic held compiled code, and a baseline a function without a name."""
    cube = ml.Cube(3)
    problems = ml.Problems.sample(cube, num=2, scramble=2)
    for heuristic in ("random", ml.load("cube3")):
        found = ml.evaluate(heuristic, problems, max_expansions=5)
        made = copied(found)
        assert made.search.expansions.tolist() == found.search.expansions.tolist()
        assert np.array_equal(made.at_starts, found.at_starts)
    metric = ml.load("cube3")
    expected = metric.distance(cube, problems.starts, problems.goals)
    assert np.array_equal(copied(metric).distance(*pickled_pairs(problems)), expected)


def pickled_pairs(problems):
    made = pickled(problems, 2)
    return made.domain, made.starts, made.goals


class Batches:
    """A map-style data set of PyTorch: batch i of a sampler."""

    def __init__(self, sampler):
        self.sampler = sampler

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return self.sampler.sample(index, 1).position[0]


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_copies_of_pair_samplers_draw_the_same(copied):
    """PairSampler could not be copied or pickled at all."""
    sampler = small_sampler()
    assert np.array_equal(copied(sampler).sample(3, 2).position, sampler.sample(3, 2).position)
    assert np.array_equal(copied(sampler).sample(3, 2).symmetry, sampler.sample(3, 2).symmetry)


def small_sampler(**options):
    walks = ml.Trajectories.sample(ml.Mazes.generate(3, size=8), 4)
    return ml.PairSampler(walks, 8, 2, "to_end", symmetry=True, seed=5, **options)


def test_pair_samplers_work_in_spawned_workers():
    """DataLoader workers that are spawned get their data set as a pickle."""
    sampler = small_sampler(num_threads=1)
    loader = DataLoader(
        Batches(sampler), batch_size=None, num_workers=1, multiprocessing_context="spawn"
    )
    found = np.array([np.asarray(batch) for batch in loader])
    assert np.array_equal(found, sampler.sample(0, 4).position)


def test_a_trainer_is_not_copied(tmp_path):
    """A copy wrote to the same run folder as its original."""
    trainer = ml.Trainer(small_run(), tmp_path / "run")
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=r"Trainer\.resume"):
            copied(trainer)


def small_run(method="contrastive", **changes):
    """A run of two steps on mazes of 6 x 6."""
    small = {
        "domain.height": 6,
        "domain.width": 6,
        "data.num_trajectories": 32,
        "model.hidden": 16,
        "model.embedding": 8,
        "training.steps": 2,
        "training.batch_size": 16,
        "training.num_validation": 4,
    }
    return replaced(ml.METHODS[method], {**small, **changes})
