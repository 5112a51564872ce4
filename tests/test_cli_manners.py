"""What every command promises; a new command is tested here as soon as it is in the group."""

import json
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
import torch
from click.testing import CliRunner
from small_runs import draw_nothing

from mlsearch.base.errors import MlsearchError
from mlsearch.cli import main
from mlsearch.cli.progress import counting_progress, training_progress
from mlsearch.cli.stages import stages
from mlsearch.domains.puzzles import tabled
from mlsearch.domains.puzzles.exact import tiles
from mlsearch.learning.methods import ABOUT
from mlsearch.metrics import learned as heuristics

COMMANDS = sorted(main.commands)
DRAW_NOTHING = {"export", "import", "info", "solve-one"}
SLOW = {"demo", "export", "import", "reproduce", "sweep"}
"""Run by tests of their own (test_cli.py, test_minari.py, test_reproduction.py, test_sweep.py)."""

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
TERMINAL = {"TERM": "xterm-256color", "COLUMNS": "80"}  # is not one, whatever it says

TINY = ["--size", "8", "--steps", "4", "--batch-size", "16"]
TINY += ["--set", "model.hidden=8", "--set", "data.num_trajectories=20"]
TINY += ["--set", "training.num_validation=3", "--set", "training.log_every=2"]
SMALLEST = {
    "evaluate": ["run", "--n", "5"],
    "generate": ["data", "--num", "3", "--size", "6"],
    "info": ["run"],
    "report": ["run", "--n", "5"],
    "solve": ["run", "--n", "5"],
    "solve-one": ["maze.txt", "run"],
    "train": [*TINY, "--out", "new"],
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("manners")
    result = CliRunner().invoke(main, ["train", *TINY, "--out", str(folder / "run")])
    assert result.exit_code == 0, result.output
    yield folder
    torch.set_num_threads(before)


@pytest.fixture
def own_folder(trained, tmp_path, monkeypatch):
    """A folder with a run in it. Figures are not drawn, as that takes most of the time."""
    monkeypatch.setattr("mlsearch.runs.tracking.find_spec", lambda name: None)
    draw_nothing(monkeypatch)
    (tmp_path / "run").symlink_to(trained / "run")
    (tmp_path / "maze.txt").write_text("S.......\n" + 6 * "........\n" + ".......G\n")
    monkeypatch.chdir(tmp_path)


def run(*arguments, code=0):
    result = CliRunner(env=TERMINAL).invoke(main, arguments)
    assert result.exit_code == code, (result.output, result.exception)
    for text in (result.stdout, result.stderr):
        assert not CONTROL.search(text), repr(text)
    return result


def options_of(command):
    return {name for option in main.commands[command].params for name in option.opts}


def needed_arguments(command, folder):
    """Something for each argument and option that must be given."""
    (folder / "file").touch()
    given = []
    for part in main.commands[command].params:
        is_file = isinstance(part.type, click.Path) and not part.type.dir_okay
        if part.required:
            flag = part.opts[:1] if isinstance(part, click.Option) else []
            given += [*flag, str(folder / "file" if is_file else folder)]
    return given


# Errors ---------------------------------------------------------------------------------------


@pytest.fixture(params=COMMANDS)
def failing(request, tmp_path, monkeypatch):
    """A function that runs a command whose work fails with a given error."""

    def fail(error, *flags, code=1):
        def callback(**settings):
            raise error

        monkeypatch.setattr(main.commands[request.param], "callback", callback)
        return run(*flags, request.param, *needed_arguments(request.param, tmp_path), code=code)

    return fail


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ValueError("size: expected 2,\n  got 1"), 2, "Error: size: expected 2, got 1"),
        (TypeError("seed: expected an integer"), 2, "Error: seed: expected an integer"),
        (MlsearchError("run: damaged"), 1, "Error: run: damaged"),
        (FileNotFoundError(2, "No such file", "x"), 1, "Error: [Errno 2] No such file: 'x'"),
        (ImportError("needs mlsearch[gym]"), 1, "Error: needs mlsearch[gym]"),
        (MemoryError(), 1, "Error: MemoryError"),
        (KeyboardInterrupt(), 1, "Error: interrupted"),
        (KeyError("x"), 1, "Error: unexpected KeyError: 'x' (mlsearch --debug shows where)"),
        (ZeroDivisionError(), 1, "Error: unexpected ZeroDivisionError (mlsearch --debug shows"),
    ],
)
def test_error_is_one_line(failing, error, code, line):
    result = failing(error, code=code)
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(line)


@pytest.mark.parametrize("error", [ValueError("bad"), MlsearchError("bad"), KeyError("bad")])
def test_debug_lets_the_error_through(failing, error):
    assert failing(error, "--debug").exception is error


@pytest.mark.parametrize("command", COMMANDS)
def test_unknown_option_is_wrong_usage(command):
    result = run(command, "--no-such-option", code=2)
    assert result.stdout == ""
    assert result.stderr.startswith("Usage: ")
    assert re.search(r"No such option:? '?--no-such-option", result.stderr)  # as click words it


# Options that all share -----------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_seed_where_numbers_are_drawn(command):
    assert ("--seed" in options_of(command)) == (command not in DRAW_NOTHING)


@pytest.mark.parametrize("command", COMMANDS)
def test_json_everywhere(command):
    assert "--json" in options_of(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_quiet_where_progress_is_shown(command):
    source = Path(sys.modules[main.commands[command].callback.__module__].__file__)
    shows = r"(training|counting)_progress|with .*stages\("
    has_progress = re.search(shows, source.read_text(encoding="utf-8"))
    assert ("--quiet" in options_of(command)) == bool(has_progress)


# What is printed ------------------------------------------------------------------------------


def test_every_command_is_run_somewhere():
    assert {*SMALLEST, *SLOW} >= set(COMMANDS), "add a small invocation to SMALLEST"


@pytest.mark.usefixtures("own_folder")
@pytest.mark.parametrize("command", SMALLEST)
def test_output_that_is_no_terminal_is_plain_text(command):
    assert run(command, *SMALLEST[command]).stdout != ""


@pytest.mark.usefixtures("own_folder")
@pytest.mark.parametrize("command", SMALLEST)
def test_json_is_alone_on_stdout(command):
    quiet = {"--quiet"} & options_of(command)
    result = run(command, *SMALLEST[command], "--json", *quiet)
    assert isinstance(json.loads(result.stdout), dict)
    assert result.stderr == ""


@pytest.mark.usefixtures("own_folder")
@pytest.mark.parametrize("command", sorted(set(SMALLEST) - DRAW_NOTHING - {"report"}))
def test_the_seed_decides(command, tmp_path):
    """The same numbers for the same seed; for another one, others."""

    def answer(seed, place):
        (tmp_path / place).mkdir()
        (tmp_path / place / "run").symlink_to(tmp_path / "run")
        os.chdir(tmp_path / place)
        values = json.loads(run(command, *SMALLEST[command], "--seed", seed, "--json").stdout)
        return without_times(values)

    first = answer("7", "a")
    assert first == answer("7", "b")
    assert first != answer("8", "c")


def without_times(values):
    if not isinstance(values, dict):
        return values
    return {k: without_times(v) for k, v in values.items() if "seconds" not in k}


@pytest.mark.usefixtures("own_folder")
@pytest.mark.parametrize(
    "arguments", ["generate --num 3 new/folder/out", "report run --n 5 -o new/folder/out"]
)
def test_folder_of_the_output_is_made(arguments):
    run(*arguments.split())
    assert Path("new/folder/out").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_list_of_commands_shows_whole_sentences(command):
    [line] = [
        line for line in run("--help").stdout.splitlines() if line.startswith(f"  {command} ")
    ]
    assert line.endswith(".")
    assert not line.endswith("...")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command):
    options = [part for part in main.commands[command].params if isinstance(part, click.Option)]
    assert not [option.name for option in options if not option.help]


# Progress -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("own_folder")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("evaluate run --n 5", ["Making 5 problems", "Scoring run", "Drawing the figures of run"]),
        ("report run --n 5", ["Scoring manhattan (baseline 3 of 6)", "Writing report.html"]),
        ("solve run --n 5", ["Solving with run (1 of 5)", "Solving with perfect (5 of 5)"]),
        ("solve --domain tiles3 --heuristic zero --n 1", ["Building the table of all boards"]),
        ("solve-one maze.txt run", ["Reading maze.txt", "Solving with run (1 of 5)"]),
        ("info maze.txt", ["Reading maze.txt"]),
    ],
)
def test_commands_say_what_they_do(command, said, monkeypatch):
    monkeypatch.setattr("mlsearch.cli.stages.DELAY", 0)
    tabled.table_of.cache_clear()  # another test may have made the table
    result = run(*command.split())
    lines = result.stderr.splitlines()
    for words in said:
        assert any(line.startswith(words) for line in lines), (words, lines)
    assert not any(line in result.stdout for line in lines)
    assert run(*command.split(), "--quiet").stderr == ""


def test_pattern_databases_are_announced(monkeypatch, capsys):
    monkeypatch.setattr("mlsearch.cli.stages.DELAY", 0)
    tiles.patterns.cache_clear()
    with stages(False):
        tiles.tile_distances([[1, 0, 2, 3, 4, 5]], [[0, 1, 2, 3, 4, 5]], (2, 3))
    assert capsys.readouterr().err == "Building the pattern databases of 2 x 3 tiles\n"


def test_what_is_done_within_the_delay_says_nothing(monkeypatch, capsys):
    monkeypatch.setattr("mlsearch.cli.stages.DELAY", 0.2)
    with stages(False) as tell:
        tell("first")
        tell("second")
    assert capsys.readouterr().err == ""
    with stages(False) as tell:
        tell("first")
        tell("second")
        time.sleep(0.6)
        tell("third")
    assert capsys.readouterr().err == "second\nthird\n"


def test_a_warning_is_shown_at_once_and_no_stage_beside_a_bar(monkeypatch, capsys):
    monkeypatch.setattr("mlsearch.cli.stages.DELAY", 0)
    log = logging.getLogger("mlsearch")
    before = (log.level, list(log.handlers))
    with stages(False):
        log.info("made %d", 3)
        log.warning("odd")
        with counting_progress(10, False, "items") as update:
            log.info("hidden")
            update(5)
        log.info("done")
    assert (log.level, log.handlers) == before
    assert capsys.readouterr().err == "made 3\nodd\nitems: 5/10\ndone\n"


def test_a_bar_keeps_its_form_in_80_columns(monkeypatch, capsys):
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    row = {"seconds": 10.0, "loss": 0.51234}
    scores = {"validation.no_search.solved_rate": 0.555, "validation.search.expansions": 123.0}
    widths = set()
    with training_progress(100_000, False, "contrastive-seed0") as update:
        for step, values in ((1000, row), (99_000, {**row, **scores})):
            update(step, values)
            time.sleep(0.25)  # it is drawn ten times a second
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err).splitlines()
    for line in lines:
        assert len(line.split("\r")[-1]) <= 80
        if "steps" in line:
            widths.add(sum(line.split("\r")[-1].count(letter) for letter in "━╸╺"))
    assert len(widths - {0}) <= 2  # the rate has three digits, then four
    assert min(widths - {0}) >= 8
    assert any(line.strip() == "loss 0.512, no-search 0.555, expansions 123" for line in lines)


# Width ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["train", "reproduce"])
def test_help_says_what_each_method_does(command):
    text = " ".join(run(command, "--help").stdout.split())
    assert all(f" {name} {about}" in text for name, about in ABOUT.items())


def test_help_of_reproduce_has_the_numbers_of_its_scales():
    text = " ".join(run("reproduce", "--help").stdout.split())
    assert "the report: 150, 100,000 or 1,000,000; puzzles: 30, 2,000 or 4,000." in text


@pytest.mark.usefixtures("own_folder")
@pytest.mark.parametrize("width", [60, 150])
def test_piped_tables_obey_columns(width, monkeypatch):
    monkeypatch.setitem(TERMINAL, "COLUMNS", str(width))
    lines = [line.rstrip() for line in run("evaluate", "run", "--n", "5").stdout.splitlines()]
    table = [line for line in lines if not line.startswith("Results:")]
    assert max(map(len, table)) <= width
    assert any("Left out, for want of width" in line for line in table) == (width == 60)


# Completion -----------------------------------------------------------------------------------


def completed(**environment):
    """What the command prints in the place of its work when a shell asks for completions."""
    package = str(Path(heuristics.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", "from mlsearch.cli import main; main(prog_name='mlsearch')"],
        env=os.environ | {"PYTHONPATH": package} | environment,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion_script(shell):
    script = completed(_MLSEARCH_COMPLETE=f"{shell}_source")
    assert "mlsearch" in script
    assert f"_MLSEARCH_COMPLETE={shell}_complete" in script


def test_completion_of_commands_and_options():
    asked = {"_MLSEARCH_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    lines = completed(**asked, COMP_WORDS="mlsearch ").splitlines()
    assert [line.partition(",")[2] for line in lines] == COMMANDS
    asked["COMP_CWORD"] = "2"
    assert "plain,--generator" in completed(**asked, COMP_WORDS="mlsearch solve --gen").splitlines()
