"""Search on 1000 problems against what one would write otherwise; both give the same answers."""

import heapq
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numba_search import solve_with_numba
from plain import AGENT, encoded, plain_copy

from mlsearch.domains.maze.baselines import baseline_table
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.learning.methods import method_config
from mlsearch.metrics.learned import LearnedMetric, load
from mlsearch.models import DistanceModel, fused
from mlsearch.runs.checkpoint import new_model
from mlsearch.search.solve import solve

SIDE = 20


@pytest.fixture(autouse=True)
def networks_on_one_thread(monkeypatch):
    monkeypatch.setattr(fused, "NUM_THREADS", 1)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_problems(benchmark, num: int) -> Problems:
    """`num` problems when timed, a few when run as a test."""
    mazes = Mazes.generate(num if benchmark.enabled else 20, size=SIDE, seed=0)
    benchmark.extra_info["num"] = len(mazes)
    return Problems.sample(mazes, seed=1)


def rounds(benchmark) -> int:
    """Of what takes seconds or minutes."""
    return 2 if benchmark.enabled else 1


@pytest.mark.benchmark(group="search-table-1000")
@pytest.mark.parametrize("kind", ["manhattan", "random"])
def test_table_search(benchmark, kind: str) -> None:
    problems = make_problems(benchmark, 1000)
    table = baseline_table(kind, problems.domain, problems.goals)
    result = benchmark(lambda: solve(problems, heuristic=table, num_threads=1))
    assert result.solved.all()
    benchmark.extra_info["expansions"] = int(result.expansions.sum())


@pytest.mark.benchmark(group="search-table-1000")
@pytest.mark.parametrize("kind", ["manhattan", "random"])
def test_table_search_in_numba(benchmark, kind: str) -> None:
    problems = make_problems(benchmark, 1000)
    table = baseline_table(kind, problems.domain, problems.goals)
    outcomes = benchmark.pedantic(solve_with_numba, (problems, table), rounds=50, warmup_rounds=1)
    ours = solve(problems, heuristic=table)
    want = np.stack([ours.expansions, ours.generated, ours.cost], axis=1)
    np.testing.assert_array_equal(outcomes, want)


@pytest.mark.benchmark(group="search-table-threads")
@pytest.mark.parametrize("num_threads", [1, 2])
def test_table_search_threads(benchmark, num_threads: int) -> None:
    problems = make_problems(benchmark, 10_000)
    table = baseline_table("manhattan", problems.domain, problems.goals)
    result = benchmark(solve, problems, heuristic=table, num_threads=num_threads)
    np.testing.assert_array_equal(result.expansions, solve(problems, heuristic=table).expansions)


@pytest.fixture(scope="module")
def metric() -> LearnedMetric:
    """The flat network of the contrastive method; what its weights are changes no time."""
    torch.manual_seed(0)
    config = method_config("contrastive")
    return LearnedMetric(new_model(config), config)


@pytest.mark.benchmark(group="search-bronet-1000")
def test_network_search(benchmark, metric: LearnedMetric) -> None:
    problems = make_problems(benchmark, 1000)
    result = benchmark.pedantic(
        solve, (problems,), {"heuristic": metric, "num_threads": 1}, rounds=5, warmup_rounds=1
    )
    assert result.solved.all()
    benchmark.extra_info["evaluations"] = result.evaluations
    benchmark.extra_info["callback_batches"] = result.rounds
    benchmark.extra_info["share_of_search"] = result.seconds_search / result.seconds


@pytest.mark.benchmark(group="search-bronet-1000")
@pytest.mark.parametrize("batch", [512, 2048, 8192])
def test_network_alone(benchmark, metric: LearnedMetric, batch: int) -> None:
    """What no search can save: the states asked for, known beforehand and in large batches."""
    problems = make_problems(benchmark, 1000)
    problem, state = states_asked_for(metric, problems)
    asked = LearnedMetric(metric.model, metric.config)
    asked.pairs_at_once = batch
    predicted = benchmark.pedantic(
        predict, (asked, problems, problem, state), rounds=5, warmup_rounds=1
    )
    some = problem[-100:]
    expected = metric.distance(problems.domain[some], state[-100:], problems.goals[some])
    np.testing.assert_allclose(predicted[-100:], expected, rtol=1e-4)


def states_asked_for(metric: LearnedMetric, problems: Problems) -> tuple[np.ndarray, np.ndarray]:
    """The indices of problems and the states of all callbacks of a search, one after another."""
    asked = []
    answer = metric.heuristic(problems.domain, problems.goals)

    def record(problem: np.ndarray, state: np.ndarray) -> np.ndarray:
        asked.append((problem.copy(), state.copy()))
        return answer(problem, state)

    solve(problems, heuristic=record)
    return tuple(map(np.concatenate, zip(*asked, strict=True)))


def predict(
    metric: LearnedMetric, problems: Problems, problem: np.ndarray, state: np.ndarray
) -> np.ndarray:
    return metric.heuristic(problems.domain, problems.goals)(problem, state)


@pytest.mark.benchmark(group="search-bronet-1000")
def test_network_search_one_by_one(benchmark, metric: LearnedMetric) -> None:
    compare_one_by_one(benchmark, metric, once_per_expansion)


@pytest.mark.benchmark(group="search-bronet-1000")
def test_network_search_child_by_child(benchmark, metric: LearnedMetric) -> None:
    compare_one_by_one(benchmark, metric, once_per_child)


@pytest.mark.benchmark(group="search-bronet-1000")
def test_network_search_deepxube(benchmark, metric: LearnedMetric) -> None:
    """It queues a state again when it meets a shorter way to it, so costs may differ a little."""
    pytest.importorskip("deepxube", reason="deepxube is not installed")
    from deepxube_search import solve_with_deepxube

    problems = make_problems(benchmark, 1000)
    predict = metric.heuristic(problems.domain, problems.goals)
    costs = benchmark.pedantic(solve_with_deepxube, (problems, predict), rounds=rounds(benchmark))
    assert (costs >= problems.optimal).all()
    ours = solve(problems, heuristic=metric)
    np.testing.assert_allclose(costs.mean(), ours.cost.mean(), rtol=0.05)


Predict = Callable[[list[int]], list[float]]
"""Predicted distances of some states of one problem."""


def once_per_expansion(model: DistanceModel, grid: np.ndarray, goal: int) -> Predict:
    """All new neighbours in one call; walls and goal are read once."""
    maze = torch.tensor([0])
    context = model.read(torch.tensor(grid.reshape(1, -1)))
    features = model.goal_features(context, maze, torch.tensor([[goal]]))
    return lambda cells: model.steps(context, maze, torch.tensor(cells)[:, None], features).tolist()


def once_per_child(model: DistanceModel, grid: np.ndarray, goal: int) -> Predict:
    """Each neighbour in a call of its own, over written-out states, the goal among them."""
    network, scale = plain_copy(model), model.scaled(torch.ones(()))
    walls = grid.reshape(-1).astype(np.float32)

    def predict(cell: int) -> float:
        state, target = (torch.from_numpy(encoded(walls, c, AGENT))[None] for c in (cell, goal))
        return float(scale * model.between(network(state), network(target)))

    return lambda cells: [predict(cell) for cell in cells]


def compare_one_by_one(benchmark, metric: LearnedMetric, predictor) -> None:
    problems = make_problems(benchmark, 1000)
    arguments = (metric.model, problems, predictor)
    outcomes = benchmark.pedantic(solve_one_by_one, arguments, rounds=rounds(benchmark))
    ours = solve(problems, heuristic=metric)
    # The sums of another batch size differ in their last bits, and there two states may swap.
    same = (np.stack([ours.expansions, ours.cost], axis=1) == np.array(outcomes)).all(axis=1)
    benchmark.extra_info["same"] = float(same.mean())
    assert same.mean() >= 0.95


@torch.inference_mode()
def solve_one_by_one(model: DistanceModel, problems: Problems, predictor) -> list[tuple[int, int]]:
    """(expansions, cost) of each problem, one problem after the other, with heapq."""
    return [
        solve_alone(predictor(model, grid, int(goal)), grid, int(start), int(goal))
        for grid, start, goal in zip(
            problems.domain.walls, problems.starts, problems.goals, strict=True
        )
    ]


def solve_alone(predict: Predict, grid: np.ndarray, start: int, goal: int) -> tuple[int, int]:
    steps = {start: 0}
    queue = [(0.0, 0, start)]
    expansions = 0
    while queue:
        _, _, cell = heapq.heappop(queue)
        if cell == goal:
            return expansions, steps[goal]
        expansions += 1
        unseen = [child for child in neighbours(grid, cell) if child not in steps]
        if unseen:
            for child, value in zip(unseen, predict(unseen), strict=True):
                heapq.heappush(queue, (value, len(steps), child))
                steps[child] = steps[cell] + 1
    return expansions, -1


def neighbours(grid: np.ndarray, cell: int) -> list[int]:
    row, column = divmod(cell, SIDE)
    moves = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return [r * SIDE + c for r, c in moves if 0 <= r < SIDE and 0 <= c < SIDE and not grid[r, c]]


@pytest.mark.benchmark(group="heatmaps-1000")
@pytest.mark.parametrize("encoder", ["whole maze", "cell by cell"])
def test_heatmaps(benchmark, metric: LearnedMetric, encoder: str) -> None:
    """Reported alone: the two answer the same question, but not with the same answer."""
    problems = make_problems(benchmark, 1000)
    asked = load() if encoder == "whole maze" else metric
    arguments = (problems.domain, problems.goals)
    fields = benchmark.pedantic(asked.heatmap, arguments, rounds=rounds(benchmark))
    starts = fields.reshape(len(problems), -1)[np.arange(len(problems)), problems.starts]
    expected = asked.distance(problems.domain, problems.starts, problems.goals)
    np.testing.assert_allclose(starts, expected, rtol=1e-3, atol=1e-3)
