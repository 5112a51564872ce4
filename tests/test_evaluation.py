"""Scores against their formulas written out, and on heuristics whose scores are known."""

import json
import math

import numpy as np
import pytest
import reference_learning as reference
from entries import entries_of
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from mlsearch.base.errors import HeuristicError
from mlsearch.config import ModelConfig, RunConfig
from mlsearch.domains.maze.baselines import BASELINES, baseline_table
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems, sample_problems
from mlsearch.evaluation.evaluation import evaluate, evaluate_baselines, validation
from mlsearch.evaluation.scores import score
from mlsearch.metrics.learned import LearnedMetric
from mlsearch.report import scores_as_json
from mlsearch.runs.checkpoint import new_model
from mlsearch.search.solve import solve

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def problems():
    return Problems.sample(Mazes.generate(40, (9, 11), seed=0), seed=1)


@pytest.fixture(scope="module")
def noisy(problems):
    """Ground truth with noise, so that every score is somewhere in the middle."""
    perfect = baseline_table("perfect", problems.domain, problems.goals)
    noise = np.random.default_rng(0).normal(scale=3, size=perfect.shape)
    return np.maximum(0.8 * perfect + noise, 0).astype(np.float32)


def shortest_path(problems, i):
    """The path of the perfect heuristic, which is the one whose states are scored."""
    return solve(problems[i], heuristic="perfect").path(0)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_rates_have_wilsons_interval(outcomes):
    found = score(np.array(outcomes))
    low, high = reference.wilson(sum(outcomes), len(outcomes))
    assert found.mean == pytest.approx(sum(outcomes) / len(outcomes))
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    assert 0 <= found.low <= found.mean <= found.high <= 1
    assert found.num == len(outcomes)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=60))
def test_means_have_a_normal_interval(values):
    found = score(np.array(values))
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    half = 1.96 * math.sqrt(variance / len(values))
    assert found == pytest.approx((mean, mean - half, mean + half, len(values)), abs=1e-6)


def test_too_few_values_have_no_interval():
    nothing = score(np.array([]))
    assert np.isnan(nothing[:3]).all()
    assert nothing.num == 0
    single = score(np.array([4.0]))
    assert (single.mean, single.num) == (4.0, 1)
    assert np.isnan(single[1:3]).all()


def test_every_score_against_its_formula(problems, noisy):
    found = evaluate(noisy, problems).scores()
    with_search = solve(problems, heuristic=noisy)
    without = solve(problems, heuristic=noisy, search=False)
    optimal = problems.optimal
    expected = {name: [] for name in found}
    for i in range(len(problems)):
        start, goal = problems.starts[i], problems.goals[i]
        truth = reference.steps_to(problems.domain.walls[i], goal)
        assert optimal[i] == truth[start]
        expected["search.solved_rate"].append(bool(with_search.solved[i]))
        expected["search.expansions"].append(with_search.expansions[i])
        expected["search.generated"].append(with_search.generated[i])
        expected["no_search.solved_rate"].append(bool(without.solved[i]))
        expected["no_search.expansions"].append(without.expansions[i])
        if with_search.solved[i] and start != goal:
            expected["search.suboptimality"].append(with_search.cost[i] / truth[start])
        path = shortest_path(problems, i)[:-1]
        if len(path) >= 2:
            rho = spearmanr(noisy[i].flat[path], truth[path]).statistic
            expected["rank_correlation"].append(rho)
        error = float(noisy[i].flat[start]) - truth[start]
        expected["mean_error"].append(error)
        expected["absolute_error"].append(abs(error))
    for name, values in expected.items():
        assert found[name].num == len(values) > 0
        assert found[name].mean == pytest.approx(np.mean(values), rel=1e-6), name
        assert found[name] == pytest.approx(score(np.array(values)), rel=1e-6), name
    assert 0 < found["no_search.solved_rate"].mean < 1
    assert 0 < found["rank_correlation"].mean < 0.99
    assert found["search.suboptimality"].mean > 1


def test_calibration_is_the_least_squares_factor(problems, noisy):
    predicted = noisy.reshape(len(problems), -1)[np.arange(len(problems)), problems.starts]
    [expected] = np.linalg.lstsq(problems.optimal[:, None].astype(float), predicted, rcond=None)[0]
    assert evaluate(noisy, problems).calibration() == pytest.approx(expected)
    doubled = 2 * baseline_table("perfect", problems.domain, problems.goals)
    assert evaluate(doubled, problems).calibration() == pytest.approx(2)


def test_a_perfect_heuristic_has_perfect_scores(problems):
    found = evaluate("perfect", problems)
    scores = found.scores()
    for name in ("search.solved_rate", "no_search.solved_rate", "search.suboptimality"):
        assert scores[name].mean == 1
    assert scores["rank_correlation"].mean == pytest.approx(1)
    assert scores["mean_error"].mean == scores["absolute_error"].mean == 0
    np.testing.assert_array_equal(found.search.expansions, problems.optimal)
    np.testing.assert_array_equal(found.no_search.expansions, problems.optimal)
    assert found.calibration() == pytest.approx(1)


def test_reversed_predictions_have_rank_correlation_minus_one(problems):
    table = 200 - baseline_table("perfect", problems.domain, problems.goals)
    np.testing.assert_allclose(evaluate(table, problems).rank_correlations, -1)


def test_constant_predictions_rank_nothing(problems):
    found = evaluate("zero", problems)
    assert len(found.rank_correlations) > 0
    assert not found.rank_correlations.any()
    constant = evaluate(np.full((40, 9, 11), 3.5), problems)
    assert constant.scores()["rank_correlation"].mean == 0
    np.testing.assert_allclose(constant.errors, 3.5 - problems.optimal)


def test_states_along_paths(problems, noisy):
    found = evaluate(noisy, problems)
    for i, predicted in enumerate(found.along_paths):
        path = shortest_path(problems, i)
        np.testing.assert_array_equal(found.paths[i], path)
        assert len(path) == problems.optimal[i] + 1
        np.testing.assert_array_equal(predicted, noisy[i].flat[path[:-1]])


def test_unreachable_goals_and_starts_at_the_goal():
    """They are in the solved rate, but have no path, no error and no suboptimality."""
    walls = np.zeros((3, 3, 5), np.uint8)
    walls[:, :, 2] = 1
    problems = Problems(Mazes(walls), [0, 3, 10], [4, 3, 1])
    assert problems.optimal.tolist() == [-1, 0, 3]
    found = evaluate("manhattan", problems)
    assert [len(path) for path in found.paths] == [0, 1, 4]
    scores = found.scores()
    assert scores["search.solved_rate"].mean == pytest.approx(2 / 3)
    assert found.errors.tolist() == [0, 0]
    assert scores["search.suboptimality"][::3] == (1, 1)
    assert scores["rank_correlation"].num == 1


def test_baselines_are_all_there(problems):
    found = evaluate_baselines(problems)
    assert [evaluation.name for evaluation in found] == list(BASELINES)
    assert {"perfect", "euclidean", "zero"} <= set(BASELINES)
    for evaluation in found:
        expected = baseline_table(evaluation.name, problems.domain, problems.goals)
        np.testing.assert_array_equal(evaluation.table, expected)


def test_scores_as_json_are_plain_values(problems):
    found = [evaluate("perfect", problems), evaluate("euclidean", problems, name="line")]
    content = json.loads(json.dumps(scores_as_json(entries_of(found))))
    assert list(content) == ["perfect", "line"]
    rate = content["line"]["search.solved_rate"]
    assert rate == {"mean": 1.0, "low": rate["low"], "high": 1.0, "num": 40}
    assert 0.9 < rate["low"] < 1
    assert content["perfect"]["gradient"] == pytest.approx(1)


def test_a_metric_is_scored_by_its_table(problems):
    config = RunConfig(
        method="m",
        domain=MazeConfig(height=9, width=11),
        model=ModelConfig(hidden=8, num_blocks=1, embedding=4),
    )
    metric = LearnedMetric(new_model(config), config)
    found = evaluate(metric, problems)
    assert found.name == "LearnedMetric"
    np.testing.assert_array_equal(found.table, metric.table(problems.domain, problems.goals))
    np.testing.assert_array_equal(
        found.search.expansions, solve(problems, heuristic=found.table).expansions
    )


@pytest.mark.parametrize("dtype", [np.float64, np.int32])
def test_tables_of_other_dtypes_and_single_maps_are_accepted(problems, dtype):
    table = baseline_table("manhattan", problems.domain, problems.goals)
    found = evaluate(table.astype(dtype), problems)
    assert found.table.dtype == np.float32
    np.testing.assert_array_equal(found.table, table)
    flat = evaluate(table.reshape(40, -1), problems)
    np.testing.assert_array_equal(flat.table, table)
    single = evaluate(table[3].astype(dtype), problems[3])
    assert single.table.shape == (1, 9, 11)
    assert single.scores()["mean_error"].mean == found.errors[3]


@pytest.mark.parametrize(
    ("heuristic", "error", "message"),
    [
        ("perfekt", ValueError, "heuristic: unknown heuristic 'perfekt'; did you mean 'perfect'"),
        (np.zeros((3, 9, 11)), ValueError, r"heuristic: expected a table of shape \[40, 9, 11\]"),
        (np.full((40, 9, 11), np.nan), HeuristicError, "is NaN"),
        (lambda problem, state: state > 1, HeuristicError, "real numbers, got dtype bool"),
        (None, TypeError, "heuristic: expected"),
    ],
)
def test_other_heuristics_are_refused(problems, heuristic, error, message):
    with pytest.raises(error, match=message):
        evaluate(heuristic, problems)


def test_parts_of_the_data_share_no_maze():
    config = MazeConfig(height=7, width=7)
    parts = [
        sample_problems(config, 50, seed, part)
        for part in ("validation", "test")
        for seed in (0, 1)
    ]
    maps = [{maze.tobytes() for maze in part.domain.walls} for part in parts]
    assert len(set.union(*maps)) == sum(len(found) for found in maps)
    again = sample_problems(config, 50, 0, "validation")
    np.testing.assert_array_equal(again.starts, parts[0].starts)
    np.testing.assert_array_equal(again.domain.walls, parts[0].domain.walls)


def test_validation_gives_the_mean_of_every_score():
    config = RunConfig(
        method="m",
        domain=MazeConfig(height=6, width=6),
        model=ModelConfig(hidden=8, num_blocks=1, embedding=4),
    )
    model = new_model(config)
    scores = validation(config)(model)
    problems = sample_problems(config.domain, 200, 0, "validation")
    expected = evaluate(LearnedMetric(model, config), problems).scores()
    assert scores == {name: value.mean for name, value in expected.items()}
