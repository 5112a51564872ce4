"""The command line: what it prints, writes and answers with, on tiny settings."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from rich.box import SIMPLE_HEAD
from rich.table import Table

from mlsearch.cli import main
from mlsearch.cli.output import print_table
from mlsearch.domains.maze.baselines import BASELINES
from mlsearch.evaluation import evaluation
from mlsearch.learning.training import Trainer
from mlsearch.metrics import shipped
from mlsearch.runs.checkpoint import read_config

SMALL = {
    "model.hidden": 16,
    "model.num_blocks": 1,
    "model.embedding": 8,
    "data.num_trajectories": 50,
    "training.batch_size": 16,
    "training.num_validation": 5,
}
TINY = [part for name, value in SMALL.items() for part in ("--set", f"{name}={value}")]
SCORES = {
    "solved_rate",
    "expansions_mean",
    "expansions_median",
    "generated",
    "cost_mean",
    "suboptimality",
    "num_optimal_known",
    "evaluations",
    "callback_batches",
    "seconds_heuristic",
    "seconds_search",
}
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@pytest.fixture(autouse=True, scope="module")
def one_torch_thread():
    """Torch's threads would wait for each other on batches this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Every test works in a folder of its own, with the package's metric out of sight."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shipped, "SHIPPED", {})


def run(*arguments, code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    assert not CONTROL.search(result.output)
    return result


def failure(*arguments, code):
    """The error message of a command that fails, alone on stderr."""
    result = run(*arguments, code=code)
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "Traceback" not in result.output
    return line.removeprefix("Error: ")


def train(*arguments, code=0):
    return run("train", "--size", 8, *TINY, *arguments, code=code)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "run"
    train("--steps", 30, "--out", folder)
    return folder


@pytest.fixture
def a_run(trained, tmp_path):
    """A copy of a finished run that a test may change."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


def config_of(folder):
    return json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))["config"]


# Help and light start -------------------------------------------------------------------------


@pytest.mark.parametrize("command", [None, *sorted(main.commands)])
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_has_an_example(command, flag):
    output = run(*([command] if command else []), flag).output
    assert re.search(rf"Examples?:\s+mlsearch {command or ''}", output)


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_option_is_explained(command):
    """``--out runs/demo`` needs no words, but then it shows its default."""
    for option in main.commands[command].params:
        if option.param_type_name == "option":
            assert option.help or option.show_default, option.name


def python(*arguments, **settings):
    environment = os.environ | {
        "PYTHONPATH": str(Path(shipped.__file__).parents[1]),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, *map(str, arguments)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **settings,
    )


def finished(process, code=0):
    with process:
        output, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    return output, errors


def imported(*code):
    """The modules that a fresh interpreter has loaded after some code."""
    output, _ = finished(python("-c", "; ".join([*code, "import sys", "print(*sys.modules)"])))
    return set(output.split("\n")[-2].split())


def test_help_loads_nothing_heavy():
    loaded = imported("from mlsearch.cli import main", "main(['--help'], standalone_mode=False)")
    assert "mlsearch.cli" in loaded
    assert not loaded & {"torch", "numba", "numpy", "scipy", "matplotlib", "rich"}


def test_loading_a_metric_needs_no_compiler_of_pytorch():
    """It takes seconds to import."""
    loaded = imported("import mlsearch", "mlsearch.load()", "mlsearch.load('cube3')")
    assert "torch" in loaded
    assert not loaded & {"torch._dynamo", "torch._inductor", "sympy", "numba", "matplotlib"}


def test_a_search_by_a_baseline_needs_no_pytorch():
    solve = "main(['solve', '--heuristic', 'manhattan', '--n', '2'], standalone_mode=False)"
    loaded = imported("from mlsearch.cli import main", solve)
    assert "mlsearch.search.solve" in loaded
    assert not loaded & {"torch", "numba", "scipy", "matplotlib"}


def test_module_is_the_command():
    output, errors = finished(python("-m", "mlsearch", "--version"))
    assert re.fullmatch(r"mlsearch, version \S+\n", output)
    assert errors == ""


# Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("train --method contrastve", "unknown method 'contrastve'; did you mean 'contrastive'?"),
        ("train --set model.hiden=3", "model.hiden: unknown setting; did you mean 'hidden'?"),
        ("train --set modl.hidden=3", "modl: unknown setting; did you mean 'model'?"),
        ("train --set model.hidden=x", "model.hidden: expected int, got 'x'"),
        ("train --set model.encoder=brunet", "unknown encoder 'brunet'; did you mean 'bronet'?"),
        ("train --dtype float16", "training.dtype: float16 is refused"),
        ("train --size 0", "expected 1 to 8192, got 0"),
        ("solve --heuristic manhatan", "unknown heuristic 'manhatan'; did you mean 'manhattan'?"),
        ("solve --heuristic zero --wall-probability 2", "wall_probability: expected"),
        ("generate out --wall-probability 1", "wall_probability: expected"),
    ],
)
def test_bad_value_is_one_line(arguments, message):
    assert message in failure(*arguments.split(), code=2)
    assert os.listdir() == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("trian", "No such command 'trian'"),
        ("train --until no-search", "--until: expected NAME=NUMBER with NAME one of no-search"),
        ("train --until speed=3", "got 'speed=3'"),
        ("train --set model.hidden", "--set: expected section.name=value, got 'model.hidden'"),
        ("train --size 8x8x8", "--size: expected a size such as 20 or 30x40, got '8x8x8'"),
        ("train --steps 0", "--steps"),
        ("solve --n 0", "--n"),
        ("solve --beam-width 0", "--beam-width"),
        ("solve no-run", "'no-run' does not exist"),
        ("evaluate no-run", "'no-run' does not exist"),
        ("info no-folder", "'no-folder' does not exist"),
    ],
)
def test_wrong_usage(arguments, message):
    result = run(*arguments.split(), code=2)
    assert message in result.stderr
    assert result.stderr.startswith("Usage: ")
    assert os.listdir() == []


def test_interrupted_command_says_so():
    # What the command imports is imported before: an import that is interrupted says other things.
    code = """
        import mlsearch.data.datasets
        from mlsearch.cli import main
        print("ready", flush=True)
        main(["generate", "out", "--num", "1000000", "--quiet"], prog_name="mlsearch")
    """
    process = python("-c", textwrap.dedent(code))
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    output, errors = finished(process, code=1)
    assert output == ""
    assert errors == "Error: interrupted\n"
    assert os.listdir() == []


def test_reader_that_has_gone_is_no_error(trained):
    process = python("-m", "mlsearch", "info", trained)
    process.stdout.close()
    with process:
        assert process.stderr.read() == ""


def test_debug_shows_the_traceback():
    command = ["-m", "mlsearch", "--debug", "solve", "--heuristic", "manhatan"]
    _, errors = finished(python(*command), code=1)
    assert errors.startswith("Traceback (most recent call last)")
    assert errors.rstrip().endswith("did you mean 'manhattan'?")


@pytest.mark.parametrize("command", ["solve", "evaluate", "info"])
def test_folder_that_is_no_run(command, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "empty" in failure(command, "empty", code=1)


@pytest.mark.parametrize("command", ["solve", "evaluate", "info"])
@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
def test_damaged_run(command, file, a_run):
    (a_run / file).write_bytes((a_run / file).read_bytes()[:100])
    assert f"run/{file}: not a valid" in failure(command, a_run, code=1)


def test_weights_of_another_model(a_run):
    text = (a_run / "config.json").read_text(encoding="utf-8")
    (a_run / "config.json").write_text(text.replace('"hidden": 16', '"hidden": 17'), "utf-8")
    message = failure("solve", a_run, code=1)
    assert "weights of another model" in message
    assert len(message) <= 310


def test_damaged_training_state(a_run):
    (a_run / "training_state" / "last.safetensors").write_bytes(b"x")
    assert "last.safetensors: not a valid" in failure("train", "--resume", a_run, code=1)


@pytest.mark.parametrize("size", ["10", "4x16", "16x4"])
@pytest.mark.parametrize("command", ["solve", "evaluate"])
def test_size_the_model_was_not_made_for(command, size, trained):
    height, _, width = size.partition("x")
    message = failure(command, trained, "--n", 5, "--size", size, code=2)
    expected = f"made for maps of 8 x 8, got {height} x {width or height}"
    assert expected in message


# generate and info ----------------------------------------------------------------------------


def test_generate_and_info():
    output = run("generate", "data", "--num", 20, "--size", "8x12", "--seed", 1).output
    assert output.startswith("20 trajectories of 8 x 12 mazes, ")
    described = run("info", "data").output
    assert re.search(r"^worlds +20 \(8 x 12 mazes\)$", described, re.MULTILINE)
    values = json.loads(run("info", "data", "--json").output)
    assert values["trajectories"] == 20
    assert values["policy"] == "shortest"


def test_generate_is_repeatable_and_overwrites_nothing():
    for folder, seed in [("a", 1), ("b", 1), ("c", 2)]:
        run("generate", folder, "--num", 5, "--policy", "noisy", "--seed", seed)
    a, b, c = (
        {p.name: p.read_bytes() for p in Path(folder).iterdir() if p.name != "meta.json"}
        for folder in "abc"
    )
    assert a == b != c
    assert "a exists already" in failure("generate", "a", code=1)


def test_info_on_a_file_of_mazes(tmp_path):
    (tmp_path / "a.txt").write_text("S.#.\n#..G\n##.#\n")
    assert json.loads(run("info", "a.txt", "--json").output) == {
        "mazes": "1 of 3 x 4",
        "free cells": 7,
        "walls": "41.7%",
        "start": "0,0",
        "goal": "1,3",
    }


def test_training_from_a_folder_goes_on_after_a_stop(tmp_path):
    run("generate", "data", "--num", 40, "--size", "8x9", "--generator", "prim", "--quiet")
    checksum = json.loads(run("info", "data", "--json").output)["checksum"]
    run("train", *TINY, "--data", "data", "--steps", 4, "--out", "run", "--quiet")
    config = config_of("run")
    assert config["data"]["folder"] == str(tmp_path / "data")
    assert config["data"]["checksum"] == checksum
    kind = {name: config["domain"][name] for name in ("height", "width", "generator")}
    assert kind == {"height": 8, "width": 9, "generator": "prim"}
    assert "for 4 steps" in run("train", "--resume", "run", "--quiet").output
    shutil.rmtree("data")
    assert "data" in failure("train", "--resume", "run", "--quiet", code=1)


# train ----------------------------------------------------------------------------------------


def test_train_writes_a_run_and_says_where():
    rarely = ("--set", "training.log_every=5", "--set", "training.evaluate_every=10")
    result = train("--steps", 10, *rarely)
    assert re.fullmatch(
        r"trained contrastive for 10 steps in \d+ s: runs/contrastive\n", result.stdout
    )
    assert result.stderr.startswith("contrastive: step 5/10, 0 s, loss ")
    assert {p.name for p in Path("runs/contrastive").iterdir()} - {"tensorboard", ".lock"} == {
        "config.json",
        "model.safetensors",
        "scalars.csv",
        "training_state",
    }
    weights = Path("runs/contrastive/model.safetensors").stat().st_mtime_ns
    assert train("--steps", 10, *rarely).stderr == ""  # nothing is left to do
    assert Path("runs/contrastive/model.safetensors").stat().st_mtime_ns == weights
    message = failure("train", *TINY, "--steps", 10, "--size", 9, code=1)
    assert "runs/contrastive: holds a run whose config.json differs: domain.height is 8" in message
    assert "this one asks for 9; choose another folder with --out" in message


def test_the_same_command_goes_on_with_a_run_that_was_stopped():
    often = ("--set", "training.log_every=5", "--device", "cpu")
    train("--steps", 10, "--out", "runs/whole", *often)

    def stop(step, row):
        raise RuntimeError(f"stopped at {step}")

    with pytest.raises(RuntimeError, match="stopped at 5"):
        Trainer(read_config(Path("runs/whole")), "runs/stopped", progress=stop).run()
    weights = Path("runs/stopped/model.safetensors")
    whole = Path("runs/whole/model.safetensors").read_bytes()
    assert weights.read_bytes() != whole
    assert "for 10 steps" in train("--steps", 10, "--out", "runs/stopped", *often).stdout
    assert weights.read_bytes() == whole


def test_quiet_prints_no_progress():
    assert train("--steps", 10, "--quiet").stderr == ""


def test_maze_options():
    train("--steps", 1, "--size", "8x12", "--generator", "prim", "--loops", 0.5)
    mazes = config_of("runs/contrastive")["domain"]
    assert (mazes["generator"], mazes["loops"]) == ("prim", 0.5)
    assert (mazes["height"], mazes["width"]) == (8, 12)


def test_file_wins_over_method_and_option_over_file(tmp_path):
    settings = {
        "training": {"steps": 4, "batch_size": 32, "learning_rate": 0.01},
        "objective": {"terms": {"distance": 1.0}},
    }
    (tmp_path / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    train("--config", "settings.json", "--steps", 2, "--seed", 3, "--out", "mixed")
    config = config_of("mixed")
    assert config["training"]["steps"] == 2
    assert config["training"]["batch_size"] == 16  # of TINY
    assert config["training"]["learning_rate"] == 0.01
    assert config["training"]["schedule"] == "constant"
    assert config["objective"]["terms"] == {"distance": 1.0}
    assert config["seed"] == 3


def test_config_of_a_run_makes_it_again(trained):
    run("train", "--config", trained / "config.json", "--out", "again")
    weights = "model.safetensors"
    assert config_of("again") == config_of(trained)
    assert Path("again", weights).read_bytes() == (trained / weights).read_bytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "expected a mapping, got []"),
        ('{"mazes": {"heigth": 3}}', "domain.heigth: unknown setting; did you mean 'height'?"),
        ('{"domain": {"heigth": 3}}', "domain.heigth: unknown setting; did you mean 'height'?"),
        ('{"domain": {"name": "maz"}}', "domain: unknown domain 'maz'; did you mean 'maze'?"),
        ('{"trainin": 3}', "trainin: unknown setting; did you mean 'training'?"),
    ],
)
def test_bad_config_file(text, message, tmp_path):
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    error = failure("train", "--config", "bad.json", code=2)
    assert error.startswith("--config: bad.json: ")
    assert message in error


def test_method_must_be_that_of_the_config(trained):
    result = run("train", "--config", trained / "config.json", "--method", "hybrid", code=2)
    assert "--method is 'hybrid'" in result.stderr


def test_until_stops_early():
    every = ["--set", "training.evaluate_every=5", "--until", "no-search=0"]
    assert "for 5 steps" in train("--steps", 1000, *every, "--quiet").output


def test_interrupted_training_is_resumed():
    """Ctrl-C in a process of its own, as a user would press it."""
    arguments = ["train", "--size", 8, *TINY, "--steps", 100_000, "--out", "run"]
    often = ["--set", "training.log_every=10", "--set", "training.checkpoint_every=1000000"]
    process = python("-m", "mlsearch", *arguments, *often)
    assert process.stderr.readline().startswith("contrastive: step 10/100000")
    process.send_signal(signal.SIGINT)
    _, errors = finished(process, code=1)
    last = errors.splitlines()[-1]
    stopped = re.fullmatch(
        r"Error: interrupted \(stopped after step (\d+)\); "
        r"go on with: mlsearch train --resume run",
        last,
    )
    assert stopped, errors
    assert "Traceback" not in errors

    shorten_run(Path("run/config.json"), steps=int(stopped[1]) + 20)
    output = run("train", "--resume", "run").stdout
    assert output.startswith(f"trained contrastive for {int(stopped[1]) + 20} steps")
    with open("run/scalars.csv", encoding="utf-8") as file:
        steps = [int(row["step"]) for row in csv.DictReader(file)]
    assert steps[0] == 10
    assert steps[-1] == int(stopped[1]) + 20
    assert steps == sorted(set(steps))


def shorten_run(path, steps):
    """Gives a run fewer steps to go, so that the test need not wait for all of them."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["config"]["training"]["steps"] = steps
    path.write_text(json.dumps(content), encoding="utf-8")


def test_loss_that_is_not_finite_ends_training_in_one_line():
    terms = ("--set", 'objective.terms={"contrastive": 1e39}')
    error = failure("train", "--size", 8, *TINY, *terms, "--quiet", code=1)
    assert "not finite" in error
    assert "saved in runs/contrastive" in error


def test_resume_takes_no_other_settings(trained):
    result = run("train", "--resume", trained, "--steps", 40, "--seed", 3, code=2)
    assert "--resume goes on with the config of the run" in result.stderr


def test_a_finished_run_trains_on_as_if_it_had_been_longer(a_run):
    train("--steps", 60, "--out", "long")
    run("train", "--resume", a_run, "--steps", 60, "--quiet")
    weights = [Path(folder, "model.safetensors").read_bytes() for folder in (a_run, "long")]
    assert weights[0] == weights[1]
    assert config_of(a_run) == config_of("long")
    assert "steps: expected at least the 60 that run has taken, got 59" in failure(
        "train", "--resume", "run", "--steps", 59, code=2
    )
    run("train", "--resume", a_run, "--steps", 60, "--quiet")  # the failure left no lock


def test_a_schedule_that_has_come_to_zero_does_not_train_on():
    train("--steps", 4, "--set", 'training.schedule="cosine"', "--out", "run")
    error = failure("train", "--resume", "run", "--steps", 8, code=2)
    assert "that of schedule 'cosine' falls to zero at step 4" in error
    assert "--start" in error
    assert config_of("run")["training"]["steps"] == 4


def test_a_short_run_is_validated_ten_times(tmp_path):
    train("--steps", 40, "--out", "run")
    with Path("run/scalars.csv").open(encoding="utf-8") as file:
        steps = [row["step"] for row in csv.DictReader(file) if row["validation.rank_correlation"]]
    assert [int(float(step)) for step in steps] == list(range(4, 41, 4))


# info, evaluate and solve on a run ------------------------------------------------------------


def test_info_of_a_run(trained):
    values = json.loads(run("info", trained, "--json").output)
    assert values["method"] == "contrastive"
    assert values["model.hidden"] == 16
    assert values["last step"] == "30"
    assert re.search(r"^model\.hidden +16$", run("info", trained).output, re.MULTILINE)


MAZE_BASELINES = ["manhattan", "euclidean", "landmarks", "perfect"]


def test_evaluate_writes_scores_and_figures(a_run):
    printed = json.loads(run("evaluate", a_run, "--n", 20, "--json").stdout)
    place = a_run / "evaluations" / "n20-seed0"
    written = json.loads((place / "scores.json").read_text(encoding="utf-8"))
    assert set(printed) == {a_run.name, "zero", "random", *MAZE_BASELINES}
    assert written["heuristics"] == printed
    assert written["settings"] == {"num": 20, "seed": 0, "domain": config_of(a_run)["domain"]}
    assert written["made_with"]["torch"] == torch.__version__
    assert printed["perfect"]["no_search.solved_rate"]["mean"] == 1
    figures = {path.stem: path.read_bytes() for path in (place / "figures").iterdir()}
    assert set(figures) == {"comparison", "correlation", "heatmaps", "training", "trajectories"}
    assert all(content.startswith(b"\x89PNG") for content in figures.values())


def test_evaluate_keeps_results_of_other_settings_apart(a_run, monkeypatch):
    monkeypatch.setattr("mlsearch.plots.save", lambda figure, path, **how: None)
    evaluate = ["evaluate", a_run, "--n", 5]
    for more in (
        [],
        ["--seed", 1],
        ["--wall-probability", "0.1"],
        ["--weight", 2, "--max-expansions", 90],
    ):
        output = run(*evaluate, *more).stdout
        place = Path(output.splitlines()[-1].removeprefix("Results: ").partition(" (")[0])
        assert json.loads((place / "scores.json").read_text(encoding="utf-8"))["heuristics"]
    assert {path.name for path in (a_run / "evaluations").iterdir()} == {
        "n5-seed0",
        "n5-seed1",
        "n5-seed0-wall_probability=0.1",
        "n5-seed0-weight=2.0-max_expansions=90",
    }


@pytest.mark.parametrize("chosen", ["0,3,1", "longest", "hardest", "varied"])
def test_evaluate_draws_the_problems_that_are_chosen(chosen, a_run, monkeypatch):
    drawn = []
    monkeypatch.setattr("mlsearch.plots.save", lambda figure, path, **how: None)
    monkeypatch.setattr("mlsearch.report.kept._figures", lambda *args: drawn.append(args[-1]) or {})
    run("evaluate", a_run, "--n", 40, "--problems", chosen)
    [numbers] = drawn
    if chosen == "0,3,1":
        assert numbers == [0, 3, 1]
    else:
        assert len(set(numbers)) == len(numbers) == 10


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ("0,9", "problems: expected 0 to 4, got 9"),
        ("1,1", "problems: expected at least one, each once, got [1, 1]"),
        ("all", "expected at most 10 numbers such as 0,5,7, or varied, longest, hardest; got"),
        (",".join(map(str, range(11))), "expected at most 10 numbers"),
    ],
)
def test_evaluate_draws_no_problem_that_is_not_there(chosen, message, trained):
    assert message in run("evaluate", trained, "--n", 5, "--problems", chosen, code=2).stderr


@pytest.mark.usefixtures("a_run")
def test_evaluate_prints_a_table():
    lines = run("evaluate", "run", "--n", 20).stdout.splitlines()
    assert lines[0].strip() == "20 unseen 8 x 8 mazes, best-first search"
    names = [line.split()[0] for line in lines[4 : 7 + len(MAZE_BASELINES)]]
    assert names == ["run", "zero", "random", *MAZE_BASELINES]


def check_scores(scores, name):
    others = ["euclidean", "manhattan", "landmarks", "perfect"]
    assert list(scores) == [name, *(n for n in others if n != name)]
    assert all(set(row) == SCORES for row in scores.values())
    assert scores["perfect"]["solved_rate"] == 1
    assert scores["perfect"]["suboptimality"] == 1
    assert scores["euclidean"]["callback_batches"] == 0


def test_solve_as_json(trained):
    scores = json.loads(run("solve", trained, "--n", 20, "--json").stdout)
    check_scores(scores, str(trained))
    learned = scores[str(trained)]
    assert learned["callback_batches"] > 0
    assert learned["evaluations"] >= learned["generated"] * 20


def test_solve_without_search_and_with_a_budget(trained):
    solve = ["solve", trained, "--n", 50, "--json"]
    descent = json.loads(run(*solve, "--no-search").stdout)
    assert descent["perfect"]["solved_rate"] == 1
    assert descent[str(trained)]["solved_rate"] < 1
    stopped = json.loads(run(*solve, "--max-expansions", 0).stdout)
    assert stopped["perfect"]["expansions_mean"] == 0
    assert stopped["perfect"]["suboptimality"] is None  # no path was found; NaN is not JSON


def test_solve_with_a_beam():
    solve = ["solve", "--heuristic", "euclidean", "--n", 50]
    beam = [*solve, "--beam-width", 2]
    found = json.loads(run(*beam, "--json").stdout)
    assert found["perfect"]["suboptimality"] == 1
    assert found["euclidean"]["solved_rate"] < 1
    stopped = json.loads(run(*beam, "--max-generated", 0, "--json").stdout)
    assert stopped["perfect"]["generated"] == 0
    assert "50 unseen 20 x 20 mazes, beam search of width 2" in run(*beam).stdout
    assert "weight: beam search (beam_width) does not use one" in failure(
        *beam, "--weight", 1, code=2
    )


def test_latest_is_the_run_that_was_trained_last_and_only_if_it_is_named():
    assert "There is no run under runs/" in run("solve", "latest", "--n", 5, code=2).stderr
    train("--steps", 2, "--out", "runs/older")
    train("--steps", 2, "--out", "runs/demo/newer")
    os.utime("runs/older/model.safetensors", (0, 0))
    other = Path("runs/of_another_library")
    other.mkdir()
    (other / "model.safetensors").write_bytes(b"weights")
    (other / "config.json").write_text('{"architectures": ["BertModel"]}')
    latest = json.loads(run("solve", "latest", "--n", 5, "--json").stdout)
    assert next(iter(latest)) == "runs/demo/newer"
    assert "runs/demo/newer" not in run("solve", "--n", 5, "--json").stdout


def test_solve_takes_the_shipped_metric_when_no_run_is_named(trained, monkeypatch):
    monkeypatch.setattr(shipped, "SHIPPED", {"maze": trained})
    result = run("solve", "--n", 5, "--json")
    check_scores(json.loads(result.stdout), "shipped maze")
    assert result.stderr == ""


def test_solve_says_when_there_is_no_metric_at_all():
    result = run("solve", "--n", 5, "--size", 8, "--json")
    check_scores(json.loads(result.stdout), "euclidean")
    [line] = result.stderr.splitlines()
    assert "No metric for domain 'maze' comes with the package" in line
    assert "mlsearch train" in line


@pytest.mark.parametrize("name", ["manhattan", "zero"])
def test_solve_with_a_baseline(name):
    result = run("solve", "--heuristic", name, "--n", 5, "--size", "6x9")
    assert "5 unseen 6 x 9 mazes, best-first search" in result.stdout
    assert result.stdout.count(name) == 1
    assert result.stderr == ""


def test_table_of_solve_fits_a_terminal(trained):
    name = "runs/demo/landmark_wave"
    Path(name).parent.mkdir(parents=True)
    shutil.copytree(trained, name)
    lines = run("solve", name, "--n", 20).stdout.splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 80
    baselines = ["euclidean", "manhattan", "landmarks", "perfect"]
    assert any(line.split() == ["score", name, *baselines] for line in lines)


@pytest.mark.parametrize("width", [30, 80, 120])
def test_wide_table_is_not_wrapped(width, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    table = Table(box=SIMPLE_HEAD)
    headers = ["heuristic", "solved rate", "expansions\nwith search", "x" * 30, "y" * 30]
    for header in headers:
        table.add_column(header)
    table.add_row("one", *("1.0 [0.5, 1.5]" for _ in headers[1:]))
    print_table(table)
    printed = capsys.readouterr().out
    [row] = [line.split("  ") for line in printed.splitlines() if "one" in line]
    shown = len([cell for cell in row if cell.strip()])
    assert shown == {30: 2, 80: 4, 120: 5}[width]
    assert ("Left out" in printed) == (shown < 5)


# demo -----------------------------------------------------------------------------------------


def test_demo(monkeypatch):
    demo = sys.modules["mlsearch.cli"].demo.callback.__globals__
    monkeypatch.setitem(demo, "STEPS", {"contrastive": 8, "landmark_wave": 4})
    small = {"PUZZLE": "pancake4", "PUZZLE_STEPS": 4, "NUM": 20, "NUM_PUZZLES": 10}
    for name, value in small.items():
        monkeypatch.setitem(demo, name, value)
    sample = evaluation.sample_problems
    monkeypatch.setattr(evaluation, "sample_problems", lambda m, num, *rest: sample(m, 10, *rest))
    result = run("demo", "--quiet")
    assert result.stderr == ""
    assert "20 unseen 20 x 20 mazes" in result.stdout
    said = " ".join(result.stdout.split())
    assert "10 unseen pancake4 problems, 10,000 expansions each" in said
    for name in ("heatmaps", "correlation", "comparison"):
        assert Path(f"runs/demo/{name}.png").stat().st_size > 0
    assert "Next: mlsearch solve runs/demo/landmark_wave" in result.stdout
    for method in ("contrastive", "landmark_wave", "walk_distance"):
        assert list(Path(f"runs/demo/{method}/evaluations").glob("*/scores.json"))
    scores = json.loads(run("demo", "--quiet", "--json").stdout)  # of the runs that are there
    assert {"contrastive", "landmark_wave", *BASELINES} == set(scores["maze"])
    assert {"walk_distance", "misplaced", "gap"} < set(scores["pancake4"])
    other = run("demo", "--quiet", "--seed", 1, code=1)  # never mixed with runs of another seed
    assert "config.json differs" in other.stderr
