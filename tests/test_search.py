import signal
import subprocess
import sys
import textwrap
import time
from typing import Any

import numpy as np
import pytest
import reference_search as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsearch.base.errors import HeuristicError
from mlsearch.domains.maze.baselines import baseline_table
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.search.result import SearchResult, SearchStatus
from mlsearch.search.solve import solve

SHAPES = [(2, 2), (2, 9), (9, 2), (5, 5), (4, 7), (8, 6), (7, 7), (10, 8), (3, 14), (11, 11)]


def random_problems(shape: tuple[int, int], num: int, seed: int, walls: float = 0.3) -> Problems:
    """Problems on mazes that need not be connected; start and goal may coincide."""
    rng = np.random.default_rng(seed)
    maps = rng.random((num, *shape)) < walls
    maps[np.arange(num), rng.integers(shape[0], size=num), rng.integers(shape[1], size=num)] = False
    free = [np.flatnonzero(~grid) for grid in maps]
    starts, goals = (np.array([rng.choice(cells) for cells in free]) for _ in range(2))
    return Problems(Mazes(maps), starts, goals)


def make_table(kind: str, problems: Problems, seed: int) -> np.ndarray:
    if kind == "signed":  # few values, so many ties, also of 0.0 with -0.0
        values = np.array([-1.5, -0.0, 0.0, 2.0], np.float32)
        shape = (len(problems), *problems.domain.shape)
        return np.random.default_rng(seed).choice(values, size=shape)
    return baseline_table(kind, problems.domain, problems.goals, seed=seed)


def lookup(table: np.ndarray):
    """The table as a callback."""
    flat = table.reshape(len(table), -1)
    return lambda problem, state: flat[problem, state]


def expected(problems: Problems, table: np.ndarray, **options: Any) -> list[reference.Outcome]:
    return [
        reference.search(
            walls, int(start), int(goal), values.ravel().tolist().__getitem__, **options
        )
        for walls, start, goal, values in zip(
            problems.domain.walls, problems.starts, problems.goals, table, strict=True
        )
    ]


def assert_equal(result: SearchResult, outcomes: list[reference.Outcome]) -> None:
    """Every problem ends in the same way, after the same work, with the same path."""
    status = [SearchStatus[outcome.status.upper()] for outcome in outcomes]
    np.testing.assert_array_equal(result.status, status)
    np.testing.assert_array_equal(result.expansions, [o.expansions for o in outcomes])
    np.testing.assert_array_equal(result.generated, [o.generated for o in outcomes])
    np.testing.assert_array_equal(result.cost, [o.cost for o in outcomes])
    np.testing.assert_array_equal(result.solved, [o.path is not None for o in outcomes])
    for i in np.flatnonzero(result.solved):
        assert result.path(i).tolist() == outcomes[i].path
    assert result.evaluations == sum(o.evaluations for o in outcomes)


@pytest.mark.parametrize("search", [True, False])
@pytest.mark.parametrize("kind", ["random", "euclidean", "zero", "perfect", "signed"])
def test_ten_thousand_problems_agree_with_the_oracle(kind: str, search: bool) -> None:
    for seed, shape in enumerate(SHAPES):
        problems = random_problems(shape, 1000, seed)
        table = make_table(kind, problems, seed)
        outcomes = expected(problems, table, search=search)
        tabled = solve(problems, heuristic=table, search=search, num_threads=1 + seed % 3)
        assert_equal(tabled, outcomes)
        assert tabled.rounds == 0
        called = solve(
            problems,
            heuristic=lookup(table),
            search=search,
            max_active=[1, 7, 300, 5000][seed % 4] if seed > 0 else 1000,
            num_threads=1 + seed % 2,
        )
        assert_equal(called, outcomes)
        if kind == "perfect":
            np.testing.assert_array_equal(tabled.cost, problems.optimal)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Problems, np.ndarray, dict[str, Any]]:
    shape = draw(st.tuples(st.integers(2, 9), st.integers(2, 9)))
    seed = draw(st.integers(0, 2**32))
    problems = random_problems(shape, draw(st.integers(1, 12)), seed, draw(st.floats(0, 0.6)))
    table = make_table(draw(st.sampled_from(["random", "euclidean", "signed"])), problems, seed)
    table *= np.float32(draw(st.sampled_from([1, 3.3, 1e-3, 1e37])))
    options = {
        "expansions_per_round": draw(st.integers(1, 6)),
        "max_expansions": draw(st.none() | st.integers(0, 40)),
        "max_generated": draw(st.none() | st.integers(0, 60)),
    }
    weight = draw(st.none() | st.sampled_from([0, 0.1, 1, 2.5, 1e30]) | st.floats(0, 10))
    search = draw(st.booleans())
    options |= {"search": search, "weight": weight if search else None}
    return problems, table, options


@given(cases(), st.integers(1, 15), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_all_options_agree_with_the_oracle(
    case: tuple[Problems, np.ndarray, dict[str, Any]], max_active: int, num_threads: int
) -> None:
    problems, table, options = case
    outcomes = expected(problems, table, **options)
    assert_equal(solve(problems, heuristic=table, num_threads=num_threads, **options), outcomes)
    called = solve(
        problems,
        heuristic=lookup(table),
        max_active=max_active,
        num_threads=num_threads,
        **options,
    )
    assert_equal(called, outcomes)


@pytest.mark.parametrize("heuristic", ["perfect", "manhattan", "euclidean", "zero"])
def test_a_star_is_optimal_with_admissible_distances(heuristic: str) -> None:
    problems = random_problems((15, 15), 300, seed=1, walls=0.25)
    result = solve(problems, heuristic=heuristic, weight=1)
    np.testing.assert_array_equal(result.cost, problems.optimal)


def test_paths_are_walks_from_start_to_goal() -> None:
    problems = random_problems((15, 12), 300, seed=2)
    result = solve(problems, heuristic="euclidean")
    np.testing.assert_array_equal(result.solved, problems.optimal >= 0)
    assert 0 < result.solved.sum() < 300
    for i in np.flatnonzero(result.solved):
        path = result.path(i)
        assert path.dtype == np.int32
        assert (path[0], path[-1]) == (problems.starts[i], problems.goals[i])
        assert len(path) == result.cost[i] + 1 == len(set(path.tolist()))
        rows, columns = np.divmod(path, 12)
        assert (np.abs(np.diff(rows)) + np.abs(np.diff(columns)) == 1).all()
        assert not problems.domain.walls[i].ravel()[path].any()


def test_large_mazes_and_many_threads_change_nothing() -> None:
    problems = Problems.sample(Mazes.generate(40, size=(90, 70), seed=1), seed=2)
    table = baseline_table("euclidean", problems.domain, problems.goals)
    results = [solve(problems, heuristic=table, num_threads=n) for n in (1, 2, 5)]
    results += [solve(problems, heuristic=lookup(table), max_active=n) for n in (1, 13, 64)]
    for other in results[1:]:
        for name in ("status", "expansions", "generated", "cost", "evaluations"):
            np.testing.assert_array_equal(getattr(results[0], name), getattr(other, name))
        for i in range(40):
            np.testing.assert_array_equal(results[0].path(i), other.path(i))


@pytest.mark.parametrize("options", [{}, {"search": False}, {"weight": 1.5}, {"beam_width": 3}])
def test_rounds_that_are_shared_among_threads_change_nothing(options: dict[str, Any]) -> None:
    problems = random_problems((5, 5), 4000, seed=3)
    table = make_table("random", problems, seed=3)
    want = expected(problems, table, **options)
    for num_threads in (1, 3):
        called = solve(problems, heuristic=lookup(table), num_threads=num_threads, **options)
        assert_equal(called, want)


def corridor(length: int) -> np.ndarray:
    """One row of free cells above one of walls."""
    return np.stack([np.zeros(length, np.uint8), np.ones(length, np.uint8)])


def test_known_corridor() -> None:
    result = solve(corridor(6), 2, 5, "manhattan")
    assert result.path(0).tolist() == [2, 3, 4, 5]
    assert (result.expansions[0], result.generated[0], result.cost[0]) == (3, 4, 3)
    assert result.evaluations == 4


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"search": False},
        {"weight": 1},
        {"max_expansions": 0},
        {"max_generated": 0},
        {"beam_width": 2},
        {"beam_width": 2, "max_expansions": 0},
    ],
)
def test_start_at_the_goal_is_solved_without_work(options: dict[str, Any]) -> None:
    def unused(problem: np.ndarray, state: np.ndarray) -> np.ndarray:
        raise AssertionError("nothing to ask")

    result = solve(corridor(4), 1, 1, unused, **options)
    assert result.solved.tolist() == [True]
    assert result.path(0).tolist() == [1]
    assert (result.expansions[0], result.generated[0], result.cost[0]) == (0, 0, 0)
    assert (result.rounds, result.evaluations) == (0, 0)


def test_budget_is_told_apart_from_exhaustion() -> None:
    blocked = np.array([[0, 0, 1, 0]] * 2)
    result = solve(blocked, [0, 0, 0], [1, 3, 3], "manhattan", max_expansions=None)
    assert result.status.tolist() == [0, 1, 1]
    result = solve(blocked, [0, 0, 0], [1, 3, 5], "manhattan", max_expansions=1)
    assert result.status.tolist() == [
        SearchStatus.SOLVED,
        SearchStatus.OUT_OF_BUDGET,
        SearchStatus.OUT_OF_BUDGET,
    ]
    assert solve(blocked, 0, 3, "zero", max_expansions=4).status == SearchStatus.EXHAUSTED
    assert result.cost.tolist() == [1, -1, -1]
    with pytest.raises(ValueError, match="problem 1 has no path: its search ended OUT_OF_BUDGET"):
        result.path(1)
    with pytest.raises(IndexError, match="expected 0 to 2, got 3"):
        result.path(3)


def test_batches_stay_full_and_are_never_empty() -> None:
    sizes: list[int] = []

    def zero(problem: np.ndarray, state: np.ndarray) -> np.ndarray:
        assert problem.dtype == state.dtype == np.int32
        sizes.append(len(np.unique(problem)))
        return np.zeros(len(state), np.float32)

    problems = random_problems((10, 10), 200, seed=5, walls=0.2)
    result = solve(problems, heuristic=zero, max_active=50)
    assert result.rounds == len(sizes)
    assert min(sizes) > 0
    # As long as problems wait, every place is taken; then their number only falls.
    num_full = sizes.index(next(size for size in sizes if size < 50))
    assert num_full > 0.6 * len(sizes)
    assert sizes == [50] * num_full + sorted(sizes[num_full:], reverse=True)


def test_all_active_problems_advance_in_the_same_round() -> None:
    result = solve(corridor(9), [0, 4, 6], [8, 8, 8], lambda p, s: np.zeros(len(s)))
    assert result.expansions.tolist() == [8, 8, 4]
    assert result.rounds == 8


def test_every_form_of_a_heuristic_gives_the_same() -> None:
    problems = random_problems((8, 8), 50, seed=6)
    table = baseline_table("euclidean", problems.domain, problems.goals)

    class Tabled:
        def heuristic(self, mazes: Mazes, goals: np.ndarray) -> np.ndarray:
            return baseline_table("euclidean", mazes, goals)

    class Called:
        def heuristic(self, mazes: Mazes, goals: np.ndarray):
            return lookup(baseline_table("euclidean", mazes, goals))

    forms = [table, table.reshape(50, -1), table.astype(np.float64), table.tolist()]
    forms += [lookup(table), lookup(table.astype(np.float64)), Tabled(), Called(), "euclidean"]
    want = expected(problems, table)
    for form in forms:
        assert_equal(solve(problems.domain, problems.starts, problems.goals, form), want)


def test_one_maze_serves_many_problems() -> None:
    maze = Mazes.generate(1, size=12, seed=1)
    free = np.flatnonzero(maze.walls == 0)
    starts, goals = np.random.default_rng(0).choice(free, size=(2, 100))
    copies = Problems(Mazes(np.repeat(maze.walls, 100, axis=0)), starts, goals)
    table = baseline_table("manhattan", maze, goals)
    want = expected(copies, table)
    assert_equal(solve(maze, starts, goals, "manhattan"), want)
    assert_equal(solve(maze.walls[0], starts, goals, lookup(table)), want)


def test_times_add_up() -> None:
    def slow(problem: np.ndarray, state: np.ndarray) -> np.ndarray:
        time.sleep(0.005)
        return np.zeros(len(state))

    result = solve(corridor(5), 0, 4, slow)
    assert result.rounds == 4
    assert 0.02 <= result.seconds_heuristic < result.seconds
    assert result.seconds_search == result.seconds - result.seconds_heuristic


def test_a_callback_may_solve_problems_itself() -> None:
    problems = random_problems((6, 6), 20, seed=7)

    def inner_cost(problem: np.ndarray, state: np.ndarray) -> np.ndarray:
        inner = solve(problems.domain[problem], state, problems.goals[problem], "manhattan")
        return inner.cost.astype(np.float32)

    result = solve(problems, heuristic=inner_cost)
    np.testing.assert_array_equal(result.solved, problems.optimal >= 0)


GRID = np.zeros((3, 2, 4), np.uint8)
GRID[1, 0, 3] = 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
@pytest.mark.parametrize("options", [{}, {"search": False}, {"weight": 2.0}])
@pytest.mark.parametrize("is_called", [True, False])
def test_a_non_finite_prediction_is_named(
    value: float, options: dict[str, Any], is_called: bool
) -> None:
    table = np.zeros((3, 2, 4))
    table[1:, 1, 2] = value
    heuristic = lookup(table) if is_called else table
    name = "NaN" if np.isnan(value) else "minus infinite" if value < 0 else "infinite"
    where = rf"problem 1, state 6 \(row 1, column 2 of maze 1\) is {name}$"
    with pytest.raises(HeuristicError, match=where):
        solve(GRID, [0, 7, 7], [1, 0, 0], heuristic, **options)


def test_values_that_are_not_asked_for_may_be_anything() -> None:
    table = np.full((3, 2, 4), np.nan)
    table[:, :, :3] = 0
    assert solve(GRID, [0, 4, 1], [1, 0, 0], table).solved.all()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda size: ["a"] * size, "expected 3 real numbers, got list"),
        (lambda size: [0.0] * (size + 1), r"expected shape \[3\], got \[4\]"),
        (lambda size: None, "got NoneType"),
        (lambda size: 0.0, r"expected shape \[3\], got \[\]"),
        (lambda size: np.zeros(size, bool), "expected 3 real numbers, got dtype bool"),
        (lambda size: np.zeros(size, complex), "got dtype complex128"),
        (lambda size: np.zeros(size, object), "got dtype object"),
        (lambda size: np.zeros(size + 1), r"expected shape \[3\], got \[4\]"),
        (lambda size: np.zeros((size, 1)), r"expected shape \[3\], got \[3, 1\]"),
        (lambda size: np.float32(1), r"expected shape \[3\], got \[\]"),
    ],
)
def test_a_bad_answer_of_a_callback(answer: Any, message: str) -> None:
    with pytest.raises(HeuristicError, match=message):
        solve(GRID[0], 5, 0, lambda problem, state: answer(len(state)))


def test_strided_answers_are_fine() -> None:
    result = solve(GRID[0], 5, 0, lambda problem, state: np.zeros(2 * len(state))[::2])
    assert result.solved.all()


@pytest.mark.parametrize("error", [RuntimeError("mine"), KeyboardInterrupt(), SystemExit(3)])
def test_an_exception_in_a_callback_surfaces_unchanged(error: BaseException) -> None:
    calls = []

    def failing(problem: np.ndarray, state: np.ndarray) -> np.ndarray:
        calls.append(len(state))
        if len(calls) == 2:
            raise error
        return np.zeros(len(state))

    with pytest.raises(type(error)) as caught:
        solve(GRID, [0, 0, 0], [7, 7, 7], failing)
    assert caught.value is error
    assert len(calls) == 2


def test_a_bad_table_of_a_metric() -> None:
    class Bad:
        def heuristic(self, mazes: Mazes, goals: np.ndarray) -> np.ndarray:
            return np.zeros((1, 2))

    with pytest.raises(HeuristicError, match=r"bad table: .*shape \[3, 2, 4\], got \[1, 2\]"):
        solve(GRID, [0, 0, 0], [7, 7, 7], Bad())


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"starts": [0, 3, 0]}, ValueError, "starts: cell 3 of problem 1 is a wall"),
        ({"goals": [0, 3, 0]}, ValueError, "goals: cell 3 of problem 1 is a wall"),
        ({"starts": [0, 0, 8]}, ValueError, r"starts: problem 2: cell 8 is outside 0 \.\. 7"),
        ({"goals": [-1, 0, 8]}, ValueError, r"goals: problem 0: cell -1 is outside 0 \.\. 7"),
        ({"goals": [0, 0]}, ValueError, r"goals: expected shape \[3\], got \[2\]"),
        ({"starts": 0, "goals": 7}, ValueError, "starts: expected 3 states, one for each world"),
        ({"problems": GRID[0], "starts": [0, 0]}, ValueError, r"goals: .* \[2\], got \[3\]"),
        ({"starts": [0.0] * 3}, TypeError, "starts: expected states of int32, got dtype float64"),
        ({"starts": [0, 2**40, 0]}, ValueError, "starts: row 1: expected numbers that fit"),
        ({"problems": None}, TypeError, "problems: expected a domain, got NoneType without"),
        ({"starts": None}, TypeError, "starts, goals: expected both"),
        ({"problems": GRID * 2}, ValueError, "walls: expected 0 or 1"),
        ({"heuristic": "manhatten"}, ValueError, "did you mean 'manhattan'"),
        ({"heuristic": None}, TypeError, "heuristic: expected a name.*got NoneType"),
        ({"heuristic": GRID > 0}, TypeError, "heuristic: .* of dtype bool"),
        ({"heuristic": np.zeros((3, 4, 2))}, ValueError, r"\[3, 2, 4\], got \[3, 4, 2\]"),
        ({"max_expansions": -1}, ValueError, "max_expansions: .*got -1"),
        ({"max_expansions": 1.5}, TypeError, "integer"),
        ({"expansions_per_round": 0}, ValueError, "expansions_per_round: .*got 0"),
        ({"max_generated": -1}, ValueError, "max_generated: .*at least 0, got -1"),
        ({"max_generated": 1.5}, TypeError, "integer"),
        ({"weight": -0.5}, ValueError, "weight: expected a finite number >= 0, got -0.5"),
        ({"weight": np.nan}, ValueError, "weight: expected a finite number"),
        ({"weight": np.inf}, ValueError, "weight: expected a finite number"),
        ({"weight": 1.0, "search": False}, ValueError, "weight: greedy descent"),
        ({"max_active": 0, "heuristic": lookup(GRID)}, ValueError, "max_active: .*got 0"),
    ],
)
def test_bad_arguments(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    arguments = {"problems": GRID, "starts": [0] * 3, "goals": [7] * 3, "heuristic": "zero"}
    with pytest.raises(error, match=message):
        solve(**(arguments | changes))


def test_problems_bring_their_own_cells() -> None:
    problems = random_problems((4, 4), 3, seed=8)
    with pytest.raises(TypeError, match="starts, goals: expected none"):
        solve(problems, problems.starts, problems.goals, "zero")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer signal")
@pytest.mark.parametrize("heuristic", ["table", "lambda p, s: table.ravel().take(s)"])
def test_ctrl_c_ends_a_long_search(heuristic: str) -> None:
    """Measured in processor time, so that it makes no difference what else the machine does."""
    program = f"""
    import signal, time
    import numpy as np
    from mlsearch.search.solve import solve
    walls = np.zeros((2000, 2000), np.uint8)
    walls[:, 1998] = 1  # the goal cannot be reached
    table = np.random.default_rng(0).random((1, 2000, 2000), dtype=np.float32)
    signal.signal(signal.SIGPROF, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_PROF, 0.3)
    begin = time.process_time()
    try:
        solve(walls, 0, 1999, {heuristic})
    except KeyboardInterrupt:
        print(time.process_time() - begin)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert 0.25 < float(done.stdout) < 0.3 + 0.2


class MadeMetric:
    """A metric whose heuristic is a table or a callback of Manhattan distances."""

    def __init__(self, is_table: bool) -> None:
        self.is_table = is_table

    def heuristic(self, mazes: Mazes, goals: np.ndarray) -> Any:
        table = baseline_table("manhattan", mazes, goals)
        return table if self.is_table else lookup(table)


@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize("heuristic", ["manhattan", MadeMetric(True), MadeMetric(False)])
def test_tables_made_in_parts_change_nothing(monkeypatch, heuristic, is_shared) -> None:
    problems = random_problems((6, 7), 25, seed=3)
    if is_shared:  # one maze for all
        maze = problems.domain[0]
        cells = np.flatnonzero(maze.walls == 0)
        arguments = (maze, cells, cells[::-1], heuristic)
    else:
        arguments = (problems.domain, problems.starts, problems.goals, heuristic)
    whole = solve(*arguments)
    monkeypatch.setattr("mlsearch.search.solve.MAX_TABLE_BYTES", 4 * 42 * 4)
    parts = solve(*arguments)
    for name in ("status", "expansions", "generated", "cost"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    assert parts.evaluations == whole.evaluations
    for i in np.flatnonzero(whole.solved):
        np.testing.assert_array_equal(parts.path(i), whole.path(i))


def test_an_error_in_a_later_part_says_which_problem(monkeypatch) -> None:
    class Broken(MadeMetric):
        def heuristic(self, mazes: Mazes, goals: np.ndarray) -> Any:
            table = baseline_table("manhattan", mazes, goals)
            table[mazes.walls[:, 0, 0] == 0] = np.nan
            return table

    walls = np.zeros((6, 3, 3), np.uint8)
    walls[:4, 0, 0] = 1  # the fifth is the first with bad predictions
    monkeypatch.setattr("mlsearch.search.solve.MAX_TABLE_BYTES", 4 * 9 * 2)
    with pytest.raises(HeuristicError, match=r"counting problems from 4: .* of problem 0, state"):
        solve(walls, np.full(6, 4), np.full(6, 8), Broken(True))
