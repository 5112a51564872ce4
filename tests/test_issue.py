"""Faults that users of this and of neighbouring projects met, one test for each."""

import numpy as np
import pytest

import mlsearch as ml

OPEN = np.zeros((4, 5), np.uint8)


def grid_domains():
    return [ml.Mazes(OPEN), ml.OneWayMazes(np.zeros((5, 5), np.uint8))]


@pytest.mark.parametrize("domain", grid_domains(), ids=repr)
def test_pairs_of_row_and_column_are_cells(domain):
    """(row, column) was read as two problems: [N, 2] is now N cells, in every argument."""
    pairs, flat = [(0, 3), (2, 1), (3, 4)], [3, 11, 19]
    problems = ml.Problems(domain, pairs, np.array(pairs[::-1], np.int64))
    assert problems.starts.tolist() == flat
    assert problems.goals.tolist() == flat[::-1]
    result = ml.solve(domain, pairs, [flat[0]] * 3, "zero")
    assert result.cost.tolist() == ml.solve(domain, flat, flat[0], "zero").cost.tolist()
    walk = ml.Trajectories(domain, [0], [(0, 0), (0, 1), (1, 1)], [0, 3])
    assert walk.states.tolist() == [0, 1, 6]


def test_metrics_read_pairs_of_row_and_column():
    """metric.distance(walls, (0, 0), (0, 3)) answered about the cells 0 and 3, in silence."""
    metric = ml.load()
    expected = metric.distance(OPEN, 0, 13)
    assert metric.distance(OPEN, [(0, 0)], [(2, 3)]) == expected
    assert np.array_equal(metric.table(OPEN, [(2, 3)]), metric.table(OPEN, [13]))


def test_a_tuple_of_two_numbers_is_refused():
    """It may be (row, column) or two cells, and was taken for two cells; lists and arrays are."""
    metric = ml.load()
    for domain in [OPEN, *grid_domains()]:
        with pytest.raises(ValueError, match=r"^starts: .* ambiguous, got \(0, 0\).*\[\(0, 0\)\]"):
            ml.solve(domain, (0, 0), (0, 3), "zero")
    with pytest.raises(ValueError, match=r"^goals: .* ambiguous"):
        ml.solve(OPEN, [(0, 0)], (0, np.int32(3)), "zero")
    with pytest.raises(ValueError, match=r"^states: .* ambiguous"):
        metric.distance(OPEN, (0, 0), (0, 3))
    with pytest.raises(ValueError, match=r"^goals: .* ambiguous"):
        metric.table(OPEN, (0, 3))
    assert ml.solve(OPEN, [0, 0], np.array([0, 3]), "zero").cost.tolist() == [0, 3]
    assert ml.solve(OPEN, (0, 0, 1), (0, 3, 3), "zero").cost.tolist() == [0, 3, 2]


def test_a_pair_outside_of_the_map_is_named():
    """(0, 5) on a map of 5 columns would be the cell (1, 0) if it were only counted through."""
    with pytest.raises(
        ValueError, match=r"^goals: problem 1: .* 4 rows and 5 columns, got \(0, 5\)"
    ):
        ml.Problems(ml.Mazes(OPEN), [0, 1], [(0, 4), (0, 5)])


@pytest.mark.parametrize("cells", [(0, 3), [(0, 3)]])
def test_tables_of_several_goals_take_no_pairs(cells):
    """[B, K] cells are K goals on each maze, so a pair was read as two goals."""
    mazes = ml.Mazes(np.zeros((len(cells), 4, 5), np.uint8))
    for ask in mazes.distances, mazes.is_free:
        with pytest.raises(ValueError, match=r"row \* 5 \+ column, got \(0, 3\)$"):
            ask(cells)
    assert mazes.distances([[0, 3]] * len(cells)).shape == (len(cells), 2, 4, 5)
