import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsearch.domains.maze.baselines import BASELINES, baseline_table
from mlsearch.domains.maze.landmarks import num_landmarks
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.evaluation.predictions import BaselineMetric
from mlsearch.search.solve import solve

SIDE = st.integers(2, 8)


@pytest.fixture(scope="module")
def problems() -> Problems:
    return Problems.sample(Mazes.generate(20, size=(7, 9), seed=3), seed=4)


@pytest.mark.parametrize("name", BASELINES)
def test_tables_are_float32_finite_and_the_same_again(name: str, problems: Problems) -> None:
    table = baseline_table(name, problems.domain, problems.goals)
    assert table.dtype == np.float32
    assert table.shape == (20, 7, 9)
    assert np.isfinite(table).all()
    np.testing.assert_array_equal(table, baseline_table(name, problems.domain, problems.goals))


@pytest.mark.parametrize("name", BASELINES)
def test_one_maze_serves_many_goals(name: str, problems: Problems) -> None:
    goals = np.flatnonzero(problems.domain[0].walls == 0)[:5]
    table = baseline_table(name, problems.domain[0], goals)
    copies = Mazes(np.repeat(problems.domain[0].walls, 5, axis=0))
    np.testing.assert_array_equal(table, baseline_table(name, copies, goals))


def test_manhattan_and_euclidean_are_distances_between_cells(problems: Problems) -> None:
    rows, columns = np.divmod(np.arange(63).reshape(7, 9), 9)
    manhattan = baseline_table("manhattan", problems.domain, problems.goals)
    euclidean = baseline_table("euclidean", problems.domain, problems.goals)
    for i, goal in enumerate(problems.goals):
        row, column = divmod(int(goal), 9)
        np.testing.assert_array_equal(manhattan[i], abs(rows - row) + abs(columns - column))
        np.testing.assert_allclose(euclidean[i], np.hypot(rows - row, columns - column), rtol=1e-6)


def test_perfect_is_the_ground_truth_and_large_where_unreachable(problems: Problems) -> None:
    perfect = baseline_table("perfect", problems.domain, problems.goals)
    truth = problems.domain.distances(problems.goals)
    np.testing.assert_array_equal(perfect[truth >= 0], truth[truth >= 0])
    assert (truth < 0).any()
    assert (perfect[truth < 0] == 63).all()


def plain_landmarks(maze: Mazes, number: int) -> list[int]:
    """Cells chosen one by one, as the docstring of ``landmark_fields`` says."""
    free = np.flatnonzero(maze.walls.ravel() == 0)
    fields = [maze.distances([cell]).ravel() for cell in range(maze.num_cells)]

    def following(chosen: list[int]) -> int:
        lost = [c for c in free if all(fields[k][c] < 0 for k in chosen)]
        if 2 * len(lost) > len(free):
            return int(lost[0])
        near = [min([fields[k][c] for k in chosen if fields[k][c] >= 0], default=-1) for c in free]
        return int(free[int(np.argmax(near))])

    chosen = [following([int(free[0])])]
    while len(chosen) < number:
        chosen.append(following(chosen))
    return chosen


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), density=st.floats(0, 0.7), shape=st.tuples(SIDE, SIDE))
def test_landmarks_are_the_lower_bounds_of_cells_far_apart(seed, density, shape) -> None:
    random = np.random.default_rng(seed)
    walls = random.random((3, *shape)) < density
    walls[:, 0, 0] = False
    mazes = Mazes(walls)
    goals = np.array([random.choice(np.flatnonzero(w.ravel() == 0)) for w in mazes.walls])
    table = baseline_table("landmarks", mazes, goals).reshape(3, -1)
    truth = mazes.distances(goals).reshape(3, -1)
    assert (table[truth >= 0] <= truth[truth >= 0]).all()
    assert (table[[0, 1, 2], goals] == 0).all()
    for maze, goal, bounds, distances in zip(mazes, goals, table, truth, strict=True):
        fields = [
            maze.distances([cell]).ravel()
            for cell in plain_landmarks(maze, num_landmarks(maze.num_cells))
        ]
        expected = [
            max((abs(f[cell] - f[goal]) for f in fields if f[goal] >= 0), default=0)
            for cell in range(maze.num_cells)
        ]
        known = distances >= 0
        np.testing.assert_array_equal(bounds[known], np.array(expected)[known])


def test_landmarks_of_one_map_are_kept_and_lead_a_star_to_shortest_paths() -> None:
    maze = Mazes.generate(1, size=30, seed=3)
    problems = Problems.sample(maze, seed=4, per_world=20)
    assert maze.landmark_fields is maze.landmark_fields
    assert maze.landmark_fields.shape == (1, 64, 900)
    assert not maze.landmark_fields.flags.writeable
    result = solve(problems, heuristic="landmarks", weight=1)
    np.testing.assert_array_equal(result.cost, problems.optimal)
    assert (
        result.expansions.sum() < solve(problems, heuristic="manhattan", weight=1).expansions.sum()
    )


def test_the_number_of_landmarks_is_bounded_by_the_memory() -> None:
    numbers = [num_landmarks(cells) for cells in (4, 36, 400, 2**20, 2**24)]
    assert numbers == [1, 6, 64, 64, 4]


def test_random_depends_on_seed_and_problem_only(problems: Problems) -> None:
    table = baseline_table("random", problems.domain, problems.goals, seed=5)
    fewer = baseline_table("random", problems.domain[:7], problems.goals[:7], seed=5)
    np.testing.assert_array_equal(table[:7], fewer)
    assert len(np.unique(table)) > 0.99 * table.size
    assert not np.array_equal(table, baseline_table("random", problems.domain, problems.goals))
    assert 0 <= table.min() < 0.01
    assert 0.99 < table.max() < 1


@pytest.mark.parametrize(
    ("name", "goals", "seed", "error", "message"),
    [
        ("manhatan", [0] * 20, 0, ValueError, "'manhatan'; did you mean 'manhattan'"),
        (
            "xyz",
            [0] * 20,
            0,
            ValueError,
            "heuristic 'xyz'; expected .*, zero, or of a plugin",
        ),
        ("zero", [0] * 19, 0, ValueError, r"goals: expected shape \[20\].*got \[19\]"),
        ("zero", [[0] * 20], 0, ValueError, r"goals: expected shape \[20\].*got \[1, 20\]"),
        ("zero", [0] * 19 + [63], 0, ValueError, "problem 19: cell 63 is outside 0 .. 62"),
        ("zero", [0] * 19 + [2**40], 0, ValueError, "problem 19: cell 1099511627776 is outside"),
        ("zero", [0.0] * 20, 0, TypeError, "goals: expected integers, got dtype float64"),
        ("random", [0] * 20, -1, ValueError, "seed"),
    ],
)
def test_bad_arguments(
    name: str, goals: list, seed: int, error: type[Exception], message: str, problems: Problems
) -> None:
    with pytest.raises(error, match=message):
        baseline_table(name, problems.domain, goals, seed=seed)


@pytest.mark.parametrize("name", list(BASELINES))
def test_a_baseline_as_a_metric_says_what_its_table_says(name) -> None:
    mazes = Mazes.generate(5, size=9, seed=1)
    problems = Problems.sample(mazes, seed=2)
    table = baseline_table(name, mazes, problems.goals)
    found = BaselineMetric(name).distance(mazes, problems.starts, problems.goals)
    expected = [t.ravel()[start] for t, start in zip(table, problems.starts, strict=True)]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("states", "message"),
    [([-1, 0], "states: problem 0: cell -1"), ([0, 1, 2], r"expected shape \[2\], got \[3\]")],
)
def test_a_baseline_as_a_metric_refuses_bad_states(states, message) -> None:
    mazes = Mazes(np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match=message):
        BaselineMetric("manhattan").distance(mazes, states, [3, 5])
