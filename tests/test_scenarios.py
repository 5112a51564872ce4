"""Scenario files of the Moving AI benchmarks: what is read, what is refused, and their lengths."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import mlsearch as ml

DATA = Path(__file__).parents[2] / "shared" / "data" / "maps"
FILES = {"arena.map.scen": 160, "maze512-32-9.map.scen": 1499}

MAP = "type octile\nheight 3\nwidth 4\nmap\n....\n.@..\n.S..\n"
LINE = "0\tmaps/m.map\t4\t3\t0\t0\t2\t1\t2.41421356"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("m.map").write_text(MAP)


def written(*lines: str) -> str:
    Path("p.scen").write_text("\n".join(("version 1", *lines, "")))
    return "p.scen"


def test_columns_come_before_rows() -> None:
    problems = ml.Problems.load(written(LINE, LINE.replace("0\t0\t2", "3\t2\t2")))
    assert (problems.starts.tolist(), problems.goals.tolist()) == ([0, 11], [6, 6])
    assert problems.domain == ml.Mazes.load("m.map", moves="eight")
    assert problems.optimal.tolist() == [2.41421356, 2.41421356]
    known = ml.Problems(problems.domain, problems.starts, problems.goals).optimal
    np.testing.assert_allclose(known, [3, 2**0.5])


def test_the_domain_may_be_given() -> None:
    for domain in (None, "maze", "maze:moves=eight", ml.Mazes.load("m.map", moves="eight")):
        assert ml.Problems.load(written(LINE), domain).optimal.tolist() == [2.41421356]
    four = ml.Problems.load(written(LINE), ml.Mazes.load("m.map"))
    assert four.optimal.tolist() == [3]  # the length of the file is that of eight moves
    costs = ml.Mazes.load("m.map", "eight", {"S": 2})
    assert ml.Problems.load("p.scen", costs).optimal.dtype == np.float64
    for domain in ("cube3", ml.Cube(3)):
        with pytest.raises(ml.MazeFormatError, match="holds problems of mazes, not of 'cube3'"):
            ml.Problems.load("p.scen", domain)
    with pytest.raises(ValueError, match=r"one of \.json, \.npz, \.txt, \.xsb$"):
        four.save("q.scen")


def test_lines_that_say_nothing_and_blanks() -> None:
    Path("p.scen").write_text(f"version 1.0\r\n\r\n{LINE.replace(chr(9), ' ')}\r\n")
    assert len(ml.Problems.load("p.scen")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected 'version 1', got ''"),
        ("version 2\n", "line 1: expected 'version 1', got 'version 2'"),
        ("version 1\n", "expected a scenario in each line, got none"),
        ("version 1\n0\tm.map\t4\n", "line 2: expected 9 fields, got 3"),
        (f"version 1\n\n{LINE[:-3]}x\n", "line 3: length: expected a number, got '2.41421x'"),
        ("version 1\n" + LINE.replace("\t4\t", "\t-4\t"), "line 2: width: expected a number, got"),
        ("version 1\n" + LINE.replace("\t2\t1", "\t4\t1"), "line 2: goal: expected a cell of 4"),
        ("version 1\n" + LINE.replace("\t4\t3", "\t9\t3"), "problem 0: expected one map of 3 x 9"),
        ("version 1\n" + LINE.replace("\t2\t1\t", "\t1\t1\t"), "goals: cell 5 of problem 0 is a w"),
        ("version 1\n" + LINE.replace("m.map", "n.map"), "expected its map n.map in the same fol"),
        ("version 1\n" + LINE.replace("m.map", "m.png"), "map: expected a name that ends in .map"),
        (f"version 1\n{LINE}\n" + LINE.replace("m.map", "n.map"), "expected one map, got 'maps/m"),
    ],
)  # fmt: skip
def test_what_is_refused(text, message) -> None:
    Path("p.scen").write_text(text)
    with pytest.raises(ml.MazeFormatError, match=f"^p.scen: {re.escape(message)}"):
        ml.Problems.load("p.scen")


@pytest.mark.parametrize("name", FILES)
def test_published_lengths_are_reproduced(name) -> None:
    """By Dijkstra and by A*; all of them with `python tests/test_scenarios.py`."""
    assert_lengths(name, step=1 if FILES[name] < 500 else 30)


def assert_lengths(name: str, step: int) -> int:
    """Checks every step-th length of a file, which is rounded to the digits that it has."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no {name} beside the repository, in shared/data/maps")
    problems = ml.Problems.load(path)
    assert len(problems) == FILES[name]
    part = problems[::step]
    texts = [line.split()[-1] for line in path.read_text().splitlines()[1:]][::step]
    digits = [len(text.partition(".")[2]) for text in texts]
    allowed = np.maximum(1e-6 * part.optimal, 0.5000001 * 10.0 ** -np.array(digits))
    exact = ml.Problems(part.domain, part.starts, part.goals).optimal
    assert (abs(exact - part.optimal) <= allowed).all()
    found = ml.solve(part, heuristic="octile", weight=1)
    assert (abs(found.cost - part.optimal) <= allowed).all()
    np.testing.assert_allclose(found.cost, exact, rtol=1e-6)
    return len(part)


if __name__ == "__main__":
    print(sum(assert_lengths(name, step=1) for name in FILES), "lengths are reproduced")
