"""Faults that users of this and of neighbouring projects met, one test for each."""

import copy
import functools
import json
import pickle
import tempfile
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.utils.data import DataLoader

import mlsearch as ml
from mlsearch.base.errors import HeuristicError
from mlsearch.base.settings import replaced, to_dict
from mlsearch.data.datasets import data_settings
from mlsearch.domains.extras import name_of
from mlsearch.domains.puzzles.one_world import OneWorld
from mlsearch.evaluation.evaluation import validation
from mlsearch.learning.blocks import Block
from mlsearch.learning.lessons import check_lessons
from mlsearch.models.torch_state import settled

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


@contextmanager
def changed(set_to, value, before):
    """A global setting of PyTorch, within a block."""
    set_to(value)
    try:
        yield
    finally:
        set_to(before)


STATES = {
    "float64": lambda: changed(torch.set_default_dtype, torch.float64, torch.float32),
    "float16": lambda: changed(torch.set_default_dtype, torch.float16, torch.float32),
    "no gradients": torch.no_grad,
    "inference mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "meta": lambda: torch.device("meta"),
    "meta by default": lambda: changed(torch.set_default_device, "meta", None),
    "one thread": lambda: changed(torch.set_num_threads, 1, torch.get_num_threads()),
    "three threads": lambda: changed(torch.set_num_threads, 3, torch.get_num_threads()),
    "deterministic": lambda: changed(torch.use_deterministic_algorithms, True, False),
    "coarse products": lambda: changed(torch.set_float32_matmul_precision, "medium", "highest"),
    "numpy raises": lambda: np.errstate(all="raise"),
    "other random numbers": lambda: torch.random.fork_rng([]),
}
"""What a caller may have set; each but the first few broke or changed training, or neither."""


def settings():
    """All of it, and the state of the random numbers."""
    with torch.device("cpu"):
        random = torch.get_rng_state().tolist()
    return (
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_float32_matmul_precision(),
        torch.backends.cudnn.allow_tf32,
        torch.backends.cudnn.deterministic,
        np.geterr(),
        random,
    )


def trained(folder, method):
    """Losses, validation scores and weights of a run that is broken off and taken up again."""
    config = small_run(
        method,
        **{"training.log_every": 1, "training.evaluate_every": 2, "training.schedule": "constant"},
    )
    first = ml.Trainer(config, folder, evaluate=validation(config))
    first.run()
    second = ml.Trainer.resume(folder, steps=3, evaluate=validation(config))
    model = second.run()
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in second.rows]
    return rows, [parameter.tolist() for parameter in model.parameters()]


@functools.cache
def trained_plainly(method):
    with tempfile.TemporaryDirectory() as folder:
        return trained(Path(folder) / "run", method)


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
@pytest.mark.parametrize("method", ["supervised", "contrastive", "value_iteration"])
def test_training_does_not_depend_on_global_state(method, state, tmp_path):
    """set_default_dtype(float64) gave another loss from the same seed; others broke training.

    Loading a metric and training also left the caller's random numbers elsewhere.
    """
    expected = trained_plainly(method)
    with state():
        torch.default_generator.manual_seed(7)
        before = settings()
        found = trained(tmp_path / "run", method)
        assert settings() == before
    assert found == expected


def answers():
    """What metrics, searches and evaluations say."""
    cube = ml.Cube(3)
    problems = ml.Problems.sample(cube, num=3, scramble=5, seed=1)
    metric, waves = ml.load("cube3"), ml.load()
    tiny = ml.solve(OPEN, 0, 19, lambda problem, state: state * 1e-300)
    return (
        metric.distance(cube, problems.starts, problems.goals).tolist(),
        waves.table(OPEN, [0]).tolist(),
        ml.solve(problems, heuristic=metric, max_expansions=20).generated.tolist(),
        tiny.expansions.tolist(),
        {n: s.mean for n, s in ml.evaluate("manhattan", walled()).scores().items()},
        all(p.is_inference() for p in metric.model.parameters()),
    )


def walled():
    return ml.Problems.sample(ml.Mazes.generate(4, size=8))


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_answers_do_not_depend_on_global_state(state):
    """Metrics could not be loaded under a default device, and autocast rounded distances."""
    expected = answers()
    assert not expected[-1]
    with state():
        before = settings()
        found = answers()
        assert settings() == before
    assert found == expected


def test_state_is_kept_apart_in_threads():
    """Of two threads, the second to leave set back what the first had set, not the caller's."""
    entered, left = threading.Barrier(2), threading.Event()

    def other():
        with settled():
            entered.wait()
            left.wait()
            assert torch.get_default_dtype() == torch.float32

    with changed(torch.set_default_dtype, torch.float64, torch.float32):
        worker = threading.Thread(target=other)
        with settled():
            worker.start()
            entered.wait()
        left.set()
        worker.join()
        assert torch.get_default_dtype() == torch.float64


class Ring:
    """Ten states in a ring, whose functions answer in a form of the test."""

    states, num_moves, is_reversible, num_features = ml.States(np.int16), 2, True, 10

    def __init__(self, form):
        self.form = form

    def __len__(self):
        return 1

    def __getitem__(self, worlds):
        return self

    def neighbours(self, states, worlds):
        return self.form(np.stack([(states + 1) % 10, (states - 1) % 10], axis=1))

    def entry_costs(self, states, worlds):
        return self.form(np.ones(len(states)) + (states == 3))

    def origins(self, worlds, draws):
        return self.form(np.zeros(len(worlds), np.int16))

    def features(self, states):
        return self.form(states[:, None])

    def world_features(self):
        return self.form(np.zeros((1, 10), np.uint8))


def recorded(array):
    """A tensor that autograd follows, if it is one of floats."""
    tensor = torch.tensor(array)
    return tensor.requires_grad_(tensor.is_floating_point())


FORMS = {
    "list": np.ndarray.tolist,
    "int32": lambda array: array.astype(np.int32),
    "other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "tensor": recorded,
    "bfloat16": lambda array: recorded(array).bfloat16() if array.dtype == float else array,
}
"""What tables could be and answers of functions could not."""


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_functions_may_answer_lists_integers_and_tensors(form):
    """Functions had to answer NumPy arrays of one dtype, where tables were read as they are."""

    def heuristic(problem, state):
        return form(abs(5.0 - state))

    starts = [0, 8]
    for weight in (None, 1):
        found = ml.solve(Ring(form), starts, 5, heuristic, weight=weight)
        expected = ml.solve(Ring(np.array), starts, 5, lambda p, s: abs(5.0 - s), weight=weight)
        assert found.cost.tolist() == expected.cost.tolist()
        assert found.expansions.tolist() == expected.expansions.tolist()
    walks = [ml.Trajectories.sample(Ring(f), num=3, max_length=6) for f in (form, np.array)]
    assert walks[0].states.tolist() == walks[1].states.tolist()
    table = form(np.arange(20.0).reshape(1, 4, 5))
    assert ml.solve(OPEN, 0, 19, table).solved.all()
    own = ml.Trajectories.sample(
        ml.Mazes(OPEN), policy=lambda problems, seed: [form(np.array([0, 1, 2]))]
    )
    assert own.states.tolist() == [0, 1, 2]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_answers_of_a_wrong_shape_are_still_refused(form):
    """What is read more freely must still be one number for each state."""
    for bad in (np.zeros(3), np.zeros((2, 1)), np.zeros(())):
        with pytest.raises(HeuristicError, match=r"expected shape \[2\], got"):
            ml.solve(OPEN, 0, 19, lambda problem, state, bad=bad: form(bad))


ONE_PAIR = {"training.batch_size": 1, "data.pairs_per_trajectory": 1}
PUZZLE = {"domain": {"name": "cube", "size": 2}, "data.pairs_per_trajectory": 1}
HAS_NO_LESSON = [
    *((name, ONE_PAIR, "batch_size: .* got 1$") for name in ("contrastive", "stitching", "crtr")),
    ("hybrid", ONE_PAIR, "batch_size: expected at least 2, as the negatives of 'contrastive'"),
    ("crtr", {"data.pairs_per_trajectory": 16, "data.offsets": "to_end"}, "no neg.* same goal"),
    ("contrastive", PUZZLE | {"data.offsets": "to_end"}, "no negatives, .* same goal"),
]


@pytest.mark.parametrize(("method", "changes", "message"), HAS_NO_LESSON)
def test_a_contrast_without_negatives_is_refused(method, changes, message, tmp_path):
    """A batch of one trained at loss 0.0, and one goal for all pairs at log(N), in silence."""
    with pytest.raises(ValueError, match=message):
        ml.Trainer(small_run(method, **changes), tmp_path / "run")
    assert not (tmp_path / "run" / "config.json").exists()


@pytest.mark.parametrize("direction", ["backward", "symmetric"])
def test_one_goal_is_enough_to_tell_states_apart(direction, tmp_path):
    """Only the direction that compares goals learns nothing from pairs with one goal."""
    changes = PUZZLE | {"data.offsets": "to_end", "objective.direction": direction}
    assert ml.Trainer(small_run(**changes), tmp_path / "run").run() is not None


LEARN_FROM_FOLDERS = [name for name, config in ml.METHODS.items() if not config.data.fresh]


@pytest.mark.parametrize("method", LEARN_FROM_FOLDERS)
def test_data_without_lessons_are_refused(method, tmp_path):
    """One pair was learned by heart; walks without a step failed after the folder was made."""
    mazes = ml.Mazes(np.zeros((6, 6), np.uint8))
    ml.Trajectories(mazes, [0, 0], [0, 5], [0, 1, 2]).save(tmp_path / "no-steps")
    ml.Trajectories(mazes, [0, 0], [0, 1, 5], [0, 2, 3]).save(tmp_path / "one-pair")
    expected = {"no-steps": "expected at least one with a step", "one-pair": "pairs .* got one$"}
    for name, message in expected.items():
        changes = data_settings(tmp_path / name)
        with pytest.raises(ValueError, match=message):
            ml.Trainer(small_run(method, **changes), tmp_path / "run")
        assert not (tmp_path / "run" / "config.json").exists()


def test_blocks_without_lessons_are_refused():
    """Injected batches had no check at all: pairs without steps, or one pair again and again."""
    rows = np.zeros((2, 4, 1), np.int32)
    other = rows + np.arange(4, dtype=np.int32)[:, None]
    one_world = np.zeros((2, 1, 9), np.uint8)
    steps = np.ones((2, 4), np.int32)
    for bad, message in [
        (Block(one_world, other, rows, 0 * steps, 4), "steps between them, got none"),
        (Block(one_world, rows, rows + 1, steps, 4), "several pairs of states .* got one"),
    ]:
        for name in ml.METHODS:
            with pytest.raises(ValueError, match=message):
                check_lessons(bad, ml.METHODS[name].objective)
    check_lessons(Block(one_world, other, rows, steps, 4), ml.METHODS["supervised"].objective)
    worlds = np.eye(4, 9, dtype=np.uint8)[None].repeat(2, axis=0)
    check_lessons(Block(worlds, rows, rows, steps, 1), ml.METHODS["contrastive"].objective)


def test_the_heuristic_may_come_second_after_problems():
    """solve(problems, "manhattan") said that starts and goals were not expected."""
    problems = ml.Problems.sample(ml.Mazes.generate(3, size=8))
    for heuristic in ("manhattan", ml.load(), lambda problem, state: np.zeros(len(state))):
        second = ml.solve(problems, heuristic, max_expansions=9)
        named = ml.solve(problems, heuristic=heuristic, max_expansions=9)
        assert second.expansions.tolist() == named.expansions.tolist()
    for starts in (problems.starts, [0, 1, 2]):
        with pytest.raises(TypeError, match="problems have their own; name a table as heuristic="):
            ml.solve(problems, starts)
    with pytest.raises(TypeError, match="problems have their own"):
        ml.solve(problems, "zero", problems.goals, "zero")
    with pytest.raises(TypeError, match=r"^problems: expected Problems, got str; they come second"):
        ml.evaluate(problems, "manhattan")


class Graph:
    """What matters of a graph of networkx."""

    def __init__(self):
        self.edges = {0: {1: {}, 3: {}}, 1: {0: {}, 2: {}}, 2: {1: {}, 3: {}}, 3: {0: {}, 2: {}}}

    def __len__(self):
        return len(self.edges)

    def __iter__(self):
        return iter(self.edges)

    def __getitem__(self, node):
        return self.edges[node]

    def neighbors(self, node):
        return iter(self.edges[node])


@pytest.mark.parametrize("graph", [Graph(), Graph().edges], ids=["networkx", "dictionary"])
def test_graphs_are_told_what_makes_a_domain_of_them(graph):
    """They were read as walls, or missed eight attributes of a domain."""
    for ask in (
        lambda: ml.solve(graph, 0, 2, "zero"),
        lambda: ml.Problems(graph, [0], [2]),
        lambda: ml.Problems.sample(graph),
        lambda: ml.Trajectories.sample(graph),
        lambda: ml.check_domain(graph),
        lambda: ml.load().distance(graph, 0, 2),
    ):
        with pytest.raises(TypeError, match=r"expected a domain, .*ScalarDomain\(lambda state: "):
            ask()
    with pytest.raises(TypeError, match=r"^walls: expected an array of 0 and 1, got"):
        ml.Mazes(graph)
    domain = ml.ScalarDomain(lambda state: list(graph[state]), num_moves=2)
    assert ml.solve(domain, 0, 2, "zero").cost.tolist() == [2]


@pytest.mark.parametrize("make", [ml.Problems.sample, ml.Trajectories.sample, ml.check_domain])
def test_walls_and_names_are_told_what_makes_a_domain_of_them(make):
    """Problems.sample(array) listed eight attributes that an array lacks."""
    for walls in (OPEN, OPEN.tolist(), torch.tensor(OPEN)):
        with pytest.raises(TypeError, match=r"neighbours; mlsearch\.Mazes\(walls\) makes one of"):
            make(walls)
    with pytest.raises(TypeError, match=r"mlsearch\.Cube\(3\) makes one"):
        make("cube3")


EMPTY = {
    "walls": (lambda: ml.Mazes([]), r"^walls: expected shape \[B, H, W\] or \[H, W\], got \[0\]"),
    "rows": (lambda: ml.Mazes([[]]), r"^walls: expected height and width .* got \[1, 1, 0\]"),
    "codes": (lambda: ml.OneWayMazes([]), r"^cells: expected shape .* got \[0\]"),
    "goals": (lambda: ml.Mazes(OPEN).distances([]), r"^goals: .* each of 1 mazes, got shape \[0\]"),
    "permutation": (lambda: ml.Permutation([[]], []), r"^goal: expected a row of integers"),
}


@pytest.mark.parametrize(("ask", "message"), EMPTY.values(), ids=EMPTY)
def test_empty_inputs_are_called_empty(ask, message):
    """NumPy makes an empty list float64, and messages spoke of that."""
    with pytest.raises(ValueError, match=message):
        ask()


def test_no_problems_are_fine_in_every_domain():
    """[] was zero cells of a maze, but no states of a puzzle."""
    assert len(ml.solve(OPEN, [], [], "zero")) == 0
    assert len(ml.solve(ml.Cube(3), [], [], "zero")) == 0
    assert ml.load("cube3").distance(ml.Cube(3), [], []).shape == (0,)


def test_devices_that_are_not_there_are_named(tmp_path):
    """load(device="cuda") raised PyTorch's AssertionError, after it had read the weights."""
    messages = {"gpu": "expected 'cpu' or 'cuda', got 'gpu'", "meta": "'cuda', got 'meta'"}
    if torch.cuda.device_count() == 0:
        messages |= {"cuda": "got 'cuda', but PyTorch sees none", "cuda:1": "sees none"}
    for device, message in messages.items():
        for use in (
            partial(ml.load, device=device),
            partial(ml.LearnedMetric, ml.load().model, ml.load().config, device),
            partial(ml.Trainer, small_run(), tmp_path / "run", device=device),
        ):
            with pytest.raises(ValueError, match=f"^device: .*{message}"):
                use()
    assert not (tmp_path / "run").exists()


def test_messages_about_walls_say_what_a_wall_is():
    """A map the other way round gave no hint that 1 is wall."""
    walls = np.ones((3, 3), np.uint8)
    walls[1] = 0
    says = r"\(1 is wall, 0 is free\)$"
    for domain in (ml.Mazes(walls), ml.OneWayMazes(walls)):
        with pytest.raises(ValueError, match=rf"^starts: .* is a wall {says}"):
            ml.Problems(domain, [0], [3])
    with pytest.raises(ValueError, match=rf"^mazes: maze 1 has no free cell {says}"):
        ml.Problems.sample(ml.Mazes([walls, 1 - 0 * walls]))
    with pytest.raises(ValueError, match=rf"^walls: .* got 255 at \[0, 0, 0\] {says}"):
        ml.Mazes(255 * walls)


@pytest.mark.parametrize("part", ["model.encoder", "model.distance", "domain.name"])
def test_a_run_of_a_plugin_that_is_missing_says_so(part, tmp_path):
    """The message listed the names that are built in, and nothing of plugins."""
    config = to_dict(small_run())
    section, name = part.split(".")
    config[section][name] = "of_a_plugin"
    run = tmp_path / "config.json"
    run.write_text(json.dumps({"format_version": 2, "config": config}))
    save_file({}, tmp_path / "model.safetensors")
    with pytest.raises(ml.CheckpointError, match=r"'of_a_plugin'; .*, or of a plugin that is inst"):
        ml.load(tmp_path)
