"""Solutions by the names of their moves."""

import numpy as np
import pytest
from small_domains import Slide

import mlsearch as ml
from mlsearch import plots
from mlsearch.domains.puzzles.text import follow

PUZZLES = [
    (ml.Cube(3), 5),
    (ml.Cube(2), 6),
    (ml.Cube(2, turns="half"), 6),
    (ml.Tiles(4), 12),
    (ml.LightsOut(5), 4),
    (ml.TopSpin(), 6),
    (ml.Pancake(8), 5),
]


@pytest.mark.parametrize(("domain", "scramble"), PUZZLES, ids=repr)
def test_moves_lead_along_the_path(domain, scramble) -> None:
    problems = ml.Problems.sample(domain, num=8, scramble=scramble, seed=2)
    result = ml.solve(problems, heuristic=domain.yardstick, weight=1)
    for i in range(8):
        numbers = result.move_numbers(i)
        np.testing.assert_array_equal(follow(domain, problems.starts[i], numbers), result.path(i))
        assert result.moves(i) == [domain.move_names[k] for k in numbers]
        assert len(result.moves(i)) == result.cost[i]
        words = domain.moves_text(numbers)
        end = follow(domain, problems.starts[i], domain.read_moves(words))[-1]
        np.testing.assert_array_equal(end, problems.goals[i])


def test_moves_in_several_worlds() -> None:
    levels = ml.Sokoban.parse("#####\n#@$.#\n#####\n\n#####\n#.$@#\n#####\n")
    result = ml.solve(ml.Problems.sample(levels), heuristic="matching")
    assert [result.moves(i) for i in range(2)] == [["R"], ["L"]]
    part = ml.solve(ml.Problems.sample(levels)[1], heuristic="matching")
    assert part.moves(0) == ["L"]


def test_a_problem_that_begins_at_its_goal() -> None:
    tiles = ml.Tiles(3)
    result = ml.solve(tiles, tiles.goal_state, tiles.goal_state, "zero")
    assert (result.moves(0), result.move_numbers(0)) == ([], [])


def test_moves_of_mazes_have_numbers() -> None:
    walls = np.zeros((2, 3), int)
    result = ml.solve(walls, [0], [5], "manhattan")
    path = np.diff(result.path(0)).tolist()
    assert [(-3, 3, -1, 1)[move] for move in result.move_numbers(0)] == path


def test_moves_without_names_or_without_a_path() -> None:
    result = ml.solve(Slide(), [1, 2, 3, 4, 0, 5], [1, 2, 3, 4, 5, 0], "perfect")
    with pytest.raises(TypeError, match="moves: domain 'slide' has no names of its moves"):
        result.moves(0)
    assert len(result.move_numbers(0)) == 1
    with pytest.raises(IndexError, match="problem: expected 0 to 0, got 1"):
        result.move_numbers(1)
    tiles = ml.Tiles(4)
    far = ml.Problems.sample(tiles, num=1, scramble="uniform")
    result = ml.solve(far, heuristic="zero", max_expansions=3)
    with pytest.raises(ValueError, match="problem 0 has no path: its search ended OUT_OF_BUDGET"):
        result.moves(0)


@pytest.mark.parametrize(("scramble", "panels"), [(0, 1), (3, 4), (40, 12)])
def test_the_states_of_a_path_are_drawn(scramble: int, panels: int) -> None:
    problem = ml.Problems.sample(ml.Tiles(3), num=1, scramble=scramble, seed=5)
    result = ml.solve(problem, heuristic="manhattan")
    figure = plots.states_of_path(problem, result, "manhattan")
    titles = [axes.get_title(loc="left") + axes.get_title() for axes in figure.axes]
    shown = [int(title.removesuffix(" moves")) for title in titles if title]
    assert len(shown) == panels
    assert (shown[0], shown[-1]) == (0, result.cost[0])
    assert f"{result.cost[0]} moves" in figure.get_suptitle()


def test_without_a_path_start_and_goal_are_drawn() -> None:
    problem = ml.Problems.sample(ml.Cube(3), num=2, scramble=40)
    result = ml.solve(problem, heuristic="zero", max_expansions=2)
    with pytest.raises(ValueError, match="problem: expected a single one, got 2"):
        plots.states_of_path(problem, result, "zero")
    result = ml.solve(problem[0], heuristic="zero", max_expansions=2)
    figure = plots.states_of_path(problem[0], result, "zero")
    assert len(figure.axes) == 2
    assert "no path" in figure.get_suptitle()
    slide = ml.Problems.sample(Slide(), num=1)
    with pytest.raises(TypeError, match="domain 'slide' draws no states"):
        plots.states_of_path(slide, ml.solve(slide, heuristic="zero"), "zero")
