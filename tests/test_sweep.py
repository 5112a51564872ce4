"""Sweeps: each choice is trained once, a stopped sweep goes on, and the table tells the scores."""

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlsearch.cli import main
from mlsearch.runs.checkpoint import read_config
from mlsearch.runs.scalars import write_scalars
from mlsearch.sweep import Range, Sweep

pytest.importorskip("optuna")

ARGUMENTS = ["--domain", "tiles2", "--method", "walk_distance"]


class Trained:
    """Stands for ``mlsearch train``: its score is the hidden width plus the rate; 13 fails."""

    def __init__(self, stop_after=None):
        self.commands, self.stop_after = [], stop_after

    def __call__(self, command, env, **how):
        if len(self.commands) == self.stop_after:
            raise KeyboardInterrupt
        self.commands.append(command)
        settings = dict(c.removeprefix("--set=").split("=") for c in command if "--set=" in c)
        if settings.get("model.hidden") == "13":
            return Done(1, "Usage: train\nError: model.hidden: 13 is no good\n")
        out = Path(command[command.index("--out") + 1])
        out.mkdir(parents=True, exist_ok=True)
        score = sum(json.loads(value) for value in settings.values() if value != '"plain"')
        write_scalars(out / "scalars.csv", [{"step": 1, "validation.search.expansions": score}])
        return Done(0, "")


class Done:
    def __init__(self, returncode, stderr):
        self.returncode, self.stderr = returncode, stderr


@pytest.fixture
def trained(monkeypatch):
    stand_in = Trained()
    monkeypatch.setattr("mlsearch.sweep.subprocess.run", stand_in)
    return stand_in


def hidden(rows):
    return [row["model.hidden"] for row in rows]


def test_every_combination_is_trained_and_the_best_comes_first(tmp_path, trained):
    space = {"model.hidden": (64, 8, 32), "training.learning_rate": (0.5, 0.25)}
    rows = Sweep(ARGUMENTS, space, tmp_path / "sweep").run()
    assert len(trained.commands) == 6
    assert [row["score"] for row in rows] == [8.25, 8.5, 32.25, 32.5, 64.25, 64.5]
    assert len({row["run"] for row in rows}) == 6
    assert all(
        command[3:][: len(ARGUMENTS) + 1] == ["train", *ARGUMENTS] for command in trained.commands
    )
    assert Sweep(ARGUMENTS, space, tmp_path / "sweep").run() == rows  # nothing is trained again
    assert len(trained.commands) == 6


@pytest.mark.parametrize("num_done", [0, 1, 4])
def test_a_stopped_sweep_goes_on(tmp_path, monkeypatch, num_done):
    sweep = Sweep(ARGUMENTS, {"model.hidden": Range(1, 1000)}, tmp_path / "a", trials=6, seed=3)
    stopped = Trained(stop_after=num_done)
    monkeypatch.setattr("mlsearch.sweep.subprocess.run", stopped)
    with pytest.raises(KeyboardInterrupt):
        sweep.run()
    on = Trained()
    monkeypatch.setattr("mlsearch.sweep.subprocess.run", on)
    rows = sweep.run()
    assert len(stopped.commands) == num_done
    assert len(on.commands) == 6 - num_done
    whole = Sweep(sweep.arguments, sweep.space, tmp_path / "b", trials=6, seed=3).run()
    assert hidden(rows) == hidden(whole)


def test_random_choices_depend_on_the_seed_and_stay_in_their_range(tmp_path, trained):
    space = {"model.hidden": Range(1, 1000), "training.learning_rate": Range(1e-5, 1e-2, log=True)}
    first, again, other = (
        Sweep(ARGUMENTS, space, tmp_path / str(name), trials=8, seed=seed).run()
        for name, seed in enumerate((0, 0, 1))
    )
    assert hidden(first) == hidden(again) != hidden(other)
    assert all(type(width) is int and 1 <= width <= 1000 for width in hidden(first))
    rates = [row["training.learning_rate"] for row in first]
    assert all(1e-5 <= rate <= 1e-2 for rate in rates)
    assert min(rates) < 1e-3  # nine of ten would be above on a linear scale


def test_tpe_looks_where_it_was_good(tmp_path, trained):
    space = {"training.learning_rate": Range(0.0, 1.0)}
    rows = Sweep(ARGUMENTS, space, tmp_path / "s", trials=30, sampler="tpe").run()
    late = [row["score"] for row in rows if int(row["run"].rpartition("-")[2]) >= 15]
    assert sum(late) / len(late) < 0.3


def test_a_trial_that_fails_is_named_and_the_others_go_on(tmp_path, trained):
    told = []
    rows = Sweep(ARGUMENTS, {"model.hidden": (13, 8)}, tmp_path / "s").run(told.append)
    assert hidden(rows) == [8, 13]
    assert rows[1]["score"] is None
    assert rows[1]["failed"] == "Error: model.hidden: 13 is no good"
    assert told == [1, 2]


def test_rates_are_better_if_they_are_higher(tmp_path, monkeypatch):
    def run(command, env, **how):
        out = Path(command[command.index("--out") + 1])
        out.mkdir()
        rate = 1 / int(out.name[-1]) if out.name[-1] != "0" else 0.0
        write_scalars(out / "scalars.csv", [{"validation.no_search.solved_rate": rate}])
        return Done(0, "")

    monkeypatch.setattr("mlsearch.sweep.subprocess.run", run)
    space = {"model.hidden": (1, 2, 3)}
    rows = Sweep(ARGUMENTS, space, tmp_path / "s", score="no_search.solved_rate").run()
    assert [row["score"] for row in rows] == [1.0, 0.5, 0.0]
    with pytest.raises(ValueError, match="holds another sweep; choose another folder"):
        Sweep([], space, tmp_path / "s", score="no_search.solved_rate").run()
    assert (
        Sweep([], space, tmp_path / "t", score="loss")
        .run()[0]["failed"]
        .endswith("has no validation score 'loss'")
    )


def test_bad_spaces_are_refused(tmp_path):
    with pytest.raises(ValueError, match="vary: expected at least one setting"):
        Sweep([], {}, tmp_path)
    with pytest.raises(ValueError, match=r"vary: a\.b is a range; expected a number of trials"):
        Sweep([], {"a.b": Range(1, 2)}, tmp_path)


def invoke(*arguments):
    return CliRunner().invoke(main, ["sweep", *map(str, arguments)])


def test_the_command_reads_values_and_ranges(tmp_path, trained):
    done = invoke(
        *["--vary", "model.hidden=8,16", "--vary", "training.learning_rate=0.1..1:log"],
        *["--vary", "model.encoder=plain", "--trials", 3, "--out", tmp_path / "s"],
        *["--format", "json", "--", "--method", "crtr"],
    )
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert len(rows) == 3
    assert {row["model.encoder"] for row in rows} == {"plain"}
    assert trained.commands[0][4:6] == ["--method", "crtr"]
    for bad in ("hidden", "hidden=", "hidden=1..x", "hidden=1..2:square"):
        assert invoke("--vary", bad).exit_code == 2


def test_a_real_sweep(tmp_path, monkeypatch):
    """Two processes train two runs, which load like any other."""
    monkeypatch.chdir(tmp_path)
    done = invoke(
        *["--vary", "model.hidden=8,16", "--processes", 2, "--out", "runs/s", "--"],
        *["--domain", "maze", "--size", 6, "--steps", 4, "--set", "model.num_blocks=1"],
        *["--set", "data.num_trajectories=20", "--set", "training.num_validation=3"],
    )
    assert done.exit_code == 0, done.output
    assert "2 trials by search.expansions" in done.stdout
    widths = {read_config(Path(f"runs/s/trial-{n}")).model.hidden for n in range(2)}
    assert widths == {8, 16}
    scores = [float(line.split()[2]) for line in done.stdout.splitlines() if "trial-" in line]
    assert scores == sorted(scores)
    assert not any(map(math.isnan, scores))
