"""Search in domains of one's own: as on mazes, to the last node."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import numpy as np
import pytest
import reference_search as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsearch.metrics.domain import DomainMetric

from mlsearch.base.errors import DomainError, HeuristicError
from mlsearch.domains import checked
from mlsearch.domains.checked import EncodedDomain, GraphDomain
from mlsearch.domains.maze.baselines import baseline_table
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.own import ScalarDomain
from mlsearch.domains.problems import Problems
from mlsearch.search.result import SearchResult, SearchStatus
from mlsearch.search.solve import solve


class Graph:
    """A directed graph of rows of neighbours, its states multiplied so that they lie far apart."""

    def __init__(self, rows: np.ndarray, stride: int = 1) -> None:
        self.rows, self.stride = rows, stride

    def neighbours(self, states: np.ndarray) -> np.ndarray:
        rows = self.rows[states // self.stride]
        return np.where(rows < 0, -1, rows * self.stride)

    def of(self, state: int) -> list[int]:
        return [n for n in self.neighbours(np.array([state]))[0].tolist() if n >= 0]


class Grid:
    """Many mazes as one domain: a state is the maze's number times its cells, plus the cell."""

    def __init__(self, mazes: Mazes) -> None:
        self.walls, self.cells = mazes.walls, mazes.num_cells

    def neighbours(self, states: np.ndarray) -> np.ndarray:
        maze, cell = np.divmod(states, self.cells)
        height, width = self.walls.shape[1:]
        row, column = np.divmod(cell, width)
        moves = []
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            r, c = row + down, column + right
            inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
            free = inside & (self.walls[maze, r % height, c % width] == 0)
            moves.append(np.where(free, states + down * width + right, -1))
        return np.stack(moves, axis=1)


def assert_same(result: SearchResult, outcomes: list[reference.Outcome]) -> None:
    status = [SearchStatus[outcome.status.upper()] for outcome in outcomes]
    np.testing.assert_array_equal(result.status, status)
    np.testing.assert_array_equal(result.expansions, [o.expansions for o in outcomes])
    np.testing.assert_array_equal(result.generated, [o.generated for o in outcomes])
    np.testing.assert_array_equal(result.cost, [o.cost for o in outcomes])
    for i in np.flatnonzero(result.solved):
        assert result.path(i).dtype == np.int64
        assert result.path(i).tolist() == outcomes[i].path
    assert result.evaluations == sum(o.evaluations for o in outcomes)


OPTIONS = st.fixed_dictionaries(
    {
        "expansions_per_round": st.integers(1, 6),
        "max_expansions": st.none() | st.integers(0, 40),
        "weight": st.none() | st.sampled_from([0, 0.1, 1, 2.5, 1e30]) | st.floats(0, 10),
        "search": st.booleans(),
    }
).map(lambda o: o if o["search"] else o | {"weight": None})


@given(
    num_states=st.integers(1, 40),
    degree=st.integers(0, 5),
    stride=st.sampled_from([1, 3, 2**32, 2**57]),
    seed=st.integers(0, 2**32),
    scale=st.sampled_from([1, 3.3, 1e-3, 1e37]),
    max_active=st.integers(1, 15),
    num_threads=st.integers(1, 3),
    options=OPTIONS,
)
@settings(max_examples=300, deadline=None)
def test_random_graphs_agree_with_the_oracle(
    num_states, degree, stride, seed, scale, max_active, num_threads, options
) -> None:
    """Directed, with loops, moves that are there twice, and moves that are not possible."""
    rng = np.random.default_rng(seed)
    graph = Graph(rng.integers(-1, num_states, size=(num_states, degree)), stride)
    starts, goals = stride * rng.integers(num_states, size=(2, 10))
    table = rng.choice([-1.5, -0.0, 0.0, 2.0, *rng.random(6)], size=(10, num_states)) * scale
    table = table.astype(np.float32)

    result = solve(
        graph,
        starts,
        goals,
        lambda problem, state: table[problem, state // stride],
        max_active=max_active,
        num_threads=num_threads,
        **options,
    )
    outcomes = [
        reference.search(
            graph.of,
            int(start),
            int(goal),
            lambda state, values=values: values[state // stride],
            **options,
        )
        for start, goal, values in zip(starts, goals, table, strict=True)
    ]
    assert_same(result, outcomes)


@given(seed=st.integers(0, 2**32), walls=st.floats(0, 0.5), options=OPTIONS)
@settings(max_examples=100, deadline=None)
def test_a_maze_as_a_domain_is_searched_as_the_maze(seed, walls, options) -> None:
    rng = np.random.default_rng(seed)
    maps = rng.random((12, *rng.integers(2, 9, size=2))) < walls
    maps[:, 0, 0] = False
    free = [np.flatnonzero(~grid) for grid in maps]
    starts, goals = (np.array([rng.choice(cells) for cells in free]) for _ in range(2))
    problems = Problems(Mazes(maps), starts, goals)
    table = baseline_table("euclidean", problems.domain, goals).reshape(12, -1)
    first = np.arange(12) * problems.domain.num_cells

    maze = solve(problems, heuristic=table, **options)
    domain = solve(
        Grid(problems.domain),
        first + starts,
        first + goals,
        lambda problem, state: table[problem, state - first[problem]],
        **options,
    )
    for name in ("status", "expansions", "generated", "cost", "evaluations"):
        np.testing.assert_array_equal(getattr(domain, name), getattr(maze, name))
    for i in np.flatnonzero(maze.solved):
        np.testing.assert_array_equal(domain.path(i) - first[i], maze.path(i))


@pytest.mark.parametrize("options", [{}, {"search": False}, {"weight": 1.5}])
def test_batches_and_threads_change_nothing(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(1)
    graph = Graph(rng.integers(-1, 300, size=(300, 3)))
    starts, goals = rng.integers(300, size=(2, 3000))
    values = rng.random((3000, 300), dtype=np.float32)

    def found(max_active: int | None, num_threads: int) -> list:
        heuristic = lambda problem, state: values[problem, state]  # noqa: E731
        limits = {"max_active": max_active, "num_threads": num_threads}
        result = solve(graph, starts, goals, heuristic, **limits, **options)
        paths = [result.path(i).tolist() for i in np.flatnonzero(result.solved)]
        assert 0 < len(paths) < 3000
        return [result.expansions.tolist(), result.status.tolist(), paths, result.evaluations]

    expected = found(None, 1)
    for limits in [(None, 3), (7, 1), (1200, 2)]:
        assert found(*limits) == expected


LINE = ScalarDomain(lambda state: [state + 1, state - 1] if state else [1], lambda state: [state])


def ahead(goal: int):
    return lambda problem, state: abs(state - np.float32(goal))


def test_one_goal_serves_all_starts_and_start_may_be_the_goal() -> None:
    result = solve(LINE, [3, 5, 9], 5, ahead(5))
    assert result.cost.tolist() == [2, 0, 4]
    assert result.path(0).tolist() == [3, 4, 5]
    assert result.path(1).tolist() == [5]
    assert solve(LINE, 3, 5, ahead(5), weight=1).cost.tolist() == [2]
    assert len(solve(LINE, np.empty(0, int), 5, ahead(5))) == 0


def test_the_largest_state_is_one_too() -> None:
    last = 2**63 - 1
    down = ScalarDomain(lambda state: [state - 1])
    result = solve(down, last, last - 3, lambda p, s: np.zeros(len(s)))
    assert result.path(0).tolist() == [last, last - 1, last - 2, last - 3]


def test_neighbours_are_asked_for_all_problems_together_and_never_for_none() -> None:
    sizes = []

    class Counting(Graph):
        def neighbours(self, states: np.ndarray) -> np.ndarray:
            assert states.dtype == np.int64
            sizes.append(len(states))
            return super().neighbours(states)

    line = Counting(np.array([[1], [2], [3], [-1]]))
    result = solve(line, [0, 0, 1], [3, 3, 3], lambda p, s: np.zeros(len(s)))
    assert result.cost.tolist() == [3, 3, 2]
    assert sizes == [3, 3, 2]
    assert result.rounds == 3


def test_times_add_up() -> None:
    def slow(state: int) -> list[int]:
        time.sleep(0.005)
        return [state + 1]

    result = solve(ScalarDomain(slow), 0, 4, lambda p, s: np.zeros(len(s)))
    assert 0.02 <= result.seconds_domain < result.seconds
    assert 0 <= result.seconds_heuristic + result.seconds_search < result.seconds


def test_a_domain_may_search_itself() -> None:
    class Searching:
        def neighbours(self, states: np.ndarray) -> np.ndarray:
            assert solve(LINE, states, 0, ahead(0)).cost.tolist() == states.tolist()
            return states[:, None] + 1

    assert solve(Searching(), [0, 2], 4, ahead(4)).cost.tolist() == [4, 2]


# What is told ---------------------------------------------------------------------------------


class Answering:
    def __init__(self, answer) -> None:
        self.answer = answer

    def neighbours(self, states: np.ndarray):
        return self.answer(states)

    encode = neighbours


ANSWERS = [
    (lambda s: None, r"expected an int64 array of shape \[2, any\], got NoneType"),
    (lambda s: [[1]] * 2, "got list"),
    (lambda s: np.zeros((2, 1)), "got dtype float64"),
    (lambda s: np.zeros((2, 1), bool), "got dtype bool"),
    (lambda s: np.array([[2**70], [1]]), "got dtype object"),
    (lambda s: s, r"got shape \[2\]"),
    (lambda s: np.zeros((3, 1), int), r"got shape \[3, 1\]"),
    (lambda s: np.zeros((2, 1, 1), int), r"got shape \[2, 1, 1\]"),
    (lambda s: np.array([[1], [2**63]], np.uint64), "of state 4: expected states up to .*9223372"),
    (lambda s: np.array([[1], [2**64 - 1]], np.uint64), "of state 4: expected states up to"),
    (lambda s: np.array([[1, -1], [1, -2]]), "problem 1, state 4: expected states .*, got -2"),
    (lambda s: np.full((2, 1), -(2**63)), "problem 0, state 3: .*, got -9223372036854775808"),
]


@pytest.mark.parametrize(("answer", "message"), ANSWERS)
def test_bad_neighbours_are_told(answer, message) -> None:
    with pytest.raises(DomainError, match=message):
        solve(Answering(answer), [3, 4], 9, ahead(9))


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.uint64, ">i8"])
def test_integers_of_any_kind_and_layout_are_right(dtype) -> None:
    domain = Answering(lambda s: np.asfortranarray(np.stack([s + 1, s + 2, s], 1)).astype(dtype))
    assert solve(domain, [0, 3], 6, ahead(6)).cost.tolist() == [3, 2]


def test_what_the_domain_does_to_its_input_changes_nothing() -> None:
    def greedy(states: np.ndarray) -> np.ndarray:
        rows = states[:, None] + 1
        states[:] = -5
        return rows

    assert solve(Answering(greedy), [0, 3], 6, ahead(6)).cost.tolist() == [6, 3]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit, MemoryError])
def test_what_the_domain_raises_surfaces_unchanged(error) -> None:
    raised = error("mine")

    def fail(state: int) -> list[int]:
        if state == 3:
            raise raised
        return [state + 1]

    with pytest.raises(error) as caught:
        solve(ScalarDomain(fail), [0, 1], 9, ahead(9), num_threads=3)
    assert caught.value is raised


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
@pytest.mark.parametrize("options", [{}, {"search": False}, {"weight": 2.0}])
def test_a_non_finite_prediction_is_named(value, options) -> None:
    def heuristic(problem: np.ndarray, state: np.ndarray) -> np.ndarray:
        return np.where((problem == 1) & (state == 2**40 + 2), value, 0.0)

    name = "NaN" if np.isnan(value) else "minus infinite" if value < 0 else "infinite"
    with pytest.raises(HeuristicError, match=rf"problem 1, state 1099511627778 is {name}$"):
        solve(ScalarDomain(lambda s: [s + 1]), [0, 2**40], 2**41, heuristic, **options)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda size: [0.0] * size, "expected a numpy array of 2 floats, got list"),
        (lambda size: np.zeros(size, np.int32), "expected floats, got dtype int32"),
        (lambda size: np.zeros(size + 1), r"expected shape \[2\], got \[3\]"),
    ],
)
def test_a_bad_answer_of_a_heuristic(answer, message) -> None:
    with pytest.raises(HeuristicError, match=message):
        solve(LINE, [0, 0], 9, lambda problem, state: answer(len(state)))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"starts": [0, -1]}, ValueError, "starts: problem 1: state -1 is negative"),
        ({"goals": [-7, 0]}, ValueError, "goals: problem 0: state -7 is negative"),
        ({"starts": [0.5, 1]}, TypeError, "starts: expected integers.*float64"),
        ({"starts": np.array([2**63, 1], np.uint64)}, TypeError, "starts: .*uint64"),
        ({"starts": [[0, 1]]}, ValueError, r"starts: expected shape \[N\], got \[1, 2\]"),
        ({"goals": [1, 2, 3]}, ValueError, r"goals: expected shape \[2\], got \[3\]"),
        ({"goals": None}, TypeError, "starts, goals: expected both"),
        ({"heuristic": "manhattan"}, TypeError, "heuristic: expected a callable.*got str"),
        ({"heuristic": None}, TypeError, "got NoneType"),
        ({"heuristic": np.zeros((2, 9))}, TypeError, "got ndarray"),
        ({"weight": -1.0}, ValueError, "weight: expected a finite number"),
        ({"max_active": 0}, ValueError, "max_active: .*got 0"),
        ({"expansions_per_round": 0}, ValueError, "expansions_per_round: .*got 0"),
    ],
)
def test_bad_arguments(changes, error, message) -> None:
    arguments = {"mazes": LINE, "starts": [0, 1], "goals": 9, "heuristic": ahead(9)}
    with pytest.raises(error, match=message):
        solve(**(arguments | changes))


# Without bounds -------------------------------------------------------------------------------

UP = ScalarDomain(lambda state: [2 * state + 1, 2 * state + 2] if state < 2**61 else [])


def flat(problem: np.ndarray, state: np.ndarray) -> np.ndarray:
    return np.zeros(len(state))


@pytest.mark.parametrize("options", [{}, {"weight": 1.0}])
def test_memory_is_bounded_where_the_graph_is_not(monkeypatch, options) -> None:
    monkeypatch.setattr(checked, "MAX_BYTES", 2**20)
    message = (
        r"\d+ states, seen by 2 active .*the most by problem [01]; set max_expansions, or lower"
    )
    with pytest.raises(MemoryError, match=message):
        solve(UP, [0, 0], 2**62, flat, expansions_per_round=64, **options)


def test_a_budget_bounds_a_search_without_end() -> None:
    result = solve(UP, [0, 0], [2, 2**62], flat, max_expansions=1000)
    assert result.status.tolist() == [SearchStatus.SOLVED, SearchStatus.OUT_OF_BUDGET]
    assert result.expansions.tolist() == [2, 1000]


def test_what_finished_problems_have_seen_counts_no_more(monkeypatch) -> None:
    monkeypatch.setattr(checked, "MAX_BYTES", 3 * 2**20)
    limits = {"max_expansions": 20_000, "expansions_per_round": 1000}
    result = solve(UP, [0] * 20, 2**62, flat, max_active=1, **limits)
    assert (result.expansions == 20_000).all()


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT for one process")
@pytest.mark.parametrize("kind", ["quick", "asleep"])
def test_ctrl_c_ends_a_search(kind: str) -> None:
    code = """
        import time
        import numpy as np
        from mlsearch.search.solve import solve

        class Endless:
            def neighbours(self, states):
                if KIND == "asleep":
                    time.sleep(1000)
                return np.stack([states + 1, states + 2], axis=1)

        print("ready", flush=True)
        solve(Endless(), 0, 2**62, lambda problem, state: state.astype(np.float64))
    """.replace("KIND", repr(kind))
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert errors.rstrip().endswith("KeyboardInterrupt")


# The protocols --------------------------------------------------------------------------------


def test_what_is_a_domain() -> None:
    assert isinstance(LINE, GraphDomain)
    assert isinstance(LINE, EncodedDomain)
    assert not isinstance(Graph(np.zeros((1, 1))), EncodedDomain)
    for other in (Mazes.generate(1, 5), np.zeros((3, 3)), [[0]]):
        assert not isinstance(other, GraphDomain)


@pytest.mark.parametrize("answer", [[1.5], ["x"], [2**63], [None]])
def test_a_neighbour_of_a_scalar_domain_that_is_no_integer(answer) -> None:
    with pytest.raises(DomainError, match=r"of state 3: expected integers of 64 bits, got \["):
        solve(ScalarDomain(lambda state: answer), 3, 4, flat)


def test_a_network_over_features_leads_a_search(one_thread) -> None:
    import torch

    rows = []

    class Twice(torch.nn.Module):
        def forward(self, features: torch.Tensor) -> torch.Tensor:
            assert not self.training
            assert not torch.is_grad_enabled()
            rows.append(len(features))
            return 2 * features

    metric = DomainMetric(Twice())
    np.testing.assert_array_equal(metric.distance(LINE, [3, 5, 9], 5), [4, 0, 8])
    rows.clear()
    result = solve(LINE, [3, 5, 9, 0], [5, 5, 5, 1], metric)
    assert result.cost.tolist() == [2, 0, 4, 1]
    assert rows[0] == 2  # each goal once
    assert sum(rows[1:]) == result.evaluations


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda s: [[0.0]], r"encode: expected a float32 array of shape \[1, any\], got list"),
        (lambda s: s[:, None], "got dtype int64"),
        (lambda s: s * 1.0, r"got shape \[1\]"),
    ],
)
def test_bad_features_are_told(answer, message) -> None:
    import torch

    with pytest.raises(DomainError, match=message):
        DomainMetric(torch.nn.Identity()).distance(Answering(answer), [1], 2)


def test_a_domain_without_features() -> None:
    import torch

    metric = DomainMetric(torch.nn.Identity())
    with pytest.raises(TypeError, match=r"expected methods neighbours.* and encode.*got Graph"):
        metric.distance(Graph(np.zeros((1, 1))), [1], 2)
    with pytest.raises(TypeError, match="made without it"):
        metric.distance(UP, [1], 2)


def test_an_object_that_makes_no_callable() -> None:
    class Tabled:
        def heuristic(self, domain, goals):
            return np.zeros((1, 3))

    with pytest.raises(HeuristicError, match="no callable for a domain, but ndarray"):
        solve(LINE, 0, 2, Tabled())


def test_searches_in_threads_do_not_disturb_each_other() -> None:
    expected = solve(LINE, range(40), 20, ahead(20)).expansions.tolist()
    found: list = []
    work = lambda: found.append(solve(LINE, range(40), 20, ahead(20)).expansions.tolist())  # noqa: E731
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6
