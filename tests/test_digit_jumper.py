"""The example of a domain of many worlds that is written in Python."""

import sys
from collections import deque
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import mlsearch as ml
from mlsearch.cli import main

sys.path.append(str(Path(__file__).parents[1] / "examples"))
from digit_jumper import DIGITS, SIZE, DigitJumper


@pytest.fixture(scope="module")
def boards():
    return DigitJumper().make(6, seed=3)


def fewest_jumps(digits):
    """From the upper left to the lower right corner, cell by cell."""
    far, queue = {(0, 0): 0}, deque([(0, 0)])
    while queue:
        row, column = queue.popleft()
        jump = digits[row, column]
        for there in (
            (row - jump, column),
            (row + jump, column),
            (row, column - jump),
            (row, column + jump),
        ):
            if there not in far and min(there) >= 0 and max(there) < SIZE:
                far[there] = far[row, column] + 1
                queue.append(there)
    return far.get((SIZE - 1, SIZE - 1), -1)


def test_it_keeps_the_contract(boards):
    ml.check_domain(boards)
    ml.check_domain(boards[2])
    assert boards.digits.min() == 1
    assert boards.digits.max() == DIGITS
    np.testing.assert_array_equal(DigitJumper().make(2, 3, first=4).digits, boards.digits[4:])


def test_optima_are_those_of_a_plain_search(boards):
    problems = ml.Problems.sample(boards)
    wanted = [fewest_jumps(digits.reshape(SIZE, SIZE)) for digits in boards.digits]
    assert problems.optimal.tolist() == wanted
    assert min(wanted) > 0
    result = ml.solve(problems, heuristic="perfect")
    assert result.cost.tolist() == wanted
    assert set("".join(map(str, result.moves(0)))) <= set("UDLR")


def test_it_is_trained_and_searched_by_the_commands(tmp_path):
    arguments = ["train", "--domain", "digit_jumper", "--out", tmp_path / "run", "--quiet"]
    arguments += ["--method", "crtr", "--steps", 20, "--batch-size", 16]
    arguments += ["--set", "model.hidden=16", "--set", "data.num_trajectories=40"]
    for command in (arguments, ["solve", tmp_path / "run", "--n", 3]):
        done = CliRunner().invoke(main, list(map(str, command)))
        assert done.exit_code == 0, done.output
    assert "3 unseen digit_jumper problems" in " ".join(done.output.split())
