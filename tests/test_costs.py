"""Moves with costs: in mazes, in domains of your own and in compiled puzzles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_maze
import reference_search as reference
from hypothesis import given, settings
from hypothesis import strategies as st

import mlsearch as ml
from mlsearch.base.errors import DomainError
from mlsearch.domains.contract import States
from mlsearch.domains.costs import cheapest_costs, has_costs
from mlsearch.domains.maze.baselines import baseline_table
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.search.result import SearchStatus
from mlsearch.search.solve import solve

OPTIONS = st.fixed_dictionaries(
    {
        "expansions_per_round": st.integers(1, 4),
        "max_expansions": st.none() | st.integers(0, 40),
        "max_generated": st.none() | st.integers(0, 60),
        "weight": st.none() | st.sampled_from([0, 1, 2.5]),
    }
) | st.sampled_from([{"beam_width": 3}, {"search": False}])


def random_mazes(rng: np.random.Generator, num: int, moves: str, kind: str) -> Mazes:
    """Mazes that need not be connected; cell 0 is free. Costs of a kind, perhaps none."""
    maps = rng.random((num, *rng.integers(2, 9, size=2))) < rng.random() * 0.5
    maps[:, 0, 0] = False
    costs = {
        "none": None,
        "few": rng.choice([1.0, 2.0, 5.0], size=maps.shape),
        "any": rng.uniform(0.5, 9, size=maps.shape),
        "extreme": 10 ** rng.uniform(-6, 6, size=maps.shape),
    }[kind]
    return Mazes(maps, moves, costs)  # type: ignore[arg-type]


def cells(mazes: Mazes, num: int, rng: np.random.Generator) -> np.ndarray:
    """A free cell for each of some problems."""
    free = [np.flatnonzero(mazes.walls[i % len(mazes)].reshape(-1) == 0) for i in range(num)]
    return np.array([rng.choice(each) for each in free], np.int32)


def costs_of(mazes: Mazes) -> np.ndarray:
    return np.ones(mazes.walls.shape) if mazes.costs is None else mazes.costs


MAZES = {
    "seed": st.integers(0, 2**32),
    "moves": st.sampled_from(["four", "eight"]),
    "kind": st.sampled_from(["none", "few", "any", "extreme"]),
}


@given(**MAZES, num_threads=st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_fields_are_those_of_the_reference_to_the_last_bit(seed, moves, kind, num_threads) -> None:
    rng = np.random.default_rng(seed)
    mazes = random_mazes(rng, 3, moves, kind)
    goals = rng.integers(mazes.num_cells, size=(3, 2))
    fields = mazes.distances(goals, num_threads=num_threads)
    assert fields.dtype == (np.float64 if has_costs(mazes) else np.int32)
    for maze, walls in enumerate(mazes.walls):
        for j, goal in enumerate(goals[maze]):
            want = reference_maze.cost_field(walls, costs_of(mazes)[maze], int(goal), moves)
            np.testing.assert_array_equal(fields[maze, j], want)
    starts = cells(mazes, 3, rng)
    ends = cells(mazes, 3, rng)
    flat = mazes.distances(ends).reshape(3, -1)
    np.testing.assert_array_equal(ml.Problems(mazes, starts, ends).optimal, flat[range(3), starts])
    one = ml.Problems(mazes[0], np.tile(starts[:1], 4), cells(mazes[0], 4, rng))
    want = [float(mazes[0].distances([goal]).reshape(-1)[starts[0]]) for goal in one.goals]
    np.testing.assert_array_equal(one.optimal, want)


def searched(mazes: Mazes, starts: Any, goals: Any, tables: Any, **options: Any) -> list[Any]:
    """What the reference finds."""

    def neighbours(maze: int) -> Any:
        walls, costs = mazes.walls[maze], costs_of(mazes)[maze]
        return lambda cell: list(reference_maze.moves_with_costs(walls, costs, cell, mazes.moves))

    outcomes = []
    for i, (start, goal) in enumerate(zip(starts.tolist(), goals.tolist(), strict=True)):
        moved = neighbours(i % len(mazes))
        outcomes.append(
            reference.search(
                lambda cell, moved=moved: [to for to, _ in moved(cell)],
                start,
                goal,
                tables[i].reshape(-1).tolist().__getitem__,
                costs=lambda cell, moved=moved: [cost for _, cost in moved(cell)],
                **options,
            )
        )
    return outcomes


def assert_same(result: ml.SearchResult, outcomes: list[Any]) -> None:
    status = [SearchStatus[outcome.status.upper()] for outcome in outcomes]
    np.testing.assert_array_equal(result.status, status)
    np.testing.assert_array_equal(result.expansions, [o.expansions for o in outcomes])
    np.testing.assert_array_equal(result.generated, [o.generated for o in outcomes])
    np.testing.assert_array_equal(result.steps, [o.steps for o in outcomes])
    for i in np.flatnonzero(result.solved):
        assert result.path(i).tolist() == outcomes[i].path
    assert result.evaluations == sum(o.evaluations for o in outcomes)


class AskedMazes(Mazes):
    """Mazes that are searched as any other domain, by their neighbours and costs."""

    compiled = None  # type: ignore[assignment]


@given(
    **MAZES,
    is_shared=st.booleans(),
    heuristic=st.sampled_from(["random", "euclidean", "few"]),
    options=OPTIONS,
    num_threads=st.integers(1, 3),
)
@settings(max_examples=250, deadline=None)
def test_searches_agree_with_the_oracle(
    seed, moves, kind, is_shared, heuristic, options, num_threads
) -> None:
    rng = np.random.default_rng(seed)
    mazes = random_mazes(rng, 1 if is_shared else 8, moves, kind)
    starts, goals = cells(mazes, 8, rng), cells(mazes, 8, rng)
    if heuristic == "few":
        tables = rng.choice(np.array([-1.5, -0.0, 0.0, 2.0], np.float32), (8, *mazes.shape))
    else:
        tables = baseline_table(heuristic, mazes, goals, seed=1)
    outcomes = searched(mazes, starts, goals, tables, **options)
    flat = tables.reshape(8, -1)
    asked = AskedMazes(mazes.walls, mazes.moves, mazes.costs)
    for domain, source in (
        (mazes, tables),
        (mazes, lambda problem, state: flat[problem, state]),
        (asked, lambda problem, state: flat[problem, state]),
    ):
        result = solve(domain, starts, goals, source, num_threads=num_threads, **options)
        assert_same(result, outcomes)
        assert_costs(result, mazes)


def assert_costs(result: ml.SearchResult, mazes: Mazes) -> None:
    """The cost of each path is the sum of those of its moves."""
    assert result.cost.dtype == (np.float64 if has_costs(mazes) else np.int32)
    np.testing.assert_array_equal(result.cost[~result.solved], -1)
    for i in np.flatnonzero(result.solved):
        maze, path = i % len(mazes), result.path(i).tolist()
        walls, costs = mazes.walls[maze], costs_of(mazes)[maze]
        moves = [
            dict(reference_maze.moves_with_costs(walls, costs, at, mazes.moves)) for at in path
        ]
        total = sum(after[to] for after, to in zip(moves, path[1:], strict=False))
        assert result.cost[i] == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("kind", ["none", "few", "any"])
@pytest.mark.parametrize("moves", ["four", "eight"])
def test_a_star_is_optimal_with_admissible_distances(moves, kind) -> None:
    rng = np.random.default_rng(7)
    mazes = random_mazes(rng, 200, moves, kind)
    problems = ml.Problems(mazes, cells(mazes, 200, rng), cells(mazes, 200, rng))
    assert (problems.optimal >= 0).any()
    for name in set(mazes.baselines) - {"random"}:
        result = solve(problems, heuristic=name, weight=1)
        np.testing.assert_allclose(result.cost, problems.optimal, rtol=1e-6)
        table = baseline_table(name, mazes, problems.goals)
        truth = mazes.distances(problems.goals)
        assert (table <= truth * (1 + 1e-6) + 1e-6)[truth >= 0].all()


def test_equal_priorities_go_to_the_smaller_prediction() -> None:
    field = Mazes(np.zeros((500, 500), bool))
    result = solve(field, 0, 249_999, "manhattan", weight=1)
    assert (result.expansions[0], result.cost[0]) == (998, 998)
    diagonal = solve(Mazes(np.zeros((500, 500), bool), "eight"), 0, 249_999, "octile", weight=1)
    assert diagonal.expansions[0] < 1500  # sums of rounded square roots are not all equal
    assert diagonal.cost[0] == pytest.approx(499 * 2**0.5)


def test_a_diagonal_cuts_no_corner() -> None:
    walls = np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0]])
    mazes = Mazes(walls, "eight")
    assert (mazes.num_moves, mazes.moves, repr(mazes)) == (
        8,
        "eight",
        "Mazes(1 of 3 x 3, eight moves)",
    )
    moved = mazes.neighbours(np.array([4], np.int32), np.zeros(1, np.int32))
    assert moved.tolist() == [[4, 7, 3, 5, 4, 4, 4, 8]]
    assert mazes.distances([8])[0, 0, 0] == pytest.approx(2 + 2**0.5)


@given(**MAZES)
@settings(max_examples=60, deadline=None)
def test_landmarks_are_lower_bounds_of_costs(seed, moves, kind) -> None:
    rng = np.random.default_rng(seed)
    mazes = random_mazes(rng, 3, moves, kind)
    goals = cells(mazes, 3, rng)
    found = baseline_table("landmarks", mazes, goals).reshape(3, -1)
    exact = mazes.distances(goals).reshape(3, -1)
    allowed = exact + 1e-6 * exact + 1e-12 * exact.max()
    assert (found <= allowed)[exact >= 0].all()
    assert (found[np.arange(3), goals] == 0).all()


def test_generated_mazes_have_the_same_walls() -> None:
    four, eight = (Mazes.generate(5, 9, seed=3, moves=moves) for moves in ("four", "eight"))
    np.testing.assert_array_equal(four.walls, eight.walls)
    assert four != eight
    assert eight == Mazes(four.walls, "eight")
    assert eight != Mazes(four.walls, "eight", np.full((9, 9), 2))
    assert eight.yardstick == "octile"
    assert list(eight.baselines) == [
        "zero",
        "random",
        "octile",
        "euclidean",
        "landmarks",
        "perfect",
    ]
    assert eight.settings.moves == "eight"


def test_parts_and_forms_keep_moves_and_costs() -> None:
    rng = np.random.default_rng(2)
    mazes = Mazes(rng.random((4, 5, 5)) < 0.3, "eight", rng.uniform(1, 3, (4, 5, 5)))
    for index in (2, slice(1, 3), np.array([3, 0, 0]), mazes.walls[:, 0, 0] == 0):
        part = mazes[index]
        assert part.moves == "eight"
        np.testing.assert_array_equal(part.costs, mazes.costs[index].reshape(part.costs.shape))
    numbers = np.array([0, 3, 4, 7], np.uint8)
    forms = mazes.symmetries.of_worlds(mazes, numbers)
    goals = np.arange(4, dtype=np.int32) * 5
    there = mazes.symmetries.of_states(goals, numbers)
    before, after = mazes.distances(goals), forms.distances(there)
    every = mazes.symmetries.of_states(np.tile(mazes.all_states(), (4, 1)), numbers[:, None])
    np.testing.assert_allclose(
        np.take_along_axis(after.reshape(4, -1), every, axis=1), before.reshape(4, -1)
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"moves": "six"}, ValueError, "moves: unknown value 'six'"),
        ({"costs": np.ones((3, 2))}, ValueError, r"costs: expected shape \[1, 2, 3\] or \[2, 3\]"),
        ({"costs": [["a"] * 3] * 2}, TypeError, "costs: expected numbers, got dtype <U1"),
        ({"costs": [[1, 0, 1], [1, 1, 1]]}, ValueError, "costs: .* got 0.0 at row 0, column 1"),
        ({"costs": [[1, np.nan, 1], [1, 1, 1]]}, ValueError, "costs: expected 1e-06 to 1e"),
        ({"costs": [[1, 1, 1], [1, 1, 2e6]]}, ValueError, "got 2000000.0 at row 1, column 2"),
    ],
)
def test_bad_costs_of_cells(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        Mazes(np.zeros((2, 3), bool), **arguments)


def test_letters_of_a_map_have_costs(tmp_path) -> None:
    path = tmp_path / "m.map"
    path.write_text("type octile\nheight 2\nwidth 4\nmap\n.SW.\n.@T.\n")
    plain = Mazes.load(path, moves="eight")
    assert plain.costs is None
    assert plain.walls[0].tolist() == [[0, 0, 1, 0], [0, 1, 1, 0]]
    mazes = Mazes.load(path, "eight", {"S": 3, "W": 0.5, "x": 2})
    assert mazes.walls[0].tolist() == [[0, 0, 0, 0], [0, 1, 1, 0]]
    assert mazes.costs is not None
    assert mazes.costs[0].tolist() == [[1, 3, 0.5, 1], [1, 1, 1, 1]]
    assert mazes.distances([3])[0, 1, 0] == 1 + 3 + 0.5 + 1
    assert mazes[0].distances([4])[0, 0, 3] == 0.5 + 3 + 1 + 1
    with pytest.raises(ValueError, match="files of mazes hold no costs"):
        mazes.save(tmp_path / "n.map")
    mazes.walls.tofile(tmp_path / "raw")
    Mazes(mazes.walls).save(tmp_path / "n.txt")
    for file, costs, error, message in (
        ("n.txt", {"S": 1}, ValueError, r"costs: expected a name that ends in one of \.map"),
        ("m.map", {"SW": 1}, ValueError, "costs: expected single letters, got 'SW'"),
        ("m.map", {"S": "1"}, TypeError, "costs: expected a number for 'S', got '1'"),
        ("m.map", [1], TypeError, "costs: expected numbers by letter, got list"),
        ("m.map", {"S": -1}, ValueError, "costs: expected 1e-06 to 1e.06, got -1.0 at row 0"),
    ):
        with pytest.raises(error, match=message):
            Mazes.load(tmp_path / file, costs=costs)


# Other domains ------------------------------------------------------------------------------


class Roads:
    """A random graph whose moves have costs; some are there twice, some blocked."""

    def __init__(self, to: np.ndarray, by_move: Any, by_state: np.ndarray | None) -> None:
        self.states, self.num_moves, self.num_states = States(np.int32), to.shape[1], len(to)
        self.to, self.move_costs, self.by_state = to.astype(np.int32), by_move, by_state
        self.entry_costs = None if by_state is None else self.cost_of

    def __len__(self) -> int:
        return 1

    def __getitem__(self, worlds: Any) -> Roads:
        return self

    def neighbours(self, states, worlds):
        return self.to[states]

    def cost_of(self, states, worlds):
        return self.by_state[states]

    def index(self, states):
        return states

    def all_states(self):
        return np.arange(self.num_states, dtype=np.int32)

    def distances(self, goals):
        return cheapest_costs(self, goals)

    def costs(self, state: int) -> list[float]:
        by_move = np.ones(self.num_moves) if self.move_costs is None else self.move_costs
        by_state = np.ones(len(self.to)) if self.by_state is None else self.by_state
        return (by_move * by_state[self.to[state]]).tolist()


def roads(seed: int, num: int, degree: int, has: str) -> Roads:
    rng = np.random.default_rng(seed)
    to = rng.integers(-1, num, size=(num, degree))
    to = np.where(to < 0, np.arange(num)[:, None], to)
    by_move = rng.choice([0.5, 1, 2, 3.25], degree) if "m" in has else None
    by_state = rng.uniform(0.1, 5, num) if "s" in has else None
    return Roads(to, by_move, by_state)


@given(
    seed=st.integers(0, 2**32),
    num=st.integers(1, 40),
    degree=st.integers(1, 5),
    has=st.sampled_from(["m", "s", "ms"]),
    options=OPTIONS,
    max_active=st.integers(1, 12),
)
@settings(max_examples=250, deadline=None)
def test_costs_of_a_domain_of_your_own(seed, num, degree, has, options, max_active) -> None:
    graph = roads(seed, num, degree, has)
    rng = np.random.default_rng(seed)
    starts, goals = rng.integers(num, size=(2, 6)).astype(np.int32)
    table = rng.choice([-1.5, -0.0, 0.0, 2.0, *rng.random(3)], size=(6, num)).astype(np.float32)
    result = solve(graph, starts, goals, lambda p, s: table[p, s], max_active=max_active, **options)
    outcomes = [
        reference.search(lambda s: graph.to[s].tolist(), int(start), int(goal),
                         values.tolist().__getitem__, costs=graph.costs, **options)
        for start, goal, values in zip(starts, goals, table, strict=True)
    ]  # fmt: skip
    assert_same(result, outcomes)
    assert result.cost.dtype == np.float64
    exact = ml.Problems(graph, starts, goals)
    assert exact.optimal.dtype == np.float64
    found = solve(exact, heuristic="perfect", weight=1)
    np.testing.assert_allclose(found.cost, exact.optimal, rtol=1e-6)
    np.testing.assert_array_equal(found.solved, exact.optimal >= 0)
    for i in np.flatnonzero(result.solved):
        assert result.cost[i] >= exact.optimal[i] * (1 - 1e-9)
    ml.check_domain(graph, states=graph.all_states())


def test_the_cheapest_of_two_moves_between_the_same_states_counts() -> None:
    graph = Roads(np.array([[1, 1], [1, 1]]), np.array([3.0, 2.0]), None)
    assert graph.distances(np.array([1], np.int32)).tolist() == [[2, 0]]
    for options in ({}, {"weight": 1}):
        result = solve(graph, 0, 1, lambda p, s: np.zeros(len(s)), **options)
        assert (result.cost.tolist(), result.steps.tolist()) == ([2.0], [1])


def test_a_domain_of_one_state_at_a_time() -> None:
    def entry(state: int) -> float:
        return 10.0 if state == 4 else 1.0

    double = ml.ScalarDomain(lambda s: [s + 1, 2 * s], 2, move_costs=[1, 1.5], entry_cost=entry)
    result = ml.solve(double, 1, 10, lambda problem, state: np.zeros(len(state)), weight=1)
    assert result.path(0).tolist() == [1, 2, 3, 6, 7, 8, 9, 10]
    assert result.cost.tolist() == [1 + 1 + 1.5 + 4]


@pytest.mark.parametrize("by_move", [[1.0], [1.0, -1.0], [1.0, np.inf], ["a", "b"]])
def test_bad_costs_of_a_domain(by_move) -> None:
    graph = Roads(np.array([[1, 0], [1, 0]]), np.array(by_move), None)
    with pytest.raises(DomainError, match="move_costs: expected"):
        solve(graph, 0, 1, lambda p, s: np.zeros(len(s)), weight=1)
    graph = Roads(np.array([[1, 0], [1, 0]]), None, np.zeros(2))
    with pytest.raises(
        DomainError, match=r"entry_costs: expected finite numbers above 0, got 0\.0"
    ):
        ml.check_domain(graph, states=[0, 1])


def test_wrong_distances_are_found() -> None:
    class Wrong(Roads):
        def distances(self, goals):
            return 2 * cheapest_costs(self, goals)

    wrong = Wrong(np.array([[1, 2], [2, 0], [0, 1]]), np.array([1.0, 2.5]), None)
    with pytest.raises(DomainError, match="the cost of a move more than the least of its neigh"):
        ml.check_domain(wrong, states=[0, 1, 2])


# Compiled puzzles ---------------------------------------------------------------------------

TABLE = [[1, 0, 2, 3, 4], [1, 2, 3, 4, 0], [4, 0, 1, 2, 3]]


@given(seed=st.integers(0, 2**32), options=OPTIONS)
@settings(max_examples=60, deadline=None)
def test_a_compiled_puzzle_with_costs_is_searched_as_any_domain(seed, options) -> None:
    rng = np.random.default_rng(seed)
    costs = rng.choice([0.5, 1, 2, 3.25], 3)
    puzzle = ml.Permutation(TABLE, range(5), costs=costs)
    problems = ml.Problems.sample(puzzle, num=5, scramble=12, seed=seed)
    asked = ml.ScalarDomain(
        lambda state: [[state[i] for i in move] for move in TABLE], 3, np.uint8, (5,),
        move_costs=costs,
    )  # fmt: skip
    results = [
        solve(
            domain, problems.starts, problems.goals, lambda p, s: s[:, 0].astype(float), **options
        )
        for domain in (puzzle, asked)
    ]
    for name in ("status", "expansions", "generated", "steps", "cost", "evaluations"):
        np.testing.assert_array_equal(*(getattr(result, name) for result in results))
    assert results[0].cost.dtype == np.float64


def test_the_optima_of_a_puzzle_with_costs() -> None:
    puzzle = ml.Permutation(TABLE, range(5), costs=[1, 5, 0.25])
    ml.check_domain(puzzle)
    problems = ml.Problems.sample(puzzle, num=50, scramble=30, seed=3)
    assert problems.optimal.dtype == np.float64
    for name in ("zero", "perfect"):
        found = solve(problems, heuristic=name, weight=1)
        np.testing.assert_allclose(found.cost, problems.optimal, rtol=1e-6)
    assert ml.Permutation(TABLE, range(5)).move_costs is None
    for costs in ([1, 2], [1, 2, 0], [1, 2, np.nan]):
        with pytest.raises(ValueError, match="costs: expected 3 finite numbers above 0"):
            ml.Permutation(TABLE, range(5), costs=costs)


# Data and evaluation ------------------------------------------------------------------------


@pytest.mark.parametrize(("moves", "kind"), [("eight", "none"), ("four", "few"), ("eight", "any")])
def test_walks_take_the_moves_and_shortest_ones_cost_least(moves, kind, tmp_path) -> None:
    walls = Mazes.generate(30, (6, 8), wall_probability=0.25, seed=1).walls
    costs = {"none": None, "few": 1 + np.arange(48) % 3, "any": np.linspace(0.5, 9, 48)}[kind]
    mazes = Mazes(walls, moves, None if costs is None else costs.reshape(6, 8))
    for policy in ("shortest", "noisy", "random_walk", "scramble"):
        options = {"policy": policy, "per_world": 3, "max_length": 60, "seed": 5}
        data = ml.Trajectories.sample(mazes, num_threads=1, **options)
        again = ml.Trajectories.sample(mazes, num_threads=3, **options)
        np.testing.assert_array_equal(data.states, again.states)
        for i in range(len(data)):
            maze = data.worlds[i]
            walk = data.states[data.offsets[i] : data.offsets[i + 1]].tolist()
            walls, costs = mazes.walls[maze], costs_of(mazes)[maze]
            known = [dict(reference_maze.moves_with_costs(walls, costs, at, moves)) for at in walk]
            total = sum(after[to] for after, to in zip(known, walk[1:], strict=False))
            if policy == "shortest":
                best = mazes[maze].distances([walk[-1]]).reshape(-1)[walk[0]]
                assert total == pytest.approx(best, rel=1e-12)
    data.save(tmp_path / "data")
    loaded = ml.Trajectories.load(tmp_path / "data")
    assert loaded.domain == mazes
    broken = data.states.copy()
    broken[1] = broken[0] + 2
    with pytest.raises(ValueError, match=r"is no move|is a wall|expected"):
        ml.Trajectories(mazes, data.worlds, broken, data.offsets)


def test_evaluations_read_costs() -> None:
    from mlsearch.evaluation.evaluation import evaluate

    rng = np.random.default_rng(3)
    walls = Mazes.generate(30, 10, wall_probability=0.2, seed=1).walls
    mazes = Mazes(walls, "eight", rng.uniform(1, 5, walls.shape))
    problems = ml.Problems.sample(mazes, seed=2)
    exact, straight = (evaluate(name, problems, weight=1) for name in ("perfect", "octile"))
    for found in (exact, straight):
        scores = found.scores()
        assert scores["search.suboptimality"].mean == pytest.approx(1, abs=1e-6)
        assert scores["search.solved_rate"].mean == 1
    assert exact.scores()["absolute_error"].mean == pytest.approx(0, abs=1e-5)
    assert exact.calibration() == pytest.approx(1, abs=1e-6)
    assert exact.scores()["rank_correlation"].mean == pytest.approx(1)
    for path, start, goal in zip(straight.paths, problems.starts, problems.goals, strict=True):
        assert (path[0], path[-1]) == (start, goal)
    part = straight[np.arange(5)]
    np.testing.assert_array_equal(part.search.cost, straight.search.cost[:5])


@pytest.mark.parametrize("suffix", ["json", "npz"])
def test_files_keep_costs_and_optima(suffix, tmp_path) -> None:
    mazes = random_mazes(np.random.default_rng(4), 6, "eight", "any")
    problems = ml.Problems.sample(mazes)
    optimal = problems.optimal
    problems.save(tmp_path / f"p.{suffix}")
    found = ml.Problems.load(tmp_path / f"p.{suffix}")
    assert found.domain == mazes
    np.testing.assert_array_equal(found.optimal, optimal)
    for values in ([0.5] * 5, [-2.0] * 6, [np.inf] * 6):
        with pytest.raises(ValueError, match="optimal: expected 6 costs, or -1"):
            ml.Problems(mazes, problems.starts, problems.goals, values)


def test_a_metric_learns_and_leads_searches_where_there_are_eight_moves(tmp_path) -> None:
    from mlsearch.base.settings import replaced
    from mlsearch.learning.training import Trainer

    changes = {"domain.moves": "eight", "domain.height": 6, "domain.width": 6,
               "data.num_trajectories": 40, "model.hidden": 8, "model.num_blocks": 1,
               "model.embedding": 4, "training.batch_size": 8, "training.steps": 4,
               "training.log_every": 2, "training.num_validation": 5}  # fmt: skip
    for method in ("contrastive", "supervised"):
        config = replaced(ml.METHODS[method], changes)
        metric = Trainer(config, tmp_path / method).run()
        del metric
        problems = ml.Problems.sample(config.domain.make(20, 1), seed=1)
        result = ml.solve(problems, heuristic=ml.load(tmp_path / method))
        assert problems.domain.moves == "eight"
        assert result.solved.all()
        assert result.cost.dtype == np.float64
