"""Search in any domain: as on mazes, to the last node."""

import os
import threading
import time
from typing import Any

import numpy as np
import pytest
import reference_search as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from test_interrupt import assert_program_stops

from mlsearch.base.errors import DomainError, HeuristicError
from mlsearch.domains.check import check_domain
from mlsearch.domains.contract import Domain, Enumerable, Learnable, States
from mlsearch.domains.maze.baselines import baseline_table
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.own import ScalarDomain
from mlsearch.domains.problems import Problems
from mlsearch.domains.rows import is_goal
from mlsearch.search.heuristics import BASELINES, baseline, baselines_of
from mlsearch.search.result import SearchResult, SearchStatus
from mlsearch.search.solve import solve


class Graph:
    """A directed graph: state n is row n of ``codes``; a blocked move is one to itself."""

    def __init__(self, moves: np.ndarray, codes: np.ndarray, goal_mask=None) -> None:
        self.states = States(codes.dtype, codes.shape[1:], goal_mask)
        self.num_moves = moves.shape[1]
        self.moves, self.codes = moves, codes
        self.number = {code.tobytes(): n for n, code in enumerate(codes)}

    def __len__(self) -> int:
        return 1

    def __getitem__(self, worlds):
        return self

    def numbers(self, states: np.ndarray) -> np.ndarray:
        return np.array([self.number[state.tobytes()] for state in states], np.int32)

    def neighbours(self, states: np.ndarray, worlds: np.ndarray) -> np.ndarray:
        assert states.dtype == self.codes.dtype
        assert worlds.dtype == np.int32
        assert (worlds == 0).all()
        return self.codes[self.moves[self.numbers(states)]]

    def goals_of(self, goal: int) -> set[int]:
        matches = is_goal(self.codes, self.codes[goal], self.states)
        return set(np.flatnonzero(matches).tolist())


def near_rows(rng: np.random.Generator, num: int) -> np.ndarray:
    """54 bytes each, no two of them different in more than two."""
    rows = np.repeat(rng.integers(6, size=(1, 54), dtype=np.uint8), num, axis=0)
    rows[np.arange(num), rng.permutation(54)[:num]] ^= 1
    return rows


CODES = {
    "int64": lambda rng, num: rng.permutation(np.arange(-num, num))[:num] * 2**55 - 3,
    "far apart": lambda rng, num: np.arange(num, dtype=np.uint64) << np.uint64(57),
    "int8": lambda rng, num: rng.permutation(256)[:num].astype(np.int8),
    "int32": lambda rng, num: np.arange(num, dtype=np.int32),
    "54 bytes": near_rows,
    "bits": lambda rng, num: np.unpackbits(
        rng.permutation(256)[:num, None].astype(np.uint8), axis=1
    ).astype(bool),
    "int16 [2, 3]": lambda rng, num: (
        (rng.permutation(4**6)[:num, None] // 4 ** np.arange(6) % 4)
        .reshape(num, 2, 3)
        .astype(np.int16)
    ),
}


def assert_same(result: SearchResult, outcomes: list[reference.Outcome], codes: np.ndarray) -> None:
    status = [SearchStatus[outcome.status.upper()] for outcome in outcomes]
    np.testing.assert_array_equal(result.status, status)
    np.testing.assert_array_equal(result.expansions, [o.expansions for o in outcomes])
    np.testing.assert_array_equal(result.generated, [o.generated for o in outcomes])
    np.testing.assert_array_equal(result.cost, [o.cost for o in outcomes])
    for i in np.flatnonzero(result.solved):
        assert result.path(i).dtype == codes.dtype
        np.testing.assert_array_equal(result.path(i), codes[outcomes[i].path])
    assert result.evaluations == sum(o.evaluations for o in outcomes)


OPTIONS = st.fixed_dictionaries(
    {
        "expansions_per_round": st.integers(1, 6),
        "max_expansions": st.none() | st.integers(0, 40),
        "max_generated": st.none() | st.integers(0, 60),
        "weight": st.none() | st.sampled_from([0, 0.1, 1, 2.5, 1e30]) | st.floats(0, 10),
        "search": st.booleans(),
    }
).map(lambda o: o if o["search"] else o | {"weight": None})
BEAMS = st.fixed_dictionaries(
    {
        "beam_width": st.integers(1, 8) | st.just(2**40),
        "max_expansions": st.none() | st.integers(0, 40),
        "max_generated": st.none() | st.integers(0, 60),
    }
)


@given(
    num_states=st.integers(1, 40),
    degree=st.integers(1, 5),
    kind=st.sampled_from(list(CODES)),
    is_masked=st.booleans(),
    seed=st.integers(0, 2**32),
    scale=st.sampled_from([1, 3.3, 1e-3, 1e37]),
    max_active=st.integers(1, 15),
    num_threads=st.integers(1, 3),
    options=OPTIONS | BEAMS,
)
@settings(max_examples=600, deadline=None)
def test_random_graphs_agree_with_the_oracle(
    num_states, degree, kind, is_masked, seed, scale, max_active, num_threads, options
) -> None:
    """Directed, with moves that are there twice, and moves that are blocked."""
    rng = np.random.default_rng(seed)
    moves = rng.integers(-1, num_states, size=(num_states, degree))
    moves = np.where(moves < 0, np.arange(num_states)[:, None], moves)
    codes = CODES[kind](rng, num_states)
    mask = rng.random(codes.shape[1:]) < 0.8
    graph = Graph(moves, codes, mask if is_masked and mask.any() else None)
    starts, goals = rng.integers(num_states, size=(2, 10))
    table = rng.choice([-1.5, -0.0, 0.0, 2.0, *rng.random(6)], size=(10, num_states)) * scale
    table = table.astype(np.float32)

    result = solve(
        graph,
        codes[starts],
        codes[goals],
        lambda problem, state: table[problem, graph.numbers(state)],
        max_active=max_active,
        num_threads=num_threads,
        **options,
    )
    outcomes = [
        reference.search(
            lambda state: moves[state].tolist(),
            int(start),
            graph.goals_of(int(goal)),
            values.tolist().__getitem__,
            **options,
        )
        for start, goal, values in zip(starts, goals, table, strict=True)
    ]
    assert_same(result, outcomes, codes)


class AskedMazes(Mazes):
    """Mazes that are searched as any other domain."""

    compiled = None


@given(
    seed=st.integers(0, 2**32),
    walls=st.floats(0, 0.5),
    is_shared=st.booleans(),
    is_table=st.booleans(),
    options=OPTIONS | BEAMS,
)
@settings(max_examples=100, deadline=None)
def test_a_maze_as_a_domain_is_searched_as_the_maze(
    seed, walls, is_shared, is_table, options
) -> None:
    rng = np.random.default_rng(seed)
    maps = rng.random((1 if is_shared else 12, *rng.integers(2, 9, size=2))) < walls
    maps[:, 0, 0] = False
    free = [np.flatnonzero(~maps[i % len(maps)]) for i in range(12)]
    starts, goals = (np.array([rng.choice(cells) for cells in free]) for _ in range(2))
    table = baseline_table("euclidean", Mazes(maps), goals).reshape(12, -1)

    maze = solve(maps, starts, goals, table, **options)
    heuristic = table if is_table else lambda problem, state: table[problem, state]
    domain = solve(AskedMazes(maps), starts, goals, heuristic, **options)
    for name in ("status", "expansions", "generated", "cost", "evaluations"):
        np.testing.assert_array_equal(getattr(domain, name), getattr(maze, name))
    for i in np.flatnonzero(maze.solved):
        np.testing.assert_array_equal(domain.path(i), maze.path(i))


@pytest.mark.parametrize("options", [{}, {"search": False}, {"weight": 1.5}, {"beam_width": 5}])
def test_batches_and_threads_change_nothing(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(1)
    moves = rng.integers(300, size=(300, 3))
    codes = rng.permutation(300)[:, None].astype(np.int32) * np.array([1, -7, 2**20], np.int32)
    graph = Graph(moves, codes)
    starts, goals = rng.integers(300, size=(2, 3000))
    values = rng.random((3000, 300), dtype=np.float32)

    def found(max_active: int | None, num_threads: int) -> list:
        heuristic = lambda problem, state: values[problem, graph.numbers(state)]  # noqa: E731
        limits = {"max_active": max_active, "num_threads": num_threads}
        result = solve(graph, codes[starts], codes[goals], heuristic, **limits, **options)
        paths = [result.path(i).tolist() for i in np.flatnonzero(result.solved)]
        assert 0 < len(paths) < 3000
        return [result.expansions.tolist(), result.status.tolist(), paths, result.evaluations]

    expected = found(None, 1)
    for limits in [(None, 3), (7, 1), (1200, 2)]:
        assert found(*limits) == expected


LINE = ScalarDomain(lambda state: [state + 1, state - 1] if state else [1], num_moves=2)


def ahead(goal: int):
    return lambda problem, state: abs(state - np.float32(goal))


def flat(problem: np.ndarray, state: np.ndarray) -> np.ndarray:
    return np.zeros(len(state))


def test_one_goal_serves_all_starts_and_start_may_be_the_goal() -> None:
    result = solve(LINE, [3, 5, 9], 5, ahead(5))
    assert result.cost.tolist() == [2, 0, 4]
    assert result.path(0).tolist() == [3, 4, 5]
    assert result.path(1).tolist() == [5]
    assert solve(LINE, 3, 5, ahead(5), weight=1).cost.tolist() == [2]
    assert len(solve(LINE, np.empty(0, int), 5, ahead(5))) == 0


def test_the_largest_states_are_states_too() -> None:
    last = 2**64 - 1
    down = ScalarDomain(lambda state: [state - 1], dtype=np.uint64)
    result = solve(down, np.uint64(last), np.uint64(last - 3), flat)
    assert result.path(0).tolist() == [last, last - 1, last - 2, last - 3]


def test_a_goal_under_a_mask_ends_at_the_state_that_was_reached() -> None:
    """A worker that pushes a box along a line; the box alone counts."""

    def pushed(state: tuple[int, int]) -> list[tuple[int, int]]:
        worker, box = state
        return [(worker + 1, box + (worker + 1 == box)), (worker - 1, box - (worker - 1 == box))]

    line = ScalarDomain(pushed, 2, np.int8, (2,), goal_mask=np.array([False, True]))
    result = solve(line, [[0, 2], [5, 5]], [99, 4], lambda p, s: abs(s[:, 1] - 4.0), weight=1)
    assert result.path(0).tolist() == [[0, 2], [1, 2], [2, 3], [3, 4]]
    assert result.path(1).tolist() == [[5, 5], [6, 5], [5, 4]]


def test_neighbours_are_asked_for_all_problems_together_and_never_for_none() -> None:
    sizes = []

    class Counting(Graph):
        def neighbours(self, states: np.ndarray, worlds: np.ndarray) -> np.ndarray:
            sizes.append(len(states))
            return super().neighbours(states, worlds)

    line = Counting(np.array([[1], [2], [3], [3]]), np.arange(4))
    result = solve(line, [0, 0, 1], [3, 3, 3], flat)
    assert result.cost.tolist() == [3, 3, 2]
    assert sizes == [3, 3, 2]
    assert result.rounds == 3


def test_times_add_up() -> None:
    def slow(state: int) -> list[int]:
        time.sleep(0.005)
        return [state + 1]

    result = solve(ScalarDomain(slow), 0, 4, flat)
    assert 0.02 <= result.seconds_domain < result.seconds
    assert 0 <= result.seconds_heuristic + result.seconds_search < result.seconds


def test_a_domain_may_search_itself() -> None:
    class Searching(Graph):
        def neighbours(self, states: np.ndarray, worlds: np.ndarray) -> np.ndarray:
            assert solve(LINE, states, 0, ahead(0)).cost.tolist() == states.tolist()
            return super().neighbours(states, worlds)

    line = Searching(np.arange(1, 7)[:, None], np.arange(6))
    assert solve(line, [0, 2], 4, ahead(4)).cost.tolist() == [4, 2]


# Baselines and tables -------------------------------------------------------------------------


class Ring:
    """A ring of ten states in each of two worlds; steps of the second are twice as long."""

    states = States(np.int16)
    num_moves, num_states = 2, 10

    def __init__(self, steps=(1, 3)) -> None:
        self.steps = np.array(steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, worlds) -> "Ring":
        return Ring(self.steps[worlds])

    def neighbours(self, states, worlds):
        step = self.steps[worlds]
        found = np.stack([(states + step) % 10, (states - step) % 10], axis=1)
        return found.astype(np.int16)

    def index(self, states):
        return states.astype(np.int32)

    def all_states(self):
        return np.arange(10, dtype=np.int16)

    def distances(self, goals):
        apart = (self.all_states() - goals[:, None]) * pow(3, -1, 10) ** (self.steps[:, None] > 1)
        return np.minimum(apart % 10, -apart % 10).astype(np.int32)


def test_a_ring_is_enumerable() -> None:
    check_domain(Ring(), states=range(10))
    assert list(baselines_of(Ring())) == ["zero", "random", "perfect"]
    assert list(baselines_of(LINE)) == ["zero", "random"]
    assert list(baselines_of(Mazes.generate(1, 5))) == [
        "zero",
        "random",
        "manhattan",
        "euclidean",
        "landmarks",
        "perfect",
    ]


@pytest.mark.parametrize("domain", [Ring(), Ring((1,)), Ring((3,))])
def test_the_perfect_baseline_goes_straight_to_the_goal(domain) -> None:
    starts, goals = np.array([[0, 7], [4, 4]])
    result = solve(domain, starts, goals, "perfect")
    distances = [
        int(domain[[i % len(domain)]].distances(goals[[i]]).reshape(-1)[starts[i]])
        for i in range(2)
    ]
    assert result.cost.tolist() == result.expansions.tolist() == distances
    np.testing.assert_array_equal(result.cost, Problems(domain, starts, goals).optimal)


def test_a_baseline_depends_on_the_state_and_the_problem_alone() -> None:
    rows = np.random.default_rng(0).integers(0, 256, (4000, 54), np.uint8)
    graph = Graph(np.zeros((1, 1), int), rows[:1])
    goals, problem = rows[:7], np.arange(4000, dtype=np.int32) % 7
    random = baseline("random", graph, goals, seed=3)
    values = random(problem, rows)
    assert values.dtype == np.float32
    assert 0 <= values.min() < 0.01
    assert 0.99 < values.max() < 1
    assert abs(values.mean() - 0.5) < 0.02
    assert len(np.unique(values)) > 3990
    order = np.random.default_rng(1).permutation(4000)[:99]
    np.testing.assert_array_equal(random(problem[order], rows[order]), values[order])
    again = baseline("random", graph, goals[:2], seed=3)
    np.testing.assert_array_equal(again(problem[:2], rows[:2]), values[:2])
    assert (baseline("random", graph, goals, seed=4)(problem, rows) != values).mean() > 0.99
    assert (random(problem, rows[::-1]) != values).mean() > 0.99
    assert (random((problem + 1) % 7, rows) != values).mean() > 0.99


def test_zero_is_the_order_of_discovery() -> None:
    assert solve(LINE, 3, 5, "zero").expansions.tolist() == solve(LINE, 3, 5, flat).expansions


@pytest.mark.parametrize("form", ["array", "list", "metric"])
def test_tables_are_read_by_the_numbers_of_states(form) -> None:
    table = np.random.default_rng(0).random((5, 10))
    ring, starts, goals = Ring((1,)), [0, 1, 2, 3, 4], [5, 5, 9, 3, 0]

    class Tabled:
        def heuristic(self, domain, goals):
            assert domain is ring
            assert goals.dtype == np.int16
            return table

    heuristic = {"array": table, "list": table.tolist(), "metric": Tabled()}[form]
    expected = solve(ring, starts, goals, lambda problem, state: table[problem, state])
    found = solve(ring, starts, goals, heuristic)
    assert found.expansions.tolist() == expected.expansions.tolist()


def test_added_baselines_are_known_by_name(monkeypatch) -> None:
    monkeypatch.setitem(BASELINES, "mine", lambda domain, goals, seed: ahead(5))
    assert solve(LINE, 3, 5, "mine").expansions.tolist() == [2]
    assert list(baselines_of(LINE)) == ["zero", "random", "mine"]


def test_a_domain_brings_baselines(monkeypatch) -> None:
    own = {"mine": lambda domain, goals, seed: ahead(int(goals[0]))}
    monkeypatch.setattr(Ring, "baselines", own, raising=False)
    assert list(baselines_of(Ring())) == ["zero", "random", "mine", "perfect"]
    assert solve(Ring((1,)), 3, 5, "mine").expansions.tolist() == [2]


def test_tables_that_take_too_much_memory(monkeypatch) -> None:
    monkeypatch.setattr("mlsearch.search.heuristics.MAX_TABLES_BYTES", 100)
    solve(Ring((1,)), [0, 1, 2], [5, 5, 6], "perfect")
    with pytest.raises(ValueError, match="'perfect': tables of 10 states for 3 goals take"):
        solve(Ring((1,)), [0, 1, 2], [5, 7, 6], "perfect")


# What is told ---------------------------------------------------------------------------------


class Answering:
    """A domain of int64 states and two moves with any answer."""

    states, num_moves = States(np.int64), 2

    def __init__(self, answer) -> None:
        self.answer = answer

    def __len__(self) -> int:
        return 1

    def __getitem__(self, worlds):
        return self

    def neighbours(self, states: np.ndarray, worlds: np.ndarray):
        return self.answer(states)


ANSWERS = [
    (lambda s: None, r"expected a int64 array of shape \[2, 2\], got NoneType"),
    (lambda s: [[1.0, 2.0]] * 2, "got list"),
    (lambda s: [[1, 2], [3]], "got rows of different lengths"),
    (lambda s: np.zeros((2, 2)), "got dtype float64"),
    (lambda s: np.zeros((2, 2), bool), "got dtype bool"),
    (lambda s: np.full((2, 2), 2**63, np.uint64), "got 9223372036854775808"),
    (lambda s: np.array([[2**70] * 2] * 2), "got dtype object"),
    (lambda s: s, r"got shape \[2\]"),
    (lambda s: np.zeros((3, 2), int), r"got shape \[3, 2\]"),
    (lambda s: np.zeros((2, 1), int), r"got shape \[2, 1\]"),
    (lambda s: np.zeros((2, 2, 1), int), r"got shape \[2, 2, 1\]"),
]


@pytest.mark.parametrize(("answer", "message"), ANSWERS)
def test_bad_neighbours_are_told(answer, message) -> None:
    with pytest.raises(DomainError, match=f"^neighbours: .*{message}"):
        solve(Answering(answer), [3, 4], 9, ahead(9))


def test_neighbours_in_any_layout_are_right() -> None:
    domain = Answering(lambda s: np.asfortranarray(np.stack([s + 1, s + 2], 1)))
    assert solve(domain, [0, 3], 6, ahead(6)).cost.tolist() == [3, 2]
    domain = Answering(lambda s: np.stack([s + 2, s, s + 1, s], 1)[:, ::2])
    assert solve(domain, [0, 3], 6, ahead(6)).cost.tolist() == [3, 2]


def test_what_the_domain_does_to_its_input_changes_nothing() -> None:
    def greedy(states: np.ndarray) -> np.ndarray:
        rows = np.stack([states + 1, states], axis=1)
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


def test_a_state_of_several_numbers_is_named_by_all_of_them() -> None:
    domain = ScalarDomain(lambda s: [(s[0] + 1, s[1])], 1, np.int8, (2,))
    with pytest.raises(HeuristicError, match=r"problem 0, state \[4, -7\] is NaN$"):
        solve(domain, [[3, -7]], [[9, 9]], lambda p, s: np.full(len(s), np.nan))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda size: [None] * size, "expected 2 real numbers, got list"),
        (lambda size: np.zeros(size, bool), "expected 2 real numbers, got dtype bool"),
        (lambda size: np.zeros(size + 1), r"expected shape \[2\], got \[3\]"),
    ],
)
def test_a_bad_answer_of_a_heuristic(answer, message) -> None:
    with pytest.raises(HeuristicError, match=message):
        solve(LINE, [0, 0], 9, lambda problem, state: answer(len(state)))


LACKS = "domain 'scalar' has none .it lacks num_states, index, all_states, distances.$"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"starts": [0.5, 1]}, TypeError, "starts: expected states of int64, got dtype float64"),
        (
            {"starts": np.array([1, 2**63], np.uint64)},
            ValueError,
            "starts: row 1: .* fit int64",
        ),
        ({"starts": [[0, 1]]}, ValueError, r"starts: expected shape \[N\], got \[1, 2\]"),
        ({"starts": [[0], [1, 2]]}, ValueError, "starts: expected an array, got rows of different"),
        ({"goals": [1, 2, 3]}, ValueError, r"goals: expected shape \[2\], got \[3\]"),
        ({"goals": None}, TypeError, "starts, goals: expected both"),
        ({"problems": Ring(), "starts": [0] * 3}, ValueError, "starts: expected 2 states, one for"),
        (
            {"problems": object()},
            TypeError,
            "problems: expected a domain, got object without states",
        ),
        ({"problems": Problems}, TypeError, "problems: expected a domain, got type without"),
        ({"heuristic": "manhattan"}, ValueError, "unknown heuristic 'manhattan'; expected one of"),
        ({"heuristic": "perfct"}, ValueError, "unknown heuristic 'perfct'; did you mean 'perfect'"),
        ({"heuristic": "perfect"}, TypeError, f"heuristic 'perfect' reads tables .*{LACKS}"),
        ({"heuristic": None}, TypeError, "heuristic: expected a name.*got NoneType"),
        ({"heuristic": np.zeros((2, 9))}, TypeError, f"heuristic: a table reads tables .*{LACKS}"),
        (
            {"problems": Ring((1,)), "heuristic": np.zeros((2, 9))},
            ValueError,
            r"heuristic: expected a table of shape \[2, 10\], got \[2, 9\]",
        ),
        ({"weight": -1.0}, ValueError, "weight: expected a finite number"),
        ({"max_active": 0}, ValueError, "max_active: .*got 0"),
        ({"expansions_per_round": 0}, ValueError, "expansions_per_round: .*got 0"),
    ],
)
def test_bad_arguments(changes, error, message) -> None:
    arguments = {"problems": LINE, "starts": [0, 1], "goals": 9, "heuristic": ahead(9)}
    with pytest.raises(error, match=message):
        solve(**(arguments | changes))


def test_a_metric_that_gives_a_table_where_there_are_none() -> None:
    class Tabled:
        def heuristic(self, domain, goals):
            return np.zeros((1, 3))

    with pytest.raises(HeuristicError, match=f"gave a bad table: .* reads tables .*{LACKS}"):
        solve(LINE, 0, 2, Tabled())


def test_what_a_metric_raises_surfaces_unchanged() -> None:
    raised = TypeError("landmark_wave reads maps")

    class Needy:
        def heuristic(self, domain, goals):
            raise raised

    with pytest.raises(TypeError) as caught:
        solve(LINE, 0, 2, Needy())
    assert caught.value is raised


# Without bounds -------------------------------------------------------------------------------

UP = ScalarDomain(lambda state: [2 * state + 1, 2 * state + 2] if state < 2**61 else [], 2)


ENDLESS = [
    {"expansions_per_round": 64},
    {"expansions_per_round": 64, "weight": 1.0},
    {"beam_width": 2**40},
]


@pytest.mark.parametrize("options", ENDLESS)
def test_memory_ends_the_problem_that_needs_too_much_and_no_other(options) -> None:
    goals = [2**62, 2, 2**62, 14]
    result = solve(UP, [0] * 4, goals, flat, max_bytes=2**18, **options)
    assert [bool(solved) for solved in result.solved] == [False, True, False, True]
    assert result.status[[0, 2]].tolist() == [SearchStatus.OUT_OF_BUDGET] * 2
    assert result.expansions[0] == result.expansions[2] > 1000


@pytest.mark.parametrize("options", ENDLESS)
def test_a_problem_has_the_same_memory_whatever_is_searched_beside_it(options) -> None:
    goals = [2**62, *range(100, 3000, 300), 2**62]
    counts = {"status", "expansions", "generated", "steps", "evaluations"}
    alone, few, all_at_once = (
        solve(UP, [0] * len(goals), goals, flat, max_bytes=2**18, max_active=active, **options)
        for active in (1, 3, 100)
    )
    assert 2 < alone.solved.sum() < len(goals)
    for other in (few, all_at_once):
        for name in counts:
            np.testing.assert_array_equal(getattr(other, name), getattr(alone, name))
    assert alone.rounds > all_at_once.rounds


def test_more_memory_lets_a_search_go_further() -> None:
    little, more = (
        solve(UP, 0, 2**62, flat, expansions_per_round=64, max_bytes=size).expansions[0]
        for size in (2**17, 2**20)
    )
    assert 6 * little < more < 10 * little


def test_too_little_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="max_bytes: expected at least 65536, got 1000"):
        solve(UP, 0, 2, flat, max_bytes=1000)


def test_a_budget_bounds_a_search_without_end() -> None:
    result = solve(UP, [0, 0], [2, 2**62], flat, max_expansions=1000)
    assert result.status.tolist() == [SearchStatus.SOLVED, SearchStatus.OUT_OF_BUDGET]
    assert result.expansions.tolist() == [2, 1000]


def test_what_finished_problems_have_seen_counts_no_more() -> None:
    limits = {"max_expansions": 20_000, "expansions_per_round": 1000, "max_bytes": 4 * 2**20}
    result = solve(UP, [0] * 20, 2**62, flat, max_active=1, **limits)
    assert (result.expansions == 20_000).all()


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT for one process")
@pytest.mark.parametrize("kind", ["quick", "asleep"])
def test_ctrl_c_ends_a_search(kind: str) -> None:
    code = """
        import time
        import numpy as np
        from mlsearch.domains.contract import States
        from mlsearch.search.solve import solve

        class Endless:
            states, num_moves = States(np.int64), 2

            def __len__(self):
                return 1

            def __getitem__(self, worlds):
                return self

            def neighbours(self, states, worlds):
                if KIND == "asleep":
                    time.sleep(1000)
                return np.stack([states + 1, states + 2], axis=1)

        print("ready", flush=True)
        solve(Endless(), 0, 2**62, lambda problem, state: state.astype(np.float64))
    """.replace("KIND", repr(kind))
    assert_program_stops(code)


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


# One state at a time --------------------------------------------------------------------------


def test_what_a_scalar_domain_is() -> None:
    assert isinstance(LINE, Domain)
    assert not isinstance(LINE, Learnable)
    assert not isinstance(LINE, Enumerable)
    check_domain(LINE, states=range(9))
    found = LINE.neighbours(np.array([0, 4]), np.zeros(2, np.int32))
    assert found.tolist() == [[1, 0], [5, 3]]  # filled up with the state itself


def test_a_scalar_domain_of_boards() -> None:
    """A row of three lights; each button flips its light and the one beside it."""

    def pressed(lights: tuple[bool, ...]) -> list[tuple[bool, ...]]:
        assert isinstance(lights, tuple)
        return [tuple(x ^ (i in (b, b + 1)) for i, x in enumerate(lights)) for b in range(3)]

    lights = ScalarDomain(
        pressed,
        num_moves=3,
        dtype=bool,
        shape=(3,),
        features=lambda lights: [2 * i + x for i, x in enumerate(lights)],
        num_features=6,
        origin=[False] * 3,
        is_reversible=True,
    )
    assert isinstance(lights, Learnable)
    check_domain(lights)
    result = solve(lights, [[True] * 3, [False] * 3], [False] * 3, "zero", weight=1)
    assert result.cost.tolist() == [2, 0]
    assert result.path(0).dtype == bool
    problems = Problems.sample(lights, num=5, scramble=7)
    assert solve(problems, heuristic="zero").solved.all()


def test_features_come_with_all_that_learning_needs() -> None:
    with pytest.raises(TypeError, match="features: expected num_features and origin"):
        ScalarDomain(lambda state: [state], features=lambda state: [0])
    with pytest.raises(ValueError, match="num_features: expected 1 to"):
        ScalarDomain(lambda s: [s], features=lambda s: [0], num_features=0, origin=0)
    with pytest.raises(ValueError, match="num_moves: expected 1 to"):
        ScalarDomain(lambda state: [state], num_moves=0)


@pytest.mark.parametrize("answer", [[1.5], ["x"], [2**63], [None], [[1]], [1, [2]]])
def test_a_neighbour_of_a_scalar_domain_that_is_no_state(answer) -> None:
    with pytest.raises(
        DomainError, match=r"of state 3: expected states of int64 and shape \[\], got"
    ):
        solve(ScalarDomain(lambda state: answer), 3, 4, flat)


def test_more_neighbours_than_moves() -> None:
    with pytest.raises(DomainError, match=r"of state 3: expected at most 2 \(num_moves\), got 3"):
        solve(ScalarDomain(lambda state: [1, 2, 3], 2), 3, 4, flat)
