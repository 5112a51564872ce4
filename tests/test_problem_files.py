"""Files of problems: every form, what comes back, and what is refused in one line."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_domains import OneWay, Slide

import mlsearch as ml
from mlsearch.domains.puzzles.text import follow
from mlsearch.domains.registry import DOMAINS

DATA = Path(__file__).parents[2] / "shared" / "data" / "puzzles"
LEVELS = ml.Sokoban.parse(
    "#######\n#@ $ .#\n#     #\n#######\n\n#######\n#. $ @#\n#     #\n#######\n"
)
PUZZLES = [ml.Cube(3), ml.Cube(2, turns="half"), ml.Tiles(4, blank="first"), ml.LightsOut(5),
           ml.TopSpin(), ml.Pancake(9), ml.Permutation([[1, 0, 2]], [0, 1, 2], ["a"])]  # fmt: skip


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(DOMAINS, "slide", Slide)


def assert_same(found: ml.Problems, wanted: ml.Problems) -> None:
    np.testing.assert_array_equal(found.starts, wanted.starts)
    np.testing.assert_array_equal(found.goals, wanted.goals)
    assert found.starts.dtype == wanted.starts.dtype
    assert len(found.domain) == len(wanted.domain)


@pytest.mark.parametrize("suffix", ["json", "npz", "txt"])
@pytest.mark.parametrize("domain", [*PUZZLES, Slide()], ids=repr)
def test_puzzles(domain, suffix) -> None:
    problems = ml.Problems.sample(domain, num=5, scramble=7, seed=1)
    problems.save(f"p.{suffix}")
    found = ml.Problems.load(f"p.{suffix}", domain if suffix == "txt" else None)
    assert_same(found, problems)
    assert found.domain == domain
    assert "optimal" not in vars(found)
    assert list(Path().iterdir()) == [Path(f"p.{suffix}")]


@pytest.mark.parametrize("suffix", ["json", "npz"])
def test_worlds_and_known_optima(suffix) -> None:
    for domain in (ml.Mazes.generate(4, (5, 7), seed=0), LEVELS):
        problems = ml.Problems.sample(domain)
        problems = ml.Problems(
            domain, problems.starts, problems.goals, [3, *[-1] * (len(domain) - 1)]
        )
        problems.save(f"p.{suffix}")
        found = ml.Problems.load(f"p.{suffix}")
        assert_same(found, problems)
        assert found.optimal.tolist() == problems.optimal.tolist()
        np.testing.assert_array_equal(found.domain.walls, domain.walls)


@pytest.mark.parametrize("suffix", ["txt", "xsb"])
def test_levels(suffix) -> None:
    problems = ml.Problems.sample(LEVELS)
    problems.save(f"p.{suffix}")
    assert_same(ml.Problems.load(f"p.{suffix}", "sokoban"), problems)
    assert_same(ml.Problems.load(f"p.{suffix}", LEVELS), problems)
    later = follow(LEVELS, LEVELS.starts[0], LEVELS.read_moves("R R D"))
    part = ml.Problems(LEVELS[0], later, np.tile(LEVELS.goals[:1], (4, 1)))
    part.save(f"later.{suffix}")
    found = ml.Problems.load(f"later.{suffix}", "sokoban")
    np.testing.assert_array_equal(found.starts, later)
    elsewhere = ml.Problems(LEVELS[0], later[:1], later[2:3])
    with pytest.raises(ValueError, match="expected goals with the boxes on the targets"):
        elsewhere.save(f"q.{suffix}")


def test_drawings_of_mazes() -> None:
    Path("m.txt").write_text("S.#\n..G\n")
    for domain in (None, "maze", ml.Mazes.generate(1, size=4)):
        assert ml.Problems.load("m.txt", domain).goals.tolist() == [5]
    ml.Problems.load("m.txt").save("n.txt")
    assert_same(ml.Problems.load("n.txt"), ml.Problems.load("m.txt"))


def test_scrambles() -> None:
    Path("s.txt").write_text(
        "# two\nR U R' U'\n\n  F2 D\n" + "".join("URFDLB"[i // 9] for i in range(54))
    )
    cube = ml.Cube(3)
    found = ml.Problems.load("s.txt", "cube3")
    assert found.domain == cube
    for start, words in zip(found.starts, ("R U R' U'", "F F D", ""), strict=True):
        moves = cube.read_moves(words)
        np.testing.assert_array_equal(start, follow(cube, cube.goal_state, moves)[-1])
    assert found.optimal.tolist() == [4, 3, 0]
    Path("t.txt").write_text("1 2 3 4 5 6 7 0 8\nD R\n")
    assert ml.Problems.load("t.txt", ml.Tiles(3)).optimal.tolist() == [1, 2]


def test_public_scrambles_keep_their_optima() -> None:
    if not (DATA / "deepcubea-cube3.json").exists():
        pytest.skip("no deepcubea-cube3.json beside the repository, in shared/data/puzzles")
    words = json.loads((DATA / "deepcubea-cube3.json").read_text())
    optimal = [len(scramble.split()) for scramble in words]
    Path("c.json").write_text(json.dumps({"domain": "cube3", "starts": words, "optimal": optimal}))
    problems = ml.Problems.load("c.json")
    problems.save("c.npz")
    assert ml.Problems.load("c.npz").optimal.tolist() == optimal
    assert 20 < np.mean(problems.optimal) < 22


def test_short_json() -> None:
    Path("p.json").write_text(
        '{"starts": ["R", "R2"], "goals": ["", "R"]}'.replace('""', '"R R\'"')
    )
    problems = ml.Problems.load("p.json", "cube3")
    assert problems.optimal.tolist() == [1, 1]
    assert_same(ml.Problems.load("p.json", {"name": "cube", "size": 3}), problems)


@given(st.data())
def test_any_optima(tmp_path_factory, data) -> None:
    path = tmp_path_factory.mktemp("p")
    num = data.draw(st.integers(0, 4))
    optimal = data.draw(st.lists(st.integers(-1, 99), min_size=num, max_size=num))
    states = np.zeros((num, 25), np.uint8)
    problems = ml.Problems(ml.LightsOut(5), states, states, np.array(optimal, int))
    for suffix in ("json", "npz"):
        problems.save(path / f"p.{suffix}")
        assert ml.Problems.load(path / f"p.{suffix}").optimal.tolist() == optimal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("R\nR U X\n", "line 2: moves: unknown move 'X' at place 2"),
        ("R\n\nUUU\n", "line 3: state: expected 54 letters, got 3"),
        ("F" * 54, "line 1: state: expected colour 0 9 times, got 0"),
        ("# nothing\n", "expected a problem in each line, got no line"),
    ],
)
def test_bad_lines(text, message) -> None:
    Path("p.txt").write_text(text)
    with pytest.raises(ml.MazeFormatError, match=f"^p.txt: {re.escape(message)}"):
        ml.Problems.load("p.txt", "cube3")


def worlds(dtype, values) -> str:
    """A file of problems in mazes with these walls."""
    walls = {"dtype": dtype, "values": values}
    return json.dumps({"domain": "maze", "starts": [0], "goals": [1], "worlds": {"walls": walls}})


TOO_DEEP = "Stack overflow" if sys.version_info >= (3, 14) else "maximum recursion depth"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ('{"starts": [\n1,,', "Expecting value: line 2 column 3"),
        ("[1]", "expected an object with starts"),
        ('{"starts": [], "ends": []}', "ends: expected one of domain, worlds, starts, goals, op"),
        ('{"starts": []}', "domain: expected a domain, in the file or as an argument"),
        ('{"domain": "cub3", "starts": []}', "domain: unknown domain 'cub3'; did you mean 'cube'"),
        ('{"domain": "tiles3", "starts": 3}', "starts: expected a list, got int"),
        ('{"domain": "tiles3", "starts": [[1, 2]]}', "starts: expected shape [N, 9], got [1, 2]"),
        ('{"domain": "tiles3", "starts": [[1], [1, 2]]}', "starts: expected an array, got rows of"),
        ('{"domain": "tiles3", "starts": [[1, 2, 3, 4, 5, 6, 7, 8, 0.5]]}', "starts: expected"),
        ('{"domain": "tiles3", "starts": ["D", "E"]}', "starts: problem 1: state: expected number"),
        ('{"domain": "tiles3", "starts": ["D"], "optimal": [1, 2]}', "optimal: expected 1 numbers"),
        ('{"domain": "tiles3", "starts": ["D"], "worlds": {"a": 3}}', "worlds: a: expected an obj"),
        (worlds("uint8", [[[1, 256]]]), "worlds: walls: expected numbers that fit uint8"),
        (worlds("uint8", [[[1, 0.5]]]), "worlds: walls: expected numbers that fit uint8"),
        (worlds("uint8", [[[1, -1]]]), "worlds: walls: expected numbers that fit uint8"),
        (worlds("uint8", [[[1, "0"]]]), "worlds: walls: expected numbers, got"),
        (worlds("uint8", [[[1], [1, 0]]]), "worlds: walls: expected an array, got rows of diff"),
        (worlds("S2147483647", [[["x"]]]), "worlds: walls: dtype: expected one of numbers, got"),
        (worlds("O", [[[1]]]), "worlds: walls: dtype: expected one of numbers, got 'O'"),
        (worlds(",,", [[[1]]]), "worlds: walls: dtype: expected one of numbers, got ',,'"),
        (worlds(["<i4"], [[[1]]]), "worlds: walls: dtype: expected one of numbers, got ['<i4']"),
        ("[" * 100_000, TOO_DEEP),
    ],
)  # fmt: skip
def test_bad_json(values, message) -> None:
    Path("p.json").write_text(values)
    with pytest.raises(ml.MazeFormatError, match=f"^p.json: {re.escape(message)}"):
        ml.Problems.load("p.json")


def test_files_of_another_domain() -> None:
    for suffix in ("json", "npz"):
        ml.Problems.sample(ml.Cube(2), num=2, scramble=3).save(f"p.{suffix}")
        with pytest.raises(ml.MazeFormatError, match=r"domain: expected Cube\(size=3.*got Cube\("):
            ml.Problems.load(f"p.{suffix}", "cube3")


def test_bad_archives() -> None:
    Path("p.npz").write_bytes(b"PK")
    np.savez("q.npz", walls=np.zeros((3, 3)))
    np.savez("r.npz", starts=np.array([{}], object))
    for name, message in (
        ("p", "File is not a zip"),
        ("q", "an array starts"),
        ("r", "allow_pick"),
    ):
        with pytest.raises(ml.MazeFormatError, match=rf"{name}\.npz: .*{message}"):
            ml.Problems.load(f"{name}.npz", "tiles3")


def test_what_a_file_cannot_hold() -> None:
    tiles = ml.Problems.sample(ml.Tiles(3), num=2, scramble=3)
    for name in ("p.csv", "p"):
        with pytest.raises(ValueError, match=r"expected a name that ends in one of \.json, \.npz"):
            tiles.save(name)
        with pytest.raises(ValueError, match=r"expected a name that ends in one of \.json, \.npz"):
            ml.Problems.load(name)
    with pytest.raises(ValueError, match="xsb holds levels of Sokoban"):
        tiles.save("p.xsb")
    with pytest.raises(ValueError, match="xsb holds levels of Sokoban"):
        ml.Problems.load("p.xsb", "tiles3")
    with pytest.raises(ValueError, match="expected the goal of the domain in each problem"):
        ml.Problems(tiles.domain, tiles.goals, tiles.starts).save("p.txt")
    with pytest.raises(ValueError, match=r"domain: OneWay has no name"):
        ml.Problems.sample(OneWay()).save("p.json")
    with pytest.raises(ValueError, match="expected one world, got 3"):
        ml.Problems.sample(OneWay()).save("p.txt")
    with pytest.raises(FileNotFoundError):
        ml.Problems.load("none.txt", "cube3")
    assert list(Path().iterdir()) == []
