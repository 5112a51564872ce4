"""The example of your own domain: the trainer, the scores and every command work on it."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.cli import main
from mlsearch.domains.extras import DEFAULTS

sys.path.append(str(Path(__file__).parents[1] / "examples"))
from own_domain import EightPuzzle

SMALL = ["--steps", "80", "--batch-size", "16"]
SMALL += ["--set", "model.hidden=16", "--set", "data.num_trajectories=50"]
SMALL += ["--set", "training.num_validation=5", "--quiet"]


def run(*arguments: str) -> str:
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("method", ["supervised", "contrastive", "stitching", "crtr"])
def test_every_command_works(method, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(DEFAULTS, "budget", 100)
    run("train", "--domain", "eight", "--method", method, "--out", "runs/eight", *SMALL)
    run("train", "--resume", "runs/eight", "--quiet")
    assert json.loads(Path("runs/eight/config.json").read_text())["config"]["domain"] == {
        "name": "eight"
    }
    scores = json.loads(run("evaluate", "runs/eight", "--n", "5", "--json"))
    assert {"zero", "random", "manhattan"} < scores.keys()
    assert not any(name.startswith(("euclid", "perfect")) for name in scores)
    figures = {path.stem for path in Path("runs/eight/evaluations/n5-seed0/figures").iterdir()}
    assert {"comparison", "training"} <= figures
    assert "heatmaps" not in figures
    run("report", "runs/eight", "--n", "5", "--out", "report.html")
    assert "manhattan" in Path("report.html").read_text(encoding="utf-8")
    assert "eight" in run("info", "runs/eight")
    solved = " ".join(run("solve", "runs/eight", "--n", "3").split())
    assert "3 unseen eightpuzzle problems, best-first search, 100 expansions each" in solved
    assert "manhattan" in " ".join(solved.split())


def test_what_a_domain_lacks_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = ["train", "--domain", "eight", "--method", "landmark_wave", *SMALL]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert "landmark_wave reads maps; domain 'eightpuzzle' has none" in done.output
    assert "Traceback" not in done.output


def test_a_learned_distance_is_loaded_and_searched_with(tmp_path):
    changes = {"domain": "eight", "training.steps": 60, "data.num_trajectories": 100}
    config = replaced(ml.METHODS["crtr"], changes)
    ml.Trainer(config, tmp_path / "run").run()
    metric = ml.load(tmp_path / "run")
    problems = ml.Problems.sample(EightPuzzle(), num=20, scramble=40)
    distances = metric.distance(EightPuzzle(), problems.starts, problems.goals)
    assert (distances.shape, distances.dtype) == ((20,), np.float32)
    result = ml.solve(problems, heuristic=metric, max_expansions=2000)
    assert result.solved.any()
    path = result.path(int(np.argmax(result.solved)))
    assert (path.dtype, path.shape[1]) == (np.uint8, 9)
