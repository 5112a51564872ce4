"""Learned metrics as heuristics: all the ways to ask give the same answers."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_domains import OneWay, Slide, walks

import mlsearch
from mlsearch.base.errors import CheckpointError
from mlsearch.base.settings import replaced
from mlsearch.config import ModelConfig, RunConfig
from mlsearch.domains.extras import name_of
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.domains.registry import DOMAINS
from mlsearch.metrics import shipped
from mlsearch.metrics.learned import LearnedMetric, StateHeuristic, load
from mlsearch.metrics.seen import SeenDomain
from mlsearch.models import BOARDS, FEATURES, MAPS, Sizes
from mlsearch.runs.checkpoint import load_tensors, new_model, save_model, save_tensors, write_config
from mlsearch.search.solve import solve

pytestmark = pytest.mark.usefixtures("one_thread")

HEIGHT, WIDTH = 6, 7
FLAT_ENCODERS = ["bronet", "bronet_window", "bronet_classifier", "bronet_regressor"]
ANY_SIZE_ENCODERS = ["landmark_wave", "recurrent_conv", "board_regressor"]
ENCODERS = [*FLAT_ENCODERS, *ANY_SIZE_ENCODERS]


def config_of(encoder: str) -> RunConfig:
    return RunConfig(
        method="m",
        domain=MazeConfig(height=HEIGHT, width=WIDTH),
        model=ModelConfig(encoder=encoder, hidden=12, num_blocks=1, embedding=48),
    )


def metric_of(encoder: str) -> LearnedMetric:
    torch.manual_seed(3)
    config = config_of(encoder)
    return LearnedMetric(new_model(config), config)


@pytest.fixture(params=ENCODERS)
def metric(request):
    return metric_of(request.param)


@pytest.fixture
def problems():
    return Problems.sample(Mazes.generate(9, (HEIGHT, WIDTH), seed=1), seed=2)


def by_states(metric, domain, goals) -> StateHeuristic:
    """The heuristic that runs the network on just the states that a search meets."""
    view, sizes = metric.model.view, Sizes.of(domain)
    seen = SeenDomain(domain, sizes, view, metric.device, metric.pairs_at_once)
    return StateHeuristic(metric.model, metric.readings, seen, goals)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_distance_table_and_heatmap_agree(metric, problems):
    mazes, starts, goals = problems.domain, problems.starts, problems.goals
    distance = metric.distance(mazes, starts, goals)
    table = metric.table(mazes, goals)
    heatmap = metric.heatmap(mazes, goals)
    assert (distance.dtype, distance.shape) == (np.float32, (9,))
    assert table.dtype == heatmap.dtype == np.float32
    assert table.shape == heatmap.shape == mazes.walls.shape
    close(table.reshape(9, -1)[np.arange(9), starts], distance)
    np.testing.assert_array_equal(np.isnan(heatmap), mazes.walls != 0)
    np.testing.assert_array_equal(heatmap[mazes.walls == 0], table[mazes.walls == 0])
    assert np.isfinite(table).all()
    assert np.ptp(distance) > 0


def test_the_heuristic_of_a_search_agrees(metric, problems):
    mazes, goals = problems.domain, problems.goals
    table = metric.table(mazes, goals)
    answer = metric.heuristic(mazes, goals)
    if metric.model.is_lookup:
        np.testing.assert_array_equal(answer, table)
        answer = by_states(metric, mazes, goals)
    order = np.array([4, 0, 8, 8, 1], np.int32)
    found = answer(order, problems.starts[order])
    assert found.dtype == np.float32
    close(found, table.reshape(9, -1)[order, problems.starts[order]])


@pytest.mark.parametrize("search", [True, False])
def test_search_with_a_metric_is_search_with_its_table(metric, problems, search):
    many = Problems.sample(Mazes.generate(60, (HEIGHT, WIDTH), seed=5), seed=6)
    results = [
        solve(many, heuristic=heuristic, search=search)
        for heuristic in (metric, metric.table(many.domain, many.goals))
    ]
    for name in ("status", "expansions", "generated", "cost"):
        first, second = (getattr(result, name) for result in results)
        np.testing.assert_array_equal(first, second)
    for problem in np.flatnonzero(results[0].solved):
        np.testing.assert_array_equal(results[0].path(problem), results[1].path(problem))


def test_one_maze_serves_many_pairs(metric):
    maze = Mazes.generate(1, (HEIGHT, WIDTH), seed=1)
    many = maze[np.zeros(5, np.int64)]
    pairs = Problems.sample(many, seed=3)
    starts, goals = pairs.starts, pairs.goals
    close(metric.distance(maze, starts, goals), metric.distance(many, starts, goals))
    close(metric.table(maze, goals), metric.table(many, goals))
    heatmap = metric.heatmap(maze, goals)
    assert heatmap.shape == (5, HEIGHT, WIDTH)
    np.testing.assert_array_equal(np.isnan(heatmap), many.walls != 0)
    alone, each = (solve(grid, starts, goals, metric) for grid in (maze, many))
    np.testing.assert_array_equal(alone.expansions, each.expansions)


def test_a_single_pair_may_come_without_a_batch(metric):
    walls = Mazes.generate(1, (HEIGHT, WIDTH), seed=1).walls[0]
    start, goal = np.flatnonzero(walls == 0)[[0, -1]]
    found = metric.distance(walls.tolist(), int(start), int(goal))
    close(found, metric.distance(walls != 0, [start], [goal]))
    assert metric.table(walls, goal).shape == (1, HEIGHT, WIDTH)


def test_the_answers_do_not_depend_on_the_size_of_parts(metric, problems, monkeypatch):
    mazes, starts, goals = problems.domain, problems.starts, problems.goals
    expected = metric.distance(mazes, starts, goals), metric.table(mazes, goals)
    maze = mazes[0]
    free = np.flatnonzero(maze.walls == 0)[:5]
    several = metric.distance(maze, free, free[::-1])
    monkeypatch.setattr(metric, "pairs_at_once", 2 * HEIGHT * WIDTH - 1)
    close(metric.distance(mazes, starts, goals), expected[0])
    close(metric.table(mazes, goals), expected[1])
    close(metric.distance(maze, free, free[::-1]), several)
    order = np.arange(9, dtype=np.int32).repeat(4)
    found = by_states(metric, mazes, goals)(order, starts[order])
    close(found, expected[0][order])


def test_no_pairs_no_distances(metric):
    maze = Mazes.generate(1, (HEIGHT, WIDTH))
    nothing = np.empty(0, np.int32)
    assert metric.distance(maze, nothing, nothing).shape == (0,)
    assert metric.table(maze, nothing).shape == (0, HEIGHT, WIDTH)


def test_metrics_of_any_size_read_other_mazes():
    mazes = Mazes.generate(3, (9, 5), seed=0)
    goals = Problems.sample(mazes).goals
    for encoder in ANY_SIZE_ENCODERS:
        assert metric_of(encoder).table(mazes, goals).shape == (3, 9, 5)
    for encoder in FLAT_ENCODERS:
        with pytest.raises(ValueError, match=r"^domain: .* made for maps of 6 x 7, got 9 x 5$"):
            metric_of(encoder).table(mazes, goals)


OPEN = np.zeros((3, HEIGHT, WIDTH), np.uint8)
OPEN[1, 0, 4] = 1

BAD_INPUT = [
    ([0, 0, 42], [1, 1, 1], ValueError, "states: problem 2: cell 42 is outside 0 .. 41"),
    ([0, 0, 0], [1, -1, 1], ValueError, "goals: problem 1: cell -1 is outside 0 .. 41"),
    ([0, 4, 0], [1, 1, 1], ValueError, "states: cell 4 of problem 1 is a wall"),
    ([0, 0, 0], [4, 4, 4], ValueError, "goals: cell 4 of problem 1 is a wall"),
    ([0, 0], [1, 1, 1], ValueError, "states: expected 3 states, one for each world, got 2"),
    ([0, 0, 0], [1, 1], ValueError, "goals: expected 3 states, one for each world, got 2"),
    ([[0], [0], [0]], [1, 1, 1], ValueError, "states: expected shape [N], got [3, 1]"),
    ([0.0, 0.0, 0.0], [1, 1, 1], TypeError, "states: expected states of int32, got dtype float64"),
    ([0, 0, 0], ["a", "b", "c"], TypeError, "goals: expected states of int32, got dtype <U1"),
]


@pytest.mark.parametrize(("states", "goals", "error", "message"), BAD_INPUT)
def test_bad_input_is_refused_by_name(metric, states, goals, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        metric.distance(OPEN, states, goals)
    if message.startswith("goals"):
        for ask in (metric.table, metric.heatmap):
            with pytest.raises(error, match=f"^{re.escape(message)}"):
                ask(OPEN, goals)
        with pytest.raises(error, match=f"^{re.escape(message)}"):
            metric.heuristic(Mazes(OPEN), goals)


def test_numbers_that_differ_on_one_maze_are_refused(metric):
    with pytest.raises(ValueError, match="goals: expected 2, one for each state, got 3"):
        metric.distance(OPEN[:1], [0, 1], [1, 2, 3])
    with pytest.raises(ValueError, match="walls: expected 0 or 1, got 7"):
        metric.distance(OPEN + 7, [0, 0, 0], [1, 1, 1])


@pytest.mark.parametrize("encoder", ENCODERS)
def test_load_gives_the_metric_of_a_run(tmp_path, problems, encoder):
    metric = metric_of(encoder)
    write_config(tmp_path, metric.config)
    save_model(tmp_path, metric.model)
    for found in (load(tmp_path), mlsearch.load(str(tmp_path))):
        assert found.config == metric.config
        np.testing.assert_array_equal(
            found.table(problems.domain, problems.goals),
            metric.table(problems.domain, problems.goals),
        )
    assert repr(found).startswith("LearnedMetric(method='m', parameters=")


def test_load_says_what_is_missing(tmp_path, monkeypatch):
    with pytest.raises(CheckpointError, match="nowhere: not a run folder"):
        load(tmp_path / "nowhere")
    monkeypatch.setattr(shipped, "SHIPPED", {})
    with pytest.raises(CheckpointError, match="ships no trained metric; name a run folder"):
        load()


# Folders -------------------------------------------------------------------------------------


def test_a_metric_in_a_folder_is_the_same_metric(metric, problems, tmp_path):
    metric.save_pretrained(tmp_path / "a" / "b")
    assert {p.name for p in (tmp_path / "a" / "b").iterdir()} == {
        "config.json",
        "model.safetensors",
    }
    expected = metric.table(problems.domain, problems.goals)
    for again in (LearnedMetric.from_pretrained(tmp_path / "a" / "b"), load(tmp_path / "a" / "b")):
        assert again.config == metric.config
        np.testing.assert_array_equal(again.table(problems.domain, problems.goals), expected)


def test_a_metric_in_float64_keeps_it(problems, tmp_path):
    config = replaced(config_of("bronet"), {"training.dtype": "float64"})
    metric = LearnedMetric(new_model(config), config)
    metric.save_pretrained(tmp_path)
    again = LearnedMetric.from_pretrained(tmp_path)
    assert {p.dtype for p in again.model.parameters()} == {torch.float64}
    table = again.table(problems.domain, problems.goals)
    np.testing.assert_array_equal(table, metric.table(problems.domain, problems.goals))


def test_a_run_that_can_be_resumed_is_not_overwritten(metric, tmp_path):
    (tmp_path / "training_state").mkdir()
    with pytest.raises(CheckpointError, match="holds a run that can be resumed"):
        metric.save_pretrained(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda t: t.half(),
            r"weights of another model: .*: expected torch.float32, got .*float16",
        ),
        (lambda t: t.reshape(-1)[:1], "weights of another model: .*size mismatch"),
    ],
)
def test_weights_of_another_dtype_or_shape_are_refused(change, message, tmp_path):
    metric = metric_of("bronet")
    metric.save_pretrained(tmp_path)
    tensors, _ = load_tensors(tmp_path / "model.safetensors")
    save_tensors(tmp_path / "model.safetensors", {n: change(t) for n, t in tensors.items()})
    with pytest.raises(CheckpointError, match=f"(?s){message}"):
        LearnedMetric.from_pretrained(tmp_path)


def test_another_format_version_is_refused(metric, tmp_path):
    metric.save_pretrained(tmp_path)
    text = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(
        text.replace('"format_version": 2', '"format_version": 3')
    )
    with pytest.raises(CheckpointError, match="expected format version 1 or 2, got 3"):
        LearnedMetric.from_pretrained(tmp_path)


def test_plain_arrays_do_wherever_mazes_do(metric, problems):
    walls, starts, goals = (
        x.tolist() for x in (problems.domain.walls, problems.starts, problems.goals)
    )
    close(metric.distance(walls, starts, goals), metric.distance(problems.domain, starts, goals))
    close(metric.heatmap(walls, goals), metric.heatmap(problems.domain, goals))
    close(metric.distance(walls[0], starts[0], goals[0]), metric.distance(walls, starts, goals)[:1])
    found = mlsearch.solve(np.array(walls, bool), starts, goals, metric)
    assert np.array_equal(found.cost, solve(problems, heuristic=metric).cost)


# Domains that are no mazes -------------------------------------------------------------------


def goal_of(domain):
    return domain.origins(np.zeros(1, np.int32), np.zeros(1, np.uint64))


def metric_in(domain, encoder: str, monkeypatch) -> LearnedMetric:
    monkeypatch.setitem(DOMAINS, name_of(domain), type(domain))
    config = replace(config_of(encoder), domain=domain)
    torch.manual_seed(3)
    return LearnedMetric(new_model(config), config)


@pytest.mark.parametrize("encoder", ["bronet", "bronet_classifier", "bronet_regressor"])
@pytest.mark.parametrize("domain", [Slide(), OneWay(1)], ids=["slide", "one_way"])
def test_metrics_in_other_domains(tmp_path, monkeypatch, domain, encoder):
    metric = metric_in(domain, encoder, monkeypatch)
    states, goals, *_ = (part[0] for part in walks(domain, 1, 30, seed=1))
    expected = metric.distance(domain, states, goals)
    assert (expected.dtype, expected.shape) == (np.float32, (30,))
    assert np.ptp(expected) > 0
    order = np.array([4, 0, 29, 29, 1], np.int32)
    close(metric.heuristic(domain, goals)(order, states[order]), expected[order])
    close(metric.distance(domain, states[3], goals[3]), expected[3:4])
    monkeypatch.setattr(metric, "pairs_at_once", 7)
    close(metric.distance(domain, states, goals), expected)
    close(metric.heuristic(domain, goals)(order, states[order]), expected[order])
    metric.save_pretrained(tmp_path)
    close(load(tmp_path).distance(domain, states, goals), expected)
    with pytest.raises(ValueError, match=r"^domain: this model was made for .* features"):
        metric.distance(Mazes.generate(1, 6), [0], [0])


def test_a_table_of_an_enumerable_domain(monkeypatch):
    domain = Slide()
    metric = metric_in(domain, "bronet", monkeypatch)
    goals = domain.all_states()[[0, 7, 700]]
    table = metric.table(domain, goals)
    assert table.shape == (3, 720)
    states = domain.all_states()[[5, 6, 719]]
    close(table[np.arange(3), [5, 6, 719]], metric.distance(domain, states, goals))


def test_what_a_domain_lacks_is_said_in_one_line(metric, monkeypatch):
    with pytest.raises(TypeError, match=r"^table reads tables of all states; domain 'oneway' has"):
        metric_in(OneWay(1), "bronet", monkeypatch).table(OneWay(1), goal_of(OneWay(1)))
    with pytest.raises(TypeError, match=r"^heatmap reads maps; domain 'slide' has none .it lacks"):
        metric_in(Slide(), "bronet", monkeypatch).heatmap(Slide(), goal_of(Slide()))
    error, message = {
        MAPS: (TypeError, "reads maps; domain 'slide'"),
        BOARDS: (TypeError, "reads boards; domain 'slide'"),
        FEATURES: (ValueError, "maps of 6 x 7, got 36 features, 6 of"),
    }[metric.model.view]
    with pytest.raises(error, match=message):
        metric.distance(Slide(), goal_of(Slide()), goal_of(Slide()))


@pytest.mark.parametrize(("hidden", "threads_within"), [(16, 1), (12, 3)])
def test_pytorch_leaves_the_cores_to_compiled_trunks(problems, hidden, threads_within, monkeypatch):
    config = config_of("bronet_regressor")
    config = replace(config, model=replace(config.model, hidden=hidden))
    metric, seen = LearnedMetric(new_model(config), config), set()
    steps = metric.model.steps
    metric.model.steps = lambda *given: (seen.add(torch.get_num_threads()), steps(*given))[1]
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    torch.set_num_threads(3)
    metric.distance(problems.domain, problems.starts, problems.goals)
    metric.table(problems.domain, problems.goals)
    solve(problems, heuristic=by_states(metric, problems.domain, problems.goals))
    assert seen == {threads_within}
    assert torch.get_num_threads() == 3
