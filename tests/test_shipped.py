"""What is promised of learned metrics on unseen mazes, measured from what is in the package."""

import numpy as np
import pytest

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.problems import sample_problems
from mlsearch.evaluation.evaluation import evaluate
from mlsearch.learning.methods import METHODS
from mlsearch.metrics.learned import SHIPPED

pytestmark = pytest.mark.usefixtures("one_thread")


def means(evaluation):
    return {name: score.mean for name, score in evaluation.scores().items()}


@pytest.fixture(scope="module")
def metric():
    return ml.load()


@pytest.fixture(scope="module")
def problems():
    return sample_problems(MazeConfig(), 1000, 7, "test")


def test_shipped_metric_on_a_thousand_default_problems(metric, problems):
    scores = means(evaluate(metric, problems))
    perfect = means(evaluate("perfect", problems))
    assert scores["no_search.solved_rate"] >= 0.99
    assert scores["search.expansions"] <= perfect["search.expansions"] * 17.2 / 17.0
    assert scores["rank_correlation"] >= 0.995
    assert scores["absolute_error"] <= 0.7


def test_shipped_metric_on_larger_mazes(metric):
    problems = sample_problems(MazeConfig(height=40, width=40), 60, 7, "test")
    assert means(evaluate(metric, problems))["no_search.solved_rate"] >= 0.85


def test_shipped_metric_beats_straight_lines_on_another_kind_of_maze(metric):
    mazes = MazeConfig(height=21, width=21, generator="depth_first", loops=0.1)
    problems = sample_problems(mazes, 200, 7, "test")
    learned = means(evaluate(metric, problems))
    for name in ("euclidean", "manhattan"):
        baseline = means(evaluate(name, problems))
        assert learned["no_search.solved_rate"] > baseline["no_search.solved_rate"]
        assert learned["search.expansions"] < baseline["search.expansions"]


def test_shipped_metric_is_small_and_says_where_it_comes_from():
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 2_000_000
    names = {file.name for file in SHIPPED.iterdir()}
    assert {"config.json", "model.safetensors", "scores.json", "scalars.csv"} <= names


def test_shipped_metric_keeps_the_triangle_inequality(metric):
    mazes = ml.Mazes.generate(20, seed=9)
    a, b, c = (ml.Problems.sample(mazes, seed=s).starts for s in (1, 2, 3))
    ab, bc, ac = (metric.distance(mazes, x, y) for x, y in ((a, b), (b, c), (a, c)))
    assert (ac <= ab + bc + 1e-3).all()
    np.testing.assert_allclose(ab, metric.distance(mazes, b, a), rtol=1e-6)
    assert not metric.distance(mazes, a, a).any()


def test_a_minute_of_training_beats_straight_lines(tmp_path, problems):
    config = replaced(METHODS["landmark_wave"], {"training.steps": 500, "seed": 11})
    model = ml.Trainer(config, tmp_path / "run").run()
    learned = means(evaluate(ml.LearnedMetric(model, config), problems))
    euclidean = means(evaluate("euclidean", problems))
    assert learned["no_search.solved_rate"] > euclidean["no_search.solved_rate"] + 0.2
    assert learned["search.expansions"] < euclidean["search.expansions"] - 3
