"""What is promised of the metrics in the package, measured from what is in the package."""

import importlib.util
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.cli import main
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.problems import sample_problems
from mlsearch.evaluation.evaluation import evaluate
from mlsearch.learning.methods import METHODS
from mlsearch.metrics.shipped import FOLDER, SHIPPED
from mlsearch.runs.checkpoint import read_config
from mlsearch.search.budget import bounded

pytestmark = pytest.mark.usefixtures("one_thread")


def means(evaluation):
    return {name: score.mean for name, score in evaluation.scores().items()}


@pytest.fixture(scope="module")
def metric():
    return ml.load()


@pytest.fixture(scope="module")
def problems():
    return sample_problems(MazeConfig(), 1000, 7, "test")


def test_shipped_metric_on_a_thousand_default_problems(metric, problems):
    scores = means(evaluate(metric, problems))
    perfect = means(evaluate("perfect", problems))
    assert scores["no_search.solved_rate"] >= 0.99
    assert scores["search.expansions"] <= perfect["search.expansions"] * 17.2 / 17.0
    assert scores["rank_correlation"] >= 0.995
    assert scores["absolute_error"] <= 0.7


def test_shipped_metric_on_larger_mazes(metric):
    problems = sample_problems(MazeConfig(height=40, width=40), 60, 7, "test")
    assert means(evaluate(metric, problems))["no_search.solved_rate"] >= 0.85


def test_shipped_metric_beats_straight_lines_on_another_kind_of_maze(metric):
    mazes = MazeConfig(height=21, width=21, generator="depth_first", loops=0.1)
    problems = sample_problems(mazes, 200, 7, "test")
    learned = means(evaluate(metric, problems))
    for name in ("euclidean", "manhattan"):
        baseline = means(evaluate(name, problems))
        assert learned["no_search.solved_rate"] > baseline["no_search.solved_rate"]
        assert learned["search.expansions"] < baseline["search.expansions"]


def test_shipped_metric_keeps_the_triangle_inequality(metric):
    mazes = ml.Mazes.generate(20, seed=9)
    a, b, c = (ml.Problems.sample(mazes, seed=s).starts for s in (1, 2, 3))
    ab, bc, ac = (metric.distance(mazes, x, y) for x, y in ((a, b), (b, c), (a, c)))
    assert (ac <= ab + bc + 1e-3).all()
    np.testing.assert_allclose(ab, metric.distance(mazes, b, a), rtol=1e-6)
    assert not metric.distance(mazes, a, a).any()


def test_a_minute_of_training_beats_straight_lines(tmp_path, problems):
    config = replaced(METHODS["landmark_wave"], {"training.steps": 500, "seed": 11})
    model = ml.Trainer(config, tmp_path / "run").run()
    learned = means(evaluate(ml.LearnedMetric(model, config), problems))
    euclidean = means(evaluate("euclidean", problems))
    assert learned["no_search.solved_rate"] > euclidean["no_search.solved_rate"] + 0.2
    assert learned["search.expansions"] < euclidean["search.expansions"] - 3


# Every metric ---------------------------------------------------------------------------------


@pytest.fixture
def ship():
    path = Path(__file__).parents[1] / "tools" / "ship.py"
    spec = importlib.util.spec_from_file_location("ship", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stored(name):
    return json.loads((SHIPPED[name] / "scores.json").read_text(encoding="utf-8"))


def run(*arguments):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def test_what_is_shipped():
    assert set(SHIPPED) == {"maze", "cube2", "cube3", "lights_out7", "sokoban", "tiles4"}
    for name, folder in SHIPPED.items():
        files = {file.name: file.stat().st_size for file in folder.iterdir()}
        assert set(files) == {"config.json", "model.safetensors", "scalars.csv", "scores.json"}
        assert sum(files.values()) < 2_500_000, name
        assert not re.search(r'": "/', (folder / "config.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SHIPPED)
def test_scores_are_those_stored(name):
    """Other processors round otherwise, so the means need only lie in the stored intervals."""
    content = stored(name)
    metric = ml.load(name)
    problems = sample_problems(metric.config.domain, part="test", **content["problems"])
    problems = problems[: content["check"]["num"]]
    found = ml.solve(problems, heuristic=metric, **bounded(content["search"], problems.domain))
    rate = content["check"]["scores"]["search.solved_rate"]["mean"]
    assert found.solved.all() if rate == 1 else abs(found.solved.mean() - rate) <= 0.1
    moves = found.cost[found.solved]
    for values, score in ((moves, "search.moves"), (found.generated, "search.generated")):
        expected = content["check"]["scores"][score]
        assert 0.98 * expected["low"] <= values.mean() <= 1.02 * expected["high"]


def test_the_table_is_that_of_the_files(ship):
    assert (FOLDER / "README.md").read_text(encoding="utf-8").endswith(ship.BEGIN + ship.table())


def test_readme_tells_the_stored_numbers_of_the_cube():
    content, readme = stored("cube3"), (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    assert content["check"]["num"] == 10
    assert f"--n 10 --beam-width {content['search']['beam_width']}" in readme
    scores = {name: score["mean"] for name, score in content["check"]["scores"].items()}
    said = " ".join(readme.split())
    assert f"in {content['trained']['seconds'] / 60:.1f} minutes" in said
    assert f"{scores['search.moves']:.1f} moves" in said
    assert f"{scores['search.generated']:,.0f} generated states" in said


@pytest.mark.parametrize("name", SHIPPED)
def test_the_stored_command_trains_this_config(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    made = []

    class ToldError(Exception):
        pass

    def trainer(config, folder, **options):
        made.append(config)
        raise ToldError

    monkeypatch.setattr("mlsearch.learning.unfinished.Trainer", trainer)
    for command in stored(name)["trained"]["commands"]:
        program, *arguments = shlex.split(command)
        assert program == "mlsearch"
        if "--start" in arguments:
            Path(arguments[arguments.index("--start") + 1]).mkdir(parents=True)
        assert isinstance(CliRunner().invoke(main, ["--debug", *arguments]).exception, ToldError)
    usual = {"training.start": None}
    assert replaced(made[-1], usual) == replaced(read_config(SHIPPED[name]), usual)


def test_ship_makes_a_folder_that_can_be_loaded(ship, tmp_path):
    (tmp_path / "README.md").write_text("# Metrics\n", encoding="utf-8")
    drawn = {"num": 20, "seed": 0, "scramble": None}
    ship.ship(SHIPPED["maze"], "maze", drawn, {"beam_width": 4}, "a processor", tmp_path)
    assert ml.load(tmp_path / "maze").config == ml.load().config
    head, rule, row = (tmp_path / "README.md").read_text(encoding="utf-8").splitlines()[-3:]
    assert len(head.split("|")) == len(rule.split("|")) == len(row.split("|"))
    assert "| a processor |" in row
    assert "| beam search of width 4 |" in row
    with pytest.raises(ValueError, match="expected the domain of the run"):
        ship.ship(SHIPPED["maze"], "cube3", drawn, {}, out=tmp_path)
    ship.LARGEST = 9
    with pytest.raises(ValueError, match="expected at most 9 bytes"):
        ship.ship(SHIPPED["maze"], "maze", drawn, {}, out=tmp_path)


def test_ship_tells_the_run_that_a_run_started_from(ship, tmp_path):
    config = replaced(METHODS["landmark_wave"], {"training.steps": 1, "data.num_trajectories": 9})
    config = replaced(config, {"training.num_validation": 2, "domain.height": 8})
    ml.Trainer(config, tmp_path / "first").run()
    later = replaced(config, {"training.start": str(tmp_path / "first"), "seed": 3})
    ml.Trainer(later, tmp_path / "later").run()
    (first, second), seconds = ship.recipe(tmp_path / "later", "maze")
    assert first.endswith(" --out runs/first")
    assert " --seed 3" in second
    assert " --start runs/first" in second
    assert seconds > 0


def test_a_name_wins_over_a_folder_of_that_name(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    ml.load().save_pretrained("cube3")
    ml.load().save_pretrained("mine")
    assert ml.load("cube3").config.domain == ml.Cube(3)
    for folder in ("./cube3", Path("cube3"), tmp_path / "cube3", "mine"):
        assert ml.load(folder).config == ml.load().config
    for name, hint in (("cub3", "did you mean 'cube3'"), ("x", "expected one of cube2, cube3")):
        with pytest.raises(ValueError, match=f"run: unknown shipped metric '{name}'; {hint}"):
            ml.load(name)


def test_commands_take_the_metric_of_a_domain_or_a_name(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in FOLDER.rglob("*.*")}
    few = ("--n", 3, "--beam-width", 16, "--json")
    for chosen in (["tiles4"], ["--domain", "tiles4"], ["--domain", "tiles"]):
        assert json.loads(run("solve", *chosen, *few))["shipped tiles4"]["solved_rate"] == 1
    assert "shipped cube3" in json.loads(run("solve", "--domain", "cube", *few))
    scores = json.loads(run("evaluate", "--domain", "tiles4", "--scramble", 20, *few))
    assert scores["shipped tiles4"]["search.solved_rate"]["mean"] == 1
    one = ("solve-one", "--domain", "cube3", "--scramble", "R U F' L", "--beam-width", 64, "--json")
    assert json.loads(run(*one))["heuristics"]["shipped cube3"]["cost"] == 4
    assert re.search(r"^cube3 +walk_distance, [\d,]+ parameters$", run("info"), re.MULTILINE)
    assert json.loads(run("info", "--domain", "cube3", "--json"))["shipped metric"] == "cube3"
    assert json.loads(run("info", "cube3", "--json"))["domain.size"] == 3
    assert {path: path.stat().st_mtime_ns for path in FOLDER.rglob("*.*")} == before
    assert list(tmp_path.iterdir()) == []


def test_title_of_evaluate_says_which_search_was_used(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    short = ("evaluate", "--domain", "tiles4", "--n", 2, "--scramble", 6)
    said = " ".join(run(*short, "--beam-width", 8, "--max-generated", 900).split())
    assert "2 unseen 15-puzzles, beam search of width 8, 900 generated each" in said
    assert "solved rate with search" in said
    said = " ".join(run(*short, "--weight", 2, "--expansions-per-round", 3).split())
    assert "A* of weight 2, 3 expansions a round, 10,000 expansions each" in said
