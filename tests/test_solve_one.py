"""``mlsearch solve-one``: one maze of a file, its path, and how good that is."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

from mlsearch import plots
from mlsearch.cli import main
from mlsearch.config import ModelConfig, RunConfig
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.metrics import learned as heuristics
from mlsearch.metrics import shipped
from mlsearch.runs.checkpoint import new_model, save_model, write_config
from mlsearch.search.solve import solve

DRAWING = "S.#.\n#..G\n##.#\n"
ANSWER = """\
######
#S*# #
##**G#
### ##
######
"""

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(DRAWING)


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["solve-one", *map(str, arguments)])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def failure(*arguments, code=2):
    return run(*arguments, code=code).stderr.splitlines()[-1].removeprefix("Error: ")


def a_run(folder, size, encoder="bronet"):
    config = RunConfig(
        method="m",
        domain=MazeConfig(height=size[0], width=size[1]),
        model=ModelConfig(encoder=encoder, hidden=8, num_blocks=1, embedding=4),
    )
    folder.mkdir(parents=True)
    save_model(folder, new_model(config))
    write_config(folder, config)
    return folder


def test_what_is_printed():
    result = run("a.txt", "--heuristic", "manhattan")
    assert result.stdout.startswith(ANSWER)
    assert "path of manhattan, 4 steps: 0,0 0,1 1,1 1,2 1,3\n" in result.stdout
    assert "the shortest path has 4 steps" in result.stdout
    for name in ("manhattan", "euclidean", "perfect"):
        assert re.search(rf"^{name} +4 +1\.000 +4 +5 ", result.stdout, re.MULTILINE)


HOW = {
    (): {},
    ("--no-search",): {"search": False},
    ("--weight", "1"): {"weight": 1.0},
    ("--beam-width", "2"): {"beam_width": 2},
    ("--max-generated", "9"): {"max_generated": 9},
}


@pytest.mark.parametrize("suffix", ["map", "png", "npy", "npz", "txt"])
@pytest.mark.parametrize("how", HOW)
def test_json_agrees_with_solve(tmp_path, suffix, how):
    mazes = Mazes.generate(1, (9, 12), seed=3)
    problem = Problems.sample(mazes, seed=2)
    mazes.save(f"m.{suffix}")
    start, goal = (divmod(int(c[0]), 12) for c in (problem.starts, problem.goals))
    ends = ("--start", "{},{}".format(*start), "--goal", "{},{}".format(*goal))
    folder = a_run(tmp_path / "run", (9, 12))
    found = json.loads(run(f"m.{suffix}", folder, *ends, *how, "--json").stdout)
    assert (found["start"], found["goal"]) == (list(start), list(goal))
    assert found["optimal"] == problem.optimal[0]
    baselines = ["euclidean", "manhattan", "landmarks", "perfect"]
    assert list(found["heuristics"]) == [str(folder), *baselines]
    for name, row in found["heuristics"].items():
        heuristic = heuristics.load(name) if name == str(folder) else name
        expected = solve(problem, heuristic=heuristic, **HOW[how])
        cost = int(expected.cost[0]) if expected.solved[0] else None
        assert (row["solved"], row["cost"]) == (bool(expected.solved[0]), cost)
        assert row["expansions"] == expected.expansions[0]
        if name == str(folder) and expected.solved[0]:
            cells = [row * 12 + column for row, column in found["path"]]
            assert cells == expected.path(0).tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--start", "0,2"), "--start: 0,2 is a wall; the nearest free cell is 0,1"),
        (("--goal", "2,0"), "--goal: 2,0 is a wall; the nearest free cell is 0,0"),
        (("--start", "3,0"), "--start: expected 0,0 to 2,3, got 3,0"),
        (("--start", "0,-1"), "--start: expected 0,0 to 2,3, got 0,-1"),
        (("--start", "0"), "Invalid value for '--start': expected ROW,COLUMN such as 0,12"),
        (("--start", "a,b"), "Invalid value for '--start': expected ROW,COLUMN such as 0,12"),
        (("--heuristic", "luck"), "heuristic: unknown heuristic 'luck'"),
    ],
)
def test_bad_arguments(arguments, message):
    assert failure("a.txt", *arguments).startswith(message)


def test_goals_that_cannot_be_reached(tmp_path):
    (tmp_path / "b.txt").write_text("S.#.\n..#G\n")
    message = failure("b.txt", code=1)
    assert message == "the goal 1,3 cannot be reached from the start 0,0"


def test_files_that_cannot_be_used(tmp_path):
    Mazes.generate(2, 4).save("two.npz")
    assert failure("two.npz", "--start", "0,0", "--goal", "0,0").endswith("one maze, got 2")
    Mazes.generate(1, 4).save("one.npz")
    assert failure("one.npz").startswith("--start: expected ROW,COLUMN, as the file marks none")
    (tmp_path / "b.map").write_text("type octile\nheight 2\nwidth 2\nmap\n..\n.?\n")
    assert "line 6, column 2: expected one of" in failure("b.map", code=1)


def test_a_metric_for_another_size(tmp_path, monkeypatch):
    folder = a_run(tmp_path / "runs" / "small", (9, 9))
    assert "made for maps of 9 x 9" in failure("a.txt", folder)
    monkeypatch.setattr(shipped, "SHIPPED", {"maze": folder})
    result = run("a.txt")
    assert "cannot read this problem, so only baselines are used: " in result.stderr
    assert "path of perfect, 4 steps" in result.stdout


def test_without_a_run_the_shortest_path_comes_first(tmp_path):
    found = json.loads(run("a.txt", "--json").stdout)
    names = ["perfect", "shipped maze", "euclidean", "manhattan", "landmarks"]
    assert list(found["heuristics"]) == names
    assert len(found["path"]) == found["optimal"] + 1
    folder = a_run(tmp_path / "run", (3, 4))
    assert next(iter(json.loads(run("a.txt", folder, "--json").stdout)["heuristics"])) == str(
        folder
    )


def test_progress_and_the_seconds_of_heuristics(monkeypatch):
    monkeypatch.setattr("mlsearch.cli.stages.DELAY", 0)
    result = run("a.txt")
    lines = result.stderr.splitlines()
    assert lines[0] == "Reading a.txt"
    assert "Solving with shipped maze (2 of 5)" in lines
    assert re.search(r"seconds in +seconds in\n.* heuristic +search", result.stdout)
    rows = json.loads(run("a.txt", "--json").stdout)["heuristics"]
    assert run("a.txt", "--json").stderr == ""
    assert rows["shipped maze"]["seconds_heuristic"] > rows["euclidean"]["seconds_heuristic"] > 0


def test_large_mazes_are_not_drawn_and_long_paths_are_cut():
    Mazes(np.zeros((2, 150), bool)).save("long.npy")
    ends = ("--start", "0,0", "--goal", "1,149", "--heuristic", "perfect")
    result = run("long.npy", *ends)
    assert "The maze, 2 x 150, is too large to be drawn here: --out does." in result.stdout
    assert " ... 91 more, which --json tells ... " in result.stdout
    assert len(json.loads(run("long.npy", *ends, "--json").stdout)["path"]) == 151


def test_no_path():
    Mazes(np.array([[0, 0, 0, 0], [1, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]])).save("u.npy")
    ends = ("--start", "0,2", "--goal", "2,1", "--heuristic", "euclidean")
    result = run("u.npy", *ends, "--no-search", "--out", "u.png")
    assert "euclidean found no path." in result.stdout
    assert re.search(r"^euclidean +exhausted", result.stdout, re.MULTILINE)
    assert json.loads(run("u.npy", *ends, "--no-search", "--json").stdout)["path"] is None


@pytest.mark.parametrize("shape", [(3, 4), (1100, 30)])
def test_figure(shape):
    mazes = Mazes(np.zeros(shape, bool))
    problem = Problems(mazes, [0], [mazes.num_cells - 1])
    table = np.random.default_rng(0).random(mazes.num_cells)[None]
    result = solve(problem, heuristic=table)
    figure = plots.solution(problem, result, "random table")
    [axes] = figure.axes
    assert (
        f"{result.cost[0]} steps, {result.expansions[0]} expansions"
        in axes.get_title(loc="left") + axes.get_title()
    )
    lines = {line.get_label(): line.get_xydata() for line in axes.lines}
    rows, columns = np.divmod(result.path(0), shape[1])
    np.testing.assert_array_equal(lines["random table"], np.stack([columns, rows], axis=1))
    assert ("shortest path" in lines) == (result.cost[0] > problem.optimal[0])
    with pytest.raises(ValueError, match="problem: expected a single one, got 2"):
        plots.solution(problem[[0, 0]], result, "two")


def test_out_writes_a_picture(tmp_path):
    assert run("a.txt", "--heuristic", "zero", "--out", "a.png").stdout.endswith("figure: a.png\n")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
