"""Many problems on one map: it is read once, and a goal's own wave leads to it."""

from pathlib import Path

import numpy as np
import pytest
import torch

import mlsearch as ml
from mlsearch.evaluation import predictions
from mlsearch.evaluation.evaluation import evaluate
from mlsearch.metrics import readings
from mlsearch.search import solve as solving

pytestmark = pytest.mark.usefixtures("one_thread")

MAPS = Path(__file__).parents[2] / "shared" / "data" / "maps"
TARGETS = {  # problems, and seconds on two cores
    "room-64-64-8": (200, 2),
    "maze-128-128-2": (10, 1),
    "den520d": (10, 3),
    "AR0603SR": (10, 10),
}


@pytest.fixture
def metric():
    return ml.load()


@pytest.fixture
def looks(metric, monkeypatch):
    """How often the network looked at a map."""
    drive, seen = metric.model.encoder.drive, []

    def counted(walls):
        seen.append(walls)
        return drive(walls)

    monkeypatch.setattr(metric.model.encoder, "drive", counted)
    return seen


@pytest.mark.parametrize("name", TARGETS)
def test_public_maps(name, metric):
    file = MAPS / f"{name}.map"
    if not file.exists():
        pytest.skip(f"no {file.name} beside the repository, in shared/data/maps")
    num, seconds = TARGETS[name]
    problems = ml.Problems.sample(ml.Mazes.load(file), seed=1, per_world=num)
    found = ml.solve(problems, heuristic=metric)
    assert found.solved.all()
    assert found.expansions.sum() <= 1.1 * problems.optimal.sum()
    assert found.seconds <= seconds


@pytest.mark.parametrize("size", [12, 30])
def test_a_map_is_read_once(size, metric, looks, monkeypatch):
    maze = ml.Mazes.generate(1, size, seed=1)
    problems = ml.Problems.sample(maze, seed=2, per_world=40)
    whole = ml.solve(problems, heuristic=metric)
    assert len(looks) == 1
    monkeypatch.setattr(solving, "MAX_TABLE_BYTES", 7 * 4 * size**2)
    monkeypatch.setattr(predictions, "MAX_TABLE_BYTES", 9 * 4 * size**2)
    parts = ml.solve(maze, problems.starts, problems.goals, metric)
    np.testing.assert_array_equal(parts.expansions, whole.expansions)
    assert evaluate(metric, problems).search.expansions.sum() == whole.expansions.sum()
    assert len(looks) == 1
    for _ in range(3):  # by landmarks, which a large map has beside the waves of goals
        metric.distance(ml.Mazes(maze.walls), problems.starts, problems.goals)
    assert len(looks) == 1 + (size > 20)


def test_a_reading_is_of_one_map_and_of_these_weights(metric, looks):
    first, second = ml.Mazes.generate(1, 9, seed=1), ml.Mazes.generate(1, 9, seed=2)
    cells = [np.flatnonzero(maze.walls == 0)[[0, -1]] for maze in (first, second)]
    found = [metric.distance(m, *c) for m, c in zip((first, second), cells, strict=True)]
    assert found == [ml.load().distance(m, *c) for m, c in zip((first, second), cells, strict=True)]
    assert len(looks) == 2
    with torch.no_grad():
        metric.model.encoder.kernel.mul_(0.9)
    assert metric.distance(first, *cells[0]) != found[0]
    assert len(looks) == 3
    metric.distance(first[np.zeros(5, int)], cells[0].repeat(5)[:5], cells[0].repeat(5)[:5])
    assert len(looks) == 4  # worlds of a batch are not kept
    assert metric.distance(first, *cells[0]) != found[0]
    assert len(looks) == 4


def test_readings_take_no_more_memory_than_is_said(metric, looks, monkeypatch):
    mazes = ml.Mazes.generate(4, 9, seed=1)
    goals = [int(np.flatnonzero(maze.walls == 0)[0]) for maze in mazes]
    weights = 4 * sum(weight.numel() for weight in metric.model.parameters())
    context, survey = weights + 81 + 4 * 81 * 13, weights + 81
    monkeypatch.setattr(readings, "MAX_BYTES", 2 * (context + survey))
    for number in (0, 1, 2, 0, 0, 2):
        metric.table(mazes[number], goals[number])
    assert len(looks) == 4
    monkeypatch.setattr(readings, "MAX_BYTES", 10)
    metric.table(mazes[3], goals[3])
    metric.table(mazes[3], goals[3])
    assert len(looks) == 6


def test_predictions_on_a_large_map_depend_on_the_goal_alone(metric):
    maze = ml.Mazes.generate(1, 30, seed=4)
    goals = ml.Problems.sample(maze, seed=5, per_world=20).goals
    table = metric.table(maze, goals)
    assert (table.reshape(20, -1)[np.arange(20), goals] == 0).all()
    assert (table >= 0).all()
    for number in (0, 7, 19):
        np.testing.assert_array_equal(metric.table(maze, goals[number])[0], table[number])
    many = maze[np.zeros(20, int)]
    np.testing.assert_allclose(metric.table(many, goals), table, rtol=1e-5, atol=1e-5)


def test_distances_on_a_large_map_are_a_pseudometric(metric):
    maze = ml.Mazes.generate(1, 40, seed=6)
    cells = maze.random_states(15, 0)[0]
    found = metric.distance(maze, cells.repeat(15), np.tile(cells, 15)).reshape(15, 15)
    assert (found.diagonal() == 0).all()
    np.testing.assert_array_equal(found, found.T)
    assert (found <= (found[:, :, None] + found[None]).min(axis=1) * (1 + 1e-6)).all()


def test_the_wave_of_the_goal_beats_landmarks_on_a_large_map(metric):
    problems = ml.Problems.sample(ml.Mazes.generate(1, 100, seed=7), seed=8, per_world=30)
    own = ml.solve(problems, heuristic=metric)
    metric.model.survey = lambda worlds: None
    metric.readings = readings.Readings(metric.model)
    landmarks = ml.solve(problems, heuristic=metric)
    assert own.expansions.sum() <= min(landmarks.expansions.sum(), 1.1 * problems.optimal.sum())
