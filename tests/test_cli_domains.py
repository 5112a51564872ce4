"""The command line and the report page in domains that are no mazes."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from small_domains import OneWay, Slide

from mlsearch.cli import main
from mlsearch.cli.options import domain_settings_from
from mlsearch.cli.runs import is_of
from mlsearch.config import RunConfig
from mlsearch.domains.extras import name_of
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.problems import sample_problems
from mlsearch.domains.registry import DOMAINS
from mlsearch.evaluation.evaluation import evaluate
from mlsearch.learning.methods import METHODS
from mlsearch.metrics import shipped
from mlsearch.report import Entry, build_report, entries_as_json
from mlsearch.reproduction import baseline_entries, describe, plan, served
from mlsearch.runs.checkpoint import write_config
from mlsearch.runs.scalars import write_scalars

WITH_DOMAIN = ("evaluate", "generate", "info", "report", "reproduce", "solve", "solve-one", "train")


class Spoken(Slide):
    """Tiles by letters: a to e, and a dot for the blank."""

    name = "spoken"

    def read_state(self, text):
        return [".abcde".index(letter) for letter in text]


@pytest.fixture(autouse=True)
def domains(tmp_path, monkeypatch):
    """Two more domains, a folder of its own, and the package's metric out of sight."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shipped, "SHIPPED", {})
    for name, kind in (("slide", Slide), ("oneway", OneWay), ("spoken", Spoken)):
        monkeypatch.setitem(DOMAINS, name, kind)


def run(*arguments, code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def values(*arguments):
    return json.loads(run(*arguments, "--json").stdout)


def failure(*arguments, code=2):
    return run(*arguments, code=code).stderr.splitlines()[-1].removeprefix("Error: ")


@pytest.mark.parametrize("command", WITH_DOMAIN)
def test_domain_is_an_option_of_every_command_with_worlds(command):
    assert "--domain" in {name for part in main.commands[command].params for name in part.opts}


@pytest.mark.parametrize("command", [None, *sorted(main.commands)])
def test_help_is_no_wider_than_80_columns(command):
    lines = run(*([command] if command else []), "--help").output.splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    "arguments",
    ["solve --heuristic zero", "generate out", "info", "train", "solve-one --start 1"],
)
def test_unknown_domain_is_one_line(arguments):
    expected = "domain: unknown domain 'slid'; did you mean 'slide'?"
    assert failure(*arguments.split(), "--domain", "slid") == expected
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("arguments", ["solve", "generate out", "info", "train"])
def test_maze_options_are_for_mazes_alone(arguments):
    result = run(*arguments.split(), "--domain", "slide", "--size", 8, "--loops", 0, code=2)
    assert result.stderr == (
        "Error: --size, --loops: expected with mazes alone, but the domain is 'slide'\n"
    )


def test_settings_are_those_of_the_run_unless_another_domain_is_named():
    base = Slide(rows=3)
    assert domain_settings_from(base) is base or domain_settings_from(base) == base
    assert domain_settings_from(base, "slide") == base
    assert domain_settings_from(base, "oneway") == OneWay()
    assert domain_settings_from(None) == MazeConfig()
    small = MazeConfig(height=8, width=9, loops=0.5)
    assert domain_settings_from(small, "maze", size="7x6") == replace(small, height=7, width=6)
    with pytest.raises(ValueError, match="the domain is 'slide'"):
        domain_settings_from(base, size="8")


def test_solve():
    scores = values("solve", "--domain", "slide", "--n", 20)
    assert list(scores) == ["zero", "perfect"]
    assert scores["perfect"]["suboptimality"] == 1
    assert scores["zero"]["num_optimal_known"] == 20
    printed = run("solve", "--domain", "slide", "--n", 20, "--heuristic", "random")
    assert "20 unseen slide problems, best-first search" in " ".join(printed.stdout.split())
    assert re.search(r"^score +random +zero +perfect$", printed.stdout, re.MULTILINE)


def test_solve_says_how_many_optima_are_known():
    arguments = ("solve", "--domain", "oneway", "--n", 10, "--max-expansions", 50)
    result = run(*arguments, "--heuristic", "zero")
    assert "known optimum: 0 of 10 problems" in " ".join(result.stdout.split())
    assert re.search(r"^cost / optimal +-$", result.stdout, re.MULTILINE)
    assert values(*arguments, "--heuristic", "zero")["zero"]["suboptimality"] is None


def test_without_a_run_of_the_domain_only_baselines_are_shown():
    folder = Path("runs/maze")
    folder.mkdir(parents=True)
    write_config(folder, RunConfig(method="m"))
    (folder / "model.safetensors").touch()
    result = run("solve", "--domain", "slide", "--n", 5)
    assert "No metric for domain 'slide' comes with the package" in result.stderr
    assert "mlsearch train --domain slide" in result.stderr


def test_info_on_a_domain():
    found = values("info", "--domain", "slide")
    assert (found["domain.name"], found["domain.columns"]) == ("slide", 3)
    assert (found["state"], found["moves"], found["states"]) == ("uint8 [6]", 4, 720)
    assert found["baselines"] == "zero, random, perfect"
    assert found["moves can be undone"] == "yes"
    maze = values("info", "--size", 30)
    assert (maze["map"], maze["yardstick"], maze["problems"]) == (
        "30 x 30",
        "euclidean",
        "30 x 30 mazes",
    )
    assert failure("info", ".", "--domain", "slide") == "expected PATH, or --domain without it"
    assert run("info").stdout == ""


def test_generate_and_info():
    printed = run("generate", "data", "--domain", "slide", "--num", 12, "--max-length", 7)
    assert printed.stdout == "12 trajectories of slide problems, 7.0 steps on average, in data\n"
    found = values("info", "data")
    assert (found["trajectories"], found["worlds"]) == (12, "1 (slide problems)")
    assert found["policy"] == "scramble"
    run("generate", "more", "--domain", "oneway", "--num", 3, "--per-world", 2, "--seed", 1)
    assert values("info", "more")["worlds"] == "3 (oneway problems)"


# solve-one ------------------------------------------------------------------------------------


def test_solve_one_reads_states_and_prints_rows():
    found = values("solve-one", "--domain", "slide", "--start", "1,2,3 0 4,5")
    assert found["domain"] == "slide"
    assert (found["start"], found["goal"]) == ([1, 2, 3, 0, 4, 5], [1, 2, 3, 4, 5, 0])
    assert found["optimal"] == 2
    assert found["path"] == [[1, 2, 3, 0, 4, 5], [1, 2, 3, 4, 0, 5], [1, 2, 3, 4, 5, 0]]
    assert found["heuristics"]["perfect"]["cost"] == 2
    goal = ("--goal", "0 1 2 3 4 5", "--heuristic", "perfect")
    printed = run("solve-one", "--domain", "slide", "--start", "1 0 2 3 4 5", *goal).stdout
    assert printed.startswith("path of perfect, 1 steps:\n1 0 2 3 4 5\n0 1 2 3 4 5\n\n")
    assert "the shortest path has 1 steps" in printed


def test_solve_one_where_the_optimum_is_unknown():
    start, goal = ("--start", " ".join("0" * 54)), ("--goal", "1 2" + " 0" * 52)
    result = run("solve-one", "--domain", "oneway", *start, *goal, "--heuristic", "zero")
    assert "path of zero, 2 steps:" in result.stdout
    assert "the shortest path" not in result.stdout
    assert values("solve-one", "--domain", "oneway", *start, *goal)["optimal"] is None
    back = run("solve-one", "--domain", "oneway", "--start", goal[1], "--max-expansions", 9)
    assert "zero found no path." in back.stdout


def test_a_domain_may_read_states_itself():
    assert values("solve-one", "--domain", "spoken", "--start", "abcd.e")["path"] == [
        [1, 2, 3, 4, 0, 5],
        [1, 2, 3, 4, 5, 0],
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--start: expected a state of domain 'slide'"),
        (("--start", "1,2"), "--start: expected 6 integers, separated by commas or blanks, got '1"),
        (("--start", "1,2,3,4,5,x"), "--start: expected 6 integers"),
        (("--start", "1,2,3,4,5,300"), "--start: row 0: expected numbers that fit uint8"),
        (("--start", "1,2,3,4,5,0", "--goal", "1"), "--goal: expected 6 integers"),
        (("--start", "1,2,3,4,5,0", "--out", "a.png"), "--out reads maps; domain 'slide' has none"),
        (("maze.txt", "--start", "1"), "maze.txt: expected a file, or --start, --scramble"),
    ],
)
def test_solve_one_on_bad_arguments(arguments, message):
    Path("maze.txt").write_text("S.G\n...\n")
    assert failure("solve-one", "--domain", "slide", *arguments).startswith(message)


def test_solve_one_needs_the_file_of_a_maze():
    assert failure("solve-one") == "Missing argument 'MAZE'."


# train and reproduce --------------------------------------------------------------------------


def test_the_domain_of_a_file_replaces_that_of_the_method(monkeypatch):
    from mlsearch.learning import unfinished

    found = []

    def trainer(config, *rest, **options):
        found.append(config.domain)
        raise ValueError("not now")

    monkeypatch.setattr(unfinished, "Trainer", trainer)

    def domain(*arguments):
        assert failure("train", *arguments) == "not now"
        return found.pop()

    Path("c.json").write_text('{"domain": {"name": "slide", "rows": 3}}')
    assert domain("--config", "c.json") == Slide(rows=3)
    assert domain("--config", "c.json", "--domain", "slide") == Slide(rows=3)
    assert domain("--config", "c.json", "--domain", "oneway") == OneWay()
    assert domain("--domain", "slide", "--set", "domain.columns=2") == Slide(columns=2)
    assert domain("--size", "8x9") == MazeConfig(height=8, width=9)
    Path("old.json").write_text('{"mazes": {"height": 7, "loops": 0.5}, "data": {"per_maze": 2}}')
    assert domain("--config", "old.json", "--size", 9) == MazeConfig(height=9, width=9, loops=0.5)
    error = failure("train", "--domain", "slide", "--set", "domain.height=3")
    assert error == "domain.height: unknown setting; expected one of columns, rows"


def test_an_experiment_in_another_domain(tmp_path):
    from mlsearch.scales import SCALES

    fresh = {"walk_distance", "value_iteration", "board_walks"}
    assert served("maze") == [name for name in METHODS if name not in fresh]
    assert served("slide") == [m for m in served("maze") if m not in ("hybrid", "landmark_wave")]
    [first] = plan(SCALES["smoke"], ["contrastive"], 1, tmp_path, domain="slide")
    assert first.config.domain == Slide()


# The page -------------------------------------------------------------------------------------


def learned_entry(problems, heuristic, folder):
    folder.mkdir()
    write_config(folder, RunConfig(method="m", domain=DOMAINS[name_of(problems.domain)]()))
    write_scalars(folder / "scalars.csv", [{"step": n, "loss": 1 / n} for n in (1, 2, 3)])
    evaluations = [evaluate(heuristic, problems, "tiles")]
    return Entry(name="tiles", run="tiles", evaluations=evaluations, folders=[folder], scales=[2.0])


def test_a_page_without_maps(tmp_path):
    problems = sample_problems("slide", 20, 0, "test")

    def misplaced(problem, state):
        return (state != problems.goals[problem]).sum(axis=1).astype(np.float32)

    entries = [learned_entry(problems, misplaced, tmp_path / "run"), *baseline_entries(problems)]
    assert describe(entries) == "Scored on 20 unseen slide problems, best-first search."
    build_report(entries, tmp_path / "page.html", "T", describe(entries))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'href="#explorer"' not in page
    assert 'href="#heatmaps"' not in page
    assert "<script" not in page
    assert "maze" not in re.sub(r"<details>.*?</details>|<style>.*?</style>", "", page, flags=re.S)
    assert page.count('src="data:image/webp') == 7
    assert '<tr class="learned"><th scope="row">tiles' in page
    for name in ("zero", "random", "perfect"):
        assert f'<tr><th scope="row">{name}</th>' in page
    plain = entries_as_json(entries)
    before = plain["tiles"]["calibration"]["before"]["gradient"]["mean"]
    assert before == pytest.approx(plain["tiles"]["calibration"]["after"]["gradient"]["mean"] / 2)


def test_a_page_of_problems_whose_optima_are_unknown(tmp_path):
    problems = sample_problems("oneway", 6, 0, "test")

    def left(problem, state):
        steps = problems.goals[problem].astype(np.float32) - state
        return steps.clip(0).sum(axis=1)

    entries = [learned_entry(problems, left, tmp_path / "run")]
    build_report(entries, tmp_path / "page.html", "T")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('src="data:image/webp') == 3
    assert "(n=0)" in page
    assert "goals are near" not in page


# Puzzles --------------------------------------------------------------------------------------

KORF = "14 13 15 7 11 12 9 5 6 0 2 1 4 8 10 3"  # the first of Korf's instances, 57 moves
LEVEL = "#######\n#@ $ .#\n#     #\n#######\n"


def test_solve_one_from_a_scramble(tmp_path):
    scramble = ("--domain", "cube3", "--scramble", "R U R' U'", "--weight", "1")
    printed = run("solve-one", *scramble, "--out", "a.png").stdout
    assert "start:\nUULUUFUUF" in printed
    assert "solution of misplaced, 4 moves:\nU R U' R'\n" in printed
    assert "best known: 4 moves; there is no shorter way\nfigure: a.png\n" in printed
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    found = values("solve-one", *scramble)
    assert found["moves"] == ["U", "R", "U'", "R'"]
    assert (found["best_known"], found["is_optimal"]) == (4, True)


def test_the_scramble_is_a_solution_where_no_search_finds_one():
    scramble = "R U2 F D L' B " * 4
    arguments = ("--domain", "cube3", "--scramble", scramble, "--max-expansions", 3)
    printed = run("solve-one", *arguments).stdout
    assert re.match(r"start:\n[URFDLB]{54}\n\nmisplaced found no path.\n", printed)
    assert "best known: 28 moves; there may be a shorter way\nthe scramble, undone: B' L D'" in (
        printed
    )
    found = values("solve-one", *arguments)
    assert (found["best_known"], found["is_optimal"], found["moves"]) == (28, False, None)
    assert found["best_known_from"] == "the scramble, undone"


def test_solve_one_from_a_board():
    found = values("solve-one", "--domain", "tiles4:blank=first", "--start", KORF)
    assert found["optimal"] == found["best_known"] == 57
    assert len(found["moves"]) == found["heuristics"]["linear_conflict"]["cost"] >= 57
    printed = run("solve-one", "--domain", "tiles3", "--start", "1 2 3 4 8 5 7 0 6").stdout
    assert "start:\n1 2 3\n4 8 5\n7 0 6\n\nsolution of perfect, 3 moves:\nD L U\n" in printed
    message = failure("solve-one", "--domain", "tiles4", "--start", KORF)
    assert message.endswith("(odd parity): no moves lead to the goal with the blank last")


def test_solve_one_from_a_level(tmp_path):
    Path("level.txt").write_text(LEVEL)
    printed = run("solve-one", "--domain", "sokoban", "level.txt", "--out", "a.png").stdout
    assert f"start:\n{LEVEL}\nsolution of matching, 3 moves:\nR R R\n" in printed
    assert (tmp_path / "a.png").exists()
    Path("two.txt").write_text(LEVEL + "\n" + LEVEL)
    assert failure("solve-one", "--domain", "sokoban", "two.txt").endswith("one problem, got 2")


def test_solve_one_from_a_file_of_problems():
    Path("p.json").write_text('{"domain": "tiles3", "starts": ["D R"], "optimal": [2]}')
    assert values("solve-one", "--domain", "tiles3", "p.json")["best_known"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--domain cube3", "--start: expected a state of domain 'cube3', or --scramble; got none"),
        (
            "--domain cube3 --start U --scramble U",
            "--start: expected a state of domain 'cube3', or",
        ),
        ("--domain cube3 --scramble RX", "moves: unknown move 'RX' at place 0"),
        ("--domain slide --scramble U", "moves: domain 'slide' has no names of its moves"),
        ("--domain sokoban --scramble U", "scramble: moves of domain 'sokoban' cannot be undone"),
        ("--domain sokoban:height=4 --scramble U", "height: expected 5 to 64, got 4"),
        ("--domain cube3:turns --scramble U", "domain: expected SETTING=VALUE after 'cube3:', got"),
        ("--domain cube3:turns=2 --scramble U", "domain.turns: expected str, got 2"),
        ("m.txt --scramble U", "--scramble: moves of a maze have no names; expected --start"),
    ],
)
def test_solve_one_on_bad_puzzles(arguments, message):
    Path("m.txt").write_text("S.G\n")
    assert failure("solve-one", *arguments.split()).startswith(message)


@pytest.mark.parametrize("scramble", ["3", "uniform"])
def test_solve_scrambles(scramble):
    arguments = ("--domain", "tiles3", "--n", 10, "--scramble", scramble)
    scores = values("solve", *arguments)
    assert list(scores) == ["linear_conflict", "manhattan", "perfect"]
    assert (scores["perfect"]["expansions_mean"] <= 3) == (scramble == "3")
    assert "10,000 expansions each" in " ".join(run("solve", *arguments).stdout.split())


def test_solve_stops_in_time():
    scores = values("solve", "--domain", "cube3", "--n", 2, "--scramble", 1000)
    assert scores["misplaced"]["expansions_mean"] == 10_000
    assert scores["misplaced"]["num_optimal_known"] == 0


def test_solve_random_levels():
    scores = values("solve", "--domain", "sokoban:height=7,width=6,num_boxes=2", "--n", 5)
    assert scores["matching"]["solved_rate"] == 1


def test_solve_problems_of_a_file():
    Path("levels.txt").write_text(f"{LEVEL}\n{LEVEL}")
    scores = values("solve", "--domain", "sokoban", "--problems", "levels.txt")
    assert (
        scores["matching"] | {"solved_rate": 1, "suboptimality": 1, "num_optimal_known": 2}
        == (scores["matching"])
    )
    Path("s.txt").write_text("R U\nF\n")
    assert values("solve", "--domain", "cube3", "--problems", "s.txt")["misplaced"]["solved_rate"]
    assert failure("solve", "--problems", "s.txt", code=1).startswith("s.txt: line 1")


@pytest.mark.parametrize(
    ("scramble", "message"),
    [
        ("some", "Invalid value for '--scramble': expected a number of moves or uniform, got 'so"),
        ("-1", "Invalid value for '--scramble': expected a number of moves or uniform, got '-1'"),
    ],
)
@pytest.mark.parametrize("command", ["solve", "evaluate ."])
def test_bad_scrambles(command, scramble, message):
    assert failure(*command.split(), "--scramble", scramble).startswith(message)


def test_info_on_puzzles():
    found = values("info", "--domain", "cube2:turns=half")
    assert (found["states"], found["optimum"]) == (3674160, "known, from tables")
    assert found["move names"].startswith("U U' U2 R ")
    assert found["domain.turns"] == "half"
    assert values("info", "--domain", "slide")["optimum"] == "known, from tables"
    assert values("info", "--domain", "oneway")["optimum"] == "not known"
    assert values("info", "--domain", "cube3")["optimum"] == "known as far as its search reaches"
    Path("s.txt").write_text("R U\nF\n")
    assert values("info", "s.txt", "--domain", "cube3") == {
        "problems": "2 (3 x 3 x 3 cubes)",
        "optimum known": "2 of 2",
        "optimum": "1 to 2, 1.5 on average",
    }


def test_a_run_is_known_by_the_size_in_its_name():
    from mlsearch import Cube

    folder = Path("runs/cube")
    folder.mkdir(parents=True)
    write_config(folder, RunConfig(method="m", domain=Cube(3, turns="half")))
    assert [is_of(folder, name) for name in ("cube", "cube3", "cube3:turns=half")] == [True] * 3
    others = ("cube2", "cube3:turns=quarter", "maze")
    assert not any(is_of(folder, name) for name in others)
    half = Cube(3, turns="half")
    assert domain_settings_from(half, "cube3") == half
    assert domain_settings_from(half, "cube2") == Cube(2)
